"""What a person's own behaviour and an intervention may ask for: a closed set of actions.

None of them touches a memory or an outcome, and none sets a level: an action becomes an entry of the person's agenda,
as an event of the scenario does, and what comes of it is left to the person's own mechanisms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from cohort.errors import InputError
from cohort.pharmacology import dose_fault, drug_index
from cohort.state import (
    CONTACT,
    DOSE,
    DRIVE,
    RECALL,
    REMINDER,
    SLEEP_LOSS,
    STRESS,
    TASK,
    VERBAL,
    VISUOSPATIAL,
)

MOST_DELAY: Final = 366 * 1440  # minutes
MOST_DURATION: Final = 480.0  # minutes
LONGEST_TEXT: Final = 100  # characters of a context or a goal


@dataclass(frozen=True, slots=True)
class Dose:
    """An oral dose of a drug, `after` so many minutes."""

    drug: str
    mg: float
    after: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """A task that takes up the share `amount` of one store of working memory: of images, or of words."""

    amount: float = 1.0
    system: Literal["visuospatial", "verbal"] = "visuospatial"
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
class SleepGain:
    """So many hours more for the next night's sleep, of which no more are slept than a rested person can."""

    hours: float
    after: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """Company that gives support, 0 to 1."""

    support: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Drive:
    """Practice of attention: a drive on prefrontal control, which decays; `size` is the share of what is left to gain.

    How far it carries, and how long, are the parameters `control_drive` and `drive_days`.
    """

    size: float
    after: int = 0


@dataclass(frozen=True, slots=True)
class Happen:
    """What an event of the scenario brings, to a dose, whenever that event itself takes place."""

    event: str
    dose: float = 1.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Remind:
    """A reminder of a scene ("" is the study's focus), for those who have a trace of it.

    It shows the share `cue` of the scene's features for `duration` minutes, in safety (1) or not (0), in the scene's
    own context or another. `reappraisal` is the instruction to see the event anew, 0 to 1.
    """

    scene: str = ""
    cue: float = 1.0
    safe: float = 1.0
    duration: float = 5.0
    context: str | None = None
    reappraisal: float = 0.0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at voluntary recall of a scene ("" is the study's focus): what comes back changes by it.

    As `Remind`; `goal` is what is looked for, as narrative content.
    """

    scene: str = ""
    cue: float = 1.0
    safe: float = 1.0
    duration: float = 5.0
    context: str | None = None
    goal: str | None = None
    after: int = 0


type Action = Dose | Task | Stress | SleepLoss | SleepGain | Contact | Drive | Happen | Remind | Attempt
Cue = Callable[[Remind | Attempt], int]  # row of the table of scenes that an action meets

_SIZES: Final[dict[type, tuple[int, str, float]]] = {
    Task: (TASK, "amount", 1.0),
    Stress: (STRESS, "size", 10.0),
    SleepLoss: (SLEEP_LOSS, "hours", 12.0),
    SleepGain: (SLEEP_LOSS, "hours", 12.0),
    Contact: (CONTACT, "support", 1.0),
    Drive: (DRIVE, "size", 1.0),
}
_SYSTEMS: Final = {"visuospatial": VISUOSPATIAL, "verbal": VERBAL}
_SHARES: Final = ("cue", "safe", "reappraisal")
_TEXTS: Final = ("scene", "context", "goal")


def entry_of(
    action: object, planned: Callable[[str], tuple[int, int]], cue: Cue | None = None
) -> tuple[int, int, int, float]:
    """Delay in minutes, kind, index and amount of an action.

    `planned` gives kind and index of the entry that an event of the scenario brings, `cue` the row of scenes that a
    reminder or an attempt meets; without it these two are refused. Raises InputError for anything else than an action,
    or a value that is not permitted.
    """
    name = type(action).__name__
    if type(action) not in (*_SIZES, Dose, Happen, Remind, Attempt):
        raise InputError(f"{action!r:.80} is no action; permitted: {_permitted(cue)}")
    after = getattr(action, "after", 0)
    if type(after) is not int or not 0 <= after <= MOST_DELAY:
        raise InputError(f"{name}: after = {after!r}; permitted: a whole number of minutes from 0 to {MOST_DELAY}")
    if isinstance(action, Dose):
        fault = dose_fault(action.drug, action.mg)
        if fault:
            raise InputError(fault)
        return after, DOSE, drug_index(action.drug), float(action.mg)
    if isinstance(action, Happen):
        _check_number(action, "dose", 10.0)
        kind, index = planned(action.event)
        return after, kind, index, float(action.dose)
    if isinstance(action, Remind | Attempt):
        if cue is None:
            raise InputError(
                f"{name}: a person's own behaviour cannot bring it, as what it shows must stand in the plan; name an "
                f"event of the scenario with Happen instead; permitted: {_permitted(cue)}"
            )
        _check_cue(action)
        if isinstance(action, Remind):
            return after, REMINDER, cue(action), 0.0  # those without a trace have nothing to be reminded of
        return after, RECALL, cue(action), 1.0
    kind, field, most = _SIZES[type(action)]
    size = _check_number(action, field, most)
    if isinstance(action, Task) and action.system not in _SYSTEMS:
        raise InputError(f"Task: system = {action.system!r}; permitted: {', '.join(_SYSTEMS)}")
    index = _SYSTEMS[action.system] if isinstance(action, Task) else 0
    return after, kind, index, -size if isinstance(action, SleepGain) else size


def _permitted(cue: Cue | None) -> str:
    cued = () if cue is None else (Remind, Attempt)
    return ", ".join(cls.__name__ for cls in (Dose, Happen, *_SIZES, *cued))


def _check_number(action: object, field: str, most: float) -> float:
    value = getattr(action, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= most:
        raise InputError(f"{type(action).__name__}: {field} = {value!r}; permitted: 0 to {most:g}")
    return float(value)


def _check_cue(action: Remind | Attempt) -> None:
    """Raise InputError for a value of a reminder or an attempt that is not permitted."""
    for field in _SHARES:
        if hasattr(action, field):
            _check_number(action, field, 1.0)
    _check_number(action, "duration", MOST_DURATION)
    for field in _TEXTS:
        text = getattr(action, field, None)
        if text is None and field != "scene":
            continue
        if not isinstance(text, str) or len(text) > LONGEST_TEXT or (field != "scene" and not text):
            raise InputError(
                f"{type(action).__name__}: {field} = {text!r:.80}; permitted: text of up to {LONGEST_TEXT} characters"
            )
