"""Sensitivity indices against models whose indices are known in closed form, and a model that has noise."""

from __future__ import annotations

import numpy as np
import pytest

from cohort.indices import (
    Axis,
    Design,
    elementary,
    inert_effect,
    leaders,
    recombinations,
    trajectories,
    variances,
)

# Ishigami & Homma 1990 with a = 7, b = .1 on (-pi, pi)^3: Saltelli et al. 2000, Sensitivity Analysis, p. 208.
ISHIGAMI = [Axis(name, -np.pi, np.pi) for name in ("x1", "x2", "x3")]
FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)


def values(design: Design, name: str) -> np.ndarray:
    k = [axis.name for axis in design.axes].index(name)
    return design.axes[k].at(design.shares[:, k])


def ishigami(design: Design) -> np.ndarray:
    x1, x2, x3 = (values(design, name) for name in ("x1", "x2", "x3"))
    return np.sin(x1) + 7.0 * np.sin(x2) ** 2 + 0.1 * x3**4 * np.sin(x1)


def test_sobol_gives_the_indices_of_ishigami() -> None:
    design = recombinations(ISHIGAMI, 2048, seed=3)
    assert len(design) == 2048 * 5
    found = variances(design, ishigami(design))
    for row, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert row["S1"] == pytest.approx(first, abs=0.04)
        assert row["ST"] == pytest.approx(total, abs=0.04)
        assert 0.0 < row["ST_conf"] < 0.1


def test_morris_finds_the_only_live_parameter() -> None:
    axes = [Axis(f"p{k}", 1.0, 3.0) for k in range(20)]
    design = trajectories(axes, 4, seed=5)
    assert len(design) == 4 * 21
    found = elementary(design, 5.0 * values(design, "p13"))
    effects = [row["mu_star"] for row in found]
    assert effects[13] == pytest.approx(10.0)  # 5 a unit over a range of 2: linear, so every step says the same
    assert found[13]["sigma"] == pytest.approx(0.0, abs=1e-9)
    assert np.delete(effects, 13) == pytest.approx(0.0, abs=1e-12)
    assert leaders({"y": effects}, [axis.name for axis in axes], 5) == ["p13"]


def test_an_inert_parameter_stays_at_nothing_under_shared_draws_and_not_else() -> None:
    axes = [*ISHIGAMI, Axis("(inert)", 0.0, 1.0)]
    design = recombinations(axes, 256, seed=3)
    by_block = np.random.default_rng(1).normal(0.0, 2.0, 256)[design.block]
    by_run = np.random.default_rng(1).normal(0.0, 2.0, len(design))
    assert variances(design, ishigami(design) + by_block)[3]["ST"] == pytest.approx(0.0, abs=1e-12)
    assert variances(design, ishigami(design) + by_run)[3]["ST"] > 0.1
    screen = trajectories(axes, 200, seed=3)
    noise = np.random.default_rng(2).normal(0.0, 2.0, len(screen))
    assert elementary(screen, noise)[3]["mu_star"] == pytest.approx(inert_effect(2.0), rel=0.15)


def test_blocks_with_an_undefined_answer_are_left_out() -> None:
    axes = [Axis("a", 0.0, 1.0), Axis("b", 0.0, 1.0)]
    design = trajectories(axes, 6, seed=1)
    answers = 3.0 * values(design, "a")
    answers[4] = np.nan
    assert elementary(design, answers)[0]["mu_star"] == pytest.approx(3.0)
    assert np.isnan(elementary(design, np.full(len(design), np.nan))[0]["mu_star"])
    assert np.isnan(variances(recombinations(axes, 8, seed=1), np.ones(32))[0]["ST"])


def test_a_wide_range_is_walked_in_logarithms() -> None:
    wide, narrow, from_zero = Axis("a", 1.0, 100.0), Axis("b", 1.0, 9.0), Axis("c", 0.0, 100.0)
    half = np.array([0.0, 0.5, 1.0])
    assert wide.at(half) == pytest.approx([1.0, 10.0, 100.0])
    assert narrow.at(half) == pytest.approx([1.0, 5.0, 9.0])
    assert from_zero.at(half) == pytest.approx([0.0, 50.0, 100.0])


def test_leaders_take_the_largest_of_every_outcome() -> None:
    screened = {"few": [0.0, 0.1, 0.02], "many": [50.0, 10.0, 0.0], "none": [np.nan, np.nan, np.nan]}
    assert leaders(screened, ["a", "b", "c"], 2) == ["a", "b"]
    assert leaders(screened, ["a", "b", "c"], 9) == ["a", "b", "c"]
