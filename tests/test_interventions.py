"""Interventions are made of actions alone: what a kind may say, and what is refused when a scenario is loaded."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from typing import Any, get_args, override

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from cohort import scenario
from cohort.actions import (
    Action,
    Attempt,
    Contact,
    Dose,
    Drive,
    Happen,
    Remind,
    SleepGain,
    SleepLoss,
    Stress,
    Task,
    entry_of,
)
from cohort.engram.slow import slept
from cohort.errors import InputError
from cohort.events import Scene, scene_table
from cohort.interventions import KINDS, AnyIntervention, Intervention, Session, Step, checked_course
from cohort.pharmacology import drug_index
from cohort.plan import plan
from cohort.population import Population, median_traits
from cohort.state import (
    CONTACT,
    DOSE,
    DRIVE,
    EXPERIENCE,
    RECALL,
    REMINDER,
    SLEEP_LOSS,
    STRESS,
    TASK,
    VERBAL,
    VISUOSPATIAL,
)

DAY = 1440
TABLE: TypeAdapter[Any] = TypeAdapter(AnyIntervention)
NEEDED = {
    "drug": {"drug": "propranolol", "mg": 40.0},
    "sleep": {"night": "protected", "hours": 2.0},
    "combination": {"drug": "propranolol", "mg": 80.0, "session": {"kind": "reactivation"}},
    "happening": {"event": "talk"},
}
# What each kind touches, as its module says.
TOUCHES = {
    "drug": {Dose},
    "prolonged-exposure": {Remind},
    "cognitive-therapy": {Remind},
    "dual-task": {Remind, Task},
    "imagery-task": {Remind, Task},
    "verbal-task": {Remind, Task},
    "reactivation": {Remind},
    "reminder-extinction": {Remind},
    "mindfulness": {Drive},
    "debriefing": {Attempt, Contact},
    "sleep": {SleepGain},
    "support": {Contact},
    "happening": {Happen},
    "combination": {Dose, Remind},
}


def told(kind: str, **keys: Any) -> Intervention:
    out: Intervention = TABLE.validate_python({"name": "it", "kind": kind, **NEEDED.get(kind, {}), **keys})
    return out


def planned(name: str) -> tuple[int, int]:
    if name == "talk":
        return EXPERIENCE, 4
    raise InputError(f"unknown event '{name}'")


def row(_: Remind | Attempt) -> int:
    return 7


def steps(kind: str, **keys: Any) -> list[Step]:
    return [step for _, session in checked_course(told(kind, **keys), row, planned) for step in session]


# --- kinds


def test_the_union_holds_each_kind_once_in_the_order_of_the_table() -> None:
    union = get_args(get_args(AnyIntervention)[0])
    assert list(union) == list(KINDS.values())
    assert [get_args(cls.model_fields["kind"].annotation)[0] for cls in union] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_needs_few_keys_and_does_only_what_it_says(kind: str) -> None:
    course = told(kind).course()
    assert {type(action) for session in course for action in session.actions} == TOUCHES[kind]
    assert checked_course(told(kind), row, planned)[0][0] == 0
    assert [session.after for session in course] == sorted(session.after for session in course)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_no_key_for_an_outcome_or_a_trace(kind: str) -> None:
    for key in ("charge", "distress", "intrusions", "labile", "z", "control"):
        with pytest.raises(ValidationError, match=key):
            told(kind, **{key: -1.0})


@pytest.mark.parametrize("kind", KINDS)
def test_each_key_of_a_kind_says_what_it_is(kind: str) -> None:
    assert all(f.description for name, f in KINDS[kind].model_fields.items() if name != "kind")
    assert KINDS[kind].__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_the_module_of_a_kind_says_what_it_touches_and_whom_it_follows(kind: str) -> None:
    said = import_module(KINDS[kind].__module__).__doc__ or ""
    assert "touches" in said
    assert re.search(r"\d{4},\s10\.\d{4}", said)


OTHER: dict[str, Any] = {
    "scene": "fire", "drug": "d-cycloserine", "mg": 60.0, "context": "a garden", "night": "deprived",
    "reminder": False, "session": {"kind": "dual-task"}, "event": "film",
}  # fmt: skip
TOGETHER = {  # without which another key says nothing
    "drug": {"days": 2, "daily": 2}, "mindfulness": {"practice": 2}, "imagery-task": {"sessions": 2},
    "verbal-task": {"sessions": 2}, "reminder-extinction": {"sessions": 2},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_of_a_kind_is_read_and_ignored(kind: str) -> None:
    base = TOGETHER.get(kind, {})
    for key in set(KINDS[kind].model_fields) - set(Intervention.model_fields) - {"kind"}:
        now = getattr(told(kind, **base), key)
        other = OTHER.get(key, now / 2 if isinstance(now, float) else now)
        if key not in OTHER and isinstance(now, int):
            other = now + 1
        assert told(kind, **{**base, key: other}).course() != told(kind, **base).course(), key


@pytest.mark.parametrize("keys", [{"name": "x"}, {"at": "day 3"}, {"adherence": 0.5}, {"charge": 0.0}])
def test_sessions_inside_a_combination_have_the_keys_of_their_kind_alone(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        told("combination", session={"kind": "reactivation", **keys})


def test_a_combination_holds_no_combination() -> None:
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        told("combination", session={"kind": "combination", **NEEDED["combination"]})


def test_keys_out_of_range_are_refused() -> None:
    for kind, keys in (
        ("prolonged-exposure", {"sessions": 0}),
        ("cognitive-therapy", {"reappraisal": 1.1}),
        ("dual-task", {"amount": -0.1}),
        ("sleep", {"hours": 13.0}),
        ("mindfulness", {"size": 1.0}),
        ("combination", {"session": {"kind": "support"}}),
        ("combination", {"session": {"kind": "imagery-task", "system": "verbal"}}),
        ("imagery-task", {"system": "verbal"}),
        ("drug", {"mg": 0.0}),
    ):
        with pytest.raises(ValidationError):
            told(kind, **keys)


def test_a_dose_outside_the_permitted_range_is_refused_with_its_session() -> None:
    with pytest.raises(InputError, match=r"intervention 'it', session 1: .*propranolol"):
        steps("drug", mg=5000.0)


# --- courses


def test_a_course_of_a_drug_is_dosed_at_equal_intervals_on_its_days() -> None:
    found = steps("drug", daily=3, days=2, every=7)
    assert [step.after for step in found] == [0, 480, 960, 7 * DAY, 7 * DAY + 480, 7 * DAY + 960]
    assert {(s.kind, s.index, s.amount) for s in found} == {(DOSE, drug_index("propranolol"), 40.0)}
    assert [step.session for step in found] == [1, 2, 3, 4, 5, 6]


def test_a_game_follows_its_reminder_and_a_quiz_takes_the_other_store() -> None:
    game, quiz = steps("imagery-task", wait=10), steps("verbal-task", wait=10)
    assert [(s.after, s.kind) for s in game] == [(0, REMINDER), (10, TASK)]
    assert (game[1].index, quiz[1].index) == (VISUOSPATIAL, VERBAL)
    assert [(s.after, s.kind) for s in steps("imagery-task", reminder=False)] == [(0, TASK)]


def test_homework_lies_between_sessions_in_changing_places() -> None:
    exposure = told("prolonged-exposure", sessions=2, homework=3, places=2).course()
    assert [len(session.actions) for session in exposure] == [4, 1]
    home = exposure[0].actions[1:]
    assert [action.after for action in home] == [2520, 5040, 7560]
    assert [action.context for action in home if isinstance(action, Remind)] == ["place 1", "place 2", "place 1"]


def test_practice_at_home_and_taught_adds_up_by_its_hours() -> None:
    week = steps("mindfulness", weeks=1, practice=6, size=0.1, session_hours=2.0, home_hours=1.0)
    assert [s.after for s in week] == [k * DAY for k in range(7)]
    assert [s.amount for s in week] == pytest.approx([1.0 - 0.9**2, *[0.1] * 6])
    assert {s.kind for s in week} == {DRIVE}


def test_a_combination_shifts_its_sessions_by_the_time_before() -> None:
    first = steps("combination", before=90, session={"kind": "reactivation", "sessions": 2})
    assert [(s.after, s.kind) for s in first] == [(0, DOSE), (90, REMINDER), (7 * DAY, DOSE), (7 * DAY + 90, REMINDER)]
    later = steps("combination", before=-360, session={"kind": "reactivation", "sessions": 1})
    assert sorted((s.after, s.kind) for s in later) == [(0, REMINDER), (360, DOSE)]


def test_nights_are_lengthened_or_shortened() -> None:
    assert [(s.after, s.kind, s.amount) for s in steps("sleep", nights=2)] == [
        (0, SLEEP_LOSS, -2.0), (DAY, SLEEP_LOSS, -2.0),
    ]  # fmt: skip
    assert steps("sleep", night="deprived", hours=8.0)[0].amount == 8.0


def test_the_scene_is_handed_on_and_is_the_focus_where_none_is_named() -> None:
    met: list[Remind | Attempt] = []

    def note(action: Remind | Attempt) -> int:
        met.append(action)
        return len(met)

    for kind in ("prolonged-exposure", "cognitive-therapy", "dual-task", "imagery-task", "reactivation", "debriefing"):
        checked_course(told(kind), note, planned)
        checked_course(told(kind, scene="fire"), note, planned)
    assert {action.scene for action in met} == {"", "fire"}


# --- what is refused


class Fake(Intervention):
    kind: str = "fake"
    gives: Any = None

    @override
    def course(self) -> Any:
        return self.gives


@pytest.mark.parametrize(
    ("gives", "why"),
    [
        (None, "a tuple of sessions"),
        ([Session(0, (Contact(),))], "a tuple of sessions"),
        ((), "0 sessions"),
        ((Contact(),), "a tuple of sessions"),
        ((Session(-1, (Contact(),)),), "after = -1"),
        ((Session(0, [Contact()]),), "a tuple of up to"),  # type: ignore[arg-type]
        ((Session(0, ({"charge": -1.0},)),), "is no action; permitted: Dose, Happen, Task"),  # type: ignore[arg-type]
        ((Session(0, (Step(1, 0, DRIVE, 0, 9.0),)),), "is no action"),  # type: ignore[arg-type]
        ((Session(0, (lambda person: None,)),), "is no action"),  # type: ignore[arg-type]
        ((Session(0, (Happen("the fire"),)),), "unknown event 'the fire'"),
        ((Session(0, (Contact(1.5),)),), "support = 1.5; permitted: 0 to 1"),
        ((Session(0, (Contact(float("nan")),)),), "permitted: 0 to 1"),
        ((Session(0, (Contact(after=-5),)),), "after = -5"),
    ],
)
def test_what_is_no_action_is_refused(gives: Any, why: str) -> None:
    with pytest.raises(InputError, match="intervention 'it'") as fault:
        checked_course(Fake(name="it", gives=gives), row, planned)
    assert why in str(fault.value)


def test_a_course_that_asks_for_anything_beside_its_keys_is_refused() -> None:
    class Curious(Fake):
        @override
        def course(self, population: object = None) -> Any:
            return (Session(0, (Contact(),)),)

    with pytest.raises(InputError, match="asks for population; permitted: nothing beside its keys"):
        checked_course(Curious(name="it"), row, planned)


def test_an_action_that_was_extended_is_none() -> None:
    class Stronger(Contact):
        pass

    with pytest.raises(InputError, match="is no action"):
        entry_of(Stronger(), planned, row)


# --- actions


@pytest.mark.parametrize(
    ("action", "entry"),
    [
        (Task(0.5, "verbal", after=3), (3, TASK, VERBAL, 0.5)),
        (Task(0.5), (0, TASK, VISUOSPATIAL, 0.5)),
        (Stress(2), (0, STRESS, 0, 2.0)),
        (SleepLoss(4.0), (0, SLEEP_LOSS, 0, 4.0)),
        (SleepGain(4.0), (0, SLEEP_LOSS, 0, -4.0)),
        (Contact(0.3), (0, CONTACT, 0, 0.3)),
        (Drive(0.2), (0, DRIVE, 0, 0.2)),
        (Remind("x", after=9), (9, REMINDER, 7, 0.0)),
        (Attempt("x"), (0, RECALL, 7, 1.0)),
    ],
)
def test_an_action_becomes_an_entry_of_the_agenda(action: Action, entry: tuple[int, int, int, float]) -> None:
    assert entry_of(action, planned, row) == entry


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (Task(1.0, "olfactory"), "system = 'olfactory'; permitted: visuospatial, verbal"),  # type: ignore[arg-type]
        (Remind(cue=1.2), "cue = 1.2"),
        (Remind(safe=-0.1), "safe = -0.1"),
        (Remind(reappraisal=2.0), "reappraisal = 2.0"),
        (Remind(duration=600.0), "duration = 600.0"),
        (Remind(context=""), "context = ''"),
        (Attempt(goal="x" * 101), "goal = "),
        (Drive(True), "size = True"),
        (SleepGain(13.0), "hours = 13.0"),
    ],
)
def test_values_that_are_not_permitted_are_refused(action: Action, why: str) -> None:
    with pytest.raises(InputError) as fault:
        entry_of(action, planned, row)
    assert why in str(fault.value)


@pytest.mark.parametrize("action", [Remind(), Attempt()])
def test_a_persons_own_behaviour_cannot_bring_what_does_not_stand_in_the_plan(action: Action) -> None:
    with pytest.raises(InputError, match="own behaviour cannot bring it"):
        entry_of(action, planned)


def test_a_table_of_a_scenario_is_read_as_its_kind() -> None:
    table = tomllib.loads('name = "more-sleep"\nkind = "sleep"\nnight = "deprived"\nhours = 8\nat = "day 1 22:00"\n')
    assert type(TABLE.validate_python(table)) is KINDS["sleep"]


def test_a_course_cannot_be_changed_afterwards() -> None:
    reactivation = told("reactivation")
    with pytest.raises(ValidationError, match="frozen"):
        reactivation.sessions = 3  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        reactivation.course()[0].after = 3  # type: ignore[misc]


# --- what they need of the kernel


def medians(n: int, **overrides: float) -> Population:
    return Population(median_traits(n), 1, scene_table([Scene(0, {"context": "a"})]), overrides=overrides)


def test_the_drive_of_practice_is_bounded_and_decays_as_declared() -> None:
    population = medians(3)
    for minute in range(0, 600, 60):
        population.deliver(np.arange(3), minute, DRIVE, 0, 0.9)
    population.live_until(600)
    at = population.column("drive").copy()
    assert ((at > 0.99) & (at <= 1.0)).all()
    population.live_until(600 + 28 * DAY)
    left = np.exp(-28.0 / population.parameters["drive_days"])
    np.testing.assert_allclose(population.column("drive"), at * left, rtol=1e-5)


@pytest.mark.parametrize(("gained", "hours"), [(0.0, 7.2), (1.0, 8.2), (5.0, 9.0), (-4.0, 3.2), (-12.0, 0.0)])
def test_a_night_lasts_as_was_gained_or_lost_within_what_can_be_slept(gained: float, hours: float) -> None:
    population = medians(1, load_sleep=0.0)
    one = population.working_copy(0)
    one.p.sleep_lost = -gained
    assert slept(one, population.world[0]) == pytest.approx(hours)


# --- in a scenario

STUDY = """\
[scenes.fire]
content = {context = "a hall", sensory = "flames", narrative = "a fire", affective = "fear"}
arousal = 0.8
threat = 0.8
[[events]]
name = "fire"
kind = "experience"
scene = "fire"
at = "day 0 12:00"
[[interventions]]
name = "course"
at = "day 3 9:00"
"""
COMBINED = 'kind = "combination"\ndrug = "propranolol"\nmg = 80\n'


@pytest.mark.parametrize(
    ("session", "said"),
    [
        ('{kind = "reactivation", sesions = 2}', "unknown key 'sesions'; did you mean 'sessions'?; permitted: kind"),
        ('{kind = "reactivation", sessions = 99}', "session.sessions = 99; permitted: from 1 to 50"),
        ('{kind = "reactivaton"}', "kind = 'reactivaton'; did you mean 'reactivation'?; permitted: reactivation"),
        ('{kind = "sleep"}', "session: kind = 'sleep'; permitted: reactivation, prolonged-exposure"),
        ("{sessions = 2}", "session: kind = nothing; permitted: reactivation, prolonged-exposure"),
        ("3", "session = 3; permitted: a table"),
    ],
)  # fmt: skip
def test_faults_within_a_combination_are_told_with_their_line(session: str, said: str) -> None:
    with pytest.raises(InputError) as fault:
        scenario.loads(f"{STUDY}{COMBINED}session = {session}\n", "study.toml")
    assert "study.toml: line 16: " in str(fault.value)
    assert said in str(fault.value)


def test_a_plan_has_the_rows_that_sessions_meet() -> None:
    keys = 'kind = "cognitive-therapy"\nsessions = 2\nupdates = 1\n'
    other = '[[interventions]]\nname = "other"\nat = "day 4 9:00"\n' + keys + "reappraisal = 0.2\n"
    made = plan(scenario.loads(STUDY + keys + other))
    first, second = (made.courses[name, None] for name in ("course", "other"))
    rows = [{step.index for _, steps in course for step in steps} for course in (first, second)]
    assert all(len(found) == 1 for found in rows)  # sessions that are alike meet the same row
    assert [float(made.scenes["reappraisal"][found.pop()]) for found in rows] == [0.8, 0.2]
    assert not made.scenes["reappraisal"][0]


def test_what_happens_to_an_arm_alone_is_an_experience_of_the_scenario() -> None:
    talk = STUDY.replace(
        "[[interventions]]", '[[events]]\nname = "pill"\nkind = "stress"\nshare = 0\n[[interventions]]'
    )
    talk = talk.replace("share = 0\n", 'share = 0\nat = "day 1"\n') + 'kind = "happening"\n'
    ((_, (step,)),) = plan(scenario.loads(talk + 'event = "fire"\ndose = 0.5\n')).courses["course", None]
    assert (step.kind, step.amount) == (EXPERIENCE, 0.5)
    for name, said in (("pill", "'pill' is a stress; name an experience"), ("fir", "no event is named 'fir'; did you")):
        with pytest.raises(InputError, match=said):
            scenario.loads(f'{talk}event = "{name}"\n')
