"""The figure of forgetting: Kaplan-Meier curves with intervals, and how many are still at risk."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)))
_TICKS = 5


def draw(curves: Mapping[str, Mapping[str, pd.DataFrame]], until: float, threshold: float) -> Figure:
    """A panel a grouping, two in a row; below each the number at risk.

    `curves` holds, by title of the panel and name of the group, what `survival.kaplan_meier` gives; `until` is the
    last day shown, `threshold` the probability of recall below which a memory counts as forgotten.
    """
    columns = min(2, len(curves))
    rows = -(-len(curves) // columns)
    most = max(len(groups) for groups in curves.values())
    heights = (2.0, 0.28 + 0.16 * most)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.25 * columns, rows * (sum(heights) + 0.5)), layout="constrained")
        grid = figure.subplots(2 * rows, columns, squeeze=False, sharex="col", height_ratios=heights * rows)
        for k, (title, groups) in enumerate(curves.items()):
            row, column = divmod(k, columns)
            _panel(grid[2 * row, column], title, groups, until)
            _at_risk(grid[2 * row + 1, column], groups, until)
            if column == 0:
                grid[2 * row, column].set_ylabel(f"share never yet below {threshold:g}")
        for unused in grid[:, -1][2 * (len(curves) // columns) :] if len(curves) % columns else ():
            unused.set_axis_off()
    return figure


def _panel(axes: Axes, title: str, groups: Mapping[str, pd.DataFrame], until: float) -> None:
    for k, (name, curve) in enumerate(groups.items()):
        day = np.append(curve["day"].to_numpy(), until)
        survival, low, high = (
            np.append(curve[column].to_numpy(), curve[column].iloc[-1]) for column in ("survival", "low", "high")
        )
        n = int(curve["at_risk"].iloc[0])
        axes.step(day, survival, where="post", color=COLOURS[k], ls=_DASHES[k], lw=1.2, label=f"{name} (n = {n:,})")
        axes.fill_between(day, low, high, step="post", color=COLOURS[k], alpha=0.2, linewidth=0)
    axes.set_xlim(0.0, until)
    axes.set_ylim(0.0, 1.02)
    axes.set_title(title)
    axes.tick_params(labelbottom=False)
    axes.legend(loc="upper right", handlelength=1.8)


def _at_risk(axes: Axes, groups: Mapping[str, pd.DataFrame], until: float) -> None:
    ticks = _round_days(until)
    for k, curve in enumerate(groups.values()):
        day, risk = curve["day"].to_numpy(), curve["at_risk"].to_numpy()
        for at in ticks:
            later = np.searchsorted(day, at)  # the first row at or after this day
            left = risk[later] if later < len(day) else 0
            axes.text(at, -k, f"{left:,}", color=COLOURS[k], fontsize=6.5, ha="center", va="center", clip_on=False)
    axes.set_ylim(-len(groups) + 0.4, 0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(ticks)
    axes.set_xlabel("days since the exposure; above: persons at risk")


def _round_days(until: float) -> list[float]:
    """At most `_TICKS` round days from 0 on."""
    for step in (1, 2, 5, 7, 14, 30, 60, 90, 120, 180, 365, 730, 1825, 3650):
        if until / step < _TICKS:
            return [float(day) for day in range(0, int(until) + 1, step)]
    return [0.0, until]
