"""Arguments and options that several commands have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SCENARIO = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped scenario, or one in TOML.")]
SETTINGS = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Set a key, such as study.persons=5000 or parameters.k_d1=4. Repeatable."
    ),
]
WORKERS = Annotated[
    int | None,
    typer.Option(
        min=1, max=1024, help="Threads, or processes of several runs (default: one a processor); changes no result."
    ),
]
CLUSTER = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A Dask scheduler, such as tcp://node:8786, instead of processes here."),
]
AS_JSON = Annotated[bool, typer.Option("--json", help="Write JSON.")]
RUN = Annotated[Path, typer.Argument(metavar="RUN", help="Directory of a run.")]
