"""What of time to forgetting depends on where forgetting is said to begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.persistence.spans import THRESHOLD, spans, times
from analysis.persistence.survival import EVERYBODY, at_day, by_group

THRESHOLDS = (0.3, THRESHOLD, 0.7)  # probability of recall; the outer ones as far from the chosen one as from its ends
_COLUMNS = (
    "threshold", "grouping", "group", "n", "fallen", "restricted_mean", "low", "high", "difference", "difference_low",
    "difference_high",
)  # fmt: skip


def by_threshold(
    readings: pd.DataFrame,
    groups: Mapping[str, pd.Series],
    until: float,
    thresholds: Sequence[float] = THRESHOLDS,
) -> pd.DataFrame:
    """Time to forgetting under each threshold, of everybody and of the groups of each grouping.

    `readings` as from `readings.graded`; `groups` as from `groups.groupings`. Returns threshold, grouping, group, n,
    fallen (share of persons below it by day `until`, forgetting put at the first reading below), restricted_mean (days
    above it, of the first `until`, forgetting put midway), and difference from the grouping's first group, the last two
    with low and high (95%).
    """
    parts = []
    for threshold in thresholds:
        found = spans(readings, threshold)
        every = pd.Series(pd.Categorical([EVERYBODY] * len(found)), index=found.index)
        for name, series in {EVERYBODY: every, **groups}.items():
            group = series.reindex(found.index)
            known = group.notna().to_numpy()
            midway, late = (times(found[known], end) for end in ("middle", "right"))
            table = by_group(*midway, group[known], until)[1]
            curves = by_group(*late, group[known], until)[0].values()
            table["fallen"] = [1.0 - at_day(curve, until)[0] for curve in curves]
            parts.append(table.assign(threshold=threshold, grouping=name)[list(_COLUMNS)])
    return pd.concat(parts, ignore_index=True)


def told(table: pd.DataFrame, until: float) -> list[str]:
    """What `by_threshold` shows, in words: everybody's numbers, and whether groups differ whatever the threshold."""
    every = table[(table["grouping"] == EVERYBODY).to_numpy(bool)]
    parts = [
        f"below {row['threshold']:g} fell {row['fallen']:.1%} ({row['restricted_mean']:.1f} of {until:.0f} days above)"
        for _, row in every.iterrows()
    ]
    lines = [f"The threshold is a choice: {'; '.join(parts)}."]
    compared = table[table["difference"].notna().to_numpy(bool)]
    kept: list[str] = []
    changed: list[str] = []
    for (grouping, group), rows in compared.groupby(["grouping", "group"], sort=False):
        sides = np.sign(rows["difference_low"]) + np.sign(rows["difference_high"])
        if (sides == 0.0).all():
            continue
        (kept if abs(sides.sum()) == 2.0 * len(sides) else changed).append(f"{group} (by {grouping})")
    for which, named in (("at each", kept), ("at some, not at all,", changed)):
        if named:
            lines.append(f"Apart from the first group, beyond the interval, {which} of these: {', '.join(named)}.")
    return lines
