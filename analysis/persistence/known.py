"""What the chapter on persistence works with, read from a study once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.persistence.groups import covariates, groupings
from analysis.persistence.readings import answers, graded
from analysis.persistence.spans import spans
from analysis.study import Study

CALL = "known = analysis.persistence.known.know(study); "
_FOLLOWED = 0.9  # share of persons still followed on the last day of restricted means and curves


@dataclass(frozen=True)
class Known:
    """Of the exposed persons who were read at least once after their exposure.

    `readings` as from `readings.graded`; `groups` as from `groups.groupings`, with `why` one is missing; `spans` by
    person; `until` the last day of restricted means; `covariates` of the persons that every grouping places.
    """

    readings: pd.DataFrame
    exposure: pd.DataFrame
    groups: Mapping[str, pd.Series]
    why: tuple[str, ...]
    spans: pd.DataFrame
    until: float
    covariates: pd.DataFrame


def readings(study: Study) -> pd.DataFrame:
    """The focus episode's graded readings: person, day (since exposure), recall (0 to 1).

    Raises KeyError where the study has no measures or they hold no recall.
    """
    return graded(study.tables.table("measures", ["person", "minute", "recall"]), study.exposure)


def tests(study: Study) -> pd.DataFrame:
    """The focus episode's tests of voluntary recall: person, day (since exposure), recall (1 or 0)."""
    columns = ["person", "minute", "kind", "asked", "episode"]
    return answers(study.tables.table("recalls", columns), study.exposure, study.focus)


def know(study: Study, read: pd.DataFrame | None = None) -> Known:
    """What is known of a study whose `readings` (`read`, if they are at hand) are not empty."""
    found = readings(study) if read is None else read
    exposure = study.exposure.loc[study.exposure.index.isin(found["person"])]
    groups, why = groupings(study.persons, exposure)
    until = float(found.groupby("person")["day"].max().quantile(1.0 - _FOLLOWED))
    return Known(
        found, exposure, groups, tuple(why), spans(found), until, covariates(study.persons, exposure, groups)
    )  # fmt: skip
