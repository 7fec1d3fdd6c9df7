"""Trials whose effects are planted: each measure gives them back; and every scenario of a trial is lived, tiny."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cohort.experiment import experiments, observe
from cohort.findings import measure
from cohort.findings.arms import hedges
from cohort.run_data import RunData
from cohort.targets import select

EXPERIMENTS = (
    *(("B5",), ("B7",), ("B8",), ("N7",), ("F3",), ("N2",), ("E9",)),
    *(("E2", "N3"), ("F1", "N9"), ("N5", "F4")),
)
Scores = Mapping[str, Sequence[Sequence[float]]]  # arm to its readings, each a score a person


class Planted:
    """A run of which only tables are there: scores of one instrument, allocation and persons."""

    provenance = SimpleNamespace(parameters={"pcl5_cutoff": 33.0})

    def __init__(
        self,
        instrument: str,
        scores: Scores,
        *,
        allotted: Sequence[str] = (),
        eligible: Sequence[bool] = (),
        **persons: Any,
    ) -> None:
        n = len(next(iter(scores.values()))[0])
        self.instrument, self.scores = instrument, scores
        self.persons = pd.DataFrame({"id": np.arange(n), **persons})
        self.allocation = pd.DataFrame(
            {
                "person": np.arange(n),
                "eligible": list(eligible) or [True] * n,
                "arm": pd.Series(list(allotted) or [None] * n, dtype=object),
            }
        )
        self.arm = ""

    def world(self, arm: str) -> Planted:
        world = object.__new__(Planted)
        world.__dict__ = {**self.__dict__, "arm": arm}
        return world

    def table(self, name: str, columns: Sequence[str], filters: Sequence[tuple[str, str, Any]] = ()) -> pd.DataFrame:
        if name == "allocation":
            return self.allocation[list(columns)]
        assert filters == [("instrument", "==", self.instrument)]
        parts = [
            pd.DataFrame({"person": np.arange(len(told)), "minute": 1440 * k, "score": told})
            for k, told in enumerate(self.scores[self.arm])
        ]
        return pd.concat(parts)[list(columns)].iloc[::-1]


def found(finding: str, instrument: str, scores: Scores, **told: Any) -> dict[str, float]:
    run = cast(RunData, Planted(instrument, scores, **told))
    return {part: one.value for part, one in measure(finding, run).items()}


# Ten persons, mean 10 and standard deviation 2: 8 and 12, five times each, have 2 sqrt(10 / 9).
BASE = np.tile([8.0, 12.0], 5)
SD = 2.0 * np.sqrt(10.0 / 9.0)
J = 1.0 - 3.0 / (4.0 * 18.0 - 1.0)  # Hedges' correction for twice ten persons


def test_hedges_of_a_worked_example() -> None:
    # Borenstein et al. 2009, Introduction to Meta-Analysis, ch. 4: 103 and 100, SD 5.5 and 4.5, 50 a group: .5924.
    unit = np.repeat([-1.0, 1.0], 25) * np.sqrt(49.0 / 50.0)
    assert hedges(103.0 + 5.5 * unit, 100.0 + 4.5 * unit) == pytest.approx(0.5924, abs=1e-4)


def test_counts_of_a_week() -> None:
    week = {"none": [BASE], "visuospatial": [BASE - 2.0], "verbal": [BASE + 1.0]}
    assert found("B5", "week", week) == pytest.approx({"visuospatial": -2.0 * J / SD, "verbal": J / SD})
    nights = {"as-usual": [99.0 * BASE, 0.75 * BASE], "awake": [BASE, BASE]}
    assert found("B7", "six-days", nights) == pytest.approx({"ratio": 0.75})


def test_only_those_who_took_part_count() -> None:
    weeks = {"wait": [[4.0, 4.0, 100.0]], "sessions": [[1.0, 2.0, 100.0]]}
    assert found("B8", "week", weeks, eligible=[True, True, False]) == pytest.approx({"irr": 3.0 / 8.0})


def test_a_missing_score_leaves_the_person_out() -> None:
    weeks = {"wait": [[4.0, 4.0, np.nan]], "sessions": [[1.0, 2.0, 5.0]]}
    assert found("B8", "week", weeks) == pytest.approx({"irr": 3.0 / 8.0})


def test_small_studies_are_tested_one_by_one() -> None:
    rng = np.random.default_rng(1)
    arms = np.tile(["neither", "both"], 120)
    neither = rng.poisson(5.0, 240).astype(float)
    # In the first and the third study of 60 everybody has four more under `both`; seen is the arm allotted alone.
    both = neither + np.repeat([4.0, 0.0, 4.0, 0.0], 60)
    seen = np.where(arms == "both", both, neither).reshape(4, 60)
    expected = [ttest_ind(one[::2], one[1::2]).pvalue >= 0.05 for one in seen]
    assert expected == [False, True, False, True]
    run = cast(RunData, Planted("week", {"neither": [neither], "both": [both]}, allotted=list(arms)))
    estimate = measure("N7", run)["not-significant"]
    assert (estimate.value, estimate.persons) == (0.5, 240)
    assert estimate.se == pytest.approx(np.sqrt(0.25 / 3.0))  # of a mean of four


def test_fear_after_a_reminder() -> None:
    fear = {
        "none": [BASE, BASE, BASE],
        "propranolol": [BASE, BASE - 1.0, BASE],
        "reminder": [BASE, BASE + 1.0, BASE],
        "propranolol-reminder": [BASE, BASE - 2.0, 0.5 * BASE],
        "reminder-extinction": [BASE, BASE, 0.25 * BASE],
    }
    assert found("E2", "fear", fear) == pytest.approx({"with": 3.0 * J / SD, "alone": J / SD})
    assert found("N3", "fear", fear) == pytest.approx({"reminder-extinction": 0.25, "propranolol": 0.5})


def test_treated_cases() -> None:
    filler = [BASE, BASE, BASE]
    pcl = {
        "wait": [*filler, BASE, BASE, BASE],
        "exposure": [*filler, BASE - 2.0, BASE, BASE - 1.0],
        "exposure-cycloserine": [*filler, BASE, BASE, BASE - 2.0],
        "prazosin": [*filler, BASE, BASE, BASE + 0.25],
    }
    assert found("F1", "pcl5", pcl) == pytest.approx({"after": 2.0 * J / SD, "follow-up": J / SD})
    interview = {"placebo": [*filler, BASE], "ssri": [*filler, BASE - 0.5]}
    assert found("E9", "interview", interview) == pytest.approx({"smd": -0.5 * J / SD})
    assert found("N9", "pcl5", pcl) == pytest.approx({"prazosin": 0.25 * J / SD, "d-cycloserine": J / SD})


def test_cases_by_the_published_cutoff() -> None:
    few = [33.0, *[32.0] * 9]  # 1 of 10
    half = [33.0] * 5 + [32.0] * 5
    none = [0.0] * 10
    early = {"wait": [none, none, none, half], "exposure": [none, none, none, few]}
    assert found("F3", "pcl5", early) == pytest.approx({"or": (1.0 / 9.0) / 1.0})
    first_days = {"nothing": [half], "propranolol": [few], "lorazepam": [half], "debriefing": [half]}
    assert found("N5", "pcl5", first_days) == pytest.approx(
        {"propranolol": 0.2, "debriefing": 1.0, "benzodiazepine": 1.0}
    )


def test_of_none_there_is_no_ratio() -> None:
    nobody = [0.0] * 10
    assert not np.isfinite(found("B7", "six-days", {"as-usual": [nobody], "awake": [nobody]})["ratio"])
    assert not np.isfinite(found("F3", "pcl5", {arm: [nobody] * 4 for arm in ("wait", "exposure")})["or"])


def test_debriefing() -> None:
    assert found("F4", "pcl5", {"nothing": [BASE], "debriefing": [BASE + 1.0]}) == pytest.approx({"smd": J / SD})


def test_variants_and_response() -> None:
    after = np.zeros(20)
    before = np.concatenate([BASE, BASE + 3.0])  # carriers of rs6265, the latter ten, improve by three more
    exposure = [before, before, before, after]
    carried = {"rs6265": np.repeat([0, 2], 10), "rs4680": np.tile([0, 0, 1, 1], 5)}
    assert found("N2", "pcl5", {"exposure": exposure}, **carried) == pytest.approx({"d": 3.0 / SD})


@pytest.mark.parametrize("findings", EXPERIMENTS, ids="-".join)
def test_each_experiment_is_lived(findings: tuple[str, ...]) -> None:
    (one,) = experiments(findings)  # one run shows them all
    small = one.scenario.study.model_copy(update={"persons": 120})
    measured = observe(replace(one, scenario=one.scenario.model_copy(update={"study": small})))
    assert {*measured} == {(target.id, target.part) for target in select(findings)}
