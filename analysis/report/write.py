"""A report on the disk: the page, a CSV of each table, an SVG and a PNG of each figure; whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from analysis.report.compose import Report
from analysis.report.page import page
from analysis.report.printed import flat

PAGE = "report.html"


@dataclass(frozen=True)
class Written:
    """Where the parts of a report lie."""

    page: Path
    tables: dict[str, Path]
    figures: dict[str, dict[str, Path]]


def write(report: Report, out: Path, finish: Callable[[Path], None] | None = None) -> Written:
    """Write a report into the new directory `out`. Raises FileExistsError when something is there.

    `finish` may add to the directory before it is in its place.
    """
    if os.path.lexists(out):
        raise FileExistsError(f"{out}: already exists and is left as it is")
    place = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        _fill(report, place)
        if finish is not None:
            finish(place)
        place.chmod(0o755)
        place.rename(out)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return Written(
        out / PAGE,
        {name: out / "tables" / f"{name}.csv" for name in report.tables},
        {
            name: {kind: out / "figures" / f"{name}.{kind}" for kind in ("svg", "png")} for name in report.drawings
        },
    )  # fmt: skip


def _fill(report: Report, place: Path) -> None:
    for folder in ("tables", "figures"):
        (place / folder).mkdir()
    for name, table in report.tables.items():
        flat(table.frame).to_csv(place / "tables" / f"{name}.csv", index=False)
    for name, one in report.drawings.items():
        (place / "figures" / f"{name}.svg").write_bytes(one.svg)
        (place / "figures" / f"{name}.png").write_bytes(one.png)
    (place / PAGE).write_text(page(report), "utf-8")
