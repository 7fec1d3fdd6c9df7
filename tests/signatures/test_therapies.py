"""Sessions that bring the memory back: what each does, and that it is by its mechanism."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cohort.state import EXTINCTION

from .scenes_recall import DAY, NOON, check, effect, persons
from .scenes_therapy import CALM, N, given, made, probe

pytestmark = pytest.mark.signature
START = NOON + 10 * DAY
AFTER = START + 40 * DAY


def treated(field: str, kind: str | None = None, /, start: float = START, until: float = AFTER, **keys: Any):
    """A reading at the end, after an intervention in a life that hardly reminds; `how` overrides parameters."""
    how = {**CALM, **keys.pop("how", {})}
    told = [] if kind is None else [(start, made(kind, **keys))]
    return probe(given(*told, until=until, **how), field)


def test_signature_16_exposure_lowers_the_charge_by_extinction_and_leaves_the_episode() -> None:
    """Powers et al. 2010, 10.1016/j.cpr.2010.04.007: symptoms fall.

    Homework of a quarter of an hour is too short to extinguish and opens the trace, where safety rewrites it. What is
    left of the effect where neither extinction nor opening happens is below a third; each carries a part.
    """
    keys = {"sessions": 4, "home_minutes": 15.0}
    closed = {"gain_extinction": 0.1, "lability_most": 0.02}

    def change(field: str, **how: float):
        return effect(treated(field, "prolonged-exposure", **keys, how=how), treated(field, how=how))

    whole = change("fear_new")
    check("exposure, fear elsewhere", whole, change("fear_new", **closed), -1)
    for name, value in closed.items():
        part = change("fear_new", **{name: value})
        print(f"without {name}: {part}")
        assert part.mean > 0.85 * whole.mean
    for field in ("recall", "familiarity"):
        before, after = treated(field), treated(field, "prolonged-exposure", **keys)
        print(f"{field} {before.mean():.3f} and {after.mean():.3f}")
        assert abs(after.mean() - before.mean()) < 0.02


def test_signature_16_homework_carries_extinction_to_other_places() -> None:
    """Bouton 2002, 10.1016/S0006-3223(02)01546-9: extinction is bound to where it is learned."""
    until = START + 22 * DAY

    def fear(places: int, **how: float) -> NDArray[np.float64]:
        keys = {"sessions": 3, "homework": 3, "places": places}
        return treated("fear_new", "prolonged-exposure", until=until, **keys, how={"charge_rate": 0.0, **how})

    ablated = effect(*(fear(places, gain_extinction=0.1) for places in (6, 1)))
    check("homework in six places or in one", effect(fear(6), fear(1)), ablated, -1)


def test_signature_07_reappraisal_lowers_the_charge_only_while_labile() -> None:
    """Ehlers et al. 2005, 10.1016/j.brat.2004.03.006: meaning is updated while the moment is in mind.

    Not where recall opens nothing, nor without prefrontal control to carry it.
    """

    def change(traits: NDArray[np.float32] | None = None, **how: float):
        seen = [
            probe(given((START, made("cognitive-therapy", sessions=6, reappraisal=r)), until=AFTER, traits=traits,
                        **{**CALM, **how}), "charge")
            for r in (0.8, 0.0)
        ]  # fmt: skip
        return effect(*seen)

    intact = change()
    print(f"\nof a charge of {treated('charge').mean():.3f}")
    check("reappraisal, nothing opens", intact, change(lability_most=0.02), -1)
    check("reappraisal, no control", intact, change(persons(N, prefrontal_control=0.0)), -1)


def test_signature_07_a_task_while_remembering_takes_vividness_from_an_open_trace() -> None:
    """van den Hout & Engelhard 2012, 10.5127/jep.028212: less vivid than after recall alone.

    Recall falls too, by less than a tenth.
    """

    def change(field: str, **how: float):
        keys = {"sessions": 3, "start": NOON + 3 * DAY, "until": NOON + 30 * DAY, "how": how}
        with_task, alone = (treated(field, "dual-task", amount=a, **keys) for a in (0.5, 0.0))
        return effect(with_task, alone), alone

    intact, alone = change("vividness")
    print(f"\nof a vividness of {alone.mean():.3f}")
    check("task, no interference", intact, change("vividness", task_interference=0.0)[0], -1)
    closed, left = change("vividness", lability_most=0.02)
    print(f"task where recall opens little: {closed} of {left.mean():.3f}")
    assert closed.mean > intact.mean / 2.0
    recall, told = change("recall")
    print(f"recall {recall} of {told.mean():.3f}")
    assert -0.1 * told.mean() < recall.low


def test_signature_07_a_game_while_remembering_takes_charge_from_an_open_trace() -> None:
    """Engelhard et al. 2010, 10.3402/ejpt.v1i0.5623: less emotional than after recall alone, by about a tenth.

    They had 6.0 of 57 points (Tetris, negative memories); Mertens et al. 2021, 10.1016/j.actpsy.2021.103424, pool 6.2
    of 100, in 53 studies of dual tasks. Nothing of the charge goes where recall opens little.
    """

    def change(**how: float):
        told = {"wait": 0, "duration": 3.0}
        lived = [
            probe(given((NOON + 3 * DAY, made("imagery-task", amount=a, **told)), until=NOON + 4 * DAY, **CALM, **how),
                  "charge")
            for a in (1.0, 0.0)
        ]  # fmt: skip
        return effect(*lived), lived[1].mean()

    intact, alone = change()
    print(f"\nof a charge of {alone:.3f}")
    check("game, no interference", intact, change(task_interference=0.0)[0], -1)
    check("game where recall opens little", intact, change(lability_most=0.02)[0], -1)
    assert 0.05 * alone < -intact.mean < 0.2 * alone


def test_signature_06_extinction_soon_after_a_reminder_rewrites_the_charge() -> None:
    """Schiller et al. 2010, 10.1038/nature08637: not when it begins after six hours, nor without a reminder.

    The error of a long recall alone is too great to open the trace. While it is still open from the reminder, it takes
    on what is felt as extinction is learned.
    """
    day = NOON + DAY

    def change(field: str, wait: int, **how: float):
        keys = {"start": day, "until": day + 9 * DAY, "how": how}
        first, none = (treated(field, "reminder-extinction", reminder=r, wait=wait, **keys) for r in (True, False))
        return effect(first, none), none

    intact, none = change("charge", 10)
    print(f"\nof a charge of {none.mean():.3f} without a reminder")
    check("reminder and extinction after six hours", intact, change("charge", 360)[0], -1)
    check("reminder and extinction, nothing is rewritten", intact, change("charge", 10, charge_rate=0.0)[0], -1)
    fear, before = change("fear_new", 10)
    print(f"fear elsewhere {fear} of {before.mean():.3f}")
    assert fear.high < 0.0


def test_signature_15_a_partial_nmda_agonist_augments_extinction_a_little() -> None:
    """Mataix-Cols et al. 2017, 10.1001/jamapsychiatry.2016.3955: a small gain over exposure alone."""
    session = {"kind": "prolonged-exposure", "sessions": 1, "homework": 0}
    both = made("combination", drug="d-cycloserine", mg=50.0, before=60, session=session)

    def learned(drug: bool, **how: float) -> NDArray[np.float64]:
        told = (START - 1.0, both) if drug else (START, made(**session))
        return given(told, until=START + DAY, **{**CALM, **how}).of("z")[:, EXTINCTION]

    alone = learned(False)
    intact = effect(learned(True), alone)
    print(f"\nof {alone.mean():.3f}")
    check("d-cycloserine", intact, effect(learned(True, nmda_extinction=0.0), learned(False, nmda_extinction=0.0)), 1)
    assert intact.high < 0.2 * alone.mean()


def test_signature_15_propranolol_around_a_reminder_beats_either() -> None:
    """Brunet et al. 2018, 10.1176/appi.ajp.2017.17050481; not with the dose six hours after the reminder."""
    session = {"kind": "reactivation", "sessions": 3}

    def affect(before: int | None, reminded: bool = True, **how: float) -> NDArray[np.float64]:
        drug = {"drug": "propranolol", "mg": 80.0}
        if before is None:
            told = (START, made(**session))
        elif reminded:
            both = made("combination", **drug, before=before, session=session)
            told = (START - max(before, 0) / 60.0, both)
        else:
            told = (START - before / 60.0, made("drug", **drug, days=3, every=7))
        return given(told, until=START + 20 * DAY, **{**CALM, **how}).affect()

    def gain(before: int, **how: float):
        either = np.minimum(affect(None, **how), affect(before, reminded=False, **how))
        return effect(affect(before, **how), either)

    intact = gain(90)
    print(f"\nof {affect(None).mean():.3f}")
    check("combination, six hours late", intact, gain(-360), -1)
    check("combination, nothing opens", intact, gain(90, lability_most=0.02), -1)
