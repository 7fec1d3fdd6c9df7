"""The state in which persons enter a study: surroundings and load as their lives until then have left them.

The stress environment is drawn from its stationary distribution. Stressors with exponential sizes and an exponential
decay of load leave a load that is gamma distributed (shot noise: Rice 1977, 10.2307/1426111), given the environment of
the last weeks, which is taken to be the present one; slow load stands at its mean. With Phi the cumulative normal and G
the inverse regularized gamma function::

    climate = climate_spread N(0, 1)
    load_fast = G(rate load_fast_days, u) load_stressor left(support_buffer)
    load_slow = load_transfer load_slow_days load_fast_days load_stressor left(support_buffer) usual
    usual = stressor_rate stress_exposure exp(climate_spread^2 / 2)

with ``rate`` and ``left`` as in `engram.slow`.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from cohort.population import Population
from cohort.state import TRAIT_COLUMNS
from cohort.streams import ONSET, normals, uniforms


def settle(population: Population, seed: int) -> None:
    """Give everybody surroundings and load from before the study."""
    c = population.parameters
    support, exposure = (
        population.traits[:, TRAIT_COLUMNS.index(name)].astype(np.float64) for name in ("support", "stress_exposure")
    )
    left = 1.0 - np.minimum(c["support_buffer"] * 2.0 * support / (1.0 + support), 0.95)
    climate = c["climate_spread"] * normals(seed, ONSET, population.ids)
    unit = c["load_stressor"] * left
    rate = c["stressor_rate"] * exposure * np.exp(climate)
    recent = gammaincinv(np.maximum(rate * c["load_fast_days"], 1e-6), uniforms(seed, ONSET, population.ids, 0, 1))
    usual = c["stressor_rate"] * exposure * np.exp(0.5 * c["climate_spread"] ** 2)
    population.column("climate")[:] = climate
    population.column("load_fast")[:] = recent * unit
    population.column("load_slow")[:] = c["load_transfer"] * c["load_slow_days"] * c["load_fast_days"] * unit * usual
