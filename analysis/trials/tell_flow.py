"""Who took part and who remained, as the chapter on a trial tells it."""

from __future__ import annotations

import pandas as pd

from analysis.section import Draft, Picture, Table
from analysis.trials import flow_figure
from analysis.trials.consort import consort
from analysis.trials.given import Trial

_CALL = (
    "analysis.trials.consort.consort(trial.allocation, trial.sessions, analysis.trials.known.seen(trial), trial.arms, "
    "trial.outcomes)"
)


def flow_part(trial: Trial, seen: pd.DataFrame, draft: Draft) -> None:
    """Adds the counts of a CONSORT diagram, the diagram, and how many were lost; `seen` as from `trial.observed`."""
    arms = trial.arms
    counts = consort(trial.allocation, trial.sessions, seen, arms, trial.outcomes)
    note = (
        "Persons. attended: a session or more of what the allotted arm offers; left: did not come to the last session "
        "of it; lost: to follow-up, at any time; analysed: a score is there."
    )
    draft.tables.append(Table("trial_flow", "Flow of participants", counts, _CALL, note))
    figure = flow_figure.draw(counts, arms)
    if figure is not None:
        text = "Persons at each stage of the trial, in all and by allotted arm, as CONSORT asks for."
        draft.pictures.append(Picture("trial_flow", "Flow of participants", figure, text))
    draft.methods.append("Flow of participants: CONSORT 2010 (10.1136/bmj.c332).")
    by = counts.set_index("stage").fillna(0).astype(int)
    enrolled, randomized, lost = (int(by["all"][stage]) for stage in ("enrolled", "randomized", "lost"))
    if not randomized:
        draft.warnings.append("Nobody was randomized.")
        return
    each = ", ".join(f"{arm} {by[arm]['lost']:,} of {by[arm]['randomized']:,}" for arm in arms)
    draft.findings.append(
        f"Of {enrolled:,} enrolled, {randomized:,} were randomized and {lost:,} ({lost / randomized:.1%}) lost to "
        f"follow-up: {each}."
    )
