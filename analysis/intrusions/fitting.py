"""How a model is fitted here: no warning leaks, and what went wrong is told in words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NORMAL = 1.959963984540054  # half-width of a 95% interval, in standard errors
Vector = NDArray[np.float64]


def attempt[T](run: Callable[[], T], what: str) -> tuple[T | None, list[str]]:
    """What `run` returns and what is to be told of it; None where the numbers broke down.

    Only a failure to converge is told of the warnings: overflow on an optimizer's way says nothing of where it ends.
    """
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            found = run()
        except (np.linalg.LinAlgError, ValueError, FloatingPointError, ZeroDivisionError) as error:
            return None, [f"{what} could not be fitted: {error}"]
    failed = any(issubclass(warning.category, ConvergenceWarning) for warning in heard)
    return found, [f"{what} did not converge; its numbers are not to be trusted"] if failed else []


def ratios(terms: Sequence[str], estimates: Vector, errors: Vector) -> pd.DataFrame:
    """Columns term, ratio, low, high: exponents of log estimates (k,) with Wald intervals of 95% from their errors."""
    with np.errstate(over="ignore"):
        low, middle, high = (np.exp(estimates + z * errors) for z in (-NORMAL, 0.0, NORMAL))
    return pd.DataFrame({"term": list(terms), "ratio": middle, "low": low, "high": high})


def sound(table: pd.DataFrame) -> bool:
    """Whether all estimates and limits are finite and no interval spans more than a factor of a million."""
    numbers = table[["ratio", "low", "high"]].to_numpy()
    return bool(
        np.isfinite(numbers).all() and (numbers[:, 1] > 0.0).all() and (numbers[:, 2] < 1e6 * numbers[:, 1]).all()
    )
