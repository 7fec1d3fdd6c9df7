"""The protocol of a study resolved: what is given to whom and when, what is read when, and the arms.

It is a function of the scenario alone. Who meets a condition, and when an intervention that waits for one begins, is
left to the run; the protocol knows the earliest minute at which it could.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cohort.designs import Given, PlannedArm
from cohort.expressions import Expression
from cohort.instruments import Instrument
from cohort.interventions import Intervention


@dataclass(frozen=True)
class Rule:
    """A condition on scores that must hold at so many assessments in a row, of those at `minutes`."""

    holds: Expression
    times: int
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class Start:
    """When an intervention begins: at a `minute`, when a `rule` is met, or `after` minutes from another's beginning.

    `earliest` is the first minute at which it could; None when it never can.
    """

    minute: int | None = None
    rule: Rule | None = None
    anchor: str | None = None
    after: int = 0
    earliest: int | None = None


@dataclass(frozen=True)
class PlannedInstrument:
    """An instrument, the scene that it reads and its assessments (minutes)."""

    told: Instrument
    scene: str
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class PlannedOutcome:
    """What is compared: an instrument at a minute, or whether its score reaches the cut-off."""

    name: str
    instrument: str
    minute: int
    case: bool = False


@dataclass(frozen=True)
class Protocol:
    """Interventions and instruments by name, and the arms; without a trial there is one, of which all are part."""

    interventions: Mapping[str, Intervention]
    starts: Mapping[str, Start]
    instruments: Mapping[str, PlannedInstrument]
    arms: tuple[PlannedArm, ...]
    randomized: int | None  # minute; None without a trial
    reference: int
    outcomes: tuple[PlannedOutcome, ...]

    def earliest(self, given: Given) -> int | None:
        """First minute at which it could begin as an arm gives it."""
        first = self.starts[given.intervention].earliest
        return None if first is None else first + given.delay

    def dosed(self, given: Given) -> Intervention:
        """The intervention at the dose at which an arm gives it."""
        told = self.interventions[given.intervention]
        return told if given.mg is None else told.model_copy(update={"mg": given.mg})
