"""The search for designs that none dominates: optuna proposes, common draws compare, a race spares replicates.

A batch of candidates is lived side by side, replicate by replicate, with the seeds that every other batch has. After
the second, a candidate that another one surely beats in everything is not lived again. What is found so is too good,
as noise picks winners; so the front is valued anew on seeds that the search has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import FloatDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import Trial, TrialState
from scipy import stats

from analysis.design.pareto import front
from cohort.design.specification import Axis

FIRST: Final = 2  # replicates of every candidate, before the race
_SURE = 0.95  # one-sided, of being worse

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

    def keeps(self, seen: Seen) -> bool:
        """Whether the means of what was seen of a candidate keep all limits."""
        return max(self.violations(seen.mean(axis=(0, 1))), default=0.0) <= 0.0


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
    *,
    method: Method = "nsga2",
    trials: int,
    batch: int,
    replicates: int,
    seed: int = 1,
    watch: Watch | None = None,
) -> list[Tried]:
    """Try `trials` candidates, `batch` at a time, each under at most `replicates`.

    What is proposed depends on the seed and on what came of earlier batches alone. So a search that was stopped is gone
    through again from its beginning, by an `evaluate` that knows its earlier answers, and comes to the same end.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(directions=[StudyDirection.MINIMIZE] * aim.objectives)
    done: list[Tried] = []
    while len(done) < trials:
        if watch is not None:
            watch(len(done), trials)
        study.sampler = _sampler(method, seed, len(done), batch)
        asked = [
            study.ask({name: FloatDistribution(0.0, 1.0) for name in axes})
            for _ in range(min(batch, trials - len(done)))
        ]
        levers = [{name: axis.at(float(trial.params[name])) for name, axis in axes.items()} for trial in asked]
        raced = race(levers, aim, evaluate, [one.seen for one in done if one.seen is not None], replicates)
        for trial, values, (seen, dropped) in zip(asked, levers, raced, strict=True):
            done.append(Tried(trial.number, values, seen, dropped))
            _tell(study, trial, aim, done[-1])
    if watch is not None:
        watch(len(done), trials)
    return done


def race(
    levers: Sequence[Values], aim: Aim, evaluate: Evaluate, before: Sequence[Seen], replicates: int
) -> list[tuple[Seen | None, bool]]:
    """Live candidates replicate by replicate; for each what was seen, or None, and whether it was dropped.

    `before` are those of earlier batches, under the same seeds, which take part as rivals. Who exceeds a limit is none.
    """
    seen: list[list[NDArray[np.float64]] | None] = [[] for _ in levers]
    dropped = [False] * len(levers)
    for replicate in range(replicates):
        left = [k for k, one in enumerate(seen) if one is not None and not dropped[k]]
        if replicate >= FIRST:
            rivals = [one for one in (*before, *(np.stack(one) for one in seen if one)) if aim.keeps(one)]
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
    fit = [one for one in found if one.seen is not None and not one.dropped and aim.keeps(one.seen)]
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


def _sampler(method: Method, seed: int, number: int, batch: int) -> BaseSampler:
    """One for each batch: what it draws does not depend on how much was drawn for those before."""
    drawn = int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
    if method == "nsga2":
        return NSGAIISampler(population_size=batch, seed=drawn)
    return TPESampler(n_startup_trials=batch, multivariate=True, constant_liar=True, seed=drawn)


def _tell(study: optuna.Study, trial: Trial, aim: Aim, tried: Tried) -> None:
    if tried.seen is None:
        study.tell(trial, state=TrialState.FAIL)
        return
    for place, excess in zip(aim.limits, aim.violations(tried.mean), strict=True):
        trial.set_constraint(aim.measured[place], excess)
    study.tell(trial, [float(one) for one in tried.mean[: aim.objectives]])
