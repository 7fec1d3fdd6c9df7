"""Where the package's data files lie, how a file appears whole, and how a table given by a user is read.

Such a table is CSV or Parquet; every cell is read as text.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cohort.errors import InputError, one_message

MOST_FAULTS = 20  # faults listed in one message; the rest are counted

_HERE = Path(__file__).resolve().parent
_PERMITTED = "permitted: a CSV file in UTF-8 separated by commas, or a Parquet file"


def data_file(name: str) -> Path:
    """Path of one file of the package's data: beside the code when installed, in ``data/`` in a checkout.

    Raises InputError when there is no such file.
    """
    for folder in (_HERE / "_data", _HERE.parent / "data"):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"the data file {name!r} of the package is missing; install the package again")


def scenario_file(name: str) -> Path:
    """Path of one scenario of the package, as `data_file`."""
    for folder in (_HERE / "_scenarios", _HERE.parent / "scenarios"):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"the scenario {name!r} of the package is missing; install the package again")


def check_writable(path: Path, option: str = "--out") -> None:
    """Refuse a place where no file can be written, given by `option`, before any work is done. Raises InputError."""
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"{option} {path}: there is no folder {folder}; make it or choose another place")
    if path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"{option} {path}: cannot be written; choose another place")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place to write to in the same folder, which takes that of `path` at the end, or goes when anything fails."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=path.suffix, delete=False) as part:
        name = Path(part.name)
    try:
        yield name
        name.chmod(0o644)
        os.replace(name, path)
    finally:
        name.unlink(missing_ok=True)


@dataclass(frozen=True)
class Table:
    """A table as text: `columns` by name, each of shape (n,), blank cells as "" (never None).

    `rows` numbers each row as a reader would: in CSV as a spreadsheet shows it (the header is row 1), in
    Parquet from 1.
    """

    path: Path
    columns: dict[str, list[str]]
    rows: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    def fault(self, row: int, column: str, complaint: str) -> str:
        """One sentence about the cell at `row` (0-based position) of `column`."""
        cell = self.columns[column][row]
        shown = cell if len(cell) <= 40 else cell[:37] + "..."
        return f"row {self.rows[row]}, column '{column}': '{shown}' {complaint}"

    def refuse(self, faults: list[str]) -> None:
        """Raise InputError when there are faults, listing at most `MOST_FAULTS` and counting the rest."""
        if len(faults) > MOST_FAULTS:
            listed = "".join(f"\n  - {fault}" for fault in faults[:MOST_FAULTS])
            more = len(faults) - MOST_FAULTS
            raise InputError(f"{self.path}: {len(faults)} faults{listed}\n  - and {more} more")
        if faults:
            raise InputError(one_message(str(self.path), faults))

    def numbers(
        self,
        column: str,
        low: float,
        high: float,
        faults: list[str],
        *,
        whole: bool = False,
        blank: bool = True,
    ) -> NDArray[np.float64]:
        """Column as float64, NaN where blank; a cell that is no number from `low` to `high` adds a fault.

        With `whole`, only integers pass; without `blank`, an empty cell is a fault.
        """
        out = np.full(len(self), np.nan)
        kind = "a whole number" if whole else "a number"
        for i, cell in enumerate(self.columns[column]):
            if not cell and blank:
                continue
            try:
                value = float(cell) if "_" not in cell else np.nan  # Python reads 1_0 as 10
            except ValueError:
                value = np.nan
            if low <= value <= high and not (whole and value != int(value)):  # false for NaN
                out[i] = value
            else:
                or_blank = ", or blank" if blank else ""
                complaint = f"is not permitted: {kind} from {low:g} to {high:g}{or_blank}"
                faults.append(self.fault(i, column, complaint))
        return out

    def words(self, column: str, known: tuple[str, ...], faults: list[str], *, blank: bool = True) -> NDArray[np.int64]:
        """Column as positions in `known`, -1 where blank; any other word adds a fault."""
        out = np.full(len(self), -1, dtype=np.int64)
        place = {word: k for k, word in enumerate(known)}
        for i, cell in enumerate(self.columns[column]):
            if cell in place:
                out[i] = place[cell]
            elif cell or not blank:
                shown = ", ".join(known) if len(known) <= 12 else f"{known[0]}, {known[1]} and so on"
                faults.append(self.fault(i, column, f"is not permitted: one of {shown}"))
        return out


def read_table(path: str | Path) -> Table:
    """Read a CSV (UTF-8, commas) or Parquet file as text.

    Raises InputError for a path that is missing, a folder, empty, neither CSV nor Parquet, without rows, with
    a column named twice or not at all, or with a row of the wrong length.
    """
    path = Path(path)
    content = file_content(path, _PERMITTED)
    parquet = content[:4] == b"PAR1" or path.suffix == ".parquet"
    return _from_parquet(path, content) if parquet else _from_csv(path, content)


def file_content(path: Path, permitted: str) -> bytes:
    """Content of a file that a user names. Raises InputError for one that is missing, a folder, unreadable or empty."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; {permitted}")
    if not path.exists():
        raise InputError(f"{path}: no such file; {permitted}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); {permitted}") from None
    if not content.strip():
        raise InputError(f"{path}: the file is empty; {permitted}")
    return content


def _headed(path: Path, header: list[str]) -> None:
    faults = []
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        faults.append(f"columns are not separated by commas; {_PERMITTED}")
    faults += [f"column '{name}' appears twice" for name in sorted({n for n in header if header.count(n) > 1})]
    faults += [f"column {k} has no name" for k, name in enumerate(header, 1) if not name]
    if faults:
        raise InputError(one_message(str(path), faults))


def _from_csv(path: Path, content: bytes) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(f"{path}: is not a text file in UTF-8; {_PERMITTED}")
    try:
        records = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: is not well-formed CSV ({error}); {_PERMITTED}") from None
    return table_of(path, records)


def table_of(path: Path, records: list[list[str]]) -> Table:
    """A table from the cells of a file, line by line, with its header first; blank lines are passed over.

    Raises InputError for a bad header, a row of another length, or no rows.
    """
    filled = [(number, record) for number, record in enumerate(records, 1) if any(c.strip() for c in record)]
    header = [name.strip() for name in filled[0][1]] if filled else []
    _headed(path, header)
    table = Table(path, {name: [] for name in header}, [])
    faults = []
    for number, record in filled[1:]:
        if len(record) != len(header):
            faults.append(f"row {number} has {len(record)} cells; permitted: {len(header)}, as in the header")
            continue
        table.rows.append(number)
        for name, cell in zip(header, record, strict=True):
            table.columns[name].append(cell.strip())
    table.refuse(faults)
    _some_rows(table)
    return table


def _some_rows(table: Table) -> None:
    if not table.rows:
        raise InputError(f"{table.path}: the file has a header and no rows; give at least one row")


def _from_parquet(path: Path, content: bytes) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: is not a readable Parquet file ({reason}); {_PERMITTED}") from None
    header = [str(name).strip() for name in table.column_names]
    _headed(path, header)
    columns = {
        name: [_text(value) for value in column.to_pylist()] for name, column in zip(header, table.columns, strict=True)
    }
    out = Table(path, columns, list(range(1, table.num_rows + 1)))
    _some_rows(out)
    return out


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value).strip()
