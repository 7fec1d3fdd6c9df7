"""Looks at sets of values in parallel, each kept on disk, so that none is repeated after an interruption."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path

from cohort.calibration.misfit import Job, Look, Misfit, Seen, misfit
from cohort.targets import Target

Watch = Callable[[int, int], None]  # done, of how many


class Looks:
    """Does jobs that are seen through, `number` at a time."""

    def __init__(self, path: Path, rows: Sequence[Target], look: Look, workers: Executor, number: int) -> None:
        self._path, self._rows, self._look, self._workers, self._number = path, rows, look, workers, number
        self._kept: dict[str, Seen] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines(keepends=True):
                if line.endswith("\n"):  # the last may be cut short
                    told = json.loads(line)
                    self._kept[told["job"]] = {key: (value, se) for key, (value, se) in told["seen"].items()}
            path.write_text("".join(_line(job, seen) for job, seen in self._kept.items()), "utf-8")

    def __call__(self, jobs: Sequence[Job], watch: Watch | None = None) -> list[Misfit]:
        """What was seen of each job, in their order."""
        left = [job for job in jobs if _name(job) not in self._kept]
        if watch is not None:
            watch(len(jobs) - len(left), len(jobs))
        waiting = iter(left)
        running: dict[Future[Misfit], Job] = {}
        finished = len(jobs) - len(left)
        while True:
            while len(running) < self._number and (job := next(waiting, None)) is not None:
                running[self._workers.submit(misfit, job, self._rows, self._look)] = job
            if not running:
                return [Misfit(self._kept[_name(job)]) for job in jobs]
            for future in wait(running, return_when=FIRST_COMPLETED)[0]:
                self._keep(_name(running.pop(future)), future.result().seen)
                finished += 1
                if watch is not None:
                    watch(finished, len(jobs))

    def _keep(self, job: str, seen: Seen) -> None:
        self._kept[job] = seen
        with open(self._path, "a", encoding="utf-8") as out:
            out.write(_line(job, seen))
            out.flush()
            os.fsync(out.fileno())


def _name(job: Job) -> str:
    return json.dumps([job.values, job.seed, job.times], sort_keys=True)


def _line(job: str, seen: Seen) -> str:
    return json.dumps({"job": job, "seen": seen}) + "\n"
