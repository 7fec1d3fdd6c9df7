"""What is written: a knock-out a modulator, the inverted U of binding, centre and periphery, emotions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cohort.pharmacology import drug_index
from cohort.state import AFFECT, BINDING, REWARD

from .scenes_encoding import (
    BRIEF,
    EMOTIONAL,
    NEUTRAL,
    NOVELTY,
    REWARD_EVENT,
    THREAT,
    Floats,
    assert_abolished,
    assert_spared,
    attempt_at,
    attempts,
    content,
    dose,
    elements,
    experience,
    interval,
    lived,
    show,
    strengths,
)

pytestmark = pytest.mark.signature

DAY = 24.0
AFTERNOON = 16.0  # when stress experiments are run, away from the morning peak of cortisol
AROUSALS = np.linspace(0.0, 1.0, 7)


def rescue(**ablation: float) -> Floats:
    """Late strength at 24 h that novelty half an hour later gives a weak memory."""
    scenes = (NEUTRAL, NOVELTY)
    with_novelty, _ = lived(scenes, [experience(12, 0), experience(12.5, 1)], 12 + DAY, **ablation)
    alone, _ = lived(scenes, [experience(12, 0)], 12 + DAY, **ablation)
    return elements(with_novelty, 1) - elements(alone, 1)


def fear(**ablation: float) -> Floats:
    """Early amygdalar strength right after a threat."""
    population, _ = lived((THREAT,), [experience(AFTERNOON, 0)], AFTERNOON + 0.35, **ablation)
    return strengths(population, 2, "h")[:, AFFECT]


def reward_value(**ablation: float) -> Floats:
    """Early accumbens strength right after a reward beyond expectation."""
    population, _ = lived((REWARD_EVENT,), [experience(AFTERNOON, 0)], AFTERNOON + 0.2, **ablation)
    return strengths(population, 5, "h")[:, REWARD]


def test_signature_dopamine_rescue_by_novelty() -> None:
    """Behavioural tagging, Moncada & Viola 2007, 10.1523/JNEUROSCI.1083-07.2007."""
    assert_abolished("DA knock-out, rescue by novelty", rescue(), rescue(da_efficacy=0.0))
    assert_spared("DA knock-out, fear", fear(), fear(da_efficacy=0.0), 0.1)


def advantage(delays: tuple[float, float], drug: float = 0.0, **ablation: float) -> Floats:
    """Growth over a delay of the recall of an arousing over a neutral item, seen on different days."""
    by_item = []
    for scene in (EMOTIONAL, NEUTRAL):
        rows = [experience(AFTERNOON, 0), *(attempt_at(AFTERNOON + d, 0) for d in delays)]
        if drug:
            rows.append(dose(AFTERNOON - 1.5, drug_index("propranolol"), drug))
        _, log = lived((scene,), rows, AFTERNOON + delays[-1] + 1.0, **ablation)
        by_item.append(attempts(log).probability)
    early, late = (by_item[0] - by_item[1]).T
    return np.asarray(late - early)


def test_signature_noradrenaline_emotional_advantage_grows_with_delay() -> None:
    """Sharot & Yonelinas 2008, 10.1016/j.cognition.2007.03.002: 10 minutes against 24 hours."""
    delays = (0.25, DAY)
    whole = advantage(delays)
    assert_abolished("NE knock-out", whole, advantage(delays, ne_efficacy=0.0))
    assert_abolished("one hour instead of a day", whole, advantage((0.25, 1.0)))
    blocked = advantage(delays, drug=80.0)
    show("propranolol 80 mg before encoding", whole, blocked)
    assert interval(whole - blocked)[1] > 0.0
    assert_spared("NE knock-out, reward value", reward_value(), reward_value(ne_efficacy=0.0), 0.1)


def interior(values: Floats) -> Floats:
    """How far the higher end lies below the peak, as a share of the peak, by row."""
    return np.asarray(1.0 - np.maximum(values[:, 0], values[:, -1]) / values.max(1))


def binding_over_cortisol(**ablation: float) -> Floats:
    """Binding right after an unthreatening event by cortisol level, shape (persons, levels)."""
    scene = replace(NEUTRAL, arousal=0.4)
    out = []
    for level in np.geomspace(0.05, 200.0, 7):
        population, _ = lived((scene,), [experience(AFTERNOON, 0)], AFTERNOON + 0.1, cort_synthesis=level, **ablation)
        out.append(strengths(population, 1, "h")[:, BINDING])
    return np.array(out).T


def test_signature_cortisol_binding_inverted_u() -> None:
    whole, without = binding_over_cortisol(), binding_over_cortisol(cort_efficacy=0.0)
    assert_abolished("cortisol knock-out, U of binding", interior(whole), interior(without))
    assert np.all(whole.mean(0)[[0, -1]] <= 0.7 * whole.mean(0).max())
    assert_spared("cortisol knock-out, rescue by novelty", rescue(), rescue(cort_efficacy=0.0))


def impaired(before: float, **ablation: float) -> Floats:
    """Loss of recall at one day by 30 mg of hydrocortisone so many hours before the test."""
    rows = [experience(AFTERNOON, 0), attempt_at(AFTERNOON + DAY, 0)]
    drug = dose(AFTERNOON + DAY - before, drug_index("hydrocortisone"), 30.0)
    plain, dosed = (
        attempts(lived((EMOTIONAL,), r, AFTERNOON + DAY + 1.0, **ablation)[1]).probability[:, 0]
        for r in (rows, [*rows, drug])
    )
    return np.asarray(plain - dosed)


def test_signature_cortisol_stress_timing() -> None:
    """Cortisol impairs recall while it is up, not earlier (de Quervain et al. 2000, 10.1038/73873)."""
    before_test = impaired(1.0)
    assert_abolished("hydrocortisone 12 h before recall", before_test, impaired(12.0))
    assert_abolished("cortisol knock-out, impaired recall", before_test, impaired(1.0, cort_efficacy=0.0))


def detail(drug: float = 0.0, **ablation: float) -> Floats:
    """Early strength of elements that attention to what is new adds."""
    out = []
    for novelty in (0.9, 0.1):
        rows = [experience(AFTERNOON, 0)]
        if drug:
            rows.append(dose(AFTERNOON - 1.0, drug_index("scopolamine"), drug))
        population, _ = lived((replace(NEUTRAL, novelty=novelty),), rows, AFTERNOON + 0.1, **ablation)
        out.append(elements(population, 1, "h"))
    return np.asarray(out[0] - out[1])


def test_signature_acetylcholine_element_detail() -> None:
    whole = detail()
    assert_abolished("ACh knock-out, element detail", whole, detail(ach_efficacy=0.0))
    assert interval(whole - detail(1.2))[1] > 0.0  # an antimuscarinic takes part of it
    assert_spared("ACh knock-out, fear", fear(), fear(ach_efficacy=0.0), 0.1)


def replay_lost(**ablation: float) -> Floats:
    """Cortical strength after one night that is lost when ACh stays at its waking level in sleep."""
    low, high = (
        strengths(lived((THREAT,), [experience(AFTERNOON, 0)], AFTERNOON + DAY, {"sleep_ach": s},
                        **ablation)[0],
                  2, "cortex")
        for s in (0.33, 1.0)
    )  # fmt: skip
    return np.asarray((low - high) / low)


def test_signature_acetylcholine_blocks_replay() -> None:
    """Gais & Born 2004, 10.1073/pnas.0305404101."""
    assert_abolished("ACh knock-out, replay at night", replay_lost(), replay_lost(ach_efficacy=0.0))


def over_arousal(strength: int, overrides: dict[str, float] | None = None) -> Floats:
    """One early strength right after events of rising arousal and threat, shape (persons, levels)."""
    out = []
    for a in AROUSALS:
        scene = replace(
            THREAT, salience=BRIEF, arousal=a, threat=0.9 * a, controllability=1.0 - 0.8 * a, novelty=0.2,
            self_relevance=0.3 * a,
        )  # fmt: skip
        population, _ = lived((scene,), [experience(AFTERNOON, 0)], AFTERNOON + 0.35, overrides)
        out.append(strengths(population, 2, "h")[:, strength])
    return np.array(out).T


def test_signature_inverted_u_of_binding_and_monotone_fear() -> None:
    whole = over_arousal(BINDING)
    flat = over_arousal(BINDING, {"ne_binding": 0.0, "cort_binding": 0.0})
    assert_abolished("binding over arousal", interior(whole), interior(flat))
    curve = whole.mean(0)
    assert 0 < curve.argmax() < len(AROUSALS) - 1
    assert np.all(curve[[0, -1]] <= 0.7 * curve.max()), curve
    cued = over_arousal(AFFECT)
    assert np.all(np.diff(cued, axis=1) > 0.0)
    spared = over_arousal(AFFECT, {"ne_binding": 0.0, "cort_binding": 0.0})
    assert_spared("rise of fear", cued[:, -1] - cued[:, 0], spared[:, -1] - spared[:, 0], 0.1)
    silent = over_arousal(AFFECT, {"gain_amygdala": 0.05, "ne_amygdala": 0.0, "cort_amygdala": 0.0})
    assert_abolished("rise of fear", cued[:, -1] - cued[:, 0], silent[:, -1] - silent[:, 0])


def trade_off(overrides: dict[str, float] | None = None) -> Floats:
    """Growth with arousal of the difference between central and peripheral parts."""
    central, peripheral = over_arousal(2, overrides), over_arousal(3, overrides)
    gap = central / peripheral
    return np.asarray(gap[:, -1] - gap[:, 0])


def test_signature_central_peripheral_trade_off() -> None:
    """Detail at the centre gains with arousal what the surroundings lose."""
    assert np.all(np.diff(over_arousal(2).mean(0)[:4]) > 0.0)
    peripheral = over_arousal(3).mean(0)
    assert peripheral[-1] < peripheral[0]
    assert_abolished("central over peripheral", trade_off(), trade_off({"ne_priority": 0.0}))
    assert_spared(
        "binding", interior(over_arousal(BINDING)), interior(over_arousal(BINDING, {"ne_priority": 0.0})), 0.1
    )


def loads(population_of: str, overrides: dict[str, float] | None = None) -> Floats:
    """Excess of the own region over the other's event: accumbens for reward, amygdala for threat."""
    out = {}
    for name, scene in (("reward", REWARD_EVENT), ("threat", THREAT)):
        population, _ = lived((scene,), [experience(AFTERNOON, 0)], AFTERNOON + 0.35, overrides)
        out[name] = strengths(population, scene.episode, "h")
    if population_of == "reward":
        return np.asarray(out["reward"][:, REWARD] - out["threat"][:, REWARD])
    return np.asarray(out["threat"][:, AFFECT] - out["reward"][:, AFFECT])


def test_signature_reward_loads_accumbens_threat_loads_amygdala() -> None:
    no_value = {"gain_accumbens": 0.1, "da_accumbens": 0.0}
    no_fear = {"gain_amygdala": 0.05, "ne_amygdala": 0.0, "cort_amygdala": 0.0}
    assert_abolished("reward to accumbens", loads("reward"), loads("reward", no_value))
    assert_spared("threat to amygdala", loads("threat"), loads("threat", no_value), 0.1)
    assert_abolished("threat to amygdala", loads("threat"), loads("threat", no_fear))
    assert_spared("reward to accumbens", loads("reward"), loads("reward", no_fear), 0.1)


def value_slope(kind: str, **ablation: float) -> Floats:
    """Rise of reward value over DA affinity .5 to 2, or levodopa 0 to 200 mg, after a modest surprise."""
    scene = replace(REWARD_EVENT, reward_error=0.2, novelty=0.1, content=content("coin"), salience=BRIEF)
    out = []
    for x in (0.0, 0.5, 1.0):
        rows = [experience(AFTERNOON, 0)]
        traits = dict(ablation)
        if kind == "affinity":
            traits["da_affinity"] = 0.5 * 4.0**x
        elif x > 0.0:
            rows.append(dose(AFTERNOON - 0.75, drug_index("levodopa"), 200.0 * x))
        population, _ = lived((scene,), rows, AFTERNOON + 0.2, **traits)
        out.append(strengths(population, 5, "h")[:, REWARD])
    rise = np.diff(np.array(out), axis=0)
    if "da_efficacy" not in ablation:
        assert np.all(rise > 0.0)
    return np.asarray(out[-1] - out[0])


@pytest.mark.parametrize("kind", ["affinity", "levodopa"])
def test_signature_reward_value_grows_with_dopamine(kind: str) -> None:
    assert_abolished(f"reward value by {kind}", value_slope(kind), value_slope(kind, da_efficacy=0.0))
    assert_spared("NE knock-out", value_slope(kind), value_slope(kind, ne_efficacy=0.0), 0.1)
