"""What the chapter on a trial computes: known answers, limits, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle
from recovery import FEW, SETS, check

from analysis.trials import flow_figure
from analysis.trials.calibration import calibrate
from analysis.trials.imputation import imputed, matched, pool
from analysis.trials.mediation import mediated
from analysis.trials.outcome import Outcome
from analysis.trials.responders import number_needed, responders
from analysis.trials.section import _warnings, section
from analysis.trials.trial import adjusted, observed, risk_difference

ARMS = ("usual", "care")
OUTCOME = Outcome("pcl", "pcl", 100, "lower", margin=5.0)
sets = pytest.mark.parametrize("count", [FEW, pytest.param(SETS, marks=pytest.mark.slow)])


def drawn(rng: np.random.Generator, n: int = 120) -> pd.DataFrame:
    arm = np.tile(ARMS, n // 2)
    before = rng.normal(40.0, 8.0, n)
    value = 0.5 * before + 15.0 - 4.0 * (arm == "care") + rng.normal(0.0, 5.0, n)
    return pd.DataFrame({"person": range(n), "arm": arm, "outcome": "pcl", "value": value, "baseline": before})


def test_altmans_number_needed_goes_through_infinity() -> None:
    # Altman 1998: a difference of 10%, -5% to 25%: NNT 10, benefit of 4 or more, harm of 20 or more.
    assert number_needed((0.10, -0.05, 0.25)) == pytest.approx((10.0, 4.0, -20.0, True))


def test_rubins_rules_by_hand() -> None:
    # W = 1, B = 1, T = 1 + 4/3 = 7/3, nu = 2 / (4/7)**2 = 6.125
    centre, low, high, freedom = pool(np.array([1.0, 2.0, 3.0]), np.ones(3))
    assert (centre, freedom) == pytest.approx((2.0, 6.125))
    assert high - centre == pytest.approx(centre - low) == pytest.approx(2.43489 * (7 / 3) ** 0.5, rel=2e-3)


def test_imputations_are_those_of_statsmodels_mice() -> None:
    """Means of the same incomplete arm under predictive-mean matching, and how far they scatter over imputations."""
    from statsmodels.imputation.mice import MICEData

    rng = np.random.default_rng(4)
    before = rng.normal(size=120)
    value = 2.0 * before + rng.normal(size=120)
    value[before > 0.5] = np.where(rng.random((before > 0.5).sum()) < 0.6, np.nan, value[before > 0.5])
    design = np.column_stack([np.ones(120), before])
    mine = [matched(value, design, rng).mean() for _ in range(150)]
    np.random.seed(1)  # noqa: NPY002  statsmodels draws from the global stream
    sets = MICEData(pd.DataFrame({"value": value, "before": before}), k_pmm=5)
    theirs = []
    for _ in range(150):
        sets.update_all()
        theirs.append(sets.data["value"].mean())
    assert np.mean(mine) == pytest.approx(np.mean(theirs), abs=4.0 * np.std(theirs) / 150**0.5 * 2**0.5)
    assert np.std(mine) == pytest.approx(np.std(theirs), rel=0.3)
    assert np.mean(mine) > np.nanmean(value) + 0.1  # who was not seen would have had more


def test_total_is_direct_and_indirect() -> None:
    rng = np.random.default_rng(1)
    x, e = rng.integers(0, 2, 80).astype(float), rng.normal(size=(2, 80))
    m = 0.5 * x + e[0]
    found = mediated(x, m, x + m + e[1])
    assert found is not None
    assert found.total[0] == pytest.approx(found.direct[0] + found.indirect[0])
    assert mediated(x, x, x) is None


@sets
def test_adjusted_covers(count: int) -> None:
    check(lambda rng: adjusted(drawn(rng), ARMS, "usual")["care"][1:], -4.0, count)


@sets
def test_risk_difference_covers(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        draws = [(rng.random(80) < share).astype(float) for share in (0.5, 0.3)]
        return risk_difference(*draws)[1:]

    check(interval, 0.2, count)


@sets
def test_pooled_difference_covers_where_the_worst_are_unseen(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        data = drawn(rng)
        unseen = rng.random(len(data)) < 0.5 / (1.0 + np.exp(-(data["baseline"] - 40.0) / 4.0))
        data.loc[unseen, "value"] = np.nan
        return imputed(data, ARMS, "usual", m=10)["care"][1:]

    check(interval, -4.0, count)


@sets
def test_indirect_effect_covers(count: int) -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        x = np.tile([0.0, 1.0], 75)
        m = 0.8 * x + rng.normal(size=150)
        found = mediated(x, m, 0.3 * x + 0.6 * m + rng.normal(size=150))
        assert found is not None
        return found.indirect[1:]

    check(interval, 0.48, count)


def test_identical_arms_are_told_apart_as_often_as_the_level_says() -> None:
    same = np.random.default_rng(2).normal(size=100)
    found = calibrate(same, same, allocations=400)
    assert found is not None
    assert found.exact == 0.0
    assert 0.02 <= found.positives <= 0.09
    assert found.coverage == pytest.approx(1.0 - found.positives)
    assert found.spread == pytest.approx(found.told, rel=0.15)


def test_responders_without_baseline_have_no_row() -> None:
    data = drawn(np.random.default_rng(3))
    assert len(responders(data, ARMS, "usual", [OUTCOME])) == 1
    assert responders(data.assign(baseline=np.nan), ARMS, "usual", [OUTCOME]).empty


class Small:
    """A trial of 12 persons."""

    def __init__(
        self, arms: tuple[str, ...] = ARMS, constant: bool = False, lost: bool = False, nobody: bool = False
    ) -> None:
        rng = np.random.default_rng(4)
        score = np.full(24, 7.0) if constant else rng.normal(30.0, 5.0, 24)
        self.arms, self.reference, self.outcomes = arms, "usual", (OUTCOME,)
        self.mixed, self.randomized = None, 50
        persons = np.arange(12)
        self.scores = pd.DataFrame(
            {"arm": pd.Categorical(np.repeat(ARMS, 12)), "person": np.tile(persons, 2), "minute": 100,
             "instrument": "pcl", "score": score, "state": score}
        )  # fmt: skip
        self.sessions = pd.DataFrame(columns=["arm", "person", "minute", "intervention", "session", "attended"])
        self.measures, self.mixed_measures = None, None
        gone = pd.array([0 if lost else pd.NA] * 12, dtype="Int64")
        self.allocation = pd.DataFrame({"person": persons, "eligible": True, "arm": np.tile(ARMS, 6), "lost": gone})
        if nobody:
            self.allocation["arm"] = pd.Series([None] * 12, dtype=object)


@pytest.mark.parametrize(
    ("trial", "why"),
    [
        (Small(arms=("usual",)), "only arm"),
        (Small(lost=True), "nobody was seen"),
        (Small(constant=True), "same value"),
        (Small(), "no reading before"),
        (Small(), "mediation cannot be told"),
        (Small(), "care: 6 persons were seen in it or in the reference"),
        (Small(nobody=True), "Nobody was randomized"),
    ],
)
def test_a_trial_that_tells_little_says_so(trial: Small, why: str) -> None:
    made = section(trial)
    assert any(why in warning for warning in made.warnings)
    assert made.tables[0].name == "trial_flow"  # who took part is told in any case
    assert not any(table.frame.empty for table in made.tables)


def test_the_flow_of_participants_stands_in_boxes_that_do_not_overlap() -> None:
    counts = next(table.frame for table in section(Small()).tables if table.name == "trial_flow")
    figure = flow_figure.draw(counts, ARMS)
    assert figure is not None
    (axes,) = figure.axes
    boxes = [patch.get_bbox() for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(boxes) == 3 + 3 * 2
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    figure.draw_without_rendering()
    to_inches = axes.transData.inverted()
    for text, box in zip((one for one in axes.texts if one.get_text()), boxes, strict=True):
        drawn = text.get_window_extent().transformed(to_inches)
        assert box.x0 < drawn.x0 < drawn.x1 < box.x1
    assert any("allotted: 6" in text.get_text() for text in axes.texts)
    assert flow_figure.draw(counts, [f"arm {k}" for k in range(flow_figure.MOST_ARMS + 1)]) is None
    many = counts.rename(columns={"usual": "care as usual in the practice of a general practitioner"})
    assert flow_figure.draw(many, ["care as usual in the practice of a general practitioner", "care"]) is not None


def test_an_interval_that_holds_the_truth_too_rarely_is_a_warning() -> None:
    right = pd.DataFrame({"outcome": ["pcl"], "arm": ["care"], "coverage": [0.9], "coverage_error": [0.01]})
    trial = Small()
    seen = observed(trial.scores, trial.allocation, trial.outcomes)
    table = pd.DataFrame({"outcome": ["pcl"], "arm": ["care"], "n": [6], "n_reference": [6]})
    assert any("90.0% of fresh allocations" in line for line in _warnings(trial, seen, table, right))
    fine = right.assign(coverage=0.93)
    assert not any("fresh allocations" in line for line in _warnings(trial, seen, table, fine))
