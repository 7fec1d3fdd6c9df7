"""A file of participants: its path is told as given, decides nothing, and is looked for when a run is repeated."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cohort import run_data, scenario
from cohort.cli import main
from cohort.comparison import diff
from cohort.errors import InputError
from cohort.inputs import scenario_of
from cohort.provenance import digest
from cohort.run import run

PEOPLE = "id,age\na,30\nb,40\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a file of participants in a folder of its own."""
    (tmp_path / "here" / "data").mkdir(parents=True)
    (tmp_path / "here" / "data" / "people.csv").write_text(PEOPLE)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def lived(out: Path | str, participants: Path | str) -> run_data.RunData:
    given = [f"population.participants={participants}", "study.days=2"]
    return run_data.load(run(scenario.load("film", given), out).out.resolve())


def test_another_path_to_the_same_file_is_the_same_run(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = lived("one", "data/people.csv")
    absolute = lived("two", place / "here" / "data" / "people.csv")
    (place / "there").mkdir()
    shutil.copy("data/people.csv", place / "there")
    monkeypatch.chdir(place / "there")
    other = lived("three", "people.csv")
    for again in (absolute, other):
        found = diff(one, again)
        assert found.same
        assert not found.provenance
        assert one.provenance == again.provenance
        assert one.provenance.hash == again.provenance.hash
    assert one.provenance.given == absolute.provenance.given == {"people.csv": "data/people.csv"}
    assert other.provenance.given == {"people.csv": "people.csv"}
    assert str(place) not in one.provenance.text + absolute.provenance.text
    (place / "there" / "people.csv").write_text(PEOPLE.replace("40", "41"))
    assert any(line.startswith("inputs.people.csv") for line in diff(one, lived("four", "people.csv")).provenance)


def test_a_scenario_given_by_its_path_tells_no_more_than_that(place: Path) -> None:
    text = 'extends = "film"\n[study]\ndays = 2\n[population]\nparticipants = "people.csv"\n'
    (place / "here" / "data" / "mine.toml").write_text(text)
    told = run_data.load(run(scenario.load("data/mine.toml"), "run").out).provenance
    assert told.given == {"people.csv": str(Path("data") / "people.csv")}
    assert 'participants = "people.csv"' in told.scenario


@pytest.mark.parametrize("moved", ["as it was", "beside the run", "into the working folder"])
def test_it_is_found_where_it_lies_now(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], moved: str
) -> None:
    lived("run", "data/people.csv")
    if moved == "beside the run":
        shutil.move(place / "here", place / "elsewhere")
        monkeypatch.chdir(place)
    elif moved == "into the working folder":
        (place / "fresh").mkdir()
        shutil.move("data/people.csv", place / "fresh")
        monkeypatch.chdir(place / "fresh")
    source = {"as it was": "run", "beside the run": "elsewhere/run"}.get(moved, "../here/run")
    assert main(["rerun", source, "--out", "again"]) == 0
    assert "provenance: same" in capsys.readouterr().out
    assert main(["life", "--run", source, "--person", "b", "--out", "life.png"]) == 0
    assert "as recorded" in capsys.readouterr().out


def test_what_is_wanted_is_said_with_its_digest(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lived("run", "data/people.csv")
    (place / "here" / "data" / "people.csv").unlink()
    (place / "here" / "people.csv").write_text(PEOPLE + "c,50\n")
    wanted = digest(PEOPLE.encode())
    said = rf"needs the file people\.csv with the digest {wanted}; data/people.csv is not there, people.csv has changed"
    with pytest.raises(InputError, match=said):
        scenario_of(run_data.load("run"))
    for command in (["rerun", "run"], ["life", "--run", "run", "--person", "a"]):
        assert main(command) == 2
        err = capsys.readouterr().err
        assert re.search(said, err)
        assert err.count("\n") == 1


def test_a_name_that_could_be_a_value_is_a_path(place: Path) -> None:
    (place / "here" / "12").write_text(PEOPLE)
    assert main(["run", "film", "--participants", "12", "--days", "2", "--out", "run"]) == 0
    assert run_data.load("run").rows["persons"] == 2
    assert main(["rerun", "run"]) == 0
