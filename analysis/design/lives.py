"""What a policy is learned from and valued on: lives under every arm, and what is measured before the arms part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.trials.outcome import Outcome, TrialError

RESAMPLES = 2000
_TAILS = (2.5, 97.5)  # percentiles of a 95% interval
_AT_A_TIME = 4_000_000  # weights held in memory at once

Choice = NDArray[np.int64]  # index of the arm that each life gets, shape (n,)


@dataclass(frozen=True)
class Lives:
    """Lives of persons, a row each: the same person under another seed is another life.

    `person` and `seed` (n,); `measurements` (n, m), numbers as they would be known when the arms part, NaN where there
    is none; `outcomes` (n, arms), the outcome under each arm, of which the first is the reference, in the unit of
    `outcome`. Raises TrialError when the shapes do not agree, an outcome is missing, or there are no lives or arms.
    """

    person: NDArray[np.int64]
    seed: NDArray[np.int64]
    measurements: pd.DataFrame
    outcomes: NDArray[np.float64]
    arms: tuple[str, ...]
    outcome: Outcome

    def __post_init__(self) -> None:
        n = len(self.person)
        if n == 0:
            raise TrialError(f"outcome '{self.outcome.name}': no life in which it is defined under every arm")
        if len(self.arms) < 2 or self.outcomes.shape != (n, len(self.arms)):
            raise TrialError(f"outcomes of shape {self.outcomes.shape}; needed: {n} lives by two arms or more")
        if len(self.seed) != n or len(self.measurements) != n:
            raise TrialError(f"{len(self.measurements)} measurements and {len(self.seed)} seeds of {n} lives")
        if not np.isfinite(self.outcomes).all():
            raise TrialError(f"outcome '{self.outcome.name}': missing in a life; leave that life out")

    @cached_property
    def gains(self) -> NDArray[np.float64]:
        """What each arm gains over the reference, above 0 where it is better, shape (n, arms)."""
        return self.outcome.sign * (self.outcomes - self.outcomes[:, :1])

    @cached_property
    def persons(self) -> NDArray[np.int64]:
        """Ids of the persons, ascending, shape (p,)."""
        return np.unique(self.person)

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Index into `persons` of each life, shape (n,)."""
        return np.searchsorted(self.persons, self.person)

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum over each person's lives of `values` (n,) or (n, k), shape (p,) or (p, k)."""
        if values.ndim == 1:
            return np.bincount(self.place, weights=values, minlength=len(self.persons))
        return np.column_stack([self.total(column) for column in values.T])

    def chosen(self, choice: Choice) -> NDArray[np.float64]:
        """Gain over the reference of each life under the arm chosen for it, shape (n,)."""
        return self.gains[np.arange(len(choice)), choice]

    def folds(self, number: int, key: int) -> NDArray[np.int64]:
        """A fold for each life, 0 to `number` - 1: all lives of a person in one, shape (n,).

        Raises TrialError when there are fewer persons than folds.
        """
        if len(self.persons) < number:
            raise TrialError(f"{len(self.persons)} persons; held-out persons in {number} parts need as many at least")
        fold = np.resize(np.arange(number), len(self.persons))
        return np.random.default_rng([key, 1]).permutation(fold)[self.place]


class Resampled:
    """Means over lives with percentile bootstrap intervals over persons (Efron 1979, 10.1214/aos/1176344552).

    Every quantity is resampled with the same persons, so that differences are paired.
    """

    def __init__(self, lives: Lives, key: int) -> None:
        self._lives = lives
        self._key = key
        self._count = lives.total(np.ones(len(lives.person)))

    def means(self, values: Mapping[str, NDArray[np.float64]]) -> tuple[pd.Series, pd.DataFrame]:
        """Mean of each of `values` (n,) over lives, and the same of each resample, shape (`RESAMPLES`, k)."""
        table = self._lives.total(np.column_stack(list(values.values())))
        rng = np.random.default_rng([self._key, 2])
        p, rows = len(table), []
        step = max(_AT_A_TIME // p, 1)
        for first in range(0, RESAMPLES, step):
            weights = rng.multinomial(p, np.full(p, 1.0 / p), size=min(step, RESAMPLES - first)).astype(np.float64)
            rows.append((weights @ table) / (weights @ self._count)[:, None])
        names = list(values)
        return pd.Series(table.sum(axis=0) / self._count.sum(), names), pd.DataFrame(np.vstack(rows), columns=names)


def interval(draws: NDArray[np.float64] | pd.Series) -> tuple[float, float]:
    """The 95% interval of resampled values; NaN when one of them is not defined."""
    low, high = np.percentile(draws, _TAILS)
    return float(low), float(high)


def joined(parts: Sequence[Lives]) -> Lives:
    """Lives of several sets as one. Raises TrialError when their arms, outcomes or measurements differ."""
    first = parts[0]
    for part in parts[1:]:
        if (part.arms, part.outcome.name) != (first.arms, first.outcome.name) or list(part.measurements) != list(
            first.measurements
        ):
            raise TrialError("sets of lives with other arms, outcomes or measurements cannot be joined")
    return Lives(
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.seed for part in parts]),
        pd.concat([part.measurements for part in parts], ignore_index=True),
        np.vstack([part.outcomes for part in parts]),
        first.arms,
        first.outcome,
    )
