"""The hanging rootogram: where a fitted distribution has too many or too few persons."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE


def draw(models: Mapping[str, pd.DataFrame]) -> Figure:
    """A panel a model, by its name: bins as from `dispersion.rootogram`."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 0.7 + 2.0 * len(models)), layout="constrained")
        panels = figure.subplots(len(models), 1, squeeze=False, sharex=True)[:, 0]
        for axes, (name, bins) in zip(panels, models.items(), strict=True):
            _panel(axes, bins)
            axes.set_title(name)
        panels[-1].set_xlabel("intrusions of a person")
        figure.supylabel("square root of the number of persons", fontsize=8)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _panel(axes: Axes, bins: pd.DataFrame) -> None:
    place = np.arange(len(bins))
    height = np.sqrt(bins["observed"])
    axes.axhspan(-1.0, 1.0, color="#E6E6E6", linewidth=0, label="within 1 of 0: what chance does to a good model")
    axes.bar(place, height, bottom=bins["bottom"], width=0.8, color=COLOURS[6], edgecolor="white", linewidth=0.4,
             label="observed")  # fmt: skip
    axes.plot(place, np.sqrt(bins["expected"].clip(lower=0.0)), color=COLOURS[2], marker="o", markersize=2.5,
              linewidth=1.0, label="expected")  # fmt: skip
    axes.margins(y=0.05)
    axes.use_sticky_edges = False
    axes.axhline(0.0, color=COLOURS[0], linewidth=0.7)
    names = [f"{low}" if low == high else f"{low}–{high}" for low, high in zip(bins["low"], bins["high"], strict=True)]
    axes.set_xticks(place, names, rotation=60, ha="right", rotation_mode="anchor", fontsize=6.5)
    axes.set_xlim(-0.7, len(bins) - 0.3)
