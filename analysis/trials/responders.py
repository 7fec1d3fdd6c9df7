"""Responder analysis: who changed for the better by at least the margin, and how many must be treated for one more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.trials.outcome import Outcome, check_arms
from analysis.trials.trial import LEVEL, Estimate, risk_difference


def responds(seen: pd.DataFrame, outcome: Outcome) -> pd.Series:
    """1 for who improved on the baseline by the outcome's margin or more, else 0; NaN without a baseline.

    `seen` are the rows (n,) of one outcome of `analysis.trials.trial.observed`. With a margin of 0 any improvement
    counts, and no change does not.
    """
    gain = outcome.sign * (seen["value"] - seen["baseline"])
    return ((gain >= outcome.margin) & (gain > 0.0)).astype(np.float64).where(gain.notna())


def risk_ratio(treated: NDArray[np.float64], control: NDArray[np.float64]) -> Estimate:
    """Ratio of two shares (of values 1 and 0) with the score interval of Miettinen & Nurminen 1985.

    10.1002/sim.4780040211. NaN when a group is empty or the control's share is 0 or when neither share varies.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    if not (len(treated) and len(control)) or control.sum() == 0.0:
        return np.nan, np.nan, np.nan
    ratio = float(treated.mean() / control.mean())
    if treated.sum() == 0.0 or (treated.all() and control.all()):  # the score has no root to be found there
        return ratio, np.nan, np.nan
    low, high = confint_proportions_2indep(
        treated.sum(), len(treated), control.sum(), len(control), method="score", compare="ratio", alpha=1.0 - LEVEL
    )
    return ratio, float(low), float(high)


def number_needed(difference: Estimate) -> tuple[float, float, float, bool]:
    """Persons to be treated for one more responder, its limits, and whether the interval goes through infinity.

    The reciprocals of a risk difference (estimate, low, high) and its limits (Altman 1998, 10.1136/bmj.317.7168.1309).
    Negative numbers are those to be treated for one fewer. Where the difference's interval holds 0, the numbers are
    those from `high` through infinity to `low`: a benefit of 1/high or more, a harm of -1/low or more. A difference or
    limit of 0 gives infinity.
    """

    def reciprocal(value: float) -> float:
        return np.inf if value == 0.0 else 1.0 / value

    estimate, low, high = difference
    return reciprocal(estimate), reciprocal(high), reciprocal(low), bool(low <= 0.0 <= high)


def responders(seen: pd.DataFrame, arms: Sequence[str], reference: str, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Responders by outcome (those without a cut-off) and arm other than the reference.

    `seen` as from `analysis.trials.trial.observed`. Returns outcome, arm, reference, n, n_reference (persons with a
    baseline), share, share_reference, difference with difference_low and difference_high (Newcombe's), ratio with
    ratio_low and ratio_high (Miettinen and Nurminen's), nnt, nnt_low, nnt_high and through_infinity (`number_needed`).
    An outcome for which nobody in an arm or the reference has a baseline has no row for that arm.
    """
    others = check_arms(arms, reference)
    rows = []
    for outcome in (o for o in outcomes if o.cutoff is None):
        mine = seen[(seen["outcome"] == outcome.name).to_numpy(bool)]
        found = responds(mine, outcome)
        groups = {arm: found[(mine["arm"] == arm).to_numpy(bool)].dropna().to_numpy() for arm in arms}
        control = groups[reference]
        for arm in (a for a in others if len(groups[a]) and len(control)):
            treated = groups[arm]
            difference = risk_difference(treated, control)
            told: dict[str, object] = {"outcome": outcome.name, "arm": arm, "reference": reference}
            told |= {"n": len(treated), "n_reference": len(control)}
            told |= {"share": treated.mean(), "share_reference": control.mean()}
            told |= dict(zip(("difference", "difference_low", "difference_high"), difference, strict=True))
            told |= dict(zip(("ratio", "ratio_low", "ratio_high"), risk_ratio(treated, control), strict=True))
            needed = number_needed(difference)
            rows.append(told | dict(zip(("nnt", "nnt_low", "nnt_high", "through_infinity"), needed, strict=True)))
    return pd.DataFrame(rows)
