"""The response surface of a sweep: the mean of an outcome over two of its inputs, and its figure."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.style import STYLE

CELLS = 5  # of a range; an input with no more values than these has a cell for each


def response(inputs: pd.DataFrame, values: pd.Series, first: str, second: str) -> pd.DataFrame:
    """Means of `values` (n,) in cells of two inputs, each cut into up to `CELLS` parts with as many rows each.

    Returns the two inputs (middle of the cell: the median of its rows; or the text), n, mean and se (standard error
    over the rows of a cell, which holds what the other inputs do; NaN for fewer than two). Cells without a row are
    left out.
    """
    cells = pd.DataFrame({name: _cells(inputs[name]) for name in (first, second)})
    cells["value"] = values.to_numpy(np.float64)
    grouped = cells.dropna().groupby([first, second], observed=True, sort=True)["value"]
    found = grouped.agg(n="size", mean="mean", se="sem")
    return found.reset_index()


def draw(found: pd.DataFrame, what: str, better: str) -> Figure:
    """A cell for each pair, coloured by the mean, which is written in it with the number of points.

    `found` as from `response`; `what` the outcome and its unit, `better` "lower" or "higher": good is blue, bad orange.
    """
    from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

    first, second = found.columns[:2]
    wide = found.pivot(index=second, columns=first, values="mean").sort_index()
    counts = found.pivot(index=second, columns=first, values="n").sort_index()
    ends = ["#0072B2", "#F7F7F7", "#D55E00"]
    colours = LinearSegmentedColormap.from_list("help to harm", ends if better == "lower" else ends[::-1])
    largest = float(np.nanmax(np.abs(wide.to_numpy()))) or 1.0
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.6 + 0.9 * len(wide.columns), 1.2 + 0.5 * len(wide)), layout="constrained")
        axes = figure.subplots()
        norm = TwoSlopeNorm(0.0, -largest, largest)
        image = axes.imshow(wide.to_numpy(), cmap=colours, norm=norm, origin="lower", aspect="auto")
        for (row, column), value in np.ndenumerate(wide.to_numpy()):
            if np.isfinite(value):
                dark = abs(value) > 0.6 * largest
                text = f"{value:.2g}\nn = {int(counts.to_numpy()[row, column])}"
                axes.text(column, row, text, ha="center", va="center", fontsize=7, color="white" if dark else "black")
        axes.set_xticks(range(len(wide.columns)), [_shown(value) for value in wide.columns])
        axes.set_yticks(range(len(wide)), [_shown(value) for value in wide.index])
        axes.set(xlabel=str(first), ylabel=str(second))
        bar = figure.colorbar(image, ax=axes)
        bar.set_label(what)
        axes.set_title("Mean over the points of a cell (n points)")
    return figure


def _cells(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= CELLS:
        return values
    parts = pd.qcut(values, CELLS, labels=False, duplicates="drop")
    return values.groupby(parts).transform("median")


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
