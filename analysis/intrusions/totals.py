"""Each exposed person's intrusions and time at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd

WEEK = 7
DAY = 1440  # minutes


def totals(daily: pd.DataFrame, exposure: pd.DataFrame, days: int) -> pd.DataFrame:
    """Intrusions from the day of the first exposure to the study's end, by person, of those with a day or more at risk.

    Parameters
    ----------
    daily : person, day, intrusions; days without any may be left out. exposure : indexed by person; minute. days : the
        study's length.

    Returns a frame indexed by person: start (day), weeks (at risk), intrusions, days_with (days with an intrusion).
    """
    start = (exposure["minute"] // DAY).astype(np.int64).rename("start")
    start = start[start < days]
    came = daily.reset_index(drop=True).merge(start, left_on="person", right_index=True).reset_index(drop=True)
    came = came[(came["day"] >= came["start"]) & (came["day"] < days) & (came["intrusions"] > 0)]
    by = came.groupby("person")["intrusions"]
    found = pd.DataFrame({"start": start, "weeks": (days - start) / WEEK})
    found["intrusions"] = by.sum().reindex(found.index, fill_value=0).astype(np.int64)
    found["days_with"] = by.size().reindex(found.index, fill_value=0).astype(np.int64)
    return found


def overview(found: pd.DataFrame) -> pd.DataFrame:
    """A row of what `totals` come to, with an intrusion among them.

    persons, intrusions (of all), weeks (at risk, of all), rate (a person and week), median (intrusions of a person),
    none (persons without any) and top_tenth (share of all intrusions that the tenth of persons with most had).
    """
    ordered = np.sort(found["intrusions"].to_numpy())[::-1]
    many, weeks = int(ordered.sum()), float(found["weeks"].sum())
    top = float(ordered[: max(round(0.1 * len(found)), 1)].sum() / many)
    return pd.DataFrame(
        [{"persons": len(found), "intrusions": many, "weeks": weeks, "rate": many / weeks,
          "median": float(np.median(ordered)), "none": int((ordered == 0).sum()), "top_tenth": top}]
    )  # fmt: skip


def upper_limit(found: pd.DataFrame) -> pd.DataFrame:
    """A row of `totals` without an intrusion: persons, weeks (of all), and rate_high (a person and week).

    That is the exact upper limit of the 95% interval of a Poisson rate of which nothing was seen (Garwood 1936,
    10.1093/biomet/28.3-4.437).
    """
    weeks = float(found["weeks"].sum())
    return pd.DataFrame([{"persons": len(found), "weeks": weeks, "rate_high": -np.log(0.025) / weeks}])


def by_day(daily: pd.DataFrame, found: pd.DataFrame, days: int) -> pd.DataFrame:
    """Mean intrusions of the persons of `totals` by whole day since each one's exposure, of the days that all have.

    `daily` and `days` as given to `totals`. Returns day, persons, intrusions (of all), mean (a person).
    """
    mine = daily[daily["person"].isin(found.index)]
    day = mine["day"].to_numpy() - found["start"].loc[mine["person"]].to_numpy()
    last = days - int(found["start"].max())
    inside = (day >= 0) & (day < last)
    many = np.bincount(day[inside], mine["intrusions"].to_numpy()[inside], last)
    table = pd.DataFrame({"day": np.arange(last), "persons": len(found), "intrusions": many.astype(np.int64)})
    return table.assign(mean=many / len(found))
