"""What a trial of many arms costs against one life. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import cohort.run
from cohort import scenario

DAYS, PARTING, ARMS = 365, 300, 8
STORY = """
[study]
persons = {persons}
days = {days}
[scenes.crash]
content = {{ context = "bridge", sensory = "glass", narrative = "a lorry", affective = "horror" }}
duration = 20
arousal = 0.6
valence = -0.7
novelty = 0.5
threat = 0.45
controllability = 0.5
self_relevance = 0.1
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
at = "day 0 12:00"
[[surroundings.reminders]]
name = "news"
scene = "crash"
per_week = 1
[records]
measures = "28 d"
"""
PILL = """
[[interventions]]
name = "pill{k}"
kind = "drug"
drug = "propranolol"
mg = {mg}
at = "day {parting} 09:00"
[[arms]]
name = "arm{k}"
interventions = ["pill{k}"]
"""


def text(persons: int, arms: int) -> str:
    """A year after an event; with `arms` above 1, so many of which all but one give a pill on the day they part."""
    story = STORY.format(persons=persons, days=DAYS)
    if arms == 1:
        return story
    pills = "".join(PILL.format(k=k, mg=10 * k, parting=PARTING) for k in range(1, arms))
    return story + f'[trial]\nat = "day {PARTING}"\n[[arms]]\nname = "none"\n' + pills


def cost(persons: int, arms: int, folder: Path) -> tuple[float, float]:
    """Seconds of wall time and of this process's time for one run, from the scenario to its tables."""
    out = folder / "run"
    wall, cpu = time.perf_counter(), time.process_time()
    cohort.run.run(scenario.loads(text(persons, arms)), out, threads=1)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    shutil.rmtree(out)
    return spent


def measure(quick: bool) -> dict[str, float]:
    """All figures, by name: the least of several turns, one arm and eight in turn."""
    persons, turns = (200, 2) if quick else (2_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        for arms in (1, ARMS):
            cost(20, arms, Path(folder))  # compiles, and imports what a first run imports
        told = [(cost(persons, 1, Path(folder)), cost(persons, ARMS, Path(folder))) for _ in range(turns)]
    out = {}
    for place, name in enumerate(("wall", "processor")):
        one, many = (min(pair[k][place] for pair in told) for k in (0, 1))
        out[f"s of {name} time, one arm"] = one
        out[f"s of {name} time, {ARMS} arms"] = many
        out[f"{ARMS} arms against one, {name} time"] = many / one
    return out


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 persons")
    parser.add_argument("--json", action="store_true", help="write JSON")
    given = parser.parse_args()
    found = measure(given.quick)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:55s} {value:14,.2f}")


if __name__ == "__main__":
    main()
