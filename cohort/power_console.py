"""What a reader sees of the size of a trial: the smallest that suffices for each question, curves, files.

Keys of the JSON: `source`, `pool` (lives that trials are drawn from), `reference`, `subgroup`, `inside` (those in
it), `trials` (drawn a size), `most`; `questions`, a row an outcome, arm and analysis: outcome, day, arm, analysis
(welch, ancova, risk difference or interaction), attrition, truth (the true effect in the pool, or for an interaction
its difference between subgroup and rest), n80 and n90 with _low and _high (persons randomized to both arms together;
null: not reached, or its interval is not), right (share of trials of n80 persons, or of the largest size, in which the
subgroup that seems to be helped more is the one that is); `curves`, a row a size: the same names and what
`analysis.design.power.curve` gives; `files`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.design.power import TARGETS, Method, Pool, curve, smallest
from analysis.trials.outcome import TrialError
from cohort import supply
from cohort.console import new_place
from cohort.errors import InputError
from cohort.pictures import save
from cohort.pools import Comparison, comparisons
from cohort.provenance import NOTICE
from cohort.records import refuse_existing
from cohort.run_data import RunData

_NARROWEST = 130  # columns of a table into a pipe or a file
_WIDEST = 28  # of a column of names
_DAY = 1440


def power(
    source: str,
    outcome: str | None,
    arm: str | None,
    subgroup: str | None,
    attrition: float | None,
    trials: int,
    most: int,
    settings: Sequence[str],
    out: Path | None,
    workers: int | None,
    as_json: bool,
) -> None:
    """Draw trials of every size, and say how large one has to be."""
    runs = supply.stored(source)
    if runs and settings:
        raise InputError("power: --set and --persons are for a scenario; a run has been lived")
    if out is not None:
        refuse_existing(out)
    if not runs:
        scenario = supply.scenario_of_trial(source, settings)
        out = out or new_place(f"{Path(source).stem}-power")
        out.mkdir()
        runs = [supply.lived_once(scenario, out / "run", workers=workers, quiet=as_json)]
    asked = comparisons(runs, outcome, arm, subgroup, attrition)
    try:
        curves = pd.concat(
            [_curve(one, method, trials, most) for one in asked for method in one.pool.methods], ignore_index=True
        )
    except TrialError as fault:
        raise InputError(f"{source}: {fault}") from None
    questions = _questions(curves)
    told = _told(source, runs[0], asked, subgroup, trials, most, questions, curves)
    told["files"] = [] if out is None else _write(out, questions, curves, asked[0].pool, told)
    if as_json:
        json.dump(told, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(_NARROWEST, console.width))
    _show(told, questions, console)
    if out is not None:
        console.print(f"\nFigure and tables: {out}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{NOTICE}[/dim]", highlight=False)


def _curve(one: Comparison, method: Method, trials: int, most: int) -> pd.DataFrame:
    pool = one.pool
    found = curve(pool, method, attrition=one.attrition, trials=trials, most=most)
    truth = pool.truth if method == "interaction" else float(np.nanmean(pool.effect))
    named = {
        "outcome": pool.outcome.name, "day": pool.outcome.minute // _DAY, "arm": one.arm, "analysis": method,
        "attrition": one.attrition, "truth": truth,
    }  # fmt: skip
    return pd.concat([pd.DataFrame([named] * len(found)), found], axis=1)


def _questions(curves: pd.DataFrame) -> pd.DataFrame:
    names = ["outcome", "day", "arm", "analysis", "attrition", "truth"]
    rows = []
    for key, found in curves.groupby(names, sort=False, dropna=False):
        row: dict[str, Any] = dict(zip(names, key, strict=True))
        for target in TARGETS:
            name = f"n{target:.0%}".removesuffix("%")
            row[name], row[f"{name}_low"], row[f"{name}_high"] = smallest(found, target)
        large = found[found["power"] >= TARGETS[0]]
        row["right"] = (large.iloc[0] if len(large) else found.iloc[-1]).get("right", np.nan)
        rows.append(row)
    return pd.DataFrame(rows)


def _told(
    source: str,
    run: RunData,
    asked: Sequence[Comparison],
    subgroup: str | None,
    trials: int,
    most: int,
    questions: pd.DataFrame,
    curves: pd.DataFrame,
) -> dict[str, Any]:
    pool = asked[0].pool
    return {
        "source": source, "pool": len(pool.treated), "reference": run.provenance.study["reference"],
        "subgroup": subgroup, "inside": None if pool.subgroup is None else int(pool.subgroup.sum()),
        "trials": trials, "most": most, "questions": _records(questions), "curves": _records(curves),
    }  # fmt: skip


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _write(out: Path, questions: pd.DataFrame, curves: pd.DataFrame, pool: Pool, told: dict[str, Any]) -> list[str]:
    from analysis.design.power_figure import draw

    out.mkdir(exist_ok=True)
    figure = draw(curves, len(pool.treated), f"{out.name}: how large a trial")
    names = ["power.svg", "power.png"]
    for name in names:
        save(figure, out / name)
    for name, frame in (("questions.csv", questions), ("curves.csv", curves)):
        frame.to_csv(out / name, index=False)
        names.append(name)
    files = [str(out / name) for name in (*names, "power.json")]
    (out / "power.json").write_text(json.dumps({**told, "files": files}, indent=2, allow_nan=False) + "\n", "utf-8")
    return files


def _show(told: dict[str, Any], questions: pd.DataFrame, console: Console) -> None:
    about = f"{told['trials']:,} trials of each size, drawn from {told['pool']:,} lives under every arm"
    if told["subgroup"]:
        about += f"; {told['inside']:,} of them with {told['subgroup']}"
    console.print(about, highlight=False)
    heads = ("outcome", "day", "arm", "analysis", "lost", "true effect", "n for 80%", "n for 90%")
    with_right = bool(questions["right"].notna().any())
    shown = Table(*heads, *(("right subgroup",) if with_right else ()), box=None)
    for column, name in ((shown.columns[0], "outcome"), (shown.columns[2], "arm"), (shown.columns[3], "analysis")):
        column.min_width = min(int(questions[name].str.len().max()), _WIDEST)
        column.overflow = "fold"
    for column in shown.columns[6:8]:
        column.no_wrap = True
    for row in questions.to_dict(orient="records"):
        cells = [row["outcome"], f"{row['day']}", row["arm"], row["analysis"], f"{row['attrition']:.0%}"]
        cells += [f"{row['truth']:.3g}", _size(row, "n80", told["most"]), _size(row, "n90", told["most"])]
        if with_right:
            cells.append("" if math.isnan(row["right"]) else f"{row['right']:.0%}")
        shown.add_row(*cells)
    console.print(shown, highlight=False)
    console.print(
        f"\nPersons randomized, half to {told['reference']}, with 95% intervals from the trials drawn; two-sided 5%."
        " Power is that of these lives: their true effect is a draw too.",
        highlight=False,
    )


def _size(row: dict[Any, Any], name: str, most: int) -> str:
    if math.isnan(row[name]):
        return f"> {most:,}"
    high = f"> {most:,}" if math.isnan(row[f"{name}_high"]) else f"{row[f'{name}_high']:,.0f}"
    return f"{row[name]:,.0f} ({row[f'{name}_low']:,.0f} to {high})"
