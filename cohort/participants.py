"""Real participants from a file: what it gives is used, what it lacks is drawn, what it may not hold is
refused.

A file is CSV, Parquet, or dosages by PLINK (`plink`). Columns, all optional: ``id`` (text), ``sex``, ``age``,
``ancestry``, any of `TRAITS`, any named variant (number of counted alleles, 0 to 2, fractions permitted), and either
``ace`` (a number) or any of the ten kinds of adverse experience (0 or 1). A blank cell is drawn. An unknown column is
refused.

Draws are keyed by the participant's position among the rows (0, 1, ...), which is their numeric ``id``; the
text of the file's own ``id`` is kept as ``participant``. So rows put in another order are drawn anew.

A baseline measure, such as a resting heart rate, could only enter by conditioning the hidden state, and no sourced
figure links one to it: such a column is refused, with this reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
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
from cohort.plink import is_raw, read_raw
from cohort.traits import OLDEST, SEXES, TRAITS, YOUNGEST

TRAIT_LOW, TRAIT_HIGH = 0.05, 20.0  # multiples of the median person; beyond lies a wrong unit
# Measures that a cohort often has, and the hidden state that each would have to condition.
BASELINE = {
    "heart_rate": "noradrenergic_tone", "hrv": "noradrenergic_tone", "blood_pressure": "noradrenergic_tone",
    "skin_conductance": "noradrenergic_tone", "pupil": "noradrenergic_tone", "cortisol": "cortisol_feedback",
    "symptoms": "baseline_load", "pcl5": "baseline_load", "caps5": "baseline_load", "phq9": "baseline_load",
    "bdi": "baseline_load", "stai": "baseline_load",
}  # fmt: skip
_PERSON = ("id", "sex", "age", "ancestry", "ace")


def on_stderr(note: str) -> None:
    """Say a line beside what a command writes."""
    print(f"cohort: {note}", file=sys.stderr)


def read_participants(
    path: str | Path,
    seed: int,
    parameters: Parameters,
    *,
    wanted: Collection[str] = (),
    ancestry: Mapping[str, float] | None = None,
    female: float = 0.5,
    age: tuple[float, float] = (18.0, 65.0),
    adversity: Mapping[str, float] | None = None,
    say: Callable[[str], None] = on_stderr,
) -> pd.DataFrame:
    """Read participants: the table of `draw_traits`, with a column ``participant`` in front.

    Columns of genotypes in the file are kept, completed where blank, and those in `wanted` are added. `ancestry`,
    `female`, `age` and `adversity` say what blanks are drawn from, as in `draw_traits`. What of a ``.raw`` file is not
    used is told to `say`. Raises InputError for a file that cannot be read, an unknown column, a baseline measure, or a
    value that is not permitted: all faults in one message, with row and column.
    """
    variants = genome.load_variants()
    if is_raw(path):
        raw = read_raw(path, variants)
        table = raw.table
        for note in raw.notes:
            say(f"{path}: {note}")
    else:
        table = read_table(path)
    kinds = childhoods().kinds
    known = (*_PERSON, *TRAITS, *variants.names, *kinds)
    faults = [_refusal(name, known) for name in table.columns if name not in known]
    items_given = [kind for kind in kinds if kind in table.columns]
    if "ace" in table.columns and items_given:
        faults.append(f"columns 'ace' and '{items_given[0]}' both tell of adversity; give the number or the kinds")
    participant = _names(table, faults)
    sex = _words(table, "sex", SEXES, faults)
    group = _words(table, "ancestry", ANCESTRIES, faults)
    years = _numbers(table, "age", YOUNGEST, OLDEST, faults)
    ace = _numbers(table, "ace", 0, len(kinds), faults, whole=True)
    items = {kind: _numbers(table, kind, 0, 1, faults, whole=True) for kind in items_given}
    dosages = {v: _numbers(table, v, 0, 2, faults) for v in variants.names if v in table.columns}
    given = {t: _numbers(table, t, TRAIT_LOW, TRAIT_HIGH, faults) for t in TRAITS if t in table.columns}
    table.refuse(faults)

    kin = genome.kinship(np.arange(len(table), dtype=np.int64))
    shares = dict.fromkeys(ANCESTRIES, 1.0 / len(ANCESTRIES)) if ancestry is None else ancestry
    group = np.where(group < 0, traits.draw_ancestry(seed, kin, shares), group)
    woman = np.where(sex < 0, streams.uniforms(seed, streams.SEX, kin.zygote) < female, sex == 0)
    low, high = age
    drawn_age = low + (high - low) * streams.uniforms(seed, streams.AGE, kin.family)
    frame, genes = traits.complete(
        kin, seed, parameters, variants, group, woman, np.where(np.isnan(years), drawn_age, years),
        dosages=dosages, ace=ace, items=items, traits=given, adversity_shares=traits.count_shares(adversity),
    )  # fmt: skip
    frame.insert(0, "participant", participant)
    for name in [v for v in variants.names if v in dosages or v in wanted]:
        frame[name] = genes[:, variants.names.index(name)]
    return frame


def _refusal(name: str, known: tuple[str, ...]) -> str:
    """Why a column is not taken."""
    plain = name.lower().replace("-", "_").removeprefix("resting_").removeprefix("baseline_")
    if plain in BASELINE:
        return (
            f"column '{name}': a baseline measure is refused, for no sourced figure links it to the hidden state "
            f"that it would have to condition ({BASELINE[plain]}); leave it out, or give that trait"
        )
    return (
        f"unknown column '{name}'{did_you_mean(name, known)}; permitted: {', '.join(_PERSON)}, a trait, a "
        "named variant or a kind of adverse experience"
    )


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
