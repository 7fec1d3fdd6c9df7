"""Extinction soon after a reminder. It touches what is open after the reminder, extinction, and what recall touches.

Schiller et al. 2010, 10.1038/nature08637: fear did not return when extinction began ten minutes after a brief reminder,
but did when it began after six hours, or without one. Three minutes of reminding make a fear labile, one does not
(Suzuki et al. 2004, 10.1523/JNEUROSCI.5491-03.2004).
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Remind
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class ReminderExtinctionSessions(Treatment):
    """Sessions of a brief reminder and, after a wait, a long one in safety."""

    kind: Literal["reminder-extinction"]
    scene: Name | None = key(None, "what is faced (default: the focus of the records)")
    reminder: bool = key(True, "whether a brief reminder precedes extinction")
    brief: float = number(3.0, 0.1, 30.0, "minutes of the reminder")
    wait: int = number(10, 0, 1440, "minutes from the reminder to extinction")
    minutes: float = number(40.0, 1.0, 480.0, "minutes of extinction")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is faced")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")
    sessions: int = number(1, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")

    @override
    def course(self) -> tuple[Session, ...]:
        scene = self.scene or ""
        first = Remind(scene, self.cue, duration=self.brief, context=self.context)
        then = Remind(scene, self.cue, duration=self.minutes, context=self.context, after=self.wait)
        actions = (first, then) if self.reminder else (then,)
        return tuple(Session(k * self.interval * DAY, actions) for k in range(self.sessions))


class ReminderExtinction(ReminderExtinctionSessions, Intervention):
    """Extinction soon after a reminder, as a table of a scenario."""
