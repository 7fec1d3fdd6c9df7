"""Between which two measures a memory was forgotten, and the survival curve that makes no more of it than that."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

THRESHOLD = 0.5  # probability of recall: below it a memory is more likely missed than found
AT_ONCE = 1e-3  # days


def spans(readings: pd.DataFrame, threshold: float = THRESHOLD) -> pd.DataFrame:
    """For each person the days between which recall first fell below the threshold.

    `readings` as from `readings.graded`. Returns, indexed by person in ascending order: left (last day at which it had
    never been below; 0 where the first reading already was), right (first day below; infinite where there was none by
    the last reading: censored), returned (whether a later reading was at or above the threshold again).
    """
    frame = readings[["person", "day"]].assign(below=readings["recall"] < threshold)
    frame["ever"] = frame.groupby("person")["below"].cummax()
    by = frame.groupby("person")
    table = pd.DataFrame({"left": frame["day"].where(~frame["ever"]).groupby(frame["person"]).max().fillna(0.0)})
    table["right"] = frame["day"].where(frame["below"]).groupby(frame["person"]).min().fillna(np.inf)
    table["returned"] = by["ever"].sum() > by["below"].sum()
    return table


def times(spans: pd.DataFrame, end: str = "middle") -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Days and whether forgotten (persons,), with the forgetting at the ``left``, ``middle`` or ``right`` of its span.

    A censored person counts to the last reading. The left end of a span that begins with the exposure is day 0, which
    a curve cannot start with: it counts as `AT_ONCE`.
    """
    left, right = spans["left"].to_numpy(), spans["right"].to_numpy()
    forgotten = np.isfinite(right)
    share = {"left": 0.0, "middle": 0.5, "right": 1.0}[end]
    at = np.where(forgotten, (1.0 - share) * left + share * np.where(forgotten, right, left), left)
    return np.maximum(at, AT_ONCE), forgotten


def turnbull(left: NDArray[np.float64], right: NDArray[np.float64]) -> pd.DataFrame:
    """The nonparametric maximum-likelihood survival curve of times known to lie in (left, right].

    Turnbull 1976, 10.1111/j.2517-6161.1976.tb01597.x, by expectation and maximisation over his innermost intervals,
    equal spans taken together. Arrays (n,); right is infinite for a censored time. Returns a row an innermost interval:
    left, right, mass, survival (after it); within one the curve is not determined. Raises ValueError where a span is
    empty.
    """
    if not (left < right).all():
        raise ValueError("a time known to lie between two days needs the first to be the earlier")
    pairs, counts = np.unique(np.column_stack([left, right]), axis=0, return_counts=True)
    inner = _innermost(pairs)
    holds = ((pairs[:, :1] <= inner[:, 0]) & (inner[:, 1] <= pairs[:, 1:])).astype(np.float64)
    mass = np.full(len(inner), 1.0 / len(inner))
    for _ in range(20_000):
        fresh = mass * (holds.T @ (counts / (holds @ mass))) / counts.sum()
        moved, mass = np.abs(fresh - mass).max(), fresh
        if moved < 1e-9:
            break
    kept = mass > 1e-7
    table = pd.DataFrame({"left": inner[kept, 0], "right": inner[kept, 1], "mass": mass[kept]})
    table["survival"] = table["mass"][::-1].cumsum()[::-1].shift(-1, fill_value=0.0)  # 0 at the end, not nearly
    return table


def _innermost(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intervals (m, 2) from a left end to the next right end with no other end between them."""
    ends = np.concatenate([pairs[:, 0], pairs[:, 1]])
    closing = np.repeat([0, 1], len(pairs))
    order = np.lexsort((-closing, ends))  # at the same day a span (.., d] closes before (d, ..] opens
    ends, closing = ends[order], closing[order]
    at = np.flatnonzero((closing[:-1] == 0) & (closing[1:] == 1))
    return np.column_stack([ends[at], ends[at + 1]])
