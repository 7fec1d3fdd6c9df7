"""A scenario resolved into what a run needs: rows for the kernel, and everything that will happen, in order.

A plan is a function of the scenario alone: no chance, no clock. Whom an event reaches, and with which amount, is left
to the run, because both depend on persons; the plan holds the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cohort.actions import Attempt, Remind
from cohort.errors import InputError, one_message
from cohort.events import Scene, cue_of, mask, scene_table
from cohort.expressions import Expression, parse
from cohort.interventions import Course, checked_course
from cohort.language import (
    ByDistance,
    Contact,
    DrugDose,
    Experience,
    Lognormal,
    Media,
    Recall,
    Reminder,
    Scenario,
    SleepLoss,
    Stress,
    Task,
)
from cohort.parameters import Parameters
from cohort.pharmacology import drug_index
from cohort.protocol import Protocol
from cohort.references import check, ordered_groups
from cohort.schedule import LONGEST_STRETCH, MOST_OCCASIONS
from cohort.social import told_rows
from cohort.state import CONTACT, DOSE, EXPERIENCE, RECALL, REMINDER, SLEEP_LOSS, STRESS, TASK
from cohort.vocabulary import MEASURES, columns

COPY: Final = "--"  # in the name of an intervention: what follows tells copies of one apart
ENTRY_KIND: Final = {
    "experience": EXPERIENCE, "reminder": REMINDER, "media": REMINDER, "recall": RECALL, "dose": DOSE, "task": TASK,
    "stress": STRESS, "sleep_loss": SLEEP_LOSS, "contact": CONTACT,
}  # fmt: skip
# At one minute: first what changes the body, then what happens, then what is asked, then what occupies.
PRIORITY: Final = {
    "dose": 0, "sleep_loss": 0, "stress": 1, "contact": 1, "experience": 2, "media": 3, "reminder": 3, "recall": 4,
    "task": 5,
}  # fmt: skip


@dataclass(frozen=True)
class Fixed:
    """The same amount for everybody."""

    value: float
    drawn = False

    def amounts(self, columns: Any, normals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Amount for each person, shape of `normals` (n,)."""
        return np.full(len(normals), self.value)


@dataclass(frozen=True)
class Spread:
    """A log-normal amount, drawn person by person."""

    median: float
    spread: float
    drawn = True

    def amounts(self, columns: Any, normals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Amount for each person from standard normals (n,)."""
        return self.median * np.exp(self.spread * np.asarray(normals))


@dataclass(frozen=True)
class Falling:
    """An amount that falls with a column of the persons table: ``most * exp(-column / scale)``."""

    column: str
    scale: float
    most: float
    drawn = False

    def amounts(self, columns: Any, normals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Amount for each person, shape (n,), from the column in a frame or mapping."""
        return self.most * np.exp(-np.asarray(columns[self.column], dtype=np.float64) / self.scale)


Amount = Fixed | Spread | Falling


@dataclass(frozen=True)
class PlannedEvent:
    """One event at one time. `index` is a row of the plan's scenes, or the drug; `who` None means everybody.

    `amount` is the dose of an experience, the dose with which media reach those who have no trace (0 for reminders), 1
    or 0 for a recall that leaves its mark or does not, milligrams, or the size of the kind. `occasion` keys draws: it
    depends on the `position` in the file and on which repetition it is. With `measured`, `who` reads measures of that
    minute.
    """

    name: str
    minute: int
    kind: str
    entry_kind: int
    index: int
    amount: Amount
    who: Expression | None
    share: float
    position: int
    occasion: int
    measured: bool


@dataclass(frozen=True)
class PlannedReminders:
    """Reminders that chance brings: a mean number a week and person, from minute `first` to `last` (inclusive).

    Avoidance keeps a person away from a share of them.
    """

    name: str
    index: int
    per_week: float
    first: int
    last: int


@dataclass(frozen=True)
class PlannedTalk:
    """Rounds of talk (minutes); `about` are episodes, and `told` where the `social.told_rows` of each start."""

    rounds: tuple[int, ...]
    about: tuple[int, ...]
    told: tuple[int, ...]
    rate: float
    support: float
    dose: float


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything about a run that persons do not decide.

    Attributes
    ----------
    scenes : rows of `state.SCENE`: the scenes, in the order of the file (row k is episode k), then the cues.
    episodes : name of a scene -> episode.
    groups : named expressions, each after those that it names.
    events : sorted by minute, then kind, then position in the file.
    measures : minutes at which everybody is measured; the last is the end.
    stops : minutes at which everybody is stopped: measures, events whose `who` reads measures, randomization, and at
        least once a week.
    focus : episode of which the measures speak.
    left_out : number of events after the end of a shortened study.
    protocol : interventions, instruments and arms.
    courses : intervention and dose (None: its own) -> sessions as (minutes from its start, steps).
    conditions : who may take part ("trial"), "stratum K", and by name of an intervention who may get it.
    keys : name of an intervention -> what keys the draws of its sessions.
    """

    scenario: Scenario
    parameters: Parameters
    scenes: NDArray[np.void]
    episodes: Mapping[str, int]
    groups: Mapping[str, Expression]
    events: tuple[PlannedEvent, ...]
    reminders: tuple[PlannedReminders, ...]
    talk: PlannedTalk | None
    measures: tuple[int, ...]
    stops: tuple[int, ...]
    focus: int
    left_out: int
    protocol: Protocol
    courses: Mapping[tuple[str, float | None], Course]
    conditions: Mapping[str, Expression]
    keys: Mapping[str, int]

    @property
    def named(self) -> frozenset[str]:
        """Names that expressions read."""
        read = [*self.groups.values(), *self.conditions.values()]
        read += [event.who for event in self.events if event.who is not None]
        return frozenset(name for expression in read for name in expression.names)

    @property
    def persons_seed(self) -> int:
        """What draws the persons, and who knows whom."""
        study = self.scenario.study
        return study.seed if study.persons_seed is None else study.persons_seed

    @property
    def end(self) -> int:
        """Minute at which the study ends."""
        return self.measures[-1]


def plan(scenario: Scenario) -> Plan:
    """Resolve a scenario. Raises InputError with every fault, as loading does."""
    schedule, protocol, faults = check(scenario)
    if faults:
        places = scenario.places
        said = [f"{place}: {text}" if (place := places.of(path)) else text for path, text in faults]
        raise InputError(one_message(places.source or "scenario", said))
    parameters = Parameters(scenario.parameters)
    rows = _Rows(scenario)
    measurable = frozenset(MEASURES) - frozenset(columns(scenario))
    events: list[tuple[tuple[int, int, int], PlannedEvent]] = []
    for position, (event, minutes) in enumerate(zip(scenario.events, schedule.events, strict=True)):
        index, amount = rows.of(event)
        who = parse(event.who) if event.who is not None else None
        measured = who is not None and not measurable.isdisjoint(who.names)
        for k, minute in enumerate(minutes):
            planned = PlannedEvent(
                event.name, minute, event.kind, ENTRY_KIND[event.kind], index, amount, who, event.share,
                position, position * MOST_OCCASIONS + k, measured,
            )  # fmt: skip
            events.append(((minute, PRIORITY[event.kind], position), planned))
    events.sort(key=lambda pair: pair[0])
    reminders = tuple(
        PlannedReminders(r.name, rows.cue(r.scene, r.cue, r.safe, r.duration), r.per_week, first, last)
        for r, (first, last) in zip(scenario.surroundings.reminders, schedule.reminders, strict=True)
        if first <= last
    )
    talk = None
    if scenario.talk is not None:
        t = scenario.talk
        about = tuple(rows.episodes[name] for name in t.about)
        told = tuple(rows.add(told_rows(rows.rows[episode], parameters)) for episode in about)
        talk = PlannedTalk(schedule.talk, about, told, t.rate, t.support, t.dose)
    end = schedule.measures[-1]
    stops = {*schedule.measures, *range(LONGEST_STRETCH, end, LONGEST_STRETCH)}
    stops |= {e.minute for _, e in events if e.measured and e.minute}
    stops |= {protocol.randomized} if protocol.randomized else set()
    courses = rows.courses(protocol)
    focus = rows.episodes[scenario.records.focus] if scenario.records.focus is not None else 0
    return Plan(
        scenario, parameters, rows.table(), rows.episodes, ordered_groups(scenario),
        tuple(e for _, e in events), reminders, talk, schedule.measures, tuple(sorted(stops)), focus, schedule.left_out,
        protocol, courses, _conditions(scenario), {name: _key(name) for name in protocol.interventions},
    )  # fmt: skip


def _conditions(scenario: Scenario) -> dict[str, Expression]:
    out = {told.name: parse(told.who) for told in scenario.interventions if told.who is not None}
    if (trial := scenario.trial) is not None:
        out |= {f"stratum {k}": parse(text) for k, text in enumerate(trial.strata)}
        if trial.who is not None:
            out["trial"] = parse(trial.who)
    return out


def _key(name: str) -> int:
    """What keys draws by a name, whatever else the scenario holds; a copy draws as what it is a copy of."""
    return int.from_bytes(blake2b(name.partition(COPY)[0].encode(), digest_size=4).digest(), "little")


class _Rows:
    """The table of scenes as it grows: each different cue has one row."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.episodes = {name: k for k, name in enumerate(scenario.scenes)}
        described = [
            Scene(episode=self.episodes[name], **scene.model_dump()) for name, scene in scenario.scenes.items()
        ]
        self.rows = [scene_table([scene]) for scene in described]
        self.cues: dict[tuple[Any, ...], int] = {}

    def table(self) -> NDArray[np.void]:
        return np.concatenate(self.rows)

    def add(self, more: NDArray[np.void]) -> int:
        """Add rows, and say where they start."""
        first = len(self.table())
        self.rows.append(more)
        return first

    def cue(
        self,
        scene: str,
        share: float,
        safe: float,
        duration: float,
        context: str | None = None,
        goal: str | None = None,
        reappraisal: float = 0.0,
    ) -> int:
        key = (scene, share, safe, duration, context, goal, reappraisal)
        if key not in self.cues:
            row = cue_of(self.rows[self.episodes[scene]], share, safe=safe, duration=duration, reappraisal=reappraisal)
            if context is not None:
                row["features"][0, 0] = mask(f"context:{context}")
            if goal is not None:
                row["goal"] = mask(f"narrative:{goal}")
            self.cues[key] = self.add(row)
        return self.cues[key]

    def courses(self, protocol: Protocol) -> dict[tuple[str, float | None], Course]:
        """Sessions of every intervention, at every dose that an arm gives."""
        focus = self.scenario.records.focus or next(iter(self.episodes))
        entries = {event.name: event for event in self.scenario.events}

        def met(action: Remind | Attempt) -> int:
            scene = action.scene or focus
            goal = action.goal if isinstance(action, Attempt) else None
            anew = action.reappraisal if isinstance(action, Remind) else 0.0
            return self.cue(scene, action.cue, action.safe, action.duration, action.context, goal, anew)

        def planned(name: str) -> tuple[int, int]:
            event = entries[name]
            return ENTRY_KIND[event.kind], self.of(event)[0]

        return {
            (given.intervention, given.mg): checked_course(protocol.dosed(given), met, planned)
            for arm in protocol.arms
            for given in arm.given
        }

    def of(self, event: Any) -> tuple[int, Amount]:
        """Index and amount of an event, as the kernel takes them."""
        match event:
            case Experience():
                return self.episodes[event.scene], _amount(event.dose)
            case Reminder():
                return self.cue(event.scene, event.cue, event.safe, event.duration, event.context), Fixed(0.0)
            case Media():
                return self.cue(event.scene, event.cue, event.safe, event.duration, event.context), _amount(event.dose)
            case Recall():
                index = self.cue(event.scene, event.cue, event.safe, event.duration, event.context, event.goal)
                return index, Fixed(float(event.leaves_mark))
            case DrugDose():
                return drug_index(event.drug), Fixed(event.mg)
            case Stress():
                return 0, Fixed(event.size)
            case SleepLoss():
                return 0, Fixed(event.hours)
            case Task() | Contact():
                return 0, Fixed(event.amount)
        raise TypeError(f"no such event: {event!r}")


def _amount(dose: float | Lognormal | ByDistance) -> Amount:
    if isinstance(dose, Lognormal):
        return Spread(dose.median, dose.spread)
    if isinstance(dose, ByDistance):
        return Falling(dose.by, dose.scale, dose.most)
    return Fixed(float(dose))
