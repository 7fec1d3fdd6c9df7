"""Speed and memory of the whole engine on the flood, against plain Mesa and Starsim. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

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


class Lived(NamedTuple):
    """Person-days a second of wall time from the start of a process; seconds of CPU a person-day; peak in GB."""

    a_second: float
    each: float
    peak: float


def plain_seconds_a_person_day(persons: int, days: int) -> float:
    """CPU time of `agents.do("step")` over persons of the flood, one array of length 1 each."""
    resolved = plan(load("flood", [f"study.persons={persons}"]))
    traits = enrol(resolved).traits
    model = mesa.Model(rng=1)
    kept = [e for e in resolved.events if e.entry_kind == 0]
    entries = np.array([(e.minute, e.entry_kind, e.index, 1.0) for e in kept], dtype="i8,i8,i8,f8")
    entries.dtype.names = ("minute", "kind", "index", "amount")
    for i in range(persons):
        Plain(model, Population(traits[i : i + 1], 1, resolved.scenes, np.array([i])), entries)
    model.agents.do("step")
    began = time.process_time()
    for _ in range(days):
        model.agents.do("step")
    return (time.process_time() - began) / (persons * days)


def flood(persons: int, days: int, workers: int, out: Path) -> Lived:
    """The flood in a fresh process, drawing and writing included."""
    words = ["run", "flood", "--persons", persons, "--days", days, "--workers", workers, "--out", out, "--json"]
    command = [sys.executable, "-c", RUN, *map(str, words)]
    began = time.perf_counter()
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    wall = time.perf_counter() - began
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise SystemExit(running.returncode)
    lived = persons * days
    return Lived(lived / wall, (used.ru_utime + used.ru_stime) / lived, 1024.0 * used.ru_maxrss / 1e9)


def starsim_seconds_an_agent_step(persons: int, steps: int) -> float:
    """CPU time of Starsim's SIR on a random network."""
    import starsim as ss

    sim = ss.Sim(n_agents=persons, dur=steps, diseases=ss.SIR(), networks=ss.RandomNet(), verbose=0)
    sim.init()
    began = time.process_time()
    sim.run()
    return (time.process_time() - began) / (persons * steps)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer persons")
    parser.add_argument("--million", action="store_true", help="a million persons for a month as well")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plain:
        print(plain_seconds_a_person_day(1, 2))
        return
    persons, days = (5_000, 365) if given.quick else (100_000, 365)
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        flood(200, 20, 1, place / "warm")
        whole = flood(persons, days, 1, place / "one")
        two = flood(persons, days, 2, place / "two")
        name = f"flood, {persons:,} persons, {days} days"
        figures |= {
            f"{name}: person-days/s, 1 worker": whole.a_second,
            f"{name}: person-days/s, 2 workers": two.a_second,
            f"{name}: us of CPU a person-day": 1e6 * whole.each,
            f"{name}: GB, peak": two.peak,
        }
        month, million = 30, 1_000_000
        if given.million:
            large = flood(million, month, 2, place / "million")
            figures |= {
                f"flood, {million:,} persons, {month} days: us of CPU a person-day": 1e6 * large.each,
                f"flood, {million:,} persons, {month} days: GB, peak": large.peak,
            }
    figures["times as fast as a plain Mesa model, compiled"] = plain_seconds_a_person_day(200, 20) / whole.each
    words = [sys.executable, __file__, "--plain"]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    slow = subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout
    figures["times as fast as a plain Mesa model, uncompiled"] = float(slow) / whole.each
    if find_spec("starsim"):
        step = starsim_seconds_an_agent_step(100_000, 100)
        figures["Starsim: us of CPU an agent-step"] = 1e6 * step
        figures["a person-day takes as long as so many agent-steps of Starsim"] = whole.each / step
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:75s} {value:14,.2f}")


if __name__ == "__main__":
    main()
