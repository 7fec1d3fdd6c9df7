"""Where a run's numbers come from: everything that decides them, and nothing else.

No clock, host or number of workers is held, so two runs that must be equal have equal provenance. Where a file that was
read lay is told beside it: it decides nothing, and is not compared.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from functools import cache, cached_property
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cohort import __version__
from cohort.errors import InputError

LIBRARIES = ("numpy", "numba", "pandas", "pyarrow", "mesa")
NOTICE = "Simulated persons; not for decisions about a patient."
PARTS = ("study", "versions", "inputs", "parameters")
FORMAT = 1  # of the files of a run


@cache
def _code() -> str:
    here = Path(__file__).resolve().parent
    data = here / "_data" if (here / "_data").is_dir() else here.parent / "data"
    files = [(path.relative_to(root).as_posix(), path) for root in (here, data) for path in root.rglob("*.[pc][ys]*")]
    texts = sorted((name, digest(path.read_bytes())) for name, path in files if path.suffix in (".py", ".csv"))
    return digest(json.dumps(texts).encode())


def versions() -> dict[str, str | None]:
    """Versions of this package, of Python and of the libraries that decide a result; None for one not installed.

    ``code`` is the fingerprint of the package's own code and data, which may change between two versions.
    """
    found: dict[str, str | None] = {"cohort": __version__, "code": _code(), "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def digest(content: bytes) -> str:
    """Short fingerprint of a file's content, for `Provenance.inputs`."""
    return blake2b(content, digest_size=16).hexdigest()


@dataclass(frozen=True)
class Provenance:
    """What decides a run.

    `scenario` is the scenario as resolved (TOML text); `parameters` all values; `study` plain facts for a reader
    (title, persons, days); `inputs` the fingerprint of each file read, by its name without folder; `given` the path of
    each as it was given, which is no part of the fingerprint and is not compared.
    """

    scenario: str
    seed: int
    parameters: Mapping[str, float]
    study: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str | None] = field(default_factory=versions)
    given: Mapping[str, str] = field(default_factory=dict, compare=False)

    def _told(self) -> dict[str, Any]:
        whole = {"scenario": self.scenario, "seed": self.seed}
        return {**whole, **{part: dict(getattr(self, part)) for part in PARTS}}

    @cached_property
    def hash(self) -> str:
        """Fingerprint over everything that decides."""
        return digest(json.dumps(self._told(), sort_keys=True, allow_nan=False, separators=(",", ":")).encode())

    @cached_property
    def text(self) -> str:
        """The provenance as JSON: what stands in ``provenance.json`` and in the metadata of every file."""
        told = {"format": FORMAT, "notice": NOTICE, "hash": self.hash, **self._told(), "given": dict(self.given)}
        return json.dumps(told, indent=1, allow_nan=False)

    @classmethod
    def parse(cls, text: str | bytes, where: Path) -> Provenance:
        """Read `text` back. Raises InputError when it is damaged or of another format."""
        try:
            told: dict[str, Any] = json.loads(text)
            if told.pop("format") != FORMAT:
                raise InputError(f"{where}: is of another format; read it with the version that wrote it")
            told.pop("notice")
            known = told.pop("hash")
            found = cls(**told)
            if found.hash != known:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(f"{where}: the provenance is damaged or was changed; take the run from a copy") from None
        return found

    def differences(self, other: Provenance) -> list[str]:
        """A line for each thing that differs: ``seed: 1 against 2``; empty when nothing does."""
        lines = [] if self.seed == other.seed else [f"seed: {self.seed} against {other.seed}"]
        for part in PARTS:
            mine, theirs = getattr(self, part), getattr(other, part)
            lines += [
                f"{part}.{key}: {mine.get(key)} against {theirs.get(key)}"
                for key in sorted({*mine, *theirs})
                if mine.get(key) != theirs.get(key)
            ]
        if self.scenario != other.scenario:
            changed = unified_diff(self.scenario.splitlines(), other.scenario.splitlines(), n=0, lineterm="")
            marked = [line for line in changed if line[:3] not in ("---", "+++") and line[:2] != "@@"]
            lines += [f"scenario: {line}" for line in marked or ["line ends"]]
        return lines
