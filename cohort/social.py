"""Talk: who tells of an episode in one round, to whom, and what both take from it.

A round has five steps. The first and the fourth read no state, the others read copies of it, none writes:

- `candidates`: those whose draw is below the chance of somebody whom nothing holds back
- `Recollection`: what comes back to them, read by the caller, as all stand now
- `disclosing`: of these, those whose draw is below their own chance
- `partners`: whom each of them tells
- `exchange`: what to deliver to both sides, after all have been read

So simultaneous talk reads all, then writes all. Draws are keyed by person, minute and topic. Thinning compares the draw
that made somebody a candidate, so whoever tells at a lower chance tells at a higher one. With ``rate`` the scenario's,
``days`` the time since the event and ``support`` the trait::

    chance = min(rate free helped moved recent, 1)             # to tell in one round, if the episode comes back
    free = 1 - talk_avoidance avoidance
    helped = 1 - talk_support + 2 talk_support support / (1 + support)
    moved = 1 - talk_distress + talk_distress distress
    recent = talk_lasting + (1 - talk_lasting) exp(-days / talk_days)
    at_home = talk_household                                   # probability that the listener is of the household
    closeness = 1, talk_distant                                # weight of a near and of a distant contact
    told = accuracy (1 - fragmentation)                        # share of the features that reach the listener
    duration = talk_minutes                                    # of the reminder that both meet, in safety
    amount = min(2 support_rate support_listener / (1 + support_listener), 1)     # of the contact to the teller

``support_rate`` is the scenario's and ``support_listener`` the listener's trait. Emotional episodes are told, mostly to
intimates (Rimé 2009, 10.1177/1754073908097189). After an upheaval people talk openly for about two weeks and then stop,
but think of it for six more (Pennebaker & Harber 1993, 10.1111/j.1540-4560.1993.tb01184.x). Telling is a recall in
safety: what it does to the trace is up to reconsolidation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cohort import streams
from cohort.agenda import AWAITED
from cohort.compiled import compiled
from cohort.events import cue_of
from cohort.network import DISTANT_TIE, HOUSEHOLD_TIE
from cohort.parameters import Parameters, declare, param
from cohort.state import CONTACT, REMINDER
from cohort.streams import block

declare(
    "social",
    param("talk_avoidance", 0.8, "share", 0.0, 1.0,
        "Hoyt et al. 2010, Int J Stress Manag 17(1) (groups at risk of PTSD disclose less; size chosen)", "assumed",
        "share of the chance to disclose that full avoidance takes away"),
    param("talk_support", 0.5, "weight", 0.0, 1.0, "chosen: who has support has somebody to tell", "assumed",
        "weight of the support trait in the chance to disclose"),
    param("talk_distress", 0.5, "weight", 0.0, 1.0,
        "Rimé et al. 1991, 10.1080/02699939108411052 (sharing goes with the disruption by the emotion; size chosen)",
        "assumed", "weight of the distress that the episode brings back in the chance to disclose"),
    param("talk_days", 14.0, "days", 3.0, 90.0,
        "Pennebaker & Harber 1993, 10.1111/j.1540-4560.1993.tb01184.x: open talk for about two weeks; taken as a time "
        "constant", "calibrated", "time constant with which the chance to disclose an episode falls"),
    param("talk_lasting", 0.1, "share", 0.0, 1.0,
        "Curci & Rimé 2012, 10.1037/a0028651 (some go on sharing for months; size chosen)", "assumed",
        "share of the chance to disclose that time does not take"),
    param("talk_household", 0.6, "probability", 0.0, 1.0,
        "Rimé 2009, 10.1177/1754073908097189 (intimates are told first; size chosen)", "assumed",
        "probability that somebody of the household is told, where there are contacts as well"),
    param("talk_distant", 0.3, "ratio", 0.0, 1.0,
        "Granovetter 1973, 10.1086/225469 (ties that bridge are weak; size chosen)", "assumed",
        "closeness of a distant contact over that of a near one"),
    param("talk_minutes", 20.0, "min", 1.0, 180.0, "chosen: a conversation", "assumed",
        "time for which a talk keeps the episode in mind"),
)  # fmt: skip

TOLD_LEVELS = 8  # steps in which the share that a teller brings back is passed on
MOST_BY_SUPPORT: Final = 2.0  # limit of the factor that the support trait puts on the chance to disclose


@dataclass(frozen=True)
class Recollection:
    """What was read of m persons on the episode in question: arrays of shape (m,), copies.

    A recall under the full cue that leaves no mark gives the first four (`state.LOG` of an entry RECALL, amount 0).
    """

    recalled: NDArray[np.bool_]  # whether the episode came back; the rest is not looked at where it did not
    accuracy: NDArray[np.floating[Any]]  # share of the event that comes back as it was
    fragmentation: NDArray[np.floating[Any]]  # share of its elements that do not hang together with the rest
    distress: NDArray[np.floating[Any]]  # 0 to 1
    days: NDArray[np.floating[Any]]  # since encoding
    avoidance: NDArray[np.floating[Any]]  # share of encounters with cues that the person evades
    support: NDArray[np.floating[Any]]  # trait, 1 for the median person

    def __len__(self) -> int:
        return len(self.recalled)

    def __getitem__(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Recollection:
        return Recollection(*(getattr(self, f.name)[mask] for f in fields(self)))


def told_rows(scene: NDArray[np.void], parameters: Parameters) -> NDArray[np.void]:
    """Scenes that a talk about `scene` (shape (1,)) can bring to mind: shape (TOLD_LEVELS,), in rising share.

    Row k holds a share (k + 1) / TOLD_LEVELS of the features, met in safety. They belong into the table of scenes in
    this order; `exchange` is told where they start.
    """
    shares = np.arange(1, TOLD_LEVELS + 1) / TOLD_LEVELS
    return np.concatenate([cue_of(scene, s, safe=1.0, duration=parameters["talk_minutes"]) for s in shares])


def candidates(seed: int, minute: int, rate: float, ids: NDArray[np.int64], topic: int = 0) -> NDArray[np.int64]:
    """Positions of those who may disclose in this round, whatever their state: the dominating draw.

    `rate` (0 to 1) is the chance a round of a person of median support who does not avoid, to whom the episode of the
    same moment comes back at full distress. `topic` (0 to 65535) tells apart talks about several episodes.
    """
    out = np.empty(len(ids), dtype=np.bool_)
    _below(out, np.uint64(seed), ids, minute, topic, np.full(len(ids), min(MOST_BY_SUPPORT * rate, 1.0)))
    return np.flatnonzero(out)


def disclosure_chance(read: Recollection, rate: float, parameters: Parameters) -> NDArray[np.float64]:
    """Chance to disclose in one round, shape (m,), at most `MOST_BY_SUPPORT` times `rate`.

    It falls with avoidance and with time since the event, and rises with support and with the distress felt.
    """
    p = parameters
    free = 1.0 - p["talk_avoidance"] * read.avoidance
    helped = 1.0 - p["talk_support"] + p["talk_support"] * MOST_BY_SUPPORT * read.support / (1.0 + read.support)
    moved = 1.0 - p["talk_distress"] + p["talk_distress"] * read.distress
    fresh = p["talk_lasting"] + (1.0 - p["talk_lasting"]) * np.exp(-read.days / p["talk_days"])
    return np.asarray(np.where(read.recalled, np.minimum(rate * free * helped * moved * fresh, 1.0), 0.0))


def disclosing(
    seed: int,
    minute: int,
    rate: float,
    ids: NDArray[np.int64],
    read: Recollection,
    parameters: Parameters,
    topic: int = 0,
) -> NDArray[np.bool_]:
    """Which of the candidates `ids` (m,) disclose, given what was read of them: shape (m,)."""
    out = np.empty(len(ids), dtype=np.bool_)
    _below(out, np.uint64(seed), ids, minute, topic, disclosure_chance(read, rate, parameters))
    return out


def partners(
    seed: int,
    minute: int,
    ids: NDArray[np.int64],
    ties: csr_array,
    tellers: NDArray[np.int64],
    parameters: Parameters,
    topic: int = 0,
) -> NDArray[np.int64]:
    """To whom each of `tellers` (positions, m) turns: positions, -1 for who has nobody; shape (m,).

    Somebody of the household, each alike, or a contact by closeness. `ids` (n,) and `ties` (n, n) are of everybody.
    """
    p = parameters
    out = np.full(len(tellers), -1, dtype=np.int64)
    _choose(
        out, np.uint64(seed), minute, topic, ids, ties.indptr, ties.indices, ties.data, tellers,
        p["talk_household"], p["talk_distant"],
    )  # fmt: skip
    return out


def exchange(
    minute: int,
    tellers: NDArray[np.int64],
    listeners: NDArray[np.int64],
    read: Recollection,
    listener_support: NDArray[np.floating[Any]],
    first_row: int,
    support: float,
    dose: float,
) -> NDArray[np.void]:
    """What a round of talk hands to both sides: rows of `agenda.AWAITED`, by person, then by kind.

    The teller meets the whole episode again, in safety, and receives a CONTACT by the listener's support. The listener
    meets the share that the teller brings back in one piece, ``accuracy (1 - fragmentation)`` in steps of
    1/TOLD_LEVELS: a reminder, or the episode to a small dose for who has no trace of it. Without a listener nothing
    happens.

    Parameters
    ----------
    tellers, listeners : positions, shape (m,), -1 for no listener.
    read : of the tellers.
    listener_support : support trait of the listeners, shape (m,); not looked at where there is none.
    first_row : where the `told_rows` of the episode start in the table of scenes.
    support : amount of a CONTACT with a listener of median support, 0 to 1.
    dose : with which the episode reaches a listener who has no trace of it.
    """
    met = listeners >= 0
    told = (read.accuracy * (1.0 - read.fragmentation))[met]
    level = np.minimum(np.ceil(told * TOLD_LEVELS - 1e-9), TOLD_LEVELS).astype(np.int64)
    heard = level > 0
    received = MOST_BY_SUPPORT * listener_support[met] / (1.0 + listener_support[met])
    return np.sort(
        np.concatenate(
            [
                _rows(tellers[met], minute, REMINDER, first_row + TOLD_LEVELS - 1, 0.0),
                _rows(tellers[met], minute, CONTACT, 0, np.minimum(support * received, 1.0)),
                _rows(listeners[met][heard], minute, REMINDER, first_row + level[heard] - 1, dose),
            ]
        ),
        order=["person", "minute", "kind", "index", "amount"],
    )


def _rows(
    persons: NDArray[np.int64],
    minute: int,
    kind: int,
    index: NDArray[np.int64] | int,
    amount: NDArray[np.float64] | float,
) -> NDArray[np.void]:
    out = np.empty(len(persons), dtype=AWAITED)
    for name, value in zip(AWAITED.names or (), (persons, minute, kind, index, amount), strict=True):
        out[name] = value
    return out


@compiled
def _below(out: Any, seed: Any, ids: Any, minute: int, topic: int, chance: Any) -> None:
    for i in range(len(ids)):
        out[i] = block(seed, streams.TALK, ids[i], minute, topic)[0] < chance[i]


@compiled
def _closeness(kind: int, at_home: bool, distant: float) -> float:
    """Weight of a tie where somebody of the household is told, or somebody outside."""
    if at_home or kind == HOUSEHOLD_TIE:
        return 1.0 if at_home and kind == HOUSEHOLD_TIE else 0.0
    return distant if kind == DISTANT_TIE else 1.0


@compiled
def _choose(
    out: Any,
    seed: Any,
    minute: int,
    topic: int,
    ids: Any,
    pointers: Any,
    indices: Any,
    kinds: Any,
    tellers: Any,
    household: float,
    distant: float,
) -> None:
    """Draw a listener for each teller, by weight along rising ids, so that the order of persons does not matter."""
    for i in range(len(tellers)):
        me = tellers[i]
        u = block(seed, streams.TALK, ids[me], minute, topic)
        first, after = pointers[me], pointers[me + 1]
        mates = 0
        for k in range(first, after):
            if kinds[k] == HOUSEHOLD_TIE:
                mates += 1
        home = mates > 0 and (mates == after - first or u[1] < household)
        total = 0.0
        for k in range(first, after):
            total += _closeness(kinds[k], home, distant)
        if total == 0.0 and mates > 0:  # distant contacts only, and those do not count
            home = True
            total = float(mates)
        point = u[2] * total
        below = 0.0
        last = -1
        while below <= point and total > 0.0:
            following = -1
            for k in range(first, after):
                if _closeness(kinds[k], home, distant) == 0.0 or ids[indices[k]] <= last:
                    continue
                if following < 0 or ids[indices[k]] < ids[indices[following]]:
                    following = k
            if following < 0:
                break  # rounding of the sum: the last one stays
            below += _closeness(kinds[following], home, distant)
            last = ids[indices[following]]
            out[i] = indices[following]


def reminded(
    seed: int, ids: NDArray[np.int64], day: int, number: int, mean: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Reminders that chance brings on one day: positions and uniform times, (0, 1), first, second ... of each person.

    The number of a person's reminders is Poisson with the given mean; `number` (0 to 127) tells apart what reminds.
    """
    place = number << 9
    u = streams.uniforms(seed, streams.REMINDING, ids, day, place)
    chance = total = np.exp(-mean)
    for k in range(1, 1 << 9):
        who = np.flatnonzero(u > total)
        if not len(who):
            return
        yield who, streams.uniforms(seed, streams.REMINDING, ids[who], day, place + k)
        chance *= mean / k
        total += chance
