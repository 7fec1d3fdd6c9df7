"""What came of the points of one chunk: lived side by side, each read against the control."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.trials.effects import benefit, effects
from analysis.trials.outcome import Outcome
from cohort.checkpoint import passing
from cohort.design.points import CONTROL, arm_of, given_by, scenario_of, world
from cohort.design.sampling import Point
from cohort.design.specification import CARE, Specification
from cohort.errors import CohortError, Interrupted, MachineError
from cohort.language import Scenario
from cohort.outcomes import OUTCOMES, tables_of
from cohort.plan import COPY
from cohort.run import run
from cohort.run_data import RunData
from cohort.state import TRAIT_COLUMNS

EFFECT, SE, HELPED, HARMED = ".effect", ".se", ".helped", ".harmed"  # after the name of an outcome
PERSON = ("id", "sex", "age", "ace", *TRAIT_COLUMNS)
REASON = 300  # characters of it
_OF_TEXT = re.compile(r"^design: (?:[0-9]+ faults: )?(?:line [0-9]+: )?")  # of a text that nobody sees
_OF_COPIES = re.compile(rf"(?<=\w){COPY}[0-9]+\b")


@dataclass(frozen=True)
class Lived:
    """Outcomes of each point (or why it failed), the effects on each person, and who they are."""

    rows: dict[int, dict[str, float]]
    failures: dict[int, str]
    effects: pd.DataFrame | None = None
    persons: pd.DataFrame | None = None


def live(spec: Specification, base: str, points: Sequence[Point], seed: int) -> Lived:
    """Live points of one world under a seed. A point that cannot be lived is a failure, and the others are lived.

    Raises MachineError for what the machine cannot do, and Interrupted.
    """
    try:
        content = world(spec, base, points[0].uncertainties, seed)
        return _together(spec, content, points)
    except (MachineError, Interrupted, OSError, MemoryError):
        raise
    except (CohortError, ValueError, ArithmeticError) as fault:
        if len(points) == 1:
            return Lived({}, {points[0].number: reason(fault)})
    half = len(points) // 2
    parts = [live(spec, base, some, seed) for some in (points[:half], points[half:])]
    each = [part.effects for part in parts if part.effects is not None]
    return Lived(
        {k: row for part in parts for k, row in part.rows.items()},
        {k: text for part in parts for k, text in part.failures.items()},
        pd.concat(each, ignore_index=True) if each else None,
        next((part.persons for part in parts if part.persons is not None), None),
    )


def reason(fault: Exception) -> str:
    """One line that says why."""
    text = str(fault) or type(fault).__name__
    lines = [line.removeprefix("  - ").strip() for line in text.splitlines() if line.strip()]
    told = lines[0] if len(lines) == 1 else f"{lines[0]}: {lines[1]}"
    return _OF_COPIES.sub("", _OF_TEXT.sub("", told))[:REASON]


def _together(spec: Specification, content: dict[str, Any], points: Sequence[Point]) -> Lived:
    """Points in one run; those alike are lived once, and one that gives nothing is the control itself."""
    first: dict[str, Point] = {}
    arms = {}
    for point in points:
        acts = bool(given_by(spec, point))
        arms[point.number] = arm_of(first.setdefault(repr(point.levers), point)) if acts else CONTROL
    told = scenario_of(spec, content, tuple(first.values()))
    place = Path(tempfile.mkdtemp(prefix="cohort-"))
    try:
        with passing():
            done = run(told, place / "run", threads=1, tables=_tables(spec, told))
        return _read(spec, RunData(done.out), arms)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _tables(spec: Specification, told: Scenario) -> set[str]:
    """What `_read` reads."""
    names = list(spec.outcomes) or [one.name for one in told.outcomes]
    persons = {"persons"} if spec.each_person else set()
    return {"allocation", "scores", "sessions", *persons, *tables_of(name for name in names if name in OUTCOMES)}


def _read(spec: Specification, lived: RunData, arms: Mapping[int, str]) -> Lived:
    """What a run shows of the points, each the arm of that name."""
    known = [Outcome.of(told) for told in lived.provenance.study["outcomes"]]
    names = list(spec.outcomes) or [one.name for one in known]
    read = [one for one in known if one.name in names]
    wide = _wide(lived, read) if read else {}
    care = _care(lived)
    margins = {one.name: one for one in known}
    whole = {arm: _of_run(lived, arm, names) for arm in {CONTROL, *arms.values()}}
    rows: dict[int, dict[str, float]] = {}
    kept = []
    for number, arm in arms.items():
        row: dict[str, float] = {}
        each = {}
        for name in names:
            if name in OUTCOMES:
                row |= {name: whole[arm][name], name + EFFECT: whole[arm][name] - whole[CONTROL][name]}
                continue
            under, control = wide[name]
            each[name] = under.get(arm, control) - control
            row |= {name: _mean(under.get(arm, control)), **_effect(name, each[name], margins[name])}
        rows[number] = row | dict(zip(CARE, care.get(arm, (0.0, 0.0, 0.0)), strict=True))
        if spec.each_person and each:
            mine = pd.DataFrame(each).astype(np.float32).rename_axis("person").reset_index()
            kept.append(mine.assign(point=number))
    told = pd.concat(kept, ignore_index=True) if kept else None
    persons = lived.table("persons", PERSON) if spec.each_person else None
    return Lived(rows, {}, told, persons)


def _wide(lived: RunData, outcomes: Sequence[Outcome]) -> dict[str, tuple[dict[str, pd.Series], pd.Series]]:
    """By outcome: values (persons,) under each arm, and under the control."""
    read = [("instrument", "in", sorted({one.instrument for one in outcomes}))]
    scores = lived.table("scores", ["arm", "person", "minute", "instrument", "state"], read)
    arms: Sequence[str] = lived.provenance.study["arms"]
    found = effects(scores, lived.table("allocation", ["person", "eligible"]), arms, CONTROL, outcomes)
    out = {}
    for name, mine in found.groupby("outcome", observed=True):
        parts = {str(arm): part.set_index("person") for arm, part in mine.groupby("arm", observed=True)}
        under = {arm: part["under_arm"] for arm, part in parts.items()}
        out[str(name)] = under, next(iter(parts.values()))["under_reference"]
    return out


def _of_run(lived: RunData, arm: str, names: Sequence[str]) -> dict[str, float]:
    wanted = [name for name in names if name in OUTCOMES]
    seen = lived.world(arm) if wanted else lived
    return {name: OUTCOMES[name].read(seen) for name in wanted}


def _care(lived: RunData) -> dict[str, tuple[float, float, float]]:
    """By arm: share of eligible persons who came to a session, sessions and cost (US$) a person."""
    allocated = lived.table("allocation", ["person", "eligible"])
    among = max(1, int(allocated["eligible"].sum()))
    came = lived.arrow("sessions", ["arm", "person", "intervention"], [("attended", "==", True)]).to_pandas()
    prices: Mapping[str, float] = lived.provenance.study.get("costs", {})
    price = [prices.get(str(name), 0.0) for name in came["intervention"].cat.categories]
    out = {}
    for arm, part in came.groupby("arm", observed=True):
        number = np.bincount(part["intervention"].cat.codes, minlength=len(price))
        paid = float(number @ np.array(price))
        out[str(arm)] = (part["person"].nunique() / among, len(part) / among, paid / among)
    return out


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else np.nan


def _effect(name: str, effect: pd.Series, outcome: Outcome) -> dict[str, float]:
    known = effect.dropna()
    gain = benefit(known, outcome)
    several = len(known) > 1
    return {
        name + EFFECT: _mean(known),
        name + SE: float(known.std(ddof=1) / len(known) ** 0.5) if several else np.nan,
        name + HELPED: float((gain > 0.0).mean()) if len(known) else np.nan,
        name + HARMED: float((gain < 0.0).mean()) if len(known) else np.nan,
    }
