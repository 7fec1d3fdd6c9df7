"""A run's tables as they are written: Parquet parts, in bounded memory, whole or not at all.

A run for ``OUT`` grows in ``.OUT.partial`` beside it::

    lock                                  held by the process that writes
    records/provenance.json
    records/<table>/part-000000.parquet   what becomes OUT
    checkpoint/000007/                    see `checkpoint`
    branches/<name>/000001/               states from which the arms of a trial part, kept in the same way

Rows wait in memory until they fill a part; a thread writes the parts while the next rows are computed. A checkpoint
closes all parts and keeps the number of the next one of each table, so that going on from it drops what was written
later, and writes it again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from cohort import checkpoint
from cohort.checkpoint import Checkpoint, sync, sync_folder
from cohort.columns import Layout
from cohort.errors import InputError, MachineError, one_message
from cohort.part_writer import PartWriter, part_name
from cohort.provenance import Provenance

PART_ROWS = 1 << 19  # about 30 MB in memory for the widest table of a run that grows
PROVENANCE = "provenance.json"
PROVENANCE_KEY = b"cohort"  # the same text in the metadata of every part
_REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EACCES: "change the permissions",
    errno.EPERM: "change the permissions",
    errno.EROFS: "choose a place that can be written to",
}


def partial_directory(out: Path) -> Path:
    """Where a run for `out` lies until it is whole."""
    return out.parent / f".{out.name}.partial"


def refuse_existing(out: Path, *, resume: bool = False) -> None:
    """Raise InputError when a run cannot begin at `out`: something is there, or (unless `resume`) was begun.

    Raises MachineError when the place may not be looked at.
    """
    partial = partial_directory(out)
    try:
        if not out.name or out.name == "..":
            raise InputError(f"{out}: names no new directory; give the directory that the run shall become")
        if os.path.lexists(out):
            raise InputError(f"{out}: already exists and is left as it is; choose another --out or move it away")
        if not out.parent.is_dir():
            raise InputError(f"{out}: {out.parent} is no directory; make it first or choose another --out")
        if not resume and _unfinished(partial):
            raise InputError(f"{out}: an unfinished run lies in {partial}; go on with --resume, or remove it first")
    except OSError as fault:
        raise _machine(out, fault, None) from None


def record(
    out: str | Path,
    provenance: Provenance,
    tables: Mapping[str, Layout],
    *,
    resume: bool = False,
    part_rows: int = PART_ROWS,
) -> tuple[Recorder, Checkpoint | None]:
    """Begin a run that becomes the directory `out`, or with `resume` go on with the one that was cut short.

    Returns the recorder and the checkpoint to go on from: None when the run starts at its beginning, as it also does
    with `resume` when nothing was kept. Raises InputError for a place that is taken, an unfinished run of another
    scenario, seed or version, or a damaged checkpoint; MachineError for a place that cannot be written to or in which
    another process writes.
    """
    out = Path(out)
    partial = partial_directory(out)
    refuse_existing(out, resume=True)
    try:
        partial.mkdir(exist_ok=True)
        lock = hold(partial, out)
    except OSError as fault:
        raise _machine(out, fault, None) from None
    try:
        refuse_existing(out, resume=resume)  # now that nobody writes there
        kept = None
        if _unfinished(partial):
            kept = _kept(partial, provenance, tables)
        else:
            _begin(partial, provenance, tables)
        recorder = Recorder(out, provenance, tables, part_rows, lock, kept)
        return recorder, None if kept is None else Checkpoint(kept.arrays, kept.meta["model"])
    except OSError as fault:
        os.close(lock)
        raise _machine(out, fault, partial) from None
    except BaseException:
        os.close(lock)
        raise


class Recorder:
    """Writes the tables of one run; `record` makes it.

    Every method raises MachineError when a part could not be written, which may have been asked for earlier. Leaving
    the `with` block without `seal` ends the writing and keeps the last checkpoint.
    """

    def __init__(
        self,
        out: Path,
        provenance: Provenance,
        tables: Mapping[str, Layout],
        part_rows: int,
        lock: int,
        kept: Checkpoint | None,
    ) -> None:
        self.out = out
        self.rows: dict[str, int] = dict.fromkeys(tables, 0)  # rows taken on so far
        self._partial = partial_directory(out)
        self._tables = dict(tables)
        self._lock: int | None = lock
        told = {PROVENANCE_KEY: provenance.text.encode()}
        self._writer = PartWriter(
            self._partial / "records", {name: layout.schema(told) for name, layout in tables.items()}, part_rows
        )
        if kept is not None:
            self.rows.update(kept.meta["rows"])
            self._writer.parts.update(kept.meta["parts"])

    def write(self, table: str, columns: Mapping[str, Any]) -> None:
        """Take on rows: each column an array (n,), copied; see `Column.array` for what it may hold.

        Waits when the disk is slower than the run. Raises ValueError, a programming fault, for rows that the codebook
        does not permit.
        """
        layout = self._tables[table]
        columns = {name: getattr(values, "array", values) for name, values in columns.items()}  # of a pandas series
        rows = layout.length(columns)
        schema = self._writer.schemas[table]
        for first in range(0, rows, self._writer.part_rows):
            piece = slice(first, min(first + self._writer.part_rows, rows))
            self._writer.add(table, layout.batch(columns, schema, piece))
        self.rows[table] += rows
        self._check()

    def save(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Keep a checkpoint from which `record` can go on: what the model needs, as arrays and JSON types.

        Returns when everything is on the disk; `arrays` are not copied and may change afterwards.
        """
        self._writer.flush()
        self._check()
        whole = {"model": dict(meta), "rows": self.rows, "parts": self._writer.parts}
        try:
            checkpoint.save(self._partial / "checkpoint", arrays, whole)
        except OSError as fault:
            raise _machine(self.out, fault, self._partial) from None

    def keep(self, branch: str, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Keep the state at which a branch ends, for those that go on from it."""
        try:
            place = self._partial / "branches"
            place.mkdir(exist_ok=True)
            checkpoint.save(place / branch, arrays, meta)
        except OSError as fault:
            raise _machine(self.out, fault, self._partial) from None

    def kept(self, branch: str) -> Checkpoint:
        """The state that `keep` kept. Raises InputError when it is damaged."""
        return checkpoint.load(self._partial / "branches" / branch)

    def let_go(self, branch: str) -> None:
        """Drop a state that nothing goes on from any more, no checkpoint either."""
        shutil.rmtree(self._partial / "branches" / branch, ignore_errors=True)

    def seal(self) -> Path:
        """Write what waits, and give the run its name at once; returns the directory."""
        for name, layout in self._tables.items():
            if self.rows[name] == 0 and self._writer.parts[name] == 0:  # an empty table has its columns too
                nothing: dict[str, list[Any]] = {column.name: [] for column in layout.columns}
                self._writer.add(name, layout.batch(nothing, self._writer.schemas[name], slice(0)))
        self._writer.flush()
        self._check()
        try:
            refuse_existing(self.out, resume=True)
            sync_folder(self._partial / "records")
            os.rename(self._partial / "records", self.out)
            sync_folder(self.out.parent)
        except OSError as fault:
            raise _machine(self.out, fault, self._partial) from None
        self.close()
        return self.out

    def close(self) -> None:
        """End the writing and let go of the place. What no checkpoint can go on from is removed."""
        if self._lock is None:
            return
        self._writer.stop()
        if not _unfinished(self._partial):
            shutil.rmtree(self._partial, ignore_errors=True)
        os.close(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        fault = self._writer.fault
        if isinstance(fault, OSError):
            raise _machine(self.out, fault, self._partial) from None
        if fault is not None:
            raise fault


def _unfinished(partial: Path) -> bool:
    """Whether a run can be gone on from; a sealed one took its records along."""
    return (partial / "records").is_dir() and checkpoint.exists(partial / "checkpoint")


def _machine(out: Path, fault: OSError, partial: Path | None) -> MachineError:
    """One line: what failed, where, what is kept and what to do."""
    remedy = _REMEDIES.get(fault.errno or 0, "look after the disk")
    line = f"{out}: cannot be written ({fault.strerror or fault}); {remedy}"
    if partial is not None and _unfinished(partial):
        return MachineError(f"{line} and go on with --resume: all up to the last checkpoint is kept in {partial}")
    return MachineError(f"{line} or choose another --out")


def hold(partial: Path, out: Path) -> int:
    """Hold the only right to write in `partial`; the system takes it back when the process ends, however it ends.

    Raises MachineError when another process has it.
    """
    path = partial / "lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.fstat(handle).st_ino == os.stat(path).st_ino  # not one that a run took along as it ended
    except (BlockingIOError, FileNotFoundError):
        mine = False
    except OSError:
        os.close(handle)
        raise
    if not mine:
        os.close(handle)
        raise MachineError(f"{out}: another run is writing there; wait for it or choose another --out")
    return handle


def _begin(partial: Path, provenance: Provenance, tables: Mapping[str, Layout]) -> None:
    """An empty place for a run; nothing that could be gone on from is there."""
    records = partial / "records"
    shutil.rmtree(partial / "checkpoint", ignore_errors=True)
    shutil.rmtree(partial / "branches", ignore_errors=True)
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    with open(records / PROVENANCE, "w", encoding="utf-8") as out:
        out.write(provenance.text)
        sync(out)
    for name in tables:
        (records / name).mkdir(parents=True)
    sync_folder(records)


def _kept(partial: Path, provenance: Provenance, tables: Mapping[str, Layout]) -> Checkpoint:
    """The checkpoint to go on from; parts written after it are removed."""
    records = partial / "records"
    start_anew = f"remove {partial} and start the run anew"
    try:
        before = Provenance.parse((records / PROVENANCE).read_bytes(), records / PROVENANCE)
    except OSError:
        raise InputError(f"{partial}: the unfinished run lacks its records; {start_anew}") from None
    if differences := before.differences(provenance):
        title = f"{partial}: the unfinished run is another one; repeat its settings, or remove it"
        raise InputError(one_message(title, differences))
    kept = checkpoint.load(partial / "checkpoint")
    parts: dict[str, int] = kept.meta["parts"]
    if set(parts) != set(tables):
        raise InputError(f"{partial}: the unfinished run has other tables; {start_anew}")
    for name in tables:
        there = {path.name for path in (records / name).glob("*")}
        wanted = {part_name(k) for k in range(parts[name])}
        if lost := sorted(wanted - there):
            raise InputError(f"{records / name}: {len(lost)} files are missing, first {lost[0]}; {start_anew}")
        for late in there - wanted:
            (records / name / late).unlink()
    return kept
