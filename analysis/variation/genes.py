"""Polygenic scores and named variants of a study's exposed, each against its outcomes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.variation.known import Known
from analysis.variation.outcomes import RATE
from analysis.variation.polygenic import performance
from analysis.variation.predictors import score_columns, variant_columns
from analysis.variation.variants import scan


def scores(known: Known) -> pd.DataFrame:
    """`performance` of each polygenic score beyond sex, age and ancestry, the last column being `score`; or empty."""
    ancestry = pd.get_dummies(known.ancestry, drop_first=True).astype(np.float64)
    covariates = ancestry.join(known.causes[[c for c in ("female", "age") if c in known.causes]])
    parts = []
    for name in score_columns(known.persons):
        score = known.persons[name].astype(np.float64)
        found = performance(score, known.outcomes[RATE], known.troubled, covariates, known.family)
        parts.append(found.assign(score=name))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def variants(known: Known) -> pd.DataFrame:
    """`scan` of the named variants that are known; empty where there are none."""
    names = [name for name in variant_columns(known.persons) if name in known.causes]
    if not names:
        return pd.DataFrame()
    return scan(known.causes[names], known.outcomes, known.troubled, known.ancestry, known.family)
