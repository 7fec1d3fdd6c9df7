"""Sharing: what a cue drives in memories whose ensembles share units, each synapse once, whichever trace it serves.

A hippocampal unit of element g is driven by the features of a cue that are among those of its trace. With
``n_central`` and ``n_peripheral`` the features shown of each part and ``n`` the number that the element has::

    I_g = (n_central E_central + n_peripheral E_peripheral) / n

A unit that also belongs to other traces is driven by the features that these have and its own trace lacks, each
feature once, by the strengths of those traces.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.engram.ensemble import bits
from cohort.state import CENTRAL_BITS, HIPPOCAMPUS, SUBGROUP, UNITS, WINNERS


@compiled
def drive_of(own: Any, shown: Any, central: float, peripheral: float) -> float:
    """Drive of the features shown on an element of features `own`: the share present times the strength of its part."""
    n = bits(own)
    if n == 0:
        return 0.0
    common = own & shown
    return (bits(common & CENTRAL_BITS) * central + bits(common & ~CENTRAL_BITS) * peripheral) / n


@compiled
def meetings(one: Any, slot: int, live: int) -> int:
    """List the units that other ensembles share with that of a trace, as 16 times their slot plus their place there.

    Also lays out the place of each unit in the trace. Returns the length of the list. Nearly every pair of ensembles
    shares a unit or none by chance, so nothing branches on it.
    """
    for word in range(UNITS // 64):
        one.held[word] = np.uint64(0)
    for place in range(WINNERS):
        unit = np.uint64(one.units[slot, HIPPOCAMPUS, place])
        one.held[unit >> np.uint64(6)] |= np.uint64(1) << (unit & np.uint64(63))
        one.places[unit] = place
    count = 0
    for other in range(live):
        last = count
        for place in range(WINNERS):
            unit = np.uint64(one.units[other, HIPPOCAMPUS, place])
            one.met[count] = WINNERS * other + place
            count += int((one.held[unit >> np.uint64(6)] >> (unit & np.uint64(63))) & np.uint64(1))
        if other == slot:
            count = last
    return count


@compiled
def drive_units(one: Any, slot: int, cue: Any, live: int, drive: Any) -> None:
    """Drive of a cue on each hippocampal unit of a trace: by its own synapses, and by those that serve other traces.

    A feature that drives a unit for one trace does not drive it again for another. The strengths of all elements
    stand in `elements`.
    """
    rest = one.rest
    for group in range(4):
        own = one.features[slot, group]
        central, peripheral = one.elements[slot, 2 * group], one.elements[slot, 2 * group + 1]
        driven = drive_of(own, cue[group], central, peripheral)
        for place in range(WINNERS):
            rest[group, place] = cue[group]
        for place in range(group * SUBGROUP, (group + 1) * SUBGROUP):
            drive[place] = driven
            rest[group, place] &= ~own
    for i in range(meetings(one, slot, live)):
        other, at = one.met[i] // WINNERS, one.met[i] % WINNERS
        group = at // SUBGROUP
        place = one.places[np.uint64(one.units[other, HIPPOCAMPUS, at])]
        own = one.features[other, group]
        central, peripheral = one.elements[other, 2 * group], one.elements[other, 2 * group + 1]
        drive[place] += drive_of(own, rest[group, place], central, peripheral)
        rest[group, place] &= ~own
