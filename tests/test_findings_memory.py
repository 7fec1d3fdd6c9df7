"""Measures of the findings on memory against known answers; each scenario loads and is lived, tiny."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cohort import scenario
from cohort.experiment import experiments, observe
from cohort.files import data_file
from cohort.findings import memory
from cohort.findings.estimate import Estimate
from cohort.scenario import of_finding
from cohort.targets import select

FINDINGS = ("A1", "A2", "A3", "A5", "E1", "E6", "R1", "N4", "N8")
N = 40
EVEN = np.arange(N) % 2 * 2.0 - 1.0  # a score that is 1 in half of the persons and -1 in the others: mean 0


class Fake:
    """A run that holds the scores given: arm to instrument to a list of arrays (persons,), one an assessment."""

    def __init__(self, worlds: dict[str, dict[str, list[Any]]]) -> None:
        self.worlds = worlds

    def world(self, arm: str) -> Fake:
        return Fake({"": self.worlds[arm]})

    @property
    def scores(self) -> pd.DataFrame:
        rows = [
            pd.DataFrame({"person": np.arange(N), "minute": k, "instrument": name, "state": column, "score": column})
            for name, readings in self.worlds[""].items()
            for k, column in enumerate(readings)
        ]
        return pd.concat(rows)[::-1]


def run(**instruments: list[Any]) -> Any:
    return Fake({"": {name.replace("_", "-"): list(readings) for name, readings in instruments.items()}})


def arms(instrument: str, **told: list[Any]) -> Any:
    return Fake({name.replace("_", "-"): {instrument: readings} for name, readings in told.items()})


def published() -> np.ndarray[Any, Any]:
    table = pd.read_csv(data_file("ebbinghaus_savings.csv"))
    return table[["ebbinghaus", "mack", "seitz", "dros"]].mean(axis=1).to_numpy()


def test_savings_are_means_in_the_order_of_the_delays() -> None:
    found = memory.a1(run(savings=[np.full(N, value) + 0.1 * EVEN for value in published()]))
    assert list(found) == [target.part for target in select(["A1"])]
    assert [one.value for one in found.values()] == pytest.approx(published())
    assert found["20min"].se == pytest.approx(0.1 / math.sqrt(N), rel=0.05)


def test_the_published_savings_have_the_published_exponent() -> None:
    found = memory.a2(run(savings=[np.full(N, value) for value in published()]))["exponent"]
    assert found.value == pytest.approx(0.122, abs=0.001)
    assert found.se == pytest.approx(0.0, abs=1e-9)


def test_an_exponential_has_no_exponent() -> None:
    assert math.isnan(memory.exponent(*(np.full(N, 0.5 * math.exp(-0.03 * t)) for t in memory.DAYS)))
    assert memory.exponent(*(np.full(N, 0.3 * t**-0.15) for t in memory.DAYS)) == pytest.approx(0.15)
    assert math.isnan(memory.exponent(*(np.full(N, math.nan) for _ in memory.DAYS)))


def test_advantages_are_in_units_of_the_spread_of_scores() -> None:
    sd = math.sqrt(N / (N - 1))  # of EVEN
    first = np.arange(N) % 4 < 2  # who saw the arousing ones first: as many of either sign of EVEN

    def kept(early: Any, late: Any, order: Any) -> list[Any]:
        """Two readings after the session in which it was seen; later ones of what was seen first are of no account."""
        blank = np.full(N, math.nan)
        return [np.where(order, early, blank), np.where(order, late, blank),
                np.where(order, -50.0, early), np.where(order, -50.0, late)]  # fmt: skip

    pictures = run(
        arousing=kept(1.0 + EVEN, 3.0 + EVEN, first), neutral=kept(1.0 + EVEN, 1.0 + EVEN, ~first),
        where_arousing=kept(9.0 + EVEN, EVEN, first), where_neutral=kept(EVEN, 0.5 + EVEN, ~first),
    )  # fmt: skip
    found = memory.a3(pictures)
    assert {part: one.value for part, one in found.items()} == pytest.approx(
        {"immediate": 0.0, "24h": 2.0 / sd, "context": -0.5 / sd}
    )
    shocked = memory.n4(run(animals=[EVEN - 1.0], tools=[EVEN]))["d"]
    assert shocked.value == pytest.approx(1.0 / sd)


def test_slopes_are_over_the_log_of_weeks_and_consistency_is_with_the_first_report() -> None:
    """Of twice as much told at first, a fall by as much is half of it; who told nothing of one at first is left out."""
    log = np.log([1.0, 6.0, 32.0])
    public = [np.full(N, 50.0 - 3.0 * x) for x in log]
    everyday = [np.full(N, 40.0 - 6.0 * x) for x in log]
    gone = np.where(np.arange(N) == 7, np.nan, everyday[2])  # one who lost the memory is left out altogether
    silent = np.where(np.arange(N) == 3, 0.0, 30.0)
    reports = run(
        consistency_public=[np.full(N, 60.0), *public, np.zeros(N)],
        consistency_everyday=[silent, *everyday[:2], gone],
        vividness_public=[np.zeros(N), *everyday, np.zeros(N)], vividness_everyday=[np.ones(N), *everyday],
    )  # fmt: skip
    found = memory.a5(reports)
    assert [found[part].value for part in ("consistency", "vividness")] == pytest.approx([0.25, 1.0])
    assert (found["consistency"].persons, found["vividness"].persons) == (N - 2, N - 1)


def test_vividness_is_correlated_with_what_is_told_at_the_last_report() -> None:
    rng = np.random.default_rng(1)
    vivid, other = np.linalg.qr(np.column_stack([np.ones(N), rng.normal(size=(N, 2))]))[0][:, 1:].T  # r = 0
    told = 0.3 * vivid + math.sqrt(1.0 - 0.09) * other
    found = memory.n8(run(vividness_public=[told, vivid], consistency_public=[vivid, told]))["r"]
    assert found.value == pytest.approx(0.3)


def test_a_drug_that_takes_away_is_a_positive_reduction_and_stress_has_the_sign_of_what_it_does() -> None:
    """Hedges' g of 1 SD with 40 and 40: 1 - 3 / (4 * 80 - 9) = .990354."""
    one = math.sqrt(N / (N - 1))
    found = memory.e1(arms("recall", placebo=[EVEN + one], propranolol=[EVEN]))["g"]
    assert found.value == pytest.approx(0.990354, abs=1e-6)
    calm = {"calm_before": [EVEN], "calm_after": [EVEN], "calm_retrieval": [EVEN + 1.0]}
    told = memory.e6(arms("recall", before=[EVEN - one], after=[EVEN + one], retrieval=[EVEN + 1.0], **calm))
    assert {k: v.value for k, v in told.items()} == pytest.approx(
        {"before": -0.990354, "after": 0.990354, "retrieval": 0.0}, abs=1e-6
    )


def dosed(curve: Any) -> dict[str, Estimate]:
    given = {"no_drug": 0.0} | {f"levodopa_{mg}mg": mg / 100.0 for mg in (50, 100, 150, 200, 250)}
    return memory.r1(arms("recognition", **{name: [np.zeros(N), curve(x)] for name, x in given.items()}))


def test_the_sign_of_the_dose_is_that_of_its_square_where_it_is_sure() -> None:
    assert memory.quadratic(np.array([[x * x * 3.0 - x + 2.0] for x in (0, 0.5, 1, 1.5, 2, 2.5)])) == pytest.approx(3.0)
    hill = dosed(lambda x: 2.0 * x - x * x + 0.1 * EVEN)["dose"]
    assert (hill.value, hill.se) == (-1.0, 0.0)
    assert dosed(lambda x: x * x + 0.1 * EVEN)["dose"].value == 1.0
    line = dosed(lambda x: x + EVEN * x * x)["dose"]  # as many curve up as down
    assert line.value == 0.0
    assert math.isnan(line.se)


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_scenario_says_what_it_is_and_holds_enough_persons(finding: str) -> None:
    told = scenario.load(of_finding(finding))
    assert told.title
    assert told.study.persons >= max(target.min_persons for target in select([finding]))
    assert "10." in Path(of_finding(finding)).read_text("utf-8") or "extends" in Path(of_finding(finding)).read_text()


def test_every_scenario_is_lived_and_gives_every_part() -> None:
    found = {
        key: value for one in experiments(FINDINGS, ["study.seed=2"], share=0.01) for key, value in observe(one).items()
    }
    assert set(found) == {(target.id, target.part) for target in select(FINDINGS)}
    assert {value.persons for value in found.values()} <= set(range(2, 81))
