"""What those who may tell bring back of an episode, read before anybody tells anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cohort import social, streams

DAY = 1440


def recollection(
    seed: int,
    minute: int,
    episode: int,
    ids: NDArray[np.int64],
    seen: NDArray[np.void],
    support: NDArray[np.float64],
) -> social.Recollection:
    """What an episode brings back to persons (n,), of whom this was `seen` (`MEASURE`), each with so much `support`."""
    u = streams.uniforms(seed, streams.RECALL, ids, minute, episode)
    return social.Recollection(
        recalled=(seen["held"] > 0) & (u < seen["recall"]),
        accuracy=seen["accuracy"].astype(np.float64),
        fragmentation=seen["fragmentation"].astype(np.float64),
        distress=seen["distress"].astype(np.float64),
        days=(minute - seen["encoded"]) / DAY,
        avoidance=seen["avoidance"].astype(np.float64),
        support=support,
    )
