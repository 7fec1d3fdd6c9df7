"""A toy study that writes a run, for the tests of records: a few numbers a person, moved on segment by segment.

Run as a script it is a process of its own, which a test can kill at the nth call that touches the disk::

    python tests/toy_run.py OUT [--resume] [--kill-at CALL] [--full-at WEEK] [--persons N] [--seed N] [--part-rows N]

From `--full-at` on, no file may grow beyond 4 kB, as on a full disk.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

import cohort
from cohort import codebook
from cohort.comparison import diff
from cohort.errors import CohortError
from cohort.provenance import Provenance
from cohort.records import Recorder, record
from cohort.state import INTRUSION, LOG, RECALL, TRAIT_COLUMNS

ROOT = Path(cohort.__file__).parents[1]
SEGMENTS, WEEK = 8, 7 * 1440
EPISODES = ("flood", "film")
TABLES = codebook.tables(
    episodes=EPISODES, events=("flood", "press"), scenes=EPISODES, drugs=("propranolol",), groups=("near",),
    variants=("rs4680",),
)  # fmt: skip


def provenance(seed: int = 1, persons: int = 300) -> Provenance:
    return Provenance(
        scenario=f'title = "toy"\n[study]\npersons = {persons}\n',
        seed=seed,
        parameters={"early_decay": 1.91, "hazard": 0.2},
        study={"name": "toy", "persons": persons, "days": 7 * SEGMENTS},
    )


def persons_table(seed: int, n: int) -> dict[str, Any]:
    rng = np.random.default_rng([seed, 0])
    ids = np.arange(n)
    return {
        "id": ids,
        "participant": [None if i % 3 else f"P{i:03d}" for i in ids],
        "household": ids // 2,
        "distance": np.where(ids % 4 == 0, np.nan, rng.random(n) * 5),
        "family": ids,
        "zygosity": ["single"] * n,
        "ancestry": rng.integers(0, 5, n),
        "sex": np.where(ids % 2 == 0, "female", "male"),
        "age": 18 + rng.random(n) * 47,
        "ace": rng.integers(0, 10, n),
        "adversity": rng.random(n),
        "near": rng.random(n) < 0.5,
        **{trait: rng.lognormal(size=n) for trait in TRAIT_COLUMNS},
        "rs4680": rng.integers(0, 3, n),
    }


def log_of(seed: int, segment: int, state: np.ndarray) -> np.ndarray:
    """Rows of a week: they depend on the state, so that one lost or doubled shows in all that follow."""
    rng = np.random.default_rng([seed, 1, segment])
    log = np.zeros(4 * len(state), dtype=LOG)
    log["person"] = np.repeat(np.arange(len(state)), 4)
    log["minute"] = segment * WEEK + np.sort(rng.integers(0, WEEK, (len(state), 4))).ravel()
    log["kind"] = np.where(rng.random(len(log)) < 0.7, INTRUSION, RECALL)
    log["episode"] = rng.integers(0, 2, len(log))
    log["episode"][(log["kind"] == RECALL) & (rng.random(len(log)) < 0.3)] = -1
    for name in ("probability", "vividness", "accuracy", "confidence", "fragmentation", "distress"):
        log[name] = (rng.random(len(log)) + np.repeat(state, 4)) % 1.0
    came = log["kind"] == INTRUSION
    log["asked"] = np.where(came, -1, rng.integers(0, 2, len(log)))
    for name in ("cue", "place"):
        log[name] = np.where(came, rng.integers(0, 2, len(log)), -1)
    log["cue_match"] = np.where(came, rng.random(len(log)), 0.0)
    return log


def run(
    out: Path,
    *,
    seed: int = 1,
    persons: int = 300,
    resume: bool = False,
    part_rows: int = 500,
    chunk: int = 10**9,
    full_at: int = SEGMENTS,
) -> Path:
    recorder, kept = record(out, provenance(seed, persons), TABLES, resume=resume, part_rows=part_rows)
    with recorder:
        if kept is None:
            state, first = np.zeros(persons), 0
            recorder.write("persons", persons_table(seed, persons))
        else:
            state, first = kept.arrays["state"], kept.meta["segment"]
        for segment in range(first, SEGMENTS):
            if segment == full_at:
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            week(recorder, seed, segment, state, chunk)
            if segment % 2 == 1:
                recorder.save({"state": state, "other": np.arange(7)[::2]}, {"segment": segment + 1})
        return recorder.seal()


def week(recorder: Recorder, seed: int, segment: int, state: np.ndarray, chunk: int) -> None:
    log = log_of(seed, segment, state)
    for first in range(0, len(state), chunk):
        rows = log[(log["person"] >= first) & (log["person"] < first + chunk)]
        recorder.write("intrusions", codebook.intrusion_rows(rows))
        recorder.write("recalls", codebook.recall_rows(rows))
    state[:] = (state + np.add.reduceat(log["distress"], np.arange(0, len(log), 4))) % 1.0
    n = len(state)
    focus = np.where(np.arange(n) % 5 == 0, np.nan, state)
    recorder.write(
        "measures",
        {
            "person": np.arange(n), "minute": np.full(n, (segment + 1) * WEEK), "day": np.full(n, 7 * (segment + 1)),
            "intrusions": np.full(n, 3), "distress": state, "load": state, "avoidance": state, "control": state,
            "live": np.ones(n, dtype=int),
            **dict.fromkeys(("recall", "vividness", "accuracy", "fragmentation", "charge"), focus),
        },
    )  # fmt: skip


def command(out: Path, *options: object) -> list[str]:
    return [sys.executable, str(Path(__file__)), str(out), *map(str, options)]


def child(out: Path, *options: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command(out, *options), env=environment, capture_output=True, text=True, timeout=60)


def assert_same(a: Path, b: Path) -> None:
    found = diff(a, b)
    assert found.same, str(found)
    assert not found.provenance
    assert sum(d.rows[0] for d in found.tables.values()) > 10_000


def kill_at(count: int) -> None:
    """Let this process be killed at its nth call that opens, syncs, renames or removes something."""
    calls = 0

    def counted(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal calls
        touches = event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree")
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] == "w"
        if touches or writes:
            calls += 1
            if calls == count:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(counted)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--resume", action="store_true")
    for name, default in (
        ("seed", 1),
        ("persons", 300),
        ("part-rows", 500),
        ("chunk", 10**9),
        ("kill-at", 0),
        ("full-at", SEGMENTS),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = vars(parser.parse_args())
    if at := given.pop("kill_at"):
        kill_at(at)
    try:
        run(**given)
    except CohortError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
