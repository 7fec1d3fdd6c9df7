"""The experiment of a published finding, lived and measured: its scenario, its run, its estimates.

Findings whose scenarios say the same, other than their titles, are measured in one run.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cohort.findings import measure
from cohort.findings.estimate import Estimate
from cohort.language import Scenario
from cohort.run import run
from cohort.run_data import RunData
from cohort.scenario import load, of_finding

Measured = dict[tuple[str, str], Estimate]  # (finding, part) to what was found


@dataclass(frozen=True)
class Experiment:
    """One run that shows one or more findings."""

    findings: tuple[str, ...]
    scenario: Scenario

    @property
    def size(self) -> float:
        """Person-days, a measure of what it costs: an arm lives each of them."""
        arms = max(1, len(self.scenario.arms))
        return float(self.scenario.study.persons) * self.scenario.study.days * arms


def experiments(
    findings: Iterable[str], settings: Sequence[str] = (), *, share: float = 1.0, seed: int | None = None
) -> list[Experiment]:
    """The runs that show these findings, the largest first.

    Parameters
    ----------
    settings : as ``--set`` takes them, laid over every scenario.
    share : of the persons that a scenario asks for.
    seed : instead of the scenarios' own.

    Raises InputError for a fault of a scenario or a setting.
    """
    by_text: dict[str, tuple[list[str], Scenario]] = {}
    for finding in findings:
        told = load(of_finding(finding), settings)
        persons = max(2, round(told.study.persons * share / 2.0) * 2)  # pairs stay pairs
        study = told.study.model_copy(update={"persons": persons, **({} if seed is None else {"seed": seed})})
        told = told.model_copy(update={"study": study})
        text = told.model_dump(mode="json", exclude={"title": True, "study": {"name"}})
        by_text.setdefault(json.dumps(text, sort_keys=True), ([], told))[0].append(finding)
    found = [Experiment(tuple(named), told) for named, told in by_text.values()]
    return sorted(found, key=lambda one: -one.size)


def observe(experiment: Experiment, threads: int | None = 1) -> Measured:
    """Live an experiment in a temporary directory and measure its findings. Raises as `cohort.run.run`."""
    place = Path(tempfile.mkdtemp(prefix="cohort-"))
    try:
        lived = RunData(run(experiment.scenario, place / "run", threads=threads).out)
        return {
            (finding, part): found for finding in experiment.findings for part, found in measure(finding, lived).items()
        }
    finally:
        shutil.rmtree(place, ignore_errors=True)
