"""Numbers as journals print them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.report.printed import interval, mean_sd, number, p_value, printed

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1.00"), (0.123456, "0.123"), (-0.0456, "−0.0456"), (12.345, "12.3"), (999.6, "1,000"),
        (123456.7, "123,457"), (9.999, "10.0"), (1.5e-7, "1.50×10⁻⁷"), (NAN, "–"), (np.inf, "∞"), (-1e12, "−1.00×10¹²"),
    ],
)  # fmt: skip
def test_a_number_has_three_figures(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<0.001"),
        (0.000999, "<0.001"),
        (0.0456, "0.046"),
        (0.0996, "0.100"),
        (0.5, "0.50"),
        (1.0, ">0.99"),
        (NAN, "–"),
    ],
)
def test_a_probability_is_never_zero_or_one(value: float, text: str) -> None:
    assert p_value(value) == text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ((1.23456, 1.1, 1.4), "1.23 (1.10 to 1.40)"),
        ((0.0001, -1.23, 1.2), "0.0 (−1.2 to 1.2)"),
        ((-0.00001, -1.23, 1.2), "0.0 (−1.2 to 1.2)"),
        ((12345.0, 12000.0, 13000.0), "12,345 (12,000 to 13,000)"),
        ((0.3333, 0.3321, 0.3345), "0.3333 (0.3321 to 0.3345)"),
        ((0.002, 0.0001, 4.0), "0.00200 (0.000100 to 4.00)"),
        ((1.2, 0.03, 50.0), "1.20 (0.0300 to 50.0)"),
        ((0.00891, 0.000432, 0.0302), "0.009 (0.000 to 0.030)"),
        ((0.0, 0.0, 0.0053), "0 (0 to 0.0053)"),
        ((2.0, NAN, NAN), "2.00"),
        ((1.0, 1.0, 1.0), "1.00 (1.00 to 1.00)"),
        ((2.0, 1.0, np.inf), "2.00 (1.00 to ∞)"),
        ((NAN, NAN, NAN), "–"),
    ],
)
def test_an_interval_has_the_decimals_that_its_width_allows(told: tuple[float, float, float], text: str) -> None:
    assert interval(*told) == text


def test_a_mean_has_its_spread_behind_it() -> None:
    assert mean_sd(48.512, 18.07) == "48.5 (18.1)"
    assert mean_sd(1.0479, 0.3219) == "1.05 (0.32)"
    assert mean_sd(1234.5, 321.0) == "1,234 (321)"
    assert mean_sd(2.0, 0.0) == "2.00 (0)"


def test_columns_that_belong_together_are_one() -> None:
    frame = pd.DataFrame(
        {
            "arm": pd.Categorical(["a", None]), "n": [1500, 7], "estimate": [0.5, 2.0], "se": [0.1, 0.2],
            "low": [0.3, 1.6], "high": [0.7, 2.4], "hr": [1.2, NAN], "hr_low": [1.0, NAN], "hr_high": [1.4, NAN],
            "all": [48.5, 12.0], "all_sd": [18.1, NAN], "all_percent": [NAN, 40.0], "p_holm": [0.0001, 0.2],
            "holds": [True, False], "count": pd.array([3, None], dtype="Int64"),
        }
    )  # fmt: skip
    found = printed(frame)
    assert found.heads == (
        "arm", "n", "estimate (95% interval)", "se", "hr (95% interval)", "all", "p holm", "holds", "count",
    )  # fmt: skip
    assert found.rows[0] == ("a", "1,500", "0.50 (0.30 to 0.70)", "0.100", "1.20 (1.00 to 1.40)", "48.5 (18.1)",
                             "<0.001", "yes", "3")  # fmt: skip
    assert found.rows[1] == ("–", "7", "2.00 (1.60 to 2.40)", "0.200", "–", "12 (40.0%)", "0.20", "no", "–")
    assert found.absent
    assert found.numeric == (False, True, True, True, True, True, True, False, True)


def test_an_interval_of_another_level_says_so() -> None:
    frame = pd.DataFrame({"difference": [0.5], "difference_low_90": [0.3], "difference_high_90": [0.7]})
    assert printed(frame).heads == ("difference (90% interval)",)
    assert printed(frame).rows == (("0.50 (0.30 to 0.70)",),)


def test_bounds_of_a_mean_are_found_by_its_name() -> None:
    frame = pd.DataFrame(
        {f"first quarter, {part}": [value] for part, value in (("mean", 2.0), ("low", 1.0), ("high", 3.0))}
    )
    found = printed(frame)
    assert found.heads == ("first quarter (95% interval)",)
    assert found.rows == (("2.0 (1.0 to 3.0)",),)


def test_numbers_of_one_size_have_the_same_decimals() -> None:
    frame = pd.DataFrame({"share": [1.0, 0.9, 0.25], "whole": [1.0, 20.0, 3000.0], "mixed": [1200.0, 0.0123, 4.0]})
    cells = list(zip(*printed(frame).rows, strict=True))
    assert cells == [("1.00", "0.90", "0.25"), ("1", "20", "3,000"), ("1,200", "0.0123", "4.00")]


@pytest.mark.parametrize("name", ["p", "q", "p_value", "pvalue", "p_holm", "p_additive", "q_bh", "trend_p"])
def test_probabilities_of_tests_are_known_by_their_names(name: str) -> None:
    assert printed(pd.DataFrame({name: [0.0004]})).rows == (("<0.001",),)


@pytest.mark.parametrize("name", ["power", "persons", "share", "prevalence"])
def test_other_numbers_are_none(name: str) -> None:
    assert printed(pd.DataFrame({name: [0.0004]})).rows == (("0.000400",),)


def test_bounds_without_an_estimate_stay_as_they_are() -> None:
    assert printed(pd.DataFrame({"low": [1.0], "high": [2.0]})).heads == ("low", "high")


def test_numbers_in_a_column_of_objects_are_numbers() -> None:
    found = printed(pd.DataFrame({"x": [0.5, 1.0], "low": [0.25, 0.75], "high": [0.75, 1.25]}, dtype=object))
    assert found.rows[0] == ("0.50 (0.25 to 0.75)",)
