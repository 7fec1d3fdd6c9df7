"""Receptors: what they make of the levels of the neuromodulators.

A dissociation constant says how far above waking rest a receptor is half occupied. Where drugs are on board, they
compete for the receptor (`pharmacology`)::

    x = affinity level
    K = k_alpha2, k_alpha2 alpha1_ratio, k_beta                   # NE at alpha-2A, alpha-1, beta
    K = k_d1, k_ht, k_muscarinic, k_cb1                           # DA, 5-HT, ACh, eCB
    K = k_mr, k_mr gr_ratio                                       # cortisol at MR, GR
    theta_felt = x / (x + k_beta)                                 # x of NE: theta_beta with nothing to block it
    theta_beta = (1 + beta_added) x / (x + k_beta)
    U_ne = ne_efficacy theta_alpha2 (1 - theta_alpha1)^ne_efficacy (1 + 1 / sqrt(alpha1_ratio))^2
    U_cort = cort_efficacy theta_mr (1 - theta_gr)^cort_efficacy (1 + 1 / sqrt(gr_ratio))^2

Gains elsewhere are ``1 + g * efficacy * theta``, so that a knock-out removes the share of its own system and not the
whole. The inverted U is that of two affinities, of peak 1 in the median person; nothing is a bump drawn by hand.

Where antagonists hold beta receptors for days, more are made, which outlast the drug. What they have held in a day
settles overnight; in days, with `block` and `agonism` as in `pharmacology`::

    dbeta_held/dt = (block - agonism) / (1 + block)               # of beta receptors, where no transmitter competes
    beta_added = made + (beta_added - made) exp(-1 / beta_days)   # a night; beta_held is then 0
    made = beta_rise beta_held
"""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

from cohort.compiled import compiled, inlined
from cohort.lanes import NODES, WEIGHTS, exp_in_lanes
from cohort.neuromodulators import boost, clearance_rate, feeding, level, of_day
from cohort.parameters import declare, param
from cohort.pharmacology import (
    ALPHA1,
    ALPHA2,
    BETA,
    CB1,
    D1,
    GR,
    HT_RECEPTOR,
    MR,
    MUSCARINIC,
    NET,
    RELEASE_NE,
    acts_on,
    carries_drugs,
    gaddum,
    receptor_load,
)
from cohort.state import ACH, CORT, DA, ECB, HT, LANES, NE

_WORKING = "chosen: keeps rest at .5-1 K1 of the inverted U, a middle event near 3 K1, an extreme one above 30 K1"

declare(
    "receptors",
    param("k_alpha2", 1.43, "rest", 0.7, 3.0, _WORKING, "assumed", "NE at half occupancy of alpha-2A receptors"),
    param(
        "alpha1_ratio", 10.0, "ratio", 3.0, 30.0,
        "chosen: order of affinities as in Ramos & Arnsten 2007, 10.1016/j.pharmthera.2006.11.006", "assumed",
        "dissociation constant of alpha-1 over alpha-2A",
    ),
    param(
        "k_beta", 5.0, "rest", 2.0, 15.0,
        "chosen: below alpha-2A as in Ramos & Arnsten 2007, 10.1016/j.pharmthera.2006.11.006", "assumed",
        "NE at half occupancy of beta receptors",
    ),
    param("beta_rise", 0.66, "share", 0.3, 0.9,
        "1.25 times as many after two days of 4 x 40 mg of propranolol (Brodde et al. 1985, 10.1007/BF00692910), 1.43 "
        "times after five of 160 mg a day (Aarons et al. 1980, 10.1172/JCI109781), on human lymphocytes: .55 more in "
        "the long run, over the .84 that such doses hold here; taken to hold in the brain too. Rat brain, two weeks: "
        "1.77 times (Takita et al. 1995, Pharmacol Biochem Behav 50:225)", "measured",
        "beta receptors that lasting blockade of all adds, in those there were"),
    param("beta_days", 3.3, "days", 1.5, 6.0,
        "from the same two figures; three days after the last dose the density was still raised (Brodde et al. 1985, "
        "10.1007/BF00692910)", "measured",
        "time constant with which beta receptors are added and lost again"),
    param("k_d1", 5.0, "rest", 1.5, 15.0,
        "chosen: most D1 are in the low-affinity state, Richfield et al. 1989, 10.1016/0306-4522(89)90168-1",
        "assumed",
        "DA at half occupancy of D1/5 receptors"),
    param("k_ht", 2.4, "rest", 0.5, 5.0,
        "high-affinity Kd of 5-HT 2 nM, calf caudate (Whitaker & Seeman 1978, Psychopharmacology 59:1), over .83 nM "
        "outside cells, mouse, microdialysis (Yang et al. 2013, ACS Chem Neurosci); voltammetry gives 65 nM (Hashemi "
        "laboratory 2017), with which rest would saturate", "animal",
        "5-HT at half occupancy"),
    param("k_muscarinic", 2.0, "rest", 0.5, 6.0, "chosen: rest at a third of occupancy", "assumed",
        "ACh at half occupancy of muscarinic receptors"),
    param("k_cb1", 2.0, "rest", 0.5, 6.0, "chosen: rest at a third of occupancy", "assumed",
        "endocannabinoids at half occupancy of CB1"),
    param("k_mr", 1.43, "rest", 0.5, 3.0, _WORKING, "assumed", "cortisol at half occupancy of MR"),
    param("gr_ratio", 10.0, "ratio", 5.0, 20.0,
        "Reul & de Kloet 1985, 10.1210/endo-117-6-2505 (Kd .5 against 2.5-5 nM)", "animal",
        "dissociation constant of GR over MR"),
)  # fmt: skip

PANEL = 0.5  # h; the first of Gauss quadrature over a drug that comes and goes
LEAST_ADDED = 1e-9  # below it nothing is left of what was added


@inlined
def occupied(one: Any, world: Any, target: int, x: float, k: float, ahead: float) -> float:
    """`occupancy` of a receptor where its transmitter stands at `x`, which half occupies it at `k`."""
    block = drive = 0.0
    if carries_drugs(one.p):
        block, drive = receptor_load(one.p, world.drugs, target, ahead)
    theta = gaddum(x, k, block, drive)
    return theta * (1.0 + one.p.beta_added) if target == BETA else theta


@inlined
def occupancy(one: Any, world: Any, target: int, minute: float, ahead: float) -> float:
    """Activated share of a receptor: ``s x / (s x + K (1 + A/Ki))``, with agonist drugs added.

    Of beta receptors it is a share of the person's own, and above 1 may be where blockade has added to them.

    `target` is one of the receptors of `pharmacology`; the moment is `ahead` hours after `minute`.
    """
    c = world.c
    if target == BETA:
        system, k = NE, c.k_beta
    elif target == D1:
        system, k = DA, c.k_d1
    elif target == HT_RECEPTOR:
        system, k = HT, c.k_ht
    elif target == MUSCARINIC:
        system, k = ACH, c.k_muscarinic
    elif target == CB1:
        system, k = ECB, c.k_cb1
    elif target == ALPHA2:
        system, k = NE, c.k_alpha2
    elif target == ALPHA1:
        system, k = NE, c.k_alpha2 * c.alpha1_ratio
    elif target == MR:
        system, k = CORT, c.k_mr
    else:
        system, k = CORT, c.k_mr * c.gr_ratio
    x = one.traits.affinity[system] * level(one, world, system, minute, ahead)
    return occupied(one, world, target, x, k, ahead)


@inlined
def felt_arousal(one: Any, world: Any, minute: float) -> float:
    """Share of beta receptors that noradrenaline holds where nothing blocks them: how aroused a person feels."""
    x = one.traits.affinity[NE] * level(one, world, NE, minute, 0.0)
    return gaddum(x, world.c.k_beta, 0.0, 0.0)


@compiled
def beta_ahead(one: Any, world: Any, minute: float, rate: float) -> None:
    """`occupancy` of beta receptors at `LANES` moments side by side, times ``exp(-rate hours)``: ``one.beta``.

    The moments are ``one.ahead`` hours after `minute`. No step of the tonic level may lie between the moments.
    """
    c = world.c
    p = one.p
    t = one.traits
    fast, slow = p.load_fast, p.load_slow
    base = t.baseline_load * c.load_baseline + fast + slow
    fast_life, slow_life, fed = 24.0 * c.load_fast_days, 24.0 * c.load_slow_days, feeding(c)
    rest, by_load, phasic, clearance = (
        t.synthesis[NE] * t.noradrenergic_tone,
        c.load_ne,
        p.phasic[NE],
        clearance_rate(one, world, NE),
    )
    hour = of_day(minute / 60.0 + one.ahead[0])
    asleep = c.sleep_ne if hour < c.wake or hour >= c.bed else 1.0
    for i in range(LANES):  # one long loop, which is not unrolled, so that it runs in lanes
        left, slow_left = exp_in_lanes(-one.ahead[i] / fast_life), exp_in_lanes(-one.ahead[i] / slow_life)
        load = base + (fast * left + (slow * slow_left + fast * fed * (slow_left - left)) - fast - slow)
        level = rest * (1.0 + by_load * (load / (1.0 + load))) * asleep
        one.beta[i] = level + phasic * exp_in_lanes(-clearance * one.ahead[i])
        one.left[i] = exp_in_lanes(-rate * one.ahead[i])
    k, affinity, number = c.k_beta, t.affinity[NE], 1.0 + p.beta_added
    if carries_drugs(p):
        acts = acts_on(p, world.drugs, NET) or acts_on(p, world.drugs, RELEASE_NE) or acts_on(p, world.drugs, ALPHA2)
        for i in range(LANES):
            level = one.beta[i] * (1.0 + boost(one, world, NE, one.ahead[i])) if acts else one.beta[i]
            block, drive = receptor_load(p, world.drugs, BETA, one.ahead[i])
            one.beta[i] = gaddum(affinity * level, k, block, drive) * number * one.left[i]
        return
    for i in range(LANES):
        own = affinity * one.beta[i] / k
        one.beta[i] = own / (1.0 + own) * number * one.left[i]


@compiled
def hold(p: Any, drugs: Any, dt: float) -> None:
    """Count for how long antagonists will hold beta receptors over `dt` hours from here."""
    start = 0.0
    while start < dt:
        width = min(max(PANEL, start), dt - start)  # panels double, as what was just taken is soon absorbed
        for i in range(LANES):
            block, drive = receptor_load(p, drugs, BETA, start + width * NODES[i])
            p.beta_held += width / 24.0 * WEIGHTS[i] * (block - drive) / (1.0 + block)
        start += width


@compiled
def settle_receptors(p: Any, c: Any) -> None:
    """Let a night add beta receptors for what was held by day, and take away of those added before."""
    made = c.beta_rise * p.beta_held
    p.beta_added = made + (p.beta_added - made) * exp(-1.0 / c.beta_days)
    if p.beta_added < LEAST_ADDED:
        p.beta_added = 0.0
    p.beta_held = 0.0


@compiled
def inverted_u(high: float, low: float, ratio: float, efficacy: float) -> float:
    """Inverted U of two affinities: effect of the high one times what that of the low one leaves; the median's peak 1.

    A person's maximal effect counts at both: the low receptor leaves ``(1 - low) ** efficacy``, as so many independent
    inhibitors would, so that where transmitter abounds a greater effect disorganises.
    """
    peak = 1.0 / (1.0 + 1.0 / sqrt(ratio))
    return efficacy * high * (1.0 - low) ** efficacy / (peak * peak)


@compiled
def u_noradrenaline(one: Any, world: Any, minute: float, ahead: float) -> float:
    """Inverted U of noradrenaline, from alpha-2A and alpha-1 effect, peak 1 in the median person."""
    c = world.c
    x = one.traits.affinity[NE] * level(one, world, NE, minute, ahead)
    high = occupied(one, world, ALPHA2, x, c.k_alpha2, ahead)
    low = occupied(one, world, ALPHA1, x, c.k_alpha2 * c.alpha1_ratio, ahead)
    return inverted_u(high, low, c.alpha1_ratio, one.traits.efficacy[NE])


@compiled
def u_cortisol(one: Any, world: Any, minute: float, ahead: float) -> float:
    """Inverted U of cortisol, from MR and GR effect, peak 1 in the median person."""
    c = world.c
    x = one.traits.affinity[CORT] * level(one, world, CORT, minute, ahead)
    high = occupied(one, world, MR, x, c.k_mr, ahead)
    low = occupied(one, world, GR, x, c.k_mr * c.gr_ratio, ahead)
    return inverted_u(high, low, c.gr_ratio, one.traits.efficacy[CORT])
