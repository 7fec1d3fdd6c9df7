"""`cohort optimise` at the command line: keys and files, the same table however it was lived, limits, refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from a_cluster import HERE
from a_fall import SCENARIO

from cohort.cli import main
from cohort.design.lived import live

DESIGN = """
scenario = "fall.toml"
give = ["pill", "company"]
outcomes = ["intrusions"]
[sampling]
worlds = 2
[levers.mg]
key = "interventions.pill.mg"
low = 20
high = 160
[levers.what]
key = "give"
values = [["pill"], ["pill", "company"]]
[uncertainties.cues]
key = "surroundings.cue_rate"
low = 0.5
high = 2.0
"""
FEW = ("--trials", "26", "--replicates", "3", "--fresh", "2")  # a batch of 24, and another of 2
FILES = {"plan.json", "answers.jsonl", "tried.csv", "front.csv", "front.svg", "front.png"}


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("optimise")
    (place / "fall.toml").write_text(SCENARIO)
    (place / "falls.toml").write_text(DESIGN)
    return place / "falls.toml"


@pytest.fixture(scope="module")
def whole(design: Path) -> Path:
    """A search by one process, from its beginning to its end."""
    out = design.parent / "whole"
    assert main(["optimise", str(design), *FEW, "--workers", "1", "--out", str(out)]) == 0
    return out


def tables(out: Path) -> tuple[bytes, bytes]:
    return (out / "tried.csv").read_bytes(), (out / "front.csv").read_bytes()


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise ValueError(word)

    assert main([str(one) for one in ("optimise", *arguments, "--json")]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=refuse)


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(one) for one in ("optimise", *arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_its_files_and_its_keys(design: Path, whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {path.name for path in whole.iterdir()} == FILES
    found = told(capsys, design, *FEW, "--out", whole, "--resume")
    assert set(found) == {"design", "objectives", "limits", "sampler", "trials", "failed", "dropped", "front", "out"}
    assert found["objectives"] == [
        {"name": "intrusions", "better": "lower", "unit": "intrusions"},
        {"name": "cost", "better": "lower", "unit": "US$ a person"},
    ]
    assert (found["trials"], found["failed"], found["limits"]) == (26, 0, {})
    each = {f"{name}{end}" for name in ("intrusions", "cost") for end in ("", "_low", "_high", "_search")}
    judged = {"within", "front", "worst_regret", "mean_regret", "state", "chosen"}
    for row in found["front"]:
        assert set(row) == {"number", "mg", "what"} | each | judged
        assert row["intrusions_low"] < row["intrusions"] < row["intrusions_high"]
        assert 0.0 < row["cost"] <= 3.0  # a pill of 3 US$
    assert [row["chosen"] for row in found["front"]].count(True) == 1
    assert min(row["worst_regret"] for row in found["front"]) == next(
        row["worst_regret"] for row in found["front"] if row["chosen"]
    )
    assert len(pd.read_csv(whole / "tried.csv")) == 26


def test_it_shows_the_front_with_intervals_and_regret(
    design: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["optimise", str(design), *FEW, "--out", str(whole), "--resume"]) == 0
    shown = capsys.readouterr().out
    for word in ("26 candidates", "dropped early", "largest regret", "(least)", "mean effect on intrusions", "not for"):
        assert word in shown


def test_one_that_was_killed_goes_on_to_the_same_table(design: Path, whole: Path, tmp_path: Path) -> None:
    """In the middle of a batch, with half a line in its log."""
    out = tmp_path / "killed"
    command = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"
    arguments = ["optimise", str(design), *FEW, "--workers", "1", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    process = subprocess.Popen([sys.executable, "-c", command, *arguments], env=environment)
    log = out / "answers.jsonl"
    while not log.exists() or log.read_bytes().count(b"\n") <= 24 * 3:  # one world of the second replicate
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (out / "front.csv").exists()
    kept = log.read_text()[:-9]
    log.write_text(kept)
    assert main([*arguments, "--resume"]) == 0
    assert tables(out) == tables(whole)
    assert log.read_text().startswith(kept)
    names = [json.loads(line)[0] for line in log.read_text()[len(kept) :].splitlines()[1:]]
    assert not set(names) & {line[2:26] for line in kept.splitlines()[:-1]}  # what was known was not lived again


def test_one_that_was_interrupted_goes_on_with_two_processes(
    design: Path, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, calls = tmp_path / "stopped", []

    def stops(*job: Any) -> Any:
        calls.append(job)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return live(*job)

    monkeypatch.setattr("cohort.design.optimise.live", stops)
    arguments = ["optimise", str(design), *FEW, "--out", str(out)]
    assert main([*arguments, "--workers", "1"]) == 130
    assert f"--resume with the same --out {out} goes on" in capsys.readouterr().err
    monkeypatch.undo()
    assert main([*arguments, "--workers", "2", "--resume"]) == 0
    assert tables(out) == tables(whole)


def test_a_budget_is_kept(design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--trials", 12, "--replicates", 2, "--fresh", 2)
    found = told(capsys, design, *few, "--limit", "intrusions.harmed <= 0.055", "--out", tmp_path / "a")
    assert found["limits"] == {"intrusions.harmed": 0.055}
    assert pd.read_csv(tmp_path / "a" / "tried.csv")["intrusions.harmed"].max() > 0.055
    assert found["front"]
    for row in found["front"]:
        assert row["intrusions.harmed_search"] <= 0.055
        assert row["within"] == (row["intrusions.harmed"] <= 0.055)
        assert row["within"] or not (row["front"] or row["chosen"])
    nobody = ("--limit", "cost <= 0.5", "--out", tmp_path / "a", "--resume")
    assert "holds another search" in refusal(capsys, design, *few, *nobody)
    nobody = ("--limit", "cost <= 0.5", "--out", tmp_path / "b")
    assert "no candidate keeps cost <= 0.5; loosen it" in refusal(capsys, design, *few, *nobody)


def test_a_design_that_cannot_be_lived_says_so(design: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = design.parent / "refused.toml"
    path.write_text(DESIGN.replace("low = 20", "low = 400").replace("high = 160", "high = 500"))
    err = refusal(capsys, path, *FEW, "--out", design.parent / "refused")
    assert "every candidate failed; `cohort sweep` with the same design says why" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--objective", "intrusion"], "--objective intrusion: unknown; did you mean 'intrusions'"),
        (["--objective", "cost", "--objective", "cost"], "named twice"),
        (["--limit", "cost < 3"], "no limit; write one such as"),
        (["--limit", "intrusions <= 3"], "'intrusions' is no limit"),
        (["--limit", "costs <= 3"], "'costs' is no limit; did you mean 'cost'"),
        (["--replicates", "1"], "permitted: 2 or more"),
        (["--resume"], "holds another search"),
        ([], "already exists; give another --out, or --resume"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    design: Path, whole: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert message in refusal(capsys, design, "--trials", 26, *arguments, "--out", whole)


def test_faults_of_a_design_file_are_said_with_their_lines(
    design: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = design.parent / "faulty.toml"
    path.write_text(DESIGN.replace("low = 20", "lowest = 20"))
    assert f"{path}: line" in (said := refusal(capsys, path, "--out", tmp_path / "out"))
    assert "lowest" in said
    assert not (tmp_path / "out").exists()
    assert "no-such.toml" in refusal(capsys, tmp_path / "no-such.toml")
    assert "is no directory" in refusal(capsys, design, "--out", tmp_path / "none" / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").touch()
    assert "holds something else" in refusal(capsys, design, "--resume", "--out", tmp_path / "full")
