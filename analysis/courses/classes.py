"""Latent classes of trajectories: growth coefficients of each person, and a mixture of normal distributions of them.

In two stages: least squares gives each person's level, trend and curvature of log(1 + weekly intrusions) over log time;
`sklearn.mixture.GaussianMixture` with full covariances then looks for classes among these coefficients. The number of
classes follows from criteria that are fixed beforehand (see `admitted`) and are reported for every number tried, as the
GRoLTS checklist asks (van de Schoot et al. 2017, 10.1080/10705511.2016.1247646).

Skewed coefficients without any classes can also be told as several (Bauer & Curran 2003,
10.1037/1082-989X.8.3.338): classes describe a distribution; that kinds of persons exist does not follow.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_CLASSES = 6
SMALLEST = 0.05  # share of persons of the smallest class that is admitted
CLEAR = 0.7  # relative entropy from which classes are admitted
FEWEST = 50  # persons, below which classes are not looked for
FEWEST_WEEKS = 6
STARTS = 5  # k-means starts of each fit
MOST_FITTED = 3000  # persons whom a mixture is fitted to; all are then classified
_DEGREE = 2

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Growth coefficients (persons, 3) on an orthonormal `basis` (weeks, 3), in units of log(1 + intrusions a week).

    The first is the root mean square level over the weeks. `noise` is the variance that counting from week to week
    leaves on each coefficient: the mean square of the residuals, by the number of weeks.
    """

    coefficients: Floats
    basis: Floats
    noise: float


@dataclass(frozen=True)
class Classes:
    """The classes found: `criteria` a row for each number tried, `membership` (persons,) from 0, by rising level.

    `probabilities` (persons, classes) are posterior; `fitted` (indices) are the persons that the mixture was fitted to.
    """

    criteria: pd.DataFrame
    membership: NDArray[np.int64]
    probabilities: Floats
    fitted: NDArray[np.int64]
    warnings: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many classes were chosen."""
        return self.probabilities.shape[1]


def growth(weekly: NDArray[Any]) -> Growth:
    """Least-squares growth coefficients of counts (persons, weeks).

    The basis are orthonormal polynomials, up to the second degree, of the logarithm of the middle of each week, so that
    all coefficients have the same sampling variance. Raises ValueError with fewer weeks than `FEWEST_WEEKS`.
    """
    weeks = weekly.shape[1]
    if weeks < FEWEST_WEEKS:
        raise ValueError(f"{weeks} whole weeks after exposure; a trajectory needs {FEWEST_WEEKS}")
    basis = np.linalg.qr(np.vander(np.log(np.arange(weeks) + 0.5), _DEGREE + 1, increasing=True))[0]
    basis *= np.sign(basis[-1])
    level = np.log1p(weekly)
    scores = level @ basis
    left = np.einsum("ij,ij->", level, level) - np.einsum("ij,ij->", scores, scores)
    freedom = max(len(weekly), 1) * (weeks - _DEGREE - 1)
    return Growth(scores / np.sqrt(weeks), basis, max(float(left), 0.0) / freedom / weeks)


def mixture(coefficients: Floats, number: int, noise: float, starts: int = STARTS, seed: int = 0) -> Any:
    """A fitted `GaussianMixture` of `number` classes with full covariances, the best of `starts` k-means starts.

    `noise` is added to the diagonal of each covariance: no class is narrower than counting error. That it did not
    converge is left in its `converged_`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(number, n_init=starts, reg_covar=max(noise, 1e-9), random_state=seed, max_iter=300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct points than classes; or said by converged_
        return model.fit(coefficients)


def relative_entropy(probabilities: Floats) -> float:
    """How clearly persons (rows) are told apart: 1 - E / (n log k), 1 without doubt, 0 by chance; NaN for one class.

    E is the entropy of Celeux & Soromenho 1996 (10.1007/BF01246098), -sum p log p.
    """
    persons, number = probabilities.shape
    if number < 2:
        return np.nan
    from scipy.special import entr

    return 1.0 - float(entr(probabilities).sum()) / (persons * np.log(number))


def criterion(coefficients: Floats, model: Any) -> dict[str, Any]:
    """What decides about one fitted number of classes: a row of `Classes.criteria`."""
    probabilities = model.predict_proba(coefficients)
    number = probabilities.shape[1]
    sizes = np.bincount(probabilities.argmax(axis=1), minlength=number)
    return {
        "classes": number,
        "log_likelihood": float(model.score(coefficients)) * len(coefficients),
        "bic": float(model.bic(coefficients)),
        "entropy": relative_entropy(probabilities),
        "smallest": float(sizes.min()) / len(coefficients),
        "converged": bool(model.converged_),
    }


def admitted(criteria: pd.DataFrame) -> pd.Series:
    """Which numbers of classes may be chosen: converged, no class too small, entropy clear. One class always may."""
    several = criteria["converged"] & (criteria["smallest"] >= SMALLEST) & (criteria["entropy"] >= CLEAR)
    return several | (criteria["classes"] == 1)


def chosen(criteria: pd.DataFrame) -> int:
    """The number of classes with the lowest BIC among those `admitted` (BIC: Nylund et al. 2007,
    10.1080/10705510701575396).
    """
    return int(criteria[admitted(criteria)].sort_values("bic")["classes"].iloc[0])


def latent_classes(grown: Growth, seed: int = 0) -> Classes:
    """Fit 1 to `MOST_CLASSES` classes, choose their number, classify everybody.

    Where there are more persons than `MOST_FITTED`, mixtures are fitted to so many of them, taken at random. Raises
    ValueError with fewer persons than `FEWEST`, or when all have the same coefficients.
    """
    persons = len(grown.coefficients)
    if persons < FEWEST:
        raise ValueError(f"{persons} exposed persons; latent classes are not looked for among fewer than {FEWEST}")
    if np.ptp(grown.coefficients, axis=0).max() < 1e-9:
        raise ValueError("all persons have the same trajectory; there is nothing to tell classes by")
    rng = np.random.default_rng(seed)
    fitted = np.sort(rng.permutation(persons)[:MOST_FITTED])
    sample = grown.coefficients[fitted]
    models = [mixture(sample, k, grown.noise, seed=seed) for k in range(1, MOST_CLASSES + 1)]
    criteria = pd.DataFrame([criterion(sample, model) for model in models])
    criteria["admitted"] = admitted(criteria)
    number = chosen(criteria)
    criteria["chosen"] = criteria["classes"] == number
    model = models[number - 1]
    rising = np.argsort(model.means_[:, 0])
    probabilities = model.predict_proba(grown.coefficients)[:, rising]
    said = []
    failed = criteria.loc[~criteria["converged"], "classes"].tolist()
    if failed:
        said.append(f"the mixture did not converge with {_listed(failed)} classes; these are not admitted")
    lowest = int(criteria.sort_values("bic")["classes"].iloc[0])
    if lowest != number:
        said.append(
            f"BIC alone would choose {lowest} classes; they were not admitted (a class below {SMALLEST:.0%}, relative "
            f"entropy below {CLEAR:g}, or no convergence)"
        )
    elif number == MOST_CLASSES:
        said.append(f"BIC still falls at {MOST_CLASSES} classes, the most that were tried")
    return Classes(criteria, probabilities.argmax(axis=1), probabilities, fitted, tuple(said))


def mean_courses(weekly: NDArray[Any], membership: NDArray[np.int64], number: int) -> pd.DataFrame:
    """Mean intrusions a week of each class with 95% t-intervals over its persons, classes taken as given.

    Returns class (from 1), week (from 1), persons, mean, low, high; bounds are NaN in a class of one person.
    """
    from scipy.stats import t

    parts = []
    for k in range(number):
        mine = weekly[membership == k]
        if not len(mine):
            continue
        mean = mine.mean(axis=0)
        half = np.full(len(mean), np.nan)
        if len(mine) > 1:
            half = t.ppf(0.975, len(mine) - 1) * mine.std(axis=0, ddof=1) / np.sqrt(len(mine))
        week = np.arange(1, len(mean) + 1)
        part = {"class": k + 1, "week": week, "persons": len(mine), "mean": mean}
        parts.append(pd.DataFrame({**part, "low": np.maximum(mean - half, 0.0), "high": mean + half}))
    return pd.concat(parts, ignore_index=True)


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)
