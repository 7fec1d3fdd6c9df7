"""What a user sees of a sweep: a bar with the time that is left, what was written, and what can be understood of it."""

from __future__ import annotations

import json
import sys
import time
from math import isnan
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from cohort.design.specification import load
from cohort.design.table import EXPERIMENTS, sweep
from cohort.design.understood import Understood, understand
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.progress import counted
from cohort.provenance import NOTICE

_NARROWEST = 120
_SHOWN = 8  # rows of a table on the screen


def run(name: str, out: Path | None, executor: Executor, resume: bool, shard: str, as_json: bool) -> None:
    """Sweep a design, and say what was written."""
    spec = load(name)
    place = out or Path(f"{Path(name).stem}-sweep")
    began = time.monotonic()
    with counted(Console(stderr=True), "points", quiet=as_json) as watch:
        found = sweep(spec, place, executor, resume=resume, shard=_shard(shard), watch=watch)
    seconds = round(time.monotonic() - began, 3)
    if as_json:
        told = {
            "design": name, "scenario": spec.scenario, "points": found.points, "rows": found.rows,
            "failures": found.failures, "whole": found.whole, "seconds": seconds, "out": str(found.out),
            "table": str(found.out / EXPERIMENTS),
        }  # fmt: skip
        print(json.dumps(told, indent=2))
        return
    screen = Console()
    failed = f", {found.failures:,} of them failures" if found.failures else ""
    screen.print(f"{spec.title or name}: {found.points:,} points in {seconds:,.0f} s; {found.rows:,} rows{failed}")
    more = f"understand it: cohort understand {place}" if found.whole else "the table is not whole; --resume goes on"
    screen.print(f"Table: {found.out / EXPERIMENTS}\n{more}\n[dim]{NOTICE}[/dim]", highlight=False, soft_wrap=True)


def explain(source: Path, outcome: str | None, out: Path | None, as_json: bool) -> None:
    """Say what a sweep shows, and write it down."""
    found = understand(source, outcome)
    place = out or source / "understood"
    files = found.write(place)
    if as_json:
        json.dump({**told_of(found), "files": [str(path) for path in files]}, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=max(_NARROWEST, screen.width))
    screen.print(found.sentence + "\n", highlight=False)
    for title, frame in found.frames.items():
        if len(frame):
            screen.print(_table(title, frame.head(_SHOWN)))
    if found.tree:
        screen.print(f"Tree\n{found.tree}", highlight=False, markup=False)
    screen.print(f"Tables and figures: {place}\n[dim]{NOTICE}[/dim]", highlight=False, soft_wrap=True)


def told_of(found: Understood) -> dict[str, Any]:
    """What was understood as JSON types; None where a number is not defined."""
    frames = {
        name: json.loads(frame.to_json(orient="records", double_precision=10)) for name, frame in found.frames.items()
    }
    return {"outcome": found.outcome, "points": found.points, "failures": found.failures, "sentence": found.sentence,
            **frames, "tree": found.tree}  # fmt: skip


def _table(title: str, frame: pd.DataFrame) -> Table:
    out = Table(title=title, title_justify="left")
    for name in frame.columns:
        out.add_column(str(name), justify="left" if frame[name].dtype == object else "right")
    for row in frame.itertuples(index=False):
        out.add_row(*(_told(cell) for cell in row))
    return out


def _told(cell: object) -> str:
    if not isinstance(cell, float):
        return str(cell)
    return "-" if isnan(cell) else f"{cell:.3g}"  # such as a standard error of one point


def _shard(text: str) -> tuple[int, int]:
    first, slash, of = text.partition("/")
    if slash and first.isdecimal() and of.isdecimal() and 1 <= int(first) <= int(of) <= 100_000:
        return int(first), int(of)
    raise InputError(f"--shard {text}; permitted: i/N with i from 1 to N, such as 2/8")
