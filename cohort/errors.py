"""The errors a user can meet. Each message says what, where, what is permitted and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class CohortError(Exception):
    """A fault of the input, of a file or of the machine that a user can mend. Ends a command with code 2."""


class ParameterError(CohortError):
    """One or more parameters are unknown, of the wrong type or out of range."""


class InputError(CohortError):
    """A file or an option holds something that is not permitted."""


class Interrupted(CohortError):  # noqa: N818
    """The user stopped it. Ends a command with code 130."""


class MachineError(CohortError):
    """The machine could not do it: no space, no permission, another run in the way. Ends a command with code 1."""


def one_message(title: str, faults: Iterable[str]) -> str:
    """Join all faults under one title, so that a user mends them in one go.

    A single fault stays on one line; several are listed a line each.
    """
    listed = list(faults)
    if len(listed) == 1:
        return f"{title}: {listed[0]}"
    return f"{title}: {len(listed)} faults\n" + "\n".join(f"  - {fault}" for fault in listed)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, or an empty string."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
