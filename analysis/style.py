"""How every figure looks: small type, open axes, and colours that the colour-blind tell apart."""

from __future__ import annotations

from typing import Any

STYLE: Any = {
    "font.size": 8, "axes.titlesize": 8.5, "axes.titlelocation": "left", "axes.spines.top": False,
    "axes.spines.right": False, "legend.frameon": False, "legend.fontsize": 7.5, "svg.fonttype": "none",
    "svg.hashsalt": "cohort",
}  # fmt: skip
# Okabe & Ito 2008, Color universal design: black first, then in the order in which they differ most.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
