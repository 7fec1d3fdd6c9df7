"""How often the intervals of the analysis of variation hold a known truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator
from recovery import FEW, SETS, check
from scipy.stats import norm

from analysis.variation.associations import associations
from analysis.variation.chance import intraclass
from analysis.variation.decomposition import decomposition
from analysis.variation.interaction import additive, multiplicative
from analysis.variation.polygenic import auc
from analysis.variation.twins import falconer, maximum_likelihood, moments

Drawn = tuple[float, float]
N = 200


def slope(rng: Generator) -> Drawn:
    x = rng.normal(size=N)
    y = 0.3 * x + np.sqrt(1.0 - 0.09) * rng.normal(size=N)
    row = associations(pd.DataFrame({"y": y}), pd.DataFrame({"x": x})).iloc[0]
    return row["low"], row["high"]


def slope_in_families(rng: Generator) -> Drawn:
    """Both variables are half the family's, so that 100 pairs tell less than 200 persons."""
    shared = np.repeat(rng.normal(size=(N // 2, 2)), 2, axis=0)
    z = np.sqrt(0.5) * (shared + rng.normal(size=(N, 2)))
    x, y = z[:, 0], 0.3 * z[:, 0] + np.sqrt(1.0 - 0.09) * z[:, 1]
    family = pd.Series(np.repeat(np.arange(N // 2), 2))
    row = associations(pd.DataFrame({"y": y}), pd.DataFrame({"x": x}), family).iloc[0]
    return row["low"], row["high"]


def excess_risk(rng: Generator) -> Drawn:
    """Relative rates 1.5, 1.3 and 2.2: 0.4 beyond the sum."""
    trait, stress = np.arange(N) % 2.0, np.arange(N) // 2 % 2.0
    rate = 4.0 * np.select([trait * stress > 0, trait > 0, stress > 0], [2.2, 1.5, 1.3], 1.0)
    return multiplicative(rng.poisson(rate).astype(float), trait, stress)[1][1:]


def product_of_rates(rng: Generator) -> Drawn:
    """A spread that grows with the mean does not spoil the interval."""
    trait, stress = rng.uniform(0.0, 2.0, N), rng.uniform(0.0, 2.0, N)
    mean = 1.0 + trait + stress + 0.5 * trait * stress
    return additive(mean + 0.5 * mean * rng.normal(size=N), trait, stress)[0][1:]


def share(rng: Generator) -> Drawn:
    x = rng.normal(size=(N, 4))
    y = 0.5 * x[:, 0] + 0.3 * x[:, 1] + rng.normal(size=N)
    frame = pd.DataFrame(x, columns=["a", "b", "c", "d"])
    blocks = pd.Series({"a": "first", "b": "second", "c": "first", "d": "second"})
    row = decomposition(pd.Series(y), frame, blocks, ("first", "second")).iloc[0]
    return row["low"], row["high"]


def person(rng: Generator) -> Drawn:
    who = np.sqrt(0.6) * rng.normal(size=60)
    row = intraclass([pd.Series(who + np.sqrt(0.4) * rng.normal(size=60)) for _ in range(3)]).iloc[0]
    return row["low"], row["high"]


def twins(rng: Generator, a: float = 0.5, c: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """50 pairs of each kind."""
    home = np.sqrt(c) * rng.normal(size=(100, 1)) + np.sqrt(1.0 - a - c) * rng.normal(size=(100, 2))
    same = np.sqrt(a) * rng.normal(size=(50, 1))
    half = np.sqrt(a / 2.0) * (rng.normal(size=(50, 1)) + rng.normal(size=(50, 2)))
    return home[:50] + same, home[50:] + half


def genes(rng: Generator) -> Drawn:
    row = maximum_likelihood(moments(*twins(rng))).iloc[0]
    return row["a2_low"], row["a2_high"]


def genes_by_falconer(rng: Generator) -> Drawn:
    row = falconer(*twins(rng)).set_index("what").loc["A"]
    return row["low"], row["high"]


def area(rng: Generator) -> Drawn:
    case = np.arange(N) % 4 == 0
    return auc(rng.normal(size=N) + 1.0 * case, case)[1:]


TRUTHS: dict[Callable[[Generator], Drawn], float] = {
    slope: 0.3,
    slope_in_families: 0.3,
    excess_risk: 0.4,
    product_of_rates: 0.5,
    share: 0.25 / 1.34,
    person: 0.6,
    genes: 0.5,
    genes_by_falconer: 0.5,
    area: float(norm.cdf(1.0 / np.sqrt(2.0))),
}


@pytest.mark.parametrize("sets", [FEW, pytest.param(SETS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("interval", TRUTHS, ids=lambda interval: interval.__name__)
def test_interval_holds_the_truth_as_often_as_it_says(interval: Callable[[Generator], Drawn], sets: int) -> None:
    check(interval, TRUTHS[interval], sets)
