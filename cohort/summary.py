"""What a run shows at a glance: who was exposed, who recalls, how much intrudes, and the courses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.run_data import RunData

# A person is symptomatic in a window with at least so many intrusions a week. It is a rule for this summary, in the
# manner of the published courses; no diagnosis, and no published cut-off.
SYMPTOMATIC = 1.0
SHORTEST = 14  # days of a window, below which there is no telling a course
WINDOW = 60  # days of the early and the late window, at most a third of what follows the first exposure
COURSES = {
    (False, False): "resilient",
    (True, False): "recovering",
    (False, True): "delayed",
    (True, True): "chronic",
}


def summarize(run: RunData) -> dict[str, Any]:
    """Numbers of one run, as JSON types.

    Of a trial, under its reference arm. Of the focus episode: ``there`` (share of persons to whom it happened),
    ``holding`` (share that has a trace of it at the end: from being there, media or talk), and of those who were there
    ``recalling`` (mean probability of recall under the full cue, at the end), ``intrusions_a_week`` of this episode
    since the first exposure (mean, median, share without any), and shares of the ``courses``. Missing numbers are None,
    those of intrusions where these were not recorded.
    """
    if "arms" in run.provenance.study:
        run = run.world(run.provenance.study["reference"])
    days, focus = int(run.provenance.study["days"]), str(run.provenance.study["focus"])
    happened = run.arrow("exposures", ["person", "minute"], [("scene", "==", focus), ("kind", "==", "experience")])
    ids = np.unique(happened.column("person").to_numpy())
    since = int(min(happened.column("minute").to_numpy(), default=0)) // 1440
    last = run.arrow("measures", ["person", "recall", "live"], [("minute", "==", days * 1440)])
    recall = last.column("recall").to_numpy(zero_copy_only=False)
    came = run.arrow("intrusions", ["person", "minute"], [("episode", "==", focus)])
    person, day = came.column("person").to_numpy(), came.column("minute").to_numpy() // 1440
    mine = np.isin(person, ids) & (day >= since)
    person, day = np.searchsorted(ids, person[mine]), day[mine]
    rate = np.bincount(person, minlength=len(ids)) / (max(days - since, 1) / 7.0)
    recorded = run.intrusions_recorded
    known = rate if recorded else rate[:0]
    return {
        "persons": run.rows["persons"],
        "days": days,
        "focus": focus,
        "there": _number(len(ids) / run.rows["persons"]),
        "holding": _share(~np.isnan(recall)),
        "recalling": _share(np.nan_to_num(recall[np.isin(last.column("person").to_numpy(), ids)])),
        "memories_a_person": _number(last.column("live").to_numpy().mean()),
        "intrusions_a_week": {
            "mean": _number(known.mean()) if len(known) else None,
            "median": _number(np.median(known)) if len(known) else None,
            "none": _share(known == 0.0),
        },
        "courses": courses(person, day, len(ids), since, days) if recorded else None,
    }


def courses(
    person: NDArray[np.int64], day: NDArray[np.int64], number: int, since: int, days: int
) -> dict[str, float] | None:
    """Shares of the four courses among `number` persons, from their intrusions (person from 0, day).

    Early and late windows are the first and the last `WINDOW` days after day `since`, at most a third of the time each.
    None where that is too short, or there is nobody.
    """
    width = min(WINDOW, (days - since) // 3)
    if width < SHORTEST or not number:
        return None
    early, late = (
        np.bincount(person[window], minlength=number) / (width / 7.0) >= SYMPTOMATIC
        for window in (day < since + width, day >= days - width)
    )
    return {name: _share((early == begun) & (late == ended)) or 0.0 for (begun, ended), name in COURSES.items()}


def _share(of: NDArray[Any]) -> float | None:
    return round(float(np.mean(of)), 4) if len(of) else None


def _number(value: float) -> float:
    return round(float(value), 3)
