"""Whether two arms differ by less than matters: equivalence by two one-sided tests, and non-inferiority."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.trials.outcome import Outcome, check_arms

_LEVEL = 0.90  # two one-sided tests at .05 are the question whether this interval lies within the margin


def equivalence(seen: pd.DataFrame, arms: Sequence[str], reference: str, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Equivalence and non-inferiority by outcome (those with a margin and no cut-off) and arm but the reference.

    `seen` as from `analysis.trials.trial.observed`. Two one-sided tests with unequal variances (Schuirmann 1987,
    10.1007/BF01068419). Returns outcome, arm, margin, n, n_reference, difference with difference_low_90 and
    difference_high_90 (90%, Welch), p (of the two tests, the larger), equivalent (p < .05) and not_inferior (the worse
    limit of the interval is nearer than the margin). No row where a group has fewer than 2 persons or neither
    has any spread.
    """
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    others = check_arms(arms, reference)
    rows = []
    for outcome in (o for o in outcomes if o.cutoff is None and o.margin > 0.0):
        mine = seen[(seen["outcome"] == outcome.name).to_numpy(bool)]
        groups = {arm: mine.loc[(mine["arm"] == arm).to_numpy(bool), "value"].to_numpy(np.float64) for arm in arms}
        control = groups[reference]
        for arm in others:
            treated, margin = groups[arm], outcome.margin
            if min(len(treated), len(control)) < 2 or np.ptp(treated) == np.ptp(control) == 0.0:
                continue
            both = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
            p = float(both.ttost_ind(-margin, margin, usevar="unequal")[0])
            low, high = (float(limit) for limit in both.tconfint_diff(alpha=1.0 - _LEVEL, usevar="unequal"))
            rows.append(
                {
                    "outcome": outcome.name, "arm": arm, "margin": margin, "n": len(treated),
                    "n_reference": len(control), "difference": float(treated.mean() - control.mean()),
                    "difference_low_90": low, "difference_high_90": high, "p": p, "equivalent": p < 0.05,
                    "not_inferior": low > -margin if outcome.sign > 0 else high < margin,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
