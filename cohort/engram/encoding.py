"""Encoding: what one event writes, element by element, and what it spills into or takes from its neighbours.

An event is written at its end, while the fast systems stand at the level that it released; the stress axis answers at
its start. Its presence and appraisal are multiplied by the dose with which it reaches the person, within their
ranges. Every strength takes the same step by its ``gain``; the gains differ by projection and modulator::

    h += (1 - exp(-gain)) (1 - h)
    awake = 1 - gaba_encoding min(effect(gaba_a), 1)
    attention = (1 + ach_element ach_efficacy theta_muscarinic) (1 + ne_element U_ne)
    priority = 1 + ne_priority ne_efficacy theta_beta
    gain_E = gain_element hippocampal_capacity awake attention salience priority    # central part of an element
    gain_E = gain_element hippocampal_capacity awake attention salience / priority  # peripheral part
    gain_B = gain_binding hippocampal_capacity awake mean(salience) (1 + ne_binding U_ne) (1 + cort_binding U_cort)
    gain_A = gain_amygdala awake arousal salience_affective (1 + ne_amygdala ne_efficacy theta_beta) stress
    stress = 1 + cort_amygdala cort_efficacy theta_gr
    gain_N = gain_accumbens max(reward_error, 0) (1 + da_accumbens da_efficacy theta_d1)
    charge = max(charge, threat arousal (1 - max(valence, 0) / 2))

``salience_affective`` is that of the central affective part. Traces that share synapses share what is written there,
to first order in the overlap ``o``, the share of a neighbour's synapses that the trace has too; and an arousing event
depresses, in untagged neighbours, synapses onto its own units from sources that were silent, a share ``s`` of them::

    h_neighbour += o (1 - exp(-gain)) (1 - max(h_neighbour, h))
    h_neighbour *= 1 - prune_arousal arousal theta_beta s          # both if h_neighbour < tag_threshold
    z_neighbour *= 1 - prune_arousal arousal theta_beta s

A new trace takes an empty slot, or that of the trace least likely to be recalled under its full cue, if that is below
``evict_below``; else the event is crowded out, and counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.appraisal import drive, release
from cohort.compiled import compiled
from cohort.engram.ensemble import (
    allocate,
    bits,
    mark_units,
    shared_units,
    units_in,
    whole_set,
)
from cohort.engram.overlap import forget_shares, further_share, shared_synapses
from cohort.engram.retrieval import best_recall, saturation
from cohort.parameters import declare, param
from cohort.pharmacology import BETA, D1, GABA_A, GR, MUSCARINIC, effect
from cohort.receptors import occupancy, u_cortisol, u_noradrenaline
from cohort.state import (
    ACH,
    AFFECT,
    AFFECTIVE,
    BINDING,
    CENTRAL_BITS,
    CORT,
    DA,
    EARLY_STRENGTHS,
    EXTINCTION,
    HIPPOCAMPUS,
    LATE_STRENGTHS,
    NE,
    REWARD,
    SAFE_CONTEXT,
    SLOTS,
    SUBGROUP,
    WINNERS,
)

declare(
    "encoding",
    param("gain_element", 0.45, "1", 0.1, 1.5,
        "chosen: one neutral exposure reaches an early strength near .46, four .85, which is criterion", "assumed",
        "encoding gain of a fully present element part"),
    param("gain_binding", 0.05, "1", 0.01, 0.6,
        "chosen: at the peak of both inverted U half of what is free is bound, so that neither is flattened",
        "assumed",
        "encoding gain of binding between elements"),
    param("gain_amygdala", 0.30, "1", 0.05, 2.0, "chosen: a film stays well below a trauma", "assumed",
        "encoding gain of the hippocampal-amygdalar projection at full arousal"),
    param("gain_accumbens", 0.9, "1", 0.1, 3.0, "chosen", "assumed",
        "encoding gain of the reward value at full prediction error"),
    param("ach_element", 1.0, "ratio", 0.0, 3.0,
        "Hasselmo 2006, 10.1016/j.conb.2006.09.002 (direction; size chosen)", "assumed",
        "gain of ACh on elements"),
    param("ne_element", 0.5, "ratio", 0.0, 2.0,
        "Arnsten 2009, 10.1038/nrn2648 (inverted U; size chosen)", "assumed", "gain of U(NE) on elements"),
    param("ne_priority", 1.2, "ratio", 0.0, 3.0,
        "Mather et al. 2016, 10.1017/S0140525X15000667 (direction; size chosen)", "assumed",
        "beta-adrenergic gain of central parts, and loss of peripheral ones"),
    param("ne_binding", 4.0, "ratio", 0.0, 10.0,
        "Arnsten 2009, 10.1038/nrn2648 (inverted U; size chosen)", "assumed", "gain of U(NE) on binding"),
    param("cort_binding", 4.0, "ratio", 0.0, 10.0,
        "Lupien et al. 2007, 10.1016/j.bandc.2007.02.007 (inverted U by MR and GR; size chosen)", "assumed",
        "gain of U(cortisol) on binding"),
    param("ne_amygdala", 3.0, "ratio", 0.0, 8.0,
        "McGaugh 2004, 10.1146/annurev.neuro.27.070203.144157 (direction; size chosen)", "assumed",
        "gain of beta-adrenergic occupancy on the amygdala"),
    param("cort_amygdala", 1.5, "ratio", 0.0, 5.0,
        "Roozendaal et al. 2009, 10.1038/nrn2651 (direction; size chosen)", "assumed",
        "gain of GR occupancy on the amygdala"),
    param("da_accumbens", 4.0, "ratio", 0.0, 10.0,
        "Schultz et al. 1997, 10.1126/science.275.5306.1593 (direction; size chosen)", "assumed",
        "gain of D1 occupancy on reward value"),
    param("gaba_encoding", 0.8, "share", 0.0, 1.0,
        "Ghoneim & Mewaldt 1990, 10.1007/BF02244760 (anterograde amnesia; size chosen)", "assumed",
        "loss of encoding under full effect at GABA-A"),
    param("evict_below", 0.01, "probability", 0.0, 0.01, "model contract: a trace goes only when recall is under 1%",
        "assumed", "probability of recall below which a trace may give its place to a new one"),
    param("prune_arousal", 0.30, "share", 0.0, 0.5,
        "Strange et al. 2003, 10.1073/pnas.1635116100, and Mather et al. 2016, 10.1017/S0140525X15000667 (direction; "
        "size chosen: above .1 it outweighs what a neighbour gains at the synapses that it shares)", "assumed",
        "strength that untagged neighbours lose at each depressed synapse, at full arousal and beta occupancy"),
)  # fmt: skip


@compiled
def spill(one: Any, slot: int, saturation: Any) -> None:
    """Carry an update of `slot` to the synapses that other traces share with it (first order in the overlap).

    `saturation` holds ``1 - exp(-gain)`` of every early strength. Called before the trace itself is updated: what is
    shared is as far saturated as the stronger of the two.
    """
    own = one.memories[slot]
    for other in range(SLOTS):
        m = one.memories[other]
        if other == slot or m.live == 0.0:
            continue
        if shared_units(one, HIPPOCAMPUS, slot, other) == 0 and shared_synapses(one, slot, other, EXTINCTION) == 0.0:
            continue
        for i in range(EARLY_STRENGTHS):
            if saturation[i] > 0.0:
                m.h[i] += shared_synapses(one, slot, other, i) * saturation[i] * (1.0 - max(m.h[i], own.h[i]))


@compiled
def inherit(one: Any, slot: int) -> None:
    """Let a new trace find what it shares with others as those have left it (first order in the overlap)."""
    new = one.memories[slot]
    for i in range(EARLY_STRENGTHS):
        free = 1.0
        counted = -1
        for other in range(SLOTS):
            m = one.memories[other]
            if other == slot or m.live == 0.0:
                continue
            share = min(further_share(one, other, slot, i, counted), free)
            if share > 0.0:
                free -= share
                counted = other
                new.h[i] += share * m.h[i]
                for k in range(i, LATE_STRENGTHS if i == AFFECT else i + 1):
                    new.z[k] += share * m.z[k]


@compiled
def prune(one: Any, world: Any, slot: int, share: float) -> None:
    """Weaken the untagged neighbours of an active ensemble.

    Synapses that reach an active unit from a silent source are depressed, early and late phase alike, unless tagged.
    For elements the sources are features, for binding other units: of ``o`` shared of ``k`` units these are then
    ``o (k - o) / (k (k - 1))``.
    """
    if share <= 0.0:
        return
    active = whole_set(one, slot)
    tagged = world.c.tag_threshold
    for other in range(SLOTS):
        m = one.memories[other]
        if m.live == 0.0:
            break
        if other == slot:
            continue
        mark_units(one, other)
        sets = one.sets[other]
        reached = (
            units_in(active, sets[0]), units_in(active, sets[1]), units_in(active, sets[2]), units_in(active, sets[3])
        )  # fmt: skip
        common = reached[0] + reached[1] + reached[2] + reached[3]
        if common == 0:
            continue
        for i in range(8):  # an element that shares nothing is multiplied by 1: cheaper than to ask
            own = one.features[other, i // 2] & (CENTRAL_BITS if i % 2 == 0 else ~CENTRAL_BITS)
            n = max(bits(own), 1)
            silent = 1.0 - bits(own & one.features[slot, i // 2]) / n
            untagged = m.h[i] < tagged and own != np.uint64(0)
            left = 1.0 - share * (reached[i // 2] / SUBGROUP * silent) if untagged else 1.0
            m.h[i] *= left
            m.z[i] *= left
        if m.h[BINDING] < tagged:
            left = 1.0 - share * (common * (WINNERS - common) / (WINNERS * (WINNERS - 1.0)))
            m.h[BINDING] *= left
            m.z[BINDING] *= left


@compiled
def place(one: Any, world: Any, scene: Any, minute: float) -> int:
    """Slot of the scene's episode: its own, an empty one, or that of a trace that can no longer be recalled.

    Returns -1 when every trace is still recallable; the event is then counted as crowded out.
    """
    free = -1
    weakest = -1
    least = world.c.evict_below
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live > 0.0:
            if m.episode == scene.episode:
                return slot
        elif free < 0:
            free = slot
    if free >= 0:
        return free
    for slot in range(SLOTS):
        p = best_recall(one, world, slot, minute)
        if p < least:
            least = p
            weakest = slot
    if weakest < 0:
        one.p.crowded += 1.0
    else:
        one.p.evictions += 1.0
    return weakest


@compiled
def clear(one: Any, slot: int) -> None:
    """Empty a slot."""
    m = one.memories[slot]
    m.live = 0.0
    for i in range(EARLY_STRENGTHS):
        m.h[i] = 0.0
    for i in range(LATE_STRENGTHS):
        m.z[i] = 0.0
    m.cortex = m.cortex_b = m.labile = m.recall_prp = m.charge = m.arousal = 0.0


@compiled
def expose(one: Any, scene: Any, dose: float) -> None:
    """Take up a scene as it reaches this person: presence and appraisal scaled by the dose, within their ranges."""
    own = one.scene
    own.episode = scene.episode
    own.goal = scene.goal
    own.items = scene.items
    own.duration = scene.duration
    own.controllability = scene.controllability
    own.social = scene.social
    own.safe = 1.0 - min((1.0 - scene.safe) * dose, 1.0)
    for group in range(4):
        own.features[group] = scene.features[group]
    for part in range(8):
        own.salience[part] = min(scene.salience[part] * dose, 1.0)
    own.arousal = min(scene.arousal * dose, 1.0)
    own.novelty = min(scene.novelty * dose, 1.0)
    own.threat = min(scene.threat * dose, 1.0)
    own.self_relevance = min(scene.self_relevance * dose, 1.0)
    own.valence = min(max(scene.valence * dose, -1.0), 1.0)
    own.reward_error = min(max(scene.reward_error * dose, -1.0), 1.0)


@compiled
def onset(one: Any, world: Any, scene: Any) -> None:
    """The stress axis answers at the start of an event."""
    release(one, world, CORT, drive(world.c, CORT, scene))


@compiled
def encode(one: Any, world: Any, scene: Any, minute: float) -> int:
    """Write an event at its end, while the fast systems stand at the level it released. Returns the slot or -1."""
    c = world.c
    for system in range(5):
        release(one, world, system, drive(c, system, scene))
    slot = place(one, world, scene, minute)
    if slot < 0:
        return slot
    m = one.memories[slot]
    if m.live == 0.0 or m.episode != scene.episode:
        clear(one, slot)
        m.live = 1.0
        m.episode = scene.episode
        m.encoded = minute
        m.items = scene.items
        m.fidelity[0] = 1.0
        m.fidelity[1] = 1.0
        for group in range(4):
            one.features[slot, group] = scene.features[group]
        one.features[slot, SAFE_CONTEXT] = np.uint64(0)
        allocate(one, world, slot, scene, minute)
        forget_shares(one, slot)
        inherit(one, slot)
    m.active = minute
    m.arousal = max(m.arousal, scene.arousal)
    gains = one.scratch[:EARLY_STRENGTHS]
    encoding_gains(one, world, scene, minute, gains)
    learn(one, slot, gains)
    felt = scene.threat * scene.arousal * (1.0 - 0.5 * max(scene.valence, 0.0))
    m.charge = max(m.charge, felt)
    prune(one, world, slot, c.prune_arousal * scene.arousal * occupancy(one, world, BETA, minute, 0.0))
    return slot


@compiled
def learn(one: Any, slot: int, gains: Any) -> None:
    """Apply one gain to each early strength of a trace, and to what its neighbours share of it."""
    for i in range(EARLY_STRENGTHS):
        gains[i] = saturation(gains[i])
    spill(one, slot, gains)
    one.calm = 0
    m = one.memories[slot]
    for i in range(EARLY_STRENGTHS):
        m.h[i] += gains[i] * (1.0 - m.h[i])


@compiled
def encoding_gains(one: Any, world: Any, scene: Any, minute: float, gains: Any) -> None:
    """Gains of every early strength for one event under the present modulators."""
    c = world.c
    e = one.traits.efficacy
    theta_beta = occupancy(one, world, BETA, minute, 0.0)
    u_ne = u_noradrenaline(one, world, minute, 0.0)
    sedation = 1.0 - c.gaba_encoding * min(effect(one.p, world.drugs, GABA_A, 0.0), 1.0)
    capacity = one.traits.hippocampal_capacity * sedation
    attention = (1.0 + c.ach_element * e[ACH] * occupancy(one, world, MUSCARINIC, minute, 0.0)) * (
        1.0 + c.ne_element * u_ne
    )
    priority = 1.0 + c.ne_priority * e[NE] * theta_beta
    present = 0.0
    for part in range(8):
        present += scene.salience[part] / 8.0
        gains[part] = c.gain_element * capacity * attention * scene.salience[part]
        if part % 2 == 0:
            gains[part] *= priority
        else:
            gains[part] /= priority
    gains[BINDING] = (
        c.gain_binding
        * capacity
        * present
        * (1.0 + c.ne_binding * u_ne)
        * (1.0 + c.cort_binding * u_cortisol(one, world, minute, 0.0))
    )
    gains[AFFECT] = (
        c.gain_amygdala
        * sedation
        * scene.arousal
        * scene.salience[2 * AFFECTIVE]
        * (1.0 + c.ne_amygdala * e[NE] * theta_beta)
        * (1.0 + c.cort_amygdala * e[CORT] * occupancy(one, world, GR, minute, 0.0))
    )
    gains[EXTINCTION] = 0.0
    reward = max(scene.reward_error, 0.0)
    gains[REWARD] = c.gain_accumbens * reward * (1.0 + c.da_accumbens * e[DA] * occupancy(one, world, D1, minute, 0.0))
