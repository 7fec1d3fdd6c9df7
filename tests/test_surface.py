"""The surface of a dose-finding trial: its cells, its figure, and the command that draws it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy_trial

import cohort.run
from analysis.design.surface import surface
from analysis.design.surface_figure import draw, lag
from analysis.trials.outcome import Outcome, TrialError
from cohort import scenario, trial_results
from cohort.cli import main
from cohort.run_data import load

GRID = {"a": (10.0, -90.0), "b": (40.0, -90.0), "c": (10.0, 120.0), "d": (40.0, 120.0)}
SCALE = Outcome("fear", "fear", 1440, "lower", unit="points")
STUDY = """
[study]
persons = 30
days = 4
[scenes.fall]
content = { sensory = "a crack", affective = "fright" }
arousal = 0.8
threat = 0.8
valence = -0.8
[[events]]
name = "fall"
kind = "experience"
scene = "fall"
at = "day 0 10:00"
[[events]]
name = "reminder"
kind = "reminder"
scene = "fall"
at = "day 1 10:00"
[[interventions]]
name = "pill"
kind = "drug"
drug = "propranolol"
mg = 40
at = "AT"
[[instruments]]
name = "fear"
kind = "fear-test"
at = "day 3"
[trial]
at = "day 0 12:00"
[trial.dose_finding]
of = "pill"
mg = [20, 80]
delays = ["0 h", "90 min", "1 d"]
"""


def effects(by_arm: dict[str, list[float]], outcome: str = "fear") -> pd.DataFrame:
    parts = [
        pd.DataFrame({"person": range(len(values)), "outcome": outcome, "arm": arm, "effect": values})
        for arm, values in by_arm.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_cell_is_the_mean_over_persons_with_students_interval() -> None:
    found = surface(effects({"a": [1.0, 2.0, 3.0, np.nan], "b": [2.0] * 4, "c": [5.0], "d": [np.nan]}), GRID)
    told = found.set_index("arm")[["mg", "minutes", "n", "effect", "low", "high"]]
    half = 4.302653 / 3**0.5  # Student's t with 2 degrees of freedom, standard deviation 1
    assert told.loc["a"].tolist() == pytest.approx([10, -90, 3, 2.0, 2.0 - half, 2.0 + half], abs=1e-6)
    assert told.loc["b"].tolist() == [40, -90, 4, 2.0, 2.0, 2.0]
    np.testing.assert_array_equal(told.loc["c"], [10, 120, 1, 5.0, np.nan, np.nan])
    np.testing.assert_array_equal(told.loc["d"], [40, 120, 0, np.nan, np.nan, np.nan])


def test_a_grid_that_does_not_fit_is_refused() -> None:
    one = effects({"a": [1.0], "b": [1.0]})
    with pytest.raises(TrialError, match="without effects: c"):
        surface(one, {"a": (10.0, 0.0), "c": (20.0, 0.0)})
    with pytest.raises(TrialError, match="one dose and time"):
        surface(one, {"a": (10.0, 0.0), "b": (10.0, 0.0)})


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 h"), (-90, "−90 min"), (60, "+1 h"), (150, "+2.5 h"), (-45, "−45 min"), (1440, "+24 h"), (4320, "+3 d")],
)
def test_times_are_told_in_the_largest_short_unit(minutes: float, said: str) -> None:
    assert lag(minutes) == said


def test_the_figure_says_every_cell_with_its_interval_unit_and_number() -> None:
    found = surface(effects({"a": [-1.0, -3.0], "b": [0.0, 0.0], "c": [5.0], "d": [np.nan]}), GRID)
    figure = draw(found, [SCALE], "pill", "reminder", "a title")
    panel, bar = figure.axes
    assert {text.get_text() for text in panel.texts} == {"-2\n(-14.7 to 10.7)", "0\n(0 to 0)", "5", "no data"}
    assert [label.get_text() for label in panel.get_xticklabels()] == ["−90 min", "+2 h"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["10", "40"]
    assert bar.get_ylabel() == "mean effect\n(points)"
    assert panel.get_title("left").endswith("lower is better; mean and 95% interval over n = 0 to 2 persons")
    assert figure.get_supxlabel() == "pill before (−) or after (+) reminder"
    # What helps is blue, also where lower is better; nothing is nearly white.
    image = panel.get_images()[0]
    helps, harms = image.cmap(image.norm(-5.0)), image.cmap(image.norm(5.0))
    assert helps[2] > helps[0]
    assert harms[0] > harms[2]
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.9


def test_one_command_gives_the_figure_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = STUDY.replace("AT", "-60 min before reminder")
    run = cohort.run.run(scenario.loads(text), tmp_path / "run").out
    study = load(run).provenance.study
    assert (study["grid_of"], study["grid_from"]) == ("pill", "reminder")
    assert study["grid"] == {
        "pill-20mg-at-0h": [20.0, -60], "pill-80mg-at-0h": [80.0, -60], "pill-20mg-at-90min": [20.0, 30],
        "pill-80mg-at-90min": [80.0, 30], "pill-20mg-at-1d": [20.0, 1380], "pill-80mg-at-1d": [80.0, 1380],
    }  # fmt: skip
    found = trial_results.trial(run).surface
    assert found["n"].tolist() == [30] * 6
    assert main(["compare", str(run), "--surface", str(tmp_path / "surface.png")]) == 0
    assert "Effects by dose and time: " in capsys.readouterr().out
    assert (tmp_path / "surface.png").stat().st_size > 10_000


def test_times_count_from_the_moment_described_where_that_is_no_event(tmp_path: Path) -> None:
    run = cohort.run.run(scenario.loads(STUDY.replace("AT", "day 1 09:00")), tmp_path / "run").out
    study = load(run).provenance.study
    assert study["grid_from"] == ""
    assert sorted({minutes for _, minutes in study["grid"].values()}) == [0, 90, 1440]


def test_what_has_no_surface_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = toy_trial.run(tmp_path / "run")
    assert main(["compare", str(run), "--surface", str(tmp_path / "surface.png")]) == 2
    assert "holds no surface of doses and times; its scenario needs [trial.dose_finding]" in capsys.readouterr().err
    assert main(["compare", str(run), "--surface", str(tmp_path / "surface.txt")]) == 2
    assert "--surface" in capsys.readouterr().err
    assert not (tmp_path / "surface.png").exists()
