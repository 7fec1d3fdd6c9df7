"""The working copy of one person: how what is stored of many, in float32, becomes one record in float64, and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cohort.compiled import compiled
from cohort.prefetch import LINE, prefetch
from cohort.state import MEMORY, ONE, REGIONS, SLOTS, WINNERS

AHEAD = 8  # memories that are fetched ahead


def field_at(dtype: np.dtype[Any], name: str) -> int:
    """Place of a field's first number in a record of 64-bit numbers."""
    assert dtype.fields is not None
    return int(dtype.fields[name][1]) // 8


STATE = field_at(ONE, "traits")  # numbers in the state of a person
MEMORIES_AT, FEATURES_AT, UNITS_AT, KNOWN_AT, CALM_AT, MARKED_AT = (
    field_at(ONE, "memories"),
    field_at(ONE, "features"),
    field_at(ONE, "units"),
    field_at(ONE, "known"),
    field_at(ONE, "calm"),
    field_at(ONE, "marked"),
)
TRACE, LIVE = MEMORY.itemsize // 8, field_at(MEMORY, "live")
GROUPS = ONE["features"].shape[1]
WORDS = len(REGIONS) * WINNERS // 8  # 64-bit words of the units of one trace


@compiled
def held(numbers: Any, first: int) -> int:
    """Number of memories, of which the `first` begins there: slots fill from the first."""
    slot = 0
    while slot < SLOTS and numbers[first + slot * TRACE + LIVE] != 0.0:
        slot += 1
    return slot


@compiled
def gather(
    numbers: Any, words: Any, i: int, persons: Any, traits: Any, memories: Any, features: Any, units: Any
) -> None:
    """Copy the stored state of person `i` into the working copy, seen as float64 and as 64-bit words.

    What lies beyond the last trace is not touched, but for the mark that it is empty.
    """
    words[CALM_AT] = 0
    words[MARKED_AT] = 0
    for k in range(STATE):
        numbers[k] = persons[i, k]
    for k in range(MEMORIES_AT - STATE):
        numbers[STATE + k] = traits[i, k]
    live = held(memories[i], 0)
    for slot in range(SLOTS):
        words[KNOWN_AT + slot] = 0
    for slot in range(live, SLOTS):
        numbers[MEMORIES_AT + slot * TRACE + LIVE] = 0.0
    for k in range(live * TRACE):
        numbers[MEMORIES_AT + k] = memories[i, k]
    for k in range(live * GROUPS):
        words[FEATURES_AT + k] = features[i, k]
    for k in range(live * WORDS):
        words[UNITS_AT + k] = units[i, k]


@compiled
def fetch_ahead(i: int, persons: Any, traits: Any, memories: Any, features: Any, units: Any) -> None:
    """Ask for the stored state of person `i`, with the memories that most have, before `gather` waits for it."""
    for line in range(0, persons.itemsize * persons.shape[1], LINE):
        prefetch(persons, i, line)
    for line in range(0, traits.itemsize * traits.shape[1], LINE):
        prefetch(traits, i, line)
    for line in range(0, AHEAD * memories.itemsize * TRACE, LINE):
        prefetch(memories, i, line)
    for line in range(0, AHEAD * features.itemsize * GROUPS, LINE):
        prefetch(features, i, line)
    for line in range(0, AHEAD * units.itemsize * WORDS, LINE):
        prefetch(units, i, line)


@compiled
def scatter(numbers: Any, words: Any, i: int, persons: Any, memories: Any, features: Any, units: Any) -> None:
    """Copy the working copy back into what is stored of person `i`, and let it be what is stored."""
    for k in range(STATE):
        persons[i, k] = numbers[k]
        numbers[k] = persons[i, k]
    live = held(numbers, MEMORIES_AT)
    for k in range(MEMORIES_AT, MEMORIES_AT + live * TRACE):
        memories[i, k - MEMORIES_AT] = numbers[k]
        numbers[k] = memories[i, k - MEMORIES_AT]
    for k in range(live * GROUPS):
        features[i, k] = words[FEATURES_AT + k]
    for k in range(live * WORDS):
        units[i, k] = words[UNITS_AT + k]


class Stored(NamedTuple):
    """Arrays with a row a person: state, traits, memories, their features, and their units in words of 64 bits."""

    persons: NDArray[np.float32]
    traits: NDArray[np.float32]
    memories: NDArray[np.float32]
    features: NDArray[np.uint64]
    units: NDArray[np.uint64]


class Workspace:
    """Memory of one task: the working copy of one person as a record, as float64 and as 64-bit words."""

    def __init__(self) -> None:
        self.numbers = np.zeros(ONE.itemsize // 8)
        self.words = self.numbers.view(np.uint64)
        self.work = self.numbers.view(ONE).view(np.recarray)
