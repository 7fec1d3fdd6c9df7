"""Counts of intrusions: published regressions, classical tables, limits, and how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from recovery import FEW, SETS, check

from analysis.intrusions.counts import Counts, negative_binomial
from analysis.intrusions.covariates import covariates
from analysis.intrusions.dispersion import rootogram, spread
from analysis.intrusions.zeros import excess_zeros, zero_check

HORSE_KICKS = np.repeat(np.arange(5.0), [109, 65, 22, 3, 1])  # deaths a corps and year: von Bortkiewicz 1898


def visits(columns: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Doctor visits of the RAND health insurance experiment, as statsmodels ships them, and covariates, centred."""
    data = sm.datasets.randhie.load_pandas()
    x = data.exog.iloc[:, :columns]
    return data.endog.to_numpy(float), x - x.mean()


def regression(totals: np.ndarray, x: pd.DataFrame) -> Counts:
    found = negative_binomial(totals, np.ones(len(totals)), x)
    assert found is not None
    return found


def errors(table: pd.DataFrame, prefix: str = "") -> np.ndarray:
    return np.log(table[f"{prefix}high"] / table[f"{prefix}low"]).to_numpy() / (2 * 1.959964)


def test_doctor_visits_are_those_of_glm_nb_and_stata() -> None:
    found = regression(*visits(9))
    # R 2.15.1, MASS 7.3-22, glm.nb; ln alpha and its error from Stata's nbreg (both as statsmodels' tests hold them).
    known = [-0.057946954, -0.267787719, 0.041206077, -0.038137680, 0.268915772, 0.038163745, -0.044133885, 0.017252180,
             0.177960787]  # fmt: skip
    deviations = [0.006070859, 0.022612537, 0.004055420, 0.003444559, 0.029885506, 0.001424219, 0.019937439,
                  0.035841693, 0.074101373]  # fmt: skip
    np.testing.assert_allclose(np.log(found.table["ratio"][1:]), known, atol=1e-6)
    np.testing.assert_allclose(errors(found.table, "model_")[1:], deviations, rtol=0.03)  # R: expected information
    assert np.log(found.alpha[0]) == pytest.approx(0.256929012, abs=1e-6)
    assert np.log(found.alpha[2] / found.alpha[1]) == pytest.approx(2 * 1.959964 * 0.0143932, rel=1e-3)
    assert found.loglik == pytest.approx(-43383.66207653563, abs=1e-4)
    assert found.aic == pytest.approx(86789.3241530713, abs=1e-3)


def test_the_count_part_of_a_hurdle_is_the_truncated_regression_of_r() -> None:
    totals, x = visits(3)
    _, terms, _ = excess_zeros(totals, np.ones(len(totals)), x, regression(totals, x))
    part = terms[(terms["model"] == "hurdle") & (terms["part"] == "how many, if any")]
    # Zero-truncated negative binomial, as statsmodels' tests hold it.
    np.testing.assert_allclose(np.log(part["ratio"])[1:], [-0.0397571554, -0.1269997715, 0.0002753126], atol=2e-4)
    np.testing.assert_allclose(errors(part)[1:], [0.0074415, 0.0308599, 0.0053180], rtol=0.02)


def test_deaths_by_horse_kicks_are_a_poissons() -> None:
    mean = np.full(200, HORSE_KICKS.mean())
    found = spread(HORSE_KICKS, mean)
    assert (found["mean"], found["index"]) == pytest.approx((0.61, 0.6109548 / 0.61))
    assert found["alpha_low"] < 0.0 < found["alpha_high"]
    assert abs(found["dean"]) < 1.0
    bins = rootogram(HORSE_KICKS, mean)
    assert bins["observed"].tolist() == [109, 65, 22, 3, 1]
    # As in textbooks: 108.7, 66.3, 20.2, 4.1 and 0.7 for 4 and more.
    np.testing.assert_allclose(bins["expected"], [108.67, 66.29, 20.22, 4.11, 0.71], atol=0.01)
    np.testing.assert_allclose(bins["bottom"], np.sqrt(bins["expected"]) - np.sqrt(bins["observed"]))


def test_counts_less_spread_than_a_poissons_have_no_dispersion() -> None:
    found = regression(np.tile([2.0, 3.0], 30), pd.DataFrame({"x": np.tile([-1.0, -1.0, 1.0, 1.0], 15)}))
    assert found.alpha == (0.0, 0.0, 0.0)
    assert found.table["ratio"][0] == pytest.approx(2.5)
    assert found.parameters == 2


def test_a_rootograms_bins_hold_everybody() -> None:
    rng = np.random.default_rng(1)
    mean = rng.gamma(0.5, 80.0, 300)
    totals = rng.poisson(mean).astype(float)
    for alpha in (0.0, 1.0):
        bins = rootogram(totals, mean, alpha)
        assert bins["observed"].sum() == 300
        assert bins["expected"].sum() == pytest.approx(300)
        assert (bins["low"][1:].to_numpy() == bins["high"][:-1].to_numpy() + 1).all()
        assert bins["high"].iloc[-1] == totals.max()


def test_dispersion_is_recovered_and_found() -> None:
    rng = np.random.default_rng(4)
    totals = rng.poisson(5.0 * rng.gamma(2.0, 0.5, 4000)).astype(float)  # variance of the factor: 1/2
    found = spread(totals, np.full(4000, totals.mean()))
    assert found["alpha_low"] < 0.5 < found["alpha_high"]
    assert found["alpha_high"] - found["alpha_low"] < 0.15
    assert found["dean"] > 20.0


def test_zeros_that_the_model_explains_call_for_nothing_and_those_of_a_kind_apart_do() -> None:
    rng = np.random.default_rng(6)
    none = pd.DataFrame(index=range(400))
    totals = rng.poisson(6.0 * rng.gamma(1.5, 1 / 1.5, 400)).astype(float)
    plain = regression(totals, none)
    assert not zero_check(totals, plain.mean, plain.alpha[0])["called_for"]
    inflated = np.where(rng.random(400) < 0.4, 0.0, rng.poisson(9.0 * rng.gamma(4.0, 0.25, 400)))
    single = regression(inflated, none)
    check_ = zero_check(inflated, single.mean, single.alpha[0])
    assert check_["called_for"]
    assert check_["observed"] > check_["high"]
    models, terms, _ = excess_zeros(inflated, np.ones(400), none, single)
    aic = models.set_index("model")["aic"]
    assert aic["hurdle"] < aic["negative binomial"] - 10.0
    any_ = terms[(terms["model"] == "hurdle") & (terms["part"] == "any (odds)")]
    assert any_["ratio"].iloc[0] == pytest.approx((inflated > 0).sum() / (inflated == 0).sum(), rel=1e-3)


def test_zeros_that_are_missing_are_no_inflation() -> None:
    rng = np.random.default_rng(8)
    totals = 1.0 + rng.poisson(6.0 * rng.gamma(0.8, 1 / 0.8, 300))
    totals[:3] = 0.0
    single = regression(totals, pd.DataFrame(index=range(300)))
    models, _, _ = excess_zeros(totals, np.ones(300), pd.DataFrame(index=range(300)), single)
    assert models["model"].tolist() == ["negative binomial", "hurdle"]


def ratio(rng: np.random.Generator) -> tuple[float, float]:
    x = rng.normal(size=200)
    time = rng.uniform(20.0, 52.0, 200)
    totals = rng.poisson(0.2 * time * np.exp(0.3 * x) * rng.gamma(1.0, 1.0, 200)).astype(float)
    found = negative_binomial(totals, time, pd.DataFrame({"x": x - x.mean()}))
    assert found is not None
    return float(found.table["low"][1]), float(found.table["high"][1])


def test_incidence_rate_ratios_are_recovered() -> None:
    check(ratio, float(np.exp(0.3)), FEW)


@pytest.mark.slow
def test_incidence_rate_ratios_are_recovered_in_full() -> None:
    check(ratio, float(np.exp(0.3)), SETS)


def test_covariates_are_centred_and_those_that_say_nothing_are_left_out() -> None:
    rng = np.random.default_rng(0)
    persons = pd.DataFrame({"sex": ["female", "male"] * 30, "ace": 2, "age": rng.uniform(20, 60, 60)}, index=range(60))
    exposure = pd.DataFrame({"minute": 0, "dose": 1.0}, index=range(60))
    found, told = covariates(persons, exposure)
    assert found.columns.tolist() == ["female", "age (10 years)"]
    np.testing.assert_allclose(found.mean(), 0.0, atol=1e-12)
    assert len(told) == 1
    assert "adverse childhood experiences" in told[0]
    few, said = covariates(persons.iloc[:12], exposure.iloc[:12])
    assert few.shape == (12, 0)
    assert "too few" in said[-1]
    persons.loc[3, "sex"] = None
    assert 3 not in covariates(persons, exposure)[0].index
