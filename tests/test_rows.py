"""Rows of numbers at once: what a loop over them gives, of numbers alike and of signs mixed."""

from __future__ import annotations

import numpy as np

from cohort.compiled import compiled
from cohort.rows import PARTS, ROW, highest, joint_sum, place_of


@compiled
def search(values, first):  # type: ignore[no-untyped-def]
    most = highest(values, first)
    return most, place_of(most, values, first)


@compiled
def joint(a, b):  # type: ignore[no-untyped-def]
    return joint_sum(a, b)


def test_the_greatest_of_a_row_and_its_first_place() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        values = rng.integers(-3, 4, 3 * ROW) << 40
        row = values[ROW : 2 * ROW]
        assert search(values, ROW) == (row.max(), ROW + row.argmax())


def test_drives_are_ordered_as_their_bits() -> None:
    drives = np.random.default_rng(2).uniform(0.0, 9.0, ROW)
    drives[3] = -1.0
    assert search(drives.view(np.int64), 0)[1] == drives.argmax()


def test_the_sum_over_two_rows_is_rounded_in_its_order() -> None:
    for a, b in np.random.default_rng(3).uniform(0.0, 1.0, (50, 2, PARTS + 4)):
        even = odd = 0.0  # not by `sum`, which compensates for its rounding
        for i in range(0, PARTS, 2):
            even += a[i] + b[i] * (1.0 - a[i])
            odd += a[i + 1] + b[i + 1] * (1.0 - a[i + 1])
        assert joint(a, b) == even + odd
