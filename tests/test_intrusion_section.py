"""The chapter on intrusions: what it holds, and that odd studies get a warning instead of a crash."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.intrusions.heat_map_figure import draw, grid
from analysis.intrusions.section import section
from analysis.intrusions.totals import by_day, overview, totals
from analysis.section import Section
from analysis.study import Frames, Study

DAY = 1440


def study(persons: int, days: int, rate: float = 0.1, **columns: object) -> Study:
    """A study of persons exposed on day 2 with intrusions that become rarer."""
    rng = np.random.default_rng(persons)
    ids = np.arange(persons)
    known = {
        "id": ids, "sex": np.where(rng.random(persons) < 0.5, "female", "male"), "ace": rng.poisson(1.5, persons),
        "age": rng.uniform(18, 70, persons), **columns,
    }  # fmt: skip
    person = rng.gamma(0.7, rate / 0.7, persons)[:, None]
    many = rng.poisson(person * 4.0 / np.sqrt(1.0 + np.arange(max(days - 2, 0))))
    who, day = np.nonzero(many)
    minute = np.repeat((day + 2) * DAY + 30, many[who, day])
    intrusions = pd.DataFrame({"person": np.repeat(who, many[who, day]), "minute": minute, "episode": "flood"})
    exposures = pd.DataFrame(
        {"person": ids, "minute": 2 * DAY, "scene": "flood", "kind": "experience", "dose": rng.uniform(0.4, 1, persons)}
    )
    frames = {"persons": pd.DataFrame(known), "exposures": exposures, "intrusions": intrusions}
    return Study(Frames(frames), days=days, focus="flood")


def sound(found: Section) -> None:
    names = [table.name for table in found.tables] + [picture.name for picture in found.pictures]
    assert all(len(table.frame) for table in found.tables)
    assert len({table.name for table in found.tables}) == len(found.tables)
    assert all(name.startswith("intrusions-") for name in names)
    assert all("nan" not in text.lower().split() for text in (*found.findings, *found.warnings))
    assert all(text.endswith(".") for text in (*found.findings, *found.warnings, *found.methods))


def test_a_whole_study_has_its_tables_pictures_and_findings() -> None:
    found = section(study(150, 200, 0.4))
    sound(found)
    assert {table.name for table in found.tables} >= {
        "intrusions-totals", "intrusions-dispersion", "intrusions-rootogram", "intrusions-zeros", "intrusions-course",
        "intrusions-slopes", "intrusions-mixed", "intrusions-since-last", "intrusions-frailty", "intrusions-gaps",
    }  # fmt: skip
    assert [picture.name for picture in found.pictures] == [
        "intrusions-heat-map", "intrusions-rootogram", "intrusions-since-last", "intrusions-ratios",
    ]  # fmt: skip
    assert all(isinstance(picture.figure, Figure) for picture in found.pictures)
    for picture in found.pictures:
        assert picture.figure.get_size_inches()[0] <= 6.5
        picture.figure.canvas.draw()
    assert "95%" in " ".join(found.findings)


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (study(60, 100, 0.0), "None of 60 persons had an intrusion"),
        (study(0, 100), "Nobody was exposed"),
        (study(30, 2), "Nobody was exposed"),
        (study(12, 100), "too few"),
        (study(60, 100, ace=2, sex="female"), "does not vary"),
        (study(60, 100, ace=np.nan), "need two persons whose covariates are known"),
        (study(40, 9), "Courses need two periods"),
        (study(1, 100, 3.0), "two persons"),
        (study(15, 60, 0.004), ""),
    ],
    ids=["no intrusion", "nobody", "no day", "twelve", "constant", "unknown", "a week", "one", "rare"],
)
def test_odd_studies_say_so(odd: Study, said: str) -> None:
    found = section(odd)
    sound(found)
    assert any(said in text for text in found.warnings), found.warnings


def test_persons_of_the_map_stand_in_the_order_of_their_totals() -> None:
    daily = pd.DataFrame({"person": [1, 1, 2, 3, 3], "day": [2, 5, 3, 4, 1], "intrusions": [1, 3, 9, 1, 4]})
    found = totals(daily, pd.DataFrame({"minute": [2 * DAY] * 4}, index=[1, 2, 3, 4]), 6)
    assert found["intrusions"].tolist() == [4, 9, 1, 0]
    assert found["weeks"].tolist() == [4 / 7] * 4
    cells = grid(daily, found, 6)
    assert cells.tolist() == [[0, 9, 0, 0], [1, 0, 0, 3], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert grid(daily, found, 6, most=2).tolist() == [[0, 9, 0, 0], [0, 0, 0, 0]]
    mean = by_day(daily, found, 6)["mean"]
    assert mean.tolist() == [0.25, 2.25, 0.25, 0.75]
    assert overview(found).iloc[0].to_dict() == {
        "persons": 4, "intrusions": 14, "weeks": 16 / 7, "rate": pytest.approx(6.125), "median": 2.5, "none": 1,
        "top_tenth": 9 / 14,
    }  # fmt: skip
    draw(cells, 4, mean.to_numpy()).canvas.draw()
