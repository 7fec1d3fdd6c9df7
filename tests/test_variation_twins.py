"""Twins: published answers, identities, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from analysis.variation.twins import Moments, NoTwinsError, correlation, falconer, maximum_likelihood, moments, pairs


def with_covariances(mz: float, dz: float, n: int = 100, variance: float = 1.0) -> Moments:
    """Sufficient statistics of pairs with these covariances within identical and fraternal pairs."""
    of = [variance + mz, variance - mz, variance + dz, variance - dz]
    return Moments(np.full(4, float(n)), np.zeros(4), np.array(of))


def drawn(n: int = 120, a: float = 0.5, c: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    rest = np.sqrt(c) * rng.normal(size=(2 * n, 1)) + np.sqrt(1 - a - c) * rng.normal(size=(2 * n, 2))
    half = np.sqrt(a / 2) * (rng.normal(size=(n, 1)) + rng.normal(size=(n, 2)))
    return 3.0 + rest[:n] + np.sqrt(a) * rng.normal(size=(n, 1)), 3.0 + rest[n:] + half


def test_covariances_of_openmx_give_its_answer() -> None:
    """OpenMx's own test ACEDuplicateMatrices.R: covariances .8 and .5 of variance 1, 100 pairs: A .6, C .2, E .2."""
    found = maximum_likelihood(with_covariances(0.8, 0.5)).set_index("model")
    assert found.loc["ACE", ["A", "C", "E"]].tolist() == pytest.approx([0.6, 0.2, 0.2], abs=1e-4)
    assert found.loc["ACE", ["a2", "c2", "e2"]].tolist() == pytest.approx([0.6, 0.2, 0.2], abs=1e-4)


@pytest.mark.parametrize(("mz", "dz"), [(0.8, 0.5), (0.5, 0.25), (0.6, 0.1), (0.1, 0.2)])
@pytest.mark.parametrize("variance", [1.0, 40.0])
def test_where_the_variances_agree_likelihood_and_falconer_are_one(mz: float, dz: float, variance: float) -> None:
    """With equal variances the model is saturated, so its estimates solve Falconer's equations, below 0 as well."""
    found = maximum_likelihood(with_covariances(mz * variance, dz * variance, variance=variance)).iloc[0]
    assert [found["a2"], found["c2"], found["e2"]] == pytest.approx([2 * (mz - dz), 2 * dz - mz, 1 - mz], abs=1e-5)
    assert found["A"] + found["C"] + found["E"] == pytest.approx(variance, rel=1e-5)


def test_sufficient_statistics_have_the_likelihood_of_the_pairs() -> None:
    """Against the bivariate normal density itself, summed over pairs and maximised by another method."""
    mz, dz = drawn()

    def loss(theta: np.ndarray) -> float:
        mean, a, c, e = theta
        total = 0.0
        for twins, genes in ((mz, 1.0), (dz, 0.5)):
            within = genes * a + c
            if not a + c + e > abs(within):
                return 1e9
            total -= (
                2
                * stats.multivariate_normal([mean] * 2, [[a + c + e, within], [within, a + c + e]]).logpdf(twins).sum()
            )
        return float(total)

    other = optimize.minimize(loss, [3.0, 0.4, 0.3, 0.3], method="Powell", options={"xtol": 1e-8, "ftol": 1e-12})
    found = maximum_likelihood(moments(mz, dz)).iloc[0]
    assert found["minus2ll"] == pytest.approx(other.fun, abs=1e-4)
    assert [found["A"], found["C"], found["E"]] == pytest.approx(other.x[1:].tolist(), abs=1e-3)


def test_submodels_are_told_apart_by_their_likelihood_ratios() -> None:
    found = maximum_likelihood(with_covariances(0.6, 0.3, n=400)).set_index("model")
    assert found.loc["AE", "chi2"] == pytest.approx(0.0, abs=1e-6)
    assert found.loc["CE", "p"] < 1e-4
    assert found.loc["E", "p"] < 1e-10
    assert found.loc["E", "df"] == 2
    assert found["aic"].idxmin() == "AE"
    # E alone: independent variables, -2 log likelihood 2 (pairs x 2) (log(2 pi) + 1) / 2 for variance 1
    assert found.loc["E", "minus2ll"] == pytest.approx(1600 * (np.log(2 * np.pi) + 1.0))


def test_the_unit_and_the_order_of_twins_do_not_matter() -> None:
    mz, dz = drawn()
    one = maximum_likelihood(moments(mz, dz))
    other = maximum_likelihood(moments(-100.0 * mz[:, ::-1] + 7.0, -100.0 * dz[:, ::-1] + 7.0))
    columns = ["a2", "c2", "e2", "a2_low", "e2_high", "chi2", "p"]
    pd.testing.assert_frame_equal(one[columns], other[columns], atol=1e-4)


def test_falconers_formulae() -> None:
    mz, dz = drawn()
    found = falconer(mz, dz).set_index("what")["value"]
    assert found["A"] == pytest.approx(2 * (found["r_mz"] - found["r_dz"]))
    assert found[["A", "C", "E"]].sum() == pytest.approx(1.0)
    assert found["r_mz"] == correlation(mz[:, ::-1])[0]


def test_pairs_are_of_one_family_and_kind_and_complete() -> None:
    persons = pd.DataFrame(
        {"family": [3, 1, 3, 1, 2, 4, 4, 5], "zygosity": ["dz", "mz", "dz", "mz", "single", "mz", "mz", "mz"]},
        index=[10, 11, 12, 13, 14, 15, 16, 17],
    )
    outcome = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan, 8.0], persons.index)
    mz, dz = pairs(outcome, persons)
    assert mz.tolist() == [[2.0, 4.0]]
    assert dz.tolist() == [[1.0, 3.0]]


def test_pairs_that_cannot_answer_say_so() -> None:
    mz, dz = drawn()
    with pytest.raises(NoTwinsError, match="120 identical and 0 fraternal pairs"):
        moments(mz, dz[:0])
    with pytest.raises(NoTwinsError, match="do not differ at all"):
        moments(mz[:, :1] + np.zeros((1, 2)), dz)
    with pytest.raises(NoTwinsError, match="do not differ at all"):
        falconer(mz * 0.0, dz * 0.0)
