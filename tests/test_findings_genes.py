"""Twins and scans of variants, against correlations and effects that are known, and their scenarios, small."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.experiment import experiments, observe
from cohort.findings import genes
from cohort.targets import select


def twins(rng: np.random.Generator, pairs: int, r: float) -> np.ndarray:
    """Scores of pairs with a correlation r, shape (pairs, 2)."""
    return rng.multivariate_normal([20.0, 20.0], [[100.0, 100.0 * r], [100.0 * r, 100.0]], pairs)


def test_heritability_is_twice_the_difference_of_correlations_of_liability() -> None:
    """h² = .5 and c² = .1: r(MZ) = .6, r(DZ) = .35 (Falconer & Mackay 1996), of which a case shows one side."""
    rng = np.random.default_rng(1)
    liability = np.concatenate([twins(rng, 100_000, 0.6), twins(rng, 100_000, 0.35)])
    pairs = (liability > 30.0).astype(float)  # one standard deviation above the mean: 16%
    mz = np.repeat([1.0, 0.0], 100_000)
    order = rng.permutation(200_000)
    assert genes.falconer(*pairs[order].T, mz[order]) == pytest.approx(0.5, abs=0.03)
    swapped = np.where(rng.random(200_000)[:, None] < 0.5, pairs, pairs[:, ::-1])
    assert genes.falconer(*swapped.T, mz) == pytest.approx(genes.falconer(*pairs.T, mz), abs=1e-9)  # who is first


@pytest.mark.parametrize("r", [-0.5, 0.0, 0.3, 0.8])
def test_a_tetrachoric_correlation_at_the_median_is_a_sine(r: float) -> None:
    """Where half are cases, both of a pair are with probability 1/4 + arcsin(r) / 2 pi (Sheppard 1899)."""
    n = 200_000
    both = round(n * (0.25 + np.arcsin(r) / (2.0 * np.pi)))
    one = n // 2 - both
    first = np.repeat([1.0, 1.0, 0.0, 0.0], [both, one, one, both])
    second = np.repeat([1.0, 0.0, 1.0, 0.0], [both, one, one, both])
    assert genes.tetrachoric(first, second) == pytest.approx(r, abs=1e-4)


def test_a_case_of_a_lifetime_is_one_of_any_month_after_the_first_reading() -> None:
    scores = np.array([[80.0, 0.0, 0.0, 0.0], [0.0, 33.0, 0.0, 0.0], [0.0, 32.0, 32.0, 40.0], [0.0, 32.0, 32.0, 32.0]])
    assert genes.ever(scores, 33.0).tolist() == [0.0, 1.0, 1.0, 0.0]


def test_without_cases_nothing_is_known_of_liability() -> None:
    some = np.array([0.0, 1.0, 1.0, 0.0])
    for first, second in ((np.zeros(4), np.zeros(4)), (np.ones(4), np.ones(4)), (some, some)):
        assert np.isnan(genes.tetrachoric(first, second))


def alleles(rng: np.random.Generator, n: int, frequencies: np.ndarray) -> np.ndarray:
    return rng.binomial(2, frequencies, (n, len(frequencies))).astype(float)


def test_an_effect_is_in_standard_deviations_an_allele() -> None:
    x = np.array([[0.0], [1.0], [1.0], [2.0]])
    y = 3.0 * x + 1.0
    centred = x - x.mean(axis=0)
    assert genes.effects(centred, y)[0, 0] == pytest.approx(1.0 / x.std())


def test_the_largest_of_many_effects_is_not_what_chance_makes() -> None:
    """Of 40 variants without an effect the largest is 2.5 standard errors or so; measured anew it is none."""
    n, k = 2000, 40
    found, naive = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = alleles(rng, n, np.full(k, 0.3))
        x -= x.mean(axis=0)
        y = rng.standard_normal((n, 1))
        found.append(genes.largest(x, y))
        naive.append(np.abs(genes.effects(x, y)).max())
    error = 1.0 / np.sqrt(n * 2 * 0.3 * 0.7)
    values = np.array([one.value for one in found])
    assert np.mean(naive) > 2.2 * error
    assert abs(values.mean()) < 3.0 * values.std() / np.sqrt(60)
    assert np.mean([one.se for one in found]) == pytest.approx(values.std(), rel=0.35)  # the error is the spread


def test_an_effect_that_is_there_is_found_with_its_size() -> None:
    rng = np.random.default_rng(5)
    x = alleles(rng, 40_000, np.full(10, 0.5))
    x -= x.mean(axis=0)
    y = rng.standard_normal((40_000, 3))
    y[:, 1] -= 0.1 * x[:, 7]
    found = genes.largest(x, y)
    assert found.value == pytest.approx(0.1, abs=0.025)
    assert found.se == pytest.approx(1.0 / np.sqrt(40_000 * 0.5), rel=0.4)


def test_groups_that_differ_in_frequency_and_outcome_show_no_effect() -> None:
    """A variant that is common where symptoms are common is no cause of them (stratification)."""
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 8_000)
    x = rng.binomial(2, np.where(group == 1, 0.8, 0.2))[:, None].astype(float)
    y = rng.standard_normal((8_000, 1)) + group[:, None]
    crude = genes.effects(x - x.mean(), y)[0, 0]
    assert crude > 0.3
    assert genes.effects(genes.within(x, group), genes.within(y, group))[0, 0] == pytest.approx(0.0, abs=0.05)
    case = (rng.random(8_000) < np.where(group == 1, 0.4, 0.1)).astype(float)
    logs, errors = genes.log_odds(genes.within(x, group), case, group)
    assert abs(logs[0]) < 3.0 * errors[0]


def test_log_odds_are_those_of_a_table() -> None:
    """A variant with two genotypes: log odds ratio of a 2 x 2 table, 30 of 100 against 15 of 100, and Woolf's error."""
    x = np.repeat([1.0, 0.0], 100)[:, None]
    case = np.concatenate([np.repeat([1.0, 0.0], [30, 70]), np.repeat([1.0, 0.0], [15, 85])])
    logs, errors = genes.log_odds(x, case, np.zeros(200, dtype=np.int64))
    assert logs[0] == pytest.approx(np.log((30 / 70) / (15 / 85)))
    assert errors[0] == pytest.approx(np.sqrt(1 / 30 + 1 / 70 + 1 / 15 + 1 / 85), rel=1e-3)


def test_a_bound_holds_for_all_at_once() -> None:
    """Bonferroni at .05 / 5: 2.326 standard errors, and for one value the usual 1.645."""
    assert genes.bound(np.array([-0.5]), np.array([0.1])) == pytest.approx(0.5 + 0.16449, abs=1e-4)
    assert genes.bound(np.array([0.1, -0.2, 0.0, 0.1, 0.0]), np.full(5, 0.1)) == pytest.approx(0.2 + 0.23263, abs=1e-4)
    held = genes.bounded(1.05, 1.10, 7)
    assert held.value + 1.6448536 * held.se == pytest.approx(1.10)


def test_the_scenarios_are_lived_and_measured() -> None:
    found = experiments(("C15", "D1", "N1"), share=0.01)
    assert {one.findings for one in found} == {("C15",), ("D1", "N1")}
    for one in found:
        assert set(observe(one)) == {(t.id, t.part) for t in select(one.findings)}
