"""The picture of one person's story: the hours around the first memory's event, and the whole timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cohort.life import PROJECTIONS, Story
from cohort.pictures import save
from cohort.state import INTRUSION

_SYSTEMS = ("dopamine", "noradrenaline", "5-HT", "acetylcholine", "endocannabinoids", "cortisol")
_REGIONS = ("hippocampus", "amygdala", "vmPFC", "accumbens")
# Okabe & Ito 2008: told apart by the colour-blind.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLE: Any = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 7,
}  # fmt: skip
MOST_TRAITS = 8  # named in the title
MOST_LABELS = 24  # events named in one column; of more, only experiences and doses
MOST_NIGHTS = 60  # beyond, they are too thin to be seen
_AROUND = (-2.0, 12.0)  # hours around the first experience shown on the left


def draw(story: Story, path: Path) -> None:
    """Write the picture; it appears whole or not at all."""
    with matplotlib.rc_context(_STYLE):
        save(_figure(story), path)


def _figure(story: Story) -> Figure:
    names = list(story.traces)[:2]
    first = next((e.minute / 60.0 for e in story.timeline.entries if e.scene in names[:1]), 0.0)
    panels = 5 + len(names)
    figure = Figure(figsize=(11.0, 2.0 + 1.45 * panels), layout="constrained")
    axes = figure.subplots(panels, 2, sharex="col", sharey="row", width_ratios=(1.0, 1.7))
    for column, (unit, zero) in enumerate(((1.0, first), (24.0, 0.0))):
        x = (story.hours - zero) / unit
        shown = (x >= _AROUND[0]) & (x <= _AROUND[1]) if column == 0 else np.ones(len(x), dtype=bool)
        cells: list[Axes] = list(axes[:, column])
        _levels(cells[0], x, story, shown)
        _prp(cells[1], x, story, shown)
        for k, name in enumerate(names):
            _strengths(cells[2 + k], x, story, name, shown)
        k = 2 + len(names)
        _states(cells[k], x, story, names, shown)
        _recall(cells[k + 1], x, story, names, shown)
        _intrusions(cells[k + 2], story, unit, zero)
        for cell in cells:
            _nights(cell, story, unit, zero)
            _events(cell, story, unit, zero)
            cell.set_xlim(_AROUND if column == 0 else (0.0, story.timeline.days))
        _labels(cells[0], story, unit, zero, column)
    axes[-1, 0].set_xlabel(f"hours after {names[0] if names else 'the start'} began")
    axes[-1, 1].set_xlabel("days since the study began")
    for row in axes:
        handles, labels = row[1].get_legend_handles_labels()
        if handles:
            row[1].legend(handles, labels, loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=1.6)
    moved = sorted(story.traits.items(), key=lambda pair: -abs(np.log(pair[1])))
    traits = ", ".join(f"{k} = {v:.3g}" for k, v in moved[:MOST_TRAITS]) or "all at the median"
    if len(moved) > MOST_TRAITS:
        traits += f" and {len(moved) - MOST_TRAITS} closer to the median"
    figure.suptitle(
        f"{story.timeline.title}\none person, seed {story.seed}; "
        f"adverse childhood experiences: {story.ace}; traits: {traits}",
        fontsize=10, x=0.01, ha="left", wrap=True,
    )  # fmt: skip
    return figure


def _levels(cell: Axes, x: Any, story: Story, shown: Any) -> None:
    for k, name in enumerate(_SYSTEMS):
        cell.plot(x[shown], story.levels[shown, k], color=_COLOURS[k], label=name, lw=1.0)
    cell.set_yscale("log")
    cell.set_ylabel("level\n(× waking rest)")


def _prp(cell: Axes, x: Any, story: Story, shown: Any) -> None:
    for k, name in enumerate(_REGIONS):
        cell.plot(x[shown], story.prp[shown, k], color=_COLOURS[k], label=f"PRP, {name}", lw=1.0)
    cell.set_ylim(-0.03, 1.03)
    cell.set_ylabel("proteins\n(share of maximum)")


def _strengths(cell: Axes, x: Any, story: Story, name: str, shown: Any) -> None:
    trace = story.traces[name]
    for k, projection in enumerate(PROJECTIONS):
        if trace.early[:, k].max() + trace.late[:, k].max() > 0.0:
            cell.plot(x[shown], trace.late[shown, k], color=_COLOURS[k], label=projection, lw=1.2)
            cell.plot(x[shown], trace.early[shown, k], color=_COLOURS[k], lw=0.9, ls=":")
    cell.plot(x[shown], trace.cortex[shown], color="0.35", label="cortex", lw=1.0, ls="--")
    cell.plot([], [], color="0.5", lw=0.9, ls=":", label="dotted: early phase")
    cell.set_ylim(-0.03, 1.03)
    cell.set_ylabel(f"strength of\n“{name}”")


def _states(cell: Axes, x: Any, story: Story, names: list[str], shown: Any) -> None:
    for name, style in zip(names, ("-", "--"), strict=False):
        trace = story.traces[name]
        cell.plot(x[shown], trace.charge[shown], color=_COLOURS[1], ls=style, lw=1.1, label=f"charge, {name}")
        cell.plot(x[shown], trace.labile[shown], color=_COLOURS[3], ls=style, lw=1.1, label=f"labile share, {name}")
    cell.set_ylim(-0.03, 1.03)
    cell.set_ylabel("charge and\nlability (share)")


def _recall(cell: Axes, x: Any, story: Story, names: list[str], shown: Any) -> None:
    for name, style in zip(names, ("-", "--"), strict=False):
        trace = story.traces[name]
        there = shown & (trace.recall > 0.0)
        cell.plot(x[there], trace.recall[there], color=_COLOURS[0], ls=style, lw=1.1, label=f"p(recall), {name}")
        cell.plot(
            x[there],
            trace.fragmentation[there],
            color=_COLOURS[4],
            ls=style,
            lw=1.1,
            label=f"fragmentation, {name}",
        )
    cell.set_ylim(-0.03, 1.03)
    cell.set_ylabel("full cue:\nrecall (probability)")


def _intrusions(cell: Axes, story: Story, unit: float, zero: float) -> None:
    log = story.log[story.log["kind"] == INTRUSION]
    x = (log["minute"] / 60.0 - zero) / unit
    if len(log):
        cell.vlines(x, 0.0, log["distress"], color=_COLOURS[1], lw=1.0)
        cell.plot(x, log["distress"], "o", ms=3, color=_COLOURS[1], label=f"intrusion (n = {len(log)})")
    else:
        cell.plot([], [], "o", ms=3, color=_COLOURS[1], label="intrusion (n = 0)")
    cell.set_ylim(-0.03, 1.03)
    cell.set_ylabel("distress of\nintrusions (0–1)")


def _nights(cell: Axes, story: Story, unit: float, zero: float) -> None:
    if unit > 1.0 and story.timeline.days > MOST_NIGHTS:
        return
    first = int(zero // 24) - 2 if unit == 1.0 else -1
    for day in range(first, first + 4 if unit == 1.0 else story.timeline.days + 1):
        cell.axvspan((day * 24 + 23 - zero) / unit, (day * 24 + 31 - zero) / unit, color="0.93", lw=0, zorder=0)


def _events(cell: Axes, story: Story, unit: float, zero: float) -> None:
    x = np.array([(entry.minute / 60.0 - zero) / unit for entry in story.timeline.entries])
    x = np.unique(x[(x >= _AROUND[0]) & (x <= _AROUND[1])] if unit == 1.0 else x)
    grey, width = ("0.4", 0.7) if len(x) <= MOST_LABELS else ("0.75", 0.4)
    for at in x:
        cell.axvline(at, color=grey, lw=width, ls=(0, (2, 2)), zorder=1)


def _labels(cell: Axes, story: Story, unit: float, zero: float, column: int) -> None:
    """Number the events on top of a column; the table and the JSON name them by the same numbers."""
    low, high = _AROUND if column == 0 else (0.0, float(story.timeline.days))
    level, last, newest = 0, -np.inf, -np.inf
    numbered = [(n, e, (e.minute / 60.0 - zero) / unit) for n, e in enumerate(story.timeline.entries, 1)]
    shown = [(n, e, x) for n, e, x in numbered if low <= x <= high]
    crowded = len(shown) > MOST_LABELS
    if crowded:
        # What is experienced; the table names the rest by its numbers.
        shown = [(n, e, x) for n, e, x in shown if e.kind in ("experience", "dose")][:MOST_LABELS]
    for number, entry, x in shown:
        level = (level + 1) % 3 if x - last < (high - low) * 0.24 else 0
        if crowded and level == 0 and x - newest < (high - low) * 0.24:
            level = 2  # no room for its name
            continue
        newest = x if level == 0 else newest
        last = x
        cell.annotate(
            f"{number} {entry.label}", (x, 1.0), xycoords=("data", "axes fraction"),
            xytext=(2, 3 + 9 * level), textcoords="offset points", fontsize=7, annotation_clip=False,
        )  # fmt: skip
