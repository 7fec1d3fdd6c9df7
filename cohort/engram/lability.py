"""How long a trace stays open after a recall, and what is lost of it by then: the equations of `reconsolidation`.

With ``1 - exp(-k t)`` as the variable, k the rate at which ``p_r`` falls, the exponent of the open share is smooth,
and Gauss quadrature takes it, its points side by side.
"""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.lanes import exp_in_lanes
from cohort.neuromodulators import beta_ahead, until_turn
from cohort.state import LANES

# Gauss-Legendre, a point a lane on (0, 1), and the matrix that integrates from 0 to each point (its column).
_x, _w = np.polynomial.legendre.leggauss(LANES)
NODES = 0.5 * (_x + 1.0)
WEIGHTS = 0.5 * _w
_powers = np.vander(NODES, LANES, increasing=True)
_integrals = np.array([[x ** (j + 1) / (j + 1) for j in range(LANES)] for x in NODES])
CUMULATIVE = np.ascontiguousarray((_integrals @ np.linalg.inv(_powers)).T)
PANEL = 0.0625  # h; the first panels, short for drugs that act within minutes
LONGEST_PANEL = 2.0  # lives of the recall proteins
REPAIRED = 1e-9  # repair still to come, at resting beta occupancy, that is left out


@compiled
def loss(one: Any, world: Any, slot: int, minute: float, dt: float) -> tuple[float, float]:
    """Labile share after `dt` hours, and the integral of ``l L`` over them."""
    c = world.c
    m = one.memories[slot]
    k = 1.0 / c.recall_prp_decay
    rest = 1.0 / (1.0 + c.k_beta)
    if m.recall_prp == 0.0:
        left = m.labile * exp(-c.lability_loss * dt)
        return left, m.labile - left
    lost = c.lability_loss
    repair = c.lability_repair * m.recall_prp / k
    restored = 0.0
    share = m.labile
    start = 0.0
    low = 1.0
    while start < dt:
        if repair * low < REPAIRED:
            share *= exp(-lost * (dt - start))
            break
        # Panels of growing length keep the integrand smooth in s, also while a drug is being absorbed; none holds a
        # step of the tonic level.
        turn = start + until_turn(c, minute + 60.0 * start)
        stop = min(start + min(max(PANEL, start), LONGEST_PANEL / k), dt, turn)
        end = exp(-k * stop)
        width = low - end
        for i in range(LANES):
            one.ahead[i] = -log(low - width * NODES[i]) / k
        beta_ahead(one, world, minute)
        total = 0.0
        for i in range(LANES):
            one.beta[i] /= rest
            one.open[i] = 0.0
        for i in range(LANES):
            total += WEIGHTS[i] * one.beta[i]
        for j in range(LANES):
            for i in range(LANES):
                one.open[i] += CUMULATIVE[j, i] * one.beta[j]
        for i in range(LANES):
            one.open[i] = share * exp_in_lanes(-lost * (one.ahead[i] - start) - repair * width * one.open[i])
        for i in range(LANES):
            restored += WEIGHTS[i] * width * repair * one.beta[i] * one.open[i]
        share *= exp(-lost * (stop - start) - repair * width * total)
        start, low = stop, end
    return share, m.labile - share - restored  # what is neither open nor restored is lost
