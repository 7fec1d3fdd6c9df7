"""The score residuals of a stratified Cox regression with ties by Efron, which statsmodels has for Breslow's alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.intrusions.fitting import Vector


def score_residuals(
    time: Vector, event: NDArray[np.bool_], x: Vector, strata: NDArray[np.int64], estimates: Vector
) -> Vector:
    """What each row adds to the score of the partial likelihood at `estimates` (k,): (n, k), in sum zero at its top.

    Of deaths tied at one time, the l-th of d leaves the share l/d of all of them out of those at risk (Efron 1977,
    10.1080/01621459.1977.10480613). time (n,), event (n,), x (n, k), strata (n,). Rows cut off before the first event
    of their stratum add zero.
    """
    found = np.zeros_like(x)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        rows = rows[np.argsort(time[rows], kind="stable")]
        found[rows] = _of_stratum(time[rows], event[rows], x[rows], estimates)
    return found


def _of_stratum(time: Vector, event: NDArray[np.bool_], x: Vector, estimates: Vector) -> Vector:
    """The same for one stratum, whose rows are sorted by time."""
    risk = x @ estimates
    risk = np.exp(risk - risk.max())
    weighted = risk[:, None] * x
    left = np.cumsum(risk[::-1])[::-1]
    left_x = np.cumsum(weighted[::-1], axis=0)[::-1]
    found = np.zeros_like(x)
    hazard, hazard_x = 0.0, np.zeros(x.shape[1])  # summed over the event times so far, and times the mean at risk
    times = np.unique(time[event])
    first, last = np.searchsorted(time, times), np.searchsorted(time, times, side="right")
    done = 0
    for begin, end in zip(first, last, strict=True):
        found[done:begin] -= weighted[done:begin] * hazard - risk[done:begin, None] * hazard_x
        tied = begin + np.flatnonzero(event[begin:end])
        share = np.arange(len(tied)) / len(tied)
        steps = 1.0 / (left[begin] - share * risk[tied].sum())
        means = steps[:, None] * (left_x[begin] - share[:, None] * weighted[tied].sum(axis=0))
        hazard, hazard_x = hazard + steps.sum(), hazard_x + steps @ means
        found[begin:end] -= weighted[begin:end] * hazard - risk[begin:end, None] * hazard_x
        found[tied] += x[tied] - means.mean(axis=0)
        found[tied] += weighted[tied] * (share @ steps) - risk[tied, None] * ((share * steps) @ means)
        done = end
    found[done:] -= weighted[done:] * hazard - risk[done:, None] * hazard_x
    return found
