"""The trial's own view: estimates against published figures, unbiased and covering what they should; who took part."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from toy_trial import AFTER, BEFORE, CASE, SCALE, allocation, rows, sessions

from analysis.trials.consort import consort
from analysis.trials.effects import effects
from analysis.trials.outcome import TrialError
from analysis.trials.trial import adjusted, comparison, estimates, observed, risk_difference, spillover, welch

ARMS = ("waiting", "therapy")


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


# --- what the trial sees


def test_each_person_is_seen_only_under_the_allotted_arm() -> None:
    scores = rows({"waiting": [1, 2, 3, 4], "therapy": [10, 20, 30, 40]}, AFTER)
    scores["state"] = -1.0  # what no trial sees
    seen = observed(scores, allocation(["therapy", "waiting", None, "therapy"]), [SCALE])
    assert seen[["person", "arm", "value"]].to_numpy().tolist() == [
        [0, "therapy", 10], [1, "waiting", 2], [3, "therapy", 40],
    ]  # fmt: skip
    assert seen["baseline"].isna().all()


def test_missing_scores_and_those_who_were_lost_are_excluded() -> None:
    scores = rows({"waiting": [1, 2, 3, 4], "therapy": [10, 20, 30, 40]}, AFTER)
    scores.loc[(scores["person"] == 1) & (scores["arm"] == "waiting"), "score"] = np.nan  # she is in the other arm
    scores.loc[(scores["person"] == 2) & (scores["arm"] == "waiting"), "score"] = np.nan
    lost = {0: AFTER + 1, 3: AFTER}
    seen = observed(scores, allocation(["therapy", "therapy", "waiting", "waiting"], lost), [SCALE, CASE])
    assert seen[["person", "outcome", "value"]].to_numpy().tolist() == [
        [0, "symptoms", 10], [1, "symptoms", 20], [0, "case", 0], [1, "case", 0],
    ]  # fmt: skip


def test_the_baseline_is_the_last_reading_before_the_arms_part() -> None:
    scores = pd.concat(
        [
            rows({None: [5, 6]}, BEFORE),
            rows({None: [7, np.nan]}, BEFORE + 1440),
            rows({None: [99, 99]}, BEFORE + 2880, "ies"),
            rows({"waiting": [8, 8], "therapy": [9, 9]}, AFTER - 1440),
            rows({"waiting": [1, 2], "therapy": [3, 4]}, AFTER),
        ]
    )
    seen = observed(scores, allocation(["therapy", "waiting"]), [SCALE])
    assert seen["value"].tolist() == [3, 2]
    np.testing.assert_array_equal(seen["baseline"], [7, np.nan])


def test_where_persons_influence_each_other_the_trial_sees_the_mixed_world() -> None:
    scores = pd.concat([rows({None: [5, 6]}, BEFORE), rows({"waiting": [1, 2], "therapy": [3, 4]}, AFTER)])
    mixed = rows({None: [11, 12]}, AFTER).drop(columns="arm")
    seen = observed(scores, allocation(["therapy", "waiting"]), [SCALE], mixed)
    assert seen["value"].tolist() == [11, 12]
    assert seen["baseline"].tolist() == [5, 6]


# --- estimates against published figures


def test_welch_is_that_of_r() -> None:
    """t.test(extra ~ group, data = sleep) in R: 95 percent confidence interval -3.3654832 0.2054832."""
    one = floats(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
    other = floats(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)
    assert welch(one, other) == pytest.approx((-1.58, -3.3654832, 0.2054832), abs=1e-7)


def test_welch_is_that_of_scipy_for_unequal_groups() -> None:
    rng = np.random.default_rng(5)
    one, other = rng.normal(3.0, 9.0, 7), rng.normal(1.0, 2.0, 40)
    found = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    assert welch(one, other)[1:] == pytest.approx((found.low, found.high), rel=1e-12)


@pytest.mark.parametrize(
    ("a", "m", "b", "n", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_the_risk_difference_is_that_of_newcombe(a: int, m: int, b: int, n: int, low: float, high: float) -> None:
    found = risk_difference(np.repeat([1.0, 0.0], [a, m - a]), np.repeat([1.0, 0.0], [b, n - b]))
    assert found == pytest.approx((a / m - b / n, low, high), abs=5e-5)


# Weights (lb) of girls with anorexia before and after; Hand et al. 1993, A Handbook of Small Data Sets, set 285.
CONTROL = (
    "80.7 89.4 91.8 74.0 78.1 88.3 87.3 75.1 80.6 78.4 77.6 88.7 81.3 78.1 70.5 77.3 85.2 86.0 84.1 79.7 85.5 84.4 79.6"
    " 77.5 72.3 89.0",
    "80.2 80.1 86.4 86.3 76.1 78.1 75.1 86.7 73.5 84.6 77.4 79.5 89.6 81.4 81.8 77.3 84.2 75.4 79.5 73.0 88.3 84.7 81.4"
    " 81.2 88.2 78.8",
)
CBT = (
    "80.5 84.9 81.5 82.6 79.9 88.7 94.9 76.3 81.0 80.5 85.0 89.2 81.3 76.5 70.0 80.4 83.3 83.0 87.7 84.2 86.4 76.5 80.2"
    " 87.8 83.3 79.7 84.5 80.8 87.4",
    "82.2 85.6 81.4 81.9 76.4 103.6 98.4 93.4 73.4 82.1 96.7 95.3 82.4 72.5 90.9 71.3 85.4 81.6 89.1 83.9 82.7 75.7"
    " 82.6 100.4 85.2 83.6 84.6 96.2 86.7",
)
FAMILY = (
    "83.8 83.3 86.0 82.5 86.7 79.6 76.9 94.2 73.4 80.5 81.6 82.1 77.6 83.5 89.9 86.0 87.3",
    "95.2 94.3 91.5 91.9 100.3 76.7 76.8 101.6 94.9 75.2 77.8 95.5 90.7 92.5 93.8 91.7 98.0",
)


def anorexia() -> pd.DataFrame:
    parts = [
        pd.DataFrame({"arm": arm, "baseline": floats(*map(float, pre.split())), "value": [*map(float, post.split())]})
        for arm, (pre, post) in {"CBT": CBT, "Cont": CONTROL, "FT": FAMILY}.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_analysis_of_covariance_is_that_of_r() -> None:
    """glm(Postwt ~ Prewt + Treat + offset(Prewt), data = anorexia) in R: TreatCont -4.0971, TreatFT 4.5631.

    The intervals are those of HC3 by its formula: residuals over 1 - leverage, from the normal equations.
    """
    data = anorexia()
    found = adjusted(data, ["CBT", "Cont", "FT"], "CBT")
    assert {arm: round(told[0], 4) for arm, told in found.items()} == {"Cont": -4.0971, "FT": 4.5631}
    x = np.column_stack([np.ones(72), data["baseline"], data["arm"] == "Cont", data["arm"] == "FT"]).astype(float)
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ data["value"].to_numpy()
    weights = ((data["value"] - x @ beta) / (1.0 - np.sum(x @ bread * x, axis=1))) ** 2
    errors = np.sqrt(np.diag(bread @ (x.T * weights.to_numpy()) @ x @ bread))
    half = stats.t.ppf(0.975, 68) * errors
    assert found["Cont"] == pytest.approx((beta[2], beta[2] - half[2], beta[2] + half[2]), rel=1e-9)
    assert found["FT"] == pytest.approx((beta[3], beta[3] - half[3], beta[3] + half[3]), rel=1e-9)


def test_the_baseline_narrows_the_interval() -> None:
    rng = np.random.default_rng(6)
    base = rng.normal(40.0, 10.0, 200)
    after = base + rng.normal(0.0, 3.0, 200)
    scores = pd.concat([rows({None: base}, BEFORE), rows({"waiting": after, "therapy": after - 6.0}, AFTER)])
    seen = observed(scores, allocation([*rng.permutation(np.repeat(ARMS, 100))]), [SCALE])
    told = estimates(seen, ARMS, "waiting", [SCALE]).iloc[0]
    plain, better = told["high"] - told["low"], told["adjusted_high"] - told["adjusted_low"]
    assert better < 0.4 * plain  # 3 / sqrt(109) = 0.29
    assert told["adjusted_low"] < -6.0 < told["adjusted_high"]


# --- estimates against the truth


def test_over_all_allotments_the_estimates_are_unbiased_exactly() -> None:
    """Every way to allot 4 of 8 persons: the mean of the estimates is the mean of the exact effects (Neyman 1923)."""
    rng = np.random.default_rng(7)
    base = rng.integers(20, 50, 8)
    scores = rows({"waiting": base, "therapy": base + rng.integers(-15, 10, 8)}, AFTER)
    truth = effects(scores, allocation([None] * 8), ARMS, "waiting", [SCALE, CASE])
    found = []
    for chosen in combinations(range(8), 4):
        allotted = allocation(["therapy" if i in chosen else "waiting" for i in range(8)])
        told = comparison(observed(scores, allotted, [SCALE, CASE]), truth, ARMS, "waiting", [SCALE, CASE])
        found.append(told.set_index("outcome")[["estimate", "exact"]])
    mean = sum(found[1:], found[0]) / len(found)
    assert len(found) == 70
    assert mean.loc["symptoms", "exact"] != 0.0
    assert mean.loc["case", "exact"] != 0.0
    assert mean["estimate"].tolist() == pytest.approx(mean["exact"].tolist(), abs=1e-12)


def covered(trials: int, with_baseline: bool) -> int:
    """How many of so many trials have an interval that holds the true effect, -4 points in every person."""
    rng = np.random.default_rng(8)
    columns = ["adjusted_low", "adjusted_high"] if with_baseline else ["low", "high"]
    hits = 0
    for _ in range(trials):
        base = rng.normal(40.0, 8.0, 60)
        after = 0.7 * base + rng.normal(0.0, 5.0, 60)
        treated = after - 4.0
        parts = [rows({"waiting": after, "therapy": treated}, AFTER)]
        if with_baseline:
            parts.insert(0, rows({None: base}, BEFORE))
        allotted = rng.permutation(np.repeat(ARMS, [36, 24]))
        seen = observed(pd.concat(parts), allocation([*allotted], lost={0: 1}), [SCALE])
        low, high = estimates(seen, ARMS, "waiting", [SCALE])[columns].iloc[0]
        hits += low <= -4.0 <= high
    return hits


@pytest.mark.parametrize(
    ("trials", "with_baseline"),
    [
        (60, False),
        (60, True),
        pytest.param(500, False, marks=pytest.mark.slow),
        pytest.param(500, True, marks=pytest.mark.slow),
    ],
)
def test_the_interval_covers_the_truth_as_often_as_it_says(trials: int, with_baseline: bool) -> None:
    low, high = stats.binom.interval(0.999, trials, 0.95)  # 458 to 489 of 500
    assert low <= covered(trials, with_baseline) <= high


# --- what cannot be told


def test_small_and_constant_groups_have_no_interval() -> None:
    nothing = (np.nan,) * 3
    for plain in (welch, risk_difference):
        np.testing.assert_array_equal(plain(floats(), floats(1.0)), nothing)
        np.testing.assert_array_equal(plain(floats(1.0), floats()), nothing)
    np.testing.assert_array_equal(welch(floats(3.0), floats(1.0, 2.0)), (1.5, np.nan, np.nan))
    constant = welch(floats(3.3, 3.3, 3.3), floats(2.0, 2.0))  # whose variance is not 0 as computed
    assert constant == pytest.approx((1.3, np.nan, np.nan), nan_ok=True)
    assert welch(floats(3.0, 3.0), floats(1.0, 2.0))[1] > -10.0  # one group alone may be constant


@pytest.mark.parametrize(
    ("baseline", "arms"),
    [
        ([5, 5, 5, 5], ["waiting", "waiting", "therapy", "therapy"]),  # does not vary
        ([4, 4, 5, 5], ["waiting", "waiting", "therapy", "therapy"]),  # tells the arms apart
        ([1, 2, 3, 4], ["waiting", "therapy", "therapy", "therapy"]),  # one person alone
        ([1, 2, np.nan, np.nan], ["waiting", "waiting", "therapy", "therapy"]),
        ([3, 3, 3, 4], ["waiting", "waiting", "therapy", "therapy"]),  # one person decides the slope
    ],
)
def test_a_baseline_that_cannot_adjust_is_left_out(baseline: list[float], arms: list[str]) -> None:
    seen = pd.DataFrame({"arm": arms, "baseline": baseline, "value": [1.0, 2.0, 4.0, 3.0]})
    assert adjusted(seen, ARMS, "waiting") == {}


def test_an_outcome_that_does_not_vary_is_not_adjusted() -> None:
    seen = pd.DataFrame({"arm": [*ARMS, *ARMS, *ARMS], "baseline": [1.0, 2, 3, 5, 8, 13], "value": 7.0})
    assert adjusted(seen, ARMS, "waiting") == {}
    assert adjusted(seen.iloc[:0], ARMS, "waiting") == {}


def test_with_nothing_seen_the_exact_effect_remains() -> None:
    scores = rows({"waiting": [40, 40], "therapy": [30, 30]}, AFTER)
    scores["score"] = np.nan
    truth = effects(scores, allocation(["therapy", "waiting"]), ARMS, "waiting", [SCALE, CASE])
    told = comparison(
        observed(scores, allocation(["therapy", "waiting"]), [SCALE, CASE]), truth, ARMS, "waiting", [SCALE, CASE]
    )
    assert told["n"].tolist() == [0, 0]
    assert told[["estimate", "low", "high"]].isna().all(axis=None)
    assert told["exact"].tolist() == [-10.0, -1.0]
    assert told["nnt"].tolist() == [1.0, 1.0]


def test_nobody_randomized_leaves_nothing_seen() -> None:
    scores = rows({"waiting": [40, 40], "therapy": [30, 30]}, AFTER)
    seen = observed(scores, allocation([None, None], eligible=[0, 0]), [SCALE])
    assert seen.empty
    assert estimates(seen, ARMS, "waiting", [SCALE])["estimate"].isna().all()


def test_one_arm_is_no_comparison() -> None:
    seen = observed(rows({"waiting": [40, 40]}, AFTER), allocation(["waiting"] * 2), [SCALE])
    with pytest.raises(TrialError, match="only arm"):
        estimates(seen, ["waiting"], "waiting", [SCALE])
    with pytest.raises(TrialError, match="it was read at minutes 43200"):
        observed(rows({"waiting": [4]}, AFTER), allocation(["waiting"]), [replace(SCALE, minute=7)])


# --- who took part


def test_the_counts_of_a_flow_diagram_as_worked_by_hand() -> None:
    """Eight enrolled, two not randomized, three in each arm; who came, left, was lost stands in the rows below."""
    allotted = allocation(
        ["therapy", "therapy", "therapy", "waiting", "waiting", "waiting", None, None],
        lost={0: 100, 3: AFTER, 5: AFTER + 1}, eligible=[1, 1, 1, 1, 1, 1, 0, 0],
    )  # fmt: skip
    never, once, late, always = [0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 1, 1]
    came = sessions(
        8,
        {
            "therapy": [never, once, late, always, always, always, always, always],
            "waiting": [always, always, always, late, late, once, never, never],
        },
    )
    scores = rows({"waiting": [1.0] * 8, "therapy": [2.0] * 8}, AFTER)
    scores.loc[scores["person"] == 1, "score"] = np.nan
    told = consort(allotted, came, observed(scores, allotted, [SCALE]), ARMS, [SCALE])
    expected = {
        "enrolled": [8, pd.NA, pd.NA],
        "excluded": [2, pd.NA, pd.NA],
        "randomized": [6, 3, 3],
        "attended": [5, 3, 2],
        "left": [3, 1, 2],
        "lost": [3, 2, 1],
        "analysed: symptoms": [3, 2, 1],
    }
    assert told.columns.tolist() == ["stage", "all", "waiting", "therapy"]
    assert told["stage"].tolist() == list(expected)
    wanted = pd.DataFrame(expected.values(), columns=["all", *ARMS], dtype="Int64")
    pd.testing.assert_frame_equal(told[["all", *ARMS]], wanted)


def test_sessions_of_the_mixed_world_and_shared_sessions_count_as_they_are() -> None:
    allotted = allocation(["therapy", "waiting"])
    seen = observed(rows({"waiting": [1, 1], "therapy": [2, 2]}, AFTER), allotted, [SCALE])
    lived = sessions(2, {"any": [[1], [0]]})
    for came in (lived.drop(columns="arm"), lived.assign(arm=pd.Series([None, None], dtype=object))):
        told = consort(allotted, came, seen, ARMS, [SCALE]).set_index("stage")
        assert told.loc["attended"].tolist() == [1, 0, 1]
        assert told.loc["left"].tolist() == [1, 1, 0]
    nobody = consort(allocation([None, None]), lived, seen.iloc[:0], ARMS, [SCALE]).set_index("stage")
    assert nobody["all"].tolist() == [2, 2, 0, 0, 0, 0, 0]


def test_spillover_is_what_the_company_of_others_changes() -> None:
    seen = pd.DataFrame({"person": [1, 2, 3], "arm": ["a", "a", "b"], "outcome": "o", "value": [2.0, 4.0, 1.0]})
    alone = seen.assign(value=[1.0, 1.0, 1.0])
    found = spillover(seen, alone).set_index("arm")
    assert found.loc["a", "spillover"] == 2.0
    # Student's t with 1 degree of freedom: 12.706 standard errors of 1.
    assert found.loc["a", "low"] == pytest.approx(2.0 - 12.7062, abs=1e-3)
    assert found.loc["b", "spillover"] == 0.0
    assert np.isnan(found.loc["b", "low"])  # of one person there is no interval
