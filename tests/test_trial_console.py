"""`cohort compare`, `cohort.compare` and `cohort.effects` on a run whose trial is planted."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import toy_trial

import cohort
from analysis.trials.effect_figure import draw
from cohort.cli import main
from cohort.errors import InputError
from cohort.trial_results import trial

KEYS = ["outcome", "arm", "reference", "estimate", "low", "high", "exact", "helped", "harmed", "nnt"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_trial.run(tmp_path_factory.mktemp("trial") / "run")


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def strictly(text: str) -> list[dict[str, object]]:
    """JSON without the words that Python adds to it."""

    def refuse(word: str) -> None:
        raise ValueError(word)

    return json.loads(text, parse_constant=refuse)


def test_the_json_has_exactly_its_keys_and_the_planted_truth(capsys: pytest.CaptureFixture[str], whole: Path) -> None:
    found = strictly(said(capsys, "compare", whole, "--json"))
    assert [list(row) for row in found] == [KEYS, KEYS]
    symptoms, case = found
    assert (symptoms["outcome"], symptoms["arm"], symptoms["reference"]) == ("symptoms", "therapy", "waiting")
    # -10 for 60 persons and +6 for 30: mean -14/3, 2/3 helped, 1/3 harmed.
    assert symptoms["exact"] == pytest.approx(-14 / 3, abs=1e-5)
    assert (symptoms["helped"], symptoms["harmed"]) == pytest.approx((2 / 3, 1 / 3))
    assert symptoms["nnt"] == pytest.approx(3.0)
    assert symptoms["low"] < symptoms["estimate"] < symptoms["high"]
    assert case["nnt"] == pytest.approx(-1.0 / case["exact"])


def test_the_table_shows_who_took_part_and_each_estimate_beside_the_truth(
    capsys: pytest.CaptureFixture[str], whole: Path
) -> None:
    shown = said(capsys, "compare", whole)
    told = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.strip()}
    assert told["enrolled"] == ["90"]
    assert told["excluded"] == ["18"]
    assert told["randomized"] == ["72", "36", "36"]
    assert int(told["attended"][2]) + int(told["left"][2]) == 36
    assert told["symptoms"][:2] == ["(points)", "therapy"]
    assert told["symptoms"][-4:] == ["-4.67", "66.7%", "33.3%", "3.0"]
    assert "adjusted for the baseline" in shown
    assert "case (at or above 33)" in shown
    assert "95% intervals" in shown


def test_compare_gives_the_same_as_a_frame(capsys: pytest.CaptureFixture[str], whole: Path) -> None:
    frame = cohort.compare(cohort.load(whole))
    assert frame.columns[: len(KEYS)].tolist() == KEYS
    assert frame[KEYS].to_dict(orient="records") == strictly(said(capsys, "compare", whole, "--json"))
    assert frame.equals(cohort.compare(whole))


def test_effects_of_a_run_are_the_planted_ones(whole: Path) -> None:
    found = cohort.effects(whole)
    symptoms = found[found["outcome"] == "symptoms"].sort_values("person")
    np.testing.assert_allclose(symptoms["effect"], [-10.0] * 60 + [6.0] * 30, atol=1e-5)
    assert found.equals(cohort.effects(cohort.load(whole)))


def test_effects_of_replicates_have_a_standard_error_and_want_the_same_persons(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        toy_trial.run(tmp_path / f"seed-{seed}", n=30, seed=seed)
    found = cohort.effects(tmp_path)
    assert found.columns.tolist()[-2:] == ["se", "seeds"]
    assert (found["seeds"] == 3).all()
    symptoms = found[found["outcome"] == "symptoms"]
    np.testing.assert_allclose(symptoms["se"], 0.0, atol=1e-5)
    np.testing.assert_allclose(symptoms["effect"], [-10.0] * 20 + [6.0] * 10, atol=1e-5)
    assert (found.loc[found["outcome"] == "case", "se"] > 0.0).any()
    toy_trial.run(tmp_path / "seed-4", n=30, seed=4, persons_seed=1)
    with pytest.raises(InputError, match=r"seed-4: has other persons than .*seed-1; set study.persons_seed"):
        cohort.effects(tmp_path)


def test_replicates_of_other_outcomes_are_refused(tmp_path: Path) -> None:
    toy_trial.run(tmp_path / "seed-1", n=30)
    toy_trial.run(tmp_path / "seed-2", n=30, outcomes=[vars(toy_trial.SCALE)])
    with pytest.raises(InputError, match="other outcomes"):
        cohort.effects(tmp_path)


def test_where_persons_influence_each_other_the_trial_is_the_observed_world(tmp_path: Path) -> None:
    alone = cohort.compare(toy_trial.run(tmp_path / "alone", n=30)).set_index("outcome")
    place = toy_trial.run(tmp_path / "run", n=30, mixed=37.0)
    found = cohort.compare(place).set_index("outcome")
    assert found["estimate"].tolist() == [0.0, 0.0]
    assert alone["estimate"].abs().min() > 0.0
    assert found["exact"].equals(alone["exact"])
    assert trial(place).consort["therapy"].equals(trial(tmp_path / "alone").consort["therapy"])


# --- what cannot be told


@pytest.mark.parametrize("how", ["missing", "nobody", "constant"])
def test_what_cannot_be_told_is_null(capsys: pytest.CaptureFixture[str], tmp_path: Path, how: str) -> None:
    settings = {"missing": how == "missing", "eligible": how != "nobody", "constant": how == "constant"}
    place = toy_trial.run(tmp_path / "run", n=30, **settings)
    found = strictly(said(capsys, "compare", place, "--json"))
    symptoms = found[0]
    assert list(symptoms) == KEYS
    if how == "missing":
        assert symptoms["estimate"] is symptoms["low"] is symptoms["high"] is None
        assert symptoms["nnt"] == pytest.approx(3.0)
    if how == "nobody":
        assert [symptoms[key] for key in KEYS[3:]] == [None] * 7
    if how == "constant":
        assert (symptoms["exact"], symptoms["helped"], symptoms["harmed"], symptoms["nnt"]) == (0.0, 0.0, 0.0, None)
    picture = tmp_path / "effects.png"
    shown = said(capsys, "compare", place, "--out", picture)
    assert ("No person is eligible" in shown) == (how == "nobody")
    assert picture.stat().st_size > 10_000


def test_a_run_without_a_comparison_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    one = toy_trial.run(tmp_path / "one", n=30, arms=("waiting",))
    assert main(["compare", str(one)]) == 2
    assert "one: 'waiting' is the only arm; a comparison needs two" in capsys.readouterr().err
    late = toy_trial.run(tmp_path / "late", n=30, outcomes=[{**vars(toy_trial.SCALE), "minute": 5}])
    assert main(["compare", str(late)]) == 2
    assert "it was read at minutes 0, 43200" in capsys.readouterr().err
    none = toy_trial.run(tmp_path / "none", n=30, outcomes=[])
    for place in (none, tmp_path / "nowhere"):
        assert main(["compare", str(place)]) == 2
    assert "holds no trial; its scenario needs [trial] with arms, and [[instruments]]" in capsys.readouterr().err


# --- the figure


def test_the_figure_names_what_it_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str], whole: Path) -> None:
    place = tmp_path / "effects.svg"
    said(capsys, "compare", whole, "--json", "--out", place)
    ElementTree.parse(place)
    shown = draw(trial(whole).effects, cohort.compare(whole), trial(whole).outcomes)
    titles = [cell.get_title(loc="left") for cell in shown.axes]
    what, better, groups = titles[0].splitlines()
    assert what == "symptoms, therapy − waiting"
    assert better == "lower is better, from 5 points"
    row = cohort.compare(whole).iloc[0]
    assert groups == f"67% helped, 33% harmed; trial: n = {row['n']} + {row['n_reference']}"
    assert titles[1].splitlines()[:2] == ["case, therapy − waiting", "at or above 33; lower is better"]
    assert shown.get_size_inches()[0] == 6.5  # as wide as a page
    assert shown.axes[0].get_ylabel() == "effect on the person\n(points)"
    assert shown.axes[0].get_xlabel().endswith("n = 90)")
    legend = [text.get_text() for text in shown.legends[0].get_texts()]
    assert legend == ["harmed", "neither", "helped", "mean effect, exact", "the trial's estimate, 95% interval"]


def test_the_figure_is_the_same_file_each_time(tmp_path: Path, capsys: pytest.CaptureFixture[str], whole: Path) -> None:
    for name in ("a.svg", "b.svg"):
        said(capsys, "compare", whole, "--json", "--out", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_figure_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], whole: Path
) -> None:
    assert main(["compare", str(whole), "--out", str(tmp_path / "effects.gif")]) == 2
    assert "permitted: .png, .pdf, .svg" in capsys.readouterr().err


def test_what_care_costs_is_shown_where_costs_are_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, whole: Path
) -> None:
    assert "US$" not in said(capsys, "compare", whole)
    shown = said(capsys, "compare", toy_trial.run(tmp_path / "run", costs={"therapy": 60.0}))
    # A session for two thirds of all under therapy; cases fall from day 0 to day 30, and their days by half of that.
    line = next(line for line in shown.splitlines() if line.split()[:1] == ["therapy"] and "+40.00" in line)
    told = trial(tmp_path / "run").economics(toy_trial.CASE).set_index("arm").loc["therapy"]
    assert told["cost"] == told["extra"] == pytest.approx(40.0)
    case = cohort.compare(tmp_path / "run").query("outcome == 'case'")["exact"].iloc[0]
    assert told["gained"] == pytest.approx(-case * 15.0)
    assert f"{told['per_daly']:,.2f}" in line
    assert "disability weight 0.133" in shown
    assert "RD" in shown
    assert "greatest net benefit" in shown
    said(capsys, "compare", tmp_path / "run", "--economics", tmp_path / "plane.png")
    assert (tmp_path / "plane.png").stat().st_size > 10_000
    assert main(["compare", str(whole), "--economics", str(tmp_path / "none.png")]) == 2
    assert "tells nothing of costs" in capsys.readouterr().err


def test_many_arms_stand_below_each_other(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arms = ["waiting", *(f"therapy-of-a-long-name-{k}" for k in range(9))]
    truth = toy_trial.planted(90, 1)
    toy_trial.run(tmp_path / "run", arms=arms, truth=truth | dict.fromkeys(arms, truth["therapy"]))
    shown = said(capsys, "compare", tmp_path / "run")
    number = trial(tmp_path / "run").consort.set_index("stage").loc["randomized", "therapy-of-a-long-name-8"]
    assert any(line.split()[:2] == ["therapy-of-a-long-name-8", str(number)] for line in shown.splitlines())
    assert max(map(len, shown.splitlines())) <= 120
