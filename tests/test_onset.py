"""The state in which persons enter a study is the one that their lives would have led to."""

from __future__ import annotations

import numpy as np

from cohort.events import Scene, scene_table
from cohort.onset import settle
from cohort.parameters import Parameters
from cohort.population import Population
from cohort.traits import draw_traits, trait_array

N, SEED = 2000, 4


def entered(**overrides: float) -> Population:
    traits = trait_array(draw_traits(N, SEED, Parameters()))
    population = Population(traits, SEED, scene_table([Scene(0, {"context": "a"})]), overrides=overrides)
    settle(population, SEED)
    return population


def test_a_year_without_events_moves_neither_surroundings_nor_load() -> None:
    population = entered()
    names = ("climate", "load_fast", "load_slow")
    before = {name: population.column(name).astype(np.float64).copy() for name in names}
    population.live_until(365 * 1440)
    after = {name: population.column(name).astype(np.float64) for name in names}
    for name in names:
        change = after[name] - before[name]
        error = change.std() / np.sqrt(N)
        print(name, before[name].mean(), after[name].mean(), error)
        assert abs(change.mean()) < 3.0 * error
    assert np.isclose(before["climate"].std(), after["climate"].std(), rtol=0.1)
    assert np.isclose(before["load_fast"].std(), after["load_fast"].std(), rtol=0.2)


def test_without_stressors_nobody_enters_with_a_load() -> None:
    population = entered(stressor_rate=0.0)
    assert np.abs(population.column("load_fast")).max() < 1e-12
    assert np.abs(population.column("load_slow")).max() == 0.0
