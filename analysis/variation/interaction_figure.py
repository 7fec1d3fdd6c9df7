"""A trait and stress together: means by thirds of the trait along stress, and the surface of both."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from analysis.style import COLOURS, STYLE

LEAST = 5  # persons in a cell that is shown
_LINES = 3  # bands of the trait
_KINDS = 12  # of whole numbers that are bands of their own
_BANDS, _FEWER, _MANY = 5, 3, 250  # of a variable: with so many persons, and with fewer


def bands(values: pd.Series, most: int) -> tuple[pd.Series, list[str]]:
    """Each person's band of a variable (0 ...), and how bands are called.

    Whole numbers of few kinds are bands of their own, the last one open ("4+"); others are cut into `most` of about
    equal size (fewer where values tie), called by their range.
    """
    known = values.dropna()
    kinds = np.sort(known.unique())
    if len(kinds) <= _KINDS and (kinds % 1.0 == 0.0).all():
        levels = kinds[:most]
        band = pd.Series(np.searchsorted(levels, known, side="right") - 1, index=known.index)
        names = [f"{level:g}" for level in levels]
        if known.max() > levels[-1]:
            names[-1] += "+"
        return band, names
    cut = pd.qcut(known, most, duplicates="drop")
    names = [f"{interval.left:.2f}–{interval.right:.2f}" for interval in cut.cat.categories]
    names[0] = f"{known.min():.2f}–{cut.cat.categories[0].right:.2f}"
    return cut.cat.codes.astype(np.int64), names


def cells(rate: pd.Series, trait: pd.Series, stress: pd.Series) -> pd.DataFrame:
    """Mean of the rate by band of both: trait, stress, n, mean, low, high (Student's t); NaN below `LEAST` persons."""
    frame = (
        pd.DataFrame({"rate": rate, "trait": trait, "stress": stress}).dropna().astype({"trait": int, "stress": int})
    )
    found = frame.groupby(["trait", "stress"])["rate"].agg(n="size", mean="mean", se="sem").reset_index()
    found.loc[found["n"] < LEAST, ["mean", "se"]] = np.nan
    reach = stats.t.ppf(0.975, np.maximum(found["n"] - 1, 1)) * found["se"]
    return found.assign(low=found["mean"] - reach, high=found["mean"] + reach).drop(columns="se")


def drawable(rate: pd.Series, trait: pd.Series, stresses: pd.DataFrame) -> list[str]:
    """Stresses along which each band of the trait has a mean somewhere."""
    found = []
    for name in stresses.columns:
        band, names = bands(trait, _LINES)
        shown = cells(rate, band, bands(stresses[name], _levels(rate))[0]).dropna(subset=["mean"])
        if shown["trait"].nunique() == len(names):
            found.append(str(name))
    return found


def banded(rate: pd.Series, trait: pd.Series, stresses: pd.DataFrame) -> pd.DataFrame:
    """The means that `draw` shows: stress, shown (lines or surface), trait and level (bands), n, mean, low, high."""
    parts = []
    for name in stresses.columns:
        stress, levels = bands(stresses[name], _levels(rate))
        for shown, most in (("lines", _LINES), ("surface", _levels(rate))):
            band, ranges = bands(trait, most)
            found = cells(rate, band, stress)
            told = pd.DataFrame({"stress": str(name), "shown": shown}, index=found.index)
            told["trait"] = [f"{trait.name} {ranges[k]}" for k in found["trait"]]
            told["level"] = [levels[k] for k in found["stress"]]
            parts.append(told.join(found[["n", "mean", "low", "high"]]))
    return pd.concat(parts, ignore_index=True)


def _levels(rate: pd.Series) -> int:
    return _BANDS if rate.notna().sum() >= _MANY else _FEWER


def draw(rate: pd.Series, trait: pd.Series, stresses: pd.DataFrame) -> Figure:
    """Above, mean rate along each stress by band of the trait, with 95% intervals; below, the surface by both.

    `rate` (intrusions a week), `trait` and the columns of `stresses` (all `drawable`) by person.
    """
    names = list(stresses.columns)
    title = str(trait.name).replace("_", " ")
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 5.4), layout="constrained")
        grid = figure.subplots(2, len(names), squeeze=False)
        for k, name in enumerate(names):
            stress, levels = bands(stresses[name], _levels(rate))
            levels = [level.replace("–", "–\n") for level in levels]
            band, lines = bands(trait, _LINES)
            _lines(grid[0, k], cells(rate, band, stress), levels, lines)
            steps, ranges = bands(trait, _levels(rate))
            _surface(figure, grid[1, k], cells(rate, steps, stress), levels, ranges)
            for axes in grid[:, k]:
                axes.set_xlabel(called(name))
            grid[0, k].set_title(f"n = {int(stress.index.isin(rate.dropna().index).sum()):,}")
        grid[0, 0].set_ylabel("intrusions a week (mean)")
        grid[1, 0].set_ylabel(title)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, title=title)
    return figure


def called(stress: str) -> str:
    """How a stress is called on an axis and in a sentence."""
    return {"ace": "adverse childhood experiences", "dose": "dose of the event"}.get(stress, stress.replace("_", " "))


def _lines(axes: Axes, found: pd.DataFrame, levels: list[str], lines: list[str]) -> None:
    for k, name in enumerate(lines):
        rows = found[(found["trait"] == k) & found["mean"].notna()]
        x = rows["stress"] + 0.12 * (k - 1)
        bars: Any = [rows["mean"] - rows["low"], rows["high"] - rows["mean"]]
        axes.errorbar(x, rows["mean"], yerr=bars, fmt="osD"[k] + "-", ms=3.6, lw=1.1, color=COLOURS[k], label=name)
    axes.set_xticks(range(len(levels)), levels, fontsize=6.5)
    axes.set_ylim(bottom=0.0)


def _surface(figure: Figure, axes: Axes, found: pd.DataFrame, levels: list[str], ranges: list[str]) -> None:
    import seaborn as sns

    grid = found.pivot(index="trait", columns="stress", values="mean").reindex(
        range(len(ranges)), columns=range(len(levels))
    )
    sns.heatmap(
        grid[::-1], ax=axes, cmap="cividis", vmin=0.0, annot=True, fmt=".2g", annot_kws={"size": 6.5},
        xticklabels=levels, yticklabels=ranges[::-1], cbar_kws={"label": "intrusions a week"}, linewidths=0.5,
    )  # fmt: skip
    axes.tick_params(length=0, labelsize=6.5)
    axes.set_ylabel("")
    axes.tick_params(axis="y", rotation=0)
    axes.tick_params(axis="x", rotation=0)
