"""A scenario's protocol resolved: beginnings, courses, arms and outcomes, with every fault in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from cohort.actions import Attempt, Remind
from cohort.arms import Arms
from cohort.designs import Arm, Given, PlannedArm
from cohort.errors import InputError, did_you_mean
from cohort.instruments import Instrument
from cohort.interventions import Intervention, checked_course
from cohort.interventions.happening import Happening
from cohort.language import Experience, Scenario
from cohort.protocol import PlannedInstrument, PlannedOutcome, Protocol, Rule, Start
from cohort.schedule import Fault, Schedule
from cohort.state import RECALL, REMINDER, STRESS
from cohort.times import read_moment
from cohort.toml_lines import KeyPath
from cohort.vocabulary import columns

_RULE = re.compile(r"(?:when )?(?:measure )?(.*?)(?: for ([0-9]{1,3}) assessments?)?")
CONDITIONS: Final = '"pcl5 >= 33", or "pcl5 >= 33 for 2 assessments"'


def resolve(scenario: Scenario, schedule: Schedule, dropped: Collection[str] = ()) -> tuple[Protocol, list[Fault]]:
    """The protocol of a scenario whose times are resolved, and every fault in it."""
    resolver = _Resolver(scenario, schedule, dropped)
    return resolver.protocol(), resolver.faults


class _Resolver(Arms):
    def protocol(self) -> Protocol:
        s = self.scenario
        self.names()
        focus = s.records.focus or next(iter(s.scenes))
        for k, (one, minutes) in enumerate(zip(s.instruments, self.schedule.instruments, strict=True)):
            self.scene(("instruments", k, "scene"), one.scene)
            self.instruments[one.name] = PlannedInstrument(one, one.scene or focus, minutes)
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
        return Protocol(self.interventions, self.starts, self.instruments, arms, at, reference, self.outcomes(at or 0))

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

        kinds = {event.name: event.kind for event in self.scenario.events}
        used = {given: self.place(arm.name, given) for arm in reversed(arms) for given in reversed(arm.given)}
        described = {Given(told.name): ("interventions", k) for k, told in enumerate(self.scenario.interventions)}
        for given, place in ({**used, **described}).items():
            told = self.interventions[given.intervention]
            if given.mg is not None:
                told = told.model_copy(update={"mg": given.mg})
            if getattr(told, "scene", None) not in (None, *scenes):
                continue  # has a fault of its own
            if isinstance(told, Happening) and (kind := kinds.get(told.event, "experience")) != "experience":
                self.fault((*described[Given(told.name)], "event"), f"'{told.event}' is a {kind}; name an experience")
                continue
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
            early = minute is not None and self.scenario.trial is not None and minute <= randomized
            if early and self.scenario.study.shortened:
                continue
            if early:
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
