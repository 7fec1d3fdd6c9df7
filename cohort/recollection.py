"""What those who may tell bring back of an episode, read before anybody tells anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cohort import readings, social, streams
from cohort.population import Population

DAY = 1440


def recollection(
    population: Population,
    seed: int,
    minute: int,
    episode: int,
    who: NDArray[np.int64],
    support: NDArray[np.float64],
) -> social.Recollection:
    """What an episode brings back to `who` (positions), each with so much `support`, as copies of shape (n,)."""
    read = readings.traces(population, who, episode)[:, 0]
    u = streams.uniforms(seed, streams.RECALL, population.ids[who], minute, episode)
    return social.Recollection(
        recalled=(read["live"] > 0) & (u < read["recall"]),
        accuracy=read["accuracy"].astype(np.float64),
        fragmentation=read["fragmentation"].astype(np.float64),
        distress=read["distress"].astype(np.float64),
        days=(minute - read["encoded"]) / DAY,
        avoidance=population.column("avoidance")[who].astype(np.float64),
        support=support,
    )
