"""Regional sensitivity: in which inputs cases differ from the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.05


def regional(inputs: pd.DataFrame, cases: NDArray[np.bool_]) -> pd.DataFrame:
    """How far the distribution of each input is apart between cases and the others, the furthest first.

    Spear & Hornberger 1980 (10.1016/0043-1354(80)90040-8): the Kolmogorov-Smirnov distance of the two; of an input
    that is text, the total variation distance. `inputs` has a row an experiment and no missing value, `cases` (n,)
    which of them are.

    Returns input, distance (0 to 1), limit (what 95 in 100 inputs that do not matter stay below; NaN for text), cases
    and others (numbers of rows). No rows where all are cases, or none is.
    """
    yes, no = int(cases.sum()), int((~cases).sum())
    rows = []
    for name in inputs.columns if yes and no else ():
        values = inputs[name]
        if pd.api.types.is_numeric_dtype(values):
            distance = float(stats.ks_2samp(values[cases], values[~cases]).statistic)
            limit = float(np.sqrt(-0.5 * np.log(LEVEL / 2.0) * (yes + no) / (yes * no)))
        else:
            shares = [values[some].value_counts(normalize=True) for some in (cases, ~cases)]
            both = pd.concat(shares, axis=1).fillna(0.0).to_numpy()
            distance, limit = float(np.abs(both[:, 0] - both[:, 1]).sum() / 2.0), np.nan
        rows.append((str(name), distance, limit, yes, no))
    found = pd.DataFrame(rows, columns=["input", "distance", "limit", "cases", "others"])
    return found.sort_values("distance", ascending=False, kind="stable", ignore_index=True)
