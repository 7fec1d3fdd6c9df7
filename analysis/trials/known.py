"""What the chapter on a trial works with, read from its frames once."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.trials.effects import effects
from analysis.trials.given import Trial
from analysis.trials.trial import comparison, observed

CALL = "known = analysis.trials.known.know(trial); "


@dataclass(frozen=True)
class Known:
    """`seen` as from `trial.observed`, `truth` as from `effects.effects`, `compared` as from `trial.comparison`."""

    seen: pd.DataFrame
    truth: pd.DataFrame
    compared: pd.DataFrame


def seen(trial: Trial) -> pd.DataFrame:
    """What the trial saw, a row a person and outcome: see `trial.observed`."""
    return observed(trial.scores, trial.allocation, trial.outcomes, trial.mixed, trial.randomized)


def know(trial: Trial) -> Known:
    """What was seen, what is true, and both side by side. Raises TrialError where the frames allow no comparison."""
    found = seen(trial)
    truth = effects(trial.scores, trial.allocation, trial.arms, trial.reference, trial.outcomes)
    return Known(found, truth, comparison(found, truth, trial.arms, trial.reference, trial.outcomes))
