"""A row of numbers at once, in a few instructions: its greatest, where a value stands first, a sum over two rows.

Left to itself the compiler makes a branch of each comparison, half of which the processor guesses wrong, and takes
one number after the other.
"""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, config, types
from numba.extending import intrinsic

ROW: Final = 16  # whole numbers in a row
PARTS: Final = 8  # numbers of `joint_sum`
_WORD, _MASK = ir.IntType(64), ir.IntType(ROW)
_VECTOR = ir.VectorType(_WORD, ROW)


def _row(context: Any, builder: Any, array: Any, kind: Any, first: Any, vector: Any = _VECTOR) -> Any:
    """The numbers of an array without gaps from `first` on, as a vector."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.load(builder.bitcast(builder.gep(data, [first]), vector.as_pointer()), align=8)


def _function(builder: Any, name: str, result: Any, *arguments: Any) -> Any:
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)  # type: ignore[no-untyped-call]


def _highest(typing: Any, values: Any, first: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = _row(context, builder, arguments[0], signature.args[0], arguments[1])
        return builder.call(_function(builder, f"llvm.vector.reduce.smax.v{ROW}i64", _WORD, _VECTOR), [row])

    return types.int64(values, types.int64), generate


def _place(typing: Any, value: Any, values: Any, first: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = _row(context, builder, arguments[1], signature.args[1], arguments[2])
        one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), arguments[0], ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), ROW), None)
        same = builder.icmp_signed("==", row, builder.shuffle_vector(one, one, zeros))
        count = _function(builder, f"llvm.cttz.i{ROW}", _MASK, _MASK, ir.IntType(1))
        steps = builder.call(count, [builder.bitcast(same, _MASK), ir.Constant(ir.IntType(1), 0)])
        return builder.add(arguments[2], builder.zext(steps, _WORD))

    return types.int64(types.int64, values, types.int64), generate


def _joint(typing: Any, a: Any, b: Any) -> Any:
    vector, pair = ir.VectorType(ir.DoubleType(), PARTS), ir.VectorType(ir.IntType(32), 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero = ir.Constant(_WORD, 0)
        x, y = (_row(context, builder, r, k, zero, vector) for r, k in zip(arguments, signature.args, strict=True))
        every = builder.fadd(x, builder.fmul(y, builder.fsub(ir.Constant(vector, [1.0] * PARTS), x)))
        total = builder.shuffle_vector(every, every, ir.Constant(pair, [0, 1]))
        for i in range(2, PARTS, 2):
            total = builder.fadd(total, builder.shuffle_vector(every, every, ir.Constant(pair, [i, i + 1])))
        even, odd = (builder.extract_element(total, ir.Constant(ir.IntType(32), i)) for i in (0, 1))
        return builder.fadd(even, odd)

    return types.float64(a, b), generate


def _highest_by_loop(values: Any, first: int) -> Any:
    return max(values[first : first + ROW])


def _place_by_loop(value: int, values: Any, first: int) -> int:
    return first + list(values[first : first + ROW]).index(value)


def _joint_by_loop(a: Any, b: Any) -> float:
    even = odd = 0.0
    for i in range(0, PARTS, 2):
        even += a[i] + b[i] * (1.0 - a[i])
        odd += a[i + 1] + b[i + 1] * (1.0 - a[i + 1])
    return even + odd


# `highest(values, first)`: the greatest of the row that begins at a place of an array of int64 without gaps.
# `place_of(value, values, first)`: the first place in that row of a value that it holds.
# `joint_sum(a, b)`: sum of ``a + b (1 - a)`` over the first `PARTS` numbers of both, those at even places added first.
# None of them checks the bounds.
highest: Any = _highest_by_loop if config.DISABLE_JIT else intrinsic(_highest)  # type: ignore[attr-defined]
place_of: Any = _place_by_loop if config.DISABLE_JIT else intrinsic(_place)  # type: ignore[attr-defined]
joint_sum: Any = _joint_by_loop if config.DISABLE_JIT else intrinsic(_joint)  # type: ignore[attr-defined]
