"""Mindfulness training. It touches prefrontal control, by a drive that practice builds and that decays, and only that.

Polusny et al. 2015, 10.1001/jama.2015.8361: eight weekly sessions and daily practice at home lowered symptoms a little
more than a control group did. Tang, Hölzel & Posner 2015, 10.1038/nrn3916, review what practice changes.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Drive
from cohort.interventions.intervention import DAY, WEEK, Intervention, Session, Treatment
from cohort.strict import number


class MindfulnessTraining(Treatment):
    """Weekly sessions, and practice on so many days of each week."""

    kind: Literal["mindfulness"]
    weeks: int = number(8, 1, 104, "weeks of training")
    practice: int = number(5, 0, 7, "days a week on which it is practised at home")
    size: float = number(0.05, 0.0, 0.5, "share of what is left to gain that an hour of practice adds (size chosen)")
    session_hours: float = number(2.5, 0.0, 8.0, "hours of a session")
    home_hours: float = number(0.6, 0.0, 4.0, "hours of practice on such a day")

    @override
    def course(self) -> tuple[Session, ...]:
        taught, alone = (1.0 - (1.0 - self.size) ** hours for hours in (self.session_hours, self.home_hours))
        home = tuple(Drive(alone, after=DAY * (k + 1) * 7 // (self.practice + 1)) for k in range(self.practice))
        return tuple(Session(week * WEEK, (Drive(taught), *home)) for week in range(self.weeks))


class Mindfulness(MindfulnessTraining, Intervention):
    """Mindfulness training, as a table of a scenario."""
