"""What happens to those of an arm and to nobody else: a stressor in the laboratory, a lecture, another film.

It touches what the scenario's own experience does, and only that. Such as the talk before a committee of Kirschbaum et
al. 1993, 10.1159/000119004.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Happen
from cohort.interventions.intervention import Intervention, Session, Treatment
from cohort.strict import Name, key, number


class HappeningOf(Treatment):
    """An experience of the scenario takes place, once, for those who are given it."""

    kind: Literal["happening"]
    event: Name = key(..., "experience that takes place; its own `share = 0` keeps it from all others")
    dose: float = number(1.0, 0.0, 10.0, "1: as described; appraisal and salience are multiplied by it")

    @override
    def course(self) -> tuple[Session, ...]:
        return (Session(0, (Happen(self.event, self.dose),)),)


class Happening(HappeningOf, Intervention):
    """An experience of the scenario for those of an arm, as a table of a scenario."""
