"""The chapter of courses: classes found in the trajectories, the published courses by rule, and both together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.courses import courses_figure, violin_figure
from analysis.courses.agreement import Agreement
from analysis.courses.classes import CLEAR, MOST_CLASSES, MOST_FITTED, SMALLEST, Classes, mean_courses
from analysis.courses.known import CALL, RATE, Known, class_agreement, class_table, know, rule_table
from analysis.courses.known import rate as rate_of
from analysis.courses.rules import OTHER_CUTOFFS, SYMPTOMATIC, courses, shares, window
from analysis.courses.stability import DISSOLVED, STABLE, Stability
from analysis.courses.traits import by_course, numeric, standardized
from analysis.section import Draft, Picture, Section, Table
from analysis.study import DAY, Study

_TITLE = "Courses over time"


def section(study: Study) -> Section:
    """Latent classes, courses by rule, their agreement, and the traits that go with the courses."""
    told = Draft()
    exposed = study.exposure.index.to_numpy()
    if not len(exposed):
        told.warnings.append(f"nobody experienced {study.focus}; there are no courses to tell")
    elif not study.recorded("intrusions"):
        told.warnings.append("intrusions were not recorded one by one; there are no courses to tell")
    elif not study.has("intrusions"):
        told.warnings.append("no intrusion was recorded; there are no courses to tell apart")
    else:
        _rules(study, exposed, told)
        _classes(study, told)
    return told.section("courses", _TITLE)


def _rules(study: Study, exposed: NDArray[Any], told: Draft) -> None:
    since = study.began // DAY
    width = window(since, study.days)
    rate = rate_of(study)
    if rate is None:
        told.warnings.append(f"{study.days - since} days after the event are too short for courses by rule")
        return
    found = shares(rate)
    call = f"{RATE}analysis.courses.rules.shares(rate)"
    told.tables.append(
        Table(
            "course_shares", "Courses by rule", found, call,
            f"n = {len(exposed):,} exposed persons. Early and late: the first and the last {width} days after the "
            f"event; symptomatic from the cut-off on (intrusions of {study.focus} a week). Wilson's 95% intervals.",
        )
    )  # fmt: skip
    main = found[found["cutoff"] == SYMPTOMATIC]
    said = ", ".join(f"{row.course} {row.share:.1%} [{row.low:.1%}, {row.high:.1%}]" for row in main.itertuples())
    told.findings.append(f"By rule, of {len(exposed):,} exposed persons: {said} (95% intervals).")
    resilient = found[found["course"] == "resilient"].set_index("cutoff")["share"]
    low, high = min(OTHER_CUTOFFS), max(OTHER_CUTOFFS)
    told.findings.append(
        f"The rule's cut-off matters: with {low:g} instead of {SYMPTOMATIC:g} intrusions a week, "
        f"{resilient[low]:.1%} are resilient, with {high:g}, {resilient[high]:.1%}."
    )
    told.methods.append(
        f"Courses by rule, in the manner of Bonanno 2004 (10.1037/0003-066X.59.1.20) and Galatzer-Levy et al. 2018 "
        f"(10.1016/j.cpr.2018.05.008): symptomatic with at least {SYMPTOMATIC:g} intrusion a week in the first and in "
        f"the last {width} days. The windows and the cut-off are this program's, neither a diagnosis nor published."
    )
    _traits(study, courses(rate), told)


def _traits(study: Study, course: pd.Series, told: Draft) -> None:
    persons = study.persons.reindex(course.index)
    found = by_course(persons, course, numeric(persons))
    if not len(found):
        told.warnings.append("all exposed persons take the same course, or no trait varies: no traits by course")
        return
    call = (
        f"{RATE}persons = study.persons.loc[rate.index]; analysis.courses.traits.by_course(persons, "
        "analysis.courses.rules.courses(rate), analysis.courses.traits.numeric(persons))"
    )
    note = (
        "Omega squared: share of the trait's variance between courses, with the 95% interval from the noncentral F. "
        "Under each course, its mean in standard deviations from the mean of the exposed. No correction for the number "
        "of traits."
    )
    told.tables.append(Table("traits_by_course", "Traits by course", found, call, note))
    top = found.head(violin_figure.SHOWN)
    figure = violin_figure.draw(standardized(persons, top["trait"].tolist()), course, top)
    text = (
        f"Distribution, in standard deviations, of the {len(top)} of {len(found)} traits that differ most between "
        f"courses by rule; n = {len(course):,}. Lines inside: quartiles. ω²: share of the variance between courses "
        "[95% interval], not corrected for the choice of the largest."
    )
    told.pictures.append(Picture("traits_by_course", "Traits by course", figure, text))
    first = found.iloc[0]
    told.findings.append(
        f"Of {len(found)} traits, {first['trait'].replace('_', ' ')} differs most between courses: they take up "
        f"{first['omega_squared']:.1%} [{first['low']:.1%}, {first['high']:.1%}] of its variance."
    )
    told.methods.append(
        "Traits by course: one-way analysis of variance, omega squared with noncentral F intervals (Steiger 2004, "
        "10.1037/1082-989X.9.2.164)."
    )


def _classes(study: Study, told: Draft) -> None:
    try:
        known = know(study)
    except ValueError as fault:
        told.warnings.append(f"no latent classes: {fault}")
        return
    weekly, found, stable = known.weekly, known.classes, known.stability
    told.warnings += found.warnings
    means = mean_courses(weekly, found.membership, found.number)
    told.tables.append(
        Table(
            "class_criteria", "Number of latent classes", found.criteria, f"{CALL}known.classes.criteria",
            f"n = {len(found.fitted):,} persons. Chosen: the lowest BIC among the admitted, that is converged, no "
            f"class below {SMALLEST:.0%} of persons, relative entropy at least {CLEAR:g}.",
        )
    )  # fmt: skip
    note = (
        f"n = {len(weekly):,}. Intrusions a week with 95% t-intervals over the persons of a class, classes taken as "
        f"given; Jaccard similarity over {stable.draws} bootstrap samples of {stable.persons:,} persons "
        f"({STABLE:g} or more: stable; below {DISSOLVED:g}: not to be believed). Course: the rule applied to the "
        "class's mean rates."
    )
    told.tables += [
        Table(
            "latent_classes", "Latent classes", class_table(known),
            f"{CALL}analysis.courses.known.class_table(known)", note,
        ),
        Table(
            "class_courses", "Mean courses of the latent classes", means,
            f"{CALL}analysis.courses.classes.mean_courses(known.weekly, known.classes.membership, "
            "known.classes.number)",
            "Intrusions a week of the focus episode; 95% t-intervals, classes taken as given.",
        ),
        Table(
            "class_numbers", "How often each number of classes is chosen again", stable.numbers,
            f"{CALL}known.stability.numbers",
            f"{stable.draws} bootstrap samples of {stable.persons:,} persons, the whole search repeated in each.",
        ),
    ]  # fmt: skip
    figure = courses_figure.draw(weekly, found.membership, means, known.names)
    text = (
        f"Intrusions of {study.focus} a week in each latent class; n = {len(weekly):,}. Thin lines: up to 40 persons "
        "of the class taken at random. Thick line and band: mean and 95% t-interval, classes taken as given."
    )
    told.pictures.append(Picture("courses", _TITLE, figure, text))
    _class_findings(found, stable, known.names, told)
    _agreements(known, told)


def _agreements(known: Known, told: Draft) -> None:
    if known.agreement:
        _agreement(known.agreement, told)
    if known.classes.number > 1:
        note = (
            "The interval of kappa is large-sample; of the adjusted Rand index, by bootstrap of persons; bootstrap "
            "samples: mean, with the 2.5 and 97.5 percentiles."
        )
        call = f"{CALL}analysis.courses.known.class_agreement(known)"
        told.tables.append(Table("class_agreement", "How well classes agree", class_agreement(known), call, note))


def _class_findings(found: Classes, stable: Stability, names: tuple[str, ...], told: Draft) -> None:
    row = found.criteria[found.criteria["chosen"]].iloc[0]
    again = float(stable.numbers.loc[stable.numbers["whole_sample"], "share"].iloc[0])
    if found.number == 1:
        told.findings.append(
            f"The trajectories give no ground for more than one class (chosen in {again:.0%} of {stable.draws} "
            "bootstrap samples)."
        )
    else:
        sizes = np.bincount(found.membership, minlength=found.number) / len(found.membership)
        each = ", ".join(
            f"class {k + 1}{f' ({name})' if name else ''} {size:.1%}"
            for k, (name, size) in enumerate(zip(names, sizes, strict=True))
        )
        low, high = np.quantile(stable.rand, [0.025, 0.975])
        told.findings.append(
            f"{found.number} latent classes were chosen: {each}; relative entropy {row['entropy']:.2f}. The same "
            f"number is chosen in {again:.0%} of {stable.draws} bootstrap samples; their classes agree with these at "
            f"an adjusted Rand index of {stable.rand.mean():.2f} (95% of samples {low:.2f} to {high:.2f})."
        )
        weak = stable.classes[stable.classes["jaccard"] < STABLE]
        told.warnings += [
            f"class {int(weak_class)} is not stable: mean Jaccard similarity {similar:.2f} over bootstrap samples"
            for weak_class, similar in zip(weak["class"], weak["jaccard"], strict=True)
        ]
        told.warnings.append(
            "latent classes describe a distribution: skewed trajectories of one kind of person can give several classes"
        )
    told.methods.append(
        "Latent classes in two stages: least-squares level, trend and curvature of log(1 + intrusions a week) over log "
        "time in each person, then normal mixtures with full covariances (scikit-learn), no narrower than counting "
        f"error, of 1 to {MOST_CLASSES} classes (fitted to at most {MOST_FITTED:,} persons taken at random; all are "
        f"classified). Number: lowest BIC with every class at least {SMALLEST:.0%}, relative entropy (Celeux & "
        f"Soromenho 1996, 10.1007/BF01246098) at least {CLEAR:g}. Stability: {stable.draws} bootstraps of persons, "
        "adjusted Rand index and Jaccard similarity (Hennig 2007, 10.1016/j.csda.2006.11.025). Reported after van de "
        "Schoot et al. 2017 (10.1080/10705511.2016.1247646); for what classes cannot show: Bauer & Curran 2003 "
        "(10.1037/1082-989X.8.3.338)."
    )


def _agreement(agreed: Agreement, told: Draft) -> None:
    frame = rule_table(agreed)
    call = f"{CALL}analysis.courses.known.rule_table(known.agreement)"
    note = "Persons. Rows: latent classes; columns: courses by rule. Each class is named by the rule on its mean rates."
    told.tables.append(Table("classes_by_rule", "Latent classes against courses by rule", frame, call, note))
    kappa, low, high = agreed.kappa
    rand, rand_low, rand_high = agreed.rand
    said = f"adjusted Rand index {rand:.2f} [{rand_low:.2f}, {rand_high:.2f}]"
    if np.isnan(kappa):
        told.warnings.append("classes or rule know one course alone; kappa is not defined")
    else:
        said = f"Cohen's kappa {kappa:.2f} [{low:.2f}, {high:.2f}], {said}"
    told.findings.append(f"Latent classes and courses by rule agree with {said}.")
    told.methods.append(
        "Agreement of classes and rule: Cohen's kappa (statsmodels, large-sample error) after naming each class by the "
        "rule on its mean rates; adjusted Rand index (scikit-learn) with a bootstrap interval over persons."
    )
