"""Time to forgetting: known answers from published data sets, limits, and coverage of the intervals."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import recovery

from analysis.persistence.hazards import cox
from analysis.persistence.spans import spans, times, turnbull
from analysis.persistence.survival import at_day, by_group, kaplan_meier, log_rank, median, restricted_mean

# Remission in weeks of 42 children with leukaemia (Freireich et al. 1963): 6-mercaptopurine, and placebo without any
# censored time. The answers are lifelines' 0.30.3; the log-rank statistic is also that of the published textbooks.
DRUG = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], float)
RELAPSED = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], float)
ALL = np.concatenate([DRUG, PLACEBO])
EVENTS = np.concatenate([RELAPSED, np.ones(21, bool)])
ARM = np.repeat([0.0, 1.0], 21)

# Months to cosmetic deterioration after radiotherapy, known to lie in (left, right] (Finkelstein & Wolfe 1985).
NO = np.inf
COSMESIS = np.array([
    (45, NO), (6, 10), (0, 7), (46, NO), (46, NO), (7, 16), (17, NO), (7, 14), (37, 44), (0, 8), (4, 11), (15, NO),
    (11, 15), (22, NO), (46, NO), (46, NO), (25, 37), (46, NO), (26, 40), (46, NO), (27, 34), (36, 44), (46, NO),
    (36, 48), (37, NO), (40, NO), (17, 25), (46, NO), (11, 18), (38, NO), (5, 12), (37, NO), (0, 5), (18, NO),
    (24, NO), (36, NO), (5, 11), (19, 35), (17, 25), (24, NO), (32, NO), (33, NO), (19, 26), (37, NO), (34, NO),
    (36, NO),
])  # fmt: skip


def test_the_curve_and_its_interval_are_those_of_lifelines() -> None:
    curve = kaplan_meier(DRUG, RELAPSED).set_index("day")
    assert curve["at_risk"].loc[[0, 6, 7, 23, 35]].tolist() == [21, 21, 17, 6, 1]
    assert curve["events"].sum() == RELAPSED.sum()
    expected = {0: (1, 1, 1), 6: (0.857143, 0.619718, 0.951552), 11: (0.752941, 0.503200, 0.889362),
                35: (0.448179, 0.188052, 0.680143)}  # fmt: skip
    for day, numbers in expected.items():
        assert curve.loc[day, ["survival", "low", "high"]].tolist() == pytest.approx(numbers, abs=1e-6)
    assert at_day(curve.reset_index(), 12.9)[0] == pytest.approx(0.752941, abs=1e-6)


def test_the_median_is_where_the_curve_and_its_interval_cross_a_half() -> None:
    assert median(kaplan_meier(DRUG, RELAPSED)) == (23.0, 13.0, np.inf)
    assert median(kaplan_meier(PLACEBO, np.ones(21, bool))) == (8.0, 4.0, 11.0)
    assert median(kaplan_meier(DRUG, np.zeros(21, bool))) == (np.inf, np.inf, np.inf)


def test_the_restricted_mean_is_the_area_and_without_censoring_the_mean() -> None:
    curve = kaplan_meier(DRUG, RELAPSED)
    assert restricted_mean(curve, 35.0)[0] == pytest.approx(23.287394957983185)  # lifelines
    assert restricted_mean(curve, 20.0)[0] == pytest.approx(16.116526610644254)
    assert restricted_mean(curve, 35.0)[1] == pytest.approx(2.83, abs=0.005)  # se(rmean) of R's survival
    mean, se = restricted_mean(kaplan_meier(PLACEBO, np.ones(21, bool)), 23.0)
    assert (mean, se) == pytest.approx((PLACEBO.mean(), PLACEBO.std() / np.sqrt(21)))
    assert restricted_mean(kaplan_meier(DRUG, np.zeros(21, bool)), 30.0) == (30.0, 0.0)


def test_log_rank_and_groups() -> None:
    chi2, freedom, p = log_rank(ALL, EVENTS, ARM.astype(np.int64))
    assert (chi2, freedom) == pytest.approx((16.792941, 1))
    assert p == pytest.approx(4.169e-05, rel=1e-3)
    arm = pd.Series(pd.Categorical.from_codes(ARM.astype(int), ["drug", "placebo"]))
    curves, table = by_group(ALL, EVENTS, arm, 23.0)
    assert list(curves) == ["drug", "placebo"]
    drug, placebo = (restricted_mean(curves[name], 23.0) for name in curves)
    half = 1.959964 * np.hypot(drug[1], placebo[1])
    told = table.set_index("group").loc["placebo"]
    assert told["difference"] == pytest.approx(placebo[0] - drug[0])
    assert told["difference_high"] == pytest.approx(placebo[0] - drug[0] + half, abs=1e-5)
    assert np.isnan(table["difference"].iloc[0])
    assert np.isnan(log_rank(ALL, np.zeros(42, bool), ARM.astype(np.int64))[0])
    assert np.isnan(log_rank(ALL, EVENTS, np.zeros(42, np.int64))[0])


def test_cox_and_proportionality_are_those_of_lifelines() -> None:
    told = pd.DataFrame({"arm": ARM, "other": [float(7 * k % 13) for k in range(42)]})
    table, warnings = cox(ALL + 0.01 * np.arange(42), EVENTS, told)  # no ties: programs differ in what they do of them
    assert warnings == []
    assert table["log_hr"].tolist() == pytest.approx([1.5161464, -0.00020744], abs=1e-6)
    assert table["se"].tolist() == pytest.approx([0.4110525, 0.0487725], abs=1e-6)
    assert table["ph_chi2"].tolist() == pytest.approx([0.293745, 0.048275], abs=1e-6)
    assert table["ph_p"].tolist() == pytest.approx([0.587830, 0.826092], abs=1e-6)
    tied, _ = cox(ALL, EVENTS, told[["arm"]])
    assert tied["log_hr"].tolist() + tied["se"].tolist() == pytest.approx([1.572125, 0.412397], abs=1e-6)  # Efron


def test_hazards_that_cross_are_found_out() -> None:
    rng = np.random.default_rng(3)
    group = np.repeat([0.0, 1.0], 400)
    day = np.where(group == 1.0, rng.weibull(2.5, 800), rng.weibull(0.6, 800))
    table, _ = cox(day, np.ones(800, bool), pd.DataFrame({"group": group, "idle": rng.normal(size=800)}))
    assert table["rho"].iloc[0] > 0.3
    assert table["ph_p"].iloc[0] < 1e-6
    assert abs(table["rho"].iloc[1]) < 0.1


def test_cox_says_what_it_cannot_do() -> None:
    constant = pd.DataFrame({"same": np.ones(42), "arm": ARM})
    table, warnings = cox(ALL, EVENTS, constant)
    assert table["covariate"].tolist() == ["arm"]
    assert "same is the same for everybody" in warnings[0]
    table, warnings = cox(ALL, EVENTS, constant[["same"]])
    assert table.empty
    assert "left out" in warnings[-1]
    table, warnings = cox(ALL, EVENTS, pd.DataFrame({"arm": ARM, "again": ARM}))
    assert table.empty
    assert "cannot be told apart" in warnings[-1] or "did not converge" in warnings[-1]
    table, warnings = cox(ALL, ARM == 1.0, pd.DataFrame({"arm": ARM}))  # nobody of the first group
    assert table.empty
    assert "did not converge" in warnings[-1]
    assert cox(ALL, np.zeros(42, bool), constant)[0].empty


def test_turnbulls_estimate_is_the_published_one() -> None:
    found = turnbull(*COSMESIS.T)
    assert list(zip(found["left"], found["right"], strict=True)) == [
        (4, 5), (6, 7), (7, 8), (11, 12), (24, 25), (33, 34), (38, 40), (46, 48),
    ]  # fmt: skip
    published = [0.0463, 0.0334, 0.0887, 0.0708, 0.0926, 0.0818, 0.1209, 0.4656]
    assert found["mass"].tolist() == pytest.approx(published, abs=1e-4)
    assert found["survival"].iloc[-1] == 0.0  # not what is left of rounding
    assert found["survival"].iloc[0] == pytest.approx(1.0 - published[0], abs=1e-4)


def test_on_a_common_grid_turnbull_is_kaplan_meier_at_the_measures() -> None:
    rng = np.random.default_rng(1)
    right = 7.0 * rng.integers(1, 8, 200)
    left = right - 7.0
    right[::5] = np.inf
    found = turnbull(left, right)
    curve = kaplan_meier(np.where(np.isinf(right), np.maximum(left, 1e-3), right), np.isfinite(right))
    inside = found[np.isfinite(found["right"])]
    assert inside["survival"].tolist() == pytest.approx([at_day(curve, day)[0] for day in inside["right"]], abs=1e-6)
    with pytest.raises(ValueError, match="earlier"):
        turnbull(np.array([3.0]), np.array([3.0]))


def test_spans_hold_the_first_fall_below() -> None:
    recall = {1: [0.9, 0.6, 0.4, 0.3], 2: [0.4, 0.6, 0.3, 0.2], 3: [0.9, 0.9, 0.9, 0.5], 4: [0.8, 0.2, 0.7, 0.1]}
    readings = pd.DataFrame(
        [(person, 7.0 * (k + 1), value) for person, values in recall.items() for k, value in enumerate(values)],
        columns=["person", "day", "recall"],
    )
    found = spans(readings, 0.5)
    assert found["left"].tolist() == [14.0, 0.0, 28.0, 7.0]
    assert found["right"].tolist() == [21.0, 7.0, np.inf, 14.0]
    assert found["returned"].tolist() == [False, True, False, True]
    for end, expected in {"left": [14, 1e-3, 28, 7], "middle": [17.5, 3.5, 28, 10.5], "right": [21, 7, 28, 14]}.items():
        assert times(found, end)[0].tolist() == expected
    assert times(found)[1].tolist() == [True, True, False, True]
    wheres = [times(found, end)[0] for end in ("left", "middle", "right")]
    assert all((a <= b).all() for a, b in pairwise(wheres))


def drawn(rng: np.random.Generator, n: int, mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Exponential days to forgetting (n,), censored between day 20 and 60."""
    day, end = rng.exponential(mean, n), rng.uniform(20.0, 60.0, n)
    return np.minimum(day, end), day <= end


def survival_interval(rng: np.random.Generator) -> tuple[float, float]:
    return at_day(kaplan_meier(*drawn(rng, 100, 30.0)), 25.0)[1:]


def restricted_interval(rng: np.random.Generator) -> tuple[float, float]:
    mean, se = restricted_mean(kaplan_meier(*drawn(rng, 150, 30.0)), 40.0)
    return mean - 1.959964 * se, mean + 1.959964 * se


def difference_interval(rng: np.random.Generator) -> tuple[float, float]:
    parts = [drawn(rng, 100, mean) for mean in (30.0, 20.0)]
    day, forgotten = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    group = pd.Series(pd.Categorical.from_codes(np.repeat([0, 1], 100), ["a", "b"]))
    row = by_group(day, forgotten, group, 40.0)[1].iloc[1]
    return float(row["difference_low"]), float(row["difference_high"])


def hazard_interval(rng: np.random.Generator) -> tuple[float, float]:
    told, end = rng.normal(size=80), rng.uniform(20.0, 60.0, 80)
    full = rng.exponential(30.0 * np.exp(-0.5 * told))
    table, _ = cox(np.minimum(full, end), full <= end, pd.DataFrame({"told": told}))
    return float(np.log(table["low"].iloc[0])), float(np.log(table["high"].iloc[0]))


def area(mean: float) -> float:
    """Restricted mean of an exponential time to day 40."""
    return mean * (1.0 - float(np.exp(-40.0 / mean)))


TRUTHS = {
    survival_interval: float(np.exp(-25.0 / 30.0)),
    restricted_interval: area(30.0),
    difference_interval: area(20.0) - area(30.0),
    hazard_interval: 0.5,
}


@pytest.mark.parametrize("interval", TRUTHS, ids=lambda one: one.__name__)
def test_intervals_hold_the_truth(interval) -> None:  # type: ignore[no-untyped-def]
    recovery.check(interval, TRUTHS[interval], recovery.FEW)


@pytest.mark.slow
@pytest.mark.parametrize("interval", TRUTHS, ids=lambda one: one.__name__)
def test_intervals_hold_the_truth_in_full(interval) -> None:  # type: ignore[no-untyped-def]
    recovery.check(interval, TRUTHS[interval], recovery.SETS)
