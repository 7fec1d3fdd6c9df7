"""The figure of a trial's size: power by the number of persons, an outcome and assessment a panel."""

from __future__ import annotations

from typing import Any

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.design.power import TARGETS
from analysis.style import COLOURS, STYLE

_ACROSS = 2  # panels
_KEYS = 5  # of the legend, side by side
_DASHES = {"welch": "-", "risk difference": "-", "ancova": "--", "interaction": ":"}
_MARKS = "osD^vPX"


def draw(curves: pd.DataFrame, pool: int, title: str = "") -> Figure:
    """A panel an outcome at one assessment: a colour an arm, a line style an analysis, with Wilson intervals.

    `curves` have the columns of `analysis.design.power.curve` beside outcome, day, arm and analysis; `pool` is the
    number of persons that trials were drawn from.
    """
    outcomes = list(dict.fromkeys(zip(curves["outcome"], curves["day"], strict=True)))
    arms = list(dict.fromkeys(curves["arm"]))
    analyses = list(dict.fromkeys(curves["analysis"]))
    down, across = -(-len(outcomes) // _ACROSS), min(len(outcomes), _ACROSS)
    signs = [
        *(
            Line2D([], [], color=_colour(k), marker=_MARKS[k % len(_MARKS)], ms=3, label=arm)
            for k, arm in enumerate(arms)
        ),
        *(Line2D([], [], color="0.4", ls=_DASHES[analysis], label=analysis) for analysis in analyses),
    ]
    keys = -(-len(signs) // _KEYS)
    with matplotlib.rc_context(STYLE):
        size = (6.5 if across > 1 else 4.5, 0.7 + 2.0 * down + 0.18 * keys)
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for place, axes in enumerate(grid.flat):
            if place >= len(outcomes):
                axes.set_visible(False)
                continue
            outcome, day = outcomes[place]
            _panel(axes, curves[(curves["outcome"] == outcome) & (curves["day"] == day)], arms)
            axes.set_title(f"{outcome} (day {day})")
            if place + across >= len(outcomes):  # the last of its column
                axes.set_xlabel("persons randomized to both arms")
                axes.tick_params(labelbottom=True)
        for axes in grid[:, 0]:
            axes.set_ylabel("power")
        figure.legend(handles=signs, loc="outside lower center", ncols=min(_KEYS, len(signs)))
        about = f"trials drawn from {pool:,} lives; bars: 95% intervals"
        figure.suptitle(f"{title}\n{about}" if title else about, fontsize=9, x=0.01, ha="left")
    return figure


def _colour(arm: int) -> str:
    return COLOURS[arm % len(COLOURS)]


def _panel(axes: Axes, rows: pd.DataFrame, arms: list[str]) -> None:
    for (arm, analysis), found in rows.groupby(["arm", "analysis"], sort=False):
        k = arms.index(str(arm))
        error = [(found["power"] - found["low"]).clip(0.0), (found["high"] - found["power"]).clip(0.0)]  # rounding
        shape: Any = {
            "ls": _DASHES[str(analysis)],
            "color": COLOURS[k % len(COLOURS)],
            "marker": _MARKS[k % len(_MARKS)],
        }
        axes.errorbar(found["n"], found["power"], yerr=error, ms=3, lw=1.0, **shape)
    for target in TARGETS:
        axes.axhline(target, color="0.7", lw=0.6, zorder=0)
    axes.set_xscale("log")
    axes.set_ylim(0.0, 1.02)
    axes.set_yticks([0.0, 0.5, *TARGETS, 1.0])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda n, _: f"{n:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
