"""Many persons: arrays by person, advanced by threads, from one shared moment to the next in compiled calls."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.compiled import compiled
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

BLOCK = 256  # persons done by one task
ROWS = 1024  # rows that a task's log holds before it is emptied; doubled when one person fills it


@compiled
def gather(row: Any, first: int, source: Any) -> int:
    """Copy a row of stored numbers into the working copy from place `first`; returns the place after it."""
    for k in range(len(source)):
        row[first + k] = source[k]
    return first + len(source)


@compiled
def scatter(row: Any, first: int, target: Any) -> int:
    """Copy from the working copy, from place `first`, into a row of stored numbers; returns the place after it."""
    for k in range(len(target)):
        target[k] = row[first + k]
    return first + len(target)


@compiled
def live_block(
    low: int,
    high: int,
    ids: Any,
    persons: Any,
    traits: Any,
    memories: Any,
    units: Any,
    features: Any,
    worlds: Any,
    scenes: Any,
    entries: Any,
    start: int,
    end: int,
    work: Any,
    flat: Any,
    log: Any,
) -> tuple[int, int]:
    """Advance persons `low` to `high` one by one on a float64 working copy.

    `work` and `flat`, both of length 1, are the same memory, as a record and as numbers. Returns the first person
    not done (because the log is full) and the number of rows logged.
    """
    one = work[0]
    row = flat[0]
    rows = 0
    for i in range(low, high):
        one.id = ids[i]
        place = gather(row, gather(row, 0, persons[i]), traits[i])
        for slot in range(SLOTS):
            place = gather(row, place, memories[i, slot])
            for k in range(one.features.shape[1]):
                one.features[slot, k] = features[i, slot, k]
            for region in range(len(REGIONS)):
                for k in range(WINNERS):
                    one.units[slot, region, k] = units[i, slot, region, k]
        after = live(one, worlds[0], scenes, entries, start, end, log, rows)
        if after < 0:
            return i, rows
        for k in range(rows, after):
            log[k].person = ids[i]
        rows = after
        place = scatter(row, 0, persons[i]) + len(traits[i])
        for slot in range(SLOTS):
            place = scatter(row, place, memories[i, slot])
            for k in range(one.features.shape[1]):
                features[i, slot, k] = one.features[slot, k]
            for region in range(len(REGIONS)):
                for k in range(WINNERS):
                    units[i, slot, region, k] = one.units[slot, region, k]
    return high, rows


def make_world(parameters: Parameters, seed: int) -> np.recarray:
    """What all persons share, as one record in an array of shape (1,)."""
    constants = parameters.record
    drugs = drug_table(parameters)
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

    def working_copy(self, i: int) -> Any:
        """The state of person `i` as one record of `ONE` in float64: a copy, to read."""
        flat = np.zeros((1, ONE.itemsize // 8))
        one = flat.view(ONE)[:, 0].view(np.recarray)[0]
        one.id = self.ids[i]
        numbers = np.concatenate([self.persons[i], self.traits[i], self.memories[i].ravel()])
        flat[0, : len(numbers)] = numbers
        one.features[:] = self.features[i]
        one.units[:] = self.units[i]
        return one

    def live(self, entries: NDArray[np.void], end: int, threads: int | None = None) -> np.recarray:
        """Take everybody to minute `end` over calendar entries (`ENTRY`, sorted); returns the log (`LOG`).

        The result does not depend on the number of threads (by default one a processor).
        """
        calendar = np.asarray(entries, dtype=ENTRY).view(np.recarray)
        starts = range(0, len(self), BLOCK)
        with ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
            parts = list(pool.map(lambda low: self._live_block(low, calendar, end), starts))
        self.time = end
        return np.concatenate([np.zeros(0, dtype=LOG), *parts]).view(np.recarray)

    def _live_block(self, low: int, calendar: np.recarray, end: int) -> NDArray[np.void]:
        """Advance one block of persons, emptying its log as often as it is full."""
        high = min(low + BLOCK, len(self))
        flat = np.zeros((1, ONE.itemsize // 8))
        work = flat.view(ONE)[:, 0].view(np.recarray)
        log = np.zeros(ROWS, dtype=LOG).view(np.recarray)
        kept = []
        while low < high:
            done, rows = live_block(
                low,
                high,
                self.ids,
                self.persons,
                self.traits,
                self.memories,
                self.units,
                self.features,
                self.world,
                self.scenes,
                calendar,
                self.time,
                end,
                work,
                flat,
                log,
            )
            kept.append(log[:rows].copy())
            if done == low and rows == 0:  # one person alone fills it
                log = np.zeros(2 * len(log), dtype=LOG).view(np.recarray)
            low = done
        return np.concatenate(kept)


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
