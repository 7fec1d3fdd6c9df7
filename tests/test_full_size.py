"""At full size: the same tables whatever the workers, chunks, hash seeds and kills; memory and time of a million.

The sizes stand in `sizes`. Each run is a process of its own.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import sizes
from lived_run import ROOT, child

from cohort.comparison import diff
from cohort.enrolment import enrol
from cohort.model import CohortModel
from cohort.plan import plan
from cohort.records import partial_directory
from cohort.run_data import load as load_run
from cohort.scenario import load
from cohort.state import SLOTS

BYTES_A_PERSON = 8_000  # bar of what is held of a person, with 24 memories, ensembles, overlaps and agent
PEAK = 10e9  # bytes, bar of a million
LINEAR = 1.3  # bar of the time a person and day, over a range of a hundred in persons
HOURS = 4 * 3600.0  # after which a run is given up


def flood(size: sizes.Size, out: Path, *more: object) -> list[object]:
    return ["run", "flood", "--persons", size.persons, "--days", size.days, "--out", out, "--json", *more]


def assert_same(a: Path, b: Path) -> None:
    found = diff(a, b)
    assert found.same, str(found)
    assert not found.provenance


def measured(size: sizes.Size, out: Path) -> tuple[dict[str, Any], float, float]:
    """A run in a process of its own: what it tells, its peak of memory in bytes, and its seconds of CPU time."""
    code = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, *map(str, flood(size, out))]
    running = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    told = running.stdout.read()
    running.stdout.close()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    return json.loads(told), 1024.0 * used.ru_maxrss, used.ru_utime + used.ru_stime


def test_what_is_held_of_a_person_with_an_agent() -> None:
    size = sizes.SMALL_COHORT
    assert SLOTS == 24
    resolved = plan(load("flood", [f"study.persons={size.persons}", f"study.days={size.days}"]))
    CohortModel(resolved, enrol(resolved))  # what is made once is not counted
    tracemalloc.start()
    model = CohortModel(resolved, enrol(resolved))
    model.run()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(model.agents) == size.persons
    print(f"{held / size.persons:,.0f} bytes a person")
    assert 5_000 < held / size.persons < BYTES_A_PERSON


@pytest.mark.slow
def test_the_same_tables_whatever_the_workers_chunks_and_hash_seeds(tmp_path: Path) -> None:
    size = sizes.DETERMINISM_FULL
    one = child(*flood(size, tmp_path / "one", "--workers", 1), hash_seed=0, seconds=HOURS)
    assert one.returncode == 0, one.stderr
    for workers in (1, 2):
        for hash_seed, chunk in zip((1, 77), sizes.CHUNKS_FULL, strict=True):
            out = tmp_path / f"{workers}-{chunk}"
            done = child("--chunk", chunk, *flood(size, out, "--workers", workers), hash_seed=hash_seed, seconds=HOURS)
            assert done.returncode == 0, done.stderr
            assert_same(tmp_path / "one", out)


@pytest.mark.slow
def test_killed_on_its_way_and_resumed(tmp_path: Path) -> None:
    size = sizes.KILLED_FULL
    whole, out = tmp_path / "whole", tmp_path / "run"
    done = child(*flood(size, whole), seconds=HOURS)
    assert done.returncode == 0, done.stderr
    moments = int(done.stdout.splitlines()[-1])
    kept = []
    for kill in range(size.times):
        moment = random.Random(kill).randrange(20, moments // size.times)
        died = child("--kill-at", moment, *flood(size, out, "--resume"), seconds=HOURS)
        assert died.returncode == -signal.SIGKILL, died.stderr
        kept.append(max((path.name for path in (partial_directory(out) / "checkpoint").glob("0*")), default=""))
    assert kept == sorted(kept)
    assert len(set(kept)) > 2  # it went on from where it had come to
    last = child(*flood(size, out, "--resume"), seconds=HOURS)
    assert last.returncode == 0, last.stderr
    assert_same(whole, out)


@pytest.mark.slow
def test_a_million_persons_and_time_in_proportion(tmp_path: Path) -> None:
    least = sizes.LINEAR
    start = measured(sizes.Size(100, least.days), tmp_path / "start")[2]
    each = {}
    for size in (least, sizes.Size(10 * least.persons, least.days), sizes.MILLION):
        told, peak, seconds = measured(size, tmp_path / str(size.persons))
        each[size.persons] = 1e6 * (seconds - start) / (size.persons * size.days)
        print(f"{size.persons:9,d} persons: {seconds:7.1f} s of CPU, {each[size.persons]:5.2f} us a person-day, "
              f"{peak / 1e9:5.2f} GB")  # fmt: skip
    run = load_run(tmp_path / str(size.persons))
    assert run.rows["persons"] == size.persons
    assert run.rows["measures"] % size.persons == 0
    assert sum(told["tables"].values()) == sum(run.rows.values())
    assert peak < PEAK
    assert max(each.values()) < LINEAR * min(each.values())
