"""Entities and what surrounds them: state variables, kinds of event, order of a minute, tables that a run writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import inf
from typing import Final

from cohort import streams
from cohort.codebook import tables
from cohort.columns import Column
from cohort.engram import kernel
from cohort.language import EVENTS, Households, Network, Place, Population, SceneText, Study, Surroundings, Talk
from cohort.odd.keys import key_rows
from cohort.odd.markdown import code, headed, number, table, text
from cohort.odd.submodels import docstring
from cohort.order import ORDER
from cohort.state import (
    ELEMENTS,
    ENSEMBLE_STATE,
    MEMORY_STATE,
    PERSON_STATE,
    REGIONS,
    SLOTS,
    SYSTEMS,
    TRAIT_COLUMNS,
    TRAIT_STATE,
    UNITS,
    WINNERS,
    Field,
)
from cohort.targets import Target, targets
from cohort.times import MOST_DAYS

_STATE: Final = ("variable", "unit", "number", "meaning")
_KEYS: Final = ("key", "default", "permitted", "meaning")


def _numbers(field: Field) -> str:
    return " x ".join(map(str, field.shape)) or "1"


def _state(fields: Iterable[Field]) -> str:
    return table(_STATE, ((code(f.name), f.unit, _numbers(f), f.meaning) for f in fields))


def person_state() -> str:
    """What changes of a person."""
    return _state(PERSON_STATE)


def memory_state() -> str:
    """What a memory is."""
    return _state((*MEMORY_STATE, *ENSEMBLE_STATE))


def traits() -> str:
    """What stays as it is of a person; those of the systems six times."""
    return _state(TRAIT_STATE)


def _range(column: Column) -> str:
    if column.names and len(column.names) > 1:
        return ", ".join(column.names)
    if column.low == -inf and column.high == inf:
        return ""
    low = "" if column.low == -inf else number(column.low)
    return f"{low} and up" if column.high == inf else f"{low} to {number(column.high)}"


def _columns(columns: Iterable[Column]) -> str:
    rows = ((code(c.name), c.unit, _range(c), "may be" if c.missing else "never", c.meaning) for c in columns)
    return table(("column", "unit", "range", "missing", "meaning"), rows)


def who() -> str:
    """What is known of a person beside the traits."""
    return _columns(c for c in tables()["persons"].columns if c.name not in TRAIT_COLUMNS)


def written() -> str:
    """The tables that a run writes, with their columns."""
    parts = []
    for layout in tables(arms=("arm",), interventions=("intervention",), instruments=("instrument",)).values():
        parts.append(f"**`{layout.name}`**: {layout.meaning}.")
        if layout.name == "persons":
            parts.append("Its columns are the attributes of persons in section 2, and the traits.")
        else:
            parts.append(_columns(layout.columns))
    return "\n\n".join(parts)


def order() -> str:
    """What falls on one minute, in its order."""
    return table(("place", "what", "what happens"), ((k, code(w), says) for k, (w, _, says) in enumerate(ORDER, 1)))


def steps() -> dict[str, list[str]]:
    """Steps of each process of a person's time, in their order, as the kernel's docstring lists them."""
    listed = re.findall(r"^- `(\w+)`: (.*)$", docstring("cohort.engram.kernel"), re.MULTILINE)
    return {process: re.findall(r"`(\w+)`", said) for process, said in listed}


def day() -> str:
    """The order of one person's time: what the kernel says of itself, and of every step what its function does."""
    heading, said = headed(docstring("cohort.engram.kernel"))
    said = "\n".join(line for line in said.splitlines() if not line.startswith("- "))
    rows = (
        (code(process) if k == 0 else "", code(step), text(getattr(kernel, step).__doc__ or "").split("\n\n")[0])
        for process, listed in steps().items()
        for k, step in enumerate(listed)
    )
    shown = table(("process", "step", "what it does"), rows)
    return f"{heading} (module `cohort.engram.kernel`). {said.strip()}\n\n{shown}"


def events() -> str:
    """The kinds of event that a scenario may hold."""
    shared = set(EVENTS["contact"].model_fields) - {"amount"}
    rows = (
        (code(name), text(kind.__doc__ or ""), ", ".join(code(k) for k in kind.model_fields if k not in shared))
        for name, kind in EVENTS.items()
    )
    return table(("kind", "what happens", "keys of its own"), rows)


def scene() -> str:
    """What a scene holds."""
    return table(_KEYS, key_rows(SceneText))


def findings() -> str:
    """The published findings that the model is held against, a row each."""
    parts: dict[str, list[Target]] = {}
    for target in targets():
        parts.setdefault(target.id, []).append(target)
    rows = (
        (name, *("; ".join(dict.fromkeys(getattr(t, said) for t in of)) for said in ("phenomenon", "use", "source")))
        for name, of in parts.items()
    )
    return table(("finding", "what was found", "use", "source"), rows)


def sizes() -> str:
    """How much there is of what."""
    rows = (
        ("neuromodulator systems", len(SYSTEMS), ", ".join(SYSTEMS)),
        ("elements of an episode", len(ELEMENTS), ", ".join(ELEMENTS) + "; each with a central and a peripheral part"),
        ("regions", len(REGIONS), ", ".join(REGIONS)),
        ("units in a region", UNITS, f"of which an ensemble has {WINNERS}"),
        ("memories that a person can hold", SLOTS, "slots"),
    )
    return table(("what", "number", "which"), rows)


def most_days() -> str:
    """Longest study."""
    return f"{MOST_DAYS:,}"


def decisions() -> str:
    """What chance decides, by name."""
    rows = ((name.lower(), streams.DECIDED[number_]) for name, number_ in streams.DECISIONS.items())
    return table(("decision", "what is drawn"), rows)


def population() -> str:
    """The keys that say who takes part."""
    parts = []
    for name, kind in (
        ("study", Study), ("population", Population), ("population.households", Households),
        ("population.network", Network), ("population.place", Place),
    ):  # fmt: skip
        parts += [f"`[{name}]`. {text(kind.__doc__ or '')}", table(_KEYS, key_rows(kind))]
    return "\n\n".join(parts)


def surroundings() -> str:
    """The keys that say what everyday life brings."""
    parts = []
    for name, kind in (("surroundings", Surroundings), ("talk", Talk)):
        parts += [f"`[{name}]`. {text(kind.__doc__ or '')}", table(_KEYS, key_rows(kind))]
    return "\n\n".join(parts)
