"""Calibration: what a specification refuses, and a search whose answer is known, with a toy in the place of the runs.

The toy: three findings whose residuals are straight lines of the parameters, so that the best values, the slopes and
their rank follow by hand. One test runs the experiments themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohort.calibration import sensitivity
from cohort.calibration.fit import InterruptedFit, fit
from cohort.calibration.misfit import Job, Seen, misfit, residual
from cohort.calibration.search import unit, values_at
from cohort.calibration.specification import MOST_FREE, Free, Fresh, Polish, Sensitivity, Specification, load
from cohort.cli import main
from cohort.errors import InputError
from cohort.files import data_file
from cohort.parameters import table
from cohort.scenario import load as load_scenario
from cohort.targets import targets

ROWS = ("B1-control", "B14-half-life", "H1-vmr")
FREE = {
    "hazard_offset": Free(low=-0.5, high=0.5),
    "cue_usual": Free(low=0.2, high=0.9),
    "fade_days": Free(low=30.0, high=200.0, log=True),
}
BEST = np.array([0.3, 0.6, 0.45])  # as shares of the ranges
SLOPES = np.array([[8.0, 2.0, 0.0], [0.0, 5.0, 1.0], [1.0, 0.0, 6.0]])  # half-widths over a range, one row a finding


def specification(**other: object) -> Specification:
    told = {
        "title": "toy", "seed": 4, "trials": 30, "startup": 8, "targets": ROWS, "free": FREE,
        "fresh": Fresh(best=3, seeds=2), "sensitivity": Sensitivity(seeds=2),
    }  # fmt: skip
    return Specification(**{**told, **other})  # type: ignore[arg-type]


@dataclass
class Toy:
    """Sees residuals ``slopes @ (shares - BEST)``; stops as a user would at look `stop`."""

    spec: Specification
    slopes: np.ndarray = field(default_factory=lambda: SLOPES)
    stop: int = -1
    looks: int = 0

    def __call__(self, values: Mapping[str, float], seed: int, times: float) -> Iterator[Seen]:
        if self.looks == self.stop:
            raise KeyboardInterrupt
        self.looks += 1
        found = self.slopes @ (unit(self.spec, dict(values)) - BEST[: len(values)])
        for row, r in zip(self.spec.rows, found, strict=True):
            yield {row.key: ((row.low + row.high) / 2.0 + r * row.width / 2.0, 0.01)}


# --- the specification


def complaint(tmp_path: Path, text: str) -> str:
    path = tmp_path / "spec.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as fault:
        load(path)
    return str(fault.value)


def test_a_row_that_is_kept_for_prediction_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('targets = ["B1-control", "B1-both"]\n[free.cue_usual]\nlow = 0.3\nhigh = 0.5\n', "utf-8")
    assert main(["calibrate", str(path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"cohort: {path}: line 1: 'B1-both': nothing may be fitted to B1-both (use = predict)")
    assert err.count("\n") == 1


@pytest.mark.parametrize("row", [row for row in targets() if row.use != "calibrate"], ids=lambda row: row.key)
def test_no_other_row_can_be_named(row: object, tmp_path: Path) -> None:
    key = getattr(row, "key")  # noqa: B009
    text = f'targets = ["{key}"]\n[free.cue_usual]\nlow = 0.3\nhigh = 0.5\n'
    assert "nothing may be fitted to" in complaint(tmp_path, text)


def test_a_finding_with_parts_of_both_uses_says_what_to_name(tmp_path: Path) -> None:
    found = complaint(tmp_path, 'targets = ["B1"]\n[free.cue_usual]\nlow = 0.3\nhigh = 0.5\n')
    assert "B1-zeros (use = predict)" in found
    assert found.endswith("name B1-control instead")


def test_a_start_outside_the_range_is_refused(tmp_path: Path) -> None:
    found = complaint(tmp_path, 'targets = ["H1"]\n[free.cue_usual]\nlow = 0.3\nhigh = 0.5\nstart = 0.6\n')
    assert found.endswith("line 5: free.cue_usual.start = 0.6; permitted: 0.3 to 0.5")


def test_every_fault_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = """
titel = "x"
trials = 5
startup = 6
targets = ["B1-control", "B1-control", "Z1"]
[free.fade_dayz]
low = 1.0
high = 2.0
[free.fade_days]
low = 1.0
high = 50.0
[free.cue_usual]
low = 0.5
high = 0.4
[free.hazard_offset]
low = -0.1
high = 0.1
log = true
[fixed]
cue_usual = 0.5
load_event = 99.0
[shares]
F1 = 0.1
"""
    found = complaint(tmp_path, text)
    for wanted in (
        "line 2: unknown key 'titel'; did you mean 'title'?",
        "line 4: startup = 6 is more than trials = 5",
        "line 5: 'B1-control' is named twice",
        "line 5: no finding 'Z1'",
        "line 6: unknown parameter 'fade_dayz'; did you mean 'fade_days'?",
        "line 10: free.fade_days.low = 1; permitted: 24 to 240, the declared range of this parameter (calibrated)",
        "line 12: free.cue_usual: low = 0.5 is not below high = 0.4",
        "line 18: free.hazard_offset: log = true with low = -0.1",
        "line 20: 'cue_usual' is free as well",
        "line 21: load_event = 99.0 is out of range",
        "line 23: 'F1' is no finding of the targets; permitted: B1",
    ):
        assert wanted in found, wanted
    assert ": 11 faults" in found


def test_more_free_parameters_than_findings_can_hold_apart_are_refused(tmp_path: Path) -> None:
    names = [p.name for p in table().values()][: MOST_FREE + 1]
    ranges = "".join(f"[free.{n}]\nlow = {table()[n].low}\nhigh = {table()[n].high}\n" for n in names)
    assert "free holds 13 parameters; permitted: at most 12" in complaint(tmp_path, f'targets = ["H1"]\n{ranges}')


def test_the_shipped_specification_is_in_order_and_fits_every_row_that_may_be_fitted() -> None:
    spec = load("default")
    assert {row.key for row in spec.rows} == {row.key for row in targets() if row.use == "calibrate"}
    assert len(spec.free) <= MOST_FREE


def test_the_specification_in_the_readme_is_in_order(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    path = tmp_path / "spec.toml"
    path.write_text(text.split("## Calibration that is declared")[1].split("```toml\n")[1].split("```")[0], "utf-8")
    assert [row.key for row in load(path).rows] == list(ROWS)


# --- residuals


def test_a_residual_is_one_at_the_edge_of_the_band() -> None:
    (row,) = specification(targets=("B1-control",)).rows  # 4 to 6.5
    assert residual(row, 6.5) == pytest.approx(1.0)
    assert residual(row, 4.0) == pytest.approx(-1.0)
    assert residual(row, 5.25) == 0.0
    assert residual(row, float("nan")) == 10.0


def test_what_can_no_longer_be_accepted_is_given_up_before_the_next_experiment() -> None:
    spec = specification()
    job = Job(values_at(spec, np.array([1.0, 0.6, 0.45])), 4, limit=3.0)  # 5.6 half-widths in the first finding
    found = misfit(job, spec.rows, Toy(spec))
    assert found.given_up
    assert list(found.seen) == ["B1-control"]


# --- the search and what follows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("calibration") / "fit"
    fit(specification(), out, look=Toy(specification()))
    return out


def test_the_best_values_are_found(whole: Path) -> None:
    told = json.loads((whole / "result.json").read_text())
    spec = specification()
    np.testing.assert_allclose(unit(spec, told["parameters"]), BEST, atol=0.01)
    assert told["best"]["accepted"]
    assert [row["key"] for row in told["targets"]] == list(ROWS)
    assert all(abs(row["residual"]) < 0.05 for row in told["targets"])
    assert told["accepted"] >= told["accepted_fresh"] == 3


def test_the_search_alone_comes_closer_than_its_first_trials(whole: Path) -> None:
    trials = pd.read_csv(whole / "trials.csv").query("by == 'search'")
    assert len(trials) == 30
    assert list(trials["number"]) == list(range(30))
    assert trials["loss"][8:].min() < trials["loss"][:8].min()


def test_a_given_up_trial_says_so_and_leaves_blank_what_was_not_seen(whole: Path) -> None:
    trials = pd.read_csv(whole / "trials.csv")
    given_up = trials[trials["given_up"]]
    assert len(given_up) > 0
    assert not given_up["accepted"].any()
    assert given_up["H1-vmr"].isna().all()
    assert trials[~trials["given_up"]].notna().all(axis=None)


def test_the_slopes_are_those_of_the_toy(whole: Path) -> None:
    found = pd.read_csv(whole / "sensitivity.csv")
    np.testing.assert_allclose(found["slope"].to_numpy().reshape(3, 3), SLOPES, atol=1e-6)
    assert json.loads((whole / "result.json").read_text())["rank"] == 3


def test_the_parameters_can_be_taken_by_a_scenario(whole: Path) -> None:
    told = json.loads((whole / "result.json").read_text())["parameters"]
    place = whole / "parameters.toml"
    assert load_scenario("film", [f"parameters_from={place}"]).parameters == told
    moved = load_scenario("film", [f"parameters_from={place}", "parameters.cue_usual=0.5"]).parameters
    assert moved == {**told, "cue_usual": 0.5}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[parameters]\ncue_usual = 9.0\n", "p.toml, line 2: cue_usual = 9.0 is out of range"),
        (
            "[parameters]\n[study]\ndays = 3\n",
            "p.toml: permitted: a file in TOML with a table [parameters], and nothing",
        ),
        ("title = 3", "p.toml: permitted: a file in TOML with a table [parameters], and nothing else"),
        (None, "p.toml: No such file or directory"),
    ],
)
def test_a_faulty_file_of_parameters_is_refused(text: str | None, wanted: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "p.toml").write_text(text, "utf-8")
    path = tmp_path / "study.toml"
    path.write_text('extends = "film"\nparameters_from = "p.toml"\n', "utf-8")
    with pytest.raises(InputError) as fault:
        load_scenario(path)
    assert wanted in str(fault.value)
    assert "\n" not in str(fault.value)


def test_an_interrupted_calibration_goes_on_to_the_same_trials(whole: Path, tmp_path: Path) -> None:
    spec, out = specification(), tmp_path / "fit"
    for stop in (5, 14):  # in the first trials, and while the search learns
        with pytest.raises(InterruptedFit, match=f"go on with the same command and --resume --out {out}"):
            fit(spec, out, look=Toy(spec, stop=stop), resume=stop > 5)
        assert not out.exists()
    fit(spec, out, look=Toy(spec), resume=True)
    for name in ("trials.csv", "accepted.csv", "fresh.csv", "sensitivity.csv", "correlations.csv", "parameters.toml"):
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


def test_ctrl_c_ends_in_one_line_that_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cohort.calibration.misfit.observe", stop)
    path, out = tmp_path / "spec.toml", tmp_path / "out"
    path.write_text('targets = ["H1"]\nfree.cue_usual = { low = 0.4, high = 0.9 }\n', "utf-8")
    assert main(["calibrate", str(path), "--out", str(out), "--workers", "1"]) == 130
    assert capsys.readouterr().err == f"cohort: interrupted; go on with the same command and --resume --out {out}\n"


def test_processes_beside_each_other_find_the_same(whole: Path, tmp_path: Path) -> None:
    spec = specification(trials=8, polish=Polish(steps=3))
    done = fit(spec, tmp_path / "fit", look=Toy(spec), workers=2)
    alone = pd.read_csv(whole / "trials.csv")[:8]
    assert [one.values["cue_usual"] for one in done.tried[:8]] == list(alone["cue_usual"])
    assert [one.loss for one in done.tried[:8]] == list(alone["loss"])
    np.testing.assert_allclose(unit(spec, done.best.values), BEST, atol=0.01)


def test_nothing_that_was_looked_at_is_looked_at_again(tmp_path: Path) -> None:
    spec, out = specification(), tmp_path / "fit"
    one = Toy(spec)
    fit(spec, tmp_path / "whole", look=one)
    first, second = Toy(spec, stop=one.looks - 5), Toy(spec)
    with pytest.raises(InterruptedFit):
        fit(spec, out, look=first)
    fit(spec, out, look=second, resume=True)
    assert first.looks + second.looks == one.looks


def test_another_calibration_does_not_go_on_with_it(tmp_path: Path) -> None:
    spec, out = specification(), tmp_path / "fit"
    with pytest.raises(InterruptedFit):
        fit(spec, out, look=Toy(spec, stop=3))
    with pytest.raises(InputError, match="an unfinished calibration lies in"):
        fit(spec, out, look=Toy(spec))
    with pytest.raises(InputError, match="is another one"):
        fit(specification(seed=5), out, look=Toy(spec), resume=True)
    more = specification(trials=31)
    done = fit(more, out, look=Toy(more), resume=True)
    assert done.told()["trials"] == 31
    with pytest.raises(InputError, match="already exists"):
        fit(spec, out, look=Toy(spec), resume=True)


# --- what the findings can tell


def test_two_parameters_that_do_the_same_have_rank_one(tmp_path: Path) -> None:
    free = {name: FREE[name] for name in ("hazard_offset", "cue_usual")}
    spec = specification(free=free, trials=10, polish=Polish(steps=0))
    done = fit(spec, tmp_path / "fit", look=Toy(spec, np.array([[8.0, 8.0], [5.0, 5.0], [2.0, 2.0]])))
    assert done.slopes.rank == 1
    # J'J = 93 [[1, 1], [1, 1]]; with 12 from the ranges on the diagonal the correlation is -93 / 105.
    assert done.correlations()["slopes"].item() == pytest.approx(-93.0 / 105.0)


def test_a_direction_that_does_not_rise_above_the_noise_is_not_counted() -> None:
    value = np.diag([10.0, 0.3])
    assert sensitivity.Slopes(value, np.full((2, 2), 0.1)).rank == 2  # noise .2
    assert sensitivity.Slopes(value, np.full((2, 2), 0.2)).rank == 1  # noise .4


def test_correlations_over_sets_need_three_of_them() -> None:
    sets = [{"a": 1.0, "b": 2.0}, {"a": 2.0, "b": 0.0}, {"a": 3.0, "b": -2.0}]
    assert np.isnan(sensitivity.correlations(sets[:2], ["a", "b"])).all()
    assert sensitivity.correlations(sets, ["a", "b"])[0, 1] == pytest.approx(-1.0)


def test_slopes_at_the_edge_of_a_range_are_taken_within_it() -> None:
    spec = specification()
    at = values_at(spec, np.array([0.0, 1.0, 0.5]))
    jobs = sensitivity.jobs(spec, at)
    for job in jobs:
        assert all(FREE[name].low <= value <= FREE[name].high for name, value in job.values.items())
    found = [misfit(job, spec.rows, Toy(spec)) for job in jobs]
    np.testing.assert_allclose(sensitivity.slopes(spec, at, found).value, SLOPES, atol=1e-6)


def test_a_missing_part_is_a_fault_of_the_program() -> None:
    spec = specification()
    with pytest.raises(KeyError, match="no experiment shows H1-vmr"):
        misfit(Job({}, 1), spec.rows, lambda values, seed, times: [{"B1-control": (5.0, 0.1), "B14-half-life": (2, 0)}])


# --- the experiments themselves


def test_a_calibration_by_the_experiments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "film.toml", tmp_path / "out"
    path.write_text(
        """
trials = 2
startup = 2
share = 0.01
targets = ["B1-control", "H1"]
fixed = { hazard_slope = 0.07 }
free.cue_usual = { low = 0.4, high = 0.9 }
free.weight_affect = { low = 1.0, high = 2.0, start = 1.5 }
polish.steps = 0
fresh = { best = 1, seeds = 1, times = 1.0 }
sensitivity.seeds = 2
""",
        "utf-8",
    )
    assert main(["calibrate", str(path), "--out", str(out), "--workers", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trials"] == 2
    trials = pd.read_csv(out / "trials.csv")
    assert trials["cue_usual"][0] == table()["cue_usual"].value
    assert trials["weight_affect"][0] == 1.5
    assert trials["B1-control"].nunique() == 2  # more cues, another count
    assert (out / "parameters.toml").read_text().count("hazard_slope = 0.07") == 1


def test_the_defaults_are_the_shipped_result() -> None:
    """Of the specification as it stands, to four figures; none of it lies at a value that was set in another way."""
    result = json.loads(data_file("calibration/default/result.json").read_text("utf-8"))
    spec = load("default")
    assert Specification.model_validate(result["specification"]) == spec
    assert {name: float(f"{value:.4g}") for name, value in result["parameters"].items()} == {
        name: table()[name].value for name in spec.free
    }
    assert [row["key"] for row in result["targets"]] == [row.key for row in spec.rows]
    assert {row["verdict"] for row in result["targets"]} == {"pass"}
