"""How the rate of intrusions goes on, from the same persons' counts in one period after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.fitting import NORMAL, Vector, attempt, ratios, sound

PERIOD = 4  # weeks
MOST_PERSONS = 2500  # of a regression of repeated counts; of more, so many at even distances in the order of their ids
MOST_CORRELATED = 500  # of the same with a working correlation, whose fit takes a loop over persons
FEW_PERSONS = 50  # below these the sandwich is too small without a correction
DOUBLING = "time since the event (doubling)"
CORRELATIONS = ("exchangeable", "autoregressive")


def periods(weekly: NDArray[np.int64], weeks: int = PERIOD) -> NDArray[np.int64]:
    """Counts (n, whole periods of so many weeks) from weekly counts (n, w); weeks left over at the end are dropped."""
    whole = weekly.shape[1] // weeks
    return weekly[:, : whole * weeks].reshape(len(weekly), whole, weeks).sum(2)


def doublings(count: int) -> Vector:
    """Logarithm to base 2 of the middle of each of `count` periods of equal length, less its mean (count,)."""
    middle = np.log2(np.arange(count) + 0.5)
    return np.asarray(middle - middle.mean(), dtype=np.float64)


def evenly(n: int, most: int) -> NDArray[np.int64]:
    """Row numbers of at most `most` of `n` persons, at even distances, first and last included."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).round().astype(np.int64)


def repeated(counts: NDArray[np.int64], covariates: pd.DataFrame) -> pd.DataFrame:
    """The covariates of ``counts.reshape(-1)`` for counts (n, p): time, each covariate, and how it changes the course.

    covariates (n, k), centred. Returns a frame (n * p, 1 + 2 * k).
    """
    n, p = counts.shape
    time = np.tile(doublings(p), n)
    known = covariates.loc[covariates.index.repeat(p)].reset_index(drop=True)
    moved = known.mul(time, axis=0).rename(columns={name: f"{name}, by doubling of time" for name in known})
    return pd.concat([pd.DataFrame({DOUBLING: time}), known, moved], axis=1)


def correlated(
    counts: NDArray[np.int64], covariates: pd.DataFrame, alpha: float, correlation: str
) -> tuple[pd.DataFrame | None, float, list[str]]:
    """Incidence rate ratios of repeated counts by generalized estimating equations with a working correlation.

    Liang & Zeger 1986, 10.1093/biomet/73.1.13: log link, variance ``m + alpha * m**2``, errors clustered by person; for
    fewer than 50 persons with the correction of Mancl & DeRouen 2001, 10.1111/j.0006-341X.2001.00126.x.

    Parameters
    ----------
    counts : (n, p), periods of equal length. covariates : (n, k), centred. alpha : given (0: Poisson), as the family
        does not estimate it; a wrong one costs precision only. correlation : exchangeable or autoregressive.

    Returns a frame term, ratio, low, high (the first row is the rate of a period, at the middle of the logarithm of
    time and the covariates' means; then the columns of `repeated`), the working correlation (of any two periods of a
    person, or of neighbours) and what is to be told. None where there is no fit.
    """
    import statsmodels.api as sm
    from statsmodels.genmod import cov_struct

    n, p = counts.shape
    if n < 2 or p < 2 or not counts.any():
        return None, np.nan, ["repeated counts need two persons and two periods, and an intrusion among them"]
    columns = repeated(counts, covariates)
    design = np.column_stack([np.ones(n * p), columns.to_numpy()])
    family = sm.families.NegativeBinomial(alpha=alpha) if alpha > 0.0 else sm.families.Poisson()
    structure = cov_struct.Exchangeable() if correlation == "exchangeable" else cov_struct.Autoregressive(grid=True)
    outcome = counts.reshape(-1).astype(np.float64)

    def fit() -> Any:
        start = sm.GLM(outcome, design, family=family).fit().params
        model = sm.GEE(
            outcome, design, groups=np.repeat(np.arange(n), p), time=np.tile(np.arange(p, dtype=np.float64), n),
            family=family, cov_struct=structure,
        )  # fmt: skip
        return model.fit(start_params=start, cov_type="bias_reduced" if n < FEW_PERSONS else "robust")

    what = f"the {correlation} regression of repeated counts"
    found, told = attempt(fit, what)
    if found is None:
        return None, np.nan, told
    table = ratios(["rate", *columns.columns], np.asarray(found.params), np.asarray(found.bse))
    if not sound(table):
        return None, np.nan, [*told, f"{what} has estimates without limits; it is left out"]
    return table, float(np.squeeze(structure.dep_params)), told


def slopes(counts: NDArray[np.int64]) -> pd.DataFrame:
    """Each person's course: least squares of ``log(1 + count)`` on `doublings` of time.

    counts (n, p), p at least 2. Returns level (at the middle of the logarithm of time) and slope (for each doubling).
    """
    outcome = np.log1p(counts.astype(np.float64))
    time = doublings(counts.shape[1])
    return pd.DataFrame({"level": outcome.mean(1), "slope": outcome @ time / (time @ time)})


def two_stage(coefficients: Vector, covariates: pd.DataFrame) -> pd.DataFrame:
    """Mean of a coefficient of `slopes`, and how it differs with covariates: least squares over persons, errors HC3.

    coefficients (n,), covariates (n, k), centred. With the same times for everybody, as here, these are the estimates
    of the mixed model with random intercept and slope (Laird & Ware 1982, 10.2307/2529876). HC3: MacKinnon & White
    1985, 10.1016/0304-4076(85)90158-7. Returns term, estimate, low, high, the first term being the mean; limits by t
    with n - k - 1 degrees of freedom, NaN where these are 0 or nobody differs.
    """
    import statsmodels.api as sm

    design = np.column_stack([np.ones(len(coefficients)), covariates.to_numpy(np.float64)])
    found = pd.DataFrame({"term": ["mean", *covariates.columns]})
    if len(coefficients) <= design.shape[1] or np.ptp(coefficients) == 0.0:
        middle = np.r_[coefficients.mean() if len(coefficients) else np.nan, np.full(design.shape[1] - 1, np.nan)]
        return found.assign(estimate=middle, low=np.nan, high=np.nan)
    fit = sm.OLS(coefficients, design).fit(cov_type="HC3", use_t=True)
    low, high = np.asarray(fit.conf_int()).T
    return found.assign(estimate=fit.params, low=low, high=high)


def two_stages(weekly: NDArray[np.int64], covariates: pd.DataFrame) -> pd.DataFrame:
    """`two_stage` of the level and of the slope of `slopes`: part (level or slope), term, estimate, low, high.

    weekly (n, w), w at least 2; covariates (n, k), centred.
    """
    own = slopes(weekly)
    parts = [two_stage(own[key].to_numpy(), covariates).assign(part=str(key)) for key in own]
    return pd.concat(parts, ignore_index=True)[["part", "term", "estimate", "low", "high"]]


def mixed(outcome: Vector, time: Vector, covariates: pd.DataFrame) -> tuple[pd.DataFrame | None, list[str]]:
    """The mixed model of a course: random intercept and slope, restricted maximum likelihood.

    Laird & Ware 1982, 10.2307/2529876. outcome (n, p), time (p,), centred here; covariates (n, k) move intercept and
    slope. Minutes for more than a few thousand persons: `two_stage` of `slopes` gives the same estimates. Returns term,
    estimate, se, low, high, the terms being intercept, time, each covariate, and each covariate by time; None without
    a fit.
    """
    import statsmodels.api as sm

    n, p = outcome.shape
    scale, unit_of_outcome = float(time.std()), max(float(outcome.std()), 1e-9)  # the optimizer needs numbers near 1
    steps = np.tile((time - time.mean()) / scale, n)
    known = np.repeat(covariates.to_numpy(np.float64), p, axis=0)
    design = np.column_stack([np.ones(n * p), steps, known, known * steps[:, None]])
    names = ["intercept", "time", *covariates.columns, *(f"{name} by time" for name in covariates.columns)]
    inner = np.column_stack([np.ones(n * p), steps])

    def fit() -> Any:
        model = sm.MixedLM(
            outcome.reshape(-1) / unit_of_outcome, design, groups=np.repeat(np.arange(n), p), exog_re=inner
        )
        return model.fit(reml=True, method=["lbfgs", "bfgs", "cg"])

    found, told = attempt(fit, "the mixed model of the course")
    if found is None:
        return None, told
    unit = np.full(len(names), unit_of_outcome)
    unit[1] = unit[2 + covariates.shape[1] :] = unit_of_outcome / scale
    estimate, se = np.asarray(found.fe_params) * unit, np.asarray(found.bse_fe) * unit
    if not np.isfinite(se).all():
        return None, [*told, "the mixed model of the course has no standard errors; it is left out"]
    table = pd.DataFrame({"term": names, "estimate": estimate, "se": se})
    return table.assign(low=estimate - NORMAL * se, high=estimate + NORMAL * se), told
