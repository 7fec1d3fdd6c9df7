"""Answers that are kept: none is lost but the one that was cut short, and a name stands for one question."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cohort.answers import Answers, name_of


def test_a_line_that_was_cut_short_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with Answers(path) as kept:
        kept.add("a", [1.0, np.nan])
        kept.add("b", [2.5, np.float64(1 / 3)])
    path.write_text(path.read_text()[:-5])
    with Answers(path) as again:
        assert set(again.known) == {"a"}
        again.add("c", [3.0])
    found = Answers(path).known
    assert set(found) == {"a", "c"}
    assert found["a"][0] == 1.0
    assert np.isnan(found["a"][1])
    assert found["c"] == [3.0]


def test_numbers_come_back_to_the_last_digit(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=50).tolist()
    with Answers(tmp_path / "log") as kept:
        kept.add("a", values)
    assert Answers(tmp_path / "log").known["a"] == values


def test_a_name_stands_for_all_that_was_asked() -> None:
    asked = {"mg": 40.0, "what": ("pill",)}
    assert name_of(asked, 1) == name_of({"mg": 40.0, "what": ["pill"]}, 1)
    assert len({name_of(asked, 1), name_of(asked, 2), name_of({**asked, "mg": 40.1}, 1), name_of(1, asked)}) == 4
