"""What the chapter on memories reads of a study: assessments, intrusions and memories, by person."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.study import Filters, Study

ASKED = ("person", "minute", "day", "recall", "vividness", "accuracy", "fragmentation")
CAME = ("person", "minute", "vividness", "accuracy", "fragmentation")
HELD = ("person", "episode", "fidelity_central", "fidelity_peripheral")


def read(study: Study, table: str, columns: Sequence[str], filters: Filters | None = None) -> pd.DataFrame:
    """Columns of a table; empty where the study has none. Raises KeyError where the table lacks a column."""
    if not study.has(table):
        return pd.DataFrame(columns=list(columns))
    try:
        return study.tables.table(table, columns, filters)
    except KeyError as fault:
        raise KeyError(f"{table} lacks columns: {fault.args[0]}") from fault


def came(study: Study) -> pd.DataFrame:
    """Intrusions of the focus episode in the exposed: person, minute, vividness, accuracy, fragmentation (0 to 1)."""
    found = read(study, "intrusions", CAME, [("episode", "==", study.focus)])
    return found[found["person"].isin(study.exposure.index)].astype(np.float64)


def asked(study: Study) -> pd.DataFrame:
    """Assessments of the focus episode in the exposed since everybody's exposure, the last of each day.

    Columns person, minute, day, and under the full cue recall, vividness, accuracy, fragmentation (0 to 1).
    """
    found = read(study, "measures", ASKED, [("minute", ">", int(study.exposure["minute"].max()))])
    found = found[found["person"].isin(study.exposure.index)].sort_values(["minute", "person"]).astype(np.float64)
    return found.drop_duplicates(["person", "day"], keep="last")


def held(study: Study) -> pd.DataFrame:
    """Memories at the end, the focus episode's of the exposed.

    Columns person, episode, and fidelity_central, fidelity_peripheral (agreement with the event as it was, 0 to 1).
    """
    found = read(study, "memories", HELD)
    return found[(found["episode"] != study.focus) | found["person"].isin(study.exposure.index)]
