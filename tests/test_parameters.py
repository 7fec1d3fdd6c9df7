"""The declared table, the refusal of bad values, and the three forms in which the table is written."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cohort
from cohort.catalogue import COLUMNS
from cohort.cli import main
from cohort.errors import ParameterError, did_you_mean
from cohort.parameters import (
    DECLARING_MODULES,
    GRADES,
    OUTSIDE_KERNEL,
    Parameter,
    Parameters,
    declare,
    faults_of,
    param,
    table,
)

SOURCE_ROOT = Path(cohort.__file__).parent


@pytest.fixture
def some() -> Parameter:
    return next(iter(table().values()))


# --- the table


def test_every_parameter_is_described_and_lies_within_its_range() -> None:
    for name, p in table().items():
        assert name == p.name
        assert re.fullmatch("[a-z][a-z0-9_]*", name)
        assert all(text.strip() for text in (p.unit, p.source, p.meaning, p.group)), name
        assert p.grade in GRADES, name
        assert all(map(math.isfinite, (p.low, p.high))), name
        assert p.low < p.high, name
        assert p.low <= p.value <= p.high, name


def test_names_are_declared_once_and_every_declaring_module_is_listed() -> None:
    """Read from the source, not from the registry, so that a forgotten module cannot hide its constants."""
    names: Counter[str] = Counter()
    declaring = set()
    for path in sorted(SOURCE_ROOT.rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        called = [(call.func.id, call) for call in calls if isinstance(call.func, ast.Name)]
        module = ".".join(("cohort", *path.relative_to(SOURCE_ROOT).with_suffix("").parts))
        if any(name == "declare" for name, _ in called):
            declaring.add(module)
        for name, call in called:
            if name == "param" and call.args and isinstance(call.args[0], ast.Constant):
                names[str(call.args[0].value)] += 1
    assert declaring == set(DECLARING_MODULES)
    assert [name for name, count in names.items() if count > 1] == []
    assert set(names) <= set(table())


def test_the_group_is_the_module_that_declares() -> None:
    assert {p.group for p in table().values()} == {module.rpartition(".")[2] for module in DECLARING_MODULES}


def test_no_two_parameters_say_the_same() -> None:
    twice = [m for m, count in Counter(p.meaning for p in table().values()).items() if count > 1]
    assert twice == []


def test_at_least_half_of_the_parameters_rest_on_evidence() -> None:
    """The project's own bar. It is met by finding sources, never by a kinder grade or a lower bar."""
    rows = table().values()
    graded = [p for p in rows if p.grade != "assumed" and p.source]
    assert 2 * len(graded) >= len(rows), f"{len(graded)} of {len(rows)} carry a grade other than assumed"


def test_a_source_that_only_states_a_choice_is_graded_assumed_or_calibrated() -> None:
    """A number chosen here is never presented as measured or taken from the literature."""
    wrong = [
        p.name for p in table().values() if "chosen" in p.source.lower() and p.grade not in ("assumed", "calibrated")
    ]
    assert wrong == []


# --- declaring


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"value": 9.0}, "not within"),
        ({"value": math.nan}, "not within"),
        ({"low": 1.0, "value": 1.0, "high": 1.0}, "not within"),
        ({"unit": ""}, "unit"),
        ({"source": ""}, "source"),
        ({"meaning": ""}, "meaning"),
        ({"grade": "certain"}, "grade|one of"),
    ],
)
def test_a_careless_declaration_is_refused(changed: dict[str, Any], says: str) -> None:
    fields: dict[str, Any] = {
        "name": "never_registered", "value": 1.0, "unit": "h", "low": 0.0, "high": 2.0,
        "source": "chosen", "grade": "assumed", "meaning": "a trial",
    }  # fmt: skip
    with pytest.raises(ValueError, match=says):
        declare("trial", param(**{**fields, **changed}))
    assert "never_registered" not in table()


def test_a_name_given_twice_by_one_module_is_refused() -> None:
    twin = param("never_registered", 1.0, "h", 0.0, 2.0, "chosen", "assumed", "a trial")
    with pytest.raises(ValueError, match="twice"):
        declare("trial", twin, twin)
    assert "never_registered" not in table()


def test_a_name_of_another_module_is_refused(some: Parameter) -> None:
    again = param(some.name, some.value, some.unit, some.low, some.high, "chosen", "assumed", "a trial")
    with pytest.raises(ValueError, match=f"{some.name}.*declared in both"):
        declare("trial", again)
    assert table()[some.name] == some


# --- setting values


def test_defaults_are_the_declared_values_and_an_override_moves_one(some: Parameter) -> None:
    declared = {name: p.value for name, p in table().items()}
    assert dict(Parameters()) == declared
    edge = some.low if some.value != some.low else some.high
    assert dict(Parameters({some.name: edge})) == declared | {some.name: edge}


def test_both_ends_of_every_range_are_permitted_and_the_next_number_beyond_is_not() -> None:
    rows = table()
    assert faults_of({p.name: p.low for p in rows.values()}) == []
    assert faults_of({p.name: p.high for p in rows.values()}) == []
    assert len(faults_of({p.name: math.nextafter(p.low, -math.inf) for p in rows.values()})) == len(rows)
    assert len(faults_of({p.name: math.nextafter(p.high, math.inf) for p in rows.values()})) == len(rows)


def test_all_faults_come_in_one_message_with_closest_names_and_permitted_ranges() -> None:
    wrong_type, too_high, not_a_number, endless, flag, *_ = table().values()
    misspelt = too_high.name[:-1]
    assert misspelt not in table()
    with pytest.raises(ParameterError) as caught:
        Parameters(
            {
                misspelt: 1.0,
                wrong_type.name: "much",
                too_high.name: too_high.high + 1,
                not_a_number.name: math.nan,
                endless.name: -math.inf,
                flag.name: True,
            }
        )
    title, *faults = str(caught.value).splitlines()
    assert title == "parameters: 6 faults"
    unknown, text, high, nan, infinite, boolean = faults
    assert f"'{misspelt}'{did_you_mean(misspelt, table())}" in unknown
    assert "did you mean" in unknown
    assert "wrong type (str)" in text
    assert "wrong type (bool)" in boolean
    for line, p in zip(faults[1:], (wrong_type, too_high, not_a_number, endless, flag), strict=True):
        assert line.startswith(f"  - {p.name} = ")
        assert f"permitted: a number from {p.low:.12g} to {p.high:.12g}" in line
    for line in (high, nan, infinite):
        assert "out of range" in line


def test_numbers_of_numpy_and_whole_numbers_are_numbers(some: Parameter) -> None:
    for kind in (np.float32, np.float64):
        assert Parameters({some.name: kind(some.value)})[some.name] == pytest.approx(some.value)
    whole = next(p for p in table().values() if p.low <= 1 <= p.high)
    assert Parameters({whole.name: 1})[whole.name] == Parameters({whole.name: np.int64(1)})[whole.name] == 1.0


def test_the_record_holds_every_value_but_those_of_drugs_and_instruments() -> None:
    values = Parameters()
    read = [name for name, p in table().items() if p.group not in OUTSIDE_KERNEL]
    assert values.record.shape == (1,)
    assert values.record.dtype.names == tuple(read)
    assert {name: float(values.record[name][0]) for name in read} == {name: values[name] for name in read}


# --- the forms in which it is written


def written(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["parameters", *options]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def as_json(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(written(capsys, "--json", *options))
    return rows


def test_json_csv_and_the_piped_table_agree_with_the_declarations(capsys: pytest.CaptureFixture[str]) -> None:
    objects = as_json(capsys)
    assert [Parameter(**row) for row in objects] == list(table().values())
    from_csv = list(csv.DictReader(io.StringIO(written(capsys, "--csv"), newline="")))
    for row in from_csv:
        row.update({column: float(row[column]) for column in ("value", "low", "high")})
    assert from_csv == objects
    headings, *lines = written(capsys).splitlines()
    assert headings.split("\t") == list(COLUMNS)
    assert len(lines) == len(objects)
    for line, row in zip(lines, objects, strict=True):
        cells = dict(zip(COLUMNS, line.split("\t"), strict=True))
        assert cells["name"] == row["name"]
        assert float(cells["value"]) == pytest.approx(row["value"], rel=1e-11)
        assert cells["source"] == " ".join(row["source"].split())


def test_filters_narrow_and_combine(capsys: pytest.CaptureFixture[str], some: Parameter) -> None:
    everything = as_json(capsys)
    middle = some.name[1:-1]
    assert as_json(capsys, "--name", middle) == [row for row in everything if middle in row["name"]]
    start = some.name[:3]
    assert as_json(capsys, "--name", f"{start}*") == [r for r in everything if r["name"].startswith(start)]
    assert as_json(capsys, "--name", some.name.upper(), "--grade", some.grade, "--group", some.group)[0]["name"] == (
        some.name
    )
    two = sorted({row["grade"] for row in everything})[:2]
    kept = as_json(capsys, *(word for grade in two for word in ("--grade", grade)))
    assert kept == [row for row in everything if row["grade"] in two]
    assert as_json(capsys, "--group", some.group) == [r for r in everything if r["group"] == some.group]


def test_a_set_value_is_shown_without_the_evidence_of_the_declared_one(
    capsys: pytest.CaptureFixture[str], some: Parameter
) -> None:
    edge = some.low if some.value != some.low else some.high
    moved, *rest = as_json(capsys, "--set", f"{some.name} = {edge!r}")
    assert (moved["name"], moved["value"], moved["grade"]) == (some.name, edge, "assumed")
    assert f"declared {some.value:.12g} ({some.grade})" in moved["source"]
    assert some.source in moved["source"]
    assert rest == as_json(capsys)[1:]
    assert as_json(capsys, "--set", f"{some.name}={some.value!r}") == as_json(capsys)
