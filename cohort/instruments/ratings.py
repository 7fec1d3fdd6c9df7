"""Ratings of a memory by the person who has it.

The state is the vividness, confidence or distress under the full cue (`retrieval`), the error that of `error`::

    retest, sd = rating_retest, rating_spread / 100
"""

from __future__ import annotations

from typing import ClassVar, Literal, override

import numpy as np

from cohort.instruments.error import about, precision
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param

declare(
    "ratings",
    param("rating_retest", 0.7, "1", 0.2, 0.99, "chosen: of a single item, below that of scales of many", "assumed",
        "retest correlation of a rating of a memory"),
    param("rating_spread", 20.0, "points", 5.0, 30.0, "chosen: a fifth of the line", "assumed",
        "standard deviation of ratings in the sample of their retest correlation"),
)  # fmt: skip


class _Rating(Instrument):
    """A mark on a line of 0 to 100."""

    low = 0.0
    high = 100.0
    unit = "points"
    better: ClassVar[Literal["lower", "higher"]] = "higher"
    of: ClassVar[str]

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        share = seen.where_held(np.clip(seen[self.of], 0.0, 1.0))
        marked = about(share, precision(c["rating_retest"], c["rating_spread"] / self.high), draws.uniforms())
        return Read(self.high * share, np.round(self.high * marked))


class Vividness(_Rating):
    """How vivid the memory is, 0 to 100, with the whole scene in mind: sensory detail and affect. Undefined without a
    trace."""

    of = "vividness"

    kind: Literal["vividness"]


class Confidence(_Rating):
    """How sure the person is that it was as remembered, 0 to 100: more of vividness than of accuracy (see
    `retrieval`). Undefined without a trace."""

    of = "confidence"

    kind: Literal["confidence"]


class Distress(_Rating):
    """How distressing it is, 0 to 100, with the whole scene in mind, as subjective units of distress are asked for.
    Undefined without a trace."""

    better = "lower"
    of = "distress"

    kind: Literal["distress"]
