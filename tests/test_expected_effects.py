"""Replicates of a trial: the same persons, another life each; what is to be expected for a person, and how surely."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cohort
import cohort.run
from analysis.trials.effects import expected_effects
from cohort import replicates, scenario
from cohort.cli import main
from cohort.comparison import diff
from cohort.errors import InputError
from cohort.executor import Executor

TRIAL = """
[study]
persons = 40
days = 9
[scenes.crash]
content = { context = "bridge", sensory = "glass", narrative = "a lorry", affective = "horror" }
arousal = 0.8
valence = -0.8
threat = 0.8
controllability = 0.1
self_relevance = 0.8
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
at = "day 1 14:00"
[[interventions]]
name = "pill"
kind = "drug"
drug = "propranolol"
mg = 80
at = "day 1 13:00" # before the crash, whose traces it makes weaker
[[instruments]]
name = "diary"
kind = "intrusion-diary"
at = "day 9"
[trial]
at = "day 1"
[[arms]]
name = "none"
[[arms]]
name = "pill"
interventions = ["pill"]
[records]
intrusions = false
measures = "9 d"
"""
SETTINGS = ("--set", "study.persons_seed=1", "--workers", "1")


def frames(number: int, folder: Path) -> list[pd.DataFrame]:
    """Exact effects by seed."""
    told = scenario.loads(TRIAL, overrides=["study.persons_seed=1"])
    replicates.run(told, folder, number=number, executor=Executor(1))
    return [cohort.effects(folder / f"seed-{seed}") for seed in range(1, number + 1)]


@pytest.mark.parametrize(("few", "many"), [(4, 12), pytest.param(16, 64, marks=pytest.mark.slow)])
def test_the_standard_error_falls_as_the_root_of_the_seeds(few: int, many: int, tmp_path: Path) -> None:
    seeds = frames(many, tmp_path / "runs")
    whole = cohort.effects(tmp_path / "runs")
    assert len(whole) == 40
    assert (whole["seeds"] == many).all()
    assert whole.equals(expected_effects(seeds))
    error = {}
    for number in (few, many):  # every stretch of so many seeds counts
        parts = [expected_effects(seeds[k : k + number])["se"] for k in range(0, many, number)]
        error[number] = math.sqrt(np.mean(np.concatenate(parts) ** 2))
    assert error[few] / error[many] == pytest.approx(math.sqrt(many / few), rel=0.15)
    # It is the error that is made: halves of the seeds differ by as much as their errors say.
    one, other = (expected_effects(half) for half in (seeds[::2], seeds[1::2]))
    assert (one["person"] == other["person"]).all()
    apart = np.mean((one["effect"] - other["effect"]) ** 2)
    assert 0.5 < apart / np.mean(one["se"] ** 2 + other["se"] ** 2) < 1.7
    # And persons differ by more than it: there is something to expect of each.
    assert whole["effect"].var() > 1.5 * np.mean(whole["se"] ** 2)


def test_replicates_of_a_trial_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out, part = tmp_path / "trial.toml", tmp_path / "runs", tmp_path / "runs" / "seed-2"
    file.write_text(TRIAL)
    command = ["run", str(file), "--replicates", "3", *SETTINGS, "--out", str(out)]
    assert main(command) == 0
    assert [path.name for path in sorted(out.iterdir())] == ["seed-1", "seed-2", "seed-3"]
    whole = cohort.effects(out)
    # The second was cut short in the midst of its arms, the third had not begun.
    shutil.move(part, tmp_path / "seed-2")
    shutil.rmtree(out / "seed-3")
    monkeypatch.setattr(cohort.run, "CHECKPOINT", 0.0)
    told = scenario.load(file, ["study.persons_seed=1", "study.seed=2"])
    stops = 0

    def stop(progress: cohort.run.Progress) -> None:
        nonlocal stops
        stops += 1
        if stops == 4:
            raise KeyboardInterrupt

    with pytest.raises(cohort.run.InterruptedRun):
        cohort.run.run(told, part, progress=stop)
    assert not part.exists()
    capsys.readouterr()
    assert main([*command, "--resume"]) == 0
    assert [path.name for path in sorted(out.iterdir())] == ["seed-1", "seed-2", "seed-3"]
    assert diff(part, tmp_path / "seed-2").same
    assert cohort.effects(out).equals(whole)


def test_other_persons_have_no_expected_effect_together(tmp_path: Path) -> None:
    replicates.run(scenario.loads(TRIAL), tmp_path / "runs", number=2, executor=Executor(1))
    with pytest.raises(InputError, match=r"has other persons than .*seed-1; set study.persons_seed"):
        cohort.effects(tmp_path / "runs")
