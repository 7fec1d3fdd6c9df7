"""From points to a scenario: each point is an arm of one trial of the same persons, beside one control.

Arms share what they live through until they differ, so the persons are drawn once for all points of a chunk, and the
control is lived once. A point gives copies of its interventions, ``pill--3`` for ``pill``, with its own values; a copy
meets the same draws as what it is a copy of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import tomli_w

from cohort.design.sampling import Point
from cohort.design.specification import GIVE, Specification
from cohort.language import Scenario
from cohort.plan import COPY
from cohort.scenario import loads

CONTROL: Final = "control"
_DESIGNS: Final = ("factorial", "crossover", "waiting_list", "stepped_wedge", "dose_finding")


def world(spec: Specification, base: str, uncertainties: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Content of the scenario `base` (TOML) with these values of the uncertainties, under a seed.

    Raises InputError for a value that the scenario does not permit.
    """
    settings = [f"{axis.key}={_toml(axis.said(uncertainties[name]))}" for name, axis in spec.uncertainties.items()]
    settings += [f"study.seed={seed}", f"study.persons_seed={spec.seed}"]
    told = loads(base, "design", settings)
    return told.model_dump(by_alias=True, exclude_none=True, mode="python")


def scenario_of(spec: Specification, content: dict[str, Any], points: Sequence[Point]) -> Scenario:
    """The trial in which every point is an arm. Raises InputError for a value that the scenario does not permit."""
    known = {told["name"]: told for told in content.get("interventions", ())}
    trial = {name: value for name, value in content.get("trial", {}).items() if name not in _DESIGNS}
    added, arms = [], [{"name": CONTROL, "interventions": list(spec.control)}]
    for point in points:
        given = given_by(spec, point)
        copies = {name: f"{name}{COPY}{point.number}" for name in given}
        for name in given:
            copy = {**known[name], "name": copies[name]}
            if isinstance(copy.get("at"), str):
                copy["at"] = _anchored(copy["at"], copies)
            for lever, axis in spec.levers.items():
                _, _, rest = axis.key.partition(".")
                of, _, inner = rest.partition(".")
                if of == name:
                    _put(copy, inner, axis.said(point.levers[lever]))
            added.append(copy)
        arms.append({"name": arm_of(point), "interventions": [*spec.control, *copies.values()]})
    if not points:  # a trial has two arms
        arms.append({"name": "other", "interventions": [*spec.control, *spec.give]})
    content = {
        **content,
        "interventions": [*known.values(), *added],
        "trial": {**trial, "reference": CONTROL},
        "arms": arms,
    }
    return loads(tomli_w.dumps(content), "design")


def arm_of(point: Point) -> str:
    """Name of the arm that a point is."""
    return f"point-{point.number}"


def given_by(spec: Specification, point: Point) -> list[str]:
    """Interventions that a point gives beside those of the control."""
    chosen = next((point.levers[name] for name, axis in spec.levers.items() if axis.key == GIVE), spec.give)
    return [name for name in spec.give if name in chosen]


def most(spec: Specification) -> int:
    """So many points fit into one trial of the language."""
    return max(1, min(48, 80 // max(1, len(spec.give))))


def _anchored(at: str, copies: Mapping[str, str]) -> str:
    """A moment that counts from an intervention counts from the copy of it that is given."""
    head, word, name = at.rpartition(" ")
    return f"{head}{word}{copies.get(name, name)}"


def _put(table: dict[str, Any], path: str, value: Any) -> None:
    """Set a key within nested tables."""
    first, _, rest = path.partition(".")
    if rest:
        table[first] = dict(table.get(first, {}))
        _put(table[first], rest, value)
    else:
        table[first] = value


def _toml(value: Any) -> str:
    return tomli_w.dumps({"v": value}).removeprefix("v = ").strip()
