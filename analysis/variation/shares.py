"""Shares of the variance of every outcome by kind of cause."""

from __future__ import annotations

import pandas as pd

from analysis.variation.decomposition import TooFewError, decomposition
from analysis.variation.known import Known
from analysis.variation.outcomes import LABELS
from analysis.variation.predictors import BLOCKS


def shares(known: Known) -> tuple[pd.DataFrame, dict[str, str]]:
    """`decomposition` of each outcome that differs between persons, under each other.

    Returns its columns after `outcome` (in words), and why others are missing, by the outcome in words.
    """
    parts, why = [], {}
    for outcome, label in LABELS.items():
        if known.outcomes[outcome].nunique() < 2:
            continue
        try:
            found = decomposition(known.outcomes[outcome], known.causes, known.block, BLOCKS, known.family)
        except TooFewError as fault:
            why[label] = str(fault)
            continue
        found.insert(0, "outcome", label)
        parts.append(found)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["outcome"]), why
