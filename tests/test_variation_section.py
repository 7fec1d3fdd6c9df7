"""The chapter on variation: what it tells of known causes, and what it says where there is little to tell."""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest

from analysis.section import Section
from analysis.study import DAY, Frames, Study
from analysis.variation.known import know
from analysis.variation.outcomes import DISTRESS, RATE, RECALL, still_troubled
from analysis.variation.predictors import BLOCKS, EARLY, EXPOSURE, TREATMENT, VARIANTS, predictors, received
from analysis.variation.section import section

DAYS, START = 70, 7


def frames(n: int = 300, seed: int = 0, **traits: float) -> dict[str, pd.DataFrame]:
    """A town in which vigilance and dose make intrusions, memory makes recall, and early life nothing."""
    rng = np.random.default_rng(seed)
    who = np.random.default_rng(99)
    persons = pd.DataFrame(
        {
            "id": np.arange(n), "family": np.arange(n) // 2, "zygosity": np.where(np.arange(n) % 4 < 2, "mz", "dz"),
            "ancestry": np.where(who.random(n) < 0.5, "EUR", "AFR"),
            "sex": np.where(who.random(n) < 0.5, "female", "male"),
            "age": who.uniform(18, 80, n), "ace": who.poisson(1.5, n), "flooded": who.random(n) < 0.3,
            "vigilance": np.exp(0.3 * who.normal(size=n)), "memory": np.exp(0.3 * who.normal(size=n)),
            "rs1": who.binomial(2, 0.4, n).astype(float), "polygenic": who.normal(size=n),
        }
    ).assign(**traits)  # fmt: skip
    dose = who.uniform(0.5, 1.5, n)
    persons["polygenic"] += 2.0 * np.log(persons["vigilance"])
    rate = 3.0 * dose**2 * persons["vigilance"] ** 2 / 7
    day = [rng.poisson(r * np.ones(DAYS - START)) for r in rate]
    person, since = np.repeat(np.arange(n), [d.sum() for d in day]), [np.repeat(np.arange(START, DAYS), d) for d in day]
    intrusions = pd.DataFrame({"person": person, "minute": DAY * np.concatenate(since) + 600, "episode": "flood"})
    shared = pd.DataFrame({"person": np.arange(n), "minute": START * DAY, "event": "flood", "kind": "experience"})
    return {
        "persons": persons,
        "exposures": shared.assign(scene="flood", dose=dose),
        "intrusions": intrusions.assign(distress=0.3),
        "measures": pd.DataFrame({"person": np.arange(n), "minute": DAYS * DAY})
        .assign(recall=np.clip(0.4 + 0.3 * np.log(persons["memory"]) + 0.02 * rng.normal(size=n), 0.0, 1.0)),
    }  # fmt: skip


def study(tables: dict[str, pd.DataFrame]) -> Study:
    return Study(Frames(tables), days=DAYS, focus="flood")


def complete(found: Section) -> None:
    """No number is missing without a word, every table says how it was made, every figure can be drawn."""
    for text in (*found.findings, *found.warnings, *found.methods):
        assert "nan" not in text.lower()
        assert text.endswith((".", "%"))
    for table in found.tables:
        assert len(table.frame)
        assert "analysis.variation." in table.call
    for picture in found.pictures:
        assert picture.figure.get_figwidth() <= 6.5
        picture.figure.draw_without_rendering()


def test_the_causes_that_act_are_told_and_the_others_are_not() -> None:
    found = section(study(frames()), {"variance": 0.005, "odds": 1.15})
    complete(found)
    said = "\n".join(found.findings)
    assert "vigilance, +0." in said
    assert "What goes most with recall at the end: memory, +0.9" in said
    tables = {table.name: table.frame for table in found.tables}
    assert set(tables) == {
        "associations", "variance_shares", "interactions", "interaction_cells", "twin_correlations",
        "twin_models", "polygenic", "variants", "variant_limits",
    }  # fmt: skip
    share = tables["variance_shares"].set_index(["outcome", "block"])["share"]
    assert share["intrusions a week (log)", "exposure"] > 0.25
    assert share["recall at the end", "traits"] > 0.9
    assert abs(share["recall at the end", "early life"]) < 0.02
    with_dose = tables["interactions"].set_index(["trait", "stress"]).loc[("vigilance", "dose")]
    assert with_dose["additive_low"] > 0.0  # effects multiply
    assert with_dose["ratio_low"] < 1.1
    assert {picture.name for picture in found.pictures} == {"associations", "variance-shares", "interaction"}


def test_other_seeds_tell_chance() -> None:
    found = section(study(frames()), replicates=[study(frames(seed=k)) for k in (1, 2)])
    chance = next(table.frame for table in found.tables if table.name == "chance").set_index(["outcome", "part"])
    assert 0.0 < chance.loc[("intrusions a week (log)", "chance"), "share"] < 0.3
    assert any("Lived again at 3 seeds" in text for text in found.findings)


def test_calls_make_the_tables_again() -> None:
    from analysis.variation.associations import associations

    town = study(frames(60))
    known = know(town)
    table = next(table for table in section(town).tables if table.name == "associations")
    assert table.call.endswith("associations(known.outcomes, known.causes, known.family)")
    pd.testing.assert_frame_equal(table.frame, associations(known.outcomes, known.causes, known.family))


@pytest.mark.parametrize("n", [1, 2, 4, 12, 30])
def test_few_persons_are_said(n: int) -> None:
    found = section(study(frames(n)), {"variance": 0.005, "odds": 1.15})
    complete(found)
    assert found.warnings


def test_no_intrusions_at_all() -> None:
    tables = frames()
    tables["intrusions"] = tables["intrusions"].iloc[:0]
    found = section(study(tables))
    complete(found)
    assert any("No slope on intrusions a week (log): it is the same in everybody" in text for text in found.warnings)
    assert any("No interaction" in text for text in found.warnings)
    assert any("do not differ" in text for text in found.warnings)


def test_nobody_exposed_and_no_whole_week() -> None:
    tables = frames()
    other = replace(study(tables), focus="fire")
    assert section(other).warnings == ("Nobody experienced fire; there is nothing to explain.",)
    short = section(replace(study(tables), days=START + 3))
    complete(short)
    assert any("no whole week" in text for text in short.warnings)


def test_nothing_but_persons() -> None:
    found = section(study({"persons": frames()["persons"]}))
    complete(found)
    assert not found.pictures


def test_a_constant_trait_is_named_and_constant_causes_leave_the_others() -> None:
    found = section(study(frames(vigilance=1.0)))
    complete(found)
    assert any("without a slope: vigilance" in text for text in found.warnings)


def test_real_data_without_ancestry_family_or_sex() -> None:
    tables = frames()
    tables["persons"] = tables["persons"][["id", "age", "ace", "vigilance", "rs1", "polygenic"]]
    complete(section(study(tables)))


def test_a_course_that_stops_makes_no_case() -> None:
    weekly = np.array([[9] * 12 + [0] * 8, [1] * 20, [0] * 20])
    assert still_troubled(weekly).tolist() == [False, True, False]
    assert still_troubled(weekly[:, :0]).tolist() == [False] * 3
    assert still_troubled(np.array([[8, 0]])).tolist() == [False]


def test_outcomes_count_whole_weeks_after_exposure() -> None:
    tables = frames(2)
    minute = np.array([START * DAY - 1, START * DAY + 5, (START + 20) * DAY, DAYS * DAY])  # before, in, in, too late
    tables["intrusions"] = pd.DataFrame({"person": 1, "minute": minute, "episode": "flood", "distress": 0.5})
    tables["measures"] = pd.DataFrame({"person": [0, 1, 0], "minute": [5, 9, 9], "recall": [0.9, 0.2, np.nan]})
    known = know(study(tables))
    assert known.weeks == 9
    assert known.outcomes[RATE].tolist() == pytest.approx([0.0, np.log1p(2 / 9)])
    assert known.outcomes[DISTRESS].tolist() == pytest.approx([0.0, np.log1p(1.0 / 9)])
    assert known.outcomes[RECALL].tolist() == pytest.approx([np.nan, 0.2], nan_ok=True)


def test_every_cause_has_its_block() -> None:
    tables = frames(6)
    doses = pd.DataFrame({"person": [1, 1, 2], "drug": ["propranolol"] * 3, "mg": [40.0, 40.0, 20.0]})
    sessions = pd.DataFrame({"person": [3, 4], "intervention": ["talk"] * 2, "attended": [True, False]})
    town = study({**tables, "doses": doses, "sessions": sessions})
    causes, block = predictors(town.persons, town.exposure, received(doses, sessions))
    assert causes["mg propranolol"].tolist() == [0.0, 80.0, 20.0, 0.0, 0.0, 0.0]
    assert causes["sessions talk"].tolist() == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    expected = {"rs1": VARIANTS, "ace": EARLY, "dose": EXPOSURE, "flooded": EXPOSURE, "sessions talk": TREATMENT}
    assert {name: block[name] for name in expected} == expected
    assert set(block) <= set(BLOCKS)
    assert not {"id", "family", "zygosity", "ancestry", "sex", "polygenic"} & set(causes.columns)
    assert know(town).causes.equals(causes)


def test_figures_leave_no_state_behind() -> None:
    before = dict(matplotlib.rcParams)
    section(study(frames(60)))
    assert dict(matplotlib.rcParams) == before
