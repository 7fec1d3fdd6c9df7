"""Chance itself: the same persons lived again at other seeds, and how much their outcomes differ from themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats


def intraclass(seeds: Sequence[pd.Series]) -> pd.DataFrame:
    """What the persons' outcomes at several seeds have in common, and what chance makes of them.

    `seeds` are the outcomes by person, a series a seed. One-way random effects: ICC(1,1) with the interval from the F
    distribution (Shrout & Fleiss 1979, 10.1037/0033-2909.86.2.420). Persons without a value at each seed are left out.

    Returns rows ``person`` (the share of the variance that belongs to the person; it may fall below 0) and ``chance``
    (the rest, within persons), with share, low, high, n and seeds. Raises ValueError with fewer than 2 seeds, fewer
    than 3 persons, or outcomes that do not differ at all.
    """
    if len(seeds) < 2:
        raise ValueError(f"{len(seeds)} seeds; chance shows in the difference between two or more")
    values = pd.concat(list(seeds), axis=1, join="inner").dropna().to_numpy(np.float64)
    n, k = values.shape
    if n < 3:
        raise ValueError(f"{n} persons have an outcome at every seed; it takes three")
    between = k * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    if not between + within > 0.0:
        raise ValueError("the outcome is the same in everybody at every seed")
    if within == 0.0:
        shares = (1.0, 1.0, 1.0)
    else:
        ratio, free = between / within, (n - 1, n * (k - 1))
        bounds = (ratio, ratio / stats.f.ppf(0.975, *free), ratio * stats.f.ppf(0.975, *free[::-1]))
        value, low, high = ((f - 1.0) / (f + k - 1.0) for f in bounds)
        shares = (float(value), float(low), float(high))
    rows = [
        {"part": "person", "share": shares[0], "low": shares[1], "high": shares[2]},
        {"part": "chance", "share": 1.0 - shares[0], "low": 1.0 - shares[2], "high": 1.0 - shares[1]},
    ]
    return pd.DataFrame(rows).assign(n=n, seeds=k)
