"""The figure of a front: what was tried, what the search took for best, and what fresh seeds say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.style import COLOURS, STYLE

_APART = (0.08, 0.05)  # of the axes' width and height: room for a number


def draw(
    tried: pd.DataFrame, designs: pd.DataFrame, objectives: Sequence[str], labels: Mapping[str, str], title: str = ""
) -> Figure:
    """A panel for each further objective against the first.

    `tried` has a column an objective and failed; `designs` has number, of each objective its fresh mean, _low, _high
    and _search, and front and chosen. `labels` say each objective with its unit. Where there is room, the designs that
    are on the front bear their numbers.
    """
    others = objectives[1:] or objectives
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5 if len(others) > 1 else 4.8, 3.4), layout="constrained")
        for axes, other in zip(np.atleast_1d(figure.subplots(1, len(others), sharey=True)), others, strict=True):
            _panel(axes, tried[~tried["failed"]], designs, other, objectives[0])
            axes.set_xlabel(labels[other])
        figure.axes[0].set_ylabel(labels[objectives[0]])
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        if title:
            wrapped = "\n".join(wrap(title, int(13 * figure.get_figwidth())))
            figure.suptitle(wrapped, fontsize=9, x=0.01, ha="left")
    return figure


def _panel(axes: Axes, tried: pd.DataFrame, designs: pd.DataFrame, x: str, y: str) -> None:
    axes.plot(tried[x], tried[y], ".", ms=3, color="0.75", label=f"tried (n = {len(tried):,})")
    axes.plot(
        designs[f"{x}_search"], designs[f"{y}_search"], "o", ms=4, mfc="none", color="0.4", label="as the search saw it"
    )
    for kept, shape in ((True, {"color": COLOURS[1], "marker": "o"}), (False, {"color": COLOURS[5], "marker": "v"})):
        rows = designs[designs["front"] == kept]
        if rows.empty:
            continue
        errors = [np.abs(rows[[f"{name}_low", f"{name}_high"]].to_numpy().T - rows[name].to_numpy()) for name in (x, y)]
        label = "under fresh seeds (95%), none better" if kept else "under fresh seeds (95%), not on the front"
        style: Any = {"fmt": shape["marker"], "ms": 4, "lw": 0.8, "color": shape["color"]}
        axes.errorbar(rows[x], rows[y], xerr=errors[0], yerr=errors[1], label=label, **style)
    chosen = designs[designs["chosen"]]
    axes.plot(chosen[x], chosen[y], "*", ms=11, mfc="none", color=COLOURS[2], label="least regret over worlds")
    _number(axes, designs[designs["front"]], x, y)


def _number(axes: Axes, rows: pd.DataFrame, x: str, y: str) -> None:
    """The number of each design beside it, where no other number is."""
    taken: list[NDArray[np.float64]] = []
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    for row in rows.to_dict(orient="records"):
        place = (np.array([row[x], row[y]]) - low) / (high - low)
        if all((np.abs(place - other) > _APART).any() for other in taken):
            taken.append(place)
            axes.annotate(f"{row['number']}", (row[x], row[y]), (4, 4), textcoords="offset points", fontsize=6.5)
