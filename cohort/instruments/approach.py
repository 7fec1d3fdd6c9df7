"""Approach: how often what was rewarded is chosen over what was not.

A softmax of two options, of which one has no value::

    state = 1 / (1 + exp(-approach_slope a_N))
    score ~ Binomial(trials, state) / trials
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.strict import number

declare(
    "approach",
    param("approach_slope", 2.0, "1/strength", 0.1, 20.0,
        "chosen: of the order of inverse temperatures fitted to human choice", "assumed",
        "rise of the log odds of choosing with the strength of the reward memory"),
)  # fmt: skip


class ApproachChoice(Instrument):
    """Per cent of choices of the scene's option over one of no value.

    The log odds of a choice are `approach_slope` times the strength towards the accumbens (a softmax of two options).
    The score counts `trials` choices; its retest correlation follows from the memories and `trials`. Undefined without
    a trace.
    """

    low = 0.0
    high = 100.0
    unit = "%"
    better = "higher"

    kind: Literal["approach-choice"]
    trials: int = number(40, 1, 400, "number of choices")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        chance = 1.0 / (1.0 + np.exp(-seen.parameters["approach_slope"] * seen["approach"]))
        chosen = draws.successes(self.trials, chance) / self.trials
        return Read(seen.where_held(100.0 * chance), seen.where_held(100.0 * chosen))
