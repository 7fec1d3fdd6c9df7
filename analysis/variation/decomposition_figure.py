"""The figure of a decomposition: each block's share of the differences between people, an outcome a colour."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.style import COLOURS, STYLE
from analysis.variation.decomposition import TOTAL

_MARKERS = ("o", "s", "D", "^")
_APART = 0.22


def draw(found: Mapping[str, pd.DataFrame]) -> Figure:
    """Shares with 95% intervals; `found` are frames of `decomposition` by how their outcome is called."""
    blocks = list(dict.fromkeys(b for frame in found.values() for b in frame["block"] if b != TOTAL))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 1.4 + 0.36 * len(blocks)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0.0, color="0.6", lw=0.8)
        for k, (name, frame) in enumerate(found.items()):
            rows = frame[frame["block"].isin(blocks)]
            y = [len(blocks) - 1 - blocks.index(b) + _APART * ((len(found) - 1) / 2 - k) for b in rows["block"]]
            bars = [rows["share"] - rows["low"], rows["high"] - rows["share"]]
            axes.errorbar(
                rows["share"], y, xerr=bars, fmt=_MARKERS[k % len(_MARKERS)], ms=4, lw=1.1, color=COLOURS[k],
                label=f"{name} (n = {int(rows['n'].iloc[0]):,})",
            )  # fmt: skip
        axes.set_yticks(range(len(blocks)), blocks[::-1])
        axes.set_ylim(-0.6, len(blocks) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("share of the variance between persons")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        figure.legend(loc="outside lower center", ncols=1)
    return figure
