"""The figure of linked memories: episodes as points, pairs that come together on a day as lines."""

from __future__ import annotations

from typing import Any

import matplotlib
import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import ndtri

from analysis.style import COLOURS, STYLE

_WIDEST = 5.0  # points


def linked(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs that come together more often than chance: the 95% interval that holds for all pairs at once is above 1.

    The interval is Bonferroni's.
    """
    widest = float(ndtri(1.0 - 0.025 / max(len(pairs), 1)))
    return pairs[pairs["ratio"].astype(float) > np.exp(widest * pairs["error"].astype(float))]


def draw(nodes: pd.DataFrame, pairs: pd.DataFrame) -> Figure:
    """Episodes of `network.nodes`, and the `linked` of `network.together`.

    Area of a point: share of persons who hold the memory; its colour: mean felt distress it carries; width of a line:
    by how much the pair exceeds chance. Places: the spring model of Kamada & Kawai 1989
    (10.1016/0020-0190(89)90102-6) in networkx, whose result is always the same; the rarer a pair comes together, the
    longer its spring.
    """
    graph = nx.Graph()
    graph.add_nodes_from(nodes.index)
    strong = linked(pairs)
    for row in strong.to_dict("records"):
        graph.add_edge(row["first"], row["second"], weight=float(np.log(row["ratio"])))
    place = _places(nodes, pairs)
    most = max((data["weight"] for _, _, data in graph.edges(data=True)), default=1.0)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 4.6), layout="constrained")
        axes = figure.subplots()
        for one, other, data in graph.edges(data=True):
            (x0, y0), (x1, y1) = place[one], place[other]
            axes.plot([x0, x1], [y0, y1], color=COLOURS[6], lw=_WIDEST * data["weight"] / most, alpha=0.7, zorder=1)
        spots = np.array([place[name] for name in nodes.index])
        scale = Normalize(0.0, max(float(nodes["charge"].max()), 0.1))
        axes.scatter(
            spots[:, 0], spots[:, 1], s=30.0 + 250.0 * nodes["holding"], c=nodes["charge"], cmap="cividis", norm=scale,
            edgecolors="white", linewidths=0.8, zorder=2,
        )  # fmt: skip
        for name, (x, y), share in zip(nodes.index, spots, nodes["holding"], strict=True):
            away = 4.0 + np.sqrt(30.0 + 250.0 * share) / 2.0
            axes.annotate(
                f"{name} {share:.0%}", (x, y), xytext=(0, -away), textcoords="offset points", ha="center", va="top",
                fontsize=7.5, bbox={"facecolor": "white", "alpha": 0.75, "pad": 0.5, "linewidth": 0}, zorder=3,
            )  # fmt: skip
        axes.margins(0.14)
        axes.set_axis_off()
        colours = ScalarMappable(scale, "cividis")
        figure.colorbar(colours, ax=axes, label="felt distress it carries (0 to 1, mean)", shrink=0.6)
        widths = [most * part for part in (1.0, 0.5)] if len(strong) else []
        keys = [
            Line2D([], [], color=COLOURS[6], lw=_WIDEST * width / most, label=f"{np.exp(width):.2f} times chance")
            for width in widths
        ]
        if keys:
            keys.insert(0, Line2D([], [], lw=0, label="on the same day:"))
            figure.legend(handles=keys, loc="outside lower center", ncols=len(keys))
    return figure


def _places(nodes: pd.DataFrame, pairs: pd.DataFrame) -> dict[Any, Any]:
    """Places by name. Springs go with the root of 1 / ratio, within bounds, so that points stay apart."""
    length = pd.DataFrame(1.0, index=nodes.index, columns=nodes.index)
    for row in pairs.to_dict("records"):
        if row["first"] in length.index and row["second"] in length.index:
            spring = float(np.clip(row["ratio"], 0.5, 2.0)) ** -0.5
            length.loc[row["first"], row["second"]] = length.loc[row["second"], row["first"]] = spring
    return dict(nx.kamada_kawai_layout(nx.complete_graph(list(nodes.index)), dist=length.to_dict()))
