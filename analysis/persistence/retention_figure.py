"""The figure of retention: the mean over time and the laws fitted to it, on plain and logarithmic axes, and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from analysis.persistence.forgetting import Fit
from analysis.style import COLOURS, STYLE

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))  # told apart without colour, too


def draw(curve: pd.DataFrame, fits: Sequence[Fit], tests: pd.DataFrame, groups: Mapping[str, pd.DataFrame]) -> Figure:
    """Above: everybody, plain and log-log, with `fits` (none: left out); below: a panel a grouping.

    `curve` and the values of `groups` as from `retention.retention`; `tests` as from `retention.share_recalled`, drawn
    in the first panel if there are any.
    """
    wide = 6 // max(len(groups), 1)
    below = ["".join(str(k) * wide for k in range(len(groups)))] if groups else []
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 3.0 + 2.7 * len(below)), layout="constrained")
        cells = figure.subplot_mosaic("\n".join(["AAABBB", *below]))
        plain, log = cells["A"], cells["B"]
        _everybody(plain, curve, fits)
        _everybody(log, curve, fits)
        low, high = int(curve["n"].min()), int(curve["n"].max())
        n = f"n = {high:,}" if low == high else f"n = {low:,} to {high:,}"
        plain.set_title(f"Everybody, {n}")
        plain.set_ylim(0.0, None)
        plain.set_ylabel("probability of recall")
        log.set(xscale="log", yscale="log")
        log.set_title("The same, logarithmic axes:\na power law is a straight line")
        shown = curve[["q25", "mean"]].to_numpy()
        log.set_ylim(0.7 * shown[shown > 0.0].min(), None)
        _plain_numbers(log)
        if len(tests):
            bars = np.abs(tests[["low", "high"]].to_numpy().T - tests["share"].to_numpy())
            name = f"recalled when asked ({tests['n'].max():,} asked at most)"
            plain.errorbar(tests["day"], tests["share"], bars, fmt="D", ms=3.5, color=COLOURS[5], capsize=2, label=name)
        handles, labels = plain.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3)
        for k, (name, table) in enumerate(groups.items()):
            _grouped(cells[str(k)], name, table)
            cells[str(k)].set_ylim(0.0, 1.05 * max(part[["mean", "high"]].max().max() for part in groups.values()))
        if groups:
            cells["0"].set_ylabel("probability of recall")
    return figure


def _everybody(axes: Axes, curve: pd.DataFrame, fits: Sequence[Fit]) -> None:
    day = curve["day"].to_numpy()
    axes.fill_between(day, curve["q25"], curve["q75"], color="0.9", linewidth=0, label="middle half of persons")
    axes.fill_between(day, curve["low"], curve["high"], color="0.65", linewidth=0, label="95% interval of the mean")
    axes.plot(day, curve["mean"], "o", ms=2.2, color="black", label="mean")
    fine = np.geomspace(day[0], day[-1], 300)
    for k, one in enumerate(fits):
        shown = one.law.at(fine, one.logs)
        axes.plot(fine, shown, color=COLOURS[1 + k], ls=_DASHES[k], lw=1.2, label=one.law.name)
    axes.set_xlabel("days since the exposure")


def _grouped(axes: Axes, name: str, table: pd.DataFrame) -> None:
    for k, (group, part) in enumerate(table.groupby("group", sort=False, observed=True)):
        colour = COLOURS[k]
        axes.fill_between(part["day"], part["low"], part["high"], color=colour, alpha=0.2, linewidth=0)
        label = f"{group} (n = {part['n'].max():,})"
        sns.lineplot(x=part["day"], y=part["mean"], ax=axes, color=colour, linestyle=_DASHES[k], lw=1.2, label=label)
    axes.set(title=f"By {name}, 95% intervals", xlabel="days since the exposure", ylabel="")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.27), handlelength=1.8)


def _plain_numbers(axes: Axes) -> None:
    """Ticks of logarithmic axes written as numbers, only where few enough to be read."""
    for axis, span in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        decades = np.log10(span[1] / span[0])
        if decades < 1.0:
            axis.set_major_locator(MaxNLocator(5))
        else:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.5 else (1.0,)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
