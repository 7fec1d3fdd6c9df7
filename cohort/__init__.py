"""cohort: an agent-based population study of emotional memory.

``cohort.Scenario.load(name).run()`` lives a scenario, ``cohort.load(directory)`` reads a run; see `cohort.study` and
`cohort.run_data`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cohort.comparison import compare
    from cohort.run_data import load
    from cohort.study import Scenario

__version__ = "0.1.0"
__all__ = ["Scenario", "__version__", "compare", "load"]

# Imported when asked for: pandas takes a second.
_LATE = {"Scenario": "cohort.study", "load": "cohort.run_data", "compare": "cohort.comparison"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cohort' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)
