"""A sensitivity analysis from its spec to its tables, with a model put in for the lives; then with lives."""

from __future__ import annotations

import csv
import json
import pickle
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from a_cluster import cluster

from cohort import sensitivity
from cohort.cli import main
from cohort.errors import InputError, Interrupted
from cohort.executor import Executor
from cohort.outcomes import OUTCOMES
from cohort.parameters import table
from cohort.sensitivity import INERT, Analysis, Spec, axes_of, read

SMALL = {"scenario": "film", "outcomes": ["week", "recall"], "trajectories": 3, "leaders": 3, "samples": 8}


class Model:
    """Outcomes that depend on two parameters and on chance; it counts how often it is asked, and may give up."""

    def __init__(self, most: int = 10**9) -> None:
        self.asked: list[tuple[str, int]] = []
        self.most = most

    def __call__(self, stage: str, values: Mapping[str, float], seed: int) -> list[float]:
        if len(self.asked) == self.most:
            raise KeyboardInterrupt
        self.asked.append((stage, seed))
        chance = np.random.default_rng(seed).normal()
        return [3.0 * values.get("load_ne", 0.8) + chance, 2.0 * values.get("completion", 0.75)]


def analysis(out: Path, resume: bool = False, **changes: object) -> Analysis:
    return Analysis(Spec.model_validate({**SMALL, **changes}), out, resume=resume)


def test_the_live_parameters_lead_and_the_inert_one_stays_at_nothing(tmp_path: Path) -> None:
    model, one = Model(), analysis(tmp_path / "a")
    found = one.go(model, Executor(1))
    assert len(model.asked) == 16 + 3 * (len(one.axes) + 1) + 8 * (2 + 1 + 2)
    screened = found.screened.set_index(["outcome", "parameter"])["mu_star"]
    known = table()["load_ne"]
    assert screened["week", "load_ne"] == pytest.approx(3.0 * (known.high - known.low))
    assert screened["week"].drop("load_ne").to_numpy() == pytest.approx(0.0, abs=1e-9)
    assert set(found.shares["parameter"]) == {"load_ne", "completion", INERT}
    shares = found.shares.set_index(["outcome", "parameter"])
    assert shares.loc[("recall", "completion"), "ST"] > 0.5
    assert shares.loc[("week", INERT), "ST"] == 0.0
    floors = found.screened.set_index("outcome")["floor"]
    assert floors["recall"].iloc[0] == 0.0  # there chance has no part
    assert floors["week"].iloc[0] > 0.3
    assert 0.0 < shares.loc[("week", "load_ne"), "floor"] < 1.0
    with (tmp_path / "a" / "sobol.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 6


def test_one_seed_a_block_and_as_many_runs_as_were_announced(tmp_path: Path) -> None:
    model, one = Model(), analysis(tmp_path / "a", leaders=2)
    one.go(model, Executor(1))
    assert len(model.asked) == one.runs
    screened = [seed for stage, seed in model.asked if stage == "morris"]
    assert screened == [1 + k for k in range(3) for _ in range(len(one.axes) + 1)]


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    whole = analysis(tmp_path / "whole").go(Model(), Executor(1))
    with pytest.raises(Interrupted, match="--resume"):
        analysis(tmp_path / "cut").go(Model(most=100), Executor(1))
    with (tmp_path / "cut" / "answers.jsonl").open("a") as log:
        log.write('["half a li')
    model = Model()
    again = analysis(tmp_path / "cut", resume=True)
    total, found = len(again.answers.known), again.go(model, Executor(1))
    assert total == 100
    assert len(model.asked) == 16 + 3 * (len(again.axes) + 1) + 8 * 5 - 100
    assert found.screened.equals(whole.screened)
    assert found.shares.equals(whole.shares)
    third = Model()
    analysis(tmp_path / "cut", resume=True).go(third, Executor(1))
    assert third.asked == []


def test_a_cluster_that_loses_a_worker_comes_to_the_same_bytes(tmp_path: Path) -> None:
    analysis(tmp_path / "here").go(Model(), Executor(1))
    with cluster(2, tmp_path) as (address, workers):

        def watch(stage: str, done: int, _: int) -> None:
            if stage == "morris" and done == 20 and workers[0].poll() is None:
                workers[0].kill()
                workers[0].wait()

        analysis(tmp_path / "far").go(Model(), Executor(cluster=address), watch)
        assert workers[0].returncode == -signal.SIGKILL
    for name in ("morris.csv", "sobol.csv"):
        assert (tmp_path / "far" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_what_goes_to_a_worker_is_small_and_can_be_sent(tmp_path: Path) -> None:
    """Also while answers are written down and a bar is shown."""
    one = analysis(tmp_path / "a", persons=20, settings=["study.days=2"])
    with one.answers:
        sent = pickle.dumps(one.model)
    assert len(sent) < 50_000
    assert pickle.loads(sent)("morris", {"load_ne": 1.0, INERT: 0.5}, 1)[0] > 0.0


def test_another_analysis_is_not_gone_on_with(tmp_path: Path) -> None:
    analysis(tmp_path / "a")
    with pytest.raises(InputError, match="already exists"):
        analysis(tmp_path / "a")
    with pytest.raises(InputError, match="holds no analysis of this"):
        analysis(tmp_path / "a", resume=True, seed=2)


def test_drugs_and_instruments_move_only_when_asked_and_what_a_scenario_sets_stays(tmp_path: Path) -> None:
    one = analysis(tmp_path / "a", settings=["parameters.load_ne=1.0"])
    names = {axis.name for axis in one.axes}
    assert {"completion", "stressor_rate", "spread_control", INERT} <= names
    assert names.isdisjoint({"propranolol_half_life", "pcl5_cutoff", "load_ne"})
    asked = axes_of(Spec.model_validate({**SMALL, "parameters": ["pcl5_*"]}), one.told)
    assert [axis.name for axis in asked] == ["pcl5_retest", "pcl5_spread", "pcl5_cutoff", "pcl5_margin", INERT]
    with pytest.raises(InputError, match="nothing is left to move"):
        analysis(tmp_path / "b", settings=["parameters.load_ne=1.0"], parameters=["load_ne"])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('outcomes = ["weak"]', "no outcome 'weak'; did you mean 'week'"),
        ('parameters = ["lod_ne"]', "no parameter 'lod_ne'; did you mean 'load_ne'"),
        ("samples = 12", "power of 2"),
        ("trajectories = 0", "trajectories"),
        ("trajectorys = 3", "trajectorys"),
    ],
)
def test_a_spec_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, complaint: str
) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(f'scenario = "film"\n{line}\n')
    assert main(["sensitivity", str(path), "--out", str(tmp_path / "out")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert complaint in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_spec_is_read_and_changed_by_options(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('scenario = "flood"\nsamples = 16\nparameters = ["load_*"]\n')
    spec = read(str(path), {"samples": 8, "seed": None})
    assert (spec.scenario, spec.samples, spec.parameters) == ("flood", 8, ("load_*",))
    assert read("film", {}).scenario == "film"


def test_the_spec_of_the_readme_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Sensitivity: what the outcomes depend on\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    path = tmp_path / "spec.toml"
    path.write_text(block)
    assert read(str(path), {}).leaders == 8
    assert all(name in block for name in OUTCOMES)


def test_lives_give_outcomes_that_answer_to_parameters(tmp_path: Path) -> None:
    told = analysis(tmp_path / "a", persons=40, settings=["study.days=3"]).told
    names = list(OUTCOMES)
    plain = dict(zip(names, sensitivity.lived(told, {}, 5, names), strict=True))
    again = dict(zip(names, sensitivity.lived(told, {}, 5, names), strict=True))
    assert plain["week"] > 0.0
    assert 0.0 < plain["recall"] <= 1.0
    assert all(np.isnan(plain[name]) for name in ("month", "year", "resilient"))  # too short, and no scale
    assert plain == pytest.approx(again, nan_ok=True)
    silent = dict(zip(names, sensitivity.lived(told, {"weight_affect": 0.0, "weight_sensory": 0.0}, 5, names),
                      strict=True))  # fmt: skip
    assert silent["week"] < plain["week"]
    assert silent["none"] > plain["none"]


def test_the_command_says_its_cost_and_what_leads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lived(_: object, values: Mapping[str, float], seed: int, names: list[str]) -> list[float]:
        return Model()("", values, seed)[: len(names)]

    monkeypatch.setattr(sensitivity, "lived", lived)
    out = tmp_path / "out"
    command = ["sensitivity", "film", "--outcomes", "week,recall", "--parameters", "load_*,completion"]
    few = ["--trajectories", "2", "--samples", "8", "--leaders", "2", "--workers", "1", "--out", str(out)]
    assert main([*command, *few]) == 0
    shown, said = capsys.readouterr()
    assert "runs of 200 persons" in said
    assert "minutes in 1 processes" in said
    assert "load_ne" in shown
    assert {path.suffix for path in out.iterdir()} == {".csv", ".json", ".jsonl", ".png", ".svg"}
    assert main([*command, *few, "--resume", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcomes"] == ["week", "recall"]
    assert {row["parameter"] for row in told["sobol"]} == {"load_ne", "completion", INERT}
    assert main([*command, *few[:-1], str(tmp_path / "far"), "--cluster", "nowhere"]) == 2
    assert "shared by the workers of nowhere" in (said := capsys.readouterr().err)
    assert "--cluster nowhere: no scheduler answers" in said
