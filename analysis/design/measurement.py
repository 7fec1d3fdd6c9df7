"""What measuring is worth: how much better persons are treated when something more is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design.lives import Choice, Lives, Resampled, interval
from analysis.design.policy import best, held_out, tree_of

ALONE, WITHOUT, TOGETHER = "alone", "without", "together"


def measured(truth: NDArray[np.float64], reliability: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A measurement of `truth` (n,) with error, shape (n,).

    `reliability` is the share of the measurement's variance that is the truth's (Lord & Novick 1968, Statistical
    Theories of Mental Test Scores), so its square root the correlation with it. The error is normal, of one size for
    all. Raises ValueError unless it lies above 0 and at most at 1.
    """
    if not 0.0 < reliability <= 1.0:
        raise ValueError(f"reliability = {reliability:g}; permitted: above 0, to 1")
    error = float(np.std(truth)) * np.sqrt(1.0 / reliability - 1.0)
    return np.asarray(truth, dtype=np.float64) + error * rng.standard_normal(len(truth))


def value_of_measurement(
    lives: Lives, depth: int, sets: Mapping[str, Sequence[str]] | None = None, *, key: int = 1
) -> pd.DataFrame:
    """What each measurement buys on held-out persons, with policies learned anew each time.

    Rows by what: ``alone`` (gain over one size for all when nothing else is known), ``without`` (what is lost when it
    alone is left out) and ``together`` (gain over one size for all of each of `sets`, and of all). Returns measurement
    (the set's name), what, count (measurements known), gain, low, high: in the outcome's unit, 95% bootstrap over
    persons; within a `what`, the largest gain first.
    """
    names = [str(name) for name in lives.measurements]
    wanted = {(ALONE, name): [name] for name in names}
    if len(names) > 1:
        wanted |= {(WITHOUT, name): [other for other in names if other != name] for name in names}
        wanted |= {(TOGETHER, name): list(given) for name, given in (sets or {}).items() if len(given) < len(names)}
        wanted[TOGETHER, "all"] = names
    choices: dict[tuple[str, ...], Choice] = {(): np.full(len(lives.person), best(lives), dtype=np.int64)}
    for known in [*wanted.values(), names]:
        if tuple(known) not in choices:
            part = replace(lives, measurements=lives.measurements[list(known)])
            choices[tuple(known)] = held_out(part, tree_of(depth, key), key)
    gains = {"+".join(known): lives.chosen(choice) for known, choice in choices.items()}
    means, draws = Resampled(lives, key).means(gains)
    rows = []
    for (what, name), known in wanted.items():
        mine, other = ("+".join(names), "+".join(known)) if what == WITHOUT else ("+".join(known), "")
        low, high = interval(draws[mine] - draws[other])
        rows.append((name, what, len(known), float(means[mine] - means[other]), low, high))
    found = pd.DataFrame(rows, columns=["measurement", "what", "count", "gain", "low", "high"])
    order = {ALONE: 0, WITHOUT: 1, TOGETHER: 2}
    return (
        found.assign(order=found["what"].map(order))
        .sort_values(["order", "gain"], ascending=[True, False], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )
