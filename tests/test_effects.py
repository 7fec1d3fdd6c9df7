"""Effects on each person: the planted truth comes back exactly, and helped, harmed and NNT are those worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toy_trial import AFTER, BEFORE, CASE, SCALE, allocation, rows

from analysis.trials.effects import benefit, effects, expected_effects, paired_gain, shares
from analysis.trials.outcome import Outcome, TrialError

ARMS = ("waiting", "therapy", "drug")
# Ten persons; effects of therapy worked out by hand below.
WAITING = [40, 40, 40, 40, 36, 36, 30, 30, 30, 30]
THERAPY = [30, 34, 35, 36, 32, 40, 30, 32, 36, 20]  # -10 -6 -5 -4 -4 +4 0 +2 +6 -10
DRUG = [40, 40, 40, 40, 36, 36, 30, 30, 30, 35]


def ten() -> pd.DataFrame:
    return rows({"waiting": WAITING, "therapy": THERAPY, "drug": DRUG}, AFTER)


def by_arm(found: pd.DataFrame, arm: str, outcome: str = "symptoms") -> pd.DataFrame:
    return found[(found["arm"] == arm) & (found["outcome"] == outcome)]


def test_the_planted_effects_come_back_exactly() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(40, 8, 500).astype(np.float32)
    effect = np.float32(rng.integers(-40, 40, 500) / 4)  # no rounding in float32
    base = np.round(base * 4) / 4
    scores = rows({"waiting": base, "therapy": base + effect}, AFTER).sample(frac=1.0, random_state=1)
    scores["score"] = np.nan  # what is read with error has no part in it
    found = effects(scores, allocation([None] * 500), ("waiting", "therapy"), "waiting", [SCALE])
    assert found.columns.tolist() == ["person", "outcome", "arm", "under_arm", "under_reference", "effect"]
    assert found["person"].tolist() == list(range(500))
    np.testing.assert_array_equal(found["effect"], effect.astype(float))
    np.testing.assert_array_equal(found["under_reference"], base.astype(float))


def test_each_arm_is_held_against_the_reference() -> None:
    found = effects(ten(), allocation([None] * 10), ARMS, "waiting", [SCALE, CASE])
    assert len(found) == 10 * 2 * 2
    assert by_arm(found, "therapy")["effect"].tolist() == [-10, -6, -5, -4, -4, 4, 0, 2, 6, -10]
    assert by_arm(found, "drug")["effect"].tolist() == [0] * 9 + [5]
    assert by_arm(found, "therapy", "case")["effect"].tolist() == [-1, 0, 0, 0, -1, 0, 0, 0, 1, 0]
    turned = effects(ten(), allocation([None] * 10), ARMS, "therapy", [SCALE])
    assert by_arm(turned, "waiting")["effect"].tolist() == [10, 6, 5, 4, 4, -4, 0, -2, -6, 10]


def test_rows_of_the_shared_history_hold_for_every_arm() -> None:
    early = replace(SCALE, minute=BEFORE)
    scores = pd.concat([rows({None: WAITING}, BEFORE), ten()])
    found = effects(scores, allocation([None] * 10), ARMS, "waiting", [early])
    assert len(found) == 20
    assert (found["effect"] == 0).all()
    assert by_arm(found, "drug")["under_arm"].tolist() == WAITING
    # One arm has parted, the other still shares what all share.
    mixed = pd.concat([rows({None: WAITING[:5]}, AFTER), ten().query("person >= 5")])
    found = effects(mixed, allocation([None] * 10), ARMS, "waiting", [SCALE])
    assert by_arm(found, "therapy")["effect"].tolist() == [0] * 5 + [4, 0, 2, 6, -10]


def test_only_the_eligible_have_effects() -> None:
    allotted = allocation(["therapy"] * 10, eligible=[0, 0, 0, 1, 1, 1, 1, 1, 1, 0])
    found = effects(ten(), allotted, ARMS, "waiting", [SCALE])
    assert found["person"].unique().tolist() == [3, 4, 5, 6, 7, 8]


def test_helped_harmed_and_nnt_as_worked_by_hand() -> None:
    found = shares(effects(ten(), allocation([None] * 10), ARMS, "waiting", [SCALE, CASE]), [SCALE, CASE])
    told = found.set_index(["outcome", "arm"])
    # At least 5 points lower: -10 -6 -5 -10; higher: +6. 1/(0.4 - 0.1) = 3.33.
    scale = told.loc[("symptoms", "therapy")]
    assert (scale["persons"], scale["helped"], scale["harmed"]) == (10, 0.4, 0.1)
    assert scale["exact"] == pytest.approx(-2.7)
    assert scale["nnt"] == pytest.approx(10 / 3)
    # Two cases fewer, one more: risk 0.6 under waiting, 0.5 under therapy; 1/0.1 = 10.
    case = told.loc[("case", "therapy")]
    assert (case["helped"], case["harmed"]) == (0.2, 0.1)
    assert case["exact"] == pytest.approx(-0.1)
    assert case["nnt"] == pytest.approx(10.0)
    # The drug moves one person, by 5 points the wrong way and over the cut-off: number needed to harm.
    assert told.loc[("symptoms", "drug"), "nnt"] == pytest.approx(-10.0)
    assert told.loc[("case", "drug"), "nnt"] == pytest.approx(-10.0)


def test_where_higher_is_better_the_same_effects_harm() -> None:
    higher = replace(SCALE, better="higher")
    found = shares(effects(ten(), allocation([None] * 10), ARMS, "waiting", [higher]), [higher])
    therapy = found.set_index("arm").loc["therapy"]
    assert (therapy["helped"], therapy["harmed"]) == (0.1, 0.4)
    assert therapy["nnt"] == pytest.approx(-10 / 3)


def test_without_a_margin_any_effect_counts_but_none_is_no_help() -> None:
    found = benefit(pd.Series([-0.001, 0.0, 0.5, np.nan]), replace(SCALE, margin=0.0))
    np.testing.assert_array_equal(found, [1.0, 0.0, -1.0, np.nan])


def test_an_undefined_reading_leaves_the_effect_undefined_and_is_counted() -> None:
    scores = ten()
    scores.loc[scores["person"] == 3, "state"] = np.nan
    scores = scores[~((scores["person"] == 4) & (scores["arm"] == "waiting"))]
    found = effects(scores, allocation([None] * 10), ARMS, "waiting", [SCALE, CASE])
    told = shares(found, [SCALE, CASE]).set_index(["outcome", "arm"])
    assert by_arm(found, "therapy", "case")["effect"].isna().tolist() == [k in (3, 4) for k in range(10)]
    assert (told["persons"] == 8).all()
    assert (told["undefined"] == 2).all()


def test_expected_effects_average_over_seeds_with_their_standard_error() -> None:
    seeds = [
        effects(
            rows({"waiting": [30.0, 30.0], "therapy": [30.0 + e, 25.0]}, AFTER),
            allocation([None, None], eligible=[1, int(e < 0)]), ("waiting", "therapy"), "waiting", [SCALE],
        )
        for e in (-8.0, -4.0, 0.0)
    ]  # fmt: skip
    found = expected_effects(seeds).set_index("person")
    # Person 0: mean -4, standard deviation 4, error 4/sqrt(3). Person 1 was eligible at two seeds.
    assert found.loc[0, "effect"] == -4.0
    assert found.loc[0, "se"] == pytest.approx(4 / 3**0.5)
    assert found["seeds"].tolist() == [3, 2]
    assert (found.loc[1, "effect"], found.loc[1, "se"]) == (-5.0, 0.0)
    told = shares(expected_effects(seeds), [SCALE]).iloc[0]
    assert (told["persons"], told["helped"], told["exact"]) == (2, 0.5, -4.5)
    assert np.isnan(expected_effects(seeds[:1])["se"]).all()


def test_the_expected_effect_is_within_its_standard_error_of_the_truth() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(-3.0, 5.0, 400)
    seeds = []
    for _ in range(50):
        base = rng.normal(30.0, 5.0, 400)
        treated = base + truth + rng.normal(0.0, 3.0, 400)
        scores = rows({"waiting": base, "therapy": treated}, AFTER)
        seeds.append(effects(scores, allocation([None] * 400), ("waiting", "therapy"), "waiting", [SCALE]))
    found = expected_effects(seeds)
    assert found["se"].mean() == pytest.approx(3.0 / 50**0.5, rel=0.03)
    z = (found["effect"] - truth) / found["se"]  # t with 49 degrees of freedom: variance 49/47
    assert z.var() == pytest.approx(49 / 47, rel=0.25)  # 3.3 standard errors of a variance of 400


def test_common_draws_gain_what_the_correlation_says() -> None:
    # Luck of variance 16 that both arms share and of 4 that each has: sqrt((2 * 16 + 2 * 4) / (2 * 4)) = sqrt(5).
    rng = np.random.default_rng(4)
    seeds = []
    for _ in range(40):
        shared, own = rng.normal(0.0, 4.0, 300), rng.normal(0.0, 2.0, (2, 300))
        scores = rows({"waiting": 40 + shared + own[0], "therapy": 30 + shared + own[1]}, AFTER)
        seeds.append(effects(scores, allocation([None] * 300), ("waiting", "therapy"), "waiting", [SCALE]))
    told = paired_gain(seeds).iloc[0]
    assert told["persons"] == 300
    assert told["paired_sd"] == pytest.approx(8**0.5, rel=0.03)
    assert told["ratio"] == pytest.approx(5**0.5, rel=0.04)
    with pytest.raises(TrialError, match="two or more"):
        paired_gain(seeds[:1])


def test_without_any_spread_the_gain_is_not_told() -> None:
    one = effects(ten(), allocation([None] * 10), ARMS, "waiting", [SCALE])
    assert paired_gain([one, one])["ratio"].isna().all()


@pytest.mark.parametrize(
    ("arms", "reference", "message"),
    [
        (("waiting",), "waiting", "only arm"),
        (("waiting", "therapy"), "placebo", "'placebo' is no arm; there are: waiting, therapy"),
        (("waiting", "waiting"), "waiting", "named twice"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(arms: tuple[str, ...], reference: str, message: str) -> None:
    with pytest.raises(TrialError, match=message):
        effects(ten(), allocation([None] * 10), arms, reference, [SCALE])


def test_what_was_never_read_is_refused_with_what_was() -> None:
    with pytest.raises(TrialError, match="no 'pcl' at minute 5; it was read at minutes 43200"):
        effects(ten(), allocation([None] * 10), ARMS, "waiting", [replace(SCALE, minute=5)])
    with pytest.raises(TrialError, match="never read"):
        effects(ten(), allocation([None] * 10), ARMS, "waiting", [replace(SCALE, instrument="ies")])
    with pytest.raises(TrialError, match="no outcome"):
        effects(ten(), allocation([None] * 10), ARMS, "waiting", [])
    with pytest.raises(TrialError, match="two readings"):
        effects(pd.concat([ten(), ten()]), allocation([None] * 10), ARMS, "waiting", [SCALE])
    with pytest.raises(TrialError, match="stands there twice"):
        effects(ten(), pd.concat([allocation([None] * 10)] * 2), ARMS, "waiting", [SCALE])


def test_nobody_eligible_gives_no_rows_and_shares_that_are_not_told() -> None:
    found = effects(ten(), allocation([None] * 10, eligible=[0] * 10), ARMS, "waiting", [SCALE, CASE])
    assert found.empty
    told = shares(found, [SCALE, CASE])
    assert len(told) == 4
    assert (told["persons"] == 0).all()
    assert told[["exact", "helped", "harmed", "nnt"]].isna().all(axis=None)


def test_an_outcome_of_other_words_is_refused() -> None:
    whole = vars(SCALE)
    assert Outcome.of(whole) == SCALE
    with pytest.raises(TrialError, match="colour missing or unknown"):
        Outcome.of({**whole, "colour": 1})
    with pytest.raises(TrialError, match="better = 'worse'; permitted: lower, higher"):
        Outcome.of({**whole, "better": "worse"})
    with pytest.raises(TrialError, match="margin = -1"):
        Outcome.of({**whole, "margin": -1.0})
