"""A finished run, read again: its tables as pandas frames, its codebook, its provenance.

Everything comes from the run's own files, so that it can be read without the scenario.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from cohort.columns import Column, Layout, sort_order
from cohort.errors import InputError, MachineError, did_you_mean
from cohort.provenance import NOTICE, Provenance
from cohort.records import PROVENANCE

OBSERVED = "observed"  # below a run: the trial as it is seen, where that is a world of its own
Filters = Sequence[tuple[str, str, Any]]  # as in pandas: all of (column, "==" or "<" or "in" ..., value) hold


def load(directory: str | Path) -> RunData:
    """Open a run. Raises InputError for a directory that is none, or a damaged one; no table is read yet."""
    return RunData(Path(directory))


class RunData:
    """One run. ``run.persons``, ``run.intrusions`` ... are pandas frames, read when first asked for and kept.

    `rows` counts the rows of each table. Frames are sorted by the table's key. Whole numbers stay whole: a column that
    may be missing has pandas' nullable dtype; missing numbers with a fraction are NaN in a frame, as pandas has it.
    """

    def __init__(self, directory: Path, provenance: Provenance | None = None) -> None:
        self.directory = directory
        self.provenance = _provenance(directory) if provenance is None else provenance
        self._sources: dict[str, ds.Dataset] = {}
        self._layouts: dict[str, Layout] = {}
        self._frames: dict[str, pd.DataFrame] = {}
        self.rows: dict[str, int] = {}
        for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
            self._open(folder)
        if not self.rows:
            raise InputError(f"{directory}: the run holds no table; take it from a copy")

    def _open(self, folder: Path) -> None:
        parts = sorted(str(path) for path in folder.glob("*.parquet"))
        if not parts:
            return
        try:
            self._sources[folder.name] = ds.dataset(parts, format="parquet", schema=pq.read_schema(parts[0]))
            self._layouts[folder.name] = Layout.from_schema(self._sources[folder.name].schema)
            self.rows[folder.name] = self._sources[folder.name].count_rows()
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as fault:
            reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
            raise InputError(f"{folder}: is no table of a run, or damaged ({reason}); take it from a copy") from None

    def world(self, arm: str) -> RunData:
        """A trial's run as it is when everybody lives under one arm; its tables say no arm.

        Raises InputError for a run without a trial, or an unknown arm.
        """
        arms = self._arms()
        if arm not in arms:
            raise InputError(f"{self.directory}: no arm '{arm}'{did_you_mean(arm, arms)}; permitted: {', '.join(arms)}")
        return _WorldData(self, pc.field("arm").is_null() | (pc.field("arm").cast(pa.string()) == arm))

    @property
    def observed(self) -> RunData:
        """A trial's run as the trial sees it: each person under the arm allotted, who has none under the reference.

        Where persons influence each other it is a world of its own. Raises InputError for a run without a trial.
        """
        arms = self._arms()
        place = self.directory / OBSERVED
        if place.is_dir():
            return RunData(place, self.provenance)
        allotted = self.arrow("allocation", ["person", "arm"]).to_pandas()
        allotted["arm"] = allotted["arm"].astype(object).fillna(self.provenance.study["reference"])
        chosen = pc.field("arm").is_null()
        for arm in arms:
            ids = pa.array(allotted.loc[allotted["arm"] == arm, "person"])
            chosen |= (pc.field("arm").cast(pa.string()) == arm) & pc.field("person").isin(ids)
        return _WorldData(self, chosen)

    def _arms(self) -> list[str]:
        arms: list[str] = self.provenance.study.get("arms", [])
        if not arms:
            raise InputError(f"{self.directory}: holds no trial, so there are no arms")
        return arms

    @cached_property
    def intrusions_recorded(self) -> bool:
        """Whether every intrusion was written (`records.intrusions`); if not, an empty table says nothing."""
        try:
            records = tomllib.loads(self.provenance.scenario).get("records", {})
        except tomllib.TOMLDecodeError:
            return True
        return bool(records.get("intrusions", True))

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(self.rows)

    def layout(self, table: str) -> Layout:
        """Columns and key of a table, as its files describe them. Raises InputError for an unknown table."""
        if table not in self._layouts:
            permitted = f"permitted: {', '.join(self.tables)}"
            raise InputError(f"{self.directory}: no table '{table}'{did_you_mean(table, self.tables)}; {permitted}")
        return self._layouts[table]

    def arrow(self, table: str, columns: Sequence[str] | None = None, filters: Filters | None = None) -> pa.Table:
        """A table, or some columns and rows of it, as an Arrow table in the order in which it was written.

        Raises InputError for a table or column that is not there, or a filter that does not fit.
        """
        layout = self.layout(table)
        known = [column.name for column in layout.columns]
        wanted = known if columns is None else list(columns)
        for name in (*wanted, *(column for column, *_ in filters or ())):
            if name not in known:
                permitted = f"permitted: {', '.join(known)}"
                raise InputError(f"{table}: no column '{name}'{did_you_mean(name, known)}; {permitted}")
        try:
            chosen = pq.filters_to_expression([tuple(f) for f in filters]) if filters else None
            if (world := self._world(table)) is not None:
                chosen = world if chosen is None else chosen & world
            return self._sources[table].to_table(columns=wanted, filter=chosen).unify_dictionaries()
        except (pa.ArrowException, OSError, ValueError, TypeError) as fault:
            raise InputError(f"{self.directory / table}: cannot be read ({str(fault).splitlines()[0]})") from None

    def _world(self, table: str) -> pc.Expression | None:
        """Which rows of a table are there; None for all."""
        return None

    def table(self, table: str, columns: Sequence[str] | None = None, filters: Filters | None = None) -> pd.DataFrame:
        """A frame with the `columns` asked for and the rows that pass all `filters`; it is not kept.

        ``run.table("intrusions", ["person", "distress"], [("minute", "<", 10080)])``
        """
        layout = self.layout(table)
        wanted = [column.name for column in layout.columns] if columns is None else list(columns)
        read = self.arrow(table, list(dict.fromkeys([*wanted, *layout.key])), filters)
        order = sort_order([read.column(name) for name in layout.key])
        if np.any(order[1:] < order[:-1]):
            read = read.take(pa.array(order))
        described = {column.name: column for column in layout.columns}
        return pd.DataFrame({name: _series(described[name], read.column(name)) for name in wanted})

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in self.rows:
            raise AttributeError(f"a run has no {name!r}; its tables: {', '.join(self.__dict__.get('rows', ()))}")
        if name not in self._frames:
            self._frames[name] = self.table(name)
        return self._frames[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.tables]

    def codebook(self, table: str | None = None) -> pd.DataFrame:
        """What each column of a table (or of all) holds: dtype, unit, range, names, missing code and meaning."""
        layouts = self._layouts.values() if table is None else [self.layout(table)]
        return pd.DataFrame(
            [
                {"table": layout.name, **column.entry(), "names": ", ".join(column.names)}
                for layout in layouts
                for column in layout.columns
            ]
        )

    def to_csv(self, directory: str | Path) -> list[Path]:
        """Write each table as ``<table>.csv`` and ``codebook.csv`` into a new directory, in bounded memory.

        Missing is an empty cell. Rows stand in the order in which they were written. Raises InputError when something
        is there already, MachineError when it cannot be written.
        """
        place = Path(directory)
        if os.path.lexists(place):
            raise InputError(f"{place}: already exists and is left as it is; choose another directory")
        try:
            place.mkdir()
            for table in self.tables:
                self._write_csv(table, place / f"{table}.csv")
            self.codebook().to_csv(place / "codebook.csv", index=False)
        except OSError as fault:
            line = f"{place}: cannot be written ({fault.strerror or fault}); make room or choose another directory"
            raise MachineError(line) from None
        return sorted(place.glob("*.csv"))

    def _write_csv(self, table: str, path: Path) -> None:
        source = self._sources[table]
        kept = [column.name for column in self._layouts[table].columns]
        names = {f.name: pc.field(f.name).cast(_plain(f.type)) for f in source.schema if f.name in kept}
        scanner = source.scanner(columns=names, filter=self._world(table))
        with open(path, "wb") as out, pyarrow.csv.CSVWriter(out, scanner.projected_schema) as writer:
            for batch in scanner.to_batches():
                writer.write_batch(batch)

    def __repr__(self) -> str:
        listed = "\n".join(f"  {name:<12}{count:>14,} rows" for name, count in self.rows.items())
        return f"{self._title()}\n{listed}\n{NOTICE}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td style='text-align:right'>{count:,}</td>"
            f"<td style='text-align:left'>{escape(self._layouts[name].meaning)}</td></tr>"
            for name, count in self.rows.items()
        )
        head = "<tr><th>table</th><th>rows</th><th style='text-align:left'>what it holds</th></tr>"
        return f"<p><b>{escape(self._title())}</b></p><table>{head}{rows}</table><p><i>{NOTICE}</i></p>"

    def _title(self) -> str:
        facts = {**self.provenance.study, "seed": self.provenance.seed}
        plain = {key: value for key, value in facts.items() if isinstance(value, (str, int, float))}
        arms = facts.get("arms", [])
        told = [f"{key} {value}" for key, value in plain.items()] + ([f"arms {', '.join(arms)}"] if arms else [])
        return f"run {self.directory.name}: " + ", ".join(told)


class _WorldData(RunData):
    """One world of a run: the rows of its arm, and those that all arms share."""

    def __init__(self, run: RunData, chosen: pc.Expression) -> None:
        self._chosen = chosen
        super().__init__(run.directory, run.provenance)

    def _open(self, folder: Path) -> None:
        super()._open(folder)
        layout = self._layouts.get(folder.name)
        if layout is None or layout.columns[0].name != "arm":
            return
        self._layouts[folder.name] = Layout(layout.name, layout.meaning, layout.key[1:], layout.columns[1:])
        if (world := self._world(folder.name)) is not None:
            self.rows[folder.name] = self._sources[folder.name].count_rows(filter=world)

    def _world(self, table: str) -> pc.Expression | None:
        names = self._sources[table].schema.names
        return self._chosen if {"arm", "person"} <= {*names} and table != "allocation" else None


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_dictionary(kind) else kind


def _series(column: Column, values: pa.ChunkedArray) -> Any:
    """Column as pandas has it, with the dtype of the codebook."""
    if column.dtype == "name":
        return values.to_pandas().cat.set_categories(list(column.names))
    if column.dtype in ("int32", "int64") and column.missing:
        kind = {"int32": pd.Int32Dtype(), "int64": pd.Int64Dtype()}[column.dtype]
        return values.to_pandas(types_mapper=lambda _: kind)
    return values.to_pandas()


def _provenance(directory: Path) -> Provenance:
    if not directory.is_dir():
        raise InputError(f"{directory}: is no directory of a run; give the --out of `cohort run`")
    path = directory / PROVENANCE
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        if (directory / "records" / PROVENANCE).exists() or directory.name.endswith(".partial"):
            raise InputError(f"{directory}: the run is not finished; go on with `cohort run ... --resume`") from None
        raise InputError(f"{directory}: holds no run ({PROVENANCE} is missing); give the --out of a run") from None
    except OSError as fault:
        raise MachineError(f"{path}: cannot be read ({fault.strerror}); change the permissions") from None
    return Provenance.parse(text, path)
