"""Through which mechanism an arm works: the part of its effect that a mediator carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.trials.trial import LEVEL, Estimate, hangs_on_one

_DRAWS = 4000


@dataclass(frozen=True)
class Mediated:
    """Effects of treatment, each with estimate, low, high (95%).

    In the outcome's unit: `indirect` through the mediator, `direct` else, `total`; in the mediator's: `moved`, what
    treatment does to it. `hidden`: the correlation, of what else moves mediator and outcome, at which nothing would be
    left of the indirect effect.
    """

    indirect: Estimate
    direct: Estimate
    total: Estimate
    moved: Estimate
    hidden: float


def mediated(
    treated: NDArray[np.float64],
    mediator: NDArray[np.float64],
    outcome: NDArray[np.float64],
    before: NDArray[np.float64] | None = None,
    seed: int = 0,
) -> Mediated | None:
    """The product of coefficients in linear models without interaction (Baron & Kenny 1986), all (n,).

    10.1037/0022-3514.51.6.1173. `before` (n, k) are covariates from before treatment, adjusted for. The indirect effect
    has the Monte Carlo interval of MacKinnon, Lockwood & Williams 2004, 10.1207/s15327906mbr3901_4; the others have
    Student's; errors are HC3. Only treatment is randomized: the indirect effect is causal if nothing but treatment and
    the covariates moves both mediator and outcome, and the mediator does the same under either arm. `hidden` is the
    sensitivity of Imai, Keele & Yamamoto 2010, 10.1214/10-STS321: the correlation of the errors of mediator and outcome
    at which the indirect effect is 0, which is that of their residuals given treatment. None when treatment, mediator
    or outcome does not vary or is told exactly by the rest, or there are fewer than 5 persons more than covariates.
    """
    from statsmodels.regression.linear_model import OLS, RegressionResults

    n = len(treated)
    before = np.empty((n, 0)) if before is None else before
    if n < 5 + before.shape[1] or min(np.ptp(treated), np.ptp(mediator), np.ptp(outcome)) == 0.0:
        return None
    short = np.column_stack([np.ones(n), treated, before - before.mean(axis=0)])
    full = np.column_stack([short, mediator])
    if np.linalg.matrix_rank(full) < full.shape[1] or hangs_on_one(full):
        return None
    first, second, whole = (
        OLS(y, x).fit(cov_type="HC3", use_t=True) for y, x in ((mediator, short), (outcome, full), (outcome, short))
    )
    if min(fit.ssr / fit.centered_tss for fit in (first, second, whole)) < 1e-12:
        return None
    rng = np.random.default_rng(seed)
    paths = rng.normal(first.params[1], first.bse[1], _DRAWS) * rng.normal(second.params[-1], second.bse[-1], _DRAWS)
    low, high = np.quantile(paths, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])

    def told(fit: RegressionResults) -> Estimate:
        low, high = fit.conf_int(1.0 - LEVEL)[1]
        return float(fit.params[1]), float(low), float(high)

    return Mediated(
        indirect=(float(first.params[1] * second.params[-1]), float(low), float(high)),
        direct=told(second),
        total=told(whole),
        moved=told(first),
        hidden=float(np.corrcoef(first.resid, whole.resid)[0, 1]),
    )
