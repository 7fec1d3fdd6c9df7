"""What becomes of a trace: forgetting, dopamine, pruning of neighbours, vividness without accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import curve_fit

from cohort.events import Scene, cue_of, scene_table
from cohort.pharmacology import drug_index
from cohort.state import ELEMENTS, RECALL, REMINDER

from .scenes_encoding import (
    EMOTIONAL,
    LIST,
    NEUTRAL,
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
MORNING = 10.0
STUDY = [experience(MORNING + 0.2 * k, 0) for k in range(4)]
LEARNED = MORNING + 0.6 + 5.0 / 60.0
DELAYS = np.array([1.0 / 3.0, 1.0, 9.0, 24.0, 48.0, 144.0, 744.0])  # h, of the published curves


def saved(overrides: Mapping[str, float] | None = None) -> Floats:
    """Savings by delay of a list learned in four trials, shape (persons, delays).

    Learning by ``1 - a`` halving needs work ``-ln(1 - a)``: savings are the part not to be done again.
    """
    work = []
    for delay in (0.0, *DELAYS):
        population, _ = lived((LIST,), STUDY, LEARNED + delay + 0.02, overrides)
        h, z = (strengths(population, LIST.episode, f)[:, :8] for f in ("h", "z"))
        reach = strengths(population, LIST.episode, "cortex")[:, None] * np.tile([1.0, 0.3], 4)
        missing = (1.0 - h) * (1.0 - z) * (1.0 - reach)
        work.append(-np.log(missing.mean(1)))
    kept = np.array(work).T
    return kept[:, 1:] / kept[:, :1]


def fits(values: Floats) -> tuple[float, float]:
    """Exponent of a power of time, and by how much its AIC is lower than that of an exponential."""
    power, _ = curve_fit(lambda t, a, b: a * t**-b, DELAYS, values, p0=(0.5, 0.1))
    fall, _ = curve_fit(lambda t, a, b: a * np.exp(-b * t), DELAYS, values, p0=(0.5, 0.001))
    error = [
        np.sum((values - power[0] * DELAYS ** -power[1]) ** 2),
        np.sum((values - fall[0] * np.exp(-fall[1] * DELAYS)) ** 2),
    ]
    return float(power[1]), float(len(DELAYS) * np.log(error[1] / error[0]))


def test_signature_forgetting_is_a_power_of_time() -> None:
    """Murre & Dros 2015, 10.1371/journal.pone.0120644: from 20 minutes to 31 days."""
    curve = saved().mean(0)
    exponent, better = fits(curve)
    print("savings", np.round(curve, 3), "exponent", exponent, "AIC", better)
    assert 0.08 <= exponent <= 0.20
    assert better > 2.0
    single = {"fade_spread": 1.0, "fade_sensory": 1.0, "fade_narrative": 1.0, "cortical_rate": 0.0005}
    # Over days, where the early phase is gone, one rate of fading is an exponential, a spread is not.
    bend, flat = bending(saved()), bending(saved(single))
    assert_abolished("one rate of fading, bend of the curve", bend, flat)
    assert_spared("one rate of fading, first 20 minutes", saved()[:, 0], saved(single)[:, 0], 0.1)


def bending(values: Floats) -> Floats:
    """Rate of loss from day 1 to day 6 over that from day 6 to day 31, less 1: 0 for an exponential."""
    early = np.log(values[:, 3] / values[:, 5]) / (DELAYS[5] - DELAYS[3])
    late = np.log(values[:, 5] / values[:, 6]) / (DELAYS[6] - DELAYS[5])
    return np.asarray(early / late - 1.0)


def consolidated(
    hour: float | None, overrides: Mapping[str, float] | None = None, **ablation: float
) -> tuple[Floats, Floats]:
    """Late strength the same evening and cortical strength next noon, with or without a dose."""
    rows = [experience(MORNING, 0), experience(MORNING + 0.2, 0)]
    if hour is not None:
        rows.append(dose(hour, drug_index("methylphenidate"), 40.0))
    evening, _ = lived((NEUTRAL,), rows, 22.5, overrides, **ablation)
    study = [*STUDY, *rows[2:]]
    noon, _ = lived((LIST,), study, DAY + 12.0, overrides, **ablation)
    return elements(evening, NEUTRAL.episode), strengths(noon, LIST.episode, "cortex")


def durable(hour: float, overrides: Mapping[str, float] | None = None, **ablation: float) -> tuple[Floats, Floats]:
    with_dose, without = consolidated(hour, overrides, **ablation), consolidated(None, overrides, **ablation)
    return with_dose[0] - without[0], with_dose[1] - without[1]


def test_signature_21_dopamine_at_encoding_and_before_sleep() -> None:
    """Two dose-timing curves: capture around encoding, late maintenance about 12 h later."""
    hours = (MORNING - 1.5, MORNING + 0.2, MORNING + 4.0, MORNING + 11.0)
    capture, maintenance = zip(*(durable(h) for h in hours), strict=True)
    for h, a, b in zip(hours, capture, maintenance, strict=True):
        print(f"dose at {h - MORNING:+.1f} h: capture {interval(a)}, cortex {interval(b)}")
    at_encoding, before_sleep = capture[0], maintenance[3]
    assert_abolished("capture, dose 11 h later", at_encoding, capture[3])
    assert interval(before_sleep - maintenance[2])[1] > 0.0
    assert_abolished(
        "maintenance without replay by dopamine", before_sleep, durable(hours[3], {"replay_dopamine": 0.0})[1]
    )
    assert_spared(
        "capture without replay by dopamine", at_encoding, durable(hours[0], {"replay_dopamine": 0.0})[0], 0.1
    )
    assert_abolished("capture, DA knock-out", at_encoding, durable(hours[0], da_efficacy=0.0)[0])
    assert_abolished("maintenance, DA knock-out", before_sleep, durable(hours[3], da_efficacy=0.0)[1])


def blocked(
    hour: float | None, overrides: Mapping[str, float] | None = None, nights: int = 1
) -> tuple[Floats, Floats, Floats]:
    """A list studied in the morning, SCH 23390 `hour` later: late strength at night, cortex, and recall, in the end."""
    rows = [*STUDY, *([] if hour is None else [dose(MORNING + hour, drug_index("sch-23390"), 7.0)])]
    end = nights * DAY + 12.0
    evening, _ = lived((LIST,), rows, 22.9, overrides)
    later, log = lived((LIST,), [*rows, attempt_at(end, 0)], end + 0.1, overrides)
    recall = np.asarray(attempts(log).probability[:, 0])
    return elements(evening, LIST.episode), strengths(later, LIST.episode, "cortex"), recall


def lost(hour: float, overrides: Mapping[str, float] | None = None) -> tuple[Floats, Floats]:
    """Shares of capture, and of what the first night builds in cortex, that are lost to a dose at an hour."""
    whole, cut = blocked(None, overrides), blocked(hour, overrides)
    return 1.0 - cut[0] / whole[0], 1.0 - cut[1] / whole[1]


def test_signature_21_two_curves_of_dopamine_blockade() -> None:
    """Capture is lost to a blockade at study only; maintenance the more, the nearer the blockade is to sleep.

    After Rossato et al. 2009, 10.1126/science.1172545: D1/5 blocked twelve hours after training.
    """
    hours = (-0.2, 2.0, 4.0, 8.0, 12.0, 14.0)  # 14 h: the night has begun
    capture, maintenance = zip(*(lost(h) for h in hours), strict=True)
    for h, a, b in zip(hours, capture, maintenance, strict=True):
        print(f"D1/5 blocked at {h:+.1f} h: capture lost {interval(a)}, first night's cortex lost {interval(b)}")
    late = maintenance[4]
    assert interval(capture[0])[1] > 0.9
    for a in capture[1:]:
        assert_abolished("capture, blocked later", capture[0], a)
    assert interval(late)[1] > 0.3
    assert np.all(np.diff([m.mean() for m in maintenance[1:5]]) > 0.0)
    assert_abolished("maintenance, blocked after bedtime", late, maintenance[5])
    fixed = {"replay_dopamine": 0.0}
    assert_abolished("maintenance, replay without dopamine", late, lost(12.0, fixed)[1])
    assert_spared("capture, replay without dopamine", capture[0], lost(-0.2, fixed)[0], 0.1)


def test_signature_21_late_blockade_spares_memory_at_two_days() -> None:
    whole, cut = blocked(None, nights=2)[2], blocked(12.0, nights=2)[2]
    assert_spared("D1/5 blocked at +12 h, recall at 2 d", whole, cut, 0.05)


@pytest.mark.xfail(strict=True, reason="one night is a seventh of a week: recall at 7 d falls by .003, not by a third")
def test_signature_21_late_blockade_impairs_memory_at_seven_days() -> None:
    """Rossato et al. 2009 find no memory left at 7 days; hippocampal traces here fade at rates set at capture."""
    whole, cut = blocked(None, nights=7)[2], blocked(12.0, nights=7)[2]
    show("D1/5 blocked at +12 h, recall at 7 d", whole, cut)
    assert interval(1.0 - cut / whole)[1] > 1.0 / 3.0


def kin(name: str, episode: int, **appraisal: float) -> Scene:
    """An episode of the same surroundings, with own sensory and narrative content."""
    own = content(name)
    own["context"] = "school"
    return replace(LIST, episode=episode, content=own, **appraisal)  # type: ignore[arg-type]


def neighbour(event: str, overrides: Mapping[str, float] | None = None, mg: float = 0.0) -> Floats:
    """Share of late strength that a memory loses to its neighbour's recall or arousal a week on.

    The two were learned within three hours, so that they share units. `mg` of propranolol may precede the event.
    """
    first, second = kin("first", 20), kin("second", 21)
    cue = cue_of(scene_table([second]), 1.0)
    scenes = np.concatenate([scene_table([first, second]), cue])
    study = [experience(MORNING + 0.2 * k, 0) for k in range(4)] + [
        experience(MORNING + 3 + 0.2 * k, 1) for k in range(4)
    ]
    week = 7 * DAY + MORNING
    if mg:
        study.append(dose(week - 1.5, drug_index("propranolol"), mg))
    if event == "recall":
        practice = [(week + 0.5 * k, RECALL, 2, 1.0) for k in range(4)]
    else:
        scenes[2] = scene_table([kin("second", 21, arousal=0.9, threat=0.9, controllability=0.1)])[0]
        practice = [experience(week, 2)]
    kept, _ = lived(scenes, study, week + 3.0, overrides)
    pruned, _ = lived(scenes, study + practice, week + 3.0, overrides)
    # The context is the same in both, so that it is rehearsed, not pruned.
    left = strengths(pruned, 20)[:, 2:8].sum(1) / strengths(kept, 20)[:, 2:8].sum(1)
    return np.asarray(1.0 - left)


@pytest.mark.parametrize(("event", "parameter"), [("recall", "prune_recall"), ("arousal", "prune_arousal")])
def test_signature_neighbours_are_pruned(event: str, parameter: str) -> None:
    """Retrieval-induced (Anderson et al. 1994) and arousal-induced forgetting (Strange et al. 2003).

    Without pruning the neighbour gains, by what it shares with the event.
    """
    other = "prune_arousal" if event == "recall" else "prune_recall"
    whole = neighbour(event)
    assert_abolished(f"{event}-induced forgetting", whole, neighbour(event, {parameter: 0.0}))
    assert_spared(f"{event}-induced forgetting, the other route cut", whole, neighbour(event, {other: 0.0}), 0.3)


def test_signature_arousal_prunes_through_beta_receptors() -> None:
    """Propranolol prevents arousal-induced forgetting (Strange et al. 2003, 10.1073/pnas.1635116100)."""
    whole, blocked = neighbour("arousal"), neighbour("arousal", mg=80.0)
    show("propranolol, arousal-induced forgetting", whole, blocked)
    assert interval(whole - blocked)[1] > 0.0


def item_before(presence: float, overrides: Mapping[str, float] | None = None) -> Floats:
    """Share of early strength that an item seen a minute before an oddball loses to the oddball's arousal."""
    item = replace(kin("word", 20), salience=dict.fromkeys(ELEMENTS, (presence, presence)))
    held = []
    for arousal in (0.1, 0.9):
        oddball = kin("oddball", 21, arousal=arousal, threat=arousal, controllability=1.0 - arousal)
        rows = [experience(MORNING, 0), experience(MORNING + 0.1, 1)]
        held.append(strengths(lived((item, oddball), rows, MORNING + 0.4, overrides)[0], 20, "h")[:, 2:8].sum(1))
    return np.asarray(1.0 - held[1] / held[0])


def test_signature_weak_item_before_an_arousing_one_loses() -> None:
    """Strange et al. 2003: the item before an oddball; by priority (Mather et al. 2016): a tagged one loses nothing."""
    weak = item_before(0.2)
    assert_abolished("no pruning, weak item before an oddball", weak, item_before(0.2, {"prune_arousal": 0.0}))
    assert_abolished("tagged item before an oddball", weak, item_before(1.0))


def test_signature_tagged_neighbour_is_spared() -> None:
    """A neighbour whose synapses are tagged when the arousing event comes loses nothing to it."""
    first, loud = kin("first", 20), kin("loud", 22, arousal=0.9, threat=0.9, controllability=0.1)
    shares = []
    for gap in (0.1, 30.0):
        z = []
        for share in (0.5, 0.0):
            population, _ = lived(
                (first, loud),
                [*STUDY, experience(LEARNED + gap, 1)],
                LEARNED + 48.0,
                {"prune_arousal": share, "excitability_gain": 8.0, "excitability_decay": 16.0},
            )
            z.append(elements(population, 20))
        shares.append(np.asarray(1.0 - z[0] / z[1]))
    assert_abolished("tagged neighbour", shares[1], shares[0])


def retold(overrides: Mapping[str, float] | None = None) -> tuple[Floats, Floats]:
    """Vividness and accuracy at 1 day and 90 days of a retold event, over those at 1 day, by person."""
    talk = replace(EMOTIONAL, content={"context": "pub", "narrative": "wound", "sensory": "wound"}, duration=6.0)
    event = replace(THREAT, episode=EMOTIONAL.episode, content=EMOTIONAL.content)
    rows = [experience(MORNING, 0), attempt_at(MORNING + DAY, 0)]
    rows += [(MORNING + DAY * d, REMINDER, 1, 1.0) for d in (2, 5, 9, 16, 30, 45, 60, 75)]
    rows += [attempt_at(MORNING + 90 * DAY, 0)]
    _, log = lived((event, talk), rows, MORNING + 91 * DAY, overrides)
    tests = attempts(log)
    both = (tests.episode >= 0).all(1)
    tests = tests[both]
    return tests.vividness[:, 1] / tests.vividness[:, 0], tests.accuracy[:, 1] / tests.accuracy[:, 0]


def test_signature_vividness_without_accuracy() -> None:
    """Talarico & Rubin 2003, 10.1111/1467-9280.02453: what is retold stays vivid and drifts from what was."""
    vivid, true = retold()
    print("vivid", interval(vivid), "accuracy", interval(true), len(vivid))
    straight = retold({"vivid_half": 10.0, "context_rate": 0.0})
    assert_abolished("images in proportion, nothing foreign taken in", vivid - true, straight[0] - straight[1])
    assert_spared("what is left is recalled as before", true, straight[1])
    drift = retold({"context_rate": 0.0})[1] - true
    print("drift", interval(drift))
    assert interval(drift)[1] > 0.0  # part of the loss of accuracy is what retelling puts in
