"""Through which mechanism an arm works: known answers, planted mechanisms, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import toy_trial
from recovery import SETS, check
from toy_trial import AFTER, CASE, SCALE

from analysis.section import Draft
from analysis.trials.effects import effects
from analysis.trials.mechanisms import mediation, midway, needed
from analysis.trials.mediation import mediated
from analysis.trials.tell_mechanisms import mechanisms_part
from analysis.trials.trial import observed
from cohort import trial_results

ARMS = ("waiting", "therapy")
HALF = AFTER // 2


class Planted:
    """Therapy lowers load by .1 and recall in nobody; each .1 of load is 5 points, and therapy takes 2 more itself."""

    def __init__(self, n: int = 200, seed: int = 1, mixed: bool = False) -> None:
        rng = np.random.default_rng(seed)
        base = rng.normal(0.5, 0.1, n)
        load = {None: base, "waiting": base + rng.normal(0.0, 0.05, n)}
        load["therapy"] = load["waiting"] - 0.1
        before = 50.0 * base + rng.normal(0.0, 3.0, n)
        luck = rng.normal(0.0, 3.0, n)
        score = {arm: 50.0 * load[arm] + luck - 2.0 * (arm == "therapy") for arm in ARMS}
        recall = {None: rng.random(n)} | dict.fromkeys(ARMS, rng.random(n))
        self.arms, self.reference, self.outcomes, self.randomized = ARMS, "waiting", (SCALE, CASE), 1440
        self.mixed, self.mixed_measures = None, None
        self.scores = pd.concat([toy_trial.rows({None: before}, 0), toy_trial.rows(score, AFTER)], ignore_index=True)
        self.allocation = toy_trial.allocation([ARMS[k] for k in rng.permutation(np.arange(n) % 2)])
        self.sessions = toy_trial.sessions(n, {"therapy": [[1]] * n})
        moments = {None: 1440, "waiting": HALF, "therapy": HALF}
        parts = [
            pd.DataFrame(
                {"arm": arm, "person": np.arange(n), "minute": minute, "load": load[arm], "recall": recall[arm]}
            )
            for arm, minute in moments.items()
        ]
        self.measures: pd.DataFrame | None = pd.concat([part.astype({"arm": object}) for part in parts])
        if mixed:
            allotted = self.allocation["arm"].to_numpy()
            own = np.where(allotted == "therapy", load["therapy"] - 0.1, load["waiting"])
            self.mixed_measures = pd.DataFrame(
                {"person": np.arange(n), "minute": HALF, "load": own, "recall": recall["waiting"]}
            )

    def seen(self) -> pd.DataFrame:
        return observed(self.scores, self.allocation, self.outcomes, self.mixed, self.randomized)

    def truth(self) -> pd.DataFrame:
        return effects(self.scores, self.allocation, self.arms, self.reference, self.outcomes)

    def table(self) -> pd.DataFrame:
        assert self.measures is not None
        when = needed(self.measures, self.outcomes, self.randomized)
        return mediation(self.seen(), self.truth(), self.measures, self.mixed_measures, ARMS, "waiting", when)

    def told(self) -> Draft:
        draft = Draft()
        mechanisms_part(self, self.seen(), self.truth(), draft)
        return draft


def test_products_of_coefficients_are_those_of_statsmodels_mediation() -> None:
    """Imai, Keele & Tingley's simulation of the same linear models, as statsmodels has it."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.stats.mediation import Mediation

    rng = np.random.default_rng(3)
    treated, z = np.tile([0.0, 1.0], 100), rng.normal(size=200)
    mediator = 0.7 * treated + 0.4 * z + rng.normal(size=200)
    outcome = 0.2 * treated + 0.5 * mediator + 0.3 * z + rng.normal(size=200)
    found = mediated(treated, mediator, outcome, z[:, None])
    assert found is not None
    data = pd.DataFrame({"one": 1.0, "t": treated, "z": z, "m": mediator})
    both, first = OLS(outcome, data[["one", "t", "z", "m"]]), OLS(mediator, data[["one", "t", "z"]])
    np.random.seed(1)  # noqa: NPY002  statsmodels draws from the global stream
    known = Mediation(both, first, "t", "m").fit(method="parametric", n_rep=400).summary()
    spread = 0.13 / 400**0.5  # of the mean of so many draws of the effect
    assert found.indirect[0] == pytest.approx(known.loc["ACME (average)", "Estimate"], abs=4 * spread)
    assert found.direct[0] == pytest.approx(known.loc["ADE (average)", "Estimate"], abs=5 * spread)
    assert found.indirect[1] == pytest.approx(known.loc["ACME (average)", "Lower CI bound"], abs=0.05)


def test_a_hidden_cause_of_both_is_what_hidden_says() -> None:
    # Imai, Keele & Yamamoto 2010, theorem 4: without any effect of the mediator, errors that correlate by .5 look like
    # one, and it goes away at just that correlation.
    rng = np.random.default_rng(4)
    treated, shared = np.tile([0.0, 1.0], 5000), rng.normal(size=10_000)
    mediator, outcome = (treated + shared + rng.normal(size=10_000) for _ in range(2))
    found = mediated(treated, mediator, outcome)
    assert found is not None
    assert found.hidden == pytest.approx(0.5, abs=0.03)
    assert found.indirect[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
def test_indirect_effects_after_readings_before_treatment_are_recovered() -> None:
    def interval(rng: np.random.Generator) -> tuple[float, float]:
        table = Planted(120, int(rng.integers(2**31))).table()
        row = table[table["mechanism"] == "load"].iloc[0]
        return float(row["indirect_low"]), float(row["indirect_high"])

    check(interval, -5.0, SETS)


def test_the_exact_effect_on_a_mechanism_stands_beside() -> None:
    for mixed in (False, True):
        table = Planted(mixed=mixed).table().set_index("mechanism")
        assert set(table["outcome"]) == {"symptoms"}  # not of the one with a cut-off
        load, recall = table.loc["load"], table.loc["recall"]
        assert load["exact_moved"] == pytest.approx(-0.1)
        # Among others under therapy it is twice as much; what is exact is of worlds of single arms.
        assert load["moved"] == pytest.approx(-0.2 if mixed else -0.1, abs=0.02)
        assert load["day"] == 15.0
        assert load["indirect_high"] < 0.0
        assert recall["exact_moved"] == 0.0
        assert np.isnan(recall["together"])
        assert recall["indirect_low"] < 0.0 < recall["indirect_high"]
    plain = Planted().table().iloc[0]
    assert plain["total"] == pytest.approx(plain["direct"] + plain["indirect"])


def test_readings_before_treatment_make_the_estimate_closer() -> None:
    trial = Planted()
    row = trial.table().set_index("mechanism").loc["load"]
    assert trial.measures is not None
    trial.measures = trial.measures[trial.measures["arm"].notna()]
    trial.scores = trial.scores[trial.scores["arm"].notna()]
    bare = trial.table().set_index("mechanism").loc["load"]
    assert (row["n"], bare["n"]) == (200, 200)
    assert row["moved_high"] - row["moved_low"] < 0.7 * (bare["moved_high"] - bare["moved_low"])


def test_who_holds_no_trace_of_the_memory_recalls_nothing_of_it() -> None:
    trial = Planted()
    assert trial.measures is not None
    gone = (trial.measures["arm"] == "therapy").to_numpy(bool)
    zero = trial.measures.assign(recall=trial.measures["recall"].where(~gone, 0.0))
    trial.measures = trial.measures.assign(recall=trial.measures["recall"].where(~gone))
    found = trial.table()
    trial.measures = zero
    pd.testing.assert_frame_equal(found, trial.table())


def test_mechanisms_are_read_between_treatment_and_outcome() -> None:
    outcome = replace(SCALE, minute=100)
    assert midway([10, 20, 40, 60, 100], outcome, 20) == 60
    assert midway([50, 70], outcome, 20) == 50  # as far from midway as the other, and earlier
    assert midway([10, 20, 100, 120], outcome, 20) is None
    measured = pd.DataFrame({"arm": [None, None, "a", "a"], "minute": [5, 20, 60, 110]})
    assert needed(measured, [outcome, CASE], None) == {"symptoms": (20, 60)}
    assert needed(measured, [outcome], 10) == {"symptoms": (5, 60)}
    assert needed(measured, [outcome], 70) == {}


@pytest.mark.parametrize("mixed", [None, 7.0])
def test_of_a_run_only_the_measures_that_are_needed_are_read(tmp_path: Path, mixed: float | None) -> None:
    place = toy_trial.run(tmp_path / "run", n=30, mixed=mixed, measured=(HALF - 1440, HALF, AFTER))
    trial = trial_results.trial(place)
    measures, met = trial.measures, trial.mixed_measures
    assert measures is not None
    assert list(measures) == ["arm", "person", "minute", "load"]
    found = measures.groupby(measures["arm"].astype(object).fillna("all"))[["minute", "load"]].agg(["min", "max"])
    assert found.loc["all"].tolist() == [0, 0, 1.0, 1.0]
    assert found.loc["waiting"].tolist() == [HALF, HALF, 0.0, 0.0]
    assert found.loc["therapy"].tolist() == [HALF, HALF, 1.0, 1.0]
    assert (met is None) == (mixed is None)
    if met is not None:
        assert (list(met), len(met), set(met["load"])) == (["person", "minute", "load"], 30, {7.0})
    bare = trial_results.trial(toy_trial.run(tmp_path / "bare", n=30, mixed=mixed))
    assert (bare.measures, bare.mixed_measures) == (None, None)


def test_the_chapter_tells_assumptions_and_chance() -> None:
    draft = Planted().told()
    (table,) = draft.tables
    assert table.name == "trial_mediation"
    assert "nothing else moves both" in draft.methods[0]
    assert "if nothing else moves both" in draft.findings[0]
    assert "allostatic load -" in draft.findings[0]
    assert "by -0.1 exactly" in draft.findings[0]
    assert "1 of 2 intervals hold no 0; 0.1 would by chance" in draft.findings[-1]


def test_what_cannot_be_told_is_said() -> None:
    none, late, few, same = Planted(), Planted(), Planted(18), Planted()
    none.measures = None
    assert none.measures is None
    assert late.measures is not None
    late.measures = late.measures[late.measures["minute"] < HALF]
    assert same.measures is not None
    same.measures = same.measures.assign(load=0.5, recall=1.0)
    for trial, why in (
        (none, "No measures were recorded"), (late, "no measure between randomization and outcome"),
        (few, "fewer than 20 persons"), (same, "nothing varies"),
    ):  # fmt: skip
        draft = trial.told()
        assert not draft.tables
        assert any(why in warning for warning in draft.warnings)
    assert mediated(*np.eye(3)) is None
