"""A visuospatial game that competes for imagery. It touches images that are early or labile, and a reminder, if any.

Follows James et al. 2015, 10.1177/0956797615583071: a few stills of the film, a break of ten minutes, the game.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Remind, Task
from cohort.interventions.intervention import Intervention, Session
from cohort.strict import Name, key, number


class ImageryTask(Intervention):
    """A reminder, unless it is left out, and after a break a demanding visuospatial task; several sessions if asked."""

    kind: Literal["imagery-task"]
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
        actions = (*before, Task(self.amount, after=self.wait if self.reminder else 0))
        return tuple(Session(k * self.interval * 1440, actions) for k in range(self.sessions))
