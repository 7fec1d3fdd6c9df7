"""A study conducted: who is assessed, randomized and treated, as a protocol says, in one world.

It sees persons only through instruments, which read copies, and acts on them only by entries of their agendas. So an
instrument more or an arm more changes nothing for anybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort import allocation, streams
from cohort.designs import Given
from cohort.enrolment import Enrolled
from cohort.errors import InputError
from cohort.instruments import Draws, Read, Seen
from cohort.plan import Plan
from cohort.population import Population
from cohort.readings import probes
from cohort.reference_arm import Reference
from cohort.state import DOSE, INTRUSION
from cohort.tables import Tables
from cohort.worlds import Branch, Offer

DAY = 1440
AT_ONCE = 8192  # persons assessed at a time, so that their copies stay small
NEVER = -1
COLUMNS = ("sex", "age", "ace", "ancestry", "zygosity")  # what instruments may see of the persons table

Put = Callable[[NDArray[np.int64], NDArray[np.int64] | int, int, int, float], None]


class Conduct:
    """The state of one study: counts since the last assessments, scores, who was allotted to what, and what began.

    `put` hands an entry to persons (positions): minute, kind, index, amount. What is read is kept in `reference`, or
    taken from it for all but those who live where only some do (`lives`).
    """

    def __init__(
        self, plan: Plan, enrolled: Enrolled, population: Population, branch: Branch, tables: Tables | None, put: Put,
        reference: Reference | None = None,
    ) -> None:  # fmt: skip
        self.reference = reference
        self.lives: NDArray[np.int64] | None = None  # positions; None: everybody
        self.plan, self.enrolled, self.population, self.tables = plan, enrolled, population, tables
        self.protocol, self.branch, self.put = plan.protocol, branch, put
        n = len(population)
        names = list(self.protocol.instruments)
        self._row = {name: k for k, name in enumerate(names)}
        self._offers = branch.offers
        self._number = {name: k for k, name in enumerate(self.protocol.interventions)}
        self.arrays: dict[str, NDArray[Any]] = {
            "intrusions": np.zeros((len(names), n)),  # of an instrument's scene, since its last assessment
            "distress": np.zeros((len(names), n)),
            "assessed": np.zeros(len(names), dtype=np.int64),  # minute of the last assessment
            "scores": np.full((len(names), n), np.nan),
            "streaks": np.zeros((len(self._number), n), dtype=np.int32),  # assessments in a row that met a rule
            "begun": np.full((len(self._number), n), NEVER, dtype=np.int64),  # minute
            "eligible": np.ones(n, dtype=bool),
            "arm": np.full(n, allocation.NONE, dtype=np.int16),
        }

    # --- when

    @property
    def assessments(self) -> frozenset[int]:
        """Minutes at which something is assessed."""
        return frozenset(m for one in self.protocol.instruments.values() for m in one.minutes)

    def beginnings(self) -> list[tuple[int, Offer]]:
        """What begins at a fixed minute."""
        out = []
        for offer in self._offers:
            minute = self.protocol.starts[offer.given.intervention].minute
            if minute is not None and minute + offer.given.delay < self.plan.end:
                out.append((minute + offer.given.delay, offer))
        return out

    def pending(self) -> list[tuple[int, Offer]]:
        """What will begin because another intervention has begun."""
        out = set()
        for offer in self._offers:
            start = self.protocol.starts[offer.given.intervention]
            if start.anchor is not None:
                begun = self.arrays["begun"][self._number[start.anchor]]
                out |= {(int(m) + start.after + offer.given.delay, offer) for m in np.unique(begun[begun != NEVER])}
        return sorted(out, key=lambda pair: (pair[0], pair[1].given.intervention, pair[1].only or 0))

    # --- what is seen

    def feed(self, log: NDArray[np.void]) -> None:
        """Count what came to mind, each row once."""
        if not self.protocol.instruments:
            return
        intruded = log[log["kind"] == INTRUSION]
        if not len(intruded):
            return
        rows = self.enrolled.rows_of(intruded["person"])
        counted: dict[tuple[str, int], tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        for one in self.protocol.instruments.values():
            k = self._row[one.told.name]
            since = one.scene, int(self.arrays["assessed"][k])
            if since not in counted:
                counted[since] = self._counted(*since, intruded, rows)
            count, felt = counted[since]
            self.arrays["intrusions"][k] += count
            self.arrays["distress"][k] += felt

    def _counted(
        self, scene: str, since: int, intruded: NDArray[np.void], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Intrusions of a scene by person from a minute on, and their distress."""
        mine = (intruded["episode"] == self.plan.episodes[scene]) & (intruded["minute"] >= since)
        n = len(self.population)
        return (
            np.bincount(rows[mine], minlength=n).astype(np.float64),
            np.bincount(rows[mine], weights=intruded["distress"][mine], minlength=n),
        )

    def assess(self, minute: int) -> None:
        """Read every instrument that is due at a minute, then begin what waits for its scores."""
        due = [name for name, one in self.protocol.instruments.items() if minute in one.minutes]
        if due:
            read = self._read(due, minute)
            if self.reference is not None and self.lives is None:
                self.reference.read |= {(minute, name): read[name] for name in due}
            for name in due:
                k = self._row[name]
                state, score = read[name]
                self.arrays["scores"][k] = score
                self.arrays["intrusions"][k] = self.arrays["distress"][k] = 0.0
                self.arrays["assessed"][k] = minute
                if self.tables is not None:
                    self.tables.scores(self.enrolled.ids, minute, k, state, score)
        if minute == self.protocol.randomized:
            self._randomize(minute)
        self._adapt(minute)

    def _read(self, due: list[str], minute: int) -> dict[str, Read]:
        """Readings of everybody, by instrument, of copies that live on to the minute."""
        n = len(self.population)
        out = {name: Read(np.empty(n), np.empty(n)) for name in due}
        everybody = np.arange(n, dtype=np.int64)
        if self.reference is not None and self.lives is not None:
            known, everybody = self.reference.read, self.lives
            out = {name: Read(known[minute, name].state.copy(), known[minute, name].score.copy()) for name in due}
        treated = self._treated()
        for low in range(0, len(everybody), AT_ONCE):
            who = everybody[low : low + AT_ONCE]
            seen, log = self.population.glimpse(minute, who)
            intruded = log[log["kind"] == INTRUSION]
            rows = self.enrolled.rows_of(intruded["person"])
            columns = self.enrolled.columns.of(who)
            told = {name: columns[name] for name in COLUMNS}
            probed = {scene: probes(seen, self.plan.episodes[scene]) for scene in self._scenes(due)}
            for name in due:
                one, k = self.protocol.instruments[name], self._row[name]
                last = int(self.arrays["assessed"][k])
                count, felt = self._counted(one.scene, last, intruded, rows)
                since = Seen.of(
                    probed[one.scene],
                    self.plan.parameters,
                    intrusions=self.arrays["intrusions"][k, who] + count[who],
                    intrusion_distress=self.arrays["distress"][k, who] + felt[who],
                    days=np.full(len(who), (minute - last) / DAY),
                    treated=treated[who],
                    **told,
                )
                ids, seed = self.enrolled.ids[who], self.plan.scenario.study.seed
                draws = Draws(seed, name, ids, minute, self.plan.persons_seed)
                out[name].state[who], out[name].score[who] = one.told.measure(since, draws)
        return out

    def _scenes(self, due: list[str]) -> dict[str, None]:
        return dict.fromkeys(self.protocol.instruments[name].scene for name in due)

    def _treated(self) -> NDArray[np.float64]:
        """1 for who has begun something that the reference arm is not given."""
        usual = {given.intervention for given in self.protocol.arms[self.protocol.reference].given}
        more = [k for name, k in self._number.items() if name not in usual]
        return (self.arrays["begun"][more] != NEVER).any(axis=0).astype(np.float64)

    # --- what is decided

    def _columns(self, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """What an expression reads: scores, columns of persons, or where it says so fields of the state."""
        out = {}
        for name in names:
            if name in self._row:
                out[name] = self.arrays["scores"][self._row[name]]
            elif name in self.enrolled.columns:
                out[name] = self.enrolled.columns[name]
            else:
                out[name] = self.population.column(name)
        return out

    def _holds(self, expression: Any) -> NDArray[np.bool_]:
        n = len(self.population)
        if expression is None:
            return np.ones(n, dtype=bool)
        return np.asarray(expression.evaluate(self._columns(expression.names), n))

    def _randomize(self, minute: int) -> None:
        trial = self.plan.scenario.trial
        assert trial is not None
        eligible = self._holds(self.plan.conditions.get("trial"))
        strata = np.zeros(len(eligible), dtype=np.int64)
        for k in range(len(trial.strata)):
            strata = 2 * strata + self._holds(self.plan.conditions[f"stratum {k}"])
        ids, seed = self.enrolled.ids, self.plan.scenario.study.seed
        ratios = tuple(arm.ratio for arm in self.protocol.arms)
        arm, block = allocation.allot(seed, ids, eligible, strata, ratios, trial.allocation, trial.block)
        self.arrays["eligible"], self.arrays["arm"] = eligible, arm
        later = tuple(m for m in sorted(self.assessments) if m > minute)
        lost = allocation.lost(seed, ids, arm, later, trial.dropout)
        if self.tables is not None:
            self.tables.allocation(ids, eligible, arm, np.where(eligible, strata, -1), block, lost)

    def _adapt(self, minute: int) -> None:
        """Begin what waits for scores, for those who have met its rule often enough in a row."""
        for offer in self._offers:
            name = offer.given.intervention
            rule = self.protocol.starts[name].rule
            if rule is None or minute not in rule.minutes:
                continue
            streak = self.arrays["streaks"][self._number[name]]
            streak[:] = np.where(self._holds(rule.holds), streak + 1, 0)
            if minute + offer.given.delay < self.plan.end:
                self._begin(offer, np.flatnonzero(streak >= rule.times), minute + offer.given.delay)

    def begin(self, offer: Offer, minute: int) -> None:
        """Begin what is due at a minute, for those to whom it is offered."""
        start = self.protocol.starts[offer.given.intervention]
        if start.anchor is None:
            who = np.arange(len(self.population))
        else:
            begun = self.arrays["begun"][self._number[start.anchor]]
            who = np.flatnonzero((begun != NEVER) & (begun + start.after + offer.given.delay == minute))
        self._begin(offer, who, minute)

    def _begin(self, offer: Offer, who: NDArray[np.int64], minute: int) -> None:
        name = offer.given.intervention
        begun = self.arrays["begun"][self._number[name]]
        may = self._holds(self.plan.conditions.get(name)) & (begun == NEVER)
        if self.protocol.randomized is not None:
            may &= self.arrays["eligible"]
        if offer.only is not None:
            may &= self.arrays["arm"] == offer.only
        who = who[may[who]]
        if not len(who):
            return
        begun[who] = minute
        self._treat(offer.given, who, minute)

    def _treat(self, given: Given, who: NDArray[np.int64], minute: int) -> None:
        """Put the sessions of an intervention on agendas: of those who come, until they leave for good."""
        told = self.protocol.interventions[given.intervention]
        ids, seed = self.enrolled.ids[who], self.plan.scenario.study.seed
        occasion = self.plan.keys[told.name]
        stays = np.ones(len(who), dtype=bool)
        for number, (after, steps) in enumerate(self.plan.courses[given.intervention, given.mg], 1):
            if minute + after >= self.plan.end:
                break
            if told.dropout > 0.0 and number > 1:
                stays &= streams.uniforms(seed, streams.ADHERENCE, ids, occasion, 2 * number) >= told.dropout
            comes = stays
            if told.adherence < 1.0:
                u = streams.uniforms(seed, streams.ADHERENCE, ids, occasion, 2 * number + 1)
                comes = stays & (u < told.adherence)
            if self.tables is not None:
                self.tables.sessions(ids, minute + after, self._number[told.name], number, comes)
            for step in steps:
                if minute + step.after < self.plan.end:
                    self.put(who[comes], minute + step.after, step.kind, step.index, step.amount)
                    if step.kind == DOSE and self.tables is not None:
                        self.tables.doses(ids[comes], minute + step.after, step.index, step.amount)

    # --- being kept

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from kept `arrays`. Raises InputError for those of another protocol."""
        for name, mine in self.arrays.items():
            if name not in arrays or arrays[name].shape != mine.shape:
                raise InputError("the unfinished run has another protocol; start the run anew")
            self.arrays[name] = arrays[name].copy()
