"""Persons done block by block, by one thread or several."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

AHEAD = 16  # blocks a thread that may be done, or on their way, before the first of them is asked for


def over_blocks[T](do: Callable[[int], T], n: int, block: int, threads: int | None) -> Iterator[T]:
    """What `do` gives of the first place of every `block` of `n`, in their order; by default a thread a processor.

    Later blocks go on while an earlier one is made use of.
    """
    starts = range(0, n, block)
    threads = min(threads or len(os.sched_getaffinity(0)), len(starts))
    if threads <= 1:  # others would cost more than they do
        yield from map(do, starts)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[T]] = deque()
        for low in starts:
            waiting.append(pool.submit(do, low))
            if len(waiting) == AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
