"""A run: a scenario lived by a cohort, from its persons to its tables on disk; and several with seeds of their own."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cohort.checkpoint import Checkpoint
from cohort.designs import DoseFinding
from cohort.enrolment import Enrolled, enrol
from cohort.inputs import as_given
from cohort.language import Scenario
from cohort.model import CONDUCT, CohortModel
from cohort.person import Person
from cohort.plan import Plan, plan
from cohort.provenance import Provenance, digest
from cohort.records import Recorder, record, refuse_existing
from cohort.reference_arm import Reference
from cohort.scenario import as_toml
from cohort.spared import can_spare, who_lives
from cohort.tables import Tables, layouts
from cohort.times import Moment, read_moment
from cohort.worlds import Branch, in_order, tree

DAY = 1440
CHECKPOINT = 55.0  # seconds from the end of one checkpoint to the start of the next, at most: with its own, a minute
SLOWER = 1.5  # how much longer the way to the next stop may take than that from the last one
AT_HAND = 1 << 28  # bytes of a state that is held in memory for those who go on from it


@dataclass(frozen=True)
class Progress:
    """How far a run is: `day` of `days`, and persons."""

    day: float
    days: float
    persons: int


@dataclass(frozen=True)
class Done:
    """A run that is whole: where it lies, rows by table, and how long it took."""

    scenario: str
    seed: int
    persons: int
    days: int
    out: Path
    tables: dict[str, int]
    seconds: float

    def told(self) -> dict[str, Any]:
        """The run as JSON types."""
        seconds = round(self.seconds, 3)
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "persons": self.persons,
            "days": self.days,
            "person_days_per_second": round(self.persons * self.days / max(seconds, 1e-3)),
            "seconds": seconds,
            "out": str(self.out),
            "tables": self.tables,
        }


class InterruptedRun(KeyboardInterrupt):
    """A run was interrupted; what it had kept lies beside `out`."""

    def __init__(self, out: Path) -> None:
        super().__init__(f"interrupted; go on with the same command and --resume --out {out}")


def provenance_of(resolved: Plan, person: type[Person] = Person) -> Provenance:
    """What decides a run of this plan by persons of this class."""
    scenario = resolved.scenario
    inputs, given = {}, {}
    if scenario.population.participants is not None:
        path = Path(scenario.population.participants)
        with suppress(OSError):
            inputs[path.name] = digest(path.read_bytes())
        given[path.name] = as_given(path)
        population = scenario.population.model_copy(update={"participants": path.name})
        scenario = scenario.model_copy(update={"population": population})
    return Provenance(
        scenario=as_toml(scenario),
        seed=scenario.study.seed,
        parameters=dict(resolved.parameters),
        study={
            "name": scenario.study.name,
            "title": scenario.title,
            "days": scenario.study.days,
            "focus": list(resolved.episodes)[resolved.focus],
            **_trial(resolved),
            **({} if person is Person else {"person": person.__qualname__}),
        },
        inputs=inputs,
        given=given,
    )


def _trial(resolved: Plan) -> dict[str, Any]:
    """What a reader of a trial's tables needs to know: arms, the reference, outcomes, and US$ a session that costs."""
    protocol = resolved.protocol
    if protocol.randomized is None:
        return {}
    outcomes = []
    for outcome in protocol.outcomes:
        told = protocol.instruments[outcome.instrument].told
        outcomes.append(
            {
                "name": outcome.name,
                "instrument": outcome.instrument,
                "minute": outcome.minute,
                "better": told.better,
                "margin": 0.0 if outcome.case else told.margin(resolved.parameters),
                "cutoff": told.cutoff(resolved.parameters) if outcome.case else None,
                "unit": told.unit,
            }
        )
    costs = {name: told.cost for name, told in protocol.interventions.items() if told.cost > 0.0}
    return {
        "arms": [arm.name for arm in protocol.arms],
        "reference": protocol.arms[protocol.reference].name,
        "randomized": protocol.randomized,
        "outcomes": outcomes,
        **({"costs": costs} if costs else {}),
        **_grid(resolved),
    }


def _grid(resolved: Plan) -> dict[str, Any]:
    """Of a dose-finding trial: dose (mg) and time (minutes) of each arm, of what, and the event that times count from.

    Without such an event, times are delays of the intervention as it is described.
    """
    trial = resolved.scenario.trial
    if trial is None or not isinstance(trial.design, DoseFinding):
        return {}
    of = trial.design.of
    told = resolved.protocol.interventions[of]
    begins = Moment(0) if told.at is None else read_moment(told.at)
    first = begins.minutes if begins.anchor else 0
    given = {arm.name: arm.given[0] for arm in resolved.protocol.arms if arm.given}
    grid = {name: [one.mg, first + one.delay] for name, one in given.items()}
    return {"grid": grid, "grid_of": of, "grid_from": begins.anchor}


def run(
    scenario: Scenario,
    out: str | Path,
    *,
    resume: bool = False,
    person: type[Person] = Person,
    threads: int | None = None,
    tables: Collection[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Done:
    """Live a scenario and write its tables (or only `tables`) to the new directory `out`, whole or not at all.

    A run of which only some tables are asked for keeps nothing to go on from, and who lives as under the reference arm
    lives once where these tables do not show it. With `resume`, goes on from the last checkpoint of a run that was cut
    short. `progress` is called at every stop.
    Raises InputError for what a user can mend, MachineError for what the machine cannot do.
    """
    began = time.monotonic()
    if resume and tables is not None:
        raise ValueError("a run of which only some tables are asked for cannot be gone on with")
    out = Path(out)
    refuse_existing(out, resume=resume)
    resolved = plan(scenario)
    enrolled = enrol(resolved)
    provenance = provenance_of(resolved, person)
    root = tree(resolved)
    observed = any(world.arm is None for world in root.worlds)
    layout = layouts(resolved, enrolled.variants, observed=observed, wanted=tables)
    recorder, kept = record(out, provenance, layout, resume=resume)
    with recorder:
        try:
            _Course(resolved, enrolled, recorder, root, person, threads, tables, progress).go_on(kept)
            recorder.seal()
        except KeyboardInterrupt:
            raise InterruptedRun(out) from None
    return Done(
        scenario.study.name, scenario.study.seed, len(enrolled.frame), scenario.study.days, out, dict(recorder.rows),
        time.monotonic() - began,
    )  # fmt: skip


class _Course:
    """The branches of a run, lived one after the other, with checkpoints on the way."""

    def __init__(
        self, resolved: Plan, enrolled: Enrolled, recorder: Recorder, root: Branch, person: type[Person],
        threads: int | None, tables: Collection[str] | None, progress: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        self._passing = tables is not None
        spares = tables is not None and can_spare(resolved, enrolled, person, tables)
        self._reference = Reference() if spares else None
        self._plan, self._enrolled, self._recorder = resolved, enrolled, recorder
        self._person, self._threads, self._progress = person, threads, progress
        self._branches = in_order(root)
        self._days, self._before = root.days, 0.0  # to be lived in all; lived in the branches before this one
        self._at_hand: tuple[int, Checkpoint] | None = None  # the last branch that parted, where there is room for it
        self._saved = self._stopped = time.monotonic()  # when there was a checkpoint, and a stop

    def go_on(self, kept: Checkpoint | None) -> None:
        """Live every branch, from a checkpoint when there is one."""
        first = 0 if kept is None else int(kept.meta["branch"])
        for place, (branch, parent) in enumerate(self._branches):
            if place >= first:
                self._live(place, branch, parent, kept if place == first else None)
            self._before += (branch.end - branch.start) / DAY

    def _live(self, place: int, branch: Branch, parent: int | None, kept: Checkpoint | None) -> None:
        tables = Tables(self._recorder, self._plan, branch)
        if kept is None and parent is not None:
            kept = self._of(parent)
        usual = any(world.arm == self._plan.protocol.reference for world in branch.worlds)
        reference = self._reference if usual else None
        model = CohortModel(self._plan, self._enrolled, tables, self._person, self._threads, branch, reference)
        if kept is not None and not usual:
            self._spare(model, kept)
        if kept is not None:
            model.restore(kept.arrays, kept.meta)
        else:
            tables.persons(self._enrolled)
        model.after_stop = lambda at: self._after_stop(place, branch, at)
        gc.freeze()  # the agents live as long as the run: looking them through again and again would find nothing
        try:
            model.run()
        finally:
            gc.unfreeze()
        if usual and self._reference is not None and branch.end == self._plan.end:
            self._reference.begun = model.conduct.arrays["begun"]
        if branch.then:
            arrays, meta = model.state()
            self._recorder.keep(_name(place), arrays, meta)
            if sum(array.nbytes for array in arrays.values()) <= AT_HAND:
                self._at_hand = place, Checkpoint(arrays, meta)

    def _spare(self, model: CohortModel, kept: Checkpoint) -> None:
        """Let only those live in a branch that goes on from a state whose life is not that under the reference arm."""
        if self._reference is None or self._reference.begun is None:
            return
        begins = {name.removeprefix(CONDUCT): of for name, of in kept.arrays.items() if name.startswith(CONDUCT)}
        live = who_lives(self._plan, self._enrolled, model.population, model.branch, begins, self._reference)
        if len(live) < len(model.population):
            model.spare(live, self._reference)

    def _of(self, parent: int) -> Checkpoint:
        """The state at which a branch parted."""
        if self._at_hand is None or self._at_hand[0] != parent:
            self._at_hand = None
            return self._recorder.kept(_name(parent))
        state = self._at_hand[1]
        return Checkpoint(state.arrays, deepcopy(state.meta))  # attributes of agents are theirs to change

    def _after_stop(self, place: int, branch: Branch, at: CohortModel) -> None:
        now = time.monotonic()
        due = due_now(now - self._saved, now - self._stopped)
        if due and at.minute < branch.end and not self._passing:
            arrays, meta = at.state()
            self._recorder.save(arrays, meta | {"branch": place})
            wanted = {parent for _, parent in self._branches[place + 1 :]}
            for done in range(place):
                if done not in wanted:
                    self._recorder.let_go(_name(done))
            self._saved = time.monotonic()
        self._stopped = time.monotonic()
        if self._progress is not None:
            lived = self._before + (at.minute - branch.start) / DAY
            self._progress(Progress(lived, self._days, len(self._enrolled.frame)))


def due_now(since: float, way: float) -> bool:
    """Whether a checkpoint left to the next stop would come too late.

    So many seconds went by since the last one; the way here from the last stop took `way`.
    """
    return since + SLOWER * way > CHECKPOINT


def _name(place: int) -> str:
    return f"{place:04d}"
