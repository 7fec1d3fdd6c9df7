"""Rates of recurrent events when persons differ by more than is known of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from analysis.intrusions.fitting import NORMAL, Vector, ratios
from analysis.intrusions.repeated import FEW_PERSONS


@dataclass(frozen=True)
class Frailty:
    """`table`: term, ratio, low, high, a row a column of the design; `variance` of the persons' factor (estimate, low,
    high); `loglik` without the terms that only the counts determine; what is to be `told`.
    """

    table: pd.DataFrame
    variance: tuple[float, float, float]
    loglik: float
    told: tuple[str, ...]


def gamma_frailty(
    events: Vector, time: Vector, design: pd.DataFrame, person: NDArray[np.int64], robust: bool = True
) -> Frailty | None:
    """Piecewise constant rates with a factor of each person, gamma distributed with mean 1, by maximum likelihood.

    The likelihood of a mixed Poisson process in closed form (Lawless 1987, 10.2307/3314912, for totals; the same with
    covariates that change with time and with what the process did before, such as the days since the last event, as
    each person is followed from the start). With rates that do not change in time it is `counts.negative_binomial`.

    Parameters
    ----------
    events, time : events and time at risk (n,) of a stretch with constant covariates. design : (n, k), with a column
        of ones. person : (n,) whom the stretch belongs to. robust : errors from the sandwich over persons, which hold
        where the process is not Poisson given the factor; else from the information. The
        sandwich is too small for few persons (of 150 sets of 40 persons, 91% of its intervals for an aftereffect held
        it): below 50 the larger of the two is taken.

    Returns rate ratios with 95% limits; None where there is no event, one person, or no maximum that can be found.
    """
    x = design.to_numpy(np.float64)
    _, row = np.unique(person, return_inverse=True)
    persons = int(row.max()) + 1 if len(row) else 0
    if persons < 2 or events.sum() == 0.0:
        return None
    total = np.bincount(row, weights=events, minlength=persons)
    k = x.shape[1]
    log_time = np.log(time)

    def parts(params: Vector) -> tuple[Vector, Vector, Vector, float]:
        expected = np.exp(np.clip(x @ params[:k] + log_time, -50.0, 50.0))
        shape = float(np.exp(np.clip(params[k], -20.0, 20.0)))
        mean = np.bincount(row, weights=expected, minlength=persons)
        return expected, mean, (total + shape) / (mean + shape), shape

    def value(params: Vector) -> float:
        _, mean, _, shape = parts(params)
        own = special.gammaln(total + shape) - special.gammaln(shape) - total * np.log(mean + shape)
        own -= shape * np.log1p(mean / shape)
        return -float(own.sum() + events @ (x @ params[:k] + log_time))

    def scores(params: Vector) -> Vector:
        """Of each person (persons, k + 1)."""
        expected, mean, weight, shape = parts(params)
        residual = (events - weight[row] * expected)[:, None] * x
        slopes = np.column_stack([np.bincount(row, weights=column, minlength=persons) for column in residual.T])
        last = special.digamma(total + shape) - special.digamma(shape) - np.log1p(mean / shape) + 1.0 - weight
        return np.column_stack([slopes, shape * last])

    def information(params: Vector) -> Vector:
        expected, mean, weight, shape = parts(params)
        inside = np.column_stack([np.bincount(row, weights=expected * c, minlength=persons) for c in x.T])
        found = np.empty((k + 1, k + 1))
        scaled = weight / (mean + shape)
        found[:k, :k] = (x * (weight[row] * expected)[:, None]).T @ x - (inside * scaled[:, None]).T @ inside
        found[:k, k] = found[k, :k] = shape * ((1.0 - weight) / (mean + shape)) @ inside
        first = special.digamma(total + shape) - special.digamma(shape) - np.log1p(mean / shape) + 1.0 - weight
        second = special.polygamma(1, total + shape) - special.polygamma(1, shape) + mean / shape / (mean + shape)
        second -= (1.0 - weight) / (mean + shape)
        found[k, k] = -(shape * first.sum() + shape**2 * second.sum())
        return found

    start = np.zeros(k + 1)
    start[:k] = np.linalg.lstsq(x, np.full(len(x), np.log(events.sum() / time.sum())), rcond=None)[0]
    done = optimize.minimize(
        value, start, jac=lambda params: -scores(params).sum(0), hess=information, method="trust-exact",
        options={"maxiter": 500, "gtol": 1e-5 * persons},
    )  # fmt: skip
    try:
        covariance = np.linalg.inv(information(done.x))
    except np.linalg.LinAlgError:
        return None
    if robust:
        own, model = scores(done.x), np.diag(covariance)
        covariance = covariance @ (own.T @ own) @ covariance * (persons / (persons - 1))
        if persons < FEW_PERSONS:
            covariance = np.diag(np.maximum(np.diag(covariance), model))
    errors = np.sqrt(np.diag(covariance).clip(min=0.0))
    told: tuple[str, ...] = ()
    if not done.success or not np.isfinite(errors).all():
        told = ("the regression with a factor for each person did not converge",)
    variance, factor = float(np.exp(-done.x[k])), float(np.exp(NORMAL * min(errors[k], 50.0)))
    table = ratios(list(design.columns), done.x[:k], errors[:k])
    return Frailty(table, (variance, variance / factor, variance * factor), -float(done.fun), told)
