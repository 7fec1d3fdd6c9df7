"""How each published finding is measured in a run of its scenario: one function a finding, by its id.

``scenarios/targets/<id>.toml`` is the experiment, written as any user would; the function here reads what that run
recorded, as a study would, and gives an `Estimate` for each part. It knows nothing of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from cohort.findings.estimate import Estimate
from cohort.run_data import RunData

Measure = Callable[[RunData], dict[str, Estimate]]

# Finding to the module that measures it; there its function is called as the finding, in small letters.
MODULES = {
    **dict.fromkeys(("A1", "A2", "A3", "A5", "E1", "E6", "R1", "N4", "N8"), "memory"),
    **dict.fromkeys(("B1", "B5", "B7", "B8", "B14", "H1", "N7"), "intrusions"),
    **dict.fromkeys(("C5", "C6", "C8", "C9", "C12", "C13", "C14", "N6"), "disorder"),
    **dict.fromkeys(("C15", "D1", "N1"), "genes"),
    **dict.fromkeys(("E2", "E9", "F1", "F3", "F4", "N2", "N3", "N5", "N9"), "treatment"),
}


def measure(finding: str, run: RunData) -> dict[str, Estimate]:
    """What a run of a finding's scenario shows, a part each. Raises KeyError for an unknown finding."""
    function: Measure = getattr(import_module(f"cohort.findings.{MODULES[finding]}"), finding.lower())
    return function(run)
