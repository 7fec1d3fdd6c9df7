"""P-values corrected for how many there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]


def discovery_rate(p: Floats) -> Floats:
    """Benjamini & Hochberg's adjusted p-values (k,), 10.1111/j.2517-6161.1995.tb02031.x; missing ones stay missing."""
    found = np.full(len(p), np.nan)
    known = ~np.isnan(p)
    if known.any():
        found[known] = stats.false_discovery_control(p[known], method="bh")
    return found


def holm(p: Floats) -> Floats:
    """Holm's adjusted p-values (k,), which keep the family-wise error; missing ones stay missing.

    As `statsmodels.stats.multitest.multipletests`, which collects garbage at every call (a tenth of a second or more).
    """
    found = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    left = np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(left * p[order]), 1.0)
    return found
