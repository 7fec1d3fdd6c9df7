"""Reconsolidation: recall with a prediction error makes part of a trace labile; what is not restored is lost.

A recall strengthens what it brings back, and opens a share of it if what follows is neither quite as the cue announced
nor far from it, the ``error`` being between ``error_low`` and ``error_high``. The error is a share of what was expected
or came: else faint memories would never open, where it is the strong ones that resist. Of that it is a share of
``error_least`` at least: what announces next to nothing cannot be far wrong. ``age`` is the time since encoding::

    h_E += (1 - exp(-recall_gain a)) (1 - h_E)                 # a of that part
    h_A += (1 - exp(-recall_amygdala distress)) (1 - h_A)
    expected = a_A charge (1 - a_X sim(safe_context, context))
    mismatch = abs(expected - (1 - safe)) / max(expected, 1 - safe, error_least)
    error = mismatch (1 - exp(-duration / error_time))
    L += opened (1 - L)                                        # within these bounds
    opened = lability_most / (1 + age / lability_age) (1 - lability_strength a_A) max(1 - lability_floor / a_A, 0)
    p_r = 1

What is open is stored anew with what the recall has gained (Lee 2008, 10.1038/nn.2205; in people Forcato et al. 2011,
10.1016/j.nlm.2011.04.009), and part of it is lost: recall under distress keeps a memory up for years, recall in calm
lets it go. For each of the three late shares of A, up to its ceiling (`capture`)::

    z_A += L (1 - exp(-recall_amygdala distress)) max(ceiling - z_A, 0)

The open share is restored by the proteins ``p_r`` that recall releases and that need beta-adrenergic occupancy (Debiec
& LeDoux 2004, 10.1016/j.neuroscience.2004.08.018); only what goes by the other way is lost, from the late strengths
that are not tagged::

    dL/dt = -(lability_loss + lability_repair p_r theta_beta / theta_beta0) L
    dp_r/dt = -p_r / recall_prp_decay
    dz_A/dt = -lability_loss L z_A
    theta_beta0 = 1 / (1 + k_beta)

What is open takes on what is felt, and where, at every recall while it is open: also at one whose error is too great
to open it, so that extinction soon after a reminder rewrites the trace (Monfils et al. 2009, 10.1126/science.1167975).
What is felt then is what extinction has left. Every recall prunes untagged neighbours as at encoding, a share ``s`` of
their synapses. A task takes its ``amount`` of what its store of working memory holds: of the sensory parts, or (verbal)
of the narrative ones, with 1 in place of ``sensory_lability``. With an image that is dimmed less is felt, in the same
proportion, and what is open takes that on: a task of images lowers the charge too (Engelhard et al. 2010,
10.3402/ejpt.v1i0.5623: Tetris during recall; of nothing that is not open)::

    charge += min(charge_rate L (1 + charge_dopamine da_efficacy theta_d1), 1) (felt - charge)
    felt = charge (1 - a_X sim(safe_context, context)) (1 - eased) + felt_slope (theta_beta - felt_threshold)
    felt += felt_threat (1 - safe)                             # and kept within 0 to 1
    eased = felt_reappraisal reappraisal control
    fidelity *= 1 - context_rate L (1 - sim(context, event_context))          # central content: 0.3 of that
    h_neighbour *= 1 - prune_recall s                          # z_neighbour too
    h_E *= 1 - task_interference amount
    z_E *= 1 - task_interference amount min(sensory_lability L, 1)
    charge *= 1 - task_interference amount min(charge_rate L (1 + charge_dopamine da_efficacy theta_d1), 1)

What an open memory takes on is the one thing felt that hangs on beta receptors themselves: so propranolol before a
reminder does its work. Elsewhere what is felt follows noradrenaline, blocked or not (`retrieval`).

`lability` integrates L and what is lost.
"""

from __future__ import annotations

from typing import Any

from cohort.compiled import compiled
from cohort.engram.capture import any_tagged, late_share, own_tags, place_of
from cohort.engram.consolidation import RECALL, factor
from cohort.engram.ensemble import similarity
from cohort.engram.lability import loss
from cohort.engram.retrieval import affective_strength, saturation
from cohort.lanes import exp_in_lanes as exp
from cohort.parameters import declare, param
from cohort.pharmacology import BETA, D1
from cohort.receptors import occupancy
from cohort.state import AFFECT, CONTEXT, DA, NARRATIVE, SENSORY, SLOTS, VISUOSPATIAL

declare(
    "reconsolidation",
    param("lability_loss", 0.03, "1/h", 0.005, 0.1,
        "chosen: with lability_repair and recall_prp_decay 7% of what opens is lost without a drug (Pigeon et al. "
        "2022, 10.1503/jpn.210057, is the effect of one to be met)", "assumed",
        "rate at which a labile trace is lost"),
    param("lability_repair", 1.5, "1/h", 0.5, 10.0,
        "Nader et al. 2000, 10.1038/35021052: no loss when proteins are blocked 6 h after recall; 5% still "
        "open then, exp(-3) with recall_prp_decay", "animal",
        "rate of restabilization at full recall protein and resting beta occupancy"),
    param("recall_prp_decay", 2.0, "h", 0.3, 3.0,
        "Monfils et al. 2009, 10.1126/science.1167975: extinction 10 min and 1 h after recall rewrites it, 6 h after "
        "not; Roullet & Sara 1998, 10.1155/NP.1998.63: rats forget a maze by beta blockade 1 h after recall, 5 h after "
        "not (nor at 5 and 30 min, which nothing that only falls can give); size chosen: .3 of what opened is open "
        "here after 1 h, .05 after 5 h", "assumed",
        "time constant of the proteins that recall releases"),
    param("lability_most", 0.6, "share", 0.02, 0.8,
        "Nader et al. 2000, 10.1038/35021052 (block after one recall of a day-old fear takes more than half of it; of "
        "strong traces less opens)", "animal",
        "share of a young trace that one recall makes labile"),
    param("lability_age", 2000.0, "h", 200.0, 20000.0,
        "Milekic & Alberini 2002, 10.1016/S0896-6273(02)00819-9 (older traces resist, in rats after weeks); months, "
        "with a long tail, as people's memories of trauma still open after years (Brunet et al. 2008, "
        "10.1016/j.jpsychires.2007.05.006)",
        "assumed",
        "age at which half of the lability of a young trace is left"),
    param("lability_strength", 0.5, "share", 0.0, 0.95,
        "Suzuki et al. 2004, 10.1523/JNEUROSCI.5491-03.2004 (strong traces resist; size chosen)", "assumed",
        "loss of lability at full strength"),
    param("lability_floor", 0.05, "strength", 0.0, 0.5, "chosen: no single session abolishes a fear",
    "assumed",
        "amygdalar strength that never becomes labile"),
    param("error_low", 0.2, "1", 0.0, 0.3,
        "Suzuki et al. 2004, 10.1523/JNEUROSCI.5491-03.2004 (1 min of reminding leaves a fear stable, 3 min make it "
        "labile: .10 and .26 here)", "animal",
        "prediction error below which recall only strengthens"),
    param("error_high", 0.85, "1", 0.1, 1.0,
        "Suzuki et al. 2004, 10.1523/JNEUROSCI.5491-03.2004 (30 min of reminding extinguish: .95 here; 3 min do not)",
        "animal", "prediction error above which a new extinction trace forms instead"),
    param("error_time", 10.0, "min", 2.0, 60.0,
        "Pedreira & Maldonado 2003, 10.1016/S0896-6273(03)00352-2 (duration parts the two; size chosen)",
        "assumed",
        "time in which an omitted outcome is noticed"),
    param("error_least", 0.002, "1", 0.0002, 0.02,
        "Rescorla & Wagner 1972 (a cue that predicts nothing loses nothing when nothing follows); chosen: a fifth of a "
        "per cent of the strongest answer, so that it decides over what is all but gone and over nothing else",
        "assumed",
        "harm announced or suffered below which an error is no longer a share of it"),
    param("recall_gain", 0.08, "1", 0.0, 0.6,
        "Roediger & Karpicke 2006, 10.1111/j.1467-9280.2006.01693.x (direction; size chosen)", "assumed",
        "gain of recalled elements by one recall"),
    param("recall_amygdala", 0.15, "1", 0.0, 1.0,
        "chosen: at a distress of .5 it makes up for the 7% that is lost of what opens, in a trace half captured",
        "assumed",
        "gain of the amygdalar trace by one recall at full distress"),
    param("charge_rate", 0.6, "share", 0.0, 1.0, "chosen", "assumed",
        "share of the labile charge that moves to what is felt at recall"),
    param("charge_dopamine", 1.0, "ratio", 0.0, 4.0, "chosen", "assumed",
        "gain of D1/5 occupancy on the reweighting of charge"),
    param("felt_threshold", 0.246, "occupancy", 0.05, 0.8,
        "chosen between what a trauma arouses when it is told in safety two days later (.24) and within hours (.28): "
        "the first weakens (signature 7), the second strengthens (van Emmerik et al. 2002, "
        "10.1016/S0140-6736(02)09897-5)", "assumed",
        "beta occupancy at which a recall leaves the charge as it is"),
    param("felt_slope", 0.5, "1", 0.0, 3.0, "chosen", "assumed", "rise of what is felt with beta occupancy"),
    param("felt_threat", 0.5, "1", 0.0, 1.0, "chosen", "assumed", "rise of what is felt when threat follows"),
    param("felt_reappraisal", 0.8, "share", 0.0, 1.0,
        "Buhle et al. 2014, 10.1093/cercor/bht154 (reappraisal works by prefrontal control; size chosen)", "assumed",
        "share of the felt charge that full reappraisal takes away at full control"),
    param("context_rate", 0.15, "share", 0.0, 1.0,
        "Hupbach et al. 2007, 10.1101/lm.365707 (new content enters after a reminder; size chosen)",
        "assumed",
        "share of labile detail that takes on the circumstances of recall"),
    param("prune_recall", 0.05, "share", 0.0, 0.3,
        "Anderson et al. 1994, 10.1037/0278-7393.20.5.1063 (retrieval-induced forgetting; size chosen)",
        "assumed",
        "late strength that untagged neighbours of a recalled trace lose per fully shared unit"),
    param("task_interference", 0.4, "share", 0.0, 1.0,
        "Baddeley & Andrade 2000, 10.1037/0096-3445.129.1.126 (images fade under visuospatial load; size chosen)",
        "assumed", "labile or early strength that a full task takes from what its store of working memory holds"),
    param("sensory_lability", 2.0, "ratio", 0.5, 5.0, "chosen: images open more readily than affect",
    "assumed",
        "lability of sensory parts against the amygdalar trace"),
)  # fmt: skip


@compiled
def prediction_error(c: Any, expected: float, safe: float, duration: float) -> float:
    """Mismatch of the outcome that a cue announces and what follows, as far as noticed.

    As a share of the larger, and of `error_least` where both are smaller: so 0 where nothing is expected and nothing
    follows.
    """
    outcome = 1.0 - safe
    most = max(expected, outcome, c.error_least)
    return abs(expected - outcome) / most * (1.0 - exp(-duration / c.error_time))


@compiled
def open_share(one: Any, world: Any, slot: int, error: float, minute: float) -> float:
    """Share of a trace that becomes labile: none outside the bounds of the error, less for old and strong traces."""
    c = world.c
    if error <= c.error_low or error >= c.error_high:
        return 0.0
    age = (minute - one.memories[slot].encoded) / 60.0
    strength = affective_strength(one, slot)
    above = max(1.0 - c.lability_floor / strength, 0.0) if strength > 0.0 else 1.0
    return c.lability_most / (1.0 + age / c.lability_age) * (1.0 - c.lability_strength * strength) * above


@compiled
def reconsolidate(one: Any, world: Any, minute: float, minutes: int) -> None:
    """Advance lability over so many minutes and take its loss from late strengths that are not tagged.

    Called before anything fades but after capture, which goes on while a synapse is tagged: the loss is of what was
    captured by then as well.
    """
    c = world.c
    dt = minutes / 60.0
    tags = 0 if one.calm == 1 else -1  # negative when not known
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            break
        if m.labile > 0.0:
            share, lost = loss(one, world, slot, minute, dt)
            if tags < 0:
                tags = own_tags(one, c, AFFECT, dt)
            if tags > 0:
                hours = any_tagged(one, slot, AFFECT, place_of(one, slot, tags))
                lost -= loss(one, world, slot, minute, hours)[1]
            for part in range(3):
                m.z[AFFECT + part] *= exp(-lost)
            m.labile = share if share > 1e-10 else 0.0
        if m.recall_prp > 0.0:
            left = m.recall_prp * factor(world.decay, RECALL, minutes)
            m.recall_prp = left if left > 1e-12 else 0.0


@compiled
def felt(one: Any, world: Any, slot: int, held: float, safe: float, eased: float, minute: float) -> float:
    """What is felt at recall, 0 to 1: the charge, less what extinction holds, shifted by arousal and outcome.

    `eased` is the share that is taken away by seeing the event anew.
    """
    c = world.c
    shift = c.felt_slope * (occupancy(one, world, BETA, minute, 0.0) - c.felt_threshold) + c.felt_threat * (1.0 - safe)
    return min(max(one.memories[slot].charge * (1.0 - held) * (1.0 - eased) + shift, 0.0), 1.0)


@compiled
def taken_on(one: Any, world: Any, slot: int, minute: float) -> float:
    """Share of the way that the charge of what is open moves to what is felt."""
    c = world.c
    gain = 1.0 + c.charge_dopamine * one.traits.efficacy[DA] * occupancy(one, world, D1, minute, 0.0)
    return min(c.charge_rate * one.memories[slot].labile * gain, 1.0)


@compiled
def update(
    one: Any, world: Any, slot: int, opened: float, held: float, safe: float, eased: float, context: Any, minute: float
) -> None:
    """Open a share of a trace, or none, and rewrite what is open: charge to what is felt, detail to the present."""
    c = world.c
    m = one.memories[slot]
    if opened > 0.0:
        m.labile = m.labile + opened * (1.0 - m.labile)
        m.recall_prp = 1.0
    m.charge += taken_on(one, world, slot, minute) * (felt(one, world, slot, held, safe, eased, minute) - m.charge)
    foreign = 1.0 - similar_context(one, slot, context)
    m.fidelity[0] *= 1.0 - 0.3 * c.context_rate * m.labile * foreign
    m.fidelity[1] *= 1.0 - c.context_rate * m.labile * foreign


@compiled
def restore(one: Any, world: Any, slot: int, distress: float) -> None:
    """Store anew what is open, with what the recall has gained: late strengths move towards their ceilings."""
    c = world.c
    m = one.memories[slot]
    gain = m.labile * saturation(c.recall_amygdala * distress)
    for share in range(AFFECT, AFFECT + 3):
        m.z[share] += gain * max(late_share(c, share)[0] - m.z[share], 0.0)


@compiled
def similar_context(one: Any, slot: int, context: Any) -> float:
    """Share of the original context that is present."""
    from_event = one.features[slot, CONTEXT]
    return similarity(context, from_event)


@compiled
def occupy(one: Any, world: Any, store: int, amount: float, minute: float) -> None:
    """A task takes up a store of working memory: what that store holds, and is early or labile, loses strength.

    Images are held by the visuospatial store, what happened and what it means by the verbal one. What is felt comes
    with the image, so that of an open trace whose image is dimmed the charge falls as well.
    """
    c = world.c
    element = SENSORY if store == VISUOSPATIAL else NARRATIVE
    ready = c.sensory_lability if store == VISUOSPATIAL else 1.0
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            continue
        for part in range(2 * element, 2 * element + 2):
            m.h[part] *= 1.0 - c.task_interference * amount
            m.z[part] *= 1.0 - c.task_interference * amount * min(ready * m.labile, 1.0)
        if store == VISUOSPATIAL and m.labile > 0.0:
            m.charge *= 1.0 - c.task_interference * amount * taken_on(one, world, slot, minute)
