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

from math import exp, log
from typing import Any

from cohort.compiled import compiled
from cohort.engram.encoding import further_share, shared_synapses
from cohort.engram.synthesis import SWITCHES, all_calm, protein, strengths_of, switches
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
def next_stronger(one: Any, slot: int, i: int, least: float, after: int) -> int:
    """Trace of the largest early change `i` above `least`, or the next largest `after` a trace; -1 for none."""
    found = -1
    most = least
    for other in range(SLOTS):
        m = one.memories[other]
        if m.live == 0.0:
            break
        if other == slot or m.h[i] <= most:
            continue
        if after < 0 or m.h[i] < one.memories[after].h[i]:
            found = other
            most = m.h[i]
    return found


@compiled
def own_change(one: Any, c: Any, slot: int, i: int) -> float:
    """Early change `i` at the synapses of a trace that it shares with none of larger change, 0 if there is none.

    What is shared with the early_above is counted first; there is no more early change to find than the trace has.
    """
    h = one.memories[slot].h[i]
    free = 1.0
    counted = -1
    while free > 0.0:
        other = next_stronger(one, slot, i, max(one.memories[slot].h[i], c.tag_threshold), counted)
        if other < 0:
            return h / free
        theirs = one.memories[other].h[i]
        share = min(further_share(one, other, slot, i, counted), min(free, h / theirs))
        counted = other
        free -= share
        h -= share * theirs
    return 0.0


@compiled
def own_tags(one: Any, c: Any, i: int, dt: float, tagged: Any) -> bool:
    """Put into `tagged`, for every live trace, the hours of the next `dt` for which its own synapses stay tagged.

    Returns False, and puts nothing, when no trace has a tag.
    """
    most = 0.0
    for slot in range(SLOTS):
        if one.memories[slot].live == 0.0:
            break
        most = max(most, one.memories[slot].h[i])
    if most <= c.tag_threshold:
        return False
    for slot in range(SLOTS):
        if one.memories[slot].live == 0.0:
            break
        tagged[slot] = tag_time(c, own_change(one, c, slot, i), dt)
    return True


@compiled
def any_tagged(one: Any, slot: int, i: int, tagged: Any) -> float:
    """Hours for which any synapse of a trace stays tagged, its own or shared, from the `own_tags` of all."""
    hours: float = tagged[slot]
    for other in range(SLOTS):
        theirs = one.memories[other]
        if theirs.live == 0.0:
            break
        longer = theirs.h[i] > one.memories[slot].h[i] and tagged[other] > hours
        if longer and shared_synapses(one, other, slot, i) > 0.0:
            hours = tagged[other]
    return hours


@compiled
def captured(
    one: Any, c: Any, slot: int, i: int, k: int, times: Any, first: bool, count: int, start: float, tagged: Any
) -> float:
    """Late strength `k`, of early strength `i`, after capture; `tagged` holds the tagged hours of every slot.

    While a trace's own synapses are tagged, ``dz/dt = rate p (C - z)``. Afterwards those that it shares with a trace
    tagged for longer gain with that one: ``C - z`` falls in proportion to ``C - share z'`` of the other's ``z'``. For
    two new traces that is exact while the weaker has captured nothing by itself, else too little in first order of
    the overlap, by at most a quarter of the share. Both are functions of the state alone, so the result does not
    depend on where an interval is cut.
    """
    ceiling, speed = late_share(c, k)
    m = one.memories[slot]
    own = 0.0
    if tagged[slot] > 0.0:
        own = protein(c, times, first, count, start, tagged[slot])[1] * speed / c.capture_time
    left = (ceiling - m.z[k]) * exp(-own)
    counted = -1
    while True:
        other = next_stronger(one, slot, i, max(m.h[i], c.tag_threshold), counted)
        if other < 0:
            return ceiling - left
        share = further_share(one, other, slot, i, counted)
        counted = other
        if share > 0.0 and tagged[other] > tagged[slot]:
            theirs = ceiling - one.memories[other].z[k]
            gained = protein(c, times, first, count, start, tagged[other])[1] * speed / c.capture_time
            before = ceiling - share * (ceiling - theirs * exp(-own))
            left *= (ceiling - share * (ceiling - theirs * exp(-gained))) / before


@compiled
def shield(one: Any, world: Any, slot: int, i: int, tagged: Any) -> None:
    """Undo in advance the fading of late strengths over the hours in which any of their synapses is tagged."""
    m = one.memories[slot]
    hours = any_tagged(one, slot, i, tagged)
    if hours > 0.0:
        for k in range(i, LATE_STRENGTHS if i == AFFECT else i + 1):
            m.z[k] *= world.decay[60, k] ** -hours


@compiled
def capture(one: Any, world: Any, minute: float, dt: float) -> None:
    """Advance proteins of every region by `dt` hours, and every tagged late strength by its capture.

    ``z -> C - (C - z) exp(-rate * integral of p)`` over the tagged time, C the ceiling of the share. A tagged synapse
    does not fade: `shield` sees to that before `fade` is done for the interval.
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
    after = one.scratch[SWITCHES : SWITCHES + SLOTS]
    tagged = one.scratch[SWITCHES + SLOTS : SWITCHES + 2 * SLOTS]
    for region in range(4):
        first, count = switches(one, world, region, minute, dt)
        start = p.prp[region]
        left = protein(c, times, first, count, start, dt)[0]
        p.prp[region] = left if left > 1e-10 else 0.0
        made = start > 0.0 or first or count > 0
        low, high = strengths_of(region)
        for i in range(low, high + 1):
            if not own_tags(one, c, i, dt, tagged):
                continue
            if made:
                for k in range(i, LATE_STRENGTHS if i == AFFECT else i + 1):
                    for slot in range(SLOTS):
                        if one.memories[slot].live == 0.0:
                            break
                        after[slot] = captured(one, c, slot, i, k, times, first, count, start, tagged)
                    for slot in range(SLOTS):
                        if one.memories[slot].live == 0.0:
                            break
                        one.memories[slot].z[k] = after[slot]
            for slot in range(SLOTS):
                if one.memories[slot].live == 0.0:
                    break
                shield(one, world, slot, i, tagged)
