"""Several runs of one scenario side by side, each with a seed of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cohort.errors import InputError, Interrupted
from cohort.executor import Executor
from cohort.language import Scenario
from cohort.records import partial_directory, refuse_existing
from cohort.run import Done, InterruptedRun, Progress
from cohort.run import run as run_one
from cohort.run_data import load

MOST = 10_000

Watch = Callable[[float, float, float], None]  # day, days, person-days lived


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with another seed."""
    return scenario.model_copy(update={"study": scenario.study.model_copy(update={"seed": seed})})


def run(
    scenario: Scenario,
    out: Path,
    *,
    number: int = 1,
    executor: Executor | None = None,
    resume: bool = False,
    watch: Watch | None = None,
) -> list[Done]:
    """Run a scenario `number` times, with its seed and those that follow it, and give what was done, by seed.

    One run becomes `out`; several become ``out/seed-SEED``, side by side by the workers of `executor`, who see the same
    disk. With `resume`, those that are whole are kept and the rest go on. Raises InputError as `cohort.run.run`, and
    for a single run on a cluster.
    """
    executor = executor or Executor()
    if number == 1:
        if executor.cluster is not None:
            raise InputError(
                f"--cluster {executor.cluster}: one run is lived on this machine; give --replicates, or leave it out"
            )
        return [run_one(scenario, out, threads=executor.workers, resume=resume, progress=single(watch))]
    if not 1 <= number <= MOST:
        raise InputError(f"replicates = {number}; permitted: 1 to {MOST}")
    if not resume:
        refuse_existing(out)
    out.mkdir(exist_ok=resume)
    first = scenario.study.seed
    wanted = [(with_seed(scenario, seed), out / f"seed-{seed}") for seed in range(first, first + number)]
    left = [(one, place) for one, place in wanted if not (resume and place.exists())]
    done = []
    try:
        for _, one in executor.answers(_lived, left, "interrupted"):
            done.append(one)
            if watch is not None:
                watch(float(len(done)), float(len(left)), float(sum(d.persons * d.days for d in done)))
    except Interrupted:
        raise InterruptedRun(out) from None
    finally:
        with suppress(OSError):
            out.rmdir()  # when nothing came of it
    return sorted(done, key=lambda one: one.seed)


def _lived(scenario: Scenario, place: Path) -> Done:
    """One of several. What a worker that was lost had kept goes on; what it had finished is there."""
    if place.exists():
        told = load(place).rows
        return Done(scenario.study.name, scenario.study.seed, told["persons"], scenario.study.days, place, told, 0.0)
    return run_one(scenario, place, threads=1, resume=partial_directory(place).exists())


def single(watch: Watch | None) -> Callable[[Progress], None] | None:
    """What tells a watch how far one run is."""
    if watch is None:
        return None
    return lambda at: watch(at.day, at.days, at.day * at.persons)
