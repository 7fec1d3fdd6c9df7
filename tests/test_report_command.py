"""`cohort report`, `cohort.report` and `cohort.study_of` on runs: whole, damaged, of a trial, with little to tell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import page_calls
import pandas as pd
import pytest
import toy_run
import toy_trial

import cohort
from analysis.report.chapters import chapters
from analysis.report.compose import Report, compose
from analysis.study import Frames, Study
from cohort import browser, reporting
from cohort.cli import main
from cohort.errors import InputError, MachineError

CHAPTERS = ["run", "population", "persistence", "intrusions", "courses", "quality", "variation"]
FAILED = "could not be made"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lived") / "town"
    return cohort.Scenario.load("flood").run(persons=120, days=90, out=out, threads=1).directory


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trial") / "debriefing"
    return cohort.Scenario.load("debriefing").run(persons=40, days=50, out=out, threads=1).directory


@pytest.fixture(scope="module")
def told(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `cohort report --json` says of the town, from the place where it puts the report unasked."""
    source = tmp_path_factory.mktemp("unasked") / "town"
    shutil.copytree(lived, source)
    with pytest.MonkeyPatch.context() as patch:
        written: list[str] = []
        patch.setattr("sys.stdout.write", written.append)
        assert main(["report", str(source), "--json"]) == 0
    return json.loads("".join(written))


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two chapters only, where the others are not what is asked about."""
    monkeypatch.setattr(reporting, "chapters", lambda study, limits: chapters(study, limits)[:2])
    monkeypatch.setattr(reporting, "_trial", lambda run: [])


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line with which a command that cannot be obeyed ends."""
    assert main(["report", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


# --- a run


def test_the_json_says_where_everything_lies(told: dict[str, object]) -> None:
    assert list(told) == ["page", "tables", "figures", "warnings"]
    page = Path(str(told["page"]))
    assert (page.name, page.parent.name) == ("report.html", "town-report")
    assert {"calendar", "population"} <= set(told["tables"])
    for path in told["tables"].values():
        assert not pd.read_csv(path).empty
    for paths in told["figures"].values():
        assert all(Path(path).stat().st_size > 1000 for path in paths.values())
    assert not [line for line in told["warnings"] if FAILED in line]


def test_each_call_on_the_page_gives_its_table(told: dict[str, object], lived: Path) -> None:
    page = Path(str(told["page"]))
    assert list(page_calls.calls(page)) == list(told["tables"])
    assert page_calls.strays(page, page_calls.Notebook(study=cohort.study_of(lived))) == {}


def test_the_page_tells_what_was_run(told: dict[str, object], lived: Path) -> None:
    text = Path(str(told["page"])).read_text("utf-8")
    provenance = cohort.load(lived).provenance
    for word in (provenance.hash, "A flood in a town", "not for decisions about a patient", "numba", "day 14 14:00"):
        assert word in text, word
    assert [key for key in CHAPTERS if f'<section id="{key}">' not in text] == []


def test_the_command_shows_where_the_page_lies_and_its_warnings(
    capsys: pytest.CaptureFixture[str], light: None, lived: Path, tmp_path: Path
) -> None:
    assert main(["report", str(lived), "--out", str(tmp_path / "out")]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith(f"{tmp_path / 'out' / 'report.html'}\n")
    assert "not for decisions about a patient" in out


def test_python_gives_the_same_tables_as_frames(light: None, lived: Path, told: dict[str, object]) -> None:
    found = cohort.report(lived)
    assert [section.key for section in found.sections] == CHAPTERS[:2]
    assert list(found.tables) == list(told["tables"])[: len(found.tables)]
    frame = found.tables["population"].frame
    assert frame["all"].iloc[0] == 120.0
    pd.testing.assert_frame_equal(pd.read_csv(told["tables"]["population"]), frame, check_dtype=False)


# --- a trial


def test_a_trial_is_told_by_its_reference_and_by_arm(light: None, trial: Path, tmp_path: Path) -> None:
    found = cohort.report(trial, tmp_path / "out")
    assert (tmp_path / "out" / "report.html").is_file()
    assert {"nothing", "debriefing", "company", "smd"} <= set(found.tables["population"].frame.columns)
    study, reference = cohort.study_of(trial), cohort.load(trial).world("nothing")
    assert study.tables.rows["intrusions"] == reference.rows["intrusions"]
    assert "arm" not in study.tables.table("intrusions")


def test_a_trial_has_a_chapter_of_its_arms_whose_calls_give_its_tables(trial: Path, tmp_path: Path) -> None:
    found = cohort.report(trial, tmp_path / "out")
    notebook = page_calls.Notebook(study=cohort.study_of(trial), trial=cohort.trial(trial))
    assert page_calls.strays(tmp_path / "out" / "report.html", notebook) == {}
    assert {name for name in found.tables if name.startswith("trial")} >= {"trial_flow", "trial_estimates"}
    assert [section.key for section in found.sections] == [*CHAPTERS, "trial"]
    assert not [line for line in found.warnings if FAILED in line], found.warnings


# --- little to tell


def reported(study: Study) -> Report:
    found = compose(study, chapters(study))
    assert not [line for line in found.warnings if FAILED in line], found.warnings
    return found


def frames(lived: Path, persons: int | None = None) -> dict[str, pd.DataFrame]:
    run = cohort.load(lived)
    tables = {name: run.table(name) for name in run.tables}
    if persons is not None:
        tables = {
            name: frame[frame["id" if name == "persons" else "person"] < persons].reset_index(drop=True)
            for name, frame in tables.items()
            if name != "talks"
        }
    return tables


def test_named_variants_are_held_against_the_published_limits(lived: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = frames(lived)
    tables["persons"]["rs1"] = np.random.default_rng(1).binomial(2, 0.3, len(tables["persons"]))
    monkeypatch.setattr(reporting, "study_of", lambda run: Study(Frames(tables), 90, "flood"))
    held = cohort.report(lived).tables["variant_limits"].frame
    assert dict(zip(held["limit"], held["permitted"], strict=True)) == {"variance": 0.005, "odds": 1.15}


def test_twelve_persons_have_a_report_that_warns(lived: Path) -> None:
    found = reported(Study(Frames(frames(lived, 12)), 90, "flood"))
    assert "population: There are 12 persons only: shares and means are uncertain." in found.warnings


def test_without_an_intrusion_the_report_says_so(lived: Path) -> None:
    tables = frames(lived)
    tables["intrusions"] = tables["intrusions"].iloc[:0]
    tables["measures"] = tables["measures"].assign(intrusions=0, distress=0.0)
    found = reported(Study(Frames(tables), 90, "flood"))
    assert [line for line in found.warnings if line.startswith("intrusions: ")]


def test_intrusions_that_were_not_recorded_are_not_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, size = tmp_path / "town", ["--persons", "120", "--days", "60", "--set", "records.intrusions=false"]
    assert main(["run", "flood", *size, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "none since" in said
    assert "100.0%" not in said.partition("none since")[2].partition("memories held")[0]
    assert "courses" not in said
    found = reported(cohort.study_of(out))
    sections = {section.key: section for section in found.sections}
    for key in ("intrusions", "courses"):
        assert any("not recorded one by one" in line for line in sections[key].warnings)
        assert not sections[key].tables
        assert not sections[key].findings
    assert any("it was not recorded" in line for line in sections["variation"].warnings)
    assert not [line for section in found.sections for line in section.findings if "None of" in line]


def test_without_an_exposure_the_report_says_so(lived: Path) -> None:
    tables = frames(lived)
    tables["exposures"] = tables["exposures"][(tables["exposures"]["scene"] != "flood").to_numpy(bool)]
    found = reported(Study(Frames(tables), 90, "flood"))
    assert [line for line in found.warnings if "happened to nobody" in line]


def test_persons_alone_have_a_report() -> None:
    persons = pd.DataFrame({"id": np.arange(40), "age": 20.0 + np.arange(40)})
    found = reported(Study(Frames({"persons": persons}), 30, "x"))
    assert "population" in found.tables


# --- what cannot be reported on


def test_what_is_there_already_is_left_as_it_is(
    capsys: pytest.CaptureFixture[str], lived: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    line = refused(capsys, lived, "--out", tmp_path / "out")
    assert "out: already exists and is left as it is; choose another --out" in line
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_no_run_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "is no directory of a run" in refused(capsys, tmp_path / "nothing")
    assert "holds no run" in refused(capsys, tmp_path, "--out", tmp_path / "out")
    assert "names no days or no focus" in refused(capsys, toy_run.run(tmp_path / "toy"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy"]


def test_a_damaged_run_is_refused_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], lived: Path, tmp_path: Path
) -> None:
    for name in ("exposures", "intrusions"):
        place = tmp_path / name
        shutil.copytree(lived, place)
        part = next((place / name).glob("*.parquet"))
        content = bytearray(part.read_bytes())
        content[8:200] = bytes(192)  # the end of the file stays: it opens, and cannot be read
        part.write_bytes(content)
        assert f"{name}: cannot be read" in refused(capsys, place, "--out", tmp_path / "out")
    (place / "provenance.json").write_text("{}")
    assert "the provenance is damaged" in refused(capsys, place, "--out", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exposures", "intrusions"]


def test_a_table_that_is_not_there_is_a_key_error_as_the_analysis_knows_it(lived: Path) -> None:
    study = cohort.study_of(lived)
    for given in (("no",), ("persons", ["no"]), ("persons", ["id"], [("no", "==", 1)])):
        with pytest.raises(KeyError, match="no"):
            study.tables.table(*given)
    with pytest.raises(InputError, match="names no days or no focus"):
        cohort.study_of(toy_trial.run(lived.parent / "toy"))


# --- on paper


def test_a_pdf_needs_a_browser_and_says_so_before_any_work(
    capsys: pytest.CaptureFixture[str], lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    line = refused(capsys, lived, "--out", tmp_path / "out", "--pdf")
    assert line.startswith("cohort: --pdf: needs Chromium or Chrome to print, and none of chromium, ")
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_cannot_print_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(MachineError, match=r"could not print the page \(no display\)"):
        browser.print_pdf(str(broken), tmp_path / "report.html", tmp_path / "report.pdf")


@pytest.mark.skipif(not any(map(shutil.which, browser.BROWSERS)), reason="no Chromium or Chrome on the PATH")
def test_a_page_is_printed(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<!doctype html><title>x</title><p>One page.</p>", "utf-8")
    browser.print_pdf(browser.find("--pdf"), page, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
