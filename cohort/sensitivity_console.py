"""What a reader sees of a sensitivity analysis: its cost beforehand, a bar, the leaders, files."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from cohort import sensitivity
from cohort.executor import Executor
from cohort.outcomes import OUTCOMES
from cohort.pictures import save
from cohort.progress import counted
from cohort.provenance import NOTICE
from cohort.sensitivity import INERT, Analysis, Found

_NARROWEST = 120
_LEADERS = 6  # of the screening, an outcome


def analyse(
    name: str, changes: Mapping[str, Any], out: Path | None, resume: bool, executor: Executor, as_json: bool
) -> None:
    """Say what it costs, do it, and show what came of it."""
    spec = sensitivity.read(name, changes)
    place = out or Path(f"{Path(spec.scenario).stem}-sensitivity")
    analysis = Analysis(spec, place, resume=resume)
    console = Console(stderr=True)
    _say_cost(analysis, executor, console)
    with counted(console, "runs", quiet=as_json) as count:
        finished: dict[str, int] = {}  # runs done, by stage

        def watch(stage: str, done: int, _: int) -> None:
            finished[stage] = done
            if count is not None:
                count(sum(finished.values()), analysis.runs)

        found = analysis.go(executor=executor, watch=watch)
    _write(found, place)
    if as_json:
        json.dump(told(found), sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    screen = Console()
    if not screen.is_terminal:
        screen = Console(width=max(_NARROWEST, screen.width))
    _show(found, screen)
    screen.print(f"\nTables and figure: {place}\n[dim]{NOTICE}[/dim]", highlight=False, soft_wrap=True)


def _say_cost(analysis: Analysis, executor: Executor, console: Console) -> None:
    """Time one run after a first one that loads what is needed, and say what all of them will take."""
    from joblib import cpu_count

    spec, left = analysis.spec, max(analysis.runs - len(analysis.answers.known), 0)
    times = []
    for _ in range(2):
        began = time.monotonic()
        analysis.model("", {}, spec.seed)
        times.append(time.monotonic() - began)
    side = executor.workers or cpu_count()
    where = f"in {side} processes"
    if executor.cluster is not None:
        side, where = 1, f"of one processor, shared by the workers of {executor.cluster}"
    minutes = times[-1] * left / side / 60.0
    console.print(
        f"{len(analysis.axes) - 1} parameters; {analysis.runs:,} runs of {spec.persons:,} persons"
        f" ({left:,} to do): about {max(minutes, 0.1):.1f} minutes {where}, more where values give lives"
        " with more in them.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def told(found: Found) -> dict[str, Any]:
    """The analysis as JSON types: the spec, and a row an outcome and parameter; null is what cannot be told."""

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        return [
            {str(k): None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
            for row in frame.to_dict(orient="records")
        ]

    return {
        "spec": found.spec.model_dump(mode="json"), "outcomes": list(found.outcomes), "morris": rows(found.screened),
        "sobol": rows(found.shares),
    }  # fmt: skip


def _write(found: Found, place: Path) -> None:
    from analysis.fidelity.sensitivity_figure import draw

    for suffix in ("svg", "png"):
        save(draw(found.screened, found.shares), place / f"sensitivity.{suffix}")


def _show(found: Found, console: Console) -> None:
    shown = Table("outcome", "largest effects of the whole range (Morris: mean absolute, noise)", box=None)
    for name in found.outcomes:
        rows = found.screened[found.screened["outcome"] == name].sort_values("mu_star", ascending=False)
        floor = float(rows["floor"].iloc[0])
        cells = [f"{r['parameter']} {r['mu_star']:.3g}" for r in rows.head(_LEADERS).to_dict(orient="records")]
        below = int((rows["mu_star"] < floor).sum())
        shown.add_row(name, ", ".join(cells) + f" (noise {floor:.2g}; {below} of {len(rows)} below it)")
    console.print(shown, highlight=False)
    console.print()
    shown = Table("outcome", "parameter", "first order", "total", "made by chance", box=None)
    for name in found.outcomes:
        rows = found.shares[found.shares["outcome"] == name].sort_values("ST", ascending=False)
        first = name
        for r in rows.to_dict(orient="records"):
            told = (f"{r['S1']:.2f} ± {r['S1_conf']:.2f}", f"{r['ST']:.2f} ± {r['ST_conf']:.2f}", f"{r['floor']:.3f}")
            shown.add_row(first, r["parameter"], *told)
            first = ""
    console.print(shown, highlight=False)
    meant = "; ".join(f"{name}: {OUTCOMES[name].meaning}" for name in found.outcomes)
    about = (
        f"\n{meant}. {INERT} is a parameter that nothing reads: the same draws within each trajectory and base row keep"
        " it at 0. Shares of the variance over the whole permitted ranges of the leaders, the rest at their values."
    )
    console.print(about, highlight=False)
