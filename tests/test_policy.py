"""Who should get what: a planted truth found, nothing found in noise, the search held against every tree there is."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design.discovery import prim
from analysis.design.lives import Lives, joined
from analysis.design.measurement import ALONE, TOGETHER, WITHOUT, measured, value_of_measurement
from analysis.design.policy import appraise, held_out, said, tree_of
from analysis.design.policy_figure import draw
from analysis.design.tree import Leaf, Split, as_mapping, assign, grow, questions, told
from analysis.design.uncertain import under_uncertainty
from analysis.trials.outcome import Outcome, TrialError

SYMPTOMS = Outcome("symptoms", "pcl", 1, "lower", margin=5.0, unit="points")
ARMS = ("nothing", "drug")


def planted(
    persons: int = 400,
    seeds: int = 6,
    correlation: float = 1.0,
    effect: float = 4.0,
    luck: float = 1.0,
    key: int = 0,
) -> Lives:
    """A cohort in which noradrenergic sensitivity z alone decides: the drug gains ``effect z`` points, and luck.

    The oracle gains ``effect / sqrt(2 pi)`` over one size for all; a measurement of z gains its correlation with z of
    that. Beside it stand adversity, age, sex and heart rate, which have nothing to do with it.
    """
    rng = np.random.default_rng(key)
    person, seed = np.repeat(np.arange(persons), seeds), np.tile(np.arange(seeds), persons)
    z = rng.standard_normal(persons)
    z = (z - z.mean())[person]  # neither arm is better for all
    usual = rng.normal(30.0, 8.0, persons)[person] + rng.normal(0.0, 3.0, persons * seeds)
    other = usual - effect * z + rng.normal(0.0, luck, persons * seeds)
    known = {
        "sensitivity": measured(z, correlation**2, rng),
        "adversity": rng.poisson(1.7, persons)[person].astype(float),
        "age": rng.uniform(18.0, 60.0, persons)[person],
        "female": rng.integers(0, 2, persons)[person].astype(float),
        "heart-rate": rng.normal(67.0, 10.0, persons * seeds),
    }
    return Lives(person, seed, pd.DataFrame(known), np.column_stack([usual, other]), ARMS, SYMPTOMS)


# --- the search


def every_tree(codes: pd.DataFrame, gains: np.ndarray, depth: int) -> float:
    """Largest sum of gains of any tree, by trying all."""
    best = float(gains.sum(axis=0).max(initial=-np.inf)) if len(gains) else 0.0
    if depth == 0 or not len(gains):
        return best
    for name in codes:
        for at in np.unique(codes[name])[1:]:
            below = (codes[name] < at).to_numpy(bool)
            both = every_tree(codes[below], gains[below], depth - 1) + every_tree(
                codes[~below], gains[~below], depth - 1
            )
            best = max(best, both)
    return best


@pytest.mark.parametrize(("depth", "levels"), list(product((0, 1, 2, 3), (2, 4))))
def test_the_search_finds_the_best_of_all_trees(depth: int, levels: int) -> None:
    rng = np.random.default_rng(depth)
    known = pd.DataFrame(rng.integers(0, levels, (40, 3)).astype(float), columns=list("abc"))
    gains = np.column_stack([np.zeros(40), rng.normal(size=(40, 2))])
    choice = assign(grow(known, gains, depth), known)
    assert gains[np.arange(40), choice].sum() == pytest.approx(every_tree(known, gains, depth))


def test_an_interaction_that_no_single_split_shows_is_found() -> None:
    a, b = np.meshgrid([0.0, 1.0], [0.0, 1.0])
    known = pd.DataFrame({"noise": np.arange(80) % 7.0, "a": np.tile(a.ravel(), 20), "b": np.tile(b.ravel(), 20)})
    gains = np.column_stack([np.zeros(80), np.where(known["a"] == known["b"], 1.0, -1.0)])
    tree = grow(known, gains, 2)
    assert questions(tree) == {"a", "b"}
    assert gains[np.arange(80), assign(tree, known)].sum() == 40.0


def test_a_leaf_has_two_percent_and_the_missing_go_below() -> None:
    known = pd.DataFrame({"a": [np.nan] * 50 + [1.0] * 49 + [2.0]})
    gains = np.column_stack([np.zeros(100), [-1.0] * 50 + [1.0] * 49 + [-100.0]])
    tree = grow(known, gains, 1)  # the one person above could be kept apart, but is too few
    assert tree == Leaf(0)
    gains[99, 1] = 1.0
    tree = grow(known, gains, 1)
    assert tree == Split("a", 1.0, Leaf(0), Leaf(1))
    assert told(tree, ARMS) == ["a < 1: nothing", "a >= 1: drug"]
    assert as_mapping(tree, ARMS) == {
        "measurement": "a", "threshold": 1.0, "below": {"arm": "nothing"}, "above": {"arm": "drug"},
    }  # fmt: skip


def test_a_constant_measurement_splits_nobody_and_a_depth_is_checked() -> None:
    known = pd.DataFrame({"a": [1.0] * 10, "b": [np.nan] * 10})
    assert grow(known, np.column_stack([np.zeros(10), np.ones(10)]), 2) == Leaf(1)
    with pytest.raises(ValueError, match="permitted: 0 to 3"):
        grow(known, np.zeros((10, 2)), 4)


# --- a planted truth


def test_a_reliable_measurement_recovers_nine_tenths_of_the_oracle() -> None:
    found = appraise(planted(correlation=0.95**0.5), 2)
    share, low, high = found.recovered
    assert 0.9 <= low < share < high < 1.01
    assert questions(found.tree) >= {"sensitivity"}
    assert found.pays
    oracle = found.regimes.loc["oracle", "over_one_size"]
    assert oracle == pytest.approx(4.0 / np.sqrt(2.0 * np.pi), rel=0.1)
    assert found.regimes.loc["flexible", "gain"] == pytest.approx(found.regimes.loc["policy", "gain"], rel=0.1)


@pytest.mark.parametrize("r", [0.3, 0.5, 0.7])
def test_the_share_recovered_is_the_correlation_of_measurement_and_truth(r: float) -> None:
    _, low, high = appraise(planted(1200, 3, correlation=r, key=3), 1, flexible=False).recovered
    assert low <= r <= high
    assert high - low < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("r", [0.3, 0.5, 0.7])
def test_the_interval_of_the_share_holds_the_correlation(r: float) -> None:
    held = 0
    for key in range(100):
        _, low, high = appraise(planted(400, 3, correlation=r, key=key), 1, flexible=False).recovered
        held += low <= r <= high
    assert held >= 88


def test_value_of_information_ranks_the_measurement_that_decides_first() -> None:
    lives = planted(correlation=0.9)
    worth = value_of_measurement(lives, 2, {"asked": ["adversity", "age", "female"]})
    by = worth.set_index(["what", "measurement"])
    for what in (ALONE, WITHOUT):
        first = worth[worth["what"] == what].iloc[0]
        assert first["measurement"] == "sensitivity"
        assert first["low"] > 0.0
        others = worth[(worth["what"] == what) & (worth["measurement"] != "sensitivity")]
        assert (others["gain"].abs() < 0.15 * first["gain"]).all()
    assert by.loc[(TOGETHER, "asked"), "low"] <= 0.0
    assert by.loc[(TOGETHER, "all"), "gain"] == pytest.approx(by.loc[(ALONE, "sensitivity"), "gain"], rel=0.1)
    assert by.loc[(TOGETHER, "all"), "count"] == 5


def test_prim_boxes_the_measurement_that_decides_and_nothing_where_none_does() -> None:
    lives = planted(correlation=0.95**0.5)
    box, *more = prim(lives.measurements, lives.outcomes[:, 1] < lives.outcomes[:, 0])  # whom the drug benefits
    assert not more
    assert set(box.limits) == {"sensitivity"}
    low, high = box.limits["sensitivity"]
    assert low == pytest.approx(0.0, abs=0.3)  # SD from where the effect turns
    assert high == np.inf
    assert box.density > 0.85
    lives = planted(effect=0.0)
    assert prim(lives.measurements, lives.outcomes[:, 1] < lives.outcomes[:, 0]) == []


def test_with_nothing_planted_the_policy_gains_nothing_and_says_so() -> None:
    lives = planted(effect=0.0, luck=4.0)
    found = appraise(lives, 2)
    row = found.regimes.loc["policy"]
    assert row["over_one_size_low"] <= 0.0 <= row["over_one_size_high"]
    assert not found.pays
    assert np.isnan(found.recovered).all()
    first, second, _ = said(found, lives)
    assert "gains nothing that can be told from 0" in first
    assert second.startswith("Nor could knowledge")
    assert found.stability["drug"] < 0.2


@pytest.mark.parametrize("sets", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_noise_seldom_looks_like_a_gain(sets: int) -> None:
    lows = [
        appraise(planted(60, 3, effect=0.0, luck=4.0, key=key), 1 + (sets > 20), flexible=False).regimes.loc["policy"]
        for key in range(sets)
    ]
    assert sum(row["over_one_size_low"] > 0.0 for row in lows) <= max(0.05 * sets, 1)


@pytest.mark.parametrize("seeds", [2, 3])
def test_an_oracle_that_knows_little_is_not_worse_than_one_size(seeds: int) -> None:
    """Luck is three times what differs between persons, and the drug is good for nearly all of them."""
    lives = planted(300, seeds, effect=1.0, luck=3.0)
    better = Lives(lives.person, lives.seed, lives.measurements, lives.outcomes - [0.0, 2.0], ARMS, SYMPTOMS)
    rows = appraise(better, 0, flexible=False).regimes
    assert rows.loc["oracle", "over_one_size"] > -0.01
    assert rows.loc["oracle", "over_one_size"] < 0.15


def test_the_oracle_knows_no_luck_of_the_life_it_is_valued_on() -> None:
    """It has one other life to go by, which correlates with the person's effect by 1 / sqrt(1 + 9)."""
    rows = appraise(planted(1500, 2, effect=1.0, luck=3.0), 0, flexible=False).regimes
    low, high = rows.loc["oracle", ["over_one_size_low", "over_one_size_high"]]
    assert low <= 10.0**-0.5 / np.sqrt(2.0 * np.pi) <= high
    assert high < 0.3


# --- what is counted


def by_hand() -> Lives:
    """Ten persons under two seeds; the drug gains the first six 10 points and costs the others 6, without luck."""
    person, seed = np.repeat(np.arange(10), 2), np.tile([1, 2], 10)
    usual = np.full(20, 40.0)
    drug = usual - np.where(person < 6, 10.0, -6.0)
    known = pd.DataFrame({"young": (person < 6).astype(float)})
    return Lives(person, seed, known, np.column_stack([usual, drug]), ARMS, SYMPTOMS)


def test_regimes_are_worth_what_was_worked_out_by_hand() -> None:
    found = appraise(by_hand(), 1, flexible=False)
    rows = found.regimes
    assert found.common == "drug"  # 6 x 10 - 4 x 6 = 36 of 10 persons
    assert rows["value"].tolist() == pytest.approx([40.0, 36.4, 34.0, 34.0])
    assert rows["gain"].tolist() == pytest.approx([0.0, 3.6, 6.0, 6.0])
    assert rows["regret"].tolist() == pytest.approx([6.0, 2.4, 0.0, 0.0])
    assert rows["harmed"].tolist() == pytest.approx([0.0, 0.4, 0.0, 0.0])
    assert rows["helped"].tolist() == pytest.approx([0.0, 0.6, 0.6, 0.6])
    assert rows["nnt"].tolist()[1:] == pytest.approx([5.0, 1 / 0.6, 1 / 0.6])
    assert np.isnan(rows["nnt"].iloc[0])
    assert found.recovered[0] == pytest.approx(1.0)
    assert found.shares.loc["policy"].tolist() == pytest.approx([0.4, 0.6])
    assert found.stability["drug"] == pytest.approx(1.0)


def test_where_higher_is_better_signs_turn_round() -> None:
    lives = by_hand()
    higher = Outcome("function", "pcl", 1, "higher", margin=5.0)
    turned = Lives(lives.person, lives.seed, lives.measurements, 80.0 - lives.outcomes, ARMS, higher)
    rows = appraise(turned, 1, flexible=False).regimes
    assert rows["value"].tolist() == pytest.approx([40.0, 43.6, 46.0, 46.0])
    assert rows["gain"].tolist() == pytest.approx([0.0, 3.6, 6.0, 6.0])


def test_nobody_is_treated_by_those_who_were_learned_from() -> None:
    lives, seen = planted(23, 3), list[int]()

    def learner(given: Lives, rows: np.ndarray) -> Any:
        def choose(held: pd.DataFrame) -> np.ndarray:
            persons = set(lives.person[held.index])
            assert not persons & set(given.person[rows])
            assert len(persons) + len(set(given.person[rows])) == 23
            seen.extend(held.index)
            return np.ones(len(held), dtype=np.int64)

        return choose

    assert (held_out(lives, learner, 1) == 1).all()
    assert sorted(seen) == list(range(69))


def test_what_seems_to_tell_of_those_it_was_learned_from_tells_nothing() -> None:
    """Each person has a mark of its own, and gains at random: what a mark tells is of no use to others."""
    rng = np.random.default_rng(1)
    n = 60
    gains = np.where(rng.random(n) < 0.5, 1.0, -1.0)
    lives = Lives(
        np.repeat(np.arange(n), 2), np.tile([1, 2], n), pd.DataFrame({"mark": np.repeat(np.arange(float(n)), 2)}),
        np.column_stack([np.zeros(2 * n), np.repeat(-gains, 2)]), ARMS, SYMPTOMS,
    )  # fmt: skip
    honest = lives.chosen(held_out(lives, tree_of(2, 1), 1)).mean()
    choice = assign(grow(lives.measurements, lives.gains, 2), lives.measurements)
    assert lives.chosen(choice).mean() > max(honest, 0.0) + 0.09  # the same persons would seem to gain


# --- other parameters


def test_a_policy_that_is_wrong_under_other_parameters_shows_what_is_lost() -> None:
    same, turned = planted(300, 3), planted(300, 3, effect=-4.0)
    found = under_uncertainty({"stated": same, "same": same, "turned": turned}, 1).set_index("set")
    assert found.loc["same", "lost"] == 0.0
    gain = 4.0 / np.sqrt(2.0 * np.pi)
    assert found.loc["stated", "own"] == pytest.approx(gain, rel=0.15)
    assert found.loc["turned", "own"] == pytest.approx(gain, rel=0.15)
    assert found.loc["turned", "stated"] == pytest.approx(-gain, rel=0.15)
    assert found.loc["turned", "low"] <= 2.0 * gain <= found.loc["turned", "high"] + 0.2


def test_sets_that_do_not_go_together_are_refused() -> None:
    lives = planted(20, 2)
    other = Lives(lives.person, lives.seed, lives.measurements[["age"]], lives.outcomes, ARMS, SYMPTOMS)
    with pytest.raises(TrialError, match="cannot be joined"):
        joined([lives, other])
    with pytest.raises(TrialError, match="two or more"):
        under_uncertainty({"stated": lives}, 1)


# --- what cannot be told


def lives_of(**changed: Any) -> Lives:
    lives = planted(12, 2)
    return Lives(**({**vars(lives)} | changed))


def test_degenerate_lives_are_refused_or_give_no_gain() -> None:
    lives = planted(12, 2)
    with pytest.raises(TrialError, match="no life"):
        lives_of(person=lives.person[:0])
    with pytest.raises(TrialError, match="two arms"):
        lives_of(arms=("nothing",))
    with pytest.raises(TrialError, match="missing in a life"):
        lives_of(outcomes=np.full_like(lives.outcomes, np.nan))
    with pytest.raises(TrialError, match="one seed"):
        appraise(lives_of(seed=np.zeros(24, dtype=np.int64)), 1, flexible=False)
    with pytest.raises(TrialError, match="3 persons"):
        appraise(planted(3, 2), 1)
    twelve = appraise(lives, 1)
    assert np.isfinite(twelve.regimes.drop(columns="nnt").to_numpy()).all()
    alike = appraise(lives_of(outcomes=np.ones_like(lives.outcomes)), 1, flexible=False)
    assert (alike.regimes["gain"] == 0.0).all()
    assert alike.stability.isna().all()
    nothing = lives_of(measurements=pd.DataFrame(index=range(24)))
    assert appraise(nothing, 2).tree == Leaf(appraise(nothing, 0).choices["one_size"][0])
    assert value_of_measurement(nothing, 2).empty


def test_reliability_is_the_share_of_true_variance() -> None:
    rng = np.random.default_rng(1)
    truth = rng.lognormal(0.0, 0.25, 200_000)
    for reliability in (0.3, 0.8):
        found = measured(truth, reliability, rng)
        assert np.corrcoef(found, truth)[0, 1] ** 2 == pytest.approx(reliability, abs=0.01)
    assert (measured(truth, 1.0, rng) == truth).all()
    with pytest.raises(ValueError, match="reliability"):
        measured(truth, 0.0, rng)


@pytest.mark.parametrize("depth", [0, 2])
def test_the_figure_has_all_that_is_told(depth: int) -> None:
    lives = planted(60, 2)
    found = appraise(lives, depth, flexible=False)
    figure = draw(found, value_of_measurement(lives, min(depth, 1)), lives, "title")
    figure.canvas.draw()
    words = " ".join(text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")))
    for word in ("the tree", "oracle", "heart-rate", "gain over the status quo", "95% intervals", "n = 60"):
        assert word in words
