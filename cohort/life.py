"""The story of one person: a timeline lived, with the state read as it goes.

Reading changes nothing: the same person lives the same life however often one looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.compiled import compiled
from cohort.development import doses, draw_adversity, set_point_shifts
from cohort.engram.kernel import slot_of
from cohort.engram.retrieval import best_recall, complete, fragmentation
from cohort.errors import InputError, did_you_mean, one_message
from cohort.genome import kinship
from cohort.neuromodulators import level
from cohort.parameters import Parameters
from cohort.population import Population
from cohort.state import (
    AFFECT,
    BINDING,
    EXTINCTION,
    INTRUSION,
    MEMORY,
    RECALL,
    REMINDER,
    REWARD,
    SYSTEMS,
    TRAIT_COLUMNS,
)
from cohort.timeline import Entry, Timeline

MOST_ACE = 10
TRAIT_RANGE = (0.1, 10.0)
FIRST_HOURS = 12.0  # read every five minutes around an experience, every two hours elsewhere

# How a story calls the strengths: (name, places among the early ones, places among the late ones).
PROJECTIONS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "elements (hippocampus)": (tuple(range(8)), tuple(range(8))),
    "binding (hippocampus)": ((BINDING,), (BINDING,)),
    "affect (amygdala)": ((AFFECT,), (AFFECT, AFFECT + 1, AFFECT + 2)),
    "extinction (vmPFC)": ((EXTINCTION,), (EXTINCTION,)),
    "reward (accumbens)": ((REWARD,), (REWARD,)),
}


@compiled
def observe(one: Any, world: Any, minute: int, episode: int, out: Any) -> None:
    """Read six modulator levels and, of one episode, probability of recall under its full cue and fragmentation."""
    for system in range(6):
        out[system] = level(one, world, system, minute, 0.0)
    out[6] = 0.0
    out[7] = 1.0
    slot = slot_of(one, episode)
    if slot >= 0:
        out[6] = best_recall(one, world, slot, minute)
        y = complete(one, world, slot, one.features[slot], minute)
        out[7] = fragmentation(one, world, slot, y, y[4])


@dataclass(frozen=True)
class Story:
    """What was read: `hours` (t,), levels (t, 6), PRP (t, 4), and by scene the arrays of `Trace`; and the log."""

    timeline: Timeline
    seed: int
    traits: dict[str, float]
    ace: int
    hours: NDArray[np.float64]
    levels: NDArray[np.float64]
    prp: NDArray[np.float64]
    traces: dict[str, Trace]
    log: np.recarray


@dataclass(frozen=True)
class Trace:
    """One memory over time: early and late strength by projection (t, 5), and scalars (t,)."""

    early: NDArray[np.float64]
    late: NDArray[np.float64]
    cortex: NDArray[np.float64]
    labile: NDArray[np.float64]
    charge: NDArray[np.float64]
    recall: NDArray[np.float64]
    fragmentation: NDArray[np.float64]


def given_traits(text: str) -> dict[str, float]:
    """Read ``NE=1.5,prefrontal_control=0.8``; a bare system stands for its receptor efficacy.

    Raises InputError with every fault.
    """
    short = {system.upper(): f"{system}_efficacy" for system in SYSTEMS}
    out: dict[str, float] = {}
    faults: list[str] = []
    low, high = TRAIT_RANGE
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = (s.strip() for s in part.partition("="))
        column = short.get(name.upper(), name)
        if column not in TRAIT_COLUMNS:
            known = [*short, *TRAIT_COLUMNS]
            faults.append(f"unknown trait '{name}'{did_you_mean(name, known)}; permitted: {', '.join(known)}")
            continue
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            faults.append(f"{name} = {value or 'nothing'}; permitted: a number from {low:g} to {high:g} (median: 1)")
        elif column in out:
            faults.append(f"{name} is given twice")
        out[column] = number
    if faults:
        raise InputError(one_message("--traits", faults))
    return out


def person_traits(given: Mapping[str, float], ace: int, seed: int, parameters: Parameters) -> dict[str, float]:
    """Traits of a median person with so many adverse childhood experiences and the traits given.

    Kind, age and severity of the experiences are drawn by the seed; they move the set points, nothing else differs.
    """
    traits = dict.fromkeys(TRAIT_COLUMNS, 1.0)
    if ace:
        nobody = np.zeros(1)
        kin = kinship(np.zeros(1, dtype=np.int64))
        adversity = draw_adversity(seed, kin, nobody, parameters, np.array([float(ace)]))
        for name, shift in set_point_shifts(doses(adversity), nobody, parameters).items():
            traits[name] = float(np.exp(shift[0]))
    return traits | dict(given)


def tell(
    timeline: Timeline,
    seed: int,
    given: Mapping[str, float] | None = None,
    ace: int = 0,
    overrides: Mapping[str, float] | None = None,
) -> Story:
    """Live the timeline and read the state as it goes."""
    traits = person_traits(given or {}, ace, seed, Parameters(overrides))
    row = np.array([[traits[name] for name in TRAIT_COLUMNS]], dtype=np.float32)
    population = Population(row, seed, timeline.rows, overrides=overrides)
    observer = Observer(timeline.scenes)
    logs = []
    for minute in moments(timeline.entries, timeline.days * 1440):
        if minute > population.time:
            logs.append(population.live(timeline.calendar, int(minute), 1))
        observer.look(population, int(minute))
    return observer.story(timeline, seed, traits, ace, np.concatenate(logs))


class Observer:
    """Reads the first person of a population from time to time, and tells the story of what it read."""

    def __init__(self, scenes: Mapping[str, int]) -> None:
        self._scenes = scenes
        self._hours: list[float] = []
        self._levels: list[NDArray[np.float64]] = []
        self._prp: list[NDArray[np.float64]] = []
        self._strengths: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scenes}
        self._scalars: dict[str, list[NDArray[np.float64]]] = {name: [] for name in scenes}
        self._out = np.zeros(8)

    def look(self, population: Population, minute: int) -> None:
        """Read levels and all memories at a minute to which the person has lived."""
        one = population.working_copy(0)
        now = max(int(one.p.clock), minute)  # an experience holds the person until its end
        self._hours.append(now / 60.0)
        self._prp.append(np.array(one.p.prp))
        observe(one, population.world[0], now, -1, self._out)  # levels
        self._levels.append(self._out[:6].copy())
        held = {int(m["episode"]): m for m in np.asarray(one.memories).view(MEMORY) if m["live"]}
        for name, episode in self._scenes.items():
            strengths, scalars = np.zeros((5, 2)), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
            if episode in held:
                observe(one, population.world[0], now, episode, self._out)
                m = held[episode]
                for k, (early, late) in enumerate(PROJECTIONS.values()):
                    total = 1.0 if len(late) != 8 else 8.0
                    strengths[k] = m["h"][list(early)].mean(), m["z"][list(late)].sum() / total
                scalars[:] = m["cortex"], m["labile"], m["charge"], *self._out[6:]
            self._strengths[name].append(strengths)
            self._scalars[name].append(scalars)

    def story(
        self, timeline: Timeline, seed: int, traits: Mapping[str, float], ace: int, log: NDArray[np.void]
    ) -> Story:
        """What was read of the scenes of `timeline`, in their order, with the log (`LOG`) of the person."""
        traces = {}
        for name in timeline.scenes:
            strengths, scalars = np.array(self._strengths[name]), np.array(self._scalars[name])
            traces[name] = Trace(strengths[..., 0], strengths[..., 1], *scalars.T)
        moved = {k: v for k, v in traits.items() if v != 1.0}
        return Story(
            timeline, seed, moved, ace, np.array(self._hours), np.array(self._levels), np.array(self._prp), traces,
            log.view(np.recarray),
        )  # fmt: skip


def moments(entries: Sequence[Entry], end: int) -> NDArray[np.int64]:
    """Minutes at which to look: every two hours, and every five minutes for some hours around what happens."""
    wanted: list[NDArray[Any]] = [np.arange(0, end + 1, 120)]
    for entry in entries:
        until = entry.minute + (int(FIRST_HOURS * 60) if entry.kind == "experience" else 180)
        wanted.append(np.arange(max(entry.minute - 60, 0), min(until, end), 5))
    return np.unique(np.concatenate(wanted)).astype(np.int64)


def summary(story: Story) -> dict[str, Any]:
    """The story in numbers, as plain types: what happened, each memory at three moments, recalls and intrusions."""
    episodes = {episode: name for name, episode in story.timeline.scenes.items()}
    begun = {
        name: hour for name, trace in story.traces.items() if (hour := _first_held(story.hours, trace)) is not None
    }
    begun |= {e.scene: e.minute / 60.0 for e in reversed(story.timeline.entries) if e.kind == "experience"}
    intrusions = story.log[story.log["kind"] == INTRUSION]
    memories: dict[str, Any] = {}
    for name, trace in story.traces.items():
        mine = intrusions[intrusions["episode"] == story.timeline.scenes[name]]
        days = np.bincount(mine["minute"] // 1440, minlength=story.timeline.days)
        moments = {
            "24 h": begun.get(name, 0.0) + 24.0,
            "7 d": begun.get(name, 0.0) + 168.0,
            "end": story.hours[-1],
        }
        memories[name] = {
            "intrusions": len(mine),
            "intrusions_by_day": [int(d) for d in days],
            "at": {
                label: _state(trace, int(np.searchsorted(story.hours, hour)))
                for label, hour in moments.items()
                if name in begun and hour <= story.hours[-1]
            },
        }
    kinds = {REMINDER: "reminder", RECALL: "recall"}
    return {
        "title": story.timeline.title,
        "seed": story.seed,
        "days": story.timeline.days,
        "ace": story.ace,
        "traits": {k: round(v, 6) for k, v in story.traits.items()},
        "timeline": [{"hours": e.minute / 60.0, "kind": e.kind, "label": e.label} for e in story.timeline.entries],
        "memories": memories,
        "recalls": [
            {
                "hours": row.minute / 60.0,
                "kind": kinds[int(row.kind)],
                "recalled": episodes.get(int(row.episode)),
                **{k: round(float(row[k]), 6) for k in row.dtype.names[4:]},
            }
            for row in story.log[np.isin(story.log["kind"], list(kinds))]
        ],
    }


def _first_held(hours: NDArray[np.float64], trace: Trace) -> float | None:
    """Hour at which a memory is first seen; None when it never is."""
    held = (trace.early.sum(axis=1) + trace.late.sum(axis=1)) > 0.0
    return float(hours[held.argmax()]) if held.any() else None


def _state(trace: Trace, i: int) -> dict[str, Any]:
    late = {name: round(float(trace.late[i, k]), 6) for k, name in enumerate(PROJECTIONS)}
    early = {name: round(float(trace.early[i, k]), 6) for k, name in enumerate(PROJECTIONS)}
    one = {f: round(float(getattr(trace, f)[i]), 6) for f in ("cortex", "charge", "recall", "fragmentation")}
    return {"early": early, "late": late, **one}
