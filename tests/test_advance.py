"""`advance`, which steps nothing, against the differential equations in small steps, against itself cut to pieces, and
as stored in float32 against itself unrounded.

The bar against the equations, in float64 over one interval: relative error 1e-6 with an absolute floor of 1e-9. Two
traces that share synapses are held to the equation in which the kernel states their capture; how that one stands to
the synapses themselves has a test of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from equations import Layout, Person, shares
from numpy.typing import NDArray

from cohort.drugs import Drug, load_drugs, parameter_name
from cohort.engram.kernel import advance, live
from cohort.events import Scene, calendar, scene_table
from cohort.parameters import Parameters, table
from cohort.pharmacology import GONE, TARGETS, drug_index
from cohort.population import Population, make_world
from cohort.receptors import occupancy
from cohort.state import (
    ACCUMBENS,
    ACH,
    CORT,
    DA,
    DOSE,
    EARLY_STRENGTHS,
    ECB,
    ELEMENTS,
    ENTRY,
    EXPERIENCE,
    HT,
    LOG,
    MEMORY,
    NE,
    ONE,
    PERSON,
    REMINDER,
    REWARD,
    STRESS,
    TRAIT_COLUMNS,
    WINNERS,
)
from cohort.traits import draw_traits, trait_array

RELATIVE, FLOOR = 1e-6, 1e-9
FLOORS = {"gut": GONE, "plasma": GONE}  # nM; below the declared amount a drug is taken off its place
CUT = 1e-8  # the same state, up to this share, wherever an interval is cut (quadrature; 1e-13 without labile traces)
STORED = 1e-5  # absolute, after a year of nights in float32
STATES, MANY_STATES = 12, 300
LONGEST = 5 * 1440  # minutes
NORADRENERGIC = ("propranolol", "yohimbine", "mdma", "methylphenidate")  # blocks, or acts within minutes
MOVED = (  # every constant of the equations, drawn from its permitted range in every second state
    "k_beta", "k_d1", "clearance_da", "clearance_ne", "clearance_ht", "clearance_ach", "clearance_ecb",
    "clearance_cort", "rise_cort", "sleep_ne", "wake", "bed", "autoreceptor_ne", "autoreceptor_da", "load_baseline",
    "load_ne", "early_decay", "tag_threshold", "prp_threshold", "prp_decay", "capture_time", "da_share_hippocampus",
    "da_share_amygdala", "da_share_cortex", "da_share_accumbens", "share_days", "share_months", "capture_months",
    "capture_years", "fade_hippocampus", "fade_spread", "fade_sensory", "fade_narrative", "fade_binding", "fade_days",
    "fade_months", "fade_years", "fade_extinction", "fade_accumbens", "fade_cortex", "everyday_rate",
    "everyday_overwrite", "lability_loss", "lability_repair", "recall_prp_decay", "load_fast_days", "load_slow_days",
    "load_transfer", "avoidance_days",
)  # fmt: skip


class State:
    """A random person of `n` traces with a world, a minute and an interval, all keyed by a seed.

    `drugs` are on board where given, else any or none; in every second state the parameters are random too.
    """

    def __init__(self, seed: int, n: int, drugs: Sequence[str] = ()) -> None:
        rng = np.random.default_rng([seed, n])
        known = table()
        moved = {name: rng.uniform(known[name].low, known[name].high) for name in MOVED} if seed % 2 else {}
        self.n = n
        self.parameters = Parameters(moved)
        self.world = make_world(self.parameters, 0)[0]
        self.minute = int(rng.integers(0, 500_000))
        self.minutes = round(np.exp(rng.uniform(0.0, np.log(LONGEST))))
        flat = np.zeros((1, ONE.itemsize // 8))
        first = PERSON.itemsize // 8
        flat[0, first : first + len(TRAIT_COLUMNS)] = np.exp(rng.normal(0.0, 0.3, len(TRAIT_COLUMNS)))
        self.flat = flat
        one = self.one
        p = one.p
        p.fresh = self.minute
        spans = [self.parameters[f"span_{s}"] for s in ("da", "ne", "ht", "ach", "ecb", "cort")]
        p.phasic[:] = np.expm1(spans * rng.uniform(0.0, 0.9, 6)) * (rng.random(6) < 0.8)
        p.cortisol_pool = rng.uniform(0.0, 20.0) * (rng.random() < 0.7)
        p.prp[:] = rng.random(4) * (rng.random(4) < 0.7)
        p.load_fast, p.load_slow, p.avoidance = rng.uniform(0.0, (1.0, 0.5, 0.8))
        shipped = load_drugs()
        any_drugs = rng.choice(list(shipped), rng.integers(1, 5), replace=False) if rng.random() < 0.7 else ()
        self.drugs: list[Drug | None] = [None] * 4
        for place, name in enumerate(drugs or any_drugs):
            drug = self.drugs[place] = shipped[name]
            p.drug[place] = drug_index(name) + 1.0
            c, of = self.parameters, lambda figure, drug=drug: parameter_name(drug.name, figure)
            free = c.get(of("bioavailability"), 1.0) * c[of("fraction_unbound")]
            whole = drug.dose_typical * free * 1e6 / (c[of("volume")] * drug.molar_mass)
            p.gut[place], p.plasma[place] = whole * rng.random(2) * (rng.random(2) < 0.7)
        self.ensembles(rng)
        days, months = self.parameters["share_days"], self.parameters["share_months"]
        ceiling = [1.0] * 11 + [days, (1.0 - days) * months, (1.0 - days) * (1.0 - months)]
        m = one.memories.view(np.recarray)
        for slot in range(n):
            m.live[slot] = 1.0
            m.h[slot] = rng.random(EARLY_STRENGTHS) ** 0.7 * (rng.random(EARLY_STRENGTHS) < 0.8)
            m.z[slot] = rng.random(len(ceiling)) * ceiling * (rng.random(len(ceiling)) < 0.8)
            m.cortex[slot], m.cortex_b[slot], m.labile[slot], m.recall_prp[slot] = rng.random(4)
        if n > 1:  # what is shared is changed at both
            share = shares(one, n)
            for weak in range(n):
                m.h[weak] = np.maximum(m.h[weak], share[:, weak].max(axis=0) * m.h[:n].max(axis=0))

    def ensembles(self, rng: np.random.Generator) -> None:
        """Units and features of every trace; those after the first share about a third of them with the first."""
        one = self.one
        for slot in range(self.n):
            for region in range(4):
                fresh = rng.permutation(256)[:WINNERS]
                if slot:
                    kept = rng.random(WINNERS) < 0.35
                    old = one.units[0, region].astype(int)
                    spare = [u for u in rng.permutation(256) if u not in old]
                    fresh = np.where(kept, old, spare[:WINNERS])
                one.units[slot, region] = fresh
            for group in range(4):
                mask = 0
                for offset in (0, 32):
                    for bit in rng.choice(32, 8, replace=False):
                        mask |= 1 << int(bit + offset)
                if slot:
                    mask |= int(one.features[0, group]) & int(rng.integers(0, 1 << 63))
                one.features[slot, group] = mask

    @property
    def one(self) -> Any:
        """The record, on the memory of this state."""
        return self.flat.view(ONE)[:, 0].view(np.recarray)[0]

    def after(self, *cuts: int) -> NDArray[np.float64]:
        """The variables after the interval, advanced in pieces that end at `cuts`."""
        kept = self.flat.copy()
        now = 0
        one = self.one
        for cut in (*sorted(cuts), self.minutes):
            advance(one, self.world, self.minute + now, cut - now)
            now = cut
        out = Layout(self.n).read(one, self.n)
        self.flat[:] = kept
        return out


def errors(found: NDArray[np.float64], exact: NDArray[np.float64], n: int, relative: float) -> dict[str, float]:
    """Largest error of each variable in units of what is permitted."""
    out = {}
    for name, at in Layout(n).at.items():
        bar = np.maximum(relative * np.abs(exact[at]), FLOORS.get(name, FLOOR))
        out[name] = float(np.max(np.abs(found[at] - exact[at]) / bar))
    return out


def worst(each: Sequence[dict[str, float]]) -> dict[str, float]:
    """Largest of the errors of several states, by variable."""
    return {name: max(e[name] for e in each) for name in each[0]}


# --- against the equations


def error(state: State) -> dict[str, float]:
    exact = Person(state.one, state.parameters, state.drugs, state.minute, state.n).integrate(state.minutes)
    return errors(state.after(), exact, state.n, RELATIVE)


@cache
def errors_of(n: int, drugs: tuple[str, ...] = ()) -> dict[str, float]:
    return worst([error(State(seed, n, drugs)) for seed in range(STATES)])


@pytest.mark.parametrize("variable", Layout(1).at)
@pytest.mark.parametrize("traces", [1, 2])
def test_each_variable_follows_its_equation(traces: int, variable: str) -> None:
    found = errors_of(traces)[variable]
    print(f"{variable}, {traces} trace(s): {found * RELATIVE:.1e}")
    assert found <= 1.0


@pytest.mark.parametrize("traces", [1, 2])
def test_repair_under_drugs_that_act_on_noradrenaline(traces: int) -> None:
    found = errors_of(traces, NORADRENERGIC)
    print({name: f"{found[name] * RELATIVE:.1e}" for name in ("labile", "z", "prp")})
    assert max(found.values()) <= 1.0


@pytest.mark.parametrize(("traces", "seed"), [(1, 128), (1, 145), (1, 288), (2, 33), (2, 129)])
def test_synthesis_that_stops_and_starts_again_within_minutes_under_drugs(traces: int, seed: int) -> None:
    assert max(error(State(seed, traces, NORADRENERGIC)).values()) <= 1.0


@pytest.mark.parametrize("turn", ["wake", "bed"])
def test_synthesis_across_waking_and_bedtime(turn: str) -> None:
    switched = 0
    for seed in range(STATES):
        state = State(seed, 1)
        p = state.one.p
        p.drug[:], p.phasic[:], state.drugs, state.minutes = 0.0, 0.0, [None] * 4, 180
        p.gut[:], p.plasma[:] = 0.0, 0.0
        state.minute = round(60.0 * (24.0 * 9 + state.parameters[turn])) - 20 - seed
        state.one.traits.efficacy[:] = 3.0
        assert max(error(state).values()) <= 1.0
        person = Person(state.one, state.parameters, state.drugs, state.minute, 1)
        then = person.integrate(20 + seed)
        made = []
        for person.awake in (False, True):
            made.append([person.excess(0.0, then, region) > 0.0 for region in range(4)])
        switched += made[0] != made[1]
    assert switched > 2


@pytest.mark.slow
@pytest.mark.parametrize("drugs", [(), NORADRENERGIC, ("anisomycin", "ecopipam", "levodopa", "propranolol")])
@pytest.mark.parametrize("traces", [1, 2])
def test_many_states_follow_the_equations(traces: int, drugs: tuple[str, ...]) -> None:
    found = worst([error(State(seed, traces, drugs)) for seed in range(STATES, STATES + MANY_STATES)])
    print({name: f"{e * RELATIVE:.1e}" for name, e in found.items()})
    assert max(found.values()) <= 1.0


def test_synthesis_ends_with_the_drive_where_neuromodulation_is_full() -> None:
    state = State(0, 1)
    state.one.traits.efficacy[:] = 5.0
    state.one.p.phasic[:] = 1e4
    state.minutes = 600
    assert max(error(state).values()) <= 1.0


RECEPTORS = {
    "alpha1": (NE, lambda c: c["k_alpha2"] * c["alpha1_ratio"]), "alpha2": (NE, lambda c: c["k_alpha2"]),
    "beta": (NE, lambda c: c["k_beta"]), "d1": (DA, lambda c: c["k_d1"]), "ht": (HT, lambda c: c["k_ht"]),
    "cb1": (ECB, lambda c: c["k_cb1"]), "muscarinic": (ACH, lambda c: c["k_muscarinic"]),
    "mr": (CORT, lambda c: c["k_mr"]), "gr": (CORT, lambda c: c["k_mr"] * c["gr_ratio"]),
}  # fmt: skip


@pytest.mark.parametrize("receptor", RECEPTORS)
def test_occupancy_ahead_is_that_of_the_integrated_state(receptor: str) -> None:
    system, k = RECEPTORS[receptor]
    for seed in range(STATES):
        state = State(seed, 1)
        hours = state.minutes / 60.0
        person = Person(state.one, state.parameters, state.drugs, state.minute, 1)
        then = person.occupancy(hours, person.integrate(state.minutes), receptor, system, k(state.parameters))
        told = occupancy(state.one, state.world, TARGETS.index(receptor), state.minute, hours)
        assert told == pytest.approx(then, rel=RELATIVE, abs=FLOOR)


# --- shared capture against the synapses


def shared_capture(early: float, units: int) -> tuple[float, float, float]:
    """Reward strength that the weaker of two new traces has after 10 h: told, by its synapses; and the share.

    `early` is the change of its own synapses, .9 that of the other's; each region shares so many units. Its synapses
    are those of its own, as in a trace that shares none, and those of the stronger trace.
    """
    late = []
    for common in (units, 0):
        state = State(0, 2)
        state.parameters = Parameters({"fade_accumbens": 40_000.0})
        state.world = make_world(state.parameters, 0)[0]
        one = state.one
        m = one.memories.view(np.recarray)
        m.h[:], m.z[:] = 0.0, 0.0
        for region in range(4):
            one.units[0, region] = np.arange(WINNERS)
            one.units[1, region] = np.arange(WINNERS) + WINNERS - common
        share = (common / WINNERS) ** 2
        m.h[:2, REWARD] = 0.9, (1.0 - share) * early + share * 0.9
        one.p.prp[ACCUMBENS] = 1.0
        advance(one, state.world, state.minute, 600)
        late.append(m.z[:2, REWARD].copy())
    share = (units / WINNERS) ** 2
    return late[0][1], (1.0 - share) * late[1][1] + share * late[1][0], share


@pytest.mark.parametrize("units", [1, 4, 8])
def test_shared_capture_is_exact_for_a_trace_without_a_tag_of_its_own(units: int) -> None:
    told, synapses, _ = shared_capture(0.1, units)
    assert told > 0.0
    assert told == pytest.approx(synapses, rel=1e-9)


@pytest.mark.parametrize("early", [0.25, 0.5, 0.8])
def test_shared_capture_else_falls_short_by_at_most_a_quarter_of_the_share(early: float) -> None:
    for units in (1, 2, 4, 8):
        told, synapses, share = shared_capture(early, units)
        print(
            f"own change {early}, share {share:.4f}: {told - synapses:+.5f}, {(told - synapses) / share:+.3f} a share"
        )
        assert -0.25 * share < told - synapses < 0.0


# --- cut to pieces


def cut(seed: int, n: int) -> dict[str, float]:
    state = State(seed, n)
    rng = np.random.default_rng([seed, n, 1])
    cuts = rng.integers(0, state.minutes + 1, rng.integers(1, 6))
    return errors(state.after(*map(int, cuts)), state.after(), n, CUT)


@pytest.mark.parametrize("traces", [1, 2, 3])
def test_where_an_interval_is_cut_does_not_matter(traces: int) -> None:
    found = worst([cut(seed, traces) for seed in range(10 * STATES)])
    print({name: f"{e * CUT:.1e}" for name, e in found.items()})
    assert max(found.values()) <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("traces", [1, 2, 3, 6])
def test_where_any_of_many_intervals_is_cut_does_not_matter(traces: int) -> None:
    found = worst([cut(seed, traces) for seed in range(MANY_STATES)])
    print({name: f"{e * CUT:.1e}" for name, e in found.items()})
    assert max(found.values()) <= 1.0


# --- as stored


@cache
def year(sertraline: bool) -> dict[str, float]:
    """Largest difference in each field after a year, between persons stored each night and the same never stored.

    They live three linked episodes, a stressor a week, a reminder each fifth day, a dose of propranolol, and where
    wanted sertraline daily from day 30 on. Nothing intrudes and no stressor is drawn, so both live the same events.
    """
    scenes = [
        Scene(0, dict.fromkeys(ELEMENTS, "flood"), arousal=0.9, threat=0.9, valence=-0.9, controllability=0.1),
        Scene(1, dict.fromkeys(ELEMENTS, "flood") | {"narrative": "prize"}, arousal=0.6, valence=0.8, reward_error=0.8),
        Scene(2, dict.fromkeys(ELEMENTS, "form"), arousal=0.2),
    ]
    rows = [(10.0 + 2.0 * i, EXPERIENCE, i, 1.0) for i in range(3)]
    rows += [(24.0 * day + 18.3, STRESS, 0, 0.5) for day in range(7, 365, 7)]
    rows += [(24.0 * day + 19.3, REMINDER, day % 2, 0.0) for day in range(5, 365, 5)]
    rows += [(24.0 * 5 + 18.5, DOSE, drug_index("propranolol"), 80.0)]
    if sertraline:
        rows += [(24.0 * day + 9.0, DOSE, drug_index("sertraline"), 50.0) for day in range(30, 365)]
    entries = np.asarray(calendar(rows), dtype=ENTRY).view(np.recarray)
    traits = trait_array(draw_traits(6, 3, Parameters()))
    for name in ("cue_rate", "rumination"):
        traits[:, TRAIT_COLUMNS.index(name)] = 0.0
    population = Population(traits, 3, scene_table(scenes), overrides={"stressor_rate": 0.0})
    unrounded = [population.working_copy(i) for i in range(len(population))]
    log = np.zeros(64, dtype=LOG).view(np.recarray)
    for day in range(365):
        start, end = population.time, (day + 1) * 1440
        rows_stored = len(population.live(entries, end))
        shared = (population.world[0], population.scenes, entries, 0, len(entries), start, end, log, 0)
        lived = [live(one, *shared)[0] for one in unrounded]
        assert sum(lived) == rows_stored
    out = {}
    for layout, field in ((PERSON, population.column), (MEMORY, population.memory)):
        for name in layout.names or ():
            mine = [np.array(one.p[name] if layout is PERSON else one.memories[name]) for one in unrounded]
            out[name] = float(np.max(np.abs(field(name) - np.array(mine))))
    return out


@pytest.mark.parametrize("sertraline", [False, True])
def test_a_year_of_nights_in_float32_changes_nothing_that_matters(sertraline: bool) -> None:
    found = year(sertraline)
    print({name: f"{e:.1e}" for name, e in found.items() if e > 0.0})
    assert 0.0 < max(found.values()) <= STORED
    for name in ("clock", "fresh", "encoded", "active", "episode"):
        assert found[name] == 0.0
