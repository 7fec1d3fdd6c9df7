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
