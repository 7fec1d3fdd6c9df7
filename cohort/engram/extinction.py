"""Extinction: safety where threat was expected writes a new trace, bound to the context in which it was learned.

It is written at a recall in safety (``safe`` above 1/2) whose ``error`` is `error_high` or more, and fades, is tagged
and is captured like any other; the features of the ``context`` join those of ``safe_context``. A stressor of a ``size``
erodes it. The trace is a share of the answer that is held back, so a fall of the answer in proportion to itself, as
Rescorla & Wagner 1972 have it, is a gain that does not depend on how strong it was::

    h_X += (1 - exp(-gain_X)) (1 - h_X)
    gain_X = gain_extinction error cannabinoid serotonin (1 + nmda_extinction effect(nmda))
    cannabinoid = 1 + ecb_extinction ecb_efficacy theta_cb1
    serotonin = 1 + ht_extinction ht_efficacy theta_ht
    h_X *= 1 - reinstatement min(size, 1)
    z_X *= 1 - reinstatement min(size, 1)

The vmPFC trace holds the amygdalar answer back only where its context is recognized, so fear returns elsewhere
(renewal), with time (spontaneous recovery) and after stress (reinstatement).
"""

from __future__ import annotations

from typing import Any

from cohort.compiled import compiled
from cohort.engram.encoding import learn
from cohort.parameters import declare, param
from cohort.pharmacology import CB1, HT_RECEPTOR, NMDA, effect
from cohort.receptors import occupancy
from cohort.state import EARLY_STRENGTHS, ECB, EXTINCTION, HT, SAFE_CONTEXT, SLOTS

declare(
    "extinction",
    param("gain_extinction", 0.4498, "1", 0.1, 8.0,
        "fitted to prolonged exposure against waiting lists, Powers et al. 2010, 10.1016/j.cpr.2010.04.007 "
        "(data/calibration/default.toml)", "calibrated",
        "gain of extinction at full safety prediction error"),
    param("ecb_extinction", 4.0, "ratio", 0.0, 5.0,
        "Marsicano et al. 2002, 10.1038/nature00839 (CB1 is needed; size chosen)", "assumed",
        "gain of CB1 occupancy on extinction"),
    param("ht_extinction", 0.5, "ratio", 0.0, 3.0,
        "Burghardt & Bauer 2013, 10.1016/j.neuroscience.2013.05.015 (direction; size chosen)", "assumed",
        "gain of 5-HT occupancy on extinction"),
    param("nmda_extinction", 0.3, "ratio", 0.0, 2.0,
        "Mataix-Cols et al. 2017, 10.1001/jamapsychiatry.2016.3955 (small augmentation; size chosen)",
        "assumed",
        "gain of a partial agonist at the NMDA glycine site on extinction"),
    param("reinstatement", 0.15, "share", 0.0, 0.8,
        "Haaker et al. 2014, 10.1101/lm.036053.114 (stress and shocks reinstate; size chosen)", "assumed",
        "extinction lost to a stressor of unit size"),
)  # fmt: skip


@compiled
def extinguish(one: Any, world: Any, slot: int, error: float, context: Any, minute: float) -> None:
    """Write into the extinction trace by a safety prediction error in a context."""
    c = world.c
    e = one.traits.efficacy
    if error <= 0.0:
        return
    gain = (
        c.gain_extinction
        * error
        * (1.0 + c.ecb_extinction * e[ECB] * occupancy(one, world, CB1, minute, 0.0))
        * (1.0 + c.ht_extinction * e[HT] * occupancy(one, world, HT_RECEPTOR, minute, 0.0))
        * (1.0 + c.nmda_extinction * effect(one.p, world.drugs, NMDA, 0.0))
    )
    gains = one.scratch[:EARLY_STRENGTHS]
    for i in range(EARLY_STRENGTHS):
        gains[i] = 0.0
    gains[EXTINCTION] = gain
    one.features[slot, SAFE_CONTEXT] |= context
    learn(one, slot, gains)


@compiled
def reinstate(one: Any, world: Any, size: float) -> None:
    """A stressor erodes every extinction trace."""
    left = 1.0 - world.c.reinstatement * min(size, 1.0)
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live > 0.0:
            m.h[EXTINCTION] *= left
            m.z[EXTINCTION] *= left
