"""What a reader sees of a calibration in a terminal: progress with time left, and the result as tables."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cohort.biography import patiently
from cohort.calibration.fit import InterruptedFit, Watch, fit
from cohort.calibration.report import Fitted
from cohort.calibration.search import Tried
from cohort.calibration.specification import load
from cohort.errors import Interrupted
from cohort.provenance import NOTICE

STRONG = 0.8  # a correlation from which on two parameters are shown as confounded


def calibrate(name: str, out: Path | None, resume: bool, workers: int | None, as_json: bool) -> None:
    """Fit what a specification declares, and show what came of it."""
    spec = load(name)
    place = out or Path(f"{Path(name).stem}-fit")
    console = Console(stderr=True)
    number = workers or os.cpu_count() or 1
    try:
        with patiently(console), _watched(console, as_json) as watch:
            done = fit(spec, place, resume=resume, workers=number, watch=watch)
    except InterruptedFit as stopped:
        raise Interrupted(str(stopped)) from None
    if as_json:
        json.dump(done.told() | {"out": str(place)}, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
    else:
        _show(done, place, Console())


@contextmanager
def _watched(console: Console, quiet: bool) -> Iterator[Watch | None]:
    """A bar for each stage; nothing where the console is no terminal."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        stages: dict[str, Any] = {}

        def show(what: str, done: int, of: int, tried: list[Tried]) -> None:
            if what not in stages:
                stages[what] = bar.add_task(what, note="")
            note = ""
            if what == "search":
                best = min((one.loss for one in tried if not one.given_up), default=float("nan"))
                note = f"best {best:.3g}, accepted {sum(one.accepted for one in tried)}"
            bar.update(stages[what], completed=done, total=of, note=note)

        yield show


def _show(done: Fitted, out: Path, console: Console) -> None:
    told = done.told()
    if told["title"]:
        console.print(f"[bold]{told['title']}[/bold]\n", highlight=False)
    console.print(
        f"{told['trials']} trials ({told['given_up']} given up early), {told['polished']} sets of the polish; "
        f"accepted: {told['accepted']}. Of the best {told['fresh']}, seen afresh under {done.spec.fresh.seeds} seeds "
        f"with {done.spec.fresh.times:g} times the persons, {told['accepted_fresh']} are accepted.\n",
        highlight=False,
        soft_wrap=True,
    )
    _targets(told, console)
    _parameters(done, console)
    console.print(
        f"Sensitivity: rank {told['rank']} of {told['free']} free parameters (singular values above "
        f"{told['tolerance']:.2g}: {', '.join(f'{one:.2g}' for one in told['singular_values'])}).",
        highlight=False,
        soft_wrap=True,
    )
    strong = done.correlations().query(f"abs(slopes) >= {STRONG}")
    confounded = [
        f"{one} and {other} ({r:.2f})"
        for one, other, r in zip(strong["parameter"], strong["other"], strong["slopes"], strict=True)
    ]
    if confounded:
        console.print(f"Confounded: {', '.join(confounded)}.", highlight=False, soft_wrap=True)
    if not told["best"]["accepted"]:
        console.print("[bold]No set meets every finding afresh; the one shown comes closest.[/bold]")
    console.print(
        f'\nTables in {out}; a scenario takes the best set with parameters_from = "{out / "parameters.toml"}".\n'
        f"[dim]{NOTICE}[/dim]",
        highlight=False,
        soft_wrap=True,
    )


def _targets(told: dict[str, Any], console: Console) -> None:
    shown = Table("finding", "published", "simulated", "se", "band", "residual", box=None)
    for row in told["targets"]:
        shown.add_row(
            row["key"],
            _short(row["published"]),
            _short(row["simulated"]),
            _short(row["se"]),
            f"{row['low']:.3g} to {row['high']:.3g}",
            f"{row['residual']:+.2f}",
        )
    console.print(shown, highlight=False)


def _parameters(done: Fitted, console: Console) -> None:
    shown = Table("parameter", "value", "range", box=None)
    for name, told in done.spec.free.items():
        shown.add_row(name, f"{done.best.values[name]:.4g}", f"{told.low:g} to {told.high:g}")
    console.print()
    console.print(shown, highlight=False)
    console.print()


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
