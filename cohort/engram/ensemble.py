"""Allocation: which units of a region an episode recruits, and how much two ensembles share.

A unit competes with the drive that it gets from the scene's features plus the excitability that lingers in units
that fired lately (Cai et al. 2016, 10.1038/nature17955), and the winners form the ensemble. Each feature drives a
few units, the same for one person at all times, different between persons. With ``fed`` the number of the scene's
features that drive a unit and ``u`` uniform on (0, 1), the sum being over ensembles that hold the unit::

    excitement = fed + allocation_noise u + sum(excitability_gain exp(-(t - active) / excitability_decay))
    sim(part, whole) = in_both / in_whole                      # a similarity: numbers of features

The most excited units win: of a region as many as an ensemble has, in the hippocampus an equal number for each element,
which only that element's features drive. Of two masks, ``in_both`` is the number of features that both have and
``in_whole`` that of the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.rows import ROW, highest, place_of
from cohort.state import HIPPOCAMPUS, SLOTS, SUBGROUP, UNITS, WINNERS
from cohort.streams import ALLOCATION, FEATURE, mix

declare(
    "ensemble",
    param("excitability_decay", 8.0, "h", 3.0, 16.0,
        "Cai et al. 2016, 10.1038/nature17955 (sharing at 5 h, gone within a day or two)", "animal",
        "time constant of lingering excitability"),
    param("excitability_gain", 2.0, "feature drives", 0.0, 8.0,
        "chosen: at 5 h a third to a half of the units are shared, as Cai et al. 2016 count", "assumed",
        "excitability right after firing, in units of the drive by one feature"),
    param("allocation_noise", 1.0, "feature drives", 0.1, 4.0, "chosen: of the size of one feature", "assumed",
        "spread of the drive that is due to chance"),
)  # fmt: skip

TAKEN = -1.0  # below every drive
FAN = 6  # units of a region driven by one feature


@compiled
def bits(mask: Any) -> int:
    """Number of features in a mask (the classic parallel sum, which compilers turn into one instruction)."""
    v = np.uint64(mask)
    v = v - ((v >> np.uint64(1)) & np.uint64(0x5555555555555555))
    v = (v & np.uint64(0x3333333333333333)) + ((v >> np.uint64(2)) & np.uint64(0x3333333333333333))
    v = (v + (v >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((int(v) * 0x0101010101010101) >> 56) & 0xFF


@compiled
def lowest(mask: Any) -> int:
    """Place of the first feature in a mask that is not empty; ``mask & (mask - 1)`` is the mask without it."""
    return bits(~mask & (mask - np.uint64(1)))


@compiled
def similarity(part: Any, whole: Any) -> float:
    """Share of `whole`'s features that are present in `part`; 0 when `whole` is empty."""
    n = bits(whole)
    if n == 0:
        return 0.0
    return bits(np.uint64(part) & np.uint64(whole)) / n


@compiled
def feature_drive(one: Any, world: Any, region: int, group: int, mask: Any) -> None:
    """Add to the scratch the drive that the features of one element group give to the units of a region."""
    key = mix(world.seed ^ np.uint64(one.id), np.uint64(FEATURE))
    left = np.uint64(mask)
    while left != np.uint64(0):
        first = ((region * 4 + group) * 64 + lowest(left)) * FAN
        for place in range(first, first + FAN):
            one.scratch[int(mix(key, np.uint64(place)) & np.uint64(UNITS - 1))] += 1.0
        left &= left - np.uint64(1)


@compiled
def background_drive(one: Any, world: Any, slot: int, region: int, episode: int, minute: float) -> None:
    """Fill the scratch with chance and with the excitability left by ensembles that fired lately."""
    c = world.c
    key = mix(world.seed ^ np.uint64(one.id), np.uint64(ALLOCATION))
    for unit in range(UNITS):
        chance = mix(key, np.uint64((episode * 4 + region) * UNITS + unit))
        one.scratch[unit] = c.allocation_noise * int(chance >> np.uint64(40)) / 16777216.0
    for other in range(SLOTS):
        if other != slot and one.memories[other].live > 0.0:
            since = (minute - one.memories[other].active) / 60.0
            lingering = c.excitability_gain * exp(-since / c.excitability_decay)
            if lingering > 0.01:
                for i in range(WINNERS):
                    one.scratch[one.units[other, region, i]] += lingering


@compiled
def winners(one: Any, slot: int, region: int, first: int, last: int) -> None:
    """Put the most driven units of the scratch into places `first` to `last` of the ensemble, of two alike the first.

    The bits of the drives, read as whole numbers, are in the same order, as no drive is below 0 but `TAKEN`.
    """
    drive = one.scratch.view(np.int64)
    tops = one.tops  # the greatest of each row of units
    for row in range(UNITS // ROW):
        tops[row] = highest(drive, row * ROW)
    for i in range(first, last):
        most = highest(tops, 0)
        row = place_of(most, tops, 0)
        unit = place_of(most, drive, row * ROW)
        one.units[slot, region, i] = unit
        one.scratch[unit] = TAKEN
        tops[row] = highest(drive, row * ROW)


@compiled
def allocate(one: Any, world: Any, slot: int, scene: Any, minute: float) -> None:
    """Choose the ensemble of a new trace in every region.

    In the hippocampus each element recruits its own subgroup of units; elsewhere all features compete together.
    """
    for region in range(4):
        if region == HIPPOCAMPUS:
            for group in range(4):
                background_drive(one, world, slot, region, scene.episode * 4 + group, minute)
                feature_drive(one, world, region, group, scene.features[group])
                for i in range(group * SUBGROUP):
                    one.scratch[one.units[slot, region, i]] = TAKEN
                winners(one, slot, region, group * SUBGROUP, (group + 1) * SUBGROUP)
        else:
            background_drive(one, world, slot, region, scene.episode * 4, minute)
            for group in range(4):
                feature_drive(one, world, region, group, scene.features[group])
            winners(one, slot, region, 0, WINNERS)


@compiled
def mark_units(one: Any, slot: int) -> None:
    """Lay out the hippocampal units of each element of a trace as a set of bits, unless that has been done."""
    mark = np.uint64(1) << np.uint64(slot)
    if one.marked & mark != np.uint64(0):
        return
    sets = one.sets[slot]
    for group in range(4):
        for word in range(UNITS // 64):
            sets[group, word] = np.uint64(0)
        for i in range(group * SUBGROUP, (group + 1) * SUBGROUP):
            unit = int(one.units[slot, HIPPOCAMPUS, i])
            sets[group, unit >> 6] |= np.uint64(1) << np.uint64(unit & 63)
    one.marked |= mark


@compiled
def whole_set(one: Any, slot: int) -> tuple[Any, Any, Any, Any]:
    """The hippocampal units of a trace as one set of bits, four words."""
    mark_units(one, slot)
    s = one.sets[slot]
    return (
        s[0, 0] | s[1, 0] | s[2, 0] | s[3, 0],
        s[0, 1] | s[1, 1] | s[2, 1] | s[3, 1],
        s[0, 2] | s[1, 2] | s[2, 2] | s[3, 2],
        s[0, 3] | s[1, 3] | s[2, 3] | s[3, 3],
    )


@compiled
def units_in(whole: Any, s: Any) -> int:
    """Number of units that two sets of bits have in common."""
    return bits(whole[0] & s[0]) + bits(whole[1] & s[1]) + bits(whole[2] & s[2]) + bits(whole[3] & s[3])


@compiled
def shared_units(one: Any, region: int, a: int, b: int) -> int:
    """Number of units of a region that belong to the ensembles of both slots."""
    if region == HIPPOCAMPUS:
        return units_in(whole_set(one, a), whole_set(one, b))
    count = 0
    for i in range(WINNERS):
        for j in range(WINNERS):
            if one.units[a, region, i] == one.units[b, region, j]:
                count += 1
    return count


@compiled
def shared_of_elements(one: Any, a: int, group_a: int, b: int, group_b: int) -> int:
    """Number of hippocampal units that belong to one element of slot `a` and to one of slot `b`."""
    mark_units(one, a)
    mark_units(one, b)
    return units_in(one.sets[a, group_a], one.sets[b, group_b])


@compiled
def shared_pairs(one: Any, a: int, b: int) -> int:
    """Number of pairs of shared hippocampal units that belong to different elements in both slots.

    Of all pairs, those of one element in `a` go, and those of one element in `b`; those of one in both went twice.
    """
    total = shared_units(one, HIPPOCAMPUS, a, b)
    if total < 2:
        return 0
    whole_a, whole_b = whole_set(one, a), whole_set(one, b)
    apart = 0
    for i in range(4):
        row, column = units_in(whole_b, one.sets[a, i]), units_in(whole_a, one.sets[b, i])
        apart -= row * row + column * column
        for j in range(4):
            n = units_in(one.sets[a, i], one.sets[b, j])
            apart += n * n
    return total * total + apart
