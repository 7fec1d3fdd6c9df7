"""What a cue brings back: completion, lesions, fragments, goals, tone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cohort.events import cue_of, scene_table
from cohort.population import Population
from cohort.state import AFFECT, BINDING, REWARD, TRAIT_COLUMNS

from .scenes_encoding import (
    LIST,
    PERSONS,
    REWARD_EVENT,
    THREAT,
    Floats,
    assert_abolished,
    assert_spared,
    attempt_at,
    attempts,
    content,
    experience,
    interval,
    lived,
    persons,
    strengths,
)

pytestmark = pytest.mark.signature

DAY = 24.0
AFTERNOON = 16.0
FRACTIONS = np.linspace(0.0, 1.0, 11)
ELEMENT_PARTS = list(range(8))


def lesion(parts: list[int], late: list[int] | None = None, episode: int | None = None) -> Callable[[Population], None]:
    """Zero early and late strengths of some projections, of one memory or of all."""

    def cut(population: Population) -> None:
        hit = population.memory("live") > 0.0
        if episode is not None:
            hit &= population.memory("episode") == episode
        for field, which in (("h", parts), ("z", late or parts)):
            values = population.memory(field)
            for part in which:
                values[..., part][hit] = 0.0

    return cut


HIPPOCAMPAL = lesion([*ELEMENT_PARTS, BINDING])
AMYGDALAR = lesion([AFFECT], [AFFECT, AFFECT + 1, AFFECT + 2])


def cued(
    cut: Callable[[Population], None] | None = None,
    delay: float = DAY,
    fractions: Floats = FRACTIONS,
    overrides: Mapping[str, float] | None = None,
) -> np.recarray:
    """Tests of a threat under growing parts of it as cue, after a lesion; shape (persons, fractions)."""
    base = scene_table([THREAT, LIST])
    scenes = np.concatenate([base, *(cue_of(base[:1], f) for f in fractions)])
    when = AFTERNOON + delay
    rows = [experience(AFTERNOON, 0), *(attempt_at(when, 2 + k) for k in range(len(fractions)))]
    then = [(when - 0.1, cut)] if cut else []
    return attempts(lived(scenes, rows, when + 0.1, overrides, then)[1])


def steepness(probability: Floats) -> Floats:
    """Largest rise between neighbouring fractions over the mean rise, less 1: 0 for a straight line."""
    rise = np.diff(probability, axis=1)
    return np.asarray(rise.max(1) / rise.mean(1) - 1.0)


def test_signature_recall_is_sigmoid_in_the_cue() -> None:
    """Slow, steep, slow; and nothing at any cue once the memory's strengths are gone."""
    tests = cued()
    curve = tests.probability.mean(0)
    rise = np.diff(curve)
    print("recall by cue fraction", np.round(curve, 2))
    assert 0 < rise.argmax() < len(rise) - 1
    assert rise[0] < 0.5 * rise.max()
    assert rise[-1] < 0.5 * rise.max()
    assert interval(steepness(tests.probability))[1] > 0.5
    silent = cued(HIPPOCAMPAL).probability
    assert_abolished(
        "hippocampus cut", tests.probability[:, -1] - tests.probability[:, 0], silent[:, -1] - silent[:, 0]
    )


def completed(cut: Callable[[Population], None] | None = None) -> tuple[Floats, Floats]:
    """Elements that hang together under a cue of two elements, beyond the first; and distress."""
    half = replace(THREAT, content={e: THREAT.content[e] for e in ("context", "sensory")})
    when = AFTERNOON + DAY
    rows = [experience(AFTERNOON, 0), attempt_at(when, 1), attempt_at(when + 0.05, 0)]
    then = [(when - 0.1, cut)] if cut else []
    tests = attempts(lived((THREAT, half), rows, when + 0.1, then=then, traits=persons(4 * PERSONS))[1])
    return np.maximum(4.0 * (1.0 - tests.fragmentation[:, 0]) - 1.0, 0.0), np.asarray(tests.distress[:, 1])


def test_signature_recall_completes_from_a_part() -> None:
    """Half of the elements bring back the others as long as binding holds them together."""
    whole, unbound = completed(), completed(lesion([BINDING]))
    assert interval(whole[0])[1] > 1.5
    assert_abolished("binding cut, completion", whole[0], unbound[0])
    assert_spared("binding cut, distress", whole[1], unbound[1])


def test_signature_silenced_ensemble_takes_that_memory_only() -> None:
    scenes = scene_table([THREAT, LIST])
    rows = [experience(AFTERNOON, 0), *(experience(AFTERNOON + DAY + 0.2 * k, 1) for k in range(4))]
    rows += [attempt_at(AFTERNOON + 2 * DAY, 0), attempt_at(AFTERNOON + 2 * DAY, 1)]
    silence = lesion([*ELEMENT_PARTS, BINDING], episode=THREAT.episode)
    whole = attempts(lived(scenes, rows, AFTERNOON + 2 * DAY + 0.1)[1]).probability
    cut = attempts(
        lived(scenes, rows, AFTERNOON + 2 * DAY + 0.1, then=[(AFTERNOON + 2 * DAY - 0.1, silence)])[1]
    ).probability
    assert_abolished("silenced memory", whole[:, 0], cut[:, 0])
    assert_spared("the other memory", whole[:, 1], cut[:, 1], 0.1)


def test_signature_lesion_pattern() -> None:
    """Hippocampus holds the recent episode, amygdala the affect, accumbens the value."""
    full = np.array([1.0])
    whole, no_hippocampus, no_amygdala = (cued(c, fractions=full) for c in (None, HIPPOCAMPAL, AMYGDALAR))
    assert_abolished("hippocampal lesion, recent episode", whole.probability[:, 0], no_hippocampus.probability[:, 0])
    assert_abolished("amygdalar lesion, distress", whole.distress[:, 0], no_amygdala.distress[:, 0])
    assert_spared("amygdalar lesion, recent episode", whole.probability[:, 0], no_amygdala.probability[:, 0], 0.1)
    values = []
    for cut in (None, lesion([REWARD]), HIPPOCAMPAL, AMYGDALAR):
        then = [(AFTERNOON + DAY - 0.1, cut)] if cut else []
        population, _ = lived((REWARD_EVENT,), [experience(AFTERNOON, 0)], AFTERNOON + DAY, then=then)
        values.append(strengths(population, REWARD_EVENT.episode)[:, REWARD])
    assert_abolished("accumbens lesion, value", values[0], values[1])
    for other in values[2:]:
        assert_spared("other lesions, value", values[0], other, 0.1)


def test_signature_remote_memory_survives_hippocampal_lesion() -> None:
    """Recent memory needs the hippocampus, a memory of half a year does not; without replay it would."""
    full = np.array([1.0])
    half_year = 180 * DAY
    recent, remote = (cued(HIPPOCAMPAL, d, full).probability[:, 0] for d in (DAY, half_year))
    intact = cued(None, half_year, full).probability[:, 0]
    assert_spared("hippocampal lesion, remote memory", intact, remote)
    assert_abolished("hippocampal lesion, recent memory", remote, recent)
    starved = cued(HIPPOCAMPAL, half_year, full, {"cortical_rate": 0.0005}).probability[:, 0]
    assert_abolished("little replay, remote memory", remote, starved)


def fragments(scale: float, overrides: Mapping[str, float] | None = None) -> Floats:
    """Fragmentation of a recalled threat at one day when its binding alone is scaled."""

    def weaken(population: Population) -> None:
        population.memory("z")[..., BINDING] *= scale
        population.memory("h")[..., BINDING] *= scale
        population.memory("cortex_b")[:] *= scale

    tests = cued(weaken, DAY, np.array([1.0]), overrides)
    return np.asarray(tests.fragmentation[:, 0])


def test_signature_fragmentation_rises_as_binding_falls() -> None:
    curve = [fragments(s) for s in (1.0, 0.6, 0.4, 0.2, 0.0)]
    means = [c.mean() for c in curve]
    print("fragmentation by binding 1 to 0", np.round(means, 2))
    assert all(b >= a for a, b in pairwise(means))
    loose = {"link_threshold": 0.01, "recall_threshold": 0.05}
    whole = fragments(0.2) - fragments(1.0)
    assert_abolished("elements hang together at once", whole, fragments(0.2, loose) - fragments(1.0, loose))


def rivals(goal: str, company: str, overrides: Mapping[str, float] | None = None, **ablation: float) -> Floats:
    """Probability of recalling the first of two memories of one place, under a goal and in some company."""
    meal = replace(LIST, episode=30, content={**content("meal"), "sensory": "kitchen", "context": "kitchen"})
    quarrel = replace(meal, episode=31, content={**content("quarrel"), "sensory": "kitchen", "context": "kitchen"})
    cue = replace(meal, content={"context": "kitchen", "sensory": "kitchen"}, goal=goal)
    if company:
        cue = replace(cue, content={**cue.content, "affective": company})
    rows = [experience(AFTERNOON + 0.2 * k, k % 2) for k in range(8)]
    rows.append(attempt_at(AFTERNOON + DAY, 2))
    return np.asarray(
        attempts(lived((meal, quarrel, cue), rows, AFTERNOON + DAY + 0.1, overrides, **ablation)[1]).probability[:, 0]
    )


def test_signature_goal_and_company_choose_the_memory() -> None:
    def by_goal(**more: float) -> Floats:
        o = {"goal_weight": more.pop("goal_weight")} if "goal_weight" in more else None
        return rivals("meal", "", o, **more) - rivals("quarrel", "", o, **more)

    def by_company(overrides: Mapping[str, float] | None = None) -> Floats:
        return rivals("", "meal", overrides) - rivals("", "quarrel", overrides)

    assert_abolished("no goal bias", by_goal(), by_goal(goal_weight=0.0))
    assert_abolished("no prefrontal control", by_goal(), by_goal(prefrontal_control=0.0))
    assert_spared("no goal bias, company", by_company(), by_company({"goal_weight": 0.0}), 0.1)


def toned(level: float, overrides: Mapping[str, float] | None = None) -> Floats:
    """Fragmentation of the same trace when noradrenergic tone at recall is changed, by person."""

    def tune(population: Population) -> None:
        population.traits[:, TRAIT_COLUMNS.index("noradrenergic_tone")] *= level

    return np.asarray(cued(tune, 3 * DAY, np.array([0.7]), overrides).fragmentation[:, 0])


def test_signature_tone_at_recall_whole_or_in_fragments() -> None:
    """The trace is the same; too little or too much noradrenaline at recall uncouples its elements."""
    low, middle, high = (toned(x) for x in (0.03, 3.0, 300.0))
    print("fragmentation by tone", [interval(x) for x in (low, middle, high)])
    flat = [toned(x, {"tone_completion": 0.0}) for x in (0.03, 3.0, 300.0)]
    assert_abolished("low tone", low - middle, flat[0] - flat[1])
    assert_abolished("high tone", high - middle, flat[2] - flat[1])
