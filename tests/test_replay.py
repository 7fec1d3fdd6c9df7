"""One person of a run lives again: to the last bit what was recorded, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort import replay as replaying
from cohort import run_data, scenario
from cohort.cli import main
from cohort.errors import InputError
from cohort.files import data_file
from cohort.model import CohortModel
from cohort.person import Person
from cohort.replay import replay
from cohort.run import run


def _run(place: Path, name: str, *settings: str) -> Path:
    run(scenario.load(name, list(settings)), place)
    return place


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(tmp_path_factory.mktemp("film") / "run", "film", "study.persons=60", "surroundings.cue_rate=4.0")


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = ("study.persons=60", "study.days=50", "population.place.radius=2.0", "talk.rate=0.5")
    return _run(tmp_path_factory.mktemp("flood") / "run", "flood", *settings)


def test_a_life_in_a_study_with_talk_comes_as_recorded(flood: Path) -> None:
    told = run_data.load(flood)
    tellers, listeners = (told.talks[name].value_counts() for name in ("teller", "listener"))
    assert len(told.talks) > 20
    for person in {int(tellers.index[0]), int(listeners.index[0]), int(told.intrusions["person"].mode()[0])}:
        found = replay(flood, str(person))
        assert found.intrusions == (told.intrusions["person"] == person).sum()
        assert found.recalls == (told.recalls["person"] == person).sum()
        talked = (told.talks["teller"] == person).sum() + (told.talks["listener"] == person).sum()
        assert sum(entry.label == "talk about flood" for entry in found.story.timeline.entries) <= talked
        reached = told.exposures[told.exposures["person"] == person]
        events = [e for e in found.story.timeline.entries if e.kind != "talk" and e.label not in ("rain", "market-day")]
        assert [(e.minute, e.label) for e in events] == list(zip(reached["minute"], reached["event"], strict=True))


def test_what_is_seen_last_is_what_the_run_wrote_of_its_memories(flood: Path) -> None:
    told = run_data.load(flood)
    person = int(told.intrusions["person"].mode()[0])
    story = replay(flood, str(person)).story
    held = told.memories[told.memories["person"] == person].set_index("episode")
    assert len(held) > 3
    for name, trace in story.traces.items():
        if name in held.index:
            for field in ("cortex", "charge", "labile", "recall", "fragmentation"):
                assert getattr(trace, field)[-1] == pytest.approx(held.loc[name, field], abs=1e-5), (name, field)
            assert trace.late[-1, 1] == pytest.approx(held.loc[name, "binding_late"], abs=1e-5)
    assert next(iter(story.traces)) == "flood"
    assert story.hours[-1] == 50 * 24


def test_without_talk_a_person_alone_lives_the_same_life(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run_data.load(film)
    lived: list[int] = []
    original = CohortModel.run

    def counted(self: CohortModel) -> None:
        lived.append(len(self.population))
        original(self)

    monkeypatch.setattr(CohortModel, "run", counted)
    busy = [str(person) for person in told.intrusions["person"].value_counts().index[:3]]
    alone = [replay(film, person).story for person in busy]
    monkeypatch.setattr(replaying, "_alone", lambda enrolled, row: (enrolled, row))
    among = [replay(film, person).story for person in busy]
    assert lived == [1, 1, 1, 60, 60, 60]
    for one, other in zip(alone, among, strict=True):
        assert len(one.log) > 0
        assert one.log.tobytes() == other.log.tobytes()
        assert one.levels.tobytes() == other.levels.tobytes()


def test_a_participant_is_called_by_name(tmp_path: Path) -> None:
    participants = f"population.participants={data_file('example_participants.csv')}"
    place = _run(tmp_path / "run", "film", participants)
    story = replay(place, "P-003").story
    assert story.timeline.title.endswith("person P-003")
    assert story.ace == 5
    assert story.traits["rumination"] == np.float32(1.75)
    assert replay(place, "2").story.log.tobytes() == story.log.tobytes()
    with pytest.raises(InputError, match=r"no person 'P-03'; did you mean 'P-003'\?; permitted: ids from 0 to 7"):
        replay(place, "P-03")


def test_input_that_has_changed_is_refused(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,age\na,30\nb,40\n", encoding="utf-8")
    place = _run(tmp_path / "run", "film", f"population.participants={people}")
    people.write_text("id,age\na,30\nb,41\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"people\.csv has changed since"):
        replay(place, "a")


def test_persons_of_a_class_of_their_own_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Quiet(Person):
        pass

    run(scenario.load("film", ["study.persons=5"]), tmp_path / "run", person=Quiet)
    assert main(["life", "--run", str(tmp_path / "run"), "--person", "1", "--out", str(tmp_path / "life.png")]) == 2
    err = capsys.readouterr().err
    assert re.search(r"were of the class .*Quiet, which the files of a run do not hold", err)
    assert err.count("\n") == 1


def test_a_life_that_does_not_come_as_recorded_is_refused(film: Path, tmp_path: Path) -> None:
    told = run_data.load(film)
    person = int(told.intrusions["person"].mode()[0])
    part = film / "intrusions" / "part-000000.parquet"
    kept = part.read_bytes()
    table = pq.read_table(part)
    distress = table.column("distress").to_numpy().copy()
    distress[table.column("person").to_numpy() == person] = 0.125
    place = table.schema.get_field_index("distress")
    try:
        pq.write_table(table.set_column(place, table.schema.field(place), pa.array(distress)), part)
        with pytest.raises(InputError, match=r"intrusions do not come as recorded .*files were changed"):
            replay(film, str(person))
    finally:
        part.write_bytes(kept)
    assert replay(film, str(person)).intrusions


def test_the_command_draws_and_says_what_came(film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = str(run_data.load(film).intrusions["person"].mode()[0])
    asked = ["life", "--run", str(film), "--person", person, "--out", str(tmp_path / "life.png")]
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert re.search(r"Lived again: [1-9]\d* intrusions, as recorded; \d+ recalls, as recorded", out)
    assert (tmp_path / "life.png").read_bytes()[:4] == b"\x89PNG"
    assert main([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recorded"]["intrusions"] == sum(m["intrusions"] for m in told["memories"].values()) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--run", "x"], "--run and --person go together"),
        (["--person", "1"], "--run and --person go together"),
        (["--run", "x", "--person", "1", "--seed", "0", "--ace", "2"], "--seed, --ace cannot be given with --run"),
        (["--run", "x", "--person", "1"], "x: is no directory of a run"),
    ],
)
def test_what_is_not_permitted_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["life", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
