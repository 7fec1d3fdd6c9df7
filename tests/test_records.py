"""What a run writes: typed, whole or not at all, in bounded memory, the same however it was cut, killed and resumed."""

from __future__ import annotations

import json
import os
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import toy_run
from toy_run import ROOT, assert_same, child

import cohort
from cohort import cli, part_writer
from cohort.columns import Column
from cohort.errors import CohortError, InputError, MachineError
from cohort.records import record


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_run.run(tmp_path_factory.mktemp("whole") / "run")


def test_what_is_read_is_what_was_written(whole: Path) -> None:
    run = cohort.load(whole)
    given = toy_run.persons_table(1, 300)
    persons = run.persons
    assert list(persons["participant"].dropna()) == [p for p in given["participant"] if p]
    assert np.array_equal(persons["distance"], np.float32(given["distance"]), equal_nan=True)
    assert np.array_equal(persons["near"], given["near"])
    assert list(persons["sex"]) == list(given["sex"])
    assert np.array_equal(persons["ne_efficacy"], np.float32(given["ne_efficacy"]))
    assert persons["x"].isna().all()  # not given, and may be missing
    log = toy_run.log_of(1, 0, np.zeros(300))
    log = log[log["kind"] == toy_run.INTRUSION]
    first = run.table("intrusions", filters=[("minute", "<", toy_run.WEEK)])
    order = np.lexsort([log["minute"], log["person"]])
    for name in ("person", "minute"):
        assert np.array_equal(first[name], log[name][order])
    assert np.array_equal(first["distress"], np.float32(log["distress"][order]))
    assert list(first["episode"]) == [toy_run.EPISODES[k] for k in log["episode"][order]]


def test_types_are_those_of_the_codebook_in_every_part(whole: Path) -> None:
    wanted = {
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float32": pa.float32(),
        "bool": pa.bool_(),
        "text": pa.string(),
    }
    for name, layout in toy_run.TABLES.items():
        parts = sorted((whole / name).glob("part-*.parquet"))
        assert parts, name
        for part in parts:
            schema = pq.read_schema(part)
            assert schema.names == [column.name for column in layout.columns]
            for column in layout.columns:
                kind = schema.field(column.name).type
                if column.dtype == "name":
                    assert kind == pa.dictionary(pa.int32(), pa.string())
                else:
                    assert kind == wanted[column.dtype]
                assert schema.field(column.name).nullable == column.missing
            assert pq.ParquetFile(part).metadata.row_group(0).column(0).compression == "ZSTD"


def test_missing_is_null_and_never_nan(whole: Path) -> None:
    recalls = pq.read_table(whole / "recalls")
    nothing = recalls["episode"].null_count
    assert nothing > 100
    assert recalls["vividness"].null_count == nothing
    assert not np.isnan(recalls["vividness"].drop_null().to_numpy()).any()
    for table in toy_run.TABLES:
        for name, column in zip((t := pq.read_table(whole / table)).column_names, t.columns, strict=True):
            if pa.types.is_floating(column.type):
                assert not np.isnan(column.drop_null().to_numpy()).any(), name


def test_whole_numbers_that_may_be_missing_stay_whole(tmp_path: Path) -> None:
    from cohort.columns import Layout

    count = Column("count", "int32", "1", "a count; null when unknown", 0, missing=True)
    layout = Layout("counts", "counts", ("person",), (Column("person", "int64", "1", "person", 0), count))
    recorder, _ = record(tmp_path / "run", toy_run.provenance(), {"counts": layout})
    with recorder:
        recorder.write("counts", {"person": np.arange(3), "count": np.ma.array([5, 6, 7], mask=[False, True, False])})
        recorder.seal()
    counts = cohort.load(tmp_path / "run").counts["count"]
    assert str(counts.dtype) == "Int32"
    assert counts.isna().tolist() == [False, True, False]
    assert counts[0] == 5


@pytest.mark.parametrize(("part_rows", "chunk"), [(37, 100), (10**6, 10**9), (5000, 7)])
def test_part_size_and_chunks_change_nothing(whole: Path, tmp_path: Path, part_rows: int, chunk: int) -> None:
    other = toy_run.run(tmp_path / "run", part_rows=part_rows, chunk=chunk)
    assert_same(whole, other)
    counts = [len(list((run / "intrusions").iterdir())) for run in (whole, other)]
    assert counts[0] != counts[1]  # the parts did differ
    for table in ("intrusions", "recalls"):
        assert cohort.load(whole).table(table).equals(cohort.load(other).table(table))


def test_provenance_stands_in_every_part_and_tells_no_place_or_time(whole: Path) -> None:
    text = (whole / "provenance.json").read_text()
    for part in whole.glob("*/*.parquet"):
        assert pq.read_schema(part).metadata[b"cohort"].decode() == text
    told = json.loads(text)
    assert set(told) == {
        "format", "notice", "hash", "scenario", "seed", "study", "versions", "inputs", "parameters",
        "given",
    }  # fmt: skip
    assert set(told["versions"]) >= {"cohort", "code", "python", "numpy", "numba", "pandas", "pyarrow", "mesa"}
    for private in (str(whole), os.uname().nodename, str(ROOT)):
        assert private not in text
    assert toy_run.provenance(seed=1).hash == told["hash"] != toy_run.provenance(seed=2).hash


# --- what the machine refuses


def test_no_room_for_files_ends_in_one_line_and_goes_on_later(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    stopped = child(out, "--full-at", 5)
    assert stopped.returncode == 1
    assert stopped.stderr.count("\n") == 1
    assert "run: cannot be written (File too large); raise the limit" in stopped.stderr
    assert "go on with --resume: all up to the last checkpoint is kept in" in stopped.stderr
    assert not out.exists()
    assert_same(whole, toy_run.run(out, resume=True))


def test_no_room_before_the_first_checkpoint_leaves_nothing(tmp_path: Path) -> None:
    stopped = child(tmp_path / "run", "--full-at", 0)
    assert stopped.returncode == 1
    assert "cannot be written (File too large)" in stopped.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.2 MB, where mounting is allowed; else the tests above with a limit on files stand for it."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(place)]
    try:
        subprocess.run(options, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting is not allowed here; the same is tested with a limit on the size of files")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_ends_in_one_line_and_goes_on_later(small_disk: Path, tmp_path: Path) -> None:
    out = small_disk / "run"
    with pytest.raises(MachineError, match=r"cannot be written \(No space left on device\); free some space") as fault:
        toy_run.run(out, persons=1500)
    assert "\n" not in str(fault.value)
    assert "--resume" in str(fault.value)
    assert not out.exists()
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert_same(toy_run.run(tmp_path / "whole", persons=1500), toy_run.run(out, persons=1500, resume=True))


def test_a_place_that_may_not_be_written_to(tmp_path: Path) -> None:
    place = tmp_path / "locked"
    place.mkdir(mode=0o555)
    root = os.geteuid() == 0
    above = [tmp_path, tmp_path.parent, tmp_path.parent.parent]
    modes = [path.stat().st_mode for path in above]
    if root:  # who may do all tries as nobody
        for path in above:
            path.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(MachineError, match=r"cannot be written \(Permission denied\); change the permissions or"):
            toy_run.run(place / "run")
    finally:
        if root:
            os.seteuid(0)
            for path, mode in zip(above, modes, strict=True):
                path.chmod(mode)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("make", "place", "complaint"),
    [
        (lambda p: (p / "run").mkdir(), "run", "already exists and is left as it is"),
        (lambda p: (p / "run").write_text("mine"), "run", "already exists"),
        (lambda p: (p / "run").symlink_to("nowhere"), "run", "already exists"),
        (lambda p: None, "none/run", "none is no directory; make it first"),
        (lambda p: (p / "file").write_text("mine"), "file/run", "is no directory"),
        (lambda p: None, "..", "names no new directory"),
    ],
)
def test_a_place_that_is_taken_or_missing(tmp_path: Path, make: Any, place: str, complaint: str) -> None:
    make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for resume in (False, True):
        with pytest.raises(InputError, match=complaint) as refused:
            toy_run.run(tmp_path / place, resume=resume)
        assert "\n" not in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_fault_of_the_machine_ends_a_command_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        raise MachineError("run: cannot be written")

    monkeypatch.setattr("cohort.catalogue.assigned", fail)
    assert cli.main(["parameters"]) == 1
    assert capsys.readouterr().err == "cohort: run: cannot be written\n"


def test_two_runs_into_one_directory(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    recorder, _ = record(out, toy_run.provenance(), toy_run.TABLES)
    with recorder:
        recorder.write("persons", toy_run.persons_table(1, 300))
        recorder.save({}, {})
        for options in ([], ["--resume"]):
            second = child(out, *options)
            assert second.returncode == 1
            assert second.stderr == f"{out}: another run is writing there; wait for it or choose another --out\n"
        state = np.zeros(300)
        for segment in range(toy_run.SEGMENTS):
            toy_run.week(recorder, 1, segment, state, 10**9)
        recorder.seal()
    assert_same(whole, out)


def test_a_directory_made_meanwhile_is_not_touched(tmp_path: Path) -> None:
    recorder, _ = record(tmp_path / "run", toy_run.provenance(), toy_run.TABLES)
    with recorder:
        recorder.save({}, {})
        (tmp_path / "run").mkdir()
        with pytest.raises(InputError, match="already exists"):
            recorder.seal()
    assert list((tmp_path / "run").iterdir()) == []
    (tmp_path / "run").rmdir()
    recorder, kept = record(tmp_path / "run", toy_run.provenance(), toy_run.TABLES, resume=True)
    with recorder:
        assert kept is not None
        recorder.seal()
    assert cohort.load(tmp_path / "run").rows["persons"] == 0


def test_a_fault_in_the_model_leaves_no_half_run(tmp_path: Path) -> None:
    def fail() -> None:
        with record(tmp_path / "run", toy_run.provenance(), toy_run.TABLES)[0] as recorder:
            recorder.write("persons", toy_run.persons_table(1, 300))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_when_the_disk_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = part_writer._write

    def slowly(path: Path, table: pa.Table) -> None:
        time.sleep(0.02)
        write(path, table)

    monkeypatch.setattr(part_writer, "_write", slowly)
    log = toy_run.log_of(1, 0, np.zeros(5000))
    rows = toy_run.codebook.intrusion_rows(log)
    peaks = []
    for turns in (5, 25):
        recorder, _ = record(tmp_path / f"run{turns}", toy_run.provenance(), toy_run.TABLES, part_rows=10_000)
        with recorder:
            tracemalloc.start()
            for _ in range(turns):
                recorder.write("intrusions", rows)
            peaks.append(tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes())
            tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]
    assert peaks[1] < 8 * 10_000 * 60


# --- what the codebook does not permit is a fault of the program


@pytest.mark.parametrize(
    ("table", "change", "complaint"),
    [
        ("intrusions", {"distress": [1.5]}, "'distress': 1.5 to 1.5; permitted: 0 to 1"),
        ("intrusions", {"distress": [np.nan]}, "'distress': 1 values are missing"),
        ("intrusions", {"minute": [np.nan]}, "'minute': values that int32 cannot hold"),
        ("intrusions", {"minute": [1.5]}, "'minute': values that int32 cannot hold"),
        ("intrusions", {"minute": [2**31]}, "'minute': values that int32 cannot hold"),
        ("intrusions", {"minute": [-1]}, "'minute': -1 to -1; permitted: 0 to"),
        ("intrusions", {"episode": [2]}, "'episode': positions beyond the 2 names"),
        ("intrusions", {"episode": ["dream"]}, "'episode': .*dream.* not among"),
        ("intrusions", {"episode": [-1]}, "'episode': 1 values are missing"),
        ("intrusions", {"episode": None}, "'episode' is not given"),
        ("intrusions", {"mood": [1.0]}, "has no columns .'mood'."),
        ("intrusions", {"person": [1, 2]}, "columns of different lengths"),
        ("measures", {"load": [np.inf]}, "'load': inf to inf"),
    ],
)  # fmt: skip
def test_rows_that_are_not_permitted(tmp_path: Path, table: str, change: dict[str, Any], complaint: str) -> None:
    row: dict[str, Any] = {column.name: [0] for column in toy_run.TABLES[table].columns}
    row = {name: value for name, value in {**row, **change}.items() if value is not None}
    recorder, _ = record(tmp_path / "run", toy_run.provenance(), toy_run.TABLES)
    with recorder, pytest.raises(ValueError, match=complaint):
        recorder.write(table, row)


def test_groups_and_variants_may_not_take_a_columns_name() -> None:
    with pytest.raises(InputError, match=r"2 faults(.|\n)*'age' is the name(.|\n)*'near' is the name"):
        toy_run.codebook.tables(groups=("age", "near"), variants=("near",))
    assert issubclass(MachineError, CohortError)
