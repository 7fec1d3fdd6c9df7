"""The regression of repeated counts, with and without a working correlation, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.counts import negative_binomial
from analysis.intrusions.repeated import MOST_CORRELATED, PERIOD, correlated, evenly, periods, repeated


@dataclass(frozen=True)
class Course:
    """`table`: term, ratio, low, high (errors clustered by person) and, of at most `correlated` persons, gee_ratio,
    gee_low, gee_high with the working `correlation` of neighbouring periods; the first row is the rate a week. Each
    person has `periods`; `told` is what did not converge.
    """

    table: pd.DataFrame
    correlation: float
    correlated: int
    periods: int
    told: tuple[str, ...]


def dependence(found: Course) -> pd.DataFrame:
    """A row: periods (of each person), correlation (working, of neighbouring periods), persons (of that regression)."""
    return pd.DataFrame(
        [{"periods": found.periods, "correlation": found.correlation, "persons": found.correlated}]
    )  # fmt: skip


def course(weekly: NDArray[np.int64], covariates: pd.DataFrame) -> Course | None:
    """Incidence rate ratios of counts in periods of `PERIOD` weeks: `negative_binomial`, and beside it `correlated`.

    weekly (persons, weeks), two periods or more; covariates (persons, k), centred. None without a fit.
    """
    counts = periods(weekly)
    n, p = counts.shape
    columns = repeated(counts, covariates)
    fit = negative_binomial(
        counts.reshape(-1).astype(np.float64), np.full(n * p, float(PERIOD)), columns, np.repeat(np.arange(n), p)
    )
    if fit is None:
        return None
    few = evenly(n, MOST_CORRELATED)
    other, correlation, told = correlated(counts[few], covariates.iloc[few], fit.alpha[0], "autoregressive")
    table = fit.table.drop(columns=["model_low", "model_high"])
    if other is not None:
        table = table.assign(**{f"gee_{key}": other[key] for key in ("ratio", "low", "high")})
        table.loc[0, ["gee_ratio", "gee_low", "gee_high"]] /= PERIOD
    return Course(table, correlation, len(few), p, (*fit.told, *told))
