"""The figure of dissociations: differences within persons and correlations over persons, with their intervals."""

from __future__ import annotations

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE


def differences(central: pd.DataFrame, came: pd.DataFrame) -> pd.DataFrame:
    """Rows to draw (label, value, low, high) of `dissociation.central_peripheral` and `told_and_intruding`."""
    known = central[central["d"].notna()]
    rows = [
        (f"fidelity of {row['episode']}:\ncentral − peripheral", row["d"], row["d_low"], row["d_high"])
        for row in known.to_dict("records")
    ]
    rows += [
        (f"{row['quality']}:\nintruding − asked for", row["d"], row["d_low"], row["d_high"])
        for row in came[came["d"].notna()].to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["label", "value", "low", "high"])


def correlations(relation: pd.DataFrame) -> pd.DataFrame:
    """Rows to draw (label, value, low, high) of `dissociation.relations`."""
    names = {"intruding": "vividness of intrusions", "intrusions": "number of intrusions"}
    rows = []
    for row in relation[relation["r"].notna()].to_dict("records"):
        said = " (Pearson)" if row["kind"] == "Pearson" else f" | {row['given']}" if row["given"] else ""
        label = f"{row['first']},\n{names.get(row['second'], row['second'])}{said}"
        rows.append((label, row["r"], row["low"], row["high"]))
    return pd.DataFrame(rows, columns=["label", "value", "low", "high"])


def draw(gaps: pd.DataFrame, relation: pd.DataFrame) -> Figure:
    """Two panels, of `differences` and of `correlations`; bars are 95% intervals."""
    rows = max(len(gaps), len(relation), 2)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 0.8 + 0.36 * rows), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
        _forest(left, gaps, COLOURS[1])
        left.set_xlabel("standard deviations")
        left.set_title("differences within persons")
        _forest(right, relation, COLOURS[2])
        right.set_xlabel("correlation")
        right.set_xlim(min(-0.1, relation["low"].min() - 0.05 if len(relation) else 0.0), 1.0)
        right.set_title("over persons")
    return figure


def _forest(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    place = range(len(rows))
    arms = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
    axes.errorbar(rows["value"], list(place), xerr=arms, fmt="o", ms=4, color=colour, capsize=2.5, lw=1.2)
    axes.axvline(0.0, color="0.5", lw=0.6)
    axes.set_yticks(list(place), list(rows["label"]), fontsize=7)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
