"""cohort: an agent-based population study of emotional memory.

``cohort.Scenario.load(name).run()`` lives a scenario, ``cohort.load(directory)`` reads a run, ``cohort.compare(run)``
and ``cohort.effects(run)`` say what a trial found and what is true, ``cohort.report(run)`` analyses it whole,
``cohort.study_of(run)`` is what each analysis takes, ``cohort.diff(a, b)`` says where two runs differ; see
`cohort.study`, `cohort.run_data`, `cohort.trial_results`, `cohort.reporting` and `cohort.comparison`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cohort.comparison import diff
    from cohort.reporting import report, study_of
    from cohort.run_data import load
    from cohort.study import Scenario
    from cohort.trial_results import compare, effects, trial

__version__ = "0.1.0"
__all__ = ["Scenario", "__version__", "compare", "diff", "effects", "load", "report", "study_of", "trial"]

# Imported when asked for: pandas takes a second.
_LATE = {
    "Scenario": "cohort.study",
    "load": "cohort.run_data",
    "diff": "cohort.comparison",
    "compare": "cohort.trial_results",
    "effects": "cohort.trial_results",
    "report": "cohort.reporting",
    "study_of": "cohort.reporting",
    "trial": "cohort.trial_results",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cohort' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATE[name]), name)
