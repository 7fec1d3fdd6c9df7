"""Repeated counts and courses: a published mixed model, and how often intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from recovery import FEW, SETS, check

from analysis.intrusions.counts import negative_binomial
from analysis.intrusions.repeated import (
    correlated,
    doublings,
    evenly,
    mixed,
    periods,
    repeated,
    slopes,
    two_stage,
)

# Distance (mm) from pituitary to pterygomaxillary fissure of 16 boys and 11 girls at 8, 10, 12 and 14 years: Potthoff &
# Roy 1964, 10.1093/biomet/51.3-4.313; R's nlme holds it as Orthodont.
BOYS = "26 25 29 31 21.5 22.5 23 26.5 23 22.5 24 27.5 25.5 27.5 26.5 27 20 23.5 22.5 26 24.5 25.5 27 28.5 22 22 24.5 " \
    "26.5 24 21.5 24.5 25.5 23 20.5 31 26 27.5 28 31 31.5 23 23 23.5 25 21.5 23.5 24 28 17 24.5 26 29.5 22.5 25.5 " \
    "25.5 26 23 24.5 26 30 22 21.5 23.5 25"  # fmt: skip
GIRLS = "21 20 21.5 23 21 21.5 24 25.5 20.5 24 24.5 26 23.5 24.5 25 26.5 21.5 23 22.5 23.5 20 21 21 22.5 21.5 22.5 " \
    "23 25 23 23 23.5 24 20 21 22 21.5 16.5 19 19 19.5 24.5 25 28 28"  # fmt: skip
GROWTH = np.array(f"{BOYS} {GIRLS}".split(), dtype=float).reshape(27, 4)
GIRL = pd.DataFrame({"girl": np.repeat([0.0, 1.0], [16, 11])})
AGE = np.array([8.0, 10.0, 12.0, 14.0])


def test_growth_is_that_of_nlme() -> None:
    found, told = mixed(GROWTH, AGE, GIRL)
    assert found is not None
    assert not told
    known = found.set_index("term")
    # nlme: lme(distance ~ age * Sex, random = ~ age | Subject): .7844 and -.3048 mm a year, errors .0860 and .1347.
    np.testing.assert_allclose(known.loc[["time", "girl by time"], "estimate"], [0.7844, -0.3048], atol=5e-5)
    np.testing.assert_allclose(known.loc[["time", "girl by time"], "se"], [0.0860, 0.1347], atol=2e-4)
    # In two stages, with the same ages for everybody, the estimates are the same.
    steps = AGE - AGE.mean()
    own = GROWTH @ steps / (steps @ steps)
    stage = two_stage(own, GIRL)
    np.testing.assert_allclose(stage["estimate"], [0.7844, -0.3048], atol=5e-5)


def test_periods_and_time() -> None:
    weekly = np.arange(18).reshape(2, 9)
    assert periods(weekly).tolist() == [[6, 22], [42, 58]]
    np.testing.assert_allclose(doublings(3), np.log2([0.5, 1.5, 2.5]) - np.log2([0.5, 1.5, 2.5]).mean())
    assert evenly(3, 5).tolist() == [0, 1, 2]
    assert evenly(101, 3).tolist() == [0, 50, 100]


def test_a_power_of_time_is_its_slope() -> None:
    counts = np.exp(2.0 - 0.5 * doublings(20)) - 1.0
    found = slopes(np.tile(counts, (3, 1)))
    np.testing.assert_allclose(found["slope"], -0.5)
    np.testing.assert_allclose(found["level"], 2.0)


def test_nobody_who_differs_has_no_interval() -> None:
    found = two_stage(np.full(5, 0.3), pd.DataFrame(index=range(5)))
    assert found["estimate"][0] == pytest.approx(0.3)
    assert found[["low", "high"]].isna().all(axis=None)
    assert two_stage(np.zeros(1), pd.DataFrame(index=range(1)))["low"].isna().all()
    assert correlated(np.zeros((5, 3), dtype=int), pd.DataFrame(index=range(5)), 0.0, "exchangeable")[0] is None


def courses(rng: np.random.Generator, n: int, p: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Counts of persons who differ by a gamma factor (variance 1/2); their rate falls by exp(-.3) a doubling."""
    x = rng.normal(size=n)
    mean = 3.0 * np.exp(0.3 * x[:, None] - 0.3 * doublings(p)) * rng.gamma(2.0, 0.5, (n, 1))
    return rng.poisson(mean), pd.DataFrame({"x": x - x.mean()})


def by_equations(rng: np.random.Generator) -> tuple[float, float]:
    counts, x = courses(rng, 60, 3)
    table, _, _ = correlated(counts, x, 0.5, "exchangeable")
    assert table is not None
    return float(table["low"][2]), float(table["high"][2])


def by_clusters(rng: np.random.Generator) -> tuple[float, float]:
    counts, x = courses(rng, 100, 3)
    person = np.repeat(np.arange(100), 3)
    found = negative_binomial(counts.reshape(-1).astype(float), np.ones(counts.size), repeated(counts, x), person)
    assert found is not None
    return float(found.table["low"][1]), float(found.table["high"][1])


def by_slopes(rng: np.random.Generator) -> tuple[float, float]:
    x = rng.normal(size=60)
    own = -0.4 + 0.1 * x + rng.normal(0.0, 0.1 + 0.1 * np.abs(x))
    found = two_stage(own, pd.DataFrame({"x": x - x.mean()}))
    return float(found["low"][1]), float(found["high"][1])


TRUTHS = [(by_equations, float(np.exp(0.3))), (by_clusters, float(np.exp(-0.3))), (by_slopes, 0.1)]


@pytest.mark.parametrize(("interval", "truth"), TRUTHS)
def test_the_truth_is_recovered(interval: object, truth: float) -> None:
    check(interval, truth, FEW)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(("interval", "truth"), TRUTHS)
def test_the_truth_is_recovered_in_full(interval: object, truth: float) -> None:
    check(interval, truth, SETS)  # type: ignore[arg-type]


def test_neighbours_alike_are_found_alike() -> None:
    rng = np.random.default_rng(3)
    state = rng.normal(size=(200, 6))
    for k in range(1, 6):
        state[:, k] = 0.8 * state[:, k - 1] + 0.6 * state[:, k]
    counts = rng.poisson(20.0 * np.exp(0.5 * state))
    table, correlation, _ = correlated(counts, pd.DataFrame(index=range(200)), 0.25, "autoregressive")
    assert table is not None
    assert 0.5 < correlation < 0.85
