"""Which designs are worth considering when several things matter: the front, how much it covers, what regret it has.

Every objective is to be small here; one that is to be large is handed over with its sign changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

_AT_A_TIME = 2_000_000  # comparisons held in memory at once


def front(values: ArrayLike) -> NDArray[np.bool_]:
    """Which of n designs no other one dominates, shape (n,), from their objectives (n, k), all to be small.

    One dominates another when it is nowhere worse and somewhere better; equal ones do not dominate each other. A design
    with a NaN is never on the front, and dominates none.
    """
    found = np.asarray(values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(found).any(axis=1))
    kept = np.zeros(len(found), dtype=bool)
    rows = found[known]
    step = max(_AT_A_TIME // max(len(rows), 1), 1)
    for first in range(0, len(rows), step):
        mine = rows[first : first + step]
        nowhere_worse = np.ones((len(mine), len(rows)), dtype=bool)
        better = np.zeros_like(nowhere_worse)
        for one, all_of_it in zip(mine.T, rows.T, strict=True):
            nowhere_worse &= all_of_it[None, :] <= one[:, None]
            better |= all_of_it[None, :] < one[:, None]
        kept[known[first : first + step]] = ~(nowhere_worse & better).any(axis=1)
    return kept


def hypervolume(values: ArrayLike, reference: Sequence[float]) -> float:
    """Volume that n designs (n, k) dominate up to the point `reference` (k,), beyond which nothing counts.

    The larger, the better the front (Zitzler & Thiele 1999, 10.1109/4235.797969). By slices along the last objective,
    which is exact, and quick for the few objectives and dozens of designs of a front.
    """
    limit = np.asarray(reference, dtype=np.float64)
    found = np.asarray(values, dtype=np.float64).reshape(-1, len(limit))
    inside = found[(found < limit).all(axis=1)]
    return _volume(inside[front(inside)], limit) if len(inside) else 0.0


def _volume(points: NDArray[np.float64], limit: NDArray[np.float64]) -> float:
    if len(limit) == 1:
        return float(limit[0] - points[:, 0].min())
    if len(limit) == 2:  # a staircase
        ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
        lowest = np.minimum.accumulate(ordered[:, 1])
        return float(np.diff(ordered[:, 0], append=limit[0]) @ (limit[1] - lowest))
    ordered = points[points[:, -1].argsort(kind="stable")]
    edges = np.append(ordered[:, -1], limit[-1])
    total = 0.0
    for k in range(len(ordered)):
        depth = float(edges[k + 1] - edges[k])
        if depth > 0.0:
            below = ordered[: k + 1, :-1]
            total += depth * _volume(below[front(below)], limit[:-1])
    return total


def regret(values: pd.DataFrame, smaller_is_better: bool = True) -> pd.DataFrame:
    """How much worse each design may turn out than the best there is, over what is uncertain.

    `values` has a row a design and a column a state of what is uncertain (a parameter set, a world). Returns, by
    design, worst (largest regret over the states), mean (mean regret, the states counting alike), state (in which it is
    worst) and chosen: True for the design with the smallest worst regret (Savage 1951, 10.1080/01621459.1951.10500768),
    the smaller mean deciding between equals. A design with a NaN is never chosen.
    """
    found = values.to_numpy(np.float64)
    loss = found if smaller_is_better else -found
    known = ~np.isnan(loss).any(axis=1)
    if not known.any():
        raise ValueError("no design is known under every state; nothing can be chosen")
    apart = loss - loss[known].min(axis=0)
    worst = np.where(known, np.where(known[:, None], apart, 0.0).max(axis=1), np.nan)
    mean = np.where(known, np.where(known[:, None], apart, 0.0).mean(axis=1), np.nan)
    states = [
        str(values.columns[k]) if ok else "" for k, ok in zip(np.nan_to_num(apart).argmax(axis=1), known, strict=True)
    ]
    best = np.lexsort((mean, worst))[0]  # NaN comes last
    chosen = np.arange(len(loss)) == best
    return pd.DataFrame({"worst": worst, "mean": mean, "state": states, "chosen": chosen}, index=values.index)


def surely(draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """How surely each design is on the front: the share of draws (draws, n, k) in which no other dominates it, (n,).

    Draws are resampled means of the objectives, the same persons or replicates for every design.
    """
    return np.mean([front(one) for one in draws], axis=0)
