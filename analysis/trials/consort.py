"""Who took part and who remained: the counts of a CONSORT diagram (Schulz et al. 2010, 10.1136/bmj.c332)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.trials.outcome import Outcome, persons_of


def consort(
    allocation: pd.DataFrame,
    sessions: pd.DataFrame,
    seen: pd.DataFrame,
    arms: Sequence[str],
    outcomes: Sequence[Outcome],
) -> pd.DataFrame:
    """Counts of persons, a row a stage.

    Parameters
    ----------
    allocation : person, eligible, arm (missing where not randomized), lost (minute, or missing).
    sessions : person, minute, intervention, session, attended (1 or 0), and arm where each lives under every arm.
    seen : rows of `analysis.trials.trial.observed`.

    Returns columns stage, all, and one an arm; missing where a stage comes before the allotment. The stages: enrolled,
    excluded (not randomized), randomized, attended (a session or more of what the allotted arm offers), left (did not
    come to the last session of an intervention that was offered), lost (to follow-up), and for each outcome
    ``analysed: NAME`` (a score is there).
    """
    persons_of(allocation, np.ones(len(allocation), dtype=bool))
    allotted = allocation[allocation["arm"].notna().to_numpy(bool)]
    arm_of = allotted.set_index("person")["arm"].astype(str)
    attended, left = _sessions(sessions, arm_of)
    stages: dict[str, pd.Series] = {
        "randomized": arm_of,
        "attended": arm_of[arm_of.index.isin(attended)],
        "left": arm_of[arm_of.index.isin(left)],
        "lost": arm_of[allotted["lost"].notna().to_numpy(bool)],
    }
    for outcome in outcomes:
        stages[f"analysed: {outcome.name}"] = seen.loc[seen["outcome"] == outcome.name, "arm"]
    rows: list[dict[str, object]] = [
        {"stage": "enrolled", "all": len(allocation)},
        {"stage": "excluded", "all": len(allocation) - len(allotted)},
        *(
            {"stage": stage, "all": len(of), **{arm: int((of == arm).sum()) for arm in arms}}
            for stage, of in stages.items()
        ),
    ]
    return pd.DataFrame(rows, columns=["stage", "all", *arms]).astype(dict.fromkeys(["all", *arms], "Int64"))


def _sessions(sessions: pd.DataFrame, arm_of: pd.Series) -> tuple[pd.Index, pd.Index]:
    """Persons who came to a session of the allotted arm, and those who did not come to the last of an intervention."""
    mine = sessions[sessions["person"].isin(arm_of.index)]
    if "arm" in mine:  # sessions of the history that all arms share are everybody's
        own = mine["arm"].astype(object).to_numpy() == mine["person"].map(arm_of).to_numpy()
        mine = mine[own | mine["arm"].isna().to_numpy(bool)]
    came = mine["attended"].to_numpy(bool)
    order = mine.assign(intervention=mine["intervention"].astype(str)).sort_values(["minute", "session"])
    last = order.drop_duplicates(["person", "intervention"], keep="last")
    return pd.Index(mine.loc[came, "person"].unique()), pd.Index(last.loc[last["attended"] == 0, "person"].unique())
