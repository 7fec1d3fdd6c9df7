"""Who need not live again under another arm: whoever is given what the reference arm gives, at the same minutes.

Arms are paired draw by draw, so such a person lives the same life under both, and an instrument reads the same of it.
Who that is follows from what instruments read under the reference arm: until somebody is first given something else,
both arms decide about this person by the same scores.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, override

import numpy as np
from numpy.typing import NDArray

from cohort.conduct import NEVER, Conduct
from cohort.designs import Given
from cohort.enrolment import Enrolled
from cohort.person import Person
from cohort.plan import Plan
from cohort.population import Population
from cohort.reference_arm import Reference
from cohort.worlds import Branch, World

OF_LIVES: Final = frozenset(("intrusions", "recalls", "measures", "memories"))  # tables of what only living shows


def can_spare(plan: Plan, enrolled: Enrolled, person: type[Person], tables: Collection[str]) -> bool:
    """Whether persons may be spared: each lives alone, and nothing is asked of a life but what instruments read."""
    known = {*plan.protocol.instruments, *enrolled.columns}
    asked = [*plan.conditions.values(), *(s.rule.holds for s in plan.protocol.starts.values() if s.rule is not None)]
    return (
        plan.protocol.randomized is not None
        and plan.talk is None
        and person.act is Person.act
        and OF_LIVES.isdisjoint(tables)
        and not any(event.measured for event in plan.events)
        and all(known.issuperset(expression.names) for expression in asked)
    )


def who_lives(
    plan: Plan,
    enrolled: Enrolled,
    population: Population,
    branch: Branch,
    begins: Mapping[str, NDArray[Any]],
    reference: Reference,
) -> NDArray[np.int64]:
    """Positions of those who in one of the worlds of a branch are ever given something else than by the reference arm.

    `begins` are the arrays of `Conduct` with which the branch begins; the reference arm has been lived to the end.
    """
    assert reference.begun is not None
    usual = {one.intervention: one for one in plan.protocol.arms[plan.protocol.reference].given}
    lives = np.zeros(len(population), dtype=bool)
    for world in branch.worlds:
        begun = _Decided(plan, enrolled, population, world, branch.start, begins, reference).begun()
        given = {offer.given.intervention: offer.given for offer in world.offers}
        for k, name in enumerate(plan.protocol.interventions):
            if given.get(name) == usual.get(name):
                lives |= begun[k] != reference.begun[k]
            else:
                lives |= (begun[k] != NEVER) | (reference.begun[k] != NEVER)
    return np.flatnonzero(lives)


class _Decided(Conduct):
    """What would be decided in a world if everybody's scores were those under the reference arm."""

    def __init__(
        self, plan: Plan, enrolled: Enrolled, population: Population, world: World, start: int,
        begins: Mapping[str, NDArray[Any]], reference: Reference,
    ) -> None:  # fmt: skip
        branch = Branch((world,), start, plan.end)
        super().__init__(plan, enrolled, population, branch, None, lambda *_: None, reference)
        self.lives = np.zeros(0, dtype=np.int64)
        self.restore(dict(begins))
        self._start = start

    def begun(self) -> NDArray[np.int64]:
        """Minutes at which each intervention (first axis) begins for each person."""
        assessed = {minute for minute in self.assessments if self._start < minute < self.plan.end}
        done: set[Any] = set()
        while True:
            due = {(m, o) for m, o in (*self.beginnings(), *self.pending()) if self._start <= m < self.plan.end} - done
            moments = {*assessed, *(minute for minute, _ in due)}
            if not moments:
                return self.arrays["begun"]
            now = min(moments)
            if now in assessed:
                assessed.remove(now)
                self.assess(now)
                continue  # what waited for a score may be due by now
            for minute, offer in due:
                if minute == now:
                    done.add((minute, offer))
                    self.begin(offer, now)

    @override
    def _treat(self, given: Given, who: NDArray[np.int64], minute: int) -> None:
        """Nobody comes to anything: all that is asked is who would."""
