"""Slow loops: load at two speeds, avoidance with memory, control that sleep restores, and a life that goes on.

Load raises tonic noradrenaline and lowers control and sleep; avoidance cuts reminders and with them extinction;
support lowers load. These loops, not a switch, part the resilient from the chronic. Between events, in days::

    dload_fast/dt = -load_fast / load_fast_days
    dload_slow/dt = load_transfer load_fast - load_slow / load_slow_days
    davoidance/dt = -avoidance / avoidance_days
    ddrive/dt = -drive / drive_days

An intrusion, an event, a stressor of a ``size``, a contact and a practice of an ``amount`` change them at once;
``t_avoidance`` is the trait::

    left(share) = 1 - min(2 share support / (1 + support), 0.95)
    load_fast += load_distress distress left(support_buffer)                  # an intrusion
    depletion += depletion_gain distress (1 - depletion)
    avoidance += min(avoidance_gain t_avoidance distress, 1) (1 - avoidance / avoidance_most) avoidance_most
    toll += load_event arousal threat self_relevance (1 - controllability) left(support_buffer)   # an event
    load_fast += load_stressor size left(support_buffer)                      # a stressor
    load_fast *= left(contact_relief amount)                                  # a contact
    drive += amount (1 - drive)                                               # practice
    control = strength / (1 + strength) (1 - min(depletion, 1))
    strength = prefrontal_control lift (1 + control_drive drive) / (1 + control_load load)
    lift = 1 + ht_efficacy (control_serotonin theta_ht + control_adaptation adaptation)

A night, ``sleep`` being the trait, and the day that follows::

    slept = sleep_hours min(sleep, 1.25) (1 - load_sleep load) - sleep_lost   # within 0 to 1.25 sleep_hours
    rested = min(slept / sleep_hours, 1)
    depletion *= 1 - sleep_restores rested
    depletion += sleep_debt (1 - rested) (1 - depletion)
    load_fast += toll                                                         # which is then 0
    adaptation = blocked + (adaptation - blocked) exp(-1 / adaptation_days)
    blocked = min(effect(sert), 1)
    climate = k climate + climate_spread sqrt(1 - k^2) N(0, 1)
    k = exp(-1 / climate_days)
    rate = stressor_rate stress_exposure exp(climate)
    chance = 1 - exp(-rate)                                                   # of a stressor; size ~ Exponential(1)
"""

from __future__ import annotations

from math import sqrt
from typing import Any

from cohort.compiled import compiled
from cohort.engram.consolidation import AVOID, CLIMATE, DAY, LOAD_FAST, LOAD_SLOW, PRACTICE, factor
from cohort.engram.extinction import reinstate
from cohort.lanes import exp_in_lanes as exp
from cohort.neuromodulators import load_of, loads_left
from cohort.parameters import declare, param
from cohort.pharmacology import HT_RECEPTOR, SERT, effect
from cohort.receptors import occupancy, settle_receptors
from cohort.state import HT
from cohort.streams import NIGHT, block, exponential_from, normal_from

declare(
    "slow",
    param("load_fast_days", 21.0, "days", 5.0, 60.0, "chosen: weeks",
    "assumed", "time constant of fast load"),
    param("load_slow_days", 365.0, "days", 120.0, 1500.0, "chosen: about a year", "assumed",
        "time constant of slow load"),
    param("load_transfer", 0.004, "1/day", 0.0, 0.05, "chosen: sustained load deepens over months", "assumed",
        "rate at which fast load feeds slow load"),
    param("load_distress", 0.1, "load", 0.0, 0.3, "set by hand to rows C5 and F1 of data/targets; keeps "
        "the loop's gain below 1", "calibrated",
        "fast load added by an intrusion at full distress"),
    param("load_stressor", 0.25, "load", 0.0, 1.5,
        "McEwen 1998, 10.1111/j.1749-6632.1998.tb09546.x (concept; size chosen)", "assumed",
        "fast load added by a stressor of unit size"),
    param("load_event", 0.5, "load", 0.0, 3.0,
        "McEwen 1998, 10.1111/j.1749-6632.1998.tb09546.x (concept; size: two stressors, set by hand to rows C5 and F1 "
        "of data/targets)", "calibrated",
        "fast load added by an event of full arousal, threat, helplessness and self-relevance"),
    param("support_buffer", 0.5, "share", 0.0, 0.9,
        "Ozer et al. 2003, 10.1037/0033-2909.129.1.52 (support protects; size chosen)", "assumed",
        "share of load that median support takes away"),
    param("contact_relief", 0.1, "share", 0.0, 0.9,
        "Cohen & Wills 1985, 10.1037/0033-2909.98.2.310 (support buffers stress; size chosen)", "assumed",
        "share of fast load that a full contact takes from a person of median support"),
    param("stressor_rate", 0.03, "1/day", 0.0, 0.3,
        "chosen: order of one a month, lesser ones included; life events of 15 classes come at about .15 a month, as "
        "follows from the risks in Kendler et al. 1998, J Nerv Ment Dis 186:661", "assumed",
        "stressors a day in median surroundings"),
    param("climate_days", 120.0, "days", 20.0, 700.0, "chosen: months", "assumed",
        "time constant of the person's stress environment"),
    param("climate_spread", 0.7, "log rate", 0.0, 2.0, "chosen: stressors cluster in persons", "assumed",
        "stationary standard deviation of the stress environment"),
    param("avoidance_days", 60.0, "days", 10.0, 365.0, "chosen: two months", "assumed",
        "time constant with which avoidance fades"),
    param("avoidance_gain", 0.08, "share", 0.0, 0.6, "chosen", "assumed",
        "avoidance added by an intrusion at full distress"),
    param("avoidance_most", 0.85, "share", 0.3, 0.99, "chosen: nobody evades everything", "assumed",
        "ceiling of avoidance"),
    param("control_load", 2.0, "ratio", 0.0, 6.0,
        "Arnsten 2009, 10.1038/nrn2648 (stress takes prefrontal cortex off-line; size chosen)", "assumed",
        "loss of control with load"),
    param("control_serotonin", 1.0, "ratio", 0.0, 4.0,
        "Worbe et al. 2016, 10.1038/mp.2015.46 (5-HT and inhibition; direction, size chosen)", "assumed",
        "gain of 5-HT occupancy on control"),
    param("control_adaptation", 0.6, "ratio", 0.0, 3.0,
        "Hoskins et al. 2015, 10.1192/bjp.bp.114.148551 (SSRIs help somewhat; size chosen)", "assumed",
        "gain of slow adaptation to transporter block on control"),
    param("control_drive", 0.5, "ratio", 0.0, 2.0,
        "Tang, Hölzel & Posner 2015, 10.1038/nrn3916 (practice of attention and prefrontal control; size chosen)",
        "assumed", "gain of a full drive of practice on control"),
    param("drive_days", 28.0, "days", 3.0, 180.0,
        "chosen: weeks, as gains of a course were still there two months after it in Polusny et al. 2015, "
        "10.1001/jama.2015.8361", "assumed",
        "time constant with which the drive of practice fades"),
    param("adaptation_days", 14.0, "days", 4.0, 40.0,
        "Blier & de Montigny 1994, 10.1016/0165-6147(94)90315-8 (two to three weeks)", "animal",
        "time constant of adaptation to transporter block"),
    param("depletion_gain", 0.08, "share", 0.0, 0.5, "chosen", "assumed",
        "control spent by an intrusion at full distress"),
    param("sleep_restores", 0.9, "share", 0.2, 1.0,
        "Yoo et al. 2007, 10.1016/j.cub.2007.08.007 (a night lost uncouples prefrontal control; size chosen)",
        "assumed", "share of spent control that a full night gives back"),
    param("sleep_debt", 0.28, "share", 0.0, 1.0,
        "set so that after a night without sleep cues that bring a film of accidents back in a third of the cases do "
        "so half as often again: Harrington et al. 2021, 10.1177/2167702620951511, 60 adults who held back scenes of "
        "the evening before ('nearly 50%', as the University of York announced it)", "calibrated",
        "control lost after a night without sleep"),
    param("load_sleep", 0.3, "share", 0.0, 0.9,
        "Kalmbach et al. 2018, 10.1111/jsr.12710 (stress disturbs sleep; size chosen); actigraphy shows no shorter "
        "sleep in PTSD, Lewis et al. 2020, 10.1080/20008198.2020.1767349", "assumed",
        "share of sleep lost at full load"),
)  # fmt: skip

MOST_SLEEP = 1.25  # longest night, in those of the median person


@compiled
def advance_slow(one: Any, world: Any, minutes: int) -> None:
    """Advance load, avoidance and the drive on control in closed form."""
    p = one.p
    if p.load_fast > 0.0 or p.load_slow > 0.0:
        fast, slow = factor(world.decay, LOAD_FAST, minutes), factor(world.decay, LOAD_SLOW, minutes)
        p.load_fast, p.load_slow = loads_left(world.c, p, fast, slow)
    p.avoidance *= factor(world.decay, AVOID, minutes)
    p.drive *= factor(world.decay, PRACTICE, minutes)


@compiled
def control_at(one: Any, world: Any, theta_serotonin: float, load: float, driven: float) -> float:
    """Prefrontal control, 0 to 1: trait, 5-HT and its adaptation, and practice, less what load and this day take.

    `driven` is the drive of practice at that moment.
    """
    c = world.c
    lift = 1.0 + one.traits.efficacy[HT] * (
        c.control_serotonin * theta_serotonin + c.control_adaptation * one.p.adaptation
    )
    strength = one.traits.prefrontal_control * lift * (1.0 + c.control_drive * driven) / (1.0 + c.control_load * load)
    return strength / (1.0 + strength) * (1.0 - min(one.p.depletion, 1.0))


@compiled
def control(one: Any, world: Any, minute: float) -> float:
    """Prefrontal control at this moment."""
    return control_at(one, world, occupancy(one, world, HT_RECEPTOR, minute, 0.0), load_of(one, world), one.p.drive)


@compiled
def left_by_support(one: Any, share: float) -> float:
    """What remains of a burden of which support takes `share` from the median person."""
    s = one.traits.support
    return 1.0 - min(share * 2.0 * s / (1.0 + s), 0.95)


@compiled
def buffered(one: Any, world: Any) -> float:
    """Share of a new burden that support leaves to the person."""
    return left_by_support(one, world.c.support_buffer)


@compiled
def comfort(one: Any, world: Any, amount: float) -> None:
    """Support received in a contact, `amount` 0 to 1: part of the fast load is taken off."""
    one.p.load_fast *= left_by_support(one, world.c.contact_relief * amount)


@compiled
def practise(one: Any, amount: float) -> None:
    """Practice of attention, `amount` 0 to 1: that share of what is left to gain is added to the drive on control."""
    one.p.drive += amount * (1.0 - one.p.drive)


@compiled
def burden(one: Any, world: Any, distress: float) -> None:
    """What an intrusion costs: load, control for today, and a step towards avoidance."""
    c = world.c
    p = one.p
    p.load_fast += c.load_distress * distress * buffered(one, world)
    p.depletion += c.depletion_gain * distress * (1.0 - p.depletion)
    room = max(1.0 - p.avoidance / c.avoidance_most, 0.0)
    p.avoidance += min(c.avoidance_gain * one.traits.avoidance * distress, 1.0) * room * c.avoidance_most


@compiled
def strain(one: Any, world: Any, scene: Any) -> None:
    """What living through an event costs: load, by what it threatens and how little can be done about it.

    It settles overnight: the answer of the same day is that of the released modulators.
    """
    size = scene.arousal * scene.threat * scene.self_relevance * (1.0 - scene.controllability)
    one.p.toll += world.c.load_event * size * buffered(one, world)


@compiled
def stress(one: Any, world: Any, size: float) -> None:
    """A stressor: load, and part of every extinction trace."""
    one.p.load_fast += world.c.load_stressor * size * buffered(one, world)
    reinstate(one, world, size)


@compiled
def slept(one: Any, world: Any) -> float:
    """Hours of the coming night: trait, load, and what is taken from it or added."""
    c = world.c
    hours = c.sleep_hours * min(one.traits.sleep, MOST_SLEEP) * (1.0 - c.load_sleep * load_of(one, world))
    return min(max(hours - one.p.sleep_lost, 0.0), c.sleep_hours * MOST_SLEEP)


@compiled
def overnight(one: Any, world: Any, day: int, hours: float) -> None:
    """What a night does beside replay: restores control, adapts to drugs, and draws the next day's surroundings."""
    c = world.c
    p = one.p
    rested = min(hours / c.sleep_hours, 1.0)
    p.depletion *= 1.0 - c.sleep_restores * rested
    p.depletion += c.sleep_debt * (1.0 - rested) * (1.0 - p.depletion)
    p.sleep_lost = 0.0
    p.load_fast += p.toll
    p.toll = 0.0
    blocked = min(effect(p, world.drugs, SERT, 0.0), 1.0)
    if blocked > 0.0 or p.adaptation > 0.0:
        p.adaptation = blocked + (p.adaptation - blocked) * exp(-1.0 / c.adaptation_days)
        if p.adaptation < 1e-9:
            p.adaptation = 0.0
    if p.beta_held + p.beta_added > 0.0:
        settle_receptors(p, c)
    u = block(world.seed, NIGHT, one.id, day, 0)
    keep = world.decay[DAY, CLIMATE]
    p.climate = keep * p.climate + c.climate_spread * sqrt(1.0 - keep * keep) * normal_from(u[0], u[1])
    rate = c.stressor_rate * one.traits.stress_exposure * exp(p.climate)
    if u[2] < rate and u[2] < 1.0 - exp(-rate):  # the first is the cheap bound of the second
        stress(one, world, exponential_from(u[3]))
