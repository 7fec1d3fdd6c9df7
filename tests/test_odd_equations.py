"""The equations in the docstrings: every symbol is known, every parameter in one; they give what the code gives."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from odd_equations import NAME, WORDS, Equation, Values, defined, equations, explained, python, used
from people_seen import draws, made, seen

from cohort import instruments
from cohort.drugs import KINETIC, TARGETS, load_drugs, parameter_name
from cohort.engram import kernel
from cohort.instruments import error
from cohort.odd import entities, submodels, template
from cohort.parameters import Parameters, table
from cohort.state import MEMORY, PERSON, SCENE, TRAIT_COLUMNS, TRAIT_FIELDS

HERE = Path(__file__).parent


@cache
def notation() -> set[str]:
    """Symbols that the description itself explains."""
    listed = template().partition("### 7.1 Notation")[2]
    return {
        name
        for row in listed.splitlines()
        if row.startswith("| `")
        for quoted in re.findall(r"`([^`]+)`", row)
        for name in NAME.findall(quoted)
    }


def known(module: str) -> set[str]:
    """Names that an equation of a submodel may use."""
    keys = {name for kind in instruments.KINDS.values() for name in kind.model_fields}
    fields = (names or () for names in (PERSON.names, MEMORY.names, TRAIT_FIELDS.names, SCENE.names))
    others = set().union(*(defined(equations(other)) for other in submodels.modules()))
    registry = {*table(), *TRAIT_COLUMNS, *TARGETS, *KINETIC, *(name for names in fields for name in names)}
    return registry | keys | others | WORDS | notation() | explained(module)


def unnamed(parameters: Iterable[str]) -> list[str]:
    """Parameters that no submodel's equations or text name; figures on drugs stand for each other."""
    said = set().union(*(used(equations(m)) | explained(m) for m in submodels.modules()))
    figures = {parameter_name(drug.name, f): f for drug in load_drugs().values() for f in drug.figures}
    at_target = {"ki": "Ki", "efficacy": "efficacy"}
    named = (figures.get(p, p) for p in parameters)
    return [p for p in named if at_target.get(p.rpartition("_")[2] if p not in KINETIC else "", p) not in said]


@pytest.mark.parametrize("module", submodels.modules())
def test_every_symbol_of_an_equation_exists(module: str) -> None:
    lines = equations(module)
    assert lines or module == "cohort.network"
    assert used(lines) <= known(module), used(lines) - known(module)
    for line in lines:
        compile(python(line.right), module, "eval")


def test_a_misspelt_parameter_is_no_symbol() -> None:
    assert used([Equation("h", "+=", "gain_elemnt (1 - h)")]) - known("cohort.engram.encoding") == {"gain_elemnt"}


def test_every_parameter_is_in_an_equation() -> None:
    assert unnamed(table()) == []
    assert unnamed(["recall_gain", "never_declared"]) == ["never_declared"]


def test_what_an_equation_defines_is_no_parameter() -> None:
    for module in submodels.modules():
        made_here = {line.left for line in equations(module) if line.sign == "="}
        assert made_here.isdisjoint(table()), (module, made_here & set(table()))


def test_equations_give_what_the_code_gives() -> None:
    """Functions are called one by one, uncompiled, in an interpreter of its own."""
    path = os.pathsep.join((str(HERE), *filter(None, (os.environ.get("PYTHONPATH"),))))
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path}
    child = [sys.executable, str(HERE / "odd_values.py")]
    done = subprocess.run(child, capture_output=True, text=True, check=True, env=environment)
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith("same\t")] == []
    assert len(lines) > 300


def test_expressions_are_read_as_they_are_written() -> None:
    v = Values("cohort.engram.slow", {"share": 0.5, "support": 2.0})
    assert v.of("1 - min(2 share support / (1 + support), 0.95)") == pytest.approx(1.0 / 3.0)
    assert v.of("1 - min(share support / (1 + support)^2, 0.95)") == pytest.approx(1.0 - 1.0 / 9.0)


def test_instruments_read_what_their_equations_say() -> None:
    c = Parameters()
    people = seen(3, approach=0.4, beta=0.3, cortisol=1.4, familiarity=0.3, familiarity_foil=0.1, strength_context=0.5,
                  strength_sensory=0.4, strength_narrative=0.3, strength_affective=0.2, load=0.4, avoidance=0.3,
                  tone=1.5, sleep=5.0)  # fmt: skip
    severity = dict(zip(("intrusive", "avoiding", "mood", "aroused"), np.ravel(clusters_of(people)), strict=True))
    beside = {"agonism": 0.0, "level": 1.4, "theta_beta": 0.3, "a_N": 0.4, "strength": 0.35, "own": heart_of_first()}

    def old(picture: float) -> float:
        given = {**c, "y": picture, "target": 0.3, "foil": 0.1}
        return float(Values("cohort.instruments.recognition", given)["old"])

    for kind, module, name in (
        ("approach-choice", "approach", "state"), ("savings", "savings", "state"),
        ("cortisol", "physiology", "cortisol"),
        ("heart-rate", "physiology", "rate"), ("pcl-5", "scales", "pcl5"), ("ies-r", "scales", "iesr"),
        ("clinician", "clinician", "caps5"), ("recognition", "recognition", "state"),
    ):  # fmt: skip
        given = {**c, **severity, **beside, "target": 0.3, "foil": 0.1, "old": old}
        told = Values(f"cohort.instruments.{module}", given)[name]
        instrument = made(kind)
        scale = 100.0 if kind == "approach-choice" else 1.0
        assert instrument.read(people, draws(3)).state[0] == pytest.approx(scale * told), kind


def heart_of_first() -> float:
    """What beta receptors do not drive of the first person's heart rate, less that of the median person."""
    still = made("heart-rate").read(seen(1, Parameters({"heart_own": 0.0})), draws(1))
    return float((made("heart-rate").read(seen(1), draws(1)).state - still.state)[0])


def clusters_of(people: instruments.Seen) -> np.ndarray:
    from cohort.instruments.symptoms import clusters

    return np.stack([cluster[:1] for cluster in clusters(people)])


def test_error_of_measurement_is_as_written() -> None:
    told = Values("cohort.instruments.error", {"retest": 0.8, "sd": 0.2})["n"]
    assert error.precision(0.8, 0.2) == pytest.approx(told)
    c = Parameters()
    retest, sd = (Values("cohort.instruments.clinician", {**c})[name] for name in ("retest", "sd"))
    assert retest == pytest.approx(c["caps5_retest"] / c["caps5_interrater"])
    assert sd == pytest.approx(np.sqrt(c["caps5_interrater"]) * c["caps5_spread"] / 80.0)


def test_steps_of_a_day_are_those_of_the_code() -> None:
    """Read from the kernel's source: each step is called where the description says, in that order."""
    tree = ast.parse(Path(kernel.__file__).read_text("utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert list(entities.steps()) == ["advance", "experience", "night", "encounter", "reminded", "meet", "recalled"]
    for process, steps in entities.steps().items():
        calls = [n for n in ast.walk(functions[process]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
        called = [n.func.id for n in sorted(calls, key=lambda n: n.lineno) if isinstance(n.func, ast.Name)]
        assert [name for name in called if name in steps] == steps
