"""Latent classes and courses by rule: planted classes are found, none are found where there are none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planted_courses as planted
import pytest
import recovery
from scipy.special import ncfdtr
from sklearn.metrics import adjusted_rand_score

from analysis.courses import agreement, classes, rules, stability, traits
from analysis.courses.section import section
from analysis.study import Frames, Study
from cohort import summary


@pytest.fixture(scope="module")
def four():
    weekly, truth = planted.counts(np.random.default_rng(1), 200)
    grown = classes.growth(weekly)
    return weekly, truth, grown, classes.latent_classes(grown)


@pytest.mark.parametrize("seed", range(4))
def test_four_planted_classes_are_found(seed):
    weekly, truth = planted.counts(np.random.default_rng(seed), 200)
    found = classes.latent_classes(classes.growth(weekly))
    assert found.number == 4
    assert adjusted_rand_score(truth, found.membership) > 0.8


@pytest.mark.parametrize("seed", range(4))
def test_one_kind_of_person_gives_one_class(seed):
    weekly, _ = planted.counts(np.random.default_rng(seed), 200, planted.ONE, np.array([1.0]))
    assert classes.latent_classes(classes.growth(weekly)).number == 1


def test_growth_is_the_least_squares_fit(four):
    weekly, _, grown, _ = four
    design = np.vander(np.log(np.arange(weekly.shape[1]) + 0.5), 3)
    fitted, left, *_ = np.linalg.lstsq(design, np.log1p(weekly).T, rcond=None)
    assert grown.coefficients @ grown.basis.T * np.sqrt(weekly.shape[1]) == pytest.approx((design @ fitted).T)
    assert grown.noise == pytest.approx(left.sum() / (200 * (52 - 3)) / 52)


def test_classes_rise_in_level_and_fit_their_probabilities(four):
    _, _, grown, found = four
    level = [grown.coefficients[found.membership == k, 0].mean() for k in range(found.number)]
    assert level == sorted(level)
    assert found.probabilities.sum(axis=1) == pytest.approx(1.0)


def test_entropy_runs_from_chance_to_certainty():
    assert classes.relative_entropy(np.full((10, 4), 0.25)) == pytest.approx(0.0)
    assert classes.relative_entropy(np.eye(4)) == pytest.approx(1.0)
    # by hand: 1 - H(.9, .1) / log 2 = 1 - .468996 bits
    assert classes.relative_entropy(np.array([[0.9, 0.1]])) == pytest.approx(0.531004, abs=1e-6)
    assert np.isnan(classes.relative_entropy(np.ones((3, 1))))


def test_number_of_classes_is_the_lowest_bic_that_may_be_chosen():
    criteria = pd.DataFrame(
        {
            "classes": [1, 2, 3, 4, 5],
            "bic": [50.0, 40.0, 30.0, 20.0, 10.0],
            "entropy": [np.nan, 0.9, 0.9, 0.6, 0.9],
            "smallest": [1.0, 0.4, 0.04, 0.2, 0.2],
            "converged": [True, True, True, True, False],
        }
    )
    assert classes.admitted(criteria).tolist() == [True, True, False, False, False]
    assert classes.chosen(criteria) == 2


def test_well_separated_classes_come_back(four):
    _, _, grown, found = four
    stable = stability.stability(grown, found, draws=5)
    assert (stable.classes["jaccard"] > 0.9).all()
    assert stable.rand.min() > 0.9
    assert stable.numbers["share"].sum() == pytest.approx(1.0)
    assert stable.numbers.set_index("classes").loc[4, "share"] >= 0.8


def test_classes_that_are_not_there_dissolve():
    weekly, _ = planted.counts(np.random.default_rng(0), 200, planted.ONE, np.array([1.0]))
    grown = classes.growth(weekly)
    model = classes.mixture(grown.coefficients, 4, grown.noise)
    forced = model.predict_proba(grown.coefficients)
    found = classes.Classes(pd.DataFrame(), forced.argmax(axis=1), forced, np.arange(200), ())
    assert stability.stability(grown, found, draws=5).classes["jaccard"].min() < stability.DISSOLVED


def test_jaccard_by_hand():
    first = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=bool)
    second = np.array([[1, 0], [0, 1], [0, 1], [0, 1]], dtype=bool)
    assert stability.jaccard(first, second) == pytest.approx(np.array([[0.5, 0.25], [0.0, 2.0 / 3.0]]))


def test_rule_agrees_with_the_summary_of_a_run():
    rng = np.random.default_rng(3)
    days, since, persons = 200, 12, 300
    number = rng.poisson(rng.choice([0.02, 0.1, 0.2, 0.6], persons)[:, None] * np.ones(days))
    number[:60, :100] = 0  # delayed
    person, day = np.nonzero(number)
    daily = pd.DataFrame({"person": person, "day": day, "intrusions": number[person, day]})
    found = rules.courses(rules.rates(daily, np.arange(persons), since, days))
    shares = found.value_counts(normalize=True)
    times = daily["intrusions"].to_numpy()
    after = np.repeat(day, times) >= since  # the summary leaves earlier days out before it calls its rule
    expected = summary.courses(np.repeat(person, times)[after], np.repeat(day, times)[after], persons, since, days)
    assert expected is not None
    assert min(expected.values()) > 0.0
    assert {name: round(share, 4) for name, share in shares.items()} == pytest.approx(expected)
    assert (rules.SYMPTOMATIC, rules.WINDOW, rules.SHORTEST) == (
        summary.SYMPTOMATIC, summary.WINDOW, summary.SHORTEST,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "course"), [(10, "recovering"), (23, "recovering"), (24, "resilient"), (38, "delayed")]
)
def test_rule_and_summary_agree_at_the_edges(day, course):
    # 42 days after day 10: windows of 14 days, in which two intrusions are just one a week.
    daily = pd.DataFrame({"person": [0], "day": [day], "intrusions": [2]})
    found = rules.courses(rules.rates(daily, np.arange(1), 10, 52))
    assert found.tolist() == [course]
    expected = summary.courses(np.zeros(2, dtype=np.int64), np.full(2, day), 1, 10, 52)
    assert expected is not None
    assert expected[course] == 1.0


def test_rule_refuses_a_short_study():
    nobody = pd.DataFrame({"person": [], "day": [], "intrusions": []}, dtype=np.int64)
    assert rules.window(0, 41) == 0
    with pytest.raises(ValueError, match="need 42"):
        rules.rates(nobody, np.arange(3), 0, 41)


def test_wilson_interval_of_a_share():
    # Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I: 81 of 263.
    rate = pd.DataFrame({"early": [9.0] * 81 + [0.0] * 182, "late": 0.0})
    row = rules.shares(rate).set_index(["cutoff", "course"]).loc[(1.0, "recovering")]
    assert (row["low"], row["high"]) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_agreement_is_full_with_itself_and_none_by_chance():
    rng = np.random.default_rng(5)
    rate = pd.DataFrame(rng.choice([0.0, 3.0], (400, 2)), columns=["early", "late"])
    rule = rules.courses(rate).cat.codes.to_numpy().astype(np.int64)
    same = agreement.agreement(rate, rule, 4)
    assert same.names == rules.COURSES
    assert same.kappa[0] == same.rand[0] == 1.0
    other = agreement.agreement(rate, rng.integers(4, size=400), 4)
    assert other.rand[1] < 0.01
    assert abs(other.rand[0]) < 0.02
    assert same.table.to_numpy().sum() == 400


def test_kappa_is_that_of_the_textbook():
    # Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, table 18.1: kappa .676.
    square = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    table = pd.DataFrame(np.hstack([square, np.zeros((3, 1), dtype=int)]), columns=list(rules.COURSES))
    assert agreement._kappa(table, rules.COURSES[:3])[0] == pytest.approx(0.676, abs=5e-4)


def test_noncentrality_is_that_of_the_method():
    low, high = traits.noncentrality(11.221, 3, 76)
    assert ncfdtr(3, 76, low, 11.221) == pytest.approx(0.975)
    assert ncfdtr(3, 76, high, 11.221) == pytest.approx(0.025)
    assert traits.noncentrality(0.2, 3, 76)[0] == 0.0


def share_of_variance(rng):
    course = pd.Series(pd.Categorical.from_codes(np.arange(200) % 4, categories=list(rules.COURSES)))
    means = np.array([-0.6, 0.0, 0.0, 0.6])
    persons = pd.DataFrame({"trait": means[course.cat.codes] + rng.normal(size=200)})
    row = traits.by_course(persons, course, ["trait"]).iloc[0]
    return row["low"], row["high"]


def chronic_share(rng):
    rate = pd.DataFrame({"early": rng.choice([0.0, 2.0], 150, p=[0.7, 0.3]), "late": 5.0})
    row = rules.shares(rate, [1.0]).set_index("course").loc["chronic"]
    return row["low"], row["high"]


def class_mean(rng):
    weekly, truth = planted.counts(rng, 200)
    row = classes.mean_courses(weekly[:, [20]], truth, 4).query("`class` == 4").iloc[0]
    return row["low"], row["high"]


COVERED = [
    (share_of_variance, 0.18 / 1.18),
    (chronic_share, 0.3),
    (class_mean, 9.0 * np.exp(0.25**2 / 2.0)),
]


@pytest.mark.parametrize(("interval", "truth"), COVERED)
def test_intervals_hold_the_truth(interval, truth):
    recovery.check(interval, truth, recovery.FEW)


@pytest.mark.slow
@pytest.mark.parametrize(("interval", "truth"), COVERED)
def test_intervals_hold_the_truth_in_full(interval, truth):
    recovery.check(interval, truth, recovery.SETS)


def test_section_tells_planted_courses(four):
    weekly, _, _, _ = four
    found = section(planted.study(weekly))
    assert {table.name for table in found.tables} >= {"course_shares", "latent_classes", "classes_by_rule"}
    assert [picture.name for picture in found.pictures] == ["traits_by_course", "courses"]
    assert "4 latent classes" in " ".join(found.findings)
    assert not any(table.frame.empty for table in found.tables)
    named = next(table.frame for table in found.tables if table.name == "latent_classes")
    assert set(named["course"]) == set(rules.COURSES)


QUIET = {
    "12 persons": (planted.counts(np.random.default_rng(0), 12)[0], "12 exposed persons"),
    "no intrusions": (np.zeros((60, 52), dtype=np.int64), "no intrusion was recorded"),
    "a short study": (planted.counts(np.random.default_rng(0), 60)[0][:, :2], "too short"),
    "everybody alike": (np.ones((60, 52), dtype=np.int64), "same trajectory"),
}


@pytest.mark.parametrize("case", QUIET)
def test_section_says_what_is_missing(case):
    weekly, reason = QUIET[case]
    found = section(planted.study(weekly))
    assert any(reason in warning for warning in found.warnings), found.warnings
    assert not any(table.frame.empty for table in found.tables)


def test_section_without_anybody_exposed():
    whole = planted.study(np.ones((20, 52), dtype=np.int64))
    frames = {name: whole.tables.table(name) for name in whole.tables.rows}
    frames["exposures"] = frames["exposures"].assign(scene="another")
    found = section(Study(Frames(frames), whole.days, whole.focus))
    assert found.warnings
    assert not found.tables
