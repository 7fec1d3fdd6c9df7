"""The chapter on intrusions: how many, spread how, how they go on, and when the next one comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analysis.intrusions import heat_map_figure, ratio_figure, tell_counts, tell_course, tell_recurrence
from analysis.intrusions.covariates import covariates
from analysis.intrusions.known import Known, part
from analysis.intrusions.totals import totals
from analysis.section import Picture, Section
from analysis.study import Study

_MODELS = {
    "intrusions-totals": "rate: totals, negative binomial",
    "intrusions-course": "rate: repeated counts, negative binomial",
    "intrusions-frailty": "rate: given the days since the last and a factor for each person",
    "intrusions-gaps": "hazard: next day with an intrusion",
}


def section(study: Study) -> Section:
    """The chapter from a study's intrusions of its focus episode, of the persons who were exposed to it."""
    found = totals(study.daily, study.exposure, study.days)
    if found.empty:
        return part(warnings=(f"Nobody was exposed to '{study.focus}' and followed for a day after it.",))
    weeks, n = float(found["weeks"].sum()), len(found)
    if found["intrusions"].sum() == 0:
        most = -np.log(0.025) / weeks
        none = f"None of {n:,} persons had an intrusion of '{study.focus}' in {weeks:,.0f} person-weeks"
        limit = f"{none}: the rate is below {most:.2g} a person and week (exact upper limit of the 95% interval)."
        return part(findings=(limit,), warnings=(f"{none}: nothing else can be estimated.",))
    who, told = covariates(study.persons, study.exposure.loc[found.index])
    known = Known(study, found, who)
    parts = [_map(known)]
    if len(known.covariates) < 2:
        return _joined(parts, [*told, "regressions need two persons whose covariates are known"])
    parts += [*tell_counts.tell(known), *tell_course.tell(known), *tell_recurrence.tell(known)]
    return _joined([*parts, _forest(parts, list(known.covariates.columns))], told)


def _forest(parts: Sequence[Section], columns: Sequence[str]) -> Section:
    """The figure of the covariates' ratios in all models that have them."""
    frames = {table.name: table.frame for each in parts for table in each.tables}
    models = {}
    for name, label in _MODELS.items():
        if name in frames:
            table = frames[name]
            mine = table[table["term"].isin(columns)]
            if len(mine):
                models[label] = mine
    if not models:
        return part()
    text = (
        "Ratios with 95% intervals for each covariate, the others held fixed; the rates are those of intrusions, the "
        "hazard is of the next day with one, given the days since the last. n of each model stands with its table."
    )
    figure = ratio_figure.forest(models, "ratio (logarithmic scale)")
    return part(pictures=(Picture("intrusions-ratios", "Who has more intrusions", figure, text),))


def _joined(parts: Sequence[Section], told: Sequence[str]) -> Section:
    """One section of all parts; what two of them say is said once."""

    def all_of[T](of: Callable[[Section], tuple[T, ...]]) -> tuple[T, ...]:
        return tuple(item for each in parts for item in of(each))

    warnings = [*told, *all_of(lambda each: each.warnings)]
    return part(
        tables=all_of(lambda each: each.tables),
        pictures=all_of(lambda each: each.pictures),
        findings=all_of(lambda each: each.findings),
        warnings=tuple(dict.fromkeys(text[0].upper() + text[1:].rstrip(".") + "." for text in warnings)),
        methods=all_of(lambda each: each.methods),
    )


def _map(known: Known) -> Section:
    study, found = known.study, known.found
    cells_ = heat_map_figure.grid(study.daily, found, study.days)
    everybody = heat_map_figure.mean_by_day(study.daily, found, study.days)
    n, none = len(found), int((found["intrusions"] == 0).sum())
    rate = found["intrusions"].sum() / found["weeks"].sum()
    ordered = np.sort(found["intrusions"].to_numpy())[::-1]
    top = ordered[: max(round(0.1 * n), 1)].sum() / ordered.sum()
    findings = (
        f"{n:,} exposed persons had {ordered.sum():,} intrusions of '{study.focus}' in {found['weeks'].sum():,.0f} "
        f"person-weeks, {rate:.2g} a person and week; the median person had {np.median(ordered):g}, and {none:,} "
        f"({none / n:.0%}) had none. The tenth of the persons with most had {top:.0%} of all.",
    )
    rows = "" if len(cells_) == n else f" Of {n:,} persons {len(cells_)} at even distances in this order are shown."
    text = (
        "Intrusions by person and day since the event. Persons stand in the order of their totals, those with most on "
        f"top.{rows} Above: the mean of all {n:,} persons by day."
    )
    picture = Picture(
        "intrusions-heat-map", "Intrusions by day and person", heat_map_figure.draw(cells_, n, everybody), text
    )
    return part(pictures=(picture,), findings=findings)
