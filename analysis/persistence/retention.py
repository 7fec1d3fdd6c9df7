"""Retention: how much is recalled, by time since the exposure, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from analysis.persistence.readings import steps


def retention(readings: pd.DataFrame, group: pd.Series | None = None) -> pd.DataFrame:
    """Mean probability of recall at each step, with a 95% interval over persons.

    `readings` as from `readings.graded` (person, day, recall); `group` by person, optional: persons without one are
    left out. The interval is Student's on the logit scale by the delta method, so that it stays between 0 and 1; NaN
    with one person or where all recall the same. Returns columns (group,) step, day (mean of the step's readings), n,
    mean, low, high, and over persons q25, median, q75.
    """
    found = steps(readings)
    keys = ["step"]
    if group is not None:
        found = found.assign(group=found["person"].map(group.astype(object)))
        found["group"] = found["group"].astype(group.dtype)
        keys = ["group", "step"]
    by = found.groupby(keys, observed=True)["recall"]
    table = by.agg(n="size", mean="mean", sd="std")
    low, high = logit_interval(table["mean"].to_numpy(), table["sd"].to_numpy(), table["n"].to_numpy())
    table["low"], table["high"] = low, high
    table["q25"], table["median"], table["q75"] = by.quantile(0.25), by.median(), by.quantile(0.75)
    table.insert(0, "day", found.groupby(keys, observed=True)["day"].mean())
    return table.drop(columns="sd").reset_index()


def by_grouping(readings: pd.DataFrame, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """`retention` by each grouping of `groups` (as from `groups.groupings`), the first column being `grouping`.

    Empty without a grouping.
    """
    found = [retention(readings, series).assign(grouping=name) for name, series in groups.items()]
    if not found:
        return pd.DataFrame(columns=["grouping"])
    told = pd.concat([table.astype({"group": object}) for table in found], ignore_index=True)
    told.insert(0, "grouping", told.pop("grouping"))
    return told


def logit_interval(
    mean: NDArray[np.float64], sd: NDArray[np.float64], n: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95% interval of means between 0 and 1 of n values with standard deviation sd; NaN where n < 2 or sd is 0."""
    known = (n > 1) & (sd > 0.0) & (mean > 0.0) & (mean < 1.0)
    inside = np.where(known, mean, 0.5)
    half = student.ppf(0.975, np.maximum(n - 1, 1)) * np.where(known, sd, np.nan) / np.sqrt(n) / (inside * (1 - inside))
    at = np.log(inside / (1.0 - inside))
    return 1.0 / (1.0 + np.exp(half - at)), 1.0 / (1.0 + np.exp(-half - at))


def share_recalled(tests: pd.DataFrame) -> pd.DataFrame:
    """Share of persons in whom a yes-or-no test found the memory, at each step, with Wilson's 95% interval.

    `tests` as from `readings.answers`. Returns columns step, day (mean), n, recalled, share, low, high.
    """
    from statsmodels.stats.proportion import proportion_confint

    by = steps(tests).groupby("step")
    table = by.agg(day=("day", "mean"), n=("recall", "size"), recalled=("recall", "sum"))
    table["share"] = table["recalled"] / table["n"]
    low, high = proportion_confint(table["recalled"].to_numpy(), table["n"].to_numpy(), 0.05, method="wilson")
    table["low"], table["high"] = low, high
    return table.astype({"recalled": np.int64}).reset_index()
