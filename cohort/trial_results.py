"""The trial in a run, read from its tables and handed to the statistics: `cohort.compare` and `cohort.effects`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.design import surface as surfaces
from analysis.trials import consort as counts
from analysis.trials import economics as care
from analysis.trials import effects as exact
from analysis.trials import trial as statistics
from analysis.trials.acceptability import Draws, resample
from analysis.trials.mechanisms import MECHANISMS, needed
from analysis.trials.outcome import Outcome, TrialError
from cohort.errors import InputError
from cohort.records import PROVENANCE
from cohort.run_data import OBSERVED, RunData, load
from cohort.state import TRAIT_COLUMNS

_SAME_PERSONS = ("id", "sex", "age", "ace", *TRAIT_COLUMNS)


@dataclass(frozen=True)
class Trial:
    """A run's trial: names of the arms, the reference among them, the outcomes, and the tables that hold them.

    `scores` has the instruments of the outcomes only; `mixed` those of the world that the trial saw, where it is
    another one. `courses` are the sessions under every arm, and `costs` US$ a session, by intervention. `grid` holds
    dose (mg) and time (minutes) of each arm of a dose-finding trial of `grid_of`, with times from the event
    `grid_from`. What is computed raises InputError, in the name of `directory`, when the tables do not allow it.
    """

    directory: Path
    arms: tuple[str, ...]
    reference: str
    outcomes: tuple[Outcome, ...]
    scores: pd.DataFrame
    allocation: pd.DataFrame
    sessions: pd.DataFrame
    mixed: pd.DataFrame | None
    courses: pd.DataFrame
    costs: Mapping[str, float]
    randomized: int | None = None
    grid: Mapping[str, Sequence[float]] | None = None
    grid_of: str = ""
    grid_from: str = ""

    @cached_property
    def cases(self) -> tuple[Outcome, ...]:
        """Outcomes with a cut-off that were assessed more than once from randomization on, one an instrument."""
        first = self.randomized or 0
        read = self.scores[(self.scores["minute"] >= first).to_numpy(bool)].groupby("instrument", observed=True)
        times = read["minute"].nunique()
        found = {o.instrument: o for o in self.outcomes if o.cutoff is not None and times.get(o.instrument, 0) > 1}
        return tuple(found.values())

    def prevalence(self, outcome: Outcome) -> pd.DataFrame:
        """See `analysis.trials.economics.prevalence`."""
        with _told_of(self.directory):
            given = (self.scores, self.allocation, self.arms, self.reference, outcome)
            return care.prevalence(*given, self.randomized)

    def economics(self, outcome: Outcome) -> pd.DataFrame:
        """See `analysis.trials.economics.economics`."""
        with _told_of(self.directory):
            return care.economics(self._accounts(outcome), self.reference)

    def uncertainty(self, outcome: Outcome) -> Draws:
        """See `analysis.trials.acceptability.resample`."""
        with _told_of(self.directory):
            found = self._accounts(outcome)
            return resample(found.free, found.spent, self.reference)

    def _accounts(self, outcome: Outcome) -> care.Accounts:
        given = (self.scores, self.allocation, self.courses, self.arms, outcome, self.costs)
        return care.accounts(*given, self.randomized)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """See `analysis.trials.effects.effects`."""
        with _told_of(self.directory):
            return exact.effects(self.scores, self.allocation, self.arms, self.reference, self.outcomes)

    @cached_property
    def seen(self) -> pd.DataFrame:
        """See `analysis.trials.trial.observed`."""
        with _told_of(self.directory):
            return statistics.observed(self.scores, self.allocation, self.outcomes, self.mixed, self.randomized)

    @cached_property
    def spillover(self) -> pd.DataFrame | None:
        """See `analysis.trials.trial.spillover`; None where persons do not influence each other."""
        if self.mixed is None:
            return None
        with _told_of(self.directory):
            alone = statistics.observed(self.scores, self.allocation, self.outcomes, None, self.randomized)
            return statistics.spillover(self.seen, alone)

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """See `analysis.trials.trial.comparison`."""
        with _told_of(self.directory):
            return statistics.comparison(self.seen, self.effects, self.arms, self.reference, self.outcomes)

    @cached_property
    def surface(self) -> pd.DataFrame:
        """See `analysis.design.surface.surface`. Raises InputError for a trial that is no dose-finding one."""
        if self.grid is None:
            remedy = "its scenario needs [trial.dose_finding] with doses and delays"
            raise InputError(f"{self.directory}: holds no surface of doses and times; {remedy}")
        with _told_of(self.directory):
            return surfaces.surface(self.effects, self.grid)

    @cached_property
    def consort(self) -> pd.DataFrame:
        """See `analysis.trials.consort.consort`."""
        with _told_of(self.directory):
            return counts.consort(self.allocation, self.sessions, self.seen, self.arms, self.outcomes)

    @cached_property
    def measures(self) -> pd.DataFrame | None:
        """The measures that mediation reads, under every arm; None without any.

        Columns arm, person, minute and those of `analysis.trials.mechanisms.MECHANISMS` that were recorded.
        """
        return self._measured(load(self.directory), ["arm"])

    @cached_property
    def mixed_measures(self) -> pd.DataFrame | None:
        """`measures` of the world that the trial saw, without a column arm; None where it is no other one."""
        return None if self.mixed is None else self._measured(load(self.directory).observed, [])

    def _measured(self, run: RunData, key: Sequence[str]) -> pd.DataFrame | None:
        if not self._minutes or "measures" not in run.tables:
            return None
        known = {column.name for column in run.layout("measures").columns}
        columns = [*key, "person", "minute", *(name for name in MECHANISMS if name in known)]
        return run.table("measures", columns, [("minute", "in", self._minutes)])

    @cached_property
    def _minutes(self) -> list[int]:
        run = load(self.directory)
        if "measures" not in run.tables:
            return []
        when = needed(run.table("measures", ["arm", "minute"]), self.outcomes, self.randomized)
        return sorted({minute for pair in when.values() for minute in pair if minute is not None})


def trial(source: str | Path | RunData) -> Trial:
    """The trial of a run. Raises InputError when the run holds none."""
    run = source if isinstance(source, RunData) else load(source)
    study: Mapping[str, Any] = run.provenance.study
    absent = [name for name in ("scores", "allocation", "sessions") if name not in run.tables]
    if absent or "arms" not in study or not study.get("outcomes"):
        raise InputError(f"{run.directory}: holds no trial; its scenario needs [trial] with arms, and [[instruments]]")
    with _told_of(run.directory):
        outcomes = tuple(Outcome.of(told) for told in study["outcomes"])
    instruments = sorted({outcome.instrument for outcome in outcomes})
    in_observed = run.observed if (run.directory / OBSERVED).is_dir() else None
    columns = ["person", "minute", "instrument", "score"]
    sessions = run.table("sessions")
    return Trial(
        directory=run.directory,
        arms=tuple(study["arms"]),
        reference=study["reference"],
        outcomes=outcomes,
        scores=run.table("scores", ["arm", *columns, "state"], [("instrument", "in", instruments)]),
        allocation=run.table("allocation"),
        sessions=sessions if in_observed is None else in_observed.table("sessions"),
        mixed=None
        if in_observed is None
        else in_observed.table("scores", columns, [("instrument", "in", instruments)]),
        courses=sessions,
        costs=study.get("costs", {}),
        randomized=study.get("randomized"),
        grid=study.get("grid"),
        grid_of=study.get("grid_of", ""),
        grid_from=study.get("grid_from", ""),
    )


def compare(source: str | Path | RunData) -> pd.DataFrame:
    """What the trial of a run found, beside what is true of the same persons: a row an outcome and arm.

    Columns outcome, arm, reference; estimate, low, high of the trial; exact (mean effect on all eligible persons);
    helped, harmed, nnt; and more that `trial.estimates` and `effects.shares` of `analysis.trials` describe. NaN is
    what cannot be told. Raises InputError when the run holds no trial.
    """
    return trial(source).comparison


def effects(source: str | Path | RunData) -> pd.DataFrame:
    """Effects on each eligible person, a row a person, outcome and arm other than the reference.

    Of a run: see `analysis.trials.effects.effects`. Of a directory of replicates (``seed-1``, ``seed-2``, ...
    with the same persons): the individual expected effects with their standard error, see
    `analysis.trials.effects.expected_effects`. Raises InputError when there is no trial, or the persons differ.
    """
    if isinstance(source, RunData):
        return trial(source).effects
    runs = replicates(Path(source))
    if not runs:
        return trial(source).effects
    return exact.expected_effects([trial(run).effects for run in runs])


def replicates(directory: Path) -> list[RunData]:
    """The runs of a directory of replicates, by seed; empty for any other one. Raises InputError as `effects`."""
    places = list(directory.glob("seed-*")) if not (directory / PROVENANCE).exists() else []
    runs = [load(place) for place in sorted(places, key=lambda place: (len(place.name), place.name))]  # 2 before 10
    if runs:
        _check_same_persons(runs)
    return runs


def _check_same_persons(runs: Sequence[RunData]) -> None:
    first = runs[0].table("persons", _SAME_PERSONS)
    for run in runs[1:]:
        if run.provenance.study.get("outcomes") != runs[0].provenance.study.get("outcomes"):
            raise InputError(f"{run.directory}: has other outcomes than {runs[0].directory}; give runs of one scenario")
        if not run.table("persons", _SAME_PERSONS).equals(first):
            remedy = "set study.persons_seed, so that the seed draws what happens and not who they are"
            raise InputError(f"{run.directory}: has other persons than {runs[0].directory}; {remedy}")


@contextmanager
def _told_of(directory: Path) -> Iterator[None]:
    """Say of which run a fault of the statistics is."""
    try:
        yield
    except TrialError as fault:
        raise InputError(f"{directory}: {fault}") from None
