"""A run read again: frames, filters, codebook, CSV, comparison, and the README's own code on it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import toy_run

import cohort
from cohort import codebook, run_data
from cohort.errors import InputError, MachineError

ROOT = Path(cohort.__file__).parents[1]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_run.run(tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def changed(run: Path, table: str, change: Any) -> None:
    """Rewrite the first part of a table."""
    part = run / table / "part-000000.parquet"
    pq.write_table(change(pq.read_table(part)), part)


def test_importing_the_package_stays_light() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import cohort; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "pyarrow", "numba"} & set(loaded)
    assert cohort.load is run_data.load
    with pytest.raises(AttributeError, match="has no attribute 'lode'"):
        _ = cohort.lode


def test_frames_come_when_asked_for_and_are_kept(whole: Path) -> None:
    run = cohort.load(whole)
    assert run._frames == {}
    assert run.intrusions is run.intrusions
    assert list(run._frames) == ["intrusions"]
    assert run.tables == tuple(sorted(toy_run.TABLES))
    assert {"persons", "talks", "codebook"} <= set(dir(run))
    assert run.rows["measures"] == len(run.measures) == 300 * toy_run.SEGMENTS
    with pytest.raises(AttributeError, match="a run has no 'dreams'; its tables: doses, exposures"):
        _ = run.dreams


def test_frames_have_the_dtypes_of_the_codebook(whole: Path) -> None:
    run = cohort.load(whole)
    for name, layout in toy_run.TABLES.items():
        frame = run.table(name)
        assert list(frame.columns) == [column.name for column in layout.columns]
        for column in layout.columns:
            kind = frame[column.name].dtype
            if column.dtype == "name":
                assert list(frame[column.name].cat.categories) == list(column.names)
            elif column.dtype == "text":
                assert pd.api.types.is_string_dtype(kind)
            else:
                assert str(kind).lower() == column.dtype


def test_frames_are_sorted_by_key(whole: Path) -> None:
    measures = cohort.load(whole).measures
    assert measures.equals(measures.sort_values(["person", "minute"]).reset_index(drop=True))


def test_columns_and_filters(whole: Path) -> None:
    run = cohort.load(whole)
    some = run.table("intrusions", ["distress", "person"], [("distress", ">", 0.5), ("episode", "==", "flood")])
    everything = run.intrusions
    wanted = everything[(everything["distress"] > 0.5) & (everything["episode"] == "flood")]
    assert list(some.columns) == ["distress", "person"]
    assert np.array_equal(some["distress"], wanted["distress"])
    assert len(run.table("persons", ["id"], [("sex", "in", ["female"]), ("ace", ">=", 4)])) > 10
    with pytest.raises(InputError, match="intrusions: no column 'distres'; did you mean 'distress'"):
        run.table("intrusions", ["distres"])
    with pytest.raises(InputError, match="no column 'mood'"):
        run.table("intrusions", filters=[("mood", ">", 1)])
    with pytest.raises(InputError, match="no table 'intrusion'; did you mean 'intrusions'"):
        run.table("intrusion")
    with pytest.raises(InputError, match="cannot be read"):
        run.table("intrusions", filters=[("distress", "~", 1)])


def test_the_codebook_comes_from_the_files(whole: Path) -> None:
    book = cohort.load(whole).codebook()
    assert len(book) == sum(len(layout.columns) for layout in toy_run.TABLES.values())
    assert (book["meaning"].str.len() > 2).all()
    distress = cohort.load(whole).codebook("recalls").set_index("column").loc["distress"]
    assert (distress["low"], distress["high"], distress["missing"], distress["unit"]) == (0.0, 1.0, "null", "1")
    assert "nothing was recalled" in distress["meaning"]
    for _, row in book[book["missing"] == "null"].iterrows():
        assert "null" in row["meaning"], row["column"]  # says when


def test_a_run_shows_itself(whole: Path) -> None:
    run = cohort.load(whole)
    assert "name toy, persons 300" in repr(run)
    assert "Simulated persons; not for decisions about a patient." in repr(run)
    assert "<code>intrusions</code>" in run._repr_html_()
    assert "Simulated persons" in run._repr_html_()
    assert run.provenance == toy_run.provenance()


def test_csv_holds_the_same(whole: Path, tmp_path: Path) -> None:
    run = cohort.load(whole)
    files = run.to_csv(tmp_path / "csv")
    assert {path.stem for path in files} == {*toy_run.TABLES, "codebook"}
    recalls = pd.read_csv(tmp_path / "csv" / "recalls.csv").sort_values(["person", "minute", "kind", "episode"])
    mine = run.recalls
    assert len(recalls) == len(mine)
    assert np.array_equal(recalls["vividness"].astype("float32"), mine["vividness"], equal_nan=True)
    assert recalls["episode"].isna().sum() == mine["episode"].isna().sum() > 0
    assert pd.read_csv(tmp_path / "csv" / "doses.csv").columns.tolist() == ["person", "minute", "drug", "mg"]
    with pytest.raises(InputError, match="already exists"):
        run.to_csv(tmp_path / "csv")
    with pytest.raises(MachineError, match=r"cannot be written .No such file"):
        run.to_csv(tmp_path / "none" / "csv")


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda p: shutil.rmtree(p), "is no directory of a run; give the --out"),
        (lambda p: (p / "provenance.json").unlink(), "holds no run .provenance.json is missing.; give"),
        (lambda p: (p / "provenance.json").write_text("{"), "provenance is damaged"),
        (
            lambda p: (p / "provenance.json").write_text(
                (p / "provenance.json").read_text().replace('"seed": 1', '"seed": 2')
            ),
            "provenance is damaged or was changed",
        ),
        (lambda p: [shutil.rmtree(q) for q in p.iterdir() if q.is_dir()], "the run holds no table"),
        (lambda p: (p / "recalls" / "part-000000.parquet").write_bytes(b"PAR1"), "recalls: is no table of a run"),
        (
            lambda p: pq.write_table(pa.table({"a": [1]}), p / "talks" / "part-000000.parquet"),
            "talks: is no table of a run, or damaged",
        ),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(copy: Path, make: Any, complaint: str) -> None:
    make(copy)
    with pytest.raises(InputError, match=complaint) as refused:
        cohort.load(copy)
    assert "\n" not in str(refused.value)


def test_a_damaged_part_is_refused_when_it_is_read(copy: Path) -> None:
    part = copy / "intrusions" / "part-000001.parquet"
    content = bytearray(part.read_bytes())
    content[100:2000] = bytes(1900)
    part.write_bytes(content)
    with pytest.raises(InputError, match="intrusions: cannot be read"):
        _ = cohort.load(copy).intrusions


# --- comparing


def test_one_changed_value_is_found(whole: Path, copy: Path) -> None:
    def change(table: pa.Table) -> pa.Table:
        values = table["vividness"].to_numpy().copy()
        values[7] = np.nextafter(values[7], np.float32(2))
        return table.set_column(table.schema.get_field_index("vividness"), table.schema.field("vividness"), [values])

    changed(copy, "intrusions", change)
    found = cohort.diff(whole, copy)
    assert not found.same
    assert [name for name, d in found.tables.items() if not d.same] == ["intrusions"]
    assert found.tables["intrusions"].columns == {"vividness": 1}
    assert "vividness: 1 rows differ" in str(found)
    assert "provenance: same" in str(found)


def test_a_value_that_is_missing_differs_from_one_that_is_there(whole: Path, copy: Path) -> None:
    def change(table: pa.Table) -> pa.Table:
        field = table.schema.field("charge")
        return table.set_column(table.schema.get_field_index("charge"), field, [pa.nulls(len(table), field.type)])

    changed(copy, "measures", change)
    here = sum(m is not None for m in pq.read_table(whole / "measures" / "part-000000.parquet")["charge"].to_pylist())
    assert cohort.diff(whole, copy).tables["measures"].columns == {"charge": here}


def test_rows_that_one_run_lacks_are_counted(whole: Path, copy: Path) -> None:
    changed(copy, "intrusions", lambda table: table.slice(5))
    d = cohort.diff(whole, copy).tables["intrusions"]
    assert (d.only_a, d.only_b, d.columns) == (5, 0, {})
    changed(copy, "recalls", lambda table: pa.concat_tables([table, table.slice(0, 3)]))  # the same rows again
    d = cohort.diff(copy, whole).tables["recalls"]
    assert (d.only_a, d.only_b, d.columns) == (3, 0, {})


def test_the_order_of_rows_does_not_count(whole: Path, copy: Path) -> None:
    for table in ("intrusions", "persons", "recalls"):
        changed(copy, table, lambda t: t.take(np.random.default_rng(1).permutation(len(t))))
    assert cohort.diff(whole, copy).same
    assert cohort.load(copy).recalls.equals(cohort.load(whole).recalls)


def test_rows_that_share_a_key_are_compared_by_what_they_hold(whole: Path, copy: Path, tmp_path: Path) -> None:
    def one_key(table: pa.Table) -> pa.Table:
        for k in (0, 1):  # person and minute
            same = pa.array(np.arange(len(table)) // 9 if k == 0 else np.zeros(len(table)), table.schema.field(k).type)
            table = table.set_column(k, table.schema.field(k), same)
        return table

    other = Path(shutil.copytree(whole, tmp_path / "other"))
    changed(copy, "intrusions", one_key)
    changed(other, "intrusions", lambda t: one_key(t).take(np.random.default_rng(2).permutation(len(t))))
    assert cohort.diff(copy, other).same


def test_tables_and_columns_that_one_run_lacks(whole: Path, copy: Path) -> None:
    shutil.rmtree(copy / "talks")
    changed(copy, "doses", lambda table: table.drop_columns(["mg"]))
    found = cohort.diff(whole, copy)
    assert found.tables["talks"].schema == (f"the table is only in {whole}",)
    assert found.tables["doses"].schema == (f"column mg is only in {whole}",)


def test_provenance_that_differs_is_told(whole: Path, tmp_path: Path) -> None:
    found = cohort.diff(whole, toy_run.run(tmp_path / "run", seed=2, persons=200))
    assert "seed: 1 against 2" in found.provenance
    assert "study.persons: 300 against 200" in found.provenance
    assert "scenario: +persons = 200" in found.provenance
    assert found.tables["measures"].only_a == 100 * toy_run.SEGMENTS
    assert found.tables["measures"].columns["load"] > 1000
    assert found.tables["persons"].only_b == 0


# --- the README


def test_the_readme_shows_code_that_runs(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    section = re.search(r"## A run's files\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.DOTALL)
    assert section
    blocks = re.findall(r"```python\n(.*?)```", section[1], re.DOTALL)
    assert len(blocks) == 2
    shutil.copytree(whole, tmp_path / "flood-run")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert "Simulated persons" in capsys.readouterr().out
    assert names["weekly"].sum() == len(names["run"].intrusions)
    assert (names["strong"]["distress"] > 0.5).all()
    assert len(names["strong"]) > 100
    persons = names["run"].persons
    joined = names["run"].intrusions.merge(persons, left_on="person", right_on="id")
    wanted = joined.groupby("ace")["distress"].mean()
    assert np.allclose(names["by_adversity"]["distress"], wanted, rtol=1e-5)
    trial = codebook.tables(arms=("a",), interventions=("b",), instruments=("c",))
    assert set(re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE)) == {*toy_run.TABLES, *trial}


def test_duckdb_sees_missing_as_null(whole: Path) -> None:
    query = f"SELECT count(*), count(episode), count(vividness) FROM '{whole}/recalls/*.parquet'"
    rows, episodes, vivid = duckdb.sql(query).fetchall()[0]
    assert rows > episodes == vivid > 0
