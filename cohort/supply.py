"""Runs that a question about a trial needs: those that lie in a directory, or a scenario lived now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from cohort import replicates
from cohort.biography import patiently
from cohort.console import watched
from cohort.errors import InputError, Interrupted
from cohort.executor import Executor
from cohort.language import Scenario
from cohort.records import PROVENANCE
from cohort.run import InterruptedRun
from cohort.run_data import RunData, load
from cohort.scenario import load as load_scenario
from cohort.trial_results import replicates as runs_of


def stored(source: str) -> list[RunData]:
    """The run of a directory, or its replicates by seed; empty when `source` is no directory (a scenario's name)."""
    place = Path(source)
    if not place.is_dir():
        return []
    if (place / PROVENANCE).exists():
        return [load(place)]
    return runs_of(place) or [load(place)]  # which says what is wrong with it


def scenario_of_trial(name: str, settings: Sequence[str]) -> Scenario:
    """A scenario with the same persons under every seed. Raises InputError for a faulty one, or one without a trial."""
    scenario = load_scenario(name, settings)
    if scenario.trial is None:
        raise InputError(f"{name}: has no trial; what an arm does for a person needs [trial] with arms")
    if scenario.study.persons_seed is not None:
        return scenario
    study = scenario.study.model_copy(update={"persons_seed": scenario.study.seed})
    return scenario.model_copy(update={"study": study})


def lived(
    scenario: Scenario, number: int, place: Path, *, resume: bool, executor: Executor, quiet: bool
) -> list[RunData]:
    """Live a scenario under `number` seeds, two or more, into ``place/seed-SEED``; with `resume` what is there is kept.

    Raises InputError as `cohort.replicates.run`, and Interrupted when stopped.
    """
    _live(scenario, place, quiet, number=number, executor=executor, resume=resume)
    return stored(str(place))


def lived_once(scenario: Scenario, place: Path, *, workers: int | None, quiet: bool) -> RunData:
    """Live a scenario under its own seed into `place`. Raises as `lived`."""
    _live(scenario, place, quiet, number=1, executor=Executor(workers))
    return load(place)


def _live(scenario: Scenario, place: Path, quiet: bool, **how: Any) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    try:
        with patiently(console), watched(console, quiet) as watch:
            replicates.run(scenario, place, watch=watch, **how)
    except InterruptedRun as stopped:
        raise Interrupted(str(stopped)) from None
