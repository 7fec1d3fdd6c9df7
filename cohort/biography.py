"""What `cohort life` writes: the picture, and the story as tables for a reader or as JSON for a script."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from rich.console import Console
from rich.table import Table

from cohort.catalogue import assigned
from cohort.compiled import cached
from cohort.files import scenario_file
from cohort.life import PROJECTIONS, given_traits, summary, tell
from cohort.life_figure import check_place, draw
from cohort.population import live_block
from cohort.readings import read_measures, read_traces
from cohort.timeline import read_timeline

PATIENCE = 2.0  # seconds without a word
COMPILING = "Compiling the kernel: about half a minute, once for each installation."


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
    told = summary(story)
    draw(story, out)
    told["figure"] = str(out)
    if as_json:
        json.dump(told, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _print(told, Console())


def _print(told: dict[str, Any], console: Console) -> None:
    console.print(f"[bold]{told['title']}[/bold]\none person, seed {told['seed']}, {told['days']} days\n")
    happened = Table("no.", "day", "time", "what", box=None)
    for number, entry in enumerate(told["timeline"], 1):
        day, hour = divmod(entry["hours"], 24)
        time = f"{int(hour):02d}:{round(hour % 1 * 60):02d}"
        happened.add_row(str(number), f"{day:.0f}", time, entry["label"])
    console.print(happened)
    console.print("\nWhat remains: late strength by projection, and recall under the full cue (0 to 1)")
    memories = [(name, when, state) for name, m in told["memories"].items() for when, state in m["at"].items()]
    left = Table("", *(f"{name}\n{when}" for name, when, _ in memories), box=None)
    for projection in PROJECTIONS:
        left.add_row(projection, *(f"{state['late'][projection]:.2f}" for *_, state in memories))
    for name in ("cortex", "charge", "recall", "fragmentation"):
        left.add_row(name, *(f"{state[name]:.2f}" for *_, state in memories))
    console.print(left)
    counts = ", ".join(f"{name} {m['intrusions']}" for name, m in told["memories"].items())
    console.print(f"\nIntrusions in {told['days']} days: {counts}")
    console.print(f"Picture: {told['figure']}", soft_wrap=True)
