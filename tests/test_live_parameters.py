"""No dead parameter: moving each one within its range moves some output."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cohort.drugs import load_drugs, parameter_name
from cohort.events import Scene, calendar, cue_of, scene_table
from cohort.network import draw_network
from cohort.parameters import OUTSIDE_KERNEL, TABLED, Parameters, table
from cohort.pharmacology import drug_index
from cohort.population import Population
from cohort.social import Recollection, candidates, disclosing, exchange, partners, told_rows
from cohort.state import CONTACT, DOSE, DRIVE, ELEMENTS, EXPERIENCE, RECALL, REMINDER, SLEEP_LOSS, STRESS, TASK
from cohort.traits import draw_traits, trait_array

PERSONS = 24
DAYS = 40


def scenes() -> list[Scene]:
    """A flood, a prize, a form, and many more of what fills a life."""
    shared = {e: f"{e} shared" for e in ELEMENTS}
    own = {e: f"{e} of the flood" for e in ELEMENTS}
    flood = Scene(0, own, arousal=0.9, threat=0.9, valence=-0.9, controllability=0.1, novelty=0.7, social=0.5,
                  self_relevance=0.5, duration=20.0, safe=0.0)  # fmt: skip
    prize = Scene(1, {**shared, "narrative": "a prize"}, arousal=0.5, valence=0.8, reward_error=0.5, novelty=0.2)
    rest = [Scene(i, {**shared, "narrative": f"day {i}"}, arousal=0.2 + 0.02 * i, novelty=0.4) for i in range(2, 8)]
    weak = dict.fromkeys(ELEMENTS, (0.3, 0.2))
    faint = [Scene(i, {e: f"{e} {i}" for e in ELEMENTS}, weak, novelty=0.0) for i in range(8, 29)]
    slight = Scene(29, {e: f"{e} of a slight" for e in ELEMENTS}, weak, arousal=0.05, threat=0.02, valence=-0.02)
    return [flood, prize, *rest, *faint, slight]


ENTRIES = [
    (10.0, EXPERIENCE, 0, 1.0), (11.0, EXPERIENCE, 2, 1.0), (13.0, EXPERIENCE, 1, 1.0), (14.0, TASK, 0, 1.0),
    (20.0, STRESS, 0, 1.0), (20.5, CONTACT, 0, 0.5), (21.0, SLEEP_LOSS, 0, 4.0), (30.0, REMINDER, 30, 0.0),
    (31.0, TASK, 0, 1.0), (32.0, DRIVE, 0, 0.5), (33.0, REMINDER, 35, 0.0),
    *((48.0 + k, DOSE, drug_index(d), mg) for k, (d, mg) in enumerate(
        (("propranolol", 80.0), ("yohimbine", 20.0), ("haloperidol", 5.0), ("hydrocortisone", 20.0)))),
    (53.0, REMINDER, 31, 0.0), (54.0, EXPERIENCE, 3, 1.0),
    (54.5, REMINDER, 32, 0.0),  # an exposure to what endocannabinoids the experience released
    (60.0, RECALL, 33, 1.0),
    *((24.0 * d + 9.0, DOSE, drug_index("sertraline"), 100.0) for d in range(6, 20)),
    (24.0 * 7 + 9.5, DOSE, drug_index("d-cycloserine"), 50.0), (24.0 * 7 + 10.0, REMINDER, 32, 0.0),
    (24.0 * 8 + 10.0, STRESS, 0, 2.0), (24.0 * 9 + 9.0, DOSE, drug_index("lorazepam"), 2.0),
    (24.0 * 9 + 11.0, EXPERIENCE, 4, 1.0), (24.0 * 9 + 12.0, RECALL, 33, 0.0),
    *((24.0 * (10 + k // 3) + 9.0 + 3.0 * (k % 3), EXPERIENCE, 5 + k, 1.0) for k in range(25)),
    (24.0 * 18 + 10.0, REMINDER, 36, 0.0),  # of what announces next to nothing
    (24.0 * 30, RECALL, 33, 1.0), (24.0 * 31, REMINDER, 30, 0.0), (24.0 * 32, RECALL, 34, 1.0),
]  # fmt: skip


def talk(parameters: Parameters) -> bytes:
    """What rounds of talk about the flood hand out, and what can be heard."""
    ids = np.arange(PERSONS)
    ties = draw_network(5, ids, sizes=(0.2, 0.4, 0.4), contacts=4.0, rewiring=0.5, radius=1.0).ties
    parts = [told_rows(scenes()[0].record(), parameters).tobytes()]
    for day in range(30):
        who = candidates(5, 1440 * day, 0.5, ids)
        one = np.ones(len(who))
        read = Recollection(one > 0.0, 0.8 * one, 0.0 * one, 0.5 * one, day * one, 0.3 * one, 1.5 * one)
        told = disclosing(5, 1440 * day, 0.5, who, read, parameters)
        listeners = partners(5, 1440 * day, ids, ties, who[told], parameters)
        parts.append(exchange(1440 * day, who[told], listeners, read[told], one[told], 0, 0.5, 0.1).tobytes())
    return b"".join(parts)


@cache
def outputs(name: str = "", value: float = 0.0) -> bytes:
    """Traits drawn, all that is stored and logged after a rich month, and talk, with one parameter moved."""
    overrides = {name: value} if name else {}
    drawn = trait_array(draw_traits(PERSONS, 5, Parameters(overrides), families="sib"))
    told = scenes()
    flood = told[0].record()
    goal = cue_of(flood, 0.4)
    goal["goal"] = flood["features"][0, 2]
    cues = [cue_of(flood, 0.6, duration=5.0, safe=1.0), cue_of(flood, 0.6, duration=5.0, safe=0.0),
            cue_of(flood, 0.9, duration=60.0, safe=1.0), goal, cue_of(told[1].record(), 0.5),
            cue_of(flood, 0.9, duration=5.0, safe=1.0, reappraisal=1.0),
            cue_of(told[29].record(), 0.9, duration=60.0, safe=1.0)]  # fmt: skip
    population = Population(drawn, 5, np.concatenate([scene_table(told), *cues]), overrides=overrides)
    population.traits[:, :] = np.where(np.isfinite(drawn), drawn, 1.0)
    log = population.live(calendar(sorted(ENTRIES)), DAYS * 1440, 1)
    parts = (drawn, population.persons, population.memories, population.units, log)
    return b"".join([talk(Parameters(overrides)), *(np.ascontiguousarray(part).tobytes() for part in parts)])


@pytest.mark.parametrize("name", [p.name for p in table().values() if p.group not in OUTSIDE_KERNEL])
def test_moving_a_parameter_moves_some_output(name: str) -> None:
    p = table()[name]
    assert any(outputs(name, end) != outputs() for end in (p.low, p.high) if end != p.value)


# --- drugs: their constants are felt by who takes the drug, so one person and three days suffice for each


@cache
def felt(drug: str, name: str = "", value: float = 0.0) -> bytes:
    """What is stored of memories and logged, after a dose before a flood and a prize, and one before a safe reminder.

    The levels of the drug itself, which all but its affinities move, are left out.
    """
    overrides = {name: value, "everyday_rate": 0.0} if name else {"everyday_rate": 0.0}
    flood, prize = scenes()[:2]
    safe = cue_of(flood.record(), 0.9, duration=60.0, safe=1.0)
    rows = np.concatenate([scene_table([flood, prize]), safe])
    population = Population(np.ones((1, 35)), 5, rows, overrides=overrides)
    index, mg = drug_index(drug), load_drugs()[drug].dose_typical
    entries = [(9.0, DOSE, index, mg), (10.5, EXPERIENCE, 0, 1.0), (17.0, EXPERIENCE, 1, 1.0),
               (33.0, DOSE, index, mg), (34.5, REMINDER, 2, 0.0)]  # fmt: skip
    log = population.live(calendar(entries), 3 * 1440, 1)
    return b"".join(np.ascontiguousarray(part).tobytes() for part in (population.memories, log))


DRUG_OF = {parameter_name(drug, f): drug for drug, d in load_drugs().items() for f in d.figures}


def test_no_parameter_of_drugs_is_left_out() -> None:
    assert {*DRUG_OF, "free_cortisol"} == {p.name for p in table().values() if p.group == TABLED}


@pytest.mark.parametrize("name", [p.name for p in table().values() if p.group == TABLED])
def test_moving_a_figure_on_a_drug_moves_what_it_does_to_memory(name: str) -> None:
    p = table()[name]
    drug = DRUG_OF.get(name, "hydrocortisone")
    assert any(felt(drug, name, end) != felt(drug) for end in (p.low, p.high) if end != p.value)


def test_a_fifth_drug_on_board_is_refused_and_counted() -> None:
    names = ("sertraline", "haloperidol", "mifepristone", "nabilone", "propranolol", "prazosin")
    doses = [(1.0 + k, DOSE, drug_index(d), load_drugs()[d].dose_typical) for k, d in enumerate(names)]
    again = (8.0, DOSE, drug_index("sertraline"), 50.0)  # has its place already
    population = Population(np.ones((2, 35)), 5, scene_table(scenes()[:1]))
    population.live(calendar([*doses, again]), 600, 1)
    assert list(population.column("doses_refused")) == [2.0, 2.0]
    aboard = sorted(drug_index(d) + 1.0 for d in names[:4])
    assert sorted(population.column("drug")[0]) == aboard
