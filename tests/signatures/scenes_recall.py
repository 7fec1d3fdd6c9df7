"""Scenes, lives and effects for the signatures of recall, extinction, intrusion and persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.events import Scene, calendar, cue_of, mask, scene_table
from cohort.parameters import Parameters
from cohort.population import Population, median_traits
from cohort.state import AFFECT, ELEMENTS, EXPERIENCE, INTRUSION, TRAIT_COLUMNS
from cohort.traits import draw_traits, trait_array

DAY = 24.0
NOON = 12.0


def scene(episode: int, **appraisal: Any) -> Scene:
    return Scene(episode, {e: f"{e} of {episode}" for e in ELEMENTS}, **appraisal)


FILM = scene(
    0, arousal=0.6, valence=-0.7, novelty=0.5, threat=0.45, controllability=0.5, self_relevance=0.1, duration=20.0
)
TRAUMA = scene(
    0, arousal=0.95, valence=-0.9, novelty=0.8, threat=0.95, controllability=0.05, self_relevance=0.9,
    duration=20.0, safe=0.0,
)  # fmt: skip


def reminder(
    of: Scene, minutes: float = 5.0, safe: float = 1.0, context: str | None = None, cue: float = 1.0
) -> NDArray[np.void]:
    """A reminder of a scene: a share of its features for so many minutes, perhaps at another place."""
    row = cue_of(of.record(), cue, duration=minutes, safe=safe)
    if context is not None:
        row["features"][0, 0] = mask(f"context:{context}")
    return row


def persons(n: int, seed: int = 11, **traits: float | NDArray[Any]) -> NDArray[np.float32]:
    """Drawn persons, with some traits multiplied."""
    out = trait_array(draw_traits(n, seed, Parameters()))
    for name, factor in traits.items():
        out[:, TRAIT_COLUMNS.index(name)] *= factor
    return out


def medians(n: int, **traits: float | NDArray[Any]) -> NDArray[np.float32]:
    """Median persons, with some traits set."""
    out = median_traits(n)
    for name, value in traits.items():
        out[:, TRAIT_COLUMNS.index(name)] = value
    return out


@dataclass
class Lived:
    """Persons after their calendar, with the log of it."""

    population: Population
    log: np.recarray

    def intrusions(self, first: float = 0.0, last: float = 1e9) -> NDArray[np.int64]:
        """Intrusions of each person between two moments, in hours."""
        minutes = self.log["minute"]
        mine = self.log[(self.log["kind"] == INTRUSION) & (minutes >= first * 60) & (minutes < last * 60)]
        return np.bincount(mine["person"], minlength=len(self.population))

    def slot(self, episode: int = 0) -> NDArray[np.bool_]:
        m = self.population
        return (m.memory("live") > 0) & (m.memory("episode") == episode)

    def of(self, name: str, episode: int = 0) -> NDArray[np.float64]:
        """A field of each person's memory of an episode, shape (n,) or (n, length)."""
        values = self.population.memory(name)
        return np.asarray(values[self.slot(episode)], dtype=np.float64)

    def affect(self, episode: int = 0) -> NDArray[np.float64]:
        """Late strength towards the amygdala, shape (n,)."""
        return np.asarray(self.of("z", episode)[:, AFFECT:].sum(axis=1))

    def logged(self, kind: int, field: str) -> NDArray[np.float64]:
        rows = self.log[self.log["kind"] == kind]
        return np.asarray(rows[np.argsort(rows["person"], kind="stable")][field])


def live(
    traits: NDArray[np.float32],
    scenes: Sequence[Scene | NDArray[np.void]],
    entries: Sequence[tuple[float, int, int, float]],
    until: float,
    seed: int = 7,
    overrides: Mapping[str, float] | None = None,
) -> Lived:
    """Live a calendar of (hours, kind, index, amount) until so many hours."""
    rows = np.concatenate([s.record() if isinstance(s, Scene) else s for s in scenes])
    population = Population(traits, seed, rows, overrides=overrides)
    return Lived(population, population.live(calendar(list(entries)), round(until * 60)))


def start(index: int = 0, at: float = NOON) -> tuple[float, int, int, float]:
    return (at, EXPERIENCE, index, 1.0)


QUIET = {"cue_usual": 0.05, "cue_rumination": 0.0, "stressor_rate": 0.0, "cue_most": 1.0}  # hardly an encounter


@dataclass(frozen=True)
class Effect:
    """Mean difference over persons with its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.4g} [{self.low:.4g}, {self.high:.4g}]"


def effect(treated: NDArray[Any], control: NDArray[Any]) -> Effect:
    """Paired difference: the same persons lived twice with the same draws."""
    d = np.asarray(treated, dtype=np.float64) - np.asarray(control, dtype=np.float64)
    half = 1.96 * d.std(ddof=1) / np.sqrt(len(d))
    return Effect(float(d.mean()), float(d.mean() - half), float(d.mean() + half))


def check(name: str, intact: Effect, ablated: Effect, sign: int) -> None:
    """The effect is there, and its whole interval is below a third of it without the mechanism."""
    print(f"\n{name}: intact {intact}, ablated {ablated}")
    assert sign * intact.mean > 0.0
    assert (intact.low if sign > 0 else -intact.high) > 0.0, f"{name}: {intact} covers 0"
    assert max(abs(ablated.low), abs(ablated.high)) < abs(intact.mean) / 3.0, f"{name}: {intact} against {ablated}"


__all__ = [
    "DAY", "FILM", "NOON", "QUIET", "TRAUMA", "Effect", "Lived", "check", "effect", "live", "medians", "persons",
    "reminder", "scene", "scene_table", "start",
]  # fmt: skip
