"""Courses by rule: who has symptoms early, who late, in the manner of the published prototypes.

Bonanno 2004 (10.1037/0003-066X.59.1.20) and Galatzer-Levy et al. 2018 (10.1016/j.cpr.2018.05.008) speak of resilient,
recovering, delayed and chronic courses. They are told apart here by whether intrusions are frequent in an early and in
a late window. The windows and the cut-off are declared, not published: `shares` under other cut-offs says how much
hangs on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# The rule of a run's own summary (`cohort.summary`), which the analysis does not import; a test holds them together.
SYMPTOMATIC = 1.0  # intrusions a week, at least
WINDOW = 60  # days of each window, at most a third of what follows the first exposure
SHORTEST = 14  # days of a window, below which there is no telling a course
COURSES = ("resilient", "recovering", "delayed", "chronic")
OTHER_CUTOFFS = (0.5, 1.0, 2.0)  # intrusions a week
_KINDS = pd.CategoricalDtype(list(COURSES))


def window(since: int, days: int) -> int:
    """Days of the early and of the late window of a study of `days` days; 0 where they would be too short."""
    width = min(WINDOW, (days - since) // 3)
    return width if width >= SHORTEST else 0


def rates(daily: pd.DataFrame, persons: NDArray[Any], since: int, days: int) -> pd.DataFrame:
    """Intrusions a week in the first and in the last window, a row each of `persons` (ids in ascending order).

    `daily` has columns person, day, intrusions (`Study.daily`), `since` is the day of the first exposure. Returns
    columns early, late. Raises ValueError where the study is too short for windows.
    """
    width = window(since, days)
    if not width:
        raise ValueError(f"{days - since} days after exposure; two windows of {SHORTEST} days need {3 * SHORTEST}")
    mine = daily[daily["person"].isin(persons)]
    row, day, count = (mine[name].to_numpy() for name in ("person", "day", "intrusions"))
    row = np.searchsorted(persons, row)
    parts = {"early": (day >= since) & (day < since + width), "late": (day >= days - width) & (day < days)}
    found = {
        name: np.bincount(row[inside], count[inside], minlength=len(persons)) / (width / 7.0)
        for name, inside in parts.items()
    }
    return pd.DataFrame(found, index=pd.Index(persons, name="person"))


def courses(rate: pd.DataFrame, cutoff: float = SYMPTOMATIC) -> pd.Series:
    """The course of each row of `rates`, categorical in the order of `COURSES`."""
    begun, ended = (rate[name].to_numpy() >= cutoff for name in ("early", "late"))
    codes = begun.astype(np.int8) + 2 * ended.astype(np.int8)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=_KINDS), index=rate.index, name="course")


def shares(rate: pd.DataFrame, cutoffs: Sequence[float] = OTHER_CUTOFFS) -> pd.DataFrame:
    """Share of each course under each cut-off, with Wilson's 95% interval (statsmodels).

    Returns cutoff (intrusions a week), course, persons, share, low, high.
    """
    from statsmodels.stats.proportion import proportion_confint

    rows = []
    for cutoff in cutoffs:
        for course, persons in courses(rate, cutoff).value_counts(sort=False).items():
            low, high = proportion_confint(persons, len(rate), method="wilson")
            rows.append((cutoff, course, persons, persons / len(rate), low, high))
    return pd.DataFrame(rows, columns=["cutoff", "course", "persons", "share", "low", "high"])
