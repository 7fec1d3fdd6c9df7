"""When the next intrusion comes: gaps between days with intrusions, and the rate by the days since the last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intrusions.cox_scores import score_residuals
from analysis.intrusions.fitting import Vector, attempt, ratios, sound

MOST_ORDER = 6  # the first day with intrusions and the five that follow
SINCE = (1, 2, 4, 8, 15, 29)  # days since the last day with intrusions, from ... on
AFTER = (0, 7, 28, 84, 182)  # days since the event, from ... on
NONE_YET, REFERENCE = "none yet", "29 days and more"
SINCE_LABELS = ("1 day", "2 to 3 days", "4 to 7 days", "8 to 14 days", "15 to 28 days", REFERENCE, NONE_YET)
AFTER_LABELS = ("week 1", "weeks 2 to 4", "weeks 5 to 12", "weeks 13 to 26", "after week 26")


def gaps(daily: pd.DataFrame, start: pd.Series, days: int) -> pd.DataFrame:
    """Days from one day with intrusions to the next, a row a gap, the last of each person cut off by the study's end.

    Parameters
    ----------
    daily : person, day (each pair once). start : first day at risk, by person; nobody else counts. days : the study's
        length; day ``days - 1`` is the last.

    Returns person, order (1 to the first day with intrusions, 2 from there to the second ...), begin (last day with
    intrusions, or the day before the first at risk), gap (days, 1 or more) and event (1, or 0 where cut off). Sorted by
    person and order. A gap that the end leaves no day is left out.
    """
    came = (
        daily[["person", "day"]].merge(start.rename("start"), left_on="person", right_index=True).reset_index(drop=True)
    )
    came = came[(came["day"] >= came["start"]) & (came["day"] < days)].assign(event=1)
    index = start.index[(start < days).to_numpy(bool)]
    last = pd.DataFrame({"person": index, "day": days - 1, "start": start.loc[index].to_numpy(), "event": 0})
    rows = pd.concat([came, last]).sort_values(["person", "day", "event"], ascending=[True, True, False])
    before = rows.groupby("person")["day"].shift()
    begin = before.fillna(rows["start"] - 1).astype(np.int64)
    found = rows.assign(order=rows.groupby("person").cumcount().to_numpy() + 1, begin=begin, gap=rows["day"] - begin)[
        ["person", "order", "begin", "gap", "event"]
    ]
    return found[found["gap"] > 0].reset_index(drop=True)


def gap_ratios(found: pd.DataFrame, covariates: pd.DataFrame) -> tuple[pd.DataFrame | None, list[str]]:
    """Hazard ratios of the next day with intrusions in gap time, each order with a baseline hazard of its own.

    Prentice, Williams & Peterson 1981, 10.1093/biomet/68.2.373; errors clustered by person (Lin & Wei 1989,
    10.1080/01621459.1989.10478874), ties by Efron: gaps of whole days have many.

    Parameters
    ----------
    found : rows of `gaps`, those of the orders that are wanted. covariates : by person; gaps of others are left out.

    Returns term, ratio, low, high; None where there is no covariate, no event or no fit.
    """
    from statsmodels.duration.hazard_regression import PHReg

    mine = found[found["person"].isin(covariates.index)]
    if covariates.shape[1] == 0 or not mine["event"].any():
        return None, []
    known = covariates.loc[mine["person"]].to_numpy(np.float64)
    gap, event = mine["gap"].to_numpy(np.float64), mine["event"].to_numpy() == 1
    order = mine["order"].to_numpy()
    _, person = np.unique(mine["person"], return_inverse=True)

    def fit() -> tuple[Vector, Vector]:
        fitted = PHReg(gap, known, status=event.astype(int), strata=order, ties="efron").fit(disp=0)
        estimates = np.asarray(fitted.params)
        rows = score_residuals(gap, event, known, order, estimates) @ np.asarray(fitted.cov_params())
        by_person = np.column_stack([np.bincount(person, weights=column) for column in rows.T])
        return estimates, np.sqrt((by_person**2).sum(axis=0))

    fitted, told = attempt(fit, "the regression of gaps")
    if fitted is None:
        return None, told
    table = ratios(list(covariates.columns), *fitted)
    return (table, told) if sound(table) else (None, [*told, "the regression of gaps has estimates without limits"])


def design(found: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    """The regression's columns for rows of `cells`: the rate, days since the last and since the event, covariates.

    covariates (persons, k) has a row for each person of `cells`. The rate is that of week 1, 29 days and more after the
    last day with intrusions; a column that is 0 throughout is left out.
    """
    columns: dict[str, Vector] = {"rate": np.ones(len(found))}
    for k, label in enumerate(SINCE_LABELS):
        if label != REFERENCE:
            columns[label] = np.where(found["since"] == k, 1.0, 0.0)
    for k, label in enumerate(AFTER_LABELS[1:], start=1):
        columns[label] = np.where(found["after"] == k, 1.0, 0.0)
    known = covariates.loc[found["person"]].reset_index(drop=True)
    whole = pd.concat([pd.DataFrame(columns), known], axis=1)
    return whole.loc[:, (whole != 0.0).any()]


def marginal_ratios(found: pd.DataFrame, columns: pd.DataFrame) -> tuple[pd.DataFrame | None, list[str]]:
    """Rate ratios over all persons alike: Poisson regression of rows of `cells` on `design`, errors over persons.

    Of two persons the one with more intrusions is more often found shortly after one: these ratios mix what an
    intrusion does to the next with how persons differ, which `frailty.gamma_frailty` tells apart. Returns term, ratio,
    low, high, NaN for a term without limits; None without a fit.
    """
    import statsmodels.api as sm

    def fit() -> Any:
        model = sm.GLM(
            found["intrusions"].to_numpy(), columns.to_numpy(), family=sm.families.Poisson(),
            offset=np.log(found["time"].to_numpy()),
        )  # fmt: skip
        return model.fit(cov_type="cluster", cov_kwds={"groups": found["person"].to_numpy()})

    fitted, told = attempt(fit, "the regression on the days since the last intrusion")
    if fitted is None:
        return None, told
    table = ratios(list(columns.columns), np.asarray(fitted.params), np.asarray(fitted.bse))
    lost = [not sound(table.iloc[[row]]) for row in range(len(table))]
    if any(lost):
        told = [
            *told,
            f"no ratio over all persons alike without an intrusion, or with few: {', '.join(table['term'][lost])}",
        ]
        table.loc[lost, ["ratio", "low", "high"]] = np.nan
    return table, told


def rates(found: pd.DataFrame) -> pd.DataFrame:
    """Days at risk, intrusions and their rate by the days since the last: a row for each of `SINCE_LABELS`.

    `found` are rows of `cells`. Returns since, days, intrusions, rate (a day; NaN where nobody was at risk).
    """
    by = found.groupby("since")[["time", "intrusions"]].sum().reindex(range(len(SINCE_LABELS)), fill_value=0.0)
    by = by.reset_index(drop=True)
    rate = by["intrusions"] / by["time"].where(by["time"] > 0.0)
    return pd.DataFrame(
        {
            "since": SINCE_LABELS,
            "days": by["time"].astype(int),
            "intrusions": by["intrusions"].astype(int),
            "rate": rate,
        }
    )


def cells(daily: pd.DataFrame, start: pd.Series, days: int) -> pd.DataFrame:
    """Days at risk and intrusions by person, days since the last day with intrusions, and days since the event.

    `daily` with a column intrusions beside those of `gaps`; `start` and `days` as there. Returns person, since (0 to 6,
    as in `SINCE_LABELS`), after (0 to 4, as in `AFTER_LABELS`), time (days at risk) and intrusions, of those with time.
    """
    found = gaps(daily, start, days)
    persons = start.index.to_numpy()
    row = np.searchsorted(persons, found["person"].to_numpy())
    first = start.to_numpy()[row]
    begin, end = found["begin"].to_numpy(), (found["begin"] + found["gap"]).to_numpy()  # at risk: begin + 1 to end
    none_yet = found["order"].to_numpy() == 1
    shape = (len(persons), len(SINCE_LABELS), len(AFTER_LABELS))
    time = np.zeros(shape)
    for k, (low, high) in enumerate(zip((*SINCE, 1), (*SINCE[1:], days + 1, days + 1), strict=True)):
        chosen = none_yet == (k == len(SINCE))
        for j, (early, late) in enumerate(zip(AFTER, (*AFTER[1:], days), strict=True)):
            from_ = np.maximum(begin + low, first + early)
            to = np.minimum(np.minimum(begin + high, first + late), end + 1)
            length = np.where(chosen, np.maximum(to - from_, 0), 0)
            time[:, k, j] = np.bincount(row, weights=length, minlength=len(persons))
    events = found["event"].to_numpy() == 1
    since = np.where(none_yet, len(SINCE), np.searchsorted(SINCE, found["gap"].to_numpy(), side="right") - 1)
    after = np.searchsorted(AFTER, end - first, side="right") - 1
    many = _intrusions(daily, found["person"].to_numpy()[events], end[events])
    counts = np.zeros(shape)
    np.add.at(counts, (row[events], since[events], after[events]), many)
    who, which, when = np.nonzero(time)
    return pd.DataFrame(
        {"person": persons[who], "since": which, "after": when, "time": time[time > 0], "intrusions": counts[time > 0]}
    )


def _intrusions(daily: pd.DataFrame, persons: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    known = daily.set_index(["person", "day"])["intrusions"]
    return known.reindex(pd.MultiIndex.from_arrays([persons, days])).to_numpy()
