"""A trait and stress together: more than the sum of both (additive scale), more than their product (multiplicative)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.variation.multiplicity import discovery_rate
from analysis.variation.outcomes import RATE
from analysis.variation.predictors import DOSE, TRAITS

Floats = NDArray[np.float64]
LEAST = 20  # persons below which nothing is fitted: four coefficients and their robust variance
MOST = 8  # traits
_NOTHING = 1e-6  # of the mean: a rate that only stopped falling because the iterations ended
_Z = float(stats.norm.ppf(0.975))


class Interval(NamedTuple):
    """An estimate and its 95% interval."""

    value: float
    low: float
    high: float


def reri(coefficients: Sequence[float] | Floats, covariance: Floats) -> Interval:
    """Relative excess risk due to interaction, ``RR11 - RR10 - RR01 + 1``, with the delta-method interval.

    `coefficients` (3,) are those of the one exposure, the other and their product in a model with a log or logit link,
    `covariance` (3, 3) is theirs. 0 means that the effects add up. Hosmer & Lemeshow 1992,
    10.1097/00001648-199209000-00012.
    """
    b = np.asarray(coefficients, dtype=np.float64)
    both, one, other = np.exp(b.sum()), np.exp(b[0]), np.exp(b[1])
    gradient = np.array([both - one, both - other, both])
    value, se = both - one - other + 1.0, np.sqrt(gradient @ covariance @ gradient)
    return Interval(float(value), float(value - _Z * se), float(value + _Z * se))


def additive(
    outcome: Floats, trait: Floats, stress: Floats, family: NDArray[Any] | None = None
) -> tuple[Interval, float]:
    """Product term of a linear model of a risk or rate (n,), in its unit, with robust interval, and its p-value.

    What a unit more of both exposures gives beyond the sum of what each gives. HC3 (MacKinnon & White 1985,
    10.1016/0304-4076(85)90158-7); clustered where `family` is given.
    """
    import statsmodels.api as sm

    model = sm.OLS(outcome, _design(trait, stress))
    fitted = model.fit(cov_type="HC3", use_t=True) if family is None else _clustered(model, family)
    low, high = fitted.conf_int()[3]
    return Interval(float(fitted.params[3]), float(low), float(high)), float(fitted.pvalues[3])


def multiplicative(
    counts: Floats, trait: Floats, stress: Floats, family: NDArray[Any] | None = None
) -> tuple[Interval, Interval, float]:
    """Ratio of rate ratios, RERI and the p-value of the former, from a log-linear model of counts (n,).

    Poisson estimating equations with a robust variance, so that overdispersion does no harm (HC1; clustered where
    `family` is given). The first is 1, the second 0, without interaction on its scale. Raises FloatingPointError
    when the model does not converge or a rate falls to 0.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    model = sm.GLM(counts, _design(trait, stress), family=sm.families.Poisson())
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("error", RuntimeWarning)
        try:
            fitted = model.fit(cov_type="HC1") if family is None else _clustered(model, family)
        except (ConvergenceWarning, PerfectSeparationWarning, RuntimeWarning, np.linalg.LinAlgError) as fault:
            raise FloatingPointError(str(fault)) from fault
    if fitted.fittedvalues.min() < _NOTHING * counts.mean():
        raise FloatingPointError("a part of the persons has no count at all, so that the log of its rate has no bound")
    b, covariance = np.asarray(fitted.params), np.asarray(fitted.cov_params())
    low, high = np.exp(fitted.conf_int()[3])
    ratio = Interval(float(np.exp(b[3])), float(low), float(high))
    return ratio, reri(b[1:], covariance[1:, 1:]), float(fitted.pvalues[3])


def chosen(associated: pd.DataFrame, block: pd.Series, causes: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Which traits are looked at, and under which stresses.

    `associated` as from `associations.associations`, `block` the kind of each cause, `causes` by person. The `MOST`
    traits with the largest slopes on intrusions, and early adversity and the event's dose where they differ.
    """
    rows = associated[(associated["outcome"] == RATE) & associated["slope"].notna()]
    rows = rows[rows["predictor"].map(block) == TRAITS]
    strongest = rows.assign(size=rows["slope"].abs()).sort_values("size", ascending=False, kind="stable")
    traits = [str(name) for name in strongest["predictor"].head(MOST)]
    return traits, [name for name in ("ace", DOSE) if name in causes and causes[name].nunique() > 1]


def interactions(
    rate: pd.Series, weeks: int, traits: pd.DataFrame, stresses: pd.DataFrame, family: pd.Series | None = None
) -> pd.DataFrame:
    """Every trait with every stress, a row each, both in SD, on both scales.

    Parameters
    ----------
    rate : intrusions a week by person; `weeks` : over how many.
    traits, stresses : indexed by person. family : by person; persons of one family are one cluster.

    Returns trait, stress, n, additive with low and high (intrusions a week more for a SD of both than the sum of
    both), p_additive, ratio with low and high (ratio of rate ratios), p_ratio, reri with low and high, and
    p_bh_additive and p_bh_ratio (Benjamini-Hochberg over the rows). NaN where a variable is constant,
    fewer than `LEAST` persons are complete or the model does not converge.
    """
    rows = [
        {"trait": trait, "stress": stress, **_fit(rate, weeks, traits[trait], stresses[stress], family)}
        for stress in stresses.columns
        for trait in traits.columns
    ]
    found = pd.DataFrame(rows)
    for scale in ("additive", "ratio") if len(found) else ():
        found[f"p_bh_{scale}"] = discovery_rate(found[f"p_{scale}"].to_numpy())
    return found


def _fit(
    rate: pd.Series, weeks: int, trait: pd.Series, stress: pd.Series, family: pd.Series | None
) -> dict[str, float]:
    frame = pd.DataFrame({"rate": rate, "trait": trait, "stress": stress}).dropna()
    names = ("additive", "ratio", "reri")
    row: dict[str, float] = {"n": len(frame)}
    row |= {f"{name}{end}": np.nan for name in names for end in ("", "_low", "_high")}
    row |= {"p_additive": np.nan, "p_ratio": np.nan}
    if len(frame) < LEAST or (frame.nunique() < 2).any():
        return row
    y, x, s = frame["rate"].to_numpy(), _scaled(frame["trait"]), _scaled(frame["stress"])
    groups = None if family is None else family.reindex(frame.index).to_numpy()
    if groups is not None and len(np.unique(groups)) == len(groups):
        groups = None
    found: dict[str, Interval] = {}
    found["additive"], row["p_additive"] = additive(y, x, s, groups)
    with suppress(FloatingPointError):  # its columns stay missing, and the section says so
        found["ratio"], found["reri"], row["p_ratio"] = multiplicative(np.round(y * weeks), x, s, groups)
    for name, interval in found.items():
        row |= {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
    return row


def _design(trait: Floats, stress: Floats) -> Floats:
    return np.column_stack([np.ones(len(trait)), trait, stress, trait * stress])


def _scaled(column: pd.Series) -> Floats:
    values = column.to_numpy(np.float64)
    return (values - values.mean()) / values.std()


def _clustered(model: Any, family: NDArray[Any]) -> Any:
    return model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(family)[0]})
