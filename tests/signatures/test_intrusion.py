"""Intrusions: few in many, many in few, fewer by the day; and what holds them back."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.events import cue_of
from cohort.state import BINDING, RECALL, TASK

from .scenes_recall import DAY, FILM, NOON, TRAUMA, check, effect, live, medians, persons, start

pytestmark = pytest.mark.signature
N = 400
WEEK = NOON + 7 * DAY


def week(traits=None, entries=(), scenes=(), of=FILM, **overrides):
    return live(persons(N) if traits is None else traits, [of, *scenes], [start(), *entries], WEEK, overrides=overrides)


def test_signature_intrusions_are_overdispersed_and_fall_over_days() -> None:
    lived = week()
    counts = lived.intrusions(NOON)
    dispersion = counts.var() / counts.mean()
    by_day = [lived.intrusions(NOON + k * DAY, NOON + (k + 1) * DAY).mean() for k in range(7)]
    print(
        f"\nmean {counts.mean():.2f}, variance/mean {counts.var() / counts.mean():.2f}, none {np.mean(counts == 0):.2f}"
    )
    print("by day", np.round(by_day, 2))
    assert dispersion > 1.5
    assert np.percentile(counts, 25) < 0.5 * counts.mean()
    assert counts.max() > 3 * counts.mean()
    assert sum(by_day[4:]) < 0.6 * sum(by_day[:3])
    # The spread comes from the steep hazard over persons: persons alike and a flat hazard have little of it.
    alike = week(medians(N), hazard_slope=0.3).intrusions(NOON)
    assert alike.var() / max(alike.mean(), 1e-9) - 1.0 < (counts.var() / counts.mean() - 1.0) / 3.0


def test_signature_01_serotonin_holds_intrusions_back_through_control() -> None:
    """The knock-out of 5-HT raises intrusions by a quarter or more; not where 5-HT has no part in control."""

    def knock_out(measure, **overrides):
        return effect(*(measure(persons(N, ht_efficacy=e), **overrides) for e in (0.0, 1.0)))

    def counts(traits, **overrides):
        return week(traits, **overrides).intrusions()

    def late_affect(traits, **overrides):
        return week(traits, **overrides).affect()

    rise = knock_out(counts)
    check("5-HT knock-out", rise, knock_out(counts, control_serotonin=0.0), 1)
    check("5-HT knock-out, control without weight", rise, knock_out(counts, weight_control=0.0), 1)
    assert rise.low > 0.25 * counts(persons(N)).mean()
    spared = knock_out(late_affect)
    print(f"late affect {spared}")
    assert abs(spared.mean) < 0.1 * late_affect(persons(N)).mean()


def test_signature_visuospatial_task_lowers_intrusions_and_spares_recall() -> None:
    """A task within hours of the film; recognition and later tasks are spared."""
    recall = cue_of(FILM.record(), 1.0)
    test = (WEEK - 1.0, RECALL, 1, 0.0)

    def with_task(hours: float, **overrides):
        return week(None, [(NOON + hours, TASK, 0, 1.0), test], [recall], **overrides)

    plain = week(None, [test], [recall])
    early = with_task(0.5)
    intact = effect(early.intrusions(NOON + 1), plain.intrusions(NOON + 1))
    late = effect(with_task(24.0).intrusions(NOON + 25), plain.intrusions(NOON + 25))
    check("task half an hour after, or a day after", intact, late, -1)
    spared = [x.logged(RECALL, "probability").mean() for x in (early, plain)]
    print("recall", spared)
    assert spared[0] > 0.9 * spared[1]


def test_signature_11_weak_binding_gives_intrusions() -> None:
    """A trace with little binding intrudes more; not where coherence has no weight."""

    def counts(damage: bool, **overrides):
        lived = live(persons(N), [FILM], [start()], NOON + 1 * DAY, overrides=overrides)
        if damage:
            for field in ("h", "z"):
                lived.population.memory(field)[..., BINDING] *= 0.1
            lived.population.memory("cortex_b")[:] *= 0.1
        log = lived.population.live(
            np.zeros(0, dtype=[("minute", "i8"), ("kind", "i8"), ("index", "i8"), ("amount", "f8")]), int(WEEK * 60)
        )
        return np.bincount(log["person"], minlength=N)

    intact = effect(counts(True), counts(False))
    ablated = effect(counts(True, weight_coherence=0.0), counts(False, weight_coherence=0.0))
    check("binding", intact, ablated, 1)


def test_signature_only_lower_acceptance_harms_nobody() -> None:
    """With feedback cut off, fewer accepted encounters never mean more intrusions, for anybody, in any window."""
    closed = {
        "load_distress": 0.0, "avoidance_gain": 0.0, "depletion_gain": 0.0, "intrusion_release": 0.0,
        "recall_gain": 0.0, "recall_amygdala": 0.0, "lability_most": 0.02, "charge_rate": 0.0, "gain_extinction": 0.1,
        "prune_recall": 0.0,
        "context_rate": 0.0,
    }  # fmt: skip
    whole = week(persons(N), of=TRAUMA, **closed)
    fewer = week(persons(N, cue_rate=0.5), of=TRAUMA, **closed)
    for first in range(0, 8):
        a, b = (x.intrusions(first * DAY, (first + 1) * DAY) for x in (fewer, whole))
        assert (a <= b).mean() > 0.995, first
    assert fewer.intrusions().sum() < 0.7 * whole.intrusions().sum()
