"""Interaction on the additive and the multiplicative scale: published answers and limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.variation.interaction import additive, interactions, multiplicative, reri
from analysis.variation.interaction_figure import LEAST, bands, cells


def test_alcohol_and_smoking_in_oral_cancer_as_hosmer_and_lemeshow_have_it() -> None:
    """Their example, from Rothman & Keller 1972: RERI 3.74, 95% interval -1.84 to 9.32."""
    cells = [225, 6, 8, 3, 166, 12, 18, 20]  # cases, then controls: both, alcohol, smoking, neither
    alcohol, smoking = np.repeat([1, 1, 0, 0] * 2, cells), np.repeat([1, 0, 1, 0] * 2, cells)
    design = np.column_stack([np.ones(len(alcohol)), alcohol, smoking, alcohol * smoking])
    fitted = sm.Logit(np.repeat([1.0, 0.0], [242, 216]), design).fit(disp=0)
    found = reri(fitted.params[1:], fitted.cov_params()[1:, 1:])
    assert found == pytest.approx((3.74, -1.84, 9.32), abs=0.005)


def crossed(n: int = 40_000) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    return np.arange(n) % 2.0, np.arange(n) // 2 % 2.0, np.random.default_rng(2)


def test_effects_that_add_up_multiply_to_less() -> None:
    """Rates 1, 2, 3 and 4: nothing beyond the sum, 4 / 6 of the product."""
    trait, stress, rng = crossed()
    counts = rng.poisson(1.0 + trait + 2.0 * stress).astype(float)
    beyond, p = additive(counts, trait, stress)
    ratio, excess, _ = multiplicative(counts, trait, stress)
    assert beyond.low < 0.0 < beyond.high
    assert p > 0.05
    assert excess.low < 0.0 < excess.high
    assert ratio.value == pytest.approx(4.0 / 6.0, abs=0.03)
    assert ratio.high < 1.0


def test_effects_that_multiply_come_to_more_than_the_sum() -> None:
    """Rates 1, 2, 3 and 6: two more than the sum gives, a ratio of 1."""
    trait, stress, rng = crossed()
    counts = rng.poisson((1.0 + trait) * (1.0 + 2.0 * stress)).astype(float)
    beyond, _ = additive(counts, trait, stress)
    ratio, excess, p = multiplicative(counts, trait, stress)
    assert beyond.value == pytest.approx(2.0, abs=0.15)
    assert excess.value == pytest.approx(2.0, abs=0.15)
    assert ratio.low < 1.0 < ratio.high
    assert p > 0.05


def test_the_same_persons_twice_say_nothing_more() -> None:
    rng = np.random.default_rng(4)
    index = pd.RangeIndex(2000)
    rate = pd.Series(rng.poisson(3.0, 2000) / 2.0, index)
    trait, stress = (pd.DataFrame({name: rng.normal(size=2000)}, index) for name in ("t", "s"))
    one = interactions(rate, 2, trait, stress)
    family = pd.Series(np.tile(index, 2))
    both = [pd.concat([frame, frame], ignore_index=True) for frame in (trait, stress)]
    twice = interactions(pd.concat([rate, rate], ignore_index=True), 2, *both, family=family)
    for scale in ("additive", "ratio", "reri"):
        assert twice[scale].iloc[0] == pytest.approx(one[scale].iloc[0])
        width = (one[f"{scale}_high"] - one[f"{scale}_low"]).iloc[0]
        assert (twice[f"{scale}_high"] - twice[f"{scale}_low"]).iloc[0] == pytest.approx(width, rel=0.08)


def test_what_cannot_be_fitted_is_missing_and_the_rest_is_corrected() -> None:
    rng = np.random.default_rng(4)
    n = 60
    rate = pd.Series(rng.poisson(3.0, n).astype(float))
    traits = pd.DataFrame(
        {"good": rng.normal(size=n), "same": 1.0, "few": np.where(np.arange(n) < 19, 1.0 * np.arange(n), np.nan)}
    )
    found = interactions(rate, 1, traits, pd.DataFrame({"s": rng.normal(size=n)})).set_index("trait")
    assert found.loc[["same", "few"], ["additive", "ratio", "reri", "p_bh_ratio"]].isna().all(axis=None)
    assert found.loc["few", "n"] == 19
    assert found.loc["good", "p_bh_additive"] == pytest.approx(found.loc["good", "p_additive"])


def test_a_model_without_a_solution_is_said_and_missing() -> None:
    """Where nobody under stress has an intrusion the log of the rate has no bound."""
    stress = np.repeat([0.0, 1.0], 30)
    trait = np.tile([0.0, 1.0, 2.0], 20)
    counts = np.where(stress > 0, 0.0, 1.0 + trait)
    with pytest.raises(FloatingPointError):
        multiplicative(counts, trait, stress)
    none = interactions(pd.Series(0.0, range(60)), 1, pd.DataFrame({"t": trait}), pd.DataFrame({"s": stress}))
    assert none["ratio"].isna().all()


def test_bands_are_named_as_they_are_cut() -> None:
    band, names = bands(pd.Series([0, 1, 2, 3, 4, 7, 10, np.nan]), 5)
    assert names == ["0", "1", "2", "3", "4+"]
    assert band.tolist() == [0, 1, 2, 3, 4, 4, 4]
    band, names = bands(pd.Series(np.linspace(0.5, 1.5, 100)), 2)
    assert names == ["0.50–1.00", "1.00–1.50"]
    assert np.bincount(band).tolist() == [50, 50]
    assert bands(pd.Series(range(100)), 2)[1] == ["0.00–49.50", "49.50–99.00"]


def test_cells_hold_means_with_students_interval_and_small_ones_nothing() -> None:
    rate = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 9.0])
    found = cells(rate, pd.Series([0, 0, 0, 0, 0, 1]), pd.Series(0, range(6))).set_index("trait")
    assert LEAST == 5
    # t(.975, 4) = 2.776 (any table), standard error sqrt(2.5 / 5)
    assert found.loc[0, ["mean", "low", "high"]].tolist() == pytest.approx(
        [3.0, 3 - 2.776 * 0.7071, 3 + 2.776 * 0.7071], abs=1e-3
    )
    assert np.isnan(found.loc[1, "mean"])
