"""The front of designs, its hypervolume and regret: by hand, against optuna's own, and by what must hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from optuna._hypervolume import compute_hypervolume  # not public: only to hold ours against

from analysis.design.pareto import front, hypervolume, regret, surely


def test_the_front_by_hand() -> None:
    points = [[1, 4], [2, 2], [4, 1], [3, 3], [2, 2], [1, 5], [np.nan, 0]]
    assert front(points).tolist() == [True, True, True, False, True, False, False]
    assert front(np.zeros((0, 2))).tolist() == []


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_front_is_what_pairs_say(k: int) -> None:
    points = np.random.default_rng(k).integers(0, 6, (150, k)).astype(float)
    dominated = [any((other <= one).all() and (other < one).any() for other in points) for one in points]
    assert (~front(points)).tolist() == dominated


def test_the_hypervolume_of_known_shapes() -> None:
    # A staircase of three steps below (5, 5): 1 x 4 from x = 1 to 2, then 2 wide and 3 high, then 1 wide and 4 high.
    assert hypervolume([[1, 4], [2, 2], [4, 1]], [5, 5]) == pytest.approx(1 * 1 + 2 * 3 + 1 * 4)
    assert hypervolume([[1, 4], [2, 2], [4, 1], [3, 3], [6, 0]], [5, 5]) == pytest.approx(11.0)
    assert hypervolume([[0, 0, 0]], [2, 3, 4]) == pytest.approx(24.0)
    # Two boxes of 1 x 1 x 2 within the unit cube twice as high, of which they share 1 x 1 x 1.
    assert hypervolume([[0, 1, 0], [1, 0, 0]], [2, 2, 1]) == pytest.approx(2 + 2 - 1)
    assert hypervolume([[3, 3]], [2, 2]) == 0.0
    assert hypervolume([[0.25]], [1.0]) == pytest.approx(0.75)


def test_the_hypervolume_of_a_sphere_converges() -> None:
    angle = np.linspace(0.0, np.pi / 2.0, 2001)
    points = 1.0 - np.column_stack([np.cos(angle), np.sin(angle)])
    assert hypervolume(points, [1.0, 1.0]) == pytest.approx(np.pi / 4.0, abs=2e-3)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_hypervolume_is_that_of_optuna(k: int) -> None:
    points = np.random.default_rng(k).random((25, k))
    assert hypervolume(points, [1.1] * k) == pytest.approx(compute_hypervolume(points, np.full(k, 1.1)))


def test_regret_by_hand() -> None:
    """Best by state: 1, 2, 0. A: 0, 3, 4; B: 2, 0, 2; C: 1, 2, 0."""
    values = pd.DataFrame({"x": [1.0, 3.0, 2.0], "y": [5.0, 2.0, 4.0], "z": [4.0, 2.0, 0.0]}, index=["A", "B", "C"])
    found = regret(values)
    assert found["worst"].tolist() == [4.0, 2.0, 2.0]
    assert found["mean"].tolist() == pytest.approx([7 / 3, 4 / 3, 1.0])
    assert found["state"].tolist() == ["z", "x", "y"]
    assert found["chosen"].tolist() == [False, False, True]
    pd.testing.assert_frame_equal(regret(-values, smaller_is_better=False), found)


def test_a_design_that_is_not_known_is_not_chosen() -> None:
    values = pd.DataFrame({"x": [np.nan, 3.0], "y": [0.0, 2.0]})
    found = regret(values)
    assert found["chosen"].tolist() == [False, True]
    assert np.isnan(found["worst"].iloc[0])
    assert found["worst"].iloc[1] == 0.0
    with pytest.raises(ValueError, match="no design"):
        regret(values * np.nan)


def test_noise_makes_the_front_unsure() -> None:
    rng = np.random.default_rng(1)
    truth = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [2.0, 2.0]])
    found = surely(truth + rng.normal(0.0, 0.2, (400, 4, 2)))
    assert found[:2].min() > 0.9
    assert 0.5 < found[2] < 1.0
    assert found[3] == 0.0
