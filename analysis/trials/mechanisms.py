"""Each mechanism's part in an arm's effect, as the trial can estimate it, beside what is exactly true of the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.trials.mediation import mediated
from analysis.trials.outcome import Outcome, check_arms, under

# Columns of `measures`, and what they are.
MECHANISMS: Final = {
    "charge": "felt distress that the memory carries",
    "recall": "probability of recalling the memory",
    "intrusions": "intrusions since the measure before",
    "load": "allostatic load",
    "control": "prefrontal control",
}
_OF_A_TRACE = ("charge", "recall")  # missing in who holds none, of whom nothing is felt or recalled: 0
LEAST = 20  # persons of an arm and the reference, below which intervals that lean on large numbers say nothing
_DAY = 1440.0


def midway(minutes: Collection[int], outcome: Outcome, began: int) -> int | None:
    """The measure that mechanisms are read at: of those between, the one nearest to midway from `began` to the outcome.

    The mechanism has to move after treatment and before the outcome. None where no measure lies between.
    """
    between = [minute for minute in minutes if began < minute < outcome.minute]
    middle = (began + outcome.minute) / 2.0
    return min(between, key=lambda minute: (abs(minute - middle), minute), default=None)


def needed(
    measured: pd.DataFrame, outcomes: Sequence[Outcome], randomized: int | None
) -> dict[str, tuple[int | None, int]]:
    """Minutes of the measures that `mediation` reads, before treatment (None: none) and midway, by outcome.

    `measured` are rows of the measures: arm (missing before the arms part) and minute. Outcomes with a cut-off, whose
    means are no linear matter, and those without a measure on the way are left out.
    """
    apart = measured["arm"].notna().to_numpy(bool)
    shared, after = (measured["minute"][rows].unique().tolist() for rows in (~apart, apart))
    began = max(shared, default=0) if randomized is None else randomized
    last = max((minute for minute in shared if minute <= began), default=None)
    found = {o.name: midway(after, o, began) for o in outcomes if o.cutoff is None}
    return {name: (last, minute) for name, minute in found.items() if minute is not None}


def mediation(
    seen: pd.DataFrame,
    truth: pd.DataFrame,
    measures: pd.DataFrame,
    mixed: pd.DataFrame | None,
    arms: Sequence[str],
    reference: str,
    when: dict[str, tuple[int | None, int]],
) -> pd.DataFrame:
    """Indirect effects, a row an outcome, arm other than the reference and mechanism (its column).

    Parameters
    ----------
    seen, truth : as from `analysis.trials.trial.observed` and `analysis.trials.effects.effects`.
    measures : arm (missing before the arms part), person, minute, and columns of `MECHANISMS`.
    mixed : where persons influence each other, the measures, without a column arm, of the trial's own world.
    when : as from `needed`.

    Of the trial, adjusted for the readings before treatment of outcome and mechanism where there are any: n, indirect,
    direct and total (outcome's unit), moved (effect on the mechanism, in its unit), each with low and high, and
    hidden; see `analysis.trials.mediation`. Of all eligible persons: exact_moved, the mean effect on the mechanism, and
    together, the rank correlation over persons of the exact effects on mechanism and outcome. day: of the measure,
    since the study began. Mechanisms that do not vary, or are known of fewer than
    `LEAST` persons of both arms, have no row.
    """
    others = check_arms(arms, reference)
    rows = []
    for name, (before, minute) in when.items():
        mine = seen[(seen["outcome"] == name).to_numpy(bool)]
        exact = truth[(truth["outcome"] == name).to_numpy(bool)]
        for mechanism in (key for key in MECHANISMS if key in measures):
            start = None if before is None else _read(measures, before, reference, mechanism)
            lived = {arm: _read(measures, minute, arm, mechanism) for arm in arms}
            met = lived if mixed is None else dict.fromkeys(arms, _read(mixed, minute, "", mechanism))
            for arm in others:
                pair = mine[mine["arm"].isin([arm, reference]).to_numpy(bool)]
                told = _estimated(pair, met, start, arm, reference)
                if told:
                    key = {"outcome": name, "arm": arm, "mechanism": mechanism, "day": minute / _DAY}
                    rows.append(key | told | _exact(exact, lived[arm] - lived[reference], arm))
    found = pd.DataFrame(rows)
    last = [name for name in ("hidden", "direct", "direct_low", "direct_high", "day") if name in found]
    return found[[*(name for name in found if name not in last), *last]]


def _read(measures: pd.DataFrame, minute: int, arm: str, mechanism: str) -> pd.Series:
    found = under(measures[(measures["minute"] == minute).to_numpy(bool)], arm, mechanism)
    return found.fillna(0.0) if mechanism in _OF_A_TRACE else found


def _estimated(
    pair: pd.DataFrame, met: dict[str, pd.Series], start: pd.Series | None, arm: str, reference: str
) -> dict[str, Any]:
    """What the trial tells of one mechanism from the rows of `observed` of two arms; empty where it tells nothing."""
    person, treated = pair["person"].to_numpy(), (pair["arm"] == arm).to_numpy(bool)
    value = pair["value"].to_numpy(np.float64)
    readings = [met[a].reindex(person).to_numpy() for a in (arm, reference)]
    mediator = np.where(treated, *readings)
    before = [pair["baseline"].to_numpy(np.float64)]
    if start is not None:
        before.append(start.reindex(person).to_numpy())
    known = ~np.isnan(mediator)
    if np.count_nonzero(known) < LEAST:
        return {}
    covariates = [column[known] for column in before if _adjusts(column[known])]
    design = np.column_stack(covariates) if covariates else None
    found = mediated(treated[known].astype(np.float64), mediator[known], value[known], design)
    if found is None:
        return {}
    told: dict[str, Any] = {"n": int(known.sum())}
    for name in ("indirect", "total", "moved", "direct"):
        told |= dict(zip((name, f"{name}_low", f"{name}_high"), getattr(found, name), strict=True))
    return told | {"hidden": found.hidden}


def _adjusts(column: NDArray[np.float64]) -> bool:
    return bool(np.ptp(column) > 0.0)  # NaN where one is missing


def _exact(truth: pd.DataFrame, moved: pd.Series, arm: str) -> dict[str, float]:
    """Mean over eligible persons of what the arm does to the mechanism, and how that goes with the outcome's effect."""
    effect = truth[(truth["arm"] == arm).to_numpy(bool)].set_index("person")["effect"]
    both = pd.DataFrame({"effect": effect, "moved": moved.reindex(effect.index)}).dropna()
    varies = len(both) > 2 and bool((both.max() > both.min()).all())
    together = float(both["effect"].corr(both["moved"], method="spearman")) if varies else np.nan
    return {"exact_moved": float(both["moved"].mean()), "together": together}
