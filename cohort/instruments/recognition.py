"""Recognition: old or new, for the scene's own pictures and for foils.

With ``y`` the activation that a picture brings, ``target`` or ``foil``::

    old = 1 / (1 + exp((criterion - y) / recall_noise))        # probability of calling it old
    criterion = (target + foil) / 2
    state = old(target) - old(foil)
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.strict import number


class Recognition(Instrument):
    """Hits less false alarms, in shares of the trials with the scene's own pictures and with as many foils.

    A picture is called old when the activation that it brings, with the noise of a recall, passes the criterion: for a
    target that of the scene's memory, for a foil the greatest of any memory that shares features with it by chance. The
    criterion lies midway between the two, where an observer without bias puts it; so it is the higher, the better
    a list was learned (Stretch & Wixted 1998, 10.1037/0278-7393.24.6.1379), and what fades is never recognized better.
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

        target, foil = seen["familiarity"], seen["familiarity_foil"]
        hit = 1.0 / (1.0 + np.exp(0.5 * (foil - target) / c["recall_noise"]))
        return hit, 1.0 - hit
