"""The forest of associations: each cause's slope with its interval, an outcome a panel."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.style import COLOURS, STYLE

_MOST = 24  # causes shown
_FOUND = 0.05  # false discovery rate from which a marker is filled


def shown(found: pd.DataFrame) -> list[str]:
    """The causes that a forest of `associations` shows: largest slope on any outcome first."""
    known = found.dropna(subset=["slope"])
    size = known.assign(size=known["slope"].abs()).groupby("predictor", observed=True)["size"].max()
    return [str(name) for name in size.sort_values(ascending=False, kind="stable").head(_MOST).index]


def draw(found: pd.DataFrame, blocks: pd.Series, labels: dict[str, str]) -> Figure:
    """Slopes with 95% intervals of the causes in `shown`, a colour a block; filled: discovery rate under 5%.

    `found` as from `analysis.variation.associations.associations`, `blocks` the block of each predictor, `labels` how
    an outcome is called; outcomes without any slope have no panel.
    """
    names = shown(found)[::-1]
    panels = [o for o in labels if found.loc[found["outcome"] == o, "slope"].notna().any()]
    kinds = list(dict.fromkeys(blocks[name] for name in names[::-1]))
    colours = dict(zip(kinds, COLOURS, strict=False))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 1.2 + 0.18 * len(names)), layout="constrained")
        for axes, outcome in zip(figure.subplots(1, len(panels), squeeze=False, sharey=True)[0], panels, strict=True):
            rows = found[found["outcome"] == outcome].set_index("predictor").reindex(names)
            axes.axvline(0.0, color="0.6", lw=0.8)
            for y, name in enumerate(names):
                row, colour = rows.loc[name], colours[blocks[name]]
                if np.isnan(row["slope"]):
                    continue
                axes.plot([row["low"], row["high"]], [y, y], color=colour, lw=1.1, solid_capstyle="butt")
                face = colour if row["p_bh"] < _FOUND else "white"
                axes.plot(row["slope"], y, "o", ms=3.6, mec=colour, mfc=face, mew=0.9)
            axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
            axes.set_ylim(-0.7, len(names) - 0.3)
            axes.tick_params(axis="y", length=0)
            axes.set_title(f"{labels[outcome]}\nn = {int(rows['n'].max()):,}", fontsize=8)
            axes.set_xlabel("slope (SD per SD)")
            axes.locator_params(axis="x", nbins=4)
        handles = [Line2D([], [], color=colours[k], marker="o", ms=3.6, lw=1.1, label=k) for k in kinds]
        handles.append(
            Line2D([], [], color="0.3", marker="o", ms=3.6, mfc="white", lw=0, label="false discovery rate 5% or more")
        )
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4))
    return figure
