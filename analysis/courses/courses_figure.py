"""The figure of courses: in each latent class, some persons' weeks, and the mean with its interval."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray

from analysis.style import COLOURS, STYLE

_LINES = 40  # persons shown in a class
_ACROSS = 3


def draw(
    weekly: NDArray[Any], membership: NDArray[np.int64], means: pd.DataFrame, names: tuple[str, ...], seed: int = 0
) -> Figure:
    """A panel a class: weekly counts of up to 40 persons taken at random (thin lines), the class's mean with 95%.

    `means` as from `classes.mean_courses`; `names` (classes,) the course of each class by rule. The vertical axis is
    linear in the logarithm of 1 + intrusions a week, as the classes are.
    """
    number = len(names)
    across = 2 if number == 4 else min(number, _ACROSS)
    rows = -(-number // across)
    rng = np.random.default_rng(seed)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 0.5 + 2.2 * rows), layout="constrained")
        cells = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True)
        for k, axes in enumerate(cells.flat):
            if k >= number:
                axes.set_axis_off()
                continue
            mine = np.flatnonzero(membership == k)
            shown = rng.permutation(mine)[:_LINES]
            mean = means[means["class"] == k + 1]
            _panel(axes, weekly[shown], mean, COLOURS[1 + k % (len(COLOURS) - 1)])
            said = f" ({names[k]})" if names[k] else ""
            axes.set_title(f"class {k + 1}{said}\nn = {len(mine):,}, {len(mine) / len(membership):.0%}")
        most = max(float(np.log1p(weekly.max(initial=0))), 0.7)
        cells[0, 0].set_ylim(0.0, most * 1.02)
        ticks = [tick for tick in (0, 1, 3, 10, 30, 100, 300) if np.log1p(tick) <= most]
        cells[0, 0].set_yticks(np.log1p(ticks))
        cells[0, 0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{np.expm1(value):.0f}"))
        cells[0, 0].yaxis.set_minor_locator(NullLocator())
        figure.supxlabel("week after the event", fontsize=8)
        figure.supylabel("intrusions a week (log(1 + n) scale)", fontsize=8)
    return figure


def _panel(axes: Axes, lines: NDArray[Any], mean: pd.DataFrame, colour: str) -> None:
    week = mean["week"].to_numpy()
    axes.plot(week, np.log1p(lines).T, color="0.6", lw=0.4, alpha=0.5)
    low, high = (np.log1p(mean[name].fillna(mean["mean"]).to_numpy()) for name in ("low", "high"))
    axes.fill_between(week, low, high, color=colour, alpha=0.35, linewidth=0)
    axes.plot(week, np.log1p(mean["mean"].to_numpy()), color=colour, lw=1.8)
    axes.tick_params(labelbottom=True)
