"""Scenarios read: every fault with its line, inheritance, overrides, the round trip, and texts that are damaged."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cohort import scenario
from cohort.errors import InputError
from cohort.files import scenario_file
from cohort.instruments import Instrument
from cohort.interventions import Intervention
from cohort.language import KINDS
from cohort.plan import plan
from cohort.toml_lines import MOST_DOTS, key_lines

FOLDER = scenario_file("flood.toml").parent
NAMES = [name for name, _ in scenario.shipped()]
TRIALS = (
    "debriefing", "early-therapy", "hydrocortisone-prevention", "mdma-therapy", "propranolol-reconsolidation",
    "reconsolidation-therapy", "sleep-after-film", "stepped-care", "tetris",
)  # fmt: skip
GOOD = """\
title = "a crash"
[study]
persons = 100
days = 20
[population]
age = [18, 65]
traits = { rumination = 1.2 }
[population.place]
radius = 3
[groups]
near = "distance < 2"
[scenes.crash]
content = { context = "bridge", sensory = "glass" }
arousal = 0.8
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
who = "near and ace >= 1"
at = "day 3 14:00"
dose = { by = "distance", scale = 2 }
[[events]]
name = "pill"
kind = "dose"
drug = "propranolol"
mg = 80
every = "1 d x 3 from +6 h after crash"
[[surroundings.reminders]]
name = "bridges"
scene = "crash"
per_week = 1
from = "+1 d after crash"
[records]
measures = "1 d"
focus = "crash"
"""


def message(text: str, *overrides: str) -> str:
    with pytest.raises(InputError) as caught:
        scenario.loads(text, "study.toml", overrides)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


def test_what_a_scenario_says() -> None:
    made = scenario.loads(GOOD)
    assert (made.study.persons, made.study.days, made.study.seed) == (100, 20, 1)
    assert made.population.age == (18.0, 65.0)
    assert made.events[1].kind == "dose"
    assert made.surroundings.reminders[0].from_ == "+1 d after crash"
    assert made.places.of(("events", 1, "mg")) == "line 26"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("persons = 100", "persons = 0", "line 3: study.persons = 0; permitted: from 1 to 2147483648"),
        ("persons = 100", "persons = 3000000000", "permitted: from 1 to 2147483648"),
        ("persons = 100", 'persons = "many"', "line 3: study.persons = 'many'; permitted: a whole number from 1"),
        ("persons = 100", "persons = 1.5", "permitted: a whole number"),
        ("persons = 100", "persons = true", "study.persons = true; permitted: a whole number"),
        ("days = 20", "dayz = 20", "line 4: unknown key 'dayz'; did you mean 'days'?; permitted: name, seed"),
        ("days = 20", "days = 36501", "line 4: study.days = 36501; permitted: from 1 to 36500"),
        ("days = 20", "start = 2026-03-02T10:00:00", "a date such as 2026-03-02"),
        ("[study]", "[stdy]", "line 2: unknown key 'stdy'; did you mean 'study'?"),
        ("age = [18, 65]", "age = [18]", "line 6: population.age needs 2 or more values"),
        ("age = [18, 65]", "age = [65, 18]", "line 6: age = [65.0, 18.0]; permitted: lowest and highest from 18"),
        ("age = [18, 65]", 'families = "mzz"', "line 6: population.families = 'mzz'; did you mean 'mz'?"),
        ("age = [18, 65]", "families = { mzz = 1.0 }", "line 6: unknown name 'mzz'; permitted: 'single', 'mz'"),
        ("age = [18, 65]", "families = { mz = 0.5, dz = 0.4 }", "line 6: shares of families sum to 0.9; permitted: 1"),
        ("age = [18, 65]", "ancestry = { EUR = 0.5 }", "line 6: shares of ancestry sum to 0.5; permitted: 1"),
        ("age = [18, 65]", "ancestry = { EU = 1.0 }", "line 6: unknown name 'EU'; permitted: 'EUR'"),
        ("age = [18, 65]", "adversity = { 0 = 0.5, 11 = 0.5 }", "line 6: adversity has '11'; permitted: numbers"),
        ("age = [18, 65]", "adversity = { 0 = 0.5, 1 = 0.4 }", "shares of adversity sum to 0.9"),
        ("age = [18, 65]", 'variants = ["rs468"]', "line 6: unknown variant 'rs468'; did you mean 'rs4680'?"),
        ("age = [18, 65]", "polygenic_scores = { ruminatio = 0.1 }", "line 6: unknown trait 'ruminatio'; did you mean"),
        ("age = [18, 65]", "polygenic_scores = { rumination = 0 }", "polygenic_scores.rumination = 0; permitted: "),
        ("age = [18, 65]", 'participants = "no.csv"', "line 6: participants = 'no.csv': no such file"),
        ("age = [18, 65]", "network = {}", "line 6: a network needs [population.households]"),
        ("age = [18, 65]", "households = { sizes = [0.5, 0.4] }", "shares of sizes sum to 0.9"),
        ("rumination = 1.2", "ruminatio = 1.2", "line 7: unknown trait 'ruminatio'; did you mean 'rumination'?"),
        ("rumination = 1.2", "rumination = nan", "line 7: population.traits.rumination = nan; permitted: a finite"),
        ("radius = 3", "radius = 0", "line 9: population.place.radius = 0; permitted: from 0.01 to 1000"),
        ("[population.place]\nradius = 3", "", "'distance < 2' has an unknown name 'distance'"),
        ("[population.place]\nradius = 3", "", "a dose by distance needs [population.place]"),
        ('"distance < 2"', '"distanc < 2"', "line 11: 'distanc < 2' has an unknown name 'distanc' at position 1; did"),
        ('"distance < 2"', '"load < 2"', "unknown name 'load'"),  # groups are formed at the start, without measures
        ('near = "distance', 'ne-ar = "distance', "line 11: group 'ne-ar'; permitted: a name of letters"),
        ('near = "distance', 'age = "distance', "line 11: group 'age' has the name of a column"),
        ('"distance < 2"', '"far"\nfar = "not near"', "groups go in a circle: "),
        ("sensory =", "sensry =", "line 13: unknown name 'sensry'; permitted: 'context', 'sensory'"),
        ("arousal = 0.8", "arousal = 1.8", "line 14: scenes.crash.arousal = 1.8; permitted: from 0 to 1"),
        ("arousal = 0.8", "arousel = 0.8", "line 14: unknown key 'arousel'; did you mean 'arousal'?"),
        ("arousal = 0.8", "salience = { sensory = [1] }", "line 14: scenes.crash.salience.sensory needs 2 or more"),
        ("[scenes.crash]", '[scenes."a crash"]', "line 12: unknown name 'a crash'; permitted: letters"),
        ('name = "crash"', 'name = "a crash"', "line 16: events[0].name = 'a crash'; permitted: letters"),
        ('name = "pill"', 'name = "crash"', "line 23: event 'crash' is there twice"),
        ('kind = "experience"', 'kind = "experiense"', "line 17: events[0]: kind = 'experiense'; did you mean"),
        ('kind = "experience"\n', "", "line 15: events[0]: kind = nothing; permitted: experience"),
        ('kind = "dose"', 'kind = "task"', "unknown key 'drug'"),
        ('scene = "crash"', 'scene = "crush"', "line 18: unknown scene 'crush'; did you mean 'crash'?"),
        ('scene = "crash"\n', "", "line 15: events[0]: 'scene' is missing"),
        ("near and ace >= 1", "near and ac >= 1", "line 19: 'near and ac >= 1' has an unknown name 'ac' at position"),
        ("near and ace >= 1", "near and", "line 19: 'near and': ends where"),
        ("day 3 14:00", "day 3 25:00", "line 20: at = 'day 3 25:00' is no time that is understood; permitted"),
        ("day 3 14:00", "day 20 00:00", "line 20: event 'crash' at day 20 00:00 is after the end; permitted"),
        ("day 3 14:00", "-6 h before pill", "times go in a circle: "),
        ("day 3 14:00", "-10 d before crash", "times go in a circle: crash -> crash"),
        ('at = "day 3 14:00"\n', "", "line 15: event 'crash' needs 'at' or 'every'"),
        ('at = "day 3 14:00"', "at = 3", "line 20: events[0].at = 3; permitted: text"),
        ('at = "day 3 14:00"', 'at = ["day 1", "day 33"]', "line 20: event 'crash' at day 33 00:00 is after the end"),
        ('at = "day 3 14:00"', 'at = "every 1 d x 2"', "a repetition in 'at' needs 'from'"),
        ("by =", "bye =", "line 21: unknown key 'bye'"),
        ("scale = 2", "scale = 0", "line 21: events[0].dose.scale = 0; permitted: from 0.01 to 1000"),
        ("{ by", '"x" # { by', "line 21: events[0].dose = 'x'; permitted: a number"),
        ("propranolol", "propanolol", "line 25: unknown drug 'propanolol'; did you mean 'propranolol'?"),
        ("mg = 80", "mg = 1000", "line 26: dose of propranolol: 1000.0 mg is out of range; permitted"),
        ("mg = 80", 'dose = 1\nmg = "x"', "line 27: events[1].mg = 'x'; permitted"),  # a key named like the kind
        ("mg = 80\n", "", "line 22: events[1]: 'mg' is missing"),
        ("x 3 from", "x 30 from", "line 27: event 'pill' at day 32 20:00 is after the end"),
        ("x 3 from", "x 300000 from", "events happen 300001 times by here; permitted: 100000"),
        ("after crash\"\n[[sur", "after crsh\"\n[[sur", "line 27: there is no event 'crsh' to count from; did you"),
        ("x 3 from +6 h after crash", "from day 8 until day 7", "line 27: event 'pill' never happens"),
        ('from = "+1 d after crash"', 'until = "day 0"\nfrom = "day 3"', "lies before the first moment"),
        ('from = "+1 d after crash"', 'from = "day 30"', "line 32: from = 'day 30' lies outside the study"),
        ("per_week = 1", "per_week = -1", "line 31: surroundings.reminders[0].per_week = -1; permitted: from 0 to 200"),
        ('measures = "1 d"', 'measures = "daily"', "line 34: measures = 'daily' is no time that is understood"),
        ('measures = "1 d"', "measures = 1", "line 34: records.measures = 1; permitted: text"),
        ('focus = "crash"', 'focus = "crach"', "line 35: unknown scene 'crach'; did you mean 'crash'?"),
        ("[records]", "[parameters]\nearly_decai = 2\n[records]", "line 34: unknown parameter 'early_decai'; did you"),
        ("[records]", "[parameters]\nearly_decay = 99\n[records]", "early_decay = 99.0 is out of range"),
        ("[records]", '[talk]\nabout = ["crash"]\n[records]', "line 33: talk needs [population.households]"),
        ("[records]", '[talk]\nabout = ["crash"]\nat = "25:00"\n[records]', "line 35: at = '25:00'"),
        ("[records]", '[talk]\nabout = ["crash"]\nevery = "5 h"\n[records]', "line 35: every = '5 h'; permitted"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert said in message(changed(old, new))


def test_all_faults_come_in_one_message_in_the_order_of_the_file() -> None:
    text = GOOD
    for old, new in (
        ("persons = 100", "persons = 0"), ("rumination", "ruminatio"), ("arousal = 0.8", "arousal = 8"),
        ("mg = 80", "mg = 8000"), ('kind = "experience"', 'kind = "experiense"'),
        ('measures = "1 d"', 'measures = "1 x"'),
    ):  # fmt: skip
        text = text.replace(old, new)
    said = message(text)
    assert said.startswith("study.toml: 6 faults")
    lines = [int(n) for n in re.findall(r"line (\d+):", said)]
    assert lines == sorted(lines) == [3, 7, 14, 17, 26, 34]


def test_an_unreadable_event_is_no_second_fault_where_others_count_from_it() -> None:
    assert "1 faults" not in message(changed("dose = { by", "doze = { by"))
    said = message(changed('kind = "experience"', 'kind = "x"'))
    assert "\n" not in said
    assert "line 17" in said


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff", b"days = ", b"[[[[", b"study = 3", b"events = [1]\nscenes = 4", b"a = " + b"[" * 3000,
     b"a = 0x" + b"f" * 9000, b"a = 1" + b"0" * 5000],
)  # fmt: skip
def test_what_is_no_scenario_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.toml"):
        scenario.load(path)


def test_excess_is_refused_quickly(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    for text, said in (
        ("#" * 400_000, "larger than"), ("a" + ".a" * (MOST_DOTS + 1) + " = 1", "dots"),
        ("a" + ".a" * 60 + " = 1", "nested too deeply"),
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            scenario.load(path)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no scenario 'flod'; did you mean 'flood'\?; permitted: a path, or combat"):
        scenario.load("flod")
    with pytest.raises(InputError, match=r"no\.toml: No such file"):
        scenario.load(tmp_path / "no.toml")
    with pytest.raises(InputError, match="Is a directory"):
        scenario.load(f"{tmp_path}/")
    with pytest.raises(InputError, match="no scenario"):
        scenario.load("a\0b")
    with pytest.raises(InputError, match="no name of a file"):
        scenario.load("a" * 5000)
    with pytest.raises(InputError, match="no name of a file"):
        scenario.load("a\0b.toml")
    with pytest.raises(InputError, match="no scenario 'life'"):
        scenario.load("life")


# --- extends and --set


def test_a_scenario_extends_another(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(GOOD)
    path = tmp_path / "more.toml"
    path.write_text(
        'extends = "base.toml"\n[study]\npersons = 7\n[scenes.crash]\narousal = 0.5\n[[events]]\nname = "pill"\n'
        "mg = 40\n"
        '[[events]]\nname = "walk"\nkind = "task"\nat = "day 2"\n'
    )
    made = scenario.load(path)
    assert (made.study.persons, made.study.days) == (7, 20)
    assert [e.name for e in made.events] == ["crash", "pill", "walk"]
    assert made.events[1].mg == 40  # type: ignore[union-attr]
    assert made.scenes["crash"].arousal == 0.5
    assert made.scenes["crash"].content == {"context": "bridge", "sensory": "glass"}
    path.write_text('extends = "base.toml"\n[[events]]\nname = "pill"\nmg = 4000\n')
    with pytest.raises(InputError, match=r"more\.toml: line 4: dose of propranolol"):
        scenario.load(path)
    (tmp_path / "base.toml").write_text(changed("rumination", "ruminatio"))
    with pytest.raises(InputError, match=r"more\.toml: 2 faults(.|\n)*base\.toml, line 7: unknown trait"):
        scenario.load(path)


def test_a_number_may_be_set_as_it_is_written_by_hand() -> None:
    for text, value in ((".25", 0.25), ("0.25", 0.25), ("+.25", 0.25), ("-.07", -0.07), ("2.", 2.0), ("2", 2.0)):
        name = "hazard_offset" if value < 0.0 else "weight_affect"
        made = scenario.load("film", [f"parameters.{name}={text}"])
        assert made.parameters == {name: value}
    assert scenario.load("film", ["title=."]).title == "."


def test_a_shipped_scenario_can_be_extended_and_circles_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "film"\n[study]\npersons = 12\n')
    assert scenario.load(path).study.persons == 12
    assert scenario.load(path).study.name == "mine"
    for parent, said in (("./mine.toml", "no circle"), ("flim", "did you mean 'film'"), ("./no.toml", "No such file")):
        path.write_text(f'extends = "{parent}"\n')
        with pytest.raises(InputError, match=said):
            scenario.load(path)
    path.write_text("extends = 3\n")
    with pytest.raises(InputError, match="permitted: a shipped scenario or a path"):
        scenario.load(path)


def test_settings() -> None:
    made = scenario.loads(GOOD, overrides=[
        "study.persons=5000", "events.pill.mg=40", "events.0.at=day 4 10:00", 'groups.far="distance > 2"',
        "study.seed = 9", "parameters.early_decay=2", "population.traits.rumination=1.5",
        "surroundings.reminders.bridges.per_week=3",
    ])  # fmt: skip
    assert (made.study.persons, made.study.seed) == (5000, 9)
    assert made.events[1].mg == 40  # type: ignore[union-attr]
    assert made.events[0].at == "day 4 10:00"
    assert made.groups == {"near": "distance < 2", "far": "distance > 2"}
    assert made.parameters == {"early_decay": 2.0}
    assert made.population.traits == {"rumination": 1.5}
    assert made.surroundings.reminders[0].per_week == 3


def test_persons_may_be_set_under_population() -> None:
    assert scenario.loads(GOOD, overrides=["population.persons=5000"]).study.persons == 5000
    assert scenario.loads(changed("persons = 100", "").replace("age =", "persons = 7\nage =")).study.persons == 7
    assert "give one of them" in message(changed("age =", "persons = 7\nage ="))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("study.persons=0", "--set study.persons: study.persons = 0; permitted"),
        ("study.person=3", "--set study.person: unknown key 'person'; did you mean 'persons'?"),
        ("study", "is not of the form a.b=VALUE"),
        ("study..x=3", "is not of the form"),
        ("=3", "is not of the form"),
        ("events.pil.mg=3", "--set events.pil.mg: there is no 'pil'; did you mean 'pill'?; permitted: crash, pill"),
        ("events.pill.mg=3", "--set events.pill.mg: dose of propranolol: 3.0 mg"),
        ("events.9.mg=3", "there is no '9'"),
        ("study.days=x\ny", "permitted: a whole number"),
        ("study=3", "--set study: study = 3; permitted: a table"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(setting: str, said: str) -> None:
    assert said in message(GOOD, setting)


def test_a_shortened_study_leaves_out_what_lies_after_its_end() -> None:
    made = scenario.loads(GOOD, overrides=["study.days=5"])
    assert made.study.shortened
    assert plan(made).left_out == 1
    assert scenario.loads(scenario.as_toml(made)) == made
    assert not scenario.loads(GOOD, overrides=["study.days=30"]).study.shortened
    assert "is after the end" in message(changed("days = 20", "days = 5"))


def test_participants_are_looked_for_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id\na\n")
    path = tmp_path / "x.toml"
    path.write_text(changed("age = [18, 65]", 'participants = "people.csv"'))
    assert scenario.load(path).population.participants == str(tmp_path / "people.csv")


# --- what is shipped and said


def test_the_reference_names_every_key_and_its_first_example_holds() -> None:
    text = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text()
    schema = scenario.json_schema()
    above = r"(population\.|surroundings\.|trial\.)?"
    for table in [schema, *schema["$defs"].values()]:
        for key in table.get("properties", {}):
            assert re.search(rf"`\[*{above}{key}(\.NAME)?\]*`|`{{? ?.*{key} = ", text), key
    for name in NAMES:
        assert f"| `{name}` |" in text
    assert plan(scenario.loads(_examples(text)[0])).events


def _examples(text: str) -> list[str]:
    return [part.split("```")[0] for part in text.split("```toml\n")[1:]]


def test_the_examples_of_trials_hold() -> None:
    text = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text()
    examples = _examples(text)
    whole = next(example for example in examples if "[[arms]]" in example)
    given = [example for example in examples if example.startswith("[[interventions]]")]
    design = next(example for example in examples if "[trial.dose_finding]" in example)
    protocol = plan(scenario.loads(whole)).protocol
    assert [arm.name for arm in protocol.arms] == ["nothing", "game", "both", "stepped"]
    assert [outcome.name for outcome in protocol.outcomes] == ["symptoms", "cases", "last-day"]
    more = whole.replace("days = 15", "days = 40").replace("[trial]\n", f"{given[0]}\n[trial]\n")
    assert "reconsolidation" in plan(scenario.loads(more)).protocol.interventions
    alone = whole.split("[trial]\n")[0] + '[[interventions]]\nname = "pill"\nkind = "drug"\ndrug = "propranolol"\n'
    arms = [arm.name for arm in plan(scenario.loads(alone + "mg = 40\n" + design)).protocol.arms]
    assert arms[:2] == ["no-drug", "pill-20mg-at-1h"]
    assert len(arms) == 7


def test_every_kind_of_intervention_and_instrument_is_in_the_reference() -> None:
    text = (Path(__file__).parent.parent / "scenarios" / "README.md").read_text()
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    assert {*KINDS["interventions"], *KINDS["instruments"]} <= told
    for name, kind in (KINDS["interventions"] | KINDS["instruments"]).items():
        row = text.rsplit(f"\n| `{name}` |", 1)[-1].split("\n| `")[0]
        common = Instrument.model_fields if name in KINDS["instruments"] else Intervention.model_fields
        own = kind.model_fields.keys() - {*common, "kind"}
        assert all(f"`{key}`" in row for key in own), (name, own)


def test_scenarios_of_the_issue_are_shipped_with_titles() -> None:
    assert {"flood", "film", "word-list", "flashbulb", "reward", "combat", "twins"} <= set(NAMES)
    assert set(TRIALS) <= set(NAMES)
    assert "life" not in NAMES
    assert all(title for _, title in scenario.shipped())


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_is_read_planned_and_written_back(name: str) -> None:
    made = scenario.load(name)
    assert made.study.name == name
    assert plan(made).events
    text = scenario.as_toml(made)
    again = scenario.loads(text)
    assert again == made
    assert scenario.as_toml(again) == text
    first = (FOLDER / f"{name}.toml").read_text()
    assert "# Literature: " in first
    assert re.search(r"10\.\d{4,}/", first), "a scenario names its literature"


@pytest.mark.parametrize("name", TRIALS)
def test_a_shipped_trial_randomizes_before_its_arms_part_and_reads_its_outcomes_after(name: str) -> None:
    resolved = plan(scenario.load(name))
    protocol = resolved.protocol
    assert protocol.randomized is not None
    assert resolved.scenario.talk is None
    assert len(protocol.arms) > 1
    assert all(outcome.minute > protocol.randomized for outcome in protocol.outcomes)
    used = {given.intervention for arm in protocol.arms for given in arm.given}
    assert used == set(protocol.interventions)
    assert all(protocol.earliest(given) is not None for arm in protocol.arms for given in arm.given)


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_shipped_scenario_is_found_on_its_line(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text()
    lines, rows = key_lines(text), text.splitlines()
    left: list[tuple[tuple[str | int, ...], object]] = [((), tomllib.loads(text))]
    while left:
        path, value = left.pop()
        if path:
            assert isinstance(path[-1], int) or path[-1] in rows[lines[path] - 1], path
        if isinstance(value, dict):
            left += [((*path, k), v) for k, v in value.items()]
        elif isinstance(value, list):
            left += [((*path, k), v) for k, v in enumerate(value)]


def test_lines_of_all_forms_of_toml() -> None:
    text = (
        'a = """x\n[b]\nc = 1"""\n"q.r".s = [ # c\n  1, {t = 2, u = [3,\n 4]},\n]\n[[l]]\nk = \'\'\'\nz = 1\'\'\'\n'
        "[l.m]\nn = 2026-01-01 10:00:00\n[[l]]\nk = '#'\n[x.y]\nz = '''a'''''\n"
    )
    assert tomllib.loads(text)
    lines = key_lines(text)
    assert lines == {
        ("a",): 1, ("q.r",): 4, ("q.r", "s"): 4, ("q.r", "s", 0): 5, ("q.r", "s", 1): 5, ("q.r", "s", 1, "t"): 5,
        ("q.r", "s", 1, "u"): 5, ("q.r", "s", 1, "u", 0): 5, ("q.r", "s", 1, "u", 1): 6, ("l",): 8, ("l", 0): 8,
        ("l", 0, "k"): 9, ("l", 0, "m"): 11, ("l", 0, "m", "n"): 12, ("l", 1): 13, ("l", 1, "k"): 14, ("x",): 15,
        ("x", "y"): 15, ("x", "y", "z"): 16,
    }  # fmt: skip


# --- the schema


def test_the_schema_describes_every_key() -> None:
    schema = scenario.json_schema()
    json.dumps(schema)
    tables = [schema, *schema["$defs"].values()]
    for table in tables:
        assert table.get("additionalProperties", False) is False or "properties" not in table
        for key, said in table.get("properties", {}).items():
            assert said.get("description") or "$ref" in said or "const" in said, (table.get("title"), key)


def test_shipped_scenarios_hold_by_the_schema() -> None:
    checker = Draft202012Validator(scenario.json_schema())
    for name in NAMES:
        content = json.loads(json.dumps(tomllib.loads((FOLDER / f"{name}.toml").read_text()), default=str))
        assert not list(checker.iter_errors(content)), name
    assert list(checker.iter_errors({"extends": "flood", "study": {"persons": 0}}))
