"""Retention curves and groups, and the chapter on persistence: what it finds, and what it says if there is little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import recovery

from analysis.persistence.groups import covariates, groupings
from analysis.persistence.known import know
from analysis.persistence.readings import answers, graded, spacing, steps
from analysis.persistence.retention import logit_interval, retention, share_recalled
from analysis.persistence.section import section
from analysis.persistence.survival_section import survival_part
from analysis.persistence.thresholds import EVERYBODY, by_threshold, told
from analysis.section import Draft, Section
from analysis.study import DAY, Frames, Study

EXPOSED_AT = 2 * DAY


def toy(size: int = 120, weeks: int = 12, seed: int = 1, **changes: Any) -> Study:
    """Persons to whom a fall happened on day 2, and who forget it as a power of time, sooner if the dose was small.

    `changes` replace a table (a frame, or None: it is not there).
    """
    rng = np.random.default_rng(seed)
    ids = np.arange(size)
    dose = rng.uniform(0.2, 1.0, size)
    minute = EXPOSED_AT + 7 * DAY * np.arange(1, weeks + 1)
    level = np.clip(rng.normal(0.6 + 0.4 * dose, 0.1), 0.2, 1.0)
    recall = level[:, None] * np.arange(1, weeks + 1) ** -0.4
    tables: dict[str, Any] = {
        "persons": pd.DataFrame(
            {"id": ids, "sex": np.where(ids % 2, "male", "female"), "ace": np.where(ids % 3, 0, 5)}
        ),
        "exposures": pd.DataFrame(
            {"person": ids, "minute": EXPOSED_AT, "kind": "experience", "scene": "fall", "dose": dose}
        ),
        "measures": pd.DataFrame(
            {"person": np.repeat(ids, weeks), "minute": np.tile(minute, size), "recall": recall.ravel()}
        ),
    }  # fmt: skip
    there = {name: table for name, table in (tables | changes).items() if table is not None}
    return Study(Frames(there), days=2 + 7 * weeks, focus="fall")


def with_recall(study: Study, recall: Any) -> pd.DataFrame:
    return study.tables.table("measures").assign(recall=recall)


def whole(found: Section) -> None:
    """No empty panel, no silent gap: what is there has rows, and figures can be drawn."""
    assert all(len(table.frame) for table in found.tables)
    assert len({table.name for table in found.tables}) == len(found.tables)
    told = " ".join(found.findings)
    assert "nan" not in told
    assert "inf " not in told
    for picture in found.pictures:
        picture.figure.draw_without_rendering()


def test_readings_begin_with_the_exposure_and_hold_a_lost_trace_as_nothing() -> None:
    measures = pd.DataFrame(
        {"person": [2, 1, 1, 3, 1], "minute": [DAY, 3 * DAY, DAY, DAY, 2 * DAY], "recall": [0.5, None, 0.9, 0.7, 0.4]}
    )
    exposure = pd.DataFrame({"minute": [DAY, 0]}, index=pd.Index([1, 2], name="person"))
    found = graded(measures, exposure)
    assert found.to_numpy().tolist() == [[1, 1.0, 0.4], [1, 2.0, 0.0], [2, 1.0, 0.5]]


def test_steps_are_periods_of_the_usual_spacing() -> None:
    day = [6.4, 13.4, 20.4, 34.4, 3.0, 6.0, 13.4]
    readings = pd.DataFrame({"person": [1, 1, 1, 1, 2, 2, 2], "day": day, "recall": np.arange(7.0)})
    assert spacing(readings) == 7.0
    found = steps(readings)
    assert found[["person", "step", "recall"]].to_numpy().tolist() == [
        [1, 1, 0], [1, 2, 1], [1, 3, 2], [1, 5, 3], [2, 1, 5], [2, 2, 6],
    ]  # fmt: skip
    assert steps(readings.iloc[[0, 4]])["step"].tolist() == [1, 1]


def test_a_test_counts_what_came() -> None:
    recalls = pd.DataFrame(
        {
            "person": [1, 2, 3, 4, 5], "minute": 30 * DAY, "kind": ["recall", "recall", "recall", "reminder", "recall"],
            "asked": pd.Categorical(["fall", "fall", "fall", "fall", "feast"]),
            "episode": pd.Categorical(["fall", "feast", None, "fall", "feast"]),
        }
    )  # fmt: skip
    exposure = pd.DataFrame({"minute": 0}, index=pd.Index(range(1, 6), name="person"))
    found = answers(recalls, exposure, "fall")
    assert found["recall"].tolist() == [1.0, 0.0, 0.0]
    told = share_recalled(found).iloc[0]
    p, z, n = 1 / 3, 1.959964, 3  # Wilson 1927
    middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    expected = [1, 3, (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)]
    assert told[["recalled", "n", "low", "high"]].tolist() == pytest.approx(expected, abs=1e-6)


def test_retention_is_the_mean_over_persons() -> None:
    study = toy(60, 5)
    readings = graded(study.tables.table("measures"), study.exposure)
    found = retention(readings)
    wide = readings["recall"].to_numpy().reshape(60, 5)
    np.testing.assert_allclose(found["mean"], wide.mean(0))
    np.testing.assert_allclose(found["q75"], np.quantile(wide, 0.75, axis=0))
    assert found["n"].tolist() == [60] * 5
    assert ((found["low"] < found["mean"]) & (found["mean"] < found["high"]) & (found["high"] < 1.0)).all()
    group = pd.Series(pd.Categorical(["a"] * 20 + ["b"] * 30 + [None] * 10), index=range(60))
    by = retention(readings, group).set_index(["group", "step"])
    assert by["n"].unstack().to_numpy().tolist() == [[20] * 5, [30] * 5]
    assert by.loc[("b", 2), "mean"] == pytest.approx(wide[20:50, 1].mean())


def test_the_interval_on_the_logit_scale_has_its_limits() -> None:
    low, high = logit_interval(np.array([0.5, 0.01, 0.5]), np.array([0.1, 0.05, 0.0]), np.array([101, 20, 9]))
    half = 1.983972 * 0.1 / 101**0.5  # Student's t, 100 degrees of freedom
    assert (low[0], high[0]) == pytest.approx((1 / (1 + np.exp(4 * half)), 1 / (1 + np.exp(-4 * half))), abs=1e-7)
    assert 0.0 < low[1] < 0.01 < high[1]
    assert np.isnan([low[2], high[2]]).all()


def test_groups_need_persons_on_both_sides() -> None:
    persons = pd.DataFrame({"ace": [5] * 12 + [0] * 30, "sex": "female"})
    exposure = pd.DataFrame({"minute": 0, "dose": np.linspace(0.1, 1.0, 42)}, index=persons.index)
    found, why = groupings(persons, exposure)
    assert found["adversity"].value_counts().to_dict() == {"ACE below 4": 30, "ACE 4 or more": 12}
    assert found["dose"].value_counts().tolist() == [14, 14, 14]
    assert found["dose"].iloc[[0, -1]].tolist() == ["low dose", "high dose"]
    assert [line.split(" are ")[0] for line in why] == ["Groups by sex"]
    told = covariates(persons, exposure, found)
    assert told["adversity: ACE 4 or more"].sum() == 12
    assert (told["dose (per SD)"].mean(), told["dose (per SD)"].std()) == pytest.approx((0.0, 1.0))
    few, why = groupings(persons.iloc[5:], exposure.assign(dose=1.0).iloc[5:])
    assert few == {}
    assert "fewer than 10" in why[0]
    nothing, why = groupings(pd.DataFrame(index=persons.index), exposure.assign(dose=1.0))
    assert nothing == {}
    assert len(why) == 3


def test_the_chapter_finds_what_was_put_in() -> None:
    study = toy()
    found = section(study)
    whole(found)
    tables = {table.name: table.frame for table in found.tables}
    assert {
        "retention", "retention-by-group", "forgetting-laws", "forgetting-by-person", "forgetting-censoring",
        "forgetting-turnbull", "forgetting-by-group", "forgetting-cox", "forgetting-threshold",
        "forgetting-curves",
    } == set(tables)  # fmt: skip
    assert [picture.name for picture in found.pictures] == ["retention", "time-to-forgetting"]
    axes = [axis for axis in found.pictures[0].figure.axes if axis.get_title("left").startswith("By dose")]
    named = [text.get_text().partition(" (")[0] for text in axes[0].get_legend().get_texts()]
    assert named == ["low dose", "middle dose", "high dose"]
    laws = tables["forgetting-laws"]
    assert laws["law"].iloc[0] == "power"
    assert laws.loc[laws["law"] == "power", "estimate"].iloc[1] == pytest.approx(0.4, abs=1e-6)
    assert (tables["forgetting-by-person"]["power"] - 0.4).abs().max() < 1e-4
    curves = tables["forgetting-curves"]
    start = curves[curves["day"] == 0.0].set_index(["grouping", "group"])["at_risk"]
    assert start["everybody", "everybody"] == start["sex"].sum() == start["dose"].sum()
    assert (curves.groupby(["grouping", "group"])["events"].sum()["dose"] > 0).all()
    dose = tables["forgetting-by-group"].query("grouping == 'dose'")
    assert (dose["difference_low"].iloc[1:] > 0.0).all()
    cox = tables["forgetting-cox"].set_index("covariate")
    assert cox.loc["dose (per SD)", "high"] < 1.0
    ends = tables["forgetting-censoring"]["restricted_mean"]
    assert ends.is_monotonic_increasing
    assert any("high dose" in line for line in found.findings)
    assert any("The threshold is a choice: below 0.3 fell" in line for line in found.findings)
    assert any("at each of these" in line and "high dose (by dose)" in line for line in found.findings)


def test_the_lower_the_threshold_the_later_it_is_reached() -> None:
    readings = pd.DataFrame(
        {"person": np.repeat([1, 2, 3, 4], 3), "day": [10.0, 20.0, 30.0] * 4,
         "recall": [0.8, 0.6, 0.4, 0.8, 0.6, 0.2, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1]}
    )  # fmt: skip
    group = pd.Series(pd.Categorical(["a", "b", "a", "b"]), index=[1, 2, 3, 4])
    table = by_threshold(readings, {"kind": group}, 30.0)
    every = table[table["grouping"] == EVERYBODY].set_index("threshold")
    assert every["fallen"].to_dict() == pytest.approx({0.3: 0.5, 0.5: 0.75, 0.7: 0.75})
    # Midway: person 4 forgets on day 5; 1 and 2 on day 15 (below .7) or 25; 1 never falls below .3 and 3 not at all.
    assert every["restricted_mean"].to_dict() == pytest.approx({0.3: 22.5, 0.5: 21.25, 0.7: 16.25})
    kinds = table[table["grouping"] == "kind"].set_index(["threshold", "group"])
    assert kinds.loc[(0.3, "b"), "difference"] == pytest.approx((25.0 + 5.0 - 60.0) / 2.0)
    assert np.isnan(kinds.loc[(0.3, "a"), "difference"])


def test_what_hangs_on_the_threshold_is_said() -> None:
    table = pd.DataFrame(
        {"threshold": [0.3, 0.7], "grouping": "dose", "group": "high", "difference": [1.0, 1.0],
         "difference_low": [0.5, -0.5], "difference_high": [1.5, 2.5]}
    )  # fmt: skip
    assert told(table, 30.0)[1:] == [
        "Apart from the first group, beyond the interval, at some, not at all, of these: high (by dose)."
    ]
    study, draft = toy(), Draft()
    readings = graded(with_recall(study, np.random.default_rng(2).uniform(0.6, 0.69, 1440)), study.exposure)
    survival_part(study.focus, know(study, readings), draft)
    assert any("below 0.7 fell 100.0%" in line for line in draft.findings)  # though nobody falls below the chosen one


def test_tests_of_recall_are_shown_beside_the_curve() -> None:
    asked = pd.DataFrame(
        {"person": range(60), "minute": EXPOSED_AT + 20 * DAY, "kind": "recall", "asked": "fall",
         "episode": pd.Series(["fall", None] * 30, dtype=object)}
    )  # fmt: skip
    found = section(toy(recalls=asked))
    whole(found)
    assert any("20.0 days after the exposure, 50.0% of 60 persons did" in line for line in found.findings)


def degenerate() -> dict[str, tuple[Study, str]]:
    study = toy()
    n = study.tables.rows["measures"]
    persons = study.tables.table("persons")
    exposures = study.tables.table("exposures")
    flat = np.random.default_rng(2).uniform(0.8, 0.81, n)
    last = study.tables.table("measures").groupby("person").tail(1)
    return {
        "no measures": (toy(measures=None), "No measures"),
        "no recall": (toy(measures=study.tables.table("measures")[["person", "minute"]]), "no probability"),
        "nobody exposed": (toy(exposures=exposures.assign(scene="feast")), "Nobody was exposed"),
        "measured before": (toy(exposures=exposures.assign(minute=10**7)), "No measure came after"),
        "never held": (toy(measures=with_recall(study, np.nan)), "ever held a trace"),
        "never forgotten": (toy(measures=with_recall(study, flat)), "censored"),
        "all the same": (toy(measures=with_recall(study, 1.0)), "hardly changes"),
        "all gone at once": (toy(measures=with_recall(study, 0.1)), "at their first reading"),
        "now and then nothing": (toy(measures=study.tables.table("measures").assign(
            recall=lambda m: m["recall"].where(m["minute"] % (14 * DAY) > 2 * DAY))), "No person's recall"),
        "read once": (toy(measures=last), "at one time only"),
        "three readings": (toy(weeks=3), "too few"),
        "twelve persons": (toy(12), "Only 12 exposed"),
        "two persons": (toy(2), "Only 2 exposed"),
        "one person": (toy(1), "one exposed person only"),
        "one sex": (toy(persons=persons.assign(sex="female")), "sex are not compared"),
        "ids alone": (toy(persons=persons[["id"]]), "not recorded"),
        "half never read": (toy(measures=study.tables.table("measures").query("person < 60")), "never read after"),
        "no exposures recorded": (toy(exposures=None), "dose are not compared"),
    }  # fmt: skip


@pytest.mark.parametrize("name", degenerate())
def test_where_there_is_little_the_chapter_says_so(name: str) -> None:
    study, words = degenerate()[name]
    found = section(study)
    assert any(words in line for line in found.warnings), found.warnings
    whole(found)


def mean_interval(rng: np.random.Generator) -> tuple[float, float]:
    readings = pd.DataFrame({"person": range(100), "day": 7.0, "recall": rng.beta(1.0, 3.0, 100)})
    row = retention(readings).iloc[0]
    return float(row["low"]), float(row["high"])


def test_the_interval_of_retention_holds_the_truth() -> None:
    recovery.check(mean_interval, 0.25, recovery.FEW)


@pytest.mark.slow
def test_the_interval_of_retention_holds_the_truth_in_full() -> None:
    recovery.check(mean_interval, 0.25, recovery.SETS)
