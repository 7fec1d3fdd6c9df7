"""Runs: the same tables whatever the threads, blocks, hash seed and interruptions; refusals in one line."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import lived_run
import pytest
import sizes
from a_cluster import cluster
from lived_run import PERSONS, ROOT, child

import cohort
from cohort import records, replicates
from cohort.cli import main
from cohort.comparison import diff
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.model import CohortModel
from cohort.person import Person
from cohort.plan import plan
from cohort.records import partial_directory
from cohort.run import InterruptedRun, Progress, due_now
from cohort.scenario import load

KILLS, SLOW_KILLS = sizes.KILLED.times, sizes.KILLED_OFTEN.times
REPLICATES = sizes.REPLICATES.times
ROWS_OF_A_PART = 50

FILM = ["film", "--persons", "40", "--seed", "5"]


def assert_same(a: Path, b: Path) -> None:
    found = diff(a, b)
    assert found.same, str(found)
    assert not found.provenance
    assert found.tables["intrusions"].rows[0] > 300


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lived_run.run(tmp_path_factory.mktemp("whole") / "run", threads=1)


# --- the same tables


def test_the_run_has_everything_that_could_go_astray(whole: Path, tmp_path: Path) -> None:
    rows = cohort.load(whole).rows
    assert all(rows[name] > 5 for name in rows if name != "doses"), rows
    plain = diff(whole, lived_run.run(tmp_path / "run", person=Person))
    assert plain.provenance
    assert plain.tables["measures"].columns["load"] > PERSONS  # what the persons do by their diary and luck matters


def test_two_threads(whole: Path, tmp_path: Path) -> None:
    assert_same(whole, lived_run.run(tmp_path / "run", threads=2))


@pytest.mark.parametrize("chunk", sizes.CHUNKS)
def test_chunks_of_persons(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    for module, name in lived_run.AT_A_TIME:
        monkeypatch.setattr(module, name, chunk)
    assert_same(whole, lived_run.run(tmp_path / "run", threads=2))


def test_small_parts(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = records.record
    monkeypatch.setattr(cohort.run, "record", lambda *given, **named: record(*given, **named, part_rows=ROWS_OF_A_PART))
    out = lived_run.run(tmp_path / "run")
    assert len(list((out / "intrusions").iterdir())) > 5 > len(list((whole / "intrusions").iterdir()))
    assert_same(whole, out)


@pytest.mark.parametrize("hash_seed", [1, 77])
def test_other_processes_and_hash_seeds(whole: Path, tmp_path: Path, hash_seed: int) -> None:
    done = child(tmp_path / "run", hash_seed=hash_seed)
    assert done.returncode == 0, done.stderr
    assert_same(whole, tmp_path / "run")


def test_another_seed_differs(whole: Path, tmp_path: Path) -> None:
    other = cohort.run.run(replicates.with_seed(lived_run.scenario(), 2), tmp_path / "run", person=lived_run.Diarist)
    found = diff(whole, other.out)
    assert not found.same
    assert "seed: 1 against 2" in found.provenance


# --- killed, and gone on with


def killed_at(place: Path, moment: int, whole: Path) -> bool:
    """Kill a run at a moment, go on with it, compare; whether there was a checkpoint to go on from."""
    out = place / "run"
    died = child("--kill-at", moment, out)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert not out.exists() or moment > 800  # died as it tidied up
    kept = any((partial_directory(out) / "checkpoint").glob("0*"))
    if not out.exists():
        lived_run.run(out, resume=True, threads=2)
    assert_same(whole, out)
    assert [path.name for path in place.iterdir()] == ["run"]
    return kept


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> int:
    return int(child(tmp_path_factory.mktemp("counted") / "run").stdout)


@pytest.mark.parametrize("k", range(KILLS))
def test_killed_at_a_random_moment_and_resumed(whole: Path, tmp_path: Path, moments: int, k: int) -> None:
    chosen = random.Random(k).randrange(moments * k // KILLS, moments * (k + 1) // KILLS)
    assert killed_at(tmp_path, chosen, whole) or k < 2


@pytest.mark.slow
@pytest.mark.parametrize("k", range(SLOW_KILLS))
def test_killed_at_many_random_moments_and_resumed(whole: Path, tmp_path: Path, moments: int, k: int) -> None:
    killed_at(tmp_path, random.Random(100 + k).randrange(1, moments - 20), whole)


@pytest.mark.parametrize("way", [0.7, 7.0, 20.0])
def test_a_checkpoint_is_made_once_a_minute_and_no_sooner_than_it_must(way: float) -> None:
    saved = now = 0.0
    made = 0
    for _ in range(200):
        now += way
        if due_now(now - saved, way):
            assert 60.0 - 2.5 * way - 5.0 <= now - saved <= 60.0
            made += 1
            saved = now = now + 3.0
    assert made > 1


def test_cut_short_after_each_stop_and_resumed(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort.run, "CHECKPOINT", 0.0)
    stops = plan(lived_run.scenario()).stops[:-1]
    assert len(stops) > 9
    for stop in stops:
        out = tmp_path / str(stop)

        def cut(at: Progress, stop: int = stop) -> None:
            if at.day * 1440 == stop:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            lived_run.run(out, progress=cut)
        assert_same(whole, lived_run.run(out, resume=True))


def test_killed_again_as_it_goes_on(whole: Path, tmp_path: Path, moments: int) -> None:
    out = tmp_path / "run"
    child("--kill-at", moments // 2, out)
    before = sorted((partial_directory(out) / "checkpoint").glob("0*"))
    assert child("--kill-at", moments // 4, out, "--resume").returncode == -signal.SIGKILL
    assert sorted((partial_directory(out) / "checkpoint").glob("0*")) > before  # it went on, and did not begin again
    assert_same(whole, lived_run.run(out, resume=True))


def test_persons_of_another_class_do_not_go_on_with_it(tmp_path: Path, moments: int) -> None:
    out = tmp_path / "run"
    child("--kill-at", moments // 2, out)
    with pytest.raises(InputError, match=r"another one.*study.person: Diarist against None"):
        lived_run.run(out, resume=True, person=Person)


def test_a_checkpoint_keeps_what_a_subclassed_person_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cohort.run, "CHECKPOINT", 0.0)
    seen: list[tuple[list[int], float]] = []
    stop, restore = CohortModel._stop, CohortModel.restore

    def fail(self: CohortModel, minute: int) -> None:
        stop(self, minute)
        if minute == 10 * 1440:
            seen.extend((list(one.diary), one._luck) for one in self.agents)
            raise RuntimeError

    def told(self: CohortModel, *kept: object) -> None:
        restore(self, *kept)  # type: ignore[arg-type]
        assert [(one.diary, one._luck) for one in self.agents] == seen

    monkeypatch.setattr(CohortModel, "_stop", fail)
    with pytest.raises(RuntimeError):
        lived_run.run(tmp_path / "run")
    assert len({luck for _, luck in seen}) == PERSONS
    monkeypatch.setattr(CohortModel, "_stop", stop)
    monkeypatch.setattr(CohortModel, "restore", told)
    lived_run.run(tmp_path / "run", resume=True)


# --- interrupted


def test_interrupted_it_says_in_one_line_how_to_go_on(tmp_path: Path, moments: int) -> None:
    flood = ["run", "flood", *(word for setting in lived_run.SETTINGS for word in ("--set", setting)), "--out"]
    out, other = tmp_path / "run", tmp_path / "other"
    stopped = child("--interrupt-at", moments // 3, *flood, out)
    assert stopped.returncode == 130
    assert stopped.stderr == f"cohort: interrupted; go on with the same command and --resume --out {out}\n"
    assert stopped.stdout == ""
    assert not out.exists()
    refused = child(*flood, out)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "go on with --resume" in refused.stderr
    assert child(*flood, out, "--resume").returncode == 0
    assert main([*map(str, flood), str(other)]) == 0
    assert_same(out, other)


def test_replicates_that_are_interrupted_leave_one_line(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    command = ["run", "flood", "--persons", "2000", "--replicates", "2", "--workers", "2", "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    code = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, *command],
        env=environment, start_new_session=True, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        until = time.monotonic() + 60
        while not list(out.glob(".seed-*")) and running.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said == f"cohort: interrupted; go on with the same command and --resume --out {out}\n"


# --- several, and again


def test_replicates_are_the_single_runs_of_their_seeds(tmp_path: Path) -> None:
    size = sizes.REPLICATES
    told = load("film", [f"study.persons={size.persons}", f"study.days={size.days}", "study.seed=5"])
    done = replicates.run(told, tmp_path / "runs", number=REPLICATES, executor=Executor(2))
    assert [(one.seed, one.out.name) for one in done] == [(k, f"seed-{k}") for k in range(5, 5 + REPLICATES)]
    for one in done:
        single = cohort.run.run(replicates.with_seed(told, one.seed), tmp_path / f"single-{one.seed}")
        found = diff(one.out, single.out)
        assert found.same
        assert not found.provenance
    assert not diff(done[0].out, done[1].out).same
    (tmp_path / "runs" / "seed-6").rename(tmp_path / "away")  # one that is missing is run, the rest is left
    again = replicates.run(told, tmp_path / "runs", number=REPLICATES, executor=Executor(2), resume=True)
    assert [one.seed for one in again] == [6]
    assert diff(again[0].out, tmp_path / "away").same
    with cluster(1, tmp_path) as (address, _):
        afar = replicates.run(told, tmp_path / "afar", number=2, executor=Executor(cluster=address))
    assert all(diff(one.out, other.out).same for one, other in zip(afar, done[:2], strict=True))


def test_what_a_lost_worker_had_done_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohort.run.CHECKPOINT", 0.0)
    told, place = load("film", ["study.persons=30", "study.days=5", "study.seed=5"]), tmp_path / "run"

    def lost(at: Progress) -> None:
        if at.day > 2.0:
            raise KeyboardInterrupt

    with pytest.raises(InterruptedRun):
        cohort.run.run(told, place, progress=lost)
    assert partial_directory(place).exists()
    again = replicates._lived(told, place)
    finished = replicates._lived(told, place)  # a worker that was lost as it had just finished
    assert (finished.persons, finished.tables) == (again.persons, again.tables)
    assert diff(place, cohort.run.run(told, tmp_path / "whole").out).same


def test_a_single_run_on_a_cluster_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *FILM, "--cluster", "tcp://node:8786", "--out", str(tmp_path / "run")]) == 2
    assert "one run is lived on this machine; give --replicates" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_rerun_and_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", *FILM, "--out", "one"]) == 0
    assert main(["rerun", "one"]) == 0
    assert "same" in capsys.readouterr().out
    assert main(["diff", "one", "one-again"]) == 0
    assert main(["run", *FILM[:-1], "6", "--out", "other"]) == 0
    capsys.readouterr()
    assert main(["diff", "one", "other"]) == 1
    out, err = capsys.readouterr()
    assert "seed: 5 against 6" in out
    assert "intrusions" in out
    assert err == ""


def test_a_run_of_persons_of_ones_own_is_not_rerun_without_them(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rerun", str(whole), "--out", str(tmp_path / "again")]) == 2
    assert "Diarist" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# --- refused


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "given.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("more", [[], ["--replicates", "2"]])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["film", "--out", "{}/taken"], "already exists and is left as it is"),
        (["film", "--out", "{}/nowhere/run"], "is no directory; make it first"),
        (["film", "--out", "{}/file/run"], "is no directory; make it first"),
        (["film", "--participants", "{}/none.csv", "--out", "{}/run"], "no such file"),
        (["film", "--participants", "{}/bad.csv", "--out", "{}/run"], "bad.csv"),
        (["flod", "--out", "{}/run"], "no scenario 'flod'; did you mean 'flood'?"),
        (["film", "--persons", "0", "--out", "{}/run"], "persons = 0"),
        (["film", "--set", "study.person=3", "--out", "{}/run"], "person"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str, more: list[str]
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").write_text("mine")
    (tmp_path / "file").write_text("")
    (tmp_path / "bad.csv").write_text("id,sex\nP1,female\nP1,male\n")
    before = sorted(tmp_path.rglob("*"))
    assert main(["run", *(a.format(tmp_path) for a in arguments), *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("cohort: ")
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a place in which nobody can write")
@pytest.mark.parametrize("more", [[], ["--replicates", "2"]])
def test_a_place_that_cannot_be_written_to(capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    assert main(["run", *FILM, "--out", "/proc/run", *more]) == 1  # a fault of the machine
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cohort: /proc/")
    assert err.count("\n") == 1
    assert main(["run", *FILM, "--out", "/proc/nowhere/run", *more]) == 2
