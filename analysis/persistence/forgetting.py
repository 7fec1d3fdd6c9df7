"""Which law forgetting follows: laws fitted to the mean of all persons and to each person, and compared.

Averaging persons who forget exponentially at different rates gives a mean that looks like a power (Anderson & Tweney
1997, 10.3758/BF03211315; Heathcote, Brown & Mewhort 2000, 10.3758/BF03212979), so both are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import t as student

from analysis.persistence.laws import EXPONENTIAL, LAWS, POWER, Law
from analysis.persistence.readings import steps

MOST_PERSONS = 100  # fitted one by one
LEAST_FALL = 0.02  # of a person's recall between its highest and lowest reading, for a law to be told from a line
_FEWEST = 7  # points: AICc of the largest law, with four parameters and a variance, needs one more than six
_GONE = 1e-6  # a parameter below this is at its bound


@dataclass(frozen=True)
class Fit:
    """A law fitted by least squares: logarithms of its parameters, sum of squares over `points` means."""

    law: Law
    logs: NDArray[np.float64]
    rss: float
    points: int
    converged: bool

    @property
    def values(self) -> NDArray[np.float64]:
        """Parameters on their own scale."""
        return np.exp(self.logs)

    @property
    def aicc(self) -> float:
        """Akaike's criterion with the small-sample correction (Hurvich & Tsai 1989, 10.1093/biomet/76.2.297)."""
        k = len(self.logs) + 1
        return self._deviance + 2.0 * k + 2.0 * k * (k + 1) / (self.points - k - 1)

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return self._deviance + (len(self.logs) + 1) * float(np.log(self.points))

    @property
    def _deviance(self) -> float:
        return self.points * float(np.log(max(self.rss, 1e-14 * self.points) / self.points))


def fit(law: Law, day: NDArray[np.float64], recall: NDArray[np.float64], weight: NDArray[np.float64]) -> Fit:
    """Weighted least squares from the law's declared starting values (Levenberg-Marquardt, scipy's least_squares).

    All arrays (points,); days and recalls above 0, in order of day; the weights are scaled to a mean of 1. Two
    exponentials are named so that the first is the faster. Raises ValueError with fewer points than `enough` asks for.
    """
    if not enough(day):
        raise ValueError(f"{len(day)} points in time; a law of forgetting needs {_FEWEST}")
    root = np.sqrt(weight / weight.mean())
    first, last = max(recall[0], 1e-6), max(min(recall[-1], 0.999 * recall[0]), 1e-7)
    start = np.log(law.start(float(day[0]), float(first), float(last), float(day[-1])))
    found = least_squares(
        lambda logs: root * (recall - law.at(day, logs)), start, lambda logs: -root[:, None] * law.slopes(day, logs),
        method="lm", max_nfev=300, xtol=1e-9, ftol=1e-9,
    )  # fmt: skip
    logs = found.x
    if len(logs) == 4 and logs[1] < logs[3]:
        logs = logs[[2, 3, 0, 1]]
    return Fit(law, logs, 2.0 * float(found.cost), len(day), bool(found.status > 0))


def enough(day: NDArray[np.float64]) -> bool:
    """Whether there are points enough in time for every law."""
    return len(day) >= _FEWEST


def intervals(found: Fit, readings: pd.DataFrame, day: pd.Series) -> NDArray[np.float64]:
    """95% intervals (parameters, 2) that count the person, not the reading, as the unit.

    The fit to the means, weighted by their n, is the fit to all readings; its variance is the sandwich with each
    person's score as one (Liang & Zeger 1986, 10.1093/biomet/73.1.13), with the full second derivatives, so that
    it also holds where the law does not. On the logarithmic scale, with Student's t. NaN where a parameter is at its
    bound or the data do not tell parameters apart. `readings` as from `steps`; `day` by step.
    """
    law, logs = found.law, found.logs
    free = np.exp(logs) > _GONE
    at = day.to_numpy()
    slopes = law.slopes(at, logs)[:, free]
    step = np.searchsorted(day.index.to_numpy(), readings["step"].to_numpy())
    residual = readings["recall"].to_numpy() - law.at(at, logs)[step]
    scores = pd.DataFrame(residual[:, None] * slopes[step]).groupby(readings["person"].to_numpy()).sum().to_numpy()
    persons = len(scores)
    total = np.bincount(step, weights=residual, minlength=len(at))
    count = np.bincount(step, minlength=len(at))
    bread = slopes.T @ (count[:, None] * slopes) - np.tensordot(
        total, _curvature(law, at, logs)[:, free][:, :, free], 1
    )
    interval = np.full((len(logs), 2), np.nan)
    if persons <= len(logs) or not free.any():
        return interval
    bends = np.linalg.eigvalsh(bread)  # all upwards at a minimum
    if not bends[0] > 1e-10 * bends[-1]:
        return interval
    inverse = np.linalg.inv(bread)
    spread = np.sqrt(((scores @ inverse) ** 2).sum(0) * persons / (persons - 1))
    half = student.ppf(0.975, persons - 1) * spread
    with np.errstate(over="ignore"):
        interval[free] = np.exp(logs[free, None] + half[:, None] * np.array([-1.0, 1.0]))
    return interval


def _curvature(law: Law, day: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second derivatives (days, parameters, parameters) by central differences of the slopes."""
    step = 1e-5
    moved = [law.slopes(day, logs + step * unit) - law.slopes(day, logs - step * unit) for unit in np.eye(len(logs))]
    return np.stack(moved, axis=-1) / (2.0 * step)


def means(readings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Readings with their step, and by step the day, recall (means) and n."""
    stepped = steps(readings)
    by = stepped.groupby("step").agg(day=("day", "mean"), recall=("recall", "mean"), n=("recall", "size"))
    return stepped, by


def compare(readings: pd.DataFrame, laws: Sequence[Law] = LAWS) -> tuple[list[Fit], pd.DataFrame]:
    """Each law fitted to the mean of all persons.

    `readings` as from `readings.graded`. Returns the fits in the order of AICc, and a table, a row a parameter: law,
    formula, parameter, estimate, low, high (95%), aicc, delta (AICc above the best), bic, r2, converged. AICc and BIC
    take the residuals of the means as independent; they are alike from step to step, so the criteria rank the laws
    and do not test them. Raises ValueError with too few steps.
    """
    stepped, by = means(readings)
    day, recall, n = (by[name].to_numpy(np.float64) for name in ("day", "recall", "n"))
    fits = sorted((fit(law, day, recall, n) for law in laws), key=lambda one: one.aicc)
    weight = n / n.mean()
    spread = float(weight @ (recall - np.average(recall, weights=weight)) ** 2)
    rows = []
    for one in fits:
        told = {"law": one.law.name, "formula": one.law.formula}
        quality = {
            "aicc": one.aicc, "delta": one.aicc - fits[0].aicc, "bic": one.bic,
            "r2": 1.0 - one.rss / spread if spread > 0.0 else float("nan"), "converged": one.converged,
        }  # fmt: skip
        for name, value, (low, high) in zip(
            one.law.parameters, one.values, intervals(one, stepped, by["day"]), strict=True
        ):
            rows.append({**told, "parameter": name, "estimate": value, "low": low, "high": high, **quality})
    return fits, pd.DataFrame(rows)


def by_person(readings: pd.DataFrame) -> pd.DataFrame:
    """The laws fitted to persons one by one, evenly chosen if more than `MOST_PERSONS`.

    Only persons with enough readings whose recall falls by `LEAST_FALL` or more and is never 0. Returns columns
    person, best (law of the lowest AICc), power, exponential (their rates b) and delta (AICc of the power above that of
    the exponential); empty where there is no such person.
    """
    stepped = steps(readings)
    by = stepped.groupby("person")["recall"].agg(["size", "max", "min"])
    fall = (by["max"] - by["min"] >= LEAST_FALL) & (by["min"] > 0.0) & (by["size"] >= _FEWEST)
    those = by.index[fall]
    if len(those) > MOST_PERSONS:
        those = those[np.linspace(0, len(those) - 1, MOST_PERSONS).round().astype(int)]
    rows = []
    for person, mine in stepped[stepped["person"].isin(those)].groupby("person"):
        day, recall = mine["day"].to_numpy(), mine["recall"].to_numpy()
        fits = {law.name: fit(law, day, recall, np.ones(len(day))) for law in LAWS}
        best = min(fits, key=lambda name: fits[name].aicc)
        power, exponential = fits[POWER.name], fits[EXPONENTIAL.name]
        rates = {"power": power.values[1], "exponential": exponential.values[1]}
        rows.append({"person": person, "best": best, **rates, "delta": power.aicc - exponential.aicc})
    return pd.DataFrame(rows, columns=["person", "best", "power", "exponential", "delta"])
