"""The figure of a dose-finding trial: mean exact effect by dose and time, with its interval, an outcome a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from analysis.trials.outcome import Outcome

# Okabe & Ito 2008, as in the figure of individual effects: harm is orange, help blue, told apart by the colour-blind;
# every cell says its number besides.
_COLOURS = LinearSegmentedColormap.from_list("harm to help", ["#D55E00", "#F7F7F7", "#0072B2"])
_STYLE: Any = {"font.size": 8, "axes.titlesize": 8.5, "axes.titlelocation": "left"}
_DAY, _HOUR = 1440, 60


def draw(found: pd.DataFrame, outcomes: Sequence[Outcome], drug: str, since: str, title: str = "") -> Figure:
    """A panel an outcome: a cell for each dose and time, coloured by how much it helps, with the mean and interval.

    `found` as from `analysis.design.surface.surface`; `drug` is what is given, `since` the event that times count from
    (empty: the moment at which it is described to begin).
    """
    shown = [outcome for outcome in outcomes if outcome.name in set(found["outcome"])]
    times, doses = sorted(found["minutes"].unique()), sorted(found["mg"].unique())
    size = (2.4 + 1.05 * len(times), 0.9 + len(shown) * (0.9 + 0.48 * len(doses)))
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        for axes, outcome in zip(figure.subplots(len(shown), 1, squeeze=False)[:, 0], shown, strict=True):
            _panel(figure, axes, found[found["outcome"] == outcome.name], outcome, times, doses)
            axes.set_ylabel(f"{drug} (mg)")
        figure.supxlabel(f"{drug} before (−) or after (+) {since}" if since else f"delay of {drug}", fontsize=8)
        if title:
            figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _panel(
    figure: Figure, axes: Axes, rows: pd.DataFrame, outcome: Outcome, times: list[float], doses: list[float]
) -> None:
    cells = rows.pivot(index="mg", columns="minutes", values="effect").reindex(index=doses, columns=times).to_numpy()
    largest = float(np.nanmax(np.abs(cells))) if np.isfinite(cells).any() else 0.0
    largest = largest or 1.0
    colours = _COLOURS if outcome.sign > 0 else _COLOURS.reversed()
    image = axes.imshow(cells, cmap=colours, vmin=-largest, vmax=largest, aspect="auto", origin="lower")
    numbers = rows[["mg", "minutes", "n", "effect", "low", "high"]].to_numpy(np.float64)
    for mg, minutes, n, effect, low, high in numbers:
        text = "no data" if n == 0 else f"{effect:.3g}" if n < 2 else f"{effect:.3g}\n({low:.3g} to {high:.3g})"
        colour = "white" if abs(effect) > 0.7 * largest else "black"
        place = (times.index(minutes), doses.index(mg))
        axes.text(*place, text, ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(len(times)), [lag(minutes) for minutes in times])
    axes.set_yticks(range(len(doses)), [f"{mg:g}" for mg in doses])
    unit = "share of cases" if outcome.cutoff is not None else outcome.unit
    bar = figure.colorbar(image, ax=axes, pad=0.01)
    bar.set_label("mean effect" + (f"\n({unit})" if unit not in ("", "1") else ""))
    better = "lower is better" if outcome.sign < 0 else "higher is better"
    persons = f"{rows['n'].min():,}" if rows["n"].nunique() == 1 else f"{rows['n'].min():,} to {rows['n'].max():,}"
    what = outcome.name if outcome.cutoff is None else f"{outcome.name} (at or above {outcome.cutoff:g})"
    axes.set_title(f"{what}: against none of it, {better}; mean and 95% interval over n = {persons} persons")


def lag(minutes: float) -> str:
    """A time before (−) or after (+) something, in the largest unit in which it is short."""
    size, sign = abs(minutes), "−" if minutes < 0 else "+" if minutes > 0 else ""
    if size >= 2 * _DAY and size % _DAY == 0:
        return f"{sign}{size / _DAY:g} d"
    if size % 30 or (size < 2 * _HOUR and size % _HOUR):
        return f"{sign}{size:g} min"
    return f"{sign}{size / _HOUR:g} h"
