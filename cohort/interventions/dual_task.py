"""A task done while remembering, as in EMDR. It touches images that the reminder has opened, and what recall touches.

van den Hout & Engelhard 2012, 10.5127/jep.028212: recall and a task compete for working memory, so the image comes back
less vivid; Lee & Cuijpers 2013, 10.1016/j.jbtep.2012.11.001, is the meta-analysis of the eye movements. Of the same
sets without the task (``amount = 0``) recall alone is left.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Action, Remind, Task
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class DualTaskSessions(Treatment):
    """Sessions of several sets: the event is brought to mind, and at the same time a task is done."""

    kind: Literal["dual-task"]
    scene: Name | None = key(None, "what is brought to mind (default: the focus of the records)")
    sessions: int = number(6, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")
    sets: int = number(6, 1, 60, "sets in a session")
    minutes: float = number(1.0, 0.1, 30.0, "minutes of a set")
    pause: int = number(2, 1, 60, "minutes from one set to the next")
    amount: float = number(0.5, 0.0, 1.0, "share of the visuospatial store that the task takes up (size chosen)")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is brought to mind")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")

    @override
    def course(self) -> tuple[Session, ...]:
        sets: list[Action] = []
        for k in range(self.sets):
            at = k * self.pause
            sets.append(Remind(self.scene or "", self.cue, duration=self.minutes, context=self.context, after=at))
            sets.append(Task(self.amount, after=at))
        return tuple(Session(k * self.interval * DAY, tuple(sets)) for k in range(self.sessions))


class DualTask(DualTaskSessions, Intervention):
    """A task done while remembering, as a table of a scenario."""
