"""Synthesis of plasticity-related proteins: when a region makes them, and how much there is.

The form is that of Lehr et al. 2022, 10.1038/s41598-022-22430-7, after Clopath et al. 2008,
10.1371/journal.pcbi.1000248, with the pool of a region shared by all its traces::

    dp/dt = (on - p) / prp_decay
    on = d > threshold                                         # 1 or 0
    threshold = prp_threshold 0.181 / ((nm + 0.001) (1 - effect(translation)))
    nm = 0.18 min(w, 1)
    w = da_share da_efficacy theta_d1 + (1 - da_share) ne_efficacy theta_beta
    da_share = da_share_hippocampus, da_share_amygdala, da_share_cortex, da_share_accumbens
    d = sum(h^2) / sum(h)                                      # of the ensemble that is driven most

`d` is the mean early change over the plastic synapses of the ensemble that is driven most, because a cell decides on
synthesis from its own synapses; each synapse counts in proportion to its change. `w` is the weighted occupancy of
D1/5 and beta receptors. The elements and the binding draw on the hippocampus, A on the amygdala, X on the vmPFC, N on
the accumbens. All of it is closed form but for the moments at which synthesis switches, which are found as roots.
Without a drug it can only switch off between the steps of the tonic levels: the drive falls by a fifth an hour or
more, and what rising load adds to the occupancies is far slower. Under drugs the moments are bracketed on a grid.
"""

from __future__ import annotations

from math import log
from typing import Any

from cohort.compiled import compiled
from cohort.lanes import any_above
from cohort.lanes import exp_in_lanes as exp
from cohort.neuromodulators import until_turn
from cohort.parameters import declare, param
from cohort.pharmacology import BETA, D1, TRANSLATION, carries_drugs, effect
from cohort.receptors import occupancy
from cohort.state import (
    AFFECT,
    AMYGDALA,
    BINDING,
    DA,
    EXTINCTION,
    HIPPOCAMPUS,
    NE,
    REWARD,
    SLOTS,
    VMPFC,
)

declare(
    "synthesis",
    param("prp_threshold", 0.135, "strength", 0.05, 0.3,
        "chosen within the form of Lehr et al. 2022, 10.1038/s41598-022-22430-7: study to criterion crosses it at "
        "rest, one neutral exposure does not", "assumed",
        "drive above which proteins are made at full neuromodulation"),
    param("prp_decay", 1.0, "h", 0.5, 2.0,
        "Clopath et al. 2008, 10.1371/journal.pcbi.1000248 (60 min)", "model", "time constant of proteins"),
    param("da_share_hippocampus", 0.6, "share", 0.0, 1.0,
        "Frey et al. 1990, 10.1016/0006-8993(90)90277-y and Moncada et al. 2011, 10.1073/pnas.1104495108 (both "
        "receptors; weight chosen)", "assumed",
        "weight of D1/5 against beta receptors, hippocampus"),
    param("da_share_amygdala", 0.3, "share", 0.0, 1.0, "chosen: noradrenaline leads in the amygdala",
    "assumed",
        "weight of D1/5 against beta receptors, amygdala"),
    param("da_share_cortex", 0.5, "share", 0.0, 1.0, "chosen: equal", "assumed",
        "weight of D1/5 against beta receptors, vmPFC"),
    param("da_share_accumbens", 0.9, "share", 0.0, 1.0, "chosen: dopamine leads in the accumbens", "assumed",
        "weight of D1/5 against beta receptors, accumbens"),
)  # fmt: skip

GRID = 0.125  # h between the points on which a switch of synthesis is bracketed under drugs
SLOPE = 1e-6  # h over which the slope at the end of such an interval is taken
GOLDEN = 0.6180339887498949
INSTANT = 1e-9  # h before and after waking or bedtime, where the tonic levels step
SWITCHES = 16  # at most so many switches in one interval


@compiled
def region_share(c: Any, region: int) -> float:
    """Weight of D1/5 against beta receptors in a region."""
    if region == HIPPOCAMPUS:
        return c.da_share_hippocampus
    if region == AMYGDALA:
        return c.da_share_amygdala
    if region == VMPFC:
        return c.da_share_cortex
    return c.da_share_accumbens


@compiled
def strengths_of(region: int) -> tuple[int, int]:
    """First and last early strength whose synapses draw on the proteins of a region."""
    if region == HIPPOCAMPUS:
        return 0, BINDING
    if region == AMYGDALA:
        return AFFECT, AFFECT
    if region == VMPFC:
        return EXTINCTION, EXTINCTION
    return REWARD, REWARD


@compiled
def region_drive(one: Any, region: int) -> float:
    """Mean early change over the plastic synapses of the ensemble that is driven most in a region."""
    first, last = strengths_of(region)
    most = 0.0
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            break
        total = squares = 0.0
        for i in range(first, last + 1):
            total += m.h[i]
            squares += m.h[i] * m.h[i]
        if total > 0.0:
            most = max(most, squares / total)
    return most


@compiled
def early_above(one: Any, least: float) -> bool:
    """Whether the early change of any trace and projection exceeds `least`."""
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            break
        if any_above(m.h, least):
            return True
    return False


@compiled
def all_calm(one: Any, c: Any) -> bool:
    """Whether no trace has a tag and none drives synthesis; once so, it stays so until something is learned."""
    if one.calm == 0 and not early_above(one, min(c.tag_threshold, c.prp_threshold)):
        one.calm = 1
    return one.calm == 1


@compiled
def excess(one: Any, world: Any, region: int, drive: float, minute: float, ahead: float) -> float:
    """Drive minus the threshold of synthesis, `ahead` hours after `minute`; positive while proteins are made."""
    c = world.c
    share = region_share(c, region)
    e = one.traits.efficacy
    w = share * e[DA] * occupancy(one, world, D1, minute, ahead) + (1.0 - share) * e[NE] * occupancy(
        one, world, BETA, minute, ahead
    )
    nm = 0.18 * min(w, 1.0)
    working = max(1.0 - effect(one.p, world.drugs, TRANSLATION, ahead), 1e-6)
    return drive * exp(-ahead / c.early_decay) - c.prp_threshold * 0.181 / ((nm + 0.001) * working)


@compiled
def root(
    one: Any, world: Any, region: int, drive: float, minute: float, low: float, f_low: float, high: float, f_high: float
) -> float:
    """Moment between `low` and `high` at which `excess` changes sign, given what it is there.

    Regula falsi, in the variant of Anderson & Bjorck 1973, 10.1007/BF01951936.
    """
    for _ in range(60):
        middle = high - f_high * (high - low) / (f_high - f_low)
        f_middle = excess(one, world, region, drive, minute, middle)
        if abs(f_middle) < 1e-14 or abs(high - low) < 1e-13:
            return middle
        if f_middle * f_high < 0.0:
            low, f_low = high, f_high
        else:
            kept = 1.0 - f_middle / f_high
            f_low *= kept if kept > 0.0 else 0.5
        high, f_high = middle, f_middle
    return high


@compiled
def dip(one: Any, world: Any, region: int, drive: float, minute: float, low: float, high: float) -> float:
    """Moment in (low, high) at which `excess` is of the other sign than at both ends, -1 for none (golden section)."""
    f_low = excess(one, world, region, drive, minute, low)
    sign = 1.0 if f_low > 0.0 else -1.0
    if sign * (excess(one, world, region, drive, minute, low + SLOPE) - f_low) >= 0.0:
        return -1.0
    f_high = excess(one, world, region, drive, minute, high)
    if sign * (excess(one, world, region, drive, minute, high - SLOPE) - f_high) >= 0.0:
        return -1.0
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    f_a = sign * excess(one, world, region, drive, minute, a)
    f_b = sign * excess(one, world, region, drive, minute, b)
    while high - low > INSTANT:
        if f_a < 0.0:
            return a
        if f_b < 0.0:
            return b
        if f_a < f_b:
            high, b, f_b = b, a, f_a
            a = high - GOLDEN * (high - low)
            f_a = sign * excess(one, world, region, drive, minute, a)
        else:
            low, a, f_a = a, b, f_b
            b = low + GOLDEN * (high - low)
            f_b = sign * excess(one, world, region, drive, minute, b)
    return -1.0


@compiled
def switches(one: Any, world: Any, region: int, minute: float, dt: float) -> tuple[bool, int]:
    """Find when synthesis switches in the next `dt` hours: whether it starts on, and how many switches follow.

    The times are left in the scratch.
    """
    c = world.c
    drive = region_drive(one, region)
    if drive <= c.prp_threshold:
        return False, 0
    longest = c.early_decay * log(drive / c.prp_threshold)
    horizon = min(dt, longest)
    count = 0
    left = 0.0
    f_left = excess(one, world, region, drive, minute, 0.0)
    first = f_left > 0.0
    turn = until_turn(c, minute)
    drugged = carries_drugs(one.p)
    step = GRID if drugged else horizon  # without a drug the ends tell, and what is off stays off
    while left < horizon and count < SWITCHES - 3:
        right = min(left + step, min(horizon, turn))
        end = right - INSTANT if right == turn else right
        f_right = excess(one, world, region, drive, minute, end) if drugged or f_left > 0.0 else f_left
        if (f_left > 0.0) != (f_right > 0.0):
            one.scratch[count] = root(one, world, region, drive, minute, left, f_left, end, f_right)
            count += 1
        elif drugged and end - left > 2.0 * SLOPE:
            between = dip(one, world, region, drive, minute, left, end)
            if between > 0.0:
                f = excess(one, world, region, drive, minute, between)
                one.scratch[count] = root(one, world, region, drive, minute, left, f_left, between, f)
                one.scratch[count + 1] = root(one, world, region, drive, minute, between, f, end, f_right)
                count += 2
        left, f_left = right, f_right
        if right == turn:
            f_left = excess(one, world, region, drive, minute, right + INSTANT)
            if (f_left > 0.0) != (f_right > 0.0):
                one.scratch[count] = right
                count += 1
            turn += until_turn(c, minute + 60.0 * right)
    if f_left > 0.0 and longest < dt:  # at full neuromodulation it ends just there, which rounding may hide
        one.scratch[count] = longest
        count += 1
    return first, count


@compiled
def protein(c: Any, times: Any, first: bool, count: int, start: float, until: float) -> tuple[float, float]:
    """Protein level after `until` hours and its integral over them, from `start`, given the switches."""
    tau = c.prp_decay
    p = start
    area = 0.0
    left = 0.0
    on = 1.0 if first else 0.0
    for i in range(count + 1):
        right = until
        if i < count and times[i] < until:
            right = times[i]
        f = exp(-(right - left) / tau)
        area += on * (right - left) + (p - on) * tau * (1.0 - f)
        p = on + (p - on) * f
        left = right
        if right >= until:
            break
        on = 1.0 - on
    return p, area
