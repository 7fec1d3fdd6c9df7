"""A study in the shape that every analysis takes: tables of a run, or data frames of real participants.

The tables have the columns of a run's codebook (`cohort codebook`): `persons` (id, sex, age, ace, traits ...),
`exposures` (person, minute, event, kind, scene, dose), `intrusions` (person, minute, episode, vividness ...),
`measures` (person, minute, day, recall ...), `memories`. Only `persons` has to be there; an analysis that misses a
table says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAY = 1440  # minutes
WEEK = 7
Filters = Sequence[tuple[str, str, Any]]


class Tables(Protocol):
    """Where tables come from: a finished run, or `Frames`."""

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows of each table that is there."""
        ...

    def table(self, table: str, columns: Sequence[str] | None = None, filters: Filters | None = None) -> pd.DataFrame:
        """A frame with the columns asked for and the rows that pass all filters (column, ``==`` ..., value)."""
        ...


class Frames:
    """Data frames as `Tables`, by the table's name."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = dict(frames)

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows of each table that is there."""
        return {name: len(frame) for name, frame in self._frames.items()}

    def table(self, table: str, columns: Sequence[str] | None = None, filters: Filters | None = None) -> pd.DataFrame:
        """See `Tables.table`. Raises KeyError for a table or column that is not there."""
        frame = self._frames[table]
        for column, sign, value in filters or ():
            frame = frame[_TESTS[sign](frame[column], value).to_numpy(bool)]
        return frame if columns is None else frame[list(columns)]


_TESTS: dict[str, Any] = {
    "==": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "in": lambda column, value: column.isin(list(value)),
}


@dataclass(frozen=True)
class Study:
    """Tables, and what is said of them.

    `days` is the study's length and `focus` the episode whose memory is followed; `title`, `seed` and `facts` (anything
    else a report should tell, such as versions) are for the reader. Of a trial, the tables are those of one world.
    """

    tables: Tables
    days: int
    focus: str
    title: str = ""
    seed: int | None = None
    facts: Mapping[str, Any] | None = None

    def has(self, table: str) -> bool:
        """Whether the table is there and has rows."""
        return self.tables.rows.get(table, 0) > 0

    def recorded(self, table: str) -> bool:
        """Whether the table is there, be it without rows: then what it would hold did not happen."""
        return table in self.tables.rows

    @cached_property
    def persons(self) -> pd.DataFrame:
        """Persons, a row each, indexed by id in ascending order."""
        return self.tables.table("persons").set_index("id").sort_index()

    @cached_property
    def exposure(self) -> pd.DataFrame:
        """Those to whom the focus episode happened, by person: `minute` of the first time, `dose` (the largest).

        Where nobody's exposure is recorded, everybody counts from minute 0 with dose 1.
        """
        if not self.has("exposures"):
            every = pd.Index(self.persons.index, name="person")
            return pd.DataFrame({"minute": 0, "dose": 1.0}, index=every)
        filters = [("scene", "==", self.focus), ("kind", "==", "experience")]
        seen = self.tables.table("exposures", ["person", "minute", "dose"], filters)
        return seen.groupby("person").agg(minute=("minute", "min"), dose=("dose", "max")).sort_index()

    @cached_property
    def began(self) -> int:
        """Minute of the first exposure; 0 where there is none."""
        return int(self.exposure["minute"].min()) if len(self.exposure) else 0

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Intrusions of the focus episode by person and whole day since the study began; days without any are left out.

        Columns person, day, intrusions.
        """
        if not self.has("intrusions"):
            return pd.DataFrame({"person": [], "day": [], "intrusions": []}, dtype=np.int64)
        came = self.tables.table("intrusions", ["person", "minute"], [("episode", "==", self.focus)])
        days = pd.DataFrame({"person": came["person"].to_numpy(), "day": came["minute"].to_numpy() // DAY})
        return days.groupby(["person", "day"], as_index=False).size().rename(columns={"size": "intrusions"})

    def weekly(self) -> NDArray[np.int64]:
        """Intrusions (exposed persons in order of `exposure`, whole weeks since each person's first exposure).

        Weeks that the study's end cuts short, for whoever was exposed last, are left out.
        """
        persons = self.exposure.index.to_numpy()
        start = self.exposure["minute"].to_numpy() // DAY
        weeks = max((self.days - int(start.max())) // WEEK, 0) if len(start) else 0
        counts = np.zeros((len(persons), weeks), dtype=np.int64)
        daily = self.daily[self.daily["person"].isin(persons)]
        row = np.searchsorted(persons, daily["person"].to_numpy())
        week = (daily["day"].to_numpy() - start[row]) // WEEK
        inside = (week >= 0) & (week < weeks)
        np.add.at(counts, (row[inside], week[inside]), daily["intrusions"].to_numpy()[inside])
        return counts
