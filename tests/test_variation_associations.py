"""Associations, multiplicity, shares of the variance and chance: known answers and limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from swiss import SWISS

from analysis.variation.associations import associations
from analysis.variation.chance import intraclass
from analysis.variation.decomposition import REST, TOTAL, TooFewError, decomposition
from analysis.variation.multiplicity import discovery_rate, holm


def frames(n: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    x = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    y = pd.DataFrame({"y": x["a"] - 0.5 * x["b"] + rng.normal(size=n), "z": rng.normal(size=n)})
    return y, x


def test_slope_is_the_correlation_of_each_pair_that_is_there() -> None:
    y, x = frames()
    x.loc[:40, "a"] = np.nan
    y.loc[200:, "z"] = np.nan
    found = associations(y, x)
    for row in found.itertuples():
        assert row.slope == pytest.approx(y[row.outcome].corr(x[row.predictor]), abs=1e-12)
        assert row.n == (y[row.outcome].notna() & x[row.predictor].notna()).sum()
        assert row.low < row.slope < row.high


def test_slope_has_no_unit() -> None:
    y, x = frames()
    again = associations(y * 3.0 + 5.0, x * 1e-3 + 100.0)
    pd.testing.assert_frame_equal(associations(y, x), again, atol=1e-6)


def test_interval_of_normal_variables_is_fishers() -> None:
    """With many persons the influence function gives ``1 / sqrt(n)`` on Fisher's scale."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=100_000)
    y = 0.5 * x + rng.normal(size=100_000)
    row = associations(pd.DataFrame({"y": y}), pd.DataFrame({"x": x})).iloc[0]
    assert np.arctanh(row["high"]) - np.arctanh(row["slope"]) == pytest.approx(1.96 / np.sqrt(1e5), rel=0.02)


def test_the_same_persons_twice_say_nothing_more() -> None:
    y, x = frames()
    twice = [pd.concat([frame, frame], ignore_index=True) for frame in (y, x)]
    family = pd.Series(np.tile(np.arange(len(x)), 2))
    columns = ["slope", "low", "high", "p"]
    pd.testing.assert_frame_equal(associations(*twice, family)[columns], associations(y, x)[columns], atol=1e-9)
    careless = associations(*twice)
    assert (careless["high"] - careless["low"]).iloc[0] < 0.8 * (
        associations(y, x)["high"] - associations(y, x)["low"]
    ).iloc[0]


def test_constant_and_few_are_missing_and_others_are_corrected_without_them() -> None:
    y, x = frames()
    x = x.assign(same=0.1, few=np.where(np.arange(len(x)) < 7, np.arange(len(x)), np.nan))
    found = associations(y, x).set_index(["outcome", "predictor"])
    assert (
        found.loc[[("y", "same"), ("y", "few")], ["slope", "low", "high", "p", "p_bh", "p_holm"]].isna().all(axis=None)
    )
    three = found.loc["y"].loc[["a", "b", "c"]]
    assert three["p_holm"].tolist() == pytest.approx(multipletests(three["p"].to_numpy(), method="holm")[1].tolist())


def test_a_perfect_copy_has_no_interval() -> None:
    _, x = frames()
    assert np.isnan(associations(x[["a"]], x[["a"]])["slope"].iloc[0])


def test_corrections_are_those_of_statsmodels() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.9, 0.04, 1.0])
    with_gap = np.insert(p, 2, np.nan)
    for ours, method in ((discovery_rate, "fdr_bh"), (holm, "holm")):
        found = ours(with_gap)
        assert np.isnan(found[2])
        assert np.delete(found, 2) == pytest.approx(multipletests(p, method=method)[1])
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert np.isnan(discovery_rate(np.array([np.nan]))).all()


def test_lmg_shares_of_swiss_fertility_are_those_of_relaimpo() -> None:
    """R's relaimpo: calc.relimp(lm(Fertility ~ ., swiss), type = "lmg").

    Of many copies of the 47 provinces, as the adjustment of R² comes to nothing then.
    """
    many = pd.concat([SWISS] * 2000, ignore_index=True)
    causes = many.drop(columns="Fertility")
    found = decomposition(many["Fertility"], causes, pd.Series({c: c for c in causes}), list(causes)).set_index("block")
    known = [0.0570912207681, 0.1711730289002, 0.2601346786244, 0.1055701503735, 0.1127659229265]
    assert found.loc[list(causes), "share"].tolist() == pytest.approx(known, abs=5e-5)
    assert found.loc[TOTAL, "share"] == pytest.approx(0.706735001593, abs=5e-5)


def test_shares_add_up_and_a_copy_adds_nothing() -> None:
    y, x = frames()
    blocks = pd.Series({"a": "one", "b": "two", "c": "two", "copy": "three"})
    found = decomposition(y["y"], x.assign(copy=2.0 * x["a"] + x["b"]), blocks, ("one", "two", "three"))
    assert found["block"].tolist() == ["one", "two", TOTAL, REST]
    found = found.set_index("block")
    for column in ("share", "sequential"):
        assert found.loc[["one", "two"], column].sum() == pytest.approx(found.loc[TOTAL, column])
    assert found.loc[TOTAL, "share"] + found.loc[REST, "share"] == pytest.approx(1.0)
    assert (found["low"] < found["high"]).all()


def test_total_is_the_adjusted_r_squared_of_ordinary_least_squares() -> None:
    import statsmodels.api as sm

    y, x = frames()
    found = decomposition(y["y"], x, pd.Series({"a": "one", "b": "two", "c": "two"}), ("two", "one")).set_index("block")
    assert found.loc[TOTAL, "share"] == pytest.approx(sm.OLS(y["y"], sm.add_constant(x)).fit().rsquared_adj)
    first = sm.OLS(y["y"], sm.add_constant(x[["b", "c"]])).fit().rsquared_adj
    assert found.loc["two", "sequential"] == pytest.approx(first)


@pytest.mark.parametrize(("n", "outcome", "words"), [(15, None, "15 persons"), (300, 1.0, "same in everybody")])
def test_too_few_or_an_outcome_that_does_not_vary_is_said(n: int, outcome: float | None, words: str) -> None:
    y, x = frames(n)
    with pytest.raises(TooFewError, match=words):
        decomposition(
            y["y"] if outcome is None else y["y"] * 0.0 + outcome, x, pd.Series("one", index=x.columns), ("one",)
        )


def test_causes_that_do_not_vary_are_said() -> None:
    y, x = frames()
    with pytest.raises(TooFewError, match="no recorded cause varies"):
        decomposition(y["y"], x * 0.0, pd.Series("one", index=x.columns), ("one",))


def test_intraclass_correlation_of_shrout_and_fleiss() -> None:
    """Their table 2: six targets, four judges. ICC(1,1) = .17; R's psych gives -0.13 to 0.72 as its 95% interval."""
    judges = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    found = intraclass([pd.Series(judges[:, k]) for k in range(4)]).set_index("part")
    assert found.loc["person", ["share", "low", "high"]].tolist() == pytest.approx([0.17, -0.13, 0.72], abs=0.005)
    assert found.loc["chance", ["share", "low", "high"]].tolist() == pytest.approx([0.83, 0.28, 1.13], abs=0.005)


def test_chance_needs_seeds_and_something_that_varies() -> None:
    one = pd.Series([1.0, 2.0, 3.0, np.nan])
    assert intraclass([one, one])["share"].tolist() == [1.0, 0.0]
    for seeds, words in (([one], "1 seeds"), ([one, one[:2]], "2 persons"), ([one * 0.0] * 2, "same in everybody")):
        with pytest.raises(ValueError, match=words):
            intraclass(seeds)
