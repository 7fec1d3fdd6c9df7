"""Genes and what a trauma leaves: twins, and a scan of named variants.

A scan reports its largest effect, which chance alone makes large: of k tests without an effect the largest is of the
order of ``sqrt(2 ln k)`` standard errors. So the one that stands out in one half of the persons is measured in the
other half, where nothing chose it, and where a limit is to be kept, the bound is one for all variants at once.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cohort.findings.disorder import cutoff
from cohort.findings.estimate import BLOCKS, Estimate, estimate, mean
from cohort.genome import load_variants
from cohort.run_data import RunData
from cohort.targets import ONE_SIDED

Floats = NDArray[np.float64]

OUTCOMES = ("pcl5", "diary", "recall", "fear")


def c15(run: RunData) -> dict[str, Estimate]:
    """Falconer's ``h2 = 2 (r_mz - r_dz)`` of the liability to be a case (Falconer & Mackay 1996, ch. 10 and 18).

    As in the twin studies that the figure sums up: True et al. 1993, 10.1001/archpsyc.1993.01820160019002, ask how
    alike the liability to a symptom is, of men alone, Sartor et al. 2012, 10.1001/archgenpsychiatry.2011.1385, how
    alike that to the disorder; here fraternal twins are of one sex, as identical ones are. Their diagnosis is that of a
    lifetime: a case is who was one in any month since the accident (`ever`). The jackknife leaves out pairs. A score
    carries error of measurement, which lowers both correlations, as it does there.
    """
    persons = run.persons
    scores = run.table("scores", ["person", "minute", "score"], [("instrument", "==", "pcl5")])
    months = scores.pivot(index="person", columns="minute", values="score").sort_index(axis=1).reindex(persons["id"])
    case = ever(months.to_numpy(np.float64), cutoff(run)).reshape(-1, 2)
    sex = persons["sex"].to_numpy().reshape(-1, 2)
    alike = sex[:, 0] == sex[:, 1]
    mz = (persons["zygosity"] == "mz").to_numpy(np.float64)[::2]
    found = estimate(falconer, case[alike, 0], case[alike, 1], mz[alike])
    return {"h2": Estimate(found.value, found.se, 2 * int(alike.sum()))}


def ever(scores: Floats, cut: float) -> Floats:
    """Who was a case at any assessment (1 or 0): scores (persons, readings), of which the first only begins a month."""
    return (scores[:, 1:] >= cut).any(axis=1).astype(np.float64)


def falconer(first: Floats, second: Floats, mz: Floats) -> float:
    """Twice the difference of the tetrachoric correlations of being a case (1 or 0) within pairs, identical (mz = 1)
    less fraternal (0); pairs of (n,)."""
    identical, fraternal = (tetrachoric(first[mz == kind], second[mz == kind]) for kind in (1.0, 0.0))
    return 2.0 * (identical - fraternal)


def tetrachoric(first: Floats, second: Floats) -> float:
    """Correlation of two standard normals that pass one threshold as often, and together as often, as the pairs do.

    Whoever of a pair comes first is of no account. Both pass with probability
    ``Phi(-t) - 2 T(t, sqrt((1 - r) / (1 + r)))``, T being Owen's (1956, 10.1214/aoms/1177728074). NaN where nobody or
    everybody is a case, or none of a pair is without the other.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri, owens_t

    share = 0.5 * (mean(first) + mean(second))
    both = mean(first * second)
    if not max(2.0 * share - 1.0, 0.0) < both < share:
        return math.nan
    t = -float(ndtri(share))

    def excess(r: float) -> float:
        return float(share - 2.0 * owens_t(t, math.sqrt((1.0 - r) / (1.0 + r)))) - both

    return float(brentq(excess, -1.0 + 1e-9, 1.0 - 1e-9))


class Scan(NamedTuple):
    """Persons of a scan: `alleles` (n, variants) and `outcomes` (n, outcomes), each less its mean within an ancestry,
    and who is a `case` (n,), with the `ancestry` of each."""

    alleles: Floats
    outcomes: Floats
    case: Floats
    ancestry: NDArray[np.int64]


def scan(run: RunData) -> Scan:
    """The named variants and outcomes of a run."""
    persons = run.persons
    genes = persons[[name for name in load_variants().names if name in persons]].to_numpy(np.float64)
    scores = run.table("scores", ["person", "instrument", "score"])
    wide = scores.pivot(index="person", columns="instrument", values="score").reindex(persons["id"])
    outcomes = wide[list(OUTCOMES)].to_numpy(np.float64)
    case = (outcomes[:, 0] >= cutoff(run)).astype(np.float64)
    whose = persons["ancestry"].cat.codes.to_numpy().astype(np.int64)
    return Scan(within(genes, whose), within(outcomes, whose), case, whose)


def within(x: Floats, group: NDArray[np.int64]) -> Floats:
    """Columns of `x` (n, k) less their means within each group (n,), so that groups differ in nothing."""
    out = x.copy()
    for g in np.unique(group):
        out[group == g] -= x[group == g].mean(axis=0)
    return out


def effects(alleles: Floats, outcomes: Floats) -> Floats:
    """Standard deviations of each outcome an allele, shape (variants, outcomes): slopes of least squares."""
    slopes = alleles.T @ outcomes / np.sum(alleles**2, axis=0)[:, None]
    return np.asarray(slopes / outcomes.std(axis=0))


def largest(alleles: Floats, outcomes: Floats) -> Estimate:
    """Size of the largest effect, free of the choice, with its error: what stands out in one half of the persons, as
    found in the other, with the sign that it had in the first; the mean of both ways. Below 0 where chance turned it.

    Nothing of the other half has a part in the choice, so its error is that of an effect chosen beforehand.
    """
    half = np.arange(len(alleles)) // BLOCKS % 2  # not as the blocks of the jackknife go
    found = []
    for choosing in (0, 1):
        by = effects(alleles[half == choosing], outcomes[half == choosing])
        variant, outcome = np.unravel_index(np.argmax(np.abs(by)), by.shape)
        x, y = alleles[half != choosing, variant], outcomes[half != choosing, outcome]
        sign = float(np.sign(by[variant, outcome]))
        found.append(estimate(lambda x, y, sign=sign: sign * float(effects(x[:, None], y[:, None])[0, 0]), x, y))
    first, second = found
    return Estimate(0.5 * (first.value + second.value), 0.5 * float(np.hypot(first.se, second.se)), len(alleles))


def d1(run: RunData) -> dict[str, Estimate]:
    """Largest main effect over variants and outcomes, in standard deviations an allele; 0 where the choice made it."""
    persons = scan(run)
    found = largest(persons.alleles, persons.outcomes)
    return {"max": Estimate(max(found.value, 0.0), found.se, found.persons)}


def n1(run: RunData) -> dict[str, Estimate]:
    """The largest share of variance and the largest odds ratio, with errors for all variants and outcomes at once."""
    persons = scan(run)
    found = effects(persons.alleles, persons.outcomes)
    n = len(persons.case)
    r = found * persons.alleles.std(axis=0)[:, None]
    errors = np.sqrt((1.0 - r**2) / (n - 2))
    share = float(np.max(np.maximum(r**2 - errors**2, 0.0)))  # less what chance gives
    logs, log_errors = log_odds(persons.alleles, persons.case, persons.ancestry)
    odds = float(np.exp(np.max(np.abs(logs))))
    return {
        "variance": bounded(share, bound(r, errors) ** 2, n),
        "odds": bounded(odds, float(np.exp(bound(logs, log_errors))), n),
    }


def bound(values: Floats, errors: Floats) -> float:
    """A number that the sizes of all true values stay below, at 95%: each at .05 / number of values (Bonferroni)."""
    from scipy.special import ndtri

    return float(np.max(np.abs(values) - ndtri(0.05 / values.size) * errors))


def bounded(value: float, upper: float, persons: int) -> Estimate:
    """An estimate whose one-sided 95% bound is `upper`."""
    return Estimate(value, (upper - value) / ONE_SIDED, persons)


def log_odds(alleles: Floats, case: Floats, ancestry: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Log odds of being a case an allele, adjusted for ancestry, and its standard error, each (variants,): logistic
    regression. NaN where nobody or everybody is a case."""
    from statsmodels.api import GLM, families

    groups = (ancestry[:, None] == np.unique(ancestry)).astype(np.float64)
    if not 0.0 < case.mean() < 1.0:
        return np.full(alleles.shape[1], np.nan), np.full(alleles.shape[1], np.nan)
    fits = [GLM(case, np.column_stack([v, groups]), family=families.Binomial()).fit() for v in alleles.T]
    return np.array([f.params[0] for f in fits]), np.array([f.bse[0] for f in fits])
