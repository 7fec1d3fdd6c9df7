"""Equations as the docstrings of the submodels write them: their symbols, and their values.

A line is ``name = expression  # remark``, with ``+=``, ``*=``, ``~`` or ``d./dt =``. A name that stands right before a
parenthesis is a function; with a space between, it is a factor, as are two names side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cohort.odd import submodels
from cohort.odd.markdown import blocks

NAME = re.compile(r"[A-Za-z]\w*")
WORDS = frozenset(
    (
        "exp",
        "ln",
        "sqrt",
        "cos",
        "abs",
        "min",
        "max",
        "mean",
        "sum",
        "pi",
        "or",
        "N",
        "Beta",
        "Binomial",
        "Bernoulli",
        "G",
    )
)
_LINE = re.compile(r"^(?P<left>.+?) (?P<sign>=|\+=|\*=|~) (?P<right>.+)$")
_RATE = re.compile(r"\bd(\w+)/dt\b")
_TOKEN = re.compile(r"\s*(?P<token>\d+\.?\d*|[A-Za-z]\w*|[<>]=|\S)")
FUNCTIONS: dict[str, Any] = {
    "exp": np.exp, "ln": np.log, "sqrt": np.sqrt, "cos": np.cos, "abs": abs, "min": min, "max": max, "mean": np.mean,
    "sum": np.sum, "pi": np.pi,
}  # fmt: skip


@dataclass(frozen=True)
class Equation:
    """One line: what it defines or changes, how, and by what."""

    left: str
    sign: str
    right: str


def equations(module: str) -> list[Equation]:
    """The equations of a submodel, in order."""
    out = []
    for is_code, block in blocks(submodels.docstring(module)):
        for line in block.splitlines() if is_code else ():
            said = line.partition("#")[0].strip()
            if said:
                found = _LINE.match(said)
                assert found, f"{module}: {said!r} is no equation"
                out.append(Equation(_RATE.sub(r"d\1/dt", found["left"]), found["sign"], found["right"]))
    return out


def defined(lines: Iterable[Equation]) -> set[str]:
    """Names that stand on the left of an equation: those of functions and of their arguments too."""
    return {name for line in lines for name in NAME.findall(_RATE.sub(r"\1", line.left))}


def used(lines: Iterable[Equation]) -> set[str]:
    """Names on the right of the equations."""
    return {name for line in lines for name in NAME.findall(line.right)}


def explained(module: str) -> set[str]:
    """Names that a submodel's text holds as code."""
    said = "\n".join(block for is_code, block in blocks(submodels.docstring(module)) if not is_code)
    return {name for quoted in re.findall(r"`+([^`]+)`+", said) for name in NAME.findall(quoted)}


def python(expression: str) -> str:
    """An expression as Python."""
    out: list[str] = []
    before, end = "", 0
    for found in _TOKEN.finditer(expression):
        token, start = found["token"], found.start("token")
        factor = re.fullmatch(r"[\w.)]+", before) and re.match(r"[\w(]", token) and "or" not in (before, token)
        call = token == "(" and start == end and NAME.fullmatch(before)
        if factor and not call:
            out.append("*")
        out.append("**" if token == "^" else token)
        before, end = token, found.end()
    return " ".join(out)


class Values(dict[str, Any]):
    """Values of names: given ones, then what the equations of one module make of them, by number where several do."""

    def __init__(self, module: str, given: Mapping[str, Any], **chosen: int) -> None:
        super().__init__({**FUNCTIONS, **given})
        self.lines, self.chosen, self.module = equations(module), chosen, module

    def __missing__(self, name: str) -> Any:
        found = [line for line in self.lines if line.left == name and line.sign == "="]
        assert found, f"{self.module}: nothing defines {name}"
        return self.of(found[self.chosen.get(name, 0)].right)

    def of(self, expression: str) -> Any:
        """Value of an expression."""
        return eval(python(expression), {"__builtins__": {}}, self)

    def after(self, name: str, number: int = 0) -> Any:
        """Value of `name` after the change that its `number`-th ``+=`` or ``*=`` makes."""
        line = [line for line in self.lines if line.left == name and line.sign in ("+=", "*=")][number]
        step = self.of(line.right)
        return self[name] + step if line.sign == "+=" else self[name] * step
