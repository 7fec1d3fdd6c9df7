"""A checkpoint: whole or not there, the last good one kept, damage noticed, nothing copied."""

from __future__ import annotations

import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cohort import checkpoint
from cohort.errors import InputError
from cohort.state import ENTRY, LOG

ARRAYS = {
    "strengths": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "sparse": np.arange(100)[::7],
    "agenda": np.array([(1, 2, 3, 0.5)], dtype=ENTRY),
    "log": np.zeros(3, dtype=LOG).view(np.recarray),
    "masks": np.array([2**64 - 1], dtype=np.uint64),
    "flags": np.array([True, False]),
    "scalar": np.array(7),
    "nothing": np.zeros((0, 4)),
}
META = {"minute": 1440, "pending": [[1, "talk"]], "none": None}


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "kept", ARRAYS, META)
    kept = checkpoint.load(tmp_path / "kept")
    assert kept.meta == META
    assert list(kept.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert kept.arrays[name].dtype == array.dtype
        assert np.array_equal(kept.arrays[name], array), name
        assert np.array_equal(np.load(tmp_path / "kept" / "000001" / f"{name}.npy", allow_pickle=False), array)
        assert kept.arrays[name].flags.writeable


def test_the_newest_is_kept_and_the_older_goes(tmp_path: Path) -> None:
    assert not checkpoint.exists(tmp_path / "kept")
    for minute in range(3):
        checkpoint.save(tmp_path / "kept", {"a": np.full(3, minute)}, {"minute": minute})
        assert [path.name for path in (tmp_path / "kept").iterdir()] == [f"{minute + 1:06d}"]
    assert checkpoint.load(tmp_path / "kept").meta == {"minute": 2}


def test_a_failed_save_leaves_the_last_one_and_gives_the_space_back(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    checkpoint.save(kept, {"a": np.zeros(10)}, {"minute": 1})
    with no_file_beyond(4096), pytest.raises(OSError, match="File too large"):
        checkpoint.save(kept, {"a": np.zeros(10), "b": np.zeros(10_000)}, {"minute": 2})
    assert [path.name for path in kept.iterdir()] == ["000001"]
    assert checkpoint.load(kept).meta == {"minute": 1}


def test_the_last_one_stays_until_the_next_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no rename")

    kept = tmp_path / "kept"
    checkpoint.save(kept, {"a": np.zeros(10)}, {"minute": 1})
    monkeypatch.setattr("os.rename", fail)
    with pytest.raises(OSError, match="no rename"):
        checkpoint.save(kept, {"a": np.zeros(10)}, {"minute": 2})
    assert checkpoint.load(kept).meta == {"minute": 1}


@pytest.mark.parametrize("name", ["meta.json", "strengths.npy", "agenda.npy"])
@pytest.mark.parametrize("damage", ["flip", "flip in the header", "cut", "grow", "empty", "remove"])
def test_damage_is_noticed(tmp_path: Path, name: str, damage: str) -> None:
    checkpoint.save(tmp_path / "kept", ARRAYS, META)
    path = tmp_path / "kept" / "000001" / name
    content = bytearray(path.read_bytes())
    if damage == "remove":
        path.unlink()
    else:
        if damage.startswith("flip"):
            content[20 if damage == "flip in the header" else -4] ^= 4
        path.write_bytes({"cut": content[:-9], "grow": content + b"x", "empty": b""}.get(damage, bytes(content)))
    with pytest.raises(InputError, match=f"damaged \\({name} .*; start the run anew") as refused:
        checkpoint.load(tmp_path / "kept")
    assert "\n" not in str(refused.value)


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "kept", {"a": np.arange(4)}, {"minute": 5})
    for path in sorted((tmp_path / "kept" / "000001").iterdir()):
        content = path.read_bytes()
        for place in range(len(content)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(InputError, match="damaged"):
                checkpoint.load(tmp_path / "kept")
        path.write_bytes(content)


def test_an_older_good_one_is_used_when_the_newest_is_damaged(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "kept", {}, {"minute": 1})
    (tmp_path / "kept" / "000002").mkdir()
    assert checkpoint.load(tmp_path / "kept").meta == {"minute": 1}


def test_nothing_saved_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no checkpoint; start the run anew"):
        checkpoint.load(tmp_path)


def test_large_arrays_are_not_copied(tmp_path: Path) -> None:
    large = np.zeros((100, 200_000), dtype=np.float32)  # 80 MB
    strided = large[:, ::2]
    tracemalloc.start()
    checkpoint.save(tmp_path / "kept", {"large": large, "strided": strided}, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.reset_peak()
    checkpoint.load(tmp_path / "kept")
    loading = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * checkpoint.CHUNK
    assert loading < large.nbytes + strided.nbytes + 2 * checkpoint.CHUNK


@pytest.mark.parametrize(("name", "array"), [("a/b", np.zeros(2)), ("objects", np.array([{}], dtype=object))])
def test_what_cannot_be_kept_is_a_fault_of_the_program(tmp_path: Path, name: str, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        checkpoint.save(tmp_path / "kept", {name: array}, {})
    assert not checkpoint.exists(tmp_path / "kept")
