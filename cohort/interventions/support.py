"""A programme of company. It touches the fast part of load, by contacts that give support, and only that.

Cohen & Wills 1985, 10.1037/0033-2909.98.2.310: support buffers stress.
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Contact
from cohort.interventions.intervention import WEEK, Intervention, Session, Treatment
from cohort.strict import Share, key, number


class SupportProgramme(Treatment):
    """Contacts at equal intervals, week by week."""

    kind: Literal["support"]
    weeks: int = number(8, 1, 104, "weeks of the programme")
    contacts: int = number(2, 1, 14, "contacts a week")
    support: Share = key(0.5, "support that a contact brings (chosen)")

    @override
    def course(self) -> tuple[Session, ...]:
        one = (Contact(self.support),)
        return tuple(Session(k * WEEK // self.contacts, one) for k in range(self.weeks * self.contacts))


class Support(SupportProgramme, Intervention):
    """A programme of company, as a table of a scenario."""
