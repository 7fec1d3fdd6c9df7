"""Intrusive recall: cue encounters that nothing alters, thinned by the person, and one draw among memories.

Candidate encounters are a Poisson process of the calendar, ``cue_most`` in a waking day, the same in every arm. The
person meets some of them. At an encounter memory m intrudes with probability ``p_m``, k running over all::

    met = usual + (1 - usual) min(cue_rumination rumination load, 1)
    usual = min(cue_usual cue_rate, 1)
    accepted = met (1 - avoidance)                             # probability that a candidate is met
    p_m = r_m exp(u_m) / (exp(u_0) + sum(r_k exp(u_k)))
    u_m = (weight_affect distress + weight_sensory a_S sim(cue, sensory) - weight_coherence coherence) / hazard_slope
    u_0 = (hazard_offset + weight_control control) / hazard_slope
    coherence = min(max(a_B, c_B) / max(a_E, c), 1)
    r_m = left / (left + trace_half)
    left = 1 - (1 - a_S) (1 - a_A)                             # what is left of image or affect

``rumination`` and ``cue_rate`` are traits, ``avoidance`` is the state. ``r_k`` and ``u_k`` are those of memory k: r is
near 1 for a trace that was attended to and falls to 0 with what is left of it. So what weakens the sensory trace, the
charge, or strengthens binding or control lowers intrusions, and nothing else does. A cue shows each feature with
probability 1/4; with probability ``unsafe_share`` it is met in a place of its own, else in familiar surroundings. A
reminder of the surroundings is an encounter too: its cue and place are its share of the scene's features, only
avoidance thins it, and it lasts as long as the scenario says. What a cue brings back unasked depends on how much it
shares with this memory and not with others (Berntsen, Staugaard & Sørensen 2013, 10.1037/a0029128)::

    evaded = avoidance                                         # probability that a reminder is kept away from

Every other intrusion is a recall of ``intrusion_minutes`` in safety (`reconsolidation`). Like every recall, it releases
noradrenaline by a drive::

    drive_ne = intrusion_release distress
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.engram.consolidation import AVOID, DAY, EARLY_GONE, NEOCORTEX, PRACTICE
from cohort.engram.ensemble import bits, similarity
from cohort.engram.retrieval import (
    affective_strength,
    answer_gain,
    distress_of,
    effective,
    element,
    elements_mean,
)
from cohort.engram.slow import control, control_at
from cohort.engram.synthesis import all_calm, early_above
from cohort.lanes import exp_in_lanes as exp
from cohort.neuromodulators import load_of, squashed_load, tonic, waking_noradrenaline
from cohort.parameters import declare, param
from cohort.pharmacology import carries_drugs, gaddum
from cohort.state import BINDING, ELSEWHERE, FAMILIAR, HT, LANES, NE, SENSORY, SLOTS
from cohort.streams import CUE, ENCOUNTER, INTRUDER, PLACE, block, exponential_in_lanes, long_words, mix, uniform

# A search of the film week alone, then by hand (CHANGELOG.md); data/calibration/default.toml says what is free.
_FILM_WEEK = (
    "fitted to the film week: James et al. 2015, 10.1177/0956797615583071 (mean and spread of the diary) and Rattel et "
    "al. 2019, 10.1007/s10608-018-9941-6 (fall over days)"
)

declare(
    "intrusion",
    param("cue_most", 8.0, "1/day", 1.0, 40.0, "chosen: dominates every thinned rate", "assumed",
        "candidate cue encounters in a waking day"),
    param("cue_usual", 0.65, "share", 0.05, 1.0, _FILM_WEEK, "calibrated",
        "share of candidates that the median person's surroundings let through"),
    param("cue_rumination", 0.4, "share", 0.0, 1.0,
        "Ehlers & Clark 2000, 10.1016/S0005-7967(99)00123-0 (rumination supplies cues; size chosen)",
        "assumed",
        "share of passed-over candidates that median rumination brings back, per unit of load"),
    param("unsafe_share", 0.22, "share", 0.0, 1.0,
        "Cuttone et al. 2018, 10.1140/epjds/s13688-017-0129-1: 20-25% of moves lead to a place never seen "
        "before, over 400 persons; the rest is familiar", "measured",
        "share of encounters outside the familiar surroundings"),
    param("weight_affect", 1.6, "1", 0.0, 3.0, _FILM_WEEK, "calibrated",
        "weight of the affective answer"),
    param("weight_sensory", 2.2, "1", 0.0, 4.0, _FILM_WEEK, "calibrated",
        "weight of the sensory trace times its match with the cue"),
    param("weight_coherence", 0.22, "1", 0.0, 2.0, _FILM_WEEK, "calibrated",
        "weight of coherence, which holds back"),
    param("weight_control", 0.5, "1", 0.0, 2.0,
        "Anderson & Hulbert 2021, 10.1146/annurev-psych-072720-094140 (direction; size chosen)", "assumed",
        "weight of prefrontal control, which holds back"),
    param("hazard_slope", 0.06, "1", 0.03, 0.5, _FILM_WEEK, "calibrated",
        "scale of the logistic hazard"),
    param("hazard_offset", -0.067, "1", -1.0, 1.5, _FILM_WEEK, "calibrated",
        "drive at which a single memory intrudes in half"),
    param("trace_half", 0.1, "strength", 0.01, 0.5,
        "chosen: well below the strength of an event that was attended to (about .4), so that of hardly anything left "
        "hardly anything comes", "assumed",
        "what is left of a trace, sensory or affective, at which it takes part in half of the encounters"),
    param("intrusion_minutes", 2.0, "min", 0.2, 15.0,
        "Berntsen 2010, 10.1177/0963721410370301 (involuntary memories are brief; size chosen)", "assumed",
        "duration of an intrusion"),
    param("intrusion_release", 0.5, "share", 0.0, 1.0, "chosen", "assumed",
        "noradrenergic drive released by an intrusion at full distress"),
)  # fmt: skip

FAR = 1e9  # beyond every drive
ROUNDING = 1.0 + 1e-9  # keeps a bound above what it bounds, whatever their order of rounding
ANY_CUE = np.uint64(0xFFFFFFFFFFFFFFFF)  # every feature present


@compiled
def accepted(one: Any, world: Any, u: float) -> bool:
    """Whether the person meets a candidate cue: surroundings and avoidance thin, rumination brings some back."""
    c = world.c
    met = min(c.cue_usual * one.traits.cue_rate, 1.0)
    brooding = min(c.cue_rumination * one.traits.rumination * load_of(one, world), 1.0)
    met += (1.0 - met) * brooding
    return u < met * (1.0 - one.p.avoidance)


@compiled
def home(one: Any, world: Any) -> Any:
    """Context features of the person's familiar surroundings."""
    return mix(world.seed ^ np.uint64(one.id), np.uint64(PLACE))


@compiled
def place_of(world: Any, u: float) -> int:
    """Where an encounter takes place."""
    return ELSEWHERE if u < world.c.unsafe_share else FAMILIAR


@compiled
def surroundings(one: Any, world: Any, u: float, day: int, index: int) -> Any:
    """Context features at an encounter: familiar, or of some other place."""
    familiar = home(one, world)
    if place_of(world, u) == FAMILIAR:
        return familiar
    return mix(familiar, np.uint64(day * 65536 + index))


@compiled
def coherence(one: Any, slot: int) -> float:
    """Binding relative to what remains of the elements, at most 1."""
    m = one.memories[slot]
    bound = max(effective(m.h[BINDING], m.z[BINDING]), m.cortex_b)
    left = max(elements_mean(one, slot), m.cortex)
    return min(bound / left, 1.0) if left > 1e-9 else 1.0


@compiled
def sensory_strength(one: Any, world: Any, slot: int) -> float:
    """Mean strength of the central and the peripheral sensory part."""
    return 0.5 * (element(one, world, slot, 2 * SENSORY) + element(one, world, slot, 2 * SENSORY + 1))


@compiled
def urge(one: Any, world: Any, slot: int, cue: Any, context: Any, gain: float) -> float:
    """Drive of one memory to intrude, without the part of control, which all share."""
    c = world.c
    return (
        c.weight_affect * distress_of(one, slot, context, gain)
        + c.weight_sensory * sensory_strength(one, world, slot) * similarity(cue, one.features[slot, SENSORY])
        - c.weight_coherence * coherence(one, slot)
    )


@compiled
def taking_part(c: Any, image: float, affect: float) -> float:
    """`remaining`, from the strengths of image and affect."""
    left = 1.0 - (1.0 - image) * (1.0 - affect)
    return left / (left + c.trace_half) if left > 0.0 else 0.0


@compiled
def remaining(one: Any, world: Any, slot: int) -> float:
    """Share in which a memory takes part in the competition, 0 to 1: what is left of image or affect, saturating.

    A slot of which nothing is left is as good as empty.
    """
    return taking_part(world.c, sensory_strength(one, world, slot), affective_strength(one, slot))


@compiled
def intruder(
    one: Any, world: Any, minute: float, day: int, index: int, u: float, cue: Any, context: Any, gain: float
) -> tuple[int, float]:
    """Memory that intrudes at an encounter (-1 for none), and the probability that any does, with this `answer_gain`.

    The sum over memories is at most their number times its greatest term. Where even that is too small for `u`, no
    exponential is taken, and the probability is given as 0.
    """
    c = world.c
    weights = one.scratch[:SLOTS]
    most = -FAR
    live = 0
    for slot in range(SLOTS):
        if one.memories[slot].live == 0.0:
            break
        weights[slot] = urge(one, world, slot, cue, context, gain)
        most = max(most, weights[slot])
        live += 1
    # In units of the hazard's slope, above the weight of no intrusion:
    base = c.hazard_offset + c.weight_control * control(one, world, minute)
    if live == 0 or u * (1.0 + live * exp((most - base) / c.hazard_slope)) < 1.0:
        return -1, 0.0
    total = 1.0
    for slot in range(live):
        weights[slot] = remaining(one, world, slot) * exp((weights[slot] - base) / c.hazard_slope)
        total += weights[slot]
    if u * total < 1.0:
        return -1, 1.0 - 1.0 / total
    # Which one has a draw of its own: what holds back all alike then makes no other memory intrude in place of one.
    point = (total - 1.0) * uniform(world.seed, INTRUDER, one.id, day, index)
    chosen = 0
    while chosen < live - 1 and point >= weights[chosen]:
        point -= weights[chosen]
        chosen += 1
    return chosen, 1.0 - 1.0 / total


@compiled
def outlook(one: Any, world: Any, minute: float) -> tuple[int, float]:
    """Lay out bounds, for the day to come, of what memories weigh at an encounter (`ceiling`) and of what is met.

    Between events strengths, arousal, avoidance and fast load only fall, and control only rises but for what practice
    gave, which is taken as it will be; slow load rises by at most what it is fed. So the bounds are taken now, with the
    place at its worst. They do not hold while tags may be captured or drugs are on board. Returns the number of
    memories, -1 where the bounds do not hold, and a bound of the share of candidates that `accepted` lets through.
    """
    c = world.c
    p = one.p
    t = one.traits
    load = squashed_load(one, world, c.load_transfer * p.load_fast)
    met = min(c.cue_usual * t.cue_rate, 1.0)
    met += (1.0 - met) * min(c.cue_rumination * t.rumination * load, 1.0)
    met *= 1.0 - p.avoidance * world.decay[DAY, AVOID]
    if carries_drugs(p):
        return -1, met
    if minute - p.fresh < EARLY_GONE and not all_calm(one, c) and early_above(one, c.tag_threshold):
        return -1, met
    arousal = t.affinity[NE] * (waking_noradrenaline(one, world, load) + p.phasic[NE])
    gain = answer_gain(one, world, gaddum(arousal, c.k_beta, 0.0, 0.0))
    calm = t.affinity[HT] * tonic(one, world, HT, minute, 0.0)
    base = c.hazard_offset + c.weight_control * control_at(
        one, world, gaddum(calm, c.k_ht, 0.0, 0.0), load, p.drive * world.decay[DAY, PRACTICE]
    )
    kept = min(world.decay[DAY, BINDING], world.decay[DAY, NEOCORTEX])
    steep = 1.0 / c.hazard_slope
    weight_affect, weight_sensory, weight_coherence = c.weight_affect, c.weight_sensory, c.weight_coherence
    left, bound = one.weight, one.scratch  # of each memory
    live = 0
    while live < SLOTS and one.memories[live].live > 0.0:
        m = one.memories[live]
        left[live] = max(elements_mean(one, live), m.cortex)
        bound[live] = kept * max(m.z[BINDING], m.cortex_b)
        one.part[live] = affective_strength(one, live)
        one.pull[live] = m.charge
        one.image[live] = sensory_strength(one, world, live)
        one.sensory[live] = one.features[live, SENSORY]
        live += 1
    for slot in range((live + LANES - 1) // LANES * LANES):  # in lanes, as in `ceiling`
        held_back = min(bound[slot] / left[slot], 1.0) if left[slot] > 0.0 else 0.0
        affect, image = one.part[slot], one.image[slot]
        urge = weight_affect * min(affect * one.pull[slot] * gain, 1.0) - weight_coherence * held_back
        one.pull[slot] = (urge - base) * steep
        one.image[slot] = weight_sensory * image * steep / max(bits(one.sensory[slot]), 1)
        one.part[slot] = taking_part(c, image, affect)
    return live, met


@compiled
def ceiling(one: Any, live: int, cue: Any) -> float:
    """Upper bound of the summed weights of all memories under a cue against no intrusion, from `outlook`."""
    shown = np.uint64(cue)
    for slot in range((live + LANES - 1) // LANES * LANES):  # in lanes; beyond `live` it reads what is left over there
        match = bits(shown & one.sensory[slot])
        # exp(x) is at most (1 - x/1024)**-1024; slack below x**2 / 2000, and nothing to call.
        one.weight[slot] = one.part[slot] / (1.0 - (one.pull[slot] + one.image[slot] * match) / 1024.0) ** 1024
    total = 0.0
    for slot in range(live):
        total += one.weight[slot]
    return total * ROUNDING


@compiled
def draw_candidates(one: Any, world: Any, day: int, first: int) -> None:
    """Draw the next `LANES` candidate encounters of a day: gap in minutes (at least 1), thinning, choice, place, cue.

    Each sensory feature is present in an everyday cue with probability 1/4: the AND of two fair masks.
    """
    seed, who = world.seed, one.id
    mean = 60.0 * (world.c.bed - world.c.wake) / world.c.cue_most
    for lane in range(LANES):
        u = block(seed, ENCOUNTER, who, day, first + lane)
        one.gap[lane] = int(exponential_in_lanes(u[0]) * mean) + 1
        one.thinning[lane] = u[1]
        one.choice[lane] = u[2]
        one.surrounding[lane] = u[3]
        mask, other = long_words(seed, CUE, who, day, first + lane)
        one.cue[lane] = mask & other
