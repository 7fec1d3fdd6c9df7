"""The language of a timeline: what it says, and that every fault is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cohort.errors import InputError
from cohort.files import scenario_file
from cohort.state import DOSE, EXPERIENCE, RECALL, REMINDER
from cohort.timeline import read_timeline

GOOD = """
days = 3
[scenes.crash]
content = { context = "bridge", sensory = "glass" }
arousal = 0.8

[[entries]]
at = "day 0 14:00"
kind = "experience"
scene = "crash"

[[entries]]
at = "+90 min after crash"
kind = "dose"
drug = "propranolol"
mg = 80
"""


def read(folder: Path, text: str) -> object:
    path = folder / "timeline.toml"
    path.write_text(text)
    return read_timeline(path)


def test_shipped_timeline_says_what_happens_when() -> None:
    line = read_timeline(scenario_file("life.toml"))
    assert line.scenes == {"flood": 0, "trifle": 1}
    assert [e.minute for e in line.entries[:2]] == [14 * 60, 15 * 60]
    assert list(line.calendar["kind"][:2]) == [EXPERIENCE, EXPERIENCE]
    assert set(line.calendar["kind"]) == {EXPERIENCE, REMINDER, DOSE, RECALL}
    half = line.rows[line.calendar["index"][2]]
    whole = line.rows[0]
    bits = [int(half["features"][g]).bit_count() / int(whole["features"][g]).bit_count() for g in range(4)]
    assert bits == [0.5] * 4


def test_entries_are_ordered_by_time_whatever_their_order_in_the_file(tmp_path: Path) -> None:
    late_first = GOOD.replace('"day 0 14:00"', '"day 2 14:00"') + '[[entries]]\nat = "day 1 00:00"\nkind = "task"\n'
    line = read(tmp_path, late_first)
    assert [e.kind for e in line.entries] == ["task", "experience", "dose"]  # type: ignore[attr-defined]
    assert [e.minute for e in line.entries] == [1440, 3720, 3810]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mg = 80", "mg = -80", "line 16: dose of propranolol: -80 mg is out of range; permitted"),
        ('"propranolol"', '"propanolol"', "line 16: unknown drug 'propanolol'; did you mean 'propranolol'?"),
        ("arousal = 0.8", "arousal = 1.8", "arousal = 1.8 (permitted: 0 to 1)"),
        ("arousal = 0.8", "arousal = nan", "arousal = nan (permitted: 0 to 1)"),
        ("arousal = 0.8", 'arousal = "high"', "line 5: crash: arousal = 'high'; permitted: a number"),
        ("arousal =", "arousel =", "line 5: unknown key 'arousel'; did you mean 'arousal'?"),
        ('scene = "crash"', 'scene = "crsh"', "line 10: unknown scene 'crsh'; did you mean 'crash'?"),
        ('"experience"', '"experiense"', "line 9: kind = 'experiense'; did you mean 'experience'?"),
        ("day 0 14:00", "day 0 25:00", "line 8: at = 'day 0 25:00'; permitted"),
        ("day 0 14:00", "day 9 10:00", "line 8: at = 'day 9 10:00' is after the end"),
        ("after crash", "after crush", "'crush' has not happened above; did you mean 'crash'?"),
        ("days = 3", "days = 0", "line 2: days = 0; permitted: a number from 1 to 1000"),
        ("context = ", "kontext = ", "content 'kontext' is no element"),
        ("mg = 80", "", "line 14: a dose needs 'mg'"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert said in str(caught.value)


def test_all_faults_come_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="3 faults"):
        read(
            tmp_path, GOOD.replace("mg = 80", "mg = -1").replace("arousal", "arousel").replace("days = 3", "days = 0.5")
        )


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe binary \x80", b"days = ", b"[[[[", b"entries = 3\nscenes = 4"])
def test_what_is_no_timeline_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.toml"):
        read_timeline(path)
