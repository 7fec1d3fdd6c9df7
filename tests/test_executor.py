"""The executor: the same answers wherever the work is done, and none is lost with a worker."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from a_cluster import cluster

from cohort.errors import InputError, Interrupted, MachineError
from cohort.executor import Executor

JOBS = [(k,) for k in range(12)]


def square(k: int) -> int:
    time.sleep(0.05)
    return k * k


def refuse(k: int) -> int:
    if k == 5:
        raise ValueError("five")
    return k


def end_at_first(k: int, folder: str) -> int:
    """The worker that is the first to do the fifth piece ends with it."""
    mark = Path(folder) / "ended"
    if k == 5 and not mark.exists():
        mark.touch()
        os._exit(1)
    return k


def end_always(k: int) -> int:
    if k == 5:
        os._exit(1)
    return k


def stop(k: int) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("workers", [1, 2])
def test_every_piece_is_answered_once(workers: int) -> None:
    found = list(Executor(workers).answers(square, JOBS, "stopped"))
    assert sorted(found) == [(k, k * k) for k in range(12)]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_piece_raises_arrives(workers: int) -> None:
    with pytest.raises(ValueError, match="five"):
        list(Executor(workers).answers(refuse, JOBS, "stopped"))


def test_a_process_that_ends_loses_no_piece(tmp_path: Path) -> None:
    found = list(Executor(2).answers(end_at_first, [(k, str(tmp_path)) for k in range(12)], "stopped"))
    assert (tmp_path / "ended").exists()
    assert sorted(found) == [(k, k) for k in range(12)]


def test_a_piece_that_ends_every_process_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohort.executor.TRIES", 1)
    with pytest.raises(MachineError, match="1 times in a row; go on with --resume"):
        list(Executor(2).answers(end_always, JOBS, "go on with --resume"))


def test_an_interruption_says_how_to_go_on() -> None:
    with pytest.raises(Interrupted, match="go on with --resume"):
        list(Executor(1).answers(stop, JOBS, "go on with --resume"))


def test_a_cluster_answers_though_a_worker_is_killed(tmp_path: Path) -> None:
    with cluster(2, tmp_path) as (address, workers):
        found = []
        for one in Executor(cluster=address).answers(square, [(k,) for k in range(60)], "stopped"):
            found.append(one)
            if len(found) == 10:
                workers[0].kill()
        assert sorted(found) == [(k, k * k) for k in range(60)]
        with pytest.raises(ValueError, match="five"):
            list(Executor(cluster=address).answers(refuse, JOBS, "stopped"))


def test_a_cluster_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match="no scheduler answers"):
        list(Executor(cluster="nowhere").answers(square, JOBS, "stopped"))


def test_the_library_that_a_cluster_needs_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="--cluster tcp://node:8786: needs the library distributed; pip install"):
        list(Executor(cluster="tcp://node:8786").answers(square, JOBS, "stopped"))


def test_a_cluster_without_workers_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohort.executor.PATIENCE", 1)
    with cluster(0, tmp_path) as (address, _), pytest.raises(MachineError, match="no worker came within 1 s; go on"):
        list(Executor(cluster=address).answers(square, JOBS, "go on"))
