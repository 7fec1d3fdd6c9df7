"""Table 1 and the calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import toy_report

from analysis.report import calendar, population
from analysis.report.population import grouping, standardized_difference, table_one
from analysis.study import Frames, Study


# R's tableone (vignette "Introduction to tableone", pbc data by treatment) gives SMD 0.270 for age, 0.171 for
# bilirubin and 0.111 for sex.
@pytest.mark.parametrize(
    ("mean", "spread", "smd"),
    [
        ((51.42, 48.58), (11.01, 9.96), 0.270),
        ((2.87, 3.65), (3.63, 5.28), -0.171),
        ((137 / 158, 139 / 154), tuple((p * (1 - p)) ** 0.5 for p in (137 / 158, 139 / 154)), -0.111),
    ],
)
def test_standardized_differences_are_those_of_tableone(
    mean: tuple[float, float], spread: tuple[float, float], smd: float
) -> None:
    assert standardized_difference(mean, spread) == pytest.approx(smd, abs=0.0015)


def of(frame: pd.DataFrame, characteristic: str) -> pd.Series:
    return frame.set_index("characteristic").loc[characteristic]


def test_means_counts_and_shares_are_those_of_the_persons() -> None:
    study = toy_report.study(40)
    groups, words = grouping(study)
    assert words == "by exposure"
    found = table_one(study.persons, groups, study.exposure)
    age = of(found, "age, years")
    assert (age["all"], age["exposed"]) == (39.5, 38.0)
    assert age["exposed_sd"] == pytest.approx(np.std(np.arange(20.0, 60.0, 4.0), ddof=1))
    female = of(found, "sex: female")
    assert (female["all"], female["all_percent"]) == (20.0, 50.0)
    assert (female["exposed"], female["exposed_percent"]) == (10.0, 100.0)
    assert of(found, "persons")["not exposed_percent"] == 75.0
    assert of(found, "exposed to the focus event")["all"] == 10.0
    assert of(found, "its dose, 1 = as described")["all"] == 0.5
    aces = [of(found, f"adverse experiences: {kinds}")["all"] for kinds in ("none", "1", "2 or 3", "4 or more")]
    assert sum(aces) == 40.0


def test_what_is_missing_is_counted_and_not_averaged() -> None:
    persons = pd.DataFrame({"age": [20.0, np.nan, 40.0], "sex": ["female", None, "male"]}, index=[0, 1, 2])
    found = table_one(persons)
    assert "smd" not in found
    assert of(found, "age, years")["all"] == 30.0
    assert of(found, "age: missing")["all"] == 1.0
    assert of(found, "sex: female")["all_percent"] == 50.0


def test_between_more_than_two_groups_the_largest_difference_is_told() -> None:
    persons = pd.DataFrame({"age": [0.0, 2.0, 1.0, 3.0, 10.0, 12.0]})
    groups = pd.Series(["a", "a", "b", "b", "c", "c"])
    assert of(table_one(persons, groups), "age, years")["smd"] == pytest.approx(-10.0 / 2**0.5)


def study_of(tables: dict[str, pd.DataFrame]) -> Study:
    return Study(Frames(tables), 30, "fire")


def test_persons_are_told_apart_by_arm_then_exposure_then_groups() -> None:
    toy = toy_report.study(12)
    persons, exposures = (toy.tables.table(name) for name in ("persons", "exposures"))
    arms = pd.DataFrame({"person": np.arange(12), "arm": ["drug", "none", None] * 4})
    groups, words = grouping(study_of({"persons": persons, "exposures": exposures, "allocation": arms}))
    assert (list(groups.cat.categories), words) == (["drug", "none", "not randomized"], "by arm")
    assert grouping(study_of({"persons": persons, "exposures": exposures}))[1] == "by exposure"
    groups, words = grouping(study_of({"persons": persons}))
    assert (groups.value_counts().to_dict(), words) == ({"near": 3, "none": 9}, "by group")
    assert grouping(study_of({"persons": persons.drop(columns="near")})) == (None, "")


def test_many_arms_do_not_stand_side_by_side() -> None:
    toy = toy_report.study(40)
    arms = pd.DataFrame({"person": np.arange(40), "arm": [f"dose-{k % 20}" for k in range(40)]})
    assert grouping(study_of({"persons": toy.tables.table("persons"), "allocation": arms})) == (None, "")


def test_the_section_says_who_took_part_and_where_groups_differ() -> None:
    found = population.section(toy_report.study(40))
    assert found.findings[0] == "40 persons took part, 50% of them female, 39.5 years old on average."
    assert found.findings[1] == "The focus event (fire) happened to 10 of 40 persons (25.0%)."
    assert "age, years (−0.1" in found.findings[2]
    assert not found.warnings


@pytest.mark.parametrize("n", [0, 1, 2, 12])
def test_few_persons_are_told_of(n: int) -> None:
    found = population.section(toy_report.study(n))
    assert ("no persons" if n == 0 else f"{n} persons only") in found.warnings[-1]


def test_an_event_that_happened_to_nobody_is_told_of() -> None:
    toy = toy_report.study(40)
    exposures = toy.tables.table("exposures").assign(scene="market")
    found = population.section(study_of({"persons": toy.tables.table("persons"), "exposures": exposures}))
    assert "happened to nobody" in found.warnings[0]
    assert len(found.tables) == 1


def test_the_calendar_says_what_was_planned_and_whom_it_reached() -> None:
    events = [
        {
            "name": "fire",
            "kind": "experience",
            "scene": "fire",
            "at": "day 1",
            "who": "near",
            "share": 0.5,
            "dose": 1.0,
        },
        {"name": "news", "kind": "media", "every": "1 d x 3", "dose": {"distribution": "lognormal", "median": 1.0}},
        {"name": "short", "kind": "sleep_loss", "at": ["day 2", "day 3"], "hours": 3.0},
    ]
    exposures = pd.DataFrame(
        {"person": [1, 2, 1, 1], "minute": [1440, 1500, 3000, 4500], "event": ["fire", "fire", "news", "news"],
         "dose": [0.5, 0.7, 1.0, 2.0]}
    )  # fmt: skip
    found = calendar.calendar(events, exposures)
    assert found["when"].tolist() == ["day 1", "every 1 d x 3", "day 2, day 3"]
    assert found["amount"].tolist() == ["1", "lognormal, median 1.0", "3"]
    assert found["kind"].tolist() == ["experience", "media", "sleep loss"]
    assert found["persons"].tolist()[:2] == [2, 1]
    assert found["times"].tolist()[:2] == [1.0, 2.0]
    assert found["dose"].tolist()[:2] == [0.6, 1.5]
    assert found.iloc[2][["day", "persons"]].isna().all()


def test_without_a_calendar_the_section_says_so() -> None:
    assert calendar.section(toy_report.study()).warnings
