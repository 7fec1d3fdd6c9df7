"""Real participants from a file: what it gives is used, what it lacks is drawn, what it may not hold is
refused.

Columns, all optional: ``id`` (text), ``sex``, ``age``, ``ancestry``, any of `TRAITS`, any named
variant (number of counted alleles, 0 to 2, fractions permitted), and either ``ace`` (a number) or any of the
ten kinds of adverse experience (0 or 1). A blank cell is drawn. An unknown column is refused.

Draws are keyed by the participant's position among the rows (0, 1, ...), which is their numeric ``id``; the
text of the file's own ``id`` is kept as ``participant``. So rows put in another order are drawn anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohort import genome, streams, traits
from cohort.development import childhoods
from cohort.errors import did_you_mean
from cohort.files import Table, read_table
from cohort.genome import ANCESTRIES
from cohort.parameters import Parameters
from cohort.traits import OLDEST, SEXES, TRAITS, YOUNGEST

TRAIT_LOW, TRAIT_HIGH = 0.05, 20.0  # multiples of the median person; beyond lies a wrong unit
_AGE_RANGE = (18.0, 65.0)  # ages drawn where the file gives none
_PERSON = ("id", "sex", "age", "ancestry", "ace")


def read_participants(path: str | Path, seed: int, parameters: Parameters) -> pd.DataFrame:
    """Read participants from CSV or Parquet: the table of `draw_traits`, with a column ``participant`` in
    front.

    Columns of genotypes in the file are kept, completed where blank. Raises InputError for a file that cannot
    be read, an unknown column, or a value that is not permitted: all faults in one message, with row and
    column.
    """
    table = read_table(path)
    variants = genome.load_variants()
    kinds = childhoods().kinds
    known = (*_PERSON, *TRAITS, *variants.names, *kinds)
    faults = [
        f"unknown column '{name}'{did_you_mean(name, known)}; permitted: {', '.join(_PERSON)}, a trait, a "
        "named variant or a kind of adverse experience"
        for name in table.columns
        if name not in known
    ]
    items_given = [kind for kind in kinds if kind in table.columns]
    if "ace" in table.columns and items_given:
        faults.append(f"columns 'ace' and '{items_given[0]}' both tell of adversity; give the number or the kinds")
    participant = _names(table, faults)
    sex = _words(table, "sex", SEXES, faults)
    ancestry = _words(table, "ancestry", ANCESTRIES, faults)
    age = _numbers(table, "age", YOUNGEST, OLDEST, faults)
    ace = _numbers(table, "ace", 0, len(kinds), faults, whole=True)
    items = {kind: _numbers(table, kind, 0, 1, faults, whole=True) for kind in items_given}
    dosages = {v: _numbers(table, v, 0, 2, faults) for v in variants.names if v in table.columns}
    given = {t: _numbers(table, t, TRAIT_LOW, TRAIT_HIGH, faults) for t in TRAITS if t in table.columns}
    table.refuse(faults)

    kin = genome.kinship(np.arange(len(table), dtype=np.int64))
    shares = dict.fromkeys(ANCESTRIES, 1.0 / len(ANCESTRIES))
    ancestry = np.where(ancestry < 0, traits.draw_ancestry(seed, kin, shares), ancestry)
    woman = np.where(sex < 0, streams.uniforms(seed, streams.SEX, kin.zygote) < 0.5, sex == 0)
    low, high = _AGE_RANGE
    drawn_age = low + (high - low) * streams.uniforms(seed, streams.AGE, kin.family)
    frame, genes = traits.complete(
        kin, seed, parameters, variants, ancestry, woman, np.where(np.isnan(age), drawn_age, age),
        dosages=dosages, ace=ace, items=items, traits=given,
    )  # fmt: skip
    frame.insert(0, "participant", participant)
    for name in dosages:
        frame[name] = genes[:, variants.names.index(name)]
    return frame


def _numbers(
    table: Table, column: str, low: float, high: float, faults: list[str], *, whole: bool = False
) -> NDArray[np.float64]:
    if column not in table.columns:
        return np.full(len(table), np.nan)
    return table.numbers(column, low, high, faults, whole=whole)


def _words(table: Table, column: str, known: tuple[str, ...], faults: list[str]) -> NDArray[np.int64]:
    if column not in table.columns:
        return np.full(len(table), -1, dtype=np.int64)
    return table.words(column, known, faults)


def _names(table: Table, faults: list[str]) -> list[str]:
    """Name of each participant: the file's ``id``, or the number of the row, from 1."""
    if "id" not in table.columns:
        return [str(k) for k in range(1, len(table) + 1)]
    first: dict[str, int] = {}
    for i, name in enumerate(table.columns["id"]):
        if not name:
            faults.append(table.fault(i, "id", "is not permitted: every participant needs an id"))
        elif name in first:
            faults.append(table.fault(i, "id", f"is already the id of row {table.rows[first[name]]}"))
        else:
            first[name] = i
    return table.columns["id"]
