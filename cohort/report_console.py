"""What a reader sees of `cohort report`: progress by chapter, where the page lies, its warnings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.report.compose import Watch
from analysis.report.write import PAGE, Written, write
from cohort import browser, reporting
from cohort.provenance import NOTICE
from cohort.records import refuse_existing

PDF = "report.pdf"


def show(source: Path, out: Path | None, pdf: bool, as_json: bool) -> None:
    """Write the report on a run, and tell where it lies; with `pdf`, print its page as well."""
    whole = source.absolute()
    place = whole.with_name(f"{whole.name}-report") if out is None else out
    refuse_existing(place)
    printer = browser.find("--pdf") if pdf else None
    with _watched(Console(stderr=True), as_json) as watch:
        found = reporting.report(source, watch=watch)
        written = write(found, place, None if printer is None else lambda part: _print(printer, part))
    if as_json:
        json.dump(_told(written, found.warnings, pdf), sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    console = Console()
    console.print(f"{written.page}", highlight=False, soft_wrap=True)
    if pdf:
        console.print(f"{place / PDF}", highlight=False, soft_wrap=True)
    console.print(
        f"{len(written.tables)} tables, {len(written.figures)} figures: {place}", highlight=False, soft_wrap=True
    )
    for line in found.warnings:
        console.print(f"warning: {line}", highlight=False, markup=False, soft_wrap=True)
    console.print(f"[dim]{NOTICE}[/dim]", highlight=False)


def _print(printer: str, place: Path) -> None:
    browser.print_pdf(printer, place / PAGE, place / PDF)


def _told(written: Written, warnings: list[str], pdf: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "page": str(written.page),
        "tables": {name: str(path) for name, path in written.tables.items()},
        "figures": {name: {kind: str(path) for kind, path in of.items()} for name, of in written.figures.items()},
        "warnings": warnings,
    }
    return told | ({"pdf": str(written.page.with_name(PDF))} if pdf else {})


@contextmanager
def _watched(console: Console, quiet: bool) -> Iterator[Watch | None]:
    """A bar that moves from chapter to chapter; nothing where the console is no terminal."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading the run", total=None)
        yield lambda done, total, title: bar.update(task, completed=done, total=total, description=title)
