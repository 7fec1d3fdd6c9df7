"""The declared parameters as a reader meets them: selected, printed, written as JSON or CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cohort.errors import InputError, ParameterError, did_you_mean, one_message
from cohort.parameters import GRADES, Parameter, faults_of, table

if TYPE_CHECKING:
    from rich.console import Console

COLUMNS = ("name", "value", "unit", "low", "high", "grade", "source", "meaning", "group")
WIDE = 150  # columns of a terminal from which one line of headings holds everything


def assigned(settings: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=VALUE`` settings into overrides.

    Raises ParameterError with every fault (form, name, type, range, a name given twice) in one message.
    """
    faults: list[str] = []
    given: dict[str, object] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not (name and equals and text):
            faults.append(f"'{setting}' is not of the form NAME=VALUE")
        elif name in given:
            faults.append(f"{name} is given twice")
        else:
            try:
                given[name] = float(text)
            except ValueError:
                given[name] = text
    faults += faults_of(given)
    if faults:
        raise ParameterError(one_message("parameters", faults))
    return {name: value for name, value in given.items() if isinstance(value, float)}


def with_values(overrides: Mapping[str, float]) -> list[Parameter]:
    """Return the table with `overrides` in place.

    A value that departs from the declared one loses its evidence: it is graded ``assumed``, and its source
    says what was declared, on which grade and source.
    """
    return [_with_value(p, overrides.get(p.name, p.value)) for p in table().values()]


def _with_value(p: Parameter, value: float) -> Parameter:
    if value == p.value:
        return p
    source = f"set by the user; declared {p.value:.12g} ({p.grade}): {p.source}"
    return replace(p, value=value, grade="assumed", source=source)


def _matcher(pattern: str) -> Callable[[str], bool]:
    if any(sign in pattern for sign in "*?["):
        return lambda name: fnmatchcase(name.lower(), pattern.lower())
    return lambda name: pattern.lower() in name.lower()


def _closest(word: str, known: Sequence[str]) -> str:
    return get_close_matches(word.lower().strip("*?[]"), known, n=1, cutoff=0.0)[0]


def select(
    rows: Sequence[Parameter], name: str | None = None, grades: Sequence[str] = (), group: str | None = None
) -> list[Parameter]:
    """Return the rows whose name contains `name` (or matches it as a glob), of any of `grades`, of `group`.

    Raises InputError if a filter matches nothing, naming the closest name that exists.
    """
    groups = sorted({p.group for p in rows})
    faults = [
        f"unknown grade '{grade}'{did_you_mean(grade, GRADES)} (permitted: {', '.join(GRADES)})"
        for grade in grades
        if grade not in GRADES
    ]
    if group is not None and group not in groups:
        faults.append(f"no group is named '{group}'; the closest is '{_closest(group, groups)}'")
    matches = _matcher(name or "")
    named = [p for p in rows if matches(p.name)]
    if name is not None and not named:
        faults.append(f"no name matches '{name}'; the closest is '{_closest(name, [p.name for p in rows])}'")
    if faults:
        raise InputError(one_message("parameters", faults))
    kept = [p for p in named if (not grades or p.grade in grades) and (group is None or p.group == group)]
    if not kept:
        near = named[0]
        raise InputError(
            "parameters: each filter matches some, but together they match nothing; "
            f"the closest is '{near.name}' (group {near.group}, grade {near.grade})"
        )
    return kept


def _plain(p: Parameter) -> dict[str, str | float]:
    fields = asdict(p)
    return {column: fields[column] for column in COLUMNS}


def print_json(rows: Sequence[Parameter]) -> None:
    """Write a list of objects, one a parameter, to standard output."""
    json.dump([_plain(p) for p in rows], sys.stdout, indent=2)
    sys.stdout.write("\n")


def print_csv(rows: Sequence[Parameter]) -> None:
    """Write comma-separated values with one line of headings to standard output."""
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(p) for p in rows)


def print_table(rows: Sequence[Parameter]) -> None:
    """Print the table, wrapped to a terminal; into a pipe or a file, one tab-separated line a parameter."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        sys.stdout.write("\t".join(COLUMNS) + "\n")
        for p in rows:
            cells = [f"{v:.12g}" if isinstance(v, float) else " ".join(v.split()) for v in _plain(p).values()]
            sys.stdout.write("\t".join(cells) + "\n")
    elif console.width >= WIDE:
        _print_wide(console, rows)
    else:
        _print_folded(console, rows)


def _print_wide(console: Console, rows: Sequence[Parameter]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in COLUMNS[:-1]:
        number = column in ("value", "low", "high")
        text = column in ("source", "meaning")
        shown.add_column(column, justify="right" if number else "left", no_wrap=not text, ratio=1 if text else None)
    for p in rows:
        numbers = [f"{value:g}" for value in (p.value, p.low, p.high)]
        cells = [p.name, numbers[0], p.unit, *numbers[1:], p.grade, p.source, p.meaning]
        shown.add_row(*(Text(cell) for cell in cells))
    console.print(shown)


def _print_folded(console: Console, rows: Sequence[Parameter]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(header_style="bold", show_lines=True, expand=True)
    shown.add_column("name, value, unit\nlow to high, grade", no_wrap=True, overflow="fold")
    shown.add_column("meaning\nsource", ratio=1, overflow="fold")
    for p in rows:
        unit = "" if p.unit == "1" else f" {p.unit}"
        left = Text.assemble(
            (p.name, "bold"), f"\n{p.value:g}{unit}", f"\n{p.low:g} to {p.high:g}, ", (p.grade, "italic")
        )
        shown.add_row(left, Text.assemble(p.meaning, "\n", (p.source, "dim")))
    console.print(shown)
