"""A run: a scenario lived by a cohort, from its persons to its tables on disk; and several with seeds of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cohort.enrolment import enrol
from cohort.inputs import as_given
from cohort.language import Scenario
from cohort.model import CohortModel
from cohort.person import Person
from cohort.plan import Plan, plan
from cohort.provenance import Provenance, digest
from cohort.records import record, refuse_existing
from cohort.scenario import as_toml
from cohort.tables import Tables, layouts

CHECKPOINT = 30.0  # seconds between checkpoints, at the next stop
LONG_SAVE = 3.0  # seconds; a checkpoint that takes longer, of a large cohort, puts off the next one in proportion


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
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "persons": self.persons,
            "days": self.days,
            "person_days_per_second": round(self.persons * self.days / max(self.seconds, 1e-9)),
            "seconds": round(self.seconds, 3),
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
            **({} if person is Person else {"person": person.__qualname__}),
        },
        inputs=inputs,
        given=given,
    )


def run(
    scenario: Scenario,
    out: str | Path,
    *,
    resume: bool = False,
    person: type[Person] = Person,
    threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Done:
    """Live a scenario and write its tables to the new directory `out`, whole or not at all.

    With `resume`, goes on from the last checkpoint of a run that was cut short. `progress` is called at every stop.
    Raises InputError for what a user can mend, MachineError for what the machine cannot do.
    """
    began = time.monotonic()
    out = Path(out)
    refuse_existing(out, resume=resume)
    resolved = plan(scenario)
    enrolled = enrol(resolved)
    provenance = provenance_of(resolved, person)
    recorder, kept = record(out, provenance, layouts(resolved, enrolled.variants), resume=resume)
    with recorder:
        tables = Tables(recorder, resolved)
        model = CohortModel(resolved, enrolled, tables, person, threads)
        if kept is None:
            tables.persons(enrolled)
        else:
            model.restore(kept.arrays, kept.meta)
        saved, following = time.monotonic(), CHECKPOINT  # when last, and after how long again

        def after_stop(at: CohortModel) -> None:
            nonlocal saved, following
            if (started := time.monotonic()) - saved > following and at.minute < resolved.end:
                recorder.save(*at.state())
                saved = time.monotonic()
                following = CHECKPOINT * max(1.0, (saved - started) / LONG_SAVE)
            if progress is not None:
                progress(Progress(at.minute / 1440.0, resolved.end / 1440.0, len(enrolled.frame)))

        model.after_stop = after_stop
        try:
            model.run()
            recorder.seal()
        except KeyboardInterrupt:
            raise InterruptedRun(out) from None
    return Done(
        scenario.study.name, scenario.study.seed, len(enrolled.frame), scenario.study.days, out, dict(recorder.rows),
        time.monotonic() - began,
    )  # fmt: skip
