"""A checkpoint on disk: arrays and a few facts, whole or not there.

Each is a folder of its own (``000007/``) with plain ``.npy`` files and ``meta.json``, which holds the checksum of each.
It is written under another name, synchronised with the disk and renamed; only then the one before it goes. So there is
a good one at every moment after the first, and nothing is copied in memory.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cohort.errors import InputError
from cohort.provenance import digest

CHUNK = 1 << 24  # bytes written or read at a time
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_lasting = True  # whether files last through a power cut; see `passing`
_NUMBER = re.compile(r"\d{6,}")


@dataclass(frozen=True)
class Checkpoint:
    """What was saved: arrays by name, and `meta`, a dictionary of JSON types."""

    arrays: dict[str, NDArray[Any]]
    meta: dict[str, Any]


class _DamageError(Exception):
    pass


def save(directory: Path, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
    """Add a checkpoint to `directory` (made when it is not there) and drop the older ones.

    Raises OSError when it cannot be written, and leaves the last one as it was; ValueError, a programming fault, for
    an array of Python objects or a name that makes no file name.
    """
    directory.mkdir(exist_ok=True)
    earlier = _numbers(directory)
    number = earlier[-1] + 1 if earlier else 1
    unfinished = directory / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        with ThreadPoolExecutor(2) as pool:  # one waits for the disk, or for the checksum, while the other goes on
            written = pool.map(lambda name: _write_array(unfinished, name, arrays[name]), arrays)
            described = dict(zip(arrays, written, strict=True))
        told = json.dumps({"arrays": described, "meta": dict(meta)}, allow_nan=False)
        with open(unfinished / "meta.json", "w", encoding="utf-8") as out:
            json.dump({"checksum": digest(told.encode()), "content": told}, out)
            sync(out)
        sync_folder(unfinished)
        os.rename(unfinished, directory / f"{number:06d}")
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)  # gives the space back on a full disk
        raise
    sync_folder(directory)
    for old in earlier:
        shutil.rmtree(directory / f"{old:06d}", ignore_errors=True)


def exists(directory: Path) -> bool:
    """Whether `directory` holds a checkpoint, good or damaged."""
    return bool(_numbers(directory))


def load(directory: Path) -> Checkpoint:
    """Read the newest good checkpoint of `directory`.

    Raises InputError when there is none: nothing saved, or everything damaged.
    """
    numbers = _numbers(directory)
    if not numbers:
        raise InputError(f"{directory}: holds no checkpoint; start the run anew")
    reasons = []
    for number in reversed(numbers):
        folder = directory / f"{number:06d}"
        try:
            return _read(folder)
        except _DamageError as damage:
            reasons.append(str(damage))
    raise InputError(f"{directory}: the checkpoint is damaged ({'; '.join(reasons)}); start the run anew")


@contextmanager
def passing() -> Iterator[None]:
    """What this process writes within is thrown away soon: nothing waits until the disk has it."""
    global _lasting
    before, _lasting = _lasting, False
    try:
        yield
    finally:
        _lasting = before


def sync_folder(path: Path) -> None:
    """Make the names in a folder last through a power cut."""
    if not _lasting:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync(out: Any) -> None:
    """Make what was written to an open file last through a power cut."""
    out.flush()
    if _lasting:
        os.fsync(out.fileno())


def _numbers(directory: Path) -> list[int]:
    if not directory.is_dir():
        return []
    return sorted(int(path.name) for path in directory.iterdir() if _NUMBER.fullmatch(path.name))


def _write_array(folder: Path, name: str, array: NDArray[Any]) -> dict[str, Any]:
    """Write ``NAME.npy``, in pieces; returns its size and checksums."""
    if not _NAME.fullmatch(name) or array.dtype.hasobject:
        raise ValueError(f"array {name!r} of {array.dtype} cannot be kept in a checkpoint")
    path = folder / f"{name}.npy"
    with open(path, "wb") as out:
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_2_0(out, {**header, "fortran_order": False})
        out.flush()
        head = path.read_bytes()
        check = crc32(head)
        for piece in _pieces(array):
            out.write(piece)
            check = crc32(piece, check)
        sync(out)
        return {"bytes": out.tell(), "crc32": check, "header": len(head), "header_crc32": crc32(head)}


def _pieces(array: NDArray[Any]) -> Any:
    """The array's bytes in C order, as pieces of about `CHUNK`: views where it is contiguous, else small copies."""
    if array.flags.c_contiguous:
        flat = memoryview(array.reshape(-1).view(np.uint8)) if array.size else memoryview(b"")
        for first in range(0, len(flat), CHUNK):
            yield flat[first : first + CHUNK]
        return
    rows = max(1, CHUNK * len(array) // max(array.nbytes, 1))
    for first in range(0, len(array), rows):
        yield memoryview(np.ascontiguousarray(array[first : first + rows]).tobytes())


def _read(folder: Path) -> Checkpoint:
    try:
        outer = json.loads((folder / "meta.json").read_bytes())
        if digest(outer["content"].encode()) != outer["checksum"]:
            raise _DamageError("meta.json has another checksum")
        told = json.loads(outer["content"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _DamageError("meta.json cannot be read") from None
    return Checkpoint({n: _read_array(folder / f"{n}.npy", d) for n, d in told["arrays"].items()}, told["meta"])


def _read_array(path: Path, described: Mapping[str, Any]) -> NDArray[Any]:
    """Read an array straight into its memory, once its size and header are those that were written."""
    try:
        with open(path, "rb") as source:
            if os.fstat(source.fileno()).st_size != described["bytes"]:
                raise _DamageError(f"{path.name} is not as long as it was")
            check = crc32(source.read(described["header"]))
            if check != described["header_crc32"]:
                raise _DamageError(f"{path.name} has another header")
            source.seek(0)
            np.lib.format.read_magic(source)
            shape, _, dtype = np.lib.format.read_array_header_2_0(source)
            array = np.empty(shape, dtype)
            flat = memoryview(array.reshape(-1).view(np.uint8)) if array.size else memoryview(bytearray())
            for first in range(0, len(flat), CHUNK):
                source.readinto(flat[first : first + CHUNK])
                check = crc32(flat[first : first + CHUNK], check)
    except OSError:
        raise _DamageError(f"{path.name} cannot be read") from None
    if check != described["crc32"]:
        raise _DamageError(f"{path.name} has another checksum")
    return array
