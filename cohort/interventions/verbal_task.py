"""A verbal task, such as a quiz. It touches the narrative of what is early or labile, and a reminder, if any.

It takes up the store of words, so images are left alone: the control condition of imagery tasks. Holmes et al. 2010,
10.1371/journal.pone.0013706: Tetris lowered the intrusions of a film, a verbal quiz did not.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from cohort.interventions.intervention import Intervention
from cohort.interventions.reminded_task import RemindedTask


class VerbalSessions(RemindedTask):
    """A reminder, unless it is left out, and after a break a quiz."""

    system: ClassVar = "verbal"
    kind: Literal["verbal-task"]


class VerbalTask(VerbalSessions, Intervention):
    """A verbal task, as a table of a scenario."""
