"""`advance`, which steps nothing, against the differential equations integrated in small steps, and against itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from equations import Layout, Person
from numpy.typing import NDArray

from cohort.engram.kernel import advance
from cohort.parameters import Parameters, table
from cohort.pharmacology import GONE, Drug, load_drugs
from cohort.population import make_world
from cohort.state import EARLY_STRENGTHS, ONE, PERSON, TRAIT_COLUMNS, WINNERS

RELATIVE, FLOOR = 1e-6, 1e-9
FLOORS = {"gut": GONE, "plasma": GONE}  # nM; below the declared amount a drug is taken off its place
LONGEST = 5 * 1440  # minutes
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
    """A random person of `n` traces with a world, a minute and an interval, all keyed by a seed."""

    def __init__(self, seed: int, n: int) -> None:
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
        shipped = list(load_drugs().values())
        self.drugs: list[Drug | None] = [None] * 4
        if rng.random() < 0.7:
            for place, index in enumerate(rng.choice(len(shipped), rng.integers(1, 5), replace=False)):
                drug = self.drugs[place] = shipped[index]
                p.drug[place] = index + 1.0
                whole = drug.dose_typical * drug.nanomolar_per_mg
                p.gut[place], p.plasma[place] = whole * rng.random(2) * (rng.random(2) < 0.7)
        self.ensembles(rng)
        ceiling = [1.0] * 11 + [0.2, 0.15, 0.1]  # of the share of late strength that each has room for
        m = one.memories.view(np.recarray)
        for slot in range(n):
            m.live[slot] = 1.0
            m.h[slot] = rng.random(EARLY_STRENGTHS) ** 0.7 * (rng.random(EARLY_STRENGTHS) < 0.8)
            days, months = self.parameters["share_days"], self.parameters["share_months"]
            ceiling[11:] = [days, (1.0 - days) * months, (1.0 - days) * (1.0 - months)]
            m.z[slot] = rng.random(len(ceiling)) * ceiling * (rng.random(len(ceiling)) < 0.8)
            m.cortex[slot], m.cortex_b[slot], m.labile[slot], m.recall_prp[slot] = rng.random(4)
        if n > 1:  # what is shared is changed at both
            share = self.share()
            for weak in range(n):
                m.h[weak] = np.maximum(m.h[weak], share[:, weak].max(axis=0) * m.h[:n].max(axis=0))

    def share(self) -> NDArray[np.float64]:
        from equations import shares

        return shares(self.one, self.n)

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
                    half = int(one.features[0, group]) & int(rng.integers(0, 1 << 63))
                    mask |= half
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


def excess(found: NDArray[np.float64], exact: NDArray[np.float64], n: int, relative: float) -> dict[str, float]:
    """Largest error of each variable in units of what is permitted."""
    layout = Layout(n)
    out = {}
    for name, at in layout.at.items():
        bar = np.maximum(relative * np.abs(exact[at]), FLOORS.get(name, FLOOR))
        out[name] = float(np.max(np.abs(found[at] - exact[at]) / bar))
    return out


@cache
def against_equations(seed: int, n: int) -> dict[str, float]:
    state = State(seed, n)
    exact = Person(state.one, state.parameters, state.drugs, state.minute, n).integrate(state.minutes)
    return excess(state.after(), exact, n, RELATIVE)
