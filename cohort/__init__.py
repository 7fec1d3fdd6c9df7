"""cohort: an agent-based population study of emotional memory.

``cohort.load(directory)`` reads a run; see `cohort.run_data`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cohort.comparison import compare
    from cohort.run_data import load

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "load"]

_LATE = {"load": "cohort.run_data", "compare": "cohort.comparison"}  # imported when asked for: pandas takes a second


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cohort' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)
