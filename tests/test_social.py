"""Talk: who tells, to whom, and what both sides take; and what support received does to load.

Every seed is fixed; the bound of a statistical test is what a sound draw passes with probability above .999.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]
from scipy.sparse import csr_array  # type: ignore[import-untyped]

from cohort.events import Scene, calendar, scene_table
from cohort.network import DISTANT_TIE, HOUSEHOLD_TIE, NEAR_TIE, Network, draw_network
from cohort.parameters import Parameters
from cohort.population import Population, median_traits
from cohort.social import (
    TOLD_LEVELS,
    Recollection,
    candidates,
    disclosing,
    disclosure_chance,
    exchange,
    partners,
    told_rows,
)
from cohort.state import CONTACT, ELEMENTS, EXPERIENCE, RECALL, REMINDER, STRESS, TRAIT_COLUMNS

N = 4000
SEED = 9
P = Parameters()
LEAST_P = 1e-3
DAY = 1440


def read(n: int, **other: NDArray[np.generic] | float | bool) -> Recollection:
    """Median persons to whom a fresh episode comes back whole at full distress."""
    one = np.ones(n)
    fresh = Recollection(one > 0.0, one, 0.0 * one, one, 0.0 * one, 0.0 * one, one)
    return replace(fresh, **{name: np.broadcast_to(value, n).copy() for name, value in other.items()})


@pytest.fixture(scope="module")
def society() -> Network:
    return draw_network(
        SEED, np.arange(N), sizes=(0.3, 0.4, 0.2, 0.1), contacts=6.0, rewiring=0.2, radius=5.0
    )  # fmt: skip


# --- who tells


def test_rates_of_nought_and_one() -> None:
    ids = np.arange(N)
    assert len(candidates(SEED, 60, 0.0, ids)) == 0
    assert np.array_equal(candidates(SEED, 60, 1.0, ids), ids)
    assert disclosing(SEED, 60, 1.0, ids, read(N), P).all()
    assert not disclosing(SEED, 60, 0.0, ids, read(N), P).any()


def test_the_rate_is_the_share_that_discloses() -> None:
    ids = np.arange(N)
    told = sum(disclosing(SEED, minute, 0.1, ids, read(N), P).sum() for minute in range(50))
    assert stats.binomtest(int(told), 50 * N, 0.1).pvalue > LEAST_P


def test_whoever_discloses_was_a_candidate() -> None:
    """The dominating draw misses nobody, whatever the state."""
    ids = np.arange(N)
    best = read(N, support=20.0)
    told = np.flatnonzero(disclosing(SEED, 60, 0.1, ids, best, P))
    who = candidates(SEED, 60, 0.1, ids)
    assert set(told) <= set(who)
    assert np.array_equal(who[disclosing(SEED, 60, 0.1, who, best[who], P)], told)


@pytest.mark.parametrize(
    ("name", "less", "more"),
    [("avoidance", 0.8, 0.2), ("support", 0.4, 2.0), ("distress", 0.1, 0.9), ("days", 30.0, 2.0)],
)
def test_thinning_by_state(name: str, less: float, more: float) -> None:
    """The chance moves in the declared direction, and who tells at the lower one tells at the higher one."""
    ids = np.arange(N)
    low, high = (disclosing(SEED, 60, 0.4, ids, read(N, **{name: value}), P) for value in (less, more))
    assert low.sum() < 0.9 * high.sum()
    assert not np.any(low & ~high)


@pytest.mark.parametrize(
    ("name", "state"),
    [("talk_avoidance", {"avoidance": 0.8}), ("talk_support", {"support": 3.0}), ("talk_distress", {"distress": 0.2})],
)
def test_without_its_weight_a_state_does_not_matter(name: str, state: dict[str, float]) -> None:
    off = Parameters({name: 0.0})
    assert disclosure_chance(read(1, **state), 0.3, off) == pytest.approx(0.3)
    assert disclosure_chance(read(1, **state), 0.3, P) != pytest.approx(0.3)


def test_open_talk_lasts_for_about_two_weeks() -> None:
    days = np.array([0.0, 14.0, 42.0, 365.0])
    chance = disclosure_chance(read(4, days=days), 1.0, P)
    assert chance[0] == 1.0
    assert chance[1] < 0.5
    assert chance[2] < 0.2
    assert chance[3] == pytest.approx(P["talk_lasting"])


def test_what_does_not_come_back_is_not_told() -> None:
    assert not disclosing(SEED, 60, 1.0, np.arange(N), read(N, recalled=False), P).any()


def test_draws_do_not_depend_on_chunks_and_order() -> None:
    ids = np.random.default_rng(3).permutation(N)
    whole = candidates(SEED, 77, 0.2, np.arange(N))
    assert set(ids[candidates(SEED, 77, 0.2, ids)]) == set(whole)
    parts = [low + candidates(SEED, 77, 0.2, np.arange(low, low + 500)) for low in range(0, N, 500)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(np.setxor1d(whole, candidates(SEED, 78, 0.2, np.arange(N)))) > 0
    assert len(np.setxor1d(whole, candidates(SEED, 77, 0.2, np.arange(N), topic=1))) > 0


# --- to whom


def test_partners_are_contacts_and_come_from_home_as_declared(society: Network) -> None:
    ids = np.arange(N)
    ties = society.ties
    mates = np.array(
        [(ties.data[a:b] == HOUSEHOLD_TIE).sum() for a, b in zip(ties.indptr, ties.indptr[1:], strict=False)]
    )
    both = np.flatnonzero((mates > 0) & (mates < np.diff(ties.indptr)))
    home = total = 0
    for minute in range(40):
        tellers = np.intersect1d(both, candidates(SEED, minute, 0.1, ids))  # telling says nothing of to whom
        told = partners(SEED, minute, ids, ties, tellers, P)
        assert np.all(np.asarray(ties[tellers, told]) > 0)
        home += int((society.household[tellers] == society.household[told]).sum())
        total += len(tellers)
    assert stats.binomtest(home, total, P["talk_household"]).pvalue > LEAST_P


def star(*kinds: int) -> csr_array:
    """Ties of person 0 to persons 1, 2, ...: its own row only."""
    n = len(kinds) + 1
    row = np.array([0] + [len(kinds)] * n, dtype=np.int32)
    return csr_array((np.array(kinds, dtype=np.int8), np.arange(1, n, dtype=np.int32), row), shape=(n, n))


def shares(ties: csr_array, parameters: Parameters, rounds: int = 20_000) -> NDArray[np.int64]:
    tellers = np.array([0])
    ids = np.arange(ties.shape[0])
    found = [partners(SEED, minute, ids, ties, tellers, parameters)[0] for minute in range(rounds)]
    return np.bincount(found, minlength=ties.shape[0])[1:]


def test_closer_contacts_are_told_more_often() -> None:
    counts = shares(star(HOUSEHOLD_TIE, NEAR_TIE, DISTANT_TIE, HOUSEHOLD_TIE, NEAR_TIE), P)
    home, far = P["talk_household"], P["talk_distant"]
    out = (1.0 - home) / (2.0 + far)
    expected = np.array([home / 2, out, out * far, home / 2, out])
    assert stats.chisquare(counts, expected * counts.sum()).pvalue > LEAST_P


def test_who_has_only_one_kind_of_tie_tells_there() -> None:
    assert shares(star(HOUSEHOLD_TIE), Parameters({"talk_household": 0.0}), 50).tolist() == [50]
    assert shares(star(NEAR_TIE), Parameters({"talk_household": 1.0}), 50).tolist() == [50]
    only_far = Parameters({"talk_household": 0.0, "talk_distant": 0.0})
    assert shares(star(DISTANT_TIE, HOUSEHOLD_TIE), only_far, 50).tolist() == [0, 50]


def test_talk_with_nobody() -> None:
    alone = draw_network(SEED, np.arange(50), sizes=(1.0,), contacts=0.0, rewiring=0.0, radius=1.0)
    tellers = np.arange(50)
    listeners = partners(SEED, 5, tellers, alone.ties, tellers, P)
    assert np.all(listeners == -1)
    assert len(exchange(5, tellers, listeners, read(50), np.full(50, np.nan), 0, 0.5, 0.1)) == 0


def test_partners_do_not_depend_on_the_order_of_persons(society: Network) -> None:
    order = np.random.default_rng(3).permutation(N)
    there = np.argsort(order)
    plain = partners(SEED, 77, np.arange(N), society.ties, np.arange(N), P)
    ties = society.ties[order][:, order]
    ties.sort_indices()
    shuffled = partners(SEED, 77, order, ties, there, P)
    assert np.array_equal(np.where(shuffled < 0, -1, order[shuffled]), plain)
    some = np.arange(0, N, 7)
    assert np.array_equal(partners(SEED, 77, np.arange(N), society.ties, some, P), plain[some])


# --- what both take


def test_both_sides_of_a_talk() -> None:
    told = read(1, accuracy=0.6, fragmentation=0.25)  # .45, the fourth step of eight
    rows = exchange(100, np.array([7]), np.array([3]), told, np.array([1.0]), 20, 0.5, 0.15)
    assert rows.tolist() == [
        (3, 100, REMINDER, 20 + 3, 0.15),
        (7, 100, REMINDER, 20 + TOLD_LEVELS - 1, 0.0),
        (7, 100, CONTACT, 0, 0.5),
    ]


def test_the_listener_hears_what_hangs_together() -> None:
    accuracy = np.array([1.0, 1.0, 0.5, 0.01, 0.0, 1.0])
    fragmentation = np.array([0.0, 0.5, 0.0, 0.0, 0.0, 1.0])
    tellers = np.arange(6)
    told = read(6, accuracy=accuracy, fragmentation=fragmentation)
    rows = exchange(1, tellers, tellers + 10, told, np.ones(6), 0, 0.5, 0.1)
    heard = rows[rows["person"] >= 10]
    assert heard["person"].tolist() == [10, 11, 12, 13]  # who is told nothing hears nothing
    assert (heard["index"] + 1).tolist() == [8, 4, 4, 1]


def test_support_received_grows_with_the_listeners_support() -> None:
    tellers = np.arange(3)
    rows = exchange(1, tellers, tellers + 5, read(3), np.array([0.5, 1.0, 30.0]), 0, 0.8, 0.0)
    amount = rows["amount"][rows["kind"] == CONTACT]
    assert amount.tolist() == pytest.approx([0.8 * 2 / 3, 0.8, 1.0])


def test_talk_at_one_moment_does_not_depend_on_the_order_of_tellers(society: Network) -> None:
    """Two may tell each other, and one may listen to many: rows are the same in any order."""
    rng = np.random.default_rng(5)
    tellers = np.arange(0, N, 3)
    told = read(len(tellers), accuracy=rng.uniform(size=len(tellers)))
    support = rng.lognormal(size=N)
    order = rng.permutation(len(tellers))
    found = []
    for k in (np.arange(len(tellers)), order):
        listeners = partners(SEED, 9, np.arange(N), society.ties, tellers[k], P)
        found.append(exchange(9, tellers[k], listeners, told[k], support[listeners], 0, 0.5, 0.1))
    assert found[0].tobytes() == found[1].tobytes()
    heard = found[0][(found[0]["kind"] == REMINDER) & (found[0]["amount"] > 0.0)]
    assert len(np.unique(heard["person"])) < len(heard)  # somebody listened to two


def test_told_rows_hold_rising_shares_of_the_scene() -> None:
    scene = Scene(0, {e: e for e in ELEMENTS}, threat=0.9, safe=0.0).record()
    rows = told_rows(scene, P)
    assert len(rows) == TOLD_LEVELS
    count = [sum(int(mask).bit_count() for mask in row["features"]) for row in rows]
    assert count == [64 * (k + 1) // TOLD_LEVELS for k in range(TOLD_LEVELS)]
    assert np.all(rows["safe"] == 1.0)
    assert np.all(rows["duration"] == P["talk_minutes"])
    assert np.all(rows["threat"] == 0.9)


# --- in the kernel


def loads(amount: float, support: float = 1.0, **overrides: float) -> float:
    """Fast load an hour after a stressor, and a contact in between."""
    traits = median_traits(1)
    traits[:, TRAIT_COLUMNS.index("support")] = support
    population = Population(traits, 1, scene_table([Scene(0, {})]), overrides=overrides)
    population.live(calendar([(9.0, STRESS, 0, 1.0), (9.5, CONTACT, 0, amount)]), 600, 1)
    return float(population.column("load_fast")[0])


def test_support_received_lowers_load() -> None:
    relief = P["contact_relief"]
    assert loads(1.0) / loads(0.0) == pytest.approx(1.0 - relief, rel=1e-6)
    assert loads(0.5) / loads(0.0) == pytest.approx(1.0 - 0.5 * relief, rel=1e-6)
    assert loads(1.0, 3.0) / loads(0.0, 3.0) == pytest.approx(1.0 - 1.5 * relief, rel=1e-6)
    assert loads(1.0, contact_relief=0.0) == loads(0.0)
    assert loads(1.0, 50.0, contact_relief=0.9) > 0.0


def test_a_round_of_talk_in_a_population() -> None:
    """Half of a town is flooded; a week on, some tell. Read for all, then written for all."""
    n, when = 300, 7 * DAY + 19 * 60
    flood = Scene(0, {e: f"{e} of the flood" for e in ELEMENTS}, arousal=0.8, threat=0.8, valence=-0.8)
    scenes = np.concatenate([flood.record(), told_rows(flood.record(), P)])
    society = draw_network(SEED, np.arange(n), sizes=(0.3, 0.7), contacts=4.0, rewiring=0.1, radius=5.0)
    states = []
    for order in (1, -1):
        # What an intrusion of that hour adds to load is not the subject: without it talk alone moves load.
        population = Population(median_traits(n), SEED, scenes, overrides={"load_distress": 0.0})
        everybody = np.arange(n)
        population.deliver(everybody[::2], 600, EXPERIENCE, 0, 1.0)
        population.deliver(everybody, 700, STRESS, 0, 1.0)
        population.live_until(when, threads=1)
        before = population.column("load_fast").copy()
        who = candidates(SEED, when, 0.5, population.ids)[::order]
        population.deliver(who, when, RECALL, TOLD_LEVELS, 0.0)
        log = population.live_until(when + 1, who, threads=1)
        log = log[log["kind"] == RECALL]  # something may have intruded in that minute, too
        brought = Recollection(
            log["episode"] == 0, log["accuracy"], log["fragmentation"], log["distress"],
            (when - population.memory("encoded")[who, 0]) / DAY, population.column("avoidance")[who],
            population.traits[who, TRAIT_COLUMNS.index("support")],
        )  # fmt: skip
        tells = disclosing(SEED, when, 0.5, population.ids[who], brought, P)
        tellers = who[tells]
        listeners = partners(SEED, when, population.ids, society.ties, tellers, P)
        rows = exchange(when + 1, tellers, listeners, brought[tells], np.ones(len(tellers)), 1, 0.5, 0.3)
        for kind in (REMINDER, CONTACT):
            mine = rows[rows["kind"] == kind]
            population.deliver(mine["person"], mine["minute"], kind, mine["index"], mine["amount"])
        population.live_until(when + 60, threads=1)
        states.append((population.persons.tobytes(), population.memories.tobytes()))
    assert states[0] == states[1]
    assert np.all(tellers % 2 == 0)  # only those who were there have something to tell
    assert 10 < len(tellers) < 100
    met = tellers[listeners >= 0]
    untouched = np.setdiff1d(everybody, np.concatenate([tellers, listeners]))
    eased = population.column("load_fast") / before
    assert eased[met].max() < eased[untouched].min() - 0.04
    traces = population.memory("live")[:, 0] == 1.0
    new = np.unique(listeners[(listeners % 2 == 1)])
    assert len(new) > 5
    assert np.all(traces[new])
    assert not traces[np.setdiff1d(everybody[1::2], new)].any()


@pytest.mark.slow
def test_a_round_of_a_million_persons() -> None:
    n = 1_000_000
    ids = np.arange(n)
    society = draw_network(SEED, ids, sizes=(0.3, 0.4, 0.2, 0.1), contacts=8.0, rewiring=0.1, radius=5.0)
    began = time.perf_counter()
    who = candidates(SEED, 60, 0.1, ids)
    tells = disclosing(SEED, 60, 0.1, who, read(len(who)), P)
    listeners = partners(SEED, 60, ids, society.ties, who[tells], P)
    rows = exchange(60, who[tells], listeners, read(int(tells.sum())), np.ones(int(tells.sum())), 0, 0.5, 0.1)
    assert time.perf_counter() - began < 3.0  # .4 s on an idle machine of two cores
    assert len(rows) > 250_000
