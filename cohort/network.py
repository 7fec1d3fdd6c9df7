"""Households and contacts: who lives with whom, where, and who knows whom.

Households are filled along a line of families in drawn order, with sizes drawn from the shares. They lie uniformly in a
disc. Contacts form a small world (Watts & Strogatz 1998, 10.1038/30918): a ring lattice, rewired. The ring follows a
Hilbert curve through the places, so that near contacts are neighbours (Moon et al. 2001, 10.1109/69.908985).

Every draw is keyed by a person, or by a place in the line. A network depends on who belongs to the study, not on the
order in which persons are given. Persons are those of the study: adults without their children.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cohort import streams
from cohort.compiled import compiled
from cohort.errors import InputError, one_message
from cohort.streams import block

HOUSEHOLD_TIE: Final = 1  # lives in the same household
NEAR_TIE: Final = 2  # a contact of the lattice: lives near by
DISTANT_TIE: Final = 3  # a rewired contact: lives anywhere
MOST_CONTACTS = 500.0  # mean number outside the household
LARGEST_HOUSEHOLD = 50

HILBERT_BITS = 16  # the disc is ordered on a grid of 2**16 by 2**16


@dataclass(frozen=True)
class Network:
    """Social structure of n persons, by position.

    `household` (n,) is the id of its first member, as `family` is; `place` (n, 2) lies so many km east and north of the
    centre. `ties` (n, n) is symmetric, without loops and duplicates, indices sorted; its int8 data are `HOUSEHOLD_TIE`,
    `NEAR_TIE` or `DISTANT_TIE`.
    """

    household: NDArray[np.int64]
    place: NDArray[np.float32]
    ties: csr_array

    @property
    def distance(self) -> NDArray[np.float64]:
        """Distance from the centre in km, shape (n,)."""
        return np.hypot(self.place[:, 0], self.place[:, 1], dtype=np.float64)


def draw_network(
    seed: int,
    ids: NDArray[np.int64],
    *,
    sizes: Sequence[float],
    contacts: float,
    rewiring: float,
    radius: float,
    family: NDArray[np.int64] | None = None,
) -> Network:
    """Draw households, places and contacts of persons `ids`.

    Parameters
    ----------
    ids : the persons, each once, in any order.
    sizes : share of households of 1, 2, 3, ... persons, summing to 1.
    contacts : mean number of contacts outside the household.
    rewiring : share of contacts that live anywhere instead of near by, 0 to 1.
    radius : of the disc, km.
    family : label by person; a family stays together in one household. Everybody alone when left out.

    Raises
    ------
    InputError
        With every fault of the arguments.
    """
    kin = ids if family is None else family
    _check(ids, kin, sizes, contacts, rewiring, radius)
    household = draw_households(seed, ids, sizes, kin)
    place = draw_places(seed, household, radius)
    return Network(household, place, draw_ties(seed, ids, household, place, contacts, rewiring))


def _check(
    ids: NDArray[np.int64],
    family: NDArray[np.int64],
    sizes: Sequence[float],
    contacts: float,
    rewiring: float,
    radius: float,
) -> None:
    faults = []
    if len(np.unique(ids)) < len(ids) or len(family) != len(ids):
        faults.append("ids must name each person once, and family each person's family")
    if not 1 <= len(sizes) <= LARGEST_HOUSEHOLD:
        faults.append(f"sizes has {len(sizes)} shares; permitted: 1 to {LARGEST_HOUSEHOLD}")
    if not all(0.0 <= share <= 1.0 for share in sizes):
        faults.append(f"sizes = {list(sizes)}; permitted: shares from 0 to 1")
    elif abs(sum(sizes) - 1.0) > 1e-6:
        faults.append(f"sizes sum to {sum(sizes):g}; permitted: 1")
    if not 0.0 <= contacts <= MOST_CONTACTS:
        faults.append(f"contacts = {contacts}; permitted: a mean from 0 to {MOST_CONTACTS:g}")
    if not 0.0 <= rewiring <= 1.0:
        faults.append(f"rewiring = {rewiring}; permitted: a share from 0 to 1")
    if not 0.0 < radius <= 20_000.0:
        faults.append(f"radius = {radius}; permitted: more than 0 to 20000 km")
    if faults:
        raise InputError(one_message("network", faults))


def draw_households(
    seed: int, ids: NDArray[np.int64], sizes: Sequence[float], family: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Household of each person, labelled by the least id in it, shape (n,).

    `sizes` are shares of households. A household that would divide a family takes all of it and leaves the next one as
    much smaller, so sizes follow the shares where everybody is a family of one. The last household may be cut short.
    """
    n = len(ids)
    line = np.lexsort((ids, family, streams.uniforms(seed, streams.HOUSEHOLD, family)))
    numbers = np.arange(n, dtype=np.int64)
    drawn = streams.uniforms(seed, streams.HOUSEHOLD, numbers, 0, 1)
    ends = np.cumsum(1 + np.searchsorted(np.cumsum(sizes)[:-1], drawn, side="right"))
    ends = np.append(ends[ends < n], n)
    kin = family[line]
    borders = np.append(np.flatnonzero(kin[1:] != kin[:-1]) + 1, n)
    ends = np.unique(borders[np.searchsorted(borders, ends)])
    starts = np.append(0, ends[:-1])
    out = np.empty(n, dtype=np.int64)
    if n:
        out[line] = np.repeat(np.minimum.reduceat(ids[line], starts), ends - starts)
    return out


def draw_places(seed: int, household: NDArray[np.int64], radius: float) -> NDArray[np.float32]:
    """Place of each person in km east and north of the centre, shape (n, 2); households lie uniformly in the disc."""
    out = np.empty((len(household), 2), dtype=np.float32)
    _fill_places(out, np.uint64(seed), household, radius)
    return out


def draw_ties(
    seed: int,
    ids: NDArray[np.int64],
    household: NDArray[np.int64],
    place: NDArray[np.float32],
    contacts: float,
    rewiring: float,
) -> csr_array:
    """Ties between persons, shape (n, n); see `Network`.

    Each person starts half of the mean number of contacts; the other half comes from others. A contact that exists
    already is not made twice, so where persons are few against `contacts` the mean stays below it.
    """
    n = len(ids)
    ring = np.lexsort((ids, household, _along_curve(place)))
    home = household[ring]
    starts = np.flatnonzero(np.append(True, home[1:] != home[:-1])) if n else np.zeros(0, dtype=np.int64)
    members = np.diff(np.append(starts, n))
    first = np.repeat(starts, members)  # by place in the ring: where the person's household starts
    size = np.repeat(members, members)
    target = np.full((n, int(np.ceil(0.5 * contacts))), -1, dtype=np.int32)
    distant = np.zeros(target.shape, dtype=np.bool_)
    _reach_out(target, distant, np.uint64(seed), ids, household, ring, size, np.argsort(ids), 0.5 * contacts, rewiring)
    degree = np.zeros(n, dtype=np.int64)
    _count(degree, ring, size, target)
    pointers = np.append(0, np.cumsum(degree))
    kind = np.int32 if pointers[-1] < 1 << 31 else np.int64
    indices = np.empty(pointers[-1], dtype=kind)
    data = np.empty(pointers[-1], dtype=np.int8)
    _fill_ties(indices, data, pointers[:-1].copy(), ring, first, size, target, distant)
    ties = csr_array((data, indices, pointers.astype(kind)), shape=(n, n))
    ties.sort_indices()
    left = _once(ties.indptr, ties.indices, ties.data)
    return csr_array((ties.data[:left], ties.indices[:left], ties.indptr), shape=(n, n))


@compiled
def _fill_places(out: Any, seed: Any, household: Any, radius: float) -> None:
    for i in range(len(household)):
        u = block(seed, streams.POSITION, household[i], 0, 0)
        r = radius * sqrt(u[0])
        out[i, 0] = r * cos(2.0 * pi * u[1])
        out[i, 1] = r * sin(2.0 * pi * u[1])


def _along_curve(place: NDArray[np.float32]) -> NDArray[np.int64]:
    """Where on a Hilbert curve each person lives, shape (n,)."""
    reach = max(float(np.abs(place).max(initial=0.0)), 1e-9)
    out = np.empty(len(place), dtype=np.int64)
    _hilbert(out, place, (2**HILBERT_BITS - 1) / (2.0 * reach), reach)
    return out


@compiled
def _hilbert(out: Any, place: Any, scale: float, reach: float) -> None:
    """Distance along the curve: quadrant by quadrant, each turned so that the curve goes on where it left off."""
    for i in range(len(out)):
        x = int((place[i, 0] + reach) * scale)
        y = int((place[i, 1] + reach) * scale)
        along = 0
        for level in range(HILBERT_BITS - 1, -1, -1):
            right = (x >> level) & 1
            upper = (y >> level) & 1
            along = (along << 2) + ((3 * right) ^ upper)
            if upper == 0:
                if right == 1:
                    x = 2**HILBERT_BITS - 1 - x
                    y = 2**HILBERT_BITS - 1 - y
                x, y = y, x
        out[i] = along


@compiled
def _reach_out(
    target: Any,
    distant: Any,
    seed: Any,
    ids: Any,
    household: Any,
    ring: Any,
    size: Any,
    by_id: Any,
    half: float,
    rewiring: float,
) -> None:
    """Contacts that each person starts: the next on the ring beyond as many places as its household has, or anybody.

    `target` (n, most) holds positions, -1 where there is none; `distant` says which are rewired.
    """
    n = len(ring)
    for place in range(n):
        i = ring[place]
        whole = int(half)
        number = whole
        if half > whole and block(seed, streams.CONTACT, ids[i], 1, 0)[0] < half - whole:
            number += 1
        for j in range(number):
            step = size[place] + j
            if step < n:
                target[i, j] = ring[(place + step) % n]  # where few persons make it a mate, that tie is kept
            u = block(seed, streams.CONTACT, ids[i], 0, j)
            if u[0] < rewiring:
                for k in range(1, 4):  # three attempts to meet somebody from outside; then the neighbour stays
                    anybody = by_id[int(u[k] * n)]
                    if household[anybody] != household[i]:
                        target[i, j] = anybody
                        distant[i, j] = True
                        break


@compiled
def _count(degree: Any, ring: Any, size: Any, target: Any) -> None:
    for place in range(len(ring)):
        i = ring[place]
        degree[i] += size[place] - 1
        for j in range(target.shape[1]):
            if target[i, j] >= 0:
                degree[i] += 1
                degree[target[i, j]] += 1


@compiled
def _fill_ties(indices: Any, data: Any, at: Any, ring: Any, first: Any, size: Any, target: Any, distant: Any) -> None:
    """Write both directions of every tie; `at` holds the next free place of each row."""
    for place in range(len(ring)):
        i = ring[place]
        for other in range(first[place], first[place] + size[place]):
            if other != place:
                indices[at[i]] = ring[other]
                data[at[i]] = HOUSEHOLD_TIE
                at[i] += 1
        for j in range(target.shape[1]):
            them = target[i, j]
            if them >= 0:
                kind = DISTANT_TIE if distant[i, j] else NEAR_TIE
                indices[at[i]] = them
                data[at[i]] = kind
                at[i] += 1
                indices[at[them]] = i
                data[at[them]] = kind
                at[them] += 1


@compiled
def _once(pointers: Any, indices: Any, data: Any) -> int:
    """Join duplicates of sorted rows in place, keeping the nearer kind; returns the number of ties left."""
    left = 0
    start = pointers[0]
    for i in range(len(pointers) - 1):
        end = pointers[i + 1]
        row = left
        for k in range(start, end):
            if left > row and indices[left - 1] == indices[k]:
                data[left - 1] = min(data[left - 1], data[k])
            else:
                indices[left] = indices[k]
                data[left] = data[k]
                left += 1
        start = end
        pointers[i + 1] = left
    return left
