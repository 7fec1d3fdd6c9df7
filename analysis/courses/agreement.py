"""Latent classes against the courses by rule: who is where in both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.courses.rules import COURSES, courses

DRAWS = 200  # resamples of persons for the interval of the adjusted Rand index
_MOST_DRAWN = 20000  # persons; above them the interval is narrower than anything that matters


@dataclass(frozen=True)
class Agreement:
    """Cross-table (classes, courses) of persons, and two measures of agreement as (value, low, high), 95%.

    `kappa` is Cohen's, after each class was given the course that the rule reads from its mean rates; NaN where either
    knows one course alone. `rand` is the adjusted Rand index, for which names do not matter.
    """

    table: pd.DataFrame
    names: tuple[str, ...]
    kappa: tuple[float, float, float]
    rand: tuple[float, float, float]


def names(rate: pd.DataFrame, membership: NDArray[np.int64], number: int) -> tuple[str, ...]:
    """The course of each class's mean rates (`rules.rates`), by the same rule as a person's; "" for an empty class."""
    mean = rate.groupby(membership)[["early", "late"]].mean().reindex(range(number))
    named = courses(mean.fillna(0.0)).astype(str)
    return tuple(named.where(mean["early"].notna(), ""))


def agreement(rate: pd.DataFrame, membership: NDArray[np.int64], number: int, seed: int = 0) -> Agreement:
    """Cross-tabulate and measure.

    `rate` as from `rules.rates`, of the same persons in the same order as `membership` (from 0). Kappa and its
    large-sample error are those of statsmodels; the interval of the adjusted Rand index (Hubert & Arabie 1985,
    10.1007/BF01908075; scikit-learn) is the percentile interval of a bootstrap of persons.
    """
    from sklearn.metrics import adjusted_rand_score

    rule = courses(rate)
    table = pd.crosstab(pd.Categorical(membership + 1, range(1, number + 1)), rule.to_numpy(), dropna=False)
    table = table.reindex(index=range(1, number + 1), columns=list(COURSES), fill_value=0)
    table.index.name, table.columns.name = "class", "course"
    named = names(rate, membership, number)
    codes = rule.cat.codes.to_numpy()
    rng = np.random.default_rng(seed)
    value = float(adjusted_rand_score(membership, codes))
    drawn = [rng.integers(len(codes), size=min(len(codes), _MOST_DRAWN)) for _ in range(DRAWS)]
    low, high = np.quantile([adjusted_rand_score(membership[take], codes[take]) for take in drawn], [0.025, 0.975])
    return Agreement(table, named, _kappa(table, named), (value, float(low), float(high)))


def _kappa(table: pd.DataFrame, named: tuple[str, ...]) -> tuple[float, float, float]:
    from statsmodels.stats.inter_rater import cohens_kappa

    square = table.groupby(np.array(named)).sum().reindex(list(COURSES), fill_value=0).to_numpy()
    by_class, by_rule = square.sum(axis=1) > 0, square.sum(axis=0) > 0
    if min(by_class.sum(), by_rule.sum()) < 2:
        return np.nan, np.nan, np.nan
    used = by_class | by_rule
    found = cohens_kappa(square[np.ix_(used, used)])
    return float(found.kappa), float(found.kappa_low), float(found.kappa_upp)
