"""Whether the same classes come back when the persons are drawn again.

Each of `DRAWS` bootstrap samples of persons goes through the whole search again, the choice of the number included.
Hennig 2007 (10.1016/j.csda.2006.11.025): a class is stable when the class most like it in a resample has a mean Jaccard
similarity of .75 or more; below .6 it should not be believed. Both marks are his.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.courses.classes import MOST_CLASSES, Classes, Growth, chosen, criterion, mixture

DRAWS = 50
MOST_DRAWN = 1000  # persons of a resample
_STARTS = 2
STABLE, DISSOLVED = 0.75, 0.6  # mean Jaccard similarity

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """What came back in `draws` resamples of `persons` persons each.

    `classes`: a row each class with its mean Jaccard similarity and the 2.5 and 97.5 percentiles; `numbers`: how often
    each number of classes was chosen; `rand`: the adjusted Rand index (draws,) of each resample's classes, at the
    number that the whole sample gave, with the whole sample's.
    """

    classes: pd.DataFrame
    numbers: pd.DataFrame
    rand: Floats
    draws: int
    persons: int


def jaccard(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Floats:
    """Jaccard similarity of each column of `first` (persons, a) with each of `second` (persons, b): (a, b).

    0 where both are empty.
    """
    both = first.astype(np.float64).T @ second.astype(np.float64)
    either = first.sum(axis=0)[:, None] + second.sum(axis=0)[None, :] - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def stability(grown: Growth, found: Classes, draws: int = DRAWS, seed: int = 0) -> Stability:
    """Bootstrap the persons to whom the classes were fitted, at most `MOST_DRAWN` of them in each resample.

    Similarities are over the persons who are in a resample; nobody counts twice.
    """
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(seed)
    persons = min(len(found.fitted), MOST_DRAWN)
    similar, numbers, rand = np.zeros((draws, found.number)), np.zeros(draws, dtype=np.int64), np.zeros(draws)
    for draw in range(draws):
        taken = rng.choice(found.fitted, persons)
        sample = grown.coefficients[taken]
        starts = int(rng.integers(2**31))
        models = [mixture(sample, k, grown.noise, _STARTS, starts) for k in range(1, MOST_CLASSES + 1)]
        numbers[draw] = chosen(pd.DataFrame([criterion(sample, model) for model in models]))
        once = np.unique(taken)
        again = models[found.number - 1].predict(grown.coefficients[once])
        was = found.membership[once]
        similar[draw] = jaccard(_columns(was, found.number), _columns(again, found.number)).max(axis=1)
        rand[draw] = adjusted_rand_score(was, again)
    low, high = np.quantile(similar, [0.025, 0.975], axis=0)
    classes = {"class": np.arange(1, found.number + 1), "jaccard": similar.mean(axis=0), "low": low, "high": high}
    tried = np.arange(1, MOST_CLASSES + 1)
    share = np.bincount(numbers, minlength=MOST_CLASSES + 1)[1:] / draws
    again = pd.DataFrame({"classes": tried, "share": share, "whole_sample": tried == found.number})
    return Stability(pd.DataFrame(classes), again, rand, draws, persons)


def _columns(membership: NDArray[np.int64], number: int) -> NDArray[np.bool_]:
    return membership[:, None] == np.arange(number)[None, :]
