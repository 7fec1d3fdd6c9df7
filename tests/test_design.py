"""Design files, their points, and the table of a sweep: the same bytes wherever and however often it is lived."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from a_cluster import HERE, cluster
from a_fall import DESIGN, SCENARIO

import cohort
from cohort.cli import main
from cohort.design.sampling import points
from cohort.design.specification import SHIPPED, Axis, Sampling, Specification, load
from cohort.design.table import chunks, effects, experiments, persons, sweep
from cohort.design.understood import indices_of
from cohort.errors import InputError
from cohort.executor import Executor


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("design")
    (place / "fall.toml").write_text(SCENARIO)
    (place / "falls.toml").write_text(DESIGN)
    return place / "falls.toml"


@pytest.fixture(scope="module")
def swept(design: Path) -> Path:
    """The sweep as one process makes it."""
    done = sweep(load(design), design.parent / "one", Executor(1))
    assert done.whole
    assert (done.points, done.rows, done.failures) == (24, 24, 8)
    return done.out


def content(place: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    return {name: data for name, data in found.items() if not name.startswith("understood")}


def test_a_point_that_cannot_be_is_a_row_with_its_reason(swept: Path) -> None:
    table = experiments(swept)
    failed = table[table["failure"].notna()]
    assert set(failed["mg"]) == {200}
    assert set(failed["what"]) == {"pill", "pill+company"}
    assert failed["failure"].str.fullmatch(r"intervention 'pill', session 1: dose of propranolol: 200\.0 mg is out of "
                                           r"range; permitted: a number from 10 to 160 mg").all()  # fmt: skip
    assert failed["intrusions"].isna().all()
    assert table.loc[table["failure"].isna(), "intrusions"].notna().all()


def test_a_point_that_gives_nothing_is_the_control(swept: Path) -> None:
    table = experiments(swept)
    nothing = table[(table["what"] == "nothing") & (table["mg"] < 200)]
    assert len(nothing) == 4
    assert (nothing[["intrusions.effect", "week.effect", "sessions", "cost", "treated"]] == 0.0).all(axis=None)
    worlds = table.groupby("world").apply(lambda w: (w["intrusions"] - w["intrusions.effect"]).round(9).nunique())
    assert (worlds == 1).all()  # one control a world


def test_a_point_is_the_run_that_it_stands_for(design: Path, swept: Path) -> None:
    """The same scenario with the lever's value in it, lived by itself: the same effect on each, by the same draws."""
    row = experiments(swept).query("mg == 80 and what == 'pill' and world == 2").iloc[0]
    settings = ["interventions.pill.mg=80", f"surroundings.cue_rate={float(row['cues'])!r}", "study.persons_seed=1"]
    run = cohort.Scenario.load(design.parent / "fall.toml", settings).run(threads=1)
    alone = cohort.effects(run)
    assert row["intrusions"] == alone["under_arm"].mean()
    assert row["intrusions.effect"] == alone["effect"].mean()
    assert row["cost"] == pytest.approx(3.0 * run.world("pill").sessions["attended"].mean())
    each = effects(swept).query(f"point == {row['point']}").set_index("person")["intrusions"]
    assert np.array_equal(each, alone.set_index("person")["effect"])
    assert np.array_equal(persons(swept).query("world == 2")["id"], run.persons["id"])


def test_a_cluster_that_loses_a_worker_writes_the_same_bytes(design: Path, swept: Path, tmp_path: Path) -> None:
    with cluster(2, tmp_path) as (address, workers):

        def watch(done: int, _: int) -> None:
            if done and workers[0].poll() is None:
                workers[0].kill()
                workers[0].wait()

        done = sweep(load(design), tmp_path / "far", Executor(cluster=address), watch=watch)
    assert workers[0].returncode == -signal.SIGKILL
    assert content(done.out) == content(swept)


def test_a_sweep_that_was_killed_goes_on_to_the_same_bytes(design: Path, swept: Path) -> None:
    """In two parts, one by two processes and the other by one."""
    out = design.parent / "killed"
    command = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    arguments = ["sweep", str(design), "--workers", "1", "--out", str(out)]
    process = subprocess.Popen([sys.executable, "-c", command, *arguments], env=environment)
    while not (out / "experiments" / "part-000000.parquet").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in (out / "experiments").glob("part-*")}
    assert 1 <= len(kept) < len(chunks(load(design)))
    with pytest.raises(InputError, match="already exists; give another --out, or --resume"):
        sweep(load(design), out, Executor(1))
    assert not sweep(load(design), out, Executor(2), shard=(2, 2)).whole
    assert sweep(load(design), out, Executor(1), resume=True, shard=(1, 2)).whole
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert content(out) == content(swept)


def test_another_design_is_not_gone_on_with(design: Path, swept: Path) -> None:
    other = load(design).model_copy(update={"seed": 2})
    with pytest.raises(InputError, match="holds another sweep"):
        sweep(other, swept, Executor(1), resume=True)


def test_commands_say_what_they_did(design: Path, swept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(design), "--out", str(swept), "--resume", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"design", "scenario", "points", "rows", "failures", "whole", "seconds", "out", "table"}
    assert main(["understand", str(swept), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"outcome", "points", "failures", "sentence", "indices", "regional", "boxes", "surface", "tree",
                         "files"}  # fmt: skip
    assert all(Path(path).exists() for path in told["files"])
    assert main(["understand", str(swept), "--outcome", "week"]) == 0
    assert "nan" not in capsys.readouterr().out.split()  # of one point no standard error can be told
    assert main(["sweep", str(design), "--shard", "3/2"]) == 2
    assert "permitted: i/N" in capsys.readouterr().err


def test_every_fault_of_a_design_is_said_with_its_line(design: Path) -> None:
    path = design.parent / "faults.toml"
    text = DESIGN.replace('key = "interventions.pill.mg"', 'key = "interventions.tablet.mg"')
    path.write_text(text.replace("low = 0.5", "low = 5").replace('method = "grid"', 'method = "sobol"\nn = 100'))
    with pytest.raises(InputError) as raised:
        load(path)
    said = str(raised.value)
    assert "line 8: n = 100; permitted with sobol: a power of 2" in said
    assert "line 12: levers.mg: key = 'interventions.tablet.mg'; permitted: give, or a key that begins with" in said
    assert "line 19: uncertainties.cues: low = 5 is not below high = 2" in said
    path.write_text(DESIGN.replace("steps", "step").replace('["pill"], ', ""))
    with pytest.raises(InputError, match="unknown key 'step'; did you mean 'steps'"):
        load(path)
    path.write_text(DESIGN.replace('["intrusions", "week"]', '["intrusion"]'))
    with pytest.raises(InputError, match="no outcome 'intrusion'; did you mean 'intrusions'"):
        load(path)
    path.write_text(DESIGN.replace('"surroundings.cue_rate"', '"parameters.early_decay"'))
    with pytest.raises(InputError, match="the declared range"):
        load(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_designs_are_sound(name: str) -> None:
    spec = load(name)
    assert len(points(spec)) == spec.sampling.n * spec.sampling.worlds
    assert spec.base().trial is not None


def ranges(**axes: tuple[float, float]) -> dict[str, Axis]:
    return {name: Axis(key=f"interventions.pill.{name}", low=low, high=high) for name, (low, high) in axes.items()}


@pytest.mark.parametrize("method", ["latin-hypercube", "sobol"])
def test_samples_fill_every_axis_evenly(method: str) -> None:
    levers = ranges(a=(0.0, 1.0), b=(10.0, 20.0)) | {"c": Axis(key="interventions.pill.c", values=("x", "y"))}
    levers["d"] = Axis(key="interventions.pill.d", low=1, high=4, whole=True)
    spec = Specification(scenario="film", give=("pill",), levers=levers, sampling=Sampling(method=method, n=64))
    table = pd.DataFrame([point.levers for point in points(spec)])
    assert np.array_equal(np.sort((table["a"] * 64).astype(int)), np.arange(64))
    assert np.array_equal(np.sort(((table["b"] - 10.0) * 6.4).astype(int)), np.arange(64))
    assert set(table["c"].value_counts()) == {32}
    assert table["d"].value_counts().to_dict() == {1: 16, 2: 16, 3: 16, 4: 16}


def test_indices_of_a_sweep_are_those_of_ishigami() -> None:
    """Ishigami & Homma 1990 with a = 7, b = .1: Saltelli et al. 2000, Sensitivity Analysis, p. 208."""
    levers, uncertain = ranges(x1=(-np.pi, np.pi), x2=(-np.pi, np.pi)), ranges(x3=(-np.pi, np.pi))
    sampling = Sampling(method="saltelli", n=2048)
    spec = Specification(scenario="film", give=("pill",), levers=levers, uncertainties=uncertain, sampling=sampling)
    lived = pd.DataFrame([point.levers | point.uncertainties for point in points(spec)])
    y = np.sin(lived["x1"]) + 7.0 * np.sin(lived["x2"]) ** 2 + 0.1 * lived["x3"] ** 4 * np.sin(lived["x1"])
    found = indices_of(spec, y.to_numpy()).set_index("input")
    assert np.allclose(found["S1"], [0.3139, 0.4424, 0.0], atol=0.04)
    assert np.allclose(found["ST"], [0.5576, 0.4424, 0.2437], atol=0.04)


def test_elementary_effects_of_a_line_are_its_slopes() -> None:
    sampling = Sampling(method="morris", n=6)
    spec = Specification(scenario="film", give=("pill",), levers=ranges(a=(0.0, 2.0), b=(0.0, 1.0)), sampling=sampling)
    y = np.array([3.0 * point.levers["a"] - point.levers["b"] for point in points(spec)])
    found = indices_of(spec, y).set_index("input")
    assert np.allclose(found["mu"], [6.0, -1.0])
    assert np.allclose(found["sigma"], 0.0, atol=1e-9)
