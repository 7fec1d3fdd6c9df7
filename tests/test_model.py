"""The engine: what was scheduled is delivered, in the order that stands in the model, to whom the scenario says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cohort.model
from cohort import social
from cohort.actions import Contact, Dose, Happen, Stress
from cohort.enrolment import enrol
from cohort.errors import InputError
from cohort.model import DAY, ORDER, CohortModel
from cohort.person import Person
from cohort.plan import plan
from cohort.population import Population
from cohort.scenario import loads
from cohort.state import CONTACT, EXPERIENCE, RECALL, REMINDER, TASK

CRASH = """
[scenes.crash]
content = { context = "bridge", sensory = "glass", affective = "horror" }
arousal = 0.95
valence = -0.9
threat = 0.9
controllability = 0.1
safe = 0
"""
EVENT = '[[events]]\nname = "crash"\nkind = "experience"\nscene = "crash"\nat = "day 1 14:00"\n'
HOUSEHOLDS = "[population.households]\nsizes = [0.2, 0.4, 0.4]\n[population.network]\ncontacts = 4\n"


class Kept:
    """Stands in for the tables: keeps what it is handed."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *handed: self.told.append((name, handed))

    def keeps(self, table: str) -> bool:
        return True

    def of(self, name: str) -> list[tuple[Any, ...]]:
        return [handed for what, handed in self.told if what == name]


def model(text: str, persons: int = 60, days: int = 6, seed: int = 3, person: type[Person] = Person) -> Any:
    """A model of a scenario (its tables are `Kept`), not yet run."""
    scenario = loads(f"[study]\npersons = {persons}\ndays = {days}\nseed = {seed}\n{text}")
    made = plan(scenario)
    return CohortModel(made, enrol(made), Kept(), person)  # type: ignore[arg-type]


def lived(text: str, **settings: Any) -> Any:
    made = model(text, **settings)
    made.run()
    return made


# --- what was scheduled was delivered


FULL = (
    CRASH
    + HOUSEHOLDS
    + EVENT
    + '[[events]]\nname = "news"\nkind = "media"\nscene = "crash"\ncue = 0.5\nat = "day 2 20:00"\nshare = 0.5\n'
    + '[[surroundings.reminders]]\nname = "bridges"\nscene = "crash"\nper_week = 7\n'
    + '[talk]\nabout = ["crash"]\nrate = 0.5\n'
)


def test_what_was_scheduled_was_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[np.ndarray] = []
    hand = Population.hand
    monkeypatch.setattr(Population, "hand", lambda self, rows: (handed.append(rows.copy()), hand(self, rows))[1])
    made = lived(FULL)
    rows = np.concatenate(handed)
    before_the_end = rows["minute"] < made.plan.end
    assert made.scheduled == len(rows)
    assert made.population.carried_out == before_the_end.sum()
    assert {EXPERIENCE, REMINDER, CONTACT} <= set(rows["kind"])


def test_a_lost_entry_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = Population.hand
    monkeypatch.setattr(Population, "hand", lambda self, rows: hand(self, rows[1:]))
    with pytest.raises(AssertionError, match="entries were scheduled"):
        lived(FULL)


def test_an_entry_that_is_left_behind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    living_until = Population.living_until
    monkeypatch.setattr(
        Population,
        "living_until",
        lambda self, end, who=None, **more: living_until(
            self, end, np.arange(len(self) - 1) if who is None else who, **more
        ),
    )
    with pytest.raises(AssertionError, match="were left behind"):
        lived(CRASH + EVENT)


def test_an_occasion_that_mesa_lost_is_noticed() -> None:
    made = model(FULL)
    made.begin()
    made._occasions.remove(next(one for one in made._occasions if one.do == made._deliver))  # Mesa holds it weakly
    with pytest.raises(AssertionError, match=r"\d+ occasions were put on the queue and \d+ came"):
        made.run()
    assert len(made.tables.of("exposures")) == 1  # of two events


def test_an_entry_that_the_kernel_passes_over_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    live = Population._live

    def one_less(self: Population, *given: Any) -> Any:
        return ((log, max(done - 1, 0)) for log, done in live(self, *given))

    monkeypatch.setattr(Population, "_live", one_less)
    with pytest.raises(AssertionError, match="were due before minute"):
        lived(CRASH + EVENT)


# --- the order of a minute


def test_a_minute_goes_in_the_order_that_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, str]] = []
    methods = {"stop": "_stop", "assess": "_assess", "event": "_deliver", "treat": "_treat", "talk": "_talk"}
    for name, method in methods.items():
        does = getattr(CohortModel, method)

        def told(self: Any, what: Any, does: Any = does, name: str = name) -> None:
            if name != "assess" or round(self.time * DAY) not in self.plan.stops:  # a stop assesses by itself
                seen.append((round(self.time * DAY), name))
            does(self, what)

        monkeypatch.setattr(CohortModel, method, told)
    lived(
        CRASH
        + HOUSEHOLDS
        + EVENT.replace('at = "day 1 14:00"', 'every = "1 d x 4 from day 1 00:00"')
        + '[[interventions]]\nname = "pill"\nkind = "drug"\ndrug = "propranolol"\nmg = 40\nat = "day 2"\n'
        + '[[interventions]]\nname = "next"\nkind = "drug"\ndrug = "propranolol"\nmg = 40\nat = "day 3 09:00"\n'
        + '[[instruments]]\nname = "sheet"\nkind = "intrusion-diary"\nat = ["day 2", "day 3 09:00"]\n'
        + '[talk]\nabout = ["crash"]\nat = "00:00"\n[records]\nmeasures = "1 d"\n'
    )
    names = [name for name, _, _ in ORDER]
    assert sorted(seen, key=lambda one: (one[0], names.index(one[1]))) == seen
    assert [name for minute, name in seen if minute == 2 * DAY] == ["stop", "event", "treat", "talk"]
    assert [name for minute, name in seen if minute == 3 * DAY + 540] == ["assess", "treat"]


def test_events_of_one_minute_go_by_kind_then_by_place_in_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[int] = []
    hand = Population.hand

    def told(self: Population, rows: Any) -> None:
        handed.extend(dict.fromkeys(rows["kind"].tolist()))
        hand(self, rows)

    monkeypatch.setattr(Population, "hand", told)
    at = 'at = "day 1 14:00"\n'
    made = lived(
        CRASH
        + f'[[events]]\nname = "game"\nkind = "task"\n{at}'
        + f'[[events]]\nname = "asked"\nkind = "recall"\nscene = "crash"\n{at}'
        + EVENT
    )
    assert handed == [EXPERIENCE, RECALL, TASK]
    recalls = [row for (log,) in made.tables.of("lived") for row in log if row["kind"] == RECALL]
    assert len(recalls) == len(made.population)  # asked after it happened: everybody has a trace


# --- whom an event reaches, and to what dose


def test_groups_and_expressions_reach_whom_they_name() -> None:
    text = CRASH + '[groups]\nodd = "id % 2 == 1"\n' + EVENT
    made = lived(text + 'who = "odd and age > 40"\n')
    frame = made.enrolled.frame
    expected = frame.loc[(frame["id"] % 2 == 1) & (frame["age"] > 40), "id"].to_numpy()
    ((_, ids, _),) = made.tables.of("exposures")
    assert np.array_equal(ids, expected)
    assert 5 < len(expected) < 25
    assert np.array_equal(np.flatnonzero(made.population.memory("live")[:, 0]), expected)


def test_a_share_is_drawn_for_each_event_and_time() -> None:
    n, share = 2000, 0.3
    made = model(CRASH + EVENT.replace('at = "day 1 14:00"', 'every = "1 d x 2 from day 1"') + f"share = {share}\n", n)
    first, second = (made._reached(event) for event in made.plan.events)
    sd = (n * share * (1.0 - share)) ** 0.5
    for reached in (first, second):
        assert abs(len(reached) - n * share) < 4 * sd
    both = len(np.intersect1d(first, second))
    assert abs(both - n * share**2) < 4 * (n * share**2 * (1 - share**2)) ** 0.5
    again = made._reached(made.plan.events[0])
    assert np.array_equal(first, again)


def dose_of(rule: str, persons: int = 2000) -> tuple[Any, np.ndarray]:
    made = model(f"[population.place]\nradius = 6\n{CRASH}{EVENT}dose = {rule}\n", persons)
    made._deliver(made.plan.events[0])
    ((_, _, dose),) = made.tables.of("exposures")
    return made, dose


def test_a_dose_falls_with_distance() -> None:
    made, dose = dose_of('{ by = "distance", scale = 3.0, most = 1.1 }')
    distance = made.enrolled.frame["distance"].to_numpy(dtype=float)
    np.testing.assert_allclose(dose, 1.1 * np.exp(-distance / 3.0), rtol=1e-6)
    waiting = made.population.agenda.rows()
    np.testing.assert_allclose(waiting["amount"][waiting["kind"] == EXPERIENCE], dose, rtol=1e-6)


def test_a_lognormal_dose_has_the_median_and_spread_that_are_declared() -> None:
    _, dose = dose_of('{ distribution = "lognormal", median = 0.7, spread = 0.4 }')
    log = np.log(dose)
    assert abs(log.mean() - np.log(0.7)) < 4 * 0.4 / len(dose) ** 0.5
    assert abs(log.std() - 0.4) < 4 * 0.4 / (2 * len(dose)) ** 0.5


def test_who_reads_measures_of_the_very_minute() -> None:
    text = (
        CRASH
        + EVENT
        + 'who = "id < 30"\n[[events]]\nname = "help"\nkind = "contact"\nat = "day 4 12:00"\nwho = "intrusions >= 2"\n'
        + '[[events]]\nname = "weekly"\nkind = "contact"\nat = "day 4"\nwho = "intrusions >= 2"\n'
        + '[[events]]\nname = "held"\nkind = "contact"\nat = "day 3"\nwho = "recall > 0 and load > 0"\n'
        + '[records]\nmeasures = "2 d"\n'
    )
    made = lived(text)
    reached = {event.name: set(ids) for event, ids, _ in made.tables.of("exposures")}
    log = np.concatenate([log for (log,) in made.tables.of("lived")])
    mine = log[log["kind"] == cohort.state.INTRUSION]

    def counted(first: float, after: float) -> set[int]:
        number = np.bincount(mine["person"][(mine["minute"] >= first * DAY) & (mine["minute"] < after * DAY)])
        return set(np.flatnonzero(number >= 2))

    assert reached["weekly"] == counted(2, 4) != set()  # at a measure: what that measure tells
    assert reached["help"] == counted(4, 4.5)  # later: since that measure
    assert reached["held"] == set(range(30))
    (minute, _, _, counts) = made.tables.of("measures")[1]
    assert minute == 4 * DAY
    assert set(counts) == {"intrusions", "distress"}


def test_exposed_are_those_to_whom_it_happened_or_was_told() -> None:
    reminder = '[[events]]\nname = "sign"\nkind = "reminder"\nscene = "crash"\nat = "day 2"\n'
    made = lived(CRASH + EVENT + 'who = "id < 7"\n' + reminder)
    assert np.array_equal(np.flatnonzero(made.column("exposed")), np.arange(7))
    made = lived(CRASH + EVENT + 'who = "id < 7"\n' + reminder.replace('"reminder"', '"media"'))
    assert made.column("exposed").all()


# --- reminders


def test_reminders_are_poisson_in_waking_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    persons, days, per_week = 150, 20, 10.5
    handed: list[np.ndarray] = []
    hand = Population.hand
    monkeypatch.setattr(Population, "hand", lambda self, rows: (handed.append(rows.copy()), hand(self, rows))[1])
    text = CRASH + EVENT + f'[[surroundings.reminders]]\nname = "r"\nscene = "crash"\nper_week = {per_week}\n'
    made = lived(text + 'from = "day 2 12:00"\nuntil = "day 18"\n', persons=persons, days=days)
    rows = np.concatenate(handed)
    rows = rows[rows["kind"] == REMINDER]
    assert rows["minute"].min() >= 2 * DAY + 720
    assert rows["minute"].max() <= 18 * DAY
    hour = rows["minute"] % DAY / 60.0
    wake, bed = made.plan.parameters["wake"], made.plan.parameters["bed"]
    assert hour.min() >= wake
    assert hour.max() < bed
    whole = rows[(rows["minute"] >= 3 * DAY) & (rows["minute"] < 18 * DAY)]
    number = np.zeros((persons, 15))
    np.add.at(number, (whole["person"], whole["minute"] // DAY - 3), 1)
    mean = per_week / 7.0
    sem = (mean / number.size) ** 0.5
    assert abs(number.mean() - mean) < 4 * sem
    for k in range(4):  # the distribution, not its mean alone
        p = np.exp(-mean) * mean**k / np.prod(np.arange(1, k + 1))
        assert abs((number == k).mean() - p) < 4 * (p * (1 - p) / number.size) ** 0.5
    share = (whole["minute"] % DAY < 60.0 * (wake + bed) / 2.0).mean()
    assert abs(share - 0.5) < 4 * 0.5 / len(whole) ** 0.5


# --- talk

TALK = CRASH + HOUSEHOLDS + EVENT + 'who = "id % 3 == 0"\n[talk]\nabout = ["crash"]\nrate = 1.0\nevery = "1 d"\n'


def test_talk_stays_among_those_who_know_each_other() -> None:
    made = lived(TALK)
    ties = made.enrolled.network.ties.toarray() > 0
    pairs = [(t, o) for (_, _, tellers, listeners, _, _) in made.tables.of("talks")
             for t, o in zip(tellers, listeners, strict=True)]  # fmt: skip
    assert len(pairs) > 20
    assert all(ties[teller, listener] for teller, listener in pairs)
    heard = set(np.flatnonzero(made.column("exposed"))) - set(range(0, 60, 3))
    assert heard
    assert heard <= {listener for _, listener in pairs}
    assert np.array_equal(made.population.memory("live")[:, 0] > 0, made.column("exposed"))


def test_nobody_talks_who_knows_nobody() -> None:
    alone = TALK.replace("[0.2, 0.4, 0.4]", "[1.0]").replace("contacts = 4", "contacts = 0")
    made = lived(alone)
    assert not sum(len(tellers) for _, _, tellers, *_ in made.tables.of("talks"))


def test_simultaneous_talk_does_not_depend_on_the_order_of_tellers(monkeypatch: pytest.MonkeyPatch) -> None:
    first = lived(TALK)
    candidates = social.candidates
    monkeypatch.setattr(social, "candidates", lambda *given: candidates(*given)[::-1])
    backwards = lived(TALK)
    for name in ("persons", "memories", "units", "features"):
        assert np.array_equal(getattr(first.population, name), getattr(backwards.population, name)), name
    assert first.scheduled == backwards.scheduled
    told = [
        [sorted(zip(*map(list, handed[2:]), strict=True)) for handed in made.tables.of("talks")]
        for made in (first, backwards)
    ]
    assert told[0] == told[1]
    assert any(told[0])


def test_what_is_read_in_a_round_is_read_before_anything_is_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for name, of in (("recollection", cohort.model), ("hand", Population)):
        does = getattr(of, name)

        def told(*given: Any, does: Any = does, name: str = name) -> Any:
            order.append(name)
            return does(*given)

        monkeypatch.setattr(of, name, told)
    made = model(TALK)
    made.begin()
    made.run_until(1.6)
    order.clear()
    made._talk(round(1.75 * DAY))
    assert order == ["recollection", "hand"]


# --- agents


def test_mesa_selects_groups_and_aggregates_persons() -> None:
    made = lived(CRASH + EVENT + 'who = "ace >= 1"\n')
    frame = made.enrolled.frame
    chosen = made.agents.select(lambda one: one.ace >= 1)
    assert sorted(one.id for one in chosen) == sorted(frame.loc[frame["ace"] >= 1, "id"])
    assert chosen.agg("age", np.mean) == pytest.approx(frame.loc[frame["ace"] >= 1, "age"].mean(), rel=1e-6)
    groups = made.agents.groupby("sex").groups
    assert {str(name): len(group) for name, group in groups.items()} == frame["sex"].value_counts().to_dict()
    one = made.agents[5]
    assert one.load == made.column("load")[5]
    assert one.rumination == made.enrolled.columns["rumination"][5]
    with pytest.raises(AttributeError, match="no column 'heigth'"):
        _ = one.heigth
    with pytest.raises(AttributeError, match="_repr_html_"):
        _ = one._repr_html_


def test_agents_are_made_on_demand_from_a_limit_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort.model, "AGENTS_ON_DEMAND", 50)
    made = lived(CRASH + EVENT)
    assert len(made.agents) == 0
    five, two = made.person(5), made.person(2)
    assert (five.id, two.id) == (5, 2)
    assert made.person(5) is five
    assert five.load == made.column("load")[5]
    assert len(made.agents) == 2
    below = lived(CRASH + EVENT, persons=49)
    assert len(below.agents) == 49
    assert below.person(7) is below.agents[7]

    class Acts(Person):
        def act(self) -> list[Stress]:
            return []

    assert len(model(CRASH + EVENT, person=Acts).agents) == 60  # each must be asked


class Seeks(Person):
    """Takes a pill, seeks company, and repeats the crash, by id."""

    asked = 0

    def act(self) -> list[Dose | Contact | Happen]:
        self.asked += 1
        if self.asked > 1:
            return []
        return [[Dose("propranolol", 40, after=60)], [Contact(0.5)], [Happen("crash", 0.5)], []][self.id % 4]


def test_what_a_person_does_is_an_entry_of_its_own_agenda(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CRASH + EVENT + 'who = "id < 0"\n[records]\nmeasures = "2 d"\n'
    made = lived(text, person=Seeks)
    assert [one.asked for one in made.agents] == [3] * 60
    doses = made.tables.of("doses")
    assert [int(ids[0]) for ids, *_ in doses] == list(range(0, 60, 4))
    assert {minute for _, minute, *_ in doses} == {2 * DAY + 60}
    assert np.array_equal(np.flatnonzero(made.population.memory("live")[:, 0]), np.arange(2, 60, 4))
    assert made.scheduled == made.population.carried_out == 45


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (Happen("crsh"), "no event is named 'crsh'; did you mean 'crash'"),
        (Dose("propranolol", 1e6), "propranolol"),
        (Stress(99.0), "permitted: 0 to 10"),
        (Contact(0.5, after=-1), "whole number of minutes"),
        ("sleep", "permitted: Dose"),
    ],
)
def test_what_a_person_may_not_ask_for_is_refused_in_one_line(action: Any, says: str) -> None:
    class Asks(Person):
        def act(self) -> list[Any]:
            return [action]

    with pytest.raises(InputError, match=says) as refused:
        lived(CRASH + EVENT, person=Asks)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, float("nan"), np.float32(1.0), object()])
def test_an_attribute_that_would_not_come_back_as_it_was_is_refused(value: Any) -> None:
    made = model(CRASH + EVENT, person=Seeks)
    made.person(3).diary = value
    with pytest.raises(InputError, match=r"Seeks: attribute diary = .* of person 3 cannot be kept") as refused:
        made.state()
    assert "\n" not in str(refused.value)
