"""What common draws are for: effects on a person stand out of luck, and what only holds back harms nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cohort.run
from analysis.trials.effects import paired_gain
from cohort import scenario, trial_results
from cohort.run_data import RunData, load

DAY = 1440
SCENE = """
[scenes.{name}]
content = {{ context = "{name}", sensory = "{name} seen", narrative = "{name} told", affective = "horror" }}
arousal = 0.8
valence = -0.8
threat = 0.8
controllability = 0.1
self_relevance = 0.8
[[events]]
name = "{name}"
kind = "experience"
scene = "{name}"
at = "{at}"
"""
CRASH = SCENE.format(name="crash", at="day 1 14:00")
FIRE = SCENE.format(name="fire", at="day 3 14:00")


def arms(*names: str) -> str:
    given = "".join(f'[[arms]]\nname = "{name}"\ninterventions = ["{name}"]\n' for name in names)
    return '[trial]\nat = "day 1"\n[[arms]]\nname = "none"\n' + given


def lived(text: str, out: Path, *settings: str) -> RunData:
    return load(cohort.run.run(scenario.loads(text, overrides=settings), out).out)


# --- a person's effect against luck

INSTRUMENTS = {
    "pcl5": "pcl-5", "iesr": "ies-r", "fear": "fear-test", "recall": "free-recall", "recognition": "recognition",
    "vividness": "vividness", "confidence": "confidence", "heart": "heart-rate", "cortisol": "cortisol",
}  # fmt: skip
TREATED = ("game", "pills", "practice", "therapy")
TRIED = (
    """
[study]
days = 29
persons_seed = 1
[[surroundings.reminders]]
name = "news"
scene = "crash"
per_week = 1
"""
    + CRASH
    + """
[[interventions]]
name = "game"
kind = "imagery-task"
at = "+24 h after crash"
[[interventions]]
name = "pills"
kind = "drug"
drug = "propranolol"
mg = 40
daily = 2
days = 10
at = "+6 h after crash"
[[interventions]]
name = "practice"
kind = "mindfulness"
weeks = 3
at = "day 4 09:00"
[[interventions]]
name = "therapy"
kind = "prolonged-exposure"
at = "day 8 10:00"
[[instruments]]
name = "diary"
kind = "intrusion-diary"
at = ["day 8", "day 15", "day 22", "day 29"]
"""
    + "".join(f'[[outcomes]]\nname = "week-{k}"\ninstrument = "diary"\nat = "day {7 * k + 1}"\n' for k in range(1, 5))
    + "".join(
        f'[[instruments]]\nname = "{name}"\nkind = "{kind}"\nat = "day 29"\n'
        f'[[outcomes]]\nname = "{name}"\ninstrument = "{name}"\n'
        for name, kind in INSTRUMENTS.items()
    )
    + arms(*TREATED)
)


def with_load(run: RunData) -> pd.DataFrame:
    """Exact effects of a run, its last measure of load among them."""
    last = {arm: run.world(arm).table("measures", ["person", "minute", "load"]) for arm in ("none", *TREATED)}
    last = {arm: frame[frame["minute"] == frame["minute"].max()].set_index("person") for arm, frame in last.items()}
    parts = [trial_results.trial(run).effects.astype({"outcome": str, "arm": str})]
    for arm in TREATED:
        both = pd.DataFrame({"under_arm": last[arm]["load"], "under_reference": last["none"]["load"]}).astype(float)
        both["effect"] = both["under_arm"] - both["under_reference"]
        parts.append(both.reset_index().assign(outcome="load", arm=arm))
    return pd.concat(parts, ignore_index=True)


def crossed(seeds: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Effects whose two sides come from different seeds."""
    key = ["outcome", "arm", "person"]
    out = []
    for one, other in zip(seeds, [*seeds[1:], seeds[0]], strict=True):
        both = one.set_index(key)[["under_arm"]].join(other.set_index(key)["under_reference"])
        out.append(both.assign(effect=both["under_arm"] - both["under_reference"]).reset_index())
    return out


SMALL, LARGE = (60, 4, 1.7), (200, 50, 2.0)  # persons, seeds, the least gain in any week
SIZES = [pytest.param(SMALL, id="small"), pytest.param(LARGE, id="large", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=SIZES)
def effects(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[pd.DataFrame], float]:
    """Effects on the same persons by seed, and the least gain that is asked for at this size."""
    persons, seeds, least = request.param
    place = tmp_path_factory.mktemp("pairing")
    found: list[pd.DataFrame] = []
    who = None
    for seed in range(1, seeds + 1):
        run = lived(TRIED, place / str(seed), f"study.persons={persons}", f"study.seed={seed}")
        found.append(with_load(run))
        who = run.persons if who is None else who
        assert who.equals(run.persons)  # the same persons, another life
    return found, least


def gained(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return paired_gain(found).pivot(index="outcome", columns="arm", values="ratio")


def test_common_draws_cut_the_spread_of_a_persons_effect(
    effects: tuple[list[pd.DataFrame], float], capsys: pytest.CaptureFixture[str]
) -> None:
    found, least = effects
    assert not found[0]["under_reference"].equals(found[1]["under_reference"])
    gain = gained(found)
    with capsys.disabled():
        print(f"\nspread of an effect, independent seeds over common draws; {len(found)} seeds")
        print(gain.round(2).to_string())
    weekly = gain.filter(like="week-", axis="index")
    assert weekly.shape == (4, len(TREATED))
    assert weekly.notna().sum().sum() == 15  # therapy begins after the first week, which has no effect and no spread
    assert weekly.min(axis=None) >= least
    assert (weekly.mean() >= 2.0).all()
    without = paired_gain(crossed(found))["ratio"].median()
    assert 0.8 < without < 1.25


@pytest.mark.parametrize("arm", TREATED)
def test_common_draws_cut_the_spread_of_most_outcomes_to_a_third(
    arm: str, effects: tuple[list[pd.DataFrame], float]
) -> None:
    assert gained(effects[0])[arm].median() >= 3.0


# --- what only holds back

PRACTICE = """
[[interventions]]
name = "practice"
kind = "mindfulness"
weeks = 3
size = 0.3
at = "day 7 09:00"
"""
WHILE = (7 * DAY, 28 * DAY)  # the weeks of training
# All that an intrusion does to the person: what it takes from control, adds to load and avoidance, releases,
# strengthens, opens, extinguishes and prunes.
NO_FEEDBACK = """
[parameters]
depletion_gain = 0
load_distress = 0
avoidance_gain = 0
intrusion_release = 0
recall_gain = 0
recall_amygdala = 0
prune_recall = 0
error_low = 0.3
intrusion_minutes = 0.2
"""
STUDY = '[study]\npersons = 200\ndays = 60\nseed = 3\n[records]\nfocus = "crash"\n' + CRASH + FIRE + PRACTICE


def both_worlds(text: str, out: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Intrusions of everybody without and with practice, of which memory and when."""
    run = lived(text + arms("practice"), out)
    columns = ["person", "minute", "episode"]
    plain, treated = (run.world(arm).table("intrusions", columns) for arm in ("none", "practice"))
    return plain.astype({"episode": str}), treated.astype({"episode": str})


def windows(plain: pd.DataFrame, treated: pd.DataFrame) -> pd.DataFrame:
    """Effect on the number of intrusions, a row a person and memory, in windows before, during and after practice."""
    edges = np.array([0, WHILE[0], WHILE[1], 40 * DAY, 60 * DAY])
    counts = [
        frame.groupby(["person", "episode", np.digitize(frame["minute"], edges)]).size() for frame in (treated, plain)
    ]
    return counts[0].sub(counts[1], fill_value=0).unstack(fill_value=0)


def test_what_only_lowers_acceptance_harms_nobody(tmp_path: Path) -> None:
    plain, treated = both_worlds(STUDY + NO_FEEDBACK, tmp_path / "run")
    assert {"crash", "fire"} <= set(plain["episode"])  # which compete
    had = set(plain.itertuples(index=False, name=None))
    kept = set(treated.itertuples(index=False, name=None))
    assert kept < had  # each intrusion that is left is there without practice, the same memory at the same minute
    effect = windows(plain, treated)
    assert (effect <= 0).all(axis=None)
    assert (effect[1] == 0).all()
    assert (effect[[2, 3, 4]] < 0).any().all()  # also long after


def test_with_feedback_harm_is_a_finding(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """The same practice where intrusions leave their mark: nothing is asserted of how many are harmed."""
    plain, treated = both_worlds(STUDY, tmp_path / "run")
    effect = windows(plain, treated)
    assert (effect[1] == 0).all()
    assert effect[2].mean() < 0
    of_crash = effect.xs("crash", level="episode")
    for window, name in ((2, "during"), (3, "soon after"), (4, "long after")):
        record_property(f"share with more intrusions {name}", float((of_crash[window] > 0).mean()))
    had = set(plain.itertuples(index=False, name=None))
    assert set(treated.itertuples(index=False, name=None)) - had  # so the test above can fail
