"""Pools of persons that a larger trial is drawn from: everybody under two arms of a run, at each assessment."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design.power import Pool, merged
from analysis.trials.outcome import Outcome, TrialError, at, persons_of, under
from analysis.trials.trial import baseline
from cohort import trial_results
from cohort.errors import InputError, did_you_mean
from cohort.measurements import known
from cohort.run_data import RunData
from cohort.state import TRAIT_COLUMNS
from cohort.trial_results import Trial

_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_QUESTION = re.compile(r"^\s*([\w-]+)\s*(>=|<=|==|>|<)\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True)
class Comparison:
    """One arm against the reference in one outcome at one assessment, and the share that such a trial loses by then."""

    arm: str
    pool: Pool
    attrition: float


def comparisons(
    runs: Sequence[RunData], outcome: str | None, arm: str | None, subgroup: str | None, attrition: float | None
) -> list[Comparison]:
    """What a trial of these persons could ask: each outcome, at each assessment of its instrument after the arms part.

    `runs` are of one scenario, each with another seed; their lives make one pool.
    Of all outcomes and arms where none is named. `subgroup` is a question such as ``adversity >= 4`` about what
    `cohort.measurements.known` or a trait tells. The share lost is that of the first run's own trial by then, unless
    `attrition` is given. Raises InputError for a name that is not there, or a question that is none.
    """
    trials = [trial_results.trial(run) for run in runs]
    first = trials[0]
    others = [name for name in first.arms if name != first.reference]
    for given, there in ((arm, others), (outcome, [one.name for one in first.outcomes])):
        if given is not None and given not in there:
            close = did_you_mean(given, there)
            raise InputError(f"{first.directory}: no '{given}'{close}; there are: {', '.join(there)}")
    found = []
    try:
        eligible = [persons_of(one.allocation, one.allocation["eligible"].to_numpy(bool)) for one in trials]
        inside = [
            None if subgroup is None else _inside(run, subgroup, who) for run, who in zip(runs, eligible, strict=True)
        ]
        for one in _assessments(first, outcome):
            lost = _lost(first, one) if attrition is None else attrition
            for name in others if arm is None else [arm]:
                parts = zip(trials, eligible, inside, strict=True)
                found.append(Comparison(name, merged([_pool(t, one, name, who, sub) for t, who, sub in parts]), lost))
    except TrialError as fault:
        raise InputError(f"{first.directory}: {fault}") from None
    return found


def _assessments(trial: Trial, wanted: str | None) -> list[Outcome]:
    """The outcomes, and each of them at the other assessments of its instrument; one an assessment and cut-off."""
    first = -1 if trial.randomized is None else trial.randomized
    chosen = [outcome for outcome in trial.outcomes if wanted in (None, outcome.name)]
    found: dict[tuple[str, int, float | None], Outcome] = {}
    for outcome in chosen:
        found[outcome.instrument, outcome.minute, outcome.cutoff] = outcome
    for outcome in chosen:
        mine = trial.scores[(trial.scores["instrument"] == outcome.instrument).to_numpy(bool)]
        mine = mine[mine["arm"].notna().to_numpy(bool)]
        for minute in sorted(int(one) for one in mine["minute"].unique() if one > first):
            named = outcome.instrument if outcome.cutoff is None else f"{outcome.instrument} case"
            found.setdefault((outcome.instrument, minute, outcome.cutoff), replace(outcome, name=named, minute=minute))
    return sorted(found.values(), key=lambda one: (one.instrument, one.cutoff is not None, one.minute))


def _pool(
    trial: Trial, outcome: Outcome, arm: str, persons: NDArray[np.int64], inside: NDArray[np.bool_] | None
) -> Pool:
    rows = at(trial.scores, outcome)

    def read(which: str, column: str) -> NDArray[np.float64]:
        return outcome.values(under(rows, which, column)).reindex(persons).to_numpy()

    return Pool(
        outcome,
        read(arm, "score"),
        read(trial.reference, "score"),
        baseline(trial.scores, outcome, persons, trial.randomized),
        read(arm, "state") - read(trial.reference, "state"),
        inside,
    )


def _lost(trial: Trial, outcome: Outcome) -> float:
    """Share of the randomized whom the run's own trial had lost by the assessment; 0 where nobody was randomized."""
    mine = trial.allocation[trial.allocation["arm"].notna().to_numpy(bool)]
    lost = mine["lost"].to_numpy(np.float64, na_value=np.nan)
    return float((lost <= outcome.minute).mean()) if len(mine) else 0.0


def _inside(run: RunData, question: str, persons: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = _QUESTION.match(question)
    if found is None:
        raise InputError(f"--subgroup '{question}': no question; write one such as 'adversity >= 4'")
    name, sign, number = found.groups()
    measures: pd.DataFrame = known(run, {name: 1.0} if name in TRAIT_COLUMNS else {})[0]
    if name not in measures:
        close = did_you_mean(name, [*measures, *TRAIT_COLUMNS])
        raise InputError(
            f"--subgroup: no measurement '{name}'{close}; there are: {', '.join(map(str, measures))}, and the traits"
        )
    inside = _SIGNS[sign](measures[name].reindex(persons), float(number)).to_numpy(bool)
    if inside.all() or not inside.any():
        raise InputError(
            f"--subgroup '{question}': holds for {'all' if inside.all() else 'none'} of {len(inside)} persons"
        )
    return inside
