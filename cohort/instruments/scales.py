"""Questionnaires of post-traumatic symptoms: a sum of items of 0 to 4, answered by the person.

The state is the mean severity of the items (`symptoms`) times the ceiling, the error that of `error`::

    pcl5 = 80 (5 intrusive + 2 avoiding + 7 mood + 6 aroused) / 20
    iesr = 88 (8 intrusive + 8 avoiding + 6 aroused) / 22
    retest, sd = pcl5_retest, pcl5_spread / 80
    retest, sd = iesr_retest, iesr_spread / 88
    cutoff = pcl5_cutoff, iesr_cutoff                          # of a case
    margin = pcl5_margin                                       # smallest difference that matters
"""

from __future__ import annotations

from typing import ClassVar, Literal, override

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.error import about, precision
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.instruments.symptoms import clusters
from cohort.parameters import declare, param

MOST = 4.0  # of an item

declare(
    "scales",
    param("pcl5_retest", 0.84, "1", 0.3, 0.99,
        "Bovin et al. 2016, 10.1037/pas0000254: r = .84 in veterans; students .82, Blevins et al. 2015, "
        "10.1002/jts.22059", "measured", "retest correlation of the PCL-5"),
    param("pcl5_spread", 13.5, "points", 4.0, 25.0,
        "set so that with this retest correlation a change of 15 points is reliable, 1.96 times the standard error of "
        "a difference: 15 and 18 in two samples of veterans, Marx et al. 2022, Psychol Assess 34:197", "calibrated",
        "standard deviation of the PCL-5 in the sample of its retest correlation"),
    param("pcl5_cutoff", 33.0, "points", 20.0, 50.0,
        "Bovin et al. 2016, 10.1037/pas0000254: 31 to 33 were optimally efficient against the CAPS-5", "measured",
        "PCL-5 from which on a person counts as a case"),
    param("pcl5_margin", 10.0, "points", 1.0, 30.0,
        "Blanchard et al. 2023, 10.1002/jts.22975: 9 to 12 points are a minimal important difference, 5 or less not "
        "reliable; 971 patients of primary care", "measured", "smallest difference of the PCL-5 that matters"),
    param("iesr_retest", 0.75, "1", 0.3, 0.99,
        "Maercker & Schützwohl 1998, Diagnostica 44:130: over three months intrusion .80, avoidance .66, arousal .79; "
        "their mean", "measured", "retest correlation of the IES-R"),
    param("iesr_spread", 15.0, "points", 4.0, 25.0, "chosen: the same share of the scale as in the PCL-5", "assumed",
        "standard deviation of the IES-R in the sample of its retest correlation"),
    param("iesr_cutoff", 33.0, "points", 20.0, 50.0,
        "Creamer et al. 2003, 10.1016/j.brat.2003.07.010: 33 had the best diagnostic accuracy", "measured",
        "IES-R from which on a person counts as a case"),
)  # fmt: skip


def erring(
    severity: NDArray[np.float64], high: float, retest: float, spread: float, u: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points, 0 to `high`, about mean severities of 0 to 1 (n,), with the error that retesting showed."""
    return high * about(severity, precision(retest, spread / high), u)


class _Scale(Instrument):
    """A sum over items of 0 to 4, by cluster."""

    low = 0.0
    unit = "points"
    better = "lower"
    prefix: ClassVar[str]  # of its parameters
    items: ClassVar[tuple[int, int, int, int]]  # number of items of intrusion, avoidance, mood and arousal

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        found = clusters(seen)
        total = np.average(np.stack(found), axis=0, weights=self.items)
        c = seen.parameters
        retest, spread = c[f"{self.prefix}_retest"], c[f"{self.prefix}_spread"]
        return Read(self.high * total, np.round(erring(total, self.high, retest, spread, draws.uniforms())))


class Pcl5(_Scale):
    """PTSD Checklist for DSM-5: 20 items, 0 to 80, about the time since the last reading.

    Five items of intrusion, two of avoidance, seven of mood and six of arousal, each the mean severity of its cluster
    (see `symptoms`). Retest .84; a case from 33 points on.
    """

    high = MOST * 20
    prefix = "pcl5"
    items = (5, 2, 7, 6)
    margin_parameter = "pcl5_margin"
    cutoff_parameter = "pcl5_cutoff"

    kind: Literal["pcl-5"]


class IesR(_Scale):
    """Impact of Event Scale, revised: 22 items, 0 to 88, about the time since the last reading.

    Eight items of intrusion, eight of avoidance and six of arousal, each the mean severity of its cluster (see
    `symptoms`). Retest .75; a case from 33 points on. No smallest difference that matters is published.
    """

    high = MOST * 22
    prefix = "iesr"
    items = (8, 8, 0, 6)
    cutoff_parameter = "iesr_cutoff"

    kind: Literal["ies-r"]
