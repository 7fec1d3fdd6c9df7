"""What may make people differ, as numbers: who they are, genes and traits, early life, exposure and treatment."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

PERSON, TRAITS, VARIANTS = "sex and age", "traits", "named variants"
EARLY, EXPOSURE, TREATMENT = "early life", "exposure", "treatment"
BLOCKS = (PERSON, TRAITS, VARIANTS, EARLY, EXPOSURE, TREATMENT)  # in the order in which they come about
DOSE = "dose"

_NOT_CAUSES = frozenset({"id", "participant", "household", "x", "y", "family", "zygosity", "ancestry"})
_EARLY = frozenset({"ace", "adversity", "noradrenergic_tone", "cortisol_feedback", "stress_exposure"})
_VARIANT = re.compile(r"rs\d+|.+LPR|.+VNTR")  # dbSNP's numbers, and how length polymorphisms are called
_SCORE = re.compile(r"(polygenic|pgs|prs)(_.*)?", re.IGNORECASE)


def variant_columns(persons: pd.DataFrame) -> list[str]:
    """Columns of counted alleles: those that are named as dbSNP names them (rs...), or ...LPR or ...VNTR."""
    return [str(name) for name in persons.columns if _VARIANT.fullmatch(str(name))]


def score_columns(persons: pd.DataFrame) -> list[str]:
    """Columns of polygenic scores: polygenic, pgs or prs, or what begins with one of these and ``_``."""
    return [str(name) for name in persons.columns if _SCORE.fullmatch(str(name))]


def predictors(
    persons: pd.DataFrame, exposure: pd.DataFrame, treatment: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """One number a person and possible cause, for the exposed.

    Parameters
    ----------
    persons : the table persons, indexed by id. Numbers and flags count; sex becomes ``female`` (1 or 0).
    exposure : indexed by person, with ``dose``.
    treatment : indexed by person, a column for each kind of what was received (see `received`); may have no columns.

    Returns the frame (exposed persons, causes) of float64, and the block (one of `BLOCKS`) of each column. Columns
    without any number are left out; constant ones stay, and what cannot be estimated from them is said there.
    """
    known = persons.loc[exposure.index]
    parts: dict[str, pd.Series] = {}
    block: dict[str, str] = {}
    variants, scores = set(variant_columns(known)), set(score_columns(known))
    for name in known.columns:
        column = known[name]
        if name in _NOT_CAUSES or name in scores:
            continue
        if name == "sex":
            parts["female"], block["female"] = (column == "female").astype(np.float64), PERSON
        elif pd.api.types.is_bool_dtype(column) or name == "distance":
            parts[name], block[name] = column.astype(np.float64), EXPOSURE
        elif pd.api.types.is_numeric_dtype(column):
            kind = EARLY if name in _EARLY else VARIANTS if name in variants else PERSON if name == "age" else TRAITS
            parts[name], block[name] = column.astype(np.float64), kind
    parts[DOSE], block[DOSE] = exposure["dose"].astype(np.float64), EXPOSURE
    for name in treatment.columns:
        parts[name] = treatment[name].reindex(exposure.index).fillna(0.0).astype(np.float64)
        block[name] = TREATMENT
    frame = pd.DataFrame(parts, index=exposure.index)
    there = [name for name in frame.columns if frame[name].notna().any()] if len(frame) else list(frame.columns)
    return frame[there], pd.Series({name: block[name] for name in there}, dtype=object)


def received(doses: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """What each person was given: mg of each drug in all (``mg NAME``) and sessions attended (``sessions NAME``).

    `doses` has person, drug, mg; `sessions` person, intervention, attended. Who was given nothing has no row.
    """
    drugs = doses.groupby(["person", "drug"], observed=True)["mg"].sum().unstack("drug")
    came = sessions[sessions["attended"].astype(bool)]
    visits = came.groupby(["person", "intervention"], observed=True).size().unstack("intervention")
    named = [drugs.add_prefix("mg "), visits.add_prefix("sessions ")]
    return pd.concat([part for part in named if part.shape[1]] or [pd.DataFrame()], axis=1).fillna(0.0)
