"""The heat map of ablations: what is left of each signature without each mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

# Okabe & Ito 2008: told apart by the colour-blind; every cell says its number besides.
_COLOURS = LinearSegmentedColormap.from_list("gone to more", ["#D55E00", "#F7F7F7", "#0072B2"])
_STYLE: Any = {"font.size": 8}


def draw(found: pd.DataFrame, signatures: Sequence[str]) -> Figure:
    """Mechanisms (rows) by `signatures` (columns, in that order), coloured by the effect that is left.

    0 is gone, 1 as before, 2 twice as much and more. `found` has a row a pair: ``mechanism``, ``signature``, ``role``
    (own, unrelated or empty), ``remaining`` and ``verdict``. A thick frame marks the mechanism's own signature, a thin
    one those declared unrelated; dashed where what was expected does not hold.
    """
    mechanisms = list(dict.fromkeys(found["mechanism"]))
    cells = found.pivot(index="mechanism", columns="signature", values="remaining")
    values = cells.reindex(index=mechanisms, columns=list(signatures)).to_numpy(np.float64)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(2.2 + 0.55 * len(signatures), 1.6 + 0.34 * len(mechanisms)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(values, cmap=_COLOURS, vmin=0.0, vmax=2.0, aspect="auto")
        for row in found.to_dict(orient="records"):
            y, x, left = mechanisms.index(row["mechanism"]), signatures.index(row["signature"]), row["remaining"]
            text = "no data" if np.isnan(left) else f"{left:.2f}"
            axes.text(x, y, text, ha="center", va="center", fontsize=7, color="white" if left < 0.3 else "black")
            if row["role"]:
                width, line = (2.4 if row["role"] == "own" else 0.9), "-" if row["verdict"] == "holds" else "--"
                frame = Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, fill=False, linewidth=width, linestyle=line)
                axes.add_patch(frame)
        axes.set_xticks(range(len(signatures)), signatures, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(mechanisms)), mechanisms)
        axes.set_xlabel("signature")
        axes.set_ylabel("without")
        bar = figure.colorbar(image, ax=axes, pad=0.01, extend="both")
        bar.set_label("share of the effect that is left")
    return figure
