"""Rate ratios of several models side by side, and the rate by the days since the last intrusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from analysis.style import COLOURS, STYLE

_MARKERS = "osD^v"
_TICKS = np.array([m * 10.0**k for k in range(-6, 7) for m in (1.0, 2.0, 5.0)])


def forest(models: Mapping[str, pd.DataFrame], label: str) -> Figure:
    """Ratios with intervals, a line a term and a mark a model: frames of term, ratio, low, high by the model's name.

    Terms stand in the order in which the models name them; `label` is the axis's.
    """
    terms = list(dict.fromkeys(term for table in models.values() for term in table["term"]))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 1.0 + 0.2 * len(models) + 0.42 * len(terms)), layout="constrained")
        axes = figure.subplots()
        offsets = (np.arange(len(models)) - (len(models) - 1) / 2.0) * 0.7 / max(len(models), 2)
        for k, ((name, table), offset) in enumerate(zip(models.items(), offsets, strict=True)):
            place = np.array([terms.index(term) for term in table["term"]]) + offset
            axes.hlines(place, table["low"], table["high"], color=COLOURS[k], linewidth=1.2)
            axes.plot(table["ratio"], place, _MARKERS[k], color=COLOURS[k], markersize=4, label=name)
        axes.axvline(1.0, color="#888888", linewidth=0.8, zorder=0)
        axes.set_yticks(np.arange(len(terms)), terms)
        axes.set_ylim(len(terms) - 0.5, -0.5)
        _logarithmic(axes, "x")
        axes.set_xlabel(label)
        figure.legend(loc="outside lower center", ncols=min(len(models), 2))
    return figure


def by_days_since(marginal: pd.DataFrame, within: pd.DataFrame | None, labels: Sequence[str], reference: str) -> Figure:
    """Rate ratios by the days since the last intrusion: over all persons alike, and for one and the same person.

    Frames of term, ratio, low, high; `labels` is the order of the terms, of which `reference` has the ratio 1 and the
    last, where there is no intrusion yet, stands apart.
    """
    known = {"over all persons alike": marginal}
    if within is not None:
        known["for one and the same person"] = within
    shown = [label for label in labels if label == reference or label in set(marginal["term"])]
    joined = [label for label in shown if label != labels[-1]]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(5.2, 3.0), layout="constrained")
        axes = figure.subplots()
        for k, (name, table) in enumerate(known.items()):
            rows = table.set_index("term")[["low", "ratio", "high"]].reindex(shown)
            rows.loc[reference] = 1.0
            place = pd.Series(np.arange(len(shown)) + (k - 0.5 * (len(known) - 1)) * 0.12, index=shown)
            axes.vlines(place, rows["low"], rows["high"], color=COLOURS[1 + k], linewidth=1.2)
            axes.plot(place[joined], rows.loc[joined, "ratio"], "-", color=COLOURS[1 + k], linewidth=0.8)
            axes.plot(place, rows["ratio"], _MARKERS[k], color=COLOURS[1 + k], markersize=4, label=name)
        axes.axhline(1.0, color="#888888", linewidth=0.8, zorder=0)
        axes.set_xticks(np.arange(len(shown)), shown, rotation=20, ha="right", rotation_mode="anchor")
        _logarithmic(axes, "y")
        axes.set_ylabel(f"rate of intrusions, relative\nto {reference} after the last")
        axes.set_xlabel("since the last day with an intrusion")
        axes.legend()
    return figure


def _logarithmic(axes: Axes, side: str) -> None:
    axis = axes.xaxis if side == "x" else axes.yaxis
    (axes.set_xscale if side == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if side == "x" else axes.get_ylim()
    inside = _TICKS[(low <= _TICKS) & (high >= _TICKS)]
    if len(inside) > 8:
        inside = inside[np.isclose(np.log10(inside) % 1.0, 0.0)]
    if len(inside) < 2:
        inside = np.round(np.geomspace(low, high, 5)[1:-1], 2)
    axis.set_major_locator(FixedLocator(list(inside)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
