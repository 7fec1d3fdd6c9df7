"""What is worked out side by side is what is worked out one by one, to the last bit."""

from __future__ import annotations

from math import exp

import numpy as np
from numba import njit

from cohort import receptors
from cohort.drugs import load_drugs
from cohort.lanes import GONE, any_above, exp_in_lanes, scale, wane
from cohort.parameters import Parameters
from cohort.pharmacology import BETA, drug_index, give
from cohort.population import make_world
from cohort.state import EARLY_STRENGTHS, LANES, LATE_STRENGTHS, NE, ONE


def test_exp_in_lanes_is_that_of_the_library() -> None:
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.uniform(-500, 500, 200_000), rng.uniform(-1, 1, 200_000), -np.logspace(-300, 2, 100_000)])

    @njit
    def each(x: np.ndarray, out: np.ndarray) -> None:
        for i in range(len(x)):
            out[i] = exp_in_lanes(x[i])

    found = np.empty_like(x)
    each(x, found)
    assert found.tolist() == [exp(one) for one in x]
    each(np.array([-501.0, -np.inf]), found[:2])
    assert found[:2].tolist() == [exp(-500.0)] * 2


def test_strengths_are_scaled_each_by_its_own_factor_and_nothing_beside_them() -> None:
    @njit
    def scaled(strengths: np.ndarray, factors: np.ndarray) -> None:
        scale(strengths, factors)

    numbers, factors = np.random.default_rng(7).uniform(size=(2, 3 * LATE_STRENGTHS))
    expected = numbers.copy()
    expected[3 : 3 + LATE_STRENGTHS] *= factors[1 : 1 + LATE_STRENGTHS]
    scaled(numbers[3:], factors[1:])
    assert numbers.tolist() == expected.tolist()


def test_early_strengths_wane_until_they_are_gone_and_nothing_beside_them() -> None:
    @njit
    def waned(strengths: np.ndarray, factor: float) -> None:
        wane(strengths, factor)

    numbers = np.concatenate([np.full(3, 0.7), np.linspace(0.5, 2.5, EARLY_STRENGTHS) * GONE, np.full(3, 0.7)])
    expected = numbers.copy()
    expected[3:-3] *= 0.7
    expected[3:-3][expected[3:-3] < GONE] = 0.0
    assert 0 < (expected == 0.0).sum() < EARLY_STRENGTHS
    waned(numbers[3:], 0.7)
    assert numbers.tolist() == expected.tolist()


def test_one_early_strength_above_is_found_wherever_it_stands() -> None:
    @njit
    def found(strengths: np.ndarray, least: float) -> bool:
        return any_above(strengths, least)

    for i in range(EARLY_STRENGTHS + 1):
        strengths = np.full(EARLY_STRENGTHS + 1, 0.2)
        strengths[i] = 0.3
        assert found(strengths, 0.2) == (i < EARLY_STRENGTHS)


def test_beta_occupancy_ahead_is_that_of_each_moment() -> None:
    rng = np.random.default_rng(6)
    world = make_world(Parameters(), 1)[0]
    for turn in range(40):
        one = np.zeros(1, dtype=ONE).view(np.recarray)[0]
        for name in ("synthesis", "affinity", "clearance", "efficacy"):
            one.traits[name] = rng.uniform(0.5, 2.0, len(one.traits[name]))
        one.traits.noradrenergic_tone, one.traits.baseline_load = rng.uniform(0.5, 2.0, 2)
        one.p.load_fast, one.p.load_slow = rng.uniform(0.0, 1.0, 2) * (turn % 3 > 0)
        one.p.phasic[NE] = rng.uniform(0.0, 20.0) * (turn % 2)
        if turn % 4 == 3:
            names = list(load_drugs())
            give(one.p, world.drugs, drug_index("propranolol"), 40.0)
            give(one.p, world.drugs, turn % len(names), 10.0)
        one.p.beta_added = 0.4 * (turn % 2)
        minute = 60 * (8 if turn % 5 else 0)
        one.ahead = np.sort(rng.uniform(0.01, 6.0, LANES))
        receptors.beta_ahead(one, world, minute, 0.0)
        alone = [receptors.occupancy(one, world, BETA, minute, hours) for hours in one.ahead.tolist()]
        assert one.beta.tolist() == alone
        receptors.beta_ahead(one, world, minute, 0.7)
        assert one.beta.tolist() == [theta * exp(-0.7 * t) for theta, t in zip(alone, one.ahead.tolist(), strict=True)]
