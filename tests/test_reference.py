"""The explicit network by itself: limits, conservation, and the tests that define an engram."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.engram.reference import FEATURES, Modulators, Network, Trace, present
from cohort.engram.reference_recall import (
    Recall,
    answer,
    recall,
    recall_probability,
    settle,
    supports,
    winners,
)
from cohort.parameters import Parameters
from cohort.state import AFFECT, BINDING, EARLY_STRENGTHS, EXTINCTION, HIPPOCAMPUS, REWARD, UNITS, WINNERS

COUPLING, THRESHOLD = 0.5, 0.22
AROUSED = Modulators(beta=lambda _: 0.7, d1=lambda _: 0.7, translation=lambda _: 1.0)
DRUGGED = Modulators(beta=lambda _: 0.7, d1=lambda _: 0.7, translation=lambda _: 0.0)
DAY = 1440.0


def network() -> Network:
    return Network(Parameters({"everyday_rate": 0.0}))


def features(first: int) -> np.ndarray:
    """Eight central and eight peripheral features of each element, from `first` on."""
    mask = (0xFF << first) | (0xFF << (first + 32))
    return present([mask] * 4)


def memory(net: Network, name: int, first_unit: int, first_feature: int, minute: float = 0.0) -> Trace:
    units = np.tile(np.arange(first_unit, first_unit + WINNERS), (4, 1))
    return net.form(name, units, features(first_feature), minute)


def gains(size: float = 1.5) -> np.ndarray:
    out = np.full(EARLY_STRENGTHS, size)
    out[EXTINCTION] = 0.0
    return out


def two_memories() -> tuple[Network, Trace, Trace]:
    net = network()
    a, b = memory(net, 0, 0, 0), memory(net, 1, 100, 12)
    for trace in (a, b):
        trace.charge = 0.8
        net.write(trace, gains())
    net.advance(0.0, 2 * DAY, AROUSED)
    return net, a, b


def chance(net: Network, name: int, cue: np.ndarray, **how: np.ndarray) -> float:
    return recall_probability(net, supports(net, cue, COUPLING, **how), name, THRESHOLD)


def flags(units: np.ndarray) -> np.ndarray:
    out = np.zeros(UNITS, dtype=bool)
    out[units] = True
    return out


NO_CUE = np.zeros(4 * FEATURES, dtype=bool)


# --- what defines an engram ---


def test_silencing_an_ensemble_abolishes_that_memory_only() -> None:
    net, a, b = two_memories()
    silenced = flags(a.units[HIPPOCAMPUS])
    before = [chance(net, n, t.features) for n, t in ((0, a), (1, b))]
    after = [chance(net, n, t.features, silenced=silenced) for n, t in ((0, a), (1, b))]
    assert min(before) > 0.9
    assert after[0] < 0.02
    assert after[1] == pytest.approx(before[1], abs=1e-12)


def test_silencing_as_many_other_units_abolishes_nothing() -> None:
    net, a, _ = two_memories()
    other = flags(np.arange(200, 200 + WINNERS))
    assert chance(net, 0, a.features, silenced=other) == pytest.approx(chance(net, 0, a.features), abs=1e-12)


@pytest.mark.signature
def test_signature_03_direct_activation_recalls_the_whole_without_a_cue() -> None:
    net, a, _ = two_memories()
    light = flags(a.units[HIPPOCAMPUS][:8])  # two of the four elements
    dark = a.units[HIPPOCAMPUS][8:]
    activity = settle(net, NO_CUE, COUPLING, driven=light)
    assert activity[dark].min() > 0.2
    assert list(winners(activity)) == sorted(a.units[HIPPOCAMPUS])
    assert chance(net, 0, NO_CUE, driven=light) > 0.9
    assert chance(net, 1, NO_CUE, driven=light) < 0.02


def test_direct_activation_recalls_nothing_where_nothing_was_written_or_its_late_phase_was_blocked() -> None:
    for drug, written in ((AROUSED, False), (DRUGGED, True)):
        net = network()
        a = memory(net, 0, 0, 0)
        if written:
            net.write(a, gains())
        net.advance(0.0, 2 * DAY, drug)
        activity = settle(net, NO_CUE, COUPLING, driven=flags(a.units[HIPPOCAMPUS][:8]))
        assert activity[a.units[HIPPOCAMPUS][8:]].max() < 1e-6


def test_a_part_of_the_cue_brings_back_the_whole_ensemble() -> None:
    net, a, b = two_memories()
    cue = a.features.copy()
    cue[2 * FEATURES :] = False  # context and sensory only
    activity = settle(net, cue, COUPLING)
    assert list(winners(activity)) == sorted(a.units[HIPPOCAMPUS])
    alone = settle(net, cue, 0.0)
    assert alone.sum() < activity.sum()
    assert alone[a.units[HIPPOCAMPUS][8:]].max() == 0.0
    assert not set(winners(activity)) & set(b.units[HIPPOCAMPUS])


def test_recall_grows_with_the_cue() -> None:
    net, a, _ = two_memories()
    on = np.flatnonzero(a.features)
    rng = np.random.default_rng(3)
    rng.shuffle(on)
    found = []
    for fraction in (0.1, 0.25, 0.5, 1.0):
        cue = np.zeros_like(a.features)
        cue[on[: int(fraction * len(on))]] = True
        found.append(chance(net, 0, cue))
    assert found == sorted(found)
    assert found[0] < 0.2
    assert found[-1] > 0.9


# --- limits ---


def test_without_encoding_there_is_nothing() -> None:
    net = network()
    a = memory(net, 0, 0, 0)
    net.advance(0.0, 5 * DAY, AROUSED)
    assert not net.strength(a).any()
    assert not net.protein.any()
    assert chance(net, 0, a.features) < 0.02
    assert answer(net, a, a.features[:FEATURES], 0.7) == 0.0


def test_disjoint_ensembles_do_not_influence_each_other() -> None:
    """All but the pool of proteins, which a region shares: so each is written where proteins are blocked."""
    alone, both = network(), network()
    kept = []
    for net in (alone, both):
        a = memory(net, 0, 0, 0)
        net.write(a, gains(0.7))
        if net is both:
            b = memory(net, 1, 100, 12)
            net.write(b, gains(2.0))
            recall(net, b, 10.0, Recall(b.features[:FEATURES], 1.0, 5.0, 0.5, 0.5, 0.5, 1.0))
        net.advance(0.0, 300.0, DRUGGED)
        kept.append((net.early(a), net.late(a), supports(net, a.features, COUPLING)[0]))
    np.testing.assert_allclose(kept[0][0], kept[1][0], atol=1e-12)
    np.testing.assert_allclose(kept[0][1], kept[1][1], atol=1e-12)
    assert kept[0][2] == pytest.approx(kept[1][2], abs=1e-12)


def test_shared_synapses_change_for_both() -> None:
    net = network()
    a = memory(net, 0, 0, 0)
    b = memory(net, 1, 8, 4)  # half of the units, in other elements; half of the features
    net.write(a, gains(1.0))
    pairs = set(a.synapses[BINDING]) & set(b.synapses[BINDING])
    assert net.early(b)[BINDING] == pytest.approx(len(pairs) / 192 * net.early(a)[BINDING])
    assert 0 < len(pairs) < 192
    assert net.early(b)[AFFECT] == pytest.approx(0.25 * net.early(a)[AFFECT])
    assert net.early(b)[REWARD] == pytest.approx(0.25 * net.early(a)[REWARD])
    assert net.early(b)[EXTINCTION] == 0.0
    assert not net.early(b)[:BINDING].any()  # the shared units serve other elements


def test_weights_stay_between_nothing_and_one() -> None:
    net = network()
    a, b = memory(net, 0, 0, 0), memory(net, 1, 2, 2)
    rng = np.random.default_rng(1)
    now = 0.0
    for trace in (a, b, a, b, b):
        trace.charge = 1.0
        net.write(trace, rng.uniform(0.0, 4.0, EARLY_STRENGTHS))
        net.advance(now, now + 90.0, AROUSED)
        now += 90.0
        recall(net, trace, now, Recall(trace.features[:FEATURES], 1.0, 30.0, 0.8, 0.9, 0.7, 2.0))
    for p in (net.element, net.binding, net.affect, net.extinction, net.reward):
        assert p.early.min() >= 0.0
        assert p.early.max() <= 1.0
        assert p.late.min() >= 0.0
        assert p.late.sum(axis=0).max() <= 1.0 + 1e-12
        assert (p.late <= p.ceiling[:, None, None] + 1e-12).all()


def test_early_phase_fades_with_its_time_constant_and_leaves_nothing_without_proteins() -> None:
    net = network()
    a = memory(net, 0, 0, 0)
    net.write(a, gains())
    first = net.early(a)
    net.advance(0.0, 191.0, DRUGGED)
    hours = 191.0 / 60.0
    np.testing.assert_allclose(net.early(a), first * np.exp(-hours / net.parameters["early_decay"]), rtol=1e-12)
    net.advance(191.0, 2 * DAY, DRUGGED)
    assert net.late(a).max() < 1e-6


def test_a_finer_step_changes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for step in (1.0, 0.125):
        monkeypatch.setattr("cohort.engram.reference.STEP", step)
        monkeypatch.setattr("cohort.engram.reference.STEP_REPAIR", step)
        net = network()
        a = memory(net, 0, 0, 0)
        a.charge = 0.3
        net.write(a, gains(0.9))
        net.advance(0.0, DAY, AROUSED)
        recall(net, a, DAY, Recall(a.features[:FEATURES], 1.0, 5.0, 0.2, 0.2, 0.5, 1.0))
        net.advance(DAY, 3 * DAY, AROUSED)
        found.append(net.strength(a))
    np.testing.assert_allclose(found[0], found[1], atol=5e-3)
    assert found[0].max() > 0.3


def test_a_weak_event_is_rescued_by_a_strong_one_and_not_by_itself() -> None:
    tone = Modulators(lambda t: 0.7 if t > 60.0 else 0.15, lambda t: 0.7 if t > 60.0 else 0.15, lambda _: 1.0)
    late = []
    for rescue in (False, True):
        net = network()
        weak = memory(net, 0, 0, 0)
        net.write(weak, np.where(np.arange(EARLY_STRENGTHS) <= BINDING, 0.8, 0.0))
        net.advance(0.0, 60.0, tone)
        if rescue:
            net.write(memory(net, 1, 100, 12), gains(2.5))
        net.advance(60.0, DAY, tone if rescue else Modulators(lambda _: 0.15, lambda _: 0.15, lambda _: 1.0))
        late.append(net.late(weak)[:BINDING].mean())
    assert late[0] < 0.01
    assert late[1] > 0.2


def test_labile_synapses_are_lost_where_beta_receptors_are_blocked() -> None:
    left = []
    for beta in (0.0, 1.0 / 6.0):
        net, a, b = two_memories()
        a.charge = 0.3
        before, other = net.late(a)[AFFECT], net.late(b)[AFFECT]
        recall(net, a, 2 * DAY, Recall(a.features[:FEATURES], 1.0, 4.0, 0.2, 0.2, 0.2, 0.0))
        assert net.labile.max() > 0.05
        net.advance(2 * DAY, 3 * DAY, Modulators(lambda _, x=beta: x, lambda _: 0.2, lambda _: 0.0))
        left.append(net.late(a)[AFFECT] / before / (net.late(b)[AFFECT] / other))
    assert left[0] < left[1] < 1.0


def test_extinction_holds_the_answer_back_in_its_own_place_only() -> None:
    net, a, _ = two_memories()
    here, elsewhere = features(0)[:FEATURES], features(16)[:FEATURES]
    before = answer(net, a, here, 0.5)
    recall(net, a, 2 * DAY, Recall(here, 1.0, 60.0, 0.5, 0.5, 0.5, 4.0))
    assert answer(net, a, here, 0.5) < 0.7 * before
    assert answer(net, a, elsewhere, 0.5) >= before


def test_recall_depresses_untagged_neighbours_and_spares_its_own_trace() -> None:
    net = network()
    a, b = memory(net, 0, 0, 0), memory(net, 1, 4, 20)
    for trace in (a, b):
        net.write(trace, gains())
    net.advance(0.0, 2 * DAY, AROUSED)
    mine, theirs = net.late(a)[BINDING], net.late(b)[BINDING]
    net.depress(a, 0.3)
    assert net.late(a)[BINDING] == mine
    assert net.late(b)[BINDING] < theirs
