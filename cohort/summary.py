"""What a run shows at a glance: who was exposed, who recalls, how much intrudes, and the courses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohort.run_data import RunData

# A person is symptomatic in a window with at least so many intrusions a week. It is a rule for this summary, in the
# manner of the published courses; no diagnosis, and no published cut-off.
SYMPTOMATIC = 1.0
WINDOW = 60  # days of the early and the late window, at most a third of what follows the first exposure
COURSES = {
    (False, False): "resilient",
    (True, False): "recovering",
    (False, True): "delayed",
    (True, True): "chronic",
}


def summarize(run: RunData) -> dict[str, Any]:
    """Numbers of one run, as JSON types.

    Of the focus episode: shares of persons ``exposed`` (in person, by media or by talk) and ``recalling`` (of those who
    hold it, probability of recall under the full cue of at least a half, at the end), ``intrusions_a_week`` of the
    exposed (mean, median, and share without any), and shares of the ``courses`` among them. Missing numbers are None.
    """
    persons = len(run.table("persons", ["id"]))
    measures = run.table("measures")
    last = measures[measures["minute"] == measures["minute"].max()]
    held = last["recall"].notna()
    days = int(run.provenance.study["days"])
    since = _first_day(run)
    out: dict[str, Any] = {
        "persons": persons,
        "days": days,
        "exposed": round(float(held.mean()), 4),
        "recalling": _share(last.loc[held, "recall"] >= 0.5),
        "memories_a_person": round(float(last["live"].mean()), 2),
    }
    exposed = last.loc[held, "person"].to_numpy()
    mine = measures[measures["person"].isin(exposed) & (measures["day"] > since)]
    counts = mine.pivot_table(index="person", columns="day", values="intrusions", observed=True)
    weeks = max(days - since, 1) / 7.0
    rate = counts.sum(axis=1).to_numpy() / weeks
    out["intrusions_a_week"] = {
        "mean": _number(rate.mean()) if len(rate) else None,
        "median": _number(np.median(rate)) if len(rate) else None,
        "none": _share(rate == 0.0),
    }
    out["courses"] = courses(counts, since, days)
    return out


def courses(counts: pd.DataFrame, since: int, days: int) -> dict[str, float] | None:
    """Shares of the four courses from intrusions by person (rows) and day of the measure (columns); None if too short.

    Early and late windows are the first and the last `WINDOW` days after day `since` (at most a third of the time each).
    """
    width = min(WINDOW, (days - since) // 3)
    if width < 7 or counts.empty:
        return None
    at = counts.columns.to_numpy()
    early, late = at <= since + width, at > days - width
    if not early.any() or not late.any():
        return None
    values = counts.to_numpy()
    symptomatic = [values[:, window].sum(axis=1) / (width / 7.0) >= SYMPTOMATIC for window in (early, late)]
    return {
        name: round(float(np.mean((symptomatic[0] == begun) & (symptomatic[1] == ended))), 4)
        for (begun, ended), name in COURSES.items()
    }


def _first_day(run: RunData) -> int:
    """Day of the first exposure to the focus episode."""
    exposures = run.table("exposures", ["minute", "scene"])
    focus = run.focus
    minutes = exposures.loc[exposures["scene"] == focus, "minute"]
    return int(minutes.min()) // 1440 if len(minutes) else 0


def _share(of: NDArray[Any] | pd.Series) -> float | None:
    return round(float(np.mean(of)), 4) if len(of) else None


def _number(value: float) -> float:
    return round(float(value), 3)
