"""Persons: early adversity, load, receptor traits, and effects that differ in size and sign."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.events import calendar
from cohort.life import person_traits
from cohort.parameters import Parameters
from cohort.state import BINDING, REMINDER, REWARD, TRAIT_COLUMNS

from .scenes_recall import DAY, NOON, QUIET, TRAUMA, check, effect, live, medians, persons, reminder, scene, start

pytestmark = pytest.mark.signature
N = 300
MONTH = NOON + 30 * DAY
PRIZE = scene(0, arousal=0.4, valence=0.8, reward_error=0.6, novelty=0.4, duration=20.0)


def intrusions(traits, days: float = 30.0, **overrides):
    return live(traits, [TRAUMA], [start()], NOON + days * DAY, overrides=overrides).intrusions(NOON)


def adverse(count: int):
    """Median persons with so many kinds of adversity, each with an own draw of kind, age and severity."""
    rows = [person_traits({}, count, seed, Parameters()) for seed in range(N)]
    return np.array([[row[name] for name in TRAIT_COLUMNS] for row in rows], dtype=np.float32)


def test_signature_13_adversity_has_a_dose_response() -> None:
    """The same event leaves more intrusions the more adversity there was in childhood."""
    groups = [intrusions(adverse(count)) for count in (0, 2, 4, 8)]
    print("\nby adversity", [round(g.mean(), 2) for g in groups])
    check("adversity 8 against 0", effect(groups[3], groups[0]), effect(groups[0], groups[0]), 1)
    assert (np.diff([g.mean() for g in groups]) > 0.0).all()


def test_signature_12_load_gives_more_intrusive_less_coherent_traces() -> None:
    loaded = medians(N, baseline_load=6.0)
    intact = effect(intrusions(loaded), intrusions(medians(N)))
    cut = {"load_ne": 0.0, "load_cort": 0.0, "control_load": 0.0, "load_sleep": 0.0, "cue_rumination": 0.0}
    check("load and intrusions", intact, effect(intrusions(loaded, **cut), intrusions(medians(N), **cut)), 1)

    def bound(traits, **overrides):
        return live(traits, [TRAUMA], [start()], NOON + DAY, overrides={**QUIET, **overrides}).of("z")[:, BINDING]

    check("load and binding", effect(bound(loaded), bound(medians(N))),
          effect(bound(loaded, **cut), bound(medians(N), **cut)), -1)  # fmt: skip


def test_signature_14_dopamine_makes_reward_last_and_noradrenaline_intrusions() -> None:
    spread = np.exp(np.linspace(-0.8, 0.8, N))

    def slope(y):
        return np.polyfit(np.log(spread), y, 1)[0]

    value = live(medians(N, da_efficacy=spread), [PRIZE], [start()], NOON + 7 * DAY, overrides=QUIET).of("z")[:, REWARD]

    def distress(traits):
        log = live(traits, [TRAUMA], [start()], NOON + 7 * DAY).log
        return np.bincount(log["person"], weights=log["distress"], minlength=N)

    by_ne, by_da = (slope(distress(medians(N, **{t: spread}))) for t in ("noradrenergic_tone", "da_efficacy"))
    print(f"\nreward on DA {slope(value):.3f}; distress of intrusions on NE {by_ne:.2f}, on DA {by_da:.2f}")
    assert slope(value) > 0.02
    assert by_ne > 0.2
    assert abs(by_da) < by_ne


def test_signature_17_effects_differ_in_size_and_sign() -> None:
    """One reminder in safety lowers the charge of one person and raises that of another, in expectation."""
    at = NOON + 3 * DAY
    traits = persons(60)
    traits[:, TRAIT_COLUMNS.index("noradrenergic_tone")] *= np.exp(np.linspace(-1.0, 2.0, len(traits)))

    def charge(seed: int, reminded: bool):
        entries = [start(), (at, REMINDER, 1, 0.0)] if reminded else [start()]
        return live(traits, [TRAUMA, reminder(TRAUMA)], entries, at + DAY, seed=seed, overrides=QUIET).of("charge")

    effects = np.array([charge(seed, True) - charge(seed, False) for seed in range(50)])
    mean, error = effects.mean(axis=0), effects.std(axis=0, ddof=1) / np.sqrt(len(effects))
    print(f"\nindividual expected effects from {mean.min():.4f} to {mean.max():.4f}, standard error {error.mean():.4f}")
    assert ((mean + 1.96 * error) < 0.0).mean() > 0.1
    assert ((mean - 1.96 * error) > 0.0).mean() > 0.1


def test_signature_loop_of_intrusion_and_load_has_a_gain_below_one() -> None:
    """One intrusion more raises the load, and the load the rate of intrusion: by less than one in a year."""
    traits = persons(N)
    base = live(traits, [TRAUMA], [start()], MONTH)
    pushed = live(traits, [TRAUMA], [start()], MONTH)
    step = 0.05
    pushed.population.column("load_fast")[:] += step
    end = round((MONTH + 365 * DAY) * 60)
    more = [np.bincount(x.population.live(calendar([]), end)["person"], minlength=N) for x in (pushed, base)]
    per_load = (more[0] - more[1]).mean() / step
    added = Parameters()["load_distress"] * base.log["distress"].mean()
    gain = per_load * added
    print(f"\ngain of the loop {gain:.3f} (intrusions a year by load {per_load:.1f}, load by intrusion {added:.4f})")
    assert gain < 1.0
