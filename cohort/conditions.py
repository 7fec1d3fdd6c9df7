"""What moments and conditions of a protocol may say: names that exist, and only what can be known by then."""

from __future__ import annotations

from collections.abc import Collection

from cohort.errors import InputError, did_you_mean
from cohort.expressions import Expression, Kind, parse
from cohort.language import Scenario
from cohort.protocol import PlannedInstrument, Start
from cohort.schedule import Fault, Schedule
from cohort.times import read_moment, written
from cohort.toml_lines import KeyPath
from cohort.vocabulary import columns, hidden, parsed


class Conditions:
    """Reads moments and conditions of a scenario whose times are resolved, and notes what is wrong with them."""

    def __init__(self, scenario: Scenario, schedule: Schedule, dropped: Collection[str]) -> None:
        self.scenario, self.schedule, self.dropped = scenario, schedule, dropped
        self.faults: list[Fault] = []
        self.end = scenario.study.days * 1440
        self.known: dict[str, Kind] = columns(scenario) | dict.fromkeys((*scenario.groups, *dropped), "truth")
        self.known |= {instrument.name: "number" for instrument in scenario.instruments}
        self.hidden = hidden(scenario)
        self.interventions = {told.name: told for told in scenario.interventions}
        self.instruments: dict[str, PlannedInstrument] = {}
        self.starts: dict[str, Start] = {}

    def fault(self, path: KeyPath, text: str) -> None:
        """Note what is wrong, and where it stands."""
        self.faults.append((path, text))

    def scene(self, path: KeyPath, name: str | None) -> None:
        """A scene that is named is there."""
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
        """The minute, or None where it lies outside the study, which is a fault unless the study was cut short."""
        if 0 <= minute < self.end:
            return minute
        if not (self.scenario.study.shortened and minute >= self.end):
            self.fault(path, f"{path[-1]} = {text!r} lies outside the study; permitted: day 0 to {self.end // 1440}")
        return None
