"""What can be read of persons and of their memories without touching either: the same life, however often one looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.blocks import over_blocks
from cohort.compiled import compiled
from cohort.engram.readout import MEASURE, PROBE, TRACE, read_measure, read_probe, read_trace
from cohort.population import BLOCK, Population
from cohort.state import SLOTS
from cohort.working_copy import Workspace, fetch_ahead, gather


@compiled
def read_measures(
    low: int, high: int, who: Any, lived: Any, ids: Any, persons: Any, traits: Any, memories: Any, features: Any,
    units: Any, worlds: Any, work: Any, numbers: Any, words: Any, episode: int, out: Any,
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
def read_probes(
    low: int, high: int, who: Any, lived: Any, ids: Any, persons: Any, traits: Any, memories: Any, features: Any,
    units: Any, worlds: Any, work: Any, numbers: Any, words: Any, episode: int, out: Any,
) -> None:  # fmt: skip
    """`read_probe` of persons ``who[low:high]``, into the same places of `out`."""
    one = work[0]
    for place in range(low, high):
        i = who[place]
        one.id = ids[i]
        gather(numbers, words, i, persons, traits, memories, features, units)
        read_probe(one, worlds[0], episode, max(int(one.p.clock), lived[i]), out[place])


@compiled
def read_traces(
    low: int, high: int, who: Any, lived: Any, ids: Any, persons: Any, traits: Any, memories: Any, features: Any,
    units: Any, worlds: Any, work: Any, numbers: Any, words: Any, episode: int, out: Any,
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
                at = slot if episode < 0 else 0
                read_trace(one, worlds[0], slot, max(int(one.p.clock), lived[i]), out[place, at])


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
            low, min(low + BLOCK, len(positions)), positions, p.lived, p.ids, *p.stored, p.world, space.work,
            space.numbers, space.words, episode, rows,
        )  # fmt: skip

    for _ in over_blocks(block, len(positions), BLOCK, p.threads):
        pass


def measures(population: Population, episode: int = -1, who: NDArray[np.int64] | None = None) -> NDArray[np.void]:
    """State of `who` (positions; everybody when left out) and of one episode (-1 for none): `MEASURE`, shape (n,)."""
    out = np.zeros(len(population) if who is None else len(who), dtype=MEASURE)
    _over_blocks(read_measures, population, who, episode, out)
    return out


def traces(population: Population, who: NDArray[np.int64] | None = None, episode: int = -1) -> NDArray[np.void]:
    """Memories of `who` (positions; everybody when left out): `TRACE`, shape (n, slots), by slot.

    With `episode`, only the memory of that episode is read: shape (n, 1).
    """
    out = np.zeros((len(population) if who is None else len(who), SLOTS if episode < 0 else 1), dtype=TRACE)
    _over_blocks(read_traces, population, who, episode, out)
    return out


def probes(population: Population, episode: int, who: NDArray[np.int64] | None = None) -> NDArray[np.void]:
    """What instruments may look at of `who` (positions; everybody when left out) and of one episode.

    `PROBE`, shape (n,): what is of the episode is 0 where ``held`` is 0. It is read at the minute up to which each has
    lived, and changes nothing.
    """
    out = np.zeros(len(population) if who is None else len(who), dtype=PROBE)
    _over_blocks(read_probes, population, who, episode, out)
    return out
