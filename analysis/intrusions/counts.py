"""How many intrusions persons have: negative binomial regression of their totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.fitting import NORMAL, Vector, attempt, ratios, sound

RATE = "rate"  # the term of the intercept: intrusions in a unit of time at the covariates' means


@dataclass(frozen=True)
class Counts:
    """A regression of counts.

    `table`: term, ratio, low, high (95%, by the sandwich, which holds where the variance is another than the model's:
    HC1, or over persons) and model_low, model_high (by the model's information); the first term is the rate itself,
    the others are incidence rate ratios. `alpha` (estimate, low, high): variance is ``mean + alpha * mean**2``; all 0
    where the totals are not spread more than a Poisson's. `mean` (n,): expected totals.
    """

    table: pd.DataFrame
    alpha: tuple[float, float, float]
    mean: Vector
    loglik: float
    parameters: int
    told: tuple[str, ...]

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2.0 * (self.parameters - self.loglik)


def negative_binomial(
    totals: Vector, time: Vector, covariates: pd.DataFrame, person: NDArray[np.int64] | None = None
) -> Counts | None:
    """Incidence rate ratios by maximum likelihood, the dispersion with them (NB2: Lawless 1987, 10.2307/3314912).

    Parameters
    ----------
    totals : counts (n,). time : time at risk (n,), above 0. covariates : frame (n, k), centred. person : of whom they
        are (n,), where persons have several; independent otherwise.

    None where nobody has an intrusion or the likelihood has no maximum that can be found. Where the sample shows no
    more spread than a Poisson's the estimate of alpha is 0, and the regression is Poisson's.
    """
    from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    if not len(totals) or totals.sum() == 0:
        return None
    terms = [RATE, *covariates.columns]
    design = np.column_stack([np.ones(len(totals)), covariates.to_numpy(np.float64)])
    offset = np.log(time)
    start = np.r_[np.log(totals.sum() / time.sum()), np.zeros(covariates.shape[1])]

    own: dict[str, Any] = {"cov_type": "nonrobust"}
    sandwich: dict[str, Any] = {"cov_type": "HC1"}
    if person is not None:
        sandwich = {"cov_type": "cluster", "cov_kwds": {"groups": person}}

    def poisson(errors: dict[str, Any]) -> Any:
        return Poisson(totals, design, offset=offset).fit(start, method="newton", maxiter=100, disp=0, **errors)

    plain, told = attempt(lambda: poisson(own), "the Poisson regression")
    if plain is None:
        return None
    mean = np.asarray(plain.predict(), dtype=np.float64)
    excess = float(((totals - mean) ** 2 - totals).sum())
    if excess <= 0.0:  # the likelihood falls from alpha = 0 on
        robust, _ = attempt(lambda: poisson(sandwich), "")
        table = _table(terms, plain, robust if robust is not None else plain)
        return Counts(table, (0.0, 0.0, 0.0), mean, float(plain.llf), len(terms), tuple(told)) if sound(table) else None

    model = NegativeBinomial(totals, design, offset=offset)
    guess = min(max(excess / float((mean**2).sum()), 0.01), 10.0)

    def fit() -> tuple[Any, Any]:
        with_guess = GLM(totals, design, family=families.NegativeBinomial(alpha=guess), offset=offset)
        near = with_guess.fit(start_params=plain.params, maxiter=50).params
        found = model.fit(np.r_[near, guess], method="newton", maxiter=50, disp=0, warn_convergence=False, **own)
        if not (found.mle_retvals["converged"] and found.params[-1] > 0.0):
            near = model.fit(np.r_[near, guess], method="bfgs", maxiter=500, disp=0, warn_convergence=False).params
            found = model.fit(near, method="newton", maxiter=50, disp=0, **own)
        return found, model.fit(found.params, method="newton", maxiter=2, disp=0, warn_convergence=False, **sandwich)

    both, told = attempt(fit, "the negative binomial regression")
    if both is None:
        return None
    found, robust = both
    table = _table(terms, found, robust)
    alpha, error = float(found.params[-1]), float(found.bse[-1])
    if not (sound(table) and alpha > 0.0 and np.isfinite(error)):
        return None
    factor = float(np.exp(NORMAL * error / alpha))
    mean = np.asarray(found.predict(), dtype=np.float64)
    return Counts(table, (alpha, alpha / factor, alpha * factor), mean, float(found.llf), len(terms) + 1, tuple(told))


def _table(terms: list[str], model: Any, robust: Any) -> pd.DataFrame:
    k = len(terms)
    table = ratios(terms, robust.params[:k], robust.bse[:k])
    own = ratios(terms, model.params[:k], model.bse[:k])
    return table.assign(model_low=own["low"], model_high=own["high"])
