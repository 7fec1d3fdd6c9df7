"""A column of a run's tables: what it means, and how numbers become a typed Arrow column and are described in the file.

Missing is null in every type, never NaN and never a number that stands for it. Each column carries its own codebook
entry in the file's schema, so that a run explains itself wherever it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DType = Literal["int32", "int64", "float32", "bool", "name", "text"]
ENTRY = b"codebook"  # key of a column's own metadata
TABLE_ENTRY = b"cohort:table"  # key of the schema's metadata: meaning and key of the table


@dataclass(frozen=True)
class Column:
    """One column: `dtype`, `unit` ("1" for a pure number, "" for names), what it means and what it may hold.

    `low` and `high` bound numbers, inclusive (an infinite bound means any finite number on that side). A column of
    dtype "name" holds one of `names`, kept as a dictionary. With `missing`, a value may be null, and `meaning` says
    when.
    """

    name: str
    dtype: DType
    unit: str
    meaning: str
    low: float = -inf
    high: float = inf
    missing: bool = False
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.dtype not in get_args(DType) or not self.meaning:
            raise ValueError(f"column {self.name!r} needs a meaning and a dtype of {get_args(DType)}")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"column {self.name!r} lists a name twice: {sorted(self.names)}")

    @property
    def arrow_type(self) -> pa.DataType:
        """Type of the column in Arrow and Parquet."""
        if self.dtype == "name":
            return pa.dictionary(pa.int32(), pa.string())
        return {"text": pa.string(), "bool": pa.bool_()}.get(self.dtype) or getattr(pa, self.dtype)()

    def entry(self) -> dict[str, Any]:
        """The codebook's row for this column, as plain JSON types (an open end of the range is None)."""
        return {
            "column": self.name,
            "dtype": self.dtype,
            "unit": self.unit,
            "low": None if self.low == -inf else self.low,
            "high": None if self.high == inf else self.high,
            "names": list(self.names),
            "missing": "null" if self.missing else "never",
            "meaning": self.meaning,
        }

    @classmethod
    def from_field(cls, described: pa.Field) -> Column:
        """The column that a field of a file's schema describes. Raises KeyError or ValueError when it does not."""
        told = json.loads((described.metadata or {})[ENTRY])
        low, high = told["low"], told["high"]
        return cls(
            name=described.name,
            dtype=told["dtype"],
            unit=told["unit"],
            meaning=told["meaning"],
            low=-inf if low is None else low,
            high=inf if high is None else high,
            missing=told["missing"] == "null",
            names=tuple(told["names"]),
        )

    def array(self, values: Any) -> pa.Array:
        """Copy values (n,) into an Arrow array of this column's type.

        Numbers: an array or a masked array; NaN in a float column is null. Names: positions in `names` (-1 is null)
        or the names themselves (None is null). Raises ValueError, a programming fault, for a value that the column
        may not hold.
        """
        if self.dtype == "text":
            out = pa.array(list(values), pa.string(), from_pandas=True)
        elif self.dtype == "name":
            out = self._names(values)
        elif self.dtype == "float32":
            filled = _filled(np.ma.asarray(values, dtype=np.float32))
            missing = np.isnan(filled)
            out = pa.array(filled, pa.float32(), mask=missing if missing.any() else None)
        else:
            out = self._whole(values)
        if out.null_count and not self.missing:
            raise ValueError(f"column {self.name!r}: {out.null_count} values are missing, and it may hold none")
        if self.dtype in ("int32", "int64", "float32"):
            self._check_range(out)
        return out

    def _names(self, values: Any) -> pa.Array:
        given = np.asarray(values)
        dictionary = pa.array(self.names, pa.string())
        if given.dtype.kind in "iu":
            if given.size and not (given.min() >= -1 and given.max() < len(self.names)):
                raise ValueError(f"column {self.name!r}: positions beyond the {len(self.names)} names")
            codes = pa.array(given.astype(np.int32), mask=given < 0)
        else:
            words = pa.array(list(values), pa.string(), from_pandas=True)
            codes = pc.index_in(words, value_set=dictionary)
            if codes.null_count > words.null_count:
                unknown = pc.unique(words.filter(pc.and_(codes.is_null(), words.is_valid()))).to_pylist()
                raise ValueError(f"column {self.name!r}: {unknown[:5]} not among {list(self.names)}")
        return pa.DictionaryArray.from_arrays(codes, dictionary)

    def _whole(self, values: Any) -> pa.Array:
        given = np.ma.asarray(values)
        data, mask = np.ma.getdata(given), given.mask if np.ma.is_masked(given) else None
        kind = np.dtype(self.dtype)
        with np.errstate(invalid="ignore"):  # found out below
            copied = data.astype(kind) if data.dtype.kind in "biuf" else None
        if copied is None or (data.dtype != kind and np.any((copied != data) & (True if mask is None else ~mask))):
            raise ValueError(f"column {self.name!r}: values that {self.dtype} cannot hold exactly")
        return pa.array(copied, mask=mask, type=self.arrow_type)

    def _check_range(self, out: pa.Array) -> None:
        there = (out if not out.null_count else out.drop_null()).to_numpy()
        if not len(there):
            return
        least, most = there.min(), there.max()
        low, high = (np.float32(b) if self.dtype == "float32" else b for b in (self.low, self.high))
        if not (low <= least and most <= high and abs(least) < inf and abs(most) < inf):
            raise ValueError(f"column {self.name!r}: {least} to {most}; permitted: {self.low:g} to {self.high:g}")


def _filled(values: Any) -> NDArray[np.float32]:
    copied = np.array(np.ma.getdata(values), dtype=np.float32)
    if np.ma.is_masked(values):
        copied[values.mask] = np.nan
    return copied


@dataclass(frozen=True)
class Layout:
    """The layout of one table: its columns in order, and the `key` that tells its rows apart and sorts them."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError(f"table {self.name!r} has a column twice: {sorted(names)}")
        if not set(self.key) <= set(names):
            raise ValueError(f"table {self.name!r} has a key of columns that it lacks: {self.key}")

    def schema(self, metadata: Mapping[bytes, bytes]) -> pa.Schema:
        """Arrow schema, with the codebook's entry in each field and `metadata` beside it."""
        fields = [
            pa.field(c.name, c.arrow_type, nullable=c.missing, metadata={ENTRY: json.dumps(c.entry()).encode()})
            for c in self.columns
        ]
        told = {"name": self.name, "meaning": self.meaning, "key": list(self.key)}
        return pa.schema(fields, metadata={TABLE_ENTRY: json.dumps(told).encode(), **metadata})

    @classmethod
    def from_schema(cls, schema: pa.Schema) -> Layout:
        """The table that a file's schema describes. Raises KeyError or ValueError when it describes none."""
        told = json.loads((schema.metadata or {})[TABLE_ENTRY])
        return cls(told["name"], told["meaning"], tuple(told["key"]), tuple(Column.from_field(f) for f in schema))

    def batch(self, values: Mapping[str, Any], schema: pa.Schema, rows: slice) -> pa.RecordBatch:
        """Some `rows` of the columns given as typed columns; a column left out is null, where it may be.

        Raises ValueError, a programming fault, for a column too many or too few, or a value not permitted.
        """
        arrays = []
        length = next(len(v[rows]) for v in values.values())
        for column in self.columns:
            if column.name in values:
                arrays.append(_named(self.name, column, values[column.name][rows]))
            elif column.missing:
                arrays.append(pa.nulls(length, column.arrow_type))
            else:
                raise ValueError(f"table {self.name!r}: column {column.name!r} is not given, and it may not be missing")
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    def length(self, values: Mapping[str, Any]) -> int:
        """Number of rows given. Raises ValueError for an unknown column or for columns of different lengths."""
        known = {column.name for column in self.columns}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"table {self.name!r} has no columns {unknown}; permitted: {sorted(known)}")
        lengths = {name: len(v) for name, v in values.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"table {self.name!r}: columns of different lengths, or none: {lengths}")
        return next(iter(lengths.values()))


def _named(table: str, column: Column, values: Any) -> pa.Array:
    try:
        return column.array(values)
    except (ValueError, pa.ArrowException) as fault:
        raise ValueError(f"table {table!r}, {fault}") from None


def sort_order(columns: Sequence[pa.ChunkedArray]) -> NDArray[np.intp]:
    """Stable order by the first column, then the next and so on: names by alphabet, null last."""
    keys: list[NDArray[Any]] = []
    for column in columns:
        ranks = _comparable(column)
        if ranks.null_count:
            keys.append(pc.is_null(ranks).to_numpy().astype(np.int64))
        keys.append(pc.fill_null(ranks, 0).to_numpy())
    packed = _packed(keys)
    if len(packed) == 1:
        return np.argsort(packed[0], kind="stable")  # rows come as sorted runs, which this merges
    return np.lexsort(packed[::-1])  # the last key is the first to count


def _packed(keys: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """Fewer keys of the same order: whole numbers that follow each other are put into one while 62 bits hold them."""
    out: list[NDArray[Any]] = []
    room = 0  # how many different values the last packed key can still be multiplied by
    for key in keys:
        if key.dtype.kind not in "iu" or not len(key):
            out, room = [*out, key], 0
            continue
        low = int(key.min())
        span = int(key.max()) - low + 1
        if span <= room:
            out[-1] = out[-1] * span + (key.astype(np.int64) - low)
            room //= span
        else:
            out, room = [*out, key.astype(np.int64) - low], 2**62 // span
    return out


def _comparable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers that sort as the column does."""
    if pa.types.is_boolean(column.type):
        return column.cast(pa.int8())
    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        return column
    column = column.unify_dictionaries()
    words = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    ranks = pa.array(np.argsort(np.argsort(np.array(words, dtype=object))), pa.int64())
    return pa.chunked_array([ranks.take(chunk.indices) for chunk in column.chunks], pa.int64())
