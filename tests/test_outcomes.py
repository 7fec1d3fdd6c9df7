"""Each outcome is read from the tables that it names, and from no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cohort.run
from cohort import scenario
from cohort.outcomes import OUTCOMES, outcomes, tables_of
from cohort.run_data import load

SCALED = ("month", "year")  # by a scale with a cut-off, which the flood has not


@pytest.mark.parametrize(
    ("name", "days", "names"),
    [("flood", 380, [name for name in OUTCOMES if name not in SCALED]), ("propranolol-prevention", 90, ["month"])],
)
def test_a_run_of_the_named_tables_alone_gives_each_outcome(
    name: str, days: int, names: list[str], tmp_path: Path
) -> None:
    told = scenario.load(name, ["study.persons=150", f"study.days={days}"])
    whole = load(cohort.run.run(told, tmp_path / "whole").out)
    for outcome in names:
        part = load(cohort.run.run(told, tmp_path / outcome, tables=tables_of([outcome])).out)
        there = outcomes(whole, [outcome])
        assert np.isfinite(there).all(), outcome
        assert outcomes(part, [outcome]) == there, outcome
