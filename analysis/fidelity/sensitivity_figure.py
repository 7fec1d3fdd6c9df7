"""The figure of a sensitivity analysis: the leaders' shares of the variance beside the screening, an outcome a row."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_FIRST, _TOTAL, _FLOOR = "#0072B2", "#E69F00", "#D55E00"  # Okabe & Ito 2008
_SHOWN = 12  # parameters of the screening in a panel
_STYLE: Any = {"font.size": 7.5, "axes.titlesize": 8, "axes.titlelocation": "left"}


def draw(screened: pd.DataFrame, shares: pd.DataFrame) -> Figure:
    """Left: mean absolute effects of the screening, the largest first; right: first and total indices of the leaders.

    Frames with ``outcome``, ``parameter`` and ``mu_star``, ``mu_star_conf``, ``floor``, or ``S1``, ``S1_conf``, ``ST``,
    ``ST_conf``, ``floor``. Bars carry 95% intervals; a line marks the floor of noise.
    """
    names = list(dict.fromkeys(screened["outcome"]))
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(9.0, 0.5 + 2.2 * len(names)), layout="constrained")
        for (left, right), name in zip(figure.subplots(len(names), 2, squeeze=False), names, strict=True):
            _screening(left, screened[screened["outcome"] == name], name)
            _indices(right, shares[shares["outcome"] == name], name)
    return figure


def _screening(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    rows = rows.sort_values("mu_star", ascending=False).head(_SHOWN)[::-1]
    y = np.arange(len(rows))
    axes.barh(y, rows["mu_star"], xerr=rows["mu_star_conf"], color=_FIRST, error_kw={"linewidth": 0.8})
    axes.set_yticks(y, list(rows["parameter"]))
    axes.axvline(float(rows["floor"].iloc[0]), color=_FLOOR, linewidth=1.0, linestyle="--")
    axes.set_title(f"{name}: mean absolute effect of the whole range (dashed: noise)")


def _indices(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    rows = rows.sort_values("ST", ascending=False)[::-1]
    y = np.arange(len(rows))
    for shift, index, colour, label in ((0.2, "S1", _FIRST, "first order"), (-0.2, "ST", _TOTAL, "total")):
        error = {"linewidth": 0.8}
        axes.barh(y + shift, rows[index], 0.4, xerr=rows[f"{index}_conf"], color=colour, label=label, error_kw=error)
    axes.set_yticks(y, list(rows["parameter"]))
    if len(rows) and np.isfinite(rows["floor"].iloc[0]):
        axes.axvline(float(rows["floor"].iloc[0]), color=_FLOOR, linewidth=1.0, linestyle="--")
    axes.set_title(f"{name}: share of the variance (dashed: made by chance)")
    axes.legend(frameon=False, loc="lower right")
