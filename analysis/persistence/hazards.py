"""What goes with being quick to forget: Cox's regression, and whether its hazards are proportional."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2


def cox(
    day: NDArray[np.float64], forgotten: NDArray[np.bool_], covariates: pd.DataFrame
) -> tuple[pd.DataFrame, list[str]]:
    """Hazard ratios of forgetting, all covariates together (statsmodels' PHReg, ties by Efron).

    Parameters
    ----------
    day, forgotten : (n,), in the order of the rows of `covariates` (n, k), which has no missing value.

    Returns a table, a row a covariate: covariate, log_hr, se, hazard_ratio, low, high (95%), and from the scaled
    Schoenfeld residuals (Grambsch & Therneau 1994, 10.1093/biomet/81.3.515) against the logarithm of the day: rho
    (their correlation), ph_chi2 (1 df), ph_p; and what broke. The table is empty where the model cannot be fitted.
    """
    from statsmodels.duration.hazard_regression import PHReg

    empty = pd.DataFrame(
        columns=["covariate", "log_hr", "se", "hazard_ratio", "low", "high", "rho", "ph_chi2", "ph_p"]
    )  # fmt: skip
    moving = covariates.loc[:, covariates.nunique() > 1]
    told = [
        f"Cox regression: {name} is the same for everybody and left out." for name in covariates if name not in moving
    ]
    events = int(forgotten.sum())
    if events < 10 * max(moving.shape[1], 1) or not moving.shape[1]:
        return empty, [*told, f"Cox regression left out: {events} persons forgot, {moving.shape[1]} covariates."]
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            found = PHReg(day, moving.to_numpy(np.float64), forgotten.astype(np.int64), ties="efron").fit()
            log_hr, covariance = np.asarray(found.params), np.asarray(found.cov_params())
            residuals = np.asarray(found.schoenfeld_residuals)[forgotten]
        except np.linalg.LinAlgError:
            return empty, [*told, "Cox regression: the covariates cannot be told apart; it is left out."]
    se = np.sqrt(np.diag(covariance))
    if not (np.isfinite(log_hr).all() and np.isfinite(se).all() and (se < 10.0).all()):
        return empty, [*told, "Cox regression did not converge (a group in which all or none forget); it is left out."]
    told += sorted({f"Cox regression: {one.message}" for one in caught})
    rho, statistic = proportionality(np.log(day[forgotten]), residuals, covariance)
    table = pd.DataFrame({"covariate": list(moving), "log_hr": log_hr, "se": se, "hazard_ratio": np.exp(log_hr)})
    table["low"], table["high"] = np.exp(log_hr - 1.959964 * se), np.exp(log_hr + 1.959964 * se)
    table["rho"], table["ph_chi2"], table["ph_p"] = rho, statistic, chi2.sf(statistic, 1)
    return table, told


def proportionality(
    time: NDArray[np.float64], residuals: NDArray[np.float64], covariance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whether effects change with time: the correlation of scaled Schoenfeld residuals with it, and the chi-square.

    `time` (events,), in whatever transform, `residuals` (events, k), `covariance` (k, k) of the coefficients. Returns
    (k,) each, 1 degree of freedom; NaN where all events came at once.
    """
    scaled = len(time) * residuals @ covariance
    centred = time - time.mean()
    spread = float(centred @ centred)
    if not spread > 0.0:
        return np.full(len(covariance), np.nan), np.full(len(covariance), np.nan)
    moved = centred @ scaled
    length = np.sqrt(spread * ((scaled - scaled.mean(0)) ** 2).sum(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return moved / length, moved**2 / (len(time) * np.diag(covariance) * spread)
