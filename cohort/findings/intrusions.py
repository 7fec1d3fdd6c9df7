"""Intrusions after a film or an accident: how many, in whom, and what a task or a night changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cohort.findings.estimate import Estimate, estimate, mean, ratio
from cohort.run_data import RunData


def of_week(run: RunData, arm: str | None, instrument: str = "week", reading: int = -1) -> NDArray[np.float64]:
    """Intrusions (persons,) noted in one reading of a diary (the last): everybody under one arm."""
    scores = (run if arm is None else run.world(arm)).scores
    rows = scores[scores["instrument"] == instrument]
    minute = np.sort(rows["minute"].unique())[reading]
    rows = rows[rows["minute"] == minute].sort_values("person")
    return rows["state"].to_numpy(np.float64)


def b1(run: RunData) -> dict[str, Estimate]:
    """James et al. 2015: the week from 24 h after the film on, each person under each arm."""
    neither, game, reminder, both = (of_week(run, arm) for arm in ("none", "game", "reminder", "game-reminder"))
    return {
        "control": estimate(mean, neither),
        "zeros": estimate(lambda x: mean(x == 0.0), neither),
        "both": estimate(ratio, both, neither),
        "task": estimate(ratio, game, neither),
        "reminder": estimate(ratio, reminder, neither),
    }


def h1(run: RunData) -> dict[str, Estimate]:
    """Variance of the counts of a week over their mean."""
    return {"vmr": estimate(lambda x: float(np.var(x, ddof=1) / np.mean(x)), of_week(run, "none"))}


def b14(run: RunData) -> dict[str, Estimate]:
    """Days in which the mean count of a day halves: an exponential through the days of the diary (log-linear).

    Of the diary of days, from the second day after the film on: the first reading is of the day of the film.
    """
    scores = run.world("none").scores
    rows = scores[scores["instrument"] == "day"]
    table = rows.pivot(index="person", columns="minute", values="state").to_numpy(np.float64)

    def half_life(*days: NDArray[np.float64]) -> float:
        counts = np.array([mean(day) for day in days])
        slope = np.polyfit(np.arange(len(counts)), np.log(counts), 1, w=np.sqrt(counts))[0]
        return float(-np.log(2.0) / slope)

    return {"half-life": estimate(half_life, *table.T)}
