"""`cohort odd`: the description is whole, in the order of the protocol, and holds every parameter once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cohort import codebook, instruments, interventions, odd, parameters, streams
from cohort.catalogue import with_values
from cohort.cli import main
from cohort.development import childhoods
from cohort.drugs import load_drugs
from cohort.errors import InputError
from cohort.genome import load_variants
from cohort.language import EVENTS
from cohort.odd import submodels
from cohort.odd.markdown import blocks, cell, headed, number, text
from cohort.order import ORDER
from cohort.parameters import param, table
from cohort.state import ENSEMBLE_STATE, MEMORY, PERSON, SCENE, TRAIT_FIELDS
from cohort.targets import targets

SECTIONS = ("Purpose and patterns", "Entities, state variables and scales", "Process overview and scheduling",
            "Design concepts", "Initialization", "Input data", "Submodels")  # fmt: skip
CONCEPTS = ("Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing",
            "Interaction", "Stochasticity", "Collectives", "Observation")  # fmt: skip


@cache
def written() -> str:
    return odd.document()


def rows(document: str) -> list[list[str]]:
    """Cells of every row of every table."""
    lines = (line for line in document.splitlines() if line.startswith("| "))
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def section(name: str) -> str:
    place = SECTIONS.index(name) + 1
    found = re.search(rf"^## {place}\. {re.escape(name)}$(.*?)(?=^## |\Z)", written(), re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def test_sections_stand_in_the_order_of_the_protocol() -> None:
    assert re.findall(r"^## (.*)$", written(), re.MULTILINE) == [f"{k}. {name}" for k, name in enumerate(SECTIONS, 1)]
    assert re.findall(r"^### (.*)$", section("Design concepts"), re.MULTILINE) == list(CONCEPTS)
    places = re.findall(r"^### 7\.(\d+) ", section("Submodels"), re.MULTILINE)
    assert places == [str(k) for k in range(1, len(submodels.modules()) + 3)]  # notation before, interventions after
    assert all(part.strip() for part in re.split(r"^#+ .*$", section("Design concepts"), flags=re.MULTILINE)[1:])


def test_every_parameter_has_one_row_with_its_evidence() -> None:
    count = Counter(row[0] for row in rows(written()))
    assert {name: count[f"`{name}`"] for name in table() if count[f"`{name}`"] != 1} == {}
    evidence = {row[0]: row for row in rows(written()) if len(row) == 7}
    for p in table().values():
        value = [number(p.value), p.unit, f"{number(p.low)} to {number(p.high)}", p.grade, p.meaning, p.source]
        assert evidence[f"`{p.name}`"] == [f"`{p.name}`", *map(cell, value)]


def test_every_state_variable_is_named() -> None:
    listed = {row[0].strip("`") for row in rows(section("Entities, state variables and scales"))}
    fields = {*(PERSON.names or ()), *(MEMORY.names or ()), *(TRAIT_FIELDS.names or ())}
    assert listed >= fields | {f.name for f in ENSEMBLE_STATE}
    assert listed >= set(SCENE.names or ()) - {"reappraisal"}  # which is of an action, not of a scene
    persons = {c.name for c in codebook.tables()["persons"].columns}
    assert persons - set(codebook.TRAIT_COLUMNS) <= listed


def test_every_kind_is_named() -> None:
    said = set(re.findall(r"`([^`\n]+)`", written()))
    assert said >= {*EVENTS, *interventions.KINDS, *instruments.KINDS, *load_drugs(), *(name for name, _, _ in ORDER)}
    cells = {c for row in rows(written()) for c in row}
    assert {t.id for t in targets()} <= cells
    assert cells >= {*load_variants().names, *childhoods().kinds, *(d.lower() for d in streams.DECISIONS)}
    for layout in codebook.tables(arms=("a",), interventions=("b",), instruments=("c",)).values():
        assert f"**`{layout.name}`**" in section("Design concepts")
        if layout.name != "persons":
            assert {f"`{c.name}`" for c in layout.columns} <= cells


def test_every_decision_of_chance_says_what_it_decides() -> None:
    assert set(streams.DECIDED) == set(streams.DECISIONS.values())


def test_a_parameter_without_a_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stray = param("stray", 1.0, "1", 0.0, 2.0, "chosen", "assumed", "nothing")
    monkeypatch.setitem(parameters._registry, "stray", stray)
    with pytest.raises(ValueError, match=r"\['stray'\] are of no submodel"):
        odd.document()


def test_a_piece_that_the_template_does_not_ask_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odd, "template", lambda: "{{version}} {{nothing}}")
    with pytest.raises(ValueError, match="nothing"):
        odd.document()


def test_blocks_of_equations_come_through() -> None:
    said = "Head: the rest::\n\n    a = b\n\n    c = d\n\nMore ``x``.\n"
    assert blocks(said) == [(False, "Head: the rest::"), (True, "a = b\n\nc = d"), (False, "More ``x``.")]
    assert text(said) == "Head: the rest:\n\n```text\na = b\n\nc = d\n```\n\nMore `x`."
    assert headed("Fear test: the answer.\n\nMore.") == ("Fear test", "The answer.\n\nMore.")
    assert cell("a | b\n <c> `x < 1`") == "a \\| b &lt;c> `x < 1`"


def test_no_piece_is_left_and_fences_close() -> None:
    assert "{{" not in written()
    assert "None" not in {c for row in rows(written()) for c in row}
    assert written().count("```") % 2 == 0
    widths = {len(row) for row in rows(written())}
    assert widths <= set(range(2, 13))


# --- the command


def test_it_goes_to_standard_output_and_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["odd"]) == 0
    assert capsys.readouterr().out == written()
    out = tmp_path / "odd.md"
    out.write_text("old")
    assert main(["odd", "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert out.read_text("utf-8") == written()
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "odd.md"
    out.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert main(["odd", "--out", str(out)]) == 1
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "nowhere/odd.md"], "there is no folder nowhere"),
        (["--out", "."], "cannot be written"),
        (["--scenario", "flod"], "did you mean 'flood'"),
        (["--set", "study.days=3"], "give --scenario too"),
        (["--scenario", "flood", "--set", "study.dais=3"], "dais"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["odd", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_a_scenario_adds_how_it_starts_and_what_it_brings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["odd", "--scenario", "tetris", "--set", "parameters.k_d1=4"]) == 0
    said = capsys.readouterr().out
    assert said.count("### In the scenario `tetris`") == 2
    assert said.index("## 5. ") < said.index("### In the scenario") < said.index("## 6. ")
    moved = next(row for row in rows(said) if row[0] == "`k_d1`" and len(row) == 7)
    assert moved[1] == "4"
    assert moved[4] == "assumed"
    assert "declared 5 (assumed)" in moved[6]
    for words in (
        "Randomized",
        "(reference)",
        "`intrusion-diary`",
        "| film | context: ",
        "Parameters set by it: `k_d1` = 4.",
    ):
        assert words in said
    assert {name for name in table() if said.count(f"| `{name}` |") != 1} == set()


def test_every_shipped_scenario_can_be_described() -> None:
    from cohort.plan import plan
    from cohort.scenario import load, shipped

    for name, _ in shipped():
        assert odd.document(plan(load(name, []))).count(f"### In the scenario `{name}`") == 2


def test_nothing_is_compiled() -> None:
    code = (
        "import sys\n"
        "from cohort.cli import main\n"
        "assert main(['odd']) == 0\n"
        "from cohort.compiled import _Entry\n"
        "found = [v for n, m in list(sys.modules.items()) if n.startswith('cohort') for v in vars(m).values()\n"
        "         if isinstance(v, _Entry)]\n"
        "assert len(found) > 100, len(found)\n"
        "assert not [f for f in found if f.signatures or f.callee.signatures]\n"
    )
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)


def test_without_docstrings_it_says_so() -> None:
    code = "import sys; from cohort.cli import main; sys.exit(main(['odd']))"
    done = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cohort: odd: it is made of docstrings, which python -OO leaves out; run it without -OO\n"


def test_parameters_are_told_by_submodel() -> None:
    told: dict[str, Any] = submodels.by_module(with_values({}))
    assert {p.name for p in told["cohort.engram.slow"]} == {p.name for p in table().values() if p.group == "slow"}
    assert sum(map(len, told.values())) == len(table())


def test_a_place_that_cannot_be_written_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        odd.write("no-such-scenario", [], tmp_path / "none" / "odd.md")
