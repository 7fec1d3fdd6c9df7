"""Time to forgetting as the chapter tells it: curves, groups, regression, and what interval censoring leaves open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.persistence import survival_figure
from analysis.persistence.groups import covariates
from analysis.persistence.hazards import cox
from analysis.persistence.spans import AT_ONCE, THRESHOLD, spans, times, turnbull
from analysis.persistence.survival import at_day, by_group, kaplan_meier, median, restricted_mean
from analysis.persistence.thresholds import by_threshold, told
from analysis.persistence.wording import between
from analysis.section import Draft, Picture, Table
from analysis.study import Study

_FOLLOWED = 0.9  # share of persons still followed on the last day of restricted means and curves
_LEFT = 0.2  # share already below at the first reading from which on it is worth a warning
_ENDS = {"left": "at once after the last reading above", "middle": "midway", "right": "at the first reading below"}


def survival_part(
    study: Study, readings: pd.DataFrame, exposure: pd.DataFrame, groups: dict[str, pd.Series], draft: Draft
) -> None:
    """Adds time to forgetting to the draft. `readings` as from `readings.graded`, `exposure` of those persons."""
    found = spans(readings)
    day, forgotten = times(found)
    until = float(readings.groupby("person")["day"].max().quantile(1.0 - _FOLLOWED))
    curve = kaplan_meier(day, forgotten)
    draft.methods.append(
        f"Time to forgetting: the first measure at which the probability of recall is below {THRESHOLD:g}. It is known "
        "only to lie between two measures (interval censoring). Kaplan-Meier curves, log-rank tests (statsmodels), "
        "restricted means and Cox's regression put it midway; the table of what censoring leaves open puts it at "
        "either end and gives Turnbull's estimate, which assumes no place."
    )
    if not forgotten.any():
        draft.warnings.append(
            f"Nobody's recall fell below {THRESHOLD:g}: all times to forgetting are censored and nothing is compared."
        )
        _thresholds(readings, groups, until, draft)
        return
    _open(found, until, draft)
    _thresholds(readings, groups, until, draft)
    at_once = float(((found["left"] == 0.0) & np.isfinite(found["right"])).mean())
    first = float(readings.groupby("person")["day"].min().median())
    if at_once > _LEFT:
        draft.warnings.append(
            f"{at_once:.0%} of persons were below {THRESHOLD:g} at their first reading (day {first:.1f}): when they "
            "forgot, if they ever could recall it, is not known more closely."
        )
    shown = {"Everybody": {"all": curve}}
    rows = []
    for name, series in groups.items():
        mine = series.reindex(found.index)
        known = mine.notna().to_numpy()
        curves, table = by_group(day[known], forgotten[known], mine[known], until)
        shown[f"By {name}"] = curves
        rows.append(table.assign(grouping=name))
        _told(name, table, until, draft)
    if rows:
        table = pd.concat(rows, ignore_index=True)
        table.insert(0, "grouping", table.pop("grouping"))
        call = "analysis.persistence.survival.by_group(day, forgotten, group, until)[1], for each grouping"
        note = (
            f"Days until recall is first below {THRESHOLD:g}, forgetting put midway between two measures; restricted "
            f"means are days remembered of the first {until:.1f}; differences from the first group; intervals 95%."
        )
        draft.tables.append(Table("forgetting-by-group", "Time to forgetting by group", table, call, note))
    _regression(study, exposure, groups, found, draft)
    figure = survival_figure.draw(shown, until, THRESHOLD)
    text = (
        f"Kaplan-Meier curves of the time until the probability of recalling '{study.focus}' is first below "
        f"{THRESHOLD:g}, with 95% intervals (log-log) and persons at risk. Forgetting is put midway between measures."
    )
    draft.pictures.append(Picture("time-to-forgetting", "Time to forgetting", figure, text))


def _thresholds(readings: pd.DataFrame, groups: dict[str, pd.Series], until: float, draft: Draft) -> None:
    """How much of it hangs on the threshold."""
    table = by_threshold(readings, groups, until)
    if not table["fallen"].any():
        return
    note = (
        f"fallen: share below the threshold by day {until:.1f}; restricted mean: days above it, of these; differences "
        "from the first group; intervals 95%."
    )
    call = "analysis.persistence.thresholds.by_threshold(readings, groups, until)"
    draft.tables.append(Table("forgetting-threshold", "Time to forgetting by threshold", table, call, note))
    draft.findings.extend(told(table, until))


def _open(found: pd.DataFrame, until: float, draft: Draft) -> None:
    """What is known of everybody's time, wherever in its span it is put."""
    rows, means = [], []
    for end, words in _ENDS.items():
        curve = kaplan_meier(*times(found, end))
        mean, se = restricted_mean(curve, until)
        middle, low, high = (0.0 if day <= AT_ONCE else day for day in median(curve))
        means.append(mean)
        rows.append(
            {"forgotten": words, "median": middle, "median_low": low, "median_high": high, "restricted_mean": mean,
             "low": mean - 1.959964 * se, "high": mean + 1.959964 * se}
        )  # fmt: skip
    call = "analysis.persistence.survival.kaplan_meier(*analysis.persistence.spans.times(spans, end)), for each end"
    note = (
        f"Days; restricted mean of the first {until:.1f}; intervals 95%. The truth lies between the first and last row."
    )
    draft.tables.append(
        Table("forgetting-censoring", "What interval censoring leaves open", pd.DataFrame(rows), call, note)
    )
    inner = turnbull(found["left"].to_numpy(), found["right"].to_numpy())
    call = "analysis.persistence.spans.turnbull(spans['left'].to_numpy(), spans['right'].to_numpy())"
    note = (
        "mass: probability of forgetting within (left, right] days; survival: after it; right infinite: not by the end."
    )
    draft.tables.append(Table("forgetting-turnbull", "Time to forgetting by Turnbull's estimate", inner, call, note))
    survival, low, high = at_day(kaplan_meier(*times(found, "right")), until)
    half = inner[inner["survival"] <= 0.5]
    when = "fewer than half did so within the study"
    if len(half) and np.isfinite(half["right"].iloc[0]):
        when = f"half had done so between day {half['left'].iloc[0]:.1f} and day {half['right'].iloc[0]:.1f}"
    kept = f"95% interval {low:.1%} to {high:.1%}" if low == low else "no interval"
    draft.findings.append(
        f"Within {until:.0f} days {1.0 - survival:.1%} of {len(found):,} persons fell below a probability of recall of "
        f"{THRESHOLD:g} ({survival:.1%} never did; {kept}); {when}. On average they stayed above it for "
        f"{means[1]:.1f} days of these (95% interval {rows[1]['low']:.1f} to {rows[1]['high']:.1f}; {means[0]:.1f} or "
        f"{means[2]:.1f} if forgetting came right after the last or right before the next measure). "
        f"{found['returned'].sum():,} came back above it at a later measure."
    )


def _told(name: str, table: pd.DataFrame, until: float, draft: Draft) -> None:
    reference = table.iloc[0]
    for _, row in table.iloc[1:].iterrows():
        draft.findings.append(
            f"By {name}: {row['group']} (n = {row['n']:,}) kept the memory above {THRESHOLD:g} for "
            f"{row['difference']:+.1f} days against {reference['group']} (n = {reference['n']:,}), of the first "
            f"{until:.0f} days (95% interval {row['difference_low']:+.1f} to {row['difference_high']:+.1f})."
        )


def _regression(
    study: Study, exposure: pd.DataFrame, groups: dict[str, pd.Series], found: pd.DataFrame, draft: Draft
) -> None:
    if not groups:
        return
    known = covariates(study.persons, exposure, groups)
    mine = found.loc[found.index.isin(known.index)]
    table, warnings = cox(*times(mine), known.loc[mine.index])
    draft.warnings.extend(warnings)
    if table.empty:
        return
    note = (
        "Hazard ratio of forgetting, all covariates together (above 1: forgotten sooner), 95% interval. rho: "
        "correlation of scaled Schoenfeld residuals with the logarithm of time; near 0 where hazards are proportional."
    )
    call = "analysis.persistence.hazards.cox(day, forgotten, covariates)[0]"
    draft.tables.append(Table("forgetting-cox", f"Cox regression of forgetting, n = {len(mine):,}", table, call, note))
    ratios = [
        f"{row['covariate']} {row['hazard_ratio']:.2f} ({between(row['low'], row['high'])})"
        for _, row in table.iterrows()
    ]
    draft.findings.append("Hazard ratios of forgetting, adjusted for each other: " + "; ".join(ratios) + ".")
    for _, row in table[(table["ph_p"] < 0.05) & (table["rho"].abs() >= 0.1)].iterrows():
        draft.warnings.append(
            f"Hazards are not proportional for {row['covariate']} (correlation of its effect with log time "
            f"{row['rho']:+.2f}): its hazard ratio is an average over time; restricted means do not assume it."
        )
    draft.methods.append(
        "Cox's regression: statsmodels' PHReg, ties by Efron; proportionality by scaled Schoenfeld residuals "
        "(Grambsch & Therneau 1994, 10.1093/biomet/81.3.515)."
    )
