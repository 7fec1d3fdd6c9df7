"""The year after a trauma: who is a case and when, by which course, and what goes with it.

A case is who scores at or above the published cut-off of the PCL-5, with the error of measurement that a study sees.
Each assessment follows a reading of a month before, as the scale asks about the past month.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cohort.findings.estimate import Estimate, correlation, estimate, mean, odds_ratio, ratio, standardized
from cohort.run_data import RunData

Floats = NDArray[np.float64]

FIRST, THREE, SIX, YEAR = range(4)  # assessments of a year: months 1, 3, 6 and 12
MONTH_1, MONTH_3, MONTH_12, LATER_3, LATER_12 = range(5)  # of the four years: the last two 40 months after months 3, 12


def readings(run: RunData, instrument: str) -> Floats:
    """Scores of an instrument, shape (persons, readings), in the order of persons and of time."""
    scores = run.table("scores", ["person", "minute", "score"], [("instrument", "==", instrument)])
    return np.asarray(scores.pivot(index="person", columns="minute", values="score"), np.float64)


def cutoff(run: RunData) -> float:
    """The score of the PCL-5 from which on a person counts as a case."""
    return float(run.provenance.parameters["pcl5_cutoff"])


def of_past_month(scores: Floats) -> Floats:
    """Of readings in pairs a month apart the second of each, shape (persons, assessments)."""
    return scores[:, 1::2]


def _year(run: RunData) -> Floats:
    return of_past_month(readings(run, "pcl5"))


def _cases(run: RunData) -> Floats:
    return (_year(run) >= cutoff(run)).astype(np.float64)


def c5(run: RunData) -> dict[str, Estimate]:
    """Cases a year after the accident, and the odds of women over those of men."""
    case = _cases(run)[:, YEAR]
    woman = (run.persons["sex"] == "female").to_numpy(np.float64)
    return {"prevalence": estimate(mean, case), "sex": estimate(odds_ratio, case, woman)}


def c8(run: RunData) -> dict[str, Estimate]:
    """Courses over the year, by the rule of `courses`."""
    of = courses(_cases(run) > 0.0)
    return {name: estimate(mean, found.astype(np.float64)) for name, found in of.items()}


def courses(case: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Who takes which of the four prototypical courses, from being a case at months 1, 3, 6 and 12; each (persons,).

    The courses are those of Bonanno 2004, 10.1037/0003-066X.59.1.20, which Galatzer-Levy et al. 2018 count; the
    bounds between them are drawn at the cut-off, and at six months, from when on an onset is called delayed (DSM-5).
    Resilient: never a case. Delayed: no case at 1 and 3 months, then one. Of those who are a case at 1 or 3 months
    the chronic still are at 12, the recovering are not.
    """
    early = case[:, FIRST] | case[:, THREE]
    late = case[:, SIX] | case[:, YEAR]
    return {
        "resilient": ~early & ~late,
        "recovering": early & ~case[:, YEAR],
        "chronic": early & case[:, YEAR],
        "delayed": ~early & late,
    }


def c12(run: RunData) -> dict[str, Estimate]:
    """Correlations of symptoms at 12 months with an earlier trauma, told of, and with distress within the hour."""
    symptoms = _year(run)[:, YEAR]
    exposures = run.exposures
    before = exposures.loc[exposures["event"].astype(str).str.startswith("assault"), "person"]
    prior = run.persons["id"].isin(before).to_numpy(np.float64)
    return {
        "prior": estimate(correlation, prior, symptoms),
        "peri": estimate(correlation, readings(run, "peritraumatic")[:, 0], symptoms),
    }


def c13(run: RunData) -> dict[str, Estimate]:
    """Shares of persons by the number of kinds of adverse childhood experience, as drawn."""
    ace = run.persons["ace"].to_numpy(np.int64)
    of = {"0": ace == 0, "1": ace == 1, "2-3": (ace == 2) | (ace == 3), "4+": ace >= 4}
    return {name: estimate(mean, found.astype(np.float64)) for name, found in of.items()}


def c14(run: RunData) -> dict[str, Estimate]:
    """Odds of being a case at 12 months by the number of kinds of adversity reported, over those of none."""
    case = _cases(run)[:, YEAR]
    told = readings(run, "childhood")[:, 0]
    some = (told == 0.0) | (told >= 4.0)
    return {
        "any": estimate(odds_ratio, case, (told > 0.0).astype(np.float64)),
        "4+": estimate(odds_ratio, case[some], (told[some] >= 4.0).astype(np.float64)),
    }


def n6(run: RunData) -> dict[str, Estimate]:
    """Cases at 12 months against the others: morning cortisol then, and heart rate on arrival."""
    case = _cases(run)[:, YEAR]
    cortisol = readings(run, "cortisol")[:, 0]
    rate = readings(run, "heart-rate")[:, 0]
    return {
        "cortisol": estimate(lambda x, c: abs(standardized(x[c == 1.0], x[c == 0.0])), cortisol, case),
        "heart-rate": estimate(under_roc, rate, case),
    }


def under_roc(score: Floats, case: Floats) -> float:
    """Area under the curve of a score, higher in cases (1) than in others (0): Mann-Whitney, ties by half.

    NaN without cases or without others.
    """
    from scipy.stats import rankdata

    cases = float(np.sum(case == 1.0))
    others = len(case) - cases
    if cases == 0.0 or others == 0.0:
        return np.nan
    ranks = float(np.sum(rankdata(score)[case == 1.0]))
    return (ranks - cases * (cases + 1.0) / 2.0) / (cases * others)


def own_trauma(run: RunData) -> Floats:
    """Past-month scores of the PCL-5 about the trauma that befell the person, shape (persons, assessments).

    The instrument ``pcl5-NAME`` is about the event NAME; each person has lived through one.
    """
    happened = run.exposures.set_index("person")["event"].astype(str).reindex(run.persons["id"]).to_numpy()
    by_event = {name: of_past_month(readings(run, f"pcl5-{name}")) for name in sorted(set(happened))}
    out = np.empty_like(next(iter(by_event.values())))
    for name, scores in by_event.items():
        out[happened == name] = scores[happened == name]
    return out


def c6(run: RunData) -> dict[str, Estimate]:
    """Cases at 12 months over cases at one month."""
    case = (own_trauma(run) >= cutoff(run)).astype(np.float64)
    return {"ratio": estimate(ratio, case[:, MONTH_12], case[:, MONTH_1])}


def c9(run: RunData) -> dict[str, Estimate]:
    """Cases of 3 and of 12 months who are none 40 months later: all of them, and the early less the late."""
    case = own_trauma(run) >= cutoff(run)
    early, late = np.flatnonzero(case[:, MONTH_3]), np.flatnonzero(case[:, MONTH_12])
    person = np.concatenate([early, late])
    was_early = np.repeat([1.0, 0.0], [len(early), len(late)])
    free = np.concatenate([~case[early, LATER_3], ~case[late, LATER_12]]).astype(np.float64)
    return {
        "remission": estimate(mean, free, unit=person),
        "early-late": estimate(lambda x, e: mean(x[e == 1.0]) - mean(x[e == 0.0]), free, was_early, unit=person),
    }
