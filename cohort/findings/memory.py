"""Neutral and emotional memories: how they are forgotten, and what arousal, stress and drugs change of that."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cohort.findings.estimate import Estimate, Floats, correlation, estimate, mean, standardized
from cohort.run_data import RunData

DELAYS = ("20min", "1h", "9h", "1d", "2d", "6d", "31d")
DAYS = np.array([20.0, 60.0, 540.0, 1440.0, 2880.0, 8640.0, 44640.0]) / 1440.0
WEEKS = np.array([1.0, 6.0, 32.0])
DOSES = (0, 50, 100, 150, 200, 250)  # mg of levodopa
TWO_SIDED = 1.959963984540054  # standard errors, 95%


def readings(run: RunData, instrument: str, column: str = "score") -> Floats:
    """What an instrument read, shape (assessments, persons): of everybody, by id. NaN where nothing was."""
    scores = run.scores
    rows = scores[scores["instrument"] == instrument]
    return rows.pivot(index="minute", columns="person", values=column).to_numpy(np.float64)


def whole(*columns: Floats) -> list[Floats]:
    """The columns (persons,) of those of whom nothing is missing."""
    kept = ~np.isnan(np.array(columns)).any(axis=0)
    return [column[kept] for column in columns]


def hedges(x: Floats, y: Floats) -> float:
    """Hedges' g of x over y: Cohen's d, less its bias in small samples (1981, 10.3102/10769986006002107)."""
    return standardized(x, y) * (1.0 - 3.0 / (4.0 * (len(x) + len(y)) - 9.0))


def fit(values: Floats, curve: Callable[..., Floats], start: tuple[float, float]) -> tuple[float, float]:
    """Second parameter of a curve of days by least squares, and the sum of squares that it leaves."""
    from scipy.optimize import curve_fit

    found, _ = curve_fit(curve, DAYS, values, p0=start, maxfev=10000)
    return float(found[1]), float(np.sum((values - curve(DAYS, *found)) ** 2))


def exponent(*savings: Floats) -> float:
    """Exponent b of ``a t^-b`` through the means; NaN unless it has a lower AIC than ``a exp(-b t)``.

    Both have two parameters, so that of the lower sum of squares has the lower AIC.
    """
    values = np.array([mean(column) for column in savings])
    if not np.all(np.isfinite(values)):
        return math.nan
    try:
        power, left = fit(values, lambda t, a, b: a * t**-b, (0.3, 0.1))
        other = fit(values, lambda t, a, b: a * np.exp(-b * t), (0.4, 0.02))[1]
    except RuntimeError:  # no minimum found
        return math.nan
    return power if left < other else math.nan


def slopes(*columns: Floats) -> float:
    """Fall of the first three columns over the log of weeks, as a ratio to that of the last three."""
    x = np.log(WEEKS)
    first, second = (np.polyfit(x, [mean(column) for column in part], 1)[0] for part in (columns[:3], columns[3:]))
    return float(first / second)


def a1(run: RunData) -> dict[str, Estimate]:
    """Mean savings after each delay, without the luck of relearning (it only adds to the error)."""
    return {
        part: estimate(mean, column) for part, column in zip(DELAYS, readings(run, "savings", "state"), strict=True)
    }


def a2(run: RunData) -> dict[str, Estimate]:
    """The exponent of the power of time through the savings."""
    return {"exponent": estimate(exponent, *whole(*readings(run, "savings", "state")))}


def a3(run: RunData) -> dict[str, Estimate]:
    """Cohen's d of arousing over neutral pictures: vividness at once and a day later, the place a day later.

    Either kind is seen in the first session or in the second; what counts is what was read after that session.
    """
    found = {name: readings(run, name) for name in ("arousing", "neutral", "where-arousing", "where-neutral")}
    second = {kind: np.isnan(found[kind][0]) for kind in ("arousing", "neutral")}
    arousing, neutral, there, here = (
        np.where(second[name.removeprefix("where-")], rows[2:], rows[:2]) for name, rows in found.items()
    )
    return {
        "immediate": estimate(standardized, *whole(arousing[0], neutral[0])),
        "24h": estimate(standardized, *whole(arousing[1], neutral[1])),
        "context": estimate(standardized, *whole(there[1], here[1])),
    }


def a5(run: RunData) -> dict[str, Estimate]:
    """Talarico & Rubin 2003: how fast the public event falls against the everyday one, over weeks 1, 6 and 32.

    Consistency is what is told against what was told at first, a day after the public event; of those who then told of
    both. Vividness is as it is rated, by the same persons.
    """
    public, everyday = (readings(run, f"consistency-{event}") for event in ("public", "everyday"))
    told = (public[0] > 0.0) & (everyday[0] > 0.0)
    reports = public[:4, told], everyday[:4, told]
    vivid = (readings(run, f"vividness-{event}")[1:4, told] for event in ("public", "everyday"))
    return {
        "consistency": estimate(consistency, *whole(*reports[0], *reports[1])),
        "vividness": estimate(slopes, *whole(*(column for event in vivid for column in event))),
    }


def consistency(*reports: Floats) -> float:
    """`slopes` of what is told as a share of the first report: of four reports of one event and four of the other."""
    first, second = reports[:4], reports[4:]
    return slopes(*first[1:], *second[1:]) * mean(second[0]) / mean(first[0])


def n8(run: RunData) -> dict[str, Estimate]:
    """Correlation over persons of vividness with what is told rightly, of the public event at eight months."""
    vivid, told = (readings(run, f"{what}-public")[-1] for what in ("vividness", "consistency"))
    return {"r": estimate(correlation, *whole(vivid, told))}


def e1(run: RunData) -> dict[str, Estimate]:
    """Hedges' g by which less is told of the story after propranolol."""
    placebo, drug = (readings(run.world(arm), "recall")[-1] for arm in ("placebo", "propranolol"))
    return {"g": estimate(hedges, *whole(placebo, drug))}


def e6(run: RunData) -> dict[str, Estimate]:
    """Hedges' g of a stressor at each phase, over a calm talk at the same time, on what is told a day later."""
    phases = ("before", "after", "retrieval")
    told = {arm: readings(run.world(arm), "recall")[-1] for phase in phases for arm in (phase, f"calm-{phase}")}
    return {phase: estimate(hedges, *whole(told[phase], told[f"calm-{phase}"])) for phase in phases}


def r1(run: RunData) -> dict[str, Estimate]:
    """Sign of the quadratic term of the dose, in recognition six hours later.

    -1 or 1, without error, where its 95% interval excludes 0; else 0, undefined in its error.
    """
    arms = ["no-drug", *(f"levodopa-{dose}mg" for dose in DOSES[1:])]
    scores = np.array(whole(*(readings(run.world(arm), "recognition")[-1] for arm in arms)))
    return {"dose": sign(estimate(mean, quadratic(scores)))}


def quadratic(scores: Floats) -> Floats:
    """Second coefficient (persons,) of a parabola through the scores (doses, persons) over `DOSES`, per (100 mg)^2."""
    x: NDArray[np.float64] = np.array(DOSES) / 100.0
    return np.asarray(np.polyfit(x, scores, 2)[0])


def sign(found: Estimate) -> Estimate:
    """-1 or 1 without error where the 95% interval excludes 0, else 0 with an error that is not defined."""
    sure = abs(found.value) > TWO_SIDED * found.se
    return Estimate(math.copysign(1.0, found.value) if sure else 0.0, 0.0 if sure else math.nan, found.persons)


def n4(run: RunData) -> dict[str, Estimate]:
    """Size of Cohen's d, in recognition a day later, of the kind that was shocked over the other."""
    found = estimate(standardized, *whole(readings(run, "animals")[-1], readings(run, "tools")[-1]))
    return {"d": Estimate(abs(found.value), found.se, found.persons)}
