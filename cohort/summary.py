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

    Of the focus episode: shares of persons ``exposed`` (who hold a trace of it at the end, from being there, from media
    or from talk) and ``recalling`` (of these, probability of recall under the full cue of at least a half), their
    ``intrusions_a_week`` since the first exposure (of any memory: mean, median, share without any), and shares of the
    ``courses`` among them. Missing numbers are None.
    """
    days = int(run.provenance.study["days"])
    since = _first_day(run)
    read = run.arrow("measures", ["person", "day", "intrusions", "recall", "live"])
    person, day, counted = (read.column(name).to_numpy() for name in ("person", "day", "intrusions"))
    last = day == day.max(initial=0)
    recall = read.column("recall").to_numpy(zero_copy_only=False)[last]
    held = ~np.isnan(recall)
    first = int(person.min(initial=0))
    exposed = np.zeros(int(person.max(initial=0)) - first + 1, dtype=bool)
    exposed[person[last][held] - first] = True
    mine = exposed[person - first] & (day > since)
    rows = np.cumsum(exposed)[person[mine] - first] - 1
    total = np.bincount(rows, weights=counted[mine], minlength=int(exposed.sum())) / (max(days - since, 1) / 7.0)
    return {
        "persons": run.rows["persons"],
        "days": days,
        "exposed": _share(held),
        "recalling": _share(recall[held] >= 0.5),
        "memories_a_person": _number(read.column("live").to_numpy()[last].mean()),
        "intrusions_a_week": {
            "mean": _number(total.mean()) if len(total) else None,
            "median": _number(np.median(total)) if len(total) else None,
            "none": _share(total == 0.0),
        },
        "courses": courses(rows, day[mine], counted[mine], since, days),
    }


def courses(
    person: NDArray[np.int64], day: NDArray[np.int64], intrusions: NDArray[np.int64], since: int, days: int
) -> dict[str, float] | None:
    """Shares of the four courses from rows of measures (person from 0, day, intrusions); None where it is too short.

    Early and late windows are the first and the last `WINDOW` days after day `since`, at most a third of the time each.
    """
    width = min(WINDOW, (days - since) // 3)
    if width < SHORTEST or not len(person):
        return None
    early, late = (
        np.bincount(person[window], weights=intrusions[window], minlength=int(person.max()) + 1) / (width / 7.0)
        >= SYMPTOMATIC
        for window in (day <= since + width, day > days - width)
    )
    return {name: _share((early == begun) & (late == ended)) or 0.0 for (begun, ended), name in COURSES.items()}


def _first_day(run: RunData) -> int:
    """Day of the first exposure to the focus episode."""
    minutes = run.arrow("exposures", ["minute"], [("scene", "==", str(run.provenance.study["focus"]))])
    return int(min(minutes.column("minute").to_numpy(), default=0)) // 1440


def _share(of: NDArray[Any]) -> float | None:
    return round(float(np.mean(of)), 4) if len(of) else None


def _number(value: float) -> float:
    return round(float(value), 3)
