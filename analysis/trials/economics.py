"""What care costs and what it gains: prevalence over time, days free of the disorder, disability averted.

Everything is exact for the realisation: every eligible person lives under every arm, and a case is who reaches the
cut-off of the instrument by the state that it would read without error. Costs are those of sessions that took place;
nothing else costs anything, and neither costs nor gains are discounted. The measures are those of Cohen et al. 2017,
10.1001/jamapsychiatry.2017.3037.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.outcome import Outcome, TrialError, check_arms, persons_of, under

DAY: Final = 1440.0  # minutes
YEAR: Final = 365.25  # days
# Salomon et al. 2015, 10.1016/S2214-109X(15)00069-8 (Global Burden of Disease 2013): anxiety disorders, moderate, .133
# (.091 to .186; mild .030, severe .523). The study counts post-traumatic stress disorder among them, without a weight
# of its own; that a case here is a moderate one is chosen.
DISABILITY_WEIGHT: Final = 0.133


def prevalence(
    scores: pd.DataFrame,
    allocation: pd.DataFrame,
    arms: Sequence[str],
    reference: str,
    outcome: Outcome,
    randomized: int | None = None,
) -> pd.DataFrame:
    """Cases over time, a row an assessment and arm.

    `scores` and `allocation` as in `analysis.trials.effects.effects`; assessments before `randomized` (minute) are left
    out. Returns minute, arm, n (eligible persons), prevalence (share of cases), risk_difference and risk_ratio against
    the reference (NaN where that has no case). Raises TrialError when the outcome has no cut-off or was never assessed.
    """
    check_arms(arms, reference)
    minutes, cases = _cases(scores, allocation, arms, outcome, randomized)
    rows = []
    for k, minute in enumerate(minutes):
        usual = float(cases[reference][k].mean())
        for arm in arms:
            share = float(cases[arm][k].mean())
            ratio = share / usual if usual > 0.0 else np.nan
            rows.append((minute, arm, cases[arm].shape[1], share, share - usual, ratio))
    return pd.DataFrame(rows, columns=["minute", "arm", "n", "prevalence", "risk_difference", "risk_ratio"])


@dataclass(frozen=True)
class Accounts:
    """`days` of the period, and each eligible person's days `free` of being a case and US$ `spent`, persons by arms."""

    days: float
    free: pd.DataFrame
    spent: pd.DataFrame


def accounts(
    scores: pd.DataFrame,
    allocation: pd.DataFrame,
    sessions: pd.DataFrame,
    arms: Sequence[str],
    outcome: Outcome,
    costs: Mapping[str, float],
    randomized: int | None = None,
) -> Accounts:
    """Each person's days and costs from the first to the last assessment (from `randomized`, a minute, on).

    Between two assessments a person's state as a case goes over linearly, so half of the time counts where it changes.

    Parameters
    ----------
    scores, allocation : as in `analysis.trials.effects.effects`.
    sessions : arm (missing where all arms share it), person, minute, intervention, attended.
    costs : US$ of a session, by intervention; one that is not named costs nothing.

    Raises TrialError as `prevalence`, and with one assessment only.
    """
    minutes, cases = _cases(scores, allocation, arms, outcome, randomized)
    if len(minutes) < 2:
        raise TrialError(f"outcome '{outcome.name}': one assessment alone; days in between need two")
    span = np.diff(minutes) / DAY
    days = float(span.sum())
    persons = _persons(allocation)
    free = {arm: days - span @ (of[1:] + of[:-1]) / 2.0 for arm, of in cases.items()}
    spent = {arm: _spent(sessions, persons, arm, costs, minutes[0], minutes[-1]) for arm in arms}
    index = pd.Index(persons, name="person")
    return Accounts(days, pd.DataFrame(free, index=index), pd.DataFrame(spent, index=index))


def economics(given: Accounts, reference: str) -> pd.DataFrame:
    """Means a person, a row an arm.

    Returns arm, n, days (of the period), free_days (days without being a case), dalys (case-years times
    `DISABILITY_WEIGHT`), cost (US$), and against the reference gained (free days; with low and high, 95%, Student's t
    of the paired difference), averted (DALYs), extra (US$), per_free_day and per_daly (US$; NaN where nothing is
    gained, and below 0 where less is paid for more). Raises TrialError where there is nothing to compare.
    """
    days, free, spent = given.days, given.free, given.spent
    check_arms([str(arm) for arm in free], reference)
    rows = []
    for arm in free:
        gain = (free[arm] - free[reference]).to_numpy()
        gained, extra = float(gain.mean()), float((spent[arm] - spent[reference]).mean())
        low = high = np.nan
        if arm != reference and len(gain) > 1:
            error = float(stats.sem(gain))
            low, high = stats.t.interval(0.95, len(gain) - 1, gained, error) if error > 0.0 else (gained, gained)
        averted = gained / YEAR * DISABILITY_WEIGHT
        better = arm != reference and gained > 0.0
        rows.append(
            {
                "arm": arm,
                "n": len(gain),
                "days": days,
                "free_days": float(free[arm].mean()),
                "dalys": (days - float(free[arm].mean())) / YEAR * DISABILITY_WEIGHT,
                "cost": float(spent[arm].mean()),
                "gained": gained,
                "low": float(low),
                "high": float(high),
                "averted": averted,
                "extra": extra,
                "per_free_day": extra / gained if better else np.nan,
                "per_daly": extra / averted if better else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _persons(allocation: pd.DataFrame) -> NDArray[np.int64]:
    return persons_of(allocation, allocation["eligible"].to_numpy(bool))


def _cases(
    scores: pd.DataFrame,
    allocation: pd.DataFrame,
    arms: Sequence[str],
    outcome: Outcome,
    randomized: int | None,
) -> tuple[list[int], dict[str, NDArray[np.float64]]]:
    """Minutes of the assessments (k,), and by arm who is a case at each, 1 or 0, shape (k, n)."""
    if outcome.cutoff is None:
        raise TrialError(f"outcome '{outcome.name}': has no cut-off, so there are no cases")
    persons = _persons(allocation)
    mine = scores[(scores["instrument"] == outcome.instrument).to_numpy(bool)]
    first = -1 if randomized is None else randomized
    minutes = sorted(int(minute) for minute in mine["minute"].unique() if minute >= first)
    if not minutes or not len(persons):
        raise TrialError(f"outcome '{outcome.name}': '{outcome.instrument}' was never read of an eligible person")
    by_minute = {minute: mine[(mine["minute"] == minute).to_numpy(bool)] for minute in minutes}
    cases = {}
    for arm in arms:
        read = [outcome.values(under(by_minute[m], arm, "state")).reindex(persons).to_numpy() for m in minutes]
        cases[arm] = np.stack(read)
        if np.isnan(cases[arm]).any():
            raise TrialError(f"outcome '{outcome.name}': the reading is undefined for some; no days can be counted")
    return minutes, cases


def _spent(
    sessions: pd.DataFrame, persons: NDArray[np.int64], arm: str, costs: Mapping[str, float], first: int, last: int
) -> NDArray[np.float64]:
    """US$ that each person's attended sessions under an arm cost, from minute `first` to `last`, shape (n,)."""
    mine = sessions[(sessions["arm"].isna() | (sessions["arm"] == arm)).to_numpy(bool)]
    when = mine["minute"].to_numpy()
    mine = mine[mine["attended"].to_numpy(bool) & (first <= when) & (when <= last)]
    price = np.array([costs.get(name, 0.0) for name in mine["intervention"]], dtype=np.float64)
    paid = pd.Series(price, index=mine["person"].to_numpy()).groupby(level=0).sum()
    return np.asarray(paid.reindex(persons, fill_value=0.0), dtype=np.float64)
