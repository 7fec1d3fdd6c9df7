"""Several numbers side by side: their products, and exp of each as the C library gives it, but without a call.

``exp(x) = 2**(n / 128) exp(r)`` with n whole and ``|r| <= ln 2 / 256``, from a table of the powers and a polynomial
(Tang 1989, 10.1145/63522.214389), in the order of rounding of glibc's from 2.28 on, with fused multiplication.
"""

from __future__ import annotations

from decimal import Context, Decimal
from math import exp
from typing import Any, Final

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import config, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from cohort.compiled import inlined
from cohort.state import EARLY_STRENGTHS, LANES, LATE_STRENGTHS

LEAST: Final = -500.0  # exp of anything below it is taken as that of it, 7e-218
GONE: Final = 1e-10  # early strength below which nothing is left
_STEPS: Final = 128

# Gauss-Legendre quadrature over (0, 1), a point a lane.
_x, _w = np.polynomial.legendre.leggauss(LANES)
NODES = 0.5 * (_x + 1.0)
WEIGHTS = 0.5 * _w


def _powers() -> NDArray[np.uint64]:
    """Of each step what its power of 2, rounded, falls short of it relatively, then the bits of it less its place."""
    precise = Context(prec=50)
    out = np.zeros(2 * _STEPS, dtype=np.uint64)
    for k in range(_STEPS):
        power = precise.power(Decimal(2), Decimal(k) / _STEPS)
        rounded = float(power)
        short = float(precise.divide(power, Decimal(rounded)) - 1)
        out[2 * k] = np.float64(short).view(np.uint64)
        out[2 * k + 1] = np.float64(rounded).view(np.uint64) - np.uint64((k << 52) // _STEPS)
    return out


_TABLE = _powers()
_INVERSE = float.fromhex("0x1.71547652b82fep0") * _STEPS  # 1 / ln 2, in steps
_HIGH, _LOW = float.fromhex("0x1.62e42fefa0000p-8"), float.fromhex("0x1.cf79abc9e3b39p-47")  # a step, in two parts
_ROUND = float.fromhex("0x1.8p52")  # what is added to it comes out as a whole number in its lowest bits
_C2, _C3, _C4, _C5 = map(
    float.fromhex, ("0x1.ffffffffffdbdp-2", "0x1.555555555543cp-3", "0x1.55555cf172b91p-5", "0x1.1111167a4d017p-7")
)


def _fused(typing: Any, a: Any, b: Any, c: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


def _bits(typing: Any, a: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.uint64))

    return types.uint64(types.float64), generate


def _number(typing: Any, a: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.uint64), generate


fused: Any = intrinsic(_fused)
bits_of: Any = intrinsic(_bits)
number_of: Any = intrinsic(_number)


@inlined
def _exp(x: float) -> float:
    """exp of a number from -infinity to 500."""
    x = max(x, LEAST)
    shifted = _INVERSE * x + _ROUND
    whole = bits_of(shifted)
    n = shifted - _ROUND
    r = fused(n, -_LOW, fused(n, -_HIGH, x))
    place = np.uint64(2) * (whole & np.uint64(_STEPS - 1))
    short = number_of(_TABLE[place])
    power = number_of(_TABLE[place + np.uint64(1)] + (whole << np.uint64(45)))
    square = r * r
    rest = fused(square, fused(r, _C3, _C2), short + r)
    rest = fused(square * square, fused(r, _C5, _C4), rest)
    return fused(power, rest, power)


def _without_compilation(x: float) -> float:
    return exp(max(x, LEAST))


exp_in_lanes: Any = _without_compilation if config.DISABLE_JIT else _exp  # type: ignore[attr-defined]


_EARLY, _LATE = ir.VectorType(ir.DoubleType(), EARLY_STRENGTHS), ir.VectorType(ir.DoubleType(), LATE_STRENGTHS)


def _place(context: Any, builder: Any, array: Any, kind: Any, vector: Any) -> Any:
    return builder.bitcast(context.make_array(kind)(context, builder, array).data, vector.as_pointer())


def _all(builder: Any, number: Any, vector: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))


def _scale(typing: Any, strengths: Any, factors: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at, by = (
            _place(context, builder, argument, kind, _LATE)
            for kind, argument in zip(signature.args, arguments, strict=True)
        )
        left = builder.fmul(builder.load(at, align=8), builder.load(by, align=8))
        builder.store(left, at, align=8)
        return context.get_dummy_value()

    return types.void(strengths, factors), generate


def _wane(typing: Any, strengths: Any, factor: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = _place(context, builder, arguments[0], signature.args[0], _EARLY)
        left = builder.fmul(builder.load(at, align=8), _all(builder, arguments[1], _EARLY))
        kept = builder.fcmp_ordered(">=", left, ir.Constant(_EARLY, [GONE] * EARLY_STRENGTHS))
        builder.store(builder.select(kept, left, ir.Constant(_EARLY, [0.0] * EARLY_STRENGTHS)), at, align=8)
        return context.get_dummy_value()

    return types.void(strengths, types.float64), generate


def _any_above(typing: Any, strengths: Any, least: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at = _place(context, builder, arguments[0], signature.args[0], _EARLY)
        above = builder.fcmp_ordered(">", builder.load(at, align=8), _all(builder, arguments[1], _EARLY))
        mask = ir.IntType(EARLY_STRENGTHS)
        return builder.icmp_unsigned("!=", builder.bitcast(above, mask), ir.Constant(mask, 0))

    return types.boolean(strengths, types.float64), generate


def _scale_without_compilation(strengths: Any, factors: Any) -> None:
    strengths *= factors[:LATE_STRENGTHS]


def _wane_without_compilation(strengths: Any, factor: float) -> None:
    strengths *= factor
    strengths[strengths < GONE] = 0.0


def _any_above_without_compilation(strengths: Any, least: float) -> bool:
    return bool((strengths > least).any())


# Of compiled code; a loop of so few turns is unrolled before it could run in lanes.
# `scale(strengths, factors)`: multiply the late strengths of a trace in place, each by its factor.
# `wane(strengths, factor)`: multiply its early strengths in place by one factor; what falls below `GONE` is gone.
# `any_above(strengths, least)`: whether any of its early strengths is above `least`.
scale: Any = _scale_without_compilation if config.DISABLE_JIT else intrinsic(_scale)  # type: ignore[attr-defined]
wane: Any = _wane_without_compilation if config.DISABLE_JIT else intrinsic(_wane)  # type: ignore[attr-defined]
any_above: Any = _any_above_without_compilation if config.DISABLE_JIT else intrinsic(_any_above)  # type: ignore[attr-defined]
