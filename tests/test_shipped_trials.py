"""The shipped trials, small: each is lived, compared, and gives all its arms and outcomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cohort
from cohort import scenario
from cohort.cli import main
from cohort.plan import plan

TRIALS = [name for name, _ in scenario.shipped() if scenario.load(name).trial is not None]
PERSONS = 80  # so that a few of them have the symptoms that some ask for


@pytest.mark.parametrize("name", TRIALS)
def test_a_shipped_trial_is_lived_and_compared(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", name, "--persons", str(PERSONS), "--out", str(tmp_path / "run"), "--json"]) == 0
    capsys.readouterr()
    assert main(["compare", str(tmp_path / "run"), "--json"]) == 0
    protocol = plan(scenario.load(name)).protocol
    told = json.loads(capsys.readouterr().out)
    others = [arm.name for k, arm in enumerate(protocol.arms) if k != protocol.reference]
    assert [(row["outcome"], row["arm"]) for row in told] == [
        (outcome.name, arm) for outcome in protocol.outcomes for arm in others
    ]
    run = cohort.load(tmp_path / "run")
    assert all(row["exact"] is not None for row in told) or not run.allocation["eligible"].any()
    assert run.allocation["arm"].notna().sum() == run.allocation["eligible"].sum()
