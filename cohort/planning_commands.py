"""Commands for who plans care or a trial. As all of them, they import their work when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cohort.errors import InputError
from cohort.options import AS_JSON, CLUSTER, SETTINGS, WORKERS


def _traits(listed: list[str]) -> dict[str, float]:
    """``NAME`` or ``NAME=RELIABILITY`` by name; a name alone is measured without error."""
    found = {}
    for text in listed:
        name, _, told = text.partition("=")
        try:
            found[name.strip()] = float(told) if told else 1.0
        except ValueError:
            raise InputError(f"--trait {text}: '{told}' is no number; write --trait {name}=0.8") from None
    return found


def personalise(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO|DIR...",
            help="A scenario with a trial, to be lived under several seeds; or a directory of replicates, and further "
            "ones for other parameters.",
        ),
    ],
    outcome: Annotated[str | None, typer.Option(metavar="NAME", help="Outcome (default: the trial's first).")] = None,
    seeds: Annotated[
        int | None, typer.Option(min=2, max=10_000, help="Live a scenario under so many seeds (default: 20).")
    ] = None,
    persons: Annotated[int | None, typer.Option(help="So many persons.")] = None,
    depth: Annotated[int, typer.Option(min=0, max=3, help="Questions that the tree asks a person, at most.")] = 2,
    trait: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[=RELIABILITY]", help="Measure this trait too, such as ne_efficacy=0.8. Repeatable."),
    ] = None,
    under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE,...", help="Live it under these other settings too, to see what is lost. Repeatable."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="New directory for figure and tables (default: SCENARIO-personal)."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with --out that was cut short.")] = False,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    settings: SETTINGS = None,
    as_json: AS_JSON = False,
) -> None:
    """Learn who should get which arm, from what can be measured of a person before: a tree, and what it is worth.

    It is valued on persons from whom nothing was learned, against one arm for all and an oracle.
    """
    from cohort import personal_console
    from cohort.executor import Executor

    changed = [*(settings or []), *([] if persons is None else [f"study.persons={persons}"])]
    told = _traits(trait or [])
    personal_console.personalise(
        sources, outcome, seeds, depth, told, changed, under or [], out, resume, Executor(workers, cluster), as_json
    )


def power(
    source: Annotated[
        str, typer.Argument(metavar="SCENARIO|RUN", help="A scenario with a trial, to be lived once, or a run of one.")
    ],
    outcome: Annotated[str | None, typer.Option(metavar="NAME", help="Only this outcome.")] = None,
    arm: Annotated[str | None, typer.Option(metavar="NAME", help="Only this arm against the reference.")] = None,
    subgroup: Annotated[
        str | None,
        typer.Option(metavar="QUESTION", help="Whether the effect differs here, such as 'adversity >= 4'."),
    ] = None,
    attrition: Annotated[
        float | None, typer.Option(help="Share of persons lost (default: as in the trial of the run).")
    ] = None,
    trials: Annotated[int, typer.Option(min=100, max=100_000, help="Trials drawn of each size.")] = 2000,
    most: Annotated[int, typer.Option(min=16, max=1_000_000, help="Persons of the largest trial.")] = 4000,
    persons: Annotated[int | None, typer.Option(help="Live so many persons, whom trials are drawn from.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory for figure and tables (default: SCENARIO-power).")
    ] = None,
    workers: WORKERS = None,
    settings: SETTINGS = None,
    as_json: AS_JSON = False,
) -> None:
    """How large a trial has to be: trials drawn from simulated persons, analysed as a trial would be.

    For each outcome, assessment and arm: main effect, and whether it differs in a subgroup.
    """
    from cohort import power_console

    changed = [*(settings or []), *([] if persons is None else [f"study.persons={persons}"])]
    power_console.power(source, outcome, arm, subgroup, attrition, trials, most, changed, out, workers, as_json)


def optimise(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A design in TOML, or the name of a shipped one.")],
    objective: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="An outcome, OUTCOME.harmed, cost, sessions or treated. Repeatable (default: the first, and cost).",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(metavar="'NAME <= NUMBER'", help="What may not be exceeded. Repeatable.")
    ] = None,
    sampler: Annotated[Literal["nsga2", "tpe"], typer.Option(help="Which sampler of optuna proposes.")] = "nsga2",
    trials: Annotated[int, typer.Option(min=1, max=100_000, help="Candidates.")] = 240,
    replicates: Annotated[int, typer.Option(max=1000, help="Seeds of a candidate, at most.")] = 4,
    fresh: Annotated[int, typer.Option(min=2, max=1000, help="Seeds under which the front is valued anew.")] = 8,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory (default: the design's name and -optimised).")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with one that was cut short.")] = False,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    as_json: AS_JSON = False,
) -> None:
    """Search a design for policies that none dominates in what is wanted, under limits.

    What the search finds is lived again under seeds that it has not seen: these decide what is on the front.

    --json prints: design, objectives (name, better, unit), limits, sampler, trials, failed, dropped, front (of each
    design number, levers, each objective and limit with _low, _high and _search, within, front, worst_regret,
    mean_regret, state, chosen), out.
    """
    from cohort import optimise_console
    from cohort.executor import Executor

    optimise_console.show(
        design, objective or [], limit or [], sampler, trials, replicates, fresh, out, resume,
        Executor(workers, cluster), as_json,
    )  # fmt: skip
