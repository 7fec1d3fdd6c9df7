"""Interventions, one file a kind: each says what it does as a course of actions, and touches nothing else."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cohort.interventions.drug import Drug
from cohort.interventions.imagery_task import ImageryTask
from cohort.interventions.intervention import Course, Intervention, Session, Step, checked_course

__all__ = ["KINDS", "AnyIntervention", "Course", "Intervention", "Session", "Step", "checked_course"]

KINDS: dict[str, type[Intervention]] = {"drug": Drug, "imagery-task": ImageryTask}
AnyIntervention = Annotated[Drug | ImageryTask, Field(discriminator="kind")]
