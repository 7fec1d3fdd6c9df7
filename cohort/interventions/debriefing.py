"""A single debriefing in the first days. It touches what any recall touches, and load, by company.

Everybody tells what happened and what was felt. van Emmerik et al. 2002, 10.1016/S0140-6736(02)09897-5: no better than
nothing; Sijbrandij et al. 2006, 10.1192/bjp.bp.105.021121: worse for those who were aroused.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Attempt, Contact
from cohort.interventions.intervention import Intervention, Session, Treatment
from cohort.strict import Name, Share, Word, key, number


class DebriefingSession(Treatment):
    """One session in which the event is told in full, among others."""

    kind: Literal["debriefing"]
    scene: Name | None = key(None, "what is told (default: the focus of the records)")
    minutes: float = number(10.0, 0.1, 240.0, "minutes that a person's own account takes (chosen)")
    safe: Share = key(1.0, "in safety (1) or not (0)")
    context: Word | None = key("a meeting room", "where (none: where the event happened)")
    support: Share = key(0.3, "support that company brings (chosen)")

    @override
    def course(self) -> tuple[Session, ...]:
        told = Attempt(self.scene or "", safe=self.safe, duration=self.minutes, context=self.context)
        return (Session(0, (told, Contact(self.support))),)


class Debriefing(DebriefingSession, Intervention):
    """A single debriefing, as a table of a scenario."""
