"""What an intervention is: a table of a scenario that says which actions follow each other, and nothing else.

A kind is one short class with a `course`: a function of its own keys alone. It gets no reference to a person, a memory
or a model, and what it returns is checked when the scenario is loaded, so it can do nothing that is no action. To add
one, write a `Treatment` with its keys, the same as an `Intervention`, and name the latter in `KINDS`.
"""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from cohort.actions import Action, Cue, entry_of
from cohort.errors import InputError
from cohort.strict import Name, Share, Table, Text, key, number
from cohort.times import MOMENTS

Course = tuple[tuple[int, tuple["Step", ...]], ...]  # sessions as (minutes from the start, steps)

DAY = 1440  # minutes
WEEK = 7 * DAY
MOST_SESSIONS = 2000
MOST_ACTIONS = 500  # in one session
MOST_AFTER = 3 * 366 * 1440  # minutes from the start of an intervention to its last session


@dataclass(frozen=True, slots=True)
class Session:
    """What is done at one time: `after` minutes from the start; the actions' own `after` counts from the session."""

    after: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An action as an entry of an agenda: minutes from the start, kind, index and amount (`state.ENTRY`)."""

    session: int  # from 1
    after: int
    kind: int
    index: int
    amount: float


class Treatment(Table):
    """What is done, by kind: keys, and the sessions that follow from them."""

    @abstractmethod
    def course(self) -> tuple[Session, ...]:
        """The sessions, a function of the keys alone."""


class Intervention(Treatment):
    """A treatment as a scenario gives it: its name, when it begins, for whom, and how well it is kept to."""

    name: Name = key(..., "name of the intervention")
    at: Text | None = key(
        None, f"when it begins: {MOMENTS}; EVENT may be an intervention that stands above (default: at randomization)"
    )
    when: Text | None = key(None, 'it begins when this holds at an assessment, such as "pcl5 >= 33 for 2 assessments"')
    who: Text | None = key(None, "who may get it: an expression over what can be known of a person then")
    oracle: bool = key(False, "whether `who` and `when` may read what no clinician could know")
    adherence: Share = key(1.0, "chance that a session takes place")
    dropout: Share = key(0.0, "chance to leave for good, at each session after the first")
    cost: float = number(0.0, 0.0, 1e6, "cost of a session that takes place, US$")


def checked_course(told: Intervention, cue: Cue, planned: Callable[[str], tuple[int, int]]) -> Course:
    """Sessions of an intervention as (minutes from its start, steps).

    `cue` gives the row of scenes that an action meets, `planned` the entry of an event. Raises InputError, with the
    intervention and the session, for anything that is no action of the closed set, or a value that is not permitted.
    """
    where = f"intervention '{told.name}'"
    wanted = list(inspect.signature(type(told).course).parameters)
    if wanted != ["self"]:
        raise InputError(f"{where}: its course asks for {', '.join(wanted[1:])}; permitted: nothing beside its keys")
    sessions = told.course()
    if not isinstance(sessions, tuple) or not all(type(session) is Session for session in sessions):
        raise InputError(f"{where}: its course gives {sessions!r:.80}; permitted: a tuple of sessions")
    if not 0 < len(sessions) <= MOST_SESSIONS:
        raise InputError(f"{where}: {len(sessions)} sessions; permitted: 1 to {MOST_SESSIONS}")
    out = []
    for number_, session in enumerate(sessions, 1):
        if type(session.after) is not int or not 0 <= session.after <= MOST_AFTER:
            raise InputError(f"{where}, session {number_}: after = {session.after!r}; permitted: 0 to {MOST_AFTER} min")
        if not isinstance(session.actions, tuple) or len(session.actions) > MOST_ACTIONS:
            raise InputError(
                f"{where}, session {number_}: actions = {session.actions!r:.80}; permitted: a tuple of up to "
                f"{MOST_ACTIONS} actions"
            )
        steps = []
        for action in session.actions:
            try:
                after, kind, index, amount = entry_of(action, planned, cue)
            except InputError as fault:
                raise InputError(f"{where}, session {number_}: {fault}") from None
            steps.append(Step(number_, session.after + after, kind, index, amount))
        out.append((session.after, tuple(steps)))
    return tuple(out)
