"""The figure of one published finding: each part's band and value, beside what the model and the baseline show."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Z95 = 1.959963984540054
# Okabe & Ito 2008; shapes tell them apart without colour.
_MODEL, _PUBLISHED, _BASELINE, _BAND = "#0072B2", "black", "#D55E00", "#DDDDDD"
_STYLE: Any = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "axes.spines.left": False, "legend.frameon": False, "legend.fontsize": 7.5,
}  # fmt: skip


def draw(parts: pd.DataFrame) -> Figure:
    """A panel a part of one finding.

    `parts` has part, statistic, published, simulated, se, low, high, verdict, persons and baseline, as
    ``cohort validate --json`` gives them; NaN or None is what cannot be told.
    """
    rows = parts.to_dict(orient="records")
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 0.75 + 0.72 * len(rows)), layout="constrained")
        for axes, row in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows, strict=True):
            _part(axes, {str(k): np.nan if v is None else v for k, v in row.items()})
        handles: dict[str, Any] = {}
        for axes in figure.axes:
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4)
    return figure


def _part(axes: Axes, row: dict[str, Any]) -> None:
    half = Z95 * row["se"]
    known = [row[key] for key in ("published", "low", "high", "simulated", "baseline")]
    known += [row["simulated"] - half, row["simulated"] + half]
    finite = [x for x in known if np.isfinite(x)]
    least, most = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = 0.08 * (most - least or 1.0)
    edges = least - room, most + room
    low = row["low"] if np.isfinite(row["low"]) else edges[0]
    high = row["high"] if np.isfinite(row["high"]) else edges[1]
    axes.axvspan(low, high, color=_BAND, lw=0, label="what counts as reproduced")
    if np.isfinite(row["published"]):
        axes.plot(row["published"], 0.0, "D", ms=5, color=_PUBLISHED, mfc="white", label="published")
    if np.isfinite(row["simulated"]):
        bar = half if np.isfinite(half) else 0.0
        axes.errorbar(
            row["simulated"], 0.0, xerr=bar, fmt="o", ms=4, color=_MODEL, capsize=3, label="simulated, 95% interval"
        )
    if np.isfinite(row["baseline"]):
        axes.plot(row["baseline"], 0.0, "x", ms=5, color=_BASELINE, label="baseline")
    axes.set_xlim(*edges)
    axes.set_ylim(-1.0, 1.0)
    axes.set_yticks([])
    axes.set_title(f"{row['part']}: {row['statistic']}; n = {row['persons']:,}; {row['verdict']}")
