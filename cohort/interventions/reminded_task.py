"""What imagery and verbal tasks share: a reminder, a break, and a task that takes up a store of working memory."""

from __future__ import annotations

from typing import ClassVar, Literal, override

from cohort.actions import Remind, Task
from cohort.interventions.intervention import DAY, Session, Treatment
from cohort.strict import Name, key, number


class RemindedTask(Treatment):
    """A reminder, unless it is left out, and after a break a demanding task; several sessions if asked."""

    system: ClassVar[Literal["visuospatial", "verbal"]]

    scene: Name | None = key(None, "what is reminded of (default: the focus of the records)")
    reminder: bool = key(True, "whether a reminder precedes the task")
    cue: float = number(0.5, 0.0, 1.0, "share of the scene's features that the reminder holds")
    duration: float = number(3.0, 0.0, 480.0, "minutes of the reminder")
    wait: int = number(10, 0, 1440, "minutes from the reminder to the task")
    amount: float = number(1.0, 0.0, 1.0, "how demanding the task is")
    sessions: int = number(1, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")

    @override
    def course(self) -> tuple[Session, ...]:
        before = (Remind(self.scene or "", self.cue, duration=self.duration),) if self.reminder else ()
        actions = (*before, Task(self.amount, self.system, after=self.wait if self.reminder else 0))
        return tuple(Session(k * self.interval * DAY, actions) for k in range(self.sessions))
