"""Where each key of a TOML text stands: the parsers give values without lines, and a reader wants the line.

The scan expects a text that `tomllib` has read, so it need not judge, only find its way.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cohort.errors import InputError

KeyPath = tuple[str | int, ...]  # names of tables and keys, positions in lists

MOST_BYTES = 300_000
MOST_DEPTH = 32
MOST_DOTS = 200  # in one line: `tomllib` takes time that grows with the square of the parts of a dotted key
_FURTHEST = 1 << 63  # a whole number of TOML has 64 bits

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")


def read_toml(path: Path, permitted: str) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """Content of a TOML file, and the line of every key. Raises InputError when it cannot be read as one.

    `permitted` says what the file should be, such as ``a timeline in TOML``.
    """
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: larger than {MOST_BYTES} bytes; permitted: {permitted}")
        raw = path.read_bytes()
    except OSError as fault:
        raise InputError(f"{path}: {fault.strerror}; give {permitted}") from None
    except ValueError:
        raise InputError(f"{str(path)!r} is no name of a file; give {permitted}") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: not a TOML file in UTF-8 ({fault})") from None
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    """Content of a TOML text, and the line of every key. Raises InputError, in which the text is called `source`."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise InputError(f"{source}: line {number}: more than {MOST_DOTS} dots; give shorter names and lines")
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # ValueError also for numbers that Python will not read
        raise InputError(f"{source}: not a TOML file in UTF-8 ({_first_line(fault)})") from None
    _refuse_excess(content, source)
    return content, key_lines(text)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Line, from 1, of every key and table header in a well-formed TOML text, by path."""
    return _Scan(text.replace("\r\n", "\n")).lines


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int:
    """Line of `path`, or of the closest table around it that stands in the text; 0 when there is none."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 0


def _first_line(fault: Exception) -> str:
    return "nested too deeply" if isinstance(fault, RecursionError) else str(fault).splitlines()[0]


def _refuse_excess(content: dict[str, Any], source: str) -> None:
    """Refuse what no study needs and what other code could stumble over: deep nesting, numbers beyond 64 bits."""
    left: list[tuple[int, str, Any]] = [(1, "", content)]
    while left:
        depth, top, value = left.pop()
        if depth > MOST_DEPTH:
            raise InputError(f"{source}: '{top}' is nested too deeply; permitted: {MOST_DEPTH} levels")
        if isinstance(value, int) and not -_FURTHEST <= value < _FURTHEST:
            raise InputError(f"{source}: '{top}' holds a whole number beyond 64 bits")
        if isinstance(value, dict):
            left += [(depth + 1, top or key, inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [(depth + 1, top, inner) for inner in value]


class _Scan:
    """One pass over a text; `lines` is what it found."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}  # tables so far in each list of tables
        self.counted, self.line = 0, 1
        self.document()

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def blank(self) -> None:
        if found := _BLANK.match(self.text, self.at):
            self.at = found.end()

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            self.at += 1
            return ""
        self.at = found.end()
        return found.group()

    def key(self) -> tuple[str, ...]:
        """A dotted key, from the first of its parts to the sign after it."""
        parts = []
        while True:
            self.blank()
            if self.text[self.at : self.at + 1] in ('"', "'"):
                parts.append(str(tomllib.loads(f"k = {self.take(_STRING)}")["k"]))
            else:
                parts.append(self.take(_BARE))
            self.blank()
            if self.text[self.at : self.at + 1] != ".":
                return tuple(parts)
            self.at += 1

    def document(self) -> None:
        table: KeyPath = ()
        while True:
            self.blank()
            if self.at >= len(self.text):
                return
            line = self.here()
            if self.text.startswith("[[", self.at):
                self.at += 2
                *outer, last = self.key()
                path = (*self.inside(tuple(outer), line), last)
                self.lines.setdefault(path, line)
                self.counts[path] = self.counts.get(path, 0) + 1
                table = (*path, self.counts[path] - 1)
                self.lines[table] = line
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                *outer, last = self.key()
                table = (*self.inside(tuple(outer), line), last)
                self.lines[table] = line
                self.at += 1
            else:
                self.pair(table)

    def inside(self, names: tuple[str, ...], line: int) -> KeyPath:
        """Path of the outer tables in a header: of a list of tables, the last so far."""
        path: KeyPath = ()
        for name in names:
            path = (*path, name)
            self.lines.setdefault(path, line)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        return path

    def pair(self, table: KeyPath) -> None:
        line = self.here()
        names = self.key()
        path = table
        for name in names:
            path = (*path, name)
            self.lines.setdefault(path, line)
        self.at += 1  # the sign of equality
        self.value(path)

    def value(self, path: KeyPath) -> None:
        self.blank()
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self.list(path)
        elif first == "{":
            self.at += 1
            while True:
                self.blank()
                if self.text[self.at : self.at + 1] in ("}", ""):
                    break
                if self.text[self.at] == ",":
                    self.at += 1
                else:
                    self.pair(path)
            self.at += 1
        elif first in ('"', "'"):
            self.take(_STRING)
        else:
            self.take(_SCALAR)

    def list(self, path: KeyPath) -> None:
        self.at += 1
        place = 0
        while True:
            self.blank()
            if self.text[self.at : self.at + 1] in ("]", ""):
                break
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.lines[(*path, place)] = self.here()
            self.value((*path, place))
            place += 1
        self.at += 1
