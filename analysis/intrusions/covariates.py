"""What is known of a person before intrusions begin, as a regression takes it."""

from __future__ import annotations

import numpy as np
import pandas as pd

A_COVARIATE = 10  # persons that each covariate needs at least
FEMALE, ACE, AGE, DOSE = "female", "adverse childhood experiences (each)", "age (10 years)", "dose (1 SD)"


def covariates(persons: pd.DataFrame, exposure: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Sex, adversity, age and dose of the exposed, and what has to be told of them.

    Parameters
    ----------
    persons : indexed by person; of sex (female or male), ace (count) and age (years), those that are there.
    exposure : indexed by person; dose.

    Returns a frame (exposed persons with nothing missing, up to 4) indexed by person, columns centred at 0: female
    (against male), each adverse childhood experience, 10 years of age, 1 standard deviation of dose. One that does not
    vary or that the others determine is left out, and all are where there are fewer than 10 persons for each.
    """
    told: list[str] = []
    known = persons.reindex(exposure.index)
    frame = pd.DataFrame(index=exposure.index)
    if "sex" in known:
        sex = known["sex"].astype(object)
        frame[FEMALE] = (sex == "female").where(sex.isin(["female", "male"])).astype(np.float64)
    if "ace" in known:
        frame[ACE] = known["ace"].astype(np.float64)
    if "age" in known:
        frame[AGE] = known["age"].astype(np.float64) / 10.0
    spread = float(exposure["dose"].std()) if "dose" in exposure and len(exposure) > 1 else 0.0
    if spread > 1e-9:
        frame[DOSE] = exposure["dose"].astype(np.float64) / spread
    whole = frame.dropna()
    if len(whole) < len(frame):
        told.append(
            f"{len(frame) - len(whole)} of {len(frame)} persons miss a covariate and are left out of regressions"
        )
    centred = whole - whole.mean()
    kept = _independent(centred)
    for name in centred.columns.difference(kept, sort=False):
        told.append(f"'{name}' does not vary, or the other covariates determine it: it is left out of the regressions")
    if kept and len(whole) < A_COVARIATE * len(kept):
        told.append(
            f"{len(whole)} persons are too few for {len(kept)} covariates (fewer than {A_COVARIATE} for each): "
            "the regressions have none"
        )
        kept = []
    return centred[kept], told


def _independent(frame: pd.DataFrame) -> list[str]:
    kept: list[str] = []
    for name in frame.columns:
        trial = frame[[*kept, name]].to_numpy()
        if len(trial) and np.linalg.matrix_rank(trial, tol=1e-8 * max(np.abs(trial).max(), 1.0) * len(trial)) > len(
            kept
        ):
            kept.append(name)
    return kept
