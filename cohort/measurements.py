"""What would be known of each person of a trial when its arms part, and the lives that a policy is learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import pandas as pd

from analysis.design.lives import Lives
from analysis.design.measurement import measured
from analysis.trials.outcome import Outcome, TrialError
from cohort import trial_results
from cohort.codebook import tables
from cohort.errors import InputError, did_you_mean
from cohort.instruments.background import MOST_ADVERSE
from cohort.parameters import table
from cohort.run_data import RunData
from cohort.state import TRAIT_COLUMNS

ASKED, READ, DIARY, GENES, TRAITS = "asked", "instruments", "diary", "genes", "traits"
_ADVERSITY, _FEMALE, _AGE, _EARLY = "adversity", "female", "age", "early-intrusions"


@dataclass(frozen=True)
class Material:
    """Lives under every arm with what was measured of them, and how each measurement came about.

    `about` has measurement, kind and error (how it errs); `left_out` counts lives in which the outcome is undefined
    under some arm, `eligible` all.
    """

    lives: Lives
    about: pd.DataFrame
    eligible: int
    left_out: int

    @property
    def sets(self) -> dict[str, list[str]]:
        """Measurements by kind, where a kind has several."""
        found = {str(kind): list(rows["measurement"]) for kind, rows in self.about.groupby("kind", sort=False)}
        return {kind: names for kind, names in found.items() if len(names) > 1}


def outcome_of(run: RunData, name: str | None) -> Outcome:
    """The outcome of this name, by default the first. Raises InputError for a run without it."""
    there = {outcome.name: outcome for outcome in trial_results.trial(run).outcomes}
    if name is None:
        return next(iter(there.values()))
    if name not in there:
        raise InputError(f"no outcome '{name}'{did_you_mean(name, there)}; there are: {', '.join(there)}")
    return there[name]


def material(runs: Sequence[RunData], name: str | None, asked_for: Mapping[str, float]) -> Material:
    """The lives of eligible persons over the seeds of `runs`, with what is measured before the arms part.

    That is: sex and age; adversity as the questionnaire errs about it; each instrument's last score; intrusions of
    the focus up to then, as a diary without gaps would count them; alleles and polygenic scores that the scenario
    asks for; and the traits of `asked_for`, with these reliabilities (see `analysis.design.measurement.measured`).
    Raises InputError for an unknown trait, a reliability out of range, or runs that hold no such trial.
    """
    outcome = outcome_of(runs[0], name)
    for trait, reliability in asked_for.items():
        if trait not in TRAIT_COLUMNS:
            close = did_you_mean(trait, TRAIT_COLUMNS)
            raise InputError(f"no trait '{trait}'{close}; permitted: {', '.join(TRAIT_COLUMNS)}")
        if not 0.0 < reliability <= 1.0:
            raise InputError(f"reliability of {trait} = {reliability:g}; permitted: above 0, to 1")
    parts, about, eligible = [], pd.DataFrame(), 0
    for run in runs:
        trial = trial_results.trial(run)
        found = trial.effects
        mine = found[(found["outcome"] == outcome.name).to_numpy(bool)]
        under = mine.pivot(index="person", columns="arm", values="under_arm")
        under.insert(0, trial.reference, mine.groupby("person")["under_reference"].first())
        eligible += len(under)
        under = under.dropna()
        measures, about = known(run, asked_for)
        parts.append((run.provenance.seed, under, measures.reindex(under.index)))
    person = np.concatenate([under.index.to_numpy(np.int64) for _, under, _ in parts])
    seed = np.concatenate([np.full(len(under), seed, dtype=np.int64) for seed, under, _ in parts])
    measurements = pd.concat([measures for _, _, measures in parts], ignore_index=True)
    outcomes = np.vstack([under.to_numpy(np.float64) for _, under, _ in parts])
    try:
        lives = Lives(person, seed, measurements, outcomes, tuple(map(str, parts[0][1])), outcome)
    except TrialError as fault:
        raise InputError(f"{runs[0].directory}: {fault}") from None
    return Material(lives, about, eligible, eligible - len(person))


def known(run: RunData, asked_for: Mapping[str, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What `material` says is measured of each person of one run, by person, and a row about each measurement."""
    persons = run.table("persons").set_index("id").rename_axis("person")
    study, parameters = run.provenance.study, run.provenance.parameters
    found: dict[str, pd.Series] = {
        _FEMALE: (persons["sex"] == "female").astype(np.float64),
        _AGE: persons["age"].astype(np.float64),
        _ADVERSITY: _reported(persons["ace"], parameters, run.provenance.seed),
    }
    rows = [
        (_FEMALE, ASKED, "none"), (_AGE, ASKED, "none"), (_ADVERSITY, ASKED, "as the questionnaire of adversity errs"),
    ]  # fmt: skip
    first = study.get("randomized")
    before = [] if first is None else [("minute", "<=", first)]
    scores = run.table("scores", ["arm", "person", "minute", "instrument", "score"], before)
    scores = scores[scores["arm"].isna().to_numpy(bool)].sort_values("minute", kind="stable")
    for name, told in scores.groupby("instrument", observed=True, sort=True):
        last = told.groupby("person")["score"].last()
        found[str(name)] = last.astype(np.float64)
        rows.append((str(name), READ, "as the instrument errs"))
    if first is not None and run.rows.get("intrusions"):
        filters = [("minute", "<=", first), ("episode", "==", study["focus"])]
        came = run.table("intrusions", ["arm", "person"], filters)
        came = came[came["arm"].isna().to_numpy(bool)]
        found[_EARLY] = came.groupby("person").size().reindex(persons.index, fill_value=0).astype(np.float64)
        rows.append((_EARLY, DIARY, "none: a diary without gaps"))
    for name in _genes(persons):
        found[name] = persons[name].astype(np.float64)
        rows.append((name, GENES, "none"))
    for trait, reliability in asked_for.items():
        rng = np.random.default_rng([run.provenance.seed, crc32(trait.encode())])
        truth = persons[trait].to_numpy(np.float64)
        found[trait] = pd.Series(measured(truth, reliability, rng), persons.index)
        rows.append((trait, TRAITS, f"reliability {reliability:g}"))
    frame = pd.DataFrame({name: column.reindex(persons.index) for name, column in found.items()})
    return frame, pd.DataFrame(rows, columns=["measurement", "kind", "error"])


def _reported(ace: pd.Series, parameters: Mapping[str, float], seed: int) -> pd.Series:
    """Kinds of adversity that a questionnaire would hear of: see `instruments.background.AdversityQuestionnaire`."""
    rng = np.random.default_rng([seed, crc32(_ADVERSITY.encode())])
    true = ace.to_numpy(np.int64).clip(0, MOST_ADVERSE)
    declared = table()  # for a run of a version that had no such parameter
    chance = {name: parameters.get(name, declared[name].value) for name in ("adversity_noticed", "adversity_imagined")}
    noticed = rng.binomial(true, chance["adversity_noticed"])
    imagined = rng.binomial(MOST_ADVERSE - true, chance["adversity_imagined"])
    return pd.Series((noticed + imagined).astype(np.float64), ace.index)


def _genes(persons: pd.DataFrame) -> list[str]:
    """Columns of alleles and of polygenic scores: what stands after the traits."""
    usual = {column.name for column in tables()["persons"].columns}
    return [str(name) for name in persons if name not in usual and persons[name].dtype != bool]
