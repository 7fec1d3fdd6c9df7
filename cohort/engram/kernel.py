"""One person's time: the order of everything, written once.

`live` takes a person from one moment to the next over calendar entries, nights and candidate encounters. Between
them nothing is stepped: `advance` is closed in form. The order at one minute is: calendar entry, night, encounter.
What each of them does, in order:

- `advance`: `capture`, `reconsolidate`, `fade`, `advance_modulators`, `hold`, `advance_drugs`, `advance_slow`
- `experience`: `expose`, `onset`, `advance`, `encode`, `strain`
- `night`: `slept`, `replay`, `overnight`
- `encounter`: `surroundings`, `meet`
- `reminded`: `meet`
- `meet`: `intruder`, `note`, `recalled`, `burden`
- `recalled`: `prediction_error`, `open_share`, `release`, `extinguish`, `update`, `prune`
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.appraisal import release
from cohort.compiled import compiled
from cohort.engram.capture import capture
from cohort.engram.consolidation import DAY, EARLY_GONE, RATES, fade, replay
from cohort.engram.encoding import encode, expose, onset, prune
from cohort.engram.ensemble import similarity
from cohort.engram.extinction import extinguish
from cohort.engram.intrusion import (
    ANY_CUE,
    accepted,
    ceiling,
    draw_candidates,
    intruder,
    outlook,
    place_of,
    surroundings,
)
from cohort.engram.logbook import note
from cohort.engram.reconsolidation import occupy, open_share, prediction_error, reconsolidate, restore, update
from cohort.engram.retrieval import (
    affective_strength,
    answering,
    distress_of,
    held_back,
    recall_probability,
    saturation,
)
from cohort.engram.slow import advance_slow, burden, comfort, control, overnight, practise, slept, strain, stress
from cohort.lanes import exp_in_lanes as exp
from cohort.neuromodulators import clearance_rate
from cohort.pharmacology import BETA, acts_on, advance_drugs, carries_drugs, chain, give
from cohort.prefetch import LINE, prefetch
from cohort.receptors import hold
from cohort.state import (
    AFFECT,
    CONTACT,
    CONTEXT,
    CORT,
    DOSE,
    DRIVE,
    EXPERIENCE,
    INTRUSION,
    LANES,
    NE,
    RECALL,
    REMINDED,
    REMINDER,
    SENSORY,
    SLEEP_LOSS,
    SLOTS,
    STRESS,
    TASK,
)
from cohort.streams import ENCOUNTER, block
from cohort.streams import RECALL as RECALL_DRAW

FAR = 1 << 40
REMINDERS = 1 << 15  # where the indices of a day's reminders begin, above those of its candidate encounters
UNKNOWN = 1e9  # weight that lets every candidate through


@compiled
def advance(one: Any, world: Any, minute: int, minutes: int) -> None:
    """Advance one person over `minutes` without an event, in closed form, from the state at `minute`."""
    if minutes <= 0:
        return
    p = one.p
    dt = minutes / 60.0
    for byte in range(0, RATES * 8, LINE):  # asked for before `fade` waits for it
        prefetch(world.decay, min(minutes, DAY), byte)
    if minute - p.fresh <= EARLY_GONE:
        capture(one, world, minute, dt)
    reconsolidate(one, world, minute, minutes)
    fade(one, world, minute, minutes)
    advance_modulators(one, world, dt)
    if carries_drugs(p):
        if acts_on(p, world.drugs, BETA):
            hold(p, world.drugs, dt)
        advance_drugs(p, world.drugs, dt)
    advance_slow(one, world, minutes)


@compiled
def advance_modulators(one: Any, world: Any, dt: float) -> None:
    """Clear what was released: one exponential a system, a chain of two for cortisol."""
    p = one.p
    for system in range(5):
        if p.phasic[system] > 0.0:
            left = p.phasic[system] * exp(-clearance_rate(one, world, system) * dt)
            p.phasic[system] = left if left > 1e-10 else 0.0
    if p.phasic[CORT] > 0.0 or p.cortisol_pool > 0.0:
        rise = 1.0 / world.c.rise_cort
        p.phasic[CORT] = chain(p.cortisol_pool, p.phasic[CORT], rise, clearance_rate(one, world, CORT), dt)
        p.cortisol_pool *= exp(-rise * dt)
        if p.phasic[CORT] + p.cortisol_pool < 1e-10:
            p.phasic[CORT] = 0.0
            p.cortisol_pool = 0.0


@compiled
def recalled(
    one: Any,
    world: Any,
    slot: int,
    context: Any,
    safe: float,
    duration: float,
    reappraisal: float,
    gain: float,
    minute: int,
) -> float:
    """What a recall does to the trace: strengthening, lability or extinction by its error. Returns the distress.

    `gain` is the `answer_gain` before it. `reappraisal`, 0 to 1, is how far the person is led to see the event anew,
    which takes prefrontal control.
    """
    c = world.c
    m = one.memories[slot]
    held = held_back(one, slot, context)
    distress = distress_of(one, slot, context, gain)
    expected = affective_strength(one, slot) * m.charge * (1.0 - held)
    error = prediction_error(c, expected, safe, duration)
    opened = open_share(one, world, slot, error, minute)
    release(one, world, NE, c.intrusion_release * distress)
    m.active = minute
    one.p.fresh = minute
    one.calm = 0
    for part in range(8):
        strength = m.h[part] + m.z[part] * (1.0 - m.h[part])
        m.h[part] += saturation(c.recall_gain * strength) * (1.0 - m.h[part])
    m.h[AFFECT] += saturation(c.recall_amygdala * distress) * (1.0 - m.h[AFFECT])
    if safe > 0.5 and error >= c.error_high:
        extinguish(one, world, slot, error, context, minute)
        held = held_back(one, slot, context)  # by the end of it
    if opened > 0.0 or m.labile > 0.0:
        eased = 0.0
        if reappraisal > 0.0:
            eased = c.felt_reappraisal * reappraisal * control(one, world, minute)
        update(one, world, slot, opened, held, safe, eased, context, minute)
        restore(one, world, slot, distress)
    prune(one, world, slot, c.prune_recall)
    return distress


@compiled
def recall_test(one: Any, world: Any, scene: Any, minute: int, log_: Any, count: int) -> int:
    """One attempt at voluntary recall under a cue; returns the slot recalled or -1."""
    check = control(one, world, minute)
    u = block(world.seed, RECALL_DRAW, one.id, minute, int(scene.episode) & 0xFFFF)[0]
    total = 0.0
    found = -1
    chance = 0.0
    for slot in range(SLOTS):
        if one.memories[slot].live > 0.0:
            p = recall_probability(one, world, slot, scene.features, scene.goal, check, minute)
            total += p
            if found < 0 and u < total:
                found = slot
            if one.memories[slot].episode == scene.episode:
                chance = p
    cue = scene.features
    note(log_, count, minute, RECALL, one, world, found, cue, cue[CONTEXT], answering(one, world, minute), chance)
    log_[count].asked = scene.episode
    return found


@compiled
def slot_of(one: Any, episode: int) -> int:
    """Slot that holds an episode, or -1."""
    for slot in range(SLOTS):
        if one.memories[slot].live > 0.0 and one.memories[slot].episode == episode:
            return slot
    return -1


@compiled
def experience(one: Any, world: Any, scene: Any, dose: float, minute: int) -> int:
    """Live through a scene to a dose, from `minute`; returns the minute at which it ends and is written."""
    expose(one, scene, dose)
    onset(one, world, one.scene)
    advance(one, world, minute, int(scene.duration))
    minute += int(scene.duration)
    encode(one, world, one.scene, minute)
    strain(one, world, one.scene)
    one.p.fresh = minute
    return minute


@compiled
def meet(
    one: Any,
    world: Any,
    minute: int,
    day: int,
    index: int,
    choice: float,
    place: int,
    cue: Any,
    context: Any,
    safe: float,
    duration: float,
    log_: Any,
    count: int,
) -> int:
    """Come upon a cue; returns 1 when a memory intruded (and was logged). It may be another than the cue is about."""
    gain = answering(one, world, minute)
    slot, chance = intruder(one, world, minute, day, index, choice, cue, context, gain)
    if slot < 0:
        return 0
    note(log_, count, minute, INTRUSION, one, world, slot, one.features[slot], context, gain, chance)
    row = log_[count]
    row.cue = index
    row.cue_match = similarity(cue, one.features[slot, SENSORY])
    row.place = place
    distress = recalled(one, world, slot, context, safe, duration, 0.0, gain, minute)
    burden(one, world, distress)
    return 1


@compiled
def encounter(one: Any, world: Any, minute: int, day: int, index: int, log_: Any, count: int) -> int:
    """One candidate encounter, whose draws stand in their lane; returns 1 when a memory intruded (and was logged)."""
    lane = index % LANES
    place, cue, choice = place_of(world, one.surrounding[lane]), one.cue[lane], one.choice[lane]
    context = surroundings(one, world, one.surrounding[lane], day, index)
    return meet(
        one, world, minute, day, index, choice, place, cue, context, 1.0, world.c.intrusion_minutes, log_, count
    )


@compiled
def reminder_key(scene: Any, minute: int) -> tuple[int, int]:
    """Day and index at which the draws of a reminder of the surroundings stand."""
    return minute // DAY, REMINDERS + (int(scene.episode) & 15) * DAY + minute % DAY


@compiled
def reminded(one: Any, world: Any, scene: Any, minute: int, log_: Any, count: int) -> int:
    """One reminder of the surroundings, unless it is evaded; returns 1 when a memory intruded (and was logged)."""
    day, index = reminder_key(scene, minute)
    u = block(world.seed, ENCOUNTER, one.id, day, index)
    if u[0] < one.p.avoidance:
        return 0
    cue, context = scene.features[SENSORY], scene.features[CONTEXT]
    return meet(one, world, minute, day, index, u[1], REMINDED, cue, context, scene.safe, scene.duration, log_, count)


@compiled
def in_vain(one: Any, world: Any, scene: Any, minute: int, memories: int) -> bool:
    """Whether a reminder of the surroundings can bring nothing back, by the bounds of `outlook`."""
    if memories < 0:
        return False
    day, index = reminder_key(scene, minute)
    choice = block(world.seed, ENCOUNTER, one.id, day, index)[1]
    return choice * (1.0 + ceiling(one, memories, scene.features[SENSORY])) < 1.0


@compiled
def do_entry(one: Any, world: Any, scenes: Any, entry: Any, minute: int, log_: Any, count: int) -> tuple[int, int]:
    """Carry out one calendar entry; returns the minute at which it ends and how many rows it logged.

    An experience holds the person for its duration: the stress axis answers at its start, it is written at its end.
    """
    kind = entry.kind
    if kind == DOSE:
        if not give(one.p, world.drugs, entry.index, entry.amount):
            one.p.doses_refused += 1.0
    elif kind == TASK:
        occupy(one, world, entry.index, entry.amount, minute)
    elif kind == STRESS:
        stress(one, world, entry.amount)
    elif kind == SLEEP_LOSS:
        one.p.sleep_lost += entry.amount
    elif kind == CONTACT:
        comfort(one, world, entry.amount)
    elif kind == DRIVE:
        practise(one, entry.amount)
    elif kind == EXPERIENCE:
        return experience(one, world, scenes[entry.index], entry.amount, minute), 0
    elif kind == REMINDER:
        scene = scenes[entry.index]
        slot = slot_of(one, scene.episode)
        if entry.amount < 0.0:
            return minute, reminded(one, world, scene, minute, log_, count)
        if slot < 0 and entry.amount > 0.0:
            return experience(one, world, scene, entry.amount, minute), 0
        if slot >= 0:
            cue = scene.features
            chance = recall_probability(one, world, slot, cue, np.uint64(0), 0.0, minute)
            gain = answering(one, world, minute)
            note(log_, count, minute, REMINDER, one, world, slot, cue, cue[CONTEXT], gain, chance)
            log_[count].asked = scene.episode
            recalled(one, world, slot, cue[CONTEXT], scene.safe, scene.duration, scene.reappraisal, gain, minute)
            return minute, 1
    elif kind == RECALL:
        scene = scenes[entry.index]
        slot = recall_test(one, world, scene, minute, log_, count)
        if slot >= 0 and entry.amount > 0.0:
            context = scene.features[CONTEXT]
            gain = answering(one, world, minute)
            recalled(one, world, slot, context, scene.safe, scene.duration, scene.reappraisal, gain, minute)
        return minute, 1
    return minute, 0


@compiled
def night(one: Any, world: Any, minute: int) -> None:
    """One night, done at bedtime: replay over the hours slept, then what sleep restores and the day to come."""
    hours = slept(one, world)
    replay(one, world, minute, hours)
    overnight(one, world, minute // DAY, hours)


@compiled
def next_candidate(one: Any, world: Any, since: int, day: int, index: int, previous: int) -> tuple[int, int, int]:
    """Next candidate encounter not before `since`: its minute, day and index; its draws stand in their lane.

    Gaps are exponential within the waking day, keyed by day and index, so that any moment can be taken up again.
    """
    c = world.c
    while True:
        if index % LANES == 0:
            draw_candidates(one, world, day, index)
        minute = previous + one.gap[index % LANES]
        if minute >= day * DAY + int(60.0 * c.bed):
            day += 1
            index = 0
            previous = day * DAY + int(60.0 * c.wake)
        else:
            if minute >= since:
                return minute, day, index
            previous = minute
            index += 1


@compiled
def live(
    one: Any,
    world: Any,
    scenes: Any,
    entries: Any,
    entry: int,
    after: int,
    start: int,
    end: int,
    log_: Any,
    first_row: int,
) -> tuple[int, int]:
    """Take one person through [start, end), in minutes: entries, nights and encounters.

    The person's entries are those from `entry` until before `after`, sorted by minute; those before `start` are passed
    over. The person's own clock may be ahead of `start` when an experience ran over the end of the last call. Returns
    the row after the last one logged (-1 when the log was too short: the state is then half-way and must be dropped),
    and the number of entries carried out.
    """
    c = world.c
    now = max(int(one.p.clock), start)
    count = first_row
    while entry < after and entries[entry].minute < start:
        entry += 1
    begun = entry
    today = start // DAY
    cue, day, index = next_candidate(one, world, start, today, 0, today * DAY + int(60.0 * c.wake))
    # What the weights of all memories, and the share of candidates met, can reach before the next event: `outlook`.
    most = -1.0  # negative when not known
    memories, met = 0, 1.0
    bedtime = int(60.0 * c.bed)
    bed = -((bedtime - start) // DAY) * DAY + bedtime
    while True:
        due = entries[entry].minute if entry < after else FAR
        when = min(due, min(bed, cue))
        if when >= end:
            break
        if count >= len(log_):
            return -1, 0
        reminder = when == due and entries[entry].kind == REMINDER and entries[entry].amount < 0.0
        if most < 0.0 and (reminder or when not in (due, bed)):
            memories, met = outlook(one, world, now)
            most = UNKNOWN if memories < 0 else ceiling(one, memories, ANY_CUE)
        if reminder and in_vain(one, world, scenes[entries[entry].index], max(now, when), memories):
            entry += 1
        elif when in (due, bed):
            advance(one, world, now, when - now)
            now = max(now, when)
            if when == due:
                now, rows = do_entry(one, world, scenes, entries[entry], now, log_, count)
                count += rows
                entry += 1
                most = most if reminder and rows == 0 else -1.0
            else:
                night(one, world, now)
                bed += DAY
                most = -1.0
        else:
            until = min(due, min(bed, end))
            while cue < until:
                thinning, choice = one.thinning[index % LANES], one.choice[index % LANES]
                if (cue >= now) & (thinning < met) & (choice * (1.0 + most) >= 1.0):
                    break
                cue, day, index = next_candidate(one, world, cue, day, index + 1, cue)
            if cue >= until:
                continue
            if memories < 0 or choice * (1.0 + ceiling(one, memories, one.cue[index % LANES])) >= 1.0:
                advance(one, world, now, cue - now)
                now = cue
                if accepted(one, world, thinning):
                    rows = encounter(one, world, cue, day, index, log_, count)
                    count += rows
                    if rows > 0:
                        most = -1.0
            cue, day, index = next_candidate(one, world, cue, day, index + 1, cue)
    advance(one, world, now, end - now)
    one.p.clock = max(now, end)
    return count, entry - begun
