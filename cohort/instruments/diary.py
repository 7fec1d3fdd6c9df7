"""The diary of intrusions: what was noted of what came.

With ``came`` the number of intrusions since the last reading::

    noted ~ Binomial(came, diary_electronic)              # in an electronic diary
    noted ~ Binomial(came, diary_paper)                   # or on paper
"""

from __future__ import annotations

from math import inf
from typing import Literal, override

import numpy as np

from cohort.instruments.error import binomial
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.strict import key

declare(
    "diary",
    param("diary_electronic", 0.94, "share", 0.0, 1.0,
        "Stone et al. 2003, 10.1016/S0197-2456(02)00320-3: entries made in time in an electronic diary, 21 days, 40 "
        "patients", "measured", "share of intrusions that are noted in an electronic diary"),
    param("diary_paper", 0.11, "share", 0.0, 1.0,
        "Stone et al. 2003, 10.1016/S0197-2456(02)00320-3: entries made in time on paper, counted without the "
        "patients' knowledge (90% were handed in)", "measured", "share of intrusions that are noted on paper"),
)  # fmt: skip


class IntrusionDiary(Instrument):
    """Number of intrusions of the scene noted since the last reading.

    Each intrusion is noted or forgotten by itself, with the published compliance of the medium. Undefined at a first
    reading at the very start, when no time has passed.
    """

    low = 0.0
    high = inf
    unit = "intrusions"
    better = "lower"

    kind: Literal["intrusion-diary"]
    medium: Literal["electronic", "paper"] = key("electronic", "what is written in; it decides how much is noted")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        came = np.where(seen["days"] > 0.0, seen["intrusions"], np.nan)
        noted = binomial(seen["intrusions"], seen.parameters[f"diary_{self.medium}"], draws.uniforms())
        return Read(came, np.where(np.isnan(came), np.nan, noted))
