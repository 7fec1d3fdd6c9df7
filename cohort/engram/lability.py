"""How long a trace stays open after a recall, and what is lost of it by then: the equations of `reconsolidation`.

Gauss quadrature takes the exponent of the open share, its points side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cohort.compiled import compiled
from cohort.lanes import NODES, WEIGHTS
from cohort.lanes import exp_in_lanes as exp
from cohort.neuromodulators import clearance_rate, until_turn
from cohort.pharmacology import carries_drugs
from cohort.receptors import beta_ahead
from cohort.state import LANES, NE

# The matrix that integrates from 0 to each point of the quadrature (its column).
_powers = np.vander(NODES, LANES, increasing=True)
_integrals = np.array([[x ** (j + 1) / (j + 1) for j in range(LANES)] for x in NODES])
CUMULATIVE = np.ascontiguousarray((_integrals @ np.linalg.inv(_powers)).T)
PANEL = 0.0625  # h; the first panel under drugs, which may act within minutes
FIRST_PANEL = 6.0  # without them, in units of the fastest time constant
REPAIRED = 1e-9  # repair still to come, at full beta occupancy, that is left out


@compiled
def loss(one: Any, world: Any, slot: int, minute: float, dt: float) -> tuple[float, float]:
    """Labile share after `dt` hours, and the integral of ``l L`` over them."""
    c = world.c
    p = one.p
    m = one.memories[slot]
    if m.recall_prp == 0.0:
        left = m.labile * exp(-c.lability_loss * dt)
        return left, m.labile - left
    lost = c.lability_loss
    k = 1.0 / c.recall_prp_decay
    repair = c.lability_repair * m.recall_prp * (1.0 + c.k_beta)
    fastest = repair + k + (clearance_rate(one, world, NE) if p.phasic[NE] > 0.0 else 0.0)
    first = PANEL if carries_drugs(p) else FIRST_PANEL / fastest
    restored = 0.0
    share = m.labile
    start = 0.0
    while start < dt:
        if repair * exp(-k * start) < REPAIRED * k:
            share *= exp(-lost * (dt - start))
            break
        # Panels double, as what changes in them dies out; none holds a step of the tonic level.
        turn = start + until_turn(c, minute + 60.0 * start)
        stop = min(start + max(first, start), dt, turn)
        width = stop - start
        for i in range(LANES):
            one.ahead[i] = start + width * NODES[i]
        beta_ahead(one, world, minute, k)
        scale = width * repair
        total = 0.0
        for i in range(LANES):
            one.beta[i] *= scale
            total += WEIGHTS[i] * one.beta[i]
        b0, b1, b2, b3 = one.beta[0], one.beta[1], one.beta[2], one.beta[3]
        b4, b5, b6, b7 = one.beta[4], one.beta[5], one.beta[6], one.beta[7]
        for i in range(LANES):  # one long loop over what is held in registers, so that it runs in lanes
            u = CUMULATIVE[0, i] * b0 + CUMULATIVE[1, i] * b1 + CUMULATIVE[2, i] * b2 + CUMULATIVE[3, i] * b3
            v = CUMULATIVE[4, i] * b4 + CUMULATIVE[5, i] * b5 + CUMULATIVE[6, i] * b6 + CUMULATIVE[7, i] * b7
            one.open[i] = WEIGHTS[i] * one.beta[i] * exp(-lost * width * NODES[i] - u - v)
        for i in range(LANES):
            restored += share * one.open[i]
        share *= exp(-lost * width - total)
        start = stop
    return share, m.labile - share - restored  # what is neither open nor restored is lost
