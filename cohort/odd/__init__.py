"""The description of the model in the order of the ODD protocol, made from the code.

ODD (overview, design concepts, details) is the protocol of Grimm et al. 2020, 10.18564/jasss.4259. Its text stands in
``data/odd.md``, where ``{{name}}`` is what the code itself says: see `PIECES`. Equations are those of the docstrings of
the submodels, parameters those of the registry.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cohort import __version__
from cohort.catalogue import with_values
from cohort.errors import InputError
from cohort.files import check_writable, data_file, whole
from cohort.odd import entities, study, submodels
from cohort.parameters import GRADES, Parameter
from cohort.provenance import NOTICE

if TYPE_CHECKING:
    from cohort.plan import Plan

_PIECE: Final = re.compile(r"\{\{(\w+)\}\}")
FIRST_SUBMODEL: Final = 2  # 7.1 is the notation

# What the code says of itself, by the name under which the template asks for it.
PIECES: Final[dict[str, Callable[[], str]]] = {
    "version": lambda: __version__,
    "notice": lambda: NOTICE,
    "findings": entities.findings,
    "sizes": entities.sizes,
    "who": entities.who,
    "traits": entities.traits,
    "person_state": entities.person_state,
    "memory_state": entities.memory_state,
    "scene": entities.scene,
    "most_days": entities.most_days,
    "order": entities.order,
    "day": entities.day,
    "events": entities.events,
    "decisions": entities.decisions,
    "written": entities.written,
    "population": entities.population,
    "surroundings": entities.surroundings,
}


def template() -> str:
    """The text of the description, with the places of its pieces."""
    return data_file("odd.md").read_text("utf-8")


def grades(parameters: Sequence[Parameter]) -> str:
    """How many parameters are of which grade."""
    count = Counter(p.grade for p in parameters)
    said = ", ".join(f"{count[grade]} {grade}" for grade in GRADES)  # type: ignore[index]
    return f"{len(parameters)} parameters: {said}"


def document(plan: Plan | None = None) -> str:
    """The whole description as Markdown; with a plan, also how its scenario starts and what it brings.

    Raises ValueError, a programming fault, for a parameter that no submodel holds or a piece that is not known.
    """
    start = brought = ""
    overrides: Mapping[str, float] = {}
    if plan is not None:
        from cohort.describe import description

        told = description(plan)
        start, brought = study.start(told), study.input_data(told, plan.scenario.scenes)
        overrides = plan.scenario.parameters
    parameters = with_values(overrides)
    pieces = {
        **{name: make() for name, make in PIECES.items()},
        "grades": grades(parameters),
        "submodels": submodels.described(parameters, FIRST_SUBMODEL),
        "start": start,
        "input": brought,
    }
    text = template()
    asked = set(_PIECE.findall(text))
    if asked != set(pieces):
        raise ValueError(
            f"data/odd.md asks for pieces that are not made, or not for all: {sorted(asked ^ set(pieces))}"
        )
    filled = _PIECE.sub(lambda found: pieces[found.group(1)], text)
    return re.sub(r"\n{3,}", "\n\n", filled).strip() + "\n"


def write(scenario: str | None, settings: Sequence[str], out: Path | None) -> None:
    """Write the description to standard output, or to a file: whole or not at all.

    Raises InputError for a place that cannot be written, a faulty scenario, or docstrings left out by Python.
    """
    import sys

    if sys.flags.optimize > 1:
        raise InputError("odd: it is made of docstrings, which python -OO leaves out; run it without -OO")
    if out is not None:
        check_writable(out)
    plan = None
    if scenario is not None:
        from cohort.plan import plan as planned
        from cohort.scenario import load

        plan = planned(load(scenario, settings))
    text = document(plan)
    if out is None:
        sys.stdout.write(text)
    else:
        with whole(out) as place:
            place.write_text(text, "utf-8")
