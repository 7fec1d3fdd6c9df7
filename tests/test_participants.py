"""Files of real participants: what is given is used, what is missing is drawn, what is wrong is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cohort import run_data
from cohort.cli import main
from cohort.development import childhoods
from cohort.errors import InputError
from cohort.files import data_file
from cohort.genome import load_variants
from cohort.parameters import Parameters
from cohort.participants import BASELINE, read_participants
from cohort.traits import TRAITS

DEFAULT = Parameters()


def _file(tmp_path: Path, text: str, name: str = "people.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _read(tmp_path: Path, text: str, parameters: Parameters = DEFAULT) -> pd.DataFrame:
    return read_participants(_file(tmp_path, text), 1, parameters)


def _complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, text)
    return str(caught.value)


def test_the_example_is_read_and_completed() -> None:
    frame = read_participants(data_file("example_participants.csv"), 1, DEFAULT)
    assert frame["participant"].tolist() == [f"P-00{k}" for k in range(1, 9)]
    assert frame["id"].tolist() == list(range(8))
    assert frame.loc[0, "rumination"] == 1.3
    assert frame.loc[1, "rumination"] > 0  # blank, so drawn
    assert frame.loc[6, "rs4680"] == 0.97
    assert frame.loc[3, "rs1360780"] in (0, 1, 2)
    assert frame.loc[6, "sex"] in ("female", "male")
    assert frame.loc[[0, 1, 2], "ace"].tolist() == [2, 0, 5]
    assert np.isfinite(frame[list(TRAITS)]).all(axis=None)


def test_parquet_gives_the_same_table(tmp_path: Path) -> None:
    source = data_file("example_participants.csv")
    path = tmp_path / "people.parquet"
    pd.read_csv(source).to_parquet(path)
    pd.testing.assert_frame_equal(read_participants(path, 1, DEFAULT), read_participants(source, 1, DEFAULT))


def test_draws_do_not_depend_on_the_other_rows(tmp_path: Path) -> None:
    three = _read(tmp_path, "id,age\na,30\nb,40\nc,50\n")
    two = _read(tmp_path, "id,age\na,30\nx,60\n")
    pd.testing.assert_frame_equal(three[:1], two[:1])
    assert two.loc[1, "da_synthesis"] == three.loc[1, "da_synthesis"]


def test_a_given_genotype_shifts_its_trait_by_the_effect(tmp_path: Path) -> None:
    frames = [_read(tmp_path, f"ancestry,rs4680\nEUR,{dose}\n") for dose in (0, 1, 2)]
    logs = [np.log(frame.loc[0, "da_clearance"]) for frame in frames]
    effect = load_variants().effects[0] * DEFAULT["spread_sensitivity"]
    assert np.diff(logs) == pytest.approx([effect, effect])
    unchanged = [t for t in TRAITS if t != "da_clearance"]
    assert (frames[0][unchanged] == frames[2][unchanged]).all(axis=None)


def test_fkbp5_acts_through_adversity_alone(tmp_path: Path) -> None:
    def feedback(ace: int, dose: int) -> float:
        return float(_read(tmp_path, f"ace,rs1360780\n{ace},{dose}\n").loc[0, "cortisol_feedback"])

    assert feedback(0, 0) == feedback(0, 2) == 1.0
    assert feedback(6, 2) < feedback(6, 0) < 1.0


def test_given_adversity_replaces_the_drawn(tmp_path: Path) -> None:
    none, many = _read(tmp_path, "ace\n0\n0\n"), _read(tmp_path, "ace\n9\n9\n")
    assert (many["cortisol_feedback"] < none["cortisol_feedback"]).all()
    kinds = childhoods().kinds
    frame = _read(tmp_path, ",".join(kinds) + "\n" + ",".join("1010000000") + "\n")
    assert frame.loc[0, "ace"] == 2
    assert frame.loc[0, "adversity"] > 0


def test_traits_of_the_same_system_are_drawn_given_the_known_one(tmp_path: Path) -> None:
    """Of two normals with correlation r, the second lies at r times the first, on average."""
    n = 4000
    value = np.exp(2 * DEFAULT["spread_sensitivity"])  # two SD up
    frame = _read(tmp_path, "da_synthesis\n" + f"{value}\n" * n)
    logs = np.log(frame[["da_affinity", "ne_affinity"]]) / DEFAULT["spread_sensitivity"]
    r = DEFAULT["system_correlation"]
    assert logs["da_affinity"].mean() == pytest.approx(2 * r, abs=0.06)
    assert logs["da_affinity"].var() == pytest.approx(1 - r * r, abs=0.07)
    assert logs["ne_affinity"].mean() == pytest.approx(0.0, abs=0.06)
    both = _read(tmp_path, "da_synthesis,da_clearance\n" + f"{value},{value}\n" * n)
    mean = np.log(both["da_affinity"]).mean() / DEFAULT["spread_sensitivity"]
    assert mean == pytest.approx(4 * r / (1 + r), abs=0.06)  # regression on two equally correlated predictors
    assert np.allclose(both["da_clearance"], value)


def test_unknown_columns_are_refused_with_the_closest_name(tmp_path: Path) -> None:
    message = _complaint(tmp_path, "id,rumnation,rs4681,shoe\na,1,1,44\n")
    assert "unknown column 'rumnation'; did you mean 'rumination'" in message
    assert "unknown column 'rs4681'; did you mean 'rs4680'" in message
    assert "unknown column 'shoe'; permitted" in message
    assert "'ace' and 'physical_abuse' both" in _complaint(tmp_path, "ace,physical_abuse\n1,1\n")


def test_all_bad_values_are_named_with_row_and_column(tmp_path: Path) -> None:
    message = _complaint(
        tmp_path,
        "id,sex,age,ancestry,ace,rs4680,sleep\n"
        "a,female,30,EUR,2,1,1\n"
        "a,woman,12,EU,2.5,2.1,NaN\n"
        ",male,old,AFR,11,-1,-1\n"
        "d,male,3_0,AFR,1,inf,85\n",
    )
    for fault in (
        "row 3, column 'id': 'a' is already the id of row 2",
        "row 3, column 'sex': 'woman' is not permitted: one of female, male",
        "row 3, column 'age': '12' is not permitted: a number from 18 to 100, or blank",
        "row 3, column 'ancestry': 'EU'",
        "row 3, column 'ace': '2.5' is not permitted: a whole number from 0 to 10",
        "row 3, column 'rs4680': '2.1' is not permitted: a number from 0 to 2",
        "row 3, column 'sleep': 'NaN' is not permitted: a number from 0.05 to 20",
        "row 4, column 'id': ''",
        "row 4, column 'age': 'old'",
        "row 4, column 'ace': '11'",
        "row 4, column 'rs4680': '-1'",
        "row 4, column 'sleep': '-1'",
        "row 5, column 'age': '3_0'",
        "row 5, column 'rs4680': 'inf'",
        "row 5, column 'sleep': '85'",
    ):
        assert fault in message
    assert message.startswith(str(tmp_path / "people.csv") + ": 15 faults")


def test_a_flood_of_faults_is_capped_and_counted(tmp_path: Path) -> None:
    message = _complaint(tmp_path, "sleep\n" + "bad\n" * 50)
    assert message.count("column 'sleep'") == 20
    assert "50 faults" in message
    assert "and 30 more" in message


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"id,age\n", "a header and no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text file"),
        (b"PK\x03\x04\x00\x00sheet", "not a text file"),
        (b"PAR1 broken", "not a readable Parquet file"),
        (b"id;age\na;30\n", "not separated by commas"),
        (b"age,age\n30,31\n", "column 'age' appears twice"),
        (b"age,\n30,31\n", "column 2 has no name"),
        (b"age,sex\n30\n", "row 2 has 1 cells; permitted: 2"),
        (b'age\n"30\n', "not well-formed CSV"),
    ],
)
def test_files_that_cannot_be_read_give_one_clear_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint) as caught:
        read_participants(path, 1, DEFAULT)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_participants(tmp_path / "nobody.csv", 1, DEFAULT)
    with pytest.raises(InputError, match="is a folder"):
        read_participants(tmp_path, 1, DEFAULT)


def test_data_lie_beside_the_code_when_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohort.files._HERE", tmp_path / "cohort")
    with pytest.raises(InputError, match=r"'variants\.csv' of the package is missing"):
        data_file("variants.csv")
    for folder in (tmp_path / "data", tmp_path / "cohort" / "_data"):  # a checkout, then a wheel
        folder.mkdir(parents=True)
        (folder / "variants.csv").touch()
        assert data_file("variants.csv") == folder / "variants.csv"


def test_spaces_bom_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    frame = _read(tmp_path, "\ufeffid, age\n\n a , 30 \n,\nb,\n")
    assert frame["participant"].tolist() == ["a", "b"]
    assert frame.loc[0, "age"] == 30
    assert "row 5, column 'age'" in _complaint(tmp_path, "id,age\n\na,30\n,\nb,x\n")


def test_baseline_measures_are_refused_with_the_reason(tmp_path: Path) -> None:
    message = _complaint(tmp_path, "id,resting_heart_rate,PCL5,cortisol\na,62,12,300\n")
    for column, trait in (
        ("resting_heart_rate", "noradrenergic_tone"), ("PCL5", "baseline_load"), ("cortisol", "cortisol_feedback")
    ):  # fmt: skip
        assert f"column '{column}': a baseline measure is refused, for no sourced figure links it" in message
        assert f"({trait})" in message
    assert set(BASELINE.values()) <= set(TRAITS)


def test_blanks_are_drawn_from_the_population_of_the_scenario(tmp_path: Path) -> None:
    path = _file(tmp_path, "id\n" + "".join(f"{k}\n" for k in range(50)))
    frame = read_participants(
        path, 1, DEFAULT, wanted=["rs6265"], ancestry={"EAS": 1.0}, female=1.0, age=(70, 72), adversity={"3": 1.0}
    )
    assert set(frame["ancestry"]) == {"EAS"}
    assert set(frame["sex"]) == {"female"}
    assert frame["age"].between(70, 72).all()
    assert set(frame["ace"]) == {3}
    assert set(frame["rs6265"]) == {0.0, 1.0, 2.0}


def test_the_example_runs_through_the_flood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example, out = data_file("example_participants.csv"), tmp_path / "out"
    assert main(["run", "flood", "--participants", str(example), "--days", "21", "--out", str(out), "--json"]) == 0
    capsys.readouterr()
    persons = run_data.load(out).persons
    assert persons["participant"].tolist() == [f"P-00{k}" for k in range(1, 9)]
    assert persons.loc[6, "rs4680"] == np.float32(0.97)
    assert run_data.load(out).rows["measures"] == 8 * 3


def test_participants_and_a_number_of_persons_or_twins_exclude_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = str(data_file("example_participants.csv"))
    for scenario, extra, said in (
        ("flood", ["--persons", "5"], "--persons and --participants exclude each other"),
        ("twins", [], "participants from a file are unrelated"),
    ):
        assert main(["run", scenario, "--participants", example, "--out", str(tmp_path / "out"), *extra]) == 2
        err = capsys.readouterr().err
        assert said in err
        assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()
