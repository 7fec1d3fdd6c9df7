"""Persons as instruments see them: one at rest with what is given, and some who lived through a flood."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from cohort import readings
from cohort.engram import readout
from cohort.events import Scene, cue_of, scene_table
from cohort.instruments import AnyInstrument, Draws, Instrument, Seen
from cohort.parameters import Parameters
from cohort.population import Population
from cohort.state import CONTEXT, ELEMENTS, EXPERIENCE, INTRUSION, REMINDER
from cohort.traits import draw_traits, trait_array

PERSONS, DAYS, SEED = 400, 8, 5
UNTOUCHED = 40  # the last of the persons, whom the flood did not reach
DECLARED = Parameters()
NEEDS_TRACE = ("free-recall", "cued-recall", "source-memory", "recognition", "savings", "vividness", "confidence",
               "fear-test", "approach-choice")  # fmt: skip


def made(kind: str, **keys: Any) -> Instrument:
    found: Instrument = TypeAdapter(AnyInstrument).validate_python({"kind": kind, "name": kind, **keys})
    return found


def draws(n: int, minute: int = 1440, name: str = "it", seed: int = SEED) -> Draws:
    return Draws(seed, name, np.arange(n), minute)


def seen(n: int, parameters: Parameters = DECLARED, **given: Any) -> Seen:
    """A median person at rest n times, who holds a trace, with what is given."""
    plain = dict.fromkeys(readout.PROBE.names or (), 0.3)
    rest = {"held": 1.0, "tone": 1.0, "beta": 1.0 / (1.0 + parameters["k_beta"]), "cortisol": 1.0, "sleep": 7.2}
    counts = {"intrusions": 3.0, "intrusion_distress": 0.3, "days": 7.0, "treated": 0.0, "ace": 2.0}
    columns = {**plain, **rest, **counts, "zygosity": "single", "ancestry": "EUR", **given}
    return Seen(parameters, {name: np.broadcast_to(np.asarray(value), n) for name, value in columns.items()})


@cache
def lived(extinction: float = 2.5, quiet: bool = False) -> tuple[Population, NDArray[np.int64], NDArray[np.float64]]:
    """A flood for all but the last, made safe elsewhere for half of these; the intrusions and distress it left.

    In a `quiet` life hardly anything reminds, so that safety is learned in the sessions alone.
    """
    own = {e: f"{e} of the flood" for e in ELEMENTS}
    flood = Scene(0, own, arousal=0.9, threat=0.9, valence=-0.9, controllability=0.1, novelty=0.7,
                  self_relevance=0.5, duration=20.0, safe=0.0).record()  # fmt: skip
    prize = Scene(1, {e: f"{e} of the prize" for e in ELEMENTS}, arousal=0.5, valence=0.8, reward_error=0.6)
    session = cue_of(flood, 0.9, duration=60.0, safe=1.0)
    session["features"][0, CONTEXT] = Scene(2, {"context": "a surgery"}).record()["features"][0, CONTEXT]
    overrides = {"gain_extinction": extinction, **({"cue_usual": 0.05, "cue_rumination": 0.0} if quiet else {})}
    drawn = trait_array(draw_traits(PERSONS, SEED, Parameters()))
    p = Population(drawn, SEED, np.concatenate([scene_table([]), flood, prize.record(), session]), overrides=overrides)
    p.deliver(np.arange(PERSONS - UNTOUCHED), 600, EXPERIENCE, 0)
    p.deliver(np.arange(PERSONS), 2000, EXPERIENCE, 1)
    for day in range(2, 7):
        p.deliver(np.arange((PERSONS - UNTOUCHED) // 2), 1440 * day + 600, REMINDER, 2, 0.0)
    log = p.live_until(DAYS * 1440 - 600)
    rows = log[(log.kind == INTRUSION) & (log.episode == 0)]
    count = np.bincount(rows.person, minlength=PERSONS)
    return p, count, np.bincount(rows.person, rows.distress, minlength=PERSONS)


def of_lived() -> Seen:
    p, count, distress = lived()
    frame = draw_traits(PERSONS, SEED, Parameters())
    return Seen.of(
        readings.probes(p, 0), p.parameters, intrusions=count.astype(float), intrusion_distress=distress,
        days=np.full(PERSONS, float(DAYS)), treated=np.zeros(PERSONS), ace=frame["ace"].to_numpy(),
        zygosity=frame["zygosity"].to_numpy(), ancestry=frame["ancestry"].to_numpy(),
    )  # fmt: skip
