"""What chance decides in a trial hangs on whom and what it is about, and on nothing that stands beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from test_worlds import ARMS, GIVEN, STORY, TABLES, TRIAL, lived, same

from cohort.allocation import allot
from cohort.run_data import RunData

SHARING = """
[[arms]]
name = "both"
interventions = ["beta-blocker", "late-game"]
"""
LATE = '[[interventions]]\nname = "late-game"\nkind = "imagery-task"\nat = "day 24"\n'
FIRST_GIVEN = """
[[interventions]]
name = "aside"
kind = "drug"
drug = "propranolol"
mg = 20
adherence = 0.5
at = "day 5"
[[instruments]]
name = "aside-test"
kind = "fear-test"
every = "3 d from day 2 09:00"
"""
FIRST_ARM = '[[arms]]\nname = "aside"\ninterventions = ["aside"]\n'


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    return lived(STORY + GIVEN + LATE + TRIAL + ARMS, tmp_path_factory.mktemp("plain") / "run")


@pytest.fixture(scope="module")
def beset(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    """The same with more of everything, some of it in front, and with an arm that shares the pills for a week."""
    text = STORY + FIRST_GIVEN + GIVEN + LATE + TRIAL + ARMS.replace("[[arms]]", FIRST_ARM + "[[arms]]", 1) + SHARING
    return lived(
        text.replace("dropout = 0.02", 'dropout = 0.02\nreference = "control"'), tmp_path_factory.mktemp("b") / "run"
    )


@pytest.mark.parametrize("arm", ["control", "game", "late", "stepped"])
def test_more_of_everything_changes_nothing_for_an_arm(plain: RunData, beset: RunData, arm: str) -> None:
    mine, theirs = plain.world(arm), beset.world(arm)
    assert len(mine.sessions) > 0 or arm == "control"
    assert same(mine, theirs, tuple(name for name in TABLES if name not in ("scores", "sessions")))
    sessions = theirs.sessions.astype({"intervention": str})
    pd.testing.assert_frame_equal(sessions, mine.sessions.astype({"intervention": str}))
    scores = theirs.scores.query("instrument != 'aside-test'").reset_index(drop=True)
    for column in ("person", "minute", "state", "score"):
        assert np.array_equal(scores[column], mine.scores[column], equal_nan=True), column


def test_an_arm_that_shares_a_course_shares_who_comes(beset: RunData) -> None:
    one, other = (beset.world(arm).sessions.query("intervention == 'beta-blocker'") for arm in ("late", "both"))
    assert len(one) == len(other) > 0
    assert one["attended"].tolist() == other["attended"].tolist()


def test_each_session_of_each_person_is_drawn_by_itself(beset: RunData) -> None:
    late = beset.world("late").sessions
    came = late.pivot(index="person", columns="session", values="attended").to_numpy(dtype=bool)
    missed_one = ~came[:, :-1] & came[:, 1:]  # and came to the next
    assert missed_one.any(axis=1).mean() > 0.4
    assert len(np.unique(came, axis=0)) > 20
    # Who misses a session of the one misses one of the other no more often: .5 and .2 are independent.
    aside = beset.world("aside").sessions.query("intervention == 'aside'")
    other = aside.set_index("person")["attended"].reindex(sorted(late["person"].unique())).to_numpy(dtype=bool)
    assert abs(np.corrcoef(other, came[:, 0])[0, 1]) < 0.4


def test_who_is_allotted_to_an_arm_hangs_on_the_persons_alone(plain: RunData, tmp_path: Path) -> None:
    """Another life after randomization, other doses and other instruments leave the allotment as it is."""
    text = STORY.replace("arousal = 0.8", "arousal = 0.3") + FIRST_GIVEN + GIVEN.replace("mg = 40", "mg = 80") + LATE
    other = lived(text + TRIAL + ARMS, tmp_path / "run")
    columns = ["person", "eligible", "arm", "stratum", "block"]
    assert plain.allocation[columns].astype({"arm": str}).equals(other.allocation[columns].astype({"arm": str}))


def test_who_comes_is_the_same_among_whomever_one_is_treated(tmp_path: Path) -> None:
    """Where persons talk, the trial as it is seen is a world of its own, in which a third are given the pills."""
    talk = '[population.households]\n[talk]\nabout = ["crash"]\nrate = 0.8\nfrom = "day 2"\n'
    run = lived(STORY + GIVEN + TRIAL + ARMS + talk, tmp_path / "run", "study.persons=120", "study.days=22")
    key = ["person", "session"]
    seen, alone = (
        world.sessions.query("intervention == 'beta-blocker'").set_index(key)["attended"]
        for world in (run.observed, run.world("late"))
    )
    assert 0 < len(seen) < 0.4 * len(alone)
    assert 0 < seen.mean() < 1
    assert seen.equals(alone.reindex(seen.index))


@pytest.mark.parametrize("how", ["simple", "blocked", "stratified"])
def test_persons_who_enter_later_leave_the_allotment_of_the_earlier(
    how: Literal["simple", "blocked", "stratified"],
) -> None:
    few, many = (
        allot(7, np.arange(n), np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64), (1, 1, 2), how, 2) for n in (40, 96)
    )
    for one, other in zip(few, many, strict=True):
        assert one.tolist() == other[:40].tolist()
    assert set(few[0]) == {0, 1, 2}
