"""Whether there are more or fewer persons without any intrusion than the spread of the others explains."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis.intrusions.counts import Counts
from analysis.intrusions.fitting import Vector, attempt, ratios, sound

SETS = 500  # of persons drawn from the fitted model
CLEARLY = 10.0  # less of AIC (Burnham & Anderson 2004, 10.1177/0049124104268644): the worse model has no support
Fits = tuple[pd.DataFrame, pd.DataFrame, list[str]]


def zero_check(totals: Vector, mean: Vector, alpha: float, seed: int = 0) -> pd.Series:
    """Persons without a count, beside how many the fitted negative binomial (Poisson where alpha is 0) expects.

    Returns observed, expected, low, high (2.5% and 97.5% of 500 sets drawn from the model) and called_for: whether
    what is observed lies outside, the criterion by which `excess_zeros` is asked. The model was fitted to the same
    persons and is not fitted anew to the drawn ones, so that the range is somewhat wide.
    """
    none = _none(mean, alpha)
    stream = np.random.default_rng(seed)
    drawn = np.array([np.count_nonzero(stream.random(len(none)) < none) for _ in range(SETS)])
    low, high = np.percentile(drawn, [2.5, 97.5])
    observed = int(np.count_nonzero(totals == 0))
    called = not low <= observed <= high
    return pd.Series(
        {"observed": observed, "expected": float(none.sum()), "low": low, "high": high, "called_for": called}
    )


def excess_zeros(totals: Vector, time: Vector, covariates: pd.DataFrame, single: Counts) -> Fits:
    """The models in which persons without intrusions are a kind of their own, beside the `single` negative binomial.

    A hurdle (any by logistic regression, how many by a negative binomial cut off at 0: Mullahy 1986,
    10.1016/0304-4076(86)90002-3) and a zero-inflated negative binomial with one share for all (Lambert 1992,
    10.2307/1269547); the latter only where there are more zeros than `single` expects, as its share cannot be below 0.
    Parameters as in `counts.negative_binomial`.

    Returns models (model, parameters, loglik, aic, converged), terms (model, part, term, ratio, low, high: odds of any,
    rate ratios) of those that converged, and what is to be told. `single` is in models only.
    """
    design = np.column_stack([np.ones(len(totals)), covariates.to_numpy(np.float64)])
    names = ["rate", *covariates.columns]
    rows = [("negative binomial", single.parameters, single.loglik, not single.told)]
    tables, told = [], []
    more = np.count_nonzero(totals == 0) > _none(single.mean, single.alpha[0]).sum()
    for name, fit in (("hurdle", _hurdle), ("zero-inflated", _inflated))[: 1 + more]:
        found, said = attempt(partial(fit, totals, design, np.log(time), names, single), f"the {name} model")
        told += said
        if found is None:
            rows.append((name, 0, np.nan, False))
            continue
        parameters, loglik, terms = found
        good = not said and sound(terms)
        if not said and not good:
            told.append(f"the {name} model has estimates without limits; it is left out")
        rows.append((name, parameters, loglik, good))
        if good:
            tables.append(terms.assign(model=name))
    models = pd.DataFrame(rows, columns=["model", "parameters", "loglik", "converged"])
    models["aic"] = (2.0 * (models["parameters"] - models["loglik"])).where(models["converged"])
    columns = ["model", "part", "term", "ratio", "low", "high"]
    every = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    return models, every, told


def _none(mean: Vector, alpha: float) -> Vector:
    """Probability (n,) of a count of 0."""
    return np.exp(-mean) if alpha == 0.0 else np.exp(-np.log1p(alpha * mean) / alpha)


def _hurdle(totals: Vector, design: Vector, offset: Vector, names: list[str], single: Counts) -> Any:
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP

    some = totals > 0
    any_ = Logit(some.astype(np.float64), design, offset=offset - offset.mean()).fit(disp=0, maxiter=100)
    model = TruncatedLFNegativeBinomialP(totals[some], design[some], offset=offset[some], truncation=0)
    much = model.fit(_start(single), method="bfgs", maxiter=1000, disp=0)
    k = len(names)
    odds = ratios(names, any_.params, any_.bse).assign(part="any (odds)").replace({"term": {"rate": "odds"}})
    rates = ratios(names, much.params[:k], much.bse[:k]).assign(part="how many, if any")
    return k + k + 1, float(any_.llf + much.llf), pd.concat([odds, rates], ignore_index=True)


def _inflated(totals: Vector, design: Vector, offset: Vector, names: list[str], single: Counts) -> Any:
    from statsmodels.discrete.count_model import ZeroInflatedNegativeBinomialP

    model = ZeroInflatedNegativeBinomialP(totals, design, offset=offset, p=2)
    found = model.fit(np.r_[-2.0, _start(single)], method="bfgs", maxiter=1000, disp=0)
    odds = ratios(["odds"], found.params[:1], found.bse[:1]).assign(part="never any (odds)")
    k = len(names)
    rates = ratios(names, found.params[1 : k + 1], found.bse[1 : k + 1]).assign(part="how many, of the others")
    return k + 2, float(found.llf), pd.concat([odds, rates], ignore_index=True)


def _start(single: Counts) -> Vector:
    return np.r_[np.log(single.table["ratio"].to_numpy()), max(single.alpha[0], 0.1)]
