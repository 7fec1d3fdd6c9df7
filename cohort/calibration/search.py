"""The search: trials of sets of values, chosen by optuna from what the trials before have shown, kept in a journal.

Every trial is lived with the same seed (common draws), so that two sets differ by their values and not by luck. The
first trials are the values to start from and a Sobol sequence; then comes a multivariate tree-structured Parzen
estimator. What it draws depends on the seed, the trial's number and the trials that are done, so that with one worker a
search that was interrupted gives the same trials as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from cohort.calibration.misfit import Job, Look, Misfit, Seen, accepted, loss, misfit, residuals
from cohort.calibration.specification import Specification
from cohort.parameters import table
from cohort.targets import Target

STUDY: Final = "calibration"
_SEEN: Final = "seen"


@dataclass(frozen=True)
class Tried:
    """One trial. `loss` is the sum of squared residuals; of one that was given up, of those that were seen."""

    number: int
    values: dict[str, float]
    seen: Seen
    residuals: dict[str, float]
    loss: float
    given_up: bool
    accepted: bool


Watch = Callable[[Tried], None]


def unit(spec: Specification, values: dict[str, float]) -> NDArray[np.float64]:
    """Values (free,) as shares of their ranges, on the scale on which each is searched."""
    out = []
    for name, told in spec.free.items():
        scale = math.log if told.log else float
        low, high = scale(told.low), scale(told.high)
        out.append((scale(values[name]) - low) / (high - low))
    return np.array(out)


def values_at(spec: Specification, shares: NDArray[np.float64]) -> dict[str, float]:
    """Values at such shares (free,) of their ranges."""
    out = {}
    for (name, told), share in zip(spec.free.items(), shares, strict=True):
        if told.log:
            value = math.exp(math.log(told.low) + float(share) * (math.log(told.high) - math.log(told.low)))
        else:
            value = told.low + float(share) * (told.high - told.low)
        out[name] = min(max(value, told.low), told.high)
    return out


def search(
    spec: Specification, journal: Path, look: Look, workers: Executor, number: int = 1, watch: Watch | None = None
) -> list[Tried]:
    """Try until the trials of `journal` are as many as `spec` wants, `number` at a time; all of them, by number.

    Goes on where the journal ends. `watch` is told of each that is done, and first of those done before.
    """
    rows = spec.rows
    study = _opened(journal)
    _begin(study, spec)
    if watch is not None:
        for before in _tried(study, spec, rows):
            watch(before)
    running: dict[Future[Misfit], Trial] = {}
    chosen = _chosen(study, spec)
    while True:
        while len(running) < number and (trial := next(chosen, None)) is not None:
            job = Job(dict(trial.params), spec.seed, limit=_limit(study, spec, trial.number))
            running[workers.submit(misfit, job, rows, look)] = trial
        if not running:
            return _tried(study, spec, rows)
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda one: running[one].number):
            told = _tell(study, running.pop(future), future.result(), rows)
            if watch is not None:
                watch(_one(told, spec, rows))


def _opened(journal: Path) -> optuna.Study:
    """The study in a journal. What a killed process left half written there goes, and so does its lock."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for lock in journal.parent.glob(f"{journal.name}.lock*"):
        lock.unlink()
    if journal.exists() and (raw := journal.read_bytes()) and not raw.endswith(b"\n"):
        journal.write_bytes(raw[: raw.rfind(b"\n") + 1])
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return optuna.create_study(storage=storage, study_name=STUDY, load_if_exists=True, sampler=_sampler(0, 0))


def _sampler(seed: int, trial: int) -> optuna.samplers.TPESampler:
    """One for each trial, so that what it draws does not depend on how many were drawn in this process."""
    drawn = int(np.random.SeedSequence((seed, trial)).generate_state(1)[0])
    return optuna.samplers.TPESampler(n_startup_trials=0, multivariate=True, constant_liar=True, seed=drawn)


def _begin(study: optuna.Study, spec: Specification) -> None:
    """Queue the first trials, as far as they are not: the values to start from, within their ranges, and Sobol's."""
    from scipy.stats import qmc

    known = table()
    stand = {
        name: min(max(known[name].value if told.start is None else told.start, told.low), told.high)
        for name, told in spec.free.items()
    }
    spread = qmc.Sobol(len(spec.free), rng=spec.seed).random_base2(max(0, math.ceil(math.log2(spec.startup))))
    first = [stand, *(values_at(spec, shares) for shares in spread)][: spec.startup]
    for values in first[len(study.get_trials(deepcopy=False)) :]:
        study.enqueue_trial(values)


def _chosen(study: optuna.Study, spec: Specification) -> Iterator[Trial]:
    """Trials to be lived: first those that were begun and not finished, then new ones."""
    over: dict[str, BaseDistribution] = {
        name: FloatDistribution(told.low, told.high, log=told.log) for name, told in spec.free.items()
    }
    asked = [t for t in study.get_trials(deepcopy=False) if t.state != TrialState.WAITING]
    for begun in [t for t in asked if t.state == TrialState.RUNNING]:
        study.sampler = _sampler(spec.seed, begun.number)
        trial = Trial(study, begun._trial_id)
        for name, told in spec.free.items():
            trial.suggest_float(name, told.low, told.high, log=told.log)
        yield trial
    for number in range(len(asked), spec.trials):
        study.sampler = _sampler(spec.seed, number)
        yield study.ask(over)


def _limit(study: optuna.Study, spec: Specification, number: int) -> float:
    """Loss beyond which a trial is neither acceptable nor the best; the first ones are seen through."""
    if number < spec.startup:
        return math.inf
    done = [t.value for t in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)) if t.value is not None]
    return max(len(spec.rows) * spec.accept**2, min(done, default=math.inf))


def _tell(study: optuna.Study, trial: Trial, found: Misfit, rows: Sequence[Target]) -> FrozenTrial:
    trial.set_user_attr(_SEEN, found.seen)
    so_far = loss(residuals(found.seen, rows))
    if found.given_up:
        trial.report(so_far, step=len(found.seen))
        return study.tell(trial, state=TrialState.PRUNED)
    return study.tell(trial, so_far)


def _tried(study: optuna.Study, spec: Specification, rows: Sequence[Target]) -> list[Tried]:
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [_one(trial, spec, rows) for trial in done]


def _one(trial: FrozenTrial, spec: Specification, rows: Sequence[Target]) -> Tried:
    seen: Seen = {key: (value, se) for key, (value, se) in trial.user_attrs[_SEEN].items()}
    found = residuals(seen, rows)
    given_up = trial.state == TrialState.PRUNED
    values = {name: float(trial.params[name]) for name in spec.free}
    fits = not given_up and accepted(found, spec.accept)
    return Tried(trial.number, values, seen, found, loss(found), given_up, fits)
