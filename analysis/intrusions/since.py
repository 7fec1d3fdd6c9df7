"""Rates by the days since the last day with intrusions, over all persons alike and for one and the same person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.intrusions.frailty import Frailty, gamma_frailty
from analysis.intrusions.recurrence import REFERENCE, cells, design, marginal_ratios, rates


@dataclass(frozen=True)
class Since:
    """`table`: since, days, intrusions, rate (a day), and ratios to `REFERENCE`, all_ over all persons alike, within_
    given a factor of each person. `marginal` and `within` are the regressions, None without a fit; `told` what broke.
    """

    table: pd.DataFrame
    marginal: pd.DataFrame | None
    within: Frailty | None
    told: tuple[str, ...]


def persons_factor(found: Since) -> pd.DataFrame:
    """A row with the variance of the persons' factor (mean 1): variance, low, high (95%); empty without a fit."""
    columns = ["variance", "low", "high"]
    return pd.DataFrame([] if found.within is None else [found.within.variance], columns=columns)


def since_last(daily: pd.DataFrame, start: pd.Series, days: int, covariates: pd.DataFrame) -> Since:
    """Both regressions, adjusted for the time since the event and `covariates` (persons, k), with 95% intervals.

    `daily`, `start` and `days` as in `recurrence.cells`.
    """
    where = cells(daily, start, days)
    columns = design(where, covariates)
    marginal, told = marginal_ratios(where, columns)
    within = gamma_frailty(
        where["intrusions"].to_numpy(), where["time"].to_numpy(np.float64), columns, where["person"].to_numpy()
    )
    more = within.told if within is not None else ("the regression with a factor for each person has no fit",)
    known = within if within is not None and not within.told else None
    return Since(_table(rates(where), marginal, known), marginal, known, (*told, *more))


def _table(table: pd.DataFrame, marginal: pd.DataFrame | None, within: Frailty | None) -> pd.DataFrame:
    known = {"all": marginal, "within": None if within is None else within.table}
    for name, ratios in known.items():
        if ratios is not None:
            named = ratios.rename(columns={key: f"{name}_{key}" for key in ("ratio", "low", "high")})
            table = table.merge(named, left_on="since", right_on="term", how="left").drop(columns="term")
            table.loc[(table["since"] == REFERENCE).to_numpy(bool), f"{name}_ratio"] = 1.0
    return table
