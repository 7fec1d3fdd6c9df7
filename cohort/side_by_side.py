"""Many small pieces of work in processes side by side, each answer as it comes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from joblib import Parallel, delayed

from cohort.errors import Interrupted
from cohort.replicates import QUIET, deaf

ALONE = 1  # so many workers do the work in this process


def answers(
    work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]], workers: int | None, stopped: str
) -> Iterator[tuple[int, Any]]:
    """Do `work` with the arguments of each job, in so many processes (None: one a processor).

    Yields the position of a job and its answer, in no particular order. Raises Interrupted, with `stopped` as its
    message, when the user stops it, and what a piece of work raises.
    """
    if workers == ALONE or len(jobs) <= 1:
        try:
            for place, job in enumerate(jobs):
                yield place, work(*job)
        except KeyboardInterrupt:
            raise Interrupted(stopped) from None
        return
    filters = os.environ.get("PYTHONWARNINGS", "")
    if QUIET not in filters:
        os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (filters, QUIET)))
    with deaf():
        found = Parallel(n_jobs=workers or -1, return_as="generator_unordered")(
            delayed(_placed)(work, place, job) for place, job in enumerate(jobs)
        )
    try:
        yield from found
    except KeyboardInterrupt:
        raise Interrupted(stopped) from None


def _placed(work: Callable[..., Any], place: int, job: tuple[Any, ...]) -> tuple[int, Any]:
    return place, work(*job)
