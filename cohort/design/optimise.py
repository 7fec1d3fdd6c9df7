"""Designs that none dominates in what is wanted of them, and which of them is the safest choice.

What counts is the mean over the worlds of a design (sets of its uncertainties), each lived by the same persons. The
front that the search finds is lived again under fresh seeds, which decide who is on it and how well it does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.design.pareto import front, regret
from cohort.answers import Answers, name_of
from cohort.design.lived import EFFECT, HARMED, live
from cohort.design.points import most
from cohort.design.sampling import Point, points
from cohort.design.search import Aim, Evaluate, Method, Seen, Tried, Values, Watch, best, search, valued
from cohort.design.specification import CARE, Sampling, Specification, labelled
from cohort.errors import InputError, did_you_mean
from cohort.executor import Executor
from cohort.plan import plan
from cohort.scenario import as_toml

ANSWERS: Final = "answers.jsonl"
BATCH: Final = 24  # candidates that are lived side by side, and a generation of NSGA-II
_FRESH_FROM: Final = 100_000  # replicate from which on seeds are none of the search's
_SHARE: Final = "share of persons"
_LIMIT = re.compile(r"^\s*([\w.-]+)\s*<=\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True)
class Wanted:
    """One thing that is wanted: its column, sign (1: small, -1: large is better) and unit ("": none is declared)."""

    name: str
    column: str
    sign: int
    unit: str = ""


@dataclass(frozen=True)
class Optimised:
    """What came of it. Objectives are in their own units, an outcome as the mean effect against the control.

    `tried` has a row a candidate: its levers, the mean of each objective and limit over what it was lived, replicates,
    dropped, failed. `designs` has those on the front of the search, by number: levers; of each objective and limit the
    mean under fresh seeds with _low and _high (95%, over replicates) and _search (what the search had shown); within
    (that mean keeps the limits) and front (it does, and no other that does is better); and worst_regret, mean_regret,
    state and chosen: regret in the first objective over the worlds, of those within (`analysis.design.pareto.regret`).
    """

    wanted: tuple[Wanted, ...]
    tried: pd.DataFrame
    designs: pd.DataFrame


def wanted_of(spec: Specification, names: Sequence[str]) -> tuple[Wanted, ...]:
    """Objectives by name: an outcome (its effect, in its better direction), ``OUTCOME.harmed``, or what care takes.

    By default the first outcome, and the cost or, where nothing has one, the sessions. Raises InputError for others.
    """
    base = spec.base()
    better = {one.name: one for one in base.outcomes if not spec.outcomes or one.name in spec.outcomes}
    known = [*better, *(name + HARMED for name in better), *CARE]
    if not better:
        raise InputError("optimise: the design has no outcome of its scenario's [[outcomes]]; name one")
    if not names:
        priced = any(one.cost for one in base.interventions)
        names = [next(iter(better)), "cost" if priced else "sessions"]
    out = []
    told = _told(spec)
    for name in names:
        if name not in known:
            raise InputError(f"--objective {name}: unknown{did_you_mean(name, known)}; permitted: {', '.join(known)}")
        out.append(Wanted(name, name + EFFECT, *told[name]) if name in better else _small(name))
    if len(set(names)) < len(names):
        raise InputError("--objective: one is named twice")
    return tuple(out)


def limits_of(spec: Specification, texts: Sequence[str]) -> dict[str, float]:
    """Limits such as ``cost <= 100`` by name. Raises InputError for what is no limit."""
    out: dict[str, float] = {}
    for text in texts:
        found = _LIMIT.match(text)
        if found is None:
            raise InputError(f"--limit '{text}': no limit; write one such as 'cost <= 100'")
        harmed = [
            f"{one.name}{HARMED}" for one in spec.base().outcomes if not spec.outcomes or one.name in spec.outcomes
        ]
        if (name := found[1]) not in (known := [*CARE, *harmed]):
            meant = did_you_mean(name, known)
            raise InputError(f"--limit '{text}': '{name}' is no limit{meant}; permitted: {', '.join(known)}")
        out[name] = float(found[2])
    return out


def optimise(
    spec: Specification,
    out: Path,
    wanted: Sequence[Wanted],
    limits: dict[str, float],
    *,
    method: Method = "nsga2",
    trials: int,
    replicates: int,
    fresh: int,
    executor: Executor | None = None,
    watch: Watch | None = None,
) -> Optimised:
    """Search, then live the front anew under `fresh` seeds. What `out` holds of it already is not lived again.

    Raises InputError when every candidate fails or none keeps the limits; Interrupted, MachineError.
    """
    names = [one.name for one in wanted]
    measured = (*names, *(name for name in limits if name not in names))
    columns = [*wanted, *map(_small, measured[len(names) :])]
    aim = Aim(measured, len(names), {measured.index(name): limit for name, limit in limits.items()})
    stopped = f"optimise: stopped; --resume with the same --out {out} goes on"
    with Answers(out / ANSWERS) as known:
        evaluate = _evaluator(spec, columns, known, executor or Executor(), stopped)
        tried = search(
            spec.levers, aim, evaluate, method=method, trials=trials, batch=min(most(spec), BATCH),
            replicates=replicates, seed=spec.sampling.seed, watch=watch,
        )  # fmt: skip
        kept = _best(tried, aim, out, limits)
        seen = valued([one.levers for one in kept], evaluate, _FRESH_FROM, fresh)
    signs = np.array([one.sign for one in columns])
    return Optimised(tuple(wanted), _tried(tried, columns, signs), _designs(kept, seen, columns, signs, aim))


def _told(spec: Specification) -> dict[str, tuple[int, str]]:
    """By outcome 1 where lower values are better, else -1, and its unit."""
    protocol = plan(spec.base()).protocol
    out = {}
    for one in protocol.outcomes:
        told = protocol.instruments[one.instrument].told
        out[one.name] = (1 if told.better == "lower" else -1, _SHARE if one.case else told.unit)
    return out


def _small(name: str) -> Wanted:
    """What care takes, or who is harmed: to be small."""
    return Wanted(name, name, 1, {"cost": "US$ a person", "sessions": "a person"}.get(name, _SHARE))


def _best(tried: Sequence[Tried], aim: Aim, out: Path, limits: dict[str, float]) -> list[Tried]:
    if all(one.seen is None for one in tried):
        raise InputError(f"{out}: every candidate failed; `cohort sweep` with the same design says why")
    if kept := best(tried, aim):
        return kept
    told = ", ".join(f"{name} <= {limit:g}" for name, limit in limits.items())
    raise InputError(f"{out}: no candidate keeps {told}; loosen it, or try more (--trials, with --resume)")


def _evaluator(
    spec: Specification, columns: Sequence[Wanted], known: Answers, executor: Executor, stopped: str
) -> Evaluate:
    """Live candidates of one replicate in every world, but for those that are known."""
    base = as_toml(spec.base())
    lean = spec.model_copy(update={"each_person": False})
    apart = Sampling(method="latin-hypercube", n=1, worlds=spec.sampling.worlds, seed=spec.sampling.seed)
    worlds = [one.uncertainties for one in points(spec.model_copy(update={"sampling": apart}))]
    size = most(spec)
    asked = [one.column for one in columns]

    def evaluate(levers: Sequence[Values], replicate: int) -> Sequence[NDArray[np.float64] | None]:
        jobs, names = [], {}
        for w, world in enumerate(worlds):
            for k, values in enumerate(levers):
                names[k, w] = name_of(asked, values, world, replicate)
            left = [k for k in range(len(levers)) if names[k, w] not in known.known]
            for start in range(0, len(left), size):
                some = [Point(k, k, w, levers[k], world) for k in left[start : start + size]]
                jobs.append((lean, base, some, spec.seed + replicate))
        for place, found in executor.answers(live, jobs, stopped):
            for point in jobs[place][2]:
                row = found.rows.get(point.number, {})
                known.add(names[point.number, point.world], [row.get(name, np.nan) for name in asked])
        signs = [one.sign for one in columns]
        seen = [np.array([known.known[names[k, w]] for w in range(len(worlds))]) * signs for k in range(len(levers))]
        return [None if np.isnan(one).any() else one for one in seen]

    return evaluate


def _tried(tried: Sequence[Tried], columns: Sequence[Wanted], signs: NDArray[np.int64]) -> pd.DataFrame:
    rows = []
    for one in tried:
        mean = signs * one.mean if one.seen is not None else np.full(len(columns), np.nan)
        rows.append(
            {
                "number": one.number, **{name: labelled(value) for name, value in one.levers.items()},
                **{column.name: float(x) for column, x in zip(columns, mean, strict=True)},
                "replicates": 0 if one.seen is None else len(one.seen), "dropped": one.dropped,
                "failed": one.seen is None,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _designs(
    kept: Sequence[Tried], seen: Sequence[Seen | None], columns: Sequence[Wanted], signs: NDArray[np.int64], aim: Aim
) -> pd.DataFrame:
    told = [(one, found) for one, found in zip(kept, seen, strict=True) if found is not None]
    if not told:
        raise InputError("every design of the front failed under fresh seeds; `cohort sweep` with these says why")
    rows, means, by_world = [], [], {}
    for one, found in told:
        each = found.mean(axis=1)  # of a replicate
        mean = each.mean(axis=0)
        half = stats.t.ppf(0.975, len(each) - 1) * each.std(axis=0, ddof=1) / np.sqrt(len(each))
        low, high = np.sort([signs * (mean - half), signs * (mean + half)], axis=0)
        row: dict[str, Any] = {"number": one.number, **{name: labelled(value) for name, value in one.levers.items()}}
        for k, column in enumerate(columns):
            name, shown = column.name, signs[k] * one.mean[k]
            row |= {name: float(signs[k] * mean[k]), f"{name}_low": float(low[k]), f"{name}_high": float(high[k]),
                    f"{name}_search": float(shown)}  # fmt: skip
        row["within"] = aim.keeps(found)
        rows.append(row)
        within = 1.0 if row["within"] else np.nan  # NaN: on no front, and never chosen
        means.append(mean[: aim.objectives] * within)
        by_world[one.number] = found[:, :, 0].mean(axis=0) * within
    frame = pd.DataFrame(rows)
    frame["front"] = front(np.array(means))
    if not frame["within"].any():
        return frame.assign(worst_regret=np.nan, mean_regret=np.nan, state="", chosen=False)
    states = pd.DataFrame.from_dict(by_world, orient="index")
    states.columns = [f"world {k}" for k in states.columns]
    lost = regret(states)
    return frame.join(lost.reset_index(drop=True).rename(columns={"worst": "worst_regret", "mean": "mean_regret"}))
