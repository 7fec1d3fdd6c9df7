"""A readable rule for who gets what: a tree of questions about measurements, each leaf an arm.

The tree is the one with the largest total gain among all trees of its depth over the thresholds that are tried: exact
search, not one split at a time (empirical welfare maximization, Kitagawa & Tetenov 2018, 10.3982/ECTA13288; Athey &
Wager 2021, 10.3982/ECTA15732). Depths 1 and 2 are searched from joint histograms; each further level tries every split
above the search of one level less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DEEPEST = 3
_BINS = {0: 2, 1: 64, 2: 32, 3: 8}  # at most so many groups of a measurement, of about equal size, by depth
_SMALLEST = 0.02  # share of the rows that a leaf has at least
_ANY = 1e-12  # a gain below this is rounding

Gains = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Leaf:
    """All who come here get the arm of this index."""

    arm: int


@dataclass(frozen=True)
class Split:
    """Who measures less than `threshold`, or lacks the measurement, goes to `below`, the rest to `above`."""

    measurement: str
    threshold: float
    below: Tree
    above: Tree


Tree = Leaf | Split


def grow(measurements: pd.DataFrame, gains: Gains, depth: int) -> Tree:
    """The tree of at most `depth` questions a person with the largest sum of gains.

    `measurements` (n, m) are numbers, NaN where there is none; `gains` (n, arms) what each arm gains each row. A leaf
    has at least 2% of the rows. A split whose sides get one arm is none. Raises ValueError for a depth beyond 0 to 3.
    """
    if not 0 <= depth <= DEEPEST:
        raise ValueError(f"depth = {depth}; permitted: 0 to {DEEPEST}")
    names = [str(name) for name in measurements]
    columns = [measurements.iloc[:, k].to_numpy(np.float64) for k in range(len(names))]
    edges = [_edges(column, _BINS[depth]) for column in columns]
    kept = [k for k, found in enumerate(edges) if len(found)]
    codes = [np.searchsorted(edges[k], np.nan_to_num(columns[k], nan=-np.inf), side="right") for k in kept]
    held = np.column_stack([gains, np.ones(len(gains))])  # the last column counts
    least = max(_SMALLEST * len(gains), 1.0)
    found = _search(np.array(codes, dtype=np.int64).reshape(len(kept), len(gains)), held, depth, least, _BINS[depth])
    return _named(found[1], [names[k] for k in kept], [edges[k] for k in kept])


def assign(tree: Tree, measurements: pd.DataFrame) -> Codes:
    """The arm's index for each row of `measurements`, shape (n,)."""
    if isinstance(tree, Leaf):
        return np.full(len(measurements), tree.arm, dtype=np.int64)
    above = (measurements[tree.measurement] >= tree.threshold).to_numpy(bool)
    return np.where(above, assign(tree.above, measurements), assign(tree.below, measurements))


def told(tree: Tree, arms: Sequence[str]) -> list[str]:
    """The tree in words, a line a branch."""
    return [f"{'  ' * level}{text}" for level, text in _lines(tree, arms, 0)]


def as_mapping(tree: Tree, arms: Sequence[str]) -> Mapping[str, object]:
    """The tree as JSON types: ``arm``, or ``measurement``, ``threshold``, ``below`` and ``above``."""
    if isinstance(tree, Leaf):
        return {"arm": arms[tree.arm]}
    sides = {"below": as_mapping(tree.below, arms), "above": as_mapping(tree.above, arms)}
    return {"measurement": tree.measurement, "threshold": tree.threshold, **sides}


def questions(tree: Tree) -> set[str]:
    """Measurements that the tree asks for."""
    return set() if isinstance(tree, Leaf) else {tree.measurement} | questions(tree.below) | questions(tree.above)


def _lines(tree: Tree, arms: Sequence[str], level: int) -> Iterator[tuple[int, str]]:
    if isinstance(tree, Leaf):
        yield level, arms[tree.arm]
        return
    for sign, side in (("<", tree.below), (">=", tree.above)):
        question = f"{tree.measurement} {sign} {tree.threshold:.4g}"
        if isinstance(side, Leaf):
            yield level, f"{question}: {arms[side.arm]}"
        else:
            yield level, question
            yield from _lines(side, arms, level + 1)


def _edges(column: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Thresholds between values that occur, at most `bins` - 1 of them at quantiles; none for a constant."""
    lacking = bool(np.isnan(column).any())
    known = np.unique(column[~np.isnan(column)])
    if len(known) + lacking > bins:
        shares = np.arange(1, bins) / bins
        at = np.unique(np.nanquantile(column, shares, method="higher"))
        return at[at > known[0]]
    middle = (known[1:] + known[:-1]) / 2.0
    # Missing values are a group of their own below all others.
    return np.concatenate([known[:1], middle]) if lacking and len(known) else middle


# A tree in codes: an arm, or (column, code that is the last one below, below, above).
_Coded = int | tuple[int, int, "_Coded", "_Coded"]


def _search(codes: Codes, held: Gains, depth: int, least: float, bins: int) -> tuple[float, _Coded]:
    """The best tree and its sum of gains. `codes` (m, n) of each measurement, `held` (n, arms + 1)."""
    total = held.sum(axis=0)
    leaf: tuple[float, _Coded] = (float(total[:-1].max()), int(total[:-1].argmax()))
    if depth == 0 or not len(codes) or total[-1] < 2 * least:
        return leaf
    if depth == 1:
        return _better(leaf, _one(_histogram(codes, held, bins), total, least))
    if depth == 2:
        return _better(leaf, _two(codes, held, least, bins))
    best = leaf
    for column in range(len(codes)):
        for last in range(bins - 1):
            below = codes[column] <= last
            count = int(below.sum())
            if min(count, len(below) - count) < least:
                continue
            sides = [_search(codes[:, side], held[side], depth - 1, least, bins) for side in (below, ~below)]
            best = _better(best, (sides[0][0] + sides[1][0], (column, last, sides[0][1], sides[1][1])))
    return best


def _better(one: tuple[float, _Coded], other: tuple[float, _Coded]) -> tuple[float, _Coded]:
    return other if other[0] > one[0] + _ANY * max(abs(one[0]), 1.0) else one


def _histogram(codes: Codes, held: Gains, bins: int) -> NDArray[np.float64]:
    """Sums of `held` by measurement and code, shape (m, bins, arms + 1)."""
    parts = [[np.bincount(row, weights=column, minlength=bins) for column in held.T] for row in codes]
    return np.moveaxis(np.array(parts), 1, 2)


def _one(histogram: NDArray[np.float64], total: NDArray[np.float64], least: float) -> tuple[float, _Coded]:
    """The best single split: see `_split_values`."""
    values = _split_values(histogram, total, least)
    column, last = np.unravel_index(int(values.argmax()), values.shape)
    below = histogram[column, : last + 1, :-1].sum(axis=0)
    sides = int(below.argmax()), int((total[:-1] - below).argmax())
    return float(values[column, last]), (int(column), int(last), *sides)


def _split_values(histogram: NDArray[np.float64], total: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Sum of gains of each split, shape (..., m, bins - 1); -inf where a side is too small."""
    below = histogram.cumsum(axis=-2)[..., :-1, :]
    above = total[..., None, None, :] - below
    values = below[..., :-1].max(axis=-1) + above[..., :-1].max(axis=-1)
    return np.where(np.minimum(below[..., -1], above[..., -1]) >= least, values, -np.inf)


def _two(codes: Codes, held: Gains, least: float, bins: int) -> tuple[float, _Coded]:
    """The best tree of two levels, from sums by pairs of codes."""
    best: tuple[float, _Coded] = (-np.inf, 0)
    for column, first in enumerate(codes):
        joint = np.array([_histogram(first[None, :] * bins + row, held, bins * bins)[0] for row in codes])
        joint = joint.reshape(len(codes), bins, bins, -1).swapaxes(0, 1)  # first code, measurement, its code, arms
        below = joint.cumsum(axis=0)[:-1]
        sides = (below, joint.sum(axis=0) - below)
        totals = [side[:, 0].sum(axis=1) for side in sides]
        found = np.zeros(bins - 1)
        for side, total in zip(sides, totals, strict=True):
            split = _split_values(side, total, least).reshape(bins - 1, -1).max(axis=1)
            found += np.where(total[:, -1] >= least, np.maximum(split, total[:, :-1].max(axis=1)), -np.inf)
        last = int(found.argmax())
        if found[last] > best[0] and np.isfinite(found[last]):
            parts = []
            for side, total in zip(sides, totals, strict=True):
                leaf: tuple[float, _Coded] = (float(total[last, :-1].max()), int(total[last, :-1].argmax()))
                parts.append(_better(leaf, _one(side[last], total[last], least))[1])
            best = (float(found[last]), (column, last, parts[0], parts[1]))
    return best


def _named(coded: _Coded, names: Sequence[str], edges: Sequence[NDArray[np.float64]]) -> Tree:
    if isinstance(coded, int):
        return Leaf(coded)
    column, last, *sides = coded
    below, above = (_named(side, names, edges) for side in sides)
    if below == above and isinstance(below, Leaf):
        return below
    return Split(names[column], float(edges[column][last]), below, above)
