"""The protocol of a study resolved: what is given to whom and when, what is read when, and the arms.

It is a function of the scenario alone. Who meets a condition, and when an intervention that waits for one begins, is
left to the run; the protocol knows the earliest minute at which it could.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cohort.actions import Attempt, Remind
from cohort.designs import (
    MOST_ARMS,
    Arm,
    Crossover,
    DoseFinding,
    Factorial,
    Given,
    PlannedArm,
    SteppedWedge,
    WaitingList,
    crossover,
    dose_finding,
    factorial,
    listed,
    stepped_wedge,
    waiting_list,
)
from cohort.errors import InputError, did_you_mean
from cohort.expressions import Expression, Kind, parse
from cohort.instruments import Instrument
from cohort.interventions import Intervention, checked_course
from cohort.language import Experience, Scenario
from cohort.schedule import Fault, Schedule
from cohort.state import RECALL, REMINDER, STRESS
from cohort.times import read_delay, read_duration, read_moment, written
from cohort.toml_lines import KeyPath
from cohort.vocabulary import columns, hidden, parsed

_RULE = re.compile(r"(?:when )?(?:measure )?(.*?)(?: for ([0-9]{1,3}) assessments?)?")
CONDITIONS: Final = '"pcl5 >= 33", or "pcl5 >= 33 for 2 assessments"'


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


def resolve(scenario: Scenario, schedule: Schedule, dropped: Collection[str] = ()) -> tuple[Protocol, list[Fault]]:
    """The protocol of a scenario whose times are resolved, and every fault in it."""
    resolver = _Resolver(scenario, schedule, dropped)
    return resolver.protocol(), resolver.faults


class _Resolver:
    def __init__(self, scenario: Scenario, schedule: Schedule, dropped: Collection[str]) -> None:
        self.scenario, self.schedule, self.dropped = scenario, schedule, dropped
        self.faults: list[Fault] = []
        self.end = scenario.study.days * 1440
        self.known: dict[str, Kind] = columns(scenario) | dict.fromkeys((*scenario.groups, *dropped), "truth")
        self.known |= {instrument.name: "number" for instrument in scenario.instruments}
        self.hidden = hidden(scenario)
        self.interventions = {told.name: told for told in scenario.interventions}
        self.starts: dict[str, Start] = {}
        self.known_arms = True  # whether the design lists its arms

    def protocol(self) -> Protocol:
        s = self.scenario
        self.names()
        focus = s.records.focus or next(iter(s.scenes))
        instruments = {}
        for k, (one, minutes) in enumerate(zip(s.instruments, self.schedule.instruments, strict=True)):
            self.scene(("instruments", k, "scene"), one.scene)
            instruments[one.name] = PlannedInstrument(one, one.scene or focus, minutes)
        self.instruments = instruments
        at = self.randomized()
        for k, told in enumerate(s.interventions):
            self.starts[told.name] = self.start(k, told, at)
            self.scene(("interventions", k, "scene"), getattr(told, "scene", None))
            if told.who is not None:
                self.who(("interventions", k, "who"), told)
        arms = self.arms()
        self.courses(arms)
        if at is not None:
            self.after_randomization(arms, at)
        reference = 0
        if s.trial is not None and s.trial.reference is not None and self.known_arms:
            names = [arm.name for arm in arms]
            if s.trial.reference in names:
                reference = names.index(s.trial.reference)
            else:
                close = did_you_mean(s.trial.reference, names)
                self.fault(("trial", "reference"), f"there is no arm '{s.trial.reference}'{close}")
        return Protocol(self.interventions, self.starts, instruments, arms, at, reference, self.outcomes(at or 0))

    def fault(self, path: KeyPath, text: str) -> None:
        self.faults.append((path, text))

    def names(self) -> None:
        """Names are told once, and those that expressions read mean one thing."""
        s = self.scenario
        lists: list[tuple[str, Sequence[Intervention | Instrument | Arm]]] = [
            ("interventions", s.interventions), ("instruments", s.instruments), ("arms", s.arms),
        ]  # fmt: skip
        events = {event.name for event in s.events}
        taken = {**columns(s), **dict.fromkeys(s.groups, "truth")}
        for title, tables in lists:
            seen: set[str] = set()
            for k, told in enumerate(tables):
                path, what = (title, k, "name"), title.removesuffix("s")
                if told.name in seen:
                    self.fault(path, f"{what} '{told.name}' is there twice; give each its own name")
                seen.add(told.name)
                if title == "interventions" and told.name in events:
                    self.fault(path, f"intervention '{told.name}' has the name of an event; give it another")
                if title == "instruments" and told.name in taken:
                    self.fault(path, f"instrument '{told.name}' has the name of a column or group; give it another")

    def scene(self, path: KeyPath, name: str | None) -> None:
        if name is not None and name not in self.scenario.scenes and name not in self.dropped:
            close = did_you_mean(name, self.scenario.scenes)
            self.fault(path, f"unknown scene '{name}'{close}; permitted: {', '.join(self.scenario.scenes)}")

    def condition(self, path: KeyPath, text: str, oracle: bool) -> Expression | None:
        """An expression over what can be known; with `oracle`, over what cannot as well."""
        known = dict(self.known)
        if oracle:
            known |= dict.fromkeys(self.hidden - known.keys(), "number")
        try:
            expression = parse(text)
        except InputError as fault:
            self.fault(path, str(fault))
            return None
        secret = [] if oracle else [name for name in expression.names if name in self.hidden]
        if secret:
            seen = ", ".join(i.name for i in self.scenario.instruments) or "none is declared"
            self.fault(
                path,
                f"'{text}' reads {', '.join(secret)}, which no study could know; permitted: sex, age, ace, ancestry, "
                f"scores of instruments ({seen}); say oracle = true to read it all the same",
            )
            return None
        found = parsed(path, text, known)
        self.faults += found
        return None if found else expression

    def randomized(self) -> int | None:
        trial = self.scenario.trial
        if trial is None:
            return None
        minute = self.moment(("trial", "at"), trial.at)
        if trial.who is not None:
            self.read_by(("trial", "who"), self.condition(("trial", "who"), trial.who, trial.oracle), minute)
        for k, text in enumerate(trial.strata):
            path: KeyPath = ("trial", "strata", k)
            self.read_by(path, self.condition(path, text, trial.oracle), minute)
        return 0 if minute is None else minute

    def read_by(self, path: KeyPath, expression: Expression | None, minute: int | None) -> None:
        """The instruments that an expression reads have been read once by a minute."""
        if expression is None or minute is None:
            return
        for name in expression.names:
            one = self.instruments.get(name)
            if one is not None and min(one.minutes, default=self.end) > minute:
                self.fault(path, f"'{name}' is not read by {written(minute)}, when this is decided; read it before")

    def moment(self, path: KeyPath, text: str) -> int | None:
        """Minute of a moment that counts from nothing, or from an event."""
        try:
            moment = read_moment(text)
        except InputError as fault:
            self.fault(path, f"{path[-1]} = {fault}")
            return None
        minute = moment.minutes
        if moment.anchor:
            if moment.anchor not in self.schedule.firsts:
                if moment.anchor not in self.dropped:
                    close = did_you_mean(moment.anchor, self.schedule.firsts)
                    self.fault(path, f"there is no event '{moment.anchor}' to count from{close}")
                return None
            minute += self.schedule.firsts[moment.anchor]
        return self.within(path, text, minute)

    def within(self, path: KeyPath, text: str, minute: int) -> int | None:
        if 0 <= minute < self.end:
            return minute
        if not (self.scenario.study.shortened and minute >= self.end):
            self.fault(path, f"{path[-1]} = {text!r} lies outside the study; permitted: day 0 to {self.end // 1440}")
        return None

    def start(self, k: int, told: Intervention, randomized: int | None) -> Start:
        path: KeyPath = ("interventions", k)
        if told.when is not None:
            if told.at is not None:
                self.fault((*path, "at"), "'at' and 'when' exclude each other; give one of them")
            return self.adaptive((*path, "when"), told, randomized or 0)
        if told.at is None:
            if randomized is None:
                self.fault(path, f"intervention '{told.name}' needs 'at' or 'when'")
            return Start(minute=randomized, earliest=randomized)
        anchor = _anchor(told.at)
        if anchor in self.starts:
            after = read_moment(told.at).minutes
            first = self.starts[anchor].earliest
            if after < 0:
                self.fault((*path, "at"), f"at = {told.at!r}: it is not known before when '{anchor}' begins")
                return Start()
            return Start(anchor=anchor, after=after, earliest=None if first is None else first + after)
        if anchor in self.interventions and anchor not in self.schedule.firsts:
            self.fault((*path, "at"), f"at = {told.at!r}: intervention '{anchor}' must stand above this one")
            return Start()
        minute = self.moment((*path, "at"), told.at)
        return Start(minute=minute, earliest=minute)

    def who(self, path: KeyPath, told: Intervention) -> None:
        """Whom an intervention may reach is known when it begins."""
        expression = self.condition(path, told.who or "", told.oracle)
        if self.starts[told.name].rule is None:
            self.read_by(path, expression, self.starts[told.name].earliest)

    def adaptive(self, path: KeyPath, told: Intervention, first: int) -> Start:
        """When a rule is met that is asked from minute `first` on."""
        found = _RULE.fullmatch(" ".join((told.when or "").split()))
        text, times = (found.group(1), found.group(2)) if found else ("", None)
        expression = self.condition(path, text, told.oracle) if text else None
        if expression is None:
            if not text:
                self.fault(path, f"when = {told.when!r} is no condition; permitted: {CONDITIONS}")
            return Start()
        read = [name for name in expression.names if name in self.instruments]
        if not read and not any(name in self.dropped for name in expression.names):
            self.fault(path, f"when = {told.when!r} reads no instrument; permitted: {CONDITIONS}")
            return Start()
        assessed = {minute for name in read for minute in self.instruments[name].minutes}
        minutes = sorted(minute for minute in assessed if first <= minute < self.end)
        number = int(times or 1)
        if number < 1:
            self.fault(path, f"when = {told.when!r}; permitted: from 1 assessment")
            return Start()
        earliest = minutes[number - 1] if len(minutes) >= number else None
        if earliest is None and not self.scenario.study.shortened:
            self.fault(path, f"when = {told.when!r} can never hold: there are {len(minutes)} assessments")
        return Start(rule=Rule(expression, number, tuple(minutes)), earliest=earliest)

    def arms(self) -> tuple[PlannedArm, ...]:
        s = self.scenario
        if s.trial is None:
            if s.arms:
                self.fault(("arms", 0), "arms need [trial], which says who is randomized, and when")
            return (PlannedArm("everybody", tuple(Given(told.name) for told in s.interventions)),)
        designs = s.trial.designs
        if len(designs) + bool(s.arms) > 1:
            given = [*designs, *(["arms"] if s.arms else [])]
            self.fault(("trial",), f"{', '.join(given)} exclude each other; give one of them")
        elif not designs and not s.arms:
            self.fault(("trial",), "a trial needs [[arms]], or a design such as [trial.factorial]")
        try:
            arms = tuple(self.designed())
        except InputError as fault:
            self.fault(("trial", self.designed_by()), str(fault))
            self.known_arms = False
            return (PlannedArm("everybody"),)
        if len(arms) > MOST_ARMS:
            self.fault(("trial",), f"{len(arms)} arms; permitted: {MOST_ARMS}")
        if len(arms) == 1 and s.arms:
            self.fault(("arms", 0), "one arm alone; permitted: 2 or more")
        self.check_arms()
        self.alike(arms)
        return arms or (PlannedArm("everybody"),)

    def designed_by(self) -> str:
        """Key of the design."""
        return next(iter(self.scenario.trial.designs), "at") if self.scenario.trial is not None else "at"

    def designed(self) -> list[PlannedArm]:
        """The arms that the design lists. Raises InputError for a name or a duration that is not permitted."""
        trial = self.scenario.trial
        design = trial.design if trial is not None else None
        if design is None:
            out = []
            for k, arm in enumerate(self.scenario.arms):
                try:
                    delay = read_delay(arm.delay) if arm.delay is not None else 0
                except InputError as fault:
                    self.fault(("arms", k, "delay"), f"delay = {fault}")
                    continue
                given = listed(arm, delay)
                kept = tuple(one for one in given.given if one.intervention in self.interventions)
                out.append(PlannedArm(given.name, kept, given.ratio))
            return out
        of = (design.of,) if isinstance(design.of, str) else design.of
        for k, name in enumerate(of):
            if name in of[:k]:
                raise InputError(f"'{name}' is there twice; name each intervention once")
            if name not in self.interventions:
                raise InputError(f"there is no intervention '{name}'{did_you_mean(name, self.interventions)}")
        match design:
            case Factorial():
                return factorial(design)
            case Crossover():
                return crossover(design, read_duration(design.period))
            case WaitingList():
                return waiting_list(design, read_duration(design.wait))
            case SteppedWedge():
                return stepped_wedge(design, read_duration(design.every))
            case DoseFinding():
                if "mg" not in type(self.interventions[design.of]).model_fields:
                    raise InputError(f"intervention '{design.of}' gives no drug, so it has no dose")
                return dose_finding(design, [(text, read_delay(text)) for text in design.delays] or [("", 0)])

    def check_arms(self) -> None:
        for k, arm in enumerate(self.scenario.arms):
            for n, name in enumerate(arm.interventions):
                if name not in self.interventions and name not in self.dropped:
                    close = did_you_mean(name, self.interventions)
                    self.fault(("arms", k, "interventions", n), f"there is no intervention '{name}'{close}")
                elif name in arm.interventions[:n]:
                    self.fault(("arms", k, "interventions", n), f"arm '{arm.name}' gives '{name}' twice")
            for name in arm.mg:
                if name not in arm.interventions:
                    self.fault(("arms", k, "mg", name), f"mg.{name}: the arm does not give '{name}'")
                elif name in self.interventions and "mg" not in type(self.interventions[name]).model_fields:
                    self.fault(("arms", k, "mg", name), f"mg.{name}: '{name}' gives no drug")

    def alike(self, arms: Sequence[PlannedArm]) -> None:
        """No arm is given what another is given before the study ends."""
        listed_at = {arm.name: k for k, arm in enumerate(self.scenario.arms)}
        unknown = {arm.name for arm in self.scenario.arms if not self.interventions.keys() >= {*arm.interventions}}
        first: dict[frozenset[Given], str] = {}
        for arm in arms:
            if arm.name in unknown:
                continue
            given = frozenset(replace(one, mg=self.mg(one)) for one in arm.given if self.in_time(one))
            if given in first:
                path: KeyPath = ("arms", listed_at[arm.name]) if self.scenario.arms else ("trial", self.designed_by())
                self.fault(path, f"arm '{arm.name}' is given the same as '{first[given]}'; arms must differ")
                if not self.scenario.arms:
                    break  # one design makes them all
            first.setdefault(given, arm.name)

    def in_time(self, given: Given) -> bool:
        """Whether it begins before the study ends, or would in the whole of a study that is cut short."""
        first = self.starts[given.intervention].earliest
        return self.scenario.study.shortened or first is None or first + given.delay < self.end

    def mg(self, given: Given) -> float | None:
        """Dose at which an arm gives an intervention; None where it is no drug."""
        return getattr(self.interventions[given.intervention], "mg", None) if given.mg is None else given.mg

    def courses(self, arms: Sequence[PlannedArm]) -> None:
        """What interventions do is permitted, and nothing is reminded of before it happens."""
        scenes = list(self.scenario.scenes)
        focus = self.scenario.records.focus or scenes[0]
        happened = {
            event.scene: min(self.schedule.firsts.get(event.name, self.end), self.end)
            for event in reversed(self.scenario.events)
            if isinstance(event, Experience)
        }

        def met(action: Remind | Attempt) -> int:
            name = action.scene or focus
            if name not in scenes:
                raise InputError(f"unknown scene '{name}'{did_you_mean(name, scenes)}")
            return scenes.index(name)

        def planned(name: str) -> tuple[int, int]:
            known = [event.name for event in self.scenario.events]
            if name not in known:
                raise InputError(f"no event is named '{name}'{did_you_mean(name, known)}")
            return STRESS, 0

        used = {given: self.place(arm.name, given) for arm in reversed(arms) for given in reversed(arm.given)}
        described = {Given(told.name): ("interventions", k) for k, told in enumerate(self.scenario.interventions)}
        for given, place in ({**used, **described}).items():
            told = self.interventions[given.intervention]
            if given.mg is not None:
                told = told.model_copy(update={"mg": given.mg})
            if getattr(told, "scene", None) not in (None, *scenes):
                continue  # has a fault of its own
            try:
                course = checked_course(told, met, planned)
            except InputError as fault:
                if (place, str(fault)) not in self.faults:
                    self.fault(place, str(fault))
                continue
            if given not in used:
                continue
            path = described[Given(told.name)]
            first = self.starts[told.name].earliest
            for step in (step for _, steps in course for step in steps if step.kind in (REMINDER, RECALL)):
                scene = scenes[step.index]
                if first is not None and first + given.delay + step.after < happened.get(scene, -1):
                    self.fault(
                        path,
                        f"intervention '{told.name}', session {step.session}: comes before '{scene}' happens; begin it "
                        "later",
                    )
                    break

    def place(self, arm: str, given: Given) -> KeyPath:
        """Where the dose stands that an arm gives; without one, the intervention."""
        if given.mg is None:
            return ("interventions", list(self.interventions).index(given.intervention))
        names = [listed.name for listed in self.scenario.arms]
        return ("arms", names.index(arm), "mg", given.intervention) if arm in names else ("trial", "dose_finding", "mg")

    def after_randomization(self, arms: Sequence[PlannedArm], at: int) -> None:
        """What arms differ in comes after randomization."""
        everywhere = set(arms[0].given).intersection(*(arm.given for arm in arms))
        for arm in arms:
            for given in arm.given:
                start = self.starts.get(given.intervention)
                if start is None or given in everywhere or start.minute is None:
                    continue
                if start.minute + given.delay < at:
                    k = [told.name for told in self.scenario.interventions].index(given.intervention)
                    self.fault(
                        ("interventions", k, "at"),
                        f"intervention '{given.intervention}' begins before randomization (trial.at); move one of them",
                    )

    def outcomes(self, randomized: int) -> tuple[PlannedOutcome, ...]:
        out = []
        for k, told in enumerate(self.scenario.outcomes):
            path: KeyPath = ("outcomes", k)
            instrument = self.instruments.get(told.instrument)
            if instrument is None:
                close = did_you_mean(told.instrument, self.instruments)
                self.fault((*path, "instrument"), f"there is no instrument '{told.instrument}'{close}")
                continue
            minute = max(instrument.minutes, default=None)
            if told.at is not None:
                minute = self.assessed((*path, "at"), told.at, instrument)
            if minute is not None and self.scenario.trial is not None and minute <= randomized:
                self.fault(path, f"outcome '{told.name}' is read by randomization, before arms differ; read it later")
            elif minute is not None:
                out.append(PlannedOutcome(told.name, told.instrument, minute, told.case))
            if told.case and instrument.told.cutoff_parameter is None:
                self.fault((*path, "case"), f"instrument '{told.instrument}' has no cut-off, so there are no cases")
            if told.name in [other.name for other in self.scenario.outcomes[:k]]:
                self.fault((*path, "name"), f"outcome '{told.name}' is there twice; give each its own name")
        if not self.scenario.outcomes:
            for name, one in self.instruments.items():
                last = max(one.minutes, default=-1)
                if last > randomized:
                    out.append(PlannedOutcome(name, name, last))
                    if one.told.cutoff_parameter is not None:
                        out.append(PlannedOutcome(f"{name}-case", name, last, case=True))
        return tuple(out)

    def assessed(self, path: KeyPath, text: str, instrument: PlannedInstrument) -> int | None:
        try:
            moment = read_moment(text)
        except InputError as fault:
            self.fault(path, f"at = {fault}")
            return None
        minute = moment.minutes + self.schedule.firsts.get(moment.anchor, 0)
        if minute not in instrument.minutes:
            if not (self.scenario.study.shortened and minute > self.end):
                self.fault(path, f"at = {text!r} is no assessment of '{instrument.told.name}'; give one of its times")
            return None
        return minute


def _anchor(text: str) -> str:
    try:
        return read_moment(text).anchor
    except InputError:
        return ""
