"""A sweep in the form of the EMA Workbench, which reads it with ``ema_workbench.load_results``."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def save(experiments: pd.DataFrame, outcomes: Mapping[str, NDArray[np.float64]], path: Path) -> None:
    """Write experiments (a row an experiment) and outcomes, each (n,), as a ``.tar.gz`` of CSV with its metadata.

    The form is that of the EMA Workbench from version 2.1 on (Kwakkel 2017, 10.1016/j.envsoft.2017.06.054). The same
    content gives the same bytes. Raises ValueError for an outcome of another length.
    """
    for name, values in outcomes.items():
        if np.shape(values) != (len(experiments),):
            raise ValueError(f"outcome '{name}' has shape {np.shape(values)}; permitted: ({len(experiments)},)")
    kinds = {
        str(name): "category" if not pd.api.types.is_numeric_dtype(kind) else str(kind)
        for name, kind in experiments.dtypes.items()
    }
    files = {f"{name}.cls": values for name, values in outcomes.items()}
    metadata = {"version": 0.1, "experiments": kinds, "outcomes": [["ScalarOutcome", n, f"{n}.cls"] for n in outcomes]}
    with (
        open(path, "wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        _add(archive, "metadata.json", json.dumps(metadata))
        _add(archive, "experiments.csv", experiments.to_csv(index=False))
        for name, values in files.items():
            _add(archive, name, pd.Series(values).to_csv(header=False, index=False))


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
