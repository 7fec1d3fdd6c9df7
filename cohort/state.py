"""The state of one person: what is stored, in which unit, and how it lies in memory.

Strengths are means over the synapses of a projection and lie in [0, 1]. The working copy is float64 (records, so
that equations read like equations); the stored copy is float32, the same fields in the same order, laid out by
person and then by slot.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

SLOTS = 24
REGIONS = ("hippocampus", "amygdala", "vmpfc", "accumbens")
HIPPOCAMPUS, AMYGDALA, VMPFC, ACCUMBENS = range(4)
ELEMENTS = ("context", "sensory", "narrative", "affective")
CONTEXT, SENSORY, NARRATIVE, AFFECTIVE = range(4)
SAFE_CONTEXT = 4  # fifth column of the features: the contexts to which the extinction trace is bound
PARTS = ("central", "peripheral")
# Projections, in the order in which strengths are kept: the eight element parts (2 * element, + 1 if peripheral),
BINDING = 8  # between the elements
EXTINCTION = 9  # vmPFC onto amygdala
REWARD = 10  # towards the accumbens
AFFECT = 11  # hippocampus to amygdala; its late phase has three shares, which last days, months and years
EARLY_STRENGTHS = 12
LATE_STRENGTHS = 14
CENTRAL_BITS = np.uint64(0xFFFFFFFF)  # the lower half of a feature mask is central, the upper peripheral
UNITS = 256  # units in each region
LANES = 8  # of what is worked out side by side
WINNERS = 16  # units of an ensemble: sparseness .0625, within the contract's .065
SUBGROUP = 4  # hippocampal units of one element

SYSTEMS = ("da", "ne", "ht", "ach", "ecb", "cort")
DA, NE, HT, ACH, ECB, CORT = range(6)

_F = np.float64


class Field(NamedTuple):
    """One number, or several alike, of what a person or a memory is: its unit, meaning and shape."""

    name: str
    unit: str
    meaning: str
    shape: tuple[int, ...] = ()


def _layout(fields: tuple[Field, ...]) -> np.dtype[Any]:
    return np.dtype([(f.name, _F, f.shape) if f.shape else (f.name, _F) for f in fields])


PERSON_STATE = (
    Field("clock", "min", "minute up to which the person has lived (exact in float32 for 31 years)"),
    Field("phasic", "rest", "level of each system above tonic, in units of the median person's rest", (6,)),
    Field("cortisol_pool", "rest", "cortisol released by the axis and not yet in the circulation"),
    Field("prp", "share", "plasticity-related proteins by region, share of the maximum", (4,)),
    Field("drug", "index", "index of the drug + 1 in each of four places, 0 when empty", (4,)),
    Field("gut", "nM", "of each drug on board: not yet absorbed, as free concentration", (4,)),
    Field("plasma", "nM", "of each drug on board: free concentration", (4,)),
    Field("beta_held", "days", "share of beta receptors that antagonists held since the last night, times the time"),
    Field("beta_added", "share", "beta receptors that blockade has added, in those of the person's own"),
    Field("adaptation", "share", "slow adaptation to serotonin transporter blockade"),
    Field("load_fast", "load", "allostatic load that settles in weeks"),
    Field("load_slow", "load", "and the part that settles in about a year"),
    Field("toll", "load", "load of what happened today, which settles overnight"),
    Field("avoidance", "share", "share of cue encounters that the person evades"),
    Field("depletion", "share", "share of prefrontal control spent since the last sleep"),
    Field("climate", "log rate", "log rate ratio of stressors in the person's present surroundings"),
    Field("drive", "share", "drive on control from practice, 0 to 1, which decays"),
    Field("sleep_lost", "h", "hours that the next night will be shorter (negative: longer)"),
    Field("fresh", "min", "minute of the last early change anywhere"),
    Field("evictions", "count", "traces given up for new ones"),
    Field("crowded", "count", "events that found no place"),
    Field("doses_refused", "count", "doses not given because other drugs held every place"),
)
PERSON = _layout(PERSON_STATE)

MEMORY_STATE = (
    Field("live", "flag", "1 when the slot holds a trace; slots fill from the first and are never emptied"),
    Field("episode", "index", "which event"),
    Field("encoded", "min", "minute of encoding"),
    Field("active", "min", "minute at which the ensemble last fired"),
    Field("h", "strength", "early phase of every projection: the eight element parts, B, X, N, A", (EARLY_STRENGTHS,)),
    Field("z", "strength", "late phase, in the same order; that of A in three shares", (LATE_STRENGTHS,)),
    Field("cortex", "strength", "cortical strength of the elements"),
    Field("cortex_b", "strength", "cortical binding"),
    Field("labile", "share", "share of the trace that is labile"),
    Field("recall_prp", "share", "proteins released by recall, which end lability"),
    Field("charge", "distress", "felt distress that the memory carries, 0 to 1"),
    Field("arousal", "1", "arousal at encoding, 0 to 1"),
    Field("fidelity", "share", "agreement of central and peripheral content with the event as it was", (2,)),
    Field("items", "count", "number of items of a list (1 for an event)"),
)
MEMORY = _layout(MEMORY_STATE)

# Beside these numbers a memory holds whole ones: masks of 64 bits and numbers of units.
ENSEMBLE_STATE = (
    Field("features", "mask", "features of the four elements, and of the contexts of the extinction trace", (5,)),
    Field("units", "index", "units of its ensemble by region", (len(REGIONS), WINNERS)),
)

TRAIT_STATE = (
    Field("synthesis", "median", "how much a system makes: tonic level and release", (6,)),
    Field("affinity", "median", "how tightly its receptors bind", (6,)),
    Field("efficacy", "median", "greatest effect of its receptors", (6,)),
    Field("clearance", "median", "how fast its phasic level falls", (6,)),
    Field("hippocampal_capacity", "median", "gain of hippocampal encoding"),
    Field("prefrontal_control", "median", "strength of prefrontal control"),
    Field("rumination", "median", "cues that the person supplies under load"),
    Field("avoidance", "median", "how readily distress makes the person evade cues"),
    Field("sleep", "median", "length of the nights"),
    Field("support", "median", "support by others"),
    Field("baseline_load", "median", "load before the study"),
    Field("cue_rate", "median", "rate of everyday cues"),
    Field("noradrenergic_tone", "unburdened", "tonic noradrenaline as adversity set it"),
    Field("cortisol_feedback", "unburdened", "feedback of cortisol as adversity set it"),
    Field("stress_exposure", "unburdened", "rate of stressors as adversity set it"),
)
TRAIT_FIELDS = _layout(TRAIT_STATE)

TRAIT_COLUMNS: tuple[str, ...] = (
    tuple(f"{system}_{field}" for field in ("synthesis", "affinity", "efficacy", "clearance") for system in SYSTEMS)
    + tuple(TRAIT_FIELDS.names or ())[4:]
)

SCENE = np.dtype(
    [
        ("episode", np.int64),
        ("features", np.uint64, (4,)),  # one mask an element group, central bits low, peripheral bits high
        ("salience", _F, (8,)),  # presence of each part, 0 to 1
        ("goal", np.uint64),  # what the person looks for at recall, as narrative features
        ("arousal", _F),
        ("valence", _F),  # -1 to 1
        ("reward_error", _F),  # reward prediction error, -1 to 1
        ("novelty", _F),
        ("threat", _F),
        ("controllability", _F),
        ("social", _F),
        ("self_relevance", _F),
        ("duration", _F),  # minutes
        ("safe", _F),  # 1 when nothing bad follows
        ("reappraisal", _F),  # of a reminder: how far the event is seen anew, as instructed
        ("items", _F),
    ]
)

# `amount` is the dose of an experience (1: the scene as described), the dose with which a reminder reaches a person
# who has no trace of its episode (0: not at all; EVERYDAY: it is a cue encounter), whether a recall leaves its
# mark (1) or is only read (0), milligrams, or the size of what the kind names (hours of SLEEP_LOSS below 0 are gained).
ENTRY = np.dtype([("minute", np.int64), ("kind", np.int64), ("index", np.int64), ("amount", _F)])
EXPERIENCE, REMINDER, RECALL, DOSE, TASK, STRESS, SLEEP_LOSS = range(7)  # kinds of calendar entry
EVERYDAY = -1.0  # amount of a reminder that everyday life brings

# Small, as there are many; without gaps, so that equal logs are equal bytes.
LOG = np.dtype(
    [
        ("person", np.int64),
        ("minute", np.int32),
        ("episode", np.int32),  # -1 when nothing was recalled
        ("asked", np.int32),  # episode that a reminder or an attempt was about; -1 of an intrusion
        ("cue", np.int32),  # which candidate encounter or reminder of the day brought an intrusion; else -1
        ("kind", np.int16),  # an entry's kind, or INTRUSION
        ("place", np.int16),  # of an intrusion: FAMILIAR, ELSEWHERE or REMINDED; else -1
        ("cue_match", np.float32),  # of an intrusion: share of the memory's sensory features present in the cue
        ("probability", np.float32),
        ("vividness", np.float32),
        ("accuracy", np.float32),
        ("confidence", np.float32),
        ("fragmentation", np.float32),
        ("distress", np.float32),
    ]
)
PLACES = ("familiar", "elsewhere", "reminder")
FAMILIAR, ELSEWHERE, REMINDED = range(3)
INTRUSION = 7  # of the log only
CONTACT = 8  # kind of calendar entry: support received, amount 0 to 1
DRIVE = 9  # kind of calendar entry: practice that drives control, amount 0 to 1
VISUOSPATIAL, VERBAL = 0, 1  # index of a TASK: the store of working memory that it takes up


# One person at work: a single record, so that a compiled call passes one pointer.
ONE = np.dtype(
    [
        ("p", PERSON),
        ("traits", TRAIT_FIELDS),
        ("memories", MEMORY, (SLOTS,)),
        ("features", np.uint64, (SLOTS, 5)),  # four elements, and the contexts of the extinction trace
        ("units", np.uint8, (SLOTS, len(REGIONS), WINNERS)),
        ("scratch", _F, (UNITS,)),
        ("gap", np.int64, (LANES,)),  # from here to `cue`: see `intrusion.draw_candidates`
        ("thinning", _F, (LANES,)),
        ("choice", _F, (LANES,)),
        ("surrounding", _F, (LANES,)),
        ("cue", np.uint64, (LANES,)),
        ("pull", _F, (SLOTS,)),  # see `intrusion.outlook`, until the night, when `consolidation.replay` works in them
        ("image", _F, (SLOTS,)),
        ("sensory", np.uint64, (SLOTS,)),
        ("part", _F, (SLOTS,)),
        ("weight", _F, (SLOTS,)),
        ("known", np.uint64, (SLOTS,)),  # bit b of word a: `shares[a, b]` holds
        ("shares", _F, (SLOTS, SLOTS, EARLY_STRENGTHS)),  # see `overlap.shared_synapses`
        ("calm", np.int64),  # 1 while no early change is known to be tagged or to drive synthesis; `synthesis.all_calm`
        ("ranked", np.int64, (SLOTS,)),  # slots, and hours and proteins by rank: see `capture.own_tags`
        ("tagged", _F, (SLOTS + 1,)),
        ("used", _F, (SLOTS + 1,)),
        ("marked", np.uint64),  # bit b: `sets[b]` holds
        ("sets", np.uint64, (SLOTS, len(ELEMENTS), UNITS // 64)),  # see `ensemble.mark_units`
        ("tops", np.int64, (UNITS // 16,)),  # see `ensemble.winners`
        ("elements", _F, (SLOTS, 2 * len(ELEMENTS))),  # from here to `rest`: see `sharing`
        ("owners", np.uint32, (UNITS,)),  # bit b: the unit belongs to the ensemble of slot b
        ("roles", np.uint8, (SLOTS, UNITS)),  # element for which a unit serves a trace, undefined for no members
        ("rest", np.uint64, (len(ELEMENTS),)),  # features left over, by element
        ("ahead", _F, (LANES,)),  # hours, and beta occupancy then: see `receptors.beta_ahead`
        ("beta", _F, (LANES,)),
        ("left", _F, (LANES,)),  # by then, of what falls at a rate
        ("open", _F, (LANES,)),  # see `lability.loss`
        ("scene", SCENE),  # what is happening, to the dose that reaches this person
        ("id", np.int64),
    ]
)


def world_dtype(constants: np.dtype[Any], drugs: np.dtype[Any], number: int, decay: tuple[int, int]) -> np.dtype[Any]:
    """Layout of what all persons share: seed, constants, drugs, rates of decay and their table; again one record."""
    return np.dtype(
        [
            ("seed", np.uint64),
            ("c", constants),
            ("drugs", drugs, (number,)),
            ("rates", np.float64, decay[1:]),
            ("decay", np.float64, decay),
        ]
    )
