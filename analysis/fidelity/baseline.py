"""The baseline that knows no mechanism: a mixed-effects power law of time, and a threshold.

Persons differ by one normal effect ``b``; whatever a person holds of an event falls as a power of time:

- what is kept of a list after t days: ``a t^-beta``;
- the advantage of arousing items: ``d_0 + d_1 ln t``, as a smaller exponent gives it;
- intrusions on day t after a film: Poisson with mean ``lambda exp(sigma b - sigma^2/2) t^-gamma``;
- symptoms at month t: ``ln S = mu + sigma b - beta ln t + e``, a case from ``S >= 1`` on.

Eight numbers, fitted to the calibrate rows; everything else follows. Drugs, tasks and therapy change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.stats import qmc

# Test-retest correlation of the PTSD Checklist: Blevins et al. 2015, 10.1002/jts.22059. It sizes the residual e.
RETEST = 0.82
MONTHS = (1.0, 3.0, 6.0, 12.0)  # at which a course is read
ACUTE_CARE = (4.0, 15.0)  # months of the prevalence that is calibrated
REMISSION = 40.0  # months
DAYS = np.arange(1.0, 8.0)  # of the diary
DELAYS = {"20min": 20.0, "1h": 60.0, "9h": 540.0, "1d": 1440.0, "2d": 2880.0, "6d": 8640.0, "31d": 44640.0}  # min
DRAWS = 2**14
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Baseline:
    """The fitted baseline: what it says of each row, by its key (finding and part)."""

    rows: Mapping[str, float]

    @classmethod
    def fit(cls, published: Mapping[str, float], no_effect: Mapping[str, float]) -> Baseline:
        """Fit to the published values of the calibrate rows; `no_effect` is what no effect is on rows of treatment.

        Raises KeyError when a row that it is fitted to is not there.
        """
        rows = {**_lists(published), **_items(published), **_same_fall(), **no_effect}
        mean, sigma, gamma = _film(published)
        rows |= {"B1-control": mean, "B1-zeros": _zeros(mean, sigma), "H1-vmr": _dispersion(mean, sigma)}
        rows["B14-half-life"] = _half_life(gamma)
        rows |= _symptoms(published, sigma, rows["A2-exponent"])
        return cls(rows)

    def predict(self, key: str) -> float | None:
        """What it says of a row; None where it has nothing to say."""
        return self.rows.get(key)


def _lists(published: Mapping[str, float]) -> dict[str, float]:
    days = np.array(list(DELAYS.values())) / 1440.0
    kept = np.array([published[f"A1-{delay}"] for delay in DELAYS])
    (a, beta), _ = optimize.curve_fit(lambda t, a, b: a * t**-b, days, kept, p0=(0.3, 0.1))
    return {"A2-exponent": float(beta), **{f"A1-{d}": float(a * t**-beta) for d, t in zip(DELAYS, days, strict=True)}}


def _items(published: Mapping[str, float]) -> dict[str, float]:
    """Two delays, two numbers; what holds of an item holds of its context."""
    early, late = published["A3-immediate"], published["A3-24h"]
    return {"A3-immediate": early, "A3-24h": late, "A3-context": late}


def _same_fall() -> dict[str, float]:
    """One exponent for every event and every quality of it."""
    return {"A5-consistency": 1.0, "A5-vividness": 1.0}


def _film(published: Mapping[str, float]) -> tuple[float, float, float]:
    """Mean of the week, spread of persons, exponent: each from the row that it decides."""
    mean = published["B1-control"]
    excess = (published["H1-vmr"] - 1.0) / mean  # of a log-normal rate: exp(sigma^2) - 1
    sigma = float(np.sqrt(np.log1p(excess)))
    gamma = optimize.brentq(lambda g: _half_life(g) - published["B14-half-life"], 0.05, 20.0)
    return mean, sigma, float(gamma)


def _half_life(gamma: float) -> float:
    """Days in which an exponential through the days of the diary halves."""
    rate = DAYS**-gamma
    slope = np.polyfit(DAYS, np.log(rate), 1, w=np.sqrt(rate))[0]
    return float(-np.log(2.0) / slope)


def _zeros(mean: float, sigma: float) -> float:
    rate = mean * np.exp(sigma * _NODES - sigma**2 / 2.0)
    return float(_WEIGHTS @ np.exp(-rate))


def _dispersion(mean: float, sigma: float) -> float:
    return float(1.0 + mean * np.expm1(sigma**2))


def _symptoms(published: Mapping[str, float], sigma: float, beta: float) -> dict[str, float]:
    """Everybody alike but for `b`: the threshold alone is fitted, to the prevalence after acute care."""
    noise = sigma * np.sqrt(1.0 / RETEST - 1.0)
    prevalence = published["C5-prevalence"]
    mu = beta * np.log(np.mean(ACUTE_CARE)) + stats.norm.ppf(prevalence) * np.hypot(sigma, noise)
    months = np.array([*MONTHS, REMISSION])
    draws = stats.norm.ppf(qmc.Sobol(len(months) + 1, rng=0).random(DRAWS))
    case = mu + sigma * draws[:, :1] - beta * np.log(months) + noise * draws[:, 1:] >= 0.0
    first, last = case[:, :2].any(axis=1), case[:, 2:4].any(axis=1)
    gone = [float(1.0 - case[case[:, k], 4].mean()) for k in (1, 3)]  # of cases at 3 and at 12 months
    return {
        "C5-prevalence": prevalence,
        "C5-sex": 1.0,
        "C6-ratio": float(case[:, 3].mean() / case[:, 0].mean()),
        "C8-resilient": float((~first & ~last).mean()),
        "C8-recovering": float((first & ~last).mean()),
        "C8-chronic": float((first & last).mean()),
        "C8-delayed": float((~first & last).mean()),
        "C9-remission": float(np.mean(gone)),
        "C9-early-late": gone[0] - gone[1],
    }
