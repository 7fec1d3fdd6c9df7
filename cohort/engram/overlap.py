"""Overlap: which synapses of one trace belong to another one, too.

A synapse joins two units, or a unit and a feature; two traces share one where both its ends are common to them. The
share of each projection is worked out once for a pair of traces, and again when a slot takes a new ensemble.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.engram.ensemble import bits, shared_of_elements, shared_pairs, shared_units
from cohort.state import (
    ACCUMBENS,
    AFFECT,
    AMYGDALA,
    BINDING,
    CENTRAL_BITS,
    EXTINCTION,
    HIPPOCAMPUS,
    REWARD,
    SLOTS,
    SUBGROUP,
    VMPFC,
    WINNERS,
)


@compiled
def count_shares(one: Any, a: int, b: int) -> None:
    """Work out, for every projection, the share of each slot's synapses that also belong to the other slot."""
    out, back = one.shares[a, b], one.shares[b, a]
    for group in range(4):
        units = shared_of_elements(one, a, group, b, group) / SUBGROUP
        of_a, of_b = one.features[a, group], one.features[b, group]
        for part, mask in ((2 * group, CENTRAL_BITS), (2 * group + 1, ~CENTRAL_BITS)):
            common = bits(of_a & of_b & mask)
            out[part] = back[part] = 0.0
            if units > 0.0 and common > 0:
                out[part] = common / bits(of_b & mask) * units
                back[part] = common / bits(of_a & mask) * units
    squares = WINNERS * WINNERS
    hippocampus = shared_units(one, HIPPOCAMPUS, a, b)
    amygdala = shared_units(one, AMYGDALA, a, b)
    out[BINDING] = back[BINDING] = shared_pairs(one, a, b) / (WINNERS * (WINNERS - SUBGROUP))
    out[EXTINCTION] = back[EXTINCTION] = shared_units(one, VMPFC, a, b) * amygdala / squares
    out[REWARD] = back[REWARD] = hippocampus * shared_units(one, ACCUMBENS, a, b) / squares
    out[AFFECT] = back[AFFECT] = hippocampus * amygdala / squares


@compiled
def shared_synapses(one: Any, a: int, b: int, projection: int) -> float:
    """Share of slot `b`'s synapses in a projection that also belong to slot `a`; worked out once for each pair."""
    mark = np.uint64(1) << np.uint64(b)
    if one.known[a] & mark == np.uint64(0):
        count_shares(one, a, b)
        one.known[a] |= mark
        one.known[b] |= np.uint64(1) << np.uint64(a)
    return one.shares[a, b, projection]


@compiled
def forget_shares(one: Any, slot: int) -> None:
    """A slot holds another ensemble: what it shares has to be worked out anew."""
    one.marked &= ~(np.uint64(1) << np.uint64(slot))
    one.known[slot] = np.uint64(0)
    for other in range(SLOTS):
        one.known[other] &= ~(np.uint64(1) << np.uint64(slot))


@compiled
def further_share(one: Any, a: int, b: int, projection: int, counted: int) -> float:
    """Share of slot `b`'s synapses that belong to `a`, but not to the trace `counted` before it (-1 for none)."""
    share = shared_synapses(one, a, b, projection)
    if counted < 0 or share == 0.0:
        return share
    return share * (1.0 - shared_synapses(one, counted, a, projection))
