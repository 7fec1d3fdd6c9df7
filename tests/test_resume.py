"""A run killed at any moment and resumed gives the same tables; what cannot be gone on from is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import toy_run
from toy_run import ROOT, assert_same, child, command

from cohort.errors import InputError
from cohort.records import partial_directory, record


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_run.run(tmp_path_factory.mktemp("whole") / "run")


@pytest.mark.parametrize("call", [3, 12, 21, 30, 42, 51, 64, 75, 88, 97])
def test_killed_at_a_call_and_resumed(whole: Path, tmp_path: Path, call: int) -> None:
    out = tmp_path / "run"
    died = child(out, "--kill-at", call)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert not out.exists() or call > 90  # when it died as it tidied up, the run was whole
    assert_same(whole, out if out.exists() else toy_run.run(out, resume=True))
    assert call > 90 or [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.slow
def test_killed_at_every_call_and_at_every_resume(whole: Path, tmp_path: Path) -> None:
    for call in range(1, 10_000):
        out = tmp_path / f"run{call}"
        if child(out, "--kill-at", call).returncode == 0:
            break
        if not out.exists():  # else it died as it tidied up
            child(out, "--resume", "--kill-at", 1 + call // 2)
        if not out.exists():
            toy_run.run(out, resume=True)
        assert_same(whole, out)
    assert call > 90


def test_killed_at_a_moment_and_resumed(tmp_path: Path) -> None:
    settings: list[object] = ["--persons", 4000, "--part-rows", 3000]
    whole = toy_run.run(tmp_path / "whole", persons=4000)
    out = tmp_path / "run"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    kills = 0
    for pause in (0.0, 0.011, 0.037, 0.053):
        running = subprocess.Popen(command(out, "--resume", *settings), env=environment)
        until = time.monotonic() + 30
        while not (partial_directory(out) / "lock").exists() and running.poll() is None:
            assert time.monotonic() < until
        time.sleep(pause)
        running.kill()
        kills += running.wait() == -signal.SIGKILL
    assert kills >= 1
    if not out.exists():
        assert child(out, "--resume", *settings).returncode == 0
    assert_same(whole, out)


def test_resume_goes_on_and_does_not_begin_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--kill-at", 88)
    recorder, kept = record(out, toy_run.provenance(), toy_run.TABLES, resume=True)
    recorder.close()
    assert kept is not None
    assert kept.meta["segment"] >= 4
    assert recorder.rows["measures"] == kept.meta["segment"] * 300


def test_resume_of_another_run_says_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--kill-at", 64)
    with pytest.raises(InputError, match=r"another one.*seed: 1 against 2"):
        toy_run.run(out, seed=2, resume=True)
    assert_same(toy_run.run(out, resume=True), toy_run.run(tmp_path / "other"))  # nothing was lost


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--kill-at", 64)
    with pytest.raises(InputError, match=r"unfinished run lies in .*--resume"):
        toy_run.run(out)
    assert toy_run.run(out, resume=True) == out


def test_a_damaged_checkpoint_is_refused_in_one_line(tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--kill-at", 64)
    state = next((partial_directory(out) / "checkpoint").glob("0*/state.npy"))
    content = bytearray(state.read_bytes())
    content[-5] ^= 1
    state.write_bytes(content)
    with pytest.raises(InputError, match=r"checkpoint is damaged .*state.npy has another checksum.*; start") as refused:
        toy_run.run(out, resume=True)
    assert "\n" not in str(refused.value)


def test_a_lost_part_is_noticed(tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--kill-at", 88)
    (partial_directory(out) / "records" / "intrusions" / "part-000001.parquet").unlink()
    with pytest.raises(InputError, match=r"1 files are missing, first part-000001.parquet; remove"):
        toy_run.run(out, resume=True)


def test_parts_written_after_the_checkpoint_are_dropped(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    child(out, "--part-rows", 50, "--full-at", 7)  # many small parts, and stopped just before the end
    assert partial_directory(out).exists()
    assert_same(whole, toy_run.run(out, part_rows=10**6, resume=True))
