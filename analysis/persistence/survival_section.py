"""Time to forgetting as the chapter tells it: curves, groups, regression, and what interval censoring leaves open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.persistence import survival_figure
from analysis.persistence.hazards import cox
from analysis.persistence.known import CALL, Known
from analysis.persistence.spans import THRESHOLD, times, turnbull
from analysis.persistence.survival import by_grouping, curves, ends, kaplan_meier
from analysis.persistence.thresholds import by_threshold, told
from analysis.persistence.wording import between
from analysis.section import Draft, Picture, Table

_LEFT = 0.2  # share already below at the first reading from which on it is worth a warning


def survival_part(focus: str, known: Known, draft: Draft) -> None:
    """Adds time to forgetting to the draft; `focus` is the episode's name."""
    found, until, readings = known.spans, known.until, known.readings
    day, forgotten = times(found)
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
        _thresholds(known, draft)
        return
    _open(known, draft)
    _thresholds(known, draft)
    at_once = float(((found["left"] == 0.0) & np.isfinite(found["right"])).mean())
    first = float(readings.groupby("person")["day"].min().median())
    if at_once > _LEFT:
        draft.warnings.append(
            f"{at_once:.0%} of persons were below {THRESHOLD:g} at their first reading (day {first:.1f}): when they "
            "forgot, if they ever could recall it, is not known more closely."
        )
    whole = curves(found, known.groups)
    note = (
        f"Share never yet below {THRESHOLD:g} by day, with 95% interval (log-log), forgetting put midway between two "
        "measures; at_risk: persons just before that day; events: forgotten on it. No interval where all or none have."
    )
    call = f"{CALL}analysis.persistence.survival.curves(known.spans, known.groups)"
    draft.tables.append(Table("forgetting-curves", "Kaplan-Meier curves of time to forgetting", whole, call, note))
    shown, table = by_grouping(found, known.groups, until)
    if len(table):
        for name, rows in table.groupby("grouping", sort=False):
            _told(str(name), rows, until, draft)
        call = f"{CALL}analysis.persistence.survival.by_grouping(known.spans, known.groups, known.until)[1]"
        note = (
            f"Days until recall is first below {THRESHOLD:g}, forgetting put midway between two measures; restricted "
            f"means are days remembered of the first {until:.1f}; differences from the first group; intervals 95%."
        )
        draft.tables.append(Table("forgetting-by-group", "Time to forgetting by group", table, call, note))
    _regression(known, draft)
    panels = {"Everybody": {"all": kaplan_meier(day, forgotten)}} | {f"By {name}": of for name, of in shown.items()}
    figure = survival_figure.draw(panels, until, THRESHOLD)
    text = (
        f"Kaplan-Meier curves of the time until the probability of recalling '{focus}' is first below "
        f"{THRESHOLD:g}, with 95% intervals (log-log) and persons at risk. Forgetting is put midway between measures."
    )
    draft.pictures.append(Picture("time-to-forgetting", "Time to forgetting", figure, text))


def _thresholds(known: Known, draft: Draft) -> None:
    """How much of it hangs on the threshold."""
    until = known.until
    table = by_threshold(known.readings, known.groups, until)
    if not table["fallen"].any():
        return
    note = (
        f"fallen: share below the threshold by day {until:.1f}; restricted mean: days above it, of these; differences "
        "from the first group; intervals 95%."
    )
    call = f"{CALL}analysis.persistence.thresholds.by_threshold(known.readings, known.groups, known.until)"
    draft.tables.append(Table("forgetting-threshold", "Time to forgetting by threshold", table, call, note))
    draft.findings.extend(told(table, until))


def _open(known: Known, draft: Draft) -> None:
    """What is known of everybody's time, wherever in its span it is put."""
    found, until = known.spans, known.until
    table = ends(found, until)
    means = table["restricted_mean"].tolist()
    call = f"{CALL}analysis.persistence.survival.ends(known.spans, known.until)"
    note = (
        f"Days; restricted mean of the first {until:.1f}; kept: share never yet below the threshold by then; returned: "
        "persons at or above it again later. Intervals 95%. The truth lies between the first and last row."
    )
    draft.tables.append(Table("forgetting-censoring", "What interval censoring leaves open", table, call, note))
    inner = turnbull(found["left"].to_numpy(), found["right"].to_numpy())
    call = f"{CALL}analysis.persistence.spans.turnbull(known.spans['left'].to_numpy(), known.spans['right'].to_numpy())"
    note = (
        "mass: probability of forgetting within (left, right] days; survival: after it; right infinite: not by the end."
    )
    draft.tables.append(Table("forgetting-turnbull", "Time to forgetting by Turnbull's estimate", inner, call, note))
    survival, low, high = (float(table[name].iloc[-1]) for name in ("kept", "kept_low", "kept_high"))
    half = inner[inner["survival"] <= 0.5]
    when = "fewer than half did so within the study"
    if len(half) and np.isfinite(half["right"].iloc[0]):
        when = f"half had done so between day {half['left'].iloc[0]:.1f} and day {half['right'].iloc[0]:.1f}"
    kept = f"95% interval {low:.1%} to {high:.1%}" if low == low else "no interval"
    draft.findings.append(
        f"Within {until:.0f} days {1.0 - survival:.1%} of {len(found):,} persons fell below a probability of recall of "
        f"{THRESHOLD:g} ({survival:.1%} never did; {kept}); {when}. On average they stayed above it for "
        f"{means[1]:.1f} days of these (95% interval {table['low'][1]:.1f} to {table['high'][1]:.1f}; "
        f"{means[0]:.1f} or {means[2]:.1f} if forgetting came right after the last or right before the next measure). "
        f"{table['returned'].iloc[-1]:,} came back above it at a later measure."
    )


def _told(name: str, table: pd.DataFrame, until: float, draft: Draft) -> None:
    reference = table.iloc[0]
    for _, row in table.iloc[1:].iterrows():
        draft.findings.append(
            f"By {name}: {row['group']} (n = {row['n']:,}) kept the memory above {THRESHOLD:g} for "
            f"{row['difference']:+.1f} days against {reference['group']} (n = {reference['n']:,}), of the first "
            f"{until:.0f} days (95% interval {row['difference_low']:+.1f} to {row['difference_high']:+.1f})."
        )


def _regression(known: Known, draft: Draft) -> None:
    if not known.groups:
        return
    mine = known.spans.loc[known.covariates.index]
    table, warnings = cox(*times(mine), known.covariates)
    draft.warnings.extend(warnings)
    if table.empty:
        return
    note = (
        "Hazard ratio of forgetting, all covariates together (above 1: forgotten sooner), 95% interval. rho: "
        "correlation of scaled Schoenfeld residuals with the logarithm of time; near 0 where hazards are proportional."
    )
    call = (
        f"{CALL}analysis.persistence.hazards.cox(*analysis.persistence.spans.times(known.spans.loc["
        "known.covariates.index]), known.covariates)[0]"
    )
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
