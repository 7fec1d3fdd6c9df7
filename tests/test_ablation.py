"""Ablations: what is declared, how signatures are read, and one mechanism that bites at a tiny size."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from cohort import ablation
from cohort.ablation import Mechanism, declared, effect, matrix, remaining
from cohort.cli import main
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.files import scenario_file
from cohort.plan import plan
from cohort.scenario import load
from cohort.signatures import MEASURES, lives, traces

CONTRACT = {
    "dopamine", "noradrenaline", "serotonin", "acetylcholine", "endocannabinoids", "cortisol", "tag", "prp", "binding",
    "reconsolidation", "extinction", "replay", "slow-loops", "social-contact", "early-life", "genome",
}  # fmt: skip


def test_every_mechanism_names_its_own_signature_and_two_unrelated_ones() -> None:
    mechanisms, signatures = declared()
    assert set(mechanisms) == CONTRACT
    assert set(signatures) == set(MEASURES)
    owned = [one.own for one in mechanisms.values()]
    assert len(set(owned)) == len(owned)
    for one in mechanisms.values():
        assert len({*one.unrelated} - {one.own}) >= 2


@pytest.mark.parametrize("name", MEASURES)
def test_a_signature_can_be_lived_intact_compared_and_ablated(name: str) -> None:
    mechanisms, signatures = declared()
    path = scenario_file(f"signatures/{name}.toml")
    own = next((one for one in mechanisms.values() if one.own == name), mechanisms["dopamine"])
    plans = [plan(load(path, settings)) for settings in ((), signatures[name].without, own.settings)]
    assert all(len(one.events) for one in plans)
    assert load(path).title
    assert load(path, own.settings) != load(path)
    if signatures[name].without:
        assert load(path, signatures[name].without) != load(path)


class Frames:
    """What a run recorded, as frames."""

    persons: ClassVar[list[int]] = [3, 5]

    def __init__(self, **tables: dict[str, list[Any]]) -> None:
        self._tables = {name: pd.DataFrame(columns) for name, columns in tables.items()}
        self._tables["persons"] = pd.DataFrame({"id": self.persons, "family": [0, 0]})

    def table(self, name: str, columns: Any, filters: Any = ()) -> pd.DataFrame:
        rows = self._tables[name]
        for column, _, value in filters:
            rows = rows[rows[column] == value]
        return rows[columns]


def attempted(kind: list[str], column: str, values: list[float]) -> dict[str, list[Any]]:
    """Attempts of two persons, the second of whom makes none but the first."""
    return {"person": [3, 5, *[3] * (len(kind) - 2)], "minute": [0, 0, *range(1, len(kind) - 1)], "kind": kind,
            column: values}  # fmt: skip


def test_measures_against_frames_made_by_hand() -> None:
    attempts: Any = Frames(recalls=attempted(["recall"] * 5, "probability", [0.5, 0.6, 0.3, 0.7, 0.9]))
    (grown,) = traces.advantage_grown(attempts, attempts)
    assert grown == pytest.approx([(0.9 - 0.3) - (0.7 - 0.5), 0.6])  # who makes no attempt recalls nothing
    whole: Any = Frames(recalls=attempted(["recall", "recall", "reminder"], "fragmentation", [0.25, np.nan, 1.0]))
    assert traces.wholeness(whole, whole)[0] == pytest.approx([2.0 / 3.0, 0.0])  # what was not found is no whole
    late: Any = Frames(memories={"person": [3, 5, 3], "episode": ["list", "list", "x"], "elements_late": [0.5, 0.4, 9]})
    once: Any = Frames(memories={"person": [5], "episode": ["list"], "elements_late": [0.1]})
    assert traces.studied(late, once)[0] == pytest.approx([0.5, 0.3])
    measured = {
        "person": [3, 5, 3, 5],
        "minute": [0, 0, 9, 9],
        "intrusions": [1, 2, 3, 4],
        "load": [0.1, 0.2, 0.3, 0.4],
    }
    calm = {**measured, "intrusions": [0, 0, 1, 1], "load": [0.1, 0.2, 0.2, 0.1]}
    run, other = (Frames(measures=columns) for columns in (measured, calm))
    assert lives.more(run, other)[0] == pytest.approx([3.0, 5.0])  # type: ignore[arg-type]
    assert lives.fewer_late(other, run)[0] == pytest.approx([2.0, 3.0])  # type: ignore[arg-type]
    assert lives.load_taken(other, run)[0] == pytest.approx([0.1, 0.3])  # type: ignore[arg-type]


def test_heritability_is_twice_the_difference_of_the_twins() -> None:
    """Falconer: correlations of .8 and .5 give .6."""
    rng = np.random.default_rng(2)

    def pairs(r: float) -> np.ndarray:
        one, two = rng.standard_normal((2, 40_000))
        two = r * one + np.sqrt(1.0 - r * r) * two
        return np.stack([one, two], axis=1).ravel()

    assert lives.heritability(pairs(0.8), pairs(0.5), np.zeros(1)) == pytest.approx(0.6, abs=0.03)


def test_what_remains_is_a_ratio_of_the_same_persons() -> None:
    intact = np.random.default_rng(1).normal(2.0, 1.0, 400)
    paired = remaining("company", (intact,), (0.25 * intact,))
    assert paired.value == pytest.approx(0.25)
    assert paired.se == pytest.approx(0.0, abs=1e-9)  # what varies between persons is in both
    assert effect("company", (intact,)).se == pytest.approx(1.0 / 20.0, rel=0.25)


@pytest.mark.parametrize(
    ("left", "own", "other"), [(0.1, "holds", "fails"), (0.33, "fails", "fails"), (0.97, "fails", "holds")]
)
def test_a_verdict_asks_for_the_whole_interval(left: float, own: str, other: str) -> None:
    rng = np.random.default_rng(3)
    intact = rng.normal(2.0, 0.1, 2000)
    ablated = left * intact + rng.normal(0.0, 0.3, 2000)  # about .007 to each side of what is left
    mechanism = Mechanism("m", "", (), "company", ("loaded",))
    found = [dict(zip(ablation.COLUMNS, ablation._row(mechanism, name, (intact,), (ablated,)), strict=True))
             for name in ("company", "loaded", "adversity")]  # fmt: skip
    assert [row["verdict"] for row in found] == [own, other, ""]
    nothing = ablation._row(mechanism, "company", (intact - 2.0,), (ablated,))
    assert nothing[-1] == "no effect"


def test_without_social_contact_company_takes_no_load_and_the_rest_stays() -> None:
    found = matrix(["social-contact"], ["company", "novelty-rescue", "novelty-detail"], share=0.2, executor=Executor(1))
    left = found.set_index("signature")
    assert left.loc["company", "verdict"] == "holds"
    assert left.loc["company", "intact"] > 0.0
    assert left.loc["company", "remaining"] == 0.0
    assert left.loc["novelty-rescue", "verdict"] == "holds"
    assert left.loc["novelty-detail", "remaining"] == pytest.approx(1.0, abs=0.1)
    assert ablation.bites(found) == {"social-contact": True}


def test_the_command_writes_table_figure_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    half = np.linspace(1.0, 2.0, 50)
    monkeypatch.setattr(ablation, "observe", lambda _, settings, __: (0.0 * half if settings else half,))
    where = ("--only", "tag,extinction", "--signatures", "strong-rescue,company", "--workers", "1")
    assert main(["ablate", *where, "--out", str(tmp_path / "a")]) == 1  # the unrelated one fell too
    shown = capsys.readouterr().out
    assert "strong-rescue (own)" in shown
    assert "company (unrelated)" in shown
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"ablation.csv", "ablation.png", "ablation.svg"}
    with (tmp_path / "a" / "ablation.csv").open() as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["holds", "fails", "", ""]
    assert main(["ablate", *where, "--quick", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [(row["mechanism"], row["role"]) for row in rows] == [("tag", "own"), ("tag", "unrelated")]
    assert main(["ablate", *where, "--out", str(tmp_path / "a")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("option", ["--only", "--signatures"])
def test_an_unknown_name_is_refused_in_one_line(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ablate", option, "novelty-rescu" if option == "--signatures" else "dopamin"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cohort: no ")
    assert "did you mean" in err
    assert err.count("\n") == 1
    with pytest.raises(InputError, match="no mechanism 'x'"):
        matrix(["x"])
