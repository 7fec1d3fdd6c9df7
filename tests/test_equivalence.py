"""Equivalence of two arms: what R's packages find on the same numbers, and where the limits have to lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from analysis.trials.equivalence import equivalence
from analysis.trials.outcome import Outcome

# The first response of the data set `clinic` of R's package equivalence, as statsmodels' tests have it.
FIRST = [2.84, 2.51, 2.41, 2.95, 3.14, 3.79, 4.14, 3.85, 3.02, 3.45, 5.37, 3.81, 4.19, 3.16, 3.84]
SECOND = [2.60, 2.82, 2.18, 3.46, 4.01, 3.04, 3.47, 4.06, 2.91, 3.59, 4.51, 3.16, 3.86, 3.31, 3.02]


def told(
    treated: Sequence[float], control: Sequence[float], margin: float, better: str = "lower", **more: float
) -> pd.DataFrame:
    outcome = Outcome.of(
        {"name": "o", "instrument": "i", "minute": 0, "better": better, "margin": margin, "unit": "", "cutoff": None}
        | more
    )
    seen = pd.DataFrame(
        {"outcome": "o", "arm": ["a"] * len(treated) + ["b"] * len(control), "value": [*treated, *control]}
    )
    return equivalence(seen, ("b", "a"), "b", [outcome])


def with_moments(n: int, mean: float, sd: float) -> list[float]:
    x = np.arange(n, dtype=np.float64)
    return list(mean + sd * (x - x.mean()) / x.std(ddof=1))


def test_two_one_sided_tests_as_r_has_them() -> None:
    # R, package equivalence: tost(clinic$var1[1:15], clinic$var1[16:30], eps=0.6), Welch, df 26.748.
    row = told(FIRST, SECOND, 0.6).iloc[0]
    assert row["difference"] == pytest.approx(0.1646666666666667)
    assert (row["difference_low_90"], row["difference_high_90"]) == pytest.approx(
        (-0.2666862980722534, 0.596019631405587)
    )
    assert row["p"] == pytest.approx(0.04853083976236974)
    assert row["equivalent"]


def test_the_example_of_lakens() -> None:
    # Lakens 2017, 10.1177/1948550617697177, and the vignette of R's TOSTER: t(182) = -2.69, p = .004, given bounds of
    # d = .43, .384 points (data of Moery & Calin-Jageman 2016).
    row = told(with_moments(95, 5.25, 0.95), with_moments(89, 5.22, 0.83), 0.384).iloc[0]
    assert row["p"] == pytest.approx(0.004, abs=5e-4)
    assert (row["n"], row["n_reference"]) == (95, 89)
    assert row["equivalent"]


def test_equivalent_is_an_interval_within_the_margin_and_not_inferior_one_limit_of_it() -> None:
    row = told(FIRST, SECOND, 0.6).iloc[0]
    for margin, wanted in ((row["difference_high_90"] * 1.001, True), (row["difference_high_90"] * 0.999, False)):
        found = told(FIRST, SECOND, margin).iloc[0]
        assert found["equivalent"] == wanted
        assert found["not_inferior"] == wanted  # lower is better: the upper limit is the worse
        assert told(FIRST, SECOND, margin, "higher").iloc[0]["not_inferior"]  # the lower limit is nearer in any case


def test_without_margin_spread_or_persons_there_is_no_row() -> None:
    assert told(FIRST, SECOND, 0.0).empty
    assert told(FIRST, SECOND, 0.6, cutoff=3.0).empty
    assert told([1.0], SECOND, 0.6).empty
    assert told([3.0, 3.0], [2.0, 2.0], 0.6).empty
