"""The commands that make and read runs: what they print, where, and with which code they end."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from rich.console import Console

import cohort
from cohort import biography, compiled
from cohort.cli import main
from cohort.population import live_block
from cohort.provenance import NOTICE
from cohort.readings import read_measures, read_traces
from cohort.scenario import shipped
from cohort.summary import summarize

# Sizes of continuous integration; the whole file takes 30 s.
PERSONS, DAYS = 40, 50
FILM = ("run", "film", "--persons", "50")
CODE = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("film") / "run"
    assert main([*FILM, "--out", str(out)]) == 0
    return out


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command that must succeed prints; on standard error it must be quiet."""
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


# --- every shipped scenario


@pytest.mark.parametrize("name", [name for name, _ in shipped()])
def test_a_shipped_scenario_runs_to_a_summary(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    out = tmp_path / "run"
    shown = said(capsys, "run", name, "--persons", PERSONS, "--days", DAYS, "--out", out)
    told = summarize(cohort.load(out))
    assert told["persons"] == PERSONS
    assert told["days"] <= DAYS
    assert told["there"] > 0.0
    assert told["recalling"] is not None
    assert told["memories_a_person"] >= 1.0
    assert shown.rstrip().endswith(NOTICE)
    assert dict(shipped())[name].split()[0] in shown


def test_every_file_of_the_folder_is_shipped() -> None:
    folder = Path(__file__).parents[1] / "scenarios"
    assert sorted(path.stem for path in folder.glob("*.toml")) == sorted(["life", *(name for name, _ in shipped())])


# --- run


def test_json_is_one_object(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "run"
    told = json.loads(said(capsys, *FILM, "--out", out, "--json"))
    assert list(told) == ["scenario", "seed", "persons", "days", "person_days_per_second", "seconds", "out", "tables"]
    assert (told["scenario"], told["seed"], told["persons"], told["days"]) == ("film", 1, 50, 8)
    assert told["out"] == str(out)
    assert told["person_days_per_second"] == pytest.approx(50 * 8 / told["seconds"], rel=0.01)
    for name, rows in told["tables"].items():
        assert len(pd.read_parquet(out / name)) == rows
    assert told["tables"] == cohort.load(out).rows


def test_json_of_replicates_is_a_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = json.loads(said(capsys, *FILM, "--out", tmp_path / "runs", "--replicates", 2, "--json"))
    assert [one["seed"] for one in told] == [1, 2]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["seed-1", "seed-2"]


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_it_is_quiet_on_standard_error_that_is_no_terminal(tmp_path: Path, as_json: list[str]) -> None:
    command = [sys.executable, "-W", "always::UserWarning", "-c", CODE, *FILM, "--out", str(tmp_path / "run"), *as_json]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-c",
        CODE,
        "run",
        "flood",
        "--persons",
        "100",
        "--days",
        "60",
        "--out",
        str(tmp_path / "r"),
    ]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as running:
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # the other side is closed
            pass
    os.close(ours)
    assert running.returncode == 0
    assert b"of 60" in seen
    assert b"person-days/s" in seen
    assert b"Compiling" not in seen


def test_without_out_the_first_free_name_is_taken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        said(capsys, *FILM)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film", "film-2"]


# --- the word about the compiler


def test_what_is_compiled_is_known_to_be(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = (live_block, read_measures, read_traces)
    assert compiled.cached(*kernels)
    monkeypatch.setattr(compiled, "_package_stamp", lambda: "other sources")
    assert not compiled.cached(live_block)
    monkeypatch.undo()
    monkeypatch.setattr(live_block._cache._cache_file, "_index_path", str(film / "none"))  # type: ignore[attr-defined]
    assert not compiled.cached(*kernels)
    monkeypatch.setattr(live_block._cache._cache_file, "_index_path", str(film / "provenance.json"))  # type: ignore[attr-defined]
    assert not compiled.cached(*kernels)  # an index that cannot be read


@pytest.mark.parametrize(
    ("kept", "terminal", "speaks"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_the_compiler_is_spoken_of_where_it_works(
    monkeypatch: pytest.MonkeyPatch, kept: bool, terminal: bool, speaks: bool
) -> None:
    monkeypatch.setattr(biography, "cached", lambda *_: kept)
    monkeypatch.setattr(biography, "PATIENCE", 0.01)
    seen = io.StringIO()
    with biography.patiently(Console(file=seen, force_terminal=terminal)):
        time.sleep(0.2)
    assert ("Compiling the kernel" in seen.getvalue()) == speaks


# --- what can be asked of scenarios and runs


def test_scenarios_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert {one["name"]: one["title"] for one in json.loads(said(capsys, "scenarios", "--json"))} == dict(shipped())
    listed = said(capsys, "scenarios")
    assert all(name in listed for name, _ in shipped())


def test_a_scenario_is_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert said(capsys, "check", "flood").startswith("flood: in order (")
    path = tmp_path / "mine.toml"
    path.write_text('extends = "film"\n[study]\npersonz = 3\n[records]\nmeasures = "1 fortnight"\n')
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{path}: 2 faults" in err
    assert "line 3" in err
    assert "did you mean 'persons'" in err
    assert "line 5" in err


def test_a_scenario_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "describe", "film", "--set", "study.persons=77")
    assert "77" in shown
    assert shown.index("film") < shown.index("reminder") < shown.index("game")
    assert json.loads(said(capsys, "describe", "film", "--json"))


def test_the_schema_accepts_what_the_loader_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(said(capsys, "schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"extends": "flood", "study": {"persons": 5}}, schema)


def test_a_codebook_names_every_column(capsys: pytest.CaptureFixture[str], film: Path) -> None:
    listed = json.loads(said(capsys, "codebook", film, "--json"))
    assert {(one["table"], one["column"]) for one in listed} == {
        (table, column) for table in cohort.load(film).tables for column in pd.read_parquet(film / table).columns
    }
    head, *lines = said(capsys, "codebook", film).splitlines()
    assert "unit" in head.split("\t")
    assert len(lines) == len(listed)


def test_tables_are_exported(capsys: pytest.CaptureFixture[str], film: Path, tmp_path: Path) -> None:
    listed = said(capsys, "export", film, "--out", tmp_path / "csv").splitlines()
    assert sorted(map(Path, listed)) == sorted((tmp_path / "csv").iterdir())
    run = cohort.load(film)
    for table in run.tables:
        assert len(pd.read_csv(tmp_path / "csv" / f"{table}.csv")) == run.rows[table]
    assert main(["export", str(film), "--out", str(tmp_path / "csv")]) == 2
    assert "already exists" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["codebook"], ["export"], ["rerun"], ["diff", "{}"]])
def test_what_is_no_run_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str]) -> None:
    assert main([*(word.format(tmp_path) for word in command), str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "holds no run" in err
    assert err.count("\n") == 1
