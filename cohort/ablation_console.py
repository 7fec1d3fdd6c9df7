"""What a reader sees of the ablations: the matrix in the terminal, what was expected, files."""

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

from cohort import ablation
from cohort.ablation import ABOLISHED, OTHER, OWN, SPARED, Mechanism
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.pictures import save
from cohort.progress import counted
from cohort.provenance import NOTICE

_NARROWEST = 160  # columns into a pipe or a file
_MARKS = {"holds": "", "fails": "!", "no effect": "?", "": ""}


def ablate(
    only: Sequence[str],
    signatures: Sequence[str],
    out: Path | None,
    quick: bool,
    seed: int | None,
    executor: Executor,
    as_json: bool,
) -> bool:
    """Remove each mechanism and show what is left; whether everything holds that is expected of a whole mechanism."""
    if out is not None and out.exists():
        raise InputError(f"--out {out}: already exists and is left as it is; choose another directory")
    console = Console(stderr=True)
    with counted(console, "living", quiet=as_json) as watch:
        found = ablation.matrix(only, signatures, quick=quick, seed=seed, executor=executor, watch=watch)
    if out is not None:
        _write(found, out)
    if as_json:
        rows = [
            {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
            for row in found.to_dict(orient="records")
        ]
        json.dump(rows, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
    else:
        screen = Console()
        if not screen.is_terminal:
            screen = Console(width=max(_NARROWEST, screen.width))
        _show(found, screen)
        if out is not None:
            screen.print(f"\nTable and figure: {out}", highlight=False, soft_wrap=True)
        screen.print(f"[dim]{NOTICE}[/dim]", highlight=False)
    return all(ablation.bites(found).values())


def _write(found: pd.DataFrame, out: Path) -> None:
    from analysis.fidelity.ablation_figure import draw

    out.mkdir(parents=True)
    found.to_csv(out / "ablation.csv", index=False)
    for suffix in ("svg", "png"):
        save(draw(found, ablation.shown(found)), out / f"ablation.{suffix}")


def _show(found: pd.DataFrame, console: Console) -> None:
    mechanisms, _ = ablation.declared()
    signatures = ablation.shown(found)
    heads = [f"[{k}]" for k in range(1, len(signatures) + 1)]
    shown = Table("without", *(head.replace("[", "\\[") for head in heads), box=None)
    for column in shown.columns[1:]:
        column.justify = "right"
    for name, rows in found.groupby("mechanism", sort=False):
        cells = {row["signature"]: _cell(row) for row in rows.to_dict(orient="records")}
        shown.add_row(f"{name!s}", *(cells.get(signature, "") for signature in signatures))
    console.print("Share of each signature that is left without a mechanism:", highlight=False)
    console.print(shown, highlight=False)
    effects = dict(zip(found["signature"], found["intact"], strict=True))
    told = (f"{k} {name} ({float(effects[name]):.3g})" for k, name in enumerate(signatures, 1))
    console.print("\nSignatures, with their effect intact: " + ", ".join(told), highlight=False)
    about = (
        f"Bold: its own, to fall below {ABOLISHED:.2f}; underlined: unrelated, to stay within {SPARED:.0%}; both with"
        " their 95% interval over the same persons. !: does not hold. ?: the intact effect covers 0."
    )
    console.print(about, highlight=False)
    console.print()
    _show_expected(found, mechanisms, console)


def _cell(row: Mapping[Any, Any]) -> str:
    left = row["remaining"]
    text = "no data" if math.isnan(left) else f"{left:.2f}{_MARKS[row['verdict']]}"
    style = {"own": "bold", "unrelated": "underline"}.get(row["role"])
    return f"[{style}]{text}[/{style}]" if style else text


def _show_expected(found: pd.DataFrame, mechanisms: dict[str, Mechanism], console: Console) -> None:
    shown = Table("mechanism", "how it is removed", "signature", "left", "95% interval", "", box=None)
    before = ""
    expected = found[found["role"] != OTHER]
    first = list(dict.fromkeys(expected["mechanism"]))
    rows = expected.to_dict(orient="records")
    for row in sorted(rows, key=lambda row: (first.index(row["mechanism"]), row["role"] != OWN)):
        name = str(row["mechanism"])
        lead = (name, mechanisms[name].how) if name != before else ("", "")
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        what = f"{row['signature']!s} ({row['role']!s})"
        shown.add_row(*lead, what, f"{row['remaining']:.3f}", interval, str(row["verdict"]))
        before = name
    console.print(shown, highlight=False)
    told = ablation.bites(found)
    if told:
        console.print(
            f"\n{sum(told.values())} of {len(told)} mechanisms: everything that is expected holds.", highlight=False
        )
