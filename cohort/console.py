"""What a reader sees of runs in a terminal: progress with time left, the table at the end, comparisons."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from cohort import comparison, replicates
from cohort.biography import patiently, show
from cohort.errors import InputError, Interrupted
from cohort.executor import Executor
from cohort.inputs import scenario_of
from cohort.language import Scenario
from cohort.pictures import check_place
from cohort.provenance import NOTICE
from cohort.replay import replay
from cohort.replicates import Watch
from cohort.run import InterruptedRun
from cohort.run_data import load as load_run
from cohort.scenario import load, shipped
from cohort.summary import summarize

AGAIN = "Living the run again, to its end: everybody in it where people talk, else the person alone."


@contextmanager
def watched(console: Console, quiet: bool) -> Iterator[Watch | None]:
    """A bar that moves while a run lives; nothing where the console is no terminal."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.fields[day]:.0f} of {task.fields[days]:.0f}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("living", total=None, day=0.0, days=0.0, speed="")

        def show(day: float, days: float, person_days: float) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            speed = f"{person_days / elapsed:,.0f} person-days/s" if elapsed > 0.0 else ""
            bar.update(task, total=days, completed=day, day=day, days=days, speed=speed)

        yield show


def run(
    name: str,
    settings: Sequence[str],
    out: Path | None,
    number: int,
    executor: Executor,
    resume: bool,
    as_json: bool,
) -> None:
    """Run a scenario and show what came of it."""
    scenario = load(name, settings)
    _run(scenario, out or new_place(scenario.study.name), number, executor, resume, as_json)


def rerun(source: Path, out: Path | None, workers: int | None, as_json: bool) -> None:
    """Run again what a run's provenance tells, and say whether it came out the same."""
    found = load_run(source)
    told = found.provenance
    if "person" in told.study:
        raise InputError(f"{source}: its persons were of the class {told.study['person']}; run it from Python")
    scenario = scenario_of(found)
    place = out or new_place(f"{source.name}-again")
    _run(scenario, place, 1, Executor(workers), False, as_json)
    difference = comparison.diff(source, place)
    if not as_json:
        Console().print(str(difference), highlight=False, soft_wrap=True)
    elif not difference.same:
        print(difference, file=sys.stderr)


def life(source: Path, person: str, arm: str | None, out: Path, as_json: bool) -> None:
    """Live the life of one person of a run again, and show it as any life."""
    check_place(out)
    console = Console(stderr=True)
    if console.is_terminal:
        console.print(AGAIN, style="dim")
    with patiently(console), watched(console, as_json) as watch:
        found = replay(source, person, arm=arm, progress=replicates.single(watch))
    show(found.story, {"recorded": {"intrusions": found.intrusions, "recalls": found.recalls}}, out, as_json)


def diff(one: Path, other: Path) -> bool:
    """Compare two runs; whether they are the same."""
    found = comparison.diff(one, other)
    Console().print(str(found), highlight=False, soft_wrap=True)
    return found.same


def _run(scenario: Scenario, out: Path, number: int, executor: Executor, resume: bool, as_json: bool) -> None:
    console = Console(stderr=True)
    try:
        with patiently(console), watched(console, as_json) as watch:
            done = replicates.run(scenario, out, number=number, executor=executor, resume=resume, watch=watch)
    except InterruptedRun as stopped:
        raise Interrupted(str(stopped)) from None
    if as_json:
        told = done[0].told() if number == 1 else [one.told() for one in done]
        json.dump(told, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for one in done:
        _show(one.told(), summarize(load_run(one.out)), scenario.title, Console())


def new_place(name: str) -> Path:
    """``NAME``, or ``NAME-2`` and so on, in the working folder: the first that is free."""
    for number in range(1, 1000):
        place = Path(name if number == 1 else f"{name}-{number}")
        if not place.exists():
            return place
    raise InputError(f"{name}: so many runs lie here already; give --out")


def _show(told: dict[str, Any], found: dict[str, Any], title: str, console: Console) -> None:
    console.print(f"[bold]{title or told['scenario']}[/bold]\nseed {told['seed']}\n", highlight=False)
    shown = Table("", "", box=None, show_header=False)
    weekly = found["intrusions_a_week"]
    rows = [
        ("persons", f"{told['persons']:,}"),
        ("days", f"{told['days']:,}"),
        (f"{found['focus']}: it happened to", _percent(found["there"])),
        ("hold a trace of it, from media or talk too", _percent(found["holding"])),
        ("those it happened to recall it with probability", _percent(found["recalling"])),
        ("they have intrusions of it a week, mean (median)", _pair(weekly["mean"], weekly["median"])),
        ("none since", _percent(weekly["none"])),
        ("memories held, a person", f"{found['memories_a_person']:.1f}"),
    ]
    if found["courses"]:
        rows.append(("courses", ", ".join(f"{name} {_percent(share)}" for name, share in found["courses"].items())))
    rows.append(("person-days a second", f"{told['person_days_per_second']:,} ({told['seconds']:.1f} s)"))
    for label, value in rows:
        shown.add_row(label, value)
    console.print(shown, highlight=False)
    listed = ", ".join(f"{name} {rows:,}" for name, rows in told["tables"].items() if rows)
    console.print(f"\nTables in {told['out']}: {listed}\n[dim]{NOTICE}[/dim]", highlight=False, soft_wrap=True)


def _percent(share: float | None) -> str:
    return "no data" if share is None else f"{100.0 * share:.1f}%"


def _pair(mean: float | None, median: float | None) -> str:
    return "no data" if mean is None else f"{mean:.2f} ({median:.2f})"


def scenarios(as_json: bool) -> None:
    """List the shipped scenarios."""
    listed = shipped()
    if as_json:
        json.dump([{"name": name, "title": title} for name, title in listed], sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    shown = Table("scenario", "what it is", box=None)
    for name, title in listed:
        shown.add_row(name, title)
    Console().print(shown, highlight=False)


def check(name: str, settings: Sequence[str]) -> None:
    """Say that a scenario is in order; a faulty one raises with everything that is wrong."""
    from cohort.plan import plan

    made = plan(load(name, settings))
    Console().print(f"{name}: in order ({len(made.events)} events, {len(made.measures)} measures)", highlight=False)
