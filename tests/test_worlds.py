"""Everybody lives under every arm: arms share their history, differ in nothing else, and never mix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cohort.run
from cohort import scenario
from cohort.plan import Plan, plan
from cohort.run_data import RunData, load
from cohort.worlds import Branch, in_order, tree

DAY = 1440
STORY = """
[study]
persons = 60
days = 30
seed = 3
[scenes.crash]
content = { context = "bridge", sensory = "glass", narrative = "a lorry", affective = "horror" }
arousal = 0.8
valence = -0.8
threat = 0.8
controllability = 0.1
self_relevance = 0.8
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
at = "day 1 14:00"
[[surroundings.reminders]]
name = "news"
scene = "crash"
per_week = 2
"""
GIVEN = """
[[interventions]]
name = "game"
kind = "imagery-task"
at = "+3 h after crash"
[[interventions]]
name = "beta-blocker"
kind = "drug"
drug = "propranolol"
mg = 40
daily = 2
days = 5
adherence = 0.8
dropout = 0.1
at = "day 16 08:00"
[[interventions]]
name = "ssri"
kind = "drug"
drug = "sertraline"
mg = 50
days = 10
when = "sheet >= 2 for 2 assessments"
[[interventions]]
name = "after-ssri"
kind = "imagery-task"
at = "+2 d after ssri"
[[instruments]]
name = "sheet"
kind = "intrusion-diary"
every = "2 d from day 4 07:30"
[[instruments]]
name = "pcl5"
kind = "pcl-5"
at = ["day 1", "day 30"]
"""
TRIAL = """
[trial]
at = "day 1"
who = "age >= 20"
dropout = 0.02
"""
ARMS = """
[[arms]]
name = "control"
[[arms]]
name = "game"
interventions = ["game"]
[[arms]]
name = "late"
interventions = ["beta-blocker"]
[[arms]]
name = "stepped"
interventions = ["ssri", "after-ssri"]
"""
WHOLE = STORY + GIVEN + TRIAL + ARMS
TABLES = ("exposures", "memories", "measures", "intrusions", "recalls", "doses", "scores", "sessions")


def planned(text: str) -> Plan:
    return plan(scenario.loads(text))


def lived(text: str, out: Path, *settings: str, **given: Any) -> RunData:
    return load(cohort.run.run(scenario.loads(text, overrides=settings), out, **given).out)


def frames(run: RunData, tables: tuple[str, ...] = TABLES) -> dict[str, pd.DataFrame]:
    return {name: run.table(name) for name in tables if name in run.tables}


def same(one: RunData, other: RunData, tables: tuple[str, ...] = TABLES) -> bool:
    mine, theirs = frames(one, tables), frames(other, tables)
    return all(mine[name].equals(theirs[name]) for name in mine)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunData:
    return lived(WHOLE, tmp_path_factory.mktemp("whole") / "run")


# --- how arms part


def shape(branch: Branch) -> list[tuple[float, float, int]]:
    return [(b.start / DAY, b.end / DAY, len(b.worlds)) for b, _ in in_order(branch)]


def test_arms_part_at_the_last_stop_before_they_differ() -> None:
    # Everybody stops at days 1 (randomization), 7, 14, 21, 28 and 30. In the first week the game is played, and the
    # rule could be met on day 6; the pills come on day 16.
    assert shape(tree(planned(WHOLE))) == [
        (0.0, 1.0, 4), (1.0, 14.0, 2), (14.0, 30.0, 1), (14.0, 30.0, 1), (1.0, 30.0, 1), (1.0, 30.0, 1),
    ]  # fmt: skip


def test_eight_arms_that_part_on_day_300_cost_less_than_two_and_a_half() -> None:
    text = STORY.replace("days = 30", "days = 365")
    pills = "".join(
        f'[[interventions]]\nname = "pill{k}"\nkind = "drug"\ndrug = "propranolol"\nmg = {10 + k}\n'
        'at = "day 300 09:00"\n'
        for k in range(7)
    )
    arms = '[[arms]]\nname = "none"\n' + "".join(
        f'[[arms]]\nname = "arm{k}"\ninterventions = ["pill{k}"]\n' for k in range(7)
    )
    root = tree(planned(text + pills + '[trial]\nat = "day 300"\n' + arms))
    assert shape(root) == [(0.0, 300.0, 8), *[(300.0, 365.0, 1)] * 8]
    assert root.days < 2.5 * 365


# --- nothing else differs


def test_a_forked_arm_is_the_arm_lived_alone(whole: RunData, tmp_path: Path) -> None:
    for arm in ("game", "late", "stepped"):
        given = next(part for part in ARMS.split("\n[[arms]]") if f'name = "{arm}"' in part)
        text = STORY + GIVEN + TRIAL + '[[arms]]\nname = "idle"\n[[arms]]' + given
        alone = lived(text, tmp_path / arm)
        assert same(whole.world(arm), alone.world(arm)), arm
        assert same(whole.world("control"), alone.world("idle")), arm


def test_another_instrument_changes_nothing_else(whole: RunData, tmp_path: Path) -> None:
    more = '[[instruments]]\nname = "heart"\nkind = "heart-rate"\nevery = "11 h from day 2 03:00"\n'
    other = lived(STORY + GIVEN + more + TRIAL + ARMS, tmp_path / "run")
    for arm in ("control", "game", "late", "stepped"):
        assert same(whole.world(arm), other.world(arm), tuple(name for name in TABLES if name != "scores"))
        mine = other.world(arm).scores.query("instrument != 'heart'").reset_index(drop=True)
        theirs = whole.world(arm).scores
        assert np.array_equal(mine["score"], theirs["score"], equal_nan=True)
        assert np.array_equal(mine["state"], theirs["state"], equal_nan=True)


def test_where_nobody_comes_all_arms_are_the_same(tmp_path: Path) -> None:
    text = WHOLE.replace("adherence = 0.8\n", "").replace("kind = ", "adherence = 0\nkind = ")
    for kind in ("experience", "intrusion-diary", "pcl-5"):
        text = text.replace(f'adherence = 0\nkind = "{kind}"', f'kind = "{kind}"')
    run = lived(text, tmp_path / "run")
    assert len(run.sessions) > 0
    assert not run.sessions["attended"].any()
    without = tuple(name for name in TABLES if name != "sessions")
    for arm in ("game", "late", "stepped"):
        assert same(run.world("control"), run.world(arm), without)


def test_a_trial_that_was_cut_short_goes_on_to_the_same_tables(
    whole: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort.run, "CHECKPOINT", 0.0)
    out = tmp_path / "run"
    stops = 0

    def stop(progress: cohort.run.Progress) -> None:
        nonlocal stops
        stops += 1
        if stops % 5 == 0:
            raise KeyboardInterrupt

    for _ in range(100):
        try:
            lived(WHOLE, out, progress=stop, resume=True)
            break
        except KeyboardInterrupt:
            assert not out.exists()
    assert stops > 12
    run = load(out)
    assert run.rows == whole.rows
    for arm in ("control", "game", "late", "stepped"):
        assert same(whole.world(arm), run.world(arm)), arm
    assert whole.allocation.equals(run.allocation)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


# --- what happens in an arm


def test_only_those_who_may_are_treated(whole: RunData) -> None:
    young = set(whole.persons.query("age < 20")["id"])
    assert set(whole.allocation.query("not eligible")["person"]) == young
    assert whole.allocation["arm"].notna().sum() == len(whole.persons) - len(young)
    assert not set(whole.sessions["person"]) & young
    assert whole.allocation["arm"].value_counts().max() - whole.allocation["arm"].value_counts().min() <= 1


def test_sessions_are_missed_by_chance_and_left_for_good(whole: RunData) -> None:
    late = whole.world("late").sessions
    came = late.pivot(index="person", columns="session", values="attended").to_numpy(dtype=bool)
    assert came.shape[1] == 10
    assert 0.7 < came[:, 0].mean() < 0.95
    assert came[:, 9].mean() < came[:, 0].mean() - 0.2  # .9 ** 9 are left
    assert len(whole.world("late").doses) == came.sum()


def test_a_rule_waits_for_its_scores(whole: RunData) -> None:
    world = whole.world("stepped")
    sheet = world.scores.query("instrument == 'sheet'").pivot(index="person", columns="minute", values="score")
    met = (sheet >= 2).to_numpy()
    twice = met[:, 1:] & met[:, :-1]
    first = np.where(twice.any(axis=1), sheet.columns.to_numpy()[1:][twice.argmax(axis=1)], -1)
    eligible = whole.allocation.set_index("person")["eligible"].reindex(sheet.index).to_numpy(dtype=bool)
    begun = world.sessions.query("intervention == 'ssri' and session == 1").set_index("person")["minute"]
    expected = pd.Series(first, index=sheet.index)[eligible & (first >= 0)]
    assert len(expected) > 3
    assert dict(begun) == dict(expected)
    games = world.sessions.query("intervention == 'after-ssri'").set_index("person")["minute"]
    assert dict(games) == {
        person: minute + 2 * DAY for person, minute in expected.items() if minute + 2 * DAY < 30 * DAY
    }


def test_a_rule_is_asked_from_randomization_on(tmp_path: Path) -> None:
    text = WHOLE.replace('[trial]\nat = "day 1"', '[trial]\nat = "day 11"')
    text = text.replace('at = "+3 h after crash"', 'at = "day 12"').replace('at = ["day 1", "day 30"]', 'at = "day 30"')
    run = lived(text, tmp_path / "run")
    assert len(begun := run.sessions.query("intervention == 'ssri' and session == 1")) > 3
    # It is read on days 4, 6, ..., 12 and 14 at 07:30; those of days 12 and 14 are the first two that count.
    assert begun["minute"].min() >= 14 * DAY
    assert set(run.sessions["person"]) <= set(run.allocation.query("eligible")["person"])


def test_what_a_trial_sees_is_the_arm_allotted(whole: RunData) -> None:
    seen = whole.observed.measures
    allotted = whole.allocation.set_index("person")["arm"].astype(object).fillna("control")
    for arm in ("control", "game", "late", "stepped"):
        mine = allotted.index[allotted == arm]
        world = whole.world(arm).measures
        assert len(mine)
        left, right = (frame[frame["person"].isin(mine)].reset_index(drop=True) for frame in (seen, world))
        assert left.equals(right)
    assert len(seen) == len(whole.world("control").measures)


def test_where_persons_talk_the_trial_is_a_world_of_its_own(tmp_path: Path) -> None:
    talk = '[population.households]\n[talk]\nabout = ["crash"]\nrate = 0.8\nfrom = "day 2"\n'
    run = lived(WHOLE + talk, tmp_path / "run", "study.persons=120")
    assert (run.directory / "observed").is_dir()
    seen = run.observed
    assert seen.rows["measures"] == run.world("control").rows["measures"]
    assert "arm" not in seen.measures
    # Under nobody's treatment the world of the trial is like the control's until the first treatment, then parts.
    before = seen.measures["minute"] <= DAY
    assert seen.measures[before].equals(run.world("control").measures[before])
    game = set(run.allocation.query("arm == 'game'")["person"])
    assert set(seen.sessions.query("intervention == 'game'")["person"]) == game
    assert not same(seen, run.world("control"), ("intrusions",))
