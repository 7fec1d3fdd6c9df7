"""The figure of a memory's sides over time: what is left of each, and how far they part."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.style import COLOURS, STYLE


def draw(left: pd.DataFrame, relation: pd.DataFrame) -> Figure:
    """Three panels over days: what is left, vividness over accuracy, coherence with intrusions; bands are 95%.

    `left` as from `dissociation.retained`, `relation` as from `dissociation.over_time`.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 2.6), layout="constrained")
        first, second, third = figure.subplots(1, 3)
        for name, colour, dash in (("vividness", COLOURS[1], "-"), ("accuracy", COLOURS[2], "--")):
            first.plot(left["day"], 100.0 * left[f"{name}_left"], color=colour, ls=dash, lw=1.6, label=name)
        first.set_ylim(0.0, None)
        first.set_ylabel("mean, % of the first assessment")
        first.set_title(f"left under the full cue\nn = {int(left['persons'].max()) if len(left) else 0:,}")
        first.legend(loc="best")
        _band(second, left, "ratio")
        second.axhline(1.0, color="0.5", lw=0.6)
        second.set_title("left of vividness /\nleft of accuracy")
        second.set_ylabel("ratio (band: 95%)")
        _band(third, relation, "r")
        third.axhline(0.0, color="0.5", lw=0.6)
        third.set_title("coherence with number\nof intrusions")
        third.set_ylabel("Spearman's r (band: 95%)")
        for axes in (first, second, third):
            axes.set_xlabel("day of the study")
            axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], integer=True))
    return figure


def _band(axes: Axes, frame: pd.DataFrame, name: str) -> None:
    axes.fill_between(frame["day"], frame["low"], frame["high"], color=COLOURS[1], alpha=0.3, linewidth=0)
    axes.plot(frame["day"], frame[name], color=COLOURS[1], lw=1.4)
