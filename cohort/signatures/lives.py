"""Signatures read from lives: intrusions, load, and how alike twins are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.findings.estimate import correlation
from cohort.run_data import RunData
from cohort.signatures.traces import by_person, scored

Floats = NDArray[np.float64]


def more(run: RunData, spared: RunData) -> tuple[Floats, ...]:
    """Intrusions of the whole study, less those in the comparison."""
    return (_intrusions(run) - _intrusions(spared),)


def fewer_late(run: RunData, untreated: RunData) -> tuple[Floats, ...]:
    """Intrusions since the first measure after the start, fewer than in the comparison."""
    return (_intrusions(untreated, last=True) - _intrusions(run, last=True),)


def load_taken(run: RunData, left: RunData) -> tuple[Floats, ...]:
    """Load at the last measure, lower than in the comparison."""
    return (_last(left, "load") - _last(run, "load"),)


def fear_of_twins(run: RunData, fraternal: RunData) -> tuple[NDArray[Any], ...]:
    """Fear of identical twins, of as many fraternal ones, and the family."""
    family = run.table("persons", ["family"])["family"].to_numpy()
    return scored(run, "fear"), scored(fraternal, "fear"), family


def heritability(identical: Floats, fraternal: Floats, family: NDArray[Any]) -> float:
    """Falconer's 2 (r MZ - r DZ), of pairs that stand one after the other."""
    alike = [correlation(fear[0::2], fear[1::2]) for fear in (identical, fraternal)]
    return 2.0 * (alike[0] - alike[1])


def _measures(run: RunData, column: str) -> Any:
    return run.table("measures", ["person", "minute", column])


def _last(run: RunData, column: str) -> Floats:
    rows = _measures(run, column)
    return by_person(run, rows[rows["minute"] == rows["minute"].max()], column)


def _intrusions(run: RunData, last: bool = False) -> Floats:
    if last:
        return _last(run, "intrusions")
    rows = _measures(run, "intrusions")
    return by_person(run, rows.groupby("person", as_index=False)["intrusions"].sum(), "intrusions")
