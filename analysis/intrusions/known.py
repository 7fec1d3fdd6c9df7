"""What every part of the chapter on intrusions starts from, and how it words numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.repeated import evenly
from analysis.section import Section
from analysis.study import Study

AT = "analysis.intrusions"  # of the calls that made the tables


@dataclass(frozen=True)
class Known:
    """A study, its exposed persons with their `totals`, and the `covariates` of those of whom they are known."""

    study: Study
    found: pd.DataFrame
    covariates: pd.DataFrame

    def sample(self, most: int) -> pd.Index:
        """At most so many of the persons with covariates, at even distances in the order of their ids."""
        return self.covariates.index[evenly(len(self.covariates), most)]

    def weekly(self, people: pd.Index) -> NDArray[np.int64]:
        """Weekly counts (people, weeks that everybody is followed for)."""
        rows = np.searchsorted(self.study.exposure.index.to_numpy(), people.to_numpy())
        return self.study.weekly()[rows]


def part(**said: tuple[object, ...]) -> Section:
    """A part of the chapter: the fields of a `Section`."""
    return Section("intrusions", "Intrusions", **said)  # type: ignore[arg-type]


def between(row: pd.Series, estimate: str = "ratio", digits: int = 2) -> str:
    """A row's estimate with its limits low and high, in words."""
    middle, low, high = (f"{row[key]:.{digits}f}" for key in (estimate, "low", "high"))
    return f"{middle} (95% {low} to {high})"


def by_covariate(table: pd.DataFrame, what: str) -> tuple[str, ...]:
    """A sentence with the ratios of all terms but the rate; none where there is no other."""
    rows = table[table["term"] != "rate"]
    if rows.empty:
        return ()
    said = "; ".join(f"{row['term']} {between(row)}" for _, row in rows.iterrows())
    return (f"{what}: {said}.",)
