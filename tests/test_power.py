"""The size of a trial: the analytic answer where there is one, the trial's own analysis, and subgroups by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from analysis.design.power import Pool, curve, drawn, least_squares, merged, risk_differences, sizes, smallest, welches
from analysis.design.power_figure import draw
from analysis.trials.outcome import Outcome, TrialError
from analysis.trials.trial import adjusted, risk_difference, welch

SCALE = Outcome("symptoms", "pcl", 1440, "lower", unit="points")
CASE = Outcome("case", "pcl", 1440, "lower", cutoff=33.0)


def pool(n: int = 20_000, effect: float = -0.4, inside: float = 0.0, tie: float = 0.6, **changed: Any) -> Pool:
    """Normal scores of standard deviation 1; the arm moves them by `effect`, in the subgroup by `inside` more."""
    rng = np.random.default_rng(0)
    sub = rng.random(n) < 0.5
    before = rng.standard_normal(n)
    usual = tie * before + np.sqrt(1.0 - tie**2) * rng.standard_normal(n)
    other = tie * before + np.sqrt(1.0 - tie**2) * rng.standard_normal(n)
    true = effect + inside * sub
    given: dict[str, Any] = {
        "outcome": SCALE, "treated": other + true, "control": usual, "baseline": before, "effect": true,
        "subgroup": sub,
    }  # fmt: skip
    return Pool(**(given | changed))


@pytest.mark.parametrize(("n", "attrition"), [(64, 0.0), (128, 0.0), (256, 0.25)])
def test_power_agrees_with_statsmodels_for_two_normal_arms(n: int, attrition: float) -> None:
    planted = pool(baseline=np.full(20_000, np.nan))
    found = drawn(planted, "welch", n, attrition=attrition, trials=6000)
    apart = planted.treated.mean() - planted.control.mean()
    size = apart / np.sqrt((planted.treated.var() + planted.control.var()) / 2.0)
    analytic = TTestIndPower().power(abs(size), n * (1.0 - attrition) / 2.0, 0.05)
    assert ((found["low"] > 0.0) | (found["high"] < 0.0)).mean() == pytest.approx(analytic, abs=0.03)
    assert found["analysed"].mean() == pytest.approx(n * (1.0 - attrition), rel=0.01)


def test_power_of_a_risk_difference_agrees_with_statsmodels() -> None:
    rng = np.random.default_rng(1)
    control, treated = (rng.permutation(np.arange(1000) < share * 1000).astype(float) for share in (0.5, 0.3))
    nobody = np.full(1000, np.nan)
    found = curve(Pool(CASE, treated, control, nobody, treated - control), "risk difference", trials=4000)
    size = proportion_effectsize(0.5, 0.3)
    for row in found[found["n"] >= 64].to_dict(orient="records"):
        assert row["power"] == pytest.approx(NormalIndPower().power(size, row["n"] / 2, 0.05), abs=0.03)


def test_the_smallest_trial_is_that_of_statsmodels() -> None:
    planted = pool(baseline=np.full(20_000, np.nan))
    found = curve(planted, "welch", trials=3000)
    for target in (0.8, 0.9):
        estimate, low, high = smallest(found, target)
        analytic = 2.0 * TTestIndPower().solve_power(0.4, power=target, alpha=0.05)
        assert low <= estimate <= high
        assert estimate == pytest.approx(analytic, rel=0.06)
        assert estimate % 2 == 0
    assert np.isnan(smallest(found[found["n"] < 64], 0.8)).all()


def test_a_baseline_saves_persons_as_its_correlation_says() -> None:
    found = {method: smallest(curve(pool(tie=0.7), method, trials=2000), 0.8)[0] for method in ("welch", "ancova")}
    assert found["ancova"] / found["welch"] == pytest.approx(1.0 - 0.7**2, abs=0.08)  # Frison & Pocock 1992


def test_without_an_effect_one_trial_in_twenty_finds_one() -> None:
    for method in ("welch", "ancova", "interaction"):
        found = drawn(pool(effect=0.0), method, 200, trials=4000)
        assert ((found["low"] > 0.0) | (found["high"] < 0.0)).mean() == pytest.approx(0.05, abs=0.015)


def test_an_interaction_needs_four_times_the_persons() -> None:
    main = smallest(curve(pool(effect=-0.5, tie=0.0), "welch", trials=2000), 0.8)[0]
    found = curve(pool(effect=-0.25, inside=-0.5, tie=0.0), "interaction", trials=2000)  # a difference of the same size
    assert smallest(found, 0.8)[0] / main == pytest.approx(4.0, rel=0.12)
    assert (found["right"].iloc[-1], found["right"].iloc[0]) == (
        pytest.approx(1.0, abs=0.01),
        pytest.approx(0.65, abs=0.12),
    )
    assert found["right_low"].le(found["right"]).all()


# --- the same analysis as one trial's


def test_many_trials_are_analysed_as_one_is() -> None:
    rng = np.random.default_rng(2)
    trials, n = 6, 30
    value, before = rng.normal(size=(trials, n)), rng.normal(size=(trials, n))
    value[rng.random((trials, n)) < 0.2] = np.nan
    arm = np.arange(n) < n // 2
    plain = welches(value[:, arm], value[:, ~arm])
    fitted = least_squares(value, [np.broadcast_to(arm.astype(float), value.shape), before], 1)
    cases = np.where(np.isnan(value), np.nan, value > 0.0)
    rates = risk_differences(cases[:, arm], cases[:, ~arm])
    for k in range(trials):
        seen = ~np.isnan(value[k])
        groups = value[k][arm & seen], value[k][~arm & seen]
        assert plain.loc[k, ["estimate", "low", "high"]].tolist() == pytest.approx(welch(*groups))
        rows = pd.DataFrame({"arm": np.where(arm, "on", "off"), "value": value[k], "baseline": before[k]})[seen]
        assert fitted.loc[k, ["estimate", "low", "high"]].tolist() == pytest.approx(
            adjusted(rows, ["off", "on"], "off")["on"]
        )
        both = risk_difference(*(group > 0.0 for group in groups))
        assert rates.loc[k, ["estimate", "low", "high"]].tolist() == pytest.approx(both)
        assert plain.loc[k, "analysed"] == fitted.loc[k, "analysed"] == rates.loc[k, "analysed"] == seen.sum()


def test_what_cannot_be_told_is_no_finding() -> None:
    alike = pool(n=50, treated=np.ones(50), control=np.ones(50), effect=np.zeros(50))
    for method in ("welch", "ancova", "interaction"):
        found = curve(alike, method, trials=100, most=32)
        assert (found["power"] == 0.0).all()
        assert np.isnan(smallest(found, 0.8)).all()
    nobody = pool(n=50, treated=np.full(50, np.nan))
    assert (curve(nobody, "welch", trials=100, most=16)["power"] == 0.0).all()
    one_sided = pool(n=50, subgroup=np.ones(50, dtype=bool))
    assert (curve(one_sided, "interaction", trials=100, most=16)["power"] == 0.0).all()
    assert np.isnan(one_sided.truth)


def test_what_is_asked_is_checked() -> None:
    with pytest.raises(TrialError, match="needs two or more"):
        pool(n=1)
    with pytest.raises(TrialError, match="attrition"):
        curve(pool(n=10), "welch", attrition=1.0)
    with pytest.raises(TrialError, match="at most"):
        curve(pool(n=10), "welch", most=8)
    with pytest.raises(TrialError, match="needs a subgroup"):
        drawn(pool(n=10, subgroup=None), "interaction", 20, trials=10)
    with pytest.raises(TrialError, match="cannot be merged"):
        merged([pool(n=10), pool(n=10, subgroup=None)])
    assert pool(n=10, subgroup=None).methods == ("welch", "ancova")
    assert pool(n=10, outcome=CASE).methods == ("risk difference", "interaction")
    assert len(merged([pool(n=10), pool(n=12)]).treated) == 22
    assert sizes(100)[-3:] == [64, 90, 100]


def test_the_figure_names_sizes_arms_and_intervals() -> None:
    found = curve(pool(n=500), "welch", trials=200)
    frame = pd.concat([found.assign(outcome=name, day=30, arm="drug", analysis="welch") for name in "abc"])
    figure = draw(frame, 500, "title")
    figure.canvas.draw()
    words = " ".join(text.get_text() for text in figure.findobj(lambda one: hasattr(one, "get_text")))
    for word in ("a (day 30)", "persons randomized", "drawn from 500", "95% intervals", "drug", "welch", "title"):
        assert word in words
