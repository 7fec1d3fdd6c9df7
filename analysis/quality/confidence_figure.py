"""The figure of confidence and accuracy: how much surer than right, and what confidence is worth, by arousal."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE


def draw(bands: pd.DataFrame) -> Figure:
    """Two panels by arousal at encoding, of `dissociation.confidence`; bars are 95% intervals, clustered by person."""
    labels = [f"{row['arousal']}\nn = {row['memories']:,}" for row in bands.to_dict("records")]
    place = list(range(len(bands)))
    sides = [
        ("over", "confidence − accuracy", "surer than right by"),
        ("slope", "accuracy / unit of confidence", "what confidence is worth"),
    ]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 2.5), layout="constrained")
        for axes, (side, unit, title), colour in zip(figure.subplots(1, 2), sides, COLOURS[1:3], strict=True):
            value = bands[side]
            arms = [value - bands[f"{side}_low"], bands[f"{side}_high"] - value]
            axes.errorbar(place, value, yerr=arms, fmt="o", ms=4.5, capsize=3, color=colour, lw=1.2)
            axes.axhline(0.0, color="0.5", lw=0.6)
            axes.set_xticks(place, labels)
            axes.set_xlim(-0.5, len(bands) - 0.5)
            axes.margins(y=0.15)
            axes.set_ylabel(unit)
            axes.set_title(title)
        figure.supxlabel("arousal at encoding (0 to 1); n = memories that intruded", fontsize=8)
    return figure
