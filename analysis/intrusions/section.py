"""The chapter on intrusions: how many, spread how, how they go on, and when the next one comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analysis.intrusions import heat_map_figure, ratio_figure, tell_counts, tell_course, tell_recurrence
from analysis.intrusions.known import AT, CALL, Known, know, part
from analysis.intrusions.totals import by_day, overview, totals, upper_limit
from analysis.section import Picture, Section, Table
from analysis.study import Study

_MODELS = {
    "intrusions-totals": "rate: totals, negative binomial",
    "intrusions-course": "rate: repeated counts, negative binomial",
    "intrusions-frailty": "rate: given the days since the last and a factor for each person",
    "intrusions-gaps": "hazard: next day with an intrusion",
}


def section(study: Study) -> Section:
    """The chapter from a study's intrusions of its focus episode, of the persons who were exposed to it."""
    if not study.recorded("intrusions"):
        return part(warnings=(f"Intrusions of '{study.focus}' were not recorded one by one: nothing is told of them.",))
    found = totals(study.daily, study.exposure, study.days)
    if found.empty:
        return part(warnings=(f"Nobody was exposed to '{study.focus}' and followed for a day after it.",))
    weeks, n = float(found["weeks"].sum()), len(found)
    if found["intrusions"].sum() == 0:
        most = float(upper_limit(found)["rate_high"].iloc[0])
        none = f"None of {n:,} persons had an intrusion of '{study.focus}' in {weeks:,.0f} person-weeks"
        limit = f"{none}: the rate is below {most:.2g} a person and week (exact upper limit of the 95% interval)."
        table = Table(
            "intrusions-none", "No intrusion", upper_limit(found), f"{CALL}{AT}.totals.upper_limit(known.found)",
            "Weeks: at risk, of all persons; rate_high: intrusions a person and week, exact upper limit of the 95% "
            "interval, as if persons did not differ.",
        )  # fmt: skip
        return part(tables=(table,), findings=(limit,), warnings=(f"{none}: nothing else can be estimated.",))
    known = know(study, found)
    told = known.told
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
    everybody = by_day(study.daily, found, study.days)
    n, table = len(found), overview(found)
    told = table.iloc[0]
    findings = (
        f"{n:,} exposed persons had {told['intrusions']:,.0f} intrusions of '{study.focus}' in {told['weeks']:,.0f} "
        f"person-weeks, {told['rate']:.2g} a person and week; the median person had {told['median']:g}, and "
        f"{told['none']:,.0f} ({told['none'] / n:.0%}) had none. The tenth of the persons with most had "
        f"{told['top_tenth']:.0%} of all.",
    )
    tables = (
        Table(
            "intrusions-overview", "Intrusions in all", table, f"{CALL}{AT}.totals.overview(known.found)",
            "Weeks: at risk, of all persons; rate: intrusions a person and week; median: of a person; none: persons; "
            "top_tenth: share of all intrusions that the tenth of persons with most had.",
        ),
        Table(
            "intrusions-by-day", "Intrusions by day", everybody,
            f"{CALL}{AT}.totals.by_day(study.daily, known.found, study.days)",
            "Day: whole days since each person's exposure; intrusions: of all; mean: a person.",
        ),
    )  # fmt: skip
    rows = "" if len(cells_) == n else f" Of {n:,} persons {len(cells_)} at even distances in this order are shown."
    text = (
        "Intrusions by person and day since the event. Persons stand in the order of their totals, those with most on "
        f"top.{rows} Above: the mean of all {n:,} persons by day."
    )
    picture = Picture(
        "intrusions-heat-map",
        "Intrusions by day and person",
        heat_map_figure.draw(cells_, n, everybody["mean"].to_numpy()),
        text,
    )
    return part(tables=tables, pictures=(picture,), findings=findings)
