"""Laws of forgetting: what is put in comes back, the criteria choose it, and intervals count persons."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import recovery

from analysis.persistence import forgetting
from analysis.persistence.laws import EXPONENTIAL, LAWS, POWER, POWER_FLOOR, TWO_EXPONENTIALS, Law

DAYS = np.array([1.0, 2, 4, 7, 11, 16, 22, 30, 45, 60])
TRUE = {
    "power": (0.8, 0.3), "exponential": (0.8, 0.05), "power with asymptote": (0.6, 0.7, 0.2),
    "two exponentials": (0.5, 0.4, 0.4, 0.01),
}  # fmt: skip


def toy(law: Law, rng: np.random.Generator, persons: int = 100, own: float = 0.3, noise: float = 0.02) -> pd.DataFrame:
    """Readings whose mean is the law: each person's curve is a multiple of it, read with noise."""
    scale = rng.gamma(1.0 / own**2, own**2, persons)
    mean = law.at(DAYS, np.log(TRUE[law.name]))
    recall = scale[:, None] * mean + rng.normal(0.0, noise, (persons, len(DAYS)))
    return pd.DataFrame(
        {"person": np.repeat(np.arange(persons), len(DAYS)), "day": np.tile(DAYS, persons), "recall": recall.ravel()}
    )


def interval_of(law: Law, parameter: int) -> Callable[[np.random.Generator], tuple[float, float]]:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        stepped, by = means_of(toy(law, rng))
        found = forgetting.fit(law, by["day"].to_numpy(), by["recall"].to_numpy(), by["n"].to_numpy(float))
        low, high = forgetting.intervals(found, stepped, by["day"])[parameter]
        return float(low), float(high)

    return interval


def means_of(readings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `forgetting.means`, of toy days that are not evenly spaced: a step each."""
    stepped = readings.assign(step=np.searchsorted(DAYS, readings["day"]) + 1)
    by = stepped.groupby("step").agg(day=("day", "mean"), recall=("recall", "mean"), n=("recall", "size"))
    return stepped, by


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_exact_curves_come_back(law: Law) -> None:
    recall = law.at(DAYS, np.log(TRUE[law.name]))
    found = forgetting.fit(law, DAYS, recall, np.ones(len(DAYS)))
    assert found.converged
    assert found.values.tolist() == pytest.approx(TRUE[law.name], rel=1e-3)
    others = [forgetting.fit(other, DAYS, recall, np.ones(len(DAYS))) for other in LAWS]
    assert min(others, key=lambda one: one.aicc).law.name == law.name


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_slopes_are_those_of_differences(law: Law) -> None:
    logs = np.log(TRUE[law.name])
    step = 1e-6
    near = [(law.at(DAYS, logs + step * e) - law.at(DAYS, logs - step * e)) / (2 * step) for e in np.eye(len(logs))]
    np.testing.assert_allclose(law.slopes(DAYS, logs), np.stack(near, axis=-1), atol=1e-8)


def test_the_power_is_the_regression_of_logarithms_where_there_is_no_noise() -> None:
    recall = POWER.at(DAYS, np.log((0.9, 0.4)))
    slope, level = np.polyfit(np.log(DAYS), np.log(recall), 1)
    found = forgetting.fit(POWER, DAYS, recall, np.ones(len(DAYS)))
    assert found.values.tolist() == pytest.approx([np.exp(level), -slope], rel=1e-6)


def test_criteria_are_those_of_the_normal_likelihood() -> None:
    recall = np.array([0.9, 0.7, 0.65, 0.5, 0.42, 0.4, 0.33, 0.3, 0.24, 0.22])
    found = forgetting.fit(POWER, DAYS, recall, np.ones(10))
    rss = float(((recall - POWER.at(DAYS, found.logs)) ** 2).sum())
    assert found.rss == pytest.approx(rss)
    deviance = 10 * np.log(rss / 10)  # -2 log likelihood less its constant
    assert found.aicc == pytest.approx(deviance + 2 * 3 + 2 * 3 * 4 / (10 - 3 - 1))
    assert found.bic == pytest.approx(deviance + 3 * np.log(10))


def test_the_mean_of_exponentials_looks_like_a_power() -> None:
    """Anderson & Tweney 1997: persons forget exponentially at rates of their own; their mean does not."""
    rng = np.random.default_rng(5)
    day = 7.0 * np.arange(1, 31)
    rates = rng.gamma(0.6, 0.1, 80)
    recall = np.exp(-rates[:, None] * day) + 1e-6
    readings = pd.DataFrame({"person": np.repeat(np.arange(80), 30), "day": np.tile(day, 80), "recall": recall.ravel()})
    fits, table = forgetting.compare(readings, (POWER, EXPONENTIAL))
    assert fits[0].law is POWER
    assert table["delta"].iloc[-1] > 10
    persons = forgetting.by_person(readings)
    assert (persons["delta"] > 0.0).mean() > 0.9
    alone = persons.set_index("person")["exponential"]
    np.testing.assert_allclose(alone, rates[alone.index], rtol=0.02)


def test_a_parameter_at_its_bound_has_no_interval() -> None:
    day = 7.0 * np.arange(1, 13)
    recall = np.tile(0.9 * np.exp(-0.02 * day), 40) * np.repeat(np.linspace(0.8, 1.1, 40), 12)
    readings = pd.DataFrame({"person": np.repeat(np.arange(40), 12), "day": np.tile(day, 40), "recall": recall})
    _, table = forgetting.compare(readings, (EXPONENTIAL, POWER_FLOOR, TWO_EXPONENTIALS))
    exponential = table[table["law"] == "exponential"]
    assert exponential["estimate"].tolist() == pytest.approx([0.9 * 0.95, 0.02], rel=1e-6)
    assert exponential[["low", "high"]].notna().all().all()
    two = table[table["law"] == "two exponentials"]
    assert two["low"].isna().any()


def test_too_few_points_are_refused_and_flat_persons_left_out() -> None:
    with pytest.raises(ValueError, match="3 points"):
        forgetting.fit(POWER, DAYS[:3], DAYS[:3], np.ones(3))
    flat = pd.DataFrame({"person": np.repeat([1, 2], 9), "day": np.tile(7.0 * np.arange(1, 10), 2), "recall": 0.5})
    assert forgetting.by_person(flat).empty


TRUTHS = {
    "exponential rate": (interval_of(EXPONENTIAL, 1), 0.05),
    "power exponent": (interval_of(POWER, 1), 0.3),
    "level of the power": (interval_of(POWER, 0), 0.8),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_hold_the_truth(name: str) -> None:
    recovery.check(*TRUTHS[name], recovery.FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_intervals_hold_the_truth_in_full(name: str) -> None:
    recovery.check(*TRUTHS[name], recovery.SETS)
