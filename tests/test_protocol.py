"""Designs that cannot be carried out are refused, with the line and the reason, all faults at once."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest

from cohort import scenario
from cohort.actions import Action, Dose, Task
from cohort.errors import InputError
from cohort.interventions import Intervention, Session, checked_course
from cohort.plan import plan

GOOD = """\
[study]
days = 30
[scenes.crash]
content = { sensory = "glass" }
arousal = 0.8
[[events]]
name = "crash"
kind = "experience"
scene = "crash"
at = "day 1 14:00"
[[interventions]]
name = "game"
kind = "imagery-task"
at = "+3 h after crash"
[[interventions]]
name = "pill"
kind = "drug"
drug = "propranolol"
mg = 40
at = "day 16 08:00"
[[interventions]]
name = "ssri"
kind = "drug"
drug = "sertraline"
mg = 50
days = 10
when = "diary >= 2 for 2 assessments"
[[instruments]]
name = "diary"
kind = "intrusion-diary"
every = "2 d from day 4 07:30"
[[instruments]]
name = "pcl5"
kind = "pcl-5"
at = ["day 1", "day 30"]
[trial]
at = "day 1"
who = "age >= 20"
"""
ARMS = """\
[[arms]]
name = "control"
[[arms]]
name = "games"
interventions = ["game"]
[[arms]]
name = "pills"
interventions = ["pill"]
[[arms]]
name = "stepped"
interventions = ["ssri"]
"""
OUTCOME = '[[outcomes]]\nname = "o"\n'


def faults(text: str) -> list[str]:
    """Every fault, as a line of the message; none for a scenario that is accepted."""
    try:
        scenario.loads(text, "study.toml")
    except InputError as refusal:
        first, *more = str(refusal).splitlines()
        return [line.removeprefix("  - ") for line in more] or [first.removeprefix("study.toml: ")]
    return []


def line(text: str, what: str) -> str:
    return f"line {text[: text.index(what)].count(chr(10)) + 1}: "


def only(text: str, at: str) -> str:
    """The only fault of a text, which stands in the line of `at`."""
    found = faults(text)
    assert len(found) == 1, found
    assert found[0].startswith(line(text, at)), found
    return found[0]


def test_the_design_itself_is_accepted() -> None:
    made = plan(scenario.loads(GOOD + ARMS))
    assert [arm.name for arm in made.protocol.arms] == ["control", "games", "pills", "stepped"]


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        # whom and when
        ('who = "age >= 20"', 'who = "pcl >= 20"', "who", "unknown name 'pcl' at position 1; did you mean 'pcl5'?"),
        ('who = "age >= 20"', 'who = "load > 0.2"', "who", "reads load, which no study could know"),
        ('who = "age >= 20"', 'who = "rumination > 1"', "who", "(diary, pcl5); say oracle = true"),
        ('who = "age >= 20"', 'who = "age"', "who", "'age' is a number, neither true nor false"),
        ('who = "age >= 20"', 'who = "diary > 1"', "who", "'diary' is not read by day 1 00:00, when this is decided"),
        ('who = "age >= 20"', 'strata = ["load > 1"]', "strata", "reads load, which no study could know"),
        ('[trial]\nat = "day 1"', '[trial]\nat = "day 31"', 'at = "day 31"', "permitted: day 0 to 30"),
        ('[trial]\nat = "day 1"', '[trial]\nat = "day 2"', 'at = "+3 h', "'game' begins before randomization"),
        ('who = "age >= 20"', 'reference = "contrl"', "reference", "no arm 'contrl'; did you mean 'control'?"),
        ('at = "day 16 08:00"', 'who = "diary > 1"\nat = "day 3"', "who", "'diary' is not read by day 3 00:00"),
        # what begins when
        ('at = "+3 h after crash"', 'at = "day 1 13:00"', '[[inter', "session 1: comes before 'crash' happens"),
        ('at = "+3 h after crash"', 'at = "+3 h after ssri"', 'at = "+3', "'ssri' must stand above this one"),
        ("for 2 assessments", "for 20 assessments", "when", "can never hold: there are 13 assessments"),
        ('"diary >= 2 for 2 assessments"', '"age >= 20"', "when", "reads no instrument; permitted: \"pcl5 >= 33\""),
        ('"diary >= 2 for 2 assessments"', '"dairy >= 2"', "when", "unknown name 'dairy' at position 1; did you mean"),
        ('"diary >= 2 for 2 assessments"', '"control < 0.4"', "when", "reads control, which no study could know"),
        ("when = ", 'at = "day 3"\nwhen = ', 'at = "day 3"', "'at' and 'when' exclude each other"),
        # what is given
        ("mg = 40", "mg = 4000", '[[interventions]]\nname = "pill"', "permitted: a number from 10 to 160 mg"),
        ('"propranolol"', '"propanolol"', '[[interventions]]\nname = "pill"', "did you mean 'propranolol'?"),
        ("mg = 40", "mg = 40\ncharge = -1", "charge", "unknown key 'charge'; permitted: name, at,"),
        ("mg = 40", "mg = 40\nadherence = 2", "adherence", "adherence = 2; permitted: from 0 to 1"),
        ('at = "+3 h after crash"', 'scene = "crush"\nat = "+3 h after crash"', 'scene = "crush', "did you mean"),
        ('name = "game"', 'name = "crash"\nscene = "crash"', "name = \"crash\"\nscene", "has the name of an event"),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_out_is_refused(old: str, new: str, at: str, said: str) -> None:
    assert GOOD.count(old) == 1
    found = faults(GOOD.replace(old, new) + (ARMS.replace('["game"]', '["crash"]') if 'crash"\nsc' in new else ARMS))
    assert any(said in fault and fault.startswith(line(GOOD.replace(old, new), at)) for fault in found), found
    assert len(found) == 1, found


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('interventions = ["game"]', "arm 'more' is given the same as 'games'; arms must differ"),
        ('interventions = ["game"]\ndelay = "0 h"', "arm 'more' is given the same as 'games'"),
        ('interventions = ["pill"]\nmg = { pill = 40 }', "arm 'more' is given the same as 'pills'"),
        ('interventions = ["pill"]\ndelay = "20 d"', "arm 'more' is given the same as 'control'"),  # after the end
        ("", "arm 'more' is given the same as 'control'"),
        ('interventions = ["gmae"]', "there is no intervention 'gmae'; did you mean 'game'?"),
        ('interventions = ["game", "pill", "game"]', "arm 'more' gives 'game' twice"),
        ('interventions = ["pill"]\nmg = { pill = 4000 }', "out of range; permitted: a number from 10 to 160 mg"),
        ('interventions = ["game", "ssri"]\nmg = { pill = 80 }', "mg.pill: the arm does not give 'pill'"),
        ('interventions = ["game"]\nmg = { game = 80 }', "mg.game: 'game' gives no drug"),
        ('interventions = ["game"]\ndelay = "soon"', "delay = 'soon' is no time that is understood"),
        ('interventions = ["game", "ssri"]\nratio = 0', "ratio = 0; permitted: from 1 to 100"),
    ],
)
def test_arms_differ_and_give_what_there_is(more: str, said: str) -> None:
    text = GOOD + ARMS + f'[[arms]]\nname = "more"\n{more}\n'
    at = text.count("\n", 0, text.index('[[arms]]\nname = "more"')) + 1
    (found,) = faults(text)
    assert said in found
    assert at <= int(found.split(":")[0].removeprefix("line ")) <= at + 3


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ("[trial.factorial]\nof = ['game', 'game']", "'game' is there twice"),
        ("[trial.factorial]\nof = ['game', 'gmae']", "no intervention 'gmae'; did you mean 'game'?"),
        ("[trial.crossover]\nof = ['game', 'pill']\nperiod = 'soon'", "'soon' is no time that is understood"),
        ("[trial.dose_finding]\nof = 'game'\nmg = [40]", "'game' gives no drug, so it has no dose"),
        ("[trial.dose_finding]\nof = 'pill'\nmg = [40, 40]", "is given the same as 'pill-40mg'"),
        ("[trial.dose_finding]\nof = 'pill'\nmg = [40]\ndelays = ['1 h', '60 min']", "is given the same as"),
        ("[trial.dose_finding]\nof = 'pill'\nmg = [40]\ndelays = ['-6 h']", "'-6 h' is no time that is understood"),
        ("[trial.stepped_wedge]\nof = 'game'\nsteps = 5\nevery = '10 d'", "'step-4' is given the same as 'step-5'"),
    ],
)
def test_designs_that_list_no_arms_are_refused(design: str, said: str) -> None:
    assert said in only(GOOD + design + "\n", "[trial.")


def test_doses_of_a_design_have_their_range() -> None:
    text = GOOD + "[trial.dose_finding]\nof = 'pill'\nmg = [40, 4000]\ndelays = ['0 h', '2 h']\n"
    assert "4000.0 mg is out of range; permitted: a number from 10 to 160 mg" in only(text, "mg = [40")


def test_a_dose_may_come_without_delay() -> None:
    text = GOOD + "[trial.dose_finding]\nof = 'pill'\nmg = [40, 80]\ndelays = ['0 h', '90 min']\n"
    arms = plan(scenario.loads(text)).protocol.arms
    assert [(arm.name, [(one.delay, one.mg) for one in arm.given]) for arm in arms] == [
        ("no-drug", []),
        ("pill-40mg-at-0h", [(0, 40.0)]),
        ("pill-80mg-at-0h", [(0, 80.0)]),
        ("pill-40mg-at-90min", [(90, 40.0)]),
        ("pill-80mg-at-90min", [(90, 80.0)]),
    ]


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        (GOOD + "[trial.waiting_list]\nof = 'game'\nwait = '2 d'\n" + ARMS, "[trial]", "waiting_list, arms exclude"),
        (
            GOOD + "[trial.factorial]\nof = ['game']\n[trial.waiting_list]\nof = 'game'\nwait = '2 d'\n", "[trial]",
            "factorial, waiting_list exclude each other; give one of them",
        ),
        (GOOD, "[trial]", "a trial needs [[arms]], or a design such as [trial.factorial]"),
        (GOOD + '[[arms]]\nname = "control"\n', "[[arms]]", "one arm alone; permitted: 2 or more"),
        (GOOD[: GOOD.index("[trial]")] + ARMS, "[[arms]]", "arms need [trial], which says who is randomized, and when"),
    ],
)  # fmt: skip
def test_there_is_one_design(text: str, at: str, said: str) -> None:
    assert said in only(text, at)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('instrument = "pcl6"', "there is no instrument 'pcl6'; did you mean 'pcl5'?"),
        ('instrument = "pcl5"\nat = "day 9"', "at = 'day 9' is no assessment of 'pcl5'"),
        ('instrument = "pcl5"\nat = "day 1"', "outcome 'o' is read by randomization, before arms differ"),
        ('instrument = "diary"\ncase = true', "instrument 'diary' has no cut-off, so there are no cases"),
    ],
)
def test_outcomes_are_read_after_arms_part(keys: str, said: str) -> None:
    (found,) = faults(GOOD + ARMS + OUTCOME + keys + "\n")
    assert said in found
    assert int(found.split(":")[0].removeprefix("line ")) > (GOOD + ARMS).count("\n")


def test_all_faults_are_told_at_once() -> None:
    text = (
        GOOD.replace("age >= 20", "pcl >= 20").replace("mg = 40", "mg = 4000").replace("for 2", "for 20")
        + ARMS.replace('["game"]', '["gmae"]')
        + '[[arms]]\nname = "none"\n'
        + OUTCOME
        + 'instrument = "pcl6"\n'
    )
    found = faults(text)
    parts = ["4000.0 mg", "for 20", "'pcl'", "'gmae'", "'none' is given the same as 'control'", "'pcl6'"]
    assert len(found) == len(parts)
    assert all(part in fault for part, fault in zip(parts, found, strict=True)), found  # in the order of the lines


def test_a_shortened_study_leaves_out_what_lies_beyond_its_end() -> None:
    made = scenario.loads(GOOD + ARMS, overrides=["study.days=10"])
    assert len(plan(made).protocol.arms) == 4


# --- an intervention is a function of its keys to actions


class Bent(Intervention):
    """A kind whose course tries what an intervention may not do."""

    kind: Literal["bent"] = "bent"
    given: ClassVar[Any] = ()

    def course(self) -> tuple[Session, ...]:
        return (Session(0, self.given),)


class Charge:
    """As if there were an action that sets a trace."""

    after = 0

    def __init__(self, charge: float) -> None:
        self.charge = charge


class Twisted(Task):
    """An action that says more than an action does."""

    intrusions = -3


class Silent(Intervention):
    kind: Literal["bent"] = "bent"

    def course(self) -> Any:
        return {"pcl5": 0.0}


class Seeing(Intervention):
    kind: Literal["bent"] = "bent"

    def course(self, person: Any = None) -> tuple[Session, ...]:
        return (Session(0, (Dose("propranolol", 40.0 if person is None else 80.0),)),)


def refused(told: Intervention) -> str:
    with pytest.raises(InputError) as caught:
        checked_course(told, lambda action: 0, lambda event: (0, 0))
    return str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        (Charge(-1.0),),
        ({"charge": -1.0},),
        (("memories", 0, "z", 0.0),),
        (Twisted(0.5),),
        (lambda person: setattr(person, "load", 0.0),),
        (None,),
    ],
)
def test_what_is_no_action_is_refused(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bent, "given", given)
    found = refused(Bent(name="trick"))
    assert found.startswith("intervention 'trick', session 1: ")
    assert "permitted: " in found


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (Task(-1.0), "amount = -1.0; permitted: 0 to 1"),
        (Task(float("nan")), "amount = nan; permitted: 0 to 1"),
        (Task(0.5, after=-60), "after = -60; permitted: a whole number of minutes"),
        (Dose("propranolol", 1e4), "out of range; permitted: a number from 10 to 160 mg"),
        (Dose("soma", 10.0), "unknown drug 'soma'"),
    ],
)
def test_actions_keep_to_their_range(action: Action, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bent, "given", (action,))
    assert said in refused(Bent(name="trick"))


def test_a_course_is_sessions_and_asks_for_nothing() -> None:
    assert "permitted: a tuple of sessions" in refused(Silent(name="trick"))
    assert "its course asks for person; permitted: nothing beside its keys" in refused(Seeing(name="trick"))
