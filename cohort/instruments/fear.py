"""Fear test: the answer of the skin to a reminder, in a chosen context.

The state is the fear of the body under the full cue (`retrieval`) in the context of the test, the error that of
`error`::

    retest, sd = fear_retest, fear_spread / 100
"""

from __future__ import annotations

from typing import Literal, override

import numpy as np

from cohort.instruments.error import about, precision
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.strict import key

declare(
    "fear",
    param("fear_retest", 0.55, "1", 0.1, 0.95,
        "Fredrikson et al. 1993, Biol Psychol 35:153: .37 to .72 over three weeks for the first-interval skin "
        "conductance response; between them", "measured", "retest correlation of the fear test"),
    param("fear_spread", 20.0, "% of largest", 2.0, 30.0, "chosen: a fifth of the scale", "assumed",
        "standard deviation of the fear test in the sample of its retest correlation"),
)  # fmt: skip


class FearTest(Instrument):
    """Skin conductance response to a reminder, in per cent of the person's largest (Lykken & Venables 1971,
    10.1111/j.1469-8986.1971.tb00501.x).

    It is the fear of the body at the whole cue: strength times charge times beta-adrenergic gain, less what extinction
    holds back in the context of the test. `context` is that of the event (learned), that in which safety was learned
    (safe; a new one where none was) or one never seen (new), so that renewal shows. Undefined without a trace.
    """

    low = 0.0
    high = 100.0
    unit = "% of largest"
    better = "lower"

    kind: Literal["fear-test"]
    context: Literal["learned", "safe", "new"] = key("learned", "where the test takes place")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        share = seen.where_held(np.clip(seen[f"fear_{self.context}"], 0.0, 1.0))
        answer = about(share, precision(c["fear_retest"], c["fear_spread"] / self.high), draws.uniforms())
        return Read(self.high * share, self.high * answer)
