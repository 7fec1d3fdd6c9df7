"""Trauma-focused cognitive therapy. It touches what is felt at recall, by reappraisal, and what any recall touches.

Ehlers et al. 2005, 10.1016/j.brat.2004.03.006: up to 12 weekly sessions; the worst moments of the memory are brought to
mind, and their meaning is updated there and then. So the charge is rewritten only as far as the trace is open, and as
far as prefrontal control carries the reappraisal (Buhle et al. 2014, 10.1093/cercor/bht154).
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Remind
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class CognitiveSessions(Treatment):
    """Weekly sessions: brief reminders in which the event is seen anew."""

    kind: Literal["cognitive-therapy"]
    scene: Name | None = key(None, "what is worked on (default: the focus of the records)")
    sessions: int = number(12, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")
    reappraisal: float = number(0.8, 0.0, 1.0, "how far the event is seen anew (size chosen)")
    updates: int = number(2, 1, 20, "times in a session that a moment is brought to mind and updated")
    minutes: float = number(10.0, 0.1, 60.0, "minutes of each (chosen)")
    pause: int = number(15, 0, 240, "minutes from one to the next")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is brought to mind")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")

    @override
    def course(self) -> tuple[Session, ...]:
        updates = tuple(
            Remind(
                self.scene or "",
                self.cue,
                duration=self.minutes,
                context=self.context,
                reappraisal=self.reappraisal,
                after=k * self.pause,
            )
            for k in range(self.updates)
        )
        return tuple(Session(k * self.interval * DAY, updates) for k in range(self.sessions))


class CognitiveTherapy(CognitiveSessions, Intervention):
    """Trauma-focused cognitive therapy, as a table of a scenario."""
