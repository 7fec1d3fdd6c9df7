"""Recognition: old or new, for the scene's own pictures and for foils."""

from __future__ import annotations

from typing import Literal, override

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.strict import number

declare(
    "recognition",
    param("recognition_criterion", 0.2, "activation", 0.02, 0.6,
        "chosen: just below the threshold of recall, under the whole as a cue", "assumed",
        "activation from which on a picture is called old in half of the trials"),
)  # fmt: skip


class Recognition(Instrument):
    """Hits less false alarms, in shares of the trials with the scene's own pictures and with as many foils.

    A picture is called old when the activation that it brings, with the noise of a recall, passes the criterion: for a
    target that of the scene's memory, for a foil the greatest of any memory that shares features with it by chance.
    The measure is that of two high thresholds (Snodgrass & Corwin 1988, 10.1037/0096-3445.117.1.34). The score counts
    trials; its retest correlation follows from the memories and `trials`. Undefined without a trace.
    """

    low = -1.0
    high = 1.0
    unit = "share"
    better = "higher"

    kind: Literal["recognition"]
    trials: int = number(20, 1, 200, "number of targets, and of foils")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        hit, alarm = self.chances(seen)
        hits = draws.successes(self.trials, hit)
        alarms = draws.successes(self.trials, alarm, first=self.trials)
        return Read(seen.where_held(hit - alarm), seen.where_held((hits - alarms) / self.trials))

    def chances(self, seen: Seen) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probability of calling old a target and a foil, each of shape (n,)."""
        c = seen.parameters

        def old(activation: NDArray[np.float64]) -> NDArray[np.float64]:
            return 1.0 / (1.0 + np.exp((c["recognition_criterion"] - activation) / c["recall_noise"]))

        return old(seen["familiarity"]), old(seen["familiarity_foil"])
