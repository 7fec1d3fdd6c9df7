"""Answers of a model at many points, written down as they come, so that what was stopped need not be asked again.

Each line is a name and numbers, null where one is not defined. A name says what was asked for, whole, so that no log is
read for another question. A line that was cut short spoils no other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np


def name_of(*asked: Any) -> str:
    """A point by what it is: whatever JSON can say, mappings in the order that they have."""
    return hashlib.blake2b(json.dumps(asked).encode(), digest_size=12).hexdigest()


class Answers:
    """A log that is read when it is made, and added to while it is open (``with``)."""

    def __init__(self, path: Path) -> None:
        self.path, self.known = path, _read(path)

    def __enter__(self) -> Self:
        self._file = self.path.open("a", encoding="utf-8")
        self._file.write("\n")  # ends a line that was cut short
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, name: str, values: Sequence[float]) -> None:
        """Keep the answer at a point, NaN for what is not defined."""
        self.known[name] = [float(value) for value in values]
        self._file.write(json.dumps([name, [None if np.isnan(v) else v for v in self.known[name]]]) + "\n")
        self._file.flush()


def _read(path: Path) -> dict[str, list[float]]:
    out: dict[str, list[float]] = {}
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            name, values = json.loads(line)
        except ValueError:
            continue
        out[name] = [np.nan if value is None else float(value) for value in values]
    return out
