"""What a person would say of symptoms if asked without error: the one link from states to the items of every scale.

Each cluster of post-traumatic symptoms is a mean severity of its items, 0 to 1. An item rises with its state as
``x**2 / (x**2 + half**2)``: small troubles hardly count, great ones saturate. The link is the same in every scenario.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cohort.instruments.instrument import Seen
from cohort.parameters import declare, param

declare(
    "symptoms",
    param("symptom_intrusions", 0.5, "distress/day", 0.05, 5.0,
        "chosen: one intrusion a day at half of the greatest distress", "assumed",
        "summed distress of a day's intrusions at which items of intrusion are half of their most"),
    param("symptom_reminder", 0.4, "distress", 0.05, 1.0, "chosen: below half of the greatest distress", "assumed",
        "distress when reminded at which its items are half of their most"),
    param("symptom_avoidance", 0.4, "share", 0.05, 0.9, "chosen: half of what can be evaded", "assumed",
        "avoidance at which its items are half of their most"),
    param("symptom_load", 0.5, "load", 0.05, 0.95, "chosen: the unburdened (.13) are near zero", "assumed",
        "load at which items of mood are half of their most"),
    param("symptom_arousal", 0.41, "rest", 0.05, 3.0,
        "chosen: items are half of their most where NE is raised as in chronic PTSD (1.41 times that of controls, "
        "Geracioti et al. 2001, 10.1176/appi.ajp.158.8.1227)", "assumed",
        "noradrenaline above rest at which items of arousal are half of their most"),
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


def clusters(seen: Seen) -> Clusters:
    """Severity of the four clusters, asked about the time since the last assessment.

    Intrusion: three items of memories, dreams and flashbacks by the distress of the intrusions of a day, two by the
    distress when reminded of the whole. Arousal: five items by noradrenaline above rest, one by the sleep lost. Who
    holds no trace of the scene has no intrusions of it, but may have the other symptoms.
    """
    c = seen.parameters
    days = seen["days"]
    burden = np.divide(seen["intrusion_distress"], days, out=np.zeros(len(days)), where=days > 0.0)
    reminded = np.where(seen.held, seen["distress"], 0.0)
    aroused = _severity(seen["noradrenaline"] - 1.0, c["symptom_arousal"])
    sleepless = _severity(c["sleep_hours"] - seen["sleep"], c["symptom_sleep"])
    return Clusters(
        0.6 * _severity(burden, c["symptom_intrusions"]) + 0.4 * _severity(reminded, c["symptom_reminder"]),
        _severity(seen["avoidance"], c["symptom_avoidance"]),
        _severity(seen["load"], c["symptom_load"]),
        (5.0 * aroused + sleepless) / 6.0,
    )
