"""What trials find, trial by trial: right on average, and inside their intervals as often as these say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import cohort.run
from analysis.trials.trial import welch
from cohort import scenario, trial_results

# The trauma film, and a diary that misses nothing, so that its score is right on average.
FILM = """
extends = "film"
[parameters]
diary_electronic = 1
[groups]
neither = "true"
task_only = "false"
reminder_only = "false"
both = "false"
[records]
measures = "8 d"
intrusions = false
[[interventions]]
name = "tetris"
kind = "imagery-task"
at = "+24 h after film"
[[interventions]]
name = "pill"
kind = "drug"
drug = "propranolol"
mg = 80
at = "+30 min after film"
[[instruments]]
name = "diary"
kind = "intrusion-diary"
at = "day 8"
missing = 0.05
[[instruments]]
name = "pcl5"
kind = "pcl-5"
at = "day 8"
[[instruments]]
name = "fear"
kind = "fear-test"
at = "day 8"
[trial]
dropout = 0.05
[[arms]]
name = "none"
[[arms]]
name = "tetris"
interventions = ["tetris"]
[[arms]]
name = "pill"
interventions = ["pill"]
[[outcomes]]
name = "diary"
instrument = "diary"
[[outcomes]]
name = "pcl5"
instrument = "pcl5"
[[outcomes]]
name = "fear"
instrument = "fear"
"""
OUTCOMES, TREATED = ("diary", "pcl5", "fear"), ("tetris", "pill")


def many_trials(number: int, size: int, out: Path) -> dict[tuple[str, str], tuple[float, np.ndarray]]:
    """Truth and what each trial finds (estimate, low, high), shape (number, 3), by outcome and arm.

    The trials are stretches of one population, each with persons of its own and whole blocks of the allocation.
    """
    assert size % 3 == 0
    text = scenario.loads(FILM, overrides=[f"study.persons={number * size}", "study.seed=1"])
    trial = trial_results.trial(cohort.run.run(text, out).out)
    arms = trial.allocation["arm"].astype(str).to_numpy().reshape(number, size)
    assert all((np.sum(arms == arm, axis=1) == size // 3).all() for arm in ("none", *TREATED))
    seen = trial.seen.assign(trial=trial.seen["person"] // size, arm=trial.seen["arm"].astype(str))
    groups = {key: part.to_numpy() for key, part in seen.groupby(["outcome", "trial", "arm"])["value"]}
    truth = trial.effects.groupby(["outcome", "arm"], observed=True)["effect"].mean()
    return {
        (outcome, arm): (
            float(truth[outcome, arm]),
            np.array([welch(groups[outcome, k, arm], groups[outcome, k, "none"]) for k in range(number)]),
        )
        for outcome in OUTCOMES
        for arm in TREATED
    }


@pytest.mark.parametrize(("number", "size"), [(60, 120), pytest.param(500, 162, marks=pytest.mark.slow)])
def test_estimates_are_right_on_average_and_their_intervals_cover_the_truth(
    number: int, size: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    low, high = stats.binom.interval(0.999, number, 0.95)  # 458 to 489 of 500
    with capsys.disabled():
        print(f"\n{number} trials of {size} persons; permitted: {low:.0f} to {high:.0f} intervals that cover the truth")
        found = many_trials(number, size, tmp_path / "run")
        faults = []
        for (outcome, arm), (truth, told) in found.items():
            estimate, error = told[:, 0].mean(), stats.sem(told[:, 0])
            covered = int(np.sum((told[:, 1] <= truth) & (truth <= told[:, 2])))
            z = (estimate - truth) / error
            print(
                f"{outcome:6} {arm:5} truth {truth:7.3f}, mean estimate {estimate:7.3f} (z {z:5.2f}), covered {covered}"
            )
            if abs(z) > 3.29 or not low <= covered <= high:
                faults.append((outcome, arm))
    assert not faults
    assert min(abs(found["diary", arm][0]) for arm in TREATED) > 0.02  # there is an effect to be found


def test_a_trial_that_lets_the_ill_choose_is_caught(tmp_path: Path) -> None:
    """Were treatment given to those with more intrusions, the mean estimate would miss the truth by far."""
    text = scenario.loads(FILM, overrides=["study.persons=1200", "study.seed=1"])
    trial = trial_results.trial(cohort.run.run(text, tmp_path / "run").out)
    of_diary = trial.effects[(trial.effects["outcome"] == "diary") & (trial.effects["arm"] == "tetris")]
    ill = of_diary["under_reference"] > of_diary["under_reference"].median()
    estimate, low, high = welch(of_diary["under_arm"][ill].to_numpy(), of_diary["under_reference"][~ill].to_numpy())
    assert estimate > 0.0 > of_diary["effect"].mean()
    assert not low <= of_diary["effect"].mean() <= high
