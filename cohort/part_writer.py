"""The parts of a run's tables: gathered in memory until they are large enough, written by one thread in the background.

At most `WAITING` full parts wait; whoever adds more waits too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from queue import Queue
from threading import Thread

import pyarrow as pa
import pyarrow.parquet as pq

from cohort.checkpoint import sync, sync_folder

WAITING = 2  # full parts in the queue, beside the one being written


def part_name(number: int) -> str:
    """File name of a part; the names sort as the numbers do."""
    return f"part-{number:06d}.parquet"


class PartWriter:
    """Writes tables of the given `schemas` below `directory`; `parts` counts those of each table.

    After a failed write `fault` holds the exception, and nothing more is written.
    """

    def __init__(self, directory: Path, schemas: Mapping[str, pa.Schema], part_rows: int) -> None:
        self.schemas = dict(schemas)
        self.part_rows = part_rows
        self.parts = dict.fromkeys(schemas, 0)
        self.fault: BaseException | None = None
        self._directory = directory
        self._gathered: dict[str, list[pa.RecordBatch]] = {name: [] for name in schemas}
        self._rows = dict.fromkeys(schemas, 0)
        self._queue: Queue[tuple[Path, pa.Table] | None] = Queue(WAITING)
        self._thread = Thread(target=self._run, name="cohort-records", daemon=True)
        self._thread.start()

    def add(self, table: str, batch: pa.RecordBatch) -> None:
        """Take on rows; a table without any part takes on an empty batch too."""
        if self._rows[table] + batch.num_rows > self.part_rows:
            self._close_part(table)
        self._gathered[table].append(batch)
        self._rows[table] += batch.num_rows

    def flush(self) -> None:
        """Close all parts and return when they are on the disk, or the writing failed."""
        for table in self.schemas:
            self._close_part(table)
        self._queue.join()

    def stop(self) -> None:
        """Drop what is not in a full part, and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _close_part(self, table: str) -> None:
        if not self._gathered[table]:
            return
        whole = pa.Table.from_batches(self._gathered[table], self.schemas[table])
        self._gathered[table], self._rows[table] = [], 0
        self._queue.put((self._directory / table / part_name(self.parts[table]), whole))
        self.parts[table] += 1

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            try:
                if self.fault is None:
                    _write(*item)
            except BaseException as fault:
                self.fault = fault
            finally:
                self._queue.task_done()
        self._queue.task_done()


def _write(path: Path, table: pa.Table) -> None:
    names = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    with open(path, "wb") as out:
        pq.write_table(table, out, compression="zstd", use_dictionary=names, row_group_size=1 << 20)
        sync(out)
    sync_folder(path.parent)
