"""Appraisal: what an event drives of each neuromodulator, and what the drive releases.

A drive, at most 1, releases on top of what is there (`neuromodulators`)::

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
"""

from __future__ import annotations

from typing import Any

from cohort.compiled import compiled
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.state import ACH, CORT, DA, ECB, HT, NE

_WORKING = "chosen: keeps rest at .5-1 K1 of the inverted U, a middle event near 3 K1, an extreme one above 30 K1"
_APPRAISAL = "chosen: order of weights follows Scherer 2009, 10.1080/02699930902928969; sizes are not measured"

declare(
    "appraisal",
    param("span_da", 3.2, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, DA"),
    param("span_ne", 3.8, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, NE"),
    param("span_ht", 1.5, "log rest", 0.5, 4.0, _WORKING, "assumed", "log of the release at full drive, 5-HT"),
    param("span_ach", 2.5, "log rest", 0.5, 4.0,
        "chosen: a middle event near 3 times the dissociation constant; cortical ACh of rats rises by about 300% in "
        "spontaneous alternation (Giovannini et al. 1998, Brain Res 784:218), which would give ln 4 and completes too "
        "little from half a cue", "assumed", "log of the release at full drive, ACh"),
    param("span_ecb", 2.5, "log rest", 0.5, 4.0, _WORKING, "assumed", "log of the release at full drive, eCB"),
    param("span_cort", 4.0, "log rest", 1.0, 5.0, _WORKING, "assumed", "log of the release at full drive, cortisol"),
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
