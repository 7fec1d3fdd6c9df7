"""Speed of the bare kernel: threads, thinning, compilation, start. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cohort.events import Scene, calendar, scene_table
from cohort.population import Population, median_traits
from cohort.state import ELEMENTS, EXPERIENCE

MEMORIES = 8
CANDIDATES = 4.0
SETTLED = 10  # days after which the timing begins
ROOT = Path(__file__).resolve().parents[2]


def person_days_a_second(persons: int, days: int, threads: int, met: float | None) -> float:
    """Days lived by all persons per second of wall time; `met` replaces the share of candidates that are met."""
    scenes = [
        Scene(
            i,
            {e: f"{e} {i}" for e in ELEMENTS},
            arousal=0.4 + 0.05 * i,
            threat=0.5,
            valence=-0.5,
            novelty=0.5,
        )
        for i in range(MEMORIES)
    ]
    overrides = {"cue_most": CANDIDATES} | ({} if met is None else {"cue_usual": met})
    population = Population(median_traits(persons), 1, scene_table(scenes), overrides=overrides)
    population.live(calendar([(10.0 + 12.0 * i, EXPERIENCE, i, 1.0) for i in range(MEMORIES)]), SETTLED * 1440, threads)
    live = (population.memory("live") > 0).sum(axis=1)
    assert (live == MEMORIES).all()
    began = time.perf_counter()
    population.live(calendar([]), (SETTLED + days) * 1440, threads)
    return persons * days / (time.perf_counter() - began)


def child(*arguments: str, **environment: str) -> tuple[float, str]:
    """Wall time of a fresh interpreter, and what it printed."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - began, done.stdout


def measure(quick: bool) -> dict[str, float]:
    """All figures, by name."""
    persons, days = (5_000, 30) if quick else (100_000, 30)
    person_days_a_second(2, 1, 1, None)
    out: dict[str, float] = {}
    for name, met in (("usual thinning", None), ("every candidate met", 1.0)):
        for threads in (1, 2):
            out[f"person-days/s, {name}, {threads} thread(s)"] = person_days_a_second(persons, days, threads, met)
        first, second = (out[f"person-days/s, {name}, {t} thread(s)"] for t in (1, 2))
        out[f"two threads against one, {name}"] = second / first
    plain = float(child(__file__, "--plain", NUMBA_DISABLE_JIT="1")[1])
    out["compiled against uncompiled, one thread"] = out["person-days/s, usual thinning, 1 thread(s)"] / plain
    step = f"import sys; sys.argv = ['x']; sys.path.insert(0, {str(Path(__file__).parent)!r}); import kernel; "
    step += "kernel.person_days_a_second(2, 1, 1, None)"
    with tempfile.TemporaryDirectory() as cache:
        out["s, first start with compilation"] = child("-c", step, NUMBA_CACHE_DIR=cache)[0]
        out["s, later start"] = child("-c", step, NUMBA_CACHE_DIR=cache)[0]
    out["s, cohort --help"] = child("-c", "from cohort.cli import main; main(['--help'])")[0]
    return out


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer persons")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plain:
        print(person_days_a_second(1, 5, 1, None))
        return
    figures = measure(given.quick)
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:55s} {value:14,.2f}")


if __name__ == "__main__":
    main()
