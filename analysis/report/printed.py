"""A frame as a journal prints it: rounded to what matters, intervals in brackets, p never as 0.000.

Columns that belong together become one: ``x`` (or ``x_mean``) with ``x_low`` and ``x_high``, or with ``low`` and
``high`` right behind it, is an estimate with its 95% interval (``low_90`` and ``high_90``: 90%), ``x`` with ``x_sd`` a
mean with its standard deviation, ``x`` with ``x_percent`` a count with its share. The CSV beside the page keeps every
number as it was computed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

ABSENT = "–"  # what cannot be told
MOST_ROWS, FIRST_ROWS = 40, 12  # a table with more rows than the first shows so many as the second; the CSV has all
_P = re.compile(r"(p|q)(_?value|_.+)?|.+_p")
_BOUNDS = (("low", "high"), ("lower", "upper"), ("ci_low", "ci_high"), ("low_90", "high_90"))
_INTERVALS = ("95% interval", "90% interval")  # the kinds of column that have one; the second of names in _90
_CENTRE = re.compile(r"(.+?)(_|, | )(?:mean|median|estimate)")
_ASIDE = ("se", "sd", "n", "p")  # a bare interval is of the last column that is none of these
_HUNDREDTHS = ("smd",)  # columns of which two decimals are told
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Printed:
    """Heads and cells as text; `numeric` says which columns stand to the right, `left_out` counts rows not shown."""

    heads: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0
    absent: bool = False  # whether a cell says that something cannot be told


def printed(frame: pd.DataFrame) -> Printed:
    """A frame in the form that journals print; of a long one, the first rows."""
    shown = flat(frame.iloc[:FIRST_ROWS] if len(frame) > MOST_ROWS else frame).infer_objects()
    heads, numeric, columns = [], [], []
    for name, kind, parts in _groups([str(name) for name in shown.columns], shown):
        heads.append(_head(name, kind))
        numeric.append(kind != "plain" or _is_number(shown[parts[0]]))
        decimals = _decimals(name, shown[name]) if kind == "plain" and numeric[-1] else None
        columns.append([_cell(kind, values, decimals) for values in zip(*(shown[part] for part in parts), strict=True)])
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    absent = any(cell == ABSENT for row in rows for cell in row)
    return Printed(tuple(heads), tuple(numeric), rows, len(frame) - len(shown), absent)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a named index as its first columns, and the names of columns as text."""
    named = any(name is not None for name in frame.index.names)
    out = frame.reset_index() if named else frame.reset_index(drop=True)
    out.columns = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in out.columns]
    return out


def number(value: float) -> str:
    """A number with three figures that count, thousands with commas."""
    if not math.isfinite(value):
        return ABSENT if math.isnan(value) else ("∞" if value > 0.0 else "−∞")
    if value == 0.0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.3g}"))))
    if size < -4 or size > 8:
        base, _, power = f"{value:.2e}".partition("e")
        return f"{_signed(base)}×10{str(int(power)).translate(_POWERS)}"
    return _signed(f"{value:,.{max(2 - size, 0)}f}")


def p_value(value: float) -> str:
    """A probability as journals print it."""
    if math.isnan(value):
        return ABSENT
    if value < 0.001:
        return "<0.001"
    return ">0.99" if value > 0.99 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def interval(estimate: float, low: float, high: float) -> str:
    """An estimate with its interval: as many decimals as its width allows two figures of."""
    if math.isnan(low) or math.isnan(high):
        return number(estimate)
    if not all(map(math.isfinite, (estimate, low, high))) or high <= low:
        told = [number(value) for value in (estimate, low, high)]
    else:
        decimals = min(max(1 - math.floor(math.log10(high - low)), 0), 6)
        vanishes = round(estimate, decimals) == 0.0 or (high > 1.0 and round(low, decimals) == 0.0)
        if low > 0.0 and vanishes:  # of a ratio over decades: each number for itself
            told = [number(value) for value in (estimate, low, high)]
        else:
            told = ["0" if value == 0.0 else _signed(f"{value:,.{decimals}f}") for value in (estimate, low, high)]
    return f"{told[0]} ({told[1]} to {told[2]})"


def _groups(names: Sequence[str], frame: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """Name, kind and columns of each column that is printed."""
    out: list[tuple[str, str, list[str]]] = []
    taken: set[str] = set()
    for at, name in enumerate(names):
        if name in taken:
            continue
        found = _together(name, names, at, frame)
        taken.update(found[2])
        out.append(found)
    return out


def _together(name: str, names: Sequence[str], at: int, frame: pd.DataFrame) -> tuple[str, str, list[str]]:
    if not _is_number(frame[name]):
        return name, "plain", [name]
    stem, mark = (found.group(1), found.group(2)) if (found := _CENTRE.fullmatch(name)) else (name, "_")
    for low, high in _BOUNDS:
        kind = _INTERVALS[low.endswith("_90")]
        for start in (f"{name}_", f"{stem}{mark}"):
            if start + low in names and start + high in names:
                return (name if start == f"{name}_" else stem), kind, [name, start + low, start + high]
        behind = names.index(low) if low in names and high in names else -1
        between = names[at + 1 : behind]
        if behind > at and name not in _ASIDE and all(other in _ASIDE for other in between):
            return name, kind, [name, low, high]
    if {f"{name}_sd", f"{name}_percent"} & {*names}:
        beside = [f"{name}_{what}" for what in ("sd", "percent") if f"{name}_{what}" in names]
        kinds = {f"{name}_sd": "sd", f"{name}_percent": "percent"}
        return name, "+".join(kinds[other] for other in beside), [name, *beside]
    return name, "p" if _P.fullmatch(name) else "plain", [name]


def _decimals(name: str, column: pd.Series) -> int | None:
    """Decimals of every number of a column, where its numbers are of one size or whole; else each has its own."""
    if name in _HUNDREDTHS:
        return 2
    sizes = column.dropna().abs().to_numpy(np.float64)
    if not len(sizes) or not np.isfinite(sizes).all():
        return None
    if pd.api.types.is_float_dtype(column) and (sizes == np.round(sizes)).all() and sizes.max() < 1e9:
        return 0
    least = sizes[sizes > 0.0].min(initial=np.inf)
    if least == np.inf or sizes.max() > 10.0 * least or not 1e-3 <= sizes.max() < 1e3:
        return None
    return int(max(2 - math.floor(math.log10(sizes.max())), 0))


def _cell(kind: str, values: Sequence[Any], decimals: int | None) -> str:
    if kind == "plain":
        return _plain(values[0], decimals)
    numbers = [float("nan") if pd.isna(value) else float(value) for value in values]
    if kind == "p":
        return p_value(numbers[0])
    if kind in _INTERVALS:
        return interval(*numbers)
    told = dict(zip(kind.split("+"), numbers[1:], strict=True))
    if not math.isnan(told.get("percent", math.nan)):
        return f"{numbers[0]:,.0f} ({told['percent']:.1f}%)"
    if not math.isnan(told.get("sd", math.nan)):
        return mean_sd(numbers[0], told["sd"])
    return number(numbers[0]) if numbers[0] != round(numbers[0], 0) else f"{numbers[0]:,.0f}"


def mean_sd(mean: float, sd: float) -> str:
    """A mean with its standard deviation, both with as many decimals as give it two figures, and at least one."""
    if sd == 0.0:
        return f"{number(mean)} (0)"
    decimals = min(max(1 - math.floor(math.log10(sd)), 1), 6) if sd < 100.0 else 0
    return f"{_signed(f'{mean:,.{decimals}f}')} ({sd:,.{decimals}f})"


def _plain(value: Any, decimals: int | None = None) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ABSENT
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, np.integer)):
        return _signed(f"{value:,}")
    if not isinstance(value, (float, np.floating)):
        return str(value)
    return number(float(value)) if decimals is None else _signed(f"{float(value):,.{decimals}f}")


def _head(name: str, kind: str) -> str:
    plain = name.replace("_", " ")
    return f"{plain} ({kind})" if kind in _INTERVALS else plain


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def _signed(text: str) -> str:
    """With a minus of the width of a plus; no minus before a zero."""
    if not text.startswith("-"):
        return text
    return text.replace("-", "−") if any(c in "123456789" for c in text) else text[1:]
