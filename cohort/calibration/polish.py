"""The best set of a search, improved by least squares: the sum says how bad a set is, the residuals say in what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from cohort.calibration.looks import Looks
from cohort.calibration.misfit import Job, Misfit, residuals
from cohort.calibration.search import unit, values_at
from cohort.calibration.specification import Specification

Floats = NDArray[np.float64]
Watch = Callable[[int, int], None]
ENOUGH = 1e-3  # of a range, or of the sum of squares: what is gained below it is not worth a step


def polish(
    spec: Specification, start: dict[str, float], looks: Looks, watch: Watch | None = None
) -> list[tuple[dict[str, float], Misfit]]:
    """Sets that were looked at on the way from `start`, with what was seen, with the seed of the search.

    Trust-region least squares within the ranges (`scipy.optimize.least_squares`); slopes are forward differences with
    common draws, into the range where a value lies at its upper end.
    """
    found: list[tuple[dict[str, float], Misfit]] = []
    if spec.polish.steps == 0:
        return found
    most = (spec.polish.steps + 1) * (len(spec.free) + 2)

    def look(sets: list[Floats]) -> Floats:
        values = [values_at(spec, shares) for shares in sets]
        seen = looks([Job(each, spec.seed) for each in values])
        found.extend(zip(values, seen, strict=True))
        if watch is not None:
            watch(len(found), most)
        return np.array([list(residuals(one.seen, spec.rows).values()) for one in seen])

    def slopes(shares: Floats) -> Floats:
        steps = np.where(shares + spec.polish.step > 1.0, -spec.polish.step, spec.polish.step)
        at, *beside = look([shares, *(shares + move for move in np.diag(steps))])
        return np.array([(one - at) / step for one, step in zip(beside, steps, strict=True)]).T

    least_squares(
        lambda shares: look([shares])[0], unit(spec, start), slopes, bounds=(0.0, 1.0), method="trf",
        ftol=ENOUGH, xtol=ENOUGH, max_nfev=spec.polish.steps + 1,
    )  # fmt: skip
    return found
