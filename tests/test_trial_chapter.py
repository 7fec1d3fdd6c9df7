"""What the chapter on a trial computes: known answers, limits, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from recovery import FEW, SETS, check

from analysis.trials.calibration import calibrate
from analysis.trials.imputation import imputed, pool
from analysis.trials.mediation import mediated
from analysis.trials.outcome import Outcome
from analysis.trials.responders import number_needed, responders
from analysis.trials.section import section
from analysis.trials.trial import adjusted, risk_difference

ARMS = ("usual", "care")
OUTCOME = Outcome("pcl", "pcl", 100, "lower", margin=5.0)
sets = pytest.mark.parametrize("count", [FEW, pytest.param(SETS, marks=pytest.mark.slow)])


def drawn(rng: np.random.Generator, n: int = 120) -> pd.DataFrame:
    arm = np.tile(ARMS, n // 2)
    before = rng.normal(40.0, 8.0, n)
    value = 0.5 * before + 15.0 - 4.0 * (arm == "care") + rng.normal(0.0, 5.0, n)
    return pd.DataFrame({"person": range(n), "arm": arm, "outcome": "pcl", "value": value, "baseline": before})


def test_altmans_number_needed_goes_through_infinity() -> None:
    # Altman 1998: a difference of 10%, -5% to 25%: NNT 10, benefit of 4 or more, harm of 20 or more.
    assert number_needed((0.10, -0.05, 0.25)) == pytest.approx((10.0, 4.0, -20.0, True))


def test_rubins_rules_by_hand() -> None:
    # W = 1, B = 1, T = 1 + 4/3 = 7/3, nu = 2 / (4/7)**2 = 6.125
    centre, low, high, freedom = pool(np.array([1.0, 2.0, 3.0]), np.ones(3))
    assert (centre, freedom) == pytest.approx((2.0, 6.125))
    assert high - centre == pytest.approx(centre - low) == pytest.approx(2.43489 * (7 / 3) ** 0.5, rel=2e-3)


def test_total_is_direct_and_indirect() -> None:
    rng = np.random.default_rng(1)
    x, e = rng.integers(0, 2, 80).astype(float), rng.normal(size=(2, 80))
    m = 0.5 * x + e[0]
    found = mediated(x, m, x + m + e[1])
    assert found is not None
    assert found.total[0] == pytest.approx(found.direct[0] + found.indirect[0])
    assert mediated(x, x, x) is None


@sets
def test_adjusted_covers(count: int) -> None:
    check(lambda rng: adjusted(drawn(rng), ARMS, "usual")["care"][1:], -4.0, count)


@sets
def test_risk_difference_covers(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        draws = [(rng.random(80) < share).astype(float) for share in (0.5, 0.3)]
        return risk_difference(*draws)[1:]

    check(interval, 0.2, count)


@sets
def test_pooled_difference_covers_where_the_worst_are_unseen(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        data = drawn(rng)
        unseen = rng.random(len(data)) < 0.5 / (1.0 + np.exp(-(data["baseline"] - 40.0) / 4.0))
        data.loc[unseen, "value"] = np.nan
        return imputed(data, ARMS, "usual", m=10)["care"][1:]

    check(interval, -4.0, count)


@sets
def test_indirect_effect_covers(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        x = np.tile([0.0, 1.0], 75)
        m = 0.8 * x + rng.normal(size=150)
        found = mediated(x, m, 0.3 * x + 0.6 * m + rng.normal(size=150))
        assert found is not None
        return found.indirect[1:]

    check(interval, 0.48, count)


def test_identical_arms_are_told_apart_as_often_as_the_level_says() -> None:
    same = np.random.default_rng(2).normal(size=100)
    found = calibrate(same, same, allocations=400)
    assert found is not None
    assert found.exact == 0.0
    assert 0.02 <= found.positives <= 0.09
    assert found.coverage == pytest.approx(1.0 - found.positives)
    assert found.spread == pytest.approx(found.told, rel=0.15)


def test_responders_without_baseline_have_no_row() -> None:
    data = drawn(np.random.default_rng(3))
    assert len(responders(data, ARMS, "usual", [OUTCOME])) == 1
    assert responders(data.assign(baseline=np.nan), ARMS, "usual", [OUTCOME]).empty


class Small:
    """A trial of 12 persons."""

    def __init__(self, arms: tuple[str, ...] = ARMS, constant: bool = False, lost: bool = False) -> None:
        rng = np.random.default_rng(4)
        score = np.full(24, 7.0) if constant else rng.normal(30.0, 5.0, 24)
        self.arms, self.reference, self.outcomes = arms, "usual", (OUTCOME,)
        self.mixed, self.randomized = None, 50
        persons = np.arange(12)
        self.scores = pd.DataFrame(
            {"arm": pd.Categorical(np.repeat(ARMS, 12)), "person": np.tile(persons, 2), "minute": 100,
             "instrument": "pcl", "score": score, "state": score}
        )  # fmt: skip
        gone = pd.array([0 if lost else pd.NA] * 12, dtype="Int64")
        self.allocation = pd.DataFrame({"person": persons, "eligible": True, "arm": np.tile(ARMS, 6), "lost": gone})


@pytest.mark.parametrize(
    ("trial", "why"),
    [
        (Small(arms=("usual",)), "only arm"),
        (Small(lost=True), "nobody was seen"),
        (Small(constant=True), "same value"),
        (Small(), "no reading before"),
    ],
)
def test_a_trial_that_tells_little_says_so(trial: Small, why: str) -> None:
    assert any(why in warning for warning in section(trial).warnings)
