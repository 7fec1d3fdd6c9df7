"""Through which mechanisms the arms work, as the chapter on a trial tells it."""

from __future__ import annotations

import pandas as pd

from analysis.section import Draft, Table
from analysis.trials.given import Trial
from analysis.trials.known import CALL
from analysis.trials.mechanisms import LEAST, MECHANISMS, mediation, needed

_METHOD = (
    "Mediation: linear models of the mechanism on the arm and of the outcome on both, adjusted for their readings "
    "before treatment, with HC3 errors. The indirect effect is the product of coefficients "
    "(10.1037/0022-3514.51.6.1173) with a Monte Carlo interval (10.1207/s15327906mbr3901_4), not adjusted for the "
    "number of them. Only the arm is randomized: that an indirect effect is the mechanism's doing assumes that nothing "
    "else moves both mechanism and outcome, no other mechanism among them, that the mechanism does the same under "
    "either arm, and that who was seen resembles who was not. Data cannot test this; `hidden` says how strong a common "
    "cause would have to be (10.1214/10-STS321)."
)


def mechanisms_part(trial: Trial, seen: pd.DataFrame, truth: pd.DataFrame, draft: Draft) -> None:
    """Adds the table of indirect effects and what it shows.

    `seen` and `truth` as from `analysis.trials.trial.observed` and `analysis.trials.effects.effects`.
    """
    measures, outcomes = trial.measures, trial.outcomes
    if not any(outcome.cutoff is None for outcome in outcomes):
        return
    if measures is None or measures.empty:
        draft.warnings.append("No measures were recorded between arms and outcomes: mediation cannot be told.")
        return
    when = needed(measures, outcomes, trial.randomized)
    draft.warnings.extend(
        f"{outcome.name}: no measure between randomization and outcome; mediation cannot be told."
        for outcome in outcomes
        if outcome.cutoff is None and outcome.name not in when
    )
    table = mediation(seen, truth, measures, trial.mixed_measures, trial.arms, trial.reference, when)
    if table.empty:
        if when:
            draft.warnings.append(
                f"Mediation cannot be told: fewer than {LEAST} persons in an arm and the reference, or nothing varies."
            )
        return
    named = "; ".join(f"{name}: {words}" for name, words in MECHANISMS.items() if name in set(table["mechanism"]))
    note = (
        f"Of the trial: the part of the arm's effect that goes through each mechanism ({named}), which is indirect, "
        "the total, and the rest, which is direct, in the outcome's unit; what the arm moves of the mechanism, in its "
        "own; 95% intervals. Each mechanism by itself, at the measure nearest to midway between randomization and "
        "outcome (day), so the parts do not add up. hidden: correlation of unknown causes of mechanism and outcome at "
        "which the indirect effect would be 0. Exact, of all eligible persons under both arms: exact_moved, the mean "
        "effect on the mechanism; together, the rank correlation of a person's effects on mechanism and outcome."
    )
    call = (
        f"{CALL}when = analysis.trials.mechanisms.needed(trial.measures, trial.outcomes, trial.randomized); "
        "analysis.trials.mechanisms.mediation(known.seen, known.truth, trial.measures, trial.mixed_measures, "
        "trial.arms, trial.reference, when)"
    )
    draft.tables.append(Table("trial_mediation", "Through which mechanism", table, call, note))
    draft.findings.extend(_findings(table, trial.reference))
    draft.methods.append(_METHOD)


def _findings(table: pd.DataFrame, reference: str) -> list[str]:
    """A sentence an outcome and arm with indirect effects whose interval holds no 0, and one on how many that are."""
    sure = table[((table["indirect_low"] > 0.0) | (table["indirect_high"] < 0.0)).to_numpy(bool)]
    told = []
    for (outcome, arm), rows in sure.groupby(["outcome", "arm"], sort=False):
        parts = "; ".join(
            f"{MECHANISMS[row['mechanism']]} {row['indirect']:+.3g} (95% interval {row['indirect_low']:+.3g} to "
            f"{row['indirect_high']:+.3g}; the arm moves it by {row['moved']:+.2g} in the trial, by "
            f"{row['exact_moved']:+.2g} exactly)"
            for _, row in rows.iterrows()
        )
        told.append(
            f"{outcome}: of the effect of {arm} against {reference} ({rows['total'].iloc[0]:+.3g}, adjusted), there "
            f"goes through each mechanism by itself, if nothing else moves both it and the outcome: {parts}."
        )
    named = ", ".join(words for name, words in MECHANISMS.items() if name in set(table["mechanism"]))
    told.append(
        f"Indirect effects through {named}: {len(sure)} of {len(table)} intervals hold no 0; {0.05 * len(table):.2g} "
        "would by chance if there were none."
    )
    return told
