"""Of the chapter on intrusions: how they go on, by regression of repeated counts and by persons' slopes."""

from __future__ import annotations

import numpy as np

from analysis.intrusions.course import course, dependence
from analysis.intrusions.known import AT, CALL, Known, between, part
from analysis.intrusions.repeated import (
    DOUBLING,
    MOST_CORRELATED,
    MOST_PERSONS,
    PERIOD,
    doublings,
    mixed,
    periods,
    two_stages,
)
from analysis.section import Section, Table

SMALL = 200  # persons up to whom the mixed model is fitted beside the two-stage slopes


def tell(known: Known) -> list[Section]:
    """Both, each a part; without the weeks that they need, a warning instead."""
    return [_course(known), _slopes(known)]


def _course(known: Known) -> Section:
    fewer = known.only(MOST_PERSONS)
    weekly = fewer.weekly
    counts = periods(weekly)
    n, p = counts.shape
    if p < 2 or not counts.any():
        return part(
            warnings=(f"Courses need two periods of {PERIOD} weeks with an intrusion; everybody has {p} periods",)
        )
    found = course(weekly, fewer.covariates)
    if found is None:
        return part(warnings=("the regression of repeated counts has no fit",))
    table, warnings, correlation = found.table, list(found.told), found.correlation
    if "gee_low" in table:
        outside = table.iloc[1:]
        outside = outside[(outside["ratio"] < outside["gee_low"]) | (outside["ratio"] > outside["gee_high"])]
        if len(outside):
            warnings.append(
                f"with an autoregressive working correlation ({correlation:.2f}) these ratios of repeated counts come "
                f"out otherwise: {', '.join(outside['term'])}; then their model of the mean is not quite right"
            )
    note = (
        f"n = {n:,} persons with {p} periods of {PERIOD} weeks. Rate: intrusions a week at the middle of the logarithm "
        f"of time; others: incidence rate ratios. 95% intervals clustered by person. gee_: autoregressive working "
        f"correlation ({correlation:.2f} between neighbours), {found.correlated:,} persons."
    )
    call = f"{CALL}some = known.only({MOST_PERSONS}); {AT}.course.course(some.weekly, some.covariates)"
    tables = [
        Table("intrusions-course", "Negative binomial regression of repeated counts", table, f"{call}.table", note)
    ]
    if np.isfinite(correlation):
        note = (
            f"Of neighbouring periods of {PERIOD} weeks, in the autoregressive working correlation; persons: of whom."
        )
        call = call.replace(f"{AT}.course.course(", f"{AT}.course.dependence({AT}.course.course(") + ")"
        tables.append(Table("intrusions-correlation", "Correlation of counts", dependence(found), call, note))
    row = table[table["term"] == DOUBLING].iloc[0]
    finding = (
        f"With each doubling of the time since the event the rate of intrusions is {between(row)} times what it was."
    )
    changing = table[table["term"].str.contains("by doubling") & ((table["low"] > 1.0) | (table["high"] < 1.0))]
    findings = [finding]
    if len(changing):
        said = "; ".join(f"{r['term'].split(', by')[0]} {between(r)}" for _, r in changing.iterrows())
        findings.append(f"This ratio is itself multiplied by (where the interval leaves out 1): {said}.")
    methods = (
        f"Repeated counts, {PERIOD} weeks each: negative binomial regression by maximum likelihood on the logarithm "
        "(base 2, centred) of time, covariates and their products with it, errors clustered by person; beside it "
        "generalized estimating equations (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13) with an autoregressive "
        f"working correlation for at most {MOST_CORRELATED:,} persons. Of more than {MOST_PERSONS:,} persons so many "
        "at even distances in the order of their ids are taken.",
    )
    return part(
        tables=tuple(tables),
        findings=tuple(findings), warnings=tuple(warnings), methods=methods,
    )  # fmt: skip


def _slopes(known: Known) -> Section:
    weekly = known.weekly
    n, w = weekly.shape
    if w < 2:
        return part(warnings=(f"slopes need two weeks of everybody; there are {w}",))
    frame = two_stages(weekly, known.covariates)
    row = frame[(frame["part"] == "slope") & (frame["term"] == "mean")].iloc[0]
    warnings: list[str] = []
    tables: list[Table] = []
    note = (
        f"n = {n:,} persons, {w} weeks: least squares of log(1 + intrusions of a week) on the logarithm (base 2) of "
        "time for each person, then of their coefficients on covariates. Level: at the middle of the logarithm of "
        "time. 95% intervals, HC3."
    )
    call = f"{CALL}{AT}.repeated.two_stages(known.weekly, known.covariates)"
    tables.append(Table("intrusions-slopes", "Persons' courses in two stages", frame, call, note))
    if n <= SMALL and n > 2:
        found, warnings = mixed(np.log1p(weekly.astype(np.float64)), doublings(w), known.covariates)
        if found is not None:
            tables.append(
                Table(
                    "intrusions-mixed", "Mixed model of persons' courses", found,
                    f"{CALL}import numpy; {AT}.repeated.mixed(numpy.log1p(known.weekly), "
                    f"{AT}.repeated.doublings(known.weekly.shape[1]), known.covariates)[0]",
                    f"n = {n:,} persons, {w} weeks; random intercept and slope, restricted maximum likelihood.",
                )
            )  # fmt: skip
    findings: tuple[str, ...] = ()
    if np.isfinite(row["low"]):
        findings = (
            f"On average log(1 + intrusions of a week) changes by {between(row, 'estimate', 3)} a doubling of time.",
        )
    methods = (
        "Courses of log(1 + weekly count): two-stage slopes, which with the same weeks for everybody have the "
        "estimates of the mixed model with random intercept and slope (Laird & Ware 1982, doi:10.2307/2529876); that "
        f"itself up to {SMALL} persons.",
    )
    return part(tables=tuple(tables), findings=findings, warnings=tuple(warnings), methods=methods)
