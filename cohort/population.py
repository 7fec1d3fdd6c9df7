"""Many persons: arrays by person, advanced by threads, from one shared moment to the next in compiled calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.agenda import Agenda, awaited
from cohort.blocks import over_blocks
from cohort.compiled import compiled
from cohort.engram.consolidation import decay_table, rates
from cohort.engram.kernel import live
from cohort.engram.readout import MEASURE, read_measure
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
from cohort.working_copy import GROUPS, TRACE, WORDS, Stored, Workspace, fetch_ahead, field_at, gather, scatter

BLOCK = 512  # persons done by one task
ROWS = 4096  # rows that a task's log holds before it is emptied; doubled when one person fills it
UNSEEN = np.zeros(0, dtype=MEASURE)  # where nothing is to be read


@compiled
def live_block(
    low: int,
    high: int,
    who: Any,
    first: Any,
    after: Any,
    lived: Any,
    ids: Any,
    persons: Any,
    traits: Any,
    memories: Any,
    features: Any,
    units: Any,
    worlds: Any,
    scenes: Any,
    entries: Any,
    end: int,
    work: Any,
    numbers: Any,
    words: Any,
    log: Any,
    episode: int,
    seen: Any,
) -> tuple[int, int, int]:
    """Advance persons ``who[low:high]`` one by one on a float64 working copy, each from the minute it has lived to.

    `persons` to `units` are `Population.stored`. ``first`` and ``after`` bound each one's entries. `work` (length 1),
    `numbers` and `words` are the same memory, as a record, as float64 and as 64-bit words. Into the same places of
    `seen` (`MEASURE`), unless it is empty, goes what is then read of each and of an `episode`. Returns the first place
    not done (because the log is full), the number of rows logged and the number of entries carried out.
    """
    one = work[0]
    rows = carried_out = 0
    for place in range(low, high):
        i = who[place]
        one.id = ids[i]
        if place + 1 < high:
            fetch_ahead(who[place + 1], persons, traits, memories, features, units)
        gather(numbers, words, i, persons, traits, memories, features, units)
        now, done = live(one, worlds[0], scenes, entries, first[place], after[place], lived[i], end, log, rows)
        if now < 0:
            return place, rows, carried_out
        carried_out += done
        for k in range(rows, now):
            log[k].person = ids[i]
        rows = now
        lived[i] = end
        scatter(numbers, words, i, persons, memories, features, units)
        if len(seen) > 0:
            read_measure(one, worlds[0], episode, max(int(one.p.clock), end), seen[place])
    return high, rows, carried_out


def make_world(parameters: Parameters, seed: int) -> np.recarray:
    """What all persons share, as one record in an array of shape (1,)."""
    constants = parameters.record
    drugs = drug_table(parameters)
    decay = decay_table(parameters)
    world = np.zeros(1, dtype=world_dtype(constants.dtype, drugs.dtype, len(drugs), decay.shape)).view(np.recarray)
    world["seed"] = seed
    world["c"] = constants
    world["drugs"] = drugs
    world["rates"] = rates(parameters)
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
    threads : of living and reading; by default one a processor. No result depends on it.
    """

    def __init__(
        self,
        traits: NDArray[np.floating[Any]],
        seed: int,
        scenes: NDArray[np.void],
        ids: NDArray[np.int64] | None = None,
        overrides: Mapping[str, float] | None = None,
        threads: int | None = None,
    ) -> None:
        n = len(traits)
        self.threads = threads
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
        self.lived = np.zeros(n, dtype=np.int64)  # minute up to which each has lived
        self.agenda = Agenda()
        self.carried_out = 0  # entries of agendas that have been lived

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def stored(self) -> Stored:
        """What is stored of each person, a row each."""
        n = len(self)
        memories, features = self.memories.reshape(n, SLOTS * TRACE), self.features.reshape(n, SLOTS * GROUPS)
        units = self.units.view(np.uint64).reshape(n, SLOTS * WORDS)
        return Stored(self.persons, self.traits, memories, features, units)

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

    @property
    def time(self) -> int:
        """Minute up to which everybody has lived."""
        return int(self.lived.min()) if len(self) else 0

    def deliver(
        self,
        persons: NDArray[np.int64],
        minute: NDArray[np.int64] | int,
        kind: int,
        index: NDArray[np.int64] | int = 0,
        amount: NDArray[np.float64] | float = 1.0,
    ) -> None:
        """Put an entry on the agenda of each of `persons` (positions); kinds as in `state.ENTRY`.

        Raises ValueError for a minute that one of them has already lived through.
        """
        self.hand(awaited(persons, minute, kind, index, amount))

    def hand(self, rows: NDArray[np.void]) -> None:
        """Put rows of `agenda.AWAITED` on the agendas, in their order. Raises ValueError as `deliver` does."""
        if np.any(rows["minute"] < self.lived[rows["person"]]):
            raise ValueError("an entry lies before the minute to which its person has lived")
        self.agenda.add(rows)

    def live_until(self, end: int, who: NDArray[np.int64] | None = None, threads: int | None = None) -> np.recarray:
        """Take `who` (positions; everybody when left out) to minute `end` over their agendas; returns the log (`LOG`).

        The log is ordered by the place in `who`, then by minute. The result does not depend on the number of threads
        (by default the population's).
        """
        return _joined(self.living_until(end, who, threads))

    def living_until(
        self,
        end: int,
        who: NDArray[np.int64] | None = None,
        threads: int | None = None,
        episode: int = -1,
        seen: NDArray[np.void] = UNSEEN,
    ) -> Iterator[NDArray[np.void]]:
        """Do as `live_until` does, and give the log in parts, each of the next `BLOCK` of `who`, while others live on.

        Everybody has lived when the last part has been given. A `seen` (`MEASURE`, a row for each of `who`) is filled
        with what `readings.measures` would then read of them, and of an `episode`.
        """
        positions = np.arange(len(self), dtype=np.int64) if who is None else np.asarray(who, dtype=np.int64)
        entries, first, after = self.agenda.take(positions, end, len(self))
        done = 0
        for log, carried_out in self._live(positions, entries, first, after, end, threads, episode, seen):
            done += carried_out
            yield log
        if done != len(entries):
            raise AssertionError(f"{len(entries)} entries were due before minute {end} and {done} were carried out")
        self.carried_out += done

    def glimpse(self, minute: int, who: NDArray[np.int64]) -> tuple[Population, np.recarray]:
        """Copies of `who` (positions) lived on to a minute over their agendas, and the log; nobody is touched.

        Those who have lived longer stay where they are.
        """
        seen = copy(self)
        for name in ("ids", "traits", "persons", "memories", "units", "features", "lived"):
            setattr(seen, name, getattr(self, name)[who])
        rows = self.agenda.rows()
        place = np.full(len(self), -1, dtype=np.int64)
        place[who] = np.arange(len(who))
        mine = rows[(place[rows["person"]] >= 0) & (rows["minute"] < minute)]
        mine["person"] = place[mine["person"]]
        seen.agenda, seen.carried_out = Agenda.of(mine), 0
        behind = np.flatnonzero(seen.lived < minute)
        log = seen.live_until(minute, behind) if len(behind) else np.zeros(0, dtype=LOG).view(np.recarray)
        return seen, log

    def live(self, entries: NDArray[np.void], end: int, threads: int | None = None) -> np.recarray:
        """Take everybody to minute `end` over one calendar (`ENTRY`, sorted), beside agendas; returns the log (`LOG`).

        Entries before the minute to which a person has lived are passed over.
        """
        calendar = np.asarray(entries, dtype=ENTRY)
        everybody = np.arange(len(self), dtype=np.int64)
        none = np.zeros(len(self), dtype=np.int64)
        return _joined(log for log, _ in self._live(everybody, calendar, none, none + len(calendar), end, threads))

    def _live(
        self,
        who: NDArray[np.int64],
        entries: NDArray[np.void],
        first: NDArray[np.int64],
        after: NDArray[np.int64],
        end: int,
        threads: int | None,
        episode: int = -1,
        seen: NDArray[np.void] = UNSEEN,
    ) -> Iterator[tuple[NDArray[np.void], int]]:
        rows, read = entries.view(np.recarray), seen.view(np.recarray)

        def block(low: int) -> tuple[NDArray[np.void], int]:
            return self._live_block(low, who, rows, first, after, end, episode, read)

        return over_blocks(block, len(who), BLOCK, threads or self.threads)

    def _live_block(
        self,
        low: int,
        who: NDArray[np.int64],
        entries: np.recarray,
        first: NDArray[np.int64],
        after: NDArray[np.int64],
        end: int,
        episode: int,
        seen: np.recarray,
    ) -> tuple[NDArray[np.void], int]:
        """Advance one block of persons, emptying its log as often as it is full."""
        high = min(low + BLOCK, len(who))
        space = Workspace()
        log = np.empty(ROWS, dtype=LOG).view(np.recarray)
        kept = []
        carried_out = 0
        while low < high:
            done, rows, entries_done = live_block(
                low,
                high,
                who,
                first,
                after,
                self.lived,
                self.ids,
                *self.stored,
                self.world,
                self.scenes,
                entries,
                end,
                space.work,
                space.numbers,
                space.words,
                log,
                episode,
                seen,
            )
            kept.append(log[:rows].copy())
            if done == low and rows == 0:  # one person alone fills it
                log = np.empty(2 * len(log), dtype=LOG).view(np.recarray)
            low = done
            carried_out += entries_done
        return kept[0] if len(kept) == 1 else np.concatenate(kept), carried_out


def _joined(parts: Iterable[NDArray[np.void]]) -> np.recarray:
    """One log of its parts."""
    return np.concatenate([np.zeros(0, dtype=LOG), *parts]).view(np.recarray)


def _field(array: NDArray[np.float32], dtype: np.dtype[Any], name: str) -> NDArray[np.float32]:
    first, kind = field_at(dtype, name), dtype[name]
    return array[..., first : first + kind.itemsize // 8] if kind.shape else array[..., first]


def median_traits(n: int) -> NDArray[np.float32]:
    """Traits of `n` median persons: 1 in every column of `TRAIT_COLUMNS`."""
    return np.ones((n, len(TRAIT_COLUMNS)), dtype=np.float32)
