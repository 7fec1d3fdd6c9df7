"""Arms of a trial compared as its authors would: what an instrument read of those who took part, and Hedges' g."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cohort.findings.estimate import Estimate, Floats, estimate, standardized
from cohort.run_data import RunData


def participants(run: RunData) -> NDArray[np.int64]:
    """Persons who took part in the trial, in the order of their ids."""
    table = run.table("allocation", ["person", "eligible"])
    return np.sort(table.loc[table["eligible"].astype(bool), "person"].to_numpy(np.int64))


def readings(run: RunData, instrument: str, *of: tuple[str, int]) -> list[Floats]:
    """Scores of those who took part, with the error of measurement: one array (persons,) for each (arm, reading).

    Readings are numbered in the order of time, also from the end. NaN for a score that is missing.
    """
    people = participants(run)
    tables = {}
    for arm in dict.fromkeys(arm for arm, _ in of):
        rows = run.world(arm).table("scores", ["person", "minute", "score"], [("instrument", "==", instrument)])
        tables[arm] = rows.pivot(index="minute", columns="person", values="score").sort_index().reindex(columns=people)
    return [tables[arm].iloc[reading].to_numpy(np.float64) for arm, reading in of]


def whole(columns: list[Floats]) -> list[Floats]:
    """The columns without the persons of whom any is missing."""
    kept = np.isfinite(columns).all(axis=0)
    return [column[kept] for column in columns]


def hedges(x: Floats, y: Floats) -> float:
    """Hedges' g of x over y: Cohen's d times ``1 - 3 / (4 df - 1)`` (Hedges 1981, 10.3102/10769986006002107)."""
    return standardized(x, y) * (1.0 - 3.0 / (4.0 * (len(x) + len(y) - 2) - 1.0))


def difference(run: RunData, arm: str, other: str, instrument: str, reading: int = -1) -> Estimate:
    """Hedges' g of one arm over another in one reading of an instrument."""
    return estimate(hedges, *whole(readings(run, instrument, (arm, reading), (other, reading))))
