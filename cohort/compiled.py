"""The one way in which this package compiles a function.

Left to itself, numba compiles a callee anew for every integer constant with which it is called, and once more for a
counter that starts at a constant. The kernel's functions take regions, systems and parts by number, so that would be
hundreds of versions and minutes of a user's first run. Here an integer constant is an integer like any other, and a
function that only compiled code calls gets no wrapper for calls from Python.

The result is kept on disk beside the file, until one of the files that hold compiled functions changes: numba itself
would notice a change in the function's own file only, and run an old callee.

With ``NUMBA_DISABLE_JIT=1`` in the environment a function is left as it is, for debugging.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]
from numba.core import config, types
from numba.core.caching import FunctionCache
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature

# The kernel is many middling functions, each called from few places. LLVM is told once to put more of them into their
# callers than it would (its own threshold is 225): 8% less time for a person's day, 10 s more of the first compilation.
binding.set_option("cohort", "-inline-threshold=1500")

# Threads run persons side by side, so no lock is held; a division by zero gives inf, as in numpy, and costs no branch.
_OPTIONS = {"nopython": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_CALLEE = {**_OPTIONS, "no_cpython_wrapper": True}


@cache
def _package_stamp() -> str:
    digest = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        text = path.read_bytes()
        if b"@compiled" in text or b"@inlined" in text or b"numba" in text:
            digest.update(text)
    return digest.hexdigest()


class _Cache(FunctionCache):
    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), _package_stamp())


class _Callee(CPUDispatcher):
    """A function as other compiled functions see it: no way in from Python, nothing kept on disk."""

    def compile(self, sig: Any) -> Any:
        arguments, _ = normalize_signature(sig)
        return super().compile(tuple(types.unliteral(a) for a in arguments))


class _Entry(CPUDispatcher):
    """A function as Python sees it."""

    def __init__(self, function: Callable[..., Any], *, inline: bool = False) -> None:
        super().__init__(function, targetoptions=dict(_OPTIONS))
        self.callee = _Callee(function, targetoptions={**_CALLEE, "forceinline": inline})
        self._cache = _Cache(function)

    def is_kept(self) -> bool:
        """Whether a result for this machine and these sources lies on disk."""
        machine = self.targetctx.codegen().magic_tuple()  # type: ignore[attr-defined]
        try:
            index = self._cache._cache_file._load_index()
        except (OSError, EOFError, ValueError, UnpicklingError):
            return False
        return any(machine in key and key[-1] == _package_stamp() for key in index)

    @property
    def _numba_type_(self) -> Any:
        return types.Dispatcher(self.callee)


def cached(*functions: Callable[..., Any]) -> bool:
    """Whether nothing needs to be compiled: a result for this machine lies on disk for each of `functions`.

    Of a function that was compiled for several types, one result counts.
    """
    return all(not isinstance(function, _Entry) or function.is_kept() for function in functions)


def compiled[F: Callable[..., Any]](function: F) -> F:
    """Compile a scalar function on its first call with new types, and keep the result on disk."""
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    return _Entry(function)  # type: ignore[return-value]


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Compile as `compiled` does, into the body of every caller: a loop over such calls can then run in lanes."""
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    return _Entry(function, inline=True)  # type: ignore[return-value]
