"""What a reader sees of a search for designs: how far it is, the front, files.

Keys of the JSON: `design`, `objectives` (name, better, unit), `limits`, `sampler`, `trials`, `failed`, `dropped`;
`front`, a row a design, as `cohort.design.optimise.Optimised.designs` has it; `out`. Null is what cannot be told.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from cohort.design import specification
from cohort.design.optimise import Optimised, Wanted, limits_of, optimise, wanted_of
from cohort.design.search import FIRST, Method
from cohort.design.table import asked_of, begin
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.pictures import save
from cohort.progress import counted
from cohort.provenance import NOTICE
from cohort.scenario import as_toml

_NARROWEST = 120
_MEAN, _REST = 28, 70  # columns of the table that a mean with its interval takes, and all else
_HOLDS = "search (design, objectives, limits, sampler, replicates, version or defaults of parameters)"


def show(
    design: str,
    objectives: Sequence[str],
    limits: Sequence[str],
    method: Method,
    trials: int,
    replicates: int,
    fresh: int,
    out: Path | None,
    resume: bool,
    executor: Executor,
    as_json: bool,
) -> None:
    """Search, and show the front."""
    if replicates < FIRST:
        raise InputError(f"--replicates {replicates}; permitted: {FIRST} or more, or nothing tells noise from gain")
    spec = specification.load(design)
    wanted = wanted_of(spec, objectives)
    kept = limits_of(spec, limits)
    place = out or Path(f"{Path(design).stem}-optimised")
    asked = {
        **asked_of(spec, as_toml(spec.base())), "objectives": [one.name for one in wanted], "limits": kept,
        "sampler": method, "replicates": replicates,
    }  # fmt: skip
    begin(place, json.dumps(asked, indent=1, sort_keys=True) + "\n", _HOLDS, resume=resume)
    with counted(Console(stderr=True), "candidates", quiet=as_json) as watch:
        found = optimise(
            spec, place, wanted, kept, method=method, trials=trials, replicates=replicates, fresh=fresh,
            executor=executor, watch=watch,
        )  # fmt: skip
    _write(found, place, spec.title or place.name)
    if as_json:
        told = {
            "design": design,
            "objectives": [{"name": one.name, "better": _better(one), "unit": one.unit} for one in wanted],
            "limits": kept, "sampler": method, "trials": len(found.tried), "failed": int(found.tried["failed"].sum()),
            "dropped": int(found.tried["dropped"].sum()), "front": _records(found.designs), "out": str(place),
        }  # fmt: skip
        json.dump(told, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(_NARROWEST, console.width, _MEAN * (len(wanted) + len(kept)) + _REST))
    _show(found, list(spec.levers), kept, console)
    console.print(f"\nTables and figure: {place}\n[dim]{NOTICE}[/dim]", highlight=False, soft_wrap=True)


def _better(one: Wanted) -> str:
    return "lower" if one.sign > 0 else "higher"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _write(found: Optimised, place: Path, title: str) -> None:
    from analysis.design.pareto_figure import draw

    found.tried.to_csv(place / "tried.csv", index=False)
    found.designs.to_csv(place / "front.csv", index=False)
    labels = {one.name: _label(one).replace(" (", "\n(") for one in found.wanted}
    figure = draw(found.tried, found.designs, list(labels), labels, title)
    for suffix in ("svg", "png"):
        save(figure, place / f"front.{suffix}")


def _label(one: Wanted) -> str:
    what = one.name if one.name == one.column else f"mean effect on {one.name}"
    unit = "" if one.unit in ("", "1") else f"{one.unit}, "
    return f"{what} ({unit}{_better(one)} is better)"


def _show(found: Optimised, levers: Sequence[str], limits: Mapping[str, float], console: Console) -> None:
    names = [one.name for one in found.wanted]
    extra = [name for name in limits if name not in names]
    heads = [*(_label(one) for one in found.wanted), *(f"{name} (at most {limits[name]:g})" for name in extra)]
    shown = Table("design", *levers, *heads, "on the front", "largest regret", box=None)
    for row in found.designs.sort_values(names[0]).to_dict(orient="records"):
        values = [f"{row[name]:.3g}" if isinstance(row[name], float) else str(row[name]) for name in levers]
        means = [
            f"{row[name]:.3g} ({row[f'{name}_low']:.3g} to {row[f'{name}_high']:.3g})" for name in (*names, *extra)
        ]
        regret = f"{row['worst_regret']:.3g}{' (least)' if row['chosen'] else ''}"
        place = "yes" if row["front"] else "no longer" if row["within"] else "beyond a limit"
        shown.add_row(f"{row['number']}", *values, *means, place, regret)
    console.print(shown, highlight=False)
    tried = found.tried
    console.print(
        f"\n{len(tried):,} candidates, {int(tried['dropped'].sum()):,} dropped early,"
        f" {int(tried['failed'].sum()):,} failed. Means against the control under seeds that the search has not seen,"
        f" with 95% intervals over them; regret in {names[0]}: how much worse than the best of these in some world.",
        highlight=False,
    )
