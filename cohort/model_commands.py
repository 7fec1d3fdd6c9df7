"""Commands that ask about the model itself. As all of them, they import their work when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cohort.options import AS_JSON, CLUSTER, SETTINGS, WORKERS


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def validate(
    quick: Annotated[
        bool, typer.Option("--quick", help="With an eighth of the persons; rows may be undecided.")
    ] = False,
    only: Annotated[
        str, typer.Option(metavar="FINDING,...", help="Only these, such as A1,B1 (default: all of data/targets).")
    ] = "",
    seed: Annotated[int | None, typer.Option(help="What chance decides by (default: as each scenario says).")] = None,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory for a report with a figure for each finding.")
    ] = None,
    readme: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Put the table between the marks of this Markdown file.")
    ] = None,
    settings: SETTINGS = None,
    as_json: AS_JSON = False,
) -> None:
    """Hold the model against published findings: the scorecard, with a baseline beside it."""
    from cohort import validation_console
    from cohort.executor import Executor

    executor = Executor(workers, cluster)
    validation_console.show(_names(only), settings or [], quick, seed, executor, out, readme, as_json)


def calibrate(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="A specification in TOML, or the shipped one: default.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory for the tables (default: SPEC-fit).")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with one into --out that was cut short.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Trials at a time, a process each (default: one a processor).")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Fit declared free parameters to published findings that may be fitted to."""
    from cohort import calibration_console

    calibration_console.calibrate(spec, out, resume, workers, as_json)


def ablate(
    only: Annotated[str, typer.Option(metavar="MECHANISM,...", help="Only these mechanisms.")] = "",
    signatures: Annotated[str, typer.Option(metavar="NAME,...", help="Only these signatures.")] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory for the table and the heat map.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer persons, and only the pairs of which something is expected.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(help="Other persons and other chance (default: the scenarios' own).")
    ] = None,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    as_json: AS_JSON = False,
) -> None:
    """Remove each mechanism in turn, and show what is left of each signature.

    Exit code 1 when a mechanism's own signature stays, or an unrelated one does not.
    """
    from cohort import ablation_console
    from cohort.executor import Executor

    executor = Executor(workers, cluster)
    if not ablation_console.ablate(_names(only), _names(signatures), out, quick, seed, executor, as_json):
        raise typer.Exit(1)


def sensitivity(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|SPEC", help="A scenario, or a spec in TOML that names one.")
    ] = "film",
    outcomes: Annotated[str, typer.Option(metavar="NAME,...", help="Only these outcomes.")] = "",
    parameters: Annotated[
        str, typer.Option(metavar="NAME,...", help="Only these parameters; globs, drugs and instruments too.")
    ] = "",
    persons: Annotated[int | None, typer.Option(help="Persons of a run (default: 200).")] = None,
    trajectories: Annotated[int | None, typer.Option(help="Trajectories of the screening (default: 4).")] = None,
    leaders: Annotated[int | None, typer.Option(help="Leaders to decompose (default: 6).")] = None,
    samples: Annotated[int | None, typer.Option(help="Base rows of it, a power of 2 (default: 64).")] = None,
    seed: Annotated[int | None, typer.Option(help="What chance decides by (default: 1).")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory (default: the scenario's name and -sensitivity).")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an analysis that was cut short.")] = False,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    settings: SETTINGS = None,
    as_json: AS_JSON = False,
) -> None:
    """Which parameters a scenario's key outcomes depend on: Morris to screen, Sobol on the leaders."""
    from cohort import sensitivity_console
    from cohort.executor import Executor

    changes = {
        "settings": tuple(settings) if settings else None,
        "outcomes": tuple(_names(outcomes)) or None,
        "parameters": tuple(_names(parameters)) or None,
        "persons": persons, "trajectories": trajectories, "leaders": leaders, "samples": samples, "seed": seed,
    }  # fmt: skip
    sensitivity_console.analyse(scenario, changes, out, resume, Executor(workers, cluster), as_json)
