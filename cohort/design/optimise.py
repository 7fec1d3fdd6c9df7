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
from cohort.design.lived import EFFECT, HARMED, Lived, live
from cohort.design.points import most
from cohort.design.sampling import Point, points
from cohort.design.search import Aim, Evaluate, Method, Seen, Tried, Values, Watch, best, search, valued
from cohort.design.specification import CARE, Sampling, Specification, labelled
from cohort.errors import InputError, did_you_mean
from cohort.executor import Executor
from cohort.plan import plan
from cohort.scenario import as_toml

JOURNAL: Final = "journal.log"
_FRESH_FROM: Final = 100_000  # replicate from which on seeds are none of the search's
_LIMIT = re.compile(r"^\s*([\w.-]+)\s*<=\s*(-?\d+(?:\.\d+)?)\s*$")


@dataclass(frozen=True)
class Wanted:
    """One thing that is wanted: the column that it is read from, and its sign (1: small, -1: large is better)."""

    name: str
    column: str
    sign: int


@dataclass(frozen=True)
class Optimised:
    """What came of it. Objectives are in their own units, an outcome as the mean effect against the control.

    `tried` has a row a candidate: its levers, the mean of each objective and limit over what it was lived, replicates,
    dropped, failed. `designs` has those on the front of the search, by number: levers, of each objective the mean under
    fresh seeds with _low and _high (95%, over replicates) and _search (what the search had shown), front (still on it),
    and worst, mean, state and chosen: regret in the first objective over the worlds (`analysis.design.pareto.regret`).
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
    directions = _directions(spec)
    for name in names:
        if name not in known:
            raise InputError(f"--objective {name}: unknown{did_you_mean(name, known)}; permitted: {', '.join(known)}")
        out.append(Wanted(name, name + EFFECT, directions[name]) if name in better else Wanted(name, name, 1))
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
        name = wanted_of(spec, [found[1]])[0]
        if name.column != name.name:
            raise InputError(f"--limit '{text}': an outcome is no limit; permitted: what is harmed, {', '.join(CARE)}")
        out[found[1]] = float(found[2])
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
    """Search, then live the front anew under `fresh` seeds. A search that `out` holds goes on.

    Raises InputError when every candidate fails or none keeps the limits; Interrupted, MachineError.
    """
    names = [one.name for one in wanted]
    measured = (*names, *(name for name in limits if name not in names))
    columns = [*wanted, *(Wanted(name, name, 1) for name in measured[len(names) :])]
    aim = Aim(measured, len(names), {measured.index(name): limit for name, limit in limits.items()})
    evaluate = _evaluator(
        spec, columns, executor or Executor(), f"optimise: stopped; --resume with --out {out} goes on"
    )
    batch = min(most(spec), 24)
    journal = out / JOURNAL
    tried = search(
        spec.levers, aim, evaluate, journal, method=method, trials=trials, batch=batch, replicates=replicates,
        seed=spec.sampling.seed, watch=watch,
    )  # fmt: skip
    if all(one.seen is None for one in tried):
        raise InputError(f"{out}: every candidate failed; `cohort sweep` with the same design says why")
    kept = best(tried, aim)
    if not kept:
        raise InputError(f"{out}: no candidate keeps the limits {limits}; loosen them")
    seen = valued([one.levers for one in kept], evaluate, _FRESH_FROM, fresh)
    signs = np.array([one.sign for one in columns])
    return Optimised(tuple(wanted), _tried(tried, columns, signs), _designs(kept, seen, wanted, signs))


def _directions(spec: Specification) -> dict[str, int]:
    """1 for an outcome whose lower values are better, else -1."""
    protocol = plan(spec.base()).protocol
    told = {one.name: protocol.instruments[one.instrument].told.better for one in protocol.outcomes}
    return {name: 1 if better == "lower" else -1 for name, better in told.items()}


def _evaluator(spec: Specification, columns: Sequence[Wanted], executor: Executor, stopped: str) -> Evaluate:
    """Live candidates of one replicate in every world."""
    base = as_toml(spec.base())
    lean = spec.model_copy(update={"each_person": False})
    apart = Sampling(method="latin-hypercube", n=1, worlds=spec.sampling.worlds, seed=spec.sampling.seed)
    worlds = [one.uncertainties for one in points(spec.model_copy(update={"sampling": apart}))]
    size = most(spec)

    def evaluate(levers: Sequence[Values], replicate: int) -> Sequence[NDArray[np.float64] | None]:
        jobs, places = [], []
        for w, world in enumerate(worlds):
            for start in range(0, len(levers), size):
                some = [Point(k, k, w, values, world) for k, values in enumerate(levers[start : start + size], start)]
                jobs.append((lean, base, some, spec.seed + replicate))
                places.append(w)
        values = np.full((len(levers), len(worlds), len(columns)), np.nan)
        for place, found in executor.answers(_live, jobs, stopped):
            for number, row in found.rows.items():
                values[number, places[place]] = [one.sign * row[one.column] for one in columns]
        return [None if np.isnan(one).any() else one for one in values]

    return evaluate


def _live(spec: Specification, base: str, some: Sequence[Point], seed: int) -> Lived:
    return live(spec, base, some, seed)


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
    kept: Sequence[Tried], seen: Sequence[Seen | None], wanted: Sequence[Wanted], signs: NDArray[np.int64]
) -> pd.DataFrame:
    told = [(one, found) for one, found in zip(kept, seen, strict=True) if found is not None]
    rows, means, by_world = [], [], {}
    for one, found in told:
        each = found.mean(axis=1)  # of a replicate
        mean = each.mean(axis=0)
        half = (
            stats.t.ppf(0.975, len(each) - 1) * each.std(axis=0, ddof=1) / np.sqrt(len(each))
            if len(each) > 1
            else np.nan
        )
        low, high = np.sort([signs * (mean - half), signs * (mean + half)], axis=0)
        row: dict[str, Any] = {"number": one.number, **{name: labelled(value) for name, value in one.levers.items()}}
        for k, objective in enumerate(wanted):
            row[objective.name] = float(signs[k] * mean[k])
            row[f"{objective.name}_low"], row[f"{objective.name}_high"] = float(low[k]), float(high[k])
            row[f"{objective.name}_search"] = float(signs[k] * one.mean[k])
        rows.append(row)
        means.append(mean[: len(wanted)])
        by_world[one.number] = found[:, :, 0].mean(axis=0)
    frame = pd.DataFrame(rows)
    frame["front"] = front(np.array(means))
    states = pd.DataFrame.from_dict(by_world, orient="index")
    states.columns = [f"world {k}" for k in states.columns]
    lost = regret(states)
    return frame.join(lost.reset_index(drop=True).rename(columns={"worst": "worst_regret", "mean": "mean_regret"}))
