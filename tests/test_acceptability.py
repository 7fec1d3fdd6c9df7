"""Cost-effectiveness with its uncertainty: steps by hand, probabilities by the beta distribution, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import recovery
from scipy import stats

from analysis.trials.acceptability import Draws, acceptability, disability_shape, ladder, plane, resample
from analysis.trials.acceptability_figure import draw
from analysis.trials.economics import DISABILITY_WEIGHT, YEAR
from analysis.trials.outcome import TrialError


def frames(gain: list[float], price: list[float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Days free and US$ of persons, of whom `gain` and `price` are what care adds to usual."""
    index = pd.Index(range(len(gain)), name="person")
    free = pd.DataFrame({"usual": 300.0, "care": 300.0 + np.array(gain)}, index=index)
    return free, pd.DataFrame({"usual": 50.0, "care": 50.0 + np.array(price)}, index=index)


def alike(n: int = 10) -> Draws:
    """Care gives each of n persons a year free of it for US$ 2,000: only the disability weight is uncertain."""
    return resample(*frames([YEAR] * n, [2000.0] * n), "usual")


def test_the_disability_weight_has_the_mean_and_interval_of_its_source() -> None:
    weight = stats.beta(*disability_shape())
    assert weight.mean() == pytest.approx(DISABILITY_WEIGHT)
    assert weight.ppf([0.025, 0.975]) == pytest.approx([0.091, 0.186], abs=0.006)


def test_the_plane_by_hand() -> None:
    row = plane(alike()).iloc[0]
    weight = stats.beta(*disability_shape())
    assert row["averted"] == pytest.approx(0.133)
    assert (row["averted_low"], row["averted_high"]) == pytest.approx(weight.ppf([0.025, 0.975]), abs=0.004)
    assert (row["extra"], row["extra_low"], row["extra_high"]) == pytest.approx((2000.0, 2000.0, 2000.0))
    assert row["per_daly"] == pytest.approx(2000.0 / 0.133)  # 15,038 US$
    limits = 2000.0 / weight.ppf([0.975, 0.025])
    assert (row["per_daly_low"], row["per_daly_high"]) == pytest.approx(limits, rel=0.03)
    assert (row["better_dearer"], row["better_cheaper"], row["worse_dearer"]) == (1.0, 0.0, 0.0)


def test_the_curve_is_the_distribution_of_the_weight() -> None:
    """Care is best where the weight is above 2,000 US$ / price."""
    prices = (5_000.0, 12_000.0, 15_000.0, 20_000.0, 50_000.0)
    found = acceptability(alike(), prices).set_index(["price", "arm"])
    for price in prices:
        expected = stats.beta(*disability_shape()).sf(2000.0 / price)
        assert found.loc[(price, "care"), "probability"] == pytest.approx(expected, abs=0.025)
        assert found.loc[price, "probability"].sum() == pytest.approx(1.0)
        assert found.loc[(price, "care"), "benefit"] == pytest.approx(0.133 * price - 2000.0)
        assert (found.loc[(price, "usual"), ["benefit", "low", "high"]] == 0.0).all()


def test_a_price_has_no_interval_where_nothing_may_be_gained() -> None:
    rng = np.random.default_rng(1)
    row = plane(resample(*frames(list(rng.normal(1.0, 20.0, 50)), [100.0] * 50), "usual")).iloc[0]
    assert np.isnan([row["per_daly_low"], row["per_daly_high"]]).all()
    assert row["averted_low"] < 0.0 < row["averted_high"]
    assert row["better_dearer"] + row["worse_dearer"] == pytest.approx(1.0)
    worse = plane(resample(*frames([-5.0] * 5, [-10.0] * 5), "usual")).iloc[0]
    assert np.isnan(worse["per_daly"])
    assert worse["worse_cheaper"] == 1.0


def test_the_ladder_by_hand() -> None:
    """Five arms: usual (0, 0); A averts .1 for 1,000; B .2 for 4,000; C .3 for 5,000; D .25 for 6,000.

    C averts more than D for less: D is dominated. From A to B a DALY costs 30,000, from B to C 10,000: B is dominated
    by mixtures of A and C. What is left: A at 10,000, then C at 4,000 / .2 = 20,000 US$ a DALY.
    """
    mean = pd.DataFrame(
        {"averted": [0.0, 0.1, 0.2, 0.3, 0.25], "extra": [0.0, 1000.0, 4000.0, 5000.0, 6000.0]},
        index=["usual", "A", "B", "C", "D"],
    )
    nothing = pd.DataFrame(0.0, index=range(3), columns=mean.index)
    found = ladder(Draws(nothing, nothing, mean, "usual", 10)).set_index("arm")
    assert found["status"].to_dict() == {
        "usual": "on the frontier", "A": "on the frontier", "B": "extendedly dominated", "C": "on the frontier",
        "D": "dominated",
    }  # fmt: skip
    assert found["icer"].dropna().to_dict() == pytest.approx({"A": 10_000.0, "C": 20_000.0})


def test_what_costs_less_and_does_more_dominates_the_usual() -> None:
    found = ladder(resample(*frames([10.0] * 4, [-5.0] * 4), "usual")).set_index("arm")
    assert found.loc["usual", "status"] == "dominated"
    assert found.index[0] == "care"
    assert found["icer"].isna().all()


@pytest.mark.parametrize("sets", [recovery.FEW, pytest.param(recovery.SETS, marks=pytest.mark.slow)])
def test_the_interval_of_what_it_costs_holds_the_truth(sets: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        row = plane(resample(*frames([1.0] * 120, list(rng.gamma(4.0, 25.0, 120))), "usual")).iloc[0]
        return row["extra_low"], row["extra_high"]

    recovery.check(interval, 100.0, sets)


def test_what_cannot_be_told_is_refused() -> None:
    free, spent = frames([1.0], [1.0])
    with pytest.raises(TrialError, match="two or more"):
        resample(free, spent, "usual")
    free, spent = frames([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(TrialError, match="no arm"):
        resample(free, spent, "nothing")
    with pytest.raises(TrialError, match="only arm"):
        resample(free[["usual"]], spent[["usual"]], "usual")


def test_the_figure_has_plane_and_curve() -> None:
    figure = draw(alike(), "title")
    figure.canvas.draw()
    words = " ".join(text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")))
    for word in (
        "DALYs averted a 1,000 persons",
        "further cost (US$ a person)",
        "probability of being the best",
        "n = 10",
    ):
        assert word in words
