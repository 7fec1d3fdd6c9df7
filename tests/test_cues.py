"""What a row of the log says of its cue: which it was, how well it matched, where it was met, what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from cohort import codebook
from cohort.engram.ensemble import bits
from cohort.events import Scene, calendar, cue_of, scene_table
from cohort.parameters import Parameters
from cohort.population import Population
from cohort.state import (
    ELEMENTS,
    ELSEWHERE,
    EVERYDAY,
    EXPERIENCE,
    FAMILIAR,
    INTRUSION,
    LOG,
    RECALL,
    REMINDED,
    REMINDER,
    SENSORY,
)
from cohort.streams import CUE, block
from cohort.traits import draw_traits, trait_array

N, SEED = 200, 4
FILM = Scene(0, dict.fromkeys(ELEMENTS, "film"), arousal=0.9, valence=-0.9, threat=0.8, controllability=0.1)
NEWS = Scene(1, {name: "film" if name == "context" else "news" for name in ELEMENTS}, arousal=0.3)
SCENES = scene_table([FILM, NEWS])


def lived(entries: list[tuple[float, int, int, float]], **overrides: float) -> np.recarray:
    """The log of a week."""
    rows = np.concatenate([SCENES, cue_of(SCENES[:1], 0.1), cue_of(SCENES[1:], 0.1), cue_of(SCENES[:1], 1.0)])
    cohort = Population(trait_array(draw_traits(N, SEED, Parameters())), SEED, rows, overrides=overrides)
    return cohort.live(calendar(entries), 7 * 1440)


FILM_ALONE = [(10.0, EXPERIENCE, 0, 1.0)]


def test_the_match_is_that_of_the_cue_that_was_drawn() -> None:
    log = lived(FILM_ALONE)
    came = log[log["kind"] == INTRUSION]
    assert len(came) > 300
    pattern = int(SCENES["features"][0, SENSORY])
    for row in came:
        u = block(np.uint64(SEED), CUE, row.person, row.minute // 1440, row.cue)
        a, b = (int(u[k] * 2**32) | int(u[k + 1] * 2**32) << 32 for k in (0, 2))
        assert row.cue_match == np.float32(bits(a & b & pattern) / bits(pattern))
    assert came["cue_match"].mean() > 0.27  # of cues as drawn a quarter; those that match more bring more
    assert len(np.unique(came[["person", "minute", "cue"]])) == len(came)


def test_without_a_weight_of_the_match_any_cue_brings_as_much() -> None:
    log = lived(FILM_ALONE, weight_sensory=0.0, hazard_offset=-0.3)
    came = log[log["kind"] == INTRUSION]
    assert len(came) > 300
    assert came["cue_match"].mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize(("share", "place"), [(0.0, FAMILIAR), (1.0, ELSEWHERE)])
def test_the_place_is_where_the_person_was(share: float, place: int) -> None:
    log = lived(FILM_ALONE, unsafe_share=share)
    came = log[log["kind"] == INTRUSION]
    assert len(came) > 300
    assert np.all(came["place"] == place)


def test_a_recall_says_what_was_asked_for_and_what_came() -> None:
    both = [(10.0, EXPERIENCE, 0, 1.0), (12.0, EXPERIENCE, 1, 1.0)]
    log = lived([*both, (30.0, RECALL, 3, 0.0), (31.0, REMINDER, 2, 0.0), (32.0, RECALL, 1, 0.0)])
    asked = log[log["kind"] == RECALL]
    assert len(asked) == 2 * N
    assert np.all(asked["asked"] == 1)
    assert {0, 1, -1} <= set(asked["episode"])  # the other one, itself, nothing
    reminded = log[log["kind"] == REMINDER]
    assert np.all(reminded["asked"] == 0)
    assert np.array_equal(reminded["asked"], reminded["episode"])
    told = codebook.recall_rows(log)
    assert np.array_equal(told["asked"], log["asked"][log["kind"] != INTRUSION])


DAYS = range(2, 7)


def reminded(index: int, amount: float = EVERYDAY, **overrides: float) -> np.recarray:
    """What reminders at noon of five days brought, in the week of a film."""
    log = lived([*FILM_ALONE, *((24.0 * day + 12.0, REMINDER, index, amount) for day in DAYS)], **overrides)
    return log[(log["kind"] == REMINDER) | (log["place"] == REMINDED)]


def test_who_avoids_keeps_away_from_everyday_reminders_but_not_from_planned_ones() -> None:
    """A film that comes back at every cue: avoidance is well above 0, at most `avoidance_most`."""
    certain = {"hazard_offset": -0.9, "avoidance_gain": 0.6}
    assert len(reminded(2, 0.0, **certain)) == 5 * N
    assert 0.15 * 5 * N < len(reminded(2, **certain)) < 0.6 * 5 * N
    assert len(reminded(2, **certain, avoidance_most=0.3)) > 0.65 * 5 * N


def test_an_everyday_reminder_is_a_cue_that_brings_the_more_the_more_of_the_scene_it_holds() -> None:
    """With other sights than those of the film it brings less; a planned one brings the film whatever it holds."""
    little, much, other = reminded(2), reminded(4), reminded(3)
    assert 0.02 * 5 * N < len(little) < 0.5 * len(much)
    assert len(other) < len(much) < 0.95 * 5 * N
    assert np.all(much["kind"] == INTRUSION)
    assert np.all(much["cue_match"] == 1.0)
    assert np.all(other["cue_match"] < 0.25)
    assert set(much["minute"] // 1440) == set(DAYS)
    assert np.all(much["cue"] >= 2**15)
    assert len(reminded(2, 0.0)) == 5 * N


def test_avoidance_apart_the_law_of_intrusion_decides_what_a_reminder_brings() -> None:
    """Hits agree with the probabilities that were logged: over those that came, 1/p sums to all that were met."""
    came = reminded(4, avoidance_gain=0.0)
    assert np.sum(1.0 / came["probability"]) == pytest.approx(5 * N, rel=0.05)


def test_the_log_is_small_and_has_no_gap() -> None:
    assert LOG.itemsize == sum(LOG[name].itemsize for name in LOG.names or ()) <= 56
