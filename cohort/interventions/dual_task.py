"""A task done while remembering, as in EMDR. It touches images that the reminder has opened, and what recall touches.

van den Hout & Engelhard 2012, 10.5127/jep.028212: recall and a task compete for working memory, so the image comes back
less vivid; Lee & Cuijpers 2013, 10.1016/j.jbtep.2012.11.001, is the meta-analysis of the eye movements. A session
begins with bringing the event to mind; what this opens, the sets that follow reach. Of the same session without the
task (``amount = 0``) recall alone is left.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Action, Remind, Task
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class DualTaskSessions(Treatment):
    """Sessions: the event is brought to mind, then several sets of brief recall, each with a task at the same time."""

    kind: Literal["dual-task"]
    scene: Name | None = key(None, "what is brought to mind (default: the focus of the records)")
    sessions: int = number(6, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")
    opening: float = number(10.0, 0.1, 60.0, "minutes for which the event is first brought to mind (chosen)")
    sets: int = number(12, 1, 60, "sets in a session")
    minutes: float = number(0.5, 0.1, 30.0, "minutes of a set")
    pause: int = number(2, 1, 60, "minutes from one set to the next")
    amount: float = number(0.5, 0.0, 1.0, "share of the visuospatial store that the task takes up (size chosen)")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is brought to mind")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")

    @override
    def course(self) -> tuple[Session, ...]:
        actions: list[Action] = [self._recall(self.opening, 0)]
        for k in range(1, self.sets + 1):
            actions += [self._recall(self.minutes, k * self.pause), Task(self.amount, after=k * self.pause)]
        return tuple(Session(k * self.interval * DAY, tuple(actions)) for k in range(self.sessions))

    def _recall(self, minutes: float, after: int) -> Remind:
        return Remind(self.scene or "", self.cue, duration=minutes, context=self.context, after=after)


class DualTask(DualTaskSessions, Intervention):
    """A task done while remembering, as a table of a scenario."""
