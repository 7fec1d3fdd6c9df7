"""Intrusions after a film or an accident: how many, in whom, and what a task or a night changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cohort.findings.arms import difference, readings, whole
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


def b5(run: RunData) -> dict[str, Estimate]:
    """Asselbergs et al. 2023: the week's count after a task against none, Hedges' g."""
    return {part: difference(run, part, "none", "week") for part in ("visuospatial", "verbal")}


def b7(run: RunData) -> dict[str, Estimate]:
    """Six days from the morning on: those who slept as usual over those who were kept awake."""
    return {"ratio": estimate(ratio, *whole(readings(run, "six-days", ("as-usual", -1), ("awake", -1))))}


def b8(run: RunData) -> dict[str, Estimate]:
    """Iyadurai et al. 2023: the fourth week's count over that of those who wait, an incidence rate ratio."""
    return {"irr": estimate(ratio, *whole(readings(run, "week", ("sessions", -1), ("wait", -1))))}


REPLICATE = 60  # persons of one small study, half of them in either arm


def n7(run: RunData) -> dict[str, Estimate]:
    """Share of small studies that find nothing: a two-sided t-test of the week's counts, p of .05 and more.

    A study is 60 persons who follow each other, each seen under the arm allotted.
    """
    from scipy.stats import ttest_ind

    allotted = run.table("allocation", ["arm"])["arm"].to_numpy(object)  # in the order of the persons; all take part
    neither, both = readings(run, "week", ("neither", -1), ("both", -1))
    studies = len(allotted) // REPLICATE
    treated = (allotted == "both")[: studies * REPLICATE].reshape(studies, REPLICATE)
    game, nothing = (counts[: treated.size].reshape(treated.shape) for counts in (both, neither))
    p = np.array([ttest_ind(game[k][treated[k]], nothing[k][~treated[k]]).pvalue for k in range(studies)])
    share = estimate(mean, (p >= 0.05).astype(np.float64))
    return {"not-significant": replace(share, persons=treated.size)}
