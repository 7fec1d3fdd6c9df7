"""Persons: early adversity, load, receptor traits, and effects that differ in size and sign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import linregress

from cohort.events import calendar
from cohort.life import person_traits
from cohort.parameters import Parameters
from cohort.state import BINDING, REMINDER, REWARD, TRAIT_COLUMNS

from .scenes_recall import (
    DAY,
    NOON,
    QUIET,
    TRAUMA,
    Effect,
    check,
    effect,
    live,
    medians,
    persons,
    reminder,
    scene,
    start,
)

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


SENSITIVITY = np.exp(np.linspace(-0.8, 0.8, N))


def relative_slope(y) -> Effect:
    """Rise of an outcome per log unit of a trait, as a share of its mean, with its 95% interval."""
    fit = linregress(np.log(SENSITIVITY), y / np.mean(y))
    return Effect(fit.slope, fit.slope - 1.96 * fit.stderr, fit.slope + 1.96 * fit.stderr)


def reward_kept(trait: str, days: float, **overrides):
    """Reward value so many days after a prize, by a sensitivity."""
    traits = medians(N, **{trait: SENSITIVITY})
    return live(traits, [PRIZE], [start()], NOON + days * DAY, overrides={**QUIET, **overrides}).of("z")[:, REWARD]


def week_of_threat(trait: str, of=TRAUMA, **overrides):
    """Intrusions, and the distress of all of them, in the week after a threat, by a sensitivity."""
    lived = live(medians(N, **{trait: SENSITIVITY}), [of], [start()], NOON + 7 * DAY, overrides=overrides)
    return lived.intrusions(), np.bincount(lived.log["person"], weights=lived.log["distress"], minlength=N)


def test_signature_14_dopamine_sensitivity_makes_reward_memory_durable() -> None:
    """More at a week and still at two months; not where dopamine has no part in learning and capture of value."""
    cut = {"da_accumbens": 0.0, "da_share_accumbens": 0.0}
    for days in (7.0, 60.0):
        intact = relative_slope(reward_kept("da_efficacy", days))
        check(f"reward at {days:g} d on DA", intact, relative_slope(reward_kept("da_efficacy", days, **cut)), 1)
        assert intact.low > relative_slope(reward_kept("ne_efficacy", days)).high


def test_signature_14_noradrenergic_sensitivity_makes_intrusive_and_distressed() -> None:
    """Of persons after the same threat those with more sensitive receptors have more intrusions and more distress."""
    cut = {"ne_amygdala": 0.0, "beta_answer": 0.0, "ne_binding": 0.0}
    for outcome in (0, 1):
        intact = relative_slope(week_of_threat("ne_efficacy")[outcome])
        check(("intrusions", "distress")[outcome] + " on NE sensitivity", intact,
              relative_slope(week_of_threat("ne_efficacy", **cut)[outcome]), 1)  # fmt: skip
        assert intact.low > relative_slope(week_of_threat("da_efficacy")[outcome]).high
    milder = replace(TRAUMA, arousal=0.75, threat=0.7, controllability=0.3, self_relevance=0.6, valence=-0.8)
    for outcome in week_of_threat("ne_efficacy", milder):
        assert relative_slope(outcome).low > 0.2
    tone = relative_slope(week_of_threat("noradrenergic_tone")[1])
    print(f"distress on noradrenergic tone {tone}")
    assert tone.low > 0.0


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
