"""What is kept of life under the reference arm, for those who live the same under another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cohort.instruments import Read


@dataclass
class Reference:
    """Life under the reference arm: what was `read` of everybody, by minute and instrument; and what had `begun`."""

    read: dict[tuple[int, str], Read] = field(default_factory=dict)
    begun: NDArray[np.int64] | None = None  # (interventions, persons), once it is lived to the end
