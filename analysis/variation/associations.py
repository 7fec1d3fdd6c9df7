"""Each possible cause by itself: standardized slopes of the outcomes, all at once, with multiplicity control."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.variation.multiplicity import discovery_rate, holm

LEVEL = 0.95
LEAST = 8  # persons below which no slope is given
Floats = NDArray[np.float64]


def associations(outcomes: pd.DataFrame, predictors: pd.DataFrame, family: pd.Series | None = None) -> pd.DataFrame:
    """Standardized slope of every outcome on every predictor, each alone, with 95% interval.

    Parameters
    ----------
    outcomes, predictors : indexed by person, numbers; a pair's missing values leave that pair.
    family : by person; members of one family are not independent and count as one cluster. By default all are single.

    The slope of one variable in SD on another in SD is their correlation. Its standard error is that of the influence
    function, which asks for no normal distribution and allows for the SDs being estimated, summed within families; the
    interval is laid on Fisher's scale, ``tanh(atanh(r) ± t se / (1 - r²))``, with clusters - 2 degrees of freedom.

    Returns outcome, predictor, n, slope, low, high, p, p_bh and p_holm (see `multiplicity`), both over the
    predictors of one outcome. NaN where a variable is
    constant or fewer than `LEAST` persons have both.
    """
    x = predictors.to_numpy(np.float64)
    cluster = _clusters(family, predictors.index)
    parts = []
    for name in outcomes.columns:
        found = _slopes(x, outcomes[name].reindex(predictors.index).to_numpy(np.float64), cluster)
        rows = pd.DataFrame({"outcome": name, "predictor": predictors.columns, **found})
        p = rows["p"].to_numpy()
        parts.append(rows.assign(p_bh=discovery_rate(p), p_holm=holm(p)))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _clusters(family: pd.Series | None, index: pd.Index) -> NDArray[np.intp] | None:
    """Number of each person's family (n,), or None where everybody is single."""
    if family is None:
        return None
    codes = pd.factorize(family.reindex(index))[0]
    return codes if len(np.unique(codes)) < len(codes) else None


def _slopes(x: Floats, y: Floats, cluster: NDArray[np.intp] | None) -> dict[str, Floats]:
    """n, slope, low, high and p (k,) of y (n,) on each column of x (n, k)."""
    there = np.isfinite(x) & np.isfinite(y)[:, None]
    n = there.sum(axis=0)
    zx, zy = _standard(x, there), _standard(np.broadcast_to(y[:, None], x.shape), there)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip((zx * zy).sum(axis=0) / n, -1.0, 1.0)
    # Influence of each person on the correlation (Hampel 1974): the slope less what the two SDs take back.
    influence = np.where(there, zx * zy - 0.5 * r * (zx**2 + zy**2), 0.0)
    clusters = n.astype(np.float64)
    if cluster is not None:
        order = np.argsort(cluster, kind="stable")
        starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
        influence = np.add.reduceat(influence[order], starts, axis=0)
        clusters = (np.add.reduceat(there[order].astype(np.int64), starts, axis=0) > 0).sum(axis=0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt((influence**2).sum(axis=0) * clusters / (clusters - 2.0)) / n
        usable = (n >= LEAST) & (clusters > 3) & np.isfinite(r) & (np.abs(r) < 1.0)
        z, width = np.arctanh(np.where(usable, r, 0.0)), se / (1.0 - np.where(usable, r, 0.0) ** 2)
        freedom = np.maximum(clusters - 2.0, 1.0)
        reach = stats.t.ppf(0.5 + LEVEL / 2.0, freedom) * width
        p = 2.0 * stats.t.sf(np.abs(z) / width, freedom)
    known = {"slope": np.where(usable, r, np.nan), "low": np.tanh(z - reach), "high": np.tanh(z + reach), "p": p}
    return {"n": n, **{key: np.where(usable, value, np.nan) for key, value in known.items()}}


def _standard(x: Floats, there: NDArray[np.bool_]) -> Floats:
    """x (n, k) in SD about the mean of those who are there, 0 elsewhere; NaN where it does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        n = there.sum(axis=0)
        centred = np.where(there, x, 0.0)
        centred = np.where(there, centred - centred.sum(axis=0) / n, 0.0)
        spread = np.sqrt((centred**2).sum(axis=0) / n)
        tiny = 1e-9 * np.abs(np.where(there, x, 0.0)).max(axis=0, initial=0.0)  # rounding of a constant is no spread
        return centred / np.where(spread > tiny, spread, np.nan)
