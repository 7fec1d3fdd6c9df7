"""The scenario of word lists beside the published savings of four subjects: the shape of forgetting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import curve_fit

from cohort import scenario
from cohort.events import calendar
from cohort.files import data_file
from cohort.plan import Plan, plan
from cohort.population import Population
from cohort.state import EXPERIENCE
from cohort.traits import draw_traits, trait_array

SUBJECTS = ["ebbinghaus", "mack", "seitz", "dros"]
N = 100

Floats = NDArray[np.float64]


def published() -> pd.DataFrame:
    return pd.read_csv(data_file("ebbinghaus_savings.csv"))


def work(population: Population, episode: int) -> Floats:
    """Work that a list's strength spares: learning by ``1 - a`` halving needs ``-ln(1 - a)``; shape (persons,)."""
    held = (population.memory("live") > 0) & (population.memory("episode") == episode)
    rows, slots = np.flatnonzero(held.any(axis=1)), held.argmax(axis=1)[held.any(axis=1)]
    h, z = (population.memory(name)[rows, slots, :8] for name in ("h", "z"))
    reach = population.memory("cortex")[rows, slots][:, None] * np.tile([1.0, 0.3], 4)
    out = np.zeros(len(population))
    out[rows] = -np.log(((1.0 - h) * (1.0 - z) * (1.0 - reach)).mean(axis=1))
    return out


def saved(made: Plan) -> dict[int, float]:
    """Mean savings by delay in minutes: what need not be done again, of what was learned."""
    traits = trait_array(draw_traits(N, 1, made.parameters))
    population = Population(traits, 1, made.scenes)
    entries = calendar([(e.minute / 60.0, e.entry_kind, e.index, float(e.amount.amounts({}, np.zeros(1))[0]))
                        for e in made.events])  # fmt: skip
    ends = {e.index: e.minute + int(made.scenes["duration"][e.index]) for e in made.events
            if e.entry_kind == EXPERIENCE}  # fmt: skip
    moments = [(end, name, True) for name, episode in made.episodes.items() for k, end in ends.items() if k == episode]
    moments += [(e.minute, e.name.replace("test-", "list-"), False) for e in made.events if e.entry_kind != EXPERIENCE]
    learned: dict[str, tuple[int, Floats]] = {}
    out = {}
    for minute, name, first in sorted(moments):
        population.live(entries, minute)
        now = work(population, made.episodes[name])
        if first:
            learned[name] = minute, now
        else:
            out[minute - learned[name][0]] = float((now / learned[name][1]).mean())
    return out


def fits(minutes: Floats, values: Floats) -> tuple[float, float]:
    """Exponent of a power of time, and by how much its AIC is below that of an exponential."""
    days = minutes / 1440.0
    power, _ = curve_fit(lambda t, a, b: a * t**-b, days, values, p0=(0.3, 0.1))
    fall, _ = curve_fit(lambda t, a, b: a * np.exp(-b * t), days, values, p0=(0.4, 0.02))
    left = np.sum((values - power[0] * days ** -power[1]) ** 2)
    other = np.sum((values - fall[0] * np.exp(-fall[1] * days)) ** 2)
    return float(power[1]), float(len(days) * np.log(other / left))


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(scenario.load("word-list"))


def test_the_published_savings_are_of_four_subjects_and_fall_as_a_power() -> None:
    """Murre & Dros 2015, 10.1371/journal.pone.0120644: all four fall so; Ebbinghaus's own table is of 1885."""
    table = published()
    assert table["minutes"].tolist() == [20, 60, 540, 1440, 2880, 8640, 44640]
    for name in SUBJECTS:
        assert table[name].between(0.0, 0.6).all()
        assert table[f"{name}_se"].between(0.01, 0.05).all()
        assert fits(table["minutes"].to_numpy(float), table[name].to_numpy())[1] > 0.0
    exponent, better = fits(table["minutes"].to_numpy(float), table[SUBJECTS].mean(axis=1).to_numpy())
    assert exponent == pytest.approx(0.122, abs=0.001)
    assert better > 2.0


def test_lists_are_forgotten_in_the_shape_of_the_published_ones(made: Plan) -> None:
    """The shape alone: how steep the curve is, is a matter of calibration."""
    table, curve = published(), saved(made)
    assert sorted(curve) == table["minutes"].tolist()
    values = np.array([curve[k] for k in table["minutes"]])
    exponent, better = fits(table["minutes"].to_numpy(float), values)
    print("savings", values.round(3), "published", table[SUBJECTS].mean(axis=1).round(3).tolist(), exponent, better)
    assert (np.diff(values) < 0.0).all()
    assert 0.0 < values[-1] < values[0] < 1.0
    assert better > 2.0
    assert np.corrcoef(np.log(values), np.log(table[SUBJECTS].mean(axis=1)))[0, 1] > 0.8


def test_no_two_lists_are_tested_at_one_moment(made: Plan) -> None:
    minutes = [e.minute for e in made.events]
    assert len(set(minutes)) == len(minutes)
