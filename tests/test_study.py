"""Scenarios from Python, and the examples of the README."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cohort
from cohort import comparison
from cohort.errors import InputError
from cohort.run_data import RunData

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LINES_OF_A_PERSON = 20


def example(heading: str) -> str:
    """The one block of Python under a heading of the README."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return str(block)


def ran(code: str) -> dict[str, Any]:
    held: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "README.md", "exec"), held)
    return held


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


def test_the_package_hands_it_on() -> None:
    code = "import cohort, sys; assert 'pandas' not in sys.modules; print(cohort.Scenario.load('film'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "<Scenario film: 2,000 persons, 8 days>\n"


def test_a_run_from_python_has_frames_and_a_face() -> None:
    run = cohort.Scenario.load("film", ["study.seed=4"]).run(persons=30, days=3)
    assert isinstance(run, RunData)
    assert isinstance(run.persons, pd.DataFrame)
    assert len(run.persons) == 30
    assert run.measures["day"].max() == 3
    assert run.provenance.seed == 4
    assert "<table>" in run._repr_html_()
    assert "not for decisions about a patient" in run._repr_html_()
    assert "seed 4" in repr(run)


def test_files_go_with_the_run_or_stay_where_they_were_asked_for(tmp_path: Path) -> None:
    study = cohort.Scenario.load("film")
    run = study.run(persons=30, days=2)
    place = run.directory
    persons = run.persons
    assert list((tmp_path / "temporary").iterdir()) == [place.parent]
    kept = study.run(persons=30, days=2, out="kept")
    assert comparison.diff(place, Path("kept")).same
    del run, kept
    gc.collect()
    assert not list((tmp_path / "temporary").iterdir())
    assert len(persons) == 30
    assert len(cohort.load("kept").persons) == 30
    with pytest.raises(InputError, match="already exists"):
        study.run(persons=30, days=2, out="kept")


def test_what_python_asks_wrongly_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'flood'"):
        cohort.Scenario.load("flod")
    with pytest.raises(InputError, match="persons = 0"):
        cohort.Scenario.load("film").run(persons=0)

    class Wrong(cohort.person.Person):
        def act(self) -> list[Any]:
            return ["sleep"]

    with pytest.raises(InputError, match="'sleep' is no action"):
        cohort.Scenario.load("film").run(persons=20, person=Wrong)
    assert not list((tmp_path / "temporary").iterdir())


def test_the_example_of_a_run() -> None:
    held = ran(example("From Python"))
    assert len(held["run"].persons) == 200
    assert held["run"].persons["age"].between(18, 30).all()
    assert held["weekly"] > 0


def test_the_example_of_a_person_of_ones_own() -> None:
    code = example("A person of your own")
    (lines,) = re.findall(r"\nclass HelpSeeker.*?(?=\n\n\n)", code, re.DOTALL)
    assert len(lines.strip().splitlines()) <= LINES_OF_A_PERSON
    run = ran(code)["run"]
    plain = cohort.Scenario.load("flood").run(persons=100, days=60)
    assert 0 < len(run.doses) < 100
    weeks = run.measures[(run.measures["intrusions"] >= 5)]
    seekers = weeks.groupby("person").size()
    assert set(run.doses["person"]) <= set(seekers.index[seekers >= 3])
    assert (run.doses["minute"] % 10080 == 1440).all()  # a day after a weekly measure
    found = comparison.diff(run.directory, plain.directory)
    assert found.tables["doses"].only_a == len(run.doses)
    assert found.tables["measures"].columns["load"] > 0


def test_the_readme_says_that_persons_are_simulated() -> None:
    assert "Simulated persons; not for decisions about a patient." in README
