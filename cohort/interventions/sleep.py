"""Nights that are protected or taken away. It touches the hours slept, and only those.

Hours decide how much is replayed and how much of control comes back. Findings on the first night after a film differ:
Porcheret et al. 2015, 10.5665/sleep.4802, had fewer intrusions after a night without sleep, Kleim et al. 2016,
10.5665/sleep.6310, after one with it, as have the meta-analyses since (Ogden et al. 2024, 10.1007/s40675-024-00303-x).
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import SleepGain, SleepLoss
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import key, number


class Nights(Treatment):
    """So many nights, from the coming one, with more or with fewer hours."""

    kind: Literal["sleep"]
    night: Literal["protected", "deprived"] = key(..., "whether hours are added or taken away")
    hours: float = number(..., 0.0, 12.0, "hours added, of which no more are slept than anybody can, or taken away")
    nights: int = number(1, 1, 366, "number of nights")

    @override
    def course(self) -> tuple[Session, ...]:
        change = SleepGain(self.hours) if self.night == "protected" else SleepLoss(self.hours)
        return tuple(Session(k * DAY, (change,)) for k in range(self.nights))


class Sleep(Nights, Intervention):
    """Nights that are protected or taken away, as a table of a scenario."""
