"""Lives with an intervention, for the signatures of each kind: its course on everybody's agenda."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from cohort import readings
from cohort.actions import Attempt, Remind
from cohort.events import Scene, cue_of, mask
from cohort.interventions import AnyIntervention, Intervention, checked_course
from cohort.population import Population
from cohort.state import EXPERIENCE

from .scenes_recall import NOON, TRAUMA, Lived, persons

N = 200
CALM = {"cue_usual": 0.05, "cue_rumination": 0.0, "stressor_rate": 0.0, "cue_most": 1.0}  # hardly an encounter
ADAPTER: TypeAdapter[Intervention] = TypeAdapter(AnyIntervention)


def made(kind: str, **keys: Any) -> Intervention:
    """An intervention as a scenario tells it."""
    return ADAPTER.validate_python({"kind": kind, "name": kind, **keys})


def rows_of(
    told: Intervention, of: Scene, first: int
) -> tuple[list[NDArray[np.void]], list[tuple[int, int, int, float]]]:
    """Rows of scenes that an intervention meets, from row `first`, and its entries (minutes, kind, index, amount)."""
    rows: list[NDArray[np.void]] = []

    def met(action: Remind | Attempt) -> int:
        row = cue_of(of.record(), action.cue, safe=action.safe, duration=action.duration)
        row["reappraisal"] = getattr(action, "reappraisal", 0.0)
        if action.context is not None:
            row["features"][0, 0] = mask(f"context:{action.context}")
        rows.append(row)
        return first + len(rows) - 1

    course = checked_course(told, met, lambda name: (0, 0))
    return rows, [(step.after, step.kind, step.index, step.amount) for _, steps in course for step in steps]


def given(
    *told: tuple[float, Intervention],
    until: float,
    of: Scene = TRAUMA,
    traits: NDArray[np.float32] | None = None,
    rows: Sequence[NDArray[np.void]] = (),
    entries: Sequence[tuple[float, int, int, float]] = (),
    seed: int = 7,
    **overrides: float,
) -> Lived:
    """Everybody lives through `of` at noon of day 0, then through interventions, each from its hour, until an hour.

    `entries` (hours, kind, index, amount) are beside it; of these, `rows` of scenes start at index 1.
    """
    table = [of.record(), *rows]
    agenda = [(NOON, EXPERIENCE, 0, 1.0), *entries]
    for start, one in told:
        more, steps = rows_of(one, of, len(table))
        table += more
        agenda += [(start + after / 60.0, kind, index, amount) for after, kind, index, amount in steps]
    people = persons(N) if traits is None else traits
    population = Population(people, seed, np.concatenate(table), overrides=overrides)
    everybody = np.arange(len(people))
    for hours, kind, index, amount in agenda:
        if hours < until:
            population.deliver(everybody, round(60.0 * hours), kind, index, amount)
    return Lived(population, population.live_until(round(60.0 * until)))


def probe(lived: Lived, field: str) -> NDArray[np.float64]:
    """What can be read of the episode at the end, by person; see `readout.PROBE`."""
    return np.asarray(readings.probes(lived.population, 0)[field], dtype=np.float64)
