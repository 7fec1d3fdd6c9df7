"""A scan of named variants: how much each explains, and whether any exceeds the limits that large studies have set.

With 100,000 persons the smallest effect is significant; whether it is small is the question.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.variation.associations import associations
from analysis.variation.polygenic import odds_ratio

CASE = "case"


def scan(
    alleles: pd.DataFrame,
    outcomes: pd.DataFrame,
    case: pd.Series,
    ancestry: pd.Series,
    family: pd.Series | None = None,
) -> pd.DataFrame:
    """Every variant with every outcome, a row each, and with who is a case.

    Parameters
    ----------
    alleles : counted alleles (0 to 2), a column a variant, indexed by person.
    outcomes : numbers by person. case : bool by person. ancestry : group by person; frequencies differ between groups
        for other reasons than the outcome, so everything is taken within them.

    Returns variant, outcome, n, explained (squared correlation within ancestries, less the 1 / (n - 1) that chance
    gives), low, high (95%), odds (ratio an allele, for `CASE`), odds_low and odds_high. NaN where a variant does not
    vary, there are too few cases, or the measure does not apply.
    """
    groups = ancestry.reindex(alleles.index)
    within = alleles - alleles.groupby(groups, observed=True).transform("mean")
    centred = outcomes.reindex(alleles.index)
    centred = centred - centred.groupby(groups, observed=True).transform("mean")
    found = associations(centred, within, family).rename(columns={"predictor": "variant"})
    chance = 1.0 / (found["n"].astype(np.float64) - 1.0).where(found["n"] > 1)
    found["explained"] = found["slope"] ** 2 - chance
    ends = np.sort(np.abs(found[["low", "high"]].to_numpy(np.float64)), axis=1) ** 2
    crosses = (found["low"] <= 0.0) & (found["high"] >= 0.0)
    found["low"] = np.where(crosses, 0.0, ends[:, 0])
    found["high"] = ends[:, 1]
    found = found[["variant", "outcome", "n", "explained", "low", "high"]]
    odds = pd.DataFrame([_odds(alleles[name], case, groups) for name in alleles.columns])
    return pd.concat([found, odds], ignore_index=True) if len(odds) else found


def _odds(alleles: pd.Series, case: pd.Series, ancestry: pd.Series) -> dict[str, object]:
    """The row of a variant for who is a case, with ancestry in the model."""
    frame = pd.DataFrame({"x": alleles, "case": case.reindex(alleles.index), "group": ancestry}).dropna()
    is_case = frame["case"].to_numpy(bool)
    # A group without a case, or with nothing else, says nothing of the odds and would send its intercept to infinity.
    told = pd.Series(is_case, index=frame.index).groupby(frame["group"], observed=True).transform("nunique") > 1
    frame, is_case = frame[told], is_case[told.to_numpy()]
    groups = pd.get_dummies(frame["group"].astype(str), drop_first=True).to_numpy(np.float64)
    three = odds_ratio(frame["x"].to_numpy(np.float64), is_case, groups if groups.shape[1] else None)
    names = ("odds", "odds_low", "odds_high")
    return {"variant": alleles.name, "outcome": CASE, "n": len(frame), **dict(zip(names, three, strict=True))}


def against_limits(found: pd.DataFrame, limits: Mapping[str, float]) -> pd.DataFrame:
    """The largest effects of a `scan` against limits: ``variance`` (share explained) and ``odds`` (ratio an allele).

    The bound is one for all rows at once (Bonferroni, one-sided 95%), as the largest of many is looked at; an odds
    ratio below 1 counts as its reciprocal. Returns limit, permitted, variant, outcome, largest, bound and verdict:
    "within" where the bound is, "beyond" where even the lower bound is not, "undecided" between, "no data" without an
    estimate.
    """
    rows = []
    for name, permitted in limits.items():
        known = found[found["explained" if name == "variance" else "odds"].notna()] if len(found) else found
        row: dict[str, object] = {"limit": name, "permitted": permitted, "variant": "", "outcome": ""}
        if known.empty:
            rows.append({**row, "largest": np.nan, "bound": np.nan, "verdict": "no data"})
            continue
        size, low, high = _bounds(known, name)
        at = int(np.argmax(size))
        bound, beyond = float(high.max()), float(low.max()) > permitted
        verdict = "beyond" if beyond else "within" if bound < permitted else "undecided"
        row |= {"variant": known["variant"].iloc[at], "outcome": known["outcome"].iloc[at]}
        rows.append({**row, "largest": float(size[at]), "bound": bound, "verdict": verdict})
    return pd.DataFrame(rows, columns=["limit", "permitted", "variant", "outcome", "largest", "bound", "verdict"])


def _bounds(known: pd.DataFrame, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Size of each effect, and its simultaneous one-sided bounds, on the scale of the limit."""
    wider = float(stats.norm.ppf(1.0 - 0.05 / len(known)) / stats.norm.ppf(0.975))
    if name == "odds":
        centre = np.log(known["odds"].to_numpy(np.float64))
        reach = wider * (np.log(known["odds_high"].to_numpy(np.float64)) - centre)
        return np.exp(np.abs(centre)), np.exp(np.abs(centre) - reach), np.exp(np.abs(centre) + reach)
    chance = 1.0 / (known["n"].to_numpy(np.float64) - 1.0)
    r = np.sqrt(np.maximum(known["explained"].to_numpy(np.float64) + chance, 0.0))
    reach = wider * (np.sqrt(known["high"].to_numpy(np.float64)) - r)
    return known["explained"].to_numpy(np.float64), np.maximum(r - reach, 0.0) ** 2, (r + reach) ** 2
