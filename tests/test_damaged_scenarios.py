"""Damaged scenario files: whatever was cut, put in or swapped, they are refused in words, or planned."""

from __future__ import annotations

from pathlib import Path

import pytest
import sizes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohort import scenario
from cohort.errors import InputError
from cohort.files import scenario_file
from cohort.plan import plan

FOLDER = scenario_file("flood.toml").parent
NAMES = [name for name, _ in scenario.shipped()]

TEXTS = {name: (FOLDER / f"{name}.toml").read_text() for name in NAMES}
SCRAPS = st.sampled_from(
    [
        *("9" * 30, "-1", "1e400", "nan", "inf", "true", '""', "[]", "{}", "[[1]]", "0x" + "f" * 40, "0x" + "f" * 9000),
        *(
            "'\u202e'",
            "\u0000",
            '"\\uD800"',
            "é",
            "\U0001f600",
            "=",
            "#",
            '"""',
            "x.y.z = 1\n",
            "a" + ".a" * 50 + " = 1\n",
        ),
        *("[" * 60 + "]" * 60, "{a=" * 40 + "1" + "}" * 40, "[" * 2000, "\n[study]\n", "\n[[events]]\n", "[events]"),
        *('"every 1 min from day 0"', '"every 1 d x 999999999 from day 0"', '"+1 h after flood"', '"day 999999999"'),
        *(
            "-9223372036854775808",
            "9223372036854775807",
            "2026-13-01",
            "1979-05-27T07:32:00Z",
            "07:32:00",
            "9999-12-31",
        ),
        *('"not " * 500', '"' + "(" * 300 + '"', '"' + "not " * 200 + 'near"', '"near and " * 3', '"id % 0 == 0"'),
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A shipped scenario with a few damages: letters gone or put in, values swapped, keys misspelt, lines moved."""
    text = TEXTS[draw(st.sampled_from(NAMES))]
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["cut", "insert", "value", "key", "swap", "line", "byte"]))
        lines = text.split("\n")
        pairs = [k for k, line in enumerate(lines) if " = " in line and not line.startswith("#")]
        at = draw(st.integers(0, len(text)))
        if kind == "cut":
            text = text[:at] + text[at + draw(st.integers(1, 40)) :]
        elif kind == "insert":
            text = text[:at] + draw(st.one_of(SCRAPS, st.text(max_size=8))) + text[at:]
        elif kind == "byte":
            text = text[:at] + draw(st.characters()) + text[at + 1 :]
        elif kind == "line" and lines:
            moved = lines.pop(draw(st.integers(0, len(lines) - 1)))
            lines.insert(draw(st.integers(0, len(lines))), moved)
            text = "\n".join(lines)
        elif pairs:
            k = draw(st.sampled_from(pairs))
            key, value = lines[k].split(" = ", 1)
            if kind == "value":
                value = draw(st.one_of(SCRAPS, st.integers().map(str), st.floats().map(repr)))
            elif kind == "key":
                place = draw(st.integers(0, len(key)))
                key = key[:place] + draw(st.sampled_from(["", "x", "-", "."])) + key[place + 1 :]
            else:
                value = lines[draw(st.sampled_from(pairs))].split(" = ", 1)[1]
            lines[k] = f"{key} = {value}"
            text = "\n".join(lines)
    return text


def refused_or_planned(folder: Path, text: str) -> None:
    path = folder / "damaged.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    made = planned = None
    said = str(path)
    try:
        made = scenario.load(path)
        planned = plan(made)
    except InputError as fault:
        said = str(fault)
    assert said.startswith(str(path))
    if made is None:
        return
    assert planned is not None, "what is read can be planned"
    assert list(planned.events) == sorted(planned.events, key=lambda e: e.minute)
    assert scenario.loads(scenario.as_toml(made)) == made


QUIET = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    "deadline": 10_000,
    "derandomize": True,
}


@settings(max_examples=sizes.DAMAGED.times, **QUIET)  # type: ignore[arg-type]
@given(text=damaged())
def test_a_damaged_scenario_is_refused_or_planned(tmp_path: Path, text: str) -> None:
    refused_or_planned(tmp_path, text)


@pytest.mark.slow
@settings(max_examples=sizes.DAMAGED_FULL.times, **QUIET)  # type: ignore[arg-type]
@given(text=damaged())
def test_many_damaged_scenarios_are_refused_or_planned(tmp_path: Path, text: str) -> None:
    refused_or_planned(tmp_path, text)
