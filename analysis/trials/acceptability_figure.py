"""The figure of whether care is worth its cost: the cost-effectiveness plane, and the acceptability curve beside it."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.style import COLOURS, STYLE
from analysis.trials.acceptability import Draws, acceptability

_MARKS = "osD^vPX"
_SHOWN = 500  # resampled points an arm: more of them hide each other
_LOWEST, _HIGHEST = 100.0, 1_000_000.0  # US$ a DALY, of the curve


def draw(draws: Draws, title: str = "") -> Figure:
    """Resampled means of each arm against the reference, and how often each arm is best by the price of a DALY."""
    arms = [str(arm) for arm in draws.averted]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 3.3 if title else 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        _plane(left, draws, arms)
        _curve(right, draws, arms)
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(arms), 4))
        if title:
            figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _plane(axes: Axes, draws: Draws, arms: list[str]) -> None:
    for k, arm in enumerate(arms):
        if arm == draws.reference:
            continue
        averted, extra = (1000.0 * draws.averted[arm], draws.extra[arm])
        colour, mark = COLOURS[k % len(COLOURS)], _MARKS[k % len(_MARKS)]
        axes.scatter(averted[:_SHOWN], extra[:_SHOWN], s=3, color=colour, alpha=0.25, lw=0, rasterized=True)
        centre = 1000.0 * float(draws.mean["averted"][arm]), float(draws.mean["extra"][arm])
        axes.plot(*centre, mark, ms=6, color=colour, mec="white", zorder=3)
    axes.axhline(0.0, color="0.4", lw=0.6)
    axes.axvline(0.0, color="0.4", lw=0.6)
    axes.set_xlabel("DALYs averted a 1,000 persons")
    axes.set_ylabel("further cost (US$ a person)")
    axes.set_title(f"Against {draws.reference}, n = {draws.n:,}\npoints: resampled means")


def _curve(axes: Axes, draws: Draws, arms: list[str]) -> None:
    prices = np.geomspace(_LOWEST, _HIGHEST, 81)
    found = acceptability(draws, prices.tolist())
    for k, arm in enumerate(arms):
        mine = found[found["arm"] == arm]
        mark: Any = {"marker": _MARKS[k % len(_MARKS)], "markevery": 10, "ms": 4}
        axes.plot(mine["price"], mine["probability"], color=COLOURS[k % len(COLOURS)], lw=1.2, label=arm, **mark)
    axes.set_xscale("log")
    axes.set_ylim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda price, _: f"{price:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("price paid for a DALY averted (US$)")
    axes.set_ylabel("probability of being the best")
    axes.set_title("Acceptability: greatest net benefit\nof persons and disability weights resampled")
