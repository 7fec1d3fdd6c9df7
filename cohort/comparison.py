"""Whether two runs hold the same, value for value, and where they do not: `cohort diff`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from cohort.columns import sort_order
from cohort.run_data import RunData, load


@dataclass(frozen=True)
class TableDifference:
    """One table of runs A and B: `rows` of each, rows whose key only one of them has, and columns with the number of
    rows, of those whose key both have, in which they differ. `schema` says how the columns themselves differ.
    """

    rows: tuple[int, int]
    only_a: int
    only_b: int
    columns: Mapping[str, int]
    schema: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether the tables hold the same."""
        return not (self.only_a or self.only_b or self.columns or self.schema)


@dataclass(frozen=True)
class Comparison:
    """Two runs compared: `tables` by name, and a line for each difference of the provenance."""

    a: Path
    b: Path
    tables: Mapping[str, TableDifference]
    provenance: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether all tables hold the same; the provenance may differ."""
        return all(difference.same for difference in self.tables.values())

    def __str__(self) -> str:
        lines = []
        for name, d in self.tables.items():
            if d.same:
                lines.append(f"{name}: same, {d.rows[0]:,} rows")
                continue
            lines.append(f"{name}: differs, {d.rows[0]:,} rows against {d.rows[1]:,}")
            lines += [f"  {line}" for line in d.schema]
            lines += [f"  {n:,} rows only in {run}" for n, run in ((d.only_a, self.a), (d.only_b, self.b)) if n]
            lines += [f"  {column}: {n:,} rows differ" for column, n in d.columns.items()]
        told = [f"  {line}" for line in self.provenance]
        return "\n".join([*lines, "provenance: differs" if told else "provenance: same", *told])


def diff(a: str | Path | RunData, b: str | Path | RunData) -> Comparison:
    """Compare two runs, table by table, sorted, value for value (missing equals missing).

    Raises InputError when one of them is no run.
    """
    first, second = (run if isinstance(run, RunData) else load(run) for run in (a, b))
    tables = {name: _table(first, second, name) for name in dict.fromkeys([*first.tables, *second.tables])}
    differences = first.provenance.differences(second.provenance)
    return Comparison(first.directory, second.directory, tables, tuple(differences))


def _table(a: RunData, b: RunData, name: str) -> TableDifference:
    if name not in a.rows or name not in b.rows:
        here = a if name in a.rows else b
        rows = (a.rows.get(name, 0), b.rows.get(name, 0))
        return TableDifference(rows, rows[0], rows[1], {}, (f"the table is only in {here.directory}",))
    mine, theirs = ({column.name: column for column in run.layout(name).columns} for run in (a, b))
    schema = [f"column {c} is only in {(a if c in mine else b).directory}" for c in sorted(mine.keys() ^ theirs.keys())]
    shared = [c for c in mine if c in theirs]
    schema += [
        f"column {c} is {mine[c].dtype} against {theirs[c].dtype}" for c in shared if mine[c].dtype != theirs[c].dtype
    ]
    shared = [c for c in shared if mine[c].dtype == theirs[c].dtype]
    key = [c for c in a.layout(name).key if c in shared]
    order = [*key, *(c for c in shared if c not in key)]
    names = {c: sorted({*mine[c].names, *theirs[c].names}) for c in shared if mine[c].dtype == "name"}
    left, right = (_sorted(_coded(run.arrow(name, shared), names), key, order) for run in (a, b))
    rows = (left.num_rows, right.num_rows)
    in_a, in_b = _matched(left, right, key)
    columns = {}
    for c in shared:
        one, other = left.column(c).filter(pa.array(in_a)), right.column(c).filter(pa.array(in_b))
        if n := _different(one, other):
            columns[c] = n
    return TableDifference(rows, int((~in_a).sum()), int((~in_b).sum()), columns, tuple(schema))


def _coded(table: pa.Table, names: Mapping[str, list[str]]) -> pa.Table:
    """The table with each column of names as places in the list that both runs share."""
    for c, known in names.items():
        places = pc.index_in(table.column(c).combine_chunks().dictionary, pa.array(known, pa.string()))
        codes = [places.take(chunk.indices) for chunk in table.column(c).chunks]
        table = table.set_column(table.schema.get_field_index(c), c, pa.chunked_array(codes, pa.int32()))
    return table


def _sorted(table: pa.Table, key: list[str], order: list[str]) -> pa.Table:
    """The table by its key, and by all columns where rows share a key."""
    by_key = table.take(pa.array(sort_order([table.column(c) for c in key])))
    shared = _occurrence(by_key, key) > 0
    shared[:-1] |= shared[1:]  # with the first row of each such group
    places = np.flatnonzero(shared)
    if not len(places):
        return by_key
    final = np.arange(len(shared))
    group = by_key.take(pa.array(places))
    final[places] = places[sort_order([group.column(c) for c in order])]
    return by_key.take(pa.array(final))


def _different(one: pa.ChunkedArray, other: pa.ChunkedArray) -> int:
    missing = pc.not_equal(pc.is_null(one), pc.is_null(other))
    return int(pc.sum(pc.or_(missing, pc.fill_null(pc.not_equal(one, other), False))).as_py() or 0)


def _matched(left: pa.Table, right: pa.Table, key: list[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows of each sorted table whose key, counted when it occurs more than once, the other one has too."""
    if left.num_rows == right.num_rows and all(_different(left.column(c), right.column(c)) == 0 for c in key):
        everything = np.ones(left.num_rows, dtype=bool)
        return everything, everything
    sides = [t.select(key).append_column("count of the key", pa.array(_occurrence(t, key))) for t in (left, right)]
    both = pa.concat_tables(sides)
    ranks = np.zeros(both.num_rows, dtype=np.int64)
    for c in both.column_names:  # one number for each different row
        codes = both.column(c).combine_chunks().dictionary_encode(null_encoding="encode").indices.to_numpy()
        ranks = np.unique(ranks * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    mine, theirs = ranks[: left.num_rows], ranks[left.num_rows :]
    return np.isin(mine, theirs), np.isin(theirs, mine)


def _occurrence(table: pa.Table, key: list[str]) -> NDArray[np.int64]:
    """How many rows just before have the same key, in a sorted table."""
    n = table.num_rows
    new = np.ones(n, dtype=bool)
    if n > 1:
        new[1:] = False
        for c in key:
            column = table.column(c)
            before, after = column.slice(0, n - 1), column.slice(1)
            missing = pc.not_equal(pc.is_null(before), pc.is_null(after))
            changed = pc.or_(missing, pc.fill_null(pc.not_equal(before, after), False))
            new[1:] |= changed.to_numpy()
    places = np.arange(n, dtype=np.int64)
    return places - np.maximum.accumulate(np.where(new, places, 0))
