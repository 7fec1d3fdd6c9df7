"""An estimate with its standard error over persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCKS = 50
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error, from so many persons; NaN where the run does not define it."""

    value: float
    se: float
    persons: int


def estimate(
    statistic: Callable[..., float], *columns: NDArray[Any], unit: NDArray[Any] | None = None, blocks: int = BLOCKS
) -> Estimate:
    """A statistic of columns of equal length (persons,), with its standard error by the delete-a-group jackknife.

    Persons of one `unit` (persons,), such as a family, are left out together. With G groups the variance is
    ``(G - 1) / G * sum((s_g - mean s)^2)`` over the statistic without each group (Kott 2001, Journal of Official
    Statistics 17, 521). The groups are every G-th unit, so the result depends on nothing but the columns. NaN when the
    statistic is undefined with all persons, and a NaN error when it is so without one of the groups.
    """
    arrays = [np.asarray(column) for column in columns]
    n = len(arrays[0])
    if any(len(array) != n for array in arrays):
        raise ValueError("columns differ in length")
    number = np.unique(unit, return_inverse=True)[1] if unit is not None else np.arange(n)
    units = int(number.max()) + 1 if n else 0
    groups = min(blocks, units)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(*arrays)) if n else np.nan
        if groups < 2:
            return Estimate(value, np.nan, n)
        of = number % groups
        left = np.array([statistic(*(array[of != g] for array in arrays)) for g in range(groups)], np.float64)
        se = float(np.sqrt((groups - 1) / groups * np.sum((left - left.mean()) ** 2)))
    return Estimate(value, se, n)


def mean(x: Floats) -> float:
    """Mean, NaN for none."""
    return float(np.mean(x)) if len(x) else np.nan


def ratio(x: Floats, y: Floats) -> float:
    """Ratio of the means, NaN or infinite where the second is 0."""
    return float(np.divide(mean(x), mean(y)))


def standardized(x: Floats, y: Floats) -> float:
    """Cohen's d of x over y: difference of means over the pooled standard deviation; NaN for fewer than two a side."""
    if min(len(x), len(y)) < 2:
        return np.nan
    return float((np.mean(x) - np.mean(y)) / np.sqrt((np.var(x, ddof=1) + np.var(y, ddof=1)) / 2.0))


def odds_ratio(case: Floats, exposed: Floats) -> float:
    """Odds ratio of being a case (1 or 0), the exposed (1) over the others (0); NaN or infinite where an odds is."""
    p, q = (np.float64(mean(case[exposed == side])) for side in (1, 0))
    return float((p / (1.0 - p)) / (q / (1.0 - q)))


def correlation(x: Floats, y: Floats) -> float:
    """Pearson's r."""
    return float(np.corrcoef(x, y)[0, 1])
