"""The interview by a clinician: ratings of symptoms by one of several raters, who may know the arm.

With ``known`` 1 where a rater who is not blinded rates a treated person, else 0, and ``erring`` a draw of `error`::

    caps5 = 80 (5 intrusive + 2 avoiding + 7 mood + 6 aroused) / 20
    score = erring + leaning - observer_bias caps5_spread known
    leaning = sqrt(1 - caps5_interrater) caps5_spread N(0, 1)  # of the rater
    retest = caps5_retest / caps5_interrater                   # among the persons of one rater
    sd = sqrt(caps5_interrater) caps5_spread / 80
    cutoff = caps5_cutoff                                      # of a case
    margin = caps5_margin                                      # smallest difference that matters
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.instruments.scales import MOST, erring
from cohort.instruments.symptoms import clusters
from cohort.parameters import declare, param
from cohort.strict import key, number

_WEATHERS = "Weathers et al. 2018, 10.1037/pas0000486"

declare(
    "clinician",
    param("caps5_retest", 0.78, "1", 0.3, 0.9, f"{_WEATHERS}: ICC .78 of total severity", "measured",
        "retest correlation of the CAPS-5 by two interviewers"),
    param("caps5_interrater", 0.91, "1", 0.8, 0.999, f"{_WEATHERS}: ICC .91 of total severity", "measured",
        "correlation of two raters of one CAPS-5 interview"),
    param("caps5_spread", 10.0, "points", 3.0, 25.0,
        "set so that with this retest correlation a change of 13 points is reliable, 1.96 times the standard error of "
        "a difference: 13 and 12 in two samples of veterans, Marx et al. 2022, Psychol Assess 34:197", "calibrated",
        "standard deviation of the CAPS-5 in the sample of its retest correlation"),
    param("caps5_cutoff", 23.0, "points", 15.0, 45.0, "chosen: start of the range called moderate in use", "assumed",
        "CAPS-5 from which on a person counts as a case"),
    param("caps5_margin", 13.0, "points", 1.0, 30.0,
        "Marx et al. 2022, Psychol Assess 34:197: reliable change 13 and 12 in two samples of veterans", "measured",
        "smallest difference of the CAPS-5 that matters"),
    param("observer_bias", 0.23, "SD", 0.0, 1.0,
        "Hróbjartsson et al. 2013, 10.1503/cmaj.120744: assessors who knew the arm found effects .23 SD greater, "
        ".06 to .40, 16 trials", "measured", "shift of the ratings of treated persons by raters who know the arm"),
)  # fmt: skip


class Clinician(Instrument):
    """Clinician-Administered PTSD Scale for DSM-5: 20 symptoms rated 0 to 4, 0 to 80, about the time since the last
    reading.

    The items are those of the PCL-5 (see `symptoms`). A person keeps one of `raters` raters, each with a leaning of
    their own of variance ``(1 - interrater) spread**2``, by normal quantile; the rest of the error that the retest
    correlation implies is of the occasion. Raters who are not blinded rate the treated (`treated` in what is seen: who
    is in another arm than the reference) `observer_bias` standard deviations lower. Neither touches the state.
    """

    low = 0.0
    high = MOST * 20
    unit = "points"
    better = "lower"
    margin_parameter = "caps5_margin"
    cutoff_parameter = "caps5_cutoff"

    kind: Literal["clinician"]
    raters: int = number(4, 1, 1000, "number of raters among whom the persons are shared")
    blinded: bool = key(True, "whether the raters do not know the arm")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        total = np.average(np.stack(clusters(seen)), axis=0, weights=(5, 2, 7, 6))
        spread, between = c["caps5_spread"], 1.0 - c["caps5_interrater"]
        rater = np.floor(self.raters * draws.lasting_uniforms()).astype(np.int64)
        leaning = np.sqrt(between) * spread * draws.lasting_normals(whose=rater, index=1)
        if not self.blinded:
            leaning = leaning - c["observer_bias"] * spread * (seen["treated"] > 0)
        # What the occasion adds is of the retest correlation among persons of one rater.
        own = c["caps5_retest"] / (1.0 - between)
        rated = erring(total, self.high, own, np.sqrt(1.0 - between) * spread, draws.uniforms())
        return Read(self.high * total, np.clip(np.round(rated + leaning), self.low, self.high))
