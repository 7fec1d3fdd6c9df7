"""Interventions, one file a kind: each says what it does as a course of actions, and touches nothing else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cohort.interventions.cognitive_therapy import CognitiveTherapy
from cohort.interventions.combination import Combination
from cohort.interventions.debriefing import Debriefing
from cohort.interventions.drug import Drug
from cohort.interventions.dual_task import DualTask
from cohort.interventions.happening import Happening
from cohort.interventions.imagery_task import ImageryTask
from cohort.interventions.intervention import Course, Intervention, Session, Step, Treatment, checked_course
from cohort.interventions.mindfulness import Mindfulness
from cohort.interventions.prolonged_exposure import ProlongedExposure
from cohort.interventions.reactivation import Reactivation
from cohort.interventions.reminder_extinction import ReminderExtinction
from cohort.interventions.sleep import Sleep
from cohort.interventions.support import Support
from cohort.interventions.verbal_task import VerbalTask

__all__ = ["KINDS", "AnyIntervention", "Course", "Intervention", "Session", "Step", "Treatment", "checked_course"]

KINDS: dict[str, type[Intervention]] = {
    "drug": Drug,
    "prolonged-exposure": ProlongedExposure,
    "cognitive-therapy": CognitiveTherapy,
    "dual-task": DualTask,
    "imagery-task": ImageryTask,
    "verbal-task": VerbalTask,
    "reactivation": Reactivation,
    "reminder-extinction": ReminderExtinction,
    "mindfulness": Mindfulness,
    "debriefing": Debriefing,
    "sleep": Sleep,
    "support": Support,
    "happening": Happening,
    "combination": Combination,
}
AnyIntervention = Annotated[
    Drug
    | ProlongedExposure
    | CognitiveTherapy
    | DualTask
    | ImageryTask
    | VerbalTask
    | Reactivation
    | ReminderExtinction
    | Mindfulness
    | Debriefing
    | Sleep
    | Support
    | Happening
    | Combination,
    Field(discriminator="kind"),
]
