"""What the findings can tell about the parameters, at one set of values.

Slopes of the standardized residuals by central differences with common draws, parameters counted as shares of their
ranges; how many directions of the parameters they hold apart (rank), and which parameters they confound (correlations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cohort.calibration.misfit import Job, Misfit, residuals
from cohort.calibration.search import unit, values_at
from cohort.calibration.specification import Specification

Floats = NDArray[np.float64]

NEGLIGIBLE: Final = 1e-3  # of the largest singular value: a direction of so little effect counts as none
# Variance of a parameter of which nothing is known but its range, taken as uniform, as a share of the range.
UNIFORM: Final = 1.0 / 12.0


@dataclass(frozen=True)
class Slopes:
    """Slopes (rows, free) of the residuals over the range of each parameter, and their standard errors over seeds."""

    value: Floats
    se: Floats

    @property
    def singular(self) -> Floats:
        """Singular values, the largest first."""
        return np.asarray(np.linalg.svd(self.value, compute_uv=False), np.float64)

    @property
    def tolerance(self) -> float:
        """What a singular value has to exceed.

        Noise moves none by more than its own spectral norm (Weyl's inequality), which is at most the Frobenius norm;
        that of the standard errors is taken, or `NEGLIGIBLE` of the largest singular value, if that is more.
        """
        return max(float(np.linalg.norm(self.se)), NEGLIGIBLE * float(self.singular[0]))

    @property
    def rank(self) -> int:
        """Number of directions of the parameters that the findings hold apart."""
        return int(np.linalg.matrix_rank(self.value, tol=self.tolerance))

    @property
    def correlations(self) -> Floats:
        """Correlations (free, free) of parameters as far as the findings tell.

        Of the Gaussian that is linear in the parameters: half a band is a standard deviation of each finding, and the
        range of each parameter gives a variance of `UNIFORM`.
        """
        covariance = np.linalg.inv(self.value.T @ self.value + np.eye(self.value.shape[1]) / UNIFORM)
        spread = np.sqrt(np.diag(covariance))
        return np.asarray(covariance / np.outer(spread, spread), np.float64)


def jobs(spec: Specification, best: dict[str, float]) -> list[Job]:
    """What has to be looked at: each parameter below and above its best value, under each seed."""
    centre = unit(spec, best)
    out = []
    for seed in _seeds(spec):
        for place in range(len(centre)):
            for share in _sides(spec, centre[place]):
                moved = centre.copy()
                moved[place] = share
                out.append(Job(values_at(spec, moved), seed, spec.sensitivity.times))
    return out


def slopes(spec: Specification, best: dict[str, float], found: Sequence[Misfit]) -> Slopes:
    """Slopes from what was seen of `jobs`, in their order."""
    centre = unit(spec, best)
    seeds, free = len(_seeds(spec)), len(centre)
    seen = np.array([list(residuals(one.seen, spec.rows).values()) for one in found])
    sides = seen.reshape(seeds, free, 2, -1)
    width = np.array([np.diff(_sides(spec, share))[0] for share in centre])
    each = np.swapaxes((sides[:, :, 1] - sides[:, :, 0]) / width[None, :, None], 1, 2)
    return Slopes(each.mean(0), each.std(0, ddof=1) / np.sqrt(seeds))


def correlations(columns: Sequence[dict[str, float]], names: Sequence[str]) -> Floats:
    """Correlations (free, free) over sets of values; NaN where they are fewer than three."""
    if len(columns) < 3:
        return np.full((len(names), len(names)), np.nan)
    array = np.array([[values[name] for name in names] for values in columns])
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Any = np.corrcoef(array, rowvar=False)
    return np.atleast_2d(np.asarray(found, np.float64))


def _seeds(spec: Specification) -> range:
    """Seeds that neither the search nor the fresh look has had."""
    first = spec.seed + spec.fresh.seeds + 1
    return range(first, first + spec.sensitivity.seeds)


def _sides(spec: Specification, share: float) -> tuple[float, float]:
    """Shares of the range below and above, within it."""
    step = spec.sensitivity.step
    return max(0.0, share - step), min(1.0, share + step)
