"""Several runs of one scenario side by side, each with a seed of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky.backend import resource_tracker as joblib_tracker

from cohort.errors import InputError
from cohort.language import Scenario
from cohort.records import refuse_existing
from cohort.run import Done, InterruptedRun, Progress
from cohort.run import run as run_one

MOST = 10_000
# Of joblib's tracker, a process of its own that complains of what workers left behind when a run is interrupted.
QUIET = "ignore:resource_tracker:UserWarning"

Watch = Callable[[float, float, float], None]  # day, days, person-days lived


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with another seed."""
    return scenario.model_copy(update={"study": scenario.study.model_copy(update={"seed": seed})})


def run(
    scenario: Scenario,
    out: Path,
    *,
    number: int = 1,
    workers: int | None = None,
    resume: bool = False,
    watch: Watch | None = None,
) -> list[Done]:
    """Run a scenario `number` times, with its seed and those that follow it, and give what was done, by seed.

    One run becomes `out`; several become ``out/seed-SEED``, side by side in `workers` processes. With `resume`, those
    that are whole are kept and the rest go on. Raises InputError as `cohort.run.run`.
    """
    if number == 1:
        return [run_one(scenario, out, threads=workers, resume=resume, progress=single(watch))]
    if not 1 <= number <= MOST:
        raise InputError(f"replicates = {number}; permitted: 1 to {MOST}")
    if not resume:
        refuse_existing(out)
    out.mkdir(exist_ok=resume)
    first = scenario.study.seed
    wanted = [(with_seed(scenario, seed), out / f"seed-{seed}") for seed in range(first, first + number)]
    left = [(one, place) for one, place in wanted if not (resume and place.exists())]
    filters = os.environ.get("PYTHONWARNINGS", "")
    if QUIET not in filters:
        os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (filters, QUIET)))
    with deaf():
        jobs = Parallel(n_jobs=workers or -1, return_as="generator_unordered")(
            delayed(run_one)(one, place, threads=1, resume=resume) for one, place in left
        )
    done = []
    try:
        for one in jobs:
            done.append(one)
            if watch is not None:
                watch(float(len(done)), float(len(left)), float(sum(d.persons * d.days for d in done)))
    except KeyboardInterrupt:
        raise InterruptedRun(out) from None
    finally:
        with suppress(OSError):
            out.rmdir()  # when nothing came of it
    return sorted(done, key=lambda one: one.seed)


@contextmanager
def deaf() -> Iterator[None]:
    """Processes that start within never hear of Ctrl-C, which a terminal sends to all: the first one ends them.

    One that hears it while a library loads would say so in a traceback of its own. What arrives here meanwhile is
    heard afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):  # not on Windows
        yield
        return
    for tracker in (resource_tracker, joblib_tracker):  # they let signals through when they start
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def single(watch: Watch | None) -> Callable[[Progress], None] | None:
    """What tells a watch how far one run is."""
    if watch is None:
        return None
    return lambda at: watch(at.day, at.days, at.day * at.persons)
