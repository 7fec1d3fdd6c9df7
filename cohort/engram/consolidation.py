"""Systems consolidation: fading at the projection's own rate, and replay at night that builds the cortical trace.

Hippocampal parts fade around 500 h, spread over parts so that their mean falls as a power of time; everyday episodes
overwrite the synapses they share. Late strengths fall at a ``rate`` of their own unless tagged; ``winners`` of the
``units`` of a region are in an ensemble::

    dz/dt = -rate z
    rate_E = 1 / (fade_hippocampus life fade_spread) + everyday        # central parts
    rate_E = fade_spread / (fade_hippocampus life) + everyday          # peripheral parts
    life = 1, fade_sensory, fade_narrative, 1                          # context, sensory, narrative, affective
    everyday = everyday_rate everyday_overwrite overlap / 24
    overlap = winners (winners - 1) / (units (units - 1))              # pairs that two ensembles share by chance
    rate_B = 1 / fade_binding + everyday
    rate_A = 1 / fade_days, 1 / fade_months, 1 / fade_years            # its three shares
    rate_X = 1 / fade_extinction
    rate_N = 1 / fade_accumbens
    dc/dt = -c / fade_cortex                                           # c_B too

Replay is limited: traces compete for it by strength and arousal, with everyday episodes too. It takes place in the
hours that are ``slept``, of which the median person has ``sleep_hours`` (see `slow`)::

    c += (1 - exp(-cortical_rate slept tone replay a_E)) (1 - c)
    c_B += (1 - exp(-cortical_rate slept tone replay a_B)) (1 - c_B)
    replay = min(replay_capacity a_E (1 + replay_arousal arousal) / rivals, 1)
    rivals = replay_everyday everyday_rate + sum(a_E (1 + replay_arousal arousal))
    tone = max(1 - replay_ach ach_efficacy theta_muscarinic, 0) (1 + replay_dopamine da_efficacy theta_d1)

Dopamine is read at bedtime, acetylcholine in the middle of the night.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.compiled import compiled
from cohort.engram.retrieval import SLIGHT, effective, elements_mean, saturation, slight
from cohort.lanes import scale, wane
from cohort.parameters import Parameters, declare, param
from cohort.pharmacology import D1, MUSCARINIC
from cohort.receptors import occupancy
from cohort.state import (
    ACH,
    AFFECT,
    BINDING,
    DA,
    EXTINCTION,
    LANES,
    LATE_STRENGTHS,
    REWARD,
    SLOTS,
    UNITS,
    WINNERS,
)

declare(
    "consolidation",
    param("fade_hippocampus", 1316.0, "h", 200.0, 2000.0,
        "fitted to the forgetting of lists, Murre & Dros 2015, 10.1371/journal.pone.0120644 "
        "(data/calibration/default.toml)", "calibrated",
        "median time constant of hippocampal late strength"),
    param("fade_spread", 3.0, "ratio", 1.0, 6.0,
        "Murre & Dros 2015, 10.1371/journal.pone.0120644 (a power law needs a spread; size chosen)",
        "assumed",
        "central parts last longer, peripheral ones shorter, by this factor"),
    param("fade_sensory", 0.2, "ratio", 0.2, 1.0,
        "fitted to the film week: Rattel et al. 2019, 10.1007/s10608-018-9941-6 (fall over days)", "calibrated",
        "life time of sensory parts against context"),
    param("fade_narrative", 2.0, "ratio", 1.0, 5.0,
        "Sekeres et al. 2016, 10.1101/lm.039057.115 (gist outlasts detail; size chosen)", "assumed",
        "life time of narrative parts against context"),
    param("fade_binding", 1000.0, "h", 200.0, 5000.0, "chosen: twice the elements", "assumed",
        "time constant of hippocampal binding"),
    param("fade_days", 66.0, "h", 24.0, 240.0,
        "fitted to the film week: Rattel et al. 2019, 10.1007/s10608-018-9941-6 (fall over days)", "calibrated",
        "time constant of the days share of the amygdalar trace"),
    param("fade_months", 1440.0, "h", 500.0, 5000.0, "chosen: two months", "assumed",
        "time constant of the months share"),
    param("fade_years", 100000.0, "h", 10000.0, 200000.0,
        "Gale et al. 2004, 10.1523/JNEUROSCI.4100-03.2004: fear of rats undiminished after 16 months; a tenth lost by "
        "then would give 111,000 h, so that it may be longer", "animal",
        "time constant of the years share"),
    param("fade_extinction", 1000.0, "h", 1000.0, 40000.0,
        "chosen: six weeks, the least of its range, as the one figure there is are the 12 days in which extinguished "
        "fear comes back in rats (Quirk 2002, 10.1101/lm.49602)",
        "assumed",
        "time constant of late extinction"),
    param("fade_accumbens", 4000.0, "h", 500.0, 40000.0, "chosen: half a year", "assumed",
        "time constant of reward value"),
    param("fade_cortex", 40000.0, "h", 10000.0, 400000.0,
        "Bahrick 1984, 10.1037/0096-3445.113.1.1 (permastore over decades; size chosen)", "assumed",
        "time constant of cortical strength"),
    param("everyday_rate", 14.0, "episodes/day", 0.0, 40.0,
        "Kahneman et al. 2004, 10.1126/science.1103572: 14 episodes a day in day reconstruction, n = 909",
        "measured",
        "everyday episodes that compete for hippocampal synapses and for replay"),
    param("everyday_overwrite", 0.17, "share", 0.0, 1.0,
        "chosen: with everyday_rate, 2.4 units a day", "assumed",
        "late strength lost at a synapse that an everyday episode shares"),
    param("cortical_rate", 0.004, "1/h", 0.0005, 0.02,
        "Helfer & Shultz 2020, 10.1002/hipo.23187 (order of magnitude: months)", "model",
        "rate at which replay builds cortical strength"),
    param("replay_capacity", 3.0, "traces", 0.5, 10.0, "chosen",
    "assumed", "traces replayed in full a night"),
    param("replay_everyday", 0.085, "weight/episode", 0.01, 1.0,
        "chosen: with everyday_rate, 1.2 units a night", "assumed",
        "weight of one everyday episode in the competition for replay"),
    param("replay_arousal", 1.0, "ratio", 0.0, 4.0,
        "Payne et al. 2008, 10.1111/j.1467-9280.2008.02157.x (sleep favours emotional objects; size chosen)",
        "assumed", "advantage of arousing traces in replay"),
    param("replay_ach", 1.0, "share", 0.0, 1.0,
        "Gais & Born 2004, 10.1073/pnas.0305404101 (high ACh in slow-wave sleep blocks consolidation)",
        "measured", "share of replay that muscarinic occupancy suppresses"),
    param("replay_dopamine", 6.0, "ratio", 0.0, 20.0,
        "McNamara et al. 2014, 10.1038/nn.3843 (dopamine promotes reactivation; size chosen)", "assumed",
        "gain of D1/5 occupancy before sleep on replay"),
    param("sleep_hours", 7.2, "h", 5.0, 10.0,
        "Dashti et al. 2019, 10.1038/s41467-019-08917-4: 7.2 +- 1.1 h reported, n = 446,118",
        "measured", "hours of sleep of the median person"),
)  # fmt: skip

# Columns of the table of decays: the late strengths in their order, then these.
NEOCORTEX, EARLY, RECALL, AVOID, LOAD_FAST, LOAD_SLOW, CLIMATE, PRACTICE = range(LATE_STRENGTHS, LATE_STRENGTHS + 8)
RATES = LATE_STRENGTHS + 8
DAY = 1440  # minutes
FALLS = 23.1  # time constants in which any early strength, 1 at most, falls below 1e-10, and is then 0
EARLY_GONE = 4 * DAY  # by then every early strength is below 1e-10, and 0, at the slowest permitted decay


def rates(parameters: Parameters) -> NDArray[np.float64]:
    """Rates of all linear decays, 1/h, in the order of the columns of `decay_table`."""
    c = parameters
    out = np.zeros(RATES)
    out[EARLY] = 1.0 / c["early_decay"]
    shared = WINNERS * (WINNERS - 1) / (UNITS * (UNITS - 1))
    everyday = c["everyday_rate"] * shared * c["everyday_overwrite"] / 24.0
    life = (1.0, c["fade_sensory"], c["fade_narrative"], 1.0)
    for group in range(4):
        base = c["fade_hippocampus"] * life[group]
        out[2 * group] = 1.0 / (base * c["fade_spread"]) + everyday
        out[2 * group + 1] = c["fade_spread"] / base + everyday
    out[BINDING] = 1.0 / c["fade_binding"] + everyday
    out[AFFECT : AFFECT + 3] = 1.0 / c["fade_days"], 1.0 / c["fade_months"], 1.0 / c["fade_years"]
    out[EXTINCTION] = 1.0 / c["fade_extinction"]
    out[REWARD] = 1.0 / c["fade_accumbens"]
    out[NEOCORTEX] = 1.0 / c["fade_cortex"]
    out[RECALL] = 1.0 / c["recall_prp_decay"]
    out[AVOID] = 1.0 / (24.0 * c["avoidance_days"])
    out[LOAD_FAST] = 1.0 / (24.0 * c["load_fast_days"])
    out[LOAD_SLOW] = 1.0 / (24.0 * c["load_slow_days"])
    out[CLIMATE] = 1.0 / (24.0 * c["climate_days"])
    out[PRACTICE] = 1.0 / (24.0 * c["drive_days"])
    return out


def decay_table(parameters: Parameters) -> NDArray[np.float64]:
    """``exp(-rate * minutes / 60)`` for 0 to 1440 minutes; shape (1441, RATES). Intervals are whole minutes."""
    hours = np.arange(DAY + 1)[:, None] / 60.0
    return np.asarray(np.exp(-hours * rates(parameters)))


@compiled
def factor(decay: Any, rate: int, minutes: int) -> float:
    """What is left of a linear decay after so many minutes."""
    if minutes <= DAY:
        return decay[minutes, rate]
    return decay[minutes % DAY, rate] * decay[DAY, rate] ** (minutes // DAY)


@compiled
def fade(one: Any, world: Any, minute: int, minutes: int) -> None:
    """Let every strength fade over so many minutes from `minute` (`capture` has set right what was tagged)."""
    settled = minute - one.p.fresh > 60.0 * FALLS * world.c.early_decay
    while minutes > 0:
        left = world.decay[min(minutes, DAY)]
        minutes -= DAY
        for slot in range(SLOTS):
            m = one.memories[slot]
            if m.live == 0.0:
                break
            if not settled:
                wane(m.h, left[EARLY])
            scale(m.z, left)
            m.cortex *= left[NEOCORTEX]
            m.cortex_b *= left[NEOCORTEX]


@compiled
def replay(one: Any, world: Any, minute: float, slept: float) -> None:
    """One night: ``dc = rate * replay * a (1 - c)`` over the hours slept, for elements and for binding.

    `minute` is bedtime: dopamine and the traces are read then, acetylcholine in the middle of the night.
    """
    c = world.c
    e = one.traits.efficacy
    total = c.replay_everyday * c.everyday_rate
    strength, bound, gain = one.pull, one.image, one.weight  # of each memory
    grown, grown_b = one.part, one.scratch[:SLOTS]
    live = 0
    while live < SLOTS and one.memories[live].live > 0.0:
        m = one.memories[live]
        mean = elements_mean(one, live)
        strength[live], bound[live] = mean, effective(m.h[BINDING], m.z[BINDING])
        arousing = 1.0 + c.replay_arousal * m.arousal
        gain[live] = c.replay_capacity * mean * arousing if mean >= 1e-6 else 0.0
        total += mean * arousing
        live += 1
    blocked = c.replay_ach * e[ACH] * occupancy(one, world, MUSCARINIC, minute, 0.5 * slept)
    tone = max(1.0 - blocked, 0.0) * (1.0 + c.replay_dopamine * e[DA] * occupancy(one, world, D1, minute, 0.0))
    rate = c.cortical_rate
    for first in range(0, live, LANES):
        for slot in range(first, first + LANES):  # beyond `live` it reads what is left over there
            gain[slot] = rate * min(gain[slot] / total, 1.0) * tone * slept
            grown[slot] = slight(gain[slot] * strength[slot])
            grown_b[slot] = slight(gain[slot] * bound[slot])
    some_great = rate * tone * slept > SLIGHT
    for slot in range(SLOTS):
        m = one.memories[slot]
        if m.live == 0.0:
            break
        if some_great:
            grown[slot], grown_b[slot] = saturation(gain[slot] * strength[slot]), saturation(gain[slot] * bound[slot])
        m.cortex += grown[slot] * (1.0 - m.cortex)
        m.cortex_b += grown_b[slot] * (1.0 - m.cortex_b)
