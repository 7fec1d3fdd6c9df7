"""Tag and capture: early change fades in hours unless proteins reach it while it is tagged.

After Frey & Morris 1997 (10.1038/385533a0), with the constants of the synaptic models of Clopath et al. 2008
(10.1371/journal.pcbi.1000248) and Luboeinski & Tetzlaff 2021 (10.1038/s42003-021-01778-y)::

    dh/dt = -h / early_decay
    tagged = h > tag_threshold                                 # so for early_decay ln(h / tag_threshold)
    dz/dt = speed p (ceiling - z) / capture_time               # while tagged; a tagged synapse does not fade
    dz/dt = -rate z                                            # else, see `consolidation`
    ceiling, speed = 1, 1                                      # of every projection but A
    ceiling, speed = share_days, 1                             # A: what lasts days
    ceiling, speed = (1 - share_days) share_months, capture_months            # months
    ceiling, speed = (1 - share_days) (1 - share_months), capture_years       # and years

What two traces share is captured for as long as either has it tagged. Where the proteins p come from stands in
`synthesis`.
"""

from __future__ import annotations

from math import log
from typing import Any

from cohort.compiled import compiled
from cohort.engram.overlap import further_share, shared_synapses
from cohort.engram.synthesis import SWITCHES, all_calm, protein, strengths_of, switches
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.state import AFFECT, LATE_STRENGTHS, SLOTS

declare(
    "capture",
    param("early_decay", 1.91, "h", 1.0, 4.0,
        "Li, Kulvicius & Tetzlaff 2016, 10.1371/journal.pone.0161679 (688.4 s at rate .1)", "model",
        "time constant of the early phase"),
    param("tag_threshold", 0.2, "strength", 0.1, 0.35,
        "Luboeinski & Tetzlaff 2021, 10.1038/s42003-021-01778-y (.2 of the initial weight)", "model",
        "early change above which a synapse is tagged"),
    param("capture_time", 1.0, "h", 0.5, 3.0,
        "Luboeinski & Tetzlaff 2021, 10.1038/s42003-021-01778-y (60 min)", "model",
        "time constant of capture at full protein"),
    param("share_days", 0.3, "share", 0.1, 0.9, "set by hand to rows B14, C5 and F1 of data/targets",
    "calibrated",
        "part of a captured amygdalar trace that lasts days"),
    param("share_months", 0.4, "share", 0.1, 0.95, "set by hand as share_days; the rest lasts years", "calibrated",
        "of the rest, the part that lasts months"),
    param("capture_months", 0.6, "ratio", 0.1, 1.0, "chosen: lasting change needs more protein", "assumed",
        "rate of capture of the months share against the days share"),
    param("capture_years", 0.35, "ratio", 0.05, 1.0, "chosen: lasting change needs more protein", "assumed",
        "rate of capture of the years share against the days share"),
)  # fmt: skip


@compiled
def tag_time(c: Any, h: float, dt: float) -> float:
    """Hours of the next `dt` for which an early change `h` stays tagged: ``early_decay ln(h / threshold)``."""
    if h <= c.tag_threshold:
        return 0.0
    return min(dt, c.early_decay * log(h / c.tag_threshold))


@compiled
def late_share(c: Any, k: int) -> tuple[float, float]:
    """Ceiling of a late strength, and rate of its capture against the fastest."""
    if k < AFFECT:
        return 1.0, 1.0
    rest = 1.0 - c.share_days
    if k == AFFECT:
        return c.share_days, 1.0
    if k == AFFECT + 1:
        return rest * c.share_months, c.capture_months
    return rest - rest * c.share_months, c.capture_years


@compiled
def own_change(one: Any, i: int, place: int) -> float:
    """Early change `i` at the synapses of a ranked trace that it shares with none of larger change, 0 if it has none.

    What is shared with the strongest is counted first; there is no more early change to find than the trace has.
    """
    slot = one.ranked[place]
    h = one.memories[slot].h[i]
    free = 1.0
    counted = -1
    for stronger in range(place):
        other = one.ranked[stronger]
        theirs = one.memories[other].h[i]
        share = min(further_share(one, other, slot, i, counted), min(free, h / theirs))
        counted = other
        free -= share
        h -= share * theirs
        if free <= 0.0:
            return 0.0
    return h / free


@compiled
def own_tags(one: Any, c: Any, i: int, dt: float) -> int:
    """Rank the traces by early change `i`, as far as it is above the threshold; returns how many are.

    `ranked` then holds their slots, the largest change first, and `tagged` the hours of the next `dt` for which their
    own synapses stay tagged, then 0 for all others: without what it shares with stronger ones a trace has less change.
    """
    count = 0
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            break
        if m.h[i] > c.tag_threshold:
            place = count
            while place > 0 and one.memories[one.ranked[place - 1]].h[i] < m.h[i]:
                one.ranked[place] = one.ranked[place - 1]
                place -= 1
            one.ranked[place] = slot
            count += 1
    for place in range(count):
        one.tagged[place] = tag_time(c, own_change(one, i, place), dt)
    one.tagged[count] = 0.0
    return count


@compiled
def place_of(one: Any, slot: int, count: int) -> int:
    """Place of a trace in the ranking of `own_tags`; that behind the last for one that is not in it."""
    place = 0
    while place < count and one.ranked[place] != slot:
        place += 1
    return place


@compiled
def any_tagged(one: Any, slot: int, i: int, place: int) -> float:
    """Hours for which any synapse of a trace stays tagged, its own or one that it shares with a stronger trace."""
    hours: float = one.tagged[place]
    for stronger in range(place):
        if one.tagged[stronger] > hours and shared_synapses(one, one.ranked[stronger], slot, i) > 0.0:
            hours = one.tagged[stronger]
    return hours


@compiled
def captured(one: Any, c: Any, slot: int, i: int, k: int, place: int) -> float:
    """Late strength `k`, of early strength `i`, after capture by the proteins in `used`.

    While a trace's own synapses are tagged, ``dz/dt = rate p (C - z)``. Afterwards those that it shares with a trace
    tagged for longer gain with that one: ``C - z`` falls in proportion to ``C - share z'`` of the other's ``z'``. For
    two new traces that is exact while the weaker has captured nothing by itself, else too little in first order of
    the overlap, by at most a quarter of the share. Both are functions of the state alone, so the result does not
    depend on where an interval is cut.
    """
    ceiling, speed = late_share(c, k)
    own = exp(-one.used[place] * speed / c.capture_time)
    left = (ceiling - one.memories[slot].z[k]) * own
    counted = -1
    for stronger in range(place):
        other = one.ranked[stronger]
        share = further_share(one, other, slot, i, counted)
        counted = other
        if share > 0.0 and one.tagged[stronger] > one.tagged[place]:
            theirs = ceiling - one.memories[other].z[k]
            gained = exp(-one.used[stronger] * speed / c.capture_time)
            left *= (ceiling - share * (ceiling - theirs * gained)) / (ceiling - share * (ceiling - theirs * own))
    return ceiling - left


@compiled
def settle(one: Any, world: Any, slot: int, i: int, place: int) -> None:
    """Capture into a trace while any of its synapses is tagged, and undo in advance what fades in these hours."""
    hours = any_tagged(one, slot, i, place)
    if hours == 0.0:
        return
    m = one.memories[slot]
    for k in range(i, LATE_STRENGTHS if i == AFFECT else i + 1):
        if one.used[0] > 0.0:  # by the strongest, whose tags last longest
            m.z[k] = captured(one, world.c, slot, i, k, place)
        m.z[k] *= exp(world.rates[k] * hours)


@compiled
def capture(one: Any, world: Any, minute: float, dt: float) -> None:
    """Advance proteins of every region by `dt` hours, and every tagged late strength by its capture.

    ``z -> C - (C - z) exp(-rate * integral of p)`` over the tagged time, C the ceiling of the share. A tagged synapse
    does not fade: `settle` sees to that before `fade` is done for the interval.
    """
    c = world.c
    p = one.p
    if all_calm(one, c):  # no tag and no synthesis: proteins only fall
        for region in range(4):
            if p.prp[region] > 0.0:
                left = p.prp[region] * exp(-dt / c.prp_decay)
                p.prp[region] = left if left > 1e-10 else 0.0
        return
    times = one.scratch[:SWITCHES]
    for region in range(4):
        first, switched = switches(one, world, region, minute, dt)
        start = p.prp[region]
        left = protein(c, times, first, switched, start, dt)[0]
        p.prp[region] = left if left > 1e-10 else 0.0
        low, high = strengths_of(region)
        for i in range(low, high + 1):
            tags = own_tags(one, c, i, dt)
            if tags == 0:
                continue
            for place in range(tags):
                one.used[place] = protein(c, times, first, switched, start, one.tagged[place])[1]
            one.used[tags] = 0.0
            # The weak before the strong, whose strengths they need as these were.
            for slot in range(SLOTS):
                if one.memories[slot].live == 0.0:
                    break
                if place_of(one, slot, tags) == tags:
                    settle(one, world, slot, i, tags)
            for place in range(tags - 1, -1, -1):
                settle(one, world, one.ranked[place], i, place)
