"""Neuromodulators: the levels of six systems, tonic and released, as they are cleared and as drugs raise them.

Levels are in units of the median person's waking rest, so that rest is 1. Tonic levels follow load
and the time of day, ``hour``::

    load = total / (1 + total)                                    # squashed to [0, 1)
    total = baseline_load load_baseline + load_fast + load_slow
    tonic = synthesis                                             # DA, 5-HT, eCB; ACh by day
    asleep = hour < wake or hour >= bed
    tonic_ach = ach_synthesis sleep_ach                           # while asleep
    tonic_ne = ne_synthesis noradrenergic_tone (1 + load_ne load)
    tonic_ne *= sleep_ne                                          # while asleep
    tonic_cort = cort_synthesis rhythm (1 + load_cort load) / cortisol_feedback
    rhythm = 1 + cortisol_amplitude cos(2 pi (hour - cortisol_acrophase) / 24)

What an event releases (`appraisal`) comes on top of what is there, and is cleared::

    phasic = max(phasic, release)                                 # release saturates
    dphasic/dt = -clearance phasic / tau
    tau = clearance_da, clearance_ne, clearance_ht, clearance_ach, clearance_ecb
    cortisol_pool += release                                      # cortisol, delivered with a delay
    dcortisol_pool/dt = -cortisol_pool / rise_cort
    dphasic/dt = cortisol_pool / rise_cort - cort_clearance cortisol_feedback phasic / clearance_cort

Drugs on release, transporters and autoreceptors raise a level in proportion (`pharmacology`)::

    level = (tonic + phasic) (1 + boost)
    boost = boost_da, boost_ne, boost_ht                          # 0 of the others
    boost_da = effect(dat) + effect(release_da) + autoreceptor_da brake(d2)
    boost_ne = effect(net) + effect(release_ne) + autoreceptor_ne brake(alpha2)
    boost_ht = effect(sert) + effect(release_ht)
    brake = (block - agonism) / (1 + block)                       # of drugs at the autoreceptor
"""

from __future__ import annotations

from math import cos, floor, pi
from typing import Any

from cohort.compiled import compiled, inlined
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.pharmacology import (
    ALPHA2,
    D2,
    DAT,
    NET,
    RELEASE_DA,
    RELEASE_HT,
    RELEASE_NE,
    SERT,
    carries_drugs,
    chain,
    effect,
    receptor_load,
)
from cohort.state import ACH, CORT, DA, ECB, HT, NE

declare(
    "neuromodulators",
    param("clearance_da", 0.7, "h", 0.1, 2.0,
        "chosen: rises after arousing events last 1-2 h; that of restrained rats is over within 50-60 min (Imperato "
        "et al. 1991, 10.1016/0006-8993(91)90384-8), which asks for .3 and would lower the film week by 12%",
        "assumed", "time constant of phasic DA"),
    param("clearance_ne", 0.6, "h", 0.1, 2.0,
        "amygdalar NE after footshock: back within .5 h in Galvez et al. 1996, Neurobiol Learn Mem 66:253, "
        "raised for 1-2 h in McIntyre et al. 2002, 10.1046/j.1460-9568.2002.02168.x; between the two",
        "animal",
        "time constant of phasic NE"),
    param("clearance_ht", 0.5, "h", 0.1, 2.0, "chosen: of the order of the other amines", "assumed",
        "time constant of phasic 5-HT"),
    param("clearance_ach", 0.3, "h", 0.05, 1.0,
        "Imperato et al. 1991, 10.1016/0006-8993(91)90384-8: hippocampal ACh of restrained rats is back at its basal "
        "level after 50-60 min, with 5% left at .9 h", "animal",
        "time constant of phasic ACh"),
    param("clearance_ecb", 0.75, "h", 0.1, 2.0,
        "Hill et al. 2011, 10.1523/JNEUROSCI.0740-11.2011 (2-AG raised an hour after stress)", "animal",
        "time constant of phasic eCB"),
    param("clearance_cort", 1.59, "h", 1.2, 2.2,
        "Weitzman et al. 1971, 10.1210/jcem-33-1-14 (half-life of cortisol about 66 min)", "measured",
        "time constant of cortisol in the circulation"),
    param("rise_cort", 0.3, "h", 0.1, 0.6,
        "Dickerson & Kemeny 2004, 10.1037/0033-2909.130.3.355 (peak 21-40 min after onset)", "measured",
        "time constant with which the axis delivers cortisol"),
    param("cortisol_amplitude", 0.77, "share", 0.3, 0.9,
        "Debono et al. 2009, 10.1210/jc.2008-2380: peak 15.5 (11.7-20.6), nadir 2.0 (1.5-2.5) ug/dl, n = "
        "33: (15.5 - 2) / (15.5 + 2)", "measured",
        "amplitude of the daily rhythm of cortisol"),
    param("cortisol_acrophase", 8.53, "h of day", 7.0, 10.0,
        "Debono et al. 2009, 10.1210/jc.2008-2380: peak at 08:32, n = 33",
        "measured", "time of the daily peak"),
    param("sleep_ne", 0.4, "ratio", 0.1, 1.0,
        "Nitz & Siegel 1997, PMC8852367: locus coeruleus .3-.7 Hz in slow-wave sleep, .5-1.5 Hz in quiet "
        "waking, silent in REM sleep, a fifth of the night: .8 x .5", "animal", "NE in sleep over waking"),
    param("sleep_ach", 0.36, "ratio", 0.1, 1.0,
        "Marrosu et al. 1995, 10.1016/0006-8993(94)01399-3: active waking +175% over slow-wave sleep, 1 / "
        "2.75 (quiet waking .5; in rats .25)", "animal",
        "ACh in slow-wave sleep over waking"),
    param("wake", 7.0, "h of day", 4.0, 10.0, "Roenneberg et al. 2003, 10.1177/0748730402239679 (rounded)",
        "measured", "time of waking"),
    param("bed", 23.0, "h of day", 20.0, 24.0, "Roenneberg et al. 2003, 10.1177/0748730402239679 (rounded)",
        "measured", "time of going to sleep"),
    param("autoreceptor_ne", 2.0, "ratio", 0.5, 4.0,
        "Peskind et al. 1995, 10.1001/archpsyc.1995.03950210057007 (yohimbine raises NE in CSF; size rounded)",
        "measured", "rise of NE when alpha-2 autoreceptors are fully blocked"),
    param("autoreceptor_da", 1.0, "ratio", 0.2, 3.0,
        "Imperato & Di Chiara 1985, 10.1523/JNEUROSCI.05-02-00297.1985 (haloperidol about doubles striatal release)",
        "animal", "rise of DA when D2 autoreceptors are fully blocked"),
    param("load_baseline", 0.15, "load", 0.02, 0.6, "chosen: an unburdened person is near zero", "assumed",
        "load of the median person before the study"),
    param("load_ne", 0.8, "per load", 0.0, 3.0,
        "set so that NE at a load of .7 is 1.41 times that at the median person's .13: CSF of chronic PTSD and of "
        "controls, .55 and .39 pmol/ml, Geracioti et al. 2001, 10.1176/appi.ajp.158.8.1227", "calibrated",
        "rise of tonic NE with load"),
    param("load_cort", 0.4, "per load", 0.0, 2.0,
        "set so that cortisol is 22% above that of the unburdened at a load of .7: hair of chronically stressed "
        "groups, meta-analysis, Stalder et al. 2017, 10.1016/j.psyneuen.2016.12.017", "calibrated",
        "rise of tonic cortisol with load"),
)  # fmt: skip


@compiled
def squashed_load(one: Any, world: Any, extra: float) -> float:
    """Allostatic load of the person with `extra` on top, squashed to [0, 1)."""
    load = one.traits.baseline_load * world.c.load_baseline + one.p.load_fast + one.p.load_slow + extra
    return load / (1.0 + load)


@compiled
def load_of(one: Any, world: Any) -> float:
    """Allostatic load of the person, squashed to [0, 1)."""
    return squashed_load(one, world, 0.0)


@compiled
def feeding(c: Any) -> float:
    """Slow load that fast load has fed, by the difference of what decay leaves of both."""
    # The two ranges of life time are apart, so the difference of the rates is never small.
    return c.load_transfer / (1.0 / c.load_fast_days - 1.0 / c.load_slow_days)


@compiled
def loads_left(c: Any, p: Any, fast: float, slow: float) -> tuple[float, float]:
    """Fast and slow load where decay leaves so much of each; fast load feeds the slow one."""
    return p.load_fast * fast, p.load_slow * slow + p.load_fast * feeding(c) * (slow - fast)


@compiled
def load_after(one: Any, world: Any, hours: float) -> float:
    """Allostatic load of the person after so many hours without an event, squashed to [0, 1)."""
    if hours == 0.0:
        return load_of(one, world)
    c = world.c
    p = one.p
    if p.load_fast == 0.0 and p.load_slow == 0.0:
        return load_of(one, world)
    fast, slow = loads_left(c, p, exp(-hours / (24.0 * c.load_fast_days)), exp(-hours / (24.0 * c.load_slow_days)))
    return squashed_load(one, world, fast + slow - p.load_fast - p.load_slow)


@compiled
def waking_noradrenaline(one: Any, world: Any, load: float) -> float:
    """Tonic noradrenaline by day at a load, in units of the median person's waking rest."""
    t = one.traits
    return t.synthesis[NE] * t.noradrenergic_tone * (1.0 + world.c.load_ne * load)


@compiled
def of_day(hours: float) -> float:
    """Hours modulo 24; unlike ``%`` it takes no call to the C library."""
    return hours - 24.0 * floor(hours / 24.0)


@compiled
def until_turn(c: Any, minute: float) -> float:
    """Hours until the next waking or bedtime, where tonic levels step; never 0."""
    hour = minute / 60.0
    to_wake = of_day(c.wake - hour)
    to_bed = of_day(c.bed - hour)
    if to_wake < 1e-9:
        to_wake = 24.0
    if to_bed < 1e-9:
        to_bed = 24.0
    return min(to_wake, to_bed)


@inlined
def tonic(one: Any, world: Any, system: int, minute: float, ahead: float) -> float:
    """Tonic level of a system `ahead` hours after the state's own `minute`, in units of the median waking rest."""
    c = world.c
    t = one.traits
    level = t.synthesis[system]
    hour = of_day(minute / 60.0 + ahead)
    if system == NE:
        level = waking_noradrenaline(one, world, load_after(one, world, ahead))
        if hour < c.wake or hour >= c.bed:
            level *= c.sleep_ne
    elif system == CORT:
        rhythm = 1.0 + c.cortisol_amplitude * cos(2.0 * pi * (hour - c.cortisol_acrophase) / 24.0)
        level *= rhythm * (1.0 + c.load_cort * load_after(one, world, ahead)) / t.cortisol_feedback
    elif system == ACH and (hour < c.wake or hour >= c.bed):
        level *= c.sleep_ach
    return level


@inlined
def clearance_rate(one: Any, world: Any, system: int) -> float:
    """Rate at which the phasic level of a system falls, 1/h."""
    c = world.c
    if system == DA:
        tau = c.clearance_da
    elif system == NE:
        tau = c.clearance_ne
    elif system == HT:
        tau = c.clearance_ht
    elif system == ACH:
        tau = c.clearance_ach
    elif system == ECB:
        tau = c.clearance_ecb
    else:
        tau = c.clearance_cort
    rate: float = one.traits.clearance[system] / tau
    if system == CORT:
        rate *= one.traits.cortisol_feedback  # weak feedback leaves cortisol high for longer
    return rate


@inlined
def level(one: Any, world: Any, system: int, minute: float, ahead: float) -> float:
    """Level of a system `ahead` hours after the state's own `minute`, drugs on release and transport included."""
    phasic = one.p.phasic[system]
    if system == CORT:
        if phasic > 0.0 or one.p.cortisol_pool > 0.0:
            phasic = chain(
                one.p.cortisol_pool, phasic, 1.0 / world.c.rise_cort, clearance_rate(one, world, CORT), ahead
            )
    elif phasic > 0.0 and ahead > 0.0:
        phasic *= exp(-clearance_rate(one, world, system) * ahead)
    x: float = tonic(one, world, system, minute, ahead) + phasic
    if carries_drugs(one.p):
        x *= 1.0 + boost(one, world, system, ahead)
    return x


@compiled
def boost(one: Any, world: Any, system: int, ahead: float) -> float:
    """Rise of a system's level by drugs that release it or block its transporter or autoreceptor."""
    p = one.p
    drugs = world.drugs
    if system == DA:
        released = effect(p, drugs, DAT, ahead) + effect(p, drugs, RELEASE_DA, ahead)
        return released + world.c.autoreceptor_da * disinhibition(p, drugs, D2, ahead)
    if system == NE:
        released = effect(p, drugs, NET, ahead) + effect(p, drugs, RELEASE_NE, ahead)
        return released + world.c.autoreceptor_ne * disinhibition(p, drugs, ALPHA2, ahead)
    if system == HT:
        return effect(p, drugs, SERT, ahead) + effect(p, drugs, RELEASE_HT, ahead)
    return 0.0


@compiled
def disinhibition(p: Any, drugs: Any, autoreceptor: int, ahead: float) -> float:
    """Share of its own brake that a system loses to drugs at the autoreceptor; negative under an agonist."""
    block, drive = receptor_load(p, drugs, autoreceptor, ahead)
    return (block - drive) / (1.0 + block)
