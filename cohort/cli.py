"""The command line. Each command is a thin function that imports its work when it runs: help stays quick.

Exit codes: 0 done; 1 a fault of the machine (no space, no permission, no memory, a reader that went away);
2 a fault of what was asked for or of a file; 130 interrupted.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cohort import __version__, analysis_commands, design_commands, model_commands, planning_commands
from cohort.errors import CohortError, InputError, Interrupted, MachineError
from cohort.options import AS_JSON, CLUSTER, RUN, SCENARIO, SETTINGS, WORKERS

app = typer.Typer(
    name="cohort",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: importing the rich one takes longer than everything else
    pretty_exceptions_enable=False,
)

_REMEDIES = {
    errno.ENOSPC: "free some space or write elsewhere",
    errno.EDQUOT: "free some space or write elsewhere",
    errno.EACCES: "change the permissions or choose another place",
    errno.EPERM: "change the permissions or choose another place",
    errno.EROFS: "choose a place that can be written to",
}


@contextmanager
def _importing() -> Iterator[None]:
    """What is imported here stays to the end: the collector looks it through neither now nor later, nor at the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
    atexit.register(gc.freeze)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"cohort {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Simulate a population of persons who form, keep, relive and change emotional memories."""


@app.command()
def parameters(
    name: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Only names that contain this, or match it as a glob."),
    ] = None,
    grade: Annotated[
        list[str] | None,
        typer.Option(metavar="GRADE", help="Only this: measured, animal, model, calibrated or assumed. Repeatable."),
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="MODULE", help="Only the parameters of this module.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Show the table with this value. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a list of JSON objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write comma-separated values.")] = False,
) -> None:
    """List every constant of the model with its evidence.

    Each has a value, a unit, the range that may be set, a source and a grade. Into a pipe or a file the table
    is one tab-separated line a parameter.
    """
    from cohort import catalogue

    if as_json and as_csv:
        raise InputError("parameters: --json and --csv exclude each other; give one of them")
    rows = catalogue.with_values(catalogue.assigned(settings or []))
    rows = catalogue.select(rows, name, grade or [], group)
    show = catalogue.print_json if as_json else catalogue.print_csv if as_csv else catalogue.print_table
    show(rows)


@app.command()
def life(
    timeline: Annotated[
        Path | None,
        typer.Argument(metavar="[TIMELINE]", help="A timeline in TOML; without it, the built-in fortnight."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="What chance decides by (default: 1).")] = None,
    traits: Annotated[
        str,
        typer.Option(
            metavar="NAME=VALUE,...",
            help="Traits against the median, such as NE=1.5,prefrontal_control=0.8; a bare system (DA, NE, HT, "
            "ACH, ECB, CORT) stands for the efficacy of its receptors.",
        ),
    ] = "",
    ace: Annotated[int, typer.Option(min=0, max=10, help="Number of kinds of adverse childhood experience.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Live with this value of a parameter. Repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the picture goes: .png, .pdf or .svg.")] = Path(
        "life.png"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON object instead of tables.")] = False,
    source: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Live again the life of one person of this run.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose life of --run: the id in its tables, or the participant.")
    ] = None,
    arm: Annotated[
        str | None, typer.Option(metavar="ARM", help="Under which arm of a trial (default: the reference).")
    ] = None,
) -> None:
    """Live one person's timeline: a picture, and what remains of each memory.

    With --run and --person, it is a life of a finished run, lived again as it was.
    """
    if source is None and person is None and arm is None:
        from cohort import biography

        biography.write(timeline, 1 if seed is None else seed, traits, ace, settings or [], out, as_json)
        return
    if source is None or person is None:
        raise InputError("life: --run and --person go together; give both (and --arm only with them)")
    given = {
        "a timeline": timeline is not None,
        "--seed": seed is not None,
        "--traits": bool(traits),
        "--ace": ace > 0,
        "--set": bool(settings),
    }
    if any(given.values()):
        wrong = ", ".join(name for name, is_given in given.items() if is_given)
        raise InputError(f"life: {wrong} cannot be given with --run, whose life is settled; leave it out")
    from cohort import console

    console.life(source, person, arm, out, as_json)


@app.command()
def run(
    scenario: SCENARIO,
    persons: Annotated[int | None, typer.Option(help="So many persons.")] = None,
    days: Annotated[int | None, typer.Option(help="So many days; what lies beyond is left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="What chance decides by.")] = None,
    participants: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Real participants: CSV, Parquet or PLINK .raw.")
    ] = None,
    replicates: Annotated[int, typer.Option(min=1, help="So many runs, each with a seed of its own.")] = 1,
    workers: WORKERS = None,
    cluster: CLUSTER = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="New directory for the tables (default: the scenario's name).")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run into --out that was cut short.")] = False,
    settings: SETTINGS = None,
    as_json: AS_JSON = False,
) -> None:
    """Run a scenario: a cohort lives through it, and its tables are written."""
    with _importing():
        import mesa  # noqa: F401  # first: for every frame of the stack it looks through all modules there are

        from cohort import console
        from cohort.executor import Executor

    if persons is not None and participants is not None:
        raise InputError("run: --persons and --participants exclude each other; the rows of the file count")
    given = {"study.persons": persons, "study.days": days, "study.seed": seed}
    listed = [f"{key}={value}" for key, value in given.items() if value is not None]
    if participants is not None:
        listed.append(f"population.participants={os.path.join(os.curdir, participants)}")
    console.run(scenario, [*(settings or []), *listed], out, replicates, Executor(workers, cluster), resume, as_json)


@app.command()
def scenarios(as_json: AS_JSON = False) -> None:
    """List the scenarios that are shipped."""
    from cohort import console

    console.scenarios(as_json)


@app.command()
def check(scenario: SCENARIO, settings: SETTINGS = None) -> None:
    """Check a scenario: every fault at once, with its line."""
    from cohort import console

    console.check(scenario, settings or [])


@app.command()
def describe(scenario: SCENARIO, settings: SETTINGS = None, as_json: AS_JSON = False) -> None:
    """Show what a scenario will do: calendar, population, records."""
    import json

    from cohort import describe
    from cohort.plan import plan
    from cohort.scenario import load

    told = describe.description(plan(load(scenario, settings or [])))
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        describe.show(told)


@app.command()
def schema() -> None:
    """Write the JSON Schema of scenarios, for editors."""
    import json

    from cohort.scenario import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
def odd(
    scenario: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Describe initialization and input of this scenario too."),
    ] = None,
    settings: SETTINGS = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the Markdown goes (default: standard output).")
    ] = None,
) -> None:
    """Describe the model in the order of the ODD protocol, from its code: equations, state, every parameter."""
    from cohort import odd

    if settings and scenario is None:
        raise InputError("odd: --set sets a key of a scenario; give --scenario too")
    odd.write(scenario, settings or [], out)


@app.command()
def rerun(
    source: RUN,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="New directory (default: RUN-again).")] = None,
    workers: WORKERS = None,
    as_json: AS_JSON = False,
) -> None:
    """Repeat a run from its provenance, and compare the two."""
    from cohort import console

    console.rerun(source, out, workers, as_json)


@app.command()
def diff(one: RUN, other: RUN) -> None:
    """Compare two runs, table by table; exit code 1 when they differ."""
    from cohort import console

    if not console.diff(one, other):
        raise typer.Exit(1)


@app.command()
def compare(
    source: RUN,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A figure of the effects on each person: .png, .pdf or .svg.")
    ] = None,
    surface: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A figure of a dose-finding trial's effects by dose and time."),
    ] = None,
    economics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A figure of cost and DALYs averted, where interventions have a cost."),
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Compare the arms of a run's trial: what it found, and what is true of the same persons."""
    from cohort import trial_console

    trial_console.compare(source, out, surface, economics, as_json)


@app.command()
def codebook(source: RUN, as_json: AS_JSON = False) -> None:
    """Say what each column of a run's tables holds: unit, range, missing code."""
    from cohort.run_data import load

    book = load(source).codebook()
    typer.echo(book.to_json(orient="records", indent=2) if as_json else book.to_csv(index=False, sep="\t").rstrip())


@app.command()
def export(
    source: RUN,
    out: Annotated[Path, typer.Option(metavar="DIR", help="New directory for the files.")] = Path("csv"),
) -> None:
    """Write a run's tables as CSV."""
    from cohort.run_data import load

    for path in load(source).to_csv(out):
        typer.echo(str(path))


app.command()(analysis_commands.report)
app.command()(model_commands.validate)
app.command()(model_commands.calibrate)
app.command()(model_commands.ablate)
app.command()(model_commands.sensitivity)
app.command()(planning_commands.personalise)
app.command()(planning_commands.power)
app.command()(design_commands.sweep)
app.command()(design_commands.understand)
app.command()(planning_commands.optimise)


# A further command goes here: a thin function under @app.command() that imports its own module when it runs.


def _say(message: str) -> None:
    print(f"cohort: {message}", file=sys.stderr)


def _let_go_of_output() -> None:
    """Write what can be written; else point standard output nowhere, or the interpreter complains too."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _machine_fault(fault: OSError) -> str:
    what = fault.strerror or str(fault) or type(fault).__name__
    where = f"{os.fsdecode(fault.filename)}: " if isinstance(fault.filename, (str, bytes)) else ""
    remedy = _REMEDIES.get(fault.errno or 0)
    return f"{where}{what}" + (f"; {remedy}" if remedy else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (`arguments` default to the process's own) and return its exit code.

    No fault of a user or of the machine shows a traceback: each ends in one message on standard error.
    """
    code: int | str | None
    try:
        try:
            app(args=None if arguments is None else list(arguments), prog_name="cohort")
            code = 0
        except SystemExit as stop:
            code = stop.code
        sys.stdout.flush()
    except CohortError as fault:
        _say(str(fault))
        return 130 if isinstance(fault, Interrupted) else 1 if isinstance(fault, MachineError) else 2
    except BrokenPipeError:
        _let_go_of_output()
        return 1
    except OSError as fault:
        _say(_machine_fault(fault))
        _let_go_of_output()
        return 1
    except MemoryError:
        _say("out of memory; ask for fewer persons or close other programs")
        return 1
    except KeyboardInterrupt:
        code = 130
    if code == 130:
        _say("interrupted")
    return code if isinstance(code, int) else int(code is not None)
