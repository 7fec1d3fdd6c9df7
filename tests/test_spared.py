"""Whoever an arm gives nothing else than the reference arm lives once: the same tables as if all had lived."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_worlds import WHOLE

import cohort.run
from cohort import scenario
from cohort.model import CohortModel
from cohort.run_data import RunData, load

TABLES = ("persons", "allocation", "scores", "sessions", "exposures", "doses")
MORE = """
[[arms]]
name = "little"
interventions = ["beta-blocker"]
mg = { beta-blocker = 20 }
"""


def run(out: Path, text: str = WHOLE + MORE) -> RunData:
    return load(cohort.run.run(scenario.loads(text), out, threads=1, tables=TABLES).out)


def test_whoever_is_given_nothing_lives_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spared: list[tuple[int, int]] = []
    spare = CohortModel.spare
    monkeypatch.setattr(
        CohortModel,
        "spare",
        lambda self, live, reference: (spared.append((len(live), len(self.population))), spare(self, live, reference)),
    )
    once = run(tmp_path / "once")
    assert len(spared) >= 3
    assert all(live < among for live, among in spared), spared
    assert sum(live for live, _ in spared) > 0
    monkeypatch.setattr(cohort.run, "can_spare", lambda *_: False)
    every = run(tmp_path / "every")
    for table in TABLES:
        for path in sorted((tmp_path / "every" / table).iterdir()):
            assert path.read_bytes() == (tmp_path / "once" / table / path.name).read_bytes(), path
    states = once.table("scores", ["arm", "state"])
    assert len(states) == len(every.table("scores"))
    assert np.isfinite(states["state"]).any()


TALK = """
[population.households]
[talk]
about = ["crash"]
from = "day 1"
every = "1 d"
"""


def test_where_persons_talk_all_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CohortModel, "spare", lambda *_: pytest.fail("somebody was spared"))
    run(tmp_path / "run", WHOLE + TALK)


def test_a_run_of_some_tables_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be gone on with"):
        cohort.run.run(scenario.loads(WHOLE), tmp_path / "run", tables=TABLES, resume=True)
