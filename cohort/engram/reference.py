"""The explicit network of one person, against which the reduced kernel is held: every unit, every synapse.

Four regions of `UNITS` units and five projections, each with a full matrix of early and of late weights:

- element:    the features of the four elements (4 x 64) onto hippocampal units
- binding:    hippocampus onto itself, between the subgroups of an ensemble
- affect:     hippocampus onto amygdala, whose late phase has three shares (days, months, years)
- extinction: vmPFC onto amygdala
- reward:     hippocampus onto accumbens

A memory is nothing but a list of units and features; its strengths are read as means over its synapses. An
event writes into the synapses of its ensemble, ``h += (1 - exp(-gain)) (1 - h)`` at each, so what another
memory has in common with it changes without a rule that says so. Every synapse then follows

- early    dh/dt = -h / early_decay, none below EARLY_LEAST; tagged while h > tag_threshold
- protein  dp/dt = (on - p) / prp_decay by region, on while the drive of an ensemble exceeds the threshold
- late     dz/dt = speed p (ceiling - z) / capture_time while tagged, -z / fade - loss labile z otherwise
- labile   dL/dt = -(loss + repair q beta / beta_rest) L,  dq/dt = -q / recall_prp_decay   (affect only)

The drive of an ensemble is the mean early change of its parts, each part in proportion to its own change.
Time is stepped: each step takes the modulators, the tags and the drive at its middle and lets everything
relax exponentially. From outside come the ensembles, the gain of each projection at an event, and the
modulators as functions of time; nothing is taken from the kernel. Cortex is not part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cohort.state import (
    ACCUMBENS,
    AFFECT,
    AMYGDALA,
    BINDING,
    EARLY_STRENGTHS,
    EXTINCTION,
    HIPPOCAMPUS,
    REWARD,
    SUBGROUP,
    UNITS,
    VMPFC,
    WINNERS,
)

Array = NDArray[np.float64]
Index = NDArray[np.intp]

FEATURES = 64  # that one element can have; the lower half is central, the upper peripheral
STEP = 1.0  # minutes, while a synapse is tagged or a region makes proteins
STEP_REPAIR = 5.0  # minutes, while only the repair of labile synapses depends on the modulators
EARLY_LEAST = 1e-10  # early change below this is none: an error is a share, also of next to nothing
REPAIR_LEAST = 1e-6  # proteins of recall below this repair nothing more: lability is then lost at a constant rate
REGION_OF = (HIPPOCAMPUS,) * 9 + (VMPFC, ACCUMBENS, AMYGDALA)  # of each strength: whose proteins it draws on
DOPAMINE_SHARES = ("da_share_hippocampus", "da_share_amygdala", "da_share_cortex", "da_share_accumbens")


@dataclass(frozen=True)
class Modulators:
    """What the caller knows of the person's chemistry, as functions of the minute."""

    beta: Callable[[float], float]  # occupancy of beta receptors
    d1: Callable[[float], float]  # occupancy of D1/5 receptors
    translation: Callable[[float], float]  # share of protein synthesis that no drug blocks


def present(masks: NDArray[np.uint64] | list[int]) -> NDArray[np.bool_]:
    """Whether each feature is in the masks, flat: element after element, shape (len(masks) * FEATURES,)."""
    return np.array([bool(int(mask) >> bit & 1) for mask in masks for bit in range(FEATURES)], dtype=bool)


@dataclass
class Projection:
    """Weights of one projection, rows from, columns onto; late ones with a first axis over their shares."""

    early: Array
    late: Array
    ceiling: Array  # of each late share
    speed: Array  # of capture of each late share
    fade: Array  # 1/h, of each late share and row

    @classmethod
    def empty(cls, rows: int, fade: Array, ceiling: Array | None = None, speed: Array | None = None) -> Projection:
        """Without any weight, from `rows` sources onto `UNITS`; `fade` has shape (shares, rows)."""
        one = np.ones(len(fade))
        late = np.zeros((len(fade), rows, UNITS))
        return cls(
            np.zeros((rows, UNITS)),
            late,
            one if ceiling is None else ceiling,
            one if speed is None else speed,
            fade,
        )

    def effective(self) -> Array:
        """Weight that early and late phase give together: ``h + z (1 - h)``."""
        return self.early + self.late.sum(axis=0) * (1.0 - self.early)


@dataclass
class Trace:
    """One memory: where its synapses lie, and the three numbers that are no weights."""

    units: Index  # shape (regions, WINNERS); hippocampal units by subgroup of SUBGROUP
    features: NDArray[np.bool_]  # shape (4 * FEATURES,)
    encoded: float  # minute
    synapses: list[Index] = field(default_factory=list)  # of each strength: places in the flattened matrix
    charge: float = 0.0

    def __post_init__(self) -> None:
        group = np.arange(WINNERS) // SUBGROUP
        hippocampus, amygdala, vmpfc, accumbens = self.units
        for part in range(8):
            first = part // 2 * FEATURES + part % 2 * (FEATURES // 2)
            rows = first + np.flatnonzero(self.features[first : first + FEATURES // 2])
            self.synapses.append(_places(rows, hippocampus[group == part // 2]))
        between = group[:, None] != group[None, :]
        self.synapses.append((hippocampus[:, None] * UNITS + hippocampus[None, :])[between])
        self.synapses.append(_places(vmpfc, amygdala))
        self.synapses.append(_places(hippocampus, accumbens))
        self.synapses.append(_places(hippocampus, amygdala))


def _places(rows: Index, columns: Index) -> Index:
    return np.asarray((rows[:, None] * UNITS + columns[None, :]).ravel())


@dataclass
class _Block:
    """The synapses of a projection that were ever written, out of the matrices while time is stepped."""

    of: Projection
    region: int
    places: Index
    h: Array
    z: Array  # (shares, synapses)
    fade: Array  # (shares, synapses)


class Network:
    """One person's network.

    Parameters
    ----------
    parameters : the declared constants by name.
    efficacy_da, efficacy_ne : maximal effects of the person's dopamine and noradrenaline receptors.
    """

    def __init__(self, parameters: Mapping[str, float], efficacy_da: float = 1.0, efficacy_ne: float = 1.0) -> None:
        c = self.parameters = parameters
        self.efficacy_da = efficacy_da
        self.efficacy_ne = efficacy_ne
        life = np.repeat([1.0, c["fade_sensory"], c["fade_narrative"], 1.0], FEATURES) * c["fade_hippocampus"]
        half = np.tile(np.repeat([1.0, -1.0], FEATURES // 2), 4)  # central parts last longer
        self.element = Projection.empty(4 * FEATURES, (1.0 / (life * c["fade_spread"] ** half))[None, :])
        self.binding = Projection.empty(UNITS, np.full((1, UNITS), 1.0 / c["fade_binding"]))
        self.extinction = Projection.empty(UNITS, np.full((1, UNITS), 1.0 / c["fade_extinction"]))
        self.reward = Projection.empty(UNITS, np.full((1, UNITS), 1.0 / c["fade_accumbens"]))
        days, months = c["share_days"], (1.0 - c["share_days"]) * c["share_months"]
        self.affect = Projection.empty(
            UNITS,
            np.repeat([[1.0 / c["fade_days"]], [1.0 / c["fade_months"]], [1.0 / c["fade_years"]]], UNITS, axis=1),
            np.array([days, months, 1.0 - days - months]),
            np.array([1.0, c["capture_months"], c["capture_years"]]),
        )
        self.labile = np.zeros((UNITS, UNITS))  # share of each affect synapse that is labile
        self.recall_protein = np.zeros((UNITS, UNITS))
        self.safe_places = np.zeros((FEATURES, UNITS), dtype=bool)  # context features that open a vmPFC unit
        self.protein = np.zeros(4)
        self.traces: dict[int, Trace] = {}
        self.projections = (self.element,) * 8 + (self.binding, self.extinction, self.reward, self.affect)

    # --- what happens at a moment ---

    def form(self, name: int, units: NDArray[np.integer], features: NDArray[np.bool_], minute: float) -> Trace:
        """Give a memory its ensembles; nothing is written yet."""
        trace = self.traces[name] = Trace(np.asarray(units, dtype=np.intp), features, minute)
        return trace

    def write(self, trace: Trace, gains: Array) -> None:
        """Write an event into the synapses of its ensemble, each with the gain of its strength."""
        for strength in range(EARLY_STRENGTHS):
            if gains[strength] > 0.0:
                self.strengthen(strength, trace.synapses[strength], gains[strength])

    def strengthen(self, strength: int, places: Index, gain: float | Array) -> None:
        """Saturating change of some synapses: ``h += (1 - exp(-gain)) (1 - h)``."""
        early = self.projections[strength].early.reshape(-1)
        early[places] += (1.0 - np.exp(-gain)) * (1.0 - early[places])

    def depress(self, trace: Trace, share: float) -> None:
        """Weaken untagged synapses that reach the active hippocampal units from silent sources."""
        active = trace.units[HIPPOCAMPUS]
        silent_units = np.setdiff1d(np.arange(UNITS), active)
        for projection, silent in (
            (self.element, np.flatnonzero(~trace.features)),
            (self.binding, silent_units),
        ):
            here = np.ix_(silent, active)
            left = 1.0 - share * (projection.early[here] < self.parameters["tag_threshold"])
            projection.early[here] *= left
            projection.late[0][here] *= left

    # --- time ---

    def advance(self, start: float, end: float, given: Modulators) -> None:
        """Let the network live from minute `start` to `end`, in which nothing is encoded or recalled."""
        c = self.parameters
        blocks = [self._block(strength) for strength in (0, BINDING, EXTINCTION, REWARD, AFFECT)]
        drive = self.drive()
        places = blocks[-1].places
        labile = self.labile.reshape(-1)[places]
        recall = self.recall_protein.reshape(-1)[places]
        now = start
        while now < end:
            tagged = any(b.h.max(initial=0.0) > c["tag_threshold"] for b in blocks)
            if tagged or drive.max() > c["prp_threshold"]:
                step = min(STEP, end - now)
            elif labile.max(initial=0.0) > 0.0 and recall.max() > REPAIR_LEAST:
                step = min(STEP_REPAIR, end - now)
            else:
                step = end - now
            hours = step / 60.0
            middle = now + 0.5 * step
            mean_protein = self._make_protein(drive * np.exp(-0.5 * hours / c["early_decay"]), middle, hours, given)
            drive = drive * np.exp(-hours / c["early_decay"])  # all early weights shrink alike
            loss = _open(c, labile, recall, given.beta(middle), hours)
            for block in blocks:
                _relax(c, block, mean_protein[block.region], hours, loss if block is blocks[-1] else None)
            now += step
        for block in blocks:
            block.of.early.reshape(-1)[block.places] = block.h
            block.of.late.reshape(len(block.z), -1)[:, block.places] = block.z
        self.labile.reshape(-1)[places] = labile
        self.recall_protein.reshape(-1)[places] = recall

    def _block(self, strength: int) -> _Block:
        of = self.projections[strength]
        late = of.late.reshape(len(of.late), -1)
        places = np.flatnonzero((of.early.reshape(-1) > 0.0) | (late > 0.0).any(axis=0))
        h = of.early.reshape(-1)[places]
        return _Block(of, REGION_OF[strength], places, h, late[:, places], of.fade[:, places // UNITS])

    def drive(self) -> Array:
        """Drive of synthesis in each region: that of the ensemble which is driven most."""
        out = np.zeros(4)
        for trace in self.traces.values():
            total, squares = np.zeros(4), np.zeros(4)
            for strength, places in enumerate(trace.synapses):
                if len(places):
                    change = self.projections[strength].early.reshape(-1)[places].mean()
                    total[REGION_OF[strength]] += change
                    squares[REGION_OF[strength]] += change * change
            out = np.maximum(out, np.divide(squares, total, out=np.zeros(4), where=total > 0.0))
        return out

    def _make_protein(self, drive: Array, minute: float, hours: float, given: Modulators) -> Array:
        """Advance the pools by one step; returns their mean over it."""
        c = self.parameters
        on = np.zeros(4)
        if drive.max() > c["prp_threshold"]:  # the threshold at full neuromodulation, the lowest there is
            share = np.array([c[name] for name in DOPAMINE_SHARES])
            beta, d1 = self.efficacy_ne * given.beta(minute), self.efficacy_da * given.d1(minute)
            nm = 0.18 * np.minimum(share * d1 + (1.0 - share) * beta, 1.0)
            working = max(given.translation(minute), 1e-6)
            on = (drive > c["prp_threshold"] * 0.181 / ((nm + 0.001) * working)).astype(float)
        left = np.exp(-hours / c["prp_decay"])
        mean = on + (self.protein - on) * (1.0 - left) * c["prp_decay"] / hours
        self.protein = on + (self.protein - on) * left
        return np.asarray(mean)

    # --- reading ---

    def early(self, trace: Trace) -> Array:
        """Mean early weight of each strength of a memory, in the order of `cohort.state`."""
        return np.array([h.mean() if len(h) else 0.0 for h, _ in self._weights(trace)])

    def late(self, trace: Trace) -> Array:
        """Mean late weight of each strength, its shares together."""
        return np.array([z.mean() if len(z) else 0.0 for _, z in self._weights(trace)])

    def strength(self, trace: Trace) -> Array:
        """Mean effective weight of each strength of a memory."""
        return np.array([(h + z * (1.0 - h)).mean() if len(h) else 0.0 for h, z in self._weights(trace)])

    def _weights(self, trace: Trace) -> list[tuple[Array, Array]]:
        """Early and late weight of the synapses of each strength."""
        return [
            (of.early.reshape(-1)[places], of.late.reshape(len(of.late), -1)[:, places].sum(axis=0))
            for of, places in zip(self.projections, trace.synapses, strict=True)
        ]


def _relax(c: Mapping[str, float], block: _Block, protein: float, hours: float, loss: Array | None) -> None:
    """Advance a projection by one step: early decay, and capture or fading of the late phase."""
    tagged = block.h * np.exp(-0.5 * hours / c["early_decay"]) > c["tag_threshold"]
    block.h *= np.exp(-hours / c["early_decay"])
    block.h[block.h < EARLY_LEAST] = 0.0
    decay = block.fade * hours if loss is None else block.fade * hours + loss
    faded = block.z * np.exp(-decay)
    if tagged.any():
        ceiling = block.of.ceiling[:, None]
        taken = np.exp(-block.of.speed * protein * hours / c["capture_time"])[:, None]
        faded = np.where(tagged, ceiling - (ceiling - block.z) * taken, faded)
    block.z = faded


def _open(c: Mapping[str, float], labile: Array, recall: Array, beta: float, hours: float) -> Array | None:
    """Advance lability by one step, in place; returns ``loss * integral of L`` over it."""
    if labile.max(initial=0.0) == 0.0:
        return None
    rest = 1.0 / (1.0 + c["k_beta"])
    rate = (
        c["lability_loss"] + c["lability_repair"] * recall * np.exp(-0.5 * hours / c["recall_prp_decay"]) * beta / rest
    )
    left = np.exp(-rate * hours)
    loss = c["lability_loss"] * labile * (1.0 - left) / rate
    labile *= left
    recall *= np.exp(-hours / c["recall_prp_decay"])
    return np.asarray(loss)
