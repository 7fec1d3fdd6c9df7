"""The surface of a dose-finding trial: the mean exact effect at each dose and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.outcome import TrialError

LEVEL = 0.95


def surface(effects: pd.DataFrame, grid: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """Mean effects by dose and time, a row an outcome and arm of the grid.

    `effects` as from `analysis.trials.effects.effects`; `grid` holds for each arm its dose (mg) and its time (minutes).
    Returns outcome, arm, mg, minutes, n (persons with a defined effect), effect (mean of these), low and high (95%,
    Student's t over persons; NaN where there are fewer than two, the mean itself where none differs). Raises
    TrialError when an arm of the grid has no effects, or two arms share a place.
    """
    known = set(effects["arm"].unique())
    if missing := [arm for arm in grid if arm not in known]:
        raise TrialError(f"the grid names arms without effects: {', '.join(missing)}")
    places = {arm: (float(mg), float(minutes)) for arm, (mg, minutes) in grid.items()}
    if not places or len(set(places.values())) < len(places):
        raise TrialError("the grid is empty, or two of its arms have one dose and time")
    rows = []
    for outcome in effects["outcome"].unique():
        mine = effects[(effects["outcome"] == outcome).to_numpy(bool)]
        for arm, (mg, minutes) in places.items():
            effect = mine.loc[(mine["arm"] == arm).to_numpy(bool), "effect"].dropna().to_numpy(np.float64)
            rows.append((str(outcome), arm, mg, minutes, len(effect), *_mean(effect)))
    return pd.DataFrame(rows, columns=["outcome", "arm", "mg", "minutes", "n", "effect", "low", "high"])


def _mean(effect: NDArray[np.float64]) -> tuple[float, float, float]:
    if not len(effect):
        return np.nan, np.nan, np.nan
    mean = float(effect.mean())
    if len(effect) < 2:
        return mean, np.nan, np.nan
    half = float(stats.t.ppf((1.0 + LEVEL) / 2.0, len(effect) - 1)) * float(effect.std(ddof=1)) / len(effect) ** 0.5
    return mean, mean - half, mean + half
