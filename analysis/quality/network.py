"""Memories that come together: how often two episodes intrude on one day, against what each alone would give."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.study import DAY

BLOCK = 28  # days, within which coming together by chance is reckoned
_TWO_SIDED = 1.959963984540054  # standard errors, 95%
FEWEST = 10  # days together that chance would give; below them a pair is not told


def together(intrusions: pd.DataFrame, days: int) -> pd.DataFrame:
    """Pairs of episodes that intrude on the same day in the same person, a row a pair.

    Takes columns person, minute, episode. ``seen`` counts the person-days with both; ``expected`` is how many there
    would be if, in each person and each `BLOCK` days, the days of one had nothing to do with the days of the other:
    what persons and phases have in common does not make a pair. ``ratio`` is seen / expected with its 95% interval
    (delta method, over persons; NaN with fewer than two). Pairs with less than `FEWEST` expected days are left out, and
    so are days beyond `days`. Returns first, second, persons (to whom both came), seen, expected, ratio, low, high, and
    ``error``, the standard error of the logarithm of the ratio.
    """
    columns = ["first", "second", "persons", "seen", "expected", "ratio", "low", "high", "error"]
    if not len(intrusions):
        return pd.DataFrame(columns=columns)
    episode, known = pd.factorize(intrusions["episode"], sort=True)
    person, ids = pd.factorize(intrusions["person"])
    day = intrusions["minute"].to_numpy() // DAY
    inside = day < days
    key = np.unique((person[inside].astype(np.int64) * days + day[inside]) * len(known) + episode[inside])
    spot, which = np.divmod(key, len(known))  # person-day, episode
    used_days, at_day = np.unique(spot, return_inverse=True)
    both = np.zeros((len(known), len(used_days)), dtype=bool)
    both[which, at_day] = True
    blocks = -(-days // BLOCK)
    owner, own_day = np.divmod(spot, days)
    used_cells, at_cell = np.unique(owner * blocks + own_day // BLOCK, return_inverse=True)
    often = np.zeros((len(known), len(used_cells)))
    np.add.at(often, (which, at_cell), 1.0)
    length = np.diff([*range(0, days, BLOCK), days])[used_cells % blocks]
    day_owner, cell_owner = used_days // days, used_cells // blocks
    had = np.zeros((len(known), len(ids)), dtype=bool)
    had[which, owner] = True
    rows = []
    for i, j in combinations(range(len(known)), 2):
        expected = np.bincount(cell_owner, often[i] * often[j] / length, minlength=len(ids))
        if expected.sum() < FEWEST:
            continue
        seen = np.bincount(day_owner[both[i] & both[j]], minlength=len(ids))
        ratio = float(seen.sum() / expected.sum())
        low = high = error = np.nan
        if ratio > 0.0 and len(ids) > 1:
            influence = seen / seen.sum() - expected / expected.sum()
            error = float(np.sqrt(np.sum(influence**2) * len(ids) / (len(ids) - 1)))
            low, high = ratio * np.exp(-_TWO_SIDED * error), ratio * np.exp(_TWO_SIDED * error)
        persons = int((had[i] & had[j]).sum())
        rows.append((str(known[i]), str(known[j]), persons, int(seen.sum()), expected.sum(), ratio, low, high, error))
    return pd.DataFrame(rows, columns=columns).sort_values("ratio", ascending=False, ignore_index=True)


def nodes(memories: pd.DataFrame, intrusions: pd.DataFrame, persons: int) -> pd.DataFrame:
    """Episodes: how many hold them at the end, and how much they intrude.

    Takes memories (person, episode, charge) and intrusions (person, episode). Returns, indexed by episode: holding
    (share of `persons`), intrusions (a person who holds it, over the whole study), charge (mean felt distress, 0 to 1).
    """
    held = memories.assign(episode=memories["episode"].astype(str)).groupby("episode")
    found = pd.DataFrame({"holding": held["person"].nunique() / persons, "charge": held["charge"].mean()})
    came = intrusions["episode"].astype(str).value_counts().reindex(found.index, fill_value=0)
    found.insert(1, "intrusions", came / held["person"].nunique())
    return found
