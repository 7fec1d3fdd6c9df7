"""The figure of traits by course: how a trait is distributed among those who took each course."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE

_FEWEST = 10  # persons of a violin; fewer are shown as points
_ACROSS = 3
SHOWN = 6  # traits


def draw(values: pd.DataFrame, course: pd.Series, traits: pd.DataFrame) -> Figure:
    """A panel a trait, a violin a course, quartiles inside; courses of fewer than 10 persons as points.

    `values` in standard deviations (`traits.standardized`), indexed like the categorical `course`; `traits` rows of
    `traits.by_course` in the order to be shown.
    """
    sizes = course.value_counts(sort=False)
    order = [str(name) for name, size in sizes.items() if size > 0]
    colours = dict(zip(map(str, sizes.index), COLOURS[1:], strict=False))
    rows = -(-len(traits) // _ACROSS)
    across = min(len(traits), _ACROSS)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 0.7 + 2.0 * rows), layout="constrained")
        cells = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True)
        for axes in cells.flat[len(traits) :]:
            axes.set_axis_off()
        for axes, (_, row) in zip(cells.flat, traits.iterrows(), strict=False):
            frame = pd.DataFrame({"value": values[row["trait"]], "course": course.astype(str)}).dropna()
            many = [name for name in order if sizes[name] >= _FEWEST]
            sns.violinplot(
                frame[frame["course"].isin(many)], x="value", y="course", order=order, hue="course", hue_order=order,
                palette=colours, inner="quart", linewidth=0.7, saturation=1.0, alpha=0.7, cut=0, density_norm="width",
                legend=False, ax=axes,
            )  # fmt: skip
            _points(frame, [name for name in order if name not in many], order, axes)
            axes.axvline(0.0, color="0.5", lw=0.6, zorder=0)
            size, low, high = (float(row[name]) for name in ("omega_squared", "low", "high"))
            axes.set_title(f"{row['trait'].replace('_', ' ')}\nω² = {size:.3f} [{low:.3f}, {high:.3f}]")
            axes.set(xlabel="", ylabel="")
            axes.tick_params(labelbottom=True)
        for axes in cells[:, 0]:
            axes.set_yticks(range(len(order)), [f"{name}\nn = {sizes[name]:,}" for name in order])
        figure.supxlabel("standard deviations from the mean of the exposed", fontsize=8)
    return figure


def _points(frame: pd.DataFrame, few: Sequence[str], order: Sequence[str], axes: Axes) -> None:
    for name in few:
        mine = frame.loc[frame["course"] == name, "value"]
        axes.plot(mine, np.full(len(mine), order.index(name)), "o", ms=2.5, color="0.3", alpha=0.8)
