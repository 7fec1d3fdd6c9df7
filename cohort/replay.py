"""One person of a finished run lives again: the same life, read as it goes.

The run is lived again from its provenance, everybody in it where there is talk, else the person alone (draws are keyed
by id, so nobody else matters). The person's true state is stopped where the run stopped it. In between a copy lives the
same entries from stop to stop and is what is looked at. What came to mind must be what the run recorded, to the last
bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from cohort.agenda import Agenda
from cohort.codebook import intrusion_rows, recall_rows
from cohort.columns import Column
from cohort.enrolment import Enrolled, enrol
from cohort.errors import InputError, did_you_mean
from cohort.inputs import scenario_of
from cohort.life import Observer, Story, moments
from cohort.model import CohortModel
from cohort.plan import ENTRY_KIND, Plan, plan
from cohort.population import UNSEEN, Population
from cohort.provenance import versions
from cohort.run import Progress
from cohort.run_data import RunData, load
from cohort.state import ENTRY, INTRUSION, LOG, REMINDER, TRAIT_COLUMNS
from cohort.tables import SCENIC
from cohort.timeline import Entry, Timeline
from cohort.worlds import Branch, World, worlds_of

DAY = 1440
_KINDS = {number: name for name, number in ENTRY_KIND.items() if name != "media"}


@dataclass(frozen=True)
class Replay:
    """A life lived again: `story`, and how many `intrusions` and `recalls` came as recorded (None: not recorded)."""

    story: Story
    intrusions: int | None
    recalls: int


def replay(
    source: str | Path,
    person: str,
    *,
    arm: str | None = None,
    threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Replay:
    """Live the life of one person of a run again; of a trial, under one arm (by default the reference).

    `person` is the id in the run's tables, or the name in the file of participants. Raises InputError for a run or
    person that is not there, input that has changed, or when what came to mind is not what the run recorded.
    """
    run = load(source)
    if "person" in run.provenance.study:
        raise InputError(
            f"{source}: its persons were of the class {run.provenance.study['person']}, which the files of a run do "
            "not hold; no life of it can be lived again"
        )
    resolved = plan(scenario_of(run))
    world = _world(run, resolved, arm)
    if world.arm is not None and resolved.protocol.randomized is not None:
        run = run.world(resolved.protocol.arms[world.arm].name)
    everybody = enrol(resolved)
    row = _row(run, everybody, person)
    if resolved.talk is None:
        everybody, row = _alone(everybody, row)
    model = _Watching(resolved, everybody, row, threads, Branch((world,), 0, resolved.end))
    if progress is not None:
        model.after_stop = lambda at: progress(Progress(at.minute / DAY, resolved.end / DAY, len(everybody.frame)))
    model.run()
    log = np.concatenate([np.zeros(0, dtype=LOG), *model.log])
    told = _compare(run, int(everybody.ids[row]), log, resolved.scenario.records.intrusions)
    return Replay(model.story(log), *told)


def _world(run: RunData, resolved: Plan, arm: str | None) -> World:
    """The world of an arm. Raises InputError for an arm that is not there."""
    names = [one.name for one in resolved.protocol.arms]
    if arm is not None:
        run.world(arm)  # says what is wrong with it
    return worlds_of(resolved.protocol, observed=False)[
        resolved.protocol.reference if arm is None else names.index(arm)
    ]


def _row(run: RunData, enrolled: Enrolled, person: str) -> int:
    """Position of a person by name, else by id. Raises InputError when there is nobody so called."""
    names = [] if "participant" not in enrolled.frame else [str(name) for name in enrolled.frame["participant"]]
    if person in names:
        return names.index(person)
    first, last = int(enrolled.ids[0]), int(enrolled.ids[-1])
    if person.isdecimal() and first <= int(person) <= last:
        return int(person) - first
    close = did_you_mean(person, names) if names else ""
    raise InputError(f"{run.directory}: no person '{person}'{close}; permitted: ids from {first} to {last}")


def _alone(enrolled: Enrolled, row: int) -> tuple[Enrolled, int]:
    """The person without the others, and the new position."""
    frame = enrolled.frame.iloc[[row]].reset_index(drop=True)
    return Enrolled(frame, enrolled.traits[[row]], None, enrolled.variants), 0


class _Watching(CohortModel):
    """A cohort of which one person is watched. What watches never touches the cohort."""

    def __init__(self, resolved: Plan, enrolled: Enrolled, row: int, threads: int | None, branch: Branch) -> None:
        super().__init__(resolved, enrolled, threads=threads, branch=branch)
        self.log: list[NDArray[np.void]] = []
        self._row = row
        self._labels = _Labels(resolved)
        self._entries: list[tuple[Entry, np.void]] = []
        self._observer = Observer(resolved.episodes)
        self._copy = Population(
            enrolled.traits[[row]], self.seed, resolved.scenes, enrolled.ids[[row]], resolved.scenario.parameters
        )

    def advance(
        self,
        minute: int,
        who: NDArray[np.int64] | None = None,
        episode: int = -1,
        seen: NDArray[np.void] = UNSEEN,
    ) -> Iterator[NDArray[np.void]]:
        """Advance the cohort, after a copy of the person has gone the same way."""
        if who is None or self._row in who:
            self._watch(minute)
        for log in super().advance(minute, who, episode, seen):
            self.log.append(log[log["person"] == self.enrolled.ids[self._row]])
            yield log

    def _watch(self, end: int) -> None:
        """Live from where the person stands to minute `end`, by a copy, and look on the way."""
        begin = int(self.population.lived[self._row])
        rows = self.population.agenda.rows()
        mine = rows[(rows["person"] == self._row) & (rows["minute"] < end)].copy()
        mine["person"] = 0
        mine = mine[np.argsort(mine["minute"], kind="stable")]
        self._entries += [(self._labels.entry(one), one) for one in mine]
        for name in ("persons", "memories", "units", "features", "lived"):
            getattr(self._copy, name)[0] = getattr(self.population, name)[self._row]
        self._copy.agenda = Agenda.of(mine)
        wanted = moments([entry for entry, _ in self._entries], self.plan.end)
        for moment in wanted[(wanted >= begin) & (wanted < end)]:
            self._look(int(moment))

    def _look(self, minute: int) -> None:
        if minute > self._copy.lived[0]:
            self._copy.live_until(minute, None, 1)
        self._observer.look(self._copy, minute)

    def story(self, log: NDArray[np.void]) -> Story:
        """The story of the person, once the model has run; memories in order of what intruded, the focus first."""
        self._watch(self.plan.end)  # no entry is left before the end: this sets the copy to the last state
        self._look(self.plan.end)
        row, columns, episodes = self._row, self.enrolled.columns, self.plan.episodes
        met = {entry.scene for entry, _ in self._entries}
        came = np.bincount(log["episode"][log["kind"] == INTRUSION], minlength=len(episodes))
        names = [name for name in episodes if name in met]
        names.sort(key=lambda name: (episodes[name] != self.plan.focus, -came[episodes[name]]))
        who = columns["participant"][row] if "participant" in columns else self.enrolled.ids[row]
        told = self.plan.scenario
        timeline = Timeline(
            title=f"{told.title or told.study.name}: person {who}",
            days=-(-self.plan.end // DAY),
            scenes={name: episodes[name] for name in names},
            entries=tuple(entry for entry, _ in self._entries),
            rows=self.plan.scenes,
            calendar=np.array([one.item()[1:] for _, one in self._entries], dtype=ENTRY),
        )
        traits = {name: float(columns[name][row]) for name in TRAIT_COLUMNS}
        return self._observer.story(timeline, self.seed, traits, int(columns["ace"][row]), log)


class _Labels:
    """How a reader would call what stands on an agenda."""

    def __init__(self, resolved: Plan) -> None:
        self._events = {(event.minute, event.entry_kind, event.index): event for event in resolved.events}
        self._steps = {
            (step.kind, step.index): name
            for (name, _), course in resolved.courses.items()
            for _, steps in course
            for step in steps
        }
        self._reminders = {reminders.index: reminders.name for reminders in resolved.reminders}
        self._scenes = list(resolved.episodes)
        self._episode = resolved.scenes["episode"]

    def entry(self, one: np.void) -> Entry:
        """One row of an agenda (`AWAITED`) in words."""
        minute, kind, index = int(one["minute"]), int(one["kind"]), int(one["index"])
        scene = self._scenes[self._episode[index]] if kind in SCENIC else ""
        event = self._events.get((minute, kind, index))
        if event is not None:
            return Entry(minute, event.kind, event.name, scene)
        if kind == REMINDER and index in self._reminders:
            return Entry(minute, "reminder", self._reminders[index], scene)
        if (kind, index) in self._steps:
            return Entry(minute, _KINDS[kind], self._steps[kind, index], scene)
        return Entry(minute, "talk", f"talk about {scene}" if scene else "support in talk", scene)


def _compare(run: RunData, person: int, log: NDArray[np.void], intrusions: bool) -> tuple[int | None, int]:
    """Numbers of intrusions (None where the run keeps none) and recalls. Raises InputError unless all are the same."""
    counts: list[int | None] = []
    for table, replayed in (("intrusions", intrusion_rows(log)), ("recalls", recall_rows(log))):
        if table == "intrusions" and not intrusions:
            counts.append(None)
            continue
        recorded = run.arrow(table, filters=[("person", "==", person)])
        mine = [(column, replayed[column.name]) for column in run.layout(table).columns]
        if len(mine[0][1]) != len(recorded) or not all(_same(c, recorded.column(c.name), values) for c, values in mine):
            raise InputError(_difference(run, table, len(recorded), len(mine[0][1])))
        counts.append(len(recorded))
    return counts[0], counts[1] or 0


def _same(column: Column, recorded: pa.ChunkedArray, values: NDArray[Any]) -> bool:
    if column.dtype == "name":
        return bool(recorded.to_pylist() == [column.names[k] if k >= 0 else None for k in values])
    kept = recorded.to_numpy()
    return np.array_equal(kept, values.astype(kept.dtype), equal_nan=True)


def _difference(run: RunData, table: str, recorded: int, came: int) -> str:
    then, now = run.provenance.versions, versions()
    changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
    why = (
        f"since the run, these have changed: {', '.join(changed)}"
        if changed
        else "its files were changed, or this processor rounds otherwise"
    )
    return f"{run.directory}: {table} do not come as recorded ({recorded} recorded, {came} now, or other values); {why}"
