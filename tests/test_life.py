"""One life from the command line: what it writes, that reading changes nothing, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cohort import life
from cohort.cli import main
from cohort.files import scenario_file
from cohort.life import given_traits, person_traits, summary, tell
from cohort.parameters import Parameters
from cohort.timeline import read_timeline


@pytest.fixture(scope="module")
def story() -> life.Story:
    return tell(read_timeline(scenario_file("life.toml")), 1)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["life", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_weak_event_near_a_strong_one_and_the_strong_one_last(story: life.Story) -> None:
    told = summary(story)
    for name in ("flood", "trifle"):
        day = told["memories"][name]["at"]["24 h"]
        assert day["late"]["elements (hippocampus)"] > 0.2
    flood, trifle = (told["memories"][n]["at"]["7 d"]["late"]["affect (amygdala)"] for n in ("flood", "trifle"))
    assert flood > trifle + 0.05  # the trifle shares units of the amygdala with the flood


def test_levels_rise_with_the_event_and_return(story: life.Story) -> None:
    at = {h: story.levels[np.searchsorted(story.hours, h)] for h in (13.0, 14.5, 22.0)}
    assert (at[14.5][[0, 1, 3, 5]] > 2 * at[13.0][[0, 1, 3, 5]]).all()
    assert (at[22.0][:5] < 1.1 * at[13.0][:5]).all()


def test_how_often_one_looks_moves_little(story: life.Story, monkeypatch: pytest.MonkeyPatch) -> None:
    often = tell(story.timeline, 1, {"cue_rate": 0.1})
    few = np.array([0, 15 * 1440])
    monkeypatch.setattr(life, "moments", lambda entries, end: few)
    rarely = tell(story.timeline, 1, {"cue_rate": 0.1})
    for name, trace in often.traces.items():
        # What two traces share is captured with the stronger one, interval by interval: the only dependence on cuts.
        assert rarely.traces[name].late[-1] == pytest.approx(trace.late[-1], abs=1e-2)


def test_the_same_seed_writes_the_same_and_another_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[dict[str, Any]] = []
    for name, seed in (("a.png", "4"), ("b.png", "4"), ("c.svg", "5")):
        code, out, _ = run(capsys, "--seed", seed, "--ace", "3", "--out", str(tmp_path / name), "--json")
        assert code == 0
        told.append(json.loads(out))
        assert told[-1].pop("figure") == str(tmp_path / name)
    assert told[0] == told[1] != told[2]
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert (tmp_path / "c.svg").read_text().startswith("<?xml")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png", "c.svg"]


def test_tables_name_memories_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--out", str(tmp_path / "life.pdf"))
    assert code == 0
    for word in ("flood", "trifle", "propranolol 80 mg", "amygdala", "Intrusions in 15 days", "life.pdf"):
        assert word in out


def test_traits_are_multiples_of_the_median() -> None:
    assert given_traits("NE=1.5, prefrontal_control=0.8") == {"ne_efficacy": 1.5, "prefrontal_control": 0.8}
    assert given_traits("") == {}


def test_adversity_moves_set_points_the_more_the_more_there_was() -> None:
    parameters = Parameters()
    control = [
        np.mean([person_traits({}, n, seed, parameters)["prefrontal_control"] for seed in range(30)]) for n in (0, 2, 8)
    ]
    assert control[0] == 1.0 > control[1] > control[2]
    assert person_traits({}, 8, 1, parameters)["da_efficacy"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--traits", "NE=-1"], "NE = -1; permitted: a number from 0.1 to 10"),
        (["--traits", "NE=nan"], "NE = nan; permitted"),
        (["--traits", "NF=1"], "unknown trait 'NF'"),
        (["--traits", "NE"], "NE = nothing; permitted"),
        (["--traits", "NE=1,ne_efficacy=2"], "given twice"),
        (["--out", "nowhere/life.png"], "there is no folder nowhere"),
        (["--out", "life.doc"], "unknown format '.doc'; permitted: .png, .pdf, .svg"),
        (["--set", "tag_threshold=7"], "tag_threshold"),
        (["missing.toml"], "missing.toml: No such file"),
    ],
)
def test_what_is_not_permitted_ends_in_one_line_and_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
