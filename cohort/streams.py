"""Random draws keyed by (seed, decision, person, occasion): one key, one draw, whatever was drawn before.

The generator is Philox4x32-10 (Salmon et al. 2011, 10.1145/2063384.2063405): a block of four 32-bit words is
a fixed function of a 128-bit counter and a 64-bit key. It has no state, so order, threads and chunks cannot
matter. One key gives one block. ``key = (seed low, seed high)``, ``counter = (c0, c1, c2, c3)``::

    c0  bits 0-31   person, low 32 bits
    c1  bits 0-31   day
    c2  bits 0-15   index
        bits 16-23  person, high 8 bits
        bits 24-31  decision
    c3              0

=========  ================  =====================================================================
argument   permitted         meaning
=========  ================  =====================================================================
seed       0 to 2**64 - 1    the run
decision   0 to 255          what is decided, one of the constants below
person     0 to 2**40 - 1    who
day        0 to 2**32 - 1    a place in the calendar: a day or a minute, never a running count
index      0 to 2**16 - 1    one of several draws at that place: a candidate, a memory, a column
=========  ================  =====================================================================

Within these ranges no two keys share a block. Compiled functions do not check them (bits beyond a range are
cut off, and keys collide); `uniforms`, `normals` and `uniform_table` do. `block`, `long_words`, `uniform`,
`normal`, `exponential` and `poisson` read the same block: read one key once, or the draws depend on each other. Within
the ranges the results are the same with compilation disabled.
"""

from __future__ import annotations

from math import cos, exp, log, pi, sqrt
from operator import index as as_integer
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numba.core import config
from numpy.typing import NDArray

from cohort.blocks import over_blocks
from cohort.compiled import compiled, inlined

type Integer = int | np.integer[Any]

# Decisions. A number, once used, keeps its meaning: changing one changes every result.
GENOTYPE: Final = 1
POLYGENIC: Final = 2
TWIN: Final = 3
ADVERSITY: Final = 4
TRAIT: Final = 5
ANCESTRY: Final = 6
SEX: Final = 7
ALLOCATION: Final = 8
CUE: Final = 9
ENCOUNTER: Final = 10
NIGHT: Final = 11
RECALL: Final = 12
LINK: Final = 13
FEATURE: Final = 14
AGE: Final = 15
PLACE: Final = 16
HOUSEHOLD: Final = 17
CONTACT: Final = 18
POSITION: Final = 19
TALK: Final = 20
EXPOSURE: Final = 21
REMINDING: Final = 22
INSTRUMENT: Final = 23
ALLOTMENT: Final = 24
ATTRITION: Final = 25
ADHERENCE: Final = 26
INTRUDER: Final = 27
ONSET: Final = 28

DECISIONS: Final = MappingProxyType({n: v for n, v in globals().items() if n.isupper() and type(v) is int})
# What each of them decides.
DECIDED: Final = MappingProxyType(
    {
        GENOTYPE: "alleles of the named variants",
        POLYGENIC: "polygenic background",
        TWIN: "zygosity, and who shares what with a twin or sibling",
        ADVERSITY: "adverse childhood experiences: number, kind, age, severity",
        TRAIT: "what a trait owes to neither genes nor adversity",
        ANCESTRY: "ancestry group",
        SEX: "sex",
        ALLOCATION: "which units an episode recruits",
        CUE: "features of a candidate cue",
        ENCOUNTER: "candidate encounter: arrival, thinning, whether a memory intrudes, place",
        NIGHT: "sleep, and the surroundings of the next day",
        RECALL: "an attempt at voluntary recall",
        LINK: "thresholds between the elements of a trace",
        FEATURE: "which units a feature drives",
        AGE: "age at the start of the study",
        PLACE: "features of the familiar surroundings, and of others",
        HOUSEHOLD: "order of families in the line of households, and sizes of households",
        CONTACT: "whom a person knows outside the household",
        POSITION: "where a household lies",
        TALK: "who tells of an episode in one round, and to whom",
        EXPOSURE: "whom a shared event reaches, and with which dose",
        REMINDING: "when reminders of the surroundings reach a person",
        INSTRUMENT: "error of measurement; its seed is that of the run and the instrument's name, hashed",
        ALLOTMENT: "arm of a person, or order of the arms in a block",
        ATTRITION: "who is lost to follow-up at an assessment",
        ADHERENCE: "which sessions of an intervention take place, and who leaves it for good",
        INTRUDER: "which memory intrudes at an encounter",
        ONSET: "surroundings and load of a person at the start of the study",
    }
)

AT_ONCE: Final = 1 << 14  # persons whose normals one thread draws
POISSON_MEAN_MAX: Final = 500.0  # exp(-mean) stays far above the smallest float64 (exp(-708))

COMPILED: Final = not config.DISABLE_JIT  # type: ignore[attr-defined]
# Every integer in compiled code is uint64: mixed with int64, numba would turn it into float64.
_32 = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)  # multipliers and key increments: Salmon et al. 2011
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_GAMMA = np.uint64(0x9E3779B97F4A7C15)  # Steele, Lea & Flood 2014
_OCTAVE, _HALF_OCTAVE = log(2.0), sqrt(0.5)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)  # Stafford's variant 13


@inlined
def philox(c0: Integer, c1: Integer, c2: Integer, c3: Integer, k0: Integer, k1: Integer) -> tuple[Any, Any, Any, Any]:
    """Philox4x32-10: four words from four counter words and two key words, all below 2**32."""
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    y0, y1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = _M0 * x0  # below 2**64, as both factors are below 2**32
        p1 = _M1 * x2
        x0, x1, x2, x3 = (p1 >> _32) ^ x1 ^ y0, p1 & _LOW, (p0 >> _32) ^ x3 ^ y1, p0 & _LOW
        y0 = (y0 + _W0) & _LOW
        y1 = (y1 + _W1) & _LOW
    return x0, x1, x2, x3


@inlined
def _words(
    seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer
) -> tuple[Any, Any, Any, Any]:
    """The block of one key, packed as the module's docstring says."""
    s, p = np.uint64(seed), np.uint64(person)
    high = (p >> _32) & np.uint64(0xFF)
    c2 = (np.uint64(decision) & np.uint64(0xFF)) << np.uint64(24) | high << np.uint64(16)
    c2 |= np.uint64(index) & np.uint64(0xFFFF)
    return philox(p & _LOW, np.uint64(day) & _LOW, c2, np.uint64(0), s & _LOW, s >> _32)


@inlined
def _fine(high: np.uint64, low: np.uint64) -> float:
    """Uniform from two words: the middle of one of 2**52 equal cells, so exact and never 0 or 1."""
    return ((high << np.uint64(20) | low >> np.uint64(12)) + 0.5) * 2.0**-52


@inlined
def block(
    seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer
) -> tuple[float, float, float, float]:
    """Four independent uniforms in (0, 1), each ``(word + 0.5) / 2**32`` exactly."""
    w0, w1, w2, w3 = _words(seed, decision, person, day, index)
    return (
        (w0 + 0.5) * 2.0**-32,
        (w1 + 0.5) * 2.0**-32,
        (w2 + 0.5) * 2.0**-32,
        (w3 + 0.5) * 2.0**-32,
    )


@inlined
def long_words(seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer) -> tuple[Any, Any]:
    """Two independent words of 64 fair bits; uses the whole block."""
    w0, w1, w2, w3 = _words(seed, decision, person, day, index)
    return w0 | w1 << _32, w2 | w3 << _32


@compiled
def uniform(seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer) -> float:
    """One uniform in (0, 1) from two words: an odd multiple of 2**-53, least 2**-53, greatest 1 - 2**-53."""
    w0, w1, _, _ = _words(seed, decision, person, day, index)
    return _fine(w0, w1)


@compiled
def normal_from(u1: float, u2: float) -> float:
    """Standard normal from two uniforms in (0, 1) (Box & Muller 1958, 10.1214/aoms/1177706645).

    With uniforms of `block` it lies within ±6.77.
    """
    return sqrt(-2.0 * log(u1)) * cos(2.0 * pi * u2)


@compiled
def normal(seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer) -> float:
    """One standard normal, within ±8.58; uses the whole block."""
    w0, w1, w2, w3 = _words(seed, decision, person, day, index)
    return normal_from(_fine(w0, w1), _fine(w2, w3))


@compiled
def exponential_from(u: float) -> float:
    """Exponential of mean 1 from a uniform in (0, 1); it falls as `u` grows."""
    return -log(u)


@inlined
def exponential_in_lanes(u: float) -> float:
    """`exponential_from` of a uniform of `block`, to 1e-15 of it, without a call: a loop over it can run in lanes.

    ``u = 2**-k m`` with m around 1, and ``-log m = 2 atanh((1 - m) / (1 + m))`` by its series.
    """
    k = 0.0
    k, u = (k + 16.0, u * 65536.0) if u < 1 / 65536 else (k, u)
    k, u = (k + 8.0, u * 256.0) if u < 1 / 256 else (k, u)
    k, u = (k + 4.0, u * 16.0) if u < 1 / 16 else (k, u)
    k, u = (k + 2.0, u * 4.0) if u < 1 / 4 else (k, u)
    k, u = (k + 1.0, u * 2.0) if u < 1 / 2 else (k, u)
    k, u = (k + 1.0, u * 2.0) if u < 1 / 2 else (k, u)
    k, u = (k + 1.0, u * 2.0) if u < _HALF_OCTAVE else (k, u)
    s = (1.0 - u) / (1.0 + u)
    q = s * s
    rest = 1 / 9 + q * (1 / 11 + q * (1 / 13 + q * (1 / 15 + q * (1 / 17 + q * (1 / 19 + q * (1 / 21))))))
    return k * _OCTAVE + 2.0 * s * (1.0 + q * (1 / 3 + q * (1 / 5 + q * (1 / 7 + q * rest))))


@compiled
def exponential(seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer) -> float:
    """One exponential of mean 1."""
    return exponential_from(uniform(seed, decision, person, day, index))


@compiled
def poisson_from(mean: float, u: float) -> int:
    """Poisson count as the quantile at `u`: the least k with ``P(count <= k) >= u``, searched from 0 upwards.

    Exact but for the rounding of a float64 sum; its time grows with the count. At one `u` the count does not
    fall when the mean rises, so that a treatment which only lowers a rate adds nothing to anybody. A mean
    outside 0 to `POISSON_MEAN_MAX` raises ValueError. The uniforms of `block` end 2**-33 from 1: a rarer tail
    needs `poisson`.
    """
    if not 0.0 <= mean <= POISSON_MEAN_MAX:
        raise ValueError("poisson_from: the mean must be a number from 0 to POISSON_MEAN_MAX")
    k = 0
    p = exp(-mean)
    total = p
    while u > total:
        k += 1
        p *= mean / k
        if k > mean and total + p == total:
            break  # what remains of the tail is below the rounding of the sum
        total += p
    return k


@compiled
def poisson(mean: float, seed: Integer, decision: Integer, person: Integer, day: Integer, index: Integer) -> int:
    """One Poisson count of the given mean; see `poisson_from`."""
    return poisson_from(mean, uniform(seed, decision, person, day, index))


@compiled
def categorical_from(weights: NDArray[np.float64], u: float) -> int:
    """Index drawn in proportion to `weights` (1-d, finite, not negative, any sum); -1 when none is positive.

    An index of weight zero is never drawn.
    """
    total = 0.0
    for weight in weights:
        total += weight
    point = u * total
    last = -1
    below = 0.0
    for i in range(len(weights)):
        if weights[i] > 0.0:
            last = i
            below += weights[i]
            if point < below:
                break
    return last


@compiled
def _times(a: Any, b: Any) -> Any:
    """Product modulo 2**64 from 32-bit halves, as numpy warns of overflow where compilation is disabled."""
    low = (a & _LOW) * (b & _LOW)
    cross = (((a >> _32) * (b & _LOW)) & _LOW) + (((a & _LOW) * (b >> _32)) & _LOW)
    return (((low >> _32) + cross) << _32) | (low & _LOW)


@compiled
def _plus(a: Any, b: Any) -> Any:
    """Sum modulo 2**64; without compilation from 32-bit halves, as in `_times`, which the compiler sees through."""
    if COMPILED:
        return a + b
    low = (a & _LOW) + (b & _LOW)
    return (((a >> _32) + (b >> _32) + (low >> _32)) << _32) | (low & _LOW)


@compiled
def mix(a: Integer, b: Integer) -> Any:
    """Hash two integers (0 to 2**64 - 1) to uint64: output number ``b + 1`` of splitmix64 started at `a`.

    For structure (which units a feature drives), not for draws: no decision is in its key. To hash more, nest
    it: ``mix(mix(a, b), c)``. Sources: Steele, Lea & Flood 2014, 10.1145/2660193.2660195; finalizer:
    Stafford's variant 13, as in Vigna's splitmix64.
    """
    z = _plus(np.uint64(a), _times(_plus(np.uint64(b), np.uint64(1)), _GAMMA))
    z = _times(z ^ (z >> np.uint64(30)), _MIX1)
    z = _times(z ^ (z >> np.uint64(27)), _MIX2)
    return z ^ (z >> np.uint64(31))


@compiled
def _fill_uniform(out: Any, seed: Integer, decision: Integer, persons: Any, day: Integer, index: Integer) -> None:
    """Fill ``out[i]`` with the uniform of person i."""
    for i in range(len(out)):  # in lanes
        w0, w1, _, _ = _words(seed, decision, persons[i], day, index)
        out[i] = _fine(w0, w1)


@compiled
def _fill_normal(out: Any, seed: Integer, decision: Integer, persons: Any, day: Integer, index: Integer) -> None:
    """Fill ``out[i]`` with the normal of person i."""
    for i in range(len(out)):
        out[i] = normal(seed, decision, persons[i], day, index)


def _checked(
    seed: Integer, decision: Integer, persons: NDArray[np.int64], day: Integer, index: Integer
) -> tuple[np.uint64, NDArray[np.int64]]:
    """The seed as uint64 and the persons as int64, after a check of every argument against its range."""
    who = np.asarray(persons)
    places = {"seed": (seed, 64), "decision": (decision, 8), "day": (day, 32), "index": (index, 16)}
    faults = [
        f"{name} = {value} is not within 0 to 2**{bits} - 1"
        for name, (value, bits) in places.items()
        if not 0 <= as_integer(value) < 1 << bits
    ]
    if who.ndim != 1 or not np.issubdtype(who.dtype, np.integer):
        faults.append(f"persons must be a 1-d array of integers, not {who.ndim}-d of {who.dtype}")
    elif len(who) and not (int(who.min()) >= 0 and int(who.max()) < 1 << 40):
        faults.append(f"persons from {who.min()} to {who.max()} are not within 0 to 2**40 - 1")
    if faults:
        raise ValueError("key of a draw: " + "; ".join(faults))
    return np.uint64(seed), who.astype(np.int64, copy=False)


def uniforms(
    seed: Integer, decision: Integer, persons: NDArray[np.int64], day: Integer = 0, index: Integer = 0
) -> NDArray[np.float64]:
    """`uniform` of every person: shape (n,). Raises ValueError for a key out of range."""
    key, who = _checked(seed, decision, persons, day, index)
    out = np.empty(len(who))
    _fill_uniform(out, key, int(decision), who, int(day), int(index))
    return out


def normals(
    seed: Integer, decision: Integer, persons: NDArray[np.int64], day: Integer = 0, index: Integer = 0
) -> NDArray[np.float64]:
    """`normal` of every person: shape (n,). Raises ValueError for a key out of range."""
    key, who = _checked(seed, decision, persons, day, index)
    out = np.empty(len(who))

    def fill(low: int) -> None:
        some = slice(low, low + AT_ONCE)
        _fill_normal(out[some], key, int(decision), who[some], int(day), int(index))

    for _ in over_blocks(fill, len(who), AT_ONCE, None):
        pass
    return out


def uniform_table(seed: Integer, decision: Integer, persons: NDArray[np.int64], columns: int) -> NDArray[np.float64]:
    """`uniform` of every person at day 0 and index 0 to ``columns - 1`` (at most 65536): shape (n, columns).

    Raises ValueError for a key out of range.
    """
    key, who = _checked(seed, decision, persons, 0, max(columns - 1, 0))
    out = np.empty((columns, len(who)))
    for index in range(columns):
        _fill_uniform(out[index], key, int(decision), who, 0, index)
    return np.ascontiguousarray(out.T)
