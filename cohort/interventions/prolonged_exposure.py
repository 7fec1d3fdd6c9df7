"""Prolonged exposure. It touches extinction, by long reminders in safety, and what any recall touches.

Foa et al. 2005, 10.1037/0022-006X.73.5.953: 9 to 12 weekly sessions of 90 to 120 minutes, of which 30 to 45 are spent
in imagination with the event; at home its recording is listened to and avoided places are sought out. Powers et al.
2010, 10.1016/j.cpr.2010.04.007, is the meta-analysis. Extinction is bound to where it is learned, so each round of
homework takes place somewhere else.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Action, Remind
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Name, Word, key, number


class ExposureSessions(Treatment):
    """Weekly sessions of long exposure in safety, with homework between them."""

    kind: Literal["prolonged-exposure"]
    scene: Name | None = key(None, "what is faced (default: the focus of the records)")
    sessions: int = number(10, 1, 50, "number of sessions")
    interval: int = number(7, 1, 90, "days from one session to the next")
    minutes: float = number(40.0, 1.0, 480.0, "minutes spent with the event in a session")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is faced")
    context: Word | None = key("the therapist's room", "where (none: where the event happened)")
    homework: int = number(3, 0, 20, "rounds of homework from one session to the next")
    home_minutes: float = number(30.0, 1.0, 480.0, "minutes of a round of homework")
    places: int = number(3, 1, 20, "places in which homework is done, one after the other")

    @override
    def course(self) -> tuple[Session, ...]:
        return tuple(Session(k * self.interval * DAY, self._actions(k)) for k in range(self.sessions))

    def _actions(self, session: int) -> tuple[Action, ...]:
        faced = Remind(self.scene or "", self.cue, duration=self.minutes, context=self.context)
        gap = self.interval * DAY // (self.homework + 1)
        home = (
            Remind(
                self.scene or "",
                self.cue,
                duration=self.home_minutes,
                context=f"place {(session * self.homework + k) % self.places + 1}",
                after=(k + 1) * gap,
            )
            for k in range(self.homework if session < self.sessions - 1 else 0)
        )
        return (faced, *home)


class ProlongedExposure(ExposureSessions, Intervention):
    """Prolonged exposure, as a table of a scenario."""
