"""Commands about the design space of an intervention. As all of them, they import their work when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cohort.options import AS_JSON, CLUSTER, WORKERS


def sweep(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A design in TOML, or a shipped one.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory for the table (default: DESIGN-sweep).")
    ] = None,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a sweep into --out that was cut short.")] = False,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only the I-th of N parts; all may write to one --out.")
    ] = "1/1",
    as_json: AS_JSON = False,
) -> None:
    """Live every point of a design, and write one table of what came of it.

    --json prints: design, scenario, points, rows (of the table so far), failures (of these), whole (whether nothing is
    left), seconds, out, table (its directory).
    """
    from cohort import design_console
    from cohort.executor import Executor

    design_console.run(design, out, Executor(workers, cluster), resume, shard, as_json)


def understand(
    source: Annotated[Path, typer.Argument(metavar="SWEEP", help="Directory of a sweep.")],
    outcome: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which outcome (default: the first of the design).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory for tables and figures (default: SWEEP/understood).")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Say what a sweep shows: what matters, where the intervention fails or harms, and for whom.

    --json prints: outcome, points, failures, sentence, and lists of objects: indices (of a saltelli or morris sample),
    regional, boxes (of points and of persons), surface; tree (text), files.
    """
    from cohort import design_console

    design_console.explain(source, outcome, out, as_json)
