"""Keyed draws: known answers, keys that never collide, distributions, and nothing but the key matters.

Every seed is fixed, so each statistical test has one outcome. Its bound is what a sound generator passes with
probability above .999 at an arbitrary seed; no seed was chosen after a look at the result.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from math import exp, log, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit, prange
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

from cohort import streams
from cohort.streams import (
    DECISIONS,
    POISSON_MEAN_MAX,
    block,
    categorical_from,
    exponential,
    exponential_from,
    exponential_in_lanes,
    long_words,
    mix,
    normal,
    normal_from,
    normals,
    philox,
    poisson,
    poisson_from,
    uniform,
    uniform_table,
    uniforms,
)

N = 100_000
PERSONS = np.arange(N, dtype=np.int64)
SEED = 20110415
LEAST_P = 1e-3

Draw = Callable[[Any, Any, Any, Any, Any], float]


def each(draw: Draw, n: int = N) -> NDArray[np.float64]:
    """One draw a person, in compiled code."""

    @njit
    def loop(seed: Any, n: int) -> Any:
        out = np.empty(n)
        for person in range(n):
            out[person] = draw(seed, 200, person, 7, 3)
        return out

    return np.asarray(loop(np.uint64(SEED), n))


@njit
def blocks(seeds: Any, decisions: Any, persons: Any, days: Any, indices: Any) -> Any:
    """One block a row, from arrays of keys (uint64)."""
    out = np.empty((len(persons), 4))
    for i in range(len(out)):
        a, b, c, d = block(seeds[i], decisions[i], persons[i], days[i], indices[i])
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = a, b, c, d
    return out


def blocks_of(keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """One block a row of keys, shape (n, 5)."""
    return np.asarray(blocks(*np.ascontiguousarray(keys.T)))


# --- known answers


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_known_answers(counter: str, key: str, words: str) -> None:
    """The philox4x32-10 vectors of the Random123 distribution (file kat_vectors)."""
    given = [int(word, 16) for word in f"{counter} {key}".split()]
    assert [int(word) for word in philox(*given)] == [int(word, 16) for word in words.split()]


def test_mix_is_splitmix64() -> None:
    """The first outputs at seed 1234567, as in Rosetta Code, "Pseudo-random numbers/Splitmix64"."""
    known = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert [int(mix(1234567, b)) for b in range(5)] == known


def test_mix_wraps_around() -> None:
    """At the ends of its range `mix` is arithmetic modulo 2**64, here in unbounded integers."""

    def plain(a: int, b: int) -> int:
        z = (a + (b + 1) * 0x9E3779B97F4A7C15) % 2**64
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    ends = [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 2, 2**64 - 1]
    for a in ends:
        for b in ends:
            assert int(mix(np.uint64(a), np.uint64(b))) == plain(a, b)


# --- keys


def test_block_is_packed_as_documented() -> None:
    seed, decision, person, day, index = 0x0123456789ABCDEF, 0xFE, 0xDC76543210, 0xBA987654, 0x89AB
    words = philox(0x76543210, 0xBA987654, 0xFEDC89AB, 0, 0x89ABCDEF, 0x01234567)
    assert block(seed, decision, person, day, index) == tuple((int(w) + 0.5) / 2**32 for w in words)


def test_no_two_keys_collide() -> None:
    """Every bit of every argument reaches the block by a place of its own.

    If two bits shared a place, or one were cut off, two keys with up to two bits set would share a block.
    """
    bits = [(field, bit) for field, width in enumerate((64, 8, 40, 32, 16)) for bit in range(width)]
    keys = np.zeros((1 + len(bits) + len(bits) * (len(bits) - 1) // 2, 5), dtype=np.uint64)
    chosen = [(), *((b,) for b in bits), *combinations(bits, 2)]
    for row, members in enumerate(chosen):
        for field, bit in members:
            keys[row, field] |= np.uint64(1) << np.uint64(bit)
    assert len(np.unique(blocks_of(keys), axis=0)) == len(keys)


@pytest.mark.parametrize(
    ("field", "step"),
    [(0, 1), (0, 1 << 32), (1, 1), (2, 1), (2, 1 << 32), (3, 1), (4, 1)],
    ids=["seed", "seed-high", "decision", "person", "person-high", "day", "index"],
)
def test_adjacent_keys_are_uncorrelated(field: int, step: int) -> None:
    """All 16 correlations between the words of a key and of its neighbour are within 4.5 standard errors."""
    keys = np.zeros((N, 5), dtype=np.uint64)
    keys[:, 0], keys[:, 1], keys[:, 3], keys[:, 4] = SEED, 9, 30, 2
    keys[:, 2] = PERSONS * 2  # so that a person's neighbour is nobody else in the sample
    near = keys.copy()
    near[:, field] += np.uint64(step)
    r = np.corrcoef(blocks_of(keys), blocks_of(near), rowvar=False)[:4, 4:]
    assert np.abs(r).max() < 4.5 / np.sqrt(N)


def test_words_of_a_block_are_uncorrelated() -> None:
    keys = np.zeros((N, 5), dtype=np.uint64)
    keys[:, 0], keys[:, 2] = SEED, PERSONS
    r = np.asarray(np.corrcoef(blocks_of(keys), rowvar=False))
    assert np.abs(r - np.eye(4)).max() < 4.5 / np.sqrt(N)


def test_every_word_of_a_block_is_uniform() -> None:
    keys = np.zeros((N, 5), dtype=np.uint64)
    keys[:, 0], keys[:, 2] = SEED, PERSONS
    for word in blocks_of(keys).T:
        assert stats.kstest(word, "uniform").pvalue > LEAST_P


def test_decisions_are_distinct_and_in_range() -> None:
    assert len(set(DECISIONS.values())) == len(DECISIONS) >= 10
    assert all(0 < number < 256 for number in DECISIONS.values())
    assert all(getattr(streams, name) == number for name, number in DECISIONS.items())
    assert {"GENOTYPE", "ENCOUNTER", "PLACE"} <= set(DECISIONS)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"seed": -1}, ["seed"]),
        ({"seed": 1 << 64}, ["seed"]),
        ({"decision": 256}, ["decision"]),
        ({"day": 1 << 32, "index": 1 << 16}, ["day", "index"]),
        ({"persons": np.array([-1])}, ["persons"]),
        ({"persons": np.array([1 << 40])}, ["persons"]),
        ({"persons": np.array([0.0])}, ["persons"]),
        ({"persons": np.zeros((1, 1), dtype=np.int64), "decision": -1}, ["persons", "decision"]),
    ],
)
def test_keys_out_of_range_are_refused(given: dict[str, Any], names: list[str]) -> None:
    key: dict[str, Any] = {"seed": 1, "decision": 1, "persons": PERSONS[:2], "day": 0, "index": 0} | given
    for draw in (uniforms, normals):
        with pytest.raises(ValueError, match="key of a draw") as refused:
            draw(**key)
        assert all(name in str(refused.value) for name in names)


def test_a_table_has_at_most_65536_columns() -> None:
    assert uniform_table(1, 1, PERSONS[:1], 65536).shape == (1, 65536)
    with pytest.raises(ValueError, match="index"):
        uniform_table(1, 1, PERSONS[:1], 65537)


# --- distributions


def test_ends_of_the_uniforms() -> None:
    """The extreme words stay inside (0, 1), and the grid is the documented one."""
    top = np.uint64(0xFFFFFFFF)
    zero = np.uint64(0)
    assert streams._fine(zero, zero) == 2.0**-53
    assert streams._fine(top, top) == 1.0 - 2.0**-53
    grid = uniforms(SEED, 1, PERSONS) * 2.0**53
    assert np.all(grid % 2.0 == 1.0)


def test_uniform_distribution() -> None:
    u = uniforms(SEED, 200, PERSONS, 7, 3)
    assert stats.kstest(u, "uniform").pvalue > LEAST_P
    fine = u * 2.0**16 % 1.0  # the lower bits, which the test above cannot see
    assert stats.kstest(fine, "uniform").pvalue > LEAST_P
    finest = u * 2.0**40 % 1.0
    assert abs(finest.mean() - 0.5) < 4.5 / np.sqrt(12 * N)


def test_normal_distribution() -> None:
    x = each(normal)
    assert stats.kstest(x, "norm").pvalue > LEAST_P
    assert abs(stats.kurtosis(x)) < 4.5 * np.sqrt(24 / N)


def test_normal_from_known_points() -> None:
    """Box and Muller's formula at points where it has a plain value."""
    assert normal_from(exp(-0.5), 1e-300) == pytest.approx(1.0, rel=1e-12)
    assert normal_from(exp(-2.0), 0.5) == pytest.approx(-2.0, rel=1e-12)
    assert normal_from(exp(-0.5), 1 / (2 * pi)) == pytest.approx(np.cos(1.0), rel=1e-12)
    assert abs(normal_from(2.0**-33, 2.0**-33)) < 6.77
    assert abs(normal_from(2.0**-53, 2.0**-53)) < 8.58


def test_exponential_in_lanes_is_that_of_the_library() -> None:
    """At the ends of the uniforms of `block`, around the steps by which it is brought near 1, and in between."""
    words = {0, 1, 2**32 - 1} | {2**k + d for k in range(1, 32) for d in (-1, 0, 1)}
    words |= {int(2**31.5) + d for d in (-1, 0, 1)} | set(range(12345, 2**32, 99_999_989))
    for word in sorted(words):
        u = (word + 0.5) * 2.0**-32
        assert exponential_in_lanes(u) == pytest.approx(-log(u), rel=1e-15, abs=0.0)


def test_long_words_are_the_words_of_the_block() -> None:
    key = (np.uint64(2**63 + 5), 9, 2**33 + 1, 77, 3)
    w = [int(u * 2.0**32) for u in block(*key)]
    assert [int(word) for word in long_words(*key)] == [w[0] + (w[1] << 32), w[2] + (w[3] << 32)]


def test_exponential_distribution() -> None:
    assert stats.kstest(each(exponential), "expon").pvalue > LEAST_P
    assert exponential_from(exp(-3.0)) == pytest.approx(3.0, rel=1e-12)


@pytest.mark.parametrize("mean", [0.05, 0.7, 4.0, 37.5, 500.0])
def test_poisson_distribution(mean: float) -> None:
    """Chi-square over classes of expected count 20 or more."""

    @njit
    def draw(seed: Any, decision: Any, person: Any, day: Any, index: Any) -> float:
        return float(poisson(mean, seed, decision, person, day, index))

    counts = each(draw)
    low, high = stats.poisson.ppf([1e-3, 1 - 1e-3], mean)
    edges = np.unique(np.concatenate([np.arange(low, high, max(1, int((high - low) / 20))), [high]]))
    chances = np.diff(np.concatenate([[0.0], stats.poisson.cdf(edges, mean), [1.0]]))
    seen = np.bincount(np.searchsorted(edges, counts), minlength=len(chances))
    kept = chances * N >= 20
    seen = np.append(seen[kept], seen[~kept].sum())
    expected = np.append(chances[kept], chances[~kept].sum()) * N
    if expected[-1] == 0.0:
        seen, expected = seen[:-1], expected[:-1]
    assert stats.chisquare(seen, expected).pvalue > LEAST_P


def test_poisson_quantiles() -> None:
    """Equal to the quantiles of scipy, an independent code (incomplete gamma function)."""
    u = uniforms(SEED, 3, PERSONS[:400])
    for mean in (1e-6, 0.01, 0.5, 1.0, 3.7, 20.0, 150.0, POISSON_MEAN_MAX):
        assert [poisson_from(mean, v) for v in u] == stats.poisson.ppf(u, mean).astype(int).tolist()


def test_poisson_ends() -> None:
    assert poisson_from(0.0, 0.5) == 0
    assert poisson_from(0.0, 1.0 - 2.0**-53) == 0
    for mean in (1e-12, 0.3, 8.0, 120.0, POISSON_MEAN_MAX):
        assert poisson_from(mean, 2.0**-53) <= mean
        last = poisson_from(mean, 1.0 - 2.0**-53)  # ends, though the rounded sum may never reach u
        assert stats.poisson.sf(last, mean) < 1e-12
        assert stats.poisson.sf(last - 2, mean) > 1e-17
    for mean in (-0.1, POISSON_MEAN_MAX * 1.001, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="mean"):
            poisson_from(mean, 0.5)


def test_poisson_never_falls_as_the_mean_rises() -> None:
    means = np.linspace(0.0, 30.0, 301)
    for u in uniforms(SEED, 4, PERSONS[:200]):
        counts = np.array([poisson_from(mean, u) for mean in means])
        assert np.all(np.diff(counts) >= 0)


def test_categorical_distribution() -> None:
    weights = np.array([0.0, 3.0, 1.0, 0.0, 0.5, 12.0, 0.0])

    @njit
    def draw(seed: Any, decision: Any, person: Any, day: Any, index: Any) -> float:
        return float(categorical_from(weights, uniform(seed, decision, person, day, index)))

    seen = np.bincount(each(draw).astype(int), minlength=len(weights))
    some = weights > 0
    assert seen[~some].sum() == 0
    assert stats.chisquare(seen[some], N * weights[some] / weights.sum()).pvalue > LEAST_P


def test_categorical_ends() -> None:
    least, most = 2.0**-53, 1.0 - 2.0**-53
    assert categorical_from(np.zeros(3), 0.5) == -1
    assert categorical_from(np.zeros(0), 0.5) == -1
    weights = np.array([0.0, 0.1, 0.2, 0.7, 0.0])
    assert categorical_from(weights, least) == 1
    assert categorical_from(weights, most) == 3
    assert [categorical_from(weights, u) for u in (0.099, 0.101, 0.299, 0.301)] == [1, 2, 2, 3]
    tiny = np.array([0.0, 5e-324, 0.0])
    assert categorical_from(tiny, most) == 1  # u times the sum rounds up to the sum


# --- nothing but the key matters


def test_order_does_not_matter() -> None:
    order = np.argsort(uniforms(SEED, 5, PERSONS))
    straight = normals(SEED, 6, PERSONS, 3, 1)
    assert np.array_equal(normals(SEED, 6, PERSONS[order], 3, 1), straight[order])
    assert np.array_equal(normals(SEED, 6, PERSONS[500:700], 3, 1), straight[500:700])


def test_arrays_tables_and_single_draws_agree() -> None:
    seed = 2**64 - 3  # above the range of int64
    persons = np.array([0, 5, 2**32 + 5, 2**40 - 1])
    table = uniform_table(seed, 7, persons, 3)
    assert len(np.unique(table)) == 12
    for j in range(3):
        assert np.array_equal(uniforms(seed, 7, persons, 0, j), table[:, j])
    for i, person in enumerate(persons):
        assert uniform(np.uint64(seed), 7, person, 0, 2) == table[i, 2]
        assert uniform(seed, np.uint8(7), int(person), np.uint32(0), np.int32(2)) == table[i, 2]
        assert normals(seed, 7, persons, 9, 2)[i] == normal(np.uint64(seed), 7, person, 9, 2)


def test_threads_do_not_matter() -> None:
    @njit(nogil=True)
    def fill(out: Any, low: int, high: int, seed: Any) -> None:
        for person in range(low, high):
            out[person] = uniform(seed, 8, person, 1, 0)

    straight = uniforms(SEED, 8, PERSONS, 1, 0)
    out = np.full(N, np.nan)
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(fill, out, low, low + 1000, np.uint64(SEED)) for low in range(0, N, 1000)]
        for future in futures:
            future.result()
    assert np.array_equal(out, straight)


@pytest.mark.slow
def test_parallel_loops_do_not_matter() -> None:
    @njit(parallel=True)
    def fill(out: Any, seed: Any) -> None:
        for person in prange(len(out)):
            out[person] = uniform(seed, 8, person, 1, 0)

    out = np.full(N, np.nan)
    fill(out, np.uint64(SEED))
    assert np.array_equal(out, uniforms(SEED, 8, PERSONS, 1, 0))


SAMPLE = """
import json
import numpy as np
from cohort import streams as s

seeds = [0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
keys = [
    (np.uint64(seed), decision, person, day, index)
    for seed in seeds
    for decision, person, day, index in [
        (0, 0, 0, 0), (9, 1, 2, 3), (255, 2**40 - 1, 2**32 - 1, 2**16 - 1), (7, 2**32, 2**31, 2**15),
    ]
]
exact = [[float(v).hex() for v in s.block(*key)] for key in keys]
exact += [float(s.uniform(*key)).hex() for key in keys]
exact += [int(word) for key in keys for word in s.long_words(*key)]
exact += [float(s.exponential_in_lanes(u)).hex() for key in keys for u in s.block(*key)]
exact += [int(s.poisson(mean, *key)) for mean in (0.5, 40.0, 500.0) for key in keys]
exact += [int(s.categorical_from(np.array([0.2, 0.0, 3.0]), s.uniform(*key))) for key in keys]
exact += [int(s.mix(np.uint64(a), np.uint64(b))) for a in seeds for b in seeds]
exact += [v.hex() for v in s.uniform_table(2**64 - 1, 3, np.arange(5), 4).ravel().tolist()]
close = [float(s.normal(*key)) for key in keys] + [float(s.exponential(*key)) for key in keys]
close += s.normals(5, 6, np.arange(20)).tolist()
sample = json.dumps([exact, close])
"""


def test_results_without_compilation() -> None:
    """Uncompiled, with warnings as errors: equal bit for bit, and to rounding where log and cos enter."""
    environment = os.environ | {
        "NUMBA_DISABLE_JIT": "1",
        "PYTHONPATH": str(Path(streams.__file__).parents[1]),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SAMPLE + "print(type(s.block).__name__)\nprint(sample)"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kind, plain = done.stdout.splitlines()
    assert kind == "function"
    here: dict[str, Any] = {}
    exec(SAMPLE, here)
    exact, close = json.loads(here["sample"])
    plain_exact, plain_close = json.loads(plain)
    assert exact == plain_exact
    assert close == pytest.approx(plain_close, rel=1e-14, abs=1e-15)
