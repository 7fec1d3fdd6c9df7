"""Randomization: who is allotted to which arm, person by person or in blocks, within strata.

A simple allotment is drawn by person; blocks are drawn by their number, and filled in the order of the persons' ids.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cohort import streams

NONE = -1  # of an arm, a block or a stratum: not randomized


def allot(
    seed: int,
    ids: NDArray[np.int64],
    eligible: NDArray[np.bool_],
    strata: NDArray[np.int64],
    ratios: tuple[int, ...],
    how: Literal["simple", "blocked", "stratified"],
    size: int,
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Arm and block of each person, shape (n,); -1 for who is not eligible, and for the block of a simple allocation.

    Persons enter in the order of their ids. A block holds `size` times each arm as often as its ratio, in random
    order; blocks are filled stratum by stratum, where `how` is stratified.
    """
    arms = np.repeat(np.arange(len(ratios)), ratios)
    out = np.full(len(ids), NONE, dtype=np.int16)
    blocks = np.full(len(ids), NONE, dtype=np.int32)
    if how == "simple":
        u = streams.uniforms(seed, streams.ALLOTMENT, ids)
        out[eligible] = arms[(u[eligible] * len(arms)).astype(np.int64)]
        return out, blocks
    width = size * len(arms)
    begun = 0
    for stratum in np.unique(strata[eligible]) if how == "stratified" else (None,):
        mine = np.flatnonzero(eligible if stratum is None else eligible & (strata == stratum))
        mine = mine[np.argsort(ids[mine], kind="stable")]
        number = -(-len(mine) // width)
        places = np.arange(begun * width, (begun + number) * width)
        order = np.lexsort((streams.uniforms(seed, streams.ALLOTMENT, places, 1), places // width))
        out[mine] = np.tile(arms, size * number)[order][: len(mine)]
        blocks[mine] = begun + np.arange(len(mine)) // width
        begun += number
    return out, blocks


def lost(
    seed: int, ids: NDArray[np.int64], arm: NDArray[np.int16], minutes: tuple[int, ...], chance: float
) -> NDArray[np.int32]:
    """Minute of the first of the assessments at `minutes` to which a person did not come any more; -1: stayed."""
    out = np.full(len(ids), -1, dtype=np.int32)
    if chance <= 0.0:
        return out
    for minute in minutes:
        u = streams.uniforms(seed, streams.ATTRITION, ids, minute)
        out[(out < 0) & (arm >= 0) & (u < chance)] = minute
    return out
