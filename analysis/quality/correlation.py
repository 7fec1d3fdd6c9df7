"""Correlations with intervals, partial ones too, and whether two of them that share a variable differ."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TWO_SIDED = 1.959963984540054  # standard errors, 95%
_FEWEST = 5  # persons, beyond the variables that are held constant

Floats = NDArray[np.float64]


class Correlation(NamedTuple):
    """A correlation over `persons`, with its 95% interval; NaN where it is not defined."""

    r: float
    low: float
    high: float
    persons: int


class Difference(NamedTuple):
    """First correlation minus the second, with Zou's 95% interval and Williams's t (persons - 3 degrees) and p."""

    value: float
    low: float
    high: float
    t: float
    p: float


def interval(r: float, persons: int, *, held: int = 0, ranks: bool) -> Correlation:
    """Fisher's interval of a correlation with `held` variables held constant.

    Of ranks, the variance of Fisher's z is that of Bonett & Wright 2000 (10.1007/BF02294183).
    """
    if persons < _FEWEST + held or not np.isfinite(r):
        return Correlation(np.nan, np.nan, np.nan, persons)
    if abs(r) >= 1.0:
        return Correlation(r, r, r, persons)
    half = _TWO_SIDED * np.sqrt((1.0 + r * r / 2.0 if ranks else 1.0) / (persons - held - 3))
    low, high = np.tanh(np.arctanh(r) + np.array([-half, half]))
    return Correlation(r, float(low), float(high), persons)


def correlation(x: Any, y: Any, given: Any = None, *, ranks: bool) -> Correlation:
    """Pearson's correlation of x and y (n,), or Spearman's (`ranks`); partial, where `given` (n,) is held constant.

    Partial: the correlation of what least squares on the given variable (ranked like the others) leaves. Persons of
    whom anything is missing do not count. NaN where a variable is constant.
    """
    columns = np.array([x, y] if given is None else [x, y, given], dtype=np.float64)
    columns = columns[:, ~np.isnan(columns).any(axis=0)]
    persons, held = columns.shape[1], len(columns) - 2
    if persons < _FEWEST + held or (np.ptp(columns, axis=1) == 0.0).any():
        return Correlation(np.nan, np.nan, np.nan, persons)
    if ranks:
        from scipy.stats import rankdata

        columns = rankdata(columns, axis=1)
    columns = columns - columns.mean(axis=1, keepdims=True)
    for constant in columns[2:]:
        columns = columns - np.outer(columns @ constant / (constant @ constant), constant)
    (xx, xy), (_, yy) = columns[:2] @ columns[:2].T
    r = xy / np.sqrt(xx * yy) if min(xx, yy) > 1e-12 * persons else np.nan
    return interval(float(np.clip(r, -1.0, 1.0)), persons, held=held, ranks=ranks)


def difference(first: Correlation, second: Correlation, between: float) -> Difference:
    """Whether x goes with y more than with z; `first` of x and y, `second` of x and z, `between` that of y and z.

    The interval is Zou's (2007, 10.1037/1082-989X.12.4.399), the test Williams's as Steiger recommends it (1980,
    10.1037/0033-2909.87.2.245); both take the persons to be the same. Neither scipy nor statsmodels has them.
    """
    n, r1, r2, r3 = first.persons, first.r, second.r, between
    if not np.isfinite([r1, r2, r3]).all() or max(abs(r1), abs(r2), abs(r3)) >= 1.0:
        return Difference(np.nan, np.nan, np.nan, np.nan, np.nan)
    shared = (r3 - r1 * r2 / 2.0) * (1.0 - r1**2 - r2**2 - r3**2) + r3**3
    shared /= (1.0 - r1**2) * (1.0 - r2**2)
    below, above = (r1 - first.low, second.high - r2), (first.high - r1, r2 - second.low)
    low, high = (np.sqrt(max(a * a + b * b - 2.0 * shared * a * b, 0.0)) for a, b in (below, above))
    left = max(1.0 - r1**2 - r2**2 - r3**2 + 2.0 * r1 * r2 * r3, 0.0)  # determinant of the three correlations
    spread = 2.0 * left * (n - 1) / (n - 3) + (r1 + r2) ** 2 / 4.0 * (1.0 - r3) ** 3
    from scipy.special import stdtr

    t = (r1 - r2) * np.sqrt((n - 1) * (1.0 + r3) / spread) if spread > 0.0 else np.nan
    p = 2.0 * float(stdtr(n - 3, -abs(t)))
    return Difference(r1 - r2, r1 - r2 - float(low), r1 - r2 + float(high), float(t), p)
