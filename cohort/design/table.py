"""The table of a sweep: workers write it, a file a chunk of points, each whole or not at all.

A directory ``OUT`` holds::

    plan.json                          what was asked for, and the scenario
    experiments/part-000000.parquet    a row a point and replicate
    effects/part-000000.parquet        with `each_person`: the effect on each person
    persons/part-000000.parquet        with `each_person`: who they are, once a world

Which points form a chunk depends on the design alone, so the files do too, whoever writes them and in whatever order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cohort import __version__
from cohort.design.lived import EFFECT, HARMED, HELPED, SE, live
from cohort.design.points import most
from cohort.design.sampling import Point, points
from cohort.design.specification import CARE, Specification, columns_of, labelled
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.files import whole
from cohort.outcomes import OUTCOMES
from cohort.parameters import Parameters
from cohort.scenario import as_toml

PLAN: Final = "plan.json"
EXPERIMENTS, EFFECTS, PERSONS = "experiments", "effects", "persons"
_TYPES = {float: pa.float64(), int: pa.int64(), str: pa.string()}

Watch = Callable[[int, int], None]  # points done, of how many


@dataclass(frozen=True)
class Chunk:
    """Points of one world that are lived in one run."""

    number: int
    replicate: int
    points: tuple[Point, ...]
    first: bool  # of its world

    def path(self, out: Path, table: str) -> Path:
        """Its file of a table."""
        return out / table / f"part-{self.number:06d}.parquet"


def chunks(spec: Specification) -> list[Chunk]:
    """Every chunk of a design."""
    size = most(spec)
    out: list[Chunk] = []
    for replicate in range(spec.replicates):
        for _, some in groupby(sorted(points(spec), key=lambda p: (p.world, p.number)), key=lambda p: p.world):
            mine = tuple(some)
            for start in range(0, len(mine), size):
                first = replicate == 0 and start == 0
                out.append(Chunk(len(out), replicate, mine[start : start + size], first))
    return out


@dataclass(frozen=True)
class Swept:
    """A sweep as far as it is done: rows of the table, and those that are failures."""

    out: Path
    points: int
    rows: int
    failures: int
    whole: bool


def sweep(
    spec: Specification,
    out: Path,
    executor: Executor | None = None,
    *,
    resume: bool = False,
    shard: tuple[int, int] = (1, 1),
    watch: Watch | None = None,
) -> Swept:
    """Live what is not yet lived of a design, and write its table to the directory `out`.

    Parameters
    ----------
    executor : who does it (default: a process a processor). The workers of a cluster write to `out` themselves.
    shard : ``(i, n)``: only every n-th chunk, from the i-th on. Several may write to one `out`.

    Raises InputError for a design that cannot be lived or a place that is taken, Interrupted, MachineError.
    """
    out = out.absolute()
    base = as_toml(spec.base())
    todo = chunks(spec)
    asked = json.dumps({**asked_of(spec, base), "chunks": len(todo)}, indent=1, sort_keys=True) + "\n"
    begin(out, asked, "sweep (design, scenario, version or defaults of parameters)", resume=resume or shard != (1, 1))
    mine = [chunk for chunk in todo if chunk.number % shard[1] == shard[0] - 1]
    left = [chunk for chunk in mine if not chunk.path(out, EXPERIMENTS).exists()]
    total = sum(len(chunk.points) for chunk in mine)
    done = total - sum(len(chunk.points) for chunk in left)
    if watch is not None:
        watch(done, total)
    stopped = f"sweep: stopped; --resume with the same --out {out} goes on"
    jobs = [(spec, base, chunk, str(out)) for chunk in left]
    for place, _ in (executor or Executor()).answers(work, jobs, stopped):
        done += len(left[place].points)
        if watch is not None:
            watch(done, total)
    found = [chunk for chunk in todo if chunk.path(out, EXPERIMENTS).exists()]
    if len(found) == len(todo):
        for table in (EXPERIMENTS, EFFECTS, PERSONS):  # what workers that were killed left behind
            for path in (out / table).glob("tmp*"):
                path.unlink(missing_ok=True)
    failed = experiments(out, ["failure"])["failure"].notna()
    return Swept(out, total, len(failed), int(failed.sum()), len(found) == len(todo))


def work(spec: Specification, base: str, chunk: Chunk, out: str) -> int:
    """Live a chunk and write it down; its number of rows."""
    place = Path(out)
    if chunk.path(place, EXPERIMENTS).exists():
        return len(chunk.points)
    seed = spec.seed + chunk.replicate
    found = live(spec, base, chunk.points, seed)
    replicate = {"replicate": chunk.replicate}
    if spec.each_person and found.effects is not None:
        _write(
            chunk.path(place, EFFECTS), pa.Table.from_pandas(found.effects.assign(**replicate), preserve_index=False)
        )
    if chunk.first and found.persons is not None:
        persons = found.persons.assign(world=chunk.points[0].world)
        _write(chunk.path(place, PERSONS), pa.Table.from_pandas(persons, preserve_index=False))
    rows = [
        {
            "point": p.number, "policy": p.policy, "world": p.world, **replicate, "seed": seed,
            **{name: labelled(value) for name, value in (p.levers | p.uncertainties).items()},
            **found.rows.get(p.number, {}), "failure": found.failures.get(p.number),
        }
        for p in chunk.points
    ]  # fmt: skip
    _write(chunk.path(place, EXPERIMENTS), _typed(spec, base, rows))  # last: it says that the chunk is there
    return len(rows)


def experiments(out: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table of a sweep, a row a point and replicate. Raises InputError when `out` holds none."""
    return _table(out, EXPERIMENTS, columns)


def effects(out: Path) -> pd.DataFrame:
    """Effects on each person: point, replicate, person, and a column an outcome. Raises InputError without them."""
    return _table(out, EFFECTS, None)


def persons(out: Path) -> pd.DataFrame:
    """Who they are, by world. Raises InputError when the sweep kept none."""
    return _table(out, PERSONS, None)


def plan_of(out: Path) -> tuple[Specification, dict[str, Any]]:
    """What a sweep was asked for, and all of its plan. Raises InputError when `out` holds no sweep."""
    path = out / PLAN
    if not path.is_file():
        raise InputError(f"{out}: holds no sweep ({PLAN} is missing); give the --out of `cohort sweep`")
    told = json.loads(path.read_text("utf-8"))
    return Specification.model_validate(told["design"]), told


def outcomes_of(spec: Specification, base: str) -> list[str]:
    """Names of the outcomes of a sweep; `base` is its scenario in TOML."""
    import tomllib

    return list(spec.outcomes) or [told["name"] for told in tomllib.loads(base)["outcomes"]]


def _table(out: Path, table: str, columns: Sequence[str] | None) -> pd.DataFrame:
    parts = sorted((out / table).glob("part-*.parquet"))
    if not parts:
        raise InputError(f"{out}: holds no table '{table}'; go on with --resume, or give the --out of another sweep")
    read = [pq.read_table(path, columns=None if columns is None else list(columns)) for path in parts]
    return pa.concat_tables(read).to_pandas()


def _typed(spec: Specification, base: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as a table whose columns and types depend on the design alone."""
    types: dict[str, pa.DataType] = dict.fromkeys(("point", "policy", "world", "replicate", "seed"), pa.int64())
    axes = columns_of(spec.axes)
    types |= {name: _TYPES[kind] for name, kind in axes.items()}
    for name in outcomes_of(spec, base):
        own = (EFFECT,) if name in OUTCOMES else (EFFECT, SE, HELPED, HARMED)
        types |= {name + end: pa.float64() for end in ("", *own)}
    types |= dict.fromkeys(CARE, pa.float64()) | {"failure": pa.string()}
    held = {name: [_held(row.get(name), axes.get(name)) for row in rows] for name in types}
    return pa.table({name: pa.array(held[name], kind) for name, kind in types.items()})


def _held(value: Any, kind: type | None) -> Any:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    return value if kind is None else kind(value)


def _write(path: Path, table: pa.Table) -> None:
    path.parent.mkdir(exist_ok=True)
    with whole(path) as part:
        pq.write_table(table, part, compression="zstd")


def asked_of(spec: Specification, base: str) -> dict[str, Any]:
    """Everything that what comes of a design depends on, as JSON has it; `base` is its scenario in TOML."""
    return {
        "design": spec.model_dump(mode="json", exclude_none=True), "scenario": base, "version": __version__,
        "defaults": {k: float(v) for k, v in dict(Parameters()).items()},
    }  # fmt: skip


def begin(out: Path, plan: str, holds: str, *, resume: bool) -> None:
    """Make the directory `out` for what `plan` says, or see that it holds just that.

    Raises InputError when it is taken; `holds` says what by.
    """
    path = out / PLAN
    if not out.exists():
        if not out.parent.is_dir():
            raise InputError(f"{out}: {out.parent} is no directory; make it first or choose another --out")
        out.mkdir(exist_ok=True)
    elif not resume:
        raise InputError(f"{out}: already exists; give another --out, or --resume to go on")
    elif path.exists() and path.read_text("utf-8") != plan:
        raise InputError(f"{out}: holds another {holds}")
    if not path.exists():
        if any(out.iterdir()):
            raise InputError(f"{out}: holds something else; give another --out")
        with whole(path) as part:
            part.write_text(plan, "utf-8")
