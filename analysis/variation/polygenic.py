"""How well a polygenic score tells people apart: variance explained, odds, and the area under the ROC curve."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.variation.decomposition import TooFewError, decomposition

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST = 10  # cases, and others, without whom no odds are given
_Z = float(stats.norm.ppf(0.975))
_NONE = (np.nan, np.nan, np.nan)


def auc(score: Floats, case: Flags) -> tuple[float, float, float]:
    """Area under the ROC curve with DeLong's interval, of a score (n,) for who is a case (n,).

    DeLong, DeLong & Clarke-Pearson 1988, 10.2307/2531595, by midranks (Sun & Xu 2014, 10.1109/LSP.2014.2337313).
    NaN without two cases and two others; bounds NaN where the score tells them apart without a fault, which leaves no
    variance.
    """
    cases, others = score[case], score[~case]
    m, n = len(cases), len(others)
    if m < 2 or n < 2:
        return _NONE
    joint = stats.rankdata(np.concatenate([cases, others]))
    of_case = (joint[:m] - stats.rankdata(cases)) / n  # share of the others below each case
    of_other = 1.0 - (joint[m:] - stats.rankdata(others)) / m  # share of the cases above each other
    value = float(of_case.mean())
    se = float(np.sqrt(of_case.var(ddof=1) / m + of_other.var(ddof=1) / n))
    return (value, value - _Z * se, value + _Z * se) if se > 0.0 else (value, np.nan, np.nan)


def odds_ratio(x: Floats, case: Flags, others: Floats | None = None) -> tuple[float, float, float]:
    """Odds ratio of being a case for one unit of x (n,), by logistic regression, with the columns `others` (n, k).

    NaN with fewer than `LEAST` cases or others, a constant x, or where the model does not converge.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    if min(case.sum(), (~case).sum()) < LEAST or not np.ptp(x) > 0.0:
        return _NONE
    columns = [np.ones(len(x)), x] if others is None else [np.ones(len(x)), x, others]
    with warnings.catch_warnings():
        for kind in (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning):
            warnings.simplefilter("error", kind)
        try:
            fitted = sm.Logit(case.astype(np.float64), np.column_stack(columns)).fit(disp=0)
        except (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning, np.linalg.LinAlgError):
            return _NONE
    low, high = np.asarray(fitted.conf_int())[1]
    value, low, high = np.exp([np.asarray(fitted.params)[1], low, high])
    return float(value), float(low), float(high)


def top_decile(score: Floats, case: Flags) -> tuple[float, float, float]:
    """Odds ratio of being a case, the top tenth of the score against the rest; NaN where a cell is empty."""
    from statsmodels.stats.contingency_tables import Table2x2

    top = score >= np.quantile(score, 0.9)
    cells = np.array([[(top & case).sum(), (top & ~case).sum()], [(~top & case).sum(), (~top & ~case).sum()]])
    if cells.min() == 0:
        return _NONE
    table = Table2x2(cells)
    low, high = table.oddsratio_confint()
    return float(table.oddsratio), float(low), float(high)


def performance(
    score: pd.Series,
    outcome: pd.Series,
    case: pd.Series,
    covariates: pd.DataFrame,
    family: pd.Series | None = None,
) -> pd.DataFrame:
    """What a polygenic score tells, by person: of a continuous outcome and of who is a case (bool).

    Returns rows r2 (adjusted, of the outcome by the score alone), incremental r2 (beyond `covariates`), odds ratio per
    SD, odds ratio of the top decile, and auc, with value, low, high and n. Intervals: jackknife for R² (see
    `decomposition`), Wald, and DeLong for the area; NaN where it cannot be told.
    """
    frame = covariates.add_prefix("with ").assign(score=score, outcome=outcome, case=case.astype(np.float64)).dropna()
    x, is_case = frame["score"].to_numpy(np.float64), frame["case"].to_numpy() > 0.5
    spread = x.std() if len(x) else 0.0
    alone = _gained(frame, ["score"], family)
    beyond = _gained(frame, [*(c for c in frame.columns if str(c).startswith("with ")), "score"], family)
    rows: dict[str, tuple[float, float, float]] = {"r2": alone, "incremental r2": beyond}
    rows["odds ratio per SD"] = odds_ratio((x - x.mean()) / spread, is_case) if spread > 0.0 else _NONE
    rows["odds ratio of the top decile"] = top_decile(x, is_case) if spread > 0.0 else _NONE
    rows["auc"] = auc(x, is_case)
    found = pd.DataFrame([(name, *three) for name, three in rows.items()], columns=["what", "value", "low", "high"])
    return found.assign(n=len(frame), cases=int(is_case.sum()))


def _gained(frame: pd.DataFrame, columns: Sequence[str], family: pd.Series | None) -> tuple[float, float, float]:
    """Adjusted R² that the last column adds to those before it, with the interval of its share when it comes last."""
    blocks = pd.Series({c: "score" if c == "score" else "others" for c in columns}, dtype=object)
    try:
        found = decomposition(frame["outcome"], frame[list(columns)], blocks, ("others", "score"), family)
    except TooFewError:
        return _NONE
    row = found[found["block"] == "score"]
    if row.empty:
        return _NONE
    value = float(row["sequential"].iloc[0])
    return value, float(row["sequential_low"].iloc[0]), float(row["sequential_high"].iloc[0])
