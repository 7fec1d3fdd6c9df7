"""The figure of forgetting: Kaplan-Meier curves with intervals, and how many are still at risk."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from analysis.style import COLOURS, STYLE

_DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)))
_TICKS = 5
_BELOW, _LINE = 50.0, 9.0  # points below the axes at which numbers at risk begin, and from one row to the next


def draw(curves: Mapping[str, Mapping[str, pd.DataFrame]], until: float, threshold: float) -> Figure:
    """A panel a grouping, two in a row; below each the number at risk.

    `curves` holds, by title of the panel and name of the group, what `survival.kaplan_meier` gives; `until` is the
    last day shown, `threshold` the probability of recall below which a memory counts as forgotten.
    """
    columns = min(2, len(curves))
    rows = -(-len(curves) // columns)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.25 * columns, 3.3 * rows), layout="constrained")
        cells = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, (title, groups) in zip(cells, curves.items(), strict=False):
            _panel(axes, title, groups, until)
            _at_risk(axes, groups, until)
        for axes in cells[::columns]:
            axes.set_ylabel(f"share never yet below {threshold:g}")
        for axes in cells[len(curves) :]:
            axes.set_axis_off()
    return figure


def _panel(axes: Axes, title: str, groups: Mapping[str, pd.DataFrame], until: float) -> None:
    for k, (name, curve) in enumerate(groups.items()):
        inside = curve[curve["day"] <= until]
        day = np.append(inside["day"].to_numpy(), until)
        survival, low, high = (
            np.append(inside[column].to_numpy(), inside[column].iloc[-1]) for column in ("survival", "low", "high")
        )
        n = int(curve["at_risk"].iloc[0])
        axes.step(day, survival, where="post", color=COLOURS[k], ls=_DASHES[k], lw=1.2, label=f"{name} (n = {n:,})")
        axes.fill_between(day, low, high, step="post", color=COLOURS[k], alpha=0.2, linewidth=0)
    axes.set(xlim=(0.0, until), ylim=(0.0, 1.02), title=title)
    axes.set_xlabel("days since the exposure\npersons at risk:")
    down = ScaledTranslation(0.0, -(_BELOW + _LINE * len(groups)) / 72.0, axes.figure.dpi_scale_trans)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=axes.transAxes + down, handlelength=2.2,
        borderaxespad=0.0,
    )  # fmt: skip


def _at_risk(axes: Axes, groups: Mapping[str, pd.DataFrame], until: float) -> None:
    ticks = _round_days(until)
    axes.set_xticks(ticks)
    for k, curve in enumerate(groups.values()):
        day, risk = curve["day"].to_numpy(), curve["at_risk"].to_numpy()
        for at in ticks:
            later = np.searchsorted(day, at)  # the first row at or after this day
            left = risk[later] if later < len(day) else 0
            axes.annotate(
                f"{left:,}", (at, 0.0), (0.0, -_BELOW - _LINE * k), xycoords=("data", "axes fraction"),
                textcoords="offset points", color=COLOURS[k], fontsize=7, ha="center", va="center",
                annotation_clip=False,
            )  # fmt: skip


def _round_days(until: float) -> list[float]:
    """At most `_TICKS` round days from 0 on."""
    for step in (1, 2, 5, 7, 14, 30, 60, 90, 120, 180, 365, 730, 1825, 3650):
        if until / step < _TICKS:
            return [float(day) for day in range(0, int(until) + 1, step)]
    return [0.0, until]
