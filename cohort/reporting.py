"""A run as a study, and the report on it: `cohort.study_of` and `cohort.report`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.report.chapters import chapters
from analysis.report.compose import Chapter, Report, Watch, compose
from analysis.report.write import write
from analysis.section import Section
from analysis.study import Filters, Study
from cohort import trial_results
from cohort.errors import InputError
from cohort.provenance import NOTICE
from cohort.records import refuse_existing
from cohort.run_data import RunData, load
from cohort.targets import select

VARIANTS = "N1"  # the finding of data/targets that limits what a named variant may do
_NOT_FACTS = (
    "name",
    "title",
    "days",
    "focus",
    "persons",
    "outcomes",
    "costs",
    "grid",
)  # told elsewhere, or by chapters


class _Tables:
    """A run's tables, with the errors that the analysis knows: KeyError for a table or column that is not there.

    Intrusions that were not recorded are no table without rows, which would say that there were none.
    """

    def __init__(self, run: RunData) -> None:
        self._run = run
        self._named = {name for name in run.tables if name != "intrusions" or run.intrusions_recorded}

    @property
    def rows(self) -> Mapping[str, int]:
        return {name: rows for name, rows in self._run.rows.items() if name in self._named}

    def table(self, table: str, columns: Sequence[str] | None = None, filters: Filters | None = None) -> pd.DataFrame:
        if table not in self._named:
            raise KeyError(f"no table '{table}'")
        known = [column.name for column in self._run.layout(table).columns]
        absent = [name for name in (*(columns or ()), *(column for column, *_ in filters or ())) if name not in known]
        if absent:
            raise KeyError(f"{table}: no column '{absent[0]}'")
        return self._run.table(table, columns, filters)


def study_of(source: str | Path | RunData) -> Study:
    """A run as every analysis takes it; of a trial, the world in which everybody has the reference arm.

    Raises InputError for a directory that holds no run, or says neither its days nor its focus.
    """
    run = source if isinstance(source, RunData) else load(source)
    told = run.provenance.study
    if "days" not in told or "focus" not in told:
        raise InputError(f"{run.directory}: its provenance names no days or no focus; report on a run of a scenario")
    world = run.world(str(told["reference"])) if told.get("arms") else run
    plain = {key: value for key, value in told.items() if key not in _NOT_FACTS}
    facts = {
        "notice": NOTICE, "scenario": told.get("name", ""), **plain, "hash": run.provenance.hash,
        "versions": dict(run.provenance.versions), "inputs": sorted(run.provenance.inputs),
        "events": _events(run.provenance.scenario),
    }  # fmt: skip
    return Study(
        _Tables(world), int(told["days"]), str(told["focus"]), str(told.get("title", "")), run.provenance.seed, facts
    )


def report(source: str | Path | RunData, out: str | Path | None = None, *, watch: Watch | None = None) -> Report:
    """Analyse a run, chapter by chapter; with `out`, write page, tables and figures into that new directory.

    The report gives its `sections`, its `tables` by name (each with a frame and the call that made it) and `warnings`.
    `watch` is told how many chapters of how many are done, and the title of the next. Raises InputError for a run that
    is none or is damaged, or a place that is taken.
    """
    place = None if out is None else Path(out)
    if place is not None:
        refuse_existing(place)
    run = source if isinstance(source, RunData) else load(source)
    study = study_of(run)
    limits = {target.part: target.high for target in select([VARIANTS])}
    found = compose(study, [*chapters(study, limits), *_trial(run)], watch)
    if place is not None:
        write(found, place)
    return found


def _trial(run: RunData) -> list[Chapter]:
    """The chapter of the trial that a run holds, if any: arms against the reference."""
    if not {"scores", "allocation", "sessions"} <= {*run.tables} or not run.provenance.study.get("outcomes"):
        return []

    def make() -> Section:
        found: Section = import_module("analysis.trials.section").section(trial_results.trial(run))
        return found

    return [Chapter("trial", "The trial", make)]


def _events(scenario: str) -> list[dict[str, Any]]:
    """The events of a scenario as its provenance tells it."""
    try:
        return list(tomllib.loads(scenario).get("events", []))
    except tomllib.TOMLDecodeError:
        return []
