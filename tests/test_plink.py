"""Dosages as PLINK writes them: counted alleles, what is refused, and what is said not to be used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cohort import run_data
from cohort.cli import main
from cohort.errors import InputError
from cohort.parameters import Parameters
from cohort.participants import read_participants

HEAD = "FID IID PAT MAT SEX PHENOTYPE"


def _file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "people.raw"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _read(tmp_path: Path, *lines: str) -> tuple[pd.DataFrame, list[str]]:
    said: list[str] = []
    return read_participants(_file(tmp_path, *lines), 1, Parameters(), say=said.append), said


def _complaint(tmp_path: Path, *lines: str) -> str:
    with pytest.raises(InputError) as caught:
        _read(tmp_path, *lines)
    return str(caught.value)


def test_dosages_count_the_allele_of_the_table_whichever_the_file_counts(tmp_path: Path) -> None:
    frame, said = _read(
        tmp_path, f"{HEAD} rs4680_A rs6265_C rs1360780_T(/C)", "f a 0 0 1 -9 2 2 0", "f b 0 0 2 -9 0.25 0.5 NA",
        "f c 0 0 0 -9 NA 1 2",
    )  # fmt: skip
    assert frame["participant"].tolist() == ["a", "b", "c"]
    assert frame["sex"].tolist()[:2] == ["male", "female"]
    assert frame["rs4680"].tolist()[:2] == [2.0, 0.25]
    assert frame["rs6265"].tolist() == [0.0, 1.5, 1.0]
    assert frame["rs1360780"][2] == 2.0
    assert frame["rs1360780"][1] in (0, 1, 2)  # missing, so drawn
    assert said == []


def test_what_is_not_used_is_said(tmp_path: Path) -> None:
    snps = " ".join(f"rs{k}_G" for k in range(1, 8))
    frame, said = _read(tmp_path, f"{HEAD}\t{snps} rs4680_A rs4680_HET rs41423247_C", f"f a m 0 1 3.5 {'0 ' * 7} 1 1 0")
    assert "rs1" not in frame
    path = tmp_path / "people.raw"
    assert said == [
        f"{path}: rs41423247 is C/G, alike on both strands: taken to be of the forward strand",
        f"{path}: not used: 8 of 10 columns of dosages, which are no named variants "
        "(rs1_G, rs2_G, rs3_G, rs4_G, rs5_G and so on), PAT, PHENOTYPE",
    ]


def test_all_faults_are_named_with_row_and_column(tmp_path: Path) -> None:
    message = _complaint(
        tmp_path, f"{HEAD} rs4680_T rs6265_T rs6265_C rs110402_A", "f a 0 0 3 1 0 0 0 2.5", "f b 0 0 1 1 0 x 0 0"
    )
    for fault in (
        "column 'rs4680_T': allele 'T' is neither of rs4680; permitted: A or G (forward strand)",
        "column 'rs6265_C': rs6265 is there twice, as 'rs6265_T'",
        "row 2, column 'SEX': '3' is not permitted: 1 (male), 2 (female) or 0 (unknown)",
        "row 2, column 'rs110402_A': '2.5' is not permitted: a number from 0 to 2",
        "row 3, column 'rs6265_T': 'x'",
    ):
        assert fault in message
    assert "5 faults" in message


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("FID,IID", "1,2"), "is no .raw file of PLINK; permitted: a header that starts with FID IID PAT"),
        ((f"{HEAD} rs4680_A", "f a 0 0 1 1"), "row 2 has 6 cells; permitted: 7"),
        ((f"{HEAD} rs4680_A",), "a header and no rows"),
        (
            (f"{HEAD} rs4680_A", "f a 0 0 1 1 0", "f a 0 0 1 1 0"),
            "row 3, column 'id': 'f:a' is already the id of row 2",
        ),
        (("",), "the file is empty"),
    ],
)
def test_files_that_are_none_give_one_clear_line(tmp_path: Path, lines: tuple[str, ...], complaint: str) -> None:
    message = _complaint(tmp_path, *lines)
    assert complaint in message
    assert "\n" not in message


def test_a_name_used_in_two_families_is_told_apart(tmp_path: Path) -> None:
    frame, _ = _read(tmp_path, HEAD, "f 1 0 0 1 -9", "g 1 0 0 1 -9")
    assert frame["participant"].tolist() == ["f:1", "g:1"]


def test_a_run_on_them_holds_the_variants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _file(tmp_path, f"{HEAD} rs4680_A rs7_C", *(f"f p{k} 0 0 {k % 2 + 1} -9 {k % 3} 1" for k in range(6)))
    out = tmp_path / "out"
    asked = ["--set", 'population.variants=["rs6265"]', "--set", 'groups.carriers="rs1360780 > 0"', "--days", "2"]
    assert main(["run", "film", "--participants", str(path), "--out", str(out), *asked, "--json"]) == 0
    assert "1 of 2 columns of dosages, which are no named variants (rs7_C)" in capsys.readouterr().err
    persons = run_data.load(out).persons
    assert persons["participant"].tolist() == [f"p{k}" for k in range(6)]
    assert persons["rs4680"].tolist() == [0, 1, 2, 0, 1, 2]
    assert set(persons["rs6265"]) <= {0, 1, 2}
    assert (persons["carriers"] == (persons["rs1360780"] > 0)).all()
