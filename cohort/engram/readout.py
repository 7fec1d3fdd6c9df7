"""What can be read of one person and of their memories without touching either."""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.engram.intrusion import home
from cohort.engram.kernel import slot_of
from cohort.engram.retrieval import (
    accuracy,
    accuracy_of,
    activation,
    answer_gain,
    answering,
    binding,
    complete,
    distress_of,
    effective,
    element,
    fragmentation,
    reach,
    recall_probability,
    vividness,
)
from cohort.engram.slow import control, slept
from cohort.neuromodulators import level, load_of, waking_noradrenaline
from cohort.pharmacology import BETA, MR, receptor_load
from cohort.receptors import occupancy
from cohort.state import (
    AFFECT,
    BINDING,
    CENTRAL_BITS,
    CONTEXT,
    CORT,
    ELEMENTS,
    EXTINCTION,
    NARRATIVE,
    REWARD,
    SAFE_CONTEXT,
    SENSORY,
    SLOTS,
)
from cohort.streams import mix

# What a full cue brings back of one memory.
RECALLED = np.dtype([(name, np.float32) for name in ("recall", "vividness", "accuracy", "fragmentation", "distress")])
MEASURE = np.dtype(
    [
        *((name, np.float32) for name in ("load", "avoidance", "control")),
        ("live", np.int32),  # memories held
        ("held", np.int32),  # 1 when the episode asked for is held; else what follows is 0
        ("encoded", np.int32),  # minute
        ("charge", np.float32),
        *((name, np.float32) for name in RECALLED.names or ()),
    ]
)
_STRENGTHS = tuple(
    f"{projection}_{phase}"
    for projection in ("elements", "binding", "affect", "extinction", "reward")
    for phase in ("early", "late")
)
_SCALARS = ("cortex", "cortex_binding", "charge", "arousal", "fidelity_central", "fidelity_peripheral", "labile")
TRACE = np.dtype(
    [
        ("live", np.int32),  # 1 when the slot holds a trace; else the rest is undefined
        ("episode", np.int32),
        ("encoded", np.int32),  # minute
        *((name, np.float32) for name in (*_STRENGTHS, *_SCALARS)),
        *((name, np.float32) for name in RECALLED.names or ()),
    ]
)
# What instruments may look at. From `charge` on it is of the episode and undefined without a trace of it.
PROBE = np.dtype(
    [
        ("held", np.int32),  # 1 when the person holds a trace of the episode
        *((name, np.float32) for name in ("load", "avoidance", "control")),
        ("sleep", np.float32),  # hours that the coming night would last
        ("tone", np.float32),  # noradrenaline at rest by day, in units of the median person's waking rest
        ("beta", np.float32),  # activated share of beta receptors
        ("cortisol", np.float32),  # level with hydrocortisone, in units of the median person's rest
        ("charge", np.float32),
        *((name, np.float32) for name in RECALLED.names or ()),  # under the full cue
        ("confidence", np.float32),  # under the full cue
        *((f"{name}_free", np.float32) for name in ("recall", "accuracy")),  # under the context and the gist
        *((f"{name}_cued", np.float32) for name in ("recall", "accuracy")),  # under half of every element
        *((f"{name}_source", np.float32) for name in ("recall", "accuracy")),  # of the context, under all the rest
        ("familiarity", np.float32),  # activation by the episode itself
        ("familiarity_foil", np.float32),  # greatest activation of any memory by a scene that never was
        *((f"fear_{place}", np.float32) for place in ("learned", "safe", "new")),  # fear of the body by context
        ("approach", np.float32),  # strength towards the accumbens
        *((f"strength_{e}", np.float32) for e in ELEMENTS),  # central and peripheral part, hippocampal or cortical
        ("strength_binding", np.float32),
    ]
)
NOWHERE = np.uint64(0xFFFFFFFF00000000)  # key of a context in which nobody ever was: beyond every day and index


@compiled
def read_recalled(one: Any, world: Any, slot: int, minute: int, out: Any) -> None:
    """Read what the full cue, in the context of the event, would bring back of one memory."""
    cue = one.features[slot]
    y = complete(one, world, slot, cue, minute)
    gain = answering(one, world, minute)
    distress = distress_of(one, slot, cue[CONTEXT], gain)
    out.recall = reach(one, world, 0.25 * (y[0] + y[1] + y[2] + y[3]), minute)  # `best_recall`
    out.vividness = vividness(one, world, slot, y[SENSORY], distress)
    out.accuracy = accuracy(one, world, slot, y)
    out.fragmentation = fragmentation(one, world, slot, y, y[4])
    out.distress = distress


@compiled
def read_measure(one: Any, world: Any, episode: int, minute: int, out: Any) -> None:
    """Read the state of a person, and of one episode."""
    out.load = load_of(one, world)
    out.avoidance = one.p.avoidance
    out.control = control(one, world, minute)
    live = 0
    for slot in range(SLOTS):
        if one.memories[slot].live > 0.0:
            live += 1
    out.live = live
    slot = slot_of(one, episode)
    out.held = 1 if slot >= 0 else 0
    if slot >= 0:
        out.encoded = int(one.memories[slot].encoded)
        out.charge = one.memories[slot].charge
        read_recalled(one, world, slot, minute, out)


@compiled
def read_trace(one: Any, world: Any, slot: int, minute: int, out: Any) -> None:
    """Read one memory."""
    m = one.memories[slot]
    out.live = 1
    out.episode = int(m.episode)
    out.encoded = int(m.encoded)
    early = late = 0.0
    for part in range(2 * len(ELEMENTS)):
        early += m.h[part] / (2 * len(ELEMENTS))
        late += m.z[part] / (2 * len(ELEMENTS))
    out.elements_early = early
    out.elements_late = late
    out.binding_early = m.h[BINDING]
    out.binding_late = m.z[BINDING]
    out.affect_early = m.h[AFFECT]
    out.affect_late = m.z[AFFECT] + m.z[AFFECT + 1] + m.z[AFFECT + 2]
    out.extinction_early = m.h[EXTINCTION]
    out.extinction_late = m.z[EXTINCTION]
    out.reward_early = m.h[REWARD]
    out.reward_late = m.z[REWARD]
    out.cortex = m.cortex
    out.cortex_binding = m.cortex_b
    out.charge = m.charge
    out.arousal = m.arousal
    out.fidelity_central = m.fidelity[0]
    out.fidelity_peripheral = m.fidelity[1]
    out.labile = m.labile
    read_recalled(one, world, slot, minute, out)


@compiled
def half_of(mask: Any) -> Any:
    """Every second of the features of an element, from the lowest, central and peripheral alike."""
    left = np.uint64(mask)
    kept = np.uint64(0)
    while left != np.uint64(0):
        lowest = left & (~left + np.uint64(1))
        kept |= lowest
        left ^= lowest
        left &= left - np.uint64(1) if left != np.uint64(0) else np.uint64(0)
    return kept


@compiled
def foil_of(mask: Any) -> Any:
    """As many central and peripheral features as an element has, in other places: what it shares is left to chance."""
    low = np.uint64(mask) & np.uint64(0xFFFFFFFF)
    high = np.uint64(mask) >> np.uint64(32)
    low = ((low << np.uint64(13)) | (low >> np.uint64(19))) & np.uint64(0xFFFFFFFF)
    high = ((high << np.uint64(13)) | (high >> np.uint64(19))) & np.uint64(0xFFFFFFFF)
    return low | high << np.uint64(32)


@compiled
def read_tests(one: Any, world: Any, slot: int, minute: int, out: Any) -> None:
    """Read what the tests of memory would bring out: with part of the cue, with a foil, in three contexts."""
    own = one.features[slot]
    check = control(one, world, minute)
    cue = np.zeros(4, dtype=np.uint64)
    cue[CONTEXT] = own[CONTEXT]
    cue[NARRATIVE] = own[NARRATIVE] & CENTRAL_BITS
    out.recall_free = recall_probability(one, world, slot, cue, np.uint64(0), check, minute)
    out.accuracy_free = accuracy(one, world, slot, complete(one, world, slot, cue, minute))
    for group in range(4):
        cue[group] = half_of(own[group])
    out.recall_cued = recall_probability(one, world, slot, cue, np.uint64(0), check, minute)
    out.accuracy_cued = accuracy(one, world, slot, complete(one, world, slot, cue, minute))
    for group in range(4):
        cue[group] = own[group]
    cue[CONTEXT] = np.uint64(0)
    out.recall_source = recall_probability(one, world, slot, cue, np.uint64(0), check, minute)
    out.accuracy_source = accuracy_of(one, world, slot, complete(one, world, slot, cue, minute), CONTEXT, CONTEXT + 1)
    out.familiarity = activation(one, world, slot, own, minute)
    for group in range(4):
        cue[group] = foil_of(own[group])
    most = 0.0
    for other in range(SLOTS):
        if one.memories[other].live == 0.0:
            break
        most = max(most, activation(one, world, other, cue, minute))
    out.familiarity_foil = most
    gain = answer_gain(one, world, occupancy(one, world, BETA, minute, 0.0))  # of the body
    nowhere = mix(home(one, world), NOWHERE)
    safe = own[SAFE_CONTEXT]
    out.fear_learned = distress_of(one, slot, own[CONTEXT], gain)
    out.fear_safe = distress_of(one, slot, safe if safe != np.uint64(0) else nowhere, gain)
    out.fear_new = distress_of(one, slot, nowhere, gain)


@compiled
def read_probe(one: Any, world: Any, episode: int, minute: int, out: Any) -> None:
    """Read all that instruments may look at of a person, and of one episode."""
    out.load = load_of(one, world)
    out.avoidance = one.p.avoidance
    out.control = control(one, world, minute)
    out.sleep = slept(one, world)
    out.tone = waking_noradrenaline(one, world, out.load)
    out.beta = occupancy(one, world, BETA, minute, 0.0)
    # Of the drugs at this receptor only the hormone itself activates it: its C/Ki times K is a level.
    out.cortisol = level(one, world, CORT, minute, 0.0) + world.c.k_mr * receptor_load(one.p, world.drugs, MR, 0.0)[1]
    slot = slot_of(one, episode)
    out.held = 1 if slot >= 0 else 0
    if slot < 0:
        return
    m = one.memories[slot]
    out.charge = m.charge
    read_recalled(one, world, slot, minute, out)
    w = world.c.confidence_vivid
    out.confidence = w * out.vividness + (1.0 - w) * out.accuracy
    out.approach = effective(m.h[REWARD], m.z[REWARD])
    out.strength_context = 0.5 * (element(one, world, slot, 0) + element(one, world, slot, 1))
    out.strength_sensory = 0.5 * (element(one, world, slot, 2) + element(one, world, slot, 3))
    out.strength_narrative = 0.5 * (element(one, world, slot, 4) + element(one, world, slot, 5))
    out.strength_affective = 0.5 * (element(one, world, slot, 6) + element(one, world, slot, 7))
    out.strength_binding = binding(one, slot)
    read_tests(one, world, slot, minute, out)
