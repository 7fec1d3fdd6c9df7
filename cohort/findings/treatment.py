"""What helps: drugs around a reminder, treatments of cases, early treatment and prevention."""

from __future__ import annotations

import numpy as np

from cohort.findings.arms import difference, participants, readings, whole
from cohort.findings.estimate import Estimate, Floats, estimate, mean, ratio, standardized
from cohort.genome import load_variants
from cohort.run_data import RunData

# Readings of the scale: at randomization, after treatment, at the follow-up (F1).
BASELINE, AFTER, FOLLOW_UP = 1, 3, 5


def cases(run: RunData, scores: Floats) -> Floats:
    """Who reaches the published cut-off of the PCL-5: 1 or 0."""
    return (scores >= run.provenance.parameters["pcl5_cutoff"]).astype(np.float64)


def odds(case: Floats, other: Floats) -> float:
    """Odds ratio of being a case: the same persons under one arm and under another."""
    p, q = np.float64(mean(case)), np.float64(mean(other))
    return float((p / (1.0 - p)) / (q / (1.0 - q)))


def e2(run: RunData) -> dict[str, Estimate]:
    """Pigeon et al. 2022: fear a day after the reminder, Hedges' g of none over propranolol (above 0: less fear)."""
    return {
        "with": difference(run, "reminder", "propranolol-reminder", "fear", 1),
        "alone": difference(run, "none", "propranolol", "fear", 1),
    }


def n3(run: RunData) -> dict[str, Estimate]:
    """Fear a month after one session, as a share of the fear before it."""

    def left(arm: str) -> Estimate:
        return estimate(ratio, *whole(readings(run, "fear", (arm, -1), (arm, 0))))

    return {"reminder-extinction": left("reminder-extinction"), "propranolol": left("propranolol-reminder")}


def f1(run: RunData) -> dict[str, Estimate]:
    """Powers et al. 2010: symptoms after exposure and at follow-up, Hedges' g of the wait over it (above 0: fewer)."""
    return {
        "after": difference(run, "wait", "exposure", "pcl5", AFTER),
        "follow-up": difference(run, "wait", "exposure", "pcl5", FOLLOW_UP),
    }


def e9(run: RunData) -> dict[str, Estimate]:
    """Hoskins et al. 2015: the interview after twelve weeks of an SSRI over that with no drug, Hedges' g."""
    return {"smd": difference(run, "ssri", "placebo", "interview")}


def n9(run: RunData) -> dict[str, Estimate]:
    """Symptoms at follow-up: prazosin over no drug, D-cycloserine with exposure over exposure; size of Hedges' g."""

    def size(arm: str, other: str) -> Estimate:
        found = difference(run, arm, other, "pcl5", FOLLOW_UP)
        return Estimate(abs(found.value), found.se, found.persons)

    return {"prazosin": size("prazosin", "wait"), "d-cycloserine": size("exposure-cycloserine", "exposure")}


def f3(run: RunData) -> dict[str, Estimate]:
    """Shalev et al. 2012: cases at five months after early exposure against the wait, an odds ratio."""
    exposed, waiting = whole(readings(run, "pcl5", ("exposure", AFTER), ("wait", AFTER)))
    return {"or": estimate(odds, cases(run, exposed), cases(run, waiting))}


def n2(run: RunData) -> dict[str, Estimate]:
    """Change of symptoms under exposure by variant: the largest d between carriers and others, whatever its sign."""
    variants = [name for name in load_variants().names if name in run.persons]
    people = run.persons.set_index("id").loc[participants(run), variants]
    before, after = readings(run, "pcl5", ("exposure", BASELINE), ("exposure", AFTER))
    return {"d": estimate(largest, *whole([before - after, *people.to_numpy(np.float64).T]))}


def largest(response: Floats, *alleles: Floats) -> float:
    """Largest size of Cohen's d of a response (persons,) between carriers of an allele and others, over variants."""
    return max(abs(standardized(response[count > 0], response[count == 0])) for count in alleles)


def f4(run: RunData) -> dict[str, Estimate]:
    """Rose et al., Cochrane CD000560: symptoms at four months, debriefing over nothing (above 0: more)."""
    return {"smd": difference(run, "debriefing", "nothing", "pcl5")}


def n5(run: RunData) -> dict[str, Estimate]:
    """Cases at four months, treated in the first days over not treated: risk ratios."""

    def risk(arm: str) -> Estimate:
        treated, others = whole(readings(run, "pcl5", (arm, -1), ("nothing", -1)))
        return estimate(ratio, cases(run, treated), cases(run, others))

    arms = {"propranolol": "propranolol", "debriefing": "debriefing", "benzodiazepine": "lorazepam"}
    return {part: risk(arm) for part, arm in arms.items()}
