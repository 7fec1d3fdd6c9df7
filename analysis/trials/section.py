"""The chapter on a trial: what it found, adjusted and imputed, beside what is true of the same persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.section import Draft, Picture, Section, Table
from analysis.trials import effect_figure, trial_figure
from analysis.trials.calibration import ALLOCATIONS, calibrate
from analysis.trials.effects import shares
from analysis.trials.equivalence import equivalence
from analysis.trials.given import Trial
from analysis.trials.imputation import IMPUTATIONS, imputed
from analysis.trials.known import CALL, Known, know, seen
from analysis.trials.outcome import Outcome, TrialError, persons_of
from analysis.trials.responders import responders
from analysis.trials.tell_flow import flow_part
from analysis.trials.tell_mechanisms import mechanisms_part
from analysis.trials.trial import LEVEL, baseline

_TITLE = "The trial"
_SEEN = "known.seen, trial.arms, trial.reference, trial.outcomes"
_NOTES = {
    "trial_estimates": (
        "In the outcome's unit (points; of a cut-off, risk), arm minus reference; n: persons seen, in the arm and the "
        "reference. Estimate: Welch's interval, of risks Newcombe's; adjusted: for the reading before randomization; "
        "imputed: with values for who was not seen, where anybody was not. Exact: mean effect on all eligible persons. "
        "p: Welch's or score test; p_holm: over all rows."
    ),
    "trial_shares": (
        "Of all eligible persons, who live under every arm: exact, the mean effect in the outcome's unit; helped and "
        "harmed, shares of the persons moved by the outcome's margin or over its cut-off; nnt, persons treated for one "
        "more helped than harmed, below 0: harmed than helped."
    ),
    "trial_responders": (
        "Who is better than before randomization by the outcome's margin or more; n: persons with a reading before it. "
        "Difference: Newcombe's interval; ratio: Miettinen and Nurminen's; nnt: persons treated for one more "
        "responder, below 0: one fewer. An interval through infinity is what lies outside of its two ends."
    ),
    "trial_equivalence": (
        "Difference of means in the outcome's unit, Welch's 90% interval; equivalent: by two one-sided tests at 5% it "
        "is smaller than the margin; not_inferior: its worse end is nearer than the margin. n: persons seen."
    ),
    "trial_calibration": (
        "In the outcome's unit: of the estimates from fresh allocations of the same persons, bias and spread (standard "
        "deviation), told: mean of their standard errors. coverage: share of 95% intervals that hold the exact effect; "
        "positives: that leave out 0; bias_error and coverage_error: Monte Carlo errors."
    ),
}
_FEW = 10  # persons of an arm, below which a mean is not near normal whatever the values are
_ERRORS = 3.0  # Monte Carlo errors below its level from which on a coverage is worth a warning
_METHODS = (
    "Intention to treat: each person counts under the allotted arm. Differences in means have Welch's interval "
    "(10.1093/biomet/34.1-2.28), differences of shares Newcombe's; adjusted ones come from an analysis of covariance "
    "with HC3 errors. P-values are Holm's over all outcomes and arms.",
    f"Values of persons not seen: {IMPUTATIONS} imputations by predictive-mean matching within each arm, pooled by "
    "Rubin's rules with the degrees of freedom of Barnard and Rubin (10.1093/biomet/86.4.948), if missing at random.",
    "Equivalence: two one-sided tests (10.1007/BF01068419). Numbers needed to treat: 10.1136/bmj.317.7168.1309.",
    f"Calibration: {ALLOCATIONS} fresh allocations of the same persons in halves, of the states read without error. "
    "All rows share them, so similar outcomes err alike; coverage_error is the Monte Carlo error of the coverage.",
)


def section(trial: Trial) -> Section:
    """The chapter on `trial`: who took part, and unless its frames allow none, the comparison of its arms."""
    draft = Draft()
    try:
        flow_part(trial, seen(trial), draft)
        known = know(trial)
    except TrialError as fault:
        draft.warnings.append(f"No comparison can be made: {fault}.")
        return draft.section("trial", _TITLE)
    _compared(trial, known, draft)
    mechanisms_part(trial, known.seen, known.truth, draft)
    return draft.section("trial", _TITLE)


def _compared(trial: Trial, known: Known, draft: Draft) -> None:
    truth, compared = known.truth, known.compared
    table = told(trial, known.seen, compared)
    right = calibrated(truth, trial.outcomes)
    same = (trial.arms, trial.reference, trial.outcomes)
    frames = {
        "trial_estimates": ("Estimates and exact effects", table, "section.told(trial, known.seen, known.compared)"),
        "trial_shares": ("Exact effects on persons", shares(truth, trial.outcomes),
                         "effects.shares(known.truth, trial.outcomes)"),
        "trial_responders": ("Responders", responders(known.seen, *same), f"responders.responders({_SEEN})"),
        "trial_equivalence": ("Equivalence", equivalence(known.seen, *same), f"equivalence.equivalence({_SEEN})"),
        "trial_calibration": ("Calibration of the estimator", right,
                              "section.calibrated(known.truth, trial.outcomes)"),
    }  # fmt: skip
    draft.tables.extend(
        Table(name, title, frame, f"{CALL}analysis.trials.{call}", _NOTES.get(name, ""))
        for name, (title, frame, call) in frames.items()
        if len(frame)
    )
    forest = trial_figure.draw(table, trial.outcomes)
    if forest is not None:
        text = "Differences between arms with 95% intervals; n are the persons seen, in the arm and the reference."
        draft.pictures.append(Picture("trial_forest", "What the trial found", forest, text))
    if truth["effect"].notna().any():
        text = "Exact effects on each eligible person, sorted, and the trial's estimate with its 95% interval."
        if len(compared) > effect_figure.MOST_PANELS:
            text += f" The first {effect_figure.MOST_PANELS} of {len(compared)} comparisons."
        figure = effect_figure.draw(truth, compared, trial.outcomes)
        draft.pictures.append(Picture("trial_effects", "Effects on each person", figure, text))
    draft.findings.extend(
        _sentence(row, trial.outcomes) for row in table.to_dict("records") if not np.isnan(row["low"])
    )
    draft.warnings.extend(_warnings(trial, known.seen, table, right))
    draft.methods.extend(_METHODS)


def told(trial: Trial, seen: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Estimates beside the truth, a row an outcome and arm other than the reference.

    `seen` and `compared` are `observed` and `comparison` of `analysis.trials.trial`. Returns outcome, arm, reference,
    n, n_reference, estimate, adjusted, imputed (the last for outcomes without cut-off), each with low and high, exact,
    p (Welch's test, or the score test of two shares) and p_holm.
    """
    from statsmodels.stats.multitest import multipletests

    table = compared[["outcome", "arm", "reference", "n", "n_reference", "estimate", "low", "high",
                      "adjusted", "adjusted_low", "adjusted_high"]].copy()  # fmt: skip
    names = ["imputed", "imputed_low", "imputed_high"]
    table[names] = np.nan
    table["exact"] = compared["exact"]
    table["p"] = np.nan
    persons = persons_of(trial.allocation, trial.allocation["arm"].notna().to_numpy(bool))
    allotted = trial.allocation.set_index("person")["arm"].reindex(persons).astype(str).to_numpy()
    for outcome in trial.outcomes:
        mine = seen[(seen["outcome"] == outcome.name).to_numpy(bool)]
        groups = {arm: mine.loc[(mine["arm"] == arm).to_numpy(bool), "value"].to_numpy() for arm in trial.arms}
        filled = {}
        if outcome.cutoff is None and len(mine) < len(persons):
            value = mine.set_index("person")["value"].reindex(persons).to_numpy()
            before = baseline(trial.scores, outcome, persons, trial.randomized)
            everybody = pd.DataFrame({"arm": allotted, "value": value, "baseline": before})
            filled = imputed(everybody, trial.arms, trial.reference)
        for k in table.index[table["outcome"] == outcome.name]:
            arm = str(table.loc[k, "arm"])
            table.loc[k, "p"] = _p(groups[arm], groups[trial.reference], outcome)
            table.loc[k, names] = filled.get(arm, (np.nan,) * 3)
    known = table["p"].notna()
    table["p_holm"] = np.nan
    if known.any():
        table.loc[known, "p_holm"] = multipletests(table.loc[known, "p"], method="holm")[1]
    return table


def calibrated(truth: pd.DataFrame, outcomes: tuple[Outcome, ...]) -> pd.DataFrame:
    """`analysis.trials.calibration.calibrate` by outcome without cut-off and arm, of the `effects` of a trial."""
    rows = []
    for outcome in (o for o in outcomes if o.cutoff is None):
        mine = truth[(truth["outcome"] == outcome.name).to_numpy(bool)].dropna(subset=["effect"])
        for arm, part in mine.groupby("arm", observed=True):
            found = calibrate(part["under_arm"].to_numpy(np.float64), part["under_reference"].to_numpy(np.float64))
            if found is not None:
                rows.append({"outcome": outcome.name, "arm": arm, "persons": len(part), **asdict(found)})
    return pd.DataFrame(rows)


def _p(treated: np.ndarray, control: np.ndarray, outcome: Outcome) -> float:
    if min(len(treated), len(control)) < 2 or np.ptp(np.concatenate([treated, control])) == 0.0:
        return np.nan
    if outcome.cutoff is None:
        if np.ptp(treated) == np.ptp(control) == 0.0:
            return np.nan
        return float(stats.ttest_ind(treated, control, equal_var=False).pvalue)
    from statsmodels.stats.proportion import test_proportions_2indep as proportions

    return float(proportions(treated.sum(), len(treated), control.sum(), len(control), method="score").pvalue)


def _sentence(row: Mapping[Any, Any], outcomes: tuple[Outcome, ...]) -> str:
    outcome = next(o for o in outcomes if o.name == row["outcome"])
    unit = "in risk" if outcome.cutoff is not None else outcome.unit
    first = f"{row['outcome']}: {row['arm']} differs from {row['reference']} by {row['estimate']:.3g} {unit}".rstrip()
    first += f" (95% interval {row['low']:.3g} to {row['high']:.3g})"
    return f"{first}; the exact mean effect is {row['exact']:.3g}." if not np.isnan(row["exact"]) else f"{first}."


def _warnings(trial: Trial, seen: pd.DataFrame, table: pd.DataFrame, right: pd.DataFrame) -> tuple[str, ...]:
    found = []
    for outcome in trial.outcomes:
        mine = seen[(seen["outcome"] == outcome.name).to_numpy(bool)]
        if mine.empty:
            found.append(f"{outcome.name}: nobody was seen at follow-up; nothing can be estimated.")
            continue
        if outcome.cutoff is None and mine["baseline"].isna().all():
            found.append(f"{outcome.name}: no reading before randomization; neither adjusted nor responders told.")
        if np.ptp(mine["value"]) == 0.0:
            found.append(f"{outcome.name}: everybody has the same value; no interval can be told.")
        rows = table[(table["outcome"] == outcome.name).to_numpy(bool)]
        empty = rows[(rows["n"] < 2) | (rows["n_reference"] < 2)]
        found.extend(f"{outcome.name}: too few persons seen in {arm} or the reference." for arm in empty["arm"])
    known = table[((table["n"] >= 2) & (table["n_reference"] >= 2)).to_numpy(bool)]
    least = known.groupby("arm", sort=False)[["n", "n_reference"]].min().min(axis=1)
    found.extend(
        f"{arm}: {size} persons were seen in it or in the reference; such intervals take their values to be normal."
        for arm, size in least.items()
        if size < _FEW
    )
    low = right[right["coverage"] + _ERRORS * right["coverage_error"] < LEVEL] if len(right) else right
    found.extend(
        f"{row['outcome']}: the interval for {row['arm']} holds the exact effect in {row['coverage']:.1%} of fresh "
        f"allocations, less often than the {LEVEL:.0%} that it says."
        for _, row in low.iterrows()
    )
    if right.empty:
        found.append("The estimator's calibration cannot be told: no outcome without cut-off varies in 4 persons.")
    return tuple(found)
