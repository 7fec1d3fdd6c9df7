"""Speed and memory of the whole engine on the flood, against a plain Mesa model. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import mesa
import numpy as np

from cohort.enrolment import enrol
from cohort.plan import plan
from cohort.population import Population
from cohort.scenario import load

ROOT = Path(__file__).resolve().parents[2]
RUN = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"


class Plain(mesa.Agent):
    """A person of a plain Mesa model, who steps the same kernel alone, a day at a time."""

    def __init__(self, model: mesa.Model, one: Population, entries: np.ndarray) -> None:
        super().__init__(model)
        self.one, self.entries = one, entries

    def step(self) -> None:
        self.one.live(self.entries, self.one.time + 1440, 1)


def plain_person_days_a_second(persons: int, days: int) -> float:
    """`agents.do("step")` over persons of the flood, one array of length 1 each."""
    resolved = plan(load("flood", [f"study.persons={persons}"]))
    traits = enrol(resolved).traits
    model = mesa.Model(rng=1)
    kept = [e for e in resolved.events if e.entry_kind == 0]
    entries = np.array([(e.minute, e.entry_kind, e.index, 1.0) for e in kept], dtype="i8,i8,i8,f8")
    entries.dtype.names = ("minute", "kind", "index", "amount")
    for i in range(persons):
        Plain(model, Population(traits[i : i + 1], 1, resolved.scenes, np.array([i])), entries)
    model.agents.do("step")
    began = time.perf_counter()
    for _ in range(days):
        model.agents.do("step")
    return persons * days / (time.perf_counter() - began)


def flood(persons: int, days: int, workers: int, out: Path) -> tuple[float, float]:
    """Person-days a second from the start of a fresh process, and its peak memory in GB."""
    words = [
        "run",
        "flood",
        "--persons",
        str(persons),
        "--days",
        str(days),
        "--workers",
        str(workers),
        "--out",
        str(out),
    ]
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", RUN, *words, "--json"], cwd=ROOT, check=True, capture_output=True)
    wall = time.perf_counter() - began
    return persons * days / wall, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def starsim_agent_steps_a_second(persons: int, steps: int) -> float:
    """Agent-steps a second of Starsim's SIR on a random network."""
    import starsim as ss

    sim = ss.Sim(n_agents=persons, dur=steps, diseases=ss.SIR(), networks=ss.RandomNet(), verbose=0)
    sim.init()
    began = time.perf_counter()
    sim.run()
    return persons * steps / (time.perf_counter() - began)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer persons")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plain:
        print(plain_person_days_a_second(1, 2))
        return
    persons, days = (5_000, 365) if given.quick else (100_000, 365)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        flood(200, 20, 1, place / "warm")
        for workers in (1, 2):
            name = f"person-days/s, flood, {persons:,} persons, {days} days, {workers} worker(s)"
            figures[name], figures["GB, peak"] = flood(persons, days, workers, place / f"with-{workers}")
    whole = figures[name]
    plain = plain_person_days_a_second(200, 20)
    figures["against a plain Mesa model, compiled"] = whole / plain
    words = [sys.executable, __file__, "--plain"]
    slow = subprocess.run(
        words, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=True, capture_output=True, text=True
    ).stdout
    figures["against a plain Mesa model, uncompiled"] = whole / float(slow)
    if find_spec("starsim"):
        figures["person-days/s against Starsim's agent-steps/s"] = whole / starsim_agent_steps_a_second(persons, 100)
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:75s} {value:14,.2f}")


if __name__ == "__main__":
    main()
