"""Activity in the explicit network: completion of a cue, the answer to it, and what recall does to synapses.

Hippocampal units are rate units that settle under

    tau dx/dt = -x + min(cue + coupling * (binding weights) x, 1)

with inhibition that leaves as many units as an ensemble has. The cue arrives through the element weights,
divided by the features that an element has; the recurrent sum is divided by the units that the other
elements of an ensemble have. How far activity spreads (the coupling) and the threshold of recall depend on
modulators: the caller's.

Each ensemble is an attractor. How strongly a cue supports one is the activity at which it settles when it
has won the inhibition, whatever drives its units. Gumbel noise on the choice between attractors and
logistic noise on the threshold are integrated, so that recall has a probability instead of an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cohort.engram.reference import Array, Network, Trace
from cohort.state import AFFECT, AMYGDALA, BINDING, EXTINCTION, HIPPOCAMPUS, SUBGROUP, UNITS, VMPFC, WINNERS

PER_ELEMENT = 16  # features of a fully described element
RELAX = 0.8  # step of the settling, in units of tau
SETTLED = 1e-9
ROUNDS = 2000

Flags = NDArray[np.bool_]


def settle(
    network: Network,
    cue: Flags,
    coupling: float,
    silenced: Flags | None = None,
    driven: Flags | None = None,
    won: NDArray[np.intp] | None = None,
) -> Array:
    """Settled activity of the hippocampal units, (UNITS,), under a cue of features, (4 * FEATURES,).

    `silenced` units never fire; `driven` units are driven directly, as by light, without any cue. Inhibition
    leaves the most active units, or those that have `won` already.
    """
    afferent = cue.astype(float) @ network.element.effective() / PER_ELEMENT
    if driven is not None:
        afferent = afferent + driven
    recurrent = network.binding.effective() * (coupling / (WINNERS - SUBGROUP))
    may_fire = np.ones(UNITS)
    if silenced is not None:
        may_fire[silenced] = 0.0
    x = np.zeros(UNITS)
    for _ in range(ROUNDS):
        target = may_fire * np.minimum(afferent + x @ recurrent, 1.0)
        left = np.zeros(UNITS)
        left[winners(target) if won is None else won] = 1.0
        change = left * target - x
        x = x + RELAX * change
        if np.abs(change).max() < SETTLED:
            break
    return x


def winners(activity: Array) -> NDArray[np.intp]:
    """The units that inhibition leaves: as many as an ensemble has, in ascending order."""
    return np.sort(np.argsort(activity, kind="stable")[-WINNERS:])


def supports(
    network: Network, cue: Flags, coupling: float, silenced: Flags | None = None, driven: Flags | None = None
) -> dict[int, float]:
    """How strongly a cue, or driven units, support each memory: mean activity of its ensemble if it wins."""
    out = {}
    for name, trace in network.traces.items():
        ensemble = trace.units[HIPPOCAMPUS]
        out[name] = float(settle(network, cue, coupling, silenced, driven, ensemble)[ensemble].mean())
    return out


def recall_probability(network: Network, support: dict[int, float], name: int, threshold: float) -> float:
    """Probability that one memory passes the threshold and wins against all others."""
    c = network.parameters
    rivals = sum(np.exp((s - support[name]) / c["competition"]) for other, s in support.items() if other != name)
    passes = 1.0 / (1.0 + np.exp(-(support[name] - threshold) / c["recall_noise"]))
    return float(passes / (1.0 + rivals))


def held_back(network: Network, trace: Trace, context: Flags) -> Array:
    """Share of the answer of each amygdalar unit of a memory that vmPFC holds back in a context."""
    vmpfc, amygdala = trace.units[VMPFC], trace.units[AMYGDALA]
    if not context.any():
        return np.zeros(WINNERS)
    firing = network.safe_places[np.ix_(context, vmpfc)].mean(axis=0)
    return np.asarray(firing @ network.extinction.effective()[np.ix_(vmpfc, amygdala)] / WINNERS)


def expectation(network: Network, trace: Trace, context: Flags) -> float:
    """Harm that a memory announces: its ensemble fires, the amygdala answers, vmPFC holds back."""
    here = np.ix_(trace.units[HIPPOCAMPUS], trace.units[AMYGDALA])
    driven = network.affect.effective()[here].mean(axis=0) * (1.0 - held_back(network, trace, context))
    return float(driven.mean()) * trace.charge


def answer(network: Network, trace: Trace, context: Flags, arousal: float) -> float:
    """Affective answer to a memory, 0 to 1: what it announces, raised by noradrenaline."""
    g = network.parameters["beta_answer"]
    return min(expectation(network, trace, context) * (1.0 + g * network.efficacy_ne * arousal) / (1.0 + g), 1.0)


@dataclass(frozen=True)
class Recall:
    """Circumstances of one recall: what follows it, and the modulators of the moment."""

    context: Flags  # shape (FEATURES,)
    safe: float  # 1 when nothing bad follows
    duration: float  # minutes
    arousal: float  # felt when the memory comes up: noradrenaline at beta receptors, were nothing to block them
    beta_after: float  # occupancy with what its coming up released
    d1: float
    extinction_gain: float  # at full prediction error


def recall(network: Network, trace: Trace, minute: float, given: Recall) -> float:
    """What a recall does to synapses: strengthens, opens or extinguishes by its error. Returns the answer."""
    c = network.parameters
    distress = answer(network, trace, given.context, given.arousal)
    expected = expectation(network, trace, given.context)
    outcome = 1.0 - given.safe
    mismatch = abs(expected - outcome) / max(expected, outcome, c["error_least"])
    error = mismatch * (1.0 - np.exp(-given.duration / c["error_time"]))
    affective = float(network.strength(trace)[AFFECT])
    _use(network, trace)
    network.strengthen(AFFECT, trace.synapses[AFFECT], c["recall_amygdala"] * distress)
    if c["error_low"] < error < c["error_high"]:
        _open_trace(network, trace, minute, affective)
    if given.safe > 0.5 and error >= c["error_high"]:
        network.safe_places[np.ix_(given.context, trace.units[VMPFC])] = True
        network.strengthen(EXTINCTION, trace.synapses[EXTINCTION], given.extinction_gain * error)
    _reweight(network, trace, float(held_back(network, trace, given.context).mean()), given)
    _restore(network, trace, distress)
    network.depress(trace, c["prune_recall"])
    return distress


def _use(network: Network, trace: Trace) -> None:
    """Recalled elements gain: each active synapse by how strongly its unit is driven over that part."""
    weights = network.element.effective().reshape(-1)
    for part in range(BINDING):
        places = trace.synapses[part]
        if len(places):
            driven = weights[places].reshape(-1, SUBGROUP).mean(axis=0)
            gain = np.tile(network.parameters["recall_gain"] * driven, len(places) // SUBGROUP)
            network.strengthen(part, places, gain)


def _open_trace(network: Network, trace: Trace, minute: float, strength: float) -> None:
    """Make a share of the affect synapses labile, less of an old or strong memory, and start their repair."""
    c = network.parameters
    above = max(1.0 - c["lability_floor"] / strength, 0.0) if strength > 0.0 else 1.0
    age = (minute - trace.encoded) / 60.0
    share = c["lability_most"] / (1.0 + age / c["lability_age"]) * (1.0 - c["lability_strength"] * strength) * above
    places = trace.synapses[AFFECT]
    labile = network.labile.reshape(-1)
    labile[places] += share * (1.0 - labile[places])
    network.recall_protein.reshape(-1)[places] = 1.0


def _restore(network: Network, trace: Trace, distress: float) -> None:
    """Store anew what is open, synapse by synapse: late weights move to their ceilings, as far as it distressed."""
    places = trace.synapses[AFFECT]
    of = network.affect
    late = of.late.reshape(len(of.late), -1)
    kept = network.labile.reshape(-1)[places] * (1.0 - np.exp(-network.parameters["recall_amygdala"] * distress))
    late[:, places] += kept * np.maximum(of.ceiling[:, None] - late[:, places], 0.0)


def _reweight(network: Network, trace: Trace, held: float, given: Recall) -> None:
    """Move the charge of what is labile, if anything is, towards what is felt now."""
    c = network.parameters
    shift = c["felt_slope"] * (given.beta_after - c["felt_threshold"]) + c["felt_threat"] * (1.0 - given.safe)
    felt = min(max(trace.charge * (1.0 - held) + shift, 0.0), 1.0)
    labile = float(network.labile.reshape(-1)[trace.synapses[AFFECT]].mean())
    gain = 1.0 + c["charge_dopamine"] * network.efficacy_da * given.d1
    trace.charge += min(c["charge_rate"] * labile * gain, 1.0) * (felt - trace.charge)
