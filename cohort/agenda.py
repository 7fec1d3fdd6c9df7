"""What awaits each person: calendar entries handed out, and not yet lived."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.state import ENTRY

# The fields of `ENTRY` behind the person, in small types, as there are several rows a person.
AWAITED = np.dtype(
    [("person", np.int32), ("minute", np.int32), ("kind", np.int32), ("index", np.int32), ("amount", np.float64)]
)


def awaited(
    persons: NDArray[np.int64],
    minute: NDArray[np.int64] | int,
    kind: int,
    index: NDArray[np.int64] | int = 0,
    amount: NDArray[np.float64] | float = 1.0,
) -> NDArray[np.void]:
    """Rows of `AWAITED`: an entry for each of `persons` (positions)."""
    rows = np.empty(len(persons), dtype=AWAITED)
    for name, value in zip(AWAITED.names or (), (persons, minute, kind, index, amount), strict=True):
        rows[name] = value
    return rows


class Agenda:
    """Entries by person, in the order in which they were handed out."""

    def __init__(self) -> None:
        self._parts: list[NDArray[np.void]] = []

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def add(self, rows: NDArray[np.void]) -> None:
        """Hand out rows of `AWAITED`; `person` is a position."""
        if len(rows):
            self._parts.append(rows)

    def take(
        self, persons: NDArray[np.int64], end: int, total: int
    ) -> tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.int64]]:
        """Take out what falls to `persons` before minute `end`, of `total` persons in all.

        Returns the entries (`ENTRY`) by person and minute, ties in the order in which they were handed out, and for
        each of `persons` the first and the one after the last of its own.
        """
        everything = self.rows()
        wanted = np.zeros(total, dtype=bool)
        wanted[persons] = True
        due = wanted[everything["person"]] & (everything["minute"] < end)
        mine = everything[due]
        self._parts = [everything[~due]] if not due.all() else []
        place = mine["person"].astype(np.int64) << 32 | mine["minute"]
        mine = mine[np.argsort(place, kind="stable")]
        entries = np.zeros(len(mine), dtype=ENTRY)
        for name in ENTRY.names or ():
            entries[name] = mine[name]
        ends = np.cumsum(np.bincount(mine["person"], minlength=total))
        after = ends[persons]
        return entries, np.where(persons > 0, ends[persons - 1], 0), after

    def rows(self) -> NDArray[np.void]:
        """All that awaits (`AWAITED`), in the order in which it was handed out."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate([np.zeros(0, dtype=AWAITED), *self._parts])]
        return self._parts[0]

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Agenda:
        """An agenda that holds `rows` (`AWAITED`)."""
        out = cls()
        out._parts = [np.asarray(rows, dtype=AWAITED)]
        return out
