"""Key outcomes of a run, one number each: what a sensitivity analysis watches.

All speak of the scenario's focus episode, of a trial under its reference arm. NaN where a run does not define one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohort.inputs import scenario_of
from cohort.run_data import RunData
from cohort.summary import COURSES, courses

DAY = 1440
WEEK = 7 * DAY
NEAR = 0.35  # an assessment within this share of a month or year from it is taken for it


@dataclass(frozen=True)
class Outcome:
    """A number that a run shows: its unit, what it is, how it is read, and from which tables."""

    unit: str
    meaning: str
    read: Callable[[RunData], float]
    tables: tuple[str, ...]


def reference(run: RunData) -> RunData:
    """The run, of a trial under its reference arm."""
    return run.world(run.provenance.study["reference"]) if "arms" in run.provenance.study else run


def _counts(run: RunData) -> NDArray[np.float64]:
    """Intrusions (persons,) in the week that begins a day after the first exposure (or as much of it as there is)."""
    start = _began(run) + DAY
    ids = run.table("persons", ["id"])["id"].to_numpy()
    came = run.table("intrusions", ["person", "minute"], [("episode", "==", run.provenance.study["focus"])])
    mine = came["person"][(came["minute"] >= start) & (came["minute"] < start + WEEK)]
    return np.bincount(np.searchsorted(ids, mine.to_numpy()), minlength=len(ids)).astype(np.float64)


def _began(run: RunData) -> int:
    seen = run.table("exposures", ["minute"], [("scene", "==", run.provenance.study["focus"])])
    return int(seen["minute"].min()) if len(seen) else 0


def _last(column: str) -> Callable[[RunData], float]:
    def read(run: RunData) -> float:
        rows = run.table("measures", ["minute", column])
        values = rows[column][rows["minute"] == rows["minute"].max()].to_numpy(np.float64, na_value=np.nan)
        return float(np.nan_to_num(values).mean()) if len(values) else np.nan

    return read


def _prevalence(days: float) -> Callable[[RunData], float]:
    def read(run: RunData) -> float:
        found = _scale(run)
        if found is None:
            return np.nan
        scores, cutoff = found
        apart = ((scores["minute"] - _began(run)) / (days * DAY) - 1.0).abs()
        near = scores[(apart <= NEAR) & (apart == apart.min())]
        return float((near["state"] >= cutoff).mean()) if len(near) else np.nan

    return read


def _scale(run: RunData) -> tuple[pd.DataFrame, float] | None:
    """Scores of the first scale that has a cut-off, and the cut-off; None where there is none."""
    if "scores" not in run.tables:
        return None
    for told in scenario_of(run).instruments:
        cutoff = told.cutoff(run.provenance.parameters)
        if cutoff is not None:
            return run.table("scores", ["minute", "state"], [("instrument", "==", told.name)]), cutoff
    return None


def _course(name: str) -> Callable[[RunData], float]:
    def read(run: RunData) -> float:
        ids = run.table("persons", ["id"])["id"].to_numpy()
        came = run.table("intrusions", ["person", "minute"], [("episode", "==", run.provenance.study["focus"])])
        person = np.searchsorted(ids, came["person"].to_numpy())
        day = (came["minute"] // DAY).to_numpy()
        found = courses(person, day, len(ids), _began(run) // DAY, int(run.provenance.study["days"]))
        return np.nan if found is None else found[name]

    return read


_CAME, _SCALED = ("persons", "exposures", "intrusions"), ("exposures", "scores")
OUTCOMES = {
    "week": Outcome("intrusions", "intrusions in the week from a day after the event on, mean", lambda run: float(
        np.mean(_counts(run))), _CAME),
    "none": Outcome("share", "persons without any in that week", lambda run: float(
        np.mean(_counts(run) == 0.0)), _CAME),
    "recall": Outcome(
        "probability", "recall of the event at the last measure, mean", _last("recall"), ("measures",)),
    "vividness": Outcome(
        "share", "vividness of the event at the last measure, mean", _last("vividness"), ("measures",)),
    "load": Outcome("load", "load at the last measure, mean", _last("load"), ("measures",)),
    "month": Outcome("share", "cases by the first scale with a cut-off, a month after the event", _prevalence(30.0),
        _SCALED),
    "year": Outcome("share", "cases by that scale, a year after the event", _prevalence(365.0), _SCALED),
    **{name: Outcome("share", f"persons with a {name} course", _course(name), _CAME) for name in COURSES.values()},
}  # fmt: skip


def tables_of(names: Iterable[str]) -> set[str]:
    """Tables from which the outcomes of these names are read."""
    return {table for name in names for table in OUTCOMES[name].tables}


def outcomes(run: RunData, names: list[str]) -> list[float]:
    """The outcomes of these names, NaN where the run does not define one."""
    seen = reference(run)
    return [OUTCOMES[name].read(seen) for name in names]
