"""The log of one person's time: what came to mind, as a study could see it."""

from __future__ import annotations

from typing import Any

from cohort.compiled import compiled
from cohort.engram.retrieval import accuracy, complete, distress_of, fragmentation, vividness
from cohort.state import SENSORY


@compiled
def note(
    log_: Any,
    count: int,
    minute: int,
    kind: int,
    one: Any,
    world: Any,
    slot: int,
    cue: Any,
    context: Any,
    gain: float,
    probability: float,
) -> None:
    """Write one recall or intrusion into the log as a study could see it, with this `answer_gain`."""
    row = log_[count]
    row.minute = minute
    row.kind = kind
    row.probability = probability
    row.episode = row.asked = row.cue = row.place = -1
    row.cue_match = 0.0
    row.vividness = row.accuracy = row.confidence = row.distress = 0.0
    row.fragmentation = 1.0
    if slot < 0:
        return
    y = complete(one, world, slot, cue, minute)
    row.episode = int(one.memories[slot].episode)
    distress = distress_of(one, slot, context, gain)
    vivid = vividness(one, world, slot, y[SENSORY], distress)
    accurate = accuracy(one, world, slot, y)
    w = world.c.confidence_vivid
    row.distress, row.vividness, row.accuracy = distress, vivid, accurate
    row.confidence = w * vivid + (1.0 - w) * accurate
    row.fragmentation = fragmentation(one, world, slot, y, y[4])
