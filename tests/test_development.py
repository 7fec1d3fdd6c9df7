"""Adverse childhood experiences: how many, which, when, and what they do to set points."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.development import SET_POINTS, Adversity, childhoods, doses, draw_adversity, set_point_shifts
from cohort.genome import breeding_value, kinship
from cohort.parameters import Parameters

N = 40_000
DEFAULT = Parameters()
KNOWN = childhoods()


def _liability(seed: int = 1) -> np.ndarray:
    return breeding_value(seed, kinship(np.arange(N)), "rumination")


@pytest.mark.parametrize("correlation", [-0.4, 0.05, 0.4])
def test_counts_are_the_published_ones_at_any_gene_environment_correlation(correlation: float) -> None:
    """Swedo et al. 2023, MMWR 72(26), 10.15585/mmwr.mm7226a2: 36.1%, 23.1%, 23.5%, 17.3%."""
    liability = _liability()
    p = Parameters({"gene_environment_correlation": correlation})
    count = draw_adversity(1, kinship(np.arange(N)), liability, p).count
    shares = [(count == 0).mean(), (count == 1).mean(), np.isin(count, (2, 3)).mean(), (count >= 4).mean()]
    assert shares == pytest.approx([0.361, 0.231, 0.235, 0.173], abs=0.009)  # 4 standard errors
    assert np.sign(np.corrcoef(liability, count)[0, 1]) == np.sign(correlation)
    # The count is a coarse reading of a normal: its correlation with the liability is a little lower.
    assert 0.8 * abs(correlation) - 0.015 < abs(np.corrcoef(liability, count)[0, 1]) < abs(correlation) + 0.015


def test_experiences_lie_where_the_data_say() -> None:
    drawn = draw_adversity(1, kinship(np.arange(N)), _liability(), DEFAULT)
    assert np.all(drawn.age >= KNOWN.onset[:, 0])
    assert np.all(drawn.age <= KNOWN.onset[:, 1])
    assert np.array_equal(drawn.age.min(axis=0), KNOWN.onset[:, 0])
    assert np.array_equal(drawn.age.max(axis=0), KNOWN.onset[:, 1])
    assert drawn.severity.mean(axis=0) == pytest.approx(KNOWN.severity, abs=0.01)
    assert 0.0 < drawn.severity.min() <= drawn.severity.max() < 1.0
    occurrence = drawn.present.mean(axis=0)
    assert np.corrcoef(np.argsort(np.argsort(occurrence)), np.argsort(np.argsort(KNOWN.prevalence)))[0, 1] > 0.95


def test_home_makes_siblings_alike_and_nothing_else_does() -> None:
    for families, shared, expected in (("sib", 0.5, True), ("sib", 0.0, False), ("single", 0.5, False)):
        kin = kinship(np.arange(N), families)
        p = Parameters({"adversity_shared": shared, "gene_environment_correlation": 0.0})
        count = draw_adversity(1, kin, np.zeros(N), p).count
        r = np.corrcoef(count[::2], count[1::2])[0, 1]
        assert (r > 0.4) if expected else (abs(r) < 0.03)


def test_given_numbers_and_kinds_replace_the_drawn_ones() -> None:
    kin, liability = kinship(np.arange(6)), np.zeros(6)
    drawn = draw_adversity(1, kin, liability, DEFAULT)
    number = np.array([0, 10, 3, np.nan, 1, 7])
    given = draw_adversity(1, kin, liability, DEFAULT, count=number)
    assert given.count.tolist() == [0, 10, 3, drawn.count[3], 1, 7]
    one = draw_adversity(1, kin, liability, DEFAULT, items={"sexual_abuse": np.array([1, 0, 1, np.nan, 0, 1])})
    k = KNOWN.kinds.index("sexual_abuse")
    assert one.present[:, k].tolist() == [True, False, True, drawn.present[3, k], False, True]
    assert np.array_equal(np.delete(one.present, k, axis=1), np.delete(drawn.present, k, axis=1))


def _single(kind: str, age: int, severity: float = 0.8) -> Adversity:
    shape = (1, len(KNOWN.kinds))
    present, ages, severities = np.zeros(shape, bool), np.zeros(shape, int), np.full(shape, 0.5)
    k = KNOWN.kinds.index(kind)
    present[0, k], ages[0, k], severities[0, k] = True, age, severity
    return Adversity(present, ages, severities)


def _shifts(adversity: Adversity, parameters: Parameters = DEFAULT, sensitivity: float = 0.0) -> dict[str, float]:
    found = set_point_shifts(doses(adversity), np.full(1, sensitivity), parameters)
    return {name: float(shift[0]) for name, shift in found.items()}


def test_the_same_event_at_another_age_moves_another_set_point() -> None:
    """Peaks at 3-5 and 11-13 and 14-16: Andersen et al. 2008, 10.1176/jnp.2008.20.3.292."""
    at = {age: _shifts(_single("physical_abuse", age)) for age in range(2, 16)}
    hippocampal = {age: shifts["hippocampal_capacity"] for age, shifts in at.items()}
    assert min(hippocampal, key=hippocampal.__getitem__) in (3, 4, 5, 11, 12, 13)
    assert hippocampal[4] < 2.0 * hippocampal[8]  # more than twice as far down
    assert at[15]["prefrontal_control"] < 2.0 * at[8]["prefrontal_control"]
    assert at[10]["noradrenergic_tone"] > 2.0 * at[14]["noradrenergic_tone"]
    assert at[2]["cortisol_feedback"] < 2.0 * at[8]["cortisol_feedback"]
    assert len({round(shifts["stress_exposure"], 9) for shifts in at.values()}) == 1


def test_dose_response_rises_and_saturates() -> None:
    kin, none = kinship(np.arange(3000)), np.zeros(3000)
    means = []
    for count in range(11):
        adversity = draw_adversity(4, kin, none, DEFAULT, count=np.full(3000, float(count)))
        shifts = set_point_shifts(doses(adversity), none, DEFAULT)
        means.append([shifts[s].mean() for s in SET_POINTS])
    course = np.array(means)
    direction = np.array([-1, 1, -1, -1, 1])  # feedback, tone, hippocampus, control, exposure
    assert np.all(course[0] == 0.0)
    assert np.all(np.diff(course, axis=0) * direction > 0)
    first, last = course[1] - course[0], course[10] - course[9]
    assert np.all(np.abs(last) < 0.5 * np.abs(first))


def test_severity_and_genetic_sensitivity_scale_the_effect() -> None:
    mild, severe = (_shifts(_single("sexual_abuse", 12, s))["hippocampal_capacity"] for s in (0.2, 0.9))
    assert severe < mild < 0.0
    event = _single("sexual_abuse", 12)
    low, high = (_shifts(event, sensitivity=s)["cortisol_feedback"] for s in (-1.0, 1.0))
    k = DEFAULT["gene_environment_interaction"]
    assert np.log(high / low) == pytest.approx(2.0 * k)
    off = Parameters({"gene_environment_interaction": 0.0})
    assert _shifts(event, off, -1.0) == _shifts(event, off, 1.0)


def test_timing_moves_no_average() -> None:
    assert KNOWN.weights.mean(axis=0) == pytest.approx(np.ones(len(SET_POINTS)))
    assert KNOWN.shares.sum() == pytest.approx(1.0)
