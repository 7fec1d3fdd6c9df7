"""Persons done block by block, by one thread or several."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def over_blocks[T](do: Callable[[int], T], n: int, block: int, threads: int | None) -> list[T]:
    """What `do` gives of the first place of every `block` of `n`, in their order; by default a thread a processor."""
    starts = range(0, n, block)
    threads = min(threads or len(os.sched_getaffinity(0)), len(starts))
    if threads <= 1:  # others would cost more than they do
        return [do(low) for low in starts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(do, starts))
