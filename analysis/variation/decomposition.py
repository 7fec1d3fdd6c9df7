"""How much of the differences between people each kind of cause explains, and how much is left to chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
REST, TOTAL = "chance and what is not recorded", "all causes together"
GROUPS = 100  # of persons, of which the jackknife leaves out one at a time
_TINY = 1e-8  # of a column's variance: what is left of less than this is a copy of the others


class TooFewError(ValueError):
    """Too few persons for so many causes."""


def decomposition(
    outcome: pd.Series,
    predictors: pd.DataFrame,
    blocks: pd.Series,
    order: Sequence[str],
    family: pd.Series | None = None,
) -> pd.DataFrame:
    """Shares of the outcome's variance by block of causes, from a linear model.

    Parameters
    ----------
    outcome : by person. predictors : indexed by person; `blocks` says the block of each column.
    order : the blocks, in the order in which they come about, which the sequential shares follow.
    family : by person; families stay together when some are left out.

    Returns block, columns (how many that vary and are no copy of others), sequential (adjusted R² gained when it comes
    in this order), share (gained on average over all orders: LMG, or Shapley's value; Lindeman, Merenda & Gold in
    Grömping 2006, 10.18637/jss.v017.i01), n, and for both low and high; then a row `TOTAL` and a row `REST`. R² is
    adjusted for the number of columns, so that a block without effect has 0 on average, and may come out below 0.
    Intervals are ± t se of a jackknife over `GROUPS` groups of families (Efron & Stein 1981, 10.1214/aos/1176345462).
    Persons with a missing value are left out. Raises TooFewError where persons are fewer than twice the columns or
    than 20, or where the outcome does not vary.
    """
    frame = predictors.assign(**{"": outcome}).dropna()
    named = [[c for c in predictors.columns if blocks[c] == block and frame[c].nunique() > 1] for block in order]
    columns = [c for group in named for c in group]
    z = frame[[*columns, ""]].to_numpy(np.float64)
    if len(z) < max(20, 2 * (len(columns) + 1)):
        raise TooFewError(f"{len(z)} persons with all of {len(columns)} causes; it takes 20, and twice the causes")
    spread = z.std(axis=0)
    if not columns:
        raise TooFewError("no recorded cause varies between these persons")
    if not spread[-1] > 0.0:
        raise TooFewError("the outcome is the same in everybody")
    z = (z - z.mean(axis=0)) / spread
    kept = _independent(z[:, :-1].T @ z[:, :-1] / len(z))
    z, names = z[:, [*kept, len(columns)]], [columns[k] for k in kept]
    places = {block: [k for k, c in enumerate(names) if blocks[c] == block] for block in order}
    groups = _groups(family, frame.index)
    full, left_out = _moments(z, groups)
    values = _shapley(np.concatenate([full[None], left_out]), places)
    sizes = len(left_out)
    se = np.sqrt((sizes - 1) / sizes * ((values[1:] - values[1:].mean(axis=0)) ** 2).sum(axis=0))
    reach = stats.t.ppf(0.975, sizes - 1) * se
    steps = len(places)
    found = pd.DataFrame(
        {
            "block": [*places, TOTAL, REST],
            "columns": [*(len(p) for p in places.values()), len(names), 0],
            "sequential": [*values[0, steps : 2 * steps], values[0, -2], values[0, -1]],
            "share": [*values[0, :steps], values[0, -2], values[0, -1]],
            "n": len(z),
        }
    )
    ends = [2 * steps, 2 * steps + 1]
    for column, first in (("share", 0), ("sequential", steps)):
        at = [*range(first, first + steps), *ends]
        prefix = "" if column == "share" else "sequential_"
        found[f"{prefix}low"], found[f"{prefix}high"] = found[column] - reach[at], found[column] + reach[at]
    return found[~((found["columns"] == 0) & (found["block"] != REST))].reset_index(drop=True)


def _groups(family: pd.Series | None, index: pd.Index) -> NDArray[np.intp]:
    codes = np.arange(len(index)) if family is None else pd.factorize(family.reindex(index))[0]
    return codes % min(GROUPS, int(codes.max()) + 1)


def _moments(z: Floats, groups: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Crossproducts of (1, z): of all (p, p), and of all but one group (groups, p, p)."""
    augmented = np.column_stack([np.ones(len(z)), z])
    order = np.argsort(groups, kind="stable")
    pieces = np.split(augmented[order], np.flatnonzero(np.diff(groups[order])) + 1)
    each = np.stack([piece.T @ piece for piece in pieces])
    full = each.sum(axis=0)
    return full, full - each


def _shapley(moments: Floats, places: Mapping[str, Sequence[int]]) -> Floats:
    """(sets, 2 blocks + 2): LMG shares, sequential shares, the total, and the rest, for each set of crossproducts."""
    n = moments[:, 0, 0]
    s = moments[:, 0, 1:]
    covariance = moments[:, 1:, 1:] / n[:, None, None] - s[:, :, None] * s[:, None, :] / n[:, None, None] ** 2
    names = list(places)
    explained = {
        frozenset(some): _adjusted(covariance, n, [k for name in some for k in places[name]])
        for size in range(len(names) + 1)
        for some in combinations(names, size)
    }
    everything = explained[frozenset(names)]
    shares, steps = [], []
    for k, name in enumerate(names):
        share = np.zeros_like(n)
        for without, value in explained.items():
            if name not in without:
                weight = factorial(len(without)) * factorial(len(names) - len(without) - 1) / factorial(len(names))
                share += weight * (explained[without | {name}] - value)
        shares.append(share)
        steps.append(explained[frozenset(names[: k + 1])] - explained[frozenset(names[:k])])
    return np.column_stack([*shares, *steps, everything, 1.0 - everything])


def _adjusted(covariance: Floats, n: Floats, at: Sequence[int]) -> Floats:
    """Adjusted R² (sets,) of the last variable on those at these places."""
    if not at:
        return np.zeros_like(n)
    inner = covariance[:, at][:, :, at] + 1e-12 * np.eye(len(at))  # leaving out a group may empty a rare column
    with_outcome = covariance[:, at, -1]
    raw = (with_outcome * np.linalg.solve(inner, with_outcome[:, :, None])[:, :, 0]).sum(axis=1) / covariance[:, -1, -1]
    return 1.0 - (1.0 - raw) * (n - 1.0) / (n - len(at) - 1.0)


def _independent(correlation: Floats) -> list[int]:
    """Columns that are no linear copy of those before them."""
    kept: list[int] = []
    for k in range(len(correlation)):
        inner, across = correlation[np.ix_(kept, kept)], correlation[kept, k]
        left = correlation[k, k] - (across @ np.linalg.solve(inner, across) if kept else 0.0)
        if left > _TINY:
            kept.append(k)
    return kept
