"""What can be read of persons and of their memories without touching either: the same life, however often one looks."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.compiled import compiled
from cohort.engram.kernel import slot_of
from cohort.engram.retrieval import (
    accuracy,
    answer_gain,
    complete,
    distress_of,
    fragmentation,
    reach,
    vividness,
)
from cohort.engram.slow import control
from cohort.neuromodulators import load_of, occupancy
from cohort.pharmacology import BETA
from cohort.population import BLOCK, Population, Workspace, fetch_ahead, gather
from cohort.state import AFFECT, BINDING, CONTEXT, ELEMENTS, EXTINCTION, REWARD, SENSORY, SLOTS

# What a full cue brings back of one memory.
RECALLED = np.dtype([(name, np.float32) for name in ("recall", "vividness", "accuracy", "fragmentation", "distress")])
MEASURE = np.dtype(
    [
        *((name, np.float32) for name in ("load", "avoidance", "control")),
        ("live", np.int32),  # memories held
        ("held", np.int32),  # 1 when the focus episode is held; else what follows is 0
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


@compiled
def read_recalled(one: Any, world: Any, slot: int, minute: int, out: Any) -> None:
    """Read what the full cue, in the context of the event, would bring back of one memory."""
    cue = one.features[slot]
    y = complete(one, world, slot, cue, minute)
    gain = answer_gain(one, world, occupancy(one, world, BETA, minute, 0.0))
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
def read_measures(
    low: int, high: int, who: Any, lived: Any, ids: Any, persons: Any, traits: Any, memories: Any, units: Any,
    features: Any, worlds: Any, work: Any, numbers: Any, words: Any, episode: int, out: Any,
) -> None:  # fmt: skip
    """`read_measure` of persons ``who[low:high]``, into the same places of `out`."""
    one = work[0]
    for place in range(low, high):
        i = who[place]
        one.id = ids[i]
        if place + 1 < high:
            fetch_ahead(who[place + 1], persons, traits, memories, features, units)
        gather(numbers, words, i, persons, traits, memories, features, units)
        read_measure(one, worlds[0], episode, max(int(one.p.clock), lived[i]), out[place])


@compiled
def read_traces(
    low: int, high: int, who: Any, lived: Any, ids: Any, persons: Any, traits: Any, memories: Any, units: Any,
    features: Any, worlds: Any, work: Any, numbers: Any, words: Any, episode: int, out: Any,
) -> None:  # fmt: skip
    """`read_trace` of every memory of persons ``who[low:high]`` (of one episode, or of all when it is negative)."""
    one = work[0]
    for place in range(low, high):
        i = who[place]
        one.id = ids[i]
        gather(numbers, words, i, persons, traits, memories, features, units)
        for slot in range(SLOTS):
            if one.memories[slot].live == 0.0:
                break
            if episode < 0 or one.memories[slot].episode == episode:
                read_trace(one, worlds[0], slot, max(int(one.p.clock), lived[i]), out[place, slot])


def _over_blocks(
    read: Callable[..., None],
    population: Population,
    who: NDArray[np.int64] | None,
    episode: int,
    out: NDArray[np.void],
) -> None:
    p = population
    positions = np.arange(len(p), dtype=np.int64) if who is None else who
    rows = out.view(np.recarray)

    def block(low: int) -> None:
        space = Workspace()
        read(
            low, min(low + BLOCK, len(positions)), positions, p.lived, p.ids, p.persons, p.traits, p.memories,
            p.unit_words, p.features, p.world, space.work, space.numbers, space.words, episode, rows,
        )  # fmt: skip

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(block, range(0, len(positions), BLOCK)))


def measures(population: Population, episode: int = -1, who: NDArray[np.int64] | None = None) -> NDArray[np.void]:
    """State of `who` (positions; everybody when left out) and of one episode (-1 for none): `MEASURE`, shape (n,)."""
    out = np.zeros(len(population) if who is None else len(who), dtype=MEASURE)
    _over_blocks(read_measures, population, who, episode, out)
    return out


def traces(population: Population, who: NDArray[np.int64] | None = None, episode: int = -1) -> NDArray[np.void]:
    """Memories of `who` (positions; everybody when left out): `TRACE`, shape (n, slots), by slot.

    With `episode`, only the memory of that episode is read; the other slots stay empty.
    """
    out = np.zeros((len(population) if who is None else len(who), SLOTS), dtype=TRACE)
    _over_blocks(read_traces, population, who, episode, out)
    return out
