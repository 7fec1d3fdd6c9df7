"""Polygenic scores and named variants: published answers, definitions and limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.metrics import roc_auc_score

from analysis.variation.polygenic import auc, odds_ratio, performance, top_decile
from analysis.variation.variants import CASE, against_limits, scan


def rated() -> tuple[np.ndarray, np.ndarray]:
    """Hanley & McNeil 1982, 10.1148/radiology.143.1.7063747: ratings 1 to 5 of 58 normal and 51 abnormal images."""
    normal = np.repeat(np.arange(1, 6), [33, 6, 6, 11, 2])
    abnormal = np.repeat(np.arange(1, 6), [3, 2, 2, 11, 33])
    return np.concatenate([normal, abnormal]).astype(float), np.arange(109) >= 58


def test_area_of_hanley_and_mcneil() -> None:
    """Their area is .893 with a standard error of .032; DeLong's is close to it."""
    value, low, high = auc(*rated())
    assert value == pytest.approx(0.893, abs=0.0005)
    assert (high - low) / (2 * 1.96) == pytest.approx(0.032, abs=0.003)
    assert value == pytest.approx(roc_auc_score(rated()[1], rated()[0]))


def test_interval_is_delongs_by_his_definition() -> None:
    """Each case against each other person: 1 above, 1/2 equal; variances of the two ways of averaging."""
    score, case = rated()
    wins = np.sign(score[case][:, None] - score[~case][None, :]) / 2.0 + 0.5
    variance = wins.mean(axis=1).var(ddof=1) / case.sum() + wins.mean(axis=0).var(ddof=1) / (~case).sum()
    value, low, _ = auc(score, case)
    assert value == pytest.approx(wins.mean())
    assert ((value - low) / 1.959964) ** 2 == pytest.approx(variance, rel=1e-6)


def test_a_perfect_and_an_impossible_area() -> None:
    value, low, _ = auc(np.arange(20.0), np.arange(20) >= 10)
    assert value == 1.0
    assert np.isnan(low)
    assert np.isnan(auc(np.arange(20.0), np.arange(20) > 18)).all()


def drawn(n: int = 2000) -> tuple[pd.Series, pd.Series, pd.Series, pd.DataFrame]:
    rng = np.random.default_rng(6)
    score, age = rng.normal(size=n), rng.normal(size=n)
    outcome = 0.3 * score + 0.5 * age + rng.normal(size=n)
    return pd.Series(score), pd.Series(outcome), pd.Series(outcome > 1.0), pd.DataFrame({"age": age})


def test_performance_has_the_r_squared_of_least_squares_and_the_odds_of_logit() -> None:
    score, outcome, case, covariates = drawn()
    found = performance(score, outcome, case, covariates).set_index("what")
    both = covariates.assign(score=score)
    alone = sm.OLS(outcome, sm.add_constant(score.rename("score"))).fit().rsquared_adj
    more = sm.OLS(outcome, sm.add_constant(both)).fit().rsquared_adj
    assert found.loc["r2", "value"] == pytest.approx(alone)
    assert found.loc["incremental r2", "value"] == pytest.approx(
        more - sm.OLS(outcome, sm.add_constant(covariates)).fit().rsquared_adj
    )
    logit = sm.Logit(case.astype(float), sm.add_constant(score / score.std(ddof=0))).fit(disp=0)
    assert np.log(found.loc["odds ratio per SD", "value"]) == pytest.approx(logit.params.iloc[1], rel=1e-5)
    assert found.loc["auc", "value"] == pytest.approx(roc_auc_score(case, score))
    assert (found["low"] < found["value"]).all()
    assert (found["value"] < found["high"]).all()


def test_odds_of_the_top_decile_are_those_of_the_table() -> None:
    score = np.arange(100.0)
    case = np.isin(np.arange(100), [0, 1, 2, 3, 4, 90, 91, 92, 93])
    # 4 of 10 above, 5 of 90 below: (4 / 6) / (5 / 85)
    assert top_decile(score, case)[0] == pytest.approx((4 / 6) / (5 / 85))
    assert np.isnan(top_decile(score, score > 95.0)).all()


def test_few_cases_separated_cases_and_constant_scores_give_no_odds() -> None:
    x = np.arange(100.0)
    assert np.isnan(odds_ratio(x, x > 95.0)).all()
    assert np.isnan(odds_ratio(x, x > 49.0)).all()
    assert np.isnan(odds_ratio(x * 0.0, x % 2 == 0)).all()
    score, outcome, case, covariates = drawn(300)
    assert performance(score * 0.0, outcome, case, covariates)["value"].iloc[:4].isna().all()


def genotyped(n: int = 20_000, effect: float = 0.1) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    """rs1 acts; rs2 does nothing but is commoner where the outcome is higher for other reasons."""
    rng = np.random.default_rng(1)
    group = np.arange(n) % 2
    alleles = pd.DataFrame({"rs1": rng.binomial(2, 0.5, n), "rs2": rng.binomial(2, np.where(group, 0.7, 0.3))}).astype(
        float
    )
    outcome = effect * alleles["rs1"] + 1.0 * group + rng.normal(size=n)
    case = pd.Series(rng.random(n) < 1 / (1 + np.exp(1.0 - effect * alleles["rs1"] - group)))
    return alleles, pd.DataFrame({"y": outcome}), case, pd.Series(np.where(group, "EUR", "AFR"))


def test_scan_finds_what_acts_and_not_what_goes_with_ancestry() -> None:
    found = scan(*genotyped()).set_index(["variant", "outcome"])
    # variance of rs1 is 2 x .5 x .5 = .5, so it explains .1² x .5 / (.1² x .5 + 1)
    assert found.loc[("rs1", "y"), "explained"] == pytest.approx(0.005 / 1.005, abs=0.003)
    assert abs(found.loc[("rs2", "y"), "explained"]) < 0.0005
    assert np.log(found.loc[("rs1", CASE), "odds"]) == pytest.approx(0.1, abs=0.045)
    assert found.loc[("rs2", CASE), "odds_low"] < 1.0 < found.loc[("rs2", CASE), "odds_high"]


def test_limits_are_kept_broken_or_undecided() -> None:
    limits = {"variance": 0.005, "odds": 1.15}
    small = against_limits(scan(*genotyped(effect=0.0)), limits)
    assert small["verdict"].tolist() == ["within", "within"]
    large = against_limits(scan(*genotyped(effect=0.4)), limits)
    assert large["verdict"].tolist() == ["beyond", "beyond"]
    assert large["variant"].tolist() == ["rs1", "rs1"]
    protective = against_limits(scan(*genotyped(effect=-0.4)), {"odds": 1.15})
    assert protective["largest"].iloc[0] == pytest.approx(np.exp(0.4), abs=0.1)
    few = against_limits(scan(*genotyped(n=300)), limits)
    assert few["verdict"].tolist() == ["undecided", "undecided"]
    nobody = scan(*genotyped(n=6))
    assert against_limits(nobody, limits)["verdict"].tolist() == ["no data", "no data"]


def test_a_group_without_cases_says_nothing_of_the_odds() -> None:
    alleles, outcomes, case, group = genotyped(4000)
    case[group == "EUR"] = False
    row = scan(alleles, outcomes, case, group).set_index(["variant", "outcome"]).loc[("rs1", CASE)]
    assert row["n"] == 2000
    assert row["odds_low"] < row["odds"] < row["odds_high"]


def test_what_a_variant_explains_is_the_squared_partial_correlation_given_ancestry() -> None:
    alleles, outcomes, case, group = genotyped(2000)
    found = scan(alleles, outcomes, case, group).set_index(["variant", "outcome"])
    dummy = sm.add_constant((group == "EUR").astype(float))
    for name in alleles:
        rest = [sm.OLS(column, dummy).fit().resid for column in (alleles[name], outcomes["y"])]
        partial = np.corrcoef(*rest)[0, 1] ** 2
        assert found.loc[(name, "y"), "explained"] == pytest.approx(partial - 1 / 1999, abs=1e-9)
