"""The worlds of a trial: everybody under one arm, for each arm; and how they part from a history that they share.

Worlds that are given the same live as one until they first differ. The tree says from which stop to which a group of
worlds lives as one, and which groups it then parts into. Nothing in a world depends on which others there are: they
part at stops that are there anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cohort.designs import Given
from cohort.plan import Plan
from cohort.protocol import Protocol


@dataclass(frozen=True)
class Offer:
    """What is given in a world: to everybody who takes part, or only to those allotted to arm `only`."""

    given: Given
    only: int | None = None


@dataclass(frozen=True)
class World:
    """One world: an arm (by position), or with None the trial as it is seen: each as allotted."""

    arm: int | None
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Branch:
    """A stretch of history, from minute `start` to `end`, that `worlds` share, and what they part into."""

    worlds: tuple[World, ...]
    start: int
    end: int
    then: tuple[Branch, ...] = ()

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What is given in every one of the worlds."""
        shared = set(self.worlds[0].offers).intersection(*(world.offers for world in self.worlds))
        return tuple(offer for offer in self.worlds[0].offers if offer in shared)

    @property
    def days(self) -> float:
        """Days that are lived in this branch and all that follow."""
        return (self.end - self.start) / 1440.0 + sum(branch.days for branch in self.then)


def in_order(root: Branch) -> list[tuple[Branch, int | None]]:
    """Every branch and the place of the one from which it goes on, in the order in which they are lived."""
    out: list[tuple[Branch, int | None]] = []

    def visit(branch: Branch, parent: int | None) -> None:
        place = len(out)
        out.append((branch, parent))
        for following in branch.then:
            visit(following, place)

    visit(root, None)
    return out


def worlds_of(protocol: Protocol, *, observed: bool) -> tuple[World, ...]:
    """A world for each arm; with `observed`, one more in which each has only the arm allotted."""
    worlds = [World(k, tuple(map(Offer, arm.given))) for k, arm in enumerate(protocol.arms)]
    if observed:
        allotted = tuple(Offer(given, k) for k, arm in enumerate(protocol.arms) for given in arm.given)
        worlds.append(World(None, allotted))
    return tuple(worlds)


def influences(plan: Plan) -> bool:
    """Whether persons influence each other, so that a trial is not the sum of its persons."""
    return plan.talk is not None


def tree(plan: Plan) -> Branch:
    """How the worlds of a plan part. Without a trial there is one branch."""
    trial = plan.protocol.randomized is not None
    worlds = worlds_of(plan.protocol, observed=trial and influences(plan))
    return _branch(plan, worlds, 0)


def _branch(plan: Plan, worlds: Sequence[World], start: int) -> Branch:
    shared = set(worlds[0].offers).intersection(*(world.offers for world in worlds))
    firsts: dict[Offer, int] = {}
    for world in worlds:
        for offer in world.offers:
            first = plan.protocol.earliest(offer.given)
            if offer not in shared and first is not None and first < plan.end:
                firsts[offer] = first
    if not firsts:
        return Branch(tuple(worlds), start, plan.end)
    stops = (start, *(stop for stop in plan.stops if stop > start))
    end = max(stop for stop in stops if stop <= max(min(firsts.values()), start))
    following = next((stop for stop in stops if stop > end), plan.end)
    groups: dict[frozenset[Offer], list[World]] = defaultdict(list)
    for world in worlds:
        groups[frozenset(o for o in world.offers if firsts.get(o, plan.end) < following)].append(world)
    return Branch(tuple(worlds), start, end, tuple(_branch(plan, group, end) for group in groups.values()))
