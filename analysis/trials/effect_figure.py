"""The figure of individual effects: for each outcome and arm, everybody's effect in order, and how many have which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.trials.effects import benefit
from analysis.trials.outcome import Outcome

# Okabe & Ito 2008: told apart by the colour-blind; the order of the persons tells them apart without colour.
_COLOURS = {"harmed": "#D55E00", "neither": "#BBBBBB", "helped": "#0072B2"}
_NAMES = {-1.0: "harmed", 0.0: "neither", 1.0: "helped"}
_STYLE: Any = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 8,
}  # fmt: skip
_BINS = 30
_MOST_STEPS = (
    2000  # of a curve: finer than a printer; more persons are shown by so many of them, first and last included
)
_TRIAL_AT = 106.0  # beside the persons, whose places go from 0 to 100


def draw(effects: pd.DataFrame, comparison: pd.DataFrame, outcomes: Sequence[Outcome], title: str = "") -> Figure:
    """A row of panels an outcome, a pair an arm: sorted effects with the trial's estimate beside them, and a histogram.

    `effects` as from `analysis.trials.effects.effects`, `comparison` as from `analysis.trials.trial.comparison`.
    """
    arms = list(dict.fromkeys(comparison["arm"]))
    size = (max(4.8 * len(arms), 6.5), 0.9 + 2.7 * len(outcomes))
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(
            len(outcomes), 2 * len(arms), squeeze=False, sharey="row", width_ratios=(3.0, 1.0) * len(arms)
        )
        for cells, outcome in zip(grid, outcomes, strict=True):
            for k, arm in enumerate(arms):
                mine = effects[(effects["outcome"] == outcome.name) & (effects["arm"] == arm)]
                told = comparison[(comparison["outcome"] == outcome.name) & (comparison["arm"] == arm)].iloc[0]
                _panel(cells[2 * k], cells[2 * k + 1], mine["effect"].dropna(), outcome, told)
            unit = "±1: crosses the cut-off" if outcome.cutoff is not None else outcome.unit
            cells[0].set_ylabel("effect on the person" + (f"\n({unit})" if unit not in ("", "1") else ""))
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3 if len(arms) == 1 else len(labels))
        if title:
            figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _panel(curve: Axes, histogram: Axes, effect: pd.Series, outcome: Outcome, told: pd.Series) -> None:
    """One outcome and arm: `effect` (n,) of the persons in whom it is defined, and the row of the comparison."""
    ordered = effect.sort_values(ascending=outcome.sign > 0)  # from the most harmed to the most helped
    kinds = benefit(ordered, outcome).map(_NAMES)
    steps = np.linspace(0, len(ordered) - 1, min(len(ordered), _MOST_STEPS)).round().astype(int)
    edges = np.linspace(0.0, 100.0, len(steps) + 1)
    for name, colour in _COLOURS.items():
        heights = np.where(kinds == name, ordered, 0.0)[steps]
        curve.stairs(heights, edges, fill=True, color=colour, label=name, linewidth=0)
    if len(ordered):
        curve.axhline(told["exact"], color="black", lw=1.0, ls=(0, (4, 2)), label="mean effect, exact")
    if not np.isnan(told["estimate"]):
        bars = None if np.isnan(told["low"]) else [[told["estimate"] - told["low"]], [told["high"] - told["estimate"]]]
        shape: Any = {"fmt": "D", "ms": 4, "color": "black", "capsize": 3, "lw": 1.0}
        curve.errorbar(_TRIAL_AT, told["estimate"], yerr=bars, label="the trial's estimate, 95% interval", **shape)
    curve.axhline(0.0, color="0.4", lw=0.6)
    curve.set_xlim(0.0, _TRIAL_AT + 6.0)
    curve.set_xticks([0, 25, 50, 75, 100])
    curve.set_xlabel(f"persons, from most harmed to most helped (%; n = {len(ordered):,})")
    what = outcome.name if outcome.cutoff is None else f"{outcome.name} (at or above {outcome.cutoff:g})"
    better = "lower is better" if outcome.sign < 0 else "higher is better"
    if outcome.cutoff is None and outcome.margin > 0.0:
        better += f", from {outcome.margin:g} {outcome.unit}".rstrip()
    shares = f"{told['helped']:.0%} helped, {told['harmed']:.0%} harmed" if len(ordered) else "no data"
    groups = f"trial: n = {told['n']:,} + {told['n_reference']:,}"
    curve.set_title(f"{what}, {told['arm']} − {told['reference']}\n{better}: {shares}\n{groups}")
    if len(ordered):
        shown = pd.DataFrame({"effect": ordered, "kind": kinds})
        whole = (ordered % 1.0 == 0.0).all() and np.ptp(ordered) <= _BINS
        bins: Any = {"discrete": True, "shrink": 0.6} if whole else {"bins": _BINS}
        sns.histplot(
            shown, y="effect", hue="kind", hue_order=list(_COLOURS), palette=_COLOURS, multiple="stack", legend=False,
            ax=histogram, alpha=1.0, linewidth=0, **bins,
        )  # fmt: skip
    histogram.set_xlabel("persons")
    histogram.locator_params(axis="x", nbins=3)
