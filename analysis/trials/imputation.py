"""Those who were not seen at follow-up, by multiple imputation: what the trial tells if they resemble those who were.

Missing at random given arm and baseline is an assumption that data cannot test. The imputations are those of
statsmodels' MICE for one incomplete variable, drawn from a stream of their own instead of numpy's global one; its
pooling has no degrees of freedom for small samples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.trial import LEVEL, Estimate

IMPUTATIONS = 20
_DONORS = 5  # of whom one lends the value


def pool(
    estimates: NDArray[np.float64], variances: NDArray[np.float64], complete: float = np.inf
) -> tuple[float, float, float, float]:
    """Rubin's rules: pooled estimate, low, high (95%) and degrees of freedom.

    `estimates` and their squared standard errors (m,) of m > 1 imputed data sets; `complete` are the degrees of freedom
    that complete data would have (Barnard & Rubin 1999, 10.1093/biomet/86.4.948).
    """
    m = len(estimates)
    between, within = float(estimates.var(ddof=1)), float(variances.mean())
    total = within + (1.0 + 1.0 / m) * between
    centre = float(estimates.mean())
    if total == 0.0:
        return centre, np.nan, np.nan, np.nan
    share = (1.0 + 1.0 / m) * between / total
    old = (m - 1) / share**2 if share > 0.0 else np.inf
    if np.isfinite(complete):
        observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share)
        freedom = observed if np.isinf(old) else old * observed / (old + observed)
    else:
        freedom = old
    half = float(stats.t.ppf((1.0 + LEVEL) / 2.0, freedom)) * total**0.5
    return centre, centre - half, centre + half, freedom


def matched(
    value: NDArray[np.float64], predictors: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """`value` (n,) with each NaN replaced by that of one of the five seen persons whose prediction is nearest.

    Predictive-mean matching: predictions of the unseen by least-squares coefficients drawn from their posterior, of
    the seen by the fitted ones (`predictors` (n, k), with a constant, complete and of full rank).
    """
    seen = ~np.isnan(value)
    design = predictors[seen]
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ value[seen]
    rest = value[seen] - design @ beta
    freedom = max(len(rest) - design.shape[1], 1)
    spread = np.sqrt(rest @ rest / rng.chisquare(freedom))
    drawn = rng.multivariate_normal(beta, spread**2 * inverse, method="eigh")
    donors, wanted = design @ beta, predictors[~seen] @ drawn
    order = np.abs(wanted[:, None] - donors[None, :]).argsort(axis=1, kind="stable")[:, :_DONORS]
    chosen = order[np.arange(len(wanted)), rng.integers(0, order.shape[1], len(wanted))]
    found = value.copy()
    found[~seen] = value[seen][chosen]
    return found


def imputed(
    everybody: pd.DataFrame, arms: Sequence[str], reference: str, seed: int = 0, m: int = IMPUTATIONS
) -> dict[str, Estimate]:
    """Differences in means to the reference over all who were randomized, by arm, with `m` imputations.

    `everybody` has a row a randomized person: arm, value (NaN where not seen) and baseline (used where nobody lacks it
    and it varies). Values are imputed within each arm by `matched`, and Welch-type differences pooled by `pool`. Arms
    with fewer than 3 seen persons are left out; empty when the reference is one.
    """
    rng = np.random.default_rng(seed)
    before = everybody["baseline"].to_numpy(np.float64)
    useful = not np.isnan(before).any() and len(before) > 0 and np.ptp(before) > 0.0
    means: dict[str, NDArray[np.float64]] = {}
    errors: dict[str, NDArray[np.float64]] = {}
    sizes: dict[str, int] = {}
    for arm in arms:
        mine = (everybody["arm"] == arm).to_numpy(bool)
        value = everybody.loc[mine, "value"].to_numpy(np.float64)
        if np.count_nonzero(~np.isnan(value)) < 3:
            continue
        ones = np.ones(len(value))
        predictors = np.column_stack([ones, before[mine] - before[mine].mean()]) if useful else ones[:, None]
        sets = np.array([matched(value, predictors, rng) for _ in range(m)])
        means[arm], errors[arm] = sets.mean(axis=1), sets.var(axis=1, ddof=1) / len(value)
        sizes[arm] = len(value)
    if reference not in means:
        return {}
    found = {}
    for arm in (a for a in means if a != reference):
        freedom = sizes[arm] + sizes[reference] - 2.0
        difference, error = means[arm] - means[reference], errors[arm] + errors[reference]
        found[arm] = pool(difference, error, freedom)[:3]
    return found
