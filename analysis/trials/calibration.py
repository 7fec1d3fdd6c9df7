"""Whether the trial's estimator is right: the same lived persons allotted anew, many times, beside the exact effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.trial import LEVEL

ALLOCATIONS = 1000


@dataclass(frozen=True)
class Calibration:
    """How an estimator does over `allocations`: all but `coverage` and `positives` (shares) in the outcome's unit.

    `bias` and `coverage` of the 95% interval have Monte Carlo standard errors `bias_error` and `coverage_error`;
    `spread` of the estimates (standard deviation) stands against the mean of the standard errors `told`; `positives`:
    share of intervals without 0, the type I error where the arms are identical.
    """

    allocations: int
    exact: float
    bias: float
    bias_error: float
    coverage: float
    coverage_error: float
    spread: float
    told: float
    positives: float


def calibrate(
    under_arm: NDArray[np.float64],
    under_reference: NDArray[np.float64],
    seed: int = 0,
    allocations: int = ALLOCATIONS,
) -> Calibration | None:
    """Welch's difference in means over fresh allocations, half of the persons to each arm.

    Both (n,): what each person reads under either arm. The truth is the mean effect on these same persons, so the
    interval, made for persons drawn from a wider population, covers it at least as often as it says where effects vary
    (Neyman's variance is conservative: Imbens & Rubin 2015, chapter 6). None with fewer than 4 persons or no spread.
    """
    n = len(under_arm)
    half = n // 2
    if n < 4 or np.ptp(under_arm) == 0.0 or np.ptp(under_reference) == 0.0:
        return None
    rng = np.random.default_rng(seed)
    exact = float((under_arm - under_reference).mean())
    found, errors, freedom = (np.empty(allocations) for _ in range(3))
    for k in range(allocations):
        order = rng.permutation(n)
        treated, control = under_arm[order[:half]], under_reference[order[half:]]
        squares = treated.var(ddof=1) / len(treated), control.var(ddof=1) / len(control)
        total = squares[0] + squares[1]
        freedom[k] = total**2 / (squares[0] ** 2 / (half - 1) + squares[1] ** 2 / (n - half - 1)) if total > 0.0 else 1
        errors[k], found[k] = total**0.5, treated.mean() - control.mean()
    reach = stats.t.ppf((1.0 + LEVEL) / 2.0, freedom) * errors
    coverage = float((np.abs(found - exact) <= reach).mean())
    spread = float(found.std(ddof=1))
    return Calibration(
        allocations, exact, float(found.mean()) - exact, spread / allocations**0.5, coverage,
        (coverage * (1.0 - coverage) / allocations) ** 0.5, spread, float(errors.mean()),
        float((np.abs(found) > reach).mean()),
    )  # fmt: skip
