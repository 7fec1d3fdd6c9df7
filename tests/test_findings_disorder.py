"""The measures of the year after a trauma, against courses and tables made by hand, and their scenarios, small."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cohort.cli import main
from cohort.experiment import experiments, observe
from cohort.findings import disorder, measure
from cohort.targets import select

YEAR = ("C5", "C8", "C12", "C13", "C14")
LARGE = ("N6",)  # the same year of more persons
FOUR_YEARS = ("C6", "C9")


def scores(**instruments: list[list[float]]) -> pd.DataFrame:
    """Rows of scores: for each instrument the readings of each person, in time."""
    rows = [
        (person, 1000 * minute, name.replace("_", "-"), score)
        for name, persons in instruments.items()
        for person, readings in enumerate(persons)
        for minute, score in enumerate(readings)
    ]
    return pd.DataFrame(rows, columns=["person", "minute", "instrument", "score"])


def run_of(persons: pd.DataFrame, told: pd.DataFrame, exposures: pd.DataFrame | None = None) -> Any:
    """What a measure reads of a run, out of frames."""

    def table(name: str, columns: list[str], filters: list[tuple[str, str, str]]) -> pd.DataFrame:
        assert name == "scores"
        ((column, sign, value),) = filters
        assert sign == "=="
        # Not in order, as nothing promises that.
        return told.loc[told[column] == value, columns].iloc[::-1]

    provenance = SimpleNamespace(parameters={"pcl5_cutoff": 33.0})
    return SimpleNamespace(persons=persons, exposures=exposures, table=table, provenance=provenance)


def people(**columns: list[Any]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"id": range(n), **columns})


def year(*courses: list[float]) -> list[list[float]]:
    """Readings of a year: each assessment after one of a month before, which no measure may count."""
    return [[x for score in course for x in (80.0, score)] for course in courses]


def test_each_course_is_told_apart_at_the_cutoff() -> None:
    """Prototypes of Bonanno 2004: never over the bound, over it and then no more, over it throughout, only late."""
    told = year(
        [32, 32, 32, 32], [0, 0, 0, 0],
        [33, 20, 10, 10], [10, 40, 40, 32], [60, 40, 33, 32],
        [33, 33, 33, 33], [10, 50, 10, 50],
        [10, 10, 10, 33], [32, 32, 33, 10], [10, 10, 60, 60],
    )  # fmt: skip
    found = disorder.c8(run_of(people(sex=["male"] * 10), scores(pcl5=told)))
    assert {name: e.value for name, e in found.items()} == pytest.approx(
        {"resilient": 0.2, "recovering": 0.3, "chronic": 0.2, "delayed": 0.3}
    )


def test_courses_are_one_for_each_person() -> None:
    case = np.array(np.meshgrid(*[[False, True]] * 4)).reshape(4, -1).T
    assert (np.column_stack(list(disorder.courses(case).values())).sum(axis=1) == 1).all()


def test_cases_and_the_odds_of_women() -> None:
    """2 of 3 women and 1 of 3 men: odds 2 over .5."""
    told = year(*([0, 0, 0, s] for s in (33, 50, 32, 34, 0, 10)))
    found = disorder.c5(run_of(people(sex=["female"] * 3 + ["male"] * 3), scores(pcl5=told)))
    assert found["prevalence"].value == pytest.approx(0.5)
    assert found["sex"].value == pytest.approx(4.0)
    assert found["sex"].persons == 6


def test_what_went_before_is_correlated_with_scores_of_the_last_month() -> None:
    """A point biserial correlation by hand: scores 10, 20 without and 30, 40 with; means 15, 35, spread sqrt(125)."""
    told = scores(pcl5=year(*([0, 0, 0, s] for s in (10, 20, 30, 40))), peritraumatic=[[4], [3], [2], [1]])
    exposures = pd.DataFrame({"person": [2, 3, 0, 1], "event": ["assault", "assault", "accident", "accident"]})
    found = disorder.c12(run_of(people(sex=["male"] * 4), told, exposures))
    assert found["prior"].value == pytest.approx(20 * 0.5 / np.sqrt(125))
    assert found["peri"].value == pytest.approx(-1.0)


def test_adversity_by_what_is_told_of_it() -> None:
    """None: 1 of 4 cases; one to three: 2 of 4; four or more: 3 of 4. Odds 1/3, 1 and 3."""
    told = scores(
        pcl5=year(*([0, 0, 0, s] for s in (40, 0, 0, 0, 40, 40, 0, 0, 40, 40, 40, 0))),
        childhood=[[k] for k in (0, 0, 0, 0, 1, 2, 3, 1, 4, 5, 9, 4)],
    )
    found = disorder.c14(run_of(people(ace=[0] * 12), told))
    assert found["4+"].value == pytest.approx(9.0)
    assert found["any"].value == pytest.approx((5 / 3) / (1 / 3))
    assert (found["any"].persons, found["4+"].persons) == (12, 8)


def test_shares_of_adversity() -> None:
    found = disorder.c13(run_of(people(ace=[0, 0, 1, 2, 3, 4, 10, 0]), scores(pcl5=[[0.0]])))
    assert {name: e.value for name, e in found.items()} == {"0": 0.375, "1": 0.125, "2-3": 0.25, "4+": 0.25}


def test_the_area_under_the_curve_counts_pairs() -> None:
    """scikit-learn's example of roc_auc_score: .75; and ties count half."""
    case = np.array([0.0, 0.0, 1.0, 1.0])
    assert disorder.under_roc(np.array([0.1, 0.4, 0.35, 0.8]), case) == pytest.approx(0.75)
    assert disorder.under_roc(np.array([1.0, 1.0, 1.0, 1.0]), case) == pytest.approx(0.5)
    assert np.isnan(disorder.under_roc(np.ones(4), np.zeros(4)))


def test_signs_of_a_case() -> None:
    """Cases 4 and 6, others 1 and 3: means 5 and 2, variances 2 and 2, so d = 3 / sqrt(2), whatever its sign."""
    told = scores(
        pcl5=year(*([0, 0, 0, s] for s in (40, 40, 0, 0))),
        cortisol=[[-4.0], [-6.0], [-1.0], [-3.0]],
        heart_rate=[[70.0], [90.0], [80.0], [60.0]],
    )
    found = disorder.n6(run_of(people(sex=["male"] * 4), told))
    assert found["cortisol"].value == pytest.approx(3 / np.sqrt(2))
    assert found["heart-rate"].value == pytest.approx(0.75)


def test_everybody_is_asked_about_their_own_trauma() -> None:
    high, low = [90.0, 40.0] * 5, [90.0, 0.0] * 5
    told = scores(pcl5_fire=[high, low], pcl5_assault=[low, high])
    exposures = pd.DataFrame({"person": [1, 0], "event": ["fire", "assault"]})
    assert (disorder.own_trauma(run_of(people(sex=["male"] * 2), told, exposures)) == 0.0).all()


def test_remission_is_of_cases_and_early_ones_remit_more_often() -> None:
    """Assessments at months 1, 3, 12 and 40 months after the latter two. Cases of month 3: persons 0 to 3, three of
    whom are free; cases of month 12: persons 2 to 5, one of whom is."""
    courses = [
        [40, 40, 0, 0, 0],
        [40, 40, 0, 0, 50],
        [40, 40, 40, 0, 0],
        [0, 40, 40, 40, 40],
        [0, 0, 40, 40, 40],
        [0, 0, 40, 0, 33],
        [0, 0, 0, 50, 50],
    ]
    n = len(courses)
    exposures = pd.DataFrame({"person": range(n), "event": ["fire"] * n})
    run = run_of(people(sex=["male"] * n), scores(pcl5_fire=year(*courses)), exposures)
    found = disorder.c9(run)
    assert found["remission"].value == pytest.approx(4 / 8)
    assert found["early-late"].value == pytest.approx(3 / 4 - 1 / 4)
    assert disorder.c6(run)["ratio"].value == pytest.approx(4 / 3)


def test_one_run_shows_the_findings_of_a_year_and_another_those_of_four(tmp_path: Path) -> None:
    found = experiments((*YEAR, *LARGE, *FOUR_YEARS), share=0.01)
    assert {one.findings for one in found} == {YEAR, LARGE, FOUR_YEARS}
    for one in found:
        assert set(observe(one)) == {(t.id, t.part) for t in select(one.findings)}
    assert main(["describe", "scenarios/targets/C9.toml"]) == 0


def test_measures_go_by_their_ids() -> None:
    run = run_of(people(ace=[0, 4]), scores(pcl5=[[0.0]]))
    assert measure("C13", run) == disorder.c13(run)
