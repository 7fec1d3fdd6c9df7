"""Signatures read from what is left of a memory: strengths at the end, recall and fear on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.run_data import RunData

Floats = NDArray[np.float64]


def rescued(run: RunData, alone: RunData) -> tuple[Floats, ...]:
    """Late strength of the weak event's elements with another event, less that without."""
    return (_end(run, "corridor", "elements_late") - _end(alone, "corridor", "elements_late"),)


def studied(run: RunData, once: RunData) -> tuple[Floats, ...]:
    """Late strength of the list's elements after all trials, less that after one."""
    return (_end(run, "list", "elements_late") - _end(once, "list", "elements_late"),)


def detail(run: RunData, familiar: RunData) -> tuple[Floats, ...]:
    """Early strength of the picture's elements when it is new, less that when it is not."""
    return (_end(run, "picture", "elements_early") - _end(familiar, "picture", "elements_early"),)


def value(run: RunData, expected: RunData) -> tuple[Floats, ...]:
    """Early strength towards the accumbens after a reward, less that where it was expected."""
    return (_end(run, "prize", "reward_early") - _end(expected, "prize", "reward_early"),)


def extinction(run: RunData, untreated: RunData) -> tuple[Floats, ...]:
    """Late strength of extinction at the end, with sessions less without."""
    return (_end(run, "assault", "extinction_late") - _end(untreated, "assault", "extinction_late"),)


def weakened(run: RunData, undrugged: RunData) -> tuple[Floats, ...]:
    """Late affective strength that the drug around a reminder takes."""
    return (_end(undrugged, "assault", "affect_late") - _end(run, "assault", "affect_late"),)


def recall_lost(run: RunData, usual: RunData) -> tuple[Floats, ...]:
    """Probability of recall at the test that is lost against the comparison."""
    return (_tests(usual, "probability")[0] - _tests(run, "probability")[0],)


def wholeness(run: RunData, _: RunData) -> tuple[Floats, ...]:
    """Share of what could hang together with the first element reached that does: 1 for a whole, 0 for fragments."""
    (fragmented,) = _tests(run, "fragmentation", missing=1.0)
    return (np.clip((0.75 - fragmented) / 0.75, 0.0, 1.0),)


def advantage_grown(run: RunData, _: RunData) -> tuple[Floats, ...]:
    """Growth, from the first test to the second, of the recall of the arousing picture over the neutral one.

    In the order of the calendar: neutral early and late, arousing early and late.
    """
    neutral_early, neutral_late, early, late = _tests(run, "probability")
    return ((late - neutral_late) - (early - neutral_early),)


def renewed(run: RunData, _: RunData) -> tuple[Floats, ...]:
    """Fear in a new context less fear where safety was learned."""
    new, safe = (scored(run, name) for name in ("fear-new", "fear-safe"))
    return (new - safe,)


def scored(run: RunData, instrument: str) -> Floats:
    """State (persons,) of an instrument at its last reading, 0 for who holds no trace."""
    scores = run.table("scores", ["person", "minute", "state"], [("instrument", "==", instrument)])
    return by_person(run, scores[scores["minute"] == scores["minute"].max()], "state")


def by_person(run: RunData, rows: Any, column: str, missing: float = 0.0) -> Floats:
    """A column (persons,) in the order of the persons table, `missing` for who has no row or no value."""
    ids = run.table("persons", ["id"])["id"].to_numpy()
    values = rows.set_index("person")[column].reindex(ids).to_numpy(np.float64)
    return np.nan_to_num(values, nan=missing)


def _end(run: RunData, episode: str, column: str) -> Floats:
    """A column of the memories held at the end, 0 for who holds none of this episode."""
    return by_person(run, run.table("memories", ["person", column], [("episode", "==", episode)]), column)


def _tests(run: RunData, column: str, missing: float = 0.0) -> list[Floats]:
    """What voluntary attempts gave, each (persons,), in the order of their time."""
    rows = run.table("recalls", ["person", "minute", "kind", column])
    rows = rows[rows["kind"] == "recall"]
    return [by_person(run, at, column, missing) for _, at in rows.groupby("minute")]
