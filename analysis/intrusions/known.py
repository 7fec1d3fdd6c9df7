"""What every part of the chapter on intrusions starts from, and how it words numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.covariates import covariates
from analysis.intrusions.fitting import Vector
from analysis.intrusions.repeated import evenly
from analysis.intrusions.totals import totals
from analysis.section import Section
from analysis.study import Study

AT = "analysis.intrusions"  # of the calls that made the tables
CALL = f"known = {AT}.known.know(study); "


@dataclass(frozen=True)
class Known:
    """A study, its exposed persons with their `totals`, and the `covariates` of those of whom they are known.

    `told` says which covariates are missing. Counts, weeks (at risk), start (day) and daily intrusions are of the
    persons with covariates, in their order.
    """

    study: Study
    found: pd.DataFrame
    covariates: pd.DataFrame
    told: tuple[str, ...]

    @property
    def counts(self) -> Vector:
        """Intrusions of each person since the event (persons,)."""
        return self.found.loc[self.covariates.index, "intrusions"].to_numpy(np.float64)

    @property
    def weeks(self) -> Vector:
        """Weeks at risk of each person (persons,)."""
        return self.found.loc[self.covariates.index, "weeks"].to_numpy(np.float64)

    @property
    def start(self) -> pd.Series:
        """Day of each person's exposure, by person."""
        return self.found.loc[self.covariates.index, "start"]

    @property
    def daily(self) -> pd.DataFrame:
        """Person, day, intrusions."""
        return self.study.daily[self.study.daily["person"].isin(self.covariates.index)]

    def only(self, most: int) -> Known:
        """The same with at most so many persons, at even distances in the order of their ids."""
        return replace(self, covariates=self.covariates.iloc[evenly(len(self.covariates), most)])

    @property
    def weekly(self) -> NDArray[np.int64]:
        """Weekly counts (persons, weeks that everybody is followed for)."""
        rows = np.searchsorted(self.study.exposure.index.to_numpy(), self.covariates.index.to_numpy())
        return self.study.weekly()[rows]


def know(study: Study, found: pd.DataFrame | None = None) -> Known:
    """What is known of a study; `found` are its `totals`, if they are at hand, with an intrusion among them."""
    mine = totals(study.daily, study.exposure, study.days) if found is None else found
    who, told = covariates(study.persons, study.exposure.loc[mine.index])
    return Known(study, mine, who, tuple(told))


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
