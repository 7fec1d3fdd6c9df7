"""Markdown from what the code holds: tables, and docstrings with their blocks of equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from inspect import cleandoc


def cell(content: object) -> str:
    """Content of a table's cell on one line, with what would end the cell or begin a tag made harmless."""
    said = " ".join(str(content).split()).replace("|", "\\|")
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "&lt;", said)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; an empty string where there are no rows."""
    lines = ["| " + " | ".join(cell(c) for c in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings), *lines])


def code(name: object) -> str:
    """A name as code."""
    return f"`{name}`"


def number(value: float) -> str:
    """A number as short as it can be written without loss that matters."""
    return str(int(value)) if float(value).is_integer() else f"{value:.12g}"


def blocks(docstring: str) -> list[tuple[bool, str]]:
    """Parts of a docstring in order: whether it is a block of equations, and its text without the indentation."""
    out: list[tuple[bool, list[str]]] = []
    inside = False
    for line in cleandoc(docstring).splitlines():
        if line.startswith("    ") and out and (inside or _announced(out[-1][1])):
            if not inside:
                out.append((True, []))
            inside = True
            out[-1][1].append(line[4:])
        elif not line and inside:
            out[-1][1].append("")
        else:
            if inside or not out:
                out.append((False, []))
            inside = False
            out[-1][1].append(line)
    return [(is_code, "\n".join(lines).strip("\n")) for is_code, lines in out]


def _announced(lines: Sequence[str]) -> bool:
    """Whether the last line that says something ends as those do after which a block stands."""
    last = next((line for line in reversed(lines) if line), "")
    return last.endswith("::")


def text(docstring: str) -> str:
    """A docstring as Markdown: what is announced by ``::`` becomes a block of code."""
    parts = []
    for is_code, part in blocks(docstring):
        parts.append(f"```text\n{part}\n```" if is_code else re.sub(r"::$", ":", part).replace("``", "`"))
    return "\n\n".join(parts)


def headed(docstring: str) -> tuple[str, str]:
    """Heading and text of a module: of ``Heading: rest.`` or ``Heading.`` the heading, and all that follows it."""
    first, _, rest = cleandoc(docstring).partition("\n")
    heading, colon, summary = first.partition(": ")
    if not colon:
        return first.rstrip("."), text(rest)
    summary = summary[0].upper() + summary[1:]
    return heading, text(f"{summary}\n{rest}")
