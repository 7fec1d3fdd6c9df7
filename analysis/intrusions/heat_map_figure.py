"""The heat map: a row a person, a column a day, the colour how many intrusions."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.style import COLOURS, STYLE

MOST_PERSONS = 300  # rows that print can tell apart; of more persons so many at even distances in their order
STEPS = ("0", "1", "2", "3 to 4", "5 and more")
_EDGES = (-0.5, 0.5, 1.5, 2.5, 4.5, np.inf)


def grid(daily: pd.DataFrame, found: pd.DataFrame, days: int, most: int = MOST_PERSONS) -> NDArray[np.int64]:
    """Intrusions of `most` persons, (persons shown, days since the day of exposure), most intrusions first.

    `found` as from `totals.totals`, `daily` and `days` as given to it. Persons stand in the order of their totals, and
    where these are equal of their last day with an intrusion, then of their id; of more than `most`, so many at even
    distances in that order are shown. Days are those that everybody is followed for.
    """
    if found.empty:
        return np.zeros((0, 0), dtype=np.int64)
    last = daily.groupby("person")["day"].max().reindex(found.index, fill_value=-1)
    order = found.assign(last=last).sort_values(["intrusions", "last"], ascending=False, kind="stable").index
    if len(order) > most:
        order = order[np.linspace(0, len(order) - 1, most).round().astype(np.int64)]
    shape = (len(order), days - int(found["start"].max()))
    mine = daily[daily["person"].isin(order)]
    row = pd.Series(np.arange(len(order)), index=order).loc[mine["person"]].to_numpy()
    day = mine["day"].to_numpy() - found["start"].loc[mine["person"]].to_numpy()
    inside = (day >= 0) & (day < shape[1])
    cells = np.zeros(shape, dtype=np.int64)
    np.add.at(cells, (row[inside], day[inside]), mine["intrusions"].to_numpy()[inside])
    return cells


def draw(cells: NDArray[np.int64], persons: int, daily_mean: NDArray[np.float64]) -> Figure:
    """The map of a `grid` that stands for so many `persons`, under the mean of all of them by day (days,)."""
    shown, days = cells.shape
    colours = ["#FFFFFF", *sns.color_palette("rocket_r", 6)[1:5]]
    code = np.digitize(cells, _EDGES[1:-1])
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 5.4), layout="constrained")
        top, main = figure.subplots(2, 1, sharex=True, height_ratios=(1.0, 4.2))
        top.plot(np.arange(days) + 0.5, daily_mean, color=COLOURS[1], linewidth=0.9)
        top.set_ylim(0.0, None)
        top.set_ylabel("mean of all\n(a day)")
        top.set_title(f"{persons:,} persons" + (f", of whom {shown} are shown below" if shown < persons else ""))
        main.pcolormesh(
            np.arange(days + 1), np.linspace(0.0, persons, shown + 1), code, cmap=ListedColormap(colours), vmin=-0.5,
            vmax=len(colours) - 0.5, rasterized=True,
        )  # fmt: skip
        main.set_ylim(persons, 0.0)
        main.set_xlim(0, days)
        main.set_ylabel("person, most intrusions first")
        main.set_xlabel("days since the event")
        main.spines[["top", "right"]].set_visible(True)
        norm = BoundaryNorm(np.arange(len(colours) + 1) - 0.5, len(colours))
        bar = figure.colorbar(
            ScalarMappable(norm, ListedColormap(colours)), ax=[top, main], ticks=np.arange(len(colours)), shrink=0.5,
            drawedges=True,
        )  # fmt: skip
        bar.ax.set_yticklabels(STEPS)
        bar.ax.tick_params(length=0)
        bar.set_label("intrusions on the day")
    return figure
