"""An outcome of a trial, and how it is read from the scores of a run whose persons live under several arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class TrialError(ValueError):
    """The frames hold no such trial. The message says what is missing and what is there."""


@dataclass(frozen=True)
class Outcome:
    """What is compared between arms: the reading of `instrument` (by its name) at `minute`, in `unit`.

    Which direction is `better`; `margin` is the smallest difference that matters, in `unit` (0: any). With a `cutoff`
    the outcome is whether the reading is at or above it, 1 or 0: its mean is a risk, a difference of means a risk
    difference, and `margin` has no part in it.
    """

    name: str
    instrument: str
    minute: int
    better: Literal["lower", "higher"]
    margin: float = 0.0
    cutoff: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if self.better not in ("lower", "higher"):
            raise TrialError(f"outcome '{self.name}': better = '{self.better}'; permitted: lower, higher")
        if not self.margin >= 0.0:
            raise TrialError(f"outcome '{self.name}': margin = {self.margin}; permitted: 0 or more")

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Outcome:
        """The outcome that a mapping of these names tells. Raises TrialError when one is missing or unknown."""
        known = {field.name for field in fields(cls)}
        if wrong := sorted(set(told) ^ known):
            raise TrialError(f"outcome {told.get('name', '')!r}: {', '.join(wrong)} missing or unknown")
        return cls(**told)

    @property
    def sign(self) -> int:
        """1 where a higher reading is better, -1 where a lower one is."""
        return 1 if self.better == "higher" else -1

    def values(self, readings: pd.Series) -> pd.Series:
        """Readings (n,) as the outcome counts them: themselves, or 1 and 0 by the cut-off. NaN stays NaN."""
        found = readings.astype(np.float64)
        if self.cutoff is None:
            return found
        return found.ge(np.float32(self.cutoff)).astype(np.float64).where(found.notna())


def check_arms(arms: Sequence[str], reference: str) -> list[str]:
    """The arms other than the reference, in their order.

    Raises TrialError when there is none, the reference is not among them or one is named twice.
    """
    if len(set(arms)) < len(arms):
        raise TrialError(f"arms {', '.join(arms)}: one is named twice")
    if reference not in arms:
        raise TrialError(f"the reference '{reference}' is no arm; there are: {', '.join(arms) or 'none'}")
    others = [arm for arm in arms if arm != reference]
    if not others:
        raise TrialError(f"'{reference}' is the only arm; a comparison needs two")
    return others


def at(scores: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Rows of `scores` that this outcome is read from, under whatever arm.

    Raises TrialError when the instrument was not read at that minute by anybody.
    """
    mine = scores[(scores["instrument"] == outcome.instrument).to_numpy(bool)]
    found = mine[(mine["minute"] == outcome.minute).to_numpy(bool)]
    if found.empty:
        minutes = sorted(int(minute) for minute in mine["minute"].unique())
        there = f"it was read at minutes {', '.join(map(str, minutes))}" if minutes else "it was never read"
        raise TrialError(f"outcome '{outcome.name}': no '{outcome.instrument}' at minute {outcome.minute}; {there}")
    return found


def under(rows: pd.DataFrame, arm: str, column: str) -> pd.Series:
    """One reading a person under `arm`, by person: its own rows, and those of the history that all arms share.

    `rows` are of one instrument and minute; `column` is ``state`` or ``score``. Rows without a column ``arm`` are of
    one world, in which each person lives under one arm only, and hold as they are. Raises TrialError when a person
    has two readings.
    """
    if "arm" in rows:
        rows = rows[(rows["arm"].isna() | (rows["arm"] == arm)).to_numpy(bool)]
    found = pd.Series(rows[column].to_numpy(np.float64, na_value=np.nan), index=rows["person"].to_numpy(), name=column)
    if not found.index.is_unique:
        person = found.index[found.index.duplicated()][0]
        raise TrialError(f"arm '{arm}': person {person} has two readings of one instrument at one minute")
    return found


def persons_of(allocation: pd.DataFrame, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Ids of the chosen persons, in ascending order. Raises TrialError when a person stands twice."""
    persons = allocation["person"].to_numpy(np.int64)
    if len(np.unique(persons)) < len(persons):
        raise TrialError("allocation: a person stands there twice")
    return np.sort(persons[chosen])
