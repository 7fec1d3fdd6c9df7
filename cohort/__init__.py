"""cohort: an agent-based population study of emotional memory.

``cohort.Scenario.load(name).run()`` lives a scenario, ``cohort.load(directory)`` reads a run, ``cohort.compare(run)``
and ``cohort.effects(run)`` say what a trial found and what is true, ``cohort.diff(a, b)`` where two runs differ; see
`cohort.study`, `cohort.run_data`, `cohort.trial_results` and `cohort.comparison`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cohort.comparison import diff
    from cohort.run_data import load
    from cohort.study import Scenario
    from cohort.trial_results import compare, effects

__version__ = "0.1.0"
__all__ = ["Scenario", "__version__", "compare", "diff", "effects", "load"]

# Imported when asked for: pandas takes a second.
_LATE = {
    "Scenario": "cohort.study",
    "load": "cohort.run_data",
    "diff": "cohort.comparison",
    "compare": "cohort.trial_results",
    "effects": "cohort.trial_results",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cohort' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)
