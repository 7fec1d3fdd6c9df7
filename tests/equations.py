"""The differential equations of one person between events, written out and integrated in small steps.

They are those of the design and of the docstrings in `cohort.engram` and `cohort.neuromodulators`, in hours. No
function of the kernel is called: only declared constants, the data on drugs and the layout of a record are taken from
the package. What switches at a moment (waking and bedtime, synthesis, tags) is held fixed over a piece of time, and
the pieces end where the integration finds the switch.

Two traces may share synapses. Of one projection, `share[a, b]` is the part of b's synapses that belong to a as well.
The synapses that the weaker has for itself carry ``(h - share h') / (1 - share)``, h' being the stronger one's change.
"""

from __future__ import annotations

from collections.abc import Callable
from math import cos, log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from cohort.drugs import Drug, parameter_name
from cohort.parameters import Parameters
from cohort.state import (
    AFFECT,
    BINDING,
    CORT,
    DA,
    EARLY_STRENGTHS,
    EXTINCTION,
    HIPPOCAMPUS,
    LATE_STRENGTHS,
    NE,
    REWARD,
    SLOTS,
    SUBGROUP,
    UNITS,
    WINNERS,
)

Array = NDArray[np.float64]

REGION = np.array([0] * (BINDING + 1) + [2, 3, 1])  # whose proteins an early strength draws on
EARLY_OF = np.array([*range(EARLY_STRENGTHS), AFFECT, AFFECT])  # early strength of each late one
FAST_STEP = 0.1  # h; while synthesis may switch


def shares(one: Any, n: int) -> Array:
    """Share of each trace's synapses that another has too, counted one by one; shape (n, n, early strengths)."""
    out = np.zeros((n, n, EARLY_STRENGTHS))
    units = [[set(map(int, one.units[s, r])) for r in range(4)] for s in range(n)]
    parts = [[set(map(int, one.units[s, HIPPOCAMPUS, SUBGROUP * g : SUBGROUP * (g + 1)])) for g in range(4)]
             for s in range(n)]  # fmt: skip
    for a in range(n):
        for b in range(n):
            if a == b:
                continue
            for part in range(8):
                bits = [
                    {i for i in range(64) if int(one.features[s, part // 2]) >> i & 1 and (i >= 32) == part % 2}
                    for s in (a, b)
                ]
                common = parts[a][part // 2] & parts[b][part // 2]
                out[a, b, part] = len(bits[0] & bits[1]) / len(bits[1]) * len(common) / SUBGROUP
            pairs = [
                {(i, j) for g in range(4) for h in range(4) if g != h for i in parts[s][g] for j in parts[s][h]}
                for s in (a, b)
            ]
            out[a, b, BINDING] = len(pairs[0] & pairs[1]) / len(pairs[1])
            common_in = [len(units[a][r] & units[b][r]) / WINNERS for r in range(4)]
            out[a, b, EXTINCTION] = common_in[2] * common_in[1]
            out[a, b, REWARD] = common_in[0] * common_in[3]
            out[a, b, AFFECT] = common_in[0] * common_in[1]
    return out


class Layout:
    """Where each variable lies in the vector that is integrated, for `n` traces."""

    def __init__(self, n: int) -> None:
        shapes: dict[str, tuple[int, ...]] = {
            "phasic": (6,), "cortisol_pool": (1,), "gut": (4,), "plasma": (4,), "prp": (4,), "load_fast": (1,),
            "load_slow": (1,), "avoidance": (1,), "h": (n, EARLY_STRENGTHS), "z": (n, LATE_STRENGTHS),
            "cortex": (n,), "cortex_b": (n,), "labile": (n,), "recall_prp": (n,),
        }  # fmt: skip
        self.shapes = shapes
        self.at: dict[str, slice] = {}
        self.size = 0
        for name, shape in shapes.items():
            length = int(np.prod(shape))
            self.at[name] = slice(self.size, self.size + length)
            self.size += length

    def read(self, one: Any, n: int) -> Array:
        """The vector of a person's record."""
        y = np.zeros(self.size)
        for name, where in self.at.items():
            source = one.memories[name][:n] if name in (one.memories.dtype.names or ()) else one.p[name]
            y[where] = np.ravel(source)
        return y

    def view(self, y: Array, name: str) -> Array:
        """One variable of the vector, in its shape."""
        return y[self.at[name]].reshape(self.shapes[name])


class Person:
    """The right-hand sides for one person with `n` traces, at first at `minute`."""

    def __init__(self, one: Any, parameters: Parameters, drugs: list[Drug | None], minute: int, n: int) -> None:
        c = self.c = parameters
        self.t = one.traits
        self.drugs = drugs
        self.hour = minute / 60.0
        self.layout = Layout(n)
        self.start = self.layout.read(one, n)
        assert all(one.memories["live"][:n] == 1.0)
        assert not one.memories["live"][n:SLOTS].any()
        share = shares(one, n)
        h = self.layout.view(self.start, "h")
        # For each trace and projection: the stronger of two that share synapses, and how much.
        self.other = 1 - np.arange(n) if n == 2 else np.zeros(n, dtype=int)
        self.share = np.zeros((n, EARLY_STRENGTHS))
        if n == 2:
            for weak in range(2):
                strong = 1 - weak
                self.share[weak] = np.where(h[strong] > h[weak], share[strong, weak], 0.0)
        overwritten = WINNERS * (WINNERS - 1) / (UNITS * (UNITS - 1)) * c["everyday_overwrite"]
        everyday = c["everyday_rate"] / 24.0 * overwritten
        elements = [
            rate / (c["fade_hippocampus"] * life) + everyday
            for life in (1.0, c["fade_sensory"], c["fade_narrative"], 1.0)
            for rate in (1.0 / c["fade_spread"], c["fade_spread"])
        ]
        others = ("fade_extinction", "fade_accumbens", "fade_days", "fade_months", "fade_years")
        self.fading = np.array([*elements, 1.0 / c["fade_binding"] + everyday, *(1.0 / c[name] for name in others)])
        days, rest = c["share_days"], 1.0 - c["share_days"]
        months = rest * c["share_months"]
        self.ceiling = np.array([1.0] * AFFECT + [days, months, rest - months])
        self.speed = np.array([1.0] * (AFFECT + 1) + [c["capture_months"], c["capture_years"]]) / c["capture_time"]
        taus = [c[f"clearance_{s}"] for s in ("da", "ne", "ht", "ach", "ecb", "cort")]
        self.clearance = np.array(self.t.clearance) / taus
        self.clearance[CORT] *= self.t.cortisol_feedback
        lives = [
            [c[parameter_name(d.name, x)] for x in ("absorption_half_life", "half_life")] if d else None for d in drugs
        ]
        self.ka, self.ke = np.array([[log(2.0) / life for life in two] if two else [0.0, 0.0] for two in lives]).T
        self.binding = [self.bound(d) if d else {} for d in drugs]
        names = ("hippocampus", "amygdala", "cortex", "accumbens")
        self.d1_weight = [c[f"da_share_{name}"] for name in names]
        self.on = np.zeros(4)
        self.tagged = np.zeros((n, EARLY_STRENGTHS), dtype=bool)
        self.awake = True

    # --- levels and receptors

    def at_target(self, y: Array, target: str) -> tuple[float, float, float]:
        """Sums over drugs at a target: C/Ki, efficacy C/Ki, and efficacy C/(C + Ki)."""
        block = drive = effect = 0.0
        plasma = y[self.layout.at["plasma"]]
        for bound, level in zip(self.binding, plasma, strict=True):
            if target in bound:
                ki, efficacy = bound[target]
                block += level / ki
                drive += efficacy * level / ki
                effect += efficacy * level / (level + ki)
        return block, drive, effect

    def bound(self, drug: Drug) -> dict[str, tuple[float, float]]:
        """Ki and efficacy of a drug by target; of a hormone, the dissociation constant of the model's own."""
        c, out = self.c, {}
        for target, action in drug.targets.items():
            known = {"antagonist": 0.0, "agonist": 1.0, "hormone": 1.0, "allosteric": 1.0}
            efficacy = known[action] if action in known else c[parameter_name(drug.name, f"{target}_efficacy")]
            if action == "hormone":
                ki = c["free_cortisol"] * c["k_mr"] * (c["gr_ratio"] if target == "gr" else 1.0)
            else:
                ki = c[parameter_name(drug.name, f"{target}_ki")]
            out[target] = ki, efficacy
        return out

    def disinhibition(self, y: Array, autoreceptor: str) -> float:
        """Share of the brake at an autoreceptor that drugs take away."""
        block, drive, _ = self.at_target(y, autoreceptor)
        return (block - drive) / (1.0 + block)

    def load(self, y: Array) -> float:
        """Squashed load."""
        at = self.layout.at
        raw = self.t.baseline_load * self.c["load_baseline"] + y[at["load_fast"]][0] + y[at["load_slow"]][0]
        return raw / (1.0 + raw)

    def level(self, t: float, y: Array, system: int) -> float:
        """Level of a system in units of rest: tonic and phasic, raised by drugs."""
        c = self.c
        tonic = self.t.synthesis[system]
        boost = 0.0
        if system == NE:
            tonic *= self.t.noradrenergic_tone * (1.0 + c["load_ne"] * self.load(y))
            tonic *= 1.0 if self.awake else c["sleep_ne"]
            boost = self.at_target(y, "net")[2] + self.at_target(y, "release_ne")[2]
            boost += c["autoreceptor_ne"] * self.disinhibition(y, "alpha2")
        elif system == DA:
            boost = self.at_target(y, "dat")[2] + self.at_target(y, "release_da")[2]
            boost += c["autoreceptor_da"] * self.disinhibition(y, "d2")
        elif system == CORT:
            phase = 2.0 * pi * (self.hour + t - c["cortisol_acrophase"]) / 24.0
            tonic *= (1.0 + c["cortisol_amplitude"] * cos(phase)) * (1.0 + c["load_cort"] * self.load(y))
            tonic /= self.t.cortisol_feedback
        else:
            tonic *= c["sleep_ach"] if system == 3 and not self.awake else 1.0
            if system == 2:
                boost = self.at_target(y, "sert")[2] + self.at_target(y, "release_ht")[2]
        return (tonic + y[self.layout.at["phasic"]][system]) * (1.0 + boost)

    def occupancy(self, t: float, y: Array, receptor: str, system: int, k: float) -> float:
        """Activated share of a receptor of dissociation constant `k`."""
        own = self.t.affinity[system] * self.level(t, y, system) / k
        block, drive, _ = self.at_target(y, receptor)
        return (own + drive) / (1.0 + own + block)

    # --- what switches

    def excess(self, t: float, y: Array, region: int) -> float:
        """Drive minus threshold of synthesis in a region."""
        c = self.c
        most = 0.0
        for h in self.layout.view(y, "h")[:, region == REGION]:
            if h.sum() > 0.0:
                most = max(most, (h * h).sum() / h.sum())
        e, d1 = self.t.efficacy, self.d1_weight[region]
        w = d1 * e[DA] * self.occupancy(t, y, "d1", DA, c["k_d1"])
        w += (1.0 - d1) * e[NE] * self.occupancy(t, y, "beta", NE, c["k_beta"])
        working = max(1.0 - self.at_target(y, "translation")[2], 1e-6)
        return most - c["prp_threshold"] * 0.181 / ((0.18 * min(w, 1.0) + 0.001) * working)

    def own_change(self, y: Array) -> Array:
        """Early change of the synapses that a trace shares with no stronger one."""
        h = self.layout.view(y, "h")
        free = 1.0 - self.share
        own = h - self.share * h[self.other]
        return np.divide(own, free, out=np.zeros_like(own), where=free > 0.0)

    # --- the equations

    def slopes(self, t: float, y: Array) -> Array:
        """Time derivative of everything, per hour."""
        c, at = self.c, self.layout.at
        out = np.zeros_like(y)
        phasic, pool = y[at["phasic"]], y[at["cortisol_pool"]][0]
        out[at["phasic"]] = -self.clearance * phasic
        out[at["phasic"]][CORT] += pool / c["rise_cort"]
        out[at["cortisol_pool"]] = -pool / c["rise_cort"]
        gut, plasma = y[at["gut"]], y[at["plasma"]]
        out[at["gut"]] = -self.ka * gut
        out[at["plasma"]] = self.ka * gut - self.ke * plasma
        prp = y[at["prp"]]
        out[at["prp"]] = (self.on - prp) / c["prp_decay"]
        fast, slow = y[at["load_fast"]], y[at["load_slow"]]
        out[at["load_fast"]] = -fast / c["load_fast_days"] / 24.0
        out[at["load_slow"]] = (c["load_transfer"] * fast - slow / c["load_slow_days"]) / 24.0
        out[at["avoidance"]] = -y[at["avoidance"]] / c["avoidance_days"] / 24.0
        out[at["h"]] = -y[at["h"]] / c["early_decay"]
        for name in ("cortex", "cortex_b"):
            out[at[name]] = -y[at[name]] / c["fade_cortex"]
        labile, recall = y[at["labile"]], y[at["recall_prp"]]
        rest = 1.0 / (1.0 + c["k_beta"])
        repair = c["lability_repair"] * recall * self.occupancy(t, y, "beta", NE, c["k_beta"]) / rest
        out[at["labile"]] = -(c["lability_loss"] + repair) * labile
        out[at["recall_prp"]] = -recall / c["recall_prp_decay"]

        z = self.layout.view(y, "z")
        caught = self.speed * prp[REGION[EARLY_OF]] * (self.ceiling - z)  # at a tagged synapse
        own = self.tagged[:, EARLY_OF]
        share = self.share[:, EARLY_OF]
        lent = self.tagged[self.other][:, EARLY_OF] & (share > 0.0) & ~own  # tagged where shared with the stronger
        theirs = z[self.other]
        through = (self.ceiling - z) / (self.ceiling - share * theirs) * share * caught[self.other]
        lost = np.zeros_like(z)
        lost[:, AFFECT:] = c["lability_loss"] * labile[:, None]
        out[at["z"]] = np.where(own, caught, np.where(lent, through, -(self.fading + lost) * z)).ravel()
        return out

    # --- the integration

    def turns(self, hours: float) -> list[float]:
        """Moments of waking and going to bed within so many hours."""
        first = int(self.hour // 24.0)
        days = range(first - 1, first + int(hours // 24.0) + 3)
        at = [24.0 * day + self.c[name] - self.hour for day in days for name in ("wake", "bed")]
        return sorted(x for x in at if 1e-9 < x < hours)

    def events(self) -> tuple[list[Callable[[float, Array], float]], list[Callable[[], None]]]:
        """What may switch next, as functions that cross 0, and what each then does."""
        conditions: list[Callable[[float, Array], float]] = []
        effects: list[Callable[[], None]] = []

        def add(condition: Any, direction: float, effect: Callable[[], None]) -> None:
            condition.terminal = True
            condition.direction = direction
            conditions.append(condition)
            effects.append(effect)

        for region in range(4):

            def flip(region: int = region) -> None:
                self.on[region] = 1.0 - self.on[region]

            add(lambda t, y, r=region: self.excess(t, y, r), -1.0 if self.on[region] else 1.0, flip)
        for trace, i in np.argwhere(self.tagged):

            def expire(trace: int = trace, i: int = i) -> None:
                self.tagged[trace, i] = False

            add(lambda t, y, trace=trace, i=i: self.own_change(y)[trace, i] - self.c["tag_threshold"], -1.0, expire)
        return conditions, effects

    def integrate(self, minutes: int) -> Array:
        """The state after so many minutes."""
        hours = minutes / 60.0
        t, y = 0.0, self.start
        drive = max(self.layout.view(y, "h").max(), 1e-9)
        # Nothing switches after the last tag and the last drive, with a little to spare.
        busy = 0.01 + self.c["early_decay"] * log(drive / min(self.c["prp_threshold"], self.c["tag_threshold"]))
        turns = self.turns(hours)
        ends = sorted({*turns, *([busy] if 0.0 < busy < hours else []), hours})
        self.tagged = self.own_change(y) > self.c["tag_threshold"]
        for end in ends:
            hour = (self.hour + 0.5 * (t + end)) % 24.0
            self.awake = bool(self.c["wake"] <= hour < self.c["bed"])
            if t == 0.0 or t in turns:
                self.on = np.array([float(self.excess(t, y, region) > 0.0) for region in range(4)])
            while t < end:
                conditions, effects = self.events() if t < busy else ([], [])
                found = solve_ivp(
                    self.slopes, (t, end), y, method="DOP853", rtol=1e-11, atol=1e-14, events=conditions or None,
                    max_step=FAST_STEP if t < busy else np.inf,
                )  # fmt: skip
                assert found.success, found.message
                t, y = float(found.t[-1]), found.y[:, -1]
                if found.status == 1:
                    for when, effect in zip(found.t_events, effects, strict=True):
                        if len(when):
                            effect()
        return y
