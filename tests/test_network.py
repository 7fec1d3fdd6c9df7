"""Households, places and contacts: the declared distributions, and nothing but the persons matters.

Every seed is fixed; the bound of a statistical test is what a sound draw passes with probability above .999.
"""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

from cohort import network
from cohort.errors import InputError
from cohort.genome import kinship
from cohort.network import DISTANT_TIE, HOUSEHOLD_TIE, NEAR_TIE, Network, draw_households, draw_network, draw_places

SIZES = (0.28, 0.35, 0.16, 0.21)
LEAST_P = 1e-3


def drawn(n: int, seed: int = 4, contacts: float = 8.0, rewiring: float = 0.1, **other: object) -> Network:
    given = {"ids": np.arange(n), "sizes": SIZES, "radius": 5.0, **other}
    return draw_network(seed, contacts=contacts, rewiring=rewiring, **given)  # type: ignore[arg-type]


def outside(society: Network) -> NDArray[np.int64]:
    """Number of contacts outside the household of each person."""
    rows = np.repeat(np.arange(len(society.household)), np.diff(society.ties.indptr))
    return np.bincount(rows[society.ties.data != HOUSEHOLD_TIE], minlength=len(society.household))


# --- households


def test_sizes_of_households_follow_the_shares() -> None:
    household = draw_households(4, np.arange(40_000), SIZES, np.arange(40_000))
    counts = np.bincount(np.unique(household, return_counts=True)[1], minlength=5)[1:]
    assert len(counts) == 4
    assert stats.chisquare(counts, counts.sum() * np.array(SIZES)).pvalue > LEAST_P


def test_members_are_not_neighbours_in_the_list_of_persons() -> None:
    """Persons from a file may be sorted by anything: a household must not be made of one kind."""
    household = draw_households(4, np.arange(10_000), (0.0, 1.0), np.arange(10_000))
    assert np.mean(household[1:] == household[:-1]) < 0.001


@pytest.mark.parametrize("kind", ["mz", "sib"])
def test_a_family_lives_together(kind: str) -> None:
    kin = kinship(np.arange(4001), kind)  # type: ignore[arg-type]
    household = draw_households(4, kin.id, SIZES, kin.family)
    assert np.array_equal(household[:-1:2], household[1::2])
    sizes = np.unique(household, return_counts=True)[1]
    assert set(sizes[sizes % 2 == 0]) == {2, 4}
    assert sizes.sum() == 4001


def test_the_label_is_the_first_member() -> None:
    ids = np.random.default_rng(1).permutation(3000) + 17
    household = draw_households(4, ids, SIZES, ids)
    for label in np.unique(household)[:50]:
        assert ids[household == label].min() == label


# --- places


def test_households_lie_uniformly_in_the_disc() -> None:
    society = drawn(20_000, contacts=0.0)
    homes = np.unique(society.household)
    assert stats.kstest((society.distance[homes] / 5.0) ** 2, "uniform").pvalue > LEAST_P
    angle = np.arctan2(society.place[homes, 1], society.place[homes, 0])
    assert stats.kstest((angle + np.pi) / (2 * np.pi), "uniform").pvalue > LEAST_P


def test_a_household_has_one_place() -> None:
    society = drawn(2000)
    assert np.array_equal(society.place, society.place[society.household])


def test_the_curve_goes_from_cell_to_neighbouring_cell() -> None:
    """A Hilbert curve visits every cell of a grid, each a neighbour of the one before."""
    side = np.arange(-31.5, 32.0)
    grid = np.array([(x, y) for x in side for y in side], dtype=np.float32)
    order = np.argsort(network._along_curve(grid * np.float32(32.0 / 31.5)))
    steps = np.abs(np.diff(grid[order], axis=0)).sum(axis=1)
    assert np.mean(steps == 1.0) > 0.99  # the outermost points lie on the border of their cells


# --- contacts


@pytest.mark.parametrize("contacts", [0.0, 1.0, 5.0, 8.6, 20.0])
@pytest.mark.parametrize("rewiring", [0.0, 0.1, 1.0])
def test_mean_number_of_contacts(contacts: float, rewiring: float) -> None:
    degree = outside(drawn(6000, contacts=contacts, rewiring=rewiring))
    assert abs(degree.mean() - contacts) <= 0.01 * contacts


@pytest.mark.parametrize(("n", "contacts"), [(3, 8.0), (40, 8.0), (500, 60.0), (3000, 8.0)])
def test_ties_are_symmetric_single_and_no_loops(n: int, contacts: float) -> None:
    society = drawn(n, contacts=contacts, rewiring=0.3)
    ties = society.ties
    assert (ties != ties.T).nnz == 0
    assert not ties.diagonal().any()
    assert ties.has_canonical_format
    again = ties.copy()
    again.sum_duplicates()
    assert again.nnz == ties.nnz
    assert set(np.unique(ties.data)) <= {HOUSEHOLD_TIE, NEAR_TIE, DISTANT_TIE}
    rows = np.repeat(np.arange(n), np.diff(ties.indptr))
    together = society.household[rows] == society.household[ties.indices]
    assert np.array_equal(together, ties.data == HOUSEHOLD_TIE)
    sizes = np.unique(society.household, return_counts=True)[1]
    assert together.sum() == (sizes * (sizes - 1)).sum()


def test_without_rewiring_it_is_the_lattice_of_watts_and_strogatz() -> None:
    """Clustering of a ring lattice of degree k is 3 (k - 2) / (4 (k - 1)); it falls as (1 - p)**3 by rewiring."""
    found = {}
    for rewiring in (0.0, 0.2):
        ties = drawn(3000, rewiring=rewiring, sizes=(1.0,)).ties.astype(bool).astype(np.int64)
        degree = ties.sum(axis=1)
        found[rewiring] = float(ties.multiply(ties @ ties).sum() / (degree * (degree - 1)).sum())
        assert rewiring > 0.0 or set(degree) == {8}
    assert found[0.0] == pytest.approx(3.0 * 6.0 / (4.0 * 7.0))
    assert found[0.2] == pytest.approx(found[0.0] * 0.8**3, rel=0.08)


def test_near_contacts_are_near_and_distant_ones_anywhere() -> None:
    society = drawn(5000)
    ties = society.ties
    rows = np.repeat(np.arange(5000), np.diff(ties.indptr))
    length = np.hypot(*(society.place[rows] - society.place[ties.indices]).T)
    assert length[ties.data == HOUSEHOLD_TIE].max() == 0.0
    assert np.median(length[ties.data == NEAR_TIE]) < 0.4
    mean = 128.0 / (45.0 * np.pi) * 5.0  # of the distance between two points of a disc
    assert length[ties.data == DISTANT_TIE].mean() == pytest.approx(mean, rel=0.05)
    outside_ties = ties.data != HOUSEHOLD_TIE
    assert np.mean(ties.data[outside_ties] == DISTANT_TIE) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_handful_of_persons(n: int) -> None:
    society = drawn(n)
    assert society.ties.shape == (n, n)
    assert len(society.distance) == n


# --- nothing but the persons matters


def test_the_order_of_persons_does_not_matter() -> None:
    order = np.random.default_rng(7).permutation(2000)
    a, b = drawn(2000), drawn(2000, ids=order)
    assert np.array_equal(a.household[order], b.household)
    assert np.array_equal(a.place[order], b.place)
    assert (a.ties[order][:, order] != b.ties).nnz == 0


def test_families_in_any_order() -> None:
    kin = kinship(np.arange(1000), "dz")
    order = np.random.default_rng(7).permutation(1000)
    a, b = drawn(1000, family=kin.family), drawn(1000, ids=order, family=kin.family[order])
    assert np.array_equal(a.household[order], b.household)
    assert (a.ties[order][:, order] != b.ties).nnz == 0


def test_places_do_not_depend_on_chunks() -> None:
    household = draw_households(4, np.arange(1000), SIZES, np.arange(1000))
    parts = [draw_places(4, household[low : low + 333], 5.0) for low in range(0, 1000, 333)]
    assert np.array_equal(np.concatenate(parts), draw_places(4, household, 5.0))


def test_another_seed_gives_another_society() -> None:
    a, b = drawn(500, seed=1), drawn(500, seed=2)
    assert not np.array_equal(a.household, b.household)
    assert (a.ties != b.ties).nnz > 0


def test_all_faults_at_once() -> None:
    with pytest.raises(InputError) as told:
        draw_network(1, np.array([3, 3]), sizes=(0.5, 0.4), contacts=-1.0, rewiring=2.0, radius=0.0)
    assert "5 faults" in str(told.value)
    assert all(word in str(told.value) for word in ("ids", "sizes", "contacts", "rewiring", "radius"))
    with pytest.raises(InputError, match="sizes"):
        drawn(10, sizes=(1.5, -0.5))


@pytest.mark.slow
def test_a_million_persons_in_seconds_and_in_200_bytes_each() -> None:
    drawn(100)  # compiled
    n = 1_000_000
    began = time.perf_counter()
    society = drawn(n)
    assert time.perf_counter() - began < 15.0  # 3 s on an idle machine of two cores
    ties = society.ties
    kept = (ties.data, ties.indices, ties.indptr, society.place, society.household)
    assert sum(part.nbytes for part in kept) < 80 * n
    tracemalloc.start()
    drawn(n)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200 * n, peak / n  # 156
