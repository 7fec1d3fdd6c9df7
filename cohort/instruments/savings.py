"""Savings: how much less work it takes to learn again.

With ``strength`` the mean of the elements, hippocampal or cortical::

    state = min(ln(1 - strength) / ln(1 - savings_criterion), 1)
    taken = trials (1 - state) + sqrt(trials (1 - state)) N(0, 1)             # rounded, within 0 to trials
    score = 1 - taken / trials
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.state import ELEMENTS
from cohort.strict import number

declare(
    "savings",
    param("savings_criterion", 0.9343, "strength", 0.2, 0.95,
        "fitted to savings of lists recited twice without fault, Murre & Dros 2015, 10.1371/journal.pone.0120644 "
        "(data/calibration/default.toml)", "calibrated",
        "mean strength of the elements at which relearning stops"),
)  # fmt: skip


class Savings(Instrument):
    """Share of the work that relearning the scene to a criterion saves.

    A trial of learning takes strength a towards 1 by ``da = gain (1 - a)``, so reaching a takes work ``-ln(1 - a)``:
    saved is the part that the strength now holds of what the criterion needs. The score is counted in whole `trials`;
    each has its own luck, so that their number varies as a Poisson count does. Undefined without a trace.
    """

    low = 0.0
    high = 1.0
    unit = "share"
    better = "higher"

    kind: Literal["savings"]
    trials: int = number(20, 1, 200, "number of trials that learning to the criterion takes at first")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        strength = np.mean([seen[f"strength_{e}"] for e in ELEMENTS], axis=0)
        needed = -np.log1p(-seen.parameters["savings_criterion"])
        saved = np.minimum(-np.log1p(-np.minimum(strength, 1.0 - 1e-9)) / needed, 1.0)
        expected = self.trials * (1.0 - saved)
        taken = np.clip(np.round(expected + np.sqrt(expected) * draws.normals()), 0.0, self.trials)
        return Read(seen.where_held(saved), seen.where_held(1.0 - taken / self.trials))
