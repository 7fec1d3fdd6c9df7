"""What the chapter on variation works with: the exposed, their outcomes and causes, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.study import Study
from analysis.variation.outcomes import outcomes, still_troubled
from analysis.variation.predictors import predictors, received

CALL = "known = analysis.variation.known.know(study); "


@dataclass(frozen=True)
class Known:
    """Of the exposed persons, indexed by person.

    `outcomes` and `causes` are frames of numbers, `block` says the kind of each cause; `rate` is intrusions a week over
    `weeks` whole weeks since exposure, `troubled` who still has one a week at the end; `family` is missing where
    everybody is single; `ancestry` is one group where it was not recorded.
    """

    persons: pd.DataFrame
    outcomes: pd.DataFrame
    causes: pd.DataFrame
    block: pd.Series
    rate: pd.Series
    weeks: int
    troubled: pd.Series
    family: pd.Series | None
    ancestry: pd.Series


def know(study: Study) -> Known:
    """Read a study's tables once. Members of a family or a pair of twins are taken as alike, others as independent."""
    exposure, weekly = study.exposure, study.weekly()
    if not study.recorded("intrusions"):
        weekly = weekly[:, :0]  # of no week is known how many there were
    felt = pd.DataFrame({"person": [], "minute": [], "distress": []}, dtype=np.int64)
    if study.has("intrusions"):
        felt = study.tables.table("intrusions", list(felt.columns), [("episode", "==", study.focus)])
    measures = pd.DataFrame({"person": [], "minute": [], "recall": []})
    if study.has("measures"):
        measures = study.tables.table("measures", list(measures.columns))
    causes, block = predictors(study.persons, exposure, _treatment(study))
    persons = study.persons.loc[exposure.index]
    family = persons["family"] if "family" in persons and persons["family"].duplicated().any() else None
    weeks = weekly.shape[1]
    rate = pd.Series(weekly.mean(axis=1) if weeks else np.nan, index=exposure.index, dtype=np.float64)
    troubled = pd.Series(still_troubled(weekly), index=exposure.index)
    found = outcomes(exposure, weekly, felt, measures)
    ancestry = persons["ancestry"].astype(str) if "ancestry" in persons else pd.Series("all", index=persons.index)
    return Known(persons, found, causes, block, rate, weeks, troubled, family, ancestry)


def _treatment(study: Study) -> pd.DataFrame:
    doses = pd.DataFrame({"person": [], "drug": [], "mg": []})
    sessions = pd.DataFrame({"person": [], "intervention": [], "attended": []})
    if study.has("doses"):
        doses = study.tables.table("doses", list(doses.columns))
    if study.has("sessions"):
        sessions = study.tables.table("sessions", list(sessions.columns))
    return received(doses, sessions)


def bracketed(value: float, low: float, high: float, form: str = ".2f") -> str:
    """An estimate with its interval, as in ``0.31 [0.20, 0.42]``."""
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"
