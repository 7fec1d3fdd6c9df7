"""A visuospatial game that competes for imagery. It touches images early or labile, open charge and a reminder, if any.

Follows James et al. 2015, 10.1177/0956797615583071: a day after the film a few stills of it, a break of ten minutes,
then Tetris; intrusions of the week to come fell only where reminder and game came together, and recognition was spared.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from cohort.interventions.intervention import Intervention
from cohort.interventions.reminded_task import RemindedTask


class ImagerySessions(RemindedTask):
    """A reminder, unless it is left out, and after a break a visuospatial game."""

    system: ClassVar = "visuospatial"
    kind: Literal["imagery-task"]


class ImageryTask(ImagerySessions, Intervention):
    """A visuospatial game that competes for imagery, as a table of a scenario."""
