"""What a reader sees of a trial in a terminal: who took part, and each arm against the reference."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.trials.acceptability import Draws, acceptability, ladder, plane
from analysis.trials.economics import DISABILITY_WEIGHT
from analysis.trials.outcome import Outcome
from cohort import trial_results
from cohort.errors import InputError
from cohort.pictures import check_place, save
from cohort.provenance import NOTICE
from cohort.times import DAY
from cohort.trial_results import Trial

KEYS = ("outcome", "arm", "reference", "estimate", "low", "high", "exact", "helped", "harmed", "nnt")  # of the JSON
_PRICES = (5_000.0, 50_000.0)  # US$ a DALY averted
_NARROWEST = 120  # columns of a table into a pipe or a file
_WIDEST = 30  # of a column of names
_MOST_ACROSS = 6  # arms that stand side by side; more of them stand below each other


def compare(source: Path, out: Path | None, surface: Path | None, economics: Path | None, as_json: bool) -> None:
    """Show the comparison of a run's arms, or write it as JSON.

    Draw the effects on each person into `out`, those of a dose-finding trial by dose and time into `surface`, and the
    cost-effectiveness plane and acceptability curve into `economics`.
    """
    for place, option in ((out, "--out"), (surface, "--surface"), (economics, "--economics")):
        if place is not None:
            check_place(place, option)
    trial = trial_results.trial(source)
    found = trial.comparison
    if out is not None:
        from analysis.trials.effect_figure import draw  # matplotlib takes a second

        save(draw(trial.effects, found, trial.outcomes, f"{source.name}: effects on each person"), out)
    if surface is not None:
        _draw_surface(trial, surface)
    if economics is not None:
        _draw_economics(trial, economics)
    if as_json:
        json.dump(told(found), sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(_NARROWEST, console.width))
    _show(trial, console)
    if out is not None:
        console.print(f"\nEffects on each person: {out}", highlight=False, soft_wrap=True)
    if surface is not None:
        console.print(f"\nEffects by dose and time: {surface}", highlight=False, soft_wrap=True)
    if economics is not None:
        console.print(f"\nCost-effectiveness: {economics}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{NOTICE}[/dim]", highlight=False)


def _draw_surface(trial: Trial, place: Path) -> None:
    """Draw the surface of a dose-finding trial."""
    found = trial.surface
    from analysis.design.surface_figure import draw

    title = f"{trial.directory.name}: effect of {trial.grid_of} by dose and time"
    save(draw(found, trial.outcomes, trial.grid_of, trial.grid_from, title), place)


def _draw_economics(trial: Trial, place: Path) -> None:
    """Draw what care is worth, by the first outcome that tells cases over time."""
    if not (trial.costs and trial.cases):
        remedy = "its scenario needs interventions with a cost, and an outcome with case = true read more than once"
        raise InputError(f"{trial.directory}: tells nothing of costs; {remedy}")
    from analysis.trials.acceptability_figure import draw

    outcome = trial.cases[0]
    title = f"{trial.directory.name}: cost and DALYs, cases by {outcome.instrument} {_unit(outcome)}"
    save(draw(trial.uncertainty(outcome), title), place)


def told(found: pd.DataFrame) -> list[dict[str, Any]]:
    """The comparison as a list of objects; null is what cannot be told."""
    return [
        {key: None if isinstance(row[key], float) and not math.isfinite(row[key]) else row[key] for key in KEYS}
        for row in found.to_dict(orient="records")
    ]


def _show(trial: Trial, console: Console) -> None:
    counted = trial.consort.set_index("stage")
    if len(trial.arms) > _MOST_ACROSS:
        counted = counted.T
    people = Table("persons", *map(str, counted.columns), box=None)
    _keep_names(people, 0, counted.index)
    for column in people.columns[1:]:
        column.overflow = "fold"
    for stage, numbers in zip(counted.index, counted.to_numpy(object), strict=True):
        people.add_row(stage, *("" if pd.isna(number) else f"{number:,}" for number in numbers))
    console.print(people, highlight=False)
    console.print()
    heads = ("outcome", "arm", "n", "trial's estimate", "exact", "helped", "harmed", "NNT")
    shown = Table(*heads, box=None)
    _keep_names(shown, 1, trial.arms)
    outcomes = {outcome.name: outcome for outcome in trial.outcomes}
    for row in trial.comparison.to_dict(orient="records"):
        outcome = outcomes[row["outcome"]]
        first = (f"{outcome.name} {_unit(outcome)}".rstrip(), f"{row['arm']}", f"{row['n']:,} + {row['n_reference']:,}")
        middle = (_estimate(row, "estimate", "low", "high"), _number(row["exact"]))
        shown.add_row(*first, *middle, _percent(row["helped"]), _percent(row["harmed"]), _nnt(row["nnt"]))
        if not math.isnan(row["adjusted"]):
            adjusted = _estimate(row, "adjusted", "adjusted_low", "adjusted_high")
            shown.add_row("", "  adjusted for the baseline", "", adjusted, "", "", "", "")
    console.print(shown, highlight=False)
    about = (
        f"Each arm minus {trial.reference}, with 95% intervals. Exact: mean effect on all eligible persons, who live"
        " under every arm. NNT: for one more to be helped than harmed."
    )
    console.print("\n" + about, highlight=False)
    if trial.spillover is not None:
        _show_spillover(trial.spillover, console)
    if trial.effects.empty:
        console.print("No person is eligible: nothing can be compared.", highlight=False)
    elif trial.costs:
        for outcome in trial.cases:
            _show_economics(trial, outcome, console)


def _show_spillover(found: pd.DataFrame, console: Console) -> None:
    console.print(
        "\nPersons influence each other. Spillover: the trial's own world minus the world in which everybody has the "
        "arm, the same persons:",
        highlight=False,
    )
    shown = Table("outcome", "arm", "n", "spillover", box=None)
    for row in found.to_dict(orient="records"):
        shown.add_row(row["outcome"], row["arm"], f"{row['n']:,}", _estimate(row, "spillover", "low", "high"))
    console.print(shown, highlight=False)


def _show_economics(trial: Trial, outcome: Outcome, console: Console) -> None:
    found = trial.prevalence(outcome)
    shown = Table(f"{outcome.instrument} {_unit(outcome)}", *trial.arms, box=None)
    for minute in found["minute"].unique():
        cells = []
        for row in found[found["minute"] == minute].to_dict(orient="records"):
            share = _percent(row["prevalence"])
            against = f" (RD {row['risk_difference']:+.3f}, RR {_number(row['risk_ratio'])})"
            cells.append(share if row["arm"] == trial.reference else share + against)
        shown.add_row(f"day {minute // DAY}", *cells)
    about = "Cases over time, all eligible persons under every arm, without error of measurement:"
    console.print(f"\n{about}", highlight=False)
    console.print(shown, highlight=False)
    heads = ("arm", "days free", "gained", "US$", "more US$", "DALYs averted", "US$ a day", "US$ a DALY")
    shown = Table(*heads, box=None)
    _keep_names(shown, 0, trial.arms)
    told = trial.economics(outcome)
    for row in told.to_dict(orient="records"):
        cells = [row["arm"], f"{row['free_days']:.1f}", "", f"{row['cost']:,.2f}", "", "", "", ""]
        if row["arm"] != trial.reference:
            cells[2] = _estimate(row, "gained", "low", "high")
            cells[4:6] = f"{row['extra']:+,.2f}", _number(row["averted"])
            cells[6:] = (_price(row[name]) for name in ("per_free_day", "per_daly"))
        shown.add_row(*cells)
    console.print(f"\nMeans a person over {told['days'].iloc[0]:g} days:", highlight=False)
    console.print(shown, highlight=False)
    about = (
        f"A DALY averted: a year without being a case, times the disability weight {DISABILITY_WEIGHT} (moderate"
        " anxiety disorder, Global Burden of Disease 2013). Costs are of sessions that took place; US$ a day free"
        " that is gained, and a DALY averted. Not discounted."
    )
    console.print(about, highlight=False)
    if len(trial.allocation) and told["n"].iloc[0] > 1:
        _show_worth(trial.uncertainty(outcome), console)


def _show_worth(draws: Draws, console: Console) -> None:
    """Which arms are worth their cost, and how surely."""
    planes = plane(draws).set_index("arm").to_dict(orient="index")
    chances = acceptability(draws, _PRICES)
    heads = ("arm", "more US$", "DALYs averted a 1,000", "US$ a DALY", "against the one before", "better and cheaper")
    shown = Table(*heads, *(f"best at {price:,.0f}" for price in _PRICES), box=None)
    rungs = ladder(draws).to_dict(orient="records")
    _keep_names(shown, 0, [row["arm"] for row in rungs])
    for rung in rungs:
        arm = rung["arm"]
        best = [_percent(p) for p in chances[chances["arm"] == arm]["probability"]]
        step = rung["status"] if math.isnan(rung["icer"]) else f"{rung['icer']:,.0f}"
        if arm == draws.reference:
            shown.add_row(arm, "", "", "", step, "", *best)
            continue
        row = planes[arm]
        averted = {name: 1000.0 * row[name] for name in ("averted", "averted_low", "averted_high")}
        cells = [_estimate(row, "extra", "extra_low", "extra_high"), _estimate(averted, *averted)]
        price = "no gain" if math.isnan(row["per_daly"]) else f"{row['per_daly']:,.0f}"
        if not math.isnan(row["per_daly_low"]):
            price += f" ({row['per_daly_low']:,.0f} to {row['per_daly_high']:,.0f})"
        shown.add_row(arm, *cells, price, step, _percent(row["better_cheaper"]), *best)
    console.print("\nFrom the cheapest on, with persons and the disability weight resampled:", highlight=False)
    console.print(shown, highlight=False)
    about = (
        "Best: share of resamples in which the arm has the greatest net benefit, at so many US$ a DALY averted. US$ a"
        " DALY has an interval only where more is averted almost surely."
    )
    console.print(about, highlight=False)


def _keep_names(shown: Table, place: int, names: Iterable[str]) -> None:
    """Make a column wide enough for its names, within reason, and break what is longer: cut off, they look alike."""
    column = shown.columns[place]
    column.min_width, column.overflow = min(max(map(len, names)), _WIDEST), "fold"


def _price(value: float) -> str:
    return "no gain" if math.isnan(value) else f"{value:,.2f}"


def _unit(outcome: Outcome) -> str:
    if outcome.cutoff is not None:
        return f"(at or above {outcome.cutoff:g})"
    return "" if outcome.unit in ("", "1") else f"({outcome.unit})"


def _number(value: float) -> str:
    return "no data" if math.isnan(value) else f"{value:.3g}"


def _estimate(row: dict[Any, Any], estimate: str, low: str, high: str) -> str:
    if math.isnan(row[low]):
        return _number(row[estimate])
    return f"{_number(row[estimate])} ({_number(row[low])} to {_number(row[high])})"


def _percent(share: float) -> str:
    return "no data" if math.isnan(share) else f"{100.0 * share:.1f}%"


def _nnt(value: float) -> str:
    if math.isnan(value):
        return "none"
    return f"{value:.1f}" if value > 0.0 else f"harms: {-value:.1f}"
