"""Time until a memory is forgotten: Kaplan-Meier, restricted mean, and groups held against each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.persistence.spans import AT_ONCE, times

EVERYBODY = "everybody"
ENDS = {"left": "at once after the last reading above", "middle": "midway", "right": "at the first reading below"}
_Z = 1.959963984540054


def kaplan_meier(day: NDArray[np.float64], forgotten: NDArray[np.bool_]) -> pd.DataFrame:
    """The product-limit curve (Kaplan & Meier 1958, 10.1080/01621459.1958.10501452), by statsmodels.

    `day` (n,) above 0, `forgotten` (n,) or else censored. Returns a row for day 0 and one for each day on which anybody
    forgot or was last read: day, at_risk, events, survival, and a 95% interval low, high from the log-log scale with
    Greenwood's variance; 1 before the first forgetting, NaN where the survival is 0.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    found = SurvfuncRight(day, forgotten.astype(np.int64))
    survival, se = np.asarray(found.surv_prob, np.float64), np.asarray(found.surv_prob_se, np.float64)
    known = (survival > 0.0) & (survival < 1.0)
    inside = np.where(known, survival, 0.5)
    half = _Z * np.where(known, se, np.nan) / (inside * np.abs(np.log(inside)))
    with np.errstate(over="ignore"):
        low, high = inside ** np.exp(half), inside ** np.exp(-half)
    days = np.unique(np.append(0.0, day))
    before = np.searchsorted(np.asarray(found.surv_times, np.float64), days, side="right")  # forgettings up to it
    columns = {"survival": survival, "low": low, "high": high}
    table = pd.DataFrame({"day": days, "at_risk": len(day) - np.searchsorted(np.sort(day), days)})
    table["events"] = np.diff(np.append(0.0, found.n_events).cumsum()[before], prepend=0.0).astype(np.int64)
    return table.assign(**{name: np.append(1.0, values)[before] for name, values in columns.items()})


def at_day(curve: pd.DataFrame, day: float) -> tuple[float, float, float]:
    """Survival and its interval on a day, from `kaplan_meier`."""
    row = curve[curve["day"] <= day].iloc[-1]
    return float(row["survival"]), float(row["low"]), float(row["high"])


def median(curve: pd.DataFrame) -> tuple[float, float, float]:
    """Day by which half have forgotten, and its 95% interval: where that of the curve crosses a half.

    From `kaplan_meier` (Brookmeyer & Crowley 1982, 10.2307/2530286, on the log-log scale); infinite: not reached.
    """
    day = curve["day"].to_numpy()
    low, middle, high = (curve[name].fillna(0.0).to_numpy() <= 0.5 for name in ("low", "survival", "high"))
    first, half, last = (float(day[below.argmax()]) if below.any() else float("inf") for below in (low, middle, high))
    return half, first, last


def restricted_mean(curve: pd.DataFrame, until: float) -> tuple[float, float]:
    """Mean days remembered out of the first `until`, and its standard error.

    The area below the curve from `kaplan_meier`, with the variance by Greenwood's formula integrated: each forgetting
    moves the area that lies after it (Royston & Parmar 2013, 10.1186/1471-2288-13-152). `until` should not pass the
    last day at which anybody is followed.
    """
    rows = curve[curve["day"] < until]
    survival = rows["survival"].to_numpy()
    width = np.diff(np.append(rows["day"].to_numpy(), until))
    after = (survival * width)[::-1].cumsum()[::-1]
    risk, events = rows["at_risk"].to_numpy(np.float64), rows["events"].to_numpy(np.float64)
    left = risk - events
    weight = np.where(left > 0.0, events / (risk * np.where(left > 0.0, left, 1.0)), 0.0)
    return float(after[0]), float(np.sqrt(weight @ after**2))


def log_rank(
    day: NDArray[np.float64], forgotten: NDArray[np.bool_], group: NDArray[np.int64]
) -> tuple[float, int, float]:
    """Chi-square of the log-rank test, its degrees of freedom and p, by statsmodels.

    NaN where nobody forgot, or where at every forgetting only one group was left or everybody forgot at once.
    """
    from statsmodels.duration.survfunc import survdiff

    freedom = len(np.unique(group)) - 1
    if freedom < 1 or not forgotten.any():
        return float("nan"), freedom, float("nan")
    try:
        found = survdiff(day, forgotten.astype(np.int64), group)
    except np.linalg.LinAlgError:
        return float("nan"), freedom, float("nan")
    return float(found[0]), freedom, float(found[1])


def by_group(
    day: NDArray[np.float64], forgotten: NDArray[np.bool_], group: pd.Series, until: float
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The groups of a categorical (n,), the first being the reference.

    Returns their curves, and a table, a row a group: group, n, forgotten, median, median_low, median_high (days),
    restricted_mean, low, high (days out of `until`), difference, difference_low, difference_high (days, from the
    reference; NaN for it), all intervals 95%, and the log-rank test of all groups: chi2, df, p.
    """
    codes = group.cat.codes.to_numpy()
    chi2, freedom, p = log_rank(day, forgotten, codes.astype(np.int64))
    curves, rows = {}, []
    reference = (float("nan"), float("nan"))
    for code, name in enumerate(group.cat.categories):
        mine = codes == code
        curves[str(name)] = curve = kaplan_meier(day[mine], forgotten[mine])
        mean, se = restricted_mean(curve, until)
        middle, low, high = median(curve)
        if code == 0:
            reference = (mean, se)
            difference = half = float("nan")
        else:
            difference, half = mean - reference[0], _Z * float(np.hypot(se, reference[1]))
        rows.append(
            {"group": str(name), "n": int(mine.sum()), "forgotten": int(forgotten[mine].sum()), "median": middle,
             "median_low": low, "median_high": high, "restricted_mean": mean, "low": mean - _Z * se,
             "high": mean + _Z * se, "difference": difference, "difference_low": difference - half,
             "difference_high": difference + half, "chi2": chi2, "df": freedom, "p": p}
        )  # fmt: skip
    return curves, pd.DataFrame(rows)


def by_grouping(
    spans: pd.DataFrame, groups: Mapping[str, pd.Series], until: float
) -> tuple[dict[str, dict[str, pd.DataFrame]], pd.DataFrame]:
    """`by_group` for each grouping, forgetting put midway in its span.

    `spans` as from `spans.spans`, `groups` as from `groups.groupings`, `until` in days. Returns curves by grouping and
    group, and the tables under each other with a first column `grouping`; it is empty without a grouping.
    """
    curves, tables = {}, []
    for name, series in groups.items():
        group = series.reindex(spans.index)
        known = group.notna().to_numpy()
        curves[name], table = by_group(*times(spans[known]), group[known], until)
        table.insert(0, "grouping", name)
        tables.append(table)
    return curves, pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["grouping"])


def curves(spans: pd.DataFrame, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Kaplan-Meier curves of everybody and of each group, forgetting put midway in its span.

    `spans` and `groups` as in `by_grouping`. Returns grouping, group and the columns of `kaplan_meier`: a row for day
    0 and one for each day on which anybody of the group forgot or was last read.
    """
    found = [kaplan_meier(*times(spans)).assign(grouping=EVERYBODY, group=EVERYBODY)]
    for name, series in groups.items():
        group = series.reindex(spans.index)
        for level in group.cat.categories:
            mine = spans[(group == level).to_numpy(bool)]
            found.append(kaplan_meier(*times(mine)).assign(grouping=name, group=str(level)))
    told = pd.concat(found, ignore_index=True)
    return told[["grouping", "group", *(column for column in told if column not in ("grouping", "group"))]]


def ends(spans: pd.DataFrame, until: float) -> pd.DataFrame:
    """What interval censoring leaves open: everybody's time with the forgetting at either end of its span and midway.

    Returns a row an end: forgotten (in words), median, median_low, median_high (days), restricted_mean, low, high (days
    out of `until`), kept, kept_low, kept_high (share never yet below the threshold on day `until`); intervals 95%; and
    returned (persons at or above it again at a later reading).
    """
    rows = []
    for end, words in ENDS.items():
        curve = kaplan_meier(*times(spans, end))
        mean, se = restricted_mean(curve, until)
        middle, low, high = (0.0 if day <= AT_ONCE else day for day in median(curve))
        rows.append(
            {"forgotten": words, "median": middle, "median_low": low, "median_high": high, "restricted_mean": mean,
             "low": mean - _Z * se, "high": mean + _Z * se}
            | dict(zip(("kept", "kept_low", "kept_high"), at_day(curve, until), strict=True))
            | {"returned": int(spans["returned"].sum())}
        )  # fmt: skip
    return pd.DataFrame(rows)
