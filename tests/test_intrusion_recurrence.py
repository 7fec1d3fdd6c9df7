"""Recurrence: gaps and days at risk by hand, gap times as lifelines has them, the gamma factor against its limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bladder import gap_rows
from recovery import FEW, SETS, check
from scipy.special import gammaln
from statsmodels.duration.hazard_regression import PHReg

from analysis.intrusions.counts import negative_binomial
from analysis.intrusions.cox_scores import score_residuals
from analysis.intrusions.frailty import gamma_frailty
from analysis.intrusions.recurrence import AFTER, SINCE, cells, design, gap_ratios, gaps, marginal_ratios, rates
from analysis.intrusions.totals import totals

DAILY = pd.DataFrame({"person": [1, 1, 1, 2, 9], "day": [3, 4, 12, 19, 3], "intrusions": [2, 1, 5, 1, 7]})
START = pd.Series([3, 2, 5], index=pd.Index([1, 2, 4], name="person"), name="start")


def test_gaps_run_from_one_day_with_intrusions_to_the_next() -> None:
    found = gaps(DAILY, START, 20)
    assert found.to_numpy().tolist() == [
        [1, 1, 2, 1, 1], [1, 2, 3, 1, 1], [1, 3, 4, 8, 1], [1, 4, 12, 7, 0],
        [2, 1, 1, 18, 1],  # the study ends on the day of its intrusion
        [4, 1, 4, 15, 0],
    ]  # fmt: skip


def test_days_at_risk_and_intrusions_are_told_apart_by_time_since_the_last() -> None:
    found = cells(DAILY, START, 20)
    assert found["time"].sum() == 17 + 18 + 15
    assert found["intrusions"].sum() == 9
    one = found[found["person"] == 1].set_index(["since", "after"])
    known = {(s, a): [t, y] for s, a, t, y in found[found["person"] == 1].iloc[:, 1:].itertuples(index=False)}
    # Day 3: none yet. Day 4: one day after the last. Days 5 to 12: 1, 2 to 3, 4 to 7, 8 after day 4; 13 to 19: 1 to 7.
    assert known[(6, 0)] == [1, 2]
    assert known[(0, 0)] == [2, 1]
    assert one.loc[(0, 1), "time"] == 1
    assert known[(3, 1)] == [1, 5]
    assert one["time"].groupby("since").sum().to_dict() == {0: 3, 1: 4, 2: 8, 3: 1, 6: 1}


def test_cells_agree_with_a_walk_through_every_day() -> None:
    rng = np.random.default_rng(5)
    hit = rng.random((30, 120)) < rng.gamma(0.5, 0.3, (30, 1))
    person, day = np.nonzero(hit)
    daily = pd.DataFrame({"person": person, "day": day, "intrusions": rng.integers(1, 4, len(day))})
    start = pd.Series(rng.integers(0, 20, 30), index=pd.RangeIndex(30, name="person"), name="start")
    many = daily.set_index(["person", "day"])["intrusions"]
    known: dict[tuple[int, int, int], list[int]] = {}
    for who in range(30):
        last = None
        for when in range(start[who], 120):
            since = 6 if last is None else int(np.searchsorted(SINCE, when - last, side="right")) - 1
            after = int(np.searchsorted(AFTER, when - start[who], side="right")) - 1
            cell = known.setdefault((who, since, after), [0, 0])
            cell[0] += 1
            if hit[who, when]:
                cell[1] += int(many[who, when])
                last = when
    found = cells(daily, start, 120)
    assert {(a, b, c): [int(t), int(y)] for a, b, c, t, y in found.itertuples(index=False)} == known
    assert rates(found)["days"].sum() == sum(time for time, _ in known.values())
    assert totals(daily, pd.DataFrame({"minute": start * 1440}), 120)["intrusions"].sum() == found["intrusions"].sum()


def test_gap_times_of_bladder_tumours_are_those_of_lifelines() -> None:
    found, covariates = gap_rows()
    table, told = gap_ratios(found, covariates)
    assert table is not None
    assert not told
    # lifelines 0.30.3: CoxPHFitter(strata="enum"), ties by Efron.
    np.testing.assert_allclose(np.log(table["ratio"]), [-0.279003, 0.158048, 0.007416], atol=5e-6)
    # Its robust errors take no notice of ties, so they are compared where there are none: gap + id / 10,000.
    apart, _ = gap_ratios(found.assign(gap=found["gap"] + found["person"] * 1e-4), covariates)
    assert apart is not None
    np.testing.assert_allclose(np.log(apart["ratio"]), [-0.322029, 0.155509, 0.008465], atol=5e-6)
    errors = np.log(apart["high"] / apart["low"]) / (2 * 1.959964)
    np.testing.assert_allclose(errors, [0.210473, 0.050089, 0.064768], rtol=2e-5)


def test_score_residuals_with_ties_sum_to_the_gradient_of_the_likelihood() -> None:
    found, covariates = gap_rows()
    x = covariates.loc[found["person"]].to_numpy(float)
    gap, event, order = found["gap"].to_numpy(float), found["event"].to_numpy() == 1, found["order"].to_numpy()
    for estimates in (np.zeros(3), np.array([-0.2, 0.1, 0.05])):
        model = PHReg(gap, x, status=event.astype(int), strata=order, ties="efron")
        own = score_residuals(gap, event, x, order, estimates)
        np.testing.assert_allclose(own.sum(axis=0), model.score(estimates), rtol=1e-10)
    # Three deaths at one time of four at risk, by hand: means at risk of 3/2, 5/3 and 2, steps of 1/4, 1/3 and 1/2.
    rows = score_residuals(
        np.array([1.0, 1.0, 1.0, 2.0]), np.array([True, True, True, False]), np.array([[0.0], [1.0], [2.0], [3.0]]),
        np.ones(4, dtype=np.int64), np.zeros(1),
    )  # fmt: skip
    np.testing.assert_allclose(rows[:, 0] * 216, [-139.0, -61.0, 17.0, -285.0])


def test_a_factor_that_gamma_gives_with_constant_rates_is_the_negative_binomial() -> None:
    rng = np.random.default_rng(2)
    x = pd.DataFrame({"x": rng.normal(size=150)})
    time = rng.uniform(10.0, 50.0, 150)
    counts = rng.poisson(np.exp(0.3 * x["x"]) * rng.gamma(0.8, 1.25, 150) * time * 0.2).astype(float)
    known = negative_binomial(counts, time, x)
    parts = pd.DataFrame({"rate": 1.0, "x": np.repeat(x["x"], 2)}).reset_index(drop=True)
    split = np.column_stack([np.floor(counts / 3), counts - np.floor(counts / 3)]).reshape(-1)
    times = np.column_stack([time * 0.4, time * 0.6]).reshape(-1)
    found = gamma_frailty(split, times, parts, np.repeat(np.arange(150), 2), robust=False)
    assert known is not None
    assert found is not None
    np.testing.assert_allclose(found.table["ratio"], known.table["ratio"], rtol=1e-3)
    np.testing.assert_allclose(found.table["high"], known.table["model_high"], rtol=1e-3)
    assert found.variance[0] == pytest.approx(known.alpha[0], rel=1e-3)
    whole = gamma_frailty(counts, time, x.assign(rate=1.0)[["rate", "x"]], np.arange(150))
    assert whole is not None
    assert whole.loglik - gammaln(counts + 1).sum() == pytest.approx(known.loglik, abs=1e-5)


def person_days(rng: np.random.Generator, persons: int, days: int, after: float) -> tuple[pd.DataFrame, pd.Series]:
    """Intrusions at a rate that is `after` times as high on the day after one, of persons who differ (variance 1)."""
    base = rng.gamma(1.0, 0.15, persons)
    yesterday = np.zeros(persons, dtype=bool)
    rows = []
    for day in range(days):
        many = rng.poisson(base * np.where(yesterday, after, 1.0))
        yesterday = many > 0
        rows.append(pd.DataFrame({"person": np.flatnonzero(yesterday), "day": day, "intrusions": many[yesterday]}))
    start = pd.Series(0, index=pd.RangeIndex(persons, name="person"), name="start")
    return pd.concat(rows, ignore_index=True), start


def within(rng: np.random.Generator, persons: int = 200, days: int = 30) -> tuple[float, float]:
    daily, start = person_days(rng, persons, days, 2.0)
    found = cells(daily, start, days)
    columns = pd.DataFrame({"rate": 1.0, "1 day": np.where(found["since"] == 0, 1.0, 0.0)})
    fit = gamma_frailty(found["intrusions"].to_numpy(), found["time"].to_numpy(), columns, found["person"].to_numpy())
    assert fit is not None
    return float(fit.table["low"][1]), float(fit.table["high"][1])


def test_the_ratio_for_one_and_the_same_person_is_recovered() -> None:
    check(within, 2.0, FEW)


@pytest.mark.slow
def test_the_ratio_for_one_and_the_same_person_is_recovered_in_full() -> None:
    check(within, 2.0, SETS)
    check(lambda rng: within(rng, 40, 60), 2.0, SETS)


def test_over_all_persons_alike_the_ratio_is_larger_though_an_intrusion_does_nothing() -> None:
    daily, start = person_days(np.random.default_rng(1), 150, 120, 1.0)
    found = cells(daily, start, 120)
    columns = design(found, pd.DataFrame(index=start.index))
    marginal, _ = marginal_ratios(found, columns)
    fit = gamma_frailty(found["intrusions"].to_numpy(), found["time"].to_numpy(), columns, found["person"].to_numpy())
    assert marginal is not None
    assert fit is not None
    alike = marginal.set_index("term").loc["1 day"]
    own = fit.table.set_index("term").loc["1 day"]
    assert alike["low"] > 3.0
    assert own["low"] < 1.0 < own["high"]


def hazard(rng: np.random.Generator) -> tuple[float, float]:
    x = rng.normal(size=100)
    gap = np.ceil(rng.exponential(1.0 / (0.02 * np.exp(0.4 * x))[:, None], (100, 4)))
    ends = gap.cumsum(1)
    inside = ends - gap < 150
    person, order = np.nonzero(inside)
    cut = np.minimum(gap, 150 - (ends - gap))[inside]
    rows = pd.DataFrame({"person": person, "order": order + 1, "gap": cut, "event": (ends <= 150)[inside].astype(int)})
    table, _ = gap_ratios(rows, pd.DataFrame({"x": x}))
    assert table is not None
    return float(table["low"][0]), float(table["high"][0])


def test_hazard_ratios_of_gaps_are_recovered() -> None:
    check(hazard, float(np.exp(0.4)), FEW)


@pytest.mark.slow
def test_hazard_ratios_of_gaps_are_recovered_in_full() -> None:
    check(hazard, float(np.exp(0.4)), SETS)


def test_nothing_to_fit_is_none() -> None:
    table, told = gap_ratios(gaps(DAILY, START, 20), pd.DataFrame(index=START.index))
    assert table is None
    assert not told
    assert gamma_frailty(np.zeros(3), np.ones(3), pd.DataFrame({"rate": np.ones(3)}), np.arange(3)) is None
