"""The figure of a trial's size: power by the number of persons, an outcome and assessment a panel."""

from __future__ import annotations

from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.design.power import TARGETS
from analysis.style import COLOURS, STYLE

_ACROSS = 2
_DASHES = {"welch": "-", "risk difference": "-", "ancova": "--", "interaction": ":"}
_MARKS = "osD^vPX"


def draw(curves: pd.DataFrame, pool: int, title: str = "") -> Figure:
    """A panel an outcome at one assessment: a colour an arm, a line style an analysis, with Wilson intervals.

    `curves` have the columns of `analysis.design.power.curve` beside outcome, day, arm and analysis; `pool` is the
    number of persons that trials were drawn from.
    """
    outcomes = list(dict.fromkeys(zip(curves["outcome"], curves["day"], strict=True)))
    arms = list(dict.fromkeys(curves["arm"]))
    down = -(-len(outcomes) // _ACROSS)
    across = min(len(outcomes), _ACROSS)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5 if across > 1 else 4.5, 1.0 + 1.9 * down), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for axes, (outcome, day) in zip(grid.flat, outcomes, strict=False):
            _panel(axes, curves[(curves["outcome"] == outcome) & (curves["day"] == day)], arms)
            axes.set_title(f"{outcome} (day {day})")
        for axes in list(grid.flat)[len(outcomes) :]:
            axes.set_visible(False)
        for place, axes in enumerate(list(grid.flat)[: len(outcomes)]):
            if place + across >= len(outcomes):  # the last of its column
                axes.set_xlabel("persons randomized to both arms")
                axes.tick_params(labelbottom=True)
        for axes in grid[:, 0]:
            axes.set_ylabel("power")
        handles: dict[str, Any] = {}
        for axes in list(grid.flat)[: len(outcomes)]:
            handles |= dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2 if len(arms) > 1 else 3)
        about = f"trials drawn from {pool:,} lives; bars: 95% intervals"
        figure.suptitle(f"{title}\n{about}" if title else about, fontsize=9, x=0.01, ha="left")
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, arms: list[str]) -> None:
    for (arm, analysis), found in rows.groupby(["arm", "analysis"], sort=False):
        k = arms.index(str(arm))
        error = [(found["power"] - found["low"]).clip(0.0), (found["high"] - found["power"]).clip(0.0)]  # rounding
        shape: Any = {
            "ls": _DASHES[str(analysis)],
            "color": COLOURS[k % len(COLOURS)],
            "marker": _MARKS[k % len(_MARKS)],
        }
        axes.errorbar(found["n"], found["power"], yerr=error, ms=3, lw=1.0, label=f"{arm}, {analysis}", **shape)
    for target in TARGETS:
        axes.axhline(target, color="0.7", lw=0.6, zorder=0)
    axes.set_xscale("log")
    axes.set_ylim(0.0, 1.02)
    axes.set_yticks([0.0, 0.25, 0.5, *TARGETS, 1.0])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
