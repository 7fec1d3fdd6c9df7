"""What a reader sees of a validation in a terminal: progress with time left, the scorecard, the tally."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cohort import validation_report
from cohort.biography import patiently
from cohort.executor import Executor
from cohort.provenance import NOTICE
from cohort.records import refuse_existing
from cohort.scorecard import Row, validate
from cohort.validation_report import HEADS, cells, summary

_NARROWEST = 150
_COLOURS = {"pass": "green", "miss": "red", "undecided": "yellow"}


def show(
    findings: Sequence[str],
    settings: Sequence[str],
    quick: bool,
    seed: int | None,
    executor: Executor,
    out: Path | None,
    readme: Path | None,
    as_json: bool,
) -> None:
    """Score the findings; show the scorecard, or write it as JSON. With `out`, leave a report there as well."""
    if out is not None:
        refuse_existing(out)
    said = Console(stderr=True)
    columns = (
        TextColumn("living the experiments"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=said, transient=True, disable=as_json or not said.is_terminal) as bar:
        task = bar.add_task("", total=None)
        with patiently(said):
            rows = validate(
                findings, settings, quick=quick, seed=seed, executor=executor,
                watch=lambda done, whole: bar.update(task, completed=done, total=whole),
            )  # fmt: skip
    if readme is not None:
        validation_report.into_readme(rows, readme)
    written = [] if out is None else validation_report.write(rows, out)
    if as_json:
        json.dump([row.told() for row in rows], sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    _print(rows)
    for path in written:
        print(path)


def _print(rows: Sequence[Row]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=_NARROWEST)
    table = Table(*HEADS, box=None)
    for column in table.columns[3:-2]:
        column.justify = "right"
    for row in rows:
        *plain, verdict, base = cells(row)
        table.add_row(*plain, f"[{_COLOURS[verdict]}]{verdict}[/]", base)
    console.print(table, highlight=False)
    console.print()
    for line in summary(rows):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"[dim]{NOTICE}[/dim]", highlight=False)
