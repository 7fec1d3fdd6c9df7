"""Neuromodulators: six systems, released by appraisal on a tonic level, cleared, and read by their receptors.

Levels are in units of the median person's waking rest, so that rest is 1 and every dissociation constant says how
far above rest a receptor is half occupied. Tonic levels follow load and the time of day, ``hour``::

    load = total / (1 + total)                                    # squashed to [0, 1)
    total = baseline_load load_baseline + load_fast + load_slow
    tonic = synthesis                                             # DA, 5-HT, eCB; ACh by day
    asleep = hour < wake or hour >= bed
    tonic_ach = ach_synthesis sleep_ach                           # while asleep
    tonic_ne = ne_synthesis noradrenergic_tone (1 + load_ne load)
    tonic_ne *= sleep_ne                                          # while asleep
    tonic_cort = cort_synthesis rhythm (1 + load_cort load) / cortisol_feedback
    rhythm = 1 + cortisol_amplitude cos(2 pi (hour - cortisol_acrophase) / 24)

An event drives each system by its appraisal. A drive, at most 1, releases on top of what is there::

    drive_da = appraise_da_reward max(reward_error, 0) + appraise_da_novelty novelty + appraise_da_arousal arousal
    drive_da += appraise_da_valence max(valence, 0)
    drive_ne = appraise_ne_arousal arousal + appraise_ne_threat threat
    drive_ht = appraise_ht_control (1 - controllability) arousal
    drive_ach = appraise_ach_novelty novelty + appraise_ach_arousal arousal
    drive_ecb = appraise_ecb_arousal arousal
    drive_cort = threat (appraise_cort_threat + appraise_cort_social social)
    drive_cort += threat appraise_cort_control (1 - controllability)
    drive = min(drive (1 + appraise_self self_relevance), 1)      # each of the six
    release = synthesis (exp(span drive) - 1)
    span = span_da, span_ne, span_ht, span_ach, span_ecb, span_cort
    phasic = max(phasic, release)                                 # release saturates
    dphasic/dt = -clearance phasic / tau
    tau = clearance_da, clearance_ne, clearance_ht, clearance_ach, clearance_ecb
    cortisol_pool += release                                      # cortisol, delivered with a delay
    dcortisol_pool/dt = -cortisol_pool / rise_cort
    dphasic/dt = cortisol_pool / rise_cort - cort_clearance cortisol_feedback phasic / clearance_cort

Drugs on release, transporters and autoreceptors raise a level in proportion; receptors compete (`pharmacology`)::

    level = (tonic + phasic) (1 + boost)
    boost = boost_da, boost_ne, boost_ht                          # 0 of the others
    boost_da = effect(dat) + effect(release_da) + autoreceptor_da brake(d2)
    boost_ne = effect(net) + effect(release_ne) + autoreceptor_ne brake(alpha2)
    boost_ht = effect(sert) + effect(release_ht)
    brake = (block - agonism) / (1 + block)                       # of drugs at the autoreceptor
    x = affinity level
    K = k_alpha2, k_alpha2 alpha1_ratio, k_beta                   # NE at alpha-2A, alpha-1, beta
    K = k_d1, k_ht, k_muscarinic, k_cb1                           # DA, 5-HT, ACh, eCB
    K = k_mr, k_mr gr_ratio                                       # cortisol at MR, GR
    U_ne = ne_efficacy theta_alpha2 (1 - theta_alpha1)^ne_efficacy (1 + 1 / sqrt(alpha1_ratio))^2
    U_cort = cort_efficacy theta_mr (1 - theta_gr)^cort_efficacy (1 + 1 / sqrt(gr_ratio))^2

Gains elsewhere are ``1 + g * efficacy * theta``, so that a knock-out removes the share of its own system and not the
whole. The inverted U is that of two affinities, of peak 1 in the median person; nothing is a bump drawn by hand.
"""

from __future__ import annotations

from math import cos, exp, floor, pi, sqrt
from typing import Any

from cohort.compiled import compiled, inlined
from cohort.lanes import exp_in_lanes
from cohort.parameters import declare, param
from cohort.pharmacology import (
    ALPHA1,
    ALPHA2,
    BETA,
    CB1,
    D1,
    D2,
    DAT,
    GR,
    HT_RECEPTOR,
    MR,
    MUSCARINIC,
    NET,
    RELEASE_DA,
    RELEASE_HT,
    RELEASE_NE,
    SERT,
    acts_on,
    carries_drugs,
    chain,
    effect,
    gaddum,
    receptor_load,
)
from cohort.state import ACH, CORT, DA, ECB, HT, LANES, NE

_WORKING = "chosen: keeps rest at .5-1 K1 of the inverted U, a middle event near 3 K1, an extreme one above 30 K1"
_APPRAISAL = "chosen: order of weights follows Scherer 2009, 10.1080/02699930902928969; sizes are not measured"

declare(
    "neuromodulators",
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
    param("span_da", 3.2, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, DA"),
    param("span_ne", 3.8, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, NE"),
    param("span_ht", 1.5, "log rest", 0.5, 4.0, _WORKING, "assumed", "log of the release at full drive, 5-HT"),
    param("span_ach", 2.5, "log rest", 0.5, 4.0,
        "chosen: a middle event near 3 times the dissociation constant; cortical ACh of rats rises by about 300% in "
        "spontaneous alternation (Giovannini et al. 1998, Brain Res 784:218), which would give ln 4 and completes too "
        "little from half a cue", "assumed", "log of the release at full drive, ACh"),
    param("span_ecb", 2.5, "log rest", 0.5, 4.0, _WORKING, "assumed", "log of the release at full drive, eCB"),
    param("span_cort", 4.0, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, cortisol"),
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
    param("appraise_ne_arousal", 0.75, "weight", 0.2, 1.0, _APPRAISAL, "assumed", "arousal to NE"),
    param("appraise_ne_threat", 0.25, "weight", 0.0, 0.8, _APPRAISAL, "assumed", "threat to NE"),
    param("appraise_da_reward", 0.7, "weight", 0.2, 1.0,
        "Schultz et al. 1997, 10.1126/science.275.5306.1593 (direction; size chosen)", "assumed",
        "reward prediction error to DA"),
    param("appraise_da_novelty", 0.6, "weight", 0.0, 1.0,
        "Lisman & Grace 2005, 10.1016/j.neuron.2005.05.002 (direction; size chosen)",
        "assumed", "novelty to DA"),
    param("appraise_da_arousal", 0.21, "weight", 0.0, 0.8,
        "set to tail shock in rats: DA +95% in medial frontal cortex, Abercrombie et al. 1989, "
        "10.1111/j.1471-4159.1989.tb09224.x: ln 1.95 / span_da; +39% in accumbens, which would give .10", "calibrated",
        "arousal to DA"),
    param("appraise_da_valence", 0.2, "weight", 0.0, 0.6, _APPRAISAL, "assumed", "positive valence to DA"),
    param("appraise_ht_control", 0.39, "weight", 0.0, 1.0,
        "set to a first forced swim of rats: striatal 5-HT +80% (septal -40%), Kirby & Lucki 1998, "
        "10.3109/10253899809167289: ln 1.8 / span_ht; "
        "amygdalar 5-HT rises with inescapable shock only, Amat et al. 1998, 10.1016/S0006-8993(98)00960-3",
        "calibrated",
        "lack of control to 5-HT"),
    param("appraise_ach_novelty", 0.22, "weight", 0.0, 1.0,
        "set to cortical ACh of rats moved to an arena, +70-80%, Giovannini et al. 1998, Brain Res 784:218: "
        "ln 1.75 / span_ach", "calibrated", "novelty to ACh"),
    param("appraise_ach_arousal", 0.5, "weight", 0.0, 1.0, _APPRAISAL, "assumed", "arousal to ACh"),
    param("appraise_ecb_arousal", 0.3, "weight", 0.0, 1.0,
        "set to footshock in rats, table 3 of PMC4703460: anandamide 2.4 times, 2-AG 1.3 times the controls 15 min "
        "later (geometric means of three prefrontal regions), 1.8 together, so 2.1 at once with clearance_ecb: ln 2.1 "
        "/ span_ecb", "calibrated",
        "arousal to eCB"),
    param("appraise_cort_threat", 0.5, "weight", 0.0, 1.0,
        "Dickerson & Kemeny 2004, 10.1037/0033-2909.130.3.355 (direction; size chosen)", "assumed",
        "threat to cortisol"),
    param("appraise_cort_control", 0.3, "weight", 0.0, 1.0,
        "Dickerson & Kemeny 2004, 10.1037/0033-2909.130.3.355 (direction; size chosen)", "assumed",
        "lack of control under threat to cortisol"),
    param("appraise_cort_social", 0.2, "weight", 0.0, 1.0,
        "Dickerson & Kemeny 2004, 10.1037/0033-2909.130.3.355 (direction; size chosen)", "assumed",
        "social evaluation under threat to cortisol"),
    param("appraise_self", 0.2, "weight", 0.0, 0.6, _APPRAISAL, "assumed",
        "self-relevance as a gain on every drive"),
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


@inlined
def occupied(one: Any, world: Any, target: int, x: float, k: float, ahead: float) -> float:
    """`occupancy` of a receptor where its transmitter stands at `x`, which half occupies it at `k`."""
    block = drive = 0.0
    if carries_drugs(one.p):
        block, drive = receptor_load(one.p, world.drugs, target, ahead)
    return gaddum(x, k, block, drive)


@inlined
def occupancy(one: Any, world: Any, target: int, minute: float, ahead: float) -> float:
    """Activated share of a receptor: ``s x / (s x + K (1 + A/Ki))``, with agonist drugs added.

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
    k, affinity = c.k_beta, t.affinity[NE]
    if carries_drugs(p):
        acts = acts_on(p, world.drugs, NET) or acts_on(p, world.drugs, RELEASE_NE) or acts_on(p, world.drugs, ALPHA2)
        for i in range(LANES):
            level = one.beta[i] * (1.0 + boost(one, world, NE, one.ahead[i])) if acts else one.beta[i]
            block, drive = receptor_load(p, world.drugs, BETA, one.ahead[i])
            one.beta[i] = gaddum(affinity * level, k, block, drive) * one.left[i]
        return
    for i in range(LANES):
        own = affinity * one.beta[i] / k
        one.beta[i] = own / (1.0 + own) * one.left[i]


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


@compiled
def drive(c: Any, system: int, scene: Any) -> float:
    """Drive on a system by the appraisal of a scene, 0 to 1."""
    helpless = 1.0 - scene.controllability
    if system == DA:
        raw = (
            c.appraise_da_reward * max(scene.reward_error, 0.0)
            + c.appraise_da_novelty * scene.novelty
            + c.appraise_da_arousal * scene.arousal
            + c.appraise_da_valence * max(scene.valence, 0.0)
        )
    elif system == NE:
        raw = c.appraise_ne_arousal * scene.arousal + c.appraise_ne_threat * scene.threat
    elif system == HT:
        raw = c.appraise_ht_control * helpless * scene.arousal
    elif system == ACH:
        raw = c.appraise_ach_novelty * scene.novelty + c.appraise_ach_arousal * scene.arousal
    elif system == ECB:
        raw = c.appraise_ecb_arousal * scene.arousal
    else:
        raw = scene.threat * (
            c.appraise_cort_threat + c.appraise_cort_control * helpless + c.appraise_cort_social * scene.social
        )
    raw *= 1.0 + c.appraise_self * scene.self_relevance
    return min(raw, 1.0)


@compiled
def span(c: Any, system: int) -> float:
    """Log of the level that full drive releases, in units of rest."""
    if system == DA:
        return c.span_da
    if system == NE:
        return c.span_ne
    if system == HT:
        return c.span_ht
    if system == ACH:
        return c.span_ach
    if system == ECB:
        return c.span_ecb
    return c.span_cort


@compiled
def release(one: Any, world: Any, system: int, amount: float) -> None:
    """Release by a drive of 0 to 1: ``synthesis * (exp(span * drive) - 1)`` on top of what is there."""
    bolus = one.traits.synthesis[system] * (exp(span(world.c, system) * amount) - 1.0)
    if system == CORT:
        one.p.cortisol_pool += bolus
    else:
        # Release saturates: a later, smaller one does not add to what is still there.
        one.p.phasic[system] = max(one.p.phasic[system], bolus)
