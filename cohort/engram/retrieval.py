"""Voluntary recall: a cue drives elements, binding completes the rest, and the tone decides how far it spreads.

With ``I_g`` the drive of the cue on element g (`sharing`), the completed activation is a fixed point, which is closed
where no unit reaches its cap: ``mean(y) = mean(I) / (1 - beta)``::

    E = 1 - (1 - a) (1 - c)                                    # central part of an element
    E = 1 - (1 - a) (1 - cortex_peripheral c)                  # peripheral part, and all that is sensory
    y_g = min(I_g + beta mean(y_others), 1)
    beta = completion max(a_B, c_B) tone
    tone = min((1 + tone_completion U_ne) / (1 + tone_completion), 1)

A memory comes back if it passes the threshold and wins against the others, which company and goal may favour::

    y = mean(y_g)
    reach = 1 / (1 + exp((threshold - y) / recall_noise))
    threshold = recall_threshold (1 + gr_retrieval cort_efficacy theta_gr)
    probability = reach exp(f / competition) / sum(exp(f / competition))      # the sum is over all memories
    f = y + goal_weight control sim(narrative, goal)

What comes back is felt, and hangs together or not. The feeling grows with noradrenaline, but not by beta receptors:
yohimbine, which releases it, provokes (Southwick et al. 1993), while a beta blocker leaves the emotion at a story
(Cahill et al. 1994, 10.1038/371702a0), mood (Harmer et al. 2001, Psychopharmacology 154:383) and anxiety (Archer et
al. 2025, 10.1016/j.jad.2024.09.068) as they are. What it calms is the body, its startle (Chalkia et al. 2019,
10.3389/fnhum.2019.00051) and its skin (Kroes et al. 2016, 10.1038/npp.2015.315), whose ``fear`` a test reads. Each
pair g, k of elements above ``element_threshold`` has a threshold of its own, with ``u`` uniform on (0, 1); ``largest``
counts the elements of the largest set of joined ones::

    distress = min(answer a_A charge (1 - a_X sim(safe_context, context)), 1)
    answer = (1 + beta_answer ne_efficacy theta_felt) / (1 + beta_answer)
    fear = min(answer_of_body a_A charge (1 - a_X sim(safe_context, context)), 1)
    answer_of_body = (1 + beta_answer ne_efficacy theta_beta) / (1 + beta_answer)
    image = y_sensory (1 + vivid_half) / (y_sensory + vivid_half)
    vividness = vivid_sensory image + (1 - vivid_sensory) min(distress + a_N, 1)
    accuracy = mean(min(E, y_g) fidelity)                      # over the features of the event
    confidence = confidence_vivid vividness + (1 - confidence_vivid) accuracy
    joined = beta sqrt(y_g y_k) > link_threshold (1/2 + u)
    fragmentation = 1 - largest / 4

``y_sensory`` is the activation of the sensory element, ``y_k`` and ``y_others`` that of another and of the other three.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from cohort.compiled import compiled, inlined
from cohort.engram.ensemble import bits, similarity
from cohort.engram.sharing import drive_of, drive_units, lay_out_units
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.pharmacology import GR
from cohort.receptors import felt_arousal, occupancy, u_noradrenaline
from cohort.rows import joint_sum
from cohort.state import (
    AFFECT,
    BINDING,
    CENTRAL_BITS,
    CORT,
    EXTINCTION,
    NARRATIVE,
    NE,
    REWARD,
    SAFE_CONTEXT,
    SENSORY,
    SLOTS,
    SUBGROUP,
    WINNERS,
)
from cohort.streams import LINK, mix

declare(
    "retrieval",
    param("recall_threshold", 0.22, "activation", 0.05, 0.6,
        "chosen: an uncaptured trace is out of reach after a day", "assumed",
        "completed activation recalled in half of the attempts"),
    param("recall_noise", 0.05, "activation", 0.01, 0.2, "chosen: a fifth of the threshold", "assumed",
        "scale of the logistic noise of an attempt"),
    param("completion", 0.75, "ratio", 0.1, 0.9, "chosen below 1: completion stays stable", "assumed",
        "coupling of elements at full binding and best tone"),
    param("tone_completion", 3.0, "ratio", 0.0, 10.0,
        "Arnsten 2009, 10.1038/nrn2648 (inverted U on prefrontal networks; size chosen)", "assumed",
        "gain of U(NE) on the spread of completion"),
    param("gr_retrieval", 0.9, "ratio", 0.0, 3.0,
        "de Quervain et al. 2000, 10.1038/73873 (cortisone impairs retrieval; size chosen)", "assumed",
        "rise of the recall threshold with GR occupancy"),
    param("cortex_peripheral", 0.3, "ratio", 0.0, 1.0,
        "Winocur & Moscovitch 2011, 10.1017/S1355617711000683 (cortical traces are gist-like; size chosen)",
        "assumed", "share of peripheral detail and of images that the cortical trace carries"),
    param("competition", 0.06, "activation", 0.01, 0.5, "chosen: of the size of the recall noise", "assumed",
        "temperature of the competition between memories at recall"),
    param("goal_weight", 0.3, "activation", 0.0, 1.0,
        "Anderson & Hulbert 2021, 10.1146/annurev-psych-072720-094140 (direction; size chosen)", "assumed",
        "bias of the prefrontal goal on the competition"),
    param("link_threshold", 0.07, "activation", 0.01, 0.5, "chosen: weak binding leaves fragments", "assumed",
        "coupling times activation above which two elements are recalled together"),
    param("element_threshold", 0.06, "activation", 0.01, 0.5, "chosen", "assumed",
        "activation above which an element is reached at all"),
    param("vivid_sensory", 0.5, "weight", 0.1, 0.9,
        "Kensinger, Addis & Atapattu 2011, 10.1016/j.neuropsychologia.2010.11.023 (vividness follows the "
        "amygdala; size chosen)", "assumed",
        "weight of sensory detail in vividness; the rest is the affective charge"),
    param("beta_answer", 2.0, "ratio", 0.0, 6.0,
        "Southwick et al. 1993, 10.1001/archpsyc.1993.01820160036003 (yohimbine provokes; size chosen)",
        "assumed",
        "gain of noradrenaline on the affective answer to a cue; on the body's by its beta receptors"),
    param("vivid_half", 0.15, "activation", 0.02, 10.0,
        "chosen below the threshold of recall: what comes to mind at all is seen, so vividness outlasts "
        "accuracy (Talarico & Rubin 2003, 10.1111/1467-9280.02453, for the direction)", "assumed",
        "sensory activation at which felt vividness is half of its most"),
    param("confidence_vivid", 0.7, "weight", 0.0, 1.0,
        "Talarico & Rubin 2003, 10.1111/1467-9280.02453 (confidence follows vividness; size chosen)",
        "assumed",
        "weight of vividness in confidence; the rest is accuracy"),
)  # fmt: skip

SLIGHT = 0.0625  # gain up to which `saturation` is a series
ROUNDS = 60  # at most, of the completion of a cue


@compiled
def effective(h: float, z: float) -> float:
    """Strength that early and late phase give together: ``h + z (1 - h)``."""
    return h + z * (1.0 - h)


@inlined
def slight(gain: float) -> float:
    """`saturation` of a gain up to `SLIGHT`, by its series."""
    x = gain
    rest = 1 / 5040 - x * (1 / 40320 - x * (1 / 362880 - x * (1 / 3628800)))
    return x * (1.0 - x * (1 / 2 - x * (1 / 6 - x * (1 / 24 - x * (1 / 120 - x * (1 / 720 - x * rest))))))


@compiled
def saturation(gain: float) -> float:
    """Share of the room that a gain fills, ``1 - exp(-gain)``; by its series where the gain is small, as most are."""
    return 1.0 - exp(-gain) if gain > SLIGHT else slight(gain)


@compiled
def element(one: Any, world: Any, slot: int, part: int) -> float:
    """Strength of one element part, hippocampal or cortical: cortex keeps the gist, little of detail and of images."""
    m = one.memories[slot]
    gist = part % 2 == 0 and part // 2 != SENSORY
    reach = m.cortex if gist else m.cortex * world.c.cortex_peripheral
    return 1.0 - (1.0 - effective(m.h[part], m.z[part])) * (1.0 - reach)


@inlined
def elements_mean(one: Any, slot: int) -> float:
    """Mean hippocampal strength of the eight parts."""
    return joint_sum(one.memories[slot].h, one.memories[slot].z) / 8.0


@compiled
def binding(one: Any, slot: int) -> float:
    """Binding that recall can use: the stronger of the hippocampal and the cortical."""
    m = one.memories[slot]
    return max(effective(m.h[BINDING], m.z[BINDING]), m.cortex_b)


@compiled
def tone(one: Any, world: Any, minute: float) -> float:
    """Share of completion that the present noradrenaline lets through, 0 to 1; the same for every memory."""
    g = world.c.tone_completion
    return min((1.0 + g * u_noradrenaline(one, world, minute, 0.0)) / (1.0 + g), 1.0)


@compiled
def coupling(one: Any, world: Any, slot: int, spread: float) -> float:
    """Share of activation that an element hands on to the others, by binding and current `tone`."""
    return world.c.completion * binding(one, slot) * spread


@compiled
def cue_drive(one: Any, world: Any, slot: int, shown: Any, group: int) -> float:
    """Drive of the features shown on one element of a memory."""
    central, peripheral = element(one, world, slot, 2 * group), element(one, world, slot, 2 * group + 1)
    return drive_of(one.features[slot, group], shown, central, peripheral)


@compiled
def complete(one: Any, world: Any, slot: int, cue: Any, minute: float) -> tuple[float, float, float, float, float]:
    """Completed activation of the four elements under a cue, each at most 1, and the coupling."""
    link = coupling(one, world, slot, tone(one, world, minute))
    i0 = cue_drive(one, world, slot, cue[0], 0)
    i1 = cue_drive(one, world, slot, cue[1], 1)
    i2 = cue_drive(one, world, slot, cue[2], 2)
    i3 = cue_drive(one, world, slot, cue[3], 3)
    whole = 4.0 / 3.0 * link * (0.25 * (i0 + i1 + i2 + i3) / (1.0 - link))
    down = 1.0 + link / 3.0
    return (
        min((i0 + whole) / down, 1.0),
        min((i1 + whole) / down, 1.0),
        min((i2 + whole) / down, 1.0),
        min((i3 + whole) / down, 1.0),
        link,
    )


@compiled
def activation(one: Any, world: Any, slot: int, cue: Any, minute: float) -> float:
    """Mean completed activation of a memory under a cue."""
    y = complete(one, world, slot, cue, minute)
    return 0.25 * (y[0] + y[1] + y[2] + y[3])


@compiled
def read_elements(one: Any, world: Any, cue: Any) -> int:
    """Lay out the strengths of all elements, and the units, for `drive_units`; returns the number of memories."""
    live = 0
    while live < SLOTS and one.memories[live].live > 0.0:
        for part in range(8):
            one.elements[live, part] = element(one, world, live, part)
        live += 1
    lay_out_units(one, live, cue)
    return live


@compiled
def supported(one: Any, world: Any, slot: int, cue: Any, spread: float) -> float:
    """Mean completed activation of a memory among the others: each unit is capped at 1, shared ones are driven more.

    Closed, as in `complete`, where no unit reaches its cap; else found by iteration, which converges as the powers of
    the coupling.
    """
    link = coupling(one, world, slot, spread)
    drive = one.scratch[:WINNERS]
    y = one.scratch[WINNERS : WINNERS + 4]
    drive_units(one, slot, cue, drive)
    total = 0.0
    for place in range(WINNERS):
        total += drive[place] / SUBGROUP
    total /= 1.0 - link
    most = 0.0
    for group in range(4):
        mean = highest = 0.0
        for place in range(group * SUBGROUP, (group + 1) * SUBGROUP):
            mean += drive[place] / SUBGROUP
            highest = max(highest, drive[place])
        spread = link * (total - (mean + link * total / 3.0) / (1.0 + link / 3.0)) / 3.0
        most = max(most, highest + spread)
        y[group] = 0.0
    if most <= 1.0:
        return 0.25 * total
    total = 0.0
    for _ in range(ROUNDS):
        before = total
        for group in range(4):
            spread = link * (total - y[group]) / 3.0
            now = 0.0
            for place in range(group * SUBGROUP, (group + 1) * SUBGROUP):
                now += min(drive[place] + spread, 1.0) / SUBGROUP
            total += now - y[group]
            y[group] = now
        if total - before < 1e-9:
            break
    return 0.25 * total


@compiled
def reach(one: Any, world: Any, active: float, minute: float) -> float:
    """Probability that a memory with this activation passes the threshold of recall."""
    c = world.c
    raised = 1.0 + c.gr_retrieval * one.traits.efficacy[CORT] * occupancy(one, world, GR, minute, 0.0)
    return 1.0 / (1.0 + exp(-(active - c.recall_threshold * raised) / c.recall_noise))


@compiled
def best_recall(one: Any, world: Any, slot: int, minute: float) -> float:
    """Probability of recall under the full cue."""
    return reach(one, world, activation(one, world, slot, one.features[slot], minute), minute)


@compiled
def bias(one: Any, world: Any, slot: int, goal: Any, control: float) -> float:
    """Pull of the goal on a memory: prefrontal control times the match with its meaning."""
    if goal == np.uint64(0):
        return 0.0
    return world.c.goal_weight * control * similarity(one.features[slot, NARRATIVE], goal)


@compiled
def recall_probability(one: Any, world: Any, slot: int, cue: Any, goal: Any, control: float, minute: float) -> float:
    """Probability that the cue brings back this memory: wins the competition and passes the threshold."""
    live = read_elements(one, world, cue)
    spread = tone(one, world, minute)
    own = supported(one, world, slot, cue, spread)
    favour = own + bias(one, world, slot, goal, control)
    rivals = 0.0
    for other in range(live):
        if other != slot:
            theirs = supported(one, world, other, cue, spread) + bias(one, world, other, goal, control)
            rivals += exp((theirs - favour) / world.c.competition)
    return reach(one, world, own, minute) / (1.0 + rivals)


@compiled
def vividness(one: Any, world: Any, slot: int, sensory: float, distress: float) -> float:
    """Felt vividness: sensory detail, which saturates, and affect. `sensory` is the activation, at most 1."""
    w = world.c.vivid_sensory
    half = world.c.vivid_half
    image = sensory * (1.0 + half) / (sensory + half)
    return w * image + (1.0 - w) * min(
        distress + effective(one.memories[slot].h[REWARD], one.memories[slot].z[REWARD]), 1.0
    )


@compiled
def accuracy_of(one: Any, world: Any, slot: int, y: Any, first: int, end: int) -> float:
    """Agreement of what comes back of elements `first` to `end` (exclusive) with the event as it was."""
    m = one.memories[slot]
    total = 0.0
    present = 0.0
    for group in range(first, end):
        for half in range(2):
            mask = CENTRAL_BITS if half == 0 else ~CENTRAL_BITS
            n = bits(one.features[slot, group] & mask)
            kept = min(element(one, world, slot, 2 * group + half), y[group])
            total += n * kept * m.fidelity[half]
            present += n
    return total / present if present > 0.0 else 0.0


@compiled
def accuracy(one: Any, world: Any, slot: int, y: Any) -> float:
    """Agreement of what comes back with the event as it was: over parts, activation times fidelity."""
    return accuracy_of(one, world, slot, y, 0, 4)


@compiled
def joined(one: Any, world: Any, slot: int, y: Any, link: float, a: int, b: int) -> bool:
    """Whether two elements are recalled together; each pair has its own threshold, drawn once a trace."""
    key = mix(world.seed ^ np.uint64(one.id), np.uint64(LINK))
    chance = mix(key, np.uint64(int(one.memories[slot].episode) * 16 + a * 4 + b))
    threshold = world.c.link_threshold * (0.5 + int(chance >> np.uint64(40)) / 16777216.0)
    return link * sqrt(y[a] * y[b]) > threshold


@compiled
def fragmentation(one: Any, world: Any, slot: int, y: Any, link: float) -> float:
    """``1 - (largest set of elements that hang together) / 4``; 1 when no element is reached."""
    group0, group1, group2, group3 = 1, 2, 4, 8
    if y[0] <= world.c.element_threshold:
        group0 = 0
    if y[1] <= world.c.element_threshold:
        group1 = 0
    if y[2] <= world.c.element_threshold:
        group2 = 0
    if y[3] <= world.c.element_threshold:
        group3 = 0
    for _ in range(3):
        before = group0 + group1 + group2 + group3  # which each union raises
        if group0 and group1 and group0 != group1 and joined(one, world, slot, y, link, 0, 1):
            group0 = group1 = group0 | group1
        if group0 and group2 and group0 != group2 and joined(one, world, slot, y, link, 0, 2):
            group0 = group2 = group0 | group2
        if group0 and group3 and group0 != group3 and joined(one, world, slot, y, link, 0, 3):
            group0 = group3 = group0 | group3
        if group1 and group2 and group1 != group2 and joined(one, world, slot, y, link, 1, 2):
            group1 = group2 = group1 | group2
        if group1 and group3 and group1 != group3 and joined(one, world, slot, y, link, 1, 3):
            group1 = group3 = group1 | group3
        if group2 and group3 and group2 != group3 and joined(one, world, slot, y, link, 2, 3):
            group2 = group3 = group2 | group3
        if group0 + group1 + group2 + group3 == before:
            break
    largest = max(
        max(bits(np.uint64(group0)), bits(np.uint64(group1))), max(bits(np.uint64(group2)), bits(np.uint64(group3)))
    )
    return 1.0 - largest / 4.0


@compiled
def affective_strength(one: Any, slot: int) -> float:
    """Effective strength of the amygdalar projection over its three late shares."""
    m = one.memories[slot]
    return effective(m.h[AFFECT], m.z[AFFECT] + m.z[AFFECT + 1] + m.z[AFFECT + 2])


@compiled
def held_back(one: Any, slot: int, context: Any) -> float:
    """Share of the affective answer that extinction holds back in a context."""
    m = one.memories[slot]
    learned = effective(m.h[EXTINCTION], m.z[EXTINCTION])
    if learned == 0.0:
        return 0.0
    return learned * similarity(one.features[slot, SAFE_CONTEXT], context)


@compiled
def answer_gain(one: Any, world: Any, arousal: float) -> float:
    """Gain of the affective answer to a cue by arousal (0 to 1), felt or of the body; 1 at the median person's most."""
    g = world.c.beta_answer
    return (1.0 + g * one.traits.efficacy[NE] * arousal) / (1.0 + g)


@compiled
def answering(one: Any, world: Any, minute: float) -> float:
    """`answer_gain` of what is felt at this moment."""
    return answer_gain(one, world, felt_arousal(one, world, minute))


@compiled
def distress_of(one: Any, slot: int, context: Any, gain: float) -> float:
    """Affective answer to a memory, 0 to 1: strength times charge times `answer_gain`, less what extinction holds."""
    charge = one.memories[slot].charge
    if charge == 0.0:
        return 0.0
    return min(affective_strength(one, slot) * charge * (1.0 - held_back(one, slot, context)) * gain, 1.0)
