"""What happened to whom and when: the events of a study, and how many persons each reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.section import Section, Table
from analysis.study import DAY, Study

_AMOUNTS = ("dose", "mg", "amount", "size", "hours")


def calendar(events: Sequence[Mapping[str, Any]], exposures: pd.DataFrame | None = None) -> pd.DataFrame:
    """The events as they were planned, a row each, in the order in which they were told.

    Parameters
    ----------
    events : each with name and kind, and where there are: scene or drug (`of`), at or every, who, share, and an amount.
    exposures : person, minute (since the study began), event, dose; a row each time that a person was reached.

    Returns event, kind, of, when, who, share (of those, asked at random), amount; and of the exposures: day (of the
    first), persons (reached at least once), times (mean, of those reached), dose (mean). Missing where nobody was.
    """
    told = pd.DataFrame(
        [
            {
                "event": event.get("name", ""), "kind": str(event.get("kind", "")).replace("_", " "),
                "of": event.get("scene", event.get("drug", "")), "when": _when(event),
                "who": event.get("who", "everybody"), "share": float(event.get("share", 1.0)),
                "amount": next((_amount(event[name]) for name in _AMOUNTS if name in event), ""),
            }
            for event in events
        ]
    )  # fmt: skip
    if told.empty or exposures is None:
        return told
    reached = exposures.groupby(["event", "person"], observed=True, sort=False).agg(
        minute=("minute", "min"), rows=("minute", "size"), dose=("dose", "sum")
    )
    by = reached.groupby(level="event", observed=True)
    seen = by.agg(minute=("minute", "min"), persons=("rows", "size"), rows=("rows", "sum"), dose=("dose", "sum"))
    seen.index = seen.index.astype(str)
    seen = seen.reindex(told["event"])
    told["day"] = (seen["minute"] // DAY).astype("Int64").to_numpy()
    told["persons"] = seen["persons"].astype("Int64").to_numpy()
    told["times"] = (seen["rows"] / seen["persons"]).to_numpy(np.float64)
    told["dose"] = (seen["dose"] / seen["rows"]).to_numpy(np.float64)
    return told


def section(study: Study) -> Section:
    """The calendar of a study whose facts hold its events."""
    events = (study.facts or {}).get("events", ())
    if not events:
        line = "No calendar of events is given with these tables." if study.facts else "Nothing is told of this study."
        return Section("run", "What was run", warnings=(line,))
    seen = None
    if study.has("exposures"):
        seen = study.tables.table("exposures", ["person", "minute", "event", "dose"])
    table = Table(
        "calendar",
        "Events: as planned, and whom they reached",
        calendar(events, seen),
        "analysis.report.calendar.calendar(study.facts['events']"
        + (")" if seen is None else ", study.tables.table('exposures'))"),
        "Share: of those named, drawn at random. Day: of the first time, since the study began. Times: how often "
        "a person that was reached was so, mean. Dose: mean; of a scene, 1 as described.",
    )
    return Section("run", "What was run", tables=(table,))


def _when(event: Mapping[str, Any]) -> str:
    if "every" in event:
        return f"every {event['every']}"
    at = event.get("at", "")
    return ", ".join(map(str, at)) if isinstance(at, (list, tuple)) else str(at)


def _amount(told: Any) -> str:
    if isinstance(told, Mapping):
        return ", ".join(f"{'' if key == 'distribution' else f'{key} '}{value}" for key, value in told.items())
    return f"{told:g}" if isinstance(told, (int, float)) else str(told)
