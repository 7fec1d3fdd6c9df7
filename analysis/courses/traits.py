"""How much of a trait goes with the course: omega squared, with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

NOT_TRAITS = ("participant", "household", "family", "x", "y", "distance")  # who a person is kin to, and where one lives
FEWEST = 2  # persons of a course


def numeric(persons: pd.DataFrame) -> list[str]:
    """Columns of numbers that describe a person and differ between persons."""
    kept = [str(name) for name in persons.select_dtypes("number") if name not in NOT_TRAITS]
    return [name for name in kept if persons[name].nunique() > 1]


def by_course(persons: pd.DataFrame, course: pd.Series, traits: Sequence[str]) -> pd.DataFrame:
    """How much of each trait's variance lies between courses, the largest first.

    `course` is categorical, indexed like `persons`; courses with fewer than `FEWEST` persons are left out. Returns
    trait, persons, omega_squared (one-way analysis of variance; negative estimates are set to 0) with the 95% interval
    from the noncentral F distribution (Steiger 2004, 10.1037/1082-989X.9.2.164, for eta squared's population value),
    then the mean of each course in standard deviations from the mean of all.
    """
    rows = []
    sizes = course.value_counts(sort=False)
    kept = [name for name, size in sizes.items() if size >= FEWEST]
    for trait in traits:
        frame = pd.DataFrame({"value": persons[trait], "course": course}).dropna()
        frame = frame[frame["course"].isin(kept)]
        groups = frame.groupby("course", observed=True)["value"]
        between, within = groups.ngroups - 1, len(frame) - groups.ngroups
        if between < 1 or within < 1 or frame["value"].std() == 0.0:
            continue
        mean, sd = frame["value"].mean(), frame["value"].std()
        left = float(((frame["value"] - groups.transform("mean")) ** 2).sum())
        explained = float(((frame["value"] - mean) ** 2).sum()) - left
        if not left > 0.0:
            continue
        ratio = (explained / between) / (left / within)
        omega = between * (ratio - 1.0) / (between * (ratio - 1.0) + len(frame))
        low, high = (bound / (bound + len(frame)) for bound in noncentrality(ratio, between, within))
        row = {"trait": trait, "persons": len(frame), "omega_squared": max(omega, 0.0), "low": low, "high": high}
        rows.append({**row, **{str(name): value for name, value in ((groups.mean() - mean) / sd).items()}})
    columns = ["trait", "persons", "omega_squared", "low", "high"]
    found = pd.DataFrame(rows, columns=None if rows else columns)
    return found.sort_values("omega_squared", ascending=False, ignore_index=True)


def noncentrality(ratio: float, between: int, within: int) -> tuple[float, float]:
    """95% interval of the noncentrality of an F ratio, by inverting the noncentral F distribution; at least 0.

    NaN where the ratio is so great that the distribution cannot be computed.
    """
    from scipy.optimize import brentq
    from scipy.special import ncfdtr

    most = 4.0 * between * ratio + 200.0

    def bound(tail: float) -> float:
        def missed(noncentral: float) -> float:
            return float(ncfdtr(between, within, noncentral, ratio)) - tail

        if not np.isfinite([missed(0.0), missed(most)]).all():
            return float("nan")
        return 0.0 if missed(0.0) < 0.0 else float(brentq(missed, 0.0, most))

    return bound(0.975), bound(0.025)


def standardized(persons: pd.DataFrame, traits: Sequence[str]) -> pd.DataFrame:
    """Traits in standard deviations from their mean."""
    part = persons[list(traits)].astype(np.float64)
    return (part - part.mean()) / part.std()
