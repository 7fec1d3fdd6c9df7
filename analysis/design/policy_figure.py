"""The figure of a policy: its tree, what each regime is worth, and what each measurement buys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.design.lives import Lives
from analysis.design.measurement import ALONE, TOGETHER, WITHOUT
from analysis.design.policy import Appraisal
from analysis.design.tree import Leaf, Tree
from analysis.style import COLOURS, STYLE

_NAMES = {
    "status_quo": "status quo", "one_size": "one size for all", "policy": "the tree", "flexible": "gradient boosting",
    "oracle": "oracle",
}  # fmt: skip
_KINDS = {ALONE: "known alone", WITHOUT: "lost without it", TOGETHER: "known together"}
_LINE = 0.21  # inches a row of text


def draw(found: Appraisal, worth: pd.DataFrame, lives: Lives, title: str = "") -> Figure:
    """The tree above, below it the regimes on the left and the measurements (`value_of_measurement`) on the right."""
    names = list(dict.fromkeys(worth["measurement"]))
    leaves = _leaves(found.tree)
    lower = max(len(found.regimes), len(names)) * _LINE + 0.9
    upper = max(leaves, 2) * 1.4 * _LINE + 0.3
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, upper + lower + (0.3 if title else 0.1)), layout="constrained")
        parts: Any = figure.subfigures(2, 1, height_ratios=(upper, lower))
        top, bottom = parts
        _tree(top.subplots(), found.tree, lives)
        left, right = bottom.subplots(1, 2)
        _regimes(left, found, lives)
        _worth(right, worth, names, lives)
        if title:
            figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    return figure


def _leaves(tree: Tree) -> int:
    return 1 if isinstance(tree, Leaf) else _leaves(tree.below) + _leaves(tree.above)


def _depth(tree: Tree) -> int:
    return 0 if isinstance(tree, Leaf) else 1 + max(_depth(tree.below), _depth(tree.above))


def _tree(axes: Axes, tree: Tree, lives: Lives) -> None:
    """From left to right: questions on the branches, arms with the share of lives that get them at the ends."""
    axes.set_axis_off()
    depth, leaves = max(_depth(tree), 1), _leaves(tree)
    axes.set_xlim(-0.02, depth + 0.55)
    axes.set_ylim(-leaves + 0.4, 0.6)
    axes.set_title(f"The tree, learned from {len(lives.persons):,} persons; share of their lives that come to each end")
    free = iter(range(leaves))

    def place(node: Tree, level: int, mine: NDArray[np.bool_]) -> float:
        if isinstance(node, Leaf):
            y = -float(next(free))
            axes.plot([level, depth], [y, y], color="0.6", lw=0.8)
            axes.text(depth + 0.02, y, f"{lives.arms[node.arm]} ({mine.mean():.0%})", va="center", weight="bold")
            return y
        above = (lives.measurements[node.measurement] >= node.threshold).to_numpy(bool)
        sides = ("<", node.below, mine & ~above), ("≥", node.above, mine & above)
        ends = [place(side, level + 1, rows) for _, side, rows in sides]
        for (sign, *_), y in zip(sides, ends, strict=True):
            axes.plot([level, level, level + 1], [sum(ends) / 2.0, y, y], color="0.6", lw=0.8)
            axes.text(level + 0.03, y + 0.08, f"{node.measurement} {sign} {node.threshold:.3g}", fontsize=7.5)
        return sum(ends) / 2.0

    place(tree, 0, np.ones(len(lives.person), dtype=bool))


def _regimes(axes: Axes, found: Appraisal, lives: Lives) -> None:
    rows = found.regimes
    y = -np.arange(len(rows))
    colours = [COLOURS[1] if name == "policy" else "0.6" for name in rows.index]
    axes.barh(y, rows["gain"], height=0.6, color=colours)
    error = np.abs(rows[["gain_low", "gain_high"]].to_numpy() - rows[["gain"]].to_numpy()).T
    axes.errorbar(rows["gain"], y, xerr=error, fmt="none", ecolor="black", capsize=2, lw=0.9)
    axes.set_yticks(y, [_NAMES[name] for name in rows.index])
    axes.axvline(0.0, color="0.4", lw=0.6)
    axes.set_xlabel(_label("gain over the status quo", lives))
    axes.set_title(f"{lives.outcome.name}\nheld-out persons, n = {len(lives.persons):,}; 95% intervals")


def _worth(axes: Axes, worth: pd.DataFrame, names: Sequence[str], lives: Lives) -> None:
    shapes = {ALONE: ("o", COLOURS[1]), WITHOUT: ("D", COLOURS[2]), TOGETHER: ("s", COLOURS[3])}
    for k, (what, (mark, colour)) in enumerate(shapes.items()):
        rows = worth[worth["what"] == what]
        if rows.empty:
            continue
        shift = {ALONE: 0.14, WITHOUT: -0.14}.get(what, 0.0)
        y = np.array([shift - names.index(name) for name in rows["measurement"]])
        error = np.abs(rows[["low", "high"]].to_numpy() - rows[["gain"]].to_numpy()).T
        shape: Any = {"fmt": mark, "ms": 3.5, "capsize": 2, "lw": 0.9, "color": colour, "zorder": 3 + k}
        axes.errorbar(rows["gain"], y, xerr=error, label=_KINDS[what], **shape)
    axes.set_yticks(-np.arange(len(names)), names)
    axes.set_ylim(-len(names) + 0.4, 0.6)
    axes.axvline(0.0, color="0.4", lw=0.6)
    axes.set_xlabel(_label("what it buys over one size for all", lives))
    axes.set_title("What each measurement is worth\n95% intervals over persons")
    if names:
        axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def _label(what: str, lives: Lives) -> str:
    unit = "share of cases" if lives.outcome.cutoff is not None else lives.outcome.unit
    return f"{what}" + (f"\n({unit} a person, right is better)" if unit not in ("", "1") else "\n(right is better)")
