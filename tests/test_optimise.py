"""The search for designs: a known front found under noise, limits kept, the race spares, fresh seeds tell the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from analysis.design.pareto import hypervolume
from cohort.design.search import Aim, Evaluate, Method, Tried, best, race, search, surely_worse, valued
from cohort.design.specification import Axis

AXES = {name: Axis(key=f"interventions.pill.{name}", low=0.0, high=1.0) for name in ("mg", "days", "hours")}
AIM = Aim(("harm", "cost"), 2, {})


class Bench:
    """Harm (1 - mg)^2 and cost mg^2, and on both what days and hours are away from .5: the front is days = hours = .5.

    Noise is the same for all candidates of a replicate (common draws), and a little of each one's own.
    """

    def __init__(self, common: float = 1.0, own: float = 0.02, worlds: int = 2) -> None:
        self.common, self.own, self.worlds, self.lives = common, own, worlds, 0

    def truth(self, levers: dict[str, Any]) -> np.ndarray:
        away = (levers["days"] - 0.5) ** 2 + (levers["hours"] - 0.5) ** 2
        return np.array([(1.0 - levers["mg"]) ** 2 + away, levers["mg"] ** 2 + away])

    def __call__(self, levers: Sequence[dict[str, Any]], replicate: int) -> list[np.ndarray | None]:
        shared = np.random.default_rng([replicate, 1]).normal(0.0, self.common, 2)
        out: list[np.ndarray | None] = []
        for one in levers:
            self.lives += 1
            words = np.array(list(one.values())).view(np.uint64)
            luck = np.random.default_rng([replicate, *words.tolist()]).normal(0.0, self.own, (self.worlds, 2))
            out.append(self.truth(one) + shared + luck)
        return out


def found(bench: Evaluate, aim: Aim = AIM, **changed: Any) -> list[Tried]:
    given: dict[str, Any] = {"trials": 240, "batch": 24, "replicates": 3, "seed": 1}
    return search(AXES, aim, bench, **(given | changed))


@pytest.mark.parametrize("method", ["nsga2", "tpe"])
def test_a_known_front_is_found_under_noise(method: Method) -> None:
    bench = Bench()
    trials = 240 if method == "nsga2" else 96
    kept = best(found(bench, method=method, trials=trials), AIM)
    true = np.array([bench.truth(one.levers) for one in kept])
    mg = np.linspace(0.0, 1.0, 400)
    whole = hypervolume(np.column_stack([(1.0 - mg) ** 2, mg**2]), [1.2, 1.2])
    assert hypervolume(true, [1.2, 1.2]) > 0.85 * whole
    spread = np.random.default_rng(1).random((trials, 3))
    by_luck = [bench.truth(dict(zip(AXES, row, strict=True))) for row in spread]
    assert hypervolume(true, [1.2, 1.2]) > hypervolume(by_luck, [1.2, 1.2])


def test_limits_are_kept() -> None:
    bench = Bench(common=0.0, own=0.001)
    aim = Aim(("harm", "cost"), 2, {1: 0.25})
    kept = best(found(bench, aim, trials=72), aim)
    assert kept
    assert all(bench.truth(one.levers)[1] < 0.26 for one in kept)
    assert best(found(bench, trials=24), Aim(("harm", "cost"), 2, {1: -1.0})) == []


def test_the_race_spares_replicates_and_drops_nobody_of_the_front() -> None:
    bench = Bench(common=5.0, own=0.001)
    levers = [{"mg": mg, "days": days, "hours": 0.5} for mg in (0.2, 0.5, 0.8) for days in (0.5, 0.9, 1.0)]
    raced = race(levers, AIM, bench, [], 6)
    assert [gone for _, gone in raced] == [days > 0.5 for _ in range(3) for days in (0.5, 0.9, 1.0)]
    assert bench.lives == 9 * 2 + 3 * 4
    rivals = [seen for seen, gone in raced if seen is not None and not gone]
    again = race([{"mg": 0.5, "days": 1.0, "hours": 0.0}], AIM, bench, rivals, 6)
    assert again[0][1]  # against those of an earlier batch


def test_alike_and_unsure_candidates_stay_in_the_race() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=(4, 2, 2))
    assert not surely_worse(one, one, 2)
    assert not surely_worse(one, one + rng.normal(0.0, 1.0, one.shape), 2)
    assert surely_worse(one + 0.1, one, 2)
    assert surely_worse(one + np.array([0.1, 0.0]), one, 2)
    assert not surely_worse(one + np.array([0.1, -0.1]), one, 2)
    assert not surely_worse(one[:1] + 0.1, one, 2)


def test_what_the_search_shows_is_too_good_and_fresh_seeds_are_not() -> None:
    bench = Bench(common=0.0, own=0.3, worlds=1)
    kept = best(found(bench, trials=96, replicates=2), AIM)
    fresh = valued([one.levers for one in kept], bench, 1000, 12)
    true = np.array([bench.truth(one.levers) for one in kept])
    bias = np.mean([one.mean for one in kept] - true)
    honest = np.mean([seen.mean(axis=(0, 1)) for seen in fresh if seen is not None] - true)
    assert bias < -0.1
    assert abs(honest) < 0.05


def test_a_search_that_is_gone_through_again_is_the_same() -> None:
    """By answers that are known: also one that was to be shorter."""
    whole = found(Bench(), trials=36, batch=12)
    short = found(Bench(), trials=30, batch=12)
    again = found(Bench(), trials=36, batch=12)
    assert [one.levers for one in short] == [one.levers for one in whole[:30]]
    for one, other in zip(whole, again, strict=True):
        assert (one.number, one.levers, one.dropped) == (other.number, other.levers, other.dropped)
        assert np.array_equal(one.seen, other.seen)


def test_a_rival_that_exceeds_a_limit_drops_nobody() -> None:
    """Better in harm and cost, but with more of the third thing than is permitted."""

    def evaluate(levers: Sequence[dict[str, Any]], replicate: int) -> list[np.ndarray | None]:
        return [np.array([[1.0 - one["mg"], 1.0 - one["mg"], one["mg"]]]) for one in levers]

    levers = [{"mg": 0.2}, {"mg": 0.4}, {"mg": 0.8}]
    free = Aim(("harm", "cost", "risk"), 2, {})
    assert [gone for _, gone in race(levers, free, evaluate, [], 3)] == [True, True, False]
    limited = Aim(("harm", "cost", "risk"), 2, {2: 0.5})
    assert [gone for _, gone in race(levers, limited, evaluate, [], 3)] == [True, False, False]


def test_a_candidate_that_fails_is_told_and_left_out() -> None:
    class Half(Bench):
        def __call__(self, levers: Sequence[dict[str, Any]], replicate: int) -> list[np.ndarray | None]:
            found = super().__call__(levers, replicate)
            return [None if one["mg"] > 0.5 else seen for one, seen in zip(levers, found, strict=True)]

    tried = found(Half(), trials=48)
    assert len(tried) == 48
    assert all((one.seen is None) == (one.levers["mg"] > 0.5) for one in tried)
    assert all(one.levers["mg"] <= 0.5 for one in best(tried, AIM))
    assert valued([{"mg": 0.9, "days": 0.5, "hours": 0.5}], Half(), 0, 2) == [None]
