"""A drug in the window of a session. It touches what the drug and what the session touch, each by its own mechanisms.

Propranolol before a reminder: Brunet et al. 2018, 10.1176/appi.ajp.2017.17050481. D-cycloserine before exposure:
Mataix-Cols et al. 2017, 10.1001/jamapsychiatry.2016.3955. MDMA in sessions of psychotherapy: Mitchell et al. 2021,
10.1038/s41591-021-01336-3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, override

from pydantic import Field

from cohort.actions import Dose
from cohort.interventions.cognitive_therapy import CognitiveSessions
from cohort.interventions.dual_task import DualTaskSessions
from cohort.interventions.imagery_task import ImagerySessions
from cohort.interventions.intervention import Intervention, Session, Treatment
from cohort.interventions.prolonged_exposure import ExposureSessions
from cohort.interventions.reactivation import ReactivationSessions
from cohort.interventions.reminder_extinction import ReminderExtinctionSessions
from cohort.interventions.verbal_task import VerbalSessions
from cohort.strict import Word, key, number

AnySessions = Annotated[
    ReactivationSessions
    | ExposureSessions
    | CognitiveSessions
    | DualTaskSessions
    | ImagerySessions
    | ReminderExtinctionSessions
    | VerbalSessions,
    Field(discriminator="kind"),
]


class DrugAndSessions(Treatment):
    """A dose at every session, so many minutes before it begins; it starts with the dose, or with the session."""

    kind: Literal["combination"]
    drug: Word = key(..., "a drug of data/drugs.csv")
    mg: float = key(..., "milligrams a dose, within the drug's permitted range", gt=0.0, le=20000.0)
    before: int = number(60, -1440, 1440, "minutes from the dose to the session (below 0: the dose comes after it)")
    session: AnySessions = key(..., "the sessions, as keys of their kind")

    @override
    def course(self) -> tuple[Session, ...]:
        dose = Dose(self.drug, self.mg, after=max(-self.before, 0))
        later = max(self.before, 0)
        return tuple(
            Session(one.after, (dose, *(replace(action, after=action.after + later) for action in one.actions)))
            for one in self.session.course()
        )


class Combination(DrugAndSessions, Intervention):
    """A drug in the window of a session, as a table of a scenario."""
