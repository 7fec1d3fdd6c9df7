"""The figure of individual effects: for each outcome and arm, everybody's effect in order, and how many have which."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import STYLE
from analysis.trials.effects import benefit
from analysis.trials.outcome import Outcome

# Okabe & Ito 2008: told apart by the colour-blind; the order of the persons tells them apart without colour.
_COLOURS = {"harmed": "#D55E00", "neither": "#BBBBBB", "helped": "#0072B2"}
_NAMES = {-1.0: "harmed", 0.0: "neither", 1.0: "helped"}
MOST_PANELS = 12  # of a figure that still fits a page
_MOST_STEPS = 2000  # of a curve, finer than a printer; of more persons so many, first and last included
_TRIAL_AT = 106.0  # beside the persons, whose places go from 0 to 100
_WIDE = 44  # characters of a title over one of two panels


def draw(effects: pd.DataFrame, comparison: pd.DataFrame, outcomes: Sequence[Outcome], title: str = "") -> Figure:
    """A panel an outcome and arm, at most `MOST_PANELS`: sorted effects, and the trial's estimate beside them.

    Panels of one outcome share their scale. `effects` as from `analysis.trials.effects.effects`, `comparison` as from
    `analysis.trials.trial.comparison`.
    """
    by_name = {outcome.name: outcome for outcome in outcomes}
    rows = [row for name in by_name for _, row in comparison[(comparison["outcome"] == name).to_numpy(bool)].iterrows()]
    rows = rows[:MOST_PANELS]
    across = min(len(rows), 2)
    down = -(-len(rows) // across)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 0.6 + 2.35 * down), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False).ravel()
        for axes, row in zip(grid, rows, strict=False):
            mine = effects[((effects["outcome"] == row["outcome"]) & (effects["arm"] == row["arm"])).to_numpy(bool)]
            _panel(axes, mine["effect"].dropna(), by_name[row["outcome"]], row)
        for axes in grid[len(rows) :]:
            axes.remove()
        for name in by_name:
            _same_scale([axes for axes, row in zip(grid, rows, strict=False) if row["outcome"] == name])
        shown: dict[str, Any] = {}
        for axes in grid[: len(rows)]:
            handles, labels = axes.get_legend_handles_labels()
            shown |= dict(zip(labels, handles, strict=True))
        figure.legend(list(shown.values()), list(shown), loc="outside lower center", ncols=3)
        if title:
            figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _same_scale(panels: Sequence[Axes]) -> None:
    limits = [axes.get_ylim() for axes in panels]
    for axes in panels:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def _panel(axes: Axes, effect: pd.Series, outcome: Outcome, told: pd.Series) -> None:
    """One outcome and arm: `effect` (n,) of the persons in whom it is defined, and the row of the comparison."""
    ordered = effect.sort_values(ascending=outcome.sign > 0)  # from the most harmed to the most helped
    kinds = benefit(ordered, outcome).map(_NAMES)
    steps = np.linspace(0, len(ordered) - 1, min(len(ordered), _MOST_STEPS)).round().astype(int)
    edges = np.linspace(0.0, 100.0, len(steps) + 1)
    for name, colour in _COLOURS.items():
        heights = np.where(kinds == name, ordered, 0.0)[steps]
        axes.stairs(heights, edges, fill=True, color=colour, label=name, linewidth=0)
    if len(ordered):
        axes.axhline(told["exact"], color="black", lw=1.0, ls=(0, (4, 2)), label="mean effect, exact")
    if not np.isnan(told["estimate"]):
        bars = None if np.isnan(told["low"]) else [[told["estimate"] - told["low"]], [told["high"] - told["estimate"]]]
        shape: Any = {"fmt": "D", "ms": 4, "color": "black", "capsize": 3, "lw": 1.0}
        axes.errorbar(_TRIAL_AT, told["estimate"], yerr=bars, label="the trial's estimate, 95% interval", **shape)
    axes.axhline(0.0, color="0.4", lw=0.6)
    axes.set_xlim(0.0, _TRIAL_AT + 6.0)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel(f"% of persons, harmed to helped (n = {len(ordered):,})")
    unit = "±1: crosses the cut-off" if outcome.cutoff is not None else outcome.unit
    axes.set_ylabel("effect on the person" + (f"\n({unit})" if unit not in ("", "1") else ""))
    better = "lower is better" if outcome.sign < 0 else "higher is better"
    if outcome.cutoff is not None:
        better = f"at or above {outcome.cutoff:g}; {better}"
    elif outcome.margin > 0.0:
        better += f", from {outcome.margin:g} {outcome.unit}".rstrip()
    shares = f"{told['helped']:.0%} helped, {told['harmed']:.0%} harmed" if len(ordered) else "no data"
    groups = f"{shares}; trial: n = {told['n']:,} + {told['n_reference']:,}"
    lines = f"{outcome.name}, {told['arm']} − {told['reference']}", better, groups
    axes.set_title("\n".join(fill(line, _WIDE) for line in lines), fontsize=8)
