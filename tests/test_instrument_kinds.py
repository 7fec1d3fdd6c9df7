"""Kinds of instruments on persons who lived through a flood: each shows what the memory, or the body, holds."""

from __future__ import annotations

import numpy as np
import pytest
from people_seen import DECLARED, PERSONS, SEED, UNTOUCHED, draws, lived, made, of_lived, seen

from cohort import readings
from cohort.engram import readout
from cohort.events import Scene, scene_table
from cohort.genome import breeding_value, heritability, kinship
from cohort.instruments import KINDS, Seen
from cohort.parameters import Parameters
from cohort.pharmacology import drug_index
from cohort.population import Population, median_traits
from cohort.state import DOSE, ELEMENTS, EXPERIENCE, STRESS

REACHED = slice(0, PERSONS - UNTOUCHED)
TREATED = slice(0, (PERSONS - UNTOUCHED) // 2)
NEEDS_TRACE = ("free-recall", "cued-recall", "source-memory", "recognition", "savings", "vividness", "confidence",
               "fear-test", "approach-choice", "distress")  # fmt: skip


def test_reading_changes_nothing_and_comes_out_the_same() -> None:
    p, _, _ = lived()
    kept = (p.persons, p.traits, p.memories, p.units, p.features, p.lived, p.scenes, p.world)
    before = [array.tobytes() for array in kept]
    first = readings.probes(p, 0)
    for kind in KINDS:
        made(kind).measure(of_lived(), draws(PERSONS))
    assert [array.tobytes() for array in kept] == before
    assert readings.probes(p, 0).tobytes() == first.tobytes()
    some = np.array([390, 5, 17])
    assert readings.probes(p, 0, some).tobytes() == first[some].tobytes()


def test_what_is_read_on_the_way_is_what_is_read_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohort.population.BLOCK", 3)
    monkeypatch.setattr("cohort.population.ROWS", 1)  # whoever fills it is lived anew
    p, _, _ = lived()
    who = np.array([390, 5, 17, 200, 3, 44, 80])
    seen = np.zeros(len(who), dtype=readout.MEASURE)
    later, _ = p.glimpse(p.time, np.arange(len(p)))
    logs = list(later.living_until(p.time + 3000, who, episode=0, seen=seen))
    assert len(logs) == 3
    assert max(map(len, logs)) > 1
    assert seen["held"].sum() == 6  # one is untouched
    assert seen.tobytes() == readings.measures(later, 0, who).tobytes()


def test_probes_agree_with_the_other_readings() -> None:
    p, _, _ = lived()
    probe, measure = readings.probes(p, 0), readings.measures(p, 0)
    for name in ("held", "load", "avoidance", "control", "charge", *readout.RECALLED.names):
        assert np.array_equal(probe[name], measure[name]), name
    trace = readings.traces(p, episode=0)
    slots = np.flatnonzero((trace["live"] > 0).any(axis=0))
    reward = sum(
        trace["reward_early"][:, s] + trace["reward_late"][:, s] * (1 - trace["reward_early"][:, s]) for s in slots
    )
    assert probe["approach"] == pytest.approx(reward, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_a_trace_is_undefined_without_one(kind: str) -> None:
    for values in made(kind).measure(of_lived(), draws(PERSONS)):
        missing = np.isnan(values)
        assert not missing[REACHED].any()
        assert missing[PERSONS - UNTOUCHED :].all() == missing.any() == (kind in NEEDS_TRACE)


def test_recognition_hits_what_is_held_and_sometimes_a_foil() -> None:
    test = made("recognition", trials=100)
    people = of_lived()
    hit, alarm = (x[REACHED] for x in test.chances(people))  # type: ignore[attr-defined]
    assert hit.mean() > 0.7
    assert 0.02 < alarm.mean() < 0.3
    read = test.read(people, draws(PERSONS))
    assert np.nanmean(read.score) == pytest.approx(np.nanmean(read.state), abs=0.01)
    assert (
        test.read(seen(1, familiarity=0.3, familiarity_foil=0.3), draws(1)).state[0] == 0.0
    )  # as familiar as the scene


def test_a_list_that_fades_is_recognized_no_better_though_foils_fade_with_it() -> None:
    """Without bias hits and correct rejections are equal (Macmillan & Creelman 2005, chapter 2)."""
    test = made("recognition")
    fresh, faded = (seen(1, familiarity=0.95 * left, familiarity_foil=0.3 * left) for left in (1.0, 0.3))
    for people in (fresh, faded):
        hit, alarm = test.chances(people)  # type: ignore[attr-defined]
        assert hit + alarm == pytest.approx(1.0)
    assert test.read(fresh, draws(1)).state > test.read(faded, draws(1)).state > 0.0


def test_the_place_is_told_less_well_than_the_whole_once_binding_is_gone() -> None:
    people = of_lived()
    place = made("source-memory").read(people, draws(PERSONS)).state[REACHED]
    weak = people["strength_binding"][REACHED] < np.median(people["strength_binding"][REACHED])
    assert 0.0 < place[weak].mean() < place[~weak].mean() < 100.0


def test_more_of_a_cue_brings_back_more() -> None:
    people = of_lived()
    free, cued = (made(kind).read(people, draws(PERSONS)).state[REACHED] for kind in ("free-recall", "cued-recall"))
    whole = 100.0 * (people["recall"] * people["accuracy"])[REACHED]
    assert 0.0 < free.mean() < cued.mean() < whole.mean()
    score = made("cued-recall", details=200).read(people, draws(PERSONS)).score[REACHED]
    assert score.mean() == pytest.approx(cued.mean(), abs=3.0 * score.std() / np.sqrt(len(score)))


def test_savings_outlast_recall() -> None:
    """A list that can no longer be told is still learned again in less time (Ebbinghaus)."""
    people = of_lived()
    lost = people["recall_free"][REACHED] < 0.25
    saved = made("savings").read(people, draws(PERSONS))
    assert lost.sum() > 50
    assert saved.state[REACHED][lost].mean() > 0.1
    assert np.nanmean(saved.score) == pytest.approx(np.nanmean(saved.state), abs=0.03)


def test_the_diary_misses_what_its_medium_misses() -> None:
    people = of_lived()
    for medium in ("electronic", "paper"):
        read = made("intrusion-diary", medium=medium).read(people, draws(PERSONS))
        noted, came, share = read.score.sum(), read.state.sum(), DECLARED[f"diary_{medium}"]
        assert came > 1000
        assert abs(noted - share * came) < 4.0 * np.sqrt(came * share * (1.0 - share))
        assert (read.score <= read.state).all()
    assert np.isnan(made("intrusion-diary").read(seen(5, days=0.0), draws(5)).state).all()


def renewal(extinction: float) -> tuple[float, float, float]:
    """Mean fear after sessions in a surgery: there, in the context of the flood and in a new one."""
    p, _, _ = lived(extinction, quiet=True)
    people = Seen.of(readings.probes(p, 0), p.parameters)
    read = [made("fear-test", context=c).read(people, draws(PERSONS)).score for c in ("safe", "learned", "new")]
    return tuple(float(fear[TREATED].mean()) for fear in read)  # type: ignore[return-value]


def test_fear_that_was_extinguished_in_one_place_returns_in_another() -> None:
    safe, learned, new = renewal(2.5)
    assert new > 1.15 * safe
    assert learned > 1.15 * safe
    without = renewal(0.1)  # the lowest gain of extinction
    assert (without[2] - without[0]) / without[2] < (new - safe) / new / 3.0


def test_what_was_rewarded_is_chosen_more_by_who_has_more_dopamine() -> None:
    prize = Scene(0, {e: f"{e} of the prize" for e in ELEMENTS}, arousal=0.5, valence=0.8, reward_error=0.6)
    traits = median_traits(200)
    traits[100:, 0] = 2.0  # da_synthesis
    p = Population(traits, SEED, scene_table([prize]))
    p.deliver(np.arange(200), 600, EXPERIENCE, 0)
    p.live_until(2 * 1440)
    people = seen(200, approach=readings.probes(p, 0)["approach"].astype(float))
    read = made("approach-choice", trials=400).read(people, draws(200))
    assert read.state[100:].min() > read.state[:100].max() > 60.0
    assert read.score[100:].mean() > read.score[:100].mean()
    assert made("approach-choice").read(seen(1, approach=0.0), draws(1)).state[0] == 50.0


def test_symptoms_follow_the_flood_and_are_not_of_the_hour() -> None:
    p, _, _ = lived()
    read = {kind: made(kind).read(of_lived(), draws(PERSONS)) for kind in ("pcl-5", "ies-r", "clinician")}
    for found in read.values():
        assert found.state[REACHED].mean() > found.state[PERSONS - UNTOUCHED :].mean() + 3.0
    assert np.array_equal(read["pcl-5"].state, read["clinician"].state)
    assert readings.probes(p, 0)["tone"].min() > 0.3  # by day, whatever the hour


# --- the body


def body(*entries: tuple[int, int, int, float], until: int = 12 * 60) -> dict[str, float]:
    """State of heart rate and cortisol of the median person after `entries` (minute, kind, index, amount)."""
    p = Population(median_traits(1), SEED, scene_table([]))
    for minute, kind, index, amount in entries:
        p.deliver(np.array([0]), minute, kind, index, amount)
    p.live_until(until)
    probe = readings.probes(p, -1)
    given = {name: probe[name].astype(float) for name in ("beta", "cortisol")}
    people = seen(1, Parameters({"heart_own": 0.0}), **given)
    return {kind: float(made(kind).read(people, draws(1)).state[0]) for kind in ("heart-rate", "cortisol")}


def test_a_beta_blocker_slows_the_heart_and_the_morning_and_hydrocortisone_raise_cortisol() -> None:
    rest = body()
    assert rest["heart-rate"] == pytest.approx(DECLARED["heart_rest"], abs=2.0)
    blocked = body((600, DOSE, drug_index("propranolol"), 80.0))
    assert 5.0 < rest["heart-rate"] - blocked["heart-rate"] < DECLARED["heart_beta"] + 1.0
    assert body(until=510)["cortisol"] > 2.0 * body(until=1439)["cortisol"]
    assert body((600, DOSE, drug_index("hydrocortisone"), 20.0))["cortisol"] > 2.0 * rest["cortisol"]
    assert body((600, STRESS, 0, 3.0))["heart-rate"] > rest["heart-rate"]


def test_a_beta_blocker_calms_the_body_and_not_what_is_felt() -> None:
    p, _, _ = lived(quiet=True)
    read = {}
    for mg in (0.0, 80.0):
        same, _ = p.glimpse(p.time, np.arange(len(p)))
        if mg > 0.0:
            same.deliver(np.arange(len(p)), p.time, DOSE, drug_index("propranolol"), mg)
        same.live_until(p.time + 90)
        probe = readings.probes(same, 0)
        read[mg] = {name: float(probe[name][probe["held"] > 0].mean()) for name in ("distress", "fear_learned")}
    assert read[80.0]["fear_learned"] < 0.8 * read[0.0]["fear_learned"]
    assert read[80.0]["distress"] == pytest.approx(read[0.0]["distress"], rel=0.03)


def test_hearts_differ_for_reasons_of_their_own_whatever_reads_them() -> None:
    n = 20_000
    alike = seen(n)
    first, second = (made("heart-rate", name=name).read(alike, draws(n, 0, name)) for name in ("ward", "home"))
    assert np.array_equal(first.state, second.state)
    assert first.state.std() == pytest.approx(DECLARED["heart_own"], rel=0.03)
    assert not np.array_equal(first.score, second.score)


# --- background


def test_a_polygenic_score_explains_its_published_share_and_is_one_for_identical_twins() -> None:
    n = 40_000
    people = seen(n, ancestry=np.array(["EUR"] * (n // 2) + ["AFR"] * (n // 2), dtype=object))
    read = made("polygenic-score").read(people, draws(n))
    genes = breeding_value(SEED, kinship(np.arange(n)), "rumination")
    assert np.array_equal(read.state, genes)
    h2 = heritability("rumination", DECLARED)
    for part, share in ((slice(0, n // 2), "european"), (slice(n // 2, n), "other")):
        r2 = np.corrcoef(read.score[part], genes[part])[0, 1] ** 2
        assert r2 * h2 == pytest.approx(DECLARED[f"polygenic_{share}"], abs=0.01)
    assert np.array_equal(read.score, made("polygenic-score").read(people, draws(n, minute=9)).score)
    pairs = made("polygenic-score").read(seen(100, zygosity="mz"), draws(100)).score.reshape(-1, 2)
    assert np.array_equal(pairs[:, 0], pairs[:, 1])
    siblings = made("polygenic-score").read(seen(4000, zygosity="dz"), draws(4000)).score.reshape(-1, 2)
    assert not np.array_equal(siblings[:, 0], siblings[:, 1])


def test_adversity_is_reported_as_reliably_as_published() -> None:
    """Dube et al. 2004: kappa .46 to .86 for a kind of experience, asked about twice."""
    rng = np.random.default_rng(2)
    n = 20_000
    suffered = rng.random(n) < 0.16  # about the prevalence of a kind
    p = np.where(suffered, DECLARED["adversity_noticed"], DECLARED["adversity_imagined"])
    both = (p * p).mean()
    once = p.mean()
    assert 0.46 < (both - once**2) / (once - once**2) < 0.86
    people = seen(n, ace=rng.binomial(10, 0.16, n).astype(float))
    first, second = (made("adversity-questionnaire").read(people, draws(n, minute)) for minute in (0, 500))
    assert 0.46 < np.corrcoef(first.score, second.score)[0, 1] < 0.86
    expected = DECLARED["adversity_noticed"] * people["ace"] + DECLARED["adversity_imagined"] * (10 - people["ace"])
    assert first.score.mean() == pytest.approx(expected.mean(), abs=0.03)
