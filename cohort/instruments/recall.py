"""Tests of voluntary recall: how many details of the scene come back, of those asked about.

With ``probability`` and ``accuracy`` those of the cue that is given (`retrieval`)::

    state = probability accuracy
    score ~ found Binomial(details, accuracy) / details
    found ~ Bernoulli(probability)
"""

from __future__ import annotations

from typing import ClassVar, Literal, override

from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.strict import number


class _Recall(Instrument):
    """One attempt under a cue: it finds the memory or not, and then each detail by itself."""

    low = 0.0
    high = 100.0
    unit = "%"
    better = "higher"
    cue: ClassVar[Literal["free", "cued", "source"]]

    details: int = number(20, 1, 200, "number of details that are asked about")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        found = seen[f"recall_{self.cue}"]
        right = seen[f"accuracy_{self.cue}"]
        attempt = draws.uniforms(self.details) < found
        told = attempt * draws.successes(self.details, right) / self.details
        return Read(seen.where_held(100.0 * found * right), seen.where_held(100.0 * told))


class FreeRecall(_Recall):
    """Share of the scene's details told rightly when the occasion is named.

    The cue is the scene's context and the gist of what happened (the central part of the narrative). The state is the
    expected share: the chance that the memory is found among the others, times the accuracy of what comes back. The
    score is of one attempt: found or not, then each of `details` right or not. Its error is that of the attempt, none
    is added, so the retest correlation follows from the memories and `details`. Undefined without a trace.
    """

    cue = "free"

    kind: Literal["free-recall"]


class CuedRecall(_Recall):
    """Share of the scene's details told rightly under half of its content as a cue; read as `FreeRecall`."""

    cue = "cued"

    kind: Literal["cued-recall"]


class SourceMemory(_Recall):
    """Share of the details of the context told rightly when the rest of the scene is shown; read as `FreeRecall`."""

    cue = "source"

    kind: Literal["source-memory"]
