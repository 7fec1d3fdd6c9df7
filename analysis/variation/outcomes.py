"""What is to be explained in a person: how often the memory intrudes, is recalled, and how much it distresses."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

RATE, RECALL, DISTRESS = "intrusions", "recall", "distress"
LABELS = {
    RATE: "intrusions a week (log)",
    RECALL: "recall at the end",
    DISTRESS: "distress a week (log)",
}
_DAY, _WEEK = 1440, 7
_LAST_WEEKS = 8  # in which somebody who is still troubled has one intrusion a week or more


def outcomes(
    exposure: pd.DataFrame, weekly: NDArray[np.int64], felt: pd.DataFrame, measures: pd.DataFrame
) -> pd.DataFrame:
    """The outcomes of the exposed, a row a person, columns `RATE`, `RECALL` and `DISTRESS`.

    Parameters
    ----------
    exposure : indexed by person (n), with ``minute``.
    weekly : intrusions (n, whole weeks since exposure).
    felt : the intrusions of the memory one by one: person, minute, distress.
    measures : person, minute, recall (probability of voluntary recall of the memory).

    Rates are log1p of the mean a week over the weeks of `weekly`, distress likewise of its sum; NaN where there is no
    whole week. Recall is that of the last minute at which anybody was assessed, NaN where there was none.
    """
    weeks = weekly.shape[1]
    found = pd.DataFrame(index=exposure.index, columns=[RATE, RECALL, DISTRESS], dtype=np.float64)
    if weeks:
        found[RATE] = np.log1p(weekly.mean(axis=1))
        found[DISTRESS] = np.log1p(_summed(felt, exposure, weeks) / weeks)
    if len(measures):
        last = measures[measures["minute"] == measures["minute"].max()].set_index("person")["recall"]
        found[RECALL] = last.reindex(exposure.index).astype(np.float64)
    return found


def still_troubled(weekly: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Who (n,) has one intrusion a week or more in the last eight whole weeks, or in the later half of fewer than 16.

    A rule of this program, not a diagnosis.
    """
    weeks = weekly.shape[1]
    last = weekly[:, weeks - min(_LAST_WEEKS, (weeks + 1) // 2) :]
    return last.mean(axis=1) >= 1.0 if weeks else np.zeros(len(weekly), dtype=bool)


def _summed(felt: pd.DataFrame, exposure: pd.DataFrame, weeks: int) -> NDArray[np.float64]:
    persons = exposure.index.to_numpy()
    start = exposure["minute"].to_numpy() // _DAY
    mine = felt[felt["person"].isin(persons)]
    row = np.searchsorted(persons, mine["person"].to_numpy())
    day = mine["minute"].to_numpy() // _DAY - start[row]
    inside = (day >= 0) & (day < weeks * _WEEK)
    weights = mine["distress"].to_numpy(np.float64)[inside]
    return np.bincount(row[inside], weights=weights, minlength=len(persons))
