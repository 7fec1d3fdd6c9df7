"""Differences within persons, in their unit and in standard deviations, with intervals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import stats

FEWEST = 3  # persons


class Paired(NamedTuple):
    """Mean difference of `persons` with its 95% t-interval, and the same in standard deviations; NaN if undefined."""

    persons: int
    mean: float
    low: float
    high: float
    d: float
    d_low: float
    d_high: float


def paired(x: Any, y: Any) -> Paired:
    """x minus y (n,) within persons; those of whom one is missing do not count.

    `d` is in units of the root mean variance of x and y, as in Bonett 2008 (10.1037/1082-989X.13.2.99). Its interval
    is by the delta method from the empirical influence of each person, so that it does not take x and y to be normal.
    """
    both = np.array([x, y], dtype=np.float64)
    x, y = both[:, ~np.isnan(both).any(axis=0)]
    n, gap = len(x), x - y
    if n < FEWEST:
        return Paired(n, *[np.nan] * 6)
    mean = float(gap.mean())
    half = float(stats.t.ppf(0.975, n - 1)) * float(gap.std(ddof=1)) / np.sqrt(n)
    variance = (x.var(ddof=1) + y.var(ddof=1)) / 2.0
    if variance <= 0.0:
        return Paired(n, mean, mean - half, mean + half, np.nan, np.nan, np.nan)
    d = mean / np.sqrt(variance)
    own = ((x - x.mean()) ** 2 + (y - y.mean()) ** 2) / 2.0  # each person's part in the variance
    influence = (gap - mean) / np.sqrt(variance) - d / 2.0 * (own / variance - 1.0)
    wide = float(stats.t.ppf(0.975, n - 1)) * float(influence.std(ddof=1)) / np.sqrt(n)
    return Paired(n, mean, mean - half, mean + half, float(d), float(d) - wide, float(d) + wide)
