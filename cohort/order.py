"""The order of everything that falls on one minute, and what stands on Mesa's queue.

Mesa's clock counts days; on one minute its priorities decide, which are given here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mesa.time import Priority

TREAT = Priority.DEFAULT  # when an intervention begins, also one that waited for another

# What falls on one minute happens in this order.
ORDER: tuple[tuple[str, Priority, str], ...] = (
    (
        "stop",
        Priority.HIGH,
        "everybody lives up to this minute; what came to mind is written, measures are taken, instruments read, "
        "persons randomized, and persons act",
    ),
    ("assess", Priority.HIGH, "between stops instruments read copies, and what waits for scores begins"),
    ("event", Priority.DEFAULT, "is put on the agendas of those whom it reaches, to each one's own dose"),
    ("treat", TREAT, "an intervention begins: its sessions are put on the agendas of those who come"),
    ("talk", Priority.LOW, "reads what all tellers bring back, then hands tellers and listeners what it does to them"),
)


class Occasion:
    """Something on Mesa's queue. The model holds it, as Mesa holds its callbacks weakly."""

    def __init__(self, do: Callable[[Any], None], what: Any) -> None:
        self.do, self.what = do, what
        self.happened = False

    def happen(self) -> None:
        """Do it."""
        self.do(self.what)
        self.happened = True
