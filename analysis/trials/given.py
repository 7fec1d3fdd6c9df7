"""What the chapter on a trial is given."""

from __future__ import annotations

from typing import Protocol

import pandas as pd

from analysis.trials.outcome import Outcome


class Trial(Protocol):
    """A trial: arms, outcomes, and frames in the shapes that the functions named take."""

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms."""
        ...

    @property
    def reference(self) -> str:
        """The arm that the others are held against."""
        ...

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What is compared."""
        ...

    @property
    def scores(self) -> pd.DataFrame:
        """See `analysis.trials.trial.observed`."""
        ...

    @property
    def allocation(self) -> pd.DataFrame:
        """See `analysis.trials.trial.observed`."""
        ...

    @property
    def sessions(self) -> pd.DataFrame:
        """See `analysis.trials.consort.consort`."""
        ...

    @property
    def measures(self) -> pd.DataFrame | None:
        """See `analysis.trials.mechanisms.mediation`; None where nothing was measured."""
        ...

    @property
    def mixed_measures(self) -> pd.DataFrame | None:
        """See `analysis.trials.mechanisms.mediation`."""
        ...

    @property
    def mixed(self) -> pd.DataFrame | None:
        """See `analysis.trials.trial.observed`."""
        ...

    @property
    def randomized(self) -> int | None:
        """Minute of randomization, where it is known."""
        ...
