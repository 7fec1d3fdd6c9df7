"""The state of one person: what is stored, in which unit, and how it lies in memory.

Strengths are means over the synapses of a projection and lie in [0, 1]. The working copy is float64 (records, so
that equations read like equations); the stored copy is float32, the same fields in the same order, laid out by
person and then by slot.
"""

from __future__ import annotations

from typing import Any

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
WINNERS = 16  # units of an ensemble: sparseness .0625, within the contract's .065
SUBGROUP = 4  # hippocampal units of one element

SYSTEMS = ("da", "ne", "ht", "ach", "ecb", "cort")
DA, NE, HT, ACH, ECB, CORT = range(6)

_F = np.float64

PERSON = np.dtype(
    [
        ("clock", _F),  # minute up to which the person has lived (exact in float32 for 31 years)
        ("phasic", _F, (6,)),  # level above tonic, in units of the median person's rest
        ("cortisol_pool", _F),  # cortisol released by the axis and not yet in the circulation, same unit
        ("prp", _F, (4,)),  # plasticity-related proteins by region, share of the maximum
        ("drug", _F, (4,)),  # index of the drug + 1 in each of four places, 0 when empty
        ("gut", _F, (4,)),  # not yet absorbed, as free concentration, nM
        ("plasma", _F, (4,)),  # free concentration, nM
        ("adaptation", _F),  # slow adaptation to serotonin transporter blockade, share
        ("load_fast", _F),  # allostatic load that settles in weeks
        ("load_slow", _F),  # and the part that settles in about a year
        ("toll", _F),  # load of what happened today, which settles overnight
        ("avoidance", _F),  # share of cue encounters that the person evades
        ("depletion", _F),  # share of prefrontal control spent since the last sleep
        ("climate", _F),  # log rate ratio of stressors in the person's present surroundings
        ("drive", _F),  # drive on control from practice, 0 to 1, which decays
        ("sleep_lost", _F),  # hours that the next night will be shorter (negative: longer)
        ("fresh", _F),  # minute of the last early change anywhere
        ("evictions", _F),  # traces given up for new ones
        ("crowded", _F),  # events that found no place
        ("doses_refused", _F),  # doses not given because other drugs held every place
    ]
)

MEMORY = np.dtype(
    [
        ("live", _F),  # 1 when the slot holds a trace; slots fill from the first and are never emptied
        ("episode", _F),  # which event
        ("encoded", _F),  # minute of encoding
        ("active", _F),  # minute at which the ensemble last fired
        ("h", _F, (EARLY_STRENGTHS,)),  # early phase of every projection
        ("z", _F, (LATE_STRENGTHS,)),  # late phase, in the same order
        ("cortex", _F),  # cortical strength of the elements
        ("cortex_b", _F),  # cortical binding
        ("labile", _F),  # share of the trace that is labile
        ("recall_prp", _F),  # proteins released by recall, which end lability
        ("charge", _F),  # felt distress that the memory carries, 0 to 1
        ("arousal", _F),  # arousal at encoding, 0 to 1
        ("fidelity", _F, (2,)),  # agreement of central and peripheral content with the event as it was
        ("items", _F),  # number of items of a list (1 for an event)
    ]
)

TRAIT_FIELDS = np.dtype(
    [
        ("synthesis", _F, (6,)),
        ("affinity", _F, (6,)),
        ("efficacy", _F, (6,)),
        ("clearance", _F, (6,)),
        ("hippocampal_capacity", _F),
        ("prefrontal_control", _F),
        ("rumination", _F),
        ("avoidance", _F),
        ("sleep", _F),
        ("support", _F),
        ("baseline_load", _F),
        ("cue_rate", _F),
        ("noradrenergic_tone", _F),
        ("cortisol_feedback", _F),
        ("stress_exposure", _F),
    ]
)

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
# who has no trace of its episode (0: not at all), whether a recall leaves its mark (1) or is only read (0), milligrams,
# or the size of what the kind names (hours of SLEEP_LOSS below 0 are gained).
ENTRY = np.dtype([("minute", np.int64), ("kind", np.int64), ("index", np.int64), ("amount", _F)])
EXPERIENCE, REMINDER, RECALL, DOSE, TASK, STRESS, SLEEP_LOSS = range(7)  # kinds of calendar entry

# Small, as there are many; without gaps, so that equal logs are equal bytes.
LOG = np.dtype(
    [
        ("person", np.int64),
        ("minute", np.int32),
        ("episode", np.int32),  # -1 when nothing was recalled
        ("asked", np.int32),  # episode that a reminder or an attempt was about; -1 of an intrusion
        ("cue", np.int32),  # which candidate encounter of the day brought an intrusion; else -1
        ("kind", np.int16),  # an entry's kind, or INTRUSION
        ("place", np.int16),  # of an intrusion: FAMILIAR or ELSEWHERE; else -1
        ("cue_match", np.float32),  # of an intrusion: share of the memory's sensory features present in the cue
        ("probability", np.float32),
        ("vividness", np.float32),
        ("accuracy", np.float32),
        ("confidence", np.float32),
        ("fragmentation", np.float32),
        ("distress", np.float32),
    ]
)
PLACES = ("familiar", "elsewhere")
FAMILIAR, ELSEWHERE = range(2)
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
        ("pull", _F, (SLOTS,)),  # see `intrusion.outlook`
        ("image", _F, (SLOTS,)),
        ("part", _F, (SLOTS,)),
        ("weight", _F, (SLOTS,)),
        ("known", np.uint64, (SLOTS,)),  # bit b of word a: `shares[a, b]` holds
        ("shares", _F, (SLOTS, SLOTS, EARLY_STRENGTHS)),  # see `encoding.shared_synapses`
        ("calm", np.int64),  # 1 while no early change is known to be tagged or to drive synthesis; `synthesis.all_calm`
        ("marked", np.uint64),  # bit b: `sets[b]` holds
        ("sets", np.uint64, (SLOTS, len(ELEMENTS), UNITS // 64)),  # see `ensemble.mark_units`
        ("tops", np.int64, (UNITS // 16,)),  # see `ensemble.winners`
        ("elements", _F, (SLOTS, 2 * len(ELEMENTS))),  # from here to `rest`: see `retrieval.drive_units`
        ("held", np.uint64, (UNITS // 64,)),  # a set of units
        ("places", np.int64, (UNITS,)),  # of each unit in an ensemble, undefined for those that are no members
        ("met", np.int64, (SLOTS * WINNERS + 1,)),
        ("rest", np.uint64, (len(ELEMENTS), WINNERS)),  # features left over, by element and unit
        ("scene", SCENE),  # what is happening, to the dose that reaches this person
        ("id", np.int64),
    ]
)


def world_dtype(constants: np.dtype[Any], drugs: np.dtype[Any], number: int, decay: tuple[int, ...]) -> np.dtype[Any]:
    """Layout of what all persons share: seed, constants, decays and drugs; again one record."""
    return np.dtype([("seed", np.uint64), ("c", constants), ("drugs", drugs, (number,)), ("decay", np.float64, decay)])
