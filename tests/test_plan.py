"""Plans: rows for the kernel, order and occasions of events, amounts, stops; and the description of a plan."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from cohort import scenario
from cohort.describe import description, show
from cohort.errors import InputError
from cohort.events import FEATURES_CENTRAL, mask
from cohort.language import EVENTS, Scenario
from cohort.pharmacology import drug_index
from cohort.plan import ENTRY_KIND, PRIORITY, Falling, Fixed, Plan, Spread, plan
from cohort.state import CONTACT, DOSE, EXPERIENCE, RECALL, REMINDER, SLEEP_LOSS, STRESS, TASK
from cohort.times import DAY

TEXT = """
[study]
days = 30
[population.place]
[population.households]
[groups]
older = "age > 40 and near"
near = "distance < 2"
[scenes.crash]
content = { context = "bridge", sensory = "glass" }
duration = 15
safe = 0
[scenes.party]
content = { context = "garden" }
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
at = "day 3 14:00"
who = "older"
dose = { by = "distance", scale = 2, most = 1.5 }
[[events]]
name = "party"
kind = "experience"
scene = "party"
every = "7 d x 3 from -1 d before crash"
dose = { distribution = "lognormal", median = 0.5, spread = 0.4 }
share = 0.5
[[events]]
name = "pill"
kind = "dose"
drug = "propranolol"
mg = 40
at = ["+0 min after crash", "+9 h after crash"]
[[events]]
name = "news"
kind = "media"
scene = "crash"
cue = 0.5
at = "+1 d after crash"
[[events]]
name = "walk-past"
kind = "reminder"
scene = "crash"
cue = 0.5
at = "+2 d after crash"
[[events]]
name = "elsewhere"
kind = "reminder"
scene = "crash"
cue = 0.5
context = "clinic"
at = "+3 d after crash"
[[events]]
name = "test"
kind = "recall"
scene = "crash"
leaves_mark = false
at = "+4 d after crash"
[[events]]
name = "help"
kind = "contact"
who = "load > 1 and older"
amount = 0.5
at = "day 20 10:00"
[[events]]
name = "game"
kind = "task"
at = "day 3 14:00"
[[events]]
name = "late"
kind = "sleep_loss"
hours = 3
at = "day 4"
[[events]]
name = "exam"
kind = "stress"
size = 2
at = "day 5"
[talk]
about = ["crash"]
every = "2 d"
from = "day 4 20:00"
until = "day 9 19:00"
at = "19:00"
[[surroundings.reminders]]
name = "bridges"
scene = "crash"
per_week = 2
cue = 0.25
from = "+1 d after crash"
[records]
measures = "10 d"
focus = "party"
"""


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(scenario.loads(TEXT))


def one(planned: Plan, name: str) -> object:
    return next(e for e in planned.events if e.name == name)


def test_events_are_in_order_of_time_then_kind(planned: Plan) -> None:
    order = [(e.minute, PRIORITY[e.kind]) for e in planned.events]
    assert order == sorted(order)
    at = 3 * DAY + 840
    assert [e.name for e in planned.events if e.minute == at] == ["pill", "crash", "game"]
    assert [e.minute for e in planned.events if e.name == "party"] == [at - DAY + 7 * DAY * k for k in range(3)]
    assert [e.minute for e in planned.events if e.name == "pill"] == [at, at + 540]


def test_kinds_and_amounts_are_those_of_the_kernel(planned: Plan) -> None:
    got = {e.name: (e.entry_kind, e.index, e.amount) for e in planned.events}
    assert got["crash"] == (EXPERIENCE, 0, Falling("distance", 2.0, 1.5))
    assert got["party"] == (EXPERIENCE, 1, Spread(0.5, 0.4))
    assert got["pill"] == (DOSE, drug_index("propranolol"), Fixed(40.0))
    assert got["news"][::2] == (REMINDER, Fixed(0.2))
    assert got["walk-past"] == (REMINDER, got["news"][1], Fixed(0.0))  # the same cue has the same row
    assert got["elsewhere"][1] != got["news"][1]
    assert got["test"][::2] == (RECALL, Fixed(0.0))
    assert got["help"] == (CONTACT, 0, Fixed(0.5))
    assert got["game"] == (TASK, 0, Fixed(1.0))
    assert got["late"] == (SLEEP_LOSS, 0, Fixed(3.0))
    assert got["exam"] == (STRESS, 0, Fixed(2.0))
    assert set(ENTRY_KIND) == set(PRIORITY) == set(EVENTS)
    assert len({EXPERIENCE, REMINDER, RECALL, DOSE, TASK, STRESS, SLEEP_LOSS, CONTACT}) == 8


def test_amounts_of_persons() -> None:
    frame = pd.DataFrame({"distance": [0.0, 2.0, 4.0]})
    z = np.array([0.0, 1.0, -1.0])
    assert Fixed(0.3).amounts(frame, z).tolist() == [0.3] * 3
    assert np.allclose(Falling("distance", 2.0, 1.5).amounts(frame, z), 1.5 * np.exp([0.0, -1.0, -2.0]))
    assert np.allclose(Spread(0.5, 0.4).amounts(frame, z), 0.5 * np.exp([0.0, 0.4, -0.4]))


def test_rows_hold_scenes_first_and_then_cues(planned: Plan) -> None:
    assert planned.episodes == {"crash": 0, "party": 1}
    assert list(planned.scenes["episode"][:2]) == [0, 1]
    assert planned.scenes["features"][0, 0] == mask("context:bridge")
    cue = planned.scenes[one(planned, "news").index]  # type: ignore[attr-defined]
    assert cue["episode"] == 0
    assert int(cue["features"][1]).bit_count() == FEATURES_CENTRAL  # half of two parts
    assert (cue["duration"], cue["safe"]) == (5.0, 1.0)
    assert planned.scenes["duration"][0] == 15.0
    elsewhere = planned.scenes[one(planned, "elsewhere").index]  # type: ignore[attr-defined]
    assert elsewhere["features"][0] == mask("context:clinic")


def test_occasions_are_unique_and_keep_their_numbers_when_events_are_added(planned: Plan) -> None:
    first = {(e.name, e.minute): e.occasion for e in planned.events}
    assert len(set(first.values())) == len(planned.events)
    more = TEXT.replace("[talk]", '[[events]]\nname = "z"\nkind = "task"\nat = "day 0"\n[talk]')
    again = {(e.name, e.minute): e.occasion for e in plan(scenario.loads(more)).events}
    assert {key: again[key] for key in first} == first
    oftener = plan(scenario.loads(TEXT.replace('every = "7 d x 3', 'every = "3 d x 5'))).events
    assert {e.name: e.occasion for e in oftener if e.name != "party"} == {
        e.name: e.occasion for e in planned.events if e.name != "party"
    }


def test_everybody_stops_for_measures_and_where_events_read_them_and_at_least_weekly(planned: Plan) -> None:
    assert planned.measures == (10 * DAY, 20 * DAY, 30 * DAY)
    assert planned.stops == tuple(sorted({*planned.measures, 7 * DAY, 14 * DAY, 21 * DAY, 28 * DAY, 20 * DAY + 600}))
    assert planned.end == 30 * DAY
    assert one(planned, "help").measured  # type: ignore[attr-defined]
    assert not one(planned, "crash").measured  # type: ignore[attr-defined]


def test_talk_reminders_groups_and_focus(planned: Plan) -> None:
    assert planned.talk is not None
    assert planned.talk.rounds == (5 * DAY + 1140, 7 * DAY + 1140, 9 * DAY + 1140)
    assert planned.talk.about == (0,)
    (row,) = planned.reminders
    assert (row.first, row.last, row.per_week) == (4 * DAY + 840, 30 * DAY - 1, 2.0)
    assert list(planned.groups) == ["near", "older"]  # what is named comes first
    assert planned.focus == 1


def test_a_plan_is_a_function_of_the_scenario_alone(planned: Plan) -> None:
    again = plan(scenario.loads(scenario.as_toml(planned.scenario)))
    assert again.events == planned.events
    assert again.stops == planned.stops
    assert again.scenes.tobytes() == planned.scenes.tobytes()


def test_parameters_are_taken_over() -> None:
    made = plan(scenario.loads(TEXT + "[parameters]\nearly_decay = 2.5\n"))
    assert made.parameters["early_decay"] == 2.5


def test_a_scenario_made_in_python_is_checked_too() -> None:
    made = Scenario.model_validate(
        {
            "scenes": {"a": {"content": {"context": "x"}}},
            "events": [{"name": "b", "kind": "recall", "scene": "c", "at": "day 99"}],
        }
    )
    with pytest.raises(InputError, match="scenario: 2 faults"):
        plan(made)


def test_times_count_from_events_in_any_order_of_the_file() -> None:
    events = "".join(f'[[events]]\nname = "e{k}"\nkind = "task"\nat = "+1 h after e{k + 1}"\n' for k in range(200))
    text = (
        '[scenes.s]\ncontent = { context = "x" }\n'
        + events
        + '[[events]]\nname = "e200"\nkind = "task"\nat = "day 1"\n'
    )
    made = plan(scenario.loads(text))
    assert made.events[-1].name == "e0"
    assert made.events[-1].minute == DAY + 200 * 60


def test_flood_gives_six_traces_and_reaches_everybody() -> None:
    """Shares of those whom each scene reaches, with households uniform in the disc: an estimate before any run."""
    made = scenario.load("flood")
    planned = plan(made)
    radius = made.population.place.radius  # type: ignore[union-attr]
    n = 20000
    frame = pd.DataFrame({
        "distance": radius * np.sqrt((np.arange(n) + 0.5) / n),
        "age": np.linspace(18, 80, n)[np.argsort(np.arange(n) * 7919 % n)], "id": np.arange(n),
    })  # fmt: skip
    for name, group in planned.groups.items():
        frame[name] = group.evaluate(frame, n)
    missed: dict[int, np.ndarray] = {}
    for event in planned.events:
        if event.kind in ("experience", "media"):
            episode = int(planned.scenes["episode"][event.index])
            who = event.who.evaluate(frame, n) if event.who is not None else np.ones(n, dtype=bool)
            missed[episode] = missed.get(episode, np.ones(n)) * np.where(who, 1.0 - event.share, 1.0)
    traces = sum((1.0 - m).mean() for m in missed.values())
    print("expected traces a person", traces)
    assert traces >= 6.0
    assert (missed[planned.episodes["flood"]] == 0.0).all()
    directly = planned.groups["near"].evaluate(frame, n).mean()
    assert 0.15 < directly < 0.5


def test_word_lists_are_tested_at_the_published_delays() -> None:
    made = plan(scenario.load("word-list"))
    delays = {}
    for event in made.events:
        name = event.name.split("-", 1)[1]
        if event.kind == "experience":
            delays[name] = event.minute + int(made.scenes["duration"][event.index])  # the end of the last trial
        else:
            delays[name] = event.minute - delays[name]
    assert sorted(delays.values()) == [20, 60, 540, DAY, 2 * DAY, 6 * DAY, 31 * DAY]


def test_a_description_tells_the_calendar_in_order_and_prints(planned: Plan) -> None:
    told = description(planned)
    json.dumps(told)
    assert [row["minute"] for row in told["calendar"]] == [e.minute for e in planned.events]
    assert told["calendar"][0]["date"] == "2026-03-04"
    assert next(row for row in told["calendar"] if row["name"] == "pill")["what"] == "propranolol"
    out = io.StringIO()
    show(told, Console(file=out, width=140))
    text = out.getvalue()
    for word in ("day 3 14:00", "1.5 exp(-distance / 2)", "propranolol", "50% of everybody", "40 mg",
                 "2 reminders of crash", "talk about crash: 3 rounds", "measures every 10 d (3 times)",
                 "memory of party", "read only"):  # fmt: skip
        assert word in text, word


@pytest.mark.parametrize("name", [name for name, _ in scenario.shipped()])
def test_every_shipped_scenario_is_described(name: str) -> None:
    told = description(plan(scenario.load(name, ["study.persons=10"])))
    out = io.StringIO()
    show(told, Console(file=out, width=120))
    assert "10 simulated persons" in out.getvalue()
