"""Twins: how much of the differences goes back to genes (A), the home that twins share (C), and all the rest (E).

Twins of a pair are exchangeable, so the sum and the difference of a pair, each over the square root of 2, are
independent normal variables, and their variances in identical and fraternal pairs are all that the likelihood needs:

    identical: 2A + 2C + E and E;  fraternal: 3/2 A + 2C + E and A/2 + E.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
LEAST = 5  # pairs of each kind
_LOADS = np.array([[2.0, 2.0, 1.0], [0.0, 0.0, 1.0], [1.5, 2.0, 1.0], [0.5, 0.0, 1.0]])  # of A, C, E
_MODELS = {"ACE": (0, 1, 2), "AE": (0, 2), "CE": (1, 2), "E": (2,)}
_Z = float(stats.norm.ppf(0.975))


class NoTwinsError(ValueError):
    """The pairs do not allow the question."""


class Moments(NamedTuple):
    """Of sums and differences, over root 2: pairs (4,), means (4,) and variances (4,), divided by n.

    Order: identical sum, identical difference, fraternal sum, fraternal difference; the mean of a difference is 0.
    """

    pairs: Floats
    mean: Floats
    variance: Floats


def pairs(outcome: pd.Series, persons: pd.DataFrame) -> tuple[Floats, Floats]:
    """Outcomes (pairs, 2) of identical and of fraternal twins.

    `persons` is indexed by person and has ``family`` and ``zygosity`` ("mz", "dz"); only pairs in which both have an
    outcome count.
    """
    known = persons.assign(outcome=outcome.reindex(persons.index)).dropna(subset=["outcome"]).sort_values("family")

    def of(kind: str) -> Floats:
        mine = known[(known["zygosity"] == kind).to_numpy(bool)]
        whole = mine[mine.groupby("family")["outcome"].transform("size") == 2]
        return whole["outcome"].to_numpy(np.float64).reshape(-1, 2)

    return of("mz"), of("dz")


def moments(mz: Floats, dz: Floats) -> Moments:
    """The sufficient statistics of pairs (n, 2). Raises NoTwinsError with fewer than `LEAST` pairs of a kind."""
    if min(len(mz), len(dz)) < LEAST:
        raise NoTwinsError(f"{len(mz)} identical and {len(dz)} fraternal pairs; it takes {LEAST} of each")
    if not np.concatenate([mz, dz]).std() > 0.0 or not (np.ptp(mz, axis=1).any() and np.ptp(dz, axis=1).any()):
        raise NoTwinsError("twins of a kind do not differ at all")
    sums, differences = [(p.sum(axis=1) / np.sqrt(2.0)) for p in (mz, dz)], [np.diff(p)[:, 0] for p in (mz, dz)]
    n = np.array([len(mz), len(mz), len(dz), len(dz)], dtype=np.float64)
    mean = np.array([sums[0].mean(), 0.0, sums[1].mean(), 0.0])
    variance = [sums[0].var(), (differences[0] ** 2).mean() / 2.0, sums[1].var(), (differences[1] ** 2).mean() / 2.0]
    return Moments(n, mean, np.array(variance))


def correlation(twins: Floats) -> tuple[float, float]:
    """Intraclass correlation of pairs (n, 2), each entered both ways, and its standard error ``(1 - r²) / sqrt(n)``."""
    both = np.concatenate([twins, twins[:, ::-1]])
    r = float(np.corrcoef(both.T)[0, 1])
    return r, (1.0 - r**2) / float(np.sqrt(len(twins)))


def falconer(mz: Floats, dz: Floats) -> pd.DataFrame:
    """Shares after Falconer from pairs (n, 2): A = 2 (r_mz - r_dz), C = 2 r_dz - r_mz, E = 1 - r_mz.

    Falconer & Mackay 1996, Introduction to quantitative genetics, ch. 10. Rows r_mz, r_dz, A, C, E with value, low,
    high (normal, from the correlations' standard errors). A share may leave 0 to 1: that is noise, or twins
    whom the model does not fit. Raises NoTwinsError as `moments`.
    """
    moments(mz, dz)
    (r_mz, s_mz), (r_dz, s_dz) = correlation(mz), correlation(dz)
    weights = {"r_mz": (1.0, 0.0), "r_dz": (0.0, 1.0), "A": (2.0, -2.0), "C": (-1.0, 2.0), "E": (-1.0, 0.0)}
    rows = []
    for name, (a, b) in weights.items():
        value = a * r_mz + b * r_dz + (name == "E")
        reach = _Z * np.hypot(a * s_mz, b * s_dz)
        rows.append({"what": name, "value": value, "low": value - reach, "high": value + reach})
    return pd.DataFrame(rows)


def maximum_likelihood(found: Moments) -> pd.DataFrame:
    """ACE and its submodels by maximum likelihood from sufficient statistics, pairs bivariate normal, one mean.

    Components are not kept above 0, so that estimates are unbiased and the likelihood ratio has its chi-square
    distribution; a component well below 0 says that the model does not fit. Returns a row a model (ACE, AE, CE, E): A,
    C, E (variances), a2, c2, e2 (shares) with _low and _high (delta method, from the expected information), minus2ll,
    aic, and against ACE chi2, df and p.
    """
    scale = float((found.pairs * found.variance).sum() / found.pairs.sum())
    unit = Moments(found.pairs, found.mean / np.sqrt(scale), found.variance / scale)
    rows, full = [], 0.0
    for name, free in _MODELS.items():
        components, value = _fit(unit, free)
        value += float(found.pairs.sum()) * np.log(scale)
        full = value if name == "ACE" else full
        less = 3 - len(free)
        row = {"model": name, **dict(zip("ACE", components * scale, strict=True)), **_shares(components, unit, free)}
        row |= {"minus2ll": value, "aic": value + 2.0 * (len(free) + 1), "df": less}
        row |= {"chi2": max(value - full, 0.0) if less else np.nan}
        row["p"] = float(stats.chi2.sf(row["chi2"], less)) if less else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def _fit(found: Moments, free: tuple[int, ...]) -> tuple[Floats, float]:
    """Components (3,) that make the data most likely, and -2 log likelihood."""

    def full(some: Floats) -> Floats:
        components = np.zeros(3)
        components[list(free)] = some
        return components

    def loss(some: Floats) -> float:
        v = _LOADS @ full(some)
        if not v.min() > 1e-9:
            return np.inf
        sums = np.array([0, 2])
        weight = found.pairs[sums] / v[sums]
        centre = (weight @ found.mean[sums]) / weight.sum()
        squares = found.variance + (found.mean - np.where(np.arange(4) % 2 == 0, centre, 0.0)) ** 2
        return float((found.pairs * (np.log(2.0 * np.pi * v) + squares / v)).sum())

    start = np.where(np.array(free) == 2, 0.6, 0.2)
    best = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 4000}
    )
    return full(best.x), float(best.fun)


def _shares(components: Floats, found: Moments, free: tuple[int, ...]) -> dict[str, float]:
    """a2, c2, e2 with their intervals."""
    total = components.sum()
    loads = _LOADS[:, list(free)]
    weight = found.pairs / (2.0 * (_LOADS @ components) ** 2)
    covariance = np.zeros((3, 3))
    covariance[np.ix_(free, free)] = np.linalg.inv(loads.T @ (weight[:, None] * loads))
    out: dict[str, float] = {}
    for k, name in enumerate(("a2", "c2", "e2")):
        share = components[k] / total
        gradient = ((np.arange(3) == k) - share) / total
        reach = _Z * float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
        known = k in free
        out |= {name: share, f"{name}_low": share - reach if known else np.nan}
        out[f"{name}_high"] = share + reach if known else np.nan
    return out
