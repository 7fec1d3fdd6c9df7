"""Who is meant: small expressions over the columns of the persons table, such as ``ace >= 4 and sex == "female"``.

Permitted are names of columns (in backquotes when they are no plain word, such as 5-HTTLPR), numbers, text in quotes,
``true`` and ``false``, ``+ - * / %`` (the remainder: ``id % 2 == 0`` is every other person), comparisons (also
``18 <= age < 30``), ``in [..]``, ``not``, ``and``, ``or`` and parentheses. Nothing is ever handed to Python's own
`eval`. A comparison with a missing number is false, but for ``!=``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from cohort.errors import InputError, did_you_mean

Kind = Literal["number", "text", "truth"]

MOST_LETTERS: Final = 1000
MOST_DEPTH: Final = 50

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)(?![A-Za-z_0-9])
    |(?P<text>"[^"]*"|'[^']*')|`(?P<quoted>[^`]+)`|(?P<word>[A-Za-z_][A-Za-z_0-9]*)
    |(?P<sign>==|!=|<=|>=|[-+*/%<>()\[\],]))""",
    re.VERBOSE,
)
_COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}
_INSTEAD: Final = {"=": "==", "&": "and", "|": "or", "!": "not"}
_WORDS: Final = ("and", "or", "not", "in", "true", "false")


@dataclass(frozen=True)
class _Node:
    """A part of an expression: an operation on `parts`, or a value (`sign` is "name", "value" or an operation)."""

    sign: str
    at: int
    parts: tuple[_Node, ...] = ()
    value: Any = None


@dataclass(frozen=True)
class Expression:
    """A parsed expression. `names` are the columns that it reads, in the order of the text."""

    text: str
    names: tuple[str, ...]
    root: _Node

    def faults(self, columns: Mapping[str, Kind]) -> list[str]:
        """What is wrong with it over these columns: unknown names, and kinds that do not go together."""
        found: list[str] = []
        kind = _kind_of(self.root, columns, found)
        if not found and kind not in ("truth", None):
            found.append(f"is a {kind}, neither true nor false; permitted: a condition such as 'age >= 40'")
        return [f"'{self.text}' {fault}" for fault in found]

    def evaluate(self, columns: Any, n: int) -> NDArray[np.bool_]:
        """Truth for each of `n` persons, shape (n,); `columns` is a frame or maps names to arrays of that shape.

        Raises KeyError (a programming fault, see `faults`) for a column that is not there.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            out = np.asarray(_value_of(self.root, columns, n))
        return np.array(np.broadcast_to(out, (n,)), dtype=bool)


def parse(text: str) -> Expression:
    """Parse an expression. Raises InputError, with the position, for what is not permitted."""
    parser = _Parser(text)
    root = parser.whole()
    return Expression(text, tuple(dict.fromkeys(parser.names)), root)


class _Parser:
    """Recursive descent, one method a level of precedence, with a bound on depth."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_LETTERS:
            raise InputError(f"an expression of {len(text)} letters; permitted: {MOST_LETTERS}")
        self.text = text
        self.names: list[str] = []
        self.tokens: list[tuple[str, Any, int]] = []  # kind, value, position from 1
        self.place, self.depth = 0, 0
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                at += len(text[at:]) - len(text[at:].lstrip())
                hint = _INSTEAD.get(text[at])
                self.refuse(f"{text[at]!r} is not permitted" + (f"; write {hint}" if hint else ""), at + 1)
            kind = str(found.lastgroup)
            value = found.group(kind)
            if kind == "word" and value in _WORDS:
                kind = "sign"
            self.tokens.append((kind, value, found.start(found.lastgroup or 0) + 1))
            at = found.end()
        self.tokens.append(("end", "", len(text) + 1))

    def refuse(self, complaint: str, at: int) -> NoReturn:
        raise InputError(f"'{self.text}': {complaint}, at position {at}")

    def accept(self, *signs: str) -> str:
        kind, value, _ = self.tokens[self.place]
        if kind == "sign" and value in signs:
            self.place += 1
            return str(value)
        return ""

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            self.unexpected(f"'{sign}' is expected")

    def unexpected(self, wanted: str) -> NoReturn:
        kind, value, at = self.tokens[self.place]
        if kind == "end":
            self.refuse(f"ends where {wanted}", at)
        self.refuse(f"'{value}' where {wanted}", at)

    @property
    def at(self) -> int:
        return self.tokens[self.place][2]

    def whole(self) -> _Node:
        if len(self.tokens) == 1:
            self.refuse("is empty; permitted: a condition such as 'age >= 40'", 1)
        root = self.either()
        if self.tokens[self.place][0] != "end":
            self.unexpected("an operator or the end is expected")
        return root

    def either(self) -> _Node:
        return self.joined("or", self.both)

    def both(self) -> _Node:
        return self.joined("and", self.negated)

    def joined(self, sign: str, part: Callable[[], _Node]) -> _Node:
        self.depth += 1
        if self.depth > 2 * MOST_DEPTH:
            self.refuse(f"is nested too deeply; permitted: {MOST_DEPTH} levels", self.at)
        at, parts = self.at, [part()]
        while self.accept(sign):
            parts.append(part())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else _Node(sign, at, tuple(parts))

    def negated(self) -> _Node:
        at, times = self.at, 0
        while self.accept("not"):
            times += 1
        inner = self.comparison()
        return _Node("not", at, (inner,)) if times % 2 else inner

    def comparison(self) -> _Node:
        first = self.sum()
        links: list[_Node] = []
        left = first
        while True:
            at = self.at
            if sign := self.accept(*_COMPARISONS):
                right = self.sum()
                links.append(_Node(sign, at, (left, right)))
                left = right
                continue
            negative = self.accept("not")
            if self.accept("in"):
                if links:
                    self.refuse("'in' after a comparison; give parentheses", at)
                member = _Node("in", at, (left, *self.members()))
                return _Node("not", at, (member,)) if negative else member
            if negative:
                self.unexpected("'in' is expected after 'not'")
            break
        if not links:
            return first
        return links[0] if len(links) == 1 else _Node("and", links[0].at, tuple(links))

    def members(self) -> list[_Node]:
        self.expect("[")
        out = [self.sum()]
        while self.accept(","):
            out.append(self.sum())
        self.expect("]")
        return out

    def sum(self) -> _Node:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/", "%"), self.signed))

    def chain(self, signs: tuple[str, ...], part: Callable[[], _Node]) -> _Node:
        out, length = part(), 0
        while True:
            at = self.at
            sign = self.accept(*signs)
            if not sign:
                return out
            length += 1
            if length > MOST_DEPTH:
                self.refuse(f"has too many operations in a row; permitted: {MOST_DEPTH}", at)
            out = _Node(sign, at, (out, part()))

    def signed(self) -> _Node:
        at, negative = self.at, False
        while sign := self.accept("-", "+"):
            negative ^= sign == "-"
        inner = self.primary()
        return _Node("-", at, (_Node("value", at, value=0.0), inner)) if negative else inner

    def primary(self) -> _Node:
        kind, value, at = self.tokens[self.place]
        if self.accept("("):
            inner = self.either()
            self.expect(")")
            return inner
        if self.accept("true", "false"):
            return _Node("value", at, value=value == "true")
        if kind in ("end", "sign"):
            self.unexpected("a name, a number or text is expected")
        self.place += 1
        if kind == "number":
            return _Node("value", at, value=float(value))
        if kind == "text":
            return _Node("value", at, value=value[1:-1])
        self.names.append(value)
        return _Node("name", at, value=value)


def _kind_of(node: _Node, columns: Mapping[str, Kind], faults: list[str]) -> Kind | None:
    """Kind of a part's value, None when it cannot be told; adds what is wrong in it."""
    if node.sign == "value":
        return "truth" if isinstance(node.value, bool) else "text" if isinstance(node.value, str) else "number"
    if node.sign == "name":
        if node.value in columns:
            return columns[node.value]
        close = did_you_mean(node.value, columns)
        faults.append(f"has an unknown name '{node.value}' at position {node.at}{close}")
        return None
    kinds = [_kind_of(part, columns, faults) for part in node.parts]
    known = [kind for kind in kinds if kind is not None]
    if node.sign in _ARITHMETIC or node.sign in ("<", "<=", ">", ">="):
        wanted: Kind | None = "number"
    elif node.sign in ("and", "or", "not"):
        wanted = "truth"
    else:
        wanted = known[0] if known else None
    wrong = next((kind for kind in known if kind != wanted), None)
    if wrong is not None:
        faults.append(f"has a {wrong} where '{node.sign}' takes a {wanted}, at position {node.at}")
    return "number" if node.sign in _ARITHMETIC else "truth"


def _value_of(node: _Node, columns: Any, n: int) -> Any:
    if node.sign == "value":
        return node.value
    if node.sign == "name":
        return np.asarray(columns[node.value])
    values = [_value_of(part, columns, n) for part in node.parts]
    if node.sign in _ARITHMETIC:
        return _ARITHMETIC[node.sign](*(np.asarray(v, dtype=np.float64) for v in values))
    if node.sign in _COMPARISONS:
        return np.broadcast_to(_COMPARISONS[node.sign](*(np.asarray(_same(v)) for v in values)), (n,))
    if node.sign == "in":
        first = np.asarray(_same(values[0]))
        return np.logical_or.reduce([np.broadcast_to(first == np.asarray(_same(v)), (n,)) for v in values[1:]])
    truths = [np.broadcast_to(np.asarray(v, dtype=bool), (n,)) for v in values]
    if node.sign == "not":
        return ~truths[0]
    return np.logical_or.reduce(truths) if node.sign == "or" else np.logical_and.reduce(truths)


def _same(value: Any) -> Any:
    """Text as objects, so that columns of any text type compare with it."""
    return np.asarray(value, dtype=object) if np.asarray(value).dtype.kind in "UST" else value
