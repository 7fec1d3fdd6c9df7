"""Measurements of the body: cortisol in saliva, heart rate at rest.

The level of cortisol counts hydrocortisone taken, as ``agonism`` at MR times its constant::

    cortisol = free_cortisol (level + k_mr agonism)            # nmol/l
    score = cortisol exp(cortisol_error N(0, 1))
    rate = heart_rest + heart_beta (theta_beta (1 + k_beta) - 1) + own        # 1/min
    own = heart_own N(0, 1)                                    # of the person, the same at every reading
    score = rate + heart_spread sqrt(1 - heart_retest) N(0, 1)
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param

declare(
    "physiology",
    param("cortisol_error", 0.2, "log", 0.0, 0.5,
        "set so that persons differ in 60% of the variance of one sample in the early morning, as over three days in "
        "Kirschbaum et al. 1990, 10.1016/0306-4530(90)90080-S; the logarithm differs between persons by .245 (SD)",
        "calibrated",
        "standard deviation of the logarithm of one measured concentration of cortisol, by day and by assay"),
    param("heart_rest", 67.0, "1/min", 50.0, 90.0,
        "Fenland study, PMC10174582: 67 seated, 10,865 adults of 29-65 years", "measured",
        "heart rate of the median person at rest by day"),
    param("heart_beta", 12.0, "1/min", 2.0, 40.0, "chosen: what a full beta blocker takes from the resting rate",
        "assumed", "share of the resting heart rate that beta receptors drive"),
    param("heart_retest", 0.75, "1", 0.3, 0.99,
        "Med Sci Sports 1972, 4:14: .72 to .78 between weekly tests of middle-aged men", "measured",
        "retest correlation of resting heart rate"),
    param("heart_spread", 10.0, "1/min", 3.0, 20.0,
        "set so that the standard error of measurement is 5: 2.0 to 6.7 in the same men, Med Sci Sports 1972, 4:14",
        "calibrated", "standard deviation of resting heart rate in the sample of its retest correlation"),
    param("heart_own", 7.4, "1/min", 0.0, 15.0,
        "set so that resting rates of the population have the standard deviation and the retest correlation above, of "
        "which beta receptors give 4.4: 9.8 in seated adults of the Fenland study, 10.1101/2020.07.01.20144154",
        "calibrated", "standard deviation between persons of the resting rate that beta receptors do not drive"),
)  # fmt: skip


def _of_person(draws: Draws) -> NDArray[np.float64]:
    """Standard normals of the persons, (n,): the same for every instrument that reads the heart."""
    seed = draws.seed if draws.persons_seed is None else draws.persons_seed
    return Draws(seed, "heart", draws.persons, 0).lasting_normals()


class Cortisol(Instrument):
    """Free cortisol in saliva, nmol/l, at the moment of the reading; hydrocortisone taken counts.

    The model's level, in units of the median person's rest, times `free_cortisol`. The error multiplies: that of the
    assay, and what differs from one day to another.
    """

    low = 0.0
    high = 10000.0
    unit = "nmol/l"
    better = "lower"

    kind: Literal["cortisol"]

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        state = np.clip(c["free_cortisol"] * seen["cortisol"], self.low, self.high)
        return Read(state, np.clip(state * np.exp(c["cortisol_error"] * draws.normals()), self.low, self.high))


class HeartRate(Instrument):
    """Heart rate, beats a minute, at the moment of the reading.

    What is left without beta drive, which is the person's own (build, fitness, vagal tone), and a part in proportion to
    the activated share of beta receptors, so that noradrenaline raises it and a beta blocker lowers it. The error is
    normal, of the size that the retest correlation gives.
    """

    low = 30.0
    high = 220.0
    unit = "1/min"
    better = "lower"

    kind: Literal["heart-rate"]

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        driven = seen["beta"] * (1.0 + c["k_beta"])  # 1 in the median person at rest by day
        own = c["heart_own"] * _of_person(draws)
        state = np.clip(c["heart_rest"] + c["heart_beta"] * (driven - 1.0) + own, self.low, self.high)
        error = c["heart_spread"] * np.sqrt(1.0 - c["heart_retest"]) * draws.normals()
        return Read(state, np.clip(np.round(state + error), self.low, self.high))
