"""Prevalence over time, days free of the disorder and what they cost: an example by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import toy_trial

from analysis.trials.economics import DISABILITY_WEIGHT, YEAR, accounts, economics, prevalence
from analysis.trials.outcome import Outcome, TrialError

DAY = 1440
CASE = Outcome("case", "pcl", 30 * DAY, "lower", cutoff=33.0)
ARMS = ("usual", "care")


def frames() -> dict[str, Any]:
    """Four persons (the last is not eligible), read on day 0 (all alike), 10 and 30; a case reads 40.

    usual: person 0 is a case throughout, 1 at days 0 and 10, 2 never. care: 0 at days 0 and 10, 1 on day 0 only.
    """
    case, well = 40.0, 20.0
    scores = pd.concat(
        [
            toy_trial.rows({None: [case, case, well, case]}, 0),
            toy_trial.rows({"usual": [case, case, well, case], "care": [case, well, well, case]}, 10 * DAY),
            toy_trial.rows({"usual": [case, well, well, case], "care": [well, well, well, case]}, 30 * DAY),
        ],
        ignore_index=True,
    )
    told = [
        ("care", 0, 5 * DAY, "talks", 1, 1), ("care", 0, 12 * DAY, "talks", 2, 1), ("care", 1, 5 * DAY, "talks", 1, 0),
        ("care", 2, 5 * DAY, "leaflet", 1, 1), ("care", 3, 5 * DAY, "talks", 1, 1),
        ("care", 0, 31 * DAY, "talks", 3, 1), (None, 1, 2 * DAY, "visit", 1, 1), ("usual", 2, 5 * DAY, "talks", 1, 1),
    ]  # fmt: skip
    return {
        "scores": scores,
        "allocation": toy_trial.allocation(["usual", "care", "care", None], eligible=[1, 1, 1, 0]),
        "sessions": pd.DataFrame(told, columns=["arm", "person", "minute", "intervention", "session", "attended"]),
    }


def found(**changed: Any) -> pd.DataFrame:
    given = {**frames(), "arms": ARMS, "outcome": CASE, "costs": {"talks": 90.0, "visit": 30.0}}
    reference = changed.pop("reference", "usual")
    return economics(accounts(**(given | changed)), reference).set_index("arm")


def test_days_costs_and_ratios_are_those_worked_by_hand() -> None:
    both = found()
    # Days as a case under usual care: 30, 10 + 20 / 2 = 20 and 0; under care 20, 5 and 0. Mean 50/3 against 25/3.
    assert both["days"].tolist() == [30.0, 30.0]
    assert both["free_days"].tolist() == pytest.approx([30 - 50 / 3, 30 - 25 / 3])
    assert both["dalys"].tolist() == pytest.approx([50 / 3 * 0.133 / 365.25, 25 / 3 * 0.133 / 365.25])
    # Sessions that took place, of the eligible, within the 30 days: visit 30 under both, and one or two talks.
    assert both["cost"].tolist() == pytest.approx([(30 + 90) / 3, (30 + 180) / 3])
    care = both.loc["care"]
    assert care["gained"] == pytest.approx(25 / 3)
    assert care["extra"] == pytest.approx(30.0)
    assert care["averted"] == pytest.approx(25 / 3 / YEAR * DISABILITY_WEIGHT)
    assert care["per_free_day"] == pytest.approx(3.6)
    assert care["per_daly"] == pytest.approx(3.6 * 365.25 / 0.133)
    # Gains 10, 15 and 0: mean 25/3, standard deviation sqrt(175/3), t(2) = 4.3027.
    half = 4.3026527 * np.sqrt(175 / 3) / np.sqrt(3)
    assert (care["low"], care["high"]) == pytest.approx((25 / 3 - half, 25 / 3 + half))
    assert both.loc["usual", ["gained", "extra"]].tolist() == [0.0, 0.0]
    assert both.loc["usual", ["low", "high", "per_free_day", "per_daly"]].isna().all()


def test_prevalence_over_time_by_hand() -> None:
    given = frames()
    rows = prevalence(given["scores"], given["allocation"], ARMS, "usual", CASE)
    assert rows["minute"].tolist() == [0, 0, 10 * DAY, 10 * DAY, 30 * DAY, 30 * DAY]
    assert rows["prevalence"].tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 1 / 3, 1 / 3, 0.0])
    assert rows["risk_difference"].tolist() == pytest.approx([0, 0, 0, -1 / 3, 0, -1 / 3])
    assert rows["risk_ratio"].tolist() == pytest.approx([1, 1, 1, 0.5, 1, 0])
    later = prevalence(given["scores"], given["allocation"], ARMS, "usual", CASE, randomized=10 * DAY)
    assert later["minute"].min() == 10 * DAY


def test_what_gains_nothing_has_no_price() -> None:
    other_way = found(reference="care")
    assert other_way.loc["usual", "gained"] < 0.0
    assert other_way.loc["usual", ["per_free_day", "per_daly"]].isna().all()
    cheaper = found(costs={"visit": 30.0})
    assert cheaper.loc["care", "per_free_day"] == 0.0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"outcome": Outcome("sum", "pcl", 30 * DAY, "lower")}, "no cut-off"),
        ({"outcome": Outcome("case", "ies", 30 * DAY, "lower", cutoff=3.0)}, "never read"),
        ({"randomized": 20 * DAY}, "one assessment alone"),
        ({"reference": "nothing"}, "is no arm"),
    ],
)
def test_what_cannot_be_counted_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(TrialError, match=said):
        found(**changed)


def test_an_undefined_reading_is_refused() -> None:
    given = frames()
    given["scores"].loc[5, "state"] = np.nan
    with pytest.raises(TrialError, match="undefined"):
        found(scores=given["scores"])
