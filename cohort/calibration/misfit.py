"""How far one set of values is from the findings: runs of their experiments, as residuals in half-widths of the bands.

A residual is ``(estimate - middle) / half-width`` of a finding's band: within it, it is at most 1 to either side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from cohort.calibration.specification import Specification
from cohort.executor import deaf
from cohort.experiment import Experiment, experiments, observe
from cohort.targets import Target

UNDEFINED: Final = 10.0  # half-widths; what a run counts that does not define a finding

Seen = dict[str, tuple[float, float]]  # part of a finding to its estimate and standard error


class Look(Protocol):
    """What is seen with these values, seed, and so many times the persons: experiment by experiment, cheapest first."""

    def __call__(self, values: Mapping[str, float], seed: int, times: float) -> Iterable[Seen]:
        """Each experiment is run when it is asked for."""


@dataclass(frozen=True)
class Live:
    """Looks at the findings of a specification, by running their experiments in this process."""

    spec: Specification

    def __call__(self, values: Mapping[str, float], seed: int, times: float) -> Iterator[Seen]:
        """As `Look` has it; a scenario's own parameters give way."""
        for experiment in self.experiments(values, seed, times):
            measured = observe(experiment, threads=1)
            yield {f"{finding}-{part}": (one.value, one.se) for (finding, part), one in measured.items()}

    def experiments(self, values: Mapping[str, float], seed: int, times: float) -> list[Experiment]:
        """What is run, the smallest first. Raises InputError for a fault of a scenario or a value."""
        settings = [f"parameters.{name}={float(value)!r}" for name, value in {**self.spec.fixed, **values}.items()]
        by_share: dict[float, list[str]] = {}
        for finding in self.spec.findings:
            by_share.setdefault(self.spec.share_of(finding), []).append(finding)
        found = [
            experiment
            for share, findings in by_share.items()
            for experiment in experiments(findings, settings, share=share * times, seed=seed)
        ]
        return sorted(found, key=lambda one: one.size)


@dataclass(frozen=True)
class Job:
    """One set of values to look at. It is given up once the sum of squared residuals exceeds `limit`."""

    values: dict[str, float]
    seed: int
    times: float = 1.0
    limit: float = math.inf


@dataclass(frozen=True)
class Misfit:
    """What was seen of the rows: estimates with standard errors. Of fewer than all when it was given up."""

    seen: Seen
    given_up: bool = False


def misfit(job: Job, rows: Sequence[Target], look: Look) -> Misfit:
    """Look at one set of values."""
    wanted = {row.key: row for row in rows}
    seen: Seen = {}
    for found in look(job.values, job.seed, job.times):
        seen |= {key: both for key, both in found.items() if key in wanted}
        if len(seen) < len(wanted) and loss(residuals(seen, rows)) > job.limit:
            return Misfit(seen, given_up=True)
    if missing := [key for key in wanted if key not in seen]:
        raise KeyError(f"no experiment shows {', '.join(missing)}")
    return Misfit(seen)


def residual(row: Target, value: float) -> float:
    """Half-widths of the band from its middle."""
    if not math.isfinite(value):
        return UNDEFINED
    return (value - (row.low + row.high) / 2.0) / (row.width / 2.0)


def residuals(seen: Seen, rows: Sequence[Target]) -> dict[str, float]:
    """Residual of each row that was seen, in the order of the rows."""
    return {row.key: residual(row, seen[row.key][0]) for row in rows if row.key in seen}


def loss(found: Mapping[str, float]) -> float:
    """Sum of squared residuals."""
    return sum(r * r for r in found.values())


def accepted(found: Mapping[str, float], accept: float) -> bool:
    """Whether every residual is small enough."""
    return all(abs(r) <= accept for r in found.values())


# --- who does the work


class _Here(Executor):
    """Does the work at once, in this process: one worker needs no other, and its order is certain."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class _Deaf(Executor):
    """Processes that never hear of Ctrl-C, also those that start late."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        with deaf():
            return self._inner.submit(fn, *args, **kwargs)


@contextmanager
def pool(workers: int) -> Iterator[Executor]:
    """So many processes, each with one job at a time; they are ended with what they do when this is left."""
    if workers == 1:
        yield _Here()
        return
    from joblib.externals.loky import get_reusable_executor

    processes = get_reusable_executor(max_workers=workers, timeout=600)
    try:
        yield _Deaf(processes)
    finally:
        processes.shutdown(wait=True, kill_workers=True)
