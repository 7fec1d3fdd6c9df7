"""The trial's own view: each person only under the arm that was allotted, and what can be estimated from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.effects import shares
from analysis.trials.outcome import Outcome, TrialError, at, check_arms, persons_of, under

LEVEL = 0.95  # of every interval
Estimate = tuple[float, float, float]  # estimate, low, high; NaN where it cannot be told


def observed(
    scores: pd.DataFrame,
    allocation: pd.DataFrame,
    outcomes: Sequence[Outcome],
    mixed: pd.DataFrame | None = None,
    randomized: int | None = None,
) -> pd.DataFrame:
    """What the trial has seen of whom: a row an outcome and person of whom it has a score.

    Parameters
    ----------
    scores : arm (missing where all arms share it), person, minute, instrument, score (missing where none was obtained).
    allocation : person, arm (missing where not randomized), lost (minute from which no assessment came, or missing).
    mixed : where persons influence each other, the scores, without a column arm, of the world in which each lives under
        the allotted arm; the trial sees these.
    randomized : minute of randomization, after which no reading is a baseline (by default, when the arms part).

    Returns columns person, arm, outcome, value (the score, or 1 and 0 by the cut-off) and baseline: the score on the
    same instrument at its last reading before the arms part; NaN where there is none. Persons whose score is missing or
    who were lost by then have no row.
    """
    chosen = allocation["arm"].notna().to_numpy(bool)
    persons = persons_of(allocation, chosen)
    known = allocation[chosen].set_index("person").reindex(persons)
    lost = known["lost"].to_numpy(np.float64, na_value=np.nan)
    allotted = known["arm"].astype(str).to_numpy()
    lived = scores if mixed is None else mixed
    parts = []
    for outcome in outcomes:
        rows = at(lived, outcome) if len(persons) else lived.iloc[:0]
        score = np.full(len(persons), np.nan)
        for arm in np.unique(allotted):
            mine = allotted == arm
            score[mine] = outcome.values(under(rows, arm, "score")).reindex(persons[mine])
        part = {"person": persons, "arm": allotted, "outcome": outcome.name, "value": score}
        seen = ~np.isnan(score) & ~(lost <= outcome.minute)
        parts.append(pd.DataFrame({**part, "baseline": baseline(scores, outcome, persons, randomized)})[seen])
    if not parts:
        raise TrialError("no outcome is given; a comparison needs one")
    return pd.concat(parts, ignore_index=True)


def baseline(
    scores: pd.DataFrame, outcome: Outcome, persons: NDArray[np.int64], randomized: int | None
) -> NDArray[np.float64]:
    """The outcome's instrument (n,) as last read in the history that all arms share, which none of them can have moved.

    NaN where it was not read.
    """
    mine = (scores["instrument"] == outcome.instrument) & (scores["minute"] < outcome.minute) & scores["arm"].isna()
    if randomized is not None:
        mine &= scores["minute"] <= randomized
    rows = scores[mine.to_numpy(bool)]
    if rows.empty:
        return np.full(len(persons), np.nan)
    last = rows[(rows["minute"] == rows["minute"].max()).to_numpy(bool)]
    return under(last, "", "score").reindex(persons).to_numpy()


def welch(treated: NDArray[np.float64], control: NDArray[np.float64]) -> Estimate:
    """Difference in means with Welch's interval (Welch 1947, 10.1093/biomet/34.1-2.28), by statsmodels.

    NaN: all three when a group is empty; the interval when one has a single person or neither has any spread.
    """
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW  # seconds: only when it is needed

    if not (len(treated) and len(control)):
        return np.nan, np.nan, np.nan
    estimate = float(treated.mean() - control.mean())
    if min(len(treated), len(control)) < 2:
        return estimate, np.nan, np.nan
    if np.ptp(treated) == 0.0 and np.ptp(control) == 0.0:
        return estimate, np.nan, np.nan
    both = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
    low, high = both.tconfint_diff(alpha=1.0 - LEVEL, usevar="unequal")
    return estimate, float(low), float(high)


def risk_difference(treated: NDArray[np.float64], control: NDArray[np.float64]) -> Estimate:
    """Difference of two shares (of values 1 and 0) with Newcombe's hybrid score interval, his method 10.

    Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I. NaN when a group is empty.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep  # seconds: only when it is needed

    if not (len(treated) and len(control)):
        return np.nan, np.nan, np.nan
    estimate = float(treated.mean() - control.mean())
    low, high = confint_proportions_2indep(
        treated.sum(), len(treated), control.sum(), len(control), method="newcomb", compare="diff", alpha=1.0 - LEVEL
    )
    return estimate, float(low), float(high)


def adjusted(seen: pd.DataFrame, arms: Sequence[str], reference: str) -> dict[str, Estimate]:
    """Differences to the reference adjusted for the baseline (analysis of covariance), by arm.

    Least squares of the value on the arms and the baseline, over the persons with a baseline, with standard errors that
    hold under unequal variances (HC3: MacKinnon & White 1985, 10.1016/0304-4076(85)90158-7). `seen` are the rows of one
    outcome of `observed`. Arms with fewer than two such persons are left out; empty when the reference is, when value
    or baseline does not vary, or when the baseline alone tells arms apart.
    """
    from statsmodels.regression.linear_model import OLS

    rows = seen[seen["baseline"].notna()]
    counts = rows["arm"].value_counts()
    kept = [arm for arm in arms if counts.get(arm, 0) >= 2]
    others = [arm for arm in kept if arm != reference]
    rows = rows[rows["arm"].isin(kept)]
    if reference not in kept or not others or np.ptp(rows["value"]) == 0.0:
        return {}
    centred = rows["baseline"].to_numpy() - rows["baseline"].mean()
    columns = [np.ones(len(rows)), centred, *((rows["arm"] == arm).to_numpy(np.float64) for arm in others)]
    design = np.column_stack(columns)
    if np.linalg.matrix_rank(design) < design.shape[1] or hangs_on_one(design):
        return {}
    fit = OLS(rows["value"].to_numpy(), design).fit(cov_type="HC3", use_t=True)
    intervals = fit.conf_int(alpha=1.0 - LEVEL)
    return {
        arm: (float(fit.params[k]), float(intervals[k][0]), float(intervals[k][1])) for k, arm in enumerate(others, 2)
    }


def hangs_on_one(design: NDArray[np.float64]) -> bool:
    """Whether one row of a design (n, k) decides a coefficient alone, so that HC3 errors are undefined."""
    return bool(np.einsum("ij,ji->i", design, np.linalg.pinv(design)).max() > 1.0 - 1e-9)


def estimates(seen: pd.DataFrame, arms: Sequence[str], reference: str, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """What the trial tells, a row an outcome and arm other than the reference, from the rows of `observed`.

    Returns outcome, arm, reference, n, n_reference (persons analysed), estimate, low, high (`welch`, or
    `risk_difference` for a cut-off outcome) and adjusted, adjusted_low, adjusted_high (`adjusted`; NaN without a
    baseline and for a cut-off outcome). In the outcome's unit, arm minus reference.
    """
    others = check_arms(arms, reference)
    rows = []
    for outcome in outcomes:
        mine = seen[seen["outcome"] == outcome.name]
        groups = {arm: mine.loc[mine["arm"] == arm, "value"].to_numpy(np.float64) for arm in arms}
        plain = welch if outcome.cutoff is None else risk_difference
        better = adjusted(mine, arms, reference) if outcome.cutoff is None else {}
        for arm in others:
            told: dict[str, object] = {"outcome": outcome.name, "arm": arm, "reference": reference}
            told |= {"n": len(groups[arm]), "n_reference": len(groups[reference])}
            told |= dict(zip(("estimate", "low", "high"), plain(groups[arm], groups[reference]), strict=True))
            names = ("adjusted", "adjusted_low", "adjusted_high")
            rows.append(told | dict(zip(names, better.get(arm, (np.nan,) * 3), strict=True)))
    return pd.DataFrame(rows)


def spillover(seen: pd.DataFrame, alone: pd.DataFrame) -> pd.DataFrame:
    """How the trial differs from worlds in which everybody has one arm, where persons influence each other.

    `seen` is `observed` of the trial's own world, `alone` that of the worlds of single arms: the same persons under the
    same arm, among others with other arms or among others with theirs. A row an outcome and arm: n, spillover (mean of
    the paired difference), low and high (95%, Student's t).
    """
    both = seen.merge(alone, on=["person", "arm", "outcome"], suffixes=("", "_alone"))
    rows = []
    for (outcome, arm), pairs in both.groupby(["outcome", "arm"], sort=False):
        difference = (pairs["value"] - pairs["value_alone"]).to_numpy(np.float64)
        n, mean = len(difference), float(difference.mean())
        low = high = np.nan
        if n > 1:
            error = float(stats.sem(difference))
            low, high = stats.t.interval(0.95, n - 1, mean, error) if error > 0.0 else (mean, mean)
        rows.append((outcome, arm, n, mean, float(low), float(high)))
    return pd.DataFrame(rows, columns=["outcome", "arm", "n", "spillover", "low", "high"])


def comparison(
    seen: pd.DataFrame, truth: pd.DataFrame, arms: Sequence[str], reference: str, outcomes: Sequence[Outcome]
) -> pd.DataFrame:
    """The trial beside the truth: `estimates` of what was `seen`, and `effects.shares` of the true ones.

    Columns outcome, arm, reference, estimate, low, high, exact, helped, harmed, nnt, then the rest of both.
    """
    told = estimates(seen, arms, reference, outcomes)
    found = told.merge(shares(truth, outcomes), on=["outcome", "arm"], validate="one_to_one")
    first = ["outcome", "arm", "reference", "estimate", "low", "high", "exact", "helped", "harmed", "nnt"]
    return found[[*first, *(name for name in found if name not in first)]]
