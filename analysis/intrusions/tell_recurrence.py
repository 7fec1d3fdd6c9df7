"""Of the chapter on intrusions: the rate by the days since the last one, and the gaps between them."""

from __future__ import annotations

import pandas as pd

from analysis.intrusions import ratio_figure
from analysis.intrusions.frailty import Frailty
from analysis.intrusions.known import AT, CALL, Known, between, by_covariate, part
from analysis.intrusions.recurrence import MOST_ORDER, REFERENCE, SINCE_LABELS, gap_ratios, gaps
from analysis.intrusions.since import persons_factor, since_last
from analysis.section import Picture, Section, Table

_SINCE = f"{AT}.since.since_last(some.daily, some.start, study.days, some.covariates)"
MOST_RECURRING = 20_000  # persons of the regressions on the days since the last; of more, so many at even distances
MOST_GAPS = 5000  # persons of the regression of gaps, likewise


def tell(known: Known) -> list[Section]:
    """Both, each a part."""
    return [_since(known), _gaps(known)]


def _since(known: Known) -> Section:
    fewer = known.only(MOST_RECURRING)
    people = fewer.covariates.index
    found = since_last(fewer.daily, fewer.start, known.study.days, fewer.covariates)
    marginal, known_within, warnings = found.marginal, found.within, found.told
    note = (
        f"n = {len(people):,} persons. Rate: intrusions a day. Ratios to {REFERENCE}, adjusted for the time since the "
        "event and covariates, with 95% intervals over persons. all_: all persons alike; within_: given a factor of "
        "each person (gamma distributed), so for one and the same person."
    )
    call = f"{CALL}some = known.only({MOST_RECURRING}); {_SINCE}"
    tables = [Table("intrusions-since-last", "Intrusions by the days since the last day with one", found.table,
                    f"{call}.table", note)]  # fmt: skip
    findings: list[str] = []
    pictures: list[Picture] = []
    if known_within is not None:
        tables.append(_whole(known_within, len(people), f"{call}.within.table"))
        tables.append(
            Table(
                "intrusions-factor", "How much persons differ", persons_factor(found),
                f"{CALL}some = known.only({MOST_RECURRING}); {AT}.since.persons_factor({_SINCE})",
                "Variance of the persons' factor on the rate, whose mean is 1; 95% interval.",
            )
        )  # fmt: skip
    if marginal is not None:
        short = marginal[marginal["term"].isin(SINCE_LABELS)]
        own = None if known_within is None else known_within.table.set_index("term").loc[short["term"]].reset_index()
        figure = ratio_figure.by_days_since(short, own, SINCE_LABELS, REFERENCE)
        text = (
            f"Rate of intrusions by the days since the last day with one, relative to {REFERENCE}; {len(people):,} "
            "persons, 95% intervals over persons, adjusted for time since the event and covariates. Over all persons "
            "alike the ratios mix what an intrusion does with how persons differ."
        )
        pictures.append(Picture("intrusions-since-last", "When the next intrusion comes", figure, text))
        findings += _sentence(short, own, known_within)
    methods = (
        "Time since the last: rates constant within bands of the days since the last day with an intrusion and of the "
        "days since the event, by Poisson regression with intervals over persons, and with a gamma distributed factor "
        "for each person by maximum likelihood (a mixed Poisson process, in closed form). Of more than "
        f"{MOST_RECURRING:,} persons so many at even distances in the order of their ids are taken.",
    )
    return part(
        tables=tuple(tables),
        pictures=tuple(pictures),
        findings=tuple(findings),
        warnings=warnings,
        methods=methods,
    )


def _whole(within: Frailty, persons: int, call: str) -> Table:
    estimate, low, high = within.variance
    note = (
        f"n = {persons:,} persons; variance of the persons' factor {estimate:.2f} ({low:.2f} to {high:.2f}). Rate: "
        f"intrusions a day in week 1, {REFERENCE} after the last; others: rate ratios. 95% intervals by the sandwich."
    )
    title = "Rates of intrusions with a factor for each person"
    return Table("intrusions-frailty", title, within.table, call, note)


def _sentence(marginal: pd.DataFrame, own: pd.DataFrame | None, within: Frailty | None) -> list[str]:
    shortest = marginal[marginal["term"] == SINCE_LABELS[0]]
    if shortest.empty or shortest["ratio"].isna().any():
        return []
    said = (
        f"On the day after a day with an intrusion the rate is {between(shortest.iloc[0])} times that of {REFERENCE} "
        "after the last, at the same time since the event"
    )
    if own is None or within is None:
        return [said + "; how much of this is persons who differ is not known."]
    row = own[own["term"] == SINCE_LABELS[0]].iloc[0]
    estimate, low, high = within.variance
    return [
        f"{said}; for one and the same person it is {between(row)} times, if persons differ by a "
        f"gamma distributed factor that stays the same, whose variance is then {estimate:.2f} (95% {low:.2f} to "
        f"{high:.2f}) at a mean of 1. Differences that change with time would count as aftereffect."
    ]


def _gaps(known: Known) -> Section:
    fewer = known.only(MOST_GAPS)
    found = gaps(fewer.daily, fewer.start, known.study.days)
    early = found[found["order"] <= MOST_ORDER]
    ratios, told = gap_ratios(early, fewer.covariates)
    if ratios is None:
        return part(warnings=tuple(told))
    note = (
        f"n = {early['person'].nunique():,} persons, {len(early):,} gaps, {int(early['event'].sum()):,} of them ended "
        f"by a day with an intrusion. Hazard ratios with 95% intervals clustered by person; orders 1 to {MOST_ORDER}."
    )
    table = Table(
        "intrusions-gaps", "Gaps between days with intrusions", ratios,
        f"{CALL}some = known.only({MOST_GAPS}); gaps = {AT}.recurrence.gaps(some.daily, some.start, study.days); "
        f"{AT}.recurrence.gap_ratios(gaps[gaps['order'] <= {MOST_ORDER}], some.covariates)[0]", note,
    )  # fmt: skip
    methods = (
        "Gaps between days with intrusions: proportional hazards in gap time with a baseline for each order (Prentice, "
        f"Williams & Peterson 1981, doi:10.1093/biomet/68.2.373), the first {MOST_ORDER} gaps of at most {MOST_GAPS:,} "
        "persons, errors clustered by person (Lin & Wei 1989, doi:10.1080/01621459.1989.10478874).",
    )
    findings = by_covariate(ratios, "Hazard ratios of the next day with an intrusion")
    return part(tables=(table,), findings=findings, warnings=tuple(told), methods=methods)
