"""`cohort personalise` and `cohort power` at the command line: a planted truth, the keys, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy_trial

from cohort.cli import main

YOUNG = np.random.default_rng([0, 4]).random(90) < 0.5  # as the toy draws ages, from 18 to 65
REGIME = {"value", "gain", "over_one_size"}


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(one) for one in arguments]) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(one) for one in arguments]) == 2
    return capsys.readouterr().err


def decided_by_age(seed: int, turn: float = 1.0) -> dict[str, np.ndarray]:
    """Therapy helps those of the toy's persons who are younger than 41.5 years, and harms the others."""
    base = np.random.default_rng([0, 1]).normal(35.0, 10.0, 90)
    luck = np.random.default_rng([seed, 2]).normal(0.0, 2.0, 90)
    effect = turn * np.where(YOUNG, -10.0, 8.0)
    return {"before": base, "waiting": base + luck, "therapy": base + luck + effect}


def replicates(out: Path, turn: float = 1.0) -> Path:
    out.mkdir()
    for seed in (1, 2, 3):
        toy_trial.run(out / f"seed-{seed}", seed=seed, truth=decided_by_age(seed, turn))
    return out


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replicates(tmp_path_factory.mktemp("toy") / "runs")


def strictly(text: str) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise ValueError(word)

    return json.loads(text, parse_constant=refuse)


def test_personalise_finds_who_is_helped_and_says_its_keys(
    capsys: pytest.CaptureFixture[str], runs: Path, tmp_path: Path
) -> None:
    found = strictly(said(capsys, "personalise", runs, "--depth", 1, "--out", tmp_path / "out", "--json"))
    keys = ("status_quo", "one_size", "policy", "oracle", "regret", "harmed", "value_of_measurement")
    assert set(keys) <= set(found)
    assert all(set(found[name]) >= REGIME for name in ("status_quo", "one_size", "policy", "flexible", "oracle"))
    assert (found["arms"], found["one_size"]["arm"]) == (["waiting", "therapy"], "therapy")
    assert (found["persons"], found["lives"], found["seeds"], found["left_out"]) == (90, 270, 3, 0)
    helped = float(YOUNG.mean())
    assert found["oracle"]["gain"] == pytest.approx(10.0 * helped, abs=0.01)
    assert found["regret"]["status_quo"]["estimate"] == pytest.approx(10.0 * helped, abs=0.01)
    assert found["harmed"]["one_size"] == pytest.approx(1.0 - helped)
    assert found["harmed"]["oracle"] == 0.0
    assert found["tree"]["measurement"] == "age"
    assert found["tree"]["below"] == {"arm": "therapy"}
    assert found["recovered"]["estimate"] > 0.8
    assert {row["measurement"] for row in found["measurements"]} == {"female", "age", "adversity", "pcl"}
    assert found["files"] == [str(tmp_path / "out" / Path(one).name) for one in found["files"]]
    assert all(Path(one).stat().st_size for one in found["files"])
    assert strictly((tmp_path / "out" / "policy.json").read_text("utf-8")) == found
    assert found["under_uncertainty"] == []


def test_personalise_shows_regimes_and_measurements(capsys: pytest.CaptureFixture[str], runs: Path) -> None:
    shown = said(capsys, "personalise", runs, "--outcome", "symptoms", "--trait", "ne_efficacy=0.8", "--trait", "sleep")
    for word in ("therapy for all", "oracle", "ne_efficacy", "gain over the status quo", "learned"):
        assert word in shown
    assert "not for decisions" in shown


def test_other_parameters_are_valued_too(capsys: pytest.CaptureFixture[str], runs: Path, tmp_path: Path) -> None:
    turned = replicates(tmp_path / "turned", -1.0)
    found = strictly(said(capsys, "personalise", runs, turned, "--depth", 1, "--json"))
    first, other = found["under_uncertainty"]
    assert (first["set"], other["set"]) == (str(runs), str(turned))
    assert other["one_size"] < 0.0 < other["oracle"]
    assert any(line.startswith(f"Under {turned}") for line in found["findings"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--outcome", "symptom"], "did you mean 'symptoms'?"),
        (["--trait", "ne_eficacy"], "did you mean 'ne_efficacy'?"),
        (["--trait", "ne_efficacy=2"], "permitted: above 0, to 1"),
        (["--trait", "ne_efficacy=much"], "is no number"),
        (["--seeds", "3"], "--seeds is for a scenario"),
        (["nowhere"], "'nowhere' is no directory"),
    ],
)
def test_personalise_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], runs: Path, arguments: list[str], message: str
) -> None:
    assert message in refusal(capsys, "personalise", runs, *arguments)


def test_one_run_tells_no_expected_effect(capsys: pytest.CaptureFixture[str], runs: Path) -> None:
    assert "one seed" in refusal(capsys, "personalise", runs / "seed-1")


def test_a_scenario_without_a_trial_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in ("personalise", "power"):
        assert "has no trial" in refusal(capsys, command, "film", "--out", tmp_path / "out")


def test_power_draws_trials_from_a_run(capsys: pytest.CaptureFixture[str], runs: Path, tmp_path: Path) -> None:
    asked = ("--subgroup", "age < 40", "--trials", 200, "--most", 512, "--out", tmp_path / "out", "--json")
    found = strictly(said(capsys, "power", runs, *asked))
    assert (found["pool"], found["reference"], found["trials"]) == (270, "waiting", 200)
    assert 0 < found["inside"] < 270
    by = {(row["outcome"], row["analysis"]): row for row in found["questions"]}
    assert set(by) == {
        ("symptoms", "welch"), ("symptoms", "ancova"), ("symptoms", "interaction"), ("case", "risk difference"),
        ("case", "interaction"),
    }  # fmt: skip
    plain = by["symptoms", "welch"]
    assert plain["truth"] == pytest.approx(8.0 - 18.0 * YOUNG.mean(), abs=1e-4)
    assert plain["attrition"] > 0.0
    assert by["symptoms", "interaction"]["truth"] < -10.0
    assert by["symptoms", "interaction"]["right"] > 0.95
    assert by["symptoms", "interaction"]["n80"] < by["case", "interaction"]["n80"]
    assert {Path(one).name for one in found["files"]} == {
        "power.svg", "power.png", "questions.csv", "curves.csv", "power.json",
    }  # fmt: skip


def test_power_shows_the_smallest_trial(capsys: pytest.CaptureFixture[str], runs: Path) -> None:
    shown = said(capsys, "power", runs / "seed-1", "--outcome", "symptoms", "--attrition", "0.5", "--trials", 100)
    for word in ("n for 80%", "drawn from 90 lives", "50%", "ancova", "waiting"):
        assert word in shown
    assert "case" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--outcome", "symptom"], "did you mean 'symptoms'?"),
        (["--arm", "terapy"], "did you mean 'therapy'?"),
        (["--subgroup", "age"], "no question"),
        (["--subgroup", "ages < 3"], "did you mean 'age'?"),
        (["--subgroup", "age < 3"], "holds for none"),
        (["--attrition", "1"], "permitted: 0 to below 1"),
        (["--set", "study.seed=2"], "are for a scenario"),
    ],
)
def test_power_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], runs: Path, arguments: list[str], message: str
) -> None:
    assert message in refusal(capsys, "power", runs, *arguments)


@pytest.mark.slow
def test_a_shipped_trial_lived_now_gives_a_tree_and_sizes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Exposure is best for most after an accident, and the oracle at least as good as it."""
    place = tmp_path / "early"
    asked = ("--persons", 300, "--seeds", 6, "--outcome", "pcl5-at-5-months", "--trait", "ne_efficacy", "--out", place)
    found = strictly(said(capsys, "personalise", "early-therapy", *asked, "--json"))
    assert found["one_size"]["arm"] == "exposure"
    assert found["one_size"]["gain_low"] > 3.0
    assert found["stability"]["exposure"] > 0.8
    assert found["oracle"]["over_one_size_low"] > 0.0
    assert found["policy"]["over_one_size_high"] > -0.2
    assert found["policy"]["gain"] <= found["oracle"]["gain_high"]
    sizes = strictly(said(capsys, "power", place / "runs" / "set-0", "--arm", "exposure", "--trials", 500, "--json"))
    by = {(row["outcome"], row["analysis"]): row for row in sizes["questions"]}
    assert by["pcl5-at-5-months", "ancova"]["n80"] < 100
    assert by["pcl5-at-5-months", "welch"]["n80"] <= by["case-at-5-months", "risk difference"]["n80"]
