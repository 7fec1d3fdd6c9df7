"""Pictures on disk: where one may be written, and how it is, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cohort.errors import InputError
from cohort.files import check_writable, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg")


def check_place(path: Path, option: str = "--out") -> None:
    """Refuse a place where no picture can be written, given by `option`, before any work is done. Raises InputError."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{option} {path}: unknown format '{path.suffix}'; permitted: {', '.join(SUFFIXES)}")
    check_writable(path, option)


def save(figure: Figure, path: Path) -> None:
    """Write any figure; it appears whole or not at all."""
    import matplotlib

    metadata = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with whole(path) as name, matplotlib.rc_context({"svg.hashsalt": "cohort"}):
        figure.savefig(name, dpi=160, metadata=metadata[path.suffix.lower()])
