"""What `cohort life` writes: the picture, and the story as tables for a reader or as JSON for a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from cohort.catalogue import assigned
from cohort.compiled import cached
from cohort.files import scenario_file
from cohort.life import PROJECTIONS, Story, given_traits, summary, tell
from cohort.pictures import check_place
from cohort.population import live_block
from cohort.readings import read_measures, read_traces
from cohort.timeline import read_timeline

PATIENCE = 2.0  # seconds without a word
COMPILING = "Compiling the kernel: up to a minute, once for each installation."
MOST_MEMORIES = 4  # of which the strengths are printed
MOST_ROWS = 40  # of a timeline that is printed entry by entry


@contextmanager
def patiently(console: Console) -> Iterator[None]:
    """Say on `console`, if it is a terminal, why it takes long: where the kernel has to be compiled, once it does."""
    if not console.is_terminal or cached(live_block, read_measures, read_traces):
        yield
        return
    done = Event()

    def speak() -> None:
        if not done.wait(PATIENCE):
            console.print(COMPILING, style="dim")

    speaker = Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield
    finally:
        done.set()
        speaker.join()


def write(
    timeline: Path | None, seed: int, traits: str, ace: int, settings: Sequence[str], out: Path, as_json: bool
) -> None:
    """Check what was asked for, live the timeline, and write picture and summary.

    Raises InputError or ParameterError before anything is written.
    """
    check_place(out)
    given = given_traits(traits)
    overrides = assigned(settings)
    story_line = read_timeline(timeline or scenario_file("life.toml"))
    with patiently(Console(stderr=True)):
        story = tell(story_line, seed, given, ace, overrides)
    show(story, {}, out, as_json)


def show(story: Story, more: Mapping[str, Any], out: Path, as_json: bool) -> None:
    """Draw the picture and write the summary, with `more` in the JSON object."""
    from cohort.life_figure import draw

    told = summary(story) | dict(more)
    draw(story, out)
    told["figure"] = str(out)
    if as_json:
        json.dump(told, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _print(told, Console())


def _print(told: dict[str, Any], console: Console) -> None:
    console.print(f"[bold]{told['title']}[/bold]\none person, seed {told['seed']}, {told['days']} days\n")
    crowded = len(told["timeline"]) > MOST_ROWS
    happened = Table("no.", "day", "time", "what", *(("times", "last day") if crowded else ()), box=None)
    for number, entry, times, last in _listed(told["timeline"], crowded):
        day, hour = divmod(entry["hours"], 24)
        time = f"{int(hour):02d}:{round(hour % 1 * 60):02d}"
        again = (str(times), f"{last // 24:.0f}") if crowded else ()
        happened.add_row(str(number), f"{day:.0f}", time, entry["label"], *again)
    console.print(happened)
    console.print("\nWhat remains: late strength by projection, and recall under the full cue (0 to 1)")
    shown = list(told["memories"])[:MOST_MEMORIES]
    memories = [(name, when, state) for name in shown for when, state in told["memories"][name]["at"].items()]
    left = Table("", *(f"{name}\n{when}" for name, when, _ in memories), box=None)
    for projection in PROJECTIONS:
        left.add_row(projection, *(f"{state['late'][projection]:.2f}" for *_, state in memories))
    for name in ("cortex", "charge", "recall", "fragmentation"):
        left.add_row(name, *(f"{state[name]:.2f}" for *_, state in memories))
    console.print(left)
    if len(shown) < len(told["memories"]):
        console.print(f"Further memories are in --json: {', '.join(list(told['memories'])[MOST_MEMORIES:])}")
    counts = ", ".join(f"{name} {m['intrusions']}" for name, m in told["memories"].items())
    console.print(f"\nIntrusions in {told['days']} days: {counts}")
    if "recorded" in told:
        console.print(f"Lived again: {said(told['recorded'])}", highlight=False)
    console.print(f"Picture: {told['figure']}", soft_wrap=True)


def said(recorded: Mapping[str, int | None]) -> str:
    """What of a life that was lived again came as its run recorded it."""
    parts = [f"{count} {name}, as recorded" for name, count in recorded.items() if count is not None]
    return "; ".join([*parts, *(f"{name} are not recorded" for name, count in recorded.items() if count is None)])


def _listed(timeline: Sequence[dict[str, Any]], crowded: bool) -> Iterator[tuple[int, dict[str, Any], int, float]]:
    """Entries with number, times and last hour; where there are many, what has one label stands where it began."""
    hours: dict[str, list[float]] = {}
    for entry in timeline:
        hours.setdefault(entry["label"], []).append(entry["hours"])
    for number, entry in enumerate(timeline, 1):
        mine = hours[entry["label"]]
        if not crowded:
            yield number, entry, 1, entry["hours"]
        elif mine:
            yield number, entry, len(mine), mine[-1]
            hours[entry["label"]] = []
