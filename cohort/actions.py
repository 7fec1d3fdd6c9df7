"""What a person's own behaviour may ask for: a closed set of actions, none of which touches a memory or an outcome.

An action becomes an entry of the person's agenda, as an event of the scenario does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cohort.errors import InputError
from cohort.pharmacology import dose_fault, drug_index
from cohort.state import CONTACT, DOSE, REMINDER, SLEEP_LOSS, STRESS, TASK

MOST_DELAY = 366 * 1440  # minutes


@dataclass(frozen=True, slots=True)
class Dose:
    """An oral dose of a drug, `after` so many minutes."""

    drug: str
    mg: float
    after: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """A visuospatial task that takes up the share `amount` of sensory working memory."""

    amount: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Stress:
    """A stressor of the given size."""

    size: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class SleepLoss:
    """So many hours less of the next night's sleep."""

    hours: float
    after: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """Company that gives support, 0 to 1."""

    support: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Happen:
    """What an event of the scenario brings, to a dose, whenever that event itself takes place."""

    event: str
    dose: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Remind:
    """A reminder of a scene ("" is the study's focus): a share of its features, in safety (1) or not (0), so long."""

    scene: str = ""
    cue: float = 1.0
    safe: float = 1.0
    duration: float = 5.0
    context: str | None = None
    after: int = 0


type Action = Dose | Task | Stress | SleepLoss | Contact | Happen | Remind
Cue = Callable[[Remind], int]  # row of the table of scenes that it meets

_SIZES: dict[type, tuple[int, str, float]] = {
    Task: (TASK, "amount", 1.0),
    Stress: (STRESS, "size", 10.0),
    SleepLoss: (SLEEP_LOSS, "hours", 12.0),
    Contact: (CONTACT, "support", 1.0),
}


def entry_of(
    action: object, planned: Callable[[str], tuple[int, int]], cue: Cue | None = None
) -> tuple[int, int, int, float]:
    """Delay in minutes, kind, index and amount of an action.

    `planned` gives kind and index of the entry that an event of the scenario brings. Raises InputError for anything
    else than an action, or a value that is not permitted.
    """
    name = type(action).__name__
    after = getattr(action, "after", 0)
    if not isinstance(after, int) or not 0 <= after <= MOST_DELAY:
        raise InputError(f"{name}: after = {after!r}; permitted: a whole number of minutes from 0 to {MOST_DELAY}")
    if isinstance(action, Dose):
        fault = dose_fault(action.drug, action.mg)
        if fault:
            raise InputError(fault)
        return after, DOSE, drug_index(action.drug), float(action.mg)
    if isinstance(action, Happen):
        if not 0.0 <= action.dose <= 10.0:
            raise InputError(f"Happen: dose = {action.dose!r}; permitted: 0 to 10")
        kind, index = planned(action.event)
        return after, kind, index, float(action.dose)
    if isinstance(action, Remind) and cue is not None:
        return after, REMINDER, cue(action), 0.0
    if type(action) not in _SIZES:
        known = ", ".join(cls.__name__ for cls in (Dose, Happen, *_SIZES))
        raise InputError(f"a person asked for {action!r}; permitted: {known}")
    kind, field, most = _SIZES[type(action)]
    size = getattr(action, field)
    if isinstance(size, bool) or not isinstance(size, int | float) or not 0.0 <= size <= most:
        raise InputError(f"{name}: {field} = {size!r}; permitted: 0 to {most:g}")
    return after, kind, 0, float(size)
