"""Blocks come in their order, a few ahead of what is made of them, and none is lost."""

from __future__ import annotations

import threading
import time

import pytest

from cohort.blocks import AHEAD, over_blocks


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_order_is_that_of_the_persons(threads: int) -> None:
    def do(low: int) -> int:
        time.sleep(0.002 * (low % 3))  # later ones are often done first
        return low

    assert list(over_blocks(do, 47, 5, threads)) == list(range(0, 47, 5))


def test_no_more_is_done_ahead_than_is_said() -> None:
    done: list[int] = []
    lock = threading.Lock()

    def do(low: int) -> int:
        with lock:
            done.append(low)
        return low

    blocks = over_blocks(do, 400, 1, 2)
    assert next(blocks) == 0
    time.sleep(0.2)
    assert 2 * AHEAD - 1 <= len(done) <= 2 * AHEAD + 1  # others went on meanwhile, and then waited
    assert list(blocks) == list(range(1, 400))
    assert sorted(done) == list(range(400))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_fault_in_a_block_reaches_whoever_asked(threads: int) -> None:
    def do(low: int) -> int:
        if low == 30:
            raise ValueError("block 30")
        return low

    with pytest.raises(ValueError, match="block 30"):
        list(over_blocks(do, 100, 10, threads))


def test_nobody_gives_nothing() -> None:
    assert list(over_blocks(lambda low: low, 0, 10, 2)) == []
