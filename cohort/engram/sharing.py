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
from cohort.engram.ensemble import bits, lowest
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
def lay_out_units(one: Any, live: int, cue: Any) -> None:
    """Lay out to which traces each hippocampal unit belongs, and for which element: of those that the cue drives."""
    for unit in range(UNITS):
        one.owners[unit] = 0
    for slot in range(live):
        own = one.features[slot]
        if (own[0] & cue[0]) | (own[1] & cue[1]) | (own[2] & cue[2]) | (own[3] & cue[3]) == np.uint64(0):
            continue
        for place in range(WINNERS):
            unit = one.units[slot, HIPPOCAMPUS, place]
            one.owners[unit] |= np.uint32(1) << np.uint32(slot)
            one.roles[slot, unit] = place // SUBGROUP


@compiled
def driven(one: Any, slot: int, group: int, unit: int, cue: Any, drive: float) -> float:
    """Drive of a cue on a unit of one element of a trace: `drive` by its own synapses, and that by those of others.

    A feature that drives a unit for one trace does not drive it again for another.
    """
    others = np.uint64(one.owners[unit]) & ~(np.uint64(1) << np.uint64(slot))
    if others == np.uint64(0):
        return drive
    rest = one.rest
    for element in range(4):
        rest[element] = cue[element]
    rest[group] &= ~one.features[slot, group]
    while others != np.uint64(0):
        other = lowest(others)
        others &= others - np.uint64(1)
        element = one.roles[other, unit]
        own = one.features[other, element]
        drive += drive_of(own, rest[element], one.elements[other, 2 * element], one.elements[other, 2 * element + 1])
        rest[element] &= ~own
    return drive


@compiled
def drive_units(one: Any, slot: int, cue: Any, drive: Any) -> None:
    """Drive of a cue on each hippocampal unit of a trace: by its own synapses, and by those that serve other traces.

    The strengths of all elements stand in `elements`, the units where `lay_out_units` put them.
    """
    for group in range(4):
        central, peripheral = one.elements[slot, 2 * group], one.elements[slot, 2 * group + 1]
        own = drive_of(one.features[slot, group], cue[group], central, peripheral)
        for place in range(group * SUBGROUP, (group + 1) * SUBGROUP):
            drive[place] = driven(one, slot, group, one.units[slot, HIPPOCAMPUS, place], cue, own)
