"""Commands that analyse what was run. As all of them, they import their work when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cohort.options import AS_JSON, RUN


def report(
    source: RUN,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="New directory for page, tables and figures (default: RUN-report)."),
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the page as well; needs Chromium or Chrome.")] = False,
    as_json: AS_JSON = False,
) -> None:
    """Report on a run: one page with figures, tables and what they say, and a CSV of each table.

    With --json, where they lie: page, tables, figures, warnings (and pdf).
    """
    from cohort import report_console

    report_console.show(source, out, pdf, as_json)
