"""The forest plot of a trial: each outcome's difference as it was, adjusted and imputed, with the exact effect."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.style import COLOURS, STYLE
from analysis.trials.outcome import Outcome

_KINDS = {"estimate": ("as seen", "o"), "adjusted": ("adjusted for baseline", "s"), "imputed": ("imputed", "^")}
_STEP = 0.2


def draw(table: pd.DataFrame, outcomes: Sequence[Outcome]) -> Figure | None:
    """A panel a unit, a row an outcome and arm; None when nothing can be drawn.

    `table` as from `analysis.trials.section.told`.
    """
    units: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        units.setdefault("risk" if outcome.cutoff is not None else outcome.unit, []).append(outcome)
    parts = {unit: table[table["outcome"].isin([o.name for o in of])] for unit, of in units.items()}
    columns = [*_KINDS, "exact"]
    parts = {unit: part for unit, part in parts.items() if part[columns].notna().any(axis=None)}
    if not parts:
        return None
    sizes = [len(part) for part in parts.values()]
    shown = [name for name in _KINDS if table[name].notna().any()]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.5, 1.1 + 0.55 * len(parts) + 0.42 * sum(sizes)), layout="constrained")
        panels = figure.subplots(len(parts), 1, squeeze=False, height_ratios=[n + 0.5 for n in sizes])[:, 0]
        drawn = {}
        for axes, (unit, part) in zip(panels, parts.items(), strict=True):
            places = np.arange(len(part), dtype=np.float64)
            for k, name in enumerate(shown):
                label, marker = _KINDS[name]
                low, high = ("low", "high") if name == "estimate" else (f"{name}_low", f"{name}_high")
                value = part[name].to_numpy(np.float64)
                reach = np.nan_to_num([value - part[low], part[high] - value]).clip(0.0)
                drawn[label] = axes.errorbar(
                    value, places + _STEP * (k - (len(shown) - 1) / 2), xerr=reach, fmt=marker, ms=4, lw=1.0,
                    capsize=2, color=COLOURS[k],
                )  # fmt: skip
            exact = part["exact"].to_numpy(np.float64)
            drawn["exact, all eligible persons"] = axes.vlines(
                exact, places - 0.38, places + 0.38, color=COLOURS[len(_KINDS)], lw=2.0
            )
            axes.axvline(0.0, color="0.4", lw=0.6)
            rows = part[["outcome", "arm", "n", "n_reference"]].itertuples(index=False)
            axes.set_yticks(places, [f"{name}: {arm}\nn = {n:,} + {m:,}" for name, arm, n, m in rows])
            axes.set_ylim(len(part) - 0.5, -0.5)
            what = "risk difference" if unit == "risk" else f"difference ({unit})" if unit else "difference"
            axes.set_xlabel(f"{what}, arm − {part['reference'].iloc[0]}; lines: 95% interval")
        figure.legend(list(drawn.values()), list(drawn), loc="outside lower center", ncols=len(drawn))
    return figure
