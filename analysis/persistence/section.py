"""The chapter on persistence: retention over time, the law of forgetting, and time to forgetting."""

from __future__ import annotations

import pandas as pd

from analysis.persistence import forgetting, retention_figure
from analysis.persistence.forgetting import LEAST_FALL, MOST_PERSONS, Fit
from analysis.persistence.known import CALL, Known, know, tests
from analysis.persistence.known import readings as read
from analysis.persistence.laws import POWER
from analysis.persistence.retention import by_grouping, retention, share_recalled
from analysis.persistence.survival_section import survival_part
from analysis.persistence.wording import between
from analysis.section import Draft, Picture, Section, Table
from analysis.study import Study

_TITLE = "How long the memory lasts"
_FEW = 30  # persons: below it the intervals, which lean on large numbers, are rough


def section(study: Study) -> Section:
    """How long the focus episode is remembered by those to whom it happened.

    Reads of `measures` person, minute and recall; of `recalls`, if there, the tests of voluntary recall.
    """
    draft = Draft()
    readings = _readings(study, draft)
    if not len(readings):
        return draft.section("persistence", _TITLE)
    known = know(study, readings)
    exposure = known.exposure
    if len(exposure) < 2:
        draft.warnings.append("Memory over time was read in one exposed person only; nothing can be said of others.")
        return draft.section("persistence", _TITLE)
    if len(exposure) < _FEW:
        draft.warnings.append(f"Only {len(exposure)} exposed persons: intervals of this chapter are rough.")
    if missing := len(study.exposure) - len(exposure):
        draft.warnings.append(f"{missing:,} exposed persons were never read after their exposure and are left out.")
    draft.warnings.extend(known.why)
    fits = _laws(readings, draft)
    _retention(study, known, fits, draft)
    survival_part(study.focus, known, draft)
    return draft.section("persistence", _TITLE)


def _readings(study: Study, draft: Draft) -> pd.DataFrame:
    nothing = pd.DataFrame(columns=["person", "day", "recall"])
    if not len(study.exposure):
        draft.warnings.append(f"Nobody was exposed to '{study.focus}'; there is no memory of it to follow.")
        return nothing
    if not study.has("measures"):
        draft.warnings.append("No measures were recorded, so the memory cannot be followed over time.")
        return nothing
    try:
        readings = read(study)
    except KeyError:
        draft.warnings.append("The measures hold no probability of recall, so the memory cannot be followed over time.")
        return nothing
    if not len(readings):
        draft.warnings.append(f"No measure came after anybody's exposure to '{study.focus}'.")
    elif not (readings["recall"] > 0.0).any():
        draft.warnings.append(f"No exposed person ever held a trace of '{study.focus}' at a measure.")
        return nothing
    return readings


def _laws(readings: pd.DataFrame, draft: Draft) -> list[Fit]:
    """Fits that converged, in the order of AICc; none where laws cannot be told apart."""
    _, by = forgetting.means(readings)
    if not forgetting.enough(by["day"].to_numpy()):
        draft.warnings.append(f"Laws of forgetting are not fitted: {len(by)} points in time are too few.")
        return []
    if by["recall"].max() - by["recall"].min() < LEAST_FALL:
        draft.warnings.append("Laws of forgetting are not fitted: mean recall hardly changes over time.")
        return []
    fits, table = forgetting.compare(readings)
    for name in table.loc[~table["converged"], "law"].unique():
        draft.warnings.append(f"The fit of the law '{name}' did not converge; its row is not to be used.")
    for name in table.loc[table["low"].isna() & table["converged"], "law"].unique():
        draft.warnings.append(
            f"The law '{name}' has parameters at their bound, or that the data do not tell apart: no interval for them."
        )
    note = (
        f"Means of {len(by)} points in time, weighted by n; t is days since the exposure; intervals are 95%, with the "
        "person as the unit. delta: AICc above the best law's. AICc and BIC take neighbouring means as independent, "
        "which they are not: they rank the laws and test nothing."
    )
    call = f"{CALL}analysis.persistence.forgetting.compare(known.readings)[1]"
    draft.tables.append(Table("forgetting-laws", "Laws of forgetting, fitted to the mean", table, call, note))
    usable = [one for one in fits if one.converged]
    if len(usable) > 1:
        best, second = usable[0], usable[1]
        draft.findings.append(
            f"Of the laws held against each other, '{best.law.name}' ({best.law.formula}) describes the mean best: its "
            f"AICc is {second.aicc - best.aicc:.1f} below that of '{second.law.name}'."
        )
    power = table[(table["law"] == POWER.name) & (table["parameter"] == "b")].iloc[0]
    draft.findings.append(
        f"As a power of time, mean recall falls with an exponent of {power['estimate']:.3g} "
        f"({between(power['low'], power['high'])}; R² {power['r2']:.3f})."
    )
    _by_person(readings, draft)
    draft.methods.append(
        "Laws of forgetting: weighted nonlinear least squares on the means (scipy.optimize.least_squares, "
        "Levenberg-Marquardt, parameters as logarithms, starting values from the first and the last mean), with a "
        "sandwich variance over persons; compared by AICc and BIC."
    )
    return usable


def _by_person(readings: pd.DataFrame, draft: Draft) -> None:
    persons = forgetting.by_person(readings)
    if persons.empty:
        draft.warnings.append("No person's recall falls far enough, at enough readings, for laws of their own.")
        return
    wins = persons["best"].value_counts()
    draft.findings.append(
        f"Fitted one by one to {len(persons):,} persons, the best law is "
        + ", ".join(f"'{name}' in {count}" for name, count in wins.items())
        + f"; the power is closer than the exponential in {int((persons['delta'] < 0.0).sum())}. The mean of persons "
        "can follow another law than any of them."
    )
    note = (
        f"At most {MOST_PERSONS} persons, evenly chosen by id of those with 7 or more readings, a fall of "
        f"{LEAST_FALL:g} or more and no reading of 0. power, exponential: rate b; delta: AICc of the power minus that "
        "of the exponential."
    )
    call = f"{CALL}analysis.persistence.forgetting.by_person(known.readings)"
    draft.tables.append(Table("forgetting-by-person", "Laws of forgetting, person by person", persons, call, note))


def _retention(study: Study, known: Known, fits: list[Fit], draft: Draft) -> None:
    curve = retention(known.readings)
    call = f"{CALL}analysis.persistence.retention.retention(known.readings)"
    note = "Probability of recall under the full cue, means over persons with 95% intervals, quartiles; day: mean."
    draft.tables.append(Table("retention", f"Retention of '{study.focus}'", curve, call, note))
    grouped = by_grouping(known.readings, known.groups)
    if len(grouped):
        call = f"{CALL}analysis.persistence.retention.by_grouping(known.readings, known.groups)"
        draft.tables.append(Table("retention-by-group", "Retention by group", grouped, call, note))
    asked = _tests(study, draft)
    told = [
        f"{row['mean']:.3f} ({between(row['low'], row['high'])}; n = {row['n']:,.0f}) {row['day']:.1f} days"
        for _, row in curve.iloc[[0, -1]].iterrows()
    ]
    course = told[0] if len(curve) == 1 else " and ".join(told)
    draft.findings.insert(0, f"The mean probability of recalling '{study.focus}' was {course} after the exposure.")
    if len(curve) > 1:
        figure = retention_figure.draw(
            curve, fits, asked, {name: grouped[grouped["grouping"] == name] for name in known.groups}
        )
        text = (
            f"Probability of recall of '{study.focus}' in those to whom it happened, by days since it first did: "
            "means, 95% intervals over persons and the middle half of persons, with the laws fitted to the means."
        )
        if len(asked):
            text += " Tests (diamonds) ask under a cue of their own; the curve holds for the full cue."
        draft.pictures.append(Picture("retention", "Retention over time", figure, text))
    else:
        draft.warnings.append("The memory was read at one time only: there is no course to draw.")
    draft.methods.append(
        "Retention: mean over exposed persons of the probability of recall at each measure since their first exposure "
        "(a person without a trace counts as 0); Student's 95% interval on the logit scale. Persons are taken as "
        "independent, members of one household or family included."
    )


def _tests(study: Study, draft: Draft) -> pd.DataFrame:
    nothing = pd.DataFrame(columns=["step", "day", "n", "recalled", "share", "low", "high"])
    if not study.has("recalls"):
        return nothing
    found = tests(study)
    if found.empty:
        return nothing
    table = share_recalled(found)
    call = "analysis.persistence.retention.share_recalled(analysis.persistence.known.tests(study))"
    note = "Persons asked to recall it, and in how many it was this memory that came; Wilson's 95% interval."
    draft.tables.append(Table("recall-tests", "Recalled when asked", table, call, note))
    last = table.iloc[-1]
    draft.findings.append(
        f"Asked to recall it {last['day']:.1f} days after the exposure, {last['share']:.1%} of {last['n']:,.0f} "
        f"persons did (95% interval {last['low']:.1%} to {last['high']:.1%})."
    )
    draft.methods.append("Tests of recall: shares with Wilson's interval (statsmodels' proportion_confint).")
    return table
