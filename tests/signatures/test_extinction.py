"""Extinction is new learning, bound to its context: it holds fear back, and fear returns."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.state import EXTINCTION, REMINDER, STRESS

from .scenes_recall import DAY, NOON, QUIET, TRAUMA, check, effect, live, persons, reminder, start

pytestmark = pytest.mark.signature
N = 200
ROOM, ELSEWHERE = "a quiet room", "a market"
FIRST = NOON + 2 * DAY


def probe(place: str = ROOM, sessions: int = 3, wait: float = 1.0, stress: float = 0.0, traits=None, **overrides):
    """Distress at a brief test after sessions of exposure, at a place and after so many days."""
    entries = [start()]
    entries += [(FIRST + k * DAY, REMINDER, 1, 0.0) for k in range(sessions)]
    at = FIRST + (2 + wait) * DAY
    if stress:
        entries.append((at - 3.0, STRESS, 0, stress))
    entries.append((at, REMINDER, 2, 0.0))
    scenes = [TRAUMA, reminder(TRAUMA, 60.0, context=ROOM), reminder(TRAUMA, 0.1, context=place)]
    lived = live(persons(N) if traits is None else traits, scenes, entries, at + 1.0, overrides={**QUIET, **overrides})
    rows = lived.log[(lived.log["kind"] == REMINDER) & (lived.log["minute"] == round(at * 60))]
    return rows[np.argsort(rows["person"])]["distress"], lived


def held(**overrides):
    """Share of distress that the sessions take away where they took place."""
    return probe(**overrides)[0], probe(sessions=0, **overrides)[0]


def test_signature_extinction_holds_fear_back() -> None:
    intact = effect(*held())
    check("extinction", intact, effect(*held(gain_extinction=0.1)), -1)


def test_signature_extinction_renewal_in_another_context() -> None:
    """Fear returns elsewhere; it does not where the sessions have left nothing to return from."""
    intact = effect(probe(ELSEWHERE)[0], probe(ROOM)[0])
    ablated = effect(probe(ELSEWHERE, gain_extinction=0.1)[0], probe(ROOM, gain_extinction=0.1)[0])
    check("renewal", intact, ablated, 1)


def test_signature_extinction_spontaneous_recovery() -> None:
    """What holds fear back fades, faster than the fear that lasts; a trace of extinction that lasts shows none."""

    def lost(**overrides):
        share = []
        for wait in (1.0, 300.0):
            with_sessions, without = probe(wait=wait, **overrides)[0], probe(sessions=0, wait=wait, **overrides)[0]
            share.append(1.0 - with_sessions / without)
        return share[1], share[0]

    check("spontaneous recovery", effect(*lost(fade_extinction=3000.0)), effect(*lost(fade_extinction=40000.0)), -1)


def test_signature_extinction_reinstatement_by_stress() -> None:
    intact = effect(probe(stress=2.0)[1].of("z")[:, EXTINCTION], probe()[1].of("z")[:, EXTINCTION])
    ablated = effect(
        probe(stress=2.0, reinstatement=0.0)[1].of("z")[:, EXTINCTION],
        probe(reinstatement=0.0)[1].of("z")[:, EXTINCTION],
    )
    check("reinstatement", intact, ablated, -1)


def test_signature_01_endocannabinoids_retain_extinction() -> None:
    """Marsicano et al. 2002, 10.1038/nature00839: without CB1 sessions leave little on the next day; fear is acquired.

    Persons as they are drawn: the median one stands where proteins are just not made, and half of the others beyond.
    """
    with_cb1, without = probe(traits=persons(N))[1], probe(traits=persons(N, ecb_efficacy=0.0))[1]
    intact, left = (lived.of("z")[:, EXTINCTION] for lived in (with_cb1, without))
    print(f"\nlate extinction: intact {intact.mean():.3f}, without CB1 {left.mean():.3f}")
    assert intact.mean() > 0.1
    check("extinction kept", effect(intact, 0.0 * intact), effect(left, 0.0 * left), 1)
    assert without.affect().mean() == pytest.approx(with_cb1.affect().mean(), rel=0.1)


def test_signature_16_therapy_lowers_distress_and_leaves_the_episode() -> None:
    with_sessions, lived = probe(sessions=3)
    without, untreated = probe(sessions=0)
    probability = [x.logged(REMINDER, "probability").reshape(N, -1)[:, -1] for x in (lived, untreated)]
    change = effect(with_sessions, without)
    print(
        f"\ndistress {change} of {without.mean():.3f}; recall {probability[0].mean():.3f}, {probability[1].mean():.3f}"
    )
    assert change.high < 0.0
    assert -change.mean > without.mean() / 3.0
    assert probability[0].mean() >= probability[1].mean() - 0.02
