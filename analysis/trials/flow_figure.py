"""The diagram of who took part and who remained: boxes from enrolment to analysis, a column an arm."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any, cast

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import STYLE

MOST_ARMS = 5  # that fit beside each other
_WIDTH, _LINE, _GAP, _EDGE = 6.5, 0.155, 0.28, 0.05  # inches: the figure, a line, between boxes, around them
_CHARACTERS = 15.5  # of the type used, an inch
_INDENT = "\N{NO-BREAK SPACE}" * 2  # which a browser does not take away
_ANALYSED = "analysed: "
_ARROW: Any = {"arrowstyle": "-|>", "color": "0.3", "lw": 0.8, "shrinkA": 0, "shrinkB": 0}


def draw(counts: pd.DataFrame, arms: Sequence[str]) -> Figure | None:
    """`counts` as from `analysis.trials.consort.consort`; None with more than `MOST_ARMS` arms, or without any."""
    if not 0 < len(arms) <= MOST_ARMS:
        return None
    by = counts.set_index("stage")
    column = _WIDTH / len(arms)
    wide = int((column - 0.3) * _CHARACTERS)

    def said(stages: Sequence[str], arm: str, indent: str = "") -> str:
        lines = (f"{indent}{stage.removeprefix(_ANALYSED)}: {count(stage, arm)}" for stage in stages)
        return "\n".join(fill(line, wide, subsequent_indent=indent + _INDENT) for line in lines)

    def count(stage: str, arm: str) -> str:
        return f"{cast(int, by.loc[stage, arm]):,}"

    analysed = [stage for stage in by.index if stage.startswith(_ANALYSED)]
    head = f"enrolled: {count('enrolled', 'all')}"
    aside = f"excluded: {count('excluded', 'all')}"
    split = f"randomized: {count('randomized', 'all')}"
    below = [
        [f"{fill(arm, wide)}\nallotted: {count('randomized', arm)}\n{said(['attended', 'left'], arm)}" for arm in arms],
        [said(["lost"], arm) for arm in arms],
        ["analysed\n" + said(analysed, arm, _INDENT) for arm in arms],
    ]
    heights = [_LINE * (max(text.count("\n") for text in row) + 1) + 0.14 for row in below]
    single = _LINE + 0.14
    height = 3 * single + _GAP + sum(heights) + _GAP * len(below) + 2 * _EDGE
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(_WIDTH, height))
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0.0, _WIDTH)
        axes.set_ylim(height, 0.0)
        axes.axis("off")
        middle, top = _WIDTH / 2.0, _EDGE
        _box(axes, middle, top, 1.7, single, head)
        aside_at = top + single + _GAP / 2.0
        _box(axes, middle + 1.6, aside_at, 1.7, single, aside)
        bottom = top + single
        top = aside_at + single + _GAP / 2.0
        axes.annotate("", (middle, top), (middle, bottom), arrowprops=_ARROW)
        axes.annotate("", (middle + 0.75, aside_at + single / 2), (middle, aside_at + single / 2), arrowprops=_ARROW)
        _box(axes, middle, top, 1.7, single, split)
        bottom = top + single
        centres = [column * (k + 0.5) for k in range(len(arms))]
        axes.hlines(bottom + _GAP / 2.0, min(*centres, middle), max(*centres, middle), color="0.3", lw=0.8)
        axes.vlines(middle, bottom, bottom + _GAP / 2.0, color="0.3", lw=0.8)
        leaves = bottom + _GAP / 2.0
        for row, tall in zip(below, heights, strict=True):
            top = bottom + _GAP
            for x, text in zip(centres, row, strict=True):
                axes.annotate("", (x, top), (x, leaves), arrowprops=_ARROW)
                _box(axes, x, top, column - 0.16, tall, text)
            bottom = leaves = top + tall
    return figure


def _box(axes: Axes, x: float, top: float, wide: float, tall: float, text: str) -> None:
    """A box around `text`, its upper edge at `top` and its middle at `x`; inches."""
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x - wide / 2.0, top), wide, tall, facecolor="white", edgecolor="0.3", lw=0.8))
    axes.text(x - wide / 2.0 + 0.07, top + tall / 2.0, text, va="center", ha="left", fontsize=8, linespacing=1.3)
