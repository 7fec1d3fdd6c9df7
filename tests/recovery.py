"""How often an estimator's 95% interval holds the known truth, over simulated data sets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import binom

SETS, FEW = 500, 60  # data sets: in full, and in every run of the tests
_TAIL = 0.00075  # of the region, each side: 458 to 489 of 500


def region(sets: int) -> tuple[int, int]:
    """Least and most of `sets` intervals that may hold the truth if they do so with probability .95."""
    return int(binom.ppf(_TAIL, sets, 0.95)), int(binom.ppf(1.0 - _TAIL, sets, 0.95))


def held(interval: Callable[[np.random.Generator], tuple[float, float]], truth: float, sets: int) -> int:
    """How many of `sets` intervals, each of a data set drawn from its own stream, hold `truth`."""
    return sum(low <= truth <= high for low, high in (interval(np.random.default_rng(k)) for k in range(sets)))


def check(interval: Callable[[np.random.Generator], tuple[float, float]], truth: float, sets: int) -> None:
    """Assert that the number of intervals that hold the truth lies within the region."""
    low, high = region(sets)
    found = held(interval, truth, sets)
    assert low <= found <= high, f"{found} of {sets} intervals hold {truth:g}; permitted: {low} to {high}"
