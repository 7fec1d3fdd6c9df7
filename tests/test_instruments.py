"""Instruments: every kind keeps to its scale, follows the state, and errs as published, by draws of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from people_seen import DECLARED, SEED, draws, made, seen
from pydantic import ValidationError
from scipy.stats import binom

from cohort.engram.readout import PROBE
from cohort.errors import ParameterError
from cohort.instruments import KINDS, Draws
from cohort.instruments.error import about, binomial, precision
from cohort.parameters import DECLARING_MODULES, Parameters, table
from cohort.state import ELEMENTS

# --- every kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_reads_and_may_stand_in_a_scenario(kind: str) -> None:
    found = KINDS[kind]
    assert len(found.__doc__ or "") > 80
    assert get_args(found.model_fields["kind"].annotation) == (kind,)
    assert all(f.description for name, f in found.model_fields.items() if name != "kind")
    assert found.low < found.high
    assert found.unit
    assert found.better in ("lower", "higher")
    instrument = made(kind)
    assert type(instrument) is found
    assert instrument.margin(DECLARED) >= 0.0
    assert instrument.cutoff(DECLARED) is None or found.low < (instrument.cutoff(DECLARED) or 0.0) < found.high
    instrument.check(DECLARED)


@pytest.mark.parametrize("keys", [{"missing": 1.5}, {"score": 3.0}, {"name": ""}, {"kind": "oracle"}])
def test_what_no_instrument_has_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**{"kind": "pcl-5", **keys})


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_lies_beyond_floor_and_ceiling(kind: str) -> None:
    instrument = made(kind)
    shares = dict.fromkeys(PROBE.names or (), 1.0)
    open_ended = ("intrusions", "intrusion_distress", "tone", "sleep", "cortisol", "ace")
    for value in (0.0, 1.0, 300.0, 1e9):
        if value == 1e9 and kind == "intrusion-diary":
            continue  # it has no ceiling
        given = {name: share * min(value, 1.0) for name, share in shares.items()} | dict.fromkeys(open_ended, value)
        extreme = seen(200, **{**given, "held": 1.0, "treated": 1.0})
        for values in instrument.measure(extreme, draws(200)):
            assert np.isfinite(values).all()
            assert instrument.low <= values.min() <= values.max() <= instrument.high


@pytest.mark.parametrize(
    ("kind", "field", "sign"),
    [
        *((k, f, 1) for k in ("pcl-5", "clinician", "ies-r") for f in
          ("intrusions", "intrusion_distress", "distress", "avoidance", "tone")),
        *((k, "load", 1) for k in ("pcl-5", "clinician")), ("pcl-5", "sleep", -1),
        ("intrusion-diary", "intrusions", 1), ("free-recall", "recall_free", 1), ("free-recall", "accuracy_free", 1),
        ("cued-recall", "recall_cued", 1), ("source-memory", "recall_source", 1),
        ("source-memory", "accuracy_source", 1), ("recognition", "familiarity", 1),
        ("recognition", "familiarity_foil", -1),
        *(("savings", f"strength_{e}", 1) for e in ELEMENTS), ("vividness", "vividness", 1),
        ("confidence", "confidence", 1), ("fear-test", "fear_learned", 1), ("approach-choice", "approach", 1),
        ("cortisol", "cortisol", 1), ("heart-rate", "beta", 1), ("adversity-questionnaire", "ace", 1),
    ],
)  # fmt: skip
def test_more_of_the_state_never_reads_as_less(kind: str, field: str, sign: int) -> None:
    top = {"intrusions": 20.0, "ace": 10.0, "tone": 2.0, "sleep": 7.0}.get(field, 0.9)
    rising = np.linspace(0.0, top, 21)
    if field == "ace":
        rising = np.round(rising)
    reads = [made(kind).read(seen(300, **{field: x, **_same_distress(field, x)}), draws(300)) for x in rising]
    states = sign * np.array([r.state.mean() for r in reads])
    scores = sign * np.array([r.score for r in reads])
    assert (np.diff(states) >= -1e-12).all()
    assert states[-1] - states[0] > 0.02 * min(made(kind).high, 10.0)
    assert (np.diff(scores, axis=0) >= 0.0).all()  # the same draws: nobody's score goes the other way


def _same_distress(field: str, x: float) -> dict[str, float]:
    """More intrusions of the same distress each."""
    return {"intrusion_distress": 0.1 * x} if field == "intrusions" else {}


# --- error


def severity(p: NDArray[np.float64]) -> dict[str, Any]:
    """What gives every cluster of symptoms the severity `p`."""
    odds = np.sqrt(p / (1.0 - p))
    c = DECLARED
    often = 7.0 * c["symptom_intrusions"] * odds
    return {
        "intrusions": often, "intrusion_distress": often * c["symptom_distress"] * odds,
        "distress": c["symptom_distress"] * odds, "avoidance": c["symptom_avoidance"] * odds,
        "load": c["symptom_load"] * odds, "tone": 1.0 + c["symptom_arousal"] * odds,
        "sleep": c["sleep_hours"] - c["symptom_sleep"] * odds,
    }  # fmt: skip


def sample(n: int, retest: float, spread: float) -> NDArray[np.float64]:
    """States, as shares of a scale, of a sample in whose middle the scale was tested again."""
    z = np.random.default_rng(3).normal(size=n)
    return np.clip(0.5 + np.sqrt(retest) * spread * z, 0.01, 0.99)


# Of the deviation of a heart from the mean, the share that beta receptors drive; the rest is the person's own.
BY_BETA = np.sqrt(1.0 - DECLARED["heart_own"] ** 2 / (DECLARED["heart_retest"] * DECLARED["heart_spread"] ** 2))


@pytest.mark.parametrize(
    ("kind", "prefix", "fields"),
    [
        ("pcl-5", "pcl5", severity), ("ies-r", "iesr", severity),
        ("vividness", "rating", lambda p: {"vividness": p}), ("confidence", "rating", lambda p: {"confidence": p}),
        ("fear-test", "fear", lambda p: {"fear_learned": p}),
        ("heart-rate", "heart", lambda p: {"beta": _beta_of(67.0 + 100.0 * BY_BETA * (p - 0.5))}),
    ],
)  # fmt: skip
def test_the_error_gives_the_published_retest_correlation(
    kind: str, prefix: str, fields: Callable[[NDArray[np.float64]], dict[str, Any]]
) -> None:
    n = 20_000
    instrument = made(kind)
    retest, spread = DECLARED[f"{prefix}_retest"], DECLARED[f"{prefix}_spread"]
    scale = 100.0 if kind == "heart-rate" else instrument.high
    people = seen(n, **fields(sample(n, retest, spread / scale)))
    first, second = (instrument.read(people, draws(n, minute)) for minute in (0, 20_000))
    assert np.array_equal(first.state, second.state)
    assert np.corrcoef(first.score, second.score)[0, 1] == pytest.approx(retest, abs=0.02)
    assert first.score.std() == pytest.approx(spread, rel=0.05)
    assert (first.score - first.state).mean() == pytest.approx(0.0, abs=0.01 * spread)


def _beta_of(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    driven = 1.0 + (rate - DECLARED["heart_rest"]) / DECLARED["heart_beta"]
    return np.asarray(driven / (1.0 + DECLARED["k_beta"]))


def test_two_interviewers_agree_as_published_and_one_with_himself_more() -> None:
    n = 20_000
    retest, spread = DECLARED["caps5_retest"], DECLARED["caps5_spread"]
    people = seen(n, **severity(sample(n, retest, spread / 80.0)))
    first = made("clinician", raters=1000).read(people, draws(n, 0, "a")).score
    other = made("clinician", raters=1000).read(people, draws(n, 0, "b")).score
    again = made("clinician", raters=1000).read(people, draws(n, 9, "a")).score
    assert np.corrcoef(first, other)[0, 1] == pytest.approx(retest, abs=0.02)
    assert np.corrcoef(first, again)[0, 1] == pytest.approx(retest + 1.0 - DECLARED["caps5_interrater"], abs=0.02)


def test_who_knows_the_arm_rates_the_treated_lower() -> None:
    n = 4000
    treated = np.arange(n) % 2.0
    people = seen(n, **{**severity(np.full(n, 0.5)), "treated": treated})
    blind, open_ = (made("clinician", blinded=b).read(people, draws(n)) for b in (True, False))
    assert np.array_equal(blind.state, open_.state)
    shift = open_.score - blind.score
    assert not shift[treated == 0].any()
    assert shift[treated == 1].mean() == pytest.approx(-DECLARED["observer_bias"] * DECLARED["caps5_spread"], abs=0.1)


def test_the_beta_error_is_right_on_average_and_keeps_the_ends() -> None:
    u = (np.arange(4000) + 0.5) / 4000
    for p in (0.02, 0.3, 0.9):
        assert about(np.full(4000, p), 20.0, u).mean() == pytest.approx(p, abs=1e-3)
    assert about(np.array([0.0, 1.0, np.nan]), 20.0, u[:3]).tolist()[:2] == [0.0, 1.0]
    with pytest.raises(ParameterError, match="do not go together"):
        precision(0.9, 0.6)
    with pytest.raises(ParameterError, match="instrument 'clinician': a retest"):
        made("clinician").check(Parameters({"caps5_retest": 0.9, "caps5_interrater": 0.85}))


def test_binomial_counts_are_the_quantiles_of_a_second_implementation() -> None:
    rng = np.random.default_rng(1)
    n, u = rng.integers(0, 40, 500).astype(float), rng.random(500)
    expected = np.where(n > 0, binom.ppf(u, np.maximum(n, 1), 0.94), 0.0)
    assert np.array_equal(binomial(n, 0.94, u), expected)


# --- draws


def test_draws_depend_on_seed_name_person_and_minute_and_on_nothing_else() -> None:
    first = draws(50).normals()
    assert np.array_equal(first, draws(50).normals())
    few = Draws(SEED, "it", np.array([7, 3]), 1440)
    assert np.array_equal(few.normals(), first[[7, 3]])
    others = [draws(50, minute=1441), draws(50, name="other"), draws(50, seed=6)]
    for other in (*(d.normals() for d in others), draws(50).normals(1), draws(50).lasting_normals()):
        assert not np.isin(other, first).any()
    assert np.array_equal(draws(50, minute=0).lasting_uniforms(), draws(50, minute=9).lasting_uniforms())


def test_one_instrument_changes_no_other() -> None:
    people = seen(300)
    alone = made("pcl-5", name="checklist").measure(people, draws(300, name="checklist"))
    for kind in reversed(KINDS):
        made(kind).measure(people, draws(300, name=kind))
    again = made("pcl-5", name="checklist").measure(people, draws(300, name="checklist"))
    twin = made("pcl-5", name="second").measure(people, draws(300, name="second"))
    assert np.array_equal(alone.score, again.score)
    assert np.array_equal(alone.state, twin.state)
    assert not np.array_equal(alone.score, twin.score)


def test_missing_scores_are_missing_by_chance_and_leave_the_state() -> None:
    n = 10_000
    whole, holed = (made("pcl-5", missing=share).measure(seen(n), draws(n)) for share in (0.0, 0.2))
    gone = np.isnan(holed.score)
    assert gone.mean() == pytest.approx(0.2, abs=0.015)
    assert np.array_equal(whole.score[~gone], holed.score[~gone])
    assert np.array_equal(whole.state, holed.state)


# --- parameters

GROUPS = {module.rpartition(".")[2] for module in DECLARING_MODULES if ".instruments." in module}
VARIED = {
    "distress": 0.05, "avoidance": 0.1, "load": 0.4, "tone": 1.3, "sleep": 6.0, "treated": 1.0, "familiarity": 0.2,
    "familiarity_foil": 0.1, "beta": 0.4,
}  # fmt: skip


def told(parameters: Parameters) -> bytes:
    """All that all instruments make of some persons, and what counts as a case and as a difference."""
    people = seen(60, parameters, **VARIED, ancestry=np.array(["EUR", "AFR"] * 30, dtype=object))
    both = [*(made(kind) for kind in KINDS), made("intrusion-diary", medium="paper"), made("clinician", blinded=False)]
    parts = [value.tobytes() for one in both for value in one.measure(people, draws(60))]
    return b"".join([*parts, repr([(one.margin(parameters), one.cutoff(parameters)) for one in both]).encode()])


@pytest.mark.parametrize("name", [p.name for p in table().values() if p.group in GROUPS])
def test_moving_a_parameter_moves_some_reading(name: str) -> None:
    p = table()[name]
    ends = [0.5 * (p.value + end) for end in (p.low, p.high) if end != p.value]
    assert any(told(Parameters({name: end})) != told(DECLARED) for end in ends)
