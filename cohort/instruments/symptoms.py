"""Symptoms: what a person would say if asked without error, the one link from states to the items of every scale.

Each cluster of post-traumatic symptoms is a mean severity of its items, 0 to 1. An item rises with its state: small
troubles hardly count, great ones saturate. The link is the same in every scenario::

    severity(x, half) = x^2 / (x^2 + half^2)
    intrusive = (3 came + 2 severity(distress, symptom_distress)) / 5
    came = sqrt(severity(per_day, symptom_intrusions) severity(upset, symptom_distress))
    avoiding = severity(avoidance, symptom_avoidance)
    mood = severity(load, symptom_load)
    aroused = (5 severity(tone - 1, symptom_arousal) + severity(sleep_hours - slept, symptom_sleep)) / 6

``per_day`` counts intrusions since the last assessment and ``upset`` is their mean distress; ``distress`` is that under
the whole as a cue, ``tone`` noradrenaline at rest by day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.instrument import Seen
from cohort.parameters import declare, param

declare(
    "symptoms",
    param("symptom_intrusions", 0.165, "1/day", 0.01, 10.0,
        "chosen: twice a week gives 3 of 4, as the CAPS-5 rates frequency (Weathers et al. 2018, 10.1037/pas0000486)",
        "assumed", "intrusions a day at which their frequency is half of its most"),
    param("symptom_distress", 0.2701, "distress", 0.01, 1.0,
        "fitted to probable PTSD after acute care, International Consortium to Predict PTSD 2019, 10.1002/wps.20608 "
        "(data/calibration/default.toml)", "calibrated",
        "distress of a memory at which its items are half of their most"),
    param("symptom_avoidance", 0.2, "share", 0.02, 0.9, "chosen: a quarter of what can be evaded", "assumed",
        "avoidance at which its items are half of their most"),
    param("symptom_load", 0.5, "load", 0.05, 0.95, "chosen: the unburdened (.13) are near zero", "assumed",
        "load at which items of mood are half of their most"),
    param("symptom_arousal", 1.0, "rest", 0.05, 3.0,
        "set by hand to rows C5 and F1 of data/targets: at lower values a case is whoever has a raised tone, not "
        "whoever has the memory", "calibrated",
        "noradrenergic tone above rest at which items of arousal are half of their most"),
    param("symptom_sleep", 2.5, "h", 0.5, 7.0, "chosen: a third of the night", "assumed",
        "hours of sleep lost at which the item of sleep is half of its most"),
)  # fmt: skip


class Clusters(NamedTuple):
    """Mean severity of the items of each cluster, 0 to 1, shape (n,)."""

    intrusion: NDArray[np.float64]
    avoidance: NDArray[np.float64]
    mood: NDArray[np.float64]
    arousal: NDArray[np.float64]


def _severity(x: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    squared = np.maximum(x, 0.0) ** 2
    return squared / (squared + half * half)


def _ratio(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """``x / y``, 0 where y is 0."""
    return np.divide(x, y, out=np.zeros(len(y)), where=y > 0.0)


def clusters(seen: Seen) -> Clusters:
    """Severity of the four clusters, asked about the time since the last assessment.

    Intrusion: three items of memories, dreams and flashbacks, each the geometric mean of how often they came and of how
    distressing they were, and two of the distress when reminded of the whole. Arousal: five items by the noradrenergic
    tone above rest, one by the sleep lost. Who holds no trace of the scene has no intrusions of it, but may have the
    other symptoms. Before any time has passed nothing has intruded.
    """
    c = seen.parameters
    often = _ratio(seen["intrusions"], seen["days"])
    upset = _ratio(seen["intrusion_distress"], seen["intrusions"])
    came = np.sqrt(_severity(often, c["symptom_intrusions"]) * _severity(upset, c["symptom_distress"]))
    reminded = _severity(np.where(seen.held, seen["distress"], 0.0), c["symptom_distress"])
    aroused = _severity(seen["tone"] - 1.0, c["symptom_arousal"])
    sleepless = _severity(c["sleep_hours"] - seen["sleep"], c["symptom_sleep"])
    return Clusters(
        (3.0 * came + 2.0 * reminded) / 5.0,
        _severity(seen["avoidance"], c["symptom_avoidance"]),
        _severity(seen["load"], c["symptom_load"]),
        (5.0 * aroused + sleepless) / 6.0,
    )
