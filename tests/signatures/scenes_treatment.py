"""Persons who live through an event and then through an intervention, and what is read of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from cohort.actions import Attempt, Remind
from cohort.events import Scene, mask
from cohort.interventions import AnyIntervention, Course, Intervention, checked_course
from cohort.readings import probes

from .scenes_recall import DAY, NOON, QUIET, TRAUMA, Lived, live, persons, reminder, start

Entry = tuple[float, int, int, float]
BEGIN = NOON + 14 * DAY  # hours; two weeks after the event
_TABLE: TypeAdapter[Any] = TypeAdapter(AnyIntervention)


def intervention(kind: str, **keys: Any) -> Intervention:
    """An intervention as a scenario tells it."""
    told: Intervention = _TABLE.validate_python({"name": "it", "kind": kind, **keys})
    return told


class Cues:
    """Rows of scenes that reminders and attempts meet, after the event's own row."""

    def __init__(self, of: Scene) -> None:
        self.of = of
        self.rows: list[NDArray[np.void]] = []

    def __call__(self, action: Remind | Attempt) -> int:
        row = reminder(self.of, action.duration, action.safe, action.context, action.cue)
        if isinstance(action, Remind):
            row["reappraisal"] = action.reappraisal
        elif action.goal is not None:
            row["goal"] = mask(f"narrative:{action.goal}")
        self.rows.append(row)
        return len(self.rows)


def course_of(told: Intervention, cues: Cues) -> Course:
    """The checked course; no event of a scenario stands behind it."""

    def planned(name: str) -> tuple[int, int]:
        raise AssertionError(name)

    return checked_course(told, cues, planned)


def entries_of(told: Intervention | None, cues: Cues, begin: float = BEGIN) -> list[Entry]:
    """Entries (hours, kind, index, amount) of an intervention that begins at so many hours."""
    if told is None:
        return []
    return [(begin + s.after / 60, s.kind, s.index, s.amount) for _, steps in course_of(told, cues) for s in steps]


def treated(
    told: Intervention | None,
    until: float,
    begin: float = BEGIN,
    of: Scene = TRAUMA,
    traits: NDArray[np.float32] | None = None,
    overrides: Mapping[str, float] | None = None,
    quiet: bool = True,
    n: int = 150,
) -> Lived:
    """Persons who live through an event at noon, then an intervention, until so many hours.

    A quiet life has hardly an encounter with a cue and no stressor, so that what is read is the intervention's.
    """
    cues = Cues(of)
    entries = [start(), *entries_of(told, cues, begin)]
    calm = QUIET if quiet else {}
    who = persons(n) if traits is None else traits
    return live(who, [of, *cues.rows], entries, until, overrides={**calm, **(overrides or {})})


def read(lived: Lived, field: str) -> NDArray[np.float64]:
    """What instruments may read of each person and the event, shape (n,)."""
    return np.asarray(probes(lived.population, 0)[field], dtype=np.float64)
