"""Readings of one memory over time since it was encoded: graded at every measure, yes or no at tests of recall."""

from __future__ import annotations

import numpy as np
import pandas as pd

DAY = 1440  # minutes


def graded(measures: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """What every measure after the exposure found of the memory, in order of person and day.

    Parameters
    ----------
    measures : columns person, minute, recall (probability of recall, 0 to 1; null: the person holds no trace, which
        counts as 0). A measure that was missed has no row.
    exposure : column minute (of the first exposure), index person.

    Returns columns person, day (days since the person's exposure, above 0), recall.
    """
    started = exposure["minute"].reindex(measures["person"]).to_numpy(np.float64)
    day = (measures["minute"].to_numpy(np.float64) - started) / DAY
    recall = measures["recall"].to_numpy(np.float64, na_value=np.nan)
    found = pd.DataFrame({"person": measures["person"].to_numpy(), "day": day, "recall": np.nan_to_num(recall)})
    return found[day > 0.0].sort_values(["person", "day"], kind="stable", ignore_index=True)


def answers(recalls: pd.DataFrame, exposure: pd.DataFrame, focus: str) -> pd.DataFrame:
    """Tests of voluntary recall after the exposure: whether it was the memory asked for that came.

    `recalls` has columns person, minute, kind, asked, episode (null: nothing came); those of kind ``recall`` that
    asked for `focus` are tests. Returns the columns of `graded`, recall being 1 or 0.
    """
    test = (recalls["kind"] == "recall").to_numpy(bool) & (recalls["asked"] == focus).to_numpy(bool)
    mine = recalls[test]
    came = (mine["episode"].astype(object) == focus).to_numpy(np.float64)
    return graded(mine[["person", "minute"]].assign(recall=came), exposure)


def spacing(readings: pd.DataFrame) -> float:
    """Days between a person's readings: the median gap; NaN where nobody was read twice."""
    same = np.diff(readings["person"].to_numpy()) == 0
    gaps = np.diff(readings["day"].to_numpy())[same]
    gaps = gaps[gaps > 0.0]
    return float(np.median(gaps)) if len(gaps) else float("nan")


def steps(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings with their `step`: which period of the usual spacing since the exposure they fall in, from 1.

    A person read twice in one period counts with the last. Where nobody was read twice, all are of step 1.
    """
    width = spacing(readings)
    if np.isnan(width):
        return readings.assign(step=1)
    step = np.maximum(np.ceil(readings["day"].to_numpy() / width - 1e-6), 1.0).astype(np.int64)
    return readings.assign(step=step).drop_duplicates(["person", "step"], keep="last").reset_index(drop=True)
