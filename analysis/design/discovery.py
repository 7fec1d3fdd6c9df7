"""Scenario discovery: boxes of the inputs in which cases gather, and a tree that says the same in other words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PEEL = 0.05  # share of a box that is cut off at a time
LEAST = 0.03  # share of all rows that a box keeps
FEWEST = 8  # and so many of them
MOST_BOXES = 3
WORTH = 1.25  # a box is given when cases are so many times as frequent in it as at large
FOLLOWS = 0.02  # share of a box's quality for which a restriction is not kept

Bools = NDArray[np.bool_]
Limits = dict[str, tuple[float, float] | frozenset[str]]


@dataclass(frozen=True)
class Box:
    """One box: its limits by input (lowest and highest value, or the texts in it).

    ``coverage`` is the share of all cases that lie in it, ``density`` the share of cases among its rows, ``mass`` the
    share of all rows, ``base`` the share of cases among all rows.
    """

    limits: Limits
    coverage: float
    density: float
    mass: float
    base: float

    def holds(self, inputs: pd.DataFrame) -> Bools:
        """Which rows (n,) lie in it."""
        inside = np.ones(len(inputs), dtype=bool)
        for name, limit in self.limits.items():
            inside &= _inside(inputs[name], limit)
        return inside

    def __str__(self) -> str:
        parts = []
        for name, limit in self.limits.items():
            if isinstance(limit, frozenset):
                parts.append(f"{name} in {', '.join(sorted(limit))}")
            else:
                low, high = limit
                ends = [f"{low:.4g} <= "] if np.isfinite(low) else [""]
                parts.append(f"{ends[0]}{name}" + (f" <= {high:.4g}" if np.isfinite(high) else ""))
        return " and ".join(parts) or "everywhere"


def prim(inputs: pd.DataFrame, cases: Bools, *, most: int = MOST_BOXES) -> list[Box]:
    """Boxes in which cases gather, by the patient rule induction method of Friedman & Fisher 1999
    (10.1023/A:1008894516817).

    From all rows, the face is cut off whose removal raises the density most for each row that it costs (a text, or a
    whole number, may cost more than the usual `PEEL` of the rows), again and again down to `LEAST` of all rows. Of the
    boxes on the way the one with the best harmonic mean of coverage and density is taken, as Bryant & Lempert 2010
    (10.1016/j.techfore.2009.08.002) have the analyst choose; its faces are pasted back where that improves this, and
    restrictions that change next to nothing are dropped. The next box is sought among the rows outside those before it.

    `inputs` has a row an experiment and no missing value; `cases` (n,). No box where cases are nowhere `WORTH` times
    as frequent as at large.
    """
    out: list[Box] = []
    left = np.ones(len(inputs), dtype=bool)
    base = float(cases.mean()) if len(cases) else 0.0
    while len(out) < most and 0 < (cases & left).sum() < left.sum():
        rows, hit = inputs[left], cases[left]
        limits = _pruned(rows, hit, _pasted(rows, hit, _peeled(rows, hit, len(inputs))))
        box = _box(inputs, cases, limits, left)
        if box.density < WORTH * base or not limits:
            break
        out.append(box)
        left &= ~box.holds(inputs)
    return out


def tree(inputs: pd.DataFrame, cases: Bools, *, depth: int = 3) -> str:
    """A classification tree (scikit-learn) of the cases as text; leaves hold 5% of the rows or more.

    Texts among the inputs are split one against the others. Empty where all are cases, or none is.
    """
    from sklearn.tree import DecisionTreeClassifier, export_text

    if not 0 < cases.sum() < len(cases):
        return ""
    numbers = pd.get_dummies(inputs, prefix_sep=" = ", dtype=float)
    least = max(1, int(np.ceil(0.05 * len(cases))))
    grown = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=least, random_state=1)
    grown.fit(numbers.to_numpy(float), np.where(cases, "case", "other"))
    return str(export_text(grown, feature_names=list(map(str, numbers.columns)), show_weights=True))


def _inside(values: pd.Series, limit: tuple[float, float] | frozenset[str]) -> Bools:
    if isinstance(limit, frozenset):
        return values.isin(limit).to_numpy(bool)
    numbers = values.to_numpy(np.float64)
    return np.asarray((numbers >= limit[0]) & (numbers <= limit[1]))


def _all_inside(inputs: pd.DataFrame, limits: Limits) -> Bools:
    return Box(limits, 0.0, 0.0, 0.0, 0.0).holds(inputs)


def _quality(inputs: pd.DataFrame, cases: Bools, limits: Limits) -> float:
    """Harmonic mean of coverage and density."""
    inside = _all_inside(inputs, limits)
    return float(2.0 * (cases & inside).sum()) / max(1.0, float(cases.sum() + inside.sum()))


def _peeled(inputs: pd.DataFrame, cases: Bools, among: int) -> Limits:
    """The best box on the way of peeling."""
    limits: Limits = {}
    inside = np.ones(len(inputs), dtype=bool)
    best, quality = limits, _quality(inputs, cases, limits)
    while True:
        choice = max(_peels(inputs[inside], cases[inside], limits), key=lambda one: one[0], default=None)
        if choice is None:
            return best
        _, name, limit = choice
        limits = {**limits, name: limit}
        inside = inside & _inside(inputs[name], limit)
        if inside.sum() < max(LEAST * among, FEWEST) or not (cases & inside).any():
            return best
        if (found := _quality(inputs, cases, limits)) > quality:
            best, quality = limits, found


def _peels(
    inputs: pd.DataFrame, cases: Bools, limits: Limits
) -> Iterator[tuple[float, str, tuple[float, float] | frozenset[str]]]:
    """What may be cut off: what the density gains for each row that goes, the input and its new limits."""
    before = float(cases.mean())

    def gain(kept: Bools) -> float:
        return float(cases[kept].mean() - before) / float((~kept).sum())

    for name in inputs.columns:
        values = inputs[name]
        if not pd.api.types.is_numeric_dtype(values):
            there = values.unique()
            for text in there if len(there) > 1 else ():
                yield gain((values != text).to_numpy(bool)), name, frozenset(set(there) - {text})
            continue
        numbers = values.to_numpy(np.float64)
        limit = limits.get(name, (-np.inf, np.inf))
        assert not isinstance(limit, frozenset)
        low, high = np.quantile(numbers, [PEEL, 1.0 - PEEL])
        if (left := numbers[numbers > numbers.min()]).size:  # a step of whole numbers may be more than the share
            low = float(numbers[numbers >= low].min()) if low > numbers.min() else float(left.min())
            yield gain(numbers >= low), name, (low, limit[1])
        if (left := numbers[numbers < numbers.max()]).size:
            high = float(numbers[numbers <= high].max()) if high < numbers.max() else float(left.max())
            yield gain(numbers <= high), name, (limit[0], high)


def _pasted(inputs: pd.DataFrame, cases: Bools, limits: Limits) -> Limits:
    """Faces moved outwards as long as the quality grows."""
    quality = _quality(inputs, cases, limits)
    while True:
        wider = []
        for name, limit in limits.items():
            if isinstance(limit, frozenset):
                wider += [{**limits, name: limit | {text}} for text in set(inputs[name].unique()) - limit]
                continue
            numbers = np.sort(inputs[name].to_numpy(np.float64))
            step = max(1, int(PEEL * len(numbers) / 5))
            low = int(np.searchsorted(numbers, limit[0])) - step
            high = int(np.searchsorted(numbers, limit[1], side="right")) + step - 1
            if np.isfinite(limit[0]):
                wider.append({**limits, name: (float(numbers[low]) if low >= 0 else -np.inf, limit[1])})
            if np.isfinite(limit[1]):
                wider.append({**limits, name: (limit[0], float(numbers[high]) if high < len(numbers) else np.inf)})
        found = max(((_quality(inputs, cases, one), k) for k, one in enumerate(wider)), default=(0.0, 0))
        if found[0] <= quality:
            return limits
        quality, limits = found[0], wider[found[1]]


def _pruned(inputs: pd.DataFrame, cases: Bools, limits: Limits) -> Limits:
    """Without restrictions that change next to nothing."""
    while limits:
        quality = _quality(inputs, cases, limits)
        fewer = [{k: v for k, v in limits.items() if k != name} for name in limits]
        best = max(fewer, key=lambda one: _quality(inputs, cases, one))
        if _quality(inputs, cases, best) < quality * (1.0 - FOLLOWS):
            return limits
        limits = best
    return limits


def _box(inputs: pd.DataFrame, cases: Bools, limits: Limits, left: Bools) -> Box:
    """The box with what it holds of the rows that are left."""
    inside = _all_inside(inputs, limits) & left
    hits = float((cases & inside).sum())
    return Box(limits, hits / max(1.0, float(cases.sum())), hits / max(1.0, float(inside.sum())),
               float(inside.mean()), float(cases.mean()))  # fmt: skip
