"""Designs of trials: which arms there are, what each of them is given, and when.

Arms are listed, or one of the designs below lists them. An arm gives interventions of the scenario, each as it is
described, later by a delay, or at another dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Annotated, Final, Literal

from pydantic import Field

from cohort.strict import Name, Share, Table, Text, key, number

MOST_ARMS: Final = 64
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=5)]


class Arm(Table):
    """One arm of a trial."""

    name: Name = key(..., "name of the arm")
    interventions: Annotated[tuple[Name, ...], Field(strict=False, max_length=20)] = key((), "what it is given")
    delay: Text | None = key(None, 'everything that it is given begins so much later, such as "84 d"')
    mg: dict[Name, float] = key({}, "another dose of one of its drugs, such as { propranolol = 80 }")
    ratio: int = number(1, 1, 100, "relative number of persons who are allotted to it")


class Factorial(Table):
    """Every combination of some interventions, none of them included."""

    of: Names = key(..., "the interventions")


class Crossover(Table):
    """Every order of some interventions, one a period."""

    of: Annotated[tuple[Name, ...], Field(strict=False, min_length=2, max_length=3)] = key(..., "the interventions")
    period: Text = key(..., 'length of a period, such as "28 d"')


class WaitingList(Table):
    """At once, or after a wait."""

    of: Name = key(..., "the intervention")
    wait: Text = key(..., 'how long the others wait, such as "84 d"')


class SteppedWedge(Table):
    """All in the end, each step later than the one before."""

    of: Name = key(..., "the intervention")
    steps: int = number(..., 2, 20, "number of steps")
    every: Text = key(..., 'time between steps, such as "28 d"')


class DoseFinding(Table):
    """Doses of one drug against none of it, each at every delay."""

    of: Name = key(..., "the intervention, which gives a drug")
    mg: Annotated[tuple[float, ...], Field(strict=False, min_length=1, max_length=20)] = key(..., "the doses, mg")
    delays: Annotated[tuple[Text, ...], Field(strict=False, min_length=1, max_length=20)] = key(
        (), 'begins so much later than described, such as ["0 h", "2 h", "6 h"] (default: as described)'
    )


class Trial(Table):
    """Who is randomized, when and how, and by which design if arms are not listed."""

    at: Text = key("day 0", "moment of randomization; nothing that arms differ in comes before it")
    who: Text | None = key(None, "who may take part: an expression over what can be known of a person then")
    oracle: bool = key(False, "whether `who` may read what no study could know")
    reference: Name | None = key(None, "arm against which the others are held (default: the first)")
    allocation: Literal["simple", "blocked", "stratified"] = key("blocked", "how persons are allotted to arms")
    block: int = number(1, 1, 10, "size of a block, in multiples of the arms' ratios")
    strata: Annotated[tuple[Text, ...], Field(strict=False, max_length=6)] = key(
        (), "expressions; every combination of them is allotted by itself (stratified)"
    )
    dropout: Share = key(0.0, "chance to be lost to follow-up, at each moment of assessment")
    factorial: Factorial | None = key(None, "every combination of interventions")
    crossover: Crossover | None = key(None, "every order of interventions")
    waiting_list: WaitingList | None = key(None, "at once, or after a wait")
    stepped_wedge: SteppedWedge | None = key(None, "step by step")
    dose_finding: DoseFinding | None = key(None, "doses against none")

    @property
    def design(self) -> Factorial | Crossover | WaitingList | SteppedWedge | DoseFinding | None:
        """The design that lists the arms; the first where several are given (which is refused)."""
        return next(iter(self.designs.values()), None)

    @property
    def designs(self) -> dict[str, Factorial | Crossover | WaitingList | SteppedWedge | DoseFinding]:
        """Designs given, by key."""
        names = ("factorial", "crossover", "waiting_list", "stepped_wedge", "dose_finding")
        return {name: given for name in names if (given := getattr(self, name)) is not None}


class Outcome(Table):
    """What is compared between arms: an instrument at one of its assessments."""

    name: Name = key(..., "name of the outcome")
    instrument: Name = key(..., "which instrument")
    at: Text | None = key(None, "which assessment (default: its last)")
    case: bool = key(False, "whether the score reaches the instrument's cut-off, instead of the score itself")


@dataclass(frozen=True)
class Given:
    """An intervention as an arm gives it: so many minutes later than described, and perhaps at another dose."""

    intervention: str
    delay: int = 0
    mg: float | None = None


@dataclass(frozen=True)
class PlannedArm:
    """An arm: what it is given, and its share in the allocation."""

    name: str
    given: tuple[Given, ...] = ()
    ratio: int = 1


def listed(arm: Arm, minutes: int) -> PlannedArm:
    """An arm of the scenario, with its delay in minutes."""
    given = tuple(Given(name, minutes, arm.mg.get(name)) for name in arm.interventions)
    return PlannedArm(arm.name, given, arm.ratio)


def factorial(design: Factorial) -> list[PlannedArm]:
    """None first, then one, then two together, and so on."""
    chosen = [some for size in range(len(design.of) + 1) for some in combinations(design.of, size)]
    return [PlannedArm("-".join(some) or "none", tuple(map(Given, some))) for some in chosen]


def crossover(design: Crossover, period: int) -> list[PlannedArm]:
    """Every order; `period` in minutes."""
    return [
        PlannedArm("-".join(order), tuple(Given(name, k * period) for k, name in enumerate(order)))
        for order in permutations(design.of)
    ]


def waiting_list(design: WaitingList, wait: int) -> list[PlannedArm]:
    """Who waits is the reference."""
    return [PlannedArm("waiting-list", (Given(design.of, wait),)), PlannedArm("at-once", (Given(design.of),))]


def stepped_wedge(design: SteppedWedge, every: int) -> list[PlannedArm]:
    """The last step, whose wait is the longest, is the reference."""
    steps = range(design.steps - 1, -1, -1)
    return [PlannedArm(f"step-{k + 1}", (Given(design.of, k * every),)) for k in steps]


def dose_finding(design: DoseFinding, delays: list[tuple[str, int]]) -> list[PlannedArm]:
    """No drug, then each dose at each delay (text and minutes)."""
    arms = [PlannedArm("no-drug")]
    for text, minutes in delays:
        when = "" if len(delays) == 1 else f"-at-{text.replace(' ', '')}"
        arms += [PlannedArm(f"{design.of}-{mg:g}mg{when}", (Given(design.of, minutes, mg),)) for mg in design.mg]
    return arms
