"""Ask the processor for memory that is soon needed, while it still works on something else."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic

LINE = 64  # bytes that come at a time


def _prefetch(typing: Any, array: Any, row: Any, byte: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, where.strides)[0]
        start = builder.add(builder.mul(arguments[1], stride), arguments[2])
        pointer = builder.gep(builder.bitcast(where.data, cgutils.voidptr_t), [start])
        number = ir.IntType(32)
        of = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, of, "llvm.prefetch.p0")
        builder.call(function, [pointer, number(0), number(3), number(1)])  # to read, keep near, data
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


def _without_compilation(array: Any, row: int, byte: int) -> None:
    """Nothing is gained where nothing is compiled."""


# `prefetch(array, row, byte)` of compiled code: the line of memory around a byte of one row of an array (along the
# first axis). It changes no result; a place beyond the array does no harm.
prefetch = _without_compilation if config.DISABLE_JIT else intrinsic(_prefetch)  # type: ignore[attr-defined]
