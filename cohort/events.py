"""Scenes: what happens, as features of four elements and an appraisal; and the entries of a calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.errors import InputError, did_you_mean, one_message
from cohort.state import ELEMENTS, ENTRY, SCENE

FEATURES_CENTRAL = 8  # features of each element's central and peripheral part of a scene made by `mask`
APPRAISAL = {
    "arousal": (0.0, 1.0),
    "valence": (-1.0, 1.0),
    "reward_error": (-1.0, 1.0),
    "novelty": (0.0, 1.0),
    "threat": (0.0, 1.0),
    "controllability": (0.0, 1.0),
    "social": (0.0, 1.0),
    "self_relevance": (0.0, 1.0),
    "safe": (0.0, 1.0),
    "reappraisal": (0.0, 1.0),
}


def mask(name: str, central: int = FEATURES_CENTRAL, peripheral: int = FEATURES_CENTRAL) -> int:
    """Feature mask of a named content, the same for the same name: so many central and peripheral features.

    Central features lie in the lower 32 bits. Equal names mean equal features, other names share what chance gives.
    """
    rng = np.random.Generator(np.random.Philox(key=list(_name_key(name))))
    out = 0
    for count, offset in ((central, 0), (peripheral, 32)):
        for bit in rng.choice(32, size=count, replace=False):
            out |= 1 << (int(bit) + offset)
    return out


def _name_key(name: str) -> tuple[int, int]:
    from hashlib import blake2b

    digest = blake2b(name.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


@dataclass(frozen=True)
class Scene:
    """One kind of episode: what it contains and how it is appraised.

    `content` names what each element holds (equal names share features); `salience` gives the presence of the
    central and peripheral part of each element, 0 to 1. The appraisal follows the contract; `duration` is in minutes.
    """

    episode: int
    content: Mapping[str, str]
    salience: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    goal: str = ""
    arousal: float = 0.0
    valence: float = 0.0
    reward_error: float = 0.0
    novelty: float = 0.2
    threat: float = 0.0
    controllability: float = 1.0
    social: float = 0.0
    self_relevance: float = 0.0
    duration: float = 10.0
    safe: float = 1.0
    reappraisal: float = 0.0
    items: int = 1

    def __post_init__(self) -> None:
        faults = [
            f"content '{e}' is no element (permitted: {', '.join(ELEMENTS)}){did_you_mean(e, ELEMENTS)}"
            for e in (*self.content, *self.salience)
            if e not in ELEMENTS
        ]
        for name, (low, high) in APPRAISAL.items():
            value = getattr(self, name)
            if not low <= value <= high:
                faults.append(f"{name} = {value} (permitted: {low:g} to {high:g})")
        for element, pair in self.salience.items():
            if len(pair) != 2 or not all(0.0 <= s <= 1.0 for s in pair):
                faults.append(f"salience of {element} = {pair} (permitted: two numbers from 0 to 1)")
        if not 0.0 <= self.duration <= 2880.0:
            faults.append(f"duration = {self.duration} (permitted: 0 to 2880 minutes)")
        if faults:
            raise InputError(one_message(f"scene {self.episode}", faults))

    def record(self) -> NDArray[np.void]:
        """The scene as one row of `SCENE`, shape (1,)."""
        out = np.zeros(1, dtype=SCENE)
        for f in fields(self):
            if f.name not in ("content", "salience", "goal"):
                out[f.name] = getattr(self, f.name)
        for g, element in enumerate(ELEMENTS):
            if element in self.content:
                out["features"][0, g] = mask(f"{element}:{self.content[element]}")
                out["salience"][0, 2 * g : 2 * g + 2] = self.salience.get(element, (1.0, 1.0))
        if self.goal:
            out["goal"] = mask(f"narrative:{self.goal}")
        return out


def scene_table(scenes: Sequence[Scene]) -> NDArray[np.void]:
    """Rows of `SCENE`, shape (len(scenes),)."""
    return np.concatenate([s.record() for s in scenes]) if scenes else np.zeros(0, dtype=SCENE)


def cue_of(row: NDArray[np.void], fraction: float, **appraisal: float) -> NDArray[np.void]:
    """A cue that holds a fraction of a scene's features (of each element and part, in the order of the bits)."""
    out = row.copy()
    for g in range(4):
        whole = int(row["features"][0, g])
        kept = 0
        for offset in (0, 32):
            on = [b for b in range(offset, offset + 32) if whole >> b & 1]
            for b in on[: round(fraction * len(on))]:
                kept |= 1 << b
        out["features"][0, g] = kept
    for name, value in appraisal.items():
        out[name] = value
    return out


def calendar(rows: Sequence[tuple[float, int, int, float]]) -> NDArray[Any]:
    """Entries sorted by minute from rows of (hours, kind, index, amount); ties keep their order."""
    out = np.zeros(len(rows), dtype=ENTRY)
    for i, (hours, kind, index, amount) in enumerate(rows):
        out[i] = (round(hours * 60.0), kind, index, amount)
    return out[np.argsort(out["minute"], kind="stable")]
