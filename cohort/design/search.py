"""The search for designs that none dominates: optuna proposes, common draws compare, a race spares replicates.

A batch of candidates is lived side by side, replicate by replicate, with the seeds that every other batch has. After
the second, a candidate that another one surely beats in everything is not lived again. What is found so is too good,
as noise picks winners; so the front is valued anew on seeds that the search has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import FloatDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState
from scipy import stats

from analysis.design.pareto import front
from cohort.design.specification import Axis

STUDY: Final = "optimise"
FIRST: Final = 2  # replicates of every candidate, before the race
_SURE = 0.95  # one-sided, of being worse
_SEEN, _UNFINISHED = "seen", "unfinished"

Method = Literal["nsga2", "tpe"]
Values = dict[str, Any]
Seen = NDArray[np.float64]  # of one candidate, replicates by worlds by what is measured
# Candidates and the number of a replicate; for each what was measured, (worlds, measured), or None where it failed.
Evaluate = Callable[[Sequence[Values], int], Sequence[NDArray[np.float64] | None]]
Watch = Callable[[int, int], None]  # candidates done, of how many


@dataclass(frozen=True)
class Aim:
    """What is measured of each candidate, the first `objectives` of which are to be small, and the limits of any.

    `limits` are the largest permitted means, by place among what is measured.
    """

    measured: tuple[str, ...]
    objectives: int
    limits: Mapping[int, float]

    def violations(self, mean: NDArray[np.float64]) -> list[float]:
        """By how much each limit is exceeded; 0 or below: kept."""
        return [float(mean[place] - limit) for place, limit in self.limits.items()]


@dataclass(frozen=True)
class Tried:
    """One candidate: its levers, what was seen of it (None: it failed), and whether the race dropped it."""

    number: int
    levers: Values
    seen: Seen | None
    dropped: bool

    @property
    def mean(self) -> NDArray[np.float64]:
        """Means over worlds and replicates, shape (measured,); of one that failed NaN."""
        return np.full(1, np.nan) if self.seen is None else self.seen.mean(axis=(0, 1))


def search(
    axes: Mapping[str, Axis],
    aim: Aim,
    evaluate: Evaluate,
    journal: Path | None,
    *,
    method: Method = "nsga2",
    trials: int,
    batch: int,
    replicates: int,
    seed: int = 1,
    watch: Watch | None = None,
) -> list[Tried]:
    """Try `trials` candidates, `batch` at a time, each under at most `replicates`; goes on where the `journal` ends.

    Without a journal nothing is kept. What is proposed depends on the seed and what was tried before alone, so that a
    search that was interrupted between batches gives the same as one that was not; a batch that was cut short is lived
    anew.
    """
    study = _opened(journal, aim)
    _forget_unfinished(study)
    done = [_tried(trial, axes) for trial in _finished(study)]
    while len(done) < trials:
        if watch is not None:
            watch(len(done), trials)
        study.sampler = _sampler(method, seed, len(done), batch)
        asked = [
            study.ask({name: FloatDistribution(0.0, 1.0) for name in axes})
            for _ in range(min(batch, trials - len(done)))
        ]
        levers = [_levers(trial.params, axes) for trial in asked]
        raced = race(levers, aim, evaluate, [one.seen for one in done if one.seen is not None], replicates)
        for trial, (seen, dropped) in zip(asked, raced, strict=True):
            _tell(study, trial, aim, seen, dropped)
        done = [_tried(trial, axes) for trial in _finished(study)]
    if watch is not None:
        watch(len(done), trials)
    return done


def race(
    levers: Sequence[Values], aim: Aim, evaluate: Evaluate, before: Sequence[Seen], replicates: int
) -> list[tuple[Seen | None, bool]]:
    """Live candidates replicate by replicate; for each what was seen, or None, and whether it was dropped.

    `before` are those of earlier batches, under the same seeds, which take part as rivals.
    """
    seen: list[list[NDArray[np.float64]] | None] = [[] for _ in levers]
    dropped = [False] * len(levers)
    for replicate in range(replicates):
        left = [k for k, one in enumerate(seen) if one is not None and not dropped[k]]
        if replicate >= FIRST:
            rivals = [*before, *(np.stack(one) for one in seen if one)]
            for k in left:
                dropped[k] = any(surely_worse(np.stack(seen[k] or []), rival, aim.objectives) for rival in rivals)
            left = [k for k in left if not dropped[k]]
        if not left:
            break
        for k, found in zip(left, evaluate([levers[k] for k in left], replicate), strict=True):
            known = seen[k]
            if found is None or known is None or np.isnan(found).any():
                seen[k] = None
            else:
                known.append(found)
    return [(None if one is None else np.stack(one), gone) for one, gone in zip(seen, dropped, strict=True)]


def surely_worse(one: Seen, other: Seen, objectives: int) -> bool:
    """Whether `one` is worse in something and better in nothing than `other`, beyond the noise between replicates.

    By paired differences of the means over worlds, over the replicates that both have, with one-sided 95% bounds
    (Student's t).
    """
    n = min(len(one), len(other))
    apart = (one[:n, :, :objectives] - other[:n, :, :objectives]).mean(axis=1)
    if n < FIRST:
        return False
    error = apart.std(axis=0, ddof=1) / np.sqrt(n)
    low = apart.mean(axis=0) - stats.t.ppf(_SURE, n - 1) * error
    return bool((low >= 0.0).all() and (low > 0.0).any())


def best(found: Sequence[Tried], aim: Aim) -> list[Tried]:
    """Candidates that none dominates, among those that keep the limits; of equals the first."""
    fit = [one for one in found if one.seen is not None and not one.dropped]
    fit = [one for one in fit if max(aim.violations(one.mean), default=0.0) <= 0.0]
    if not fit:
        return []
    means = np.array([one.mean[: aim.objectives] for one in fit])
    kept = [one for one, on_it in zip(fit, front(means), strict=True) if on_it]
    return list({repr(one.levers): one for one in reversed(kept)}.values())[::-1]


def valued(levers: Sequence[Values], evaluate: Evaluate, first: int, replicates: int) -> list[Seen | None]:
    """Live candidates under `replicates` seeds from number `first` on; None for one that failed."""
    parts = [evaluate(levers, first + k) for k in range(replicates)]
    columns = [[part[place] for part in parts] for place in range(len(levers))]
    return [np.stack([one for one in rows if one is not None]) if all(one is not None for one in rows) else None
            for rows in columns]  # fmt: skip


def _opened(journal: Path | None, aim: Aim) -> optuna.Study:
    """The study in a journal. What a killed process left half written there goes, and so does its lock."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    directions = [StudyDirection.MINIMIZE] * aim.objectives
    if journal is None:
        return optuna.create_study(directions=directions)
    for lock in journal.parent.glob(f"{journal.name}.lock*"):
        lock.unlink()
    if journal.exists() and (raw := journal.read_bytes()) and not raw.endswith(b"\n"):
        journal.write_bytes(raw[: raw.rfind(b"\n") + 1])
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return optuna.create_study(storage=storage, study_name=STUDY, load_if_exists=True, directions=directions)


def _sampler(method: Method, seed: int, number: int, batch: int) -> BaseSampler:
    """One for each batch, so that what it draws does not depend on how many were drawn in this process."""
    drawn = int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
    if method == "nsga2":
        return NSGAIISampler(population_size=batch, seed=drawn)
    return TPESampler(n_startup_trials=batch, multivariate=True, constant_liar=True, seed=drawn)


def _tell(study: optuna.Study, trial: Trial, aim: Aim, seen: Seen | None, dropped: bool) -> None:
    if seen is None:
        study.tell(trial, state=TrialState.FAIL)
        return
    mean = seen.mean(axis=(0, 1))
    trial.set_user_attr(_SEEN, {"values": seen.tolist(), "dropped": dropped})
    for place, excess in zip(aim.limits, aim.violations(mean), strict=True):
        trial.set_constraint(aim.measured[place], excess)
    study.tell(trial, [float(one) for one in mean[: aim.objectives]])


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL))
    return [trial for trial in trials if _UNFINISHED not in trial.user_attrs]


def _forget_unfinished(study: optuna.Study) -> None:
    """Trials that were begun by a process that is no more are lived anew, as others."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        again = Trial(study, trial._trial_id)
        again.set_user_attr(_UNFINISHED, True)
        study.tell(again, state=TrialState.FAIL)


def _levers(params: Mapping[str, Any], axes: Mapping[str, Axis]) -> Values:
    return {name: axis.at(float(params[name])) for name, axis in axes.items()}


def _tried(trial: FrozenTrial, axes: Mapping[str, Axis]) -> Tried:
    told = trial.user_attrs.get(_SEEN)
    levers = _levers(trial.params, axes)
    if told is None:
        return Tried(trial.number, levers, None, False)
    return Tried(trial.number, levers, np.array(told["values"]), bool(told["dropped"]))
