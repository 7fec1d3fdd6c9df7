"""Sides of a memory: correlations and differences against published numbers, planted dissociations, links."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planted_courses as planted
import pytest
import recovery
from scipy import stats

from analysis.quality import dissociation, network, network_figure
from analysis.quality.correlation import correlation, difference, interval
from analysis.quality.paired import paired
from analysis.quality.section import section


def test_spearman_interval_is_that_of_r():
    # R: statpsych::ci.spear(.05, y, x), its example.
    y = [21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19]
    x = [67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51]
    found = correlation(x, y, ranks=True)
    assert found == (pytest.approx(0.8699639), pytest.approx(0.5840951), pytest.approx(0.9638297), 15)


def test_pearson_is_scipys():
    x, y = np.random.default_rng(1).normal(size=(2, 40))
    known = stats.pearsonr(x, y)
    bounds = known.confidence_interval()
    assert correlation(x, y, ranks=False) == pytest.approx((known.statistic, bounds.low, bounds.high, 40))


@pytest.mark.parametrize("ranks", [False, True])
def test_partial_correlation_is_that_of_the_formula(ranks):
    z, e, f = np.random.default_rng(2).normal(size=(3, 60))
    x, y = z + e, z + f - 0.5 * e
    xy, xz, yz = (correlation(a, b, ranks=ranks).r for a, b in ((x, y), (x, z), (y, z)))
    found = correlation(x, y, z, ranks=ranks)
    assert found.r == pytest.approx((xy - xz * yz) / np.sqrt((1.0 - xz**2) * (1.0 - yz**2)))
    assert found == pytest.approx(interval(found.r, 60, held=1, ranks=ranks))


def test_interval_of_zou():
    # Zou 2007, 10.1037/1082-989X.12.4.399, example 2.
    first, second = interval(0.396, 66, ranks=False), interval(0.179, 66, ranks=False)
    found = difference(first, second, 0.088)
    assert (found.low, found.high) == pytest.approx((-0.093, 0.517), abs=5e-4)


def test_test_of_williams():
    # Silver, Hittner & May 2006, 10.1177/0146621605277132 (DEPCOR), as R's cocor gives it.
    first, second = interval(0.3, 100, ranks=False), interval(0.4, 100, ranks=False)
    found = difference(first, second, 0.5)
    assert (found.t, found.p) == pytest.approx((-1.0767, 0.2843), abs=5e-5)


def test_standardized_paired_difference_is_that_of_r():
    # R: statpsych::ci.stdmean.ps(.05, 110.4, 102.1, 15.3, 14.6, .75, 25) (Bonett 2008): .5550319, se .1609934.
    n = 20000
    plain = np.random.default_rng(3).normal(size=(n, 2))
    plain = np.linalg.solve(np.linalg.cholesky(np.cov(plain.T)), (plain - plain.mean(axis=0)).T)
    cross = 0.75 * 15.3 * 14.6
    x, y = np.linalg.cholesky(np.array([[15.3**2, cross], [cross, 14.6**2]])) @ plain + np.array([[110.4], [102.1]])
    found = paired(x, y)
    assert found.d == pytest.approx(0.5550319, abs=1e-7)
    error = (found.d_high - found.d_low) / (2.0 * stats.t.ppf(0.975, n - 1))
    assert error * np.sqrt((n - 1) / 24) == pytest.approx(0.1609934, rel=0.02)


def test_skewed_paired_difference_is_that_of_the_bootstrap():
    rng = np.random.default_rng(4)
    common = rng.exponential(size=300)
    x, y = common + rng.exponential(size=300), 0.5 * common + 0.3 * rng.exponential(size=300)
    again = stats.bootstrap(
        (x, y), lambda a, b, axis: (a - b).mean(axis) / np.sqrt((a.var(axis, ddof=1) + b.var(axis, ddof=1)) / 2.0),
        paired=True, n_resamples=2000, method="percentile", rng=rng,
    ).confidence_interval  # fmt: skip
    found = paired(x, y)
    assert (found.d_low, found.d_high) == pytest.approx((again.low, again.high), abs=0.04)


def test_mean_paired_difference_is_scipys():
    x, y = np.random.default_rng(5).normal(size=(2, 30))
    bounds = stats.ttest_rel(x, y).confidence_interval()
    found = paired([*x, np.nan], [*y, 1.0])
    assert found[:4] == pytest.approx((30, (x - y).mean(), bounds.low, bounds.high))


def test_what_cannot_be_told_is_missing():
    assert np.isnan(correlation([1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1, 2, 3, 4, 5, 6], ranks=True).r)
    assert np.isnan(correlation([1, 2], [1, 2], ranks=False).r)
    assert np.isnan(correlation([1, 2, 3, 4, 5, 6, 7], [1, 3, 2, 5, 4, 6, 8], [1, 2, 3, 4, 5, 6, 7], ranks=True).r)
    assert np.isnan(paired([1.0, 2.0], [1.0, 1.0]).mean)
    assert np.isnan(paired(np.ones(9), np.ones(9)).d)


def spearman(rng):
    x = rng.normal(size=120)
    return correlation(x, 0.5 * x + np.sqrt(0.75) * rng.normal(size=120), ranks=True)[1:3]


def partial(rng):
    z, e, f = rng.normal(size=(3, 120))
    return correlation(z + e, z + 0.6 * e + 0.8 * f, z, ranks=False)[1:3]


def zou(rng):
    x, e, f = rng.normal(size=(3, 150))
    y, z = 0.6 * x + 0.8 * e, 0.3 * x + np.sqrt(0.91) * f
    first, second, between = (correlation(a, b, ranks=False) for a, b in ((x, y), (x, z), (y, z)))
    return difference(first, second, between.r)[1:3]


def standardized(rng):
    common = rng.normal(size=150)
    return paired(common + rng.normal(size=150) + 0.5, common + rng.normal(size=150))[5:7]


def vividness_outlasts(rng):
    ratio, *_ = dissociation.retained(fading(rng, 150)).query("day == 28").to_dict("records")
    return ratio["low"], ratio["high"]


def fading(rng, persons):
    """Vividness halves from day 7 to day 28, accuracy falls to a quarter, around each person's own level."""
    own = rng.lognormal(-1.5, 0.3, persons)
    rows = [
        pd.DataFrame(
            {
                "person": np.arange(persons),
                "day": day,
                "vividness": own * vivid * rng.lognormal(-0.02, 0.2, persons),
                "accuracy": own * right * rng.lognormal(-0.02, 0.2, persons),
            }
        )
        for day, vivid, right in ((7, 1.0, 1.0), (28, 0.5, 0.25))
    ]
    return pd.concat(rows, ignore_index=True)


COVERED = [
    (spearman, 6.0 / np.pi * np.arcsin(0.25)),
    (partial, 0.6),
    (zou, 0.3),
    (standardized, 0.5 / np.sqrt(2.0)),
    (vividness_outlasts, 2.0),
]


@pytest.mark.parametrize(("estimate", "truth"), COVERED)
def test_intervals_hold_the_truth(estimate, truth):
    recovery.check(estimate, truth, recovery.FEW)


@pytest.mark.slow
@pytest.mark.parametrize(("estimate", "truth"), COVERED)
def test_intervals_hold_the_truth_in_full(estimate, truth):
    recovery.check(estimate, truth, recovery.SETS)


def test_intruding_is_held_against_the_assessments_around_it():
    asked = pd.DataFrame(
        {"person": [0, 0, 0, 1, 1, 1, 2, 2, 2], "minute": [10, 20, 30] * 3, "vividness": [0.4, 0.2, 0.1] * 3}
    ).assign(accuracy=0.5, fragmentation=0.5)
    came = pd.DataFrame(
        {"person": [0, 0, 1, 2, 2], "minute": [15, 15, 25, 5, 30], "vividness": [0.5, 0.7, 0.25, 0.9, 0.35]}
    ).assign(accuracy=0.4, fragmentation=0.5)
    found = dissociation.told_and_intruding(asked, came).set_index("quality")
    # persons 0, 1, 2: .6 against .3, .25 against .15, .35 against .15 (what came before the first has no pair)
    assert found.loc["vividness", "mean"] == pytest.approx((0.3 + 0.1 + 0.2) / 3.0)
    assert found.loc["accuracy", "mean"] == pytest.approx(-0.1)
    assert found.loc["fragmentation", "mean"] == pytest.approx(0.0)


def test_planted_dissociation_is_read_with_its_sign():
    rng = np.random.default_rng(6)
    fragmentation, dose = rng.uniform(size=(2, 200))
    asked = pd.DataFrame({"person": np.arange(200), "recall": 0.5, "fragmentation": fragmentation})
    asked = asked.assign(vividness=rng.uniform(size=200), accuracy=rng.uniform(size=200))
    times = 1 + rng.poisson(10.0 * fragmentation)  # the less coherent, the more intrusions
    came = pd.DataFrame({"person": np.repeat(np.arange(200), times), "vividness": rng.uniform(size=times.sum())})
    side = dissociation.sides(asked, came, pd.DataFrame({"minute": 0, "dose": dose}, index=np.arange(200)))
    found = dissociation.relations(side).set_index(["first", "second", "given"])
    assert found.loc[("coherence", "intrusions", "dose"), "high"] < -0.5
    vivid, coherent, gap = dissociation.coherent_or_vivid(side)
    assert gap.value == pytest.approx(vivid.r - coherent.r)
    assert gap.low > 0.0
    row = dissociation.vivid_or_coherent(side).iloc[0]
    assert row["difference"] == row["vividness"] - row["coherence"] == gap.value
    assert row["df"] == 197
    assert dissociation.vivid_or_coherent(side.assign(vividness=0.5)).empty


def test_central_content_that_is_kept_is_told():
    kept = pd.DataFrame({"fidelity_central": [1.0, 0.9, 1.0, 0.8], "fidelity_peripheral": [0.7, 0.6, 0.6, 0.7]})
    whole = pd.DataFrame({"fidelity_central": np.ones(4), "fidelity_peripheral": np.ones(4)})
    found = dissociation.central_peripheral(
        pd.concat([*[kept.assign(episode="flood")] * 10, whole.assign(episode="market")])
    ).set_index("episode")
    assert found.loc["flood", "mean"] == pytest.approx(0.275)
    assert found.loc["flood", "d_low"] > 0.0
    assert found.loc["market", "mean"] == 0.0
    assert np.isnan(found.loc["market", "d"])


def test_confidence_that_outruns_accuracy_is_told_by_arousal():
    rng = np.random.default_rng(7)
    keys = pd.DataFrame({"person": np.repeat(np.arange(200), 2), "episode": ["calm", "wild"] * 200})
    memories = keys.assign(arousal=[0.2, 0.8] * 200)
    accuracy = rng.uniform(0.2, 0.6, 400)
    over = np.where(keys["episode"] == "wild", 0.2, 0.05)
    came = keys.assign(accuracy=accuracy, confidence=accuracy + over)
    found = dissociation.confidence(came, memories).set_index("arousal")
    assert found["over"].tolist() == pytest.approx([0.05, 0.2])
    assert found["slope"].tolist() == pytest.approx([1.0, 1.0])


def chance(rng, persons=60, days=84, link=0.0):
    """Intrusions of three episodes; on the days of the first the second follows with probability `link` more."""
    own = rng.uniform(0.05, 0.5, (persons, 1, 1))
    came = rng.uniform(size=(persons, days, 3)) < own
    came[:, :, 1] |= came[:, :, 0] & (rng.uniform(size=(persons, days)) < link)
    person, day, episode = np.nonzero(came)
    names = np.array(["flood", "rescue", "market"])
    return pd.DataFrame({"person": person, "minute": day * 1440 + 5, "episode": names[episode]})


def test_pairs_by_chance_are_not_linked_though_persons_differ():
    found = [network.together(chance(np.random.default_rng(seed)), 84) for seed in range(20)]
    assert all(len(pairs) == 3 for pairs in found)
    assert sum(len(network_figure.linked(pairs)) for pairs in found) <= 3  # of 60, of which chance gives .5
    assert np.mean([pairs["ratio"] for pairs in found]) == pytest.approx(1.0, abs=0.02)


def test_planted_link_is_found():
    found = network.together(chance(np.random.default_rng(9), link=0.5), 84)
    strong = network_figure.linked(found)
    assert strong[["first", "second"]].to_numpy().tolist() == [["flood", "rescue"]]


def test_together_by_hand():
    # Person 0, days 0 to 27: one on days 0, 1, 2, 3; the other on days 2, 3, 4; 4 x 3 / 28 by chance, 20 persons alike.
    one = pd.DataFrame({"minute": [0, 1440, 2880, 4320, 4330, 2885, 4325, 5760], "episode": [*"aaaaa", *"bbb"]})
    whole = pd.concat([one.assign(person=person) for person in range(40)])
    row = network.together(whole, 28).iloc[0]
    assert (row["persons"], row["seen"]) == (40, 80)
    assert row["expected"] == pytest.approx(40 * 12 / 28)
    assert row["ratio"] == row["low"] == row["high"] == pytest.approx(80 / (40 * 12 / 28))


def ratio_by_chance(rng):
    row = network.together(chance(rng, persons=80, days=56), 56).set_index(["first", "second"]).loc[("flood", "market")]
    return row["low"], row["high"]


def test_interval_of_links_holds_chance():
    recovery.check(ratio_by_chance, 1.0, recovery.FEW)


@pytest.mark.slow
def test_interval_of_links_holds_chance_in_full():
    recovery.check(ratio_by_chance, 1.0, recovery.SETS)


def lived(persons, weeks=12):
    """A study with all tables, of which the analysis reads."""
    rng = np.random.default_rng(10)
    weekly, _ = planted.counts(rng, persons, planted.ONE[:, :weeks], np.array([1.0]))
    study = planted.study(weekly)
    came = study.tables.table("intrusions")
    qualities = ["vividness", "accuracy", "confidence", "fragmentation"]
    came = came.assign(**{name: rng.uniform(size=len(came)) for name in qualities})
    grid = pd.MultiIndex.from_product([range(persons), range(1, weeks + 1)], names=["person", "week"]).to_frame(
        index=False
    )
    measures = grid.assign(day=grid["week"] * 7, minute=grid["week"] * 7 * 1440, recall=0.5)
    measures = measures.assign(**{name: rng.uniform(0.1, 0.9, len(grid)) for name in qualities})
    memories = pd.DataFrame({"person": np.arange(persons), "episode": "event", "arousal": 0.7, "charge": 0.4})
    memories = memories.assign(fidelity_central=0.9, fidelity_peripheral=rng.uniform(0.3, 0.9, persons))
    return planted.study(weekly, intrusions=came, measures=measures, memories=memories)


def test_section_tells_all_sides():
    found = section(lived(60))
    names = {table.name for table in found.tables}
    assert names == {
        "central_peripheral", "vividness_accuracy_time", "coherence_intrusions_time", "told_intruding",
        "sides_correlations", "vivid_or_coherent", "confidence_accuracy",
    }  # fmt: skip
    assert {picture.name for picture in found.pictures} == {"dissociations", "sides_over_time", "confidence_accuracy"}
    assert any("no two episodes" in warning for warning in found.warnings)
    assert any("dose does not differ" in warning for warning in found.warnings)
    assert not any("nan" in finding for finding in found.findings)


QUIET = {
    "12 persons": (lambda: lived(12), "need 20"),
    "intrusions alone": (lambda: planted.study(np.ones((60, 10), dtype=np.int64)), "no memories were recorded"),
    "plain intrusions": (lambda: planted.study(np.ones((60, 10), dtype=np.int64)), "intrusions lacks columns"),
    "no intrusions": (lambda: planted.study(np.zeros((60, 10), dtype=np.int64)), "do not differ between persons"),
}


@pytest.mark.parametrize("case", QUIET)
def test_section_says_what_is_missing(case):
    make, reason = QUIET[case]
    found = section(make())
    assert any(reason in warning for warning in found.warnings), found.warnings
    assert not any(table.frame.empty for table in found.tables)
