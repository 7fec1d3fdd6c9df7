"""A brief reminder. It touches what any recall touches: it strengthens, and opens a trace where it surprises.

Alone it is a control condition; with a drug around it, in a combination, it is reconsolidation therapy: Brunet et al.
2018, 10.1176/appi.ajp.2017.17050481 (propranolol 90 minutes before, six weekly sessions).
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Remind
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class ReactivationSessions(Treatment):
    """Brief reminders in safety, one a session."""

    kind: Literal["reactivation"]
    scene: Name | None = key(None, "what is reminded of (default: the focus of the records)")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that the reminder holds")
    duration: float = number(10.0, 0.0, 480.0, "minutes of the reminder (chosen: time to notice that all is safe)")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")
    sessions: int = number(6, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")

    @override
    def course(self) -> tuple[Session, ...]:
        reminder = Remind(self.scene or "", self.cue, duration=self.duration, context=self.context)
        return tuple(Session(k * self.interval * DAY, (reminder,)) for k in range(self.sessions))


class Reactivation(ReactivationSessions, Intervention):
    """Brief reminders, as a table of a scenario."""
