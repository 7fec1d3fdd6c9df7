"""Many persons: arrays by person, advanced in parallel, one compiled call from one shared moment to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange, set_num_threads
from numpy.typing import NDArray

from cohort.engram.consolidation import decay_table
from cohort.engram.kernel import live
from cohort.parameters import Parameters
from cohort.pharmacology import drug_table
from cohort.state import (
    ENTRY,
    LOG,
    MEMORY,
    ONE,
    PERSON,
    REGIONS,
    SCENE,
    SLOTS,
    TRAIT_COLUMNS,
    WINNERS,
    world_dtype,
)

BLOCK = 256  # persons that share one working copy and one log
ROWS = 1024  # rows that a block's log holds before it is emptied; doubled when one person fills it


@njit(cache=True)
def live_block(
    block: int, low: int, high: int, ids: Any, persons: Any, traits: Any, memories: Any, units: Any, features: Any,
    world: Any, scenes: Any, entries: Any, start: int, end: int, work: Any, flat: Any, log: Any,
) -> tuple[int, int]:
    """Advance persons `low` to `high` one by one on a float64 working copy.

    `work` and `flat` are the same memory, as records and as numbers. Returns the first person not done (because the
    log is full) and the number of rows logged.
    """
    one = work[block]
    row = flat[block]
    a = persons.shape[1]
    b = a + traits.shape[1]
    width = memories.shape[2]
    rows = 0
    for i in range(low, high):
        one.id = ids[i]
        row[:a] = persons[i]
        row[a:b] = traits[i]
        for slot in range(SLOTS):
            row[b + slot * width : b + (slot + 1) * width] = memories[i, slot]
        one.units[:] = units[i]
        one.features[:] = features[i]
        after = live(one, world, scenes, entries, start, end, log, rows)
        if after < 0:
            return i, rows
        for k in range(rows, after):
            log[k].person = ids[i]
        rows = after
        persons[i] = row[:a]
        for slot in range(SLOTS):
            memories[i, slot] = row[b + slot * width : b + (slot + 1) * width]
        units[i] = one.units
        features[i] = one.features
    return high, rows


@njit(cache=True, parallel=True)
def live_all(
    bounds: Any, done: Any, rows: Any, ids: Any, persons: Any, traits: Any, memories: Any, units: Any, features: Any,
    world: Any, scenes: Any, entries: Any, start: int, end: int, work: Any, flat: Any, log: Any,
) -> None:
    """Advance every block of persons in parallel. Blocks share nothing that is written."""
    for b in prange(len(done)):
        done[b], rows[b] = live_block(
            b, done[b], bounds[b + 1], ids, persons, traits, memories, units, features, world[0], scenes, entries,
            start, end, work, flat, log[b],
        )


def make_world(parameters: Parameters, seed: int) -> np.recarray:
    """What all persons share, as one record in an array of shape (1,)."""
    constants = parameters.record
    drugs = drug_table()
    decay = decay_table(parameters)
    world = np.zeros(1, dtype=world_dtype(constants.dtype, drugs.dtype, len(drugs), decay.shape)).view(np.recarray)
    world["seed"] = seed
    world["c"] = constants
    world["drugs"] = drugs
    world["decay"] = decay
    return world


class Population:
    """Persons as arrays: state (n, fields) and memories (n, slots, fields), float32.

    Parameters
    ----------
    traits : array of shape (n, len(TRAIT_COLUMNS)), in the order of `TRAIT_COLUMNS`.
    seed : 0 to 2**64 - 1.
    scenes : record array of `SCENE`.
    ids : person identifiers that key the draws; 0 to n - 1 when left out.
    overrides : values of parameters other than the defaults.
    """

    def __init__(
        self,
        traits: NDArray[np.floating[Any]],
        seed: int,
        scenes: NDArray[np.void],
        ids: NDArray[np.int64] | None = None,
        overrides: Mapping[str, float] | None = None,
    ) -> None:
        n = len(traits)
        self.parameters = Parameters(overrides)
        self.ids = np.arange(n, dtype=np.int64) if ids is None else np.asarray(ids, dtype=np.int64)
        self.traits = np.ascontiguousarray(traits, dtype=np.float32)
        self.scenes = np.asarray(scenes, dtype=SCENE).view(np.recarray)
        self.persons = np.zeros((n, PERSON.itemsize // 8), dtype=np.float32)
        self.column("fresh")[:] = -1e6
        self.memories = np.zeros((n, SLOTS, MEMORY.itemsize // 8), dtype=np.float32)
        self.units = np.zeros((n, SLOTS, len(REGIONS), WINNERS), dtype=np.uint8)
        self.features = np.zeros((n, SLOTS, 5), dtype=np.uint64)
        self.world = make_world(self.parameters, seed)
        self.time = 0

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> NDArray[np.float32]:
        """View of one field of all persons."""
        return _field(self.persons, PERSON, name)

    def memory(self, name: str) -> NDArray[np.float32]:
        """View of one field of all memories, shape (n, slots) or (n, slots, length)."""
        return _field(self.memories, MEMORY, name)

    def live(self, entries: NDArray[np.void], end: int, threads: int | None = None) -> np.recarray:
        """Take everybody to minute `end` over calendar entries (`ENTRY`, sorted); returns the log (`LOG`).

        The result does not depend on the number of threads.
        """
        n = len(self)
        blocks = -(-n // BLOCK)
        bounds = np.minimum(np.arange(blocks + 1) * BLOCK, n)
        done = bounds[:-1].copy()
        rows = np.zeros(blocks, dtype=np.int64)
        flat = np.zeros((blocks, ONE.itemsize // 8))
        work = flat.view(ONE)[:, 0].view(np.recarray)
        log = np.zeros((blocks, ROWS), dtype=LOG).view(np.recarray)
        calendar = np.asarray(entries, dtype=ENTRY).view(np.recarray)
        kept: list[list[NDArray[Any]]] = [[] for _ in range(blocks)]
        before = get_num_threads()
        if threads is not None:
            set_num_threads(threads)
        try:
            while True:
                last = done.copy()
                live_all(
                    bounds, done, rows, self.ids, self.persons, self.traits, self.memories, self.units,
                    self.features, self.world, self.scenes, calendar, self.time, end, work, flat, log,
                )
                for b in range(blocks):
                    kept[b].append(log[b, : rows[b]].copy())
                if (done == bounds[1:]).all():
                    break
                if (rows[done < bounds[1:]] == 0).all() and (done == last).all():
                    log = np.zeros((blocks, 2 * log.shape[1]), dtype=LOG).view(np.recarray)
        finally:
            set_num_threads(before)
        self.time = end
        out = np.concatenate([part for block in kept for part in block])
        return out.view(np.recarray)


def _field(array: NDArray[np.float32], dtype: np.dtype[Any], name: str) -> NDArray[np.float32]:
    fields = dtype.fields
    assert fields is not None
    kind, offset = fields[name][:2]
    first = offset // 8
    if kind.shape:
        return array[..., first : first + kind.itemsize // 8]
    return array[..., first]


def median_traits(n: int) -> NDArray[np.float32]:
    """Traits of `n` median persons: 1 in every column of `TRAIT_COLUMNS`."""
    return np.ones((n, len(TRAIT_COLUMNS)), dtype=np.float32)
