"""Scenes, persons and measures for the signatures of encoding, capture, retention and recall.

Persons are drawn with a spread in every trait and live without everyday cues and stressors, so that what is
measured is the experiment. Effects are means over persons; intervals are 95% from resampled persons, the same
persons intact and ablated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.events import Scene, calendar, scene_table
from cohort.population import Population
from cohort.state import DOSE, ELEMENTS, EXPERIENCE, RECALL, TRAIT_COLUMNS

Floats = NDArray[np.floating[Any]]
PERSONS = 48
SPREAD = 0.1  # log-SD of every trait
QUIET = {"cue_rate": 0.0, "rumination": 0.0, "stress_exposure": 0.0}
BRIEF = dict.fromkeys(ELEMENTS, (0.85, 0.55))  # a short exposure: centre nearly whole, surroundings in part


def content(name: str) -> dict[str, str]:
    """All four elements of an episode of its own."""
    return dict.fromkeys(ELEMENTS, name)


NEUTRAL = Scene(1, content("corridor"), BRIEF, arousal=0.1, novelty=0.1, duration=5)
THREAT = Scene(
    2, content("assault"), arousal=0.9, threat=0.9, controllability=0.1, novelty=0.6, self_relevance=0.8,
    valence=-0.8, duration=20,
)  # fmt: skip
NOVELTY = Scene(3, content("new room"), arousal=0.35, novelty=1.0, valence=0.2, duration=10)
EMOTIONAL = Scene(
    4, content("wound"), BRIEF, arousal=0.6, threat=0.5, controllability=0.6, valence=-0.6, novelty=0.1,
    duration=5,
)  # fmt: skip
REWARD_EVENT = Scene(5, content("prize"), arousal=0.4, reward_error=0.8, valence=0.8, novelty=0.3, duration=10)
LIST = Scene(6, content("list"), dict.fromkeys(ELEMENTS, (0.9, 0.7)), arousal=0.1, novelty=0.1, duration=5, items=13)


def persons(n: int = PERSONS, spread: float = SPREAD, **columns: Floats | float) -> NDArray[np.float32]:
    """Traits of `n` persons, shape (n, traits): log-normal about 1, quiet, with the named columns set."""
    traits = np.exp(spread * np.random.default_rng(5).standard_normal((n, len(TRAIT_COLUMNS))))
    for name, value in {**QUIET, **columns}.items():
        traits[:, TRAIT_COLUMNS.index(name)] = value
    return traits.astype(np.float32)


def lived(
    scenes: NDArray[np.void] | Sequence[Scene],
    rows: Sequence[tuple[float, int, int, float]],
    hours: float,
    overrides: Mapping[str, float] | None = None,
    then: Sequence[tuple[float, Callable[[Population], None]]] = (),
    traits: NDArray[np.float32] | None = None,
    **columns: Floats | float,
) -> tuple[Population, np.recarray]:
    """Let persons live through `rows` until `hours`; each of `then` is done to them at its hour."""
    table = scenes if isinstance(scenes, np.ndarray) else scene_table(scenes)
    population = Population(persons(**columns) if traits is None else traits, 7, table, overrides=overrides)
    entries = calendar(rows)
    logs = []
    for hour, act in (*then, (hours, None)):
        logs.append(population.live(entries, round(60.0 * hour)))
        if act is not None:
            act(population)
    return population, np.concatenate(logs).view(np.recarray)


def strengths(population: Population, episode: int, field: str = "z") -> Floats:
    """One field of the memory of an episode, by person; zeros for a person without it."""
    values = population.memory(field)
    held = (population.memory("episode") == episode) & (population.memory("live") > 0.0)
    mask = held if values.ndim == 2 else held[..., None]
    return np.asarray((values * mask).sum(1), dtype=float)


def elements(population: Population, episode: int, field: str = "z") -> Floats:
    """Mean over the eight element parts, by person."""
    return np.asarray(strengths(population, episode, field)[:, :8].mean(1))


def attempts(log: np.recarray) -> np.recarray:
    """The recall tests of the log, shape (persons, tests), in the order of their time."""
    found = log[log.kind == RECALL]
    found = found[np.lexsort((found.minute, found.person))]
    return found.reshape(len(np.unique(found.person)), -1).view(np.recarray)


def experience(hour: float, scene: int) -> tuple[float, int, int, float]:
    """Calendar row: live through a scene."""
    return (hour, EXPERIENCE, scene, 1.0)


def attempt_at(hour: float, cue: int) -> tuple[float, int, int, float]:
    """Calendar row: a recall test that leaves the trace as it is."""
    return (hour, RECALL, cue, 0.0)


def dose(hour: float, drug: int, mg: float) -> tuple[float, int, int, float]:
    """Calendar row: a dose."""
    return (hour, DOSE, drug, mg)


@cache
def _resamples(n: int) -> NDArray[np.int64]:
    return np.random.default_rng(11).integers(0, n, size=(1000, n))


def interval(effect: Floats) -> tuple[float, float, float]:
    """Mean over persons with its 95% interval from resampled persons."""
    low, high = np.quantile(effect[_resamples(len(effect))].mean(1), (0.025, 0.975))
    return float(effect.mean()), float(low), float(high)


def remaining(intact: Floats, ablated: Floats) -> tuple[float, float, float]:
    """Ablated over intact mean effect with its 95% interval, the same persons in both."""
    again = _resamples(len(intact))
    ratios = ablated[again].mean(1) / intact[again].mean(1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(ablated.mean() / intact.mean()), float(low), float(high)


def show(row: str, intact: Floats, ablated: Floats) -> None:
    """Print an effect intact and ablated, with intervals (`pytest -s`)."""
    (a, b, c), (d, e, f), (g, h, i) = interval(intact), interval(ablated), remaining(intact, ablated)
    print(f"\n{row}: intact {a:.3f} ({b:.3f}, {c:.3f}); {d:.3f} ({e:.3f}, {f:.3f}); ratio {g:.2f} ({h:.2f}, {i:.2f})")


def assert_abolished(row: str, intact: Floats, ablated: Floats) -> None:
    """The intact effect is there, and with its interval less than a third of it remains."""
    show(row + " abolished", intact, ablated)
    assert interval(intact)[1] > 0.0
    assert remaining(intact, ablated)[2] < 1.0 / 3.0


def assert_spared(row: str, intact: Floats, ablated: Floats, within: float = 0.3) -> None:
    """The effect is there, and the ablation changes it by no more than `within`, interval included."""
    show(row + " spared", intact, ablated)
    assert interval(intact)[1] > 0.0
    _, low, high = remaining(intact, ablated)
    assert low > 1.0 - within
    assert high < 1.0 + within
