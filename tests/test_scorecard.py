"""Published findings as data, their verdicts, the baseline beside them, and what a validation shows."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.fidelity.baseline import Baseline
from cohort import scenario, scorecard
from cohort.cli import main
from cohort.errors import InputError
from cohort.experiment import experiments
from cohort.files import data_file
from cohort.findings import MODULES
from cohort.findings.estimate import Estimate, correlation, estimate, mean, odds_ratio, ratio, standardized
from cohort.targets import select, targets
from cohort.validation_report import BEGIN, END, into_readme


def of(key: str):
    return next(target for target in targets() if target.key == key)


# --- the tables


def test_every_finding_has_one_scenario_and_one_measure() -> None:
    ids = {target.id for target in targets()}
    assert ids == set(MODULES)
    folder = scenario.of_finding("B1").parent
    assert sorted(path.stem for path in folder.glob("*.toml")) == sorted(ids)


def test_the_bands_hold_what_was_published() -> None:
    outside = {t.key for t in targets() if not math.isnan(t.value) and not t.low <= t.value <= t.high}
    assert outside == {"B1-both"}  # its band is set by B5 and N7, as its row says
    assert len({t.key for t in targets()}) == len(targets())
    assert {t.use for t in select(uses=["calibrate"])} == {"calibrate"}


def test_an_unknown_finding_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--only", "B01"]) == 2
    assert "no finding 'B01'; did you mean 'B1'?" in capsys.readouterr().err


# --- verdicts


def test_a_band_asks_for_the_value_and_for_a_small_error() -> None:
    target = of("B1-control")  # 4 to 6.5: an error of at most .625
    assert target.verdict(5.0, 0.6) == "pass"
    assert target.verdict(5.0, 0.7) == "miss"
    assert target.verdict(5.0, 0.7, final=False) == "undecided"
    assert target.verdict(3.9, 0.1) == target.verdict(3.9, 0.1, final=False) == "miss"
    assert target.verdict(math.nan, 0.1) == "miss"


def test_a_limit_asks_for_its_one_sided_bound() -> None:
    target = of("N8-r")  # at most .30
    assert target.verdict(0.25, 0.03) == "pass"  # .25 + 1.645 x .03 = .299
    assert target.verdict(0.25, 0.031) == "miss"
    assert target.verdict(0.25, 0.031, final=False) == "undecided"
    floor = of("N5-debriefing")  # at least .75
    assert floor.verdict(0.80, 0.03) == "pass"
    assert floor.verdict(0.80, 0.04) == "miss"


def test_a_finding_passes_when_all_its_parts_do_and_inputs_do_not_count() -> None:
    a, b, c = of("B14-half-life"), of("C13-0"), of("H1-vmr")
    rows = [scorecard.score(t, Estimate(v, 0.01, 100)) for t, v in ((a, 2.0), (b, 0.9), (c, 9.0))]
    assert [row.verdict for row in rows] == ["pass", "miss", "miss"]
    found = scorecard.tally([*rows, replace(rows[0], verdict="miss")])
    assert (found.passed, found.missed) == ((), ("B14", "H1"))
    assert scorecard.tally(rows).passed == ("B14",)


# --- estimates


def test_the_jackknife_gives_the_error_of_a_mean_and_of_a_correlation() -> None:
    draw = np.random.default_rng(1)
    x, z = draw.normal(size=(2, 5000))
    y = 0.6 * x + 0.8 * z
    assert estimate(mean, x).se == pytest.approx(1.0 / np.sqrt(5000), rel=0.2)
    # Of a correlation under the normal law: (1 - r^2) / sqrt(n).
    assert estimate(correlation, x, y).se == pytest.approx((1.0 - 0.36) / np.sqrt(5000), rel=0.25)
    pairs = np.repeat(np.arange(2500), 2)
    twice = np.repeat(x[:2500], 2)  # two of each: as many persons, half as much told
    assert estimate(mean, twice, unit=pairs).se == pytest.approx(1.0 / np.sqrt(2500), rel=0.2)


def test_statistics_against_figures_by_hand() -> None:
    case, exposed = np.array([1, 1, 0, 0, 1, 0, 0, 0.0]), np.array([1, 1, 1, 1, 0, 0, 0, 0.0])
    assert odds_ratio(case, exposed) == pytest.approx(3.0)  # (2/2) / (1/3)
    assert standardized(np.array([2.0, 4.0]), np.array([1.0, 3.0])) == pytest.approx(1.0 / np.sqrt(2.0))
    assert ratio(np.array([1.0, 2.0]), np.array([3.0, 3.0])) == 0.5
    assert math.isnan(estimate(mean, np.array([])).value)


# --- the baseline


@pytest.fixture(scope="module")
def told() -> Baseline:
    return scorecard.baseline()


def test_the_baseline_is_the_power_of_time_of_the_published_savings(told: Baseline) -> None:
    """Murre & Dros 2015: the exponent of the mean curve is the value of A2, fitted by them from the same points."""
    assert told.rows["A2-exponent"] == pytest.approx(of("A2-exponent").value, abs=0.02)
    assert all(of(f"A1-{delay}").verdict(told.rows[f"A1-{delay}"], 0.0) == "pass" for delay in ("20min", "1d", "31d"))


def test_the_baseline_gives_back_the_rows_it_is_fitted_to_and_counts_as_a_mixture(told: Baseline) -> None:
    for key in ("B1-control", "H1-vmr", "B14-half-life", "C5-prevalence", "A3-24h"):
        assert told.rows[key] == pytest.approx(of(key).value, rel=1e-6)
    draw = np.random.default_rng(2)
    sigma = np.sqrt(np.log1p((told.rows["H1-vmr"] - 1.0) / told.rows["B1-control"]))
    counts = draw.poisson(told.rows["B1-control"] * np.exp(sigma * draw.normal(size=400_000) - sigma**2 / 2.0))
    assert told.rows["B1-zeros"] == pytest.approx(np.mean(counts == 0), abs=0.002)
    assert counts.var() / counts.mean() == pytest.approx(told.rows["H1-vmr"], rel=0.02)
    courses = [told.rows[f"C8-{name}"] for name in ("resilient", "recovering", "chronic", "delayed")]
    assert sum(courses) == pytest.approx(1.0)


def test_the_baseline_says_no_effect_of_treatment_and_nothing_of_traits(told: Baseline) -> None:
    assert told.predict("F1-after") == 0.0
    assert told.predict("B8-irr") == told.predict("F3-or") == told.predict("B1-both") == 1.0
    assert told.predict("C12-prior") is None
    assert told.predict("C15-h2") is None


def test_beating_the_baseline_takes_two_standard_errors() -> None:
    target = of("B1-both")  # .37 published, 1 by the baseline
    assert scorecard.score(target, Estimate(0.6, 0.05, 100)).beats is True
    assert scorecard.score(target, Estimate(0.6, 0.3, 100)).beats is False
    assert scorecard.score(of("C12-prior"), Estimate(0.2, 0.01, 100)).beats is None


# --- the experiments and what is shown


def test_findings_of_one_experiment_share_its_run_and_settings_reach_all() -> None:
    (one,) = experiments(["B1", "B14", "H1"], ["parameters.early_decay=2"], share=0.1, seed=5)
    assert one.findings == ("B1", "B14", "H1")
    assert (one.scenario.study.persons, one.scenario.study.seed) == (400, 5)
    assert one.scenario.parameters["early_decay"] == 2.0


def test_validate_writes_rows_for_scripts_and_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, readme = tmp_path / "report", tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    asked = ["validate", "--quick", "--only", "B1,H1", "--set", "study.persons=400", "--workers", "1"]
    assert main([*asked, "--out", str(out), "--readme", str(readme), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["part"]) for row in rows][-1] == ("H1", "vmr")
    wanted = {"id", "use", "statistic", "simulated", "se", "low", "high", "verdict", "baseline_verdict"}
    assert all(wanted <= set(row) for row in rows)
    assert {row["verdict"] for row in rows} <= {"pass", "miss", "undecided"}
    assert all(row["persons"] == 50 for row in rows)
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 2
    assert len(list(csv.DictReader((out / "scorecard.csv").read_text().splitlines()))) == len(rows)
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| B1-control |" in text
    assert main([*asked, "--out", str(out)]) == 2  # what is there stays


def test_a_readme_without_a_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("nothing\n")
    with pytest.raises(InputError, match="has no place"):
        into_readme([], path)


def test_the_tables_of_findings_ship_with_the_package() -> None:
    assert data_file("targets/open.csv").is_file()
    assert data_file("targets/rival.csv").is_file()
