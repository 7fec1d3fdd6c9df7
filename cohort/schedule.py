"""The times of a scenario resolved to minutes: when each event happens, when there is talk, when it is measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final, Protocol

from cohort.errors import InputError, did_you_mean
from cohort.language import Scenario
from cohort.times import (
    DAY,
    Moment,
    Repetition,
    read_clock,
    read_duration,
    read_moment,
    read_repetition,
    read_time,
    written,
)
from cohort.toml_lines import KeyPath

MOST_OCCASIONS: Final = 100_000  # times that events happen, in all; rounds of talk; measures
LONGEST_STRETCH: Final = 7 * DAY  # everybody is stopped at least so often

Fault = tuple[KeyPath, str]


@dataclass(frozen=True)
class Schedule:
    """Minutes of the study, each sorted; `left_out` counts what lies after the end of a shortened study."""

    events: tuple[tuple[int, ...], ...]  # by position in the file
    reminders: tuple[tuple[int, int], ...]  # first and last minute
    talk: tuple[int, ...]
    measures: tuple[int, ...]  # the last is the end
    instruments: tuple[tuple[int, ...], ...]  # by position in the file; the end included
    firsts: Mapping[str, int]  # first minute of each event that happens
    left_out: int


def resolve(scenario: Scenario, dropped: Collection[str] = ()) -> tuple[Schedule, list[Fault]]:
    """Resolve all times, and say what is wrong with them.

    `dropped` are names of events that exist but could not be read, so that what counts from them is no further fault.
    """
    resolver = _Resolver(scenario, dropped)
    return resolver.schedule(), resolver.faults


class Timed(Protocol):
    """What has a name and times: an event, or an instrument."""

    name: str
    at: str | tuple[str, ...] | None
    every: str | None


class _Resolver:
    def __init__(self, scenario: Scenario, dropped: Collection[str]) -> None:
        self.scenario, self.dropped = scenario, dropped
        self.faults: list[Fault] = []
        self.end = scenario.study.days * DAY
        self.left_out, self.total = 0, 0
        self.times: list[list[tuple[KeyPath, Moment | Repetition]]] = []
        self.firsts: dict[str, int | None] = {}

    def schedule(self) -> Schedule:
        self.times = [self.read(event, ("events", k)) for k, event in enumerate(self.scenario.events)]
        self.find_firsts()
        measures = self.measures()
        return Schedule(
            tuple(
                self.occurrences(event, times) for event, times in zip(self.scenario.events, self.times, strict=True)
            ),
            tuple(self.reminder(k) for k in range(len(self.scenario.surroundings.reminders))),
            self.talk(),
            measures,
            tuple(self.assessments(k, measures) for k in range(len(self.scenario.instruments))),
            {name: first for name, first in self.firsts.items() if first is not None},
            self.left_out,
        )

    def read(self, event: Timed, path: KeyPath) -> list[tuple[KeyPath, Moment | Repetition]]:
        """What `at` and `every` of an event or instrument say, each with its path."""
        given = event.at if isinstance(event.at, tuple) else () if event.at is None else (event.at,)
        paths: list[KeyPath] = [
            (*path, "at", i) if isinstance(event.at, tuple) else (*path, "at") for i in range(len(given))
        ]
        out: list[tuple[KeyPath, Moment | Repetition]] = []
        for stands, text in zip(paths, given, strict=True):
            try:
                out.append((stands, read_time(text)))
            except InputError as fault:
                self.faults.append((stands, f"at = {fault}"))
        if event.every is None:
            if not given:
                self.faults.append((path, f"{_kind(path)} '{event.name}' needs 'at' or 'every'"))
            for stands, time in out:
                if isinstance(time, Repetition) and time.first is None:
                    self.faults.append((stands, "a repetition in 'at' needs 'from'; give the first moment"))
            return [(p, t) for p, t in out if not (isinstance(t, Repetition) and t.first is None)]
        place: KeyPath = (*path, "every")
        try:
            every = read_repetition(event.every)
        except InputError as fault:
            self.faults.append((place, f"every = {fault}"))
            return []
        if every.first is not None and not given:
            return [(place, every)]
        if every.first is None and len(given) == 1 and len(out) == 1 and isinstance(out[0][1], Moment):
            return [(place, Repetition(every.interval, every.count, out[0][1], every.until))]
        if len(out) == len(given):
            self.faults.append((place, "'every' needs its first moment once: as 'at', or with 'from' in 'every'"))
        return []

    def find_firsts(self) -> None:
        """First minute of each event, in the order in which they count from each other."""
        position = {event.name: k for k, event in enumerate(self.scenario.events)}
        needs = {
            name: {m.anchor for _, t in self.times[k] if (m := _start(t)).anchor in position}
            for name, k in position.items()
        }
        order: list[str] = []
        while not order:
            try:
                order = list(TopologicalSorter(needs).static_order())
            except CycleError as fault:
                circle = [str(name) for name in fault.args[1][::-1]]
                self.faults.append(
                    (("events", position[circle[0]], "at"), f"times go in a circle: {' -> '.join(circle)}")
                )
                for name in circle:
                    needs[name] = set()
                    self.times[position[name]] = []
            if not needs:
                break
        for name in order:
            starts = [self.minute(_start(t), p) for p, t in self.times[position[name]]]
            known = [s for s in starts if s is not None]
            self.firsts[name] = min(known) if known and len(known) == len(starts) else None

    def minute(self, moment: Moment, path: KeyPath) -> int | None:
        """Minute of a moment; None, with a fault unless another has been told, when there is none."""
        if not moment.anchor:
            return moment.minutes
        known = [event.name for event in self.scenario.events]
        if moment.anchor not in known:
            if moment.anchor not in self.dropped:
                close = did_you_mean(moment.anchor, known)
                self.faults.append((path, f"there is no event '{moment.anchor}' to count from{close}"))
            return None
        first = self.firsts.get(moment.anchor)
        return None if first is None else first + moment.minutes

    def assessments(self, k: int, measures: tuple[int, ...]) -> tuple[int, ...]:
        """Minutes of one instrument: by default the measures'. The end of the study is one of them, too."""
        told = self.scenario.instruments[k]
        if told.at is None and told.every is None:
            return measures
        times = self.read(told, ("instruments", k))
        for path, time in times:
            self.minute(_start(time), path)  # says what cannot be counted from
        return self.occurrences(told, times, self.end) if times else ()

    def occurrences(
        self, event: Timed, times: list[tuple[KeyPath, Moment | Repetition]], latest: int | None = None
    ) -> tuple[int, ...]:
        """All minutes of one event or instrument within the study, up to `latest`."""
        found = set[int]()
        if not times or (latest is None and self.firsts.get(event.name) is None):
            return ()
        latest = self.end - 1 if latest is None else latest
        whole = True
        for path, time in times:
            start = self.firsts_of(time)
            if start is None:
                continue
            if isinstance(time, Repetition):
                last = latest
                if time.until is not None:
                    until = self.minute(time.until, path)
                    whole = whole and until is not None
                    last = min(last, until) if until is not None else last
                minutes = time.minutes(start, last)
            else:
                minutes = range(start, start + 1)
            if not self.counted(minutes, path):
                return ()
            if minutes and minutes[0] < 0:
                self.faults.append((path, f"{_kind(path)} '{event.name}' lies before the start of the study"))
                whole = False
            late = sum(m > latest for m in minutes)
            if late and not self.scenario.study.shortened:
                self.faults.append(
                    (path, f"{_kind(path)} '{event.name}' at {written(minutes[-1])} is after the end; permitted: "
                           f"within {self.scenario.study.days} days (study.days)")
                )  # fmt: skip
            self.left_out += late if self.scenario.study.shortened else 0
            whole = whole and not late
            found.update(m for m in minutes if 0 <= m <= latest)
        if not found and whole:
            path = times[0][0]
            self.faults.append((path, f"{_kind(path)} '{event.name}' never happens: it ends before it begins"))
        return tuple(sorted(found))

    def firsts_of(self, time: Moment | Repetition) -> int | None:
        moment = _start(time)
        if not moment.anchor:
            return moment.minutes
        first = self.firsts.get(moment.anchor)
        return None if first is None else first + moment.minutes

    def counted(self, minutes: range, path: KeyPath) -> bool:
        """Whether so many more still fit; the fault is told once."""
        before, self.total = self.total, self.total + len(minutes)
        if before <= MOST_OCCASIONS < self.total:
            self.faults.append((path, f"events happen {self.total} times by here; permitted: {MOST_OCCASIONS} in all"))
        return self.total <= MOST_OCCASIONS

    def window(self, path: KeyPath, first: str | None, last: str | None) -> tuple[int, int]:
        """First and last minute of ``from`` and ``until``."""
        bounds = [0, self.end - 1]
        for k, (key, text) in enumerate((("from", first), ("until", last))):
            if text is None:
                continue
            try:
                moment = self.minute(read_moment(text), (*path, key))
            except InputError as fault:
                self.faults.append(((*path, key), f"{key} = {fault}"))
                continue
            if moment is not None:
                bounds[k] = moment
        if bounds[0] < 0 or (bounds[0] >= self.end and not self.scenario.study.shortened):
            self.faults.append(((*path, "from"), f"from = {first!r} lies outside the study"))
        elif bounds[1] < bounds[0] and not (self.scenario.study.shortened and bounds[0] >= self.end):
            self.faults.append(((*path, "until"), f"until = {last!r} lies before the first moment"))
        return max(bounds[0], 0), min(bounds[1], self.end - 1)

    def reminder(self, k: int) -> tuple[int, int]:
        row = self.scenario.surroundings.reminders[k]
        return self.window(("surroundings", "reminders", k), row.from_, row.until)

    def talk(self) -> tuple[int, ...]:
        talk = self.scenario.talk
        if talk is None:
            return ()
        first, last = self.window(("talk",), talk.from_, talk.until)
        try:
            clock = read_clock(talk.at)
        except InputError as fault:
            self.faults.append((("talk", "at"), f"at = {fault}"))
            return ()
        every = self.interval(("talk", "every"), talk.every)
        if every is None:
            return ()
        if every % DAY:
            self.faults.append((("talk", "every"), f"every = {talk.every!r}; permitted: whole days"))
            return ()
        day = -((clock - first) // DAY)  # the first on which the clock time is not before `first`
        return tuple(range(day * DAY + clock, last + 1, every))

    def measures(self) -> tuple[int, ...]:
        every = self.interval(("records", "measures"), self.scenario.records.measures)
        return (*range(every, self.end, every), self.end) if every else (self.end,)

    def interval(self, path: KeyPath, text: str) -> int | None:
        try:
            every = read_duration(text)
        except InputError as fault:
            self.faults.append((path, f"{path[-1]} = {fault}"))
            return None
        if self.end // every > MOST_OCCASIONS:
            self.faults.append(
                (path, f"{path[-1]} = {text!r} is {self.end // every} times; permitted: {MOST_OCCASIONS}")
            )
            return None
        return every


def _kind(path: KeyPath) -> str:
    """What stands at a path: an event, or an instrument."""
    return str(path[0]).removesuffix("s")


def _start(time: Moment | Repetition) -> Moment:
    if isinstance(time, Moment):
        return time
    assert time.first is not None  # a repetition without its first moment has been refused
    return time.first
