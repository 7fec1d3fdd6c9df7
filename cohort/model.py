"""The cohort: Mesa schedules what persons share, arrays carry their state, and the order of everything stands here.

Mesa's clock counts days. Shared events, rounds of talk and stops are on its queue; whom an event reaches, and to what
dose, is worked out when its time comes and put on the agendas of these persons. Nobody is advanced until somebody must
be looked at: who may tell, for what there is to tell, and everybody at a stop. What stops a person is a matter of the
scenario alone, so results do not depend on threads, on blocks of persons, or on having been interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import batched
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from cohort import readings, social, streams
from cohort.actions import entry_of
from cohort.agenda import AWAITED, Agenda, awaited
from cohort.conduct import Conduct
from cohort.engram.readout import MEASURE
from cohort.enrolment import Enrolled
from cohort.errors import InputError, did_you_mean
from cohort.onset import settle
from cohort.order import ORDER, TREAT, Occasion
from cohort.person import Person, attributes_of
from cohort.plan import Plan, PlannedEvent, PlannedTalk
from cohort.population import BLOCK, UNSEEN, Population
from cohort.recollection import recollection
from cohort.reference_arm import Reference
from cohort.state import CONTACT, DOSE, EVERYDAY, EXPERIENCE, INTRUSION, LOG, REMINDER
from cohort.tables import Tables
from cohort.worlds import Branch, Offer, tree

DAY = 1440
AGENTS_ON_DEMAND = 1_000_000  # from so many persons on, agents are made when asked for
AT_ONCE = 1 << 13  # persons whose log is written at a time, while the next ones live
CONDUCT = "conduct_"  # before the names of its arrays, among those of a model's state
STATE = ("persons", "memories", "units", "features", "lived")  # arrays of a population that change


class CohortModel(mesa.Model):  # type: ignore[misc]
    """A cohort that lives through a plan.

    Parameters
    ----------
    plan : what happens, resolved.
    enrolled : who takes part.
    tables : where records go; None when nothing is kept.
    person : class of the agents; one that overrides `act` is asked after every measure.
    threads : by default one a processor; the result does not depend on it.
    branch : which worlds of the plan's trial it lives, and from when to when; by default those that share the start.
    reference : keeps what instruments read.
    """

    def __init__(
        self,
        plan: Plan,
        enrolled: Enrolled,
        tables: Tables | None = None,
        person: type[Person] = Person,
        threads: int | None = None,
        branch: Branch | None = None,
        reference: Reference | None = None,
    ) -> None:
        super().__init__(rng=plan.scenario.study.seed)
        self.plan, self.enrolled, self.tables = plan, enrolled, tables
        self.seed = plan.scenario.study.seed
        self.population = Population(
            enrolled.traits, self.seed, plan.scenes, enrolled.ids, plan.scenario.parameters, threads
        )
        settle(self.population, self.seed)
        n = len(self.population)
        self._measured: NDArray[np.void] | None = np.zeros(n, dtype=MEASURE)
        # Since the last measure; and since the study began, `exposed` to the focus episode.
        self.since: dict[str, NDArray[Any]] = {"intrusions": np.zeros(n, dtype=np.int32), "distress": np.zeros(n)}
        self.ever: dict[str, NDArray[Any]] = {"intruded": np.zeros(n, dtype=np.int32), "exposed": np.zeros(n, bool)}
        self.scheduled = 0  # entries put on agendas
        self.minute = 0  # of the last stop
        self.after_stop: Callable[[CohortModel], None] | None = None
        self._person, self._acting = person, person.act is not Person.act
        self._logs: list[NDArray[np.void]] = []
        self._occasions: list[Occasion] = []
        self._due = 0  # occasions put on the queue
        self._pending: set[tuple[int, Offer]] = set()  # of these, what waits for another intervention
        self._made: dict[int, Person] = {}  # agents by row
        if n < AGENTS_ON_DEMAND or self._acting:
            self._made = {row: person(self, row) for row in range(n)}
        self.branch = tree(plan) if branch is None else branch
        self.conduct = Conduct(plan, enrolled, self.population, self.branch, tables, self._put, reference)
        self._begun = False

    # --- Mesa's side

    def _schedule(self, after: int) -> None:
        """Put everything after the stop at minute `after` on the queue: what that minute brings itself comes later."""
        talk = self.plan.talk
        stops = {0, *self.plan.stops}
        happenings: dict[str, list[tuple[int, Callable[[Any], None], Any]]] = {
            "stop": [(minute, self._stop, minute) for minute in self.plan.stops if minute > after],
            "assess": [(minute, self._assess, minute) for minute in sorted(self.conduct.assessments - stops)],
            "event": [(event.minute, self._deliver, event) for event in self.plan.events],
            "treat": [(minute, self._treat, offer) for minute, offer in self.conduct.beginnings()],
            "talk": [] if talk is None else [(minute, self._talk, minute) for minute in talk.rounds],
        }
        for name, priority, _ in ORDER:
            for minute, do, what in happenings[name]:
                if after <= minute and (minute < self.branch.end or (name == "stop" and minute == self.branch.end)):
                    self._await(minute, do, what, priority)
        self._await_pending(after)

    def _await(self, minute: int, do: Callable[[Any], None], what: Any, priority: Any) -> None:
        occasion = Occasion(do, what)
        self._occasions.append(occasion)
        self._due += 1
        self.schedule_event(occasion.happen, at=minute / DAY, priority=priority)

    def _await_pending(self, now: int) -> None:
        """Put on the queue what will begin because something else has begun."""
        for minute, offer in self.conduct.pending():
            if now <= minute < self.branch.end and (minute, offer) not in self._pending:
                self._pending.add((minute, offer))
                self._await(minute, self._treat, offer, TREAT)

    def run(self) -> None:
        """Live to the end of the branch. Raises AssertionError if anything scheduled was not delivered."""
        if not self._begun:
            self.begin()
        if self.branch.end > self.minute:  # worlds may part again where they have just parted
            self.run_until(self.branch.end / DAY)
        came = sum(occasion.happened for occasion in self._occasions)
        if came != self._due:
            raise AssertionError(f"{self._due} occasions were put on the queue and {came} came")
        done, rows = self.population.carried_out, self.population.agenda.rows()
        beyond = int(np.count_nonzero(rows["minute"] >= self.branch.end))
        if done + beyond != self.scheduled or beyond != len(rows):
            raise AssertionError(
                f"{self.scheduled} entries were scheduled: {done} were carried out, {beyond} lie beyond the end, "
                f"{len(rows) - beyond} were left behind"
            )
        if self.tables is not None and self.branch.end == self.plan.end:
            self.tables.memories(self.population)

    def begin(self) -> None:
        """Open the study: what is assessed at its first minute, and the queue. `run` does it where it is due."""
        self._begun = True
        self.conduct.assess(0)
        self._schedule(-1)
        self._remind(0)

    def spare(self, all_but: NDArray[np.int64], reference: Reference) -> None:
        """Let only these live (positions), before the model is restored; others are as in the `reference`.

        Their state stays as it was.
        """
        self.conduct.reference, self.conduct.lives = reference, all_but

    def person(self, row: int) -> Person:
        """The agent of one row, made now if agents are made on demand."""
        if row not in self._made:
            self._made[row] = self._person(self, row)
        return self._made[row]

    # --- columns

    def column(self, name: str) -> NDArray[Any]:
        """A column of all persons by name: of the table of persons, a trait, a measure or a field of the state.

        Raises KeyError for any other name.
        """
        if name in self.enrolled.columns:
            return self.enrolled.columns[name]
        for columns in (self.since, self.ever):
            if name in columns:
                return columns[name]
        return self.measured[name] if name in (MEASURE.names or ()) else self.population.column(name)

    @property
    def measured(self) -> NDArray[np.void]:
        """State of everybody at the last stop (`MEASURE`), read when it is first asked for."""
        if self._measured is None:
            lives = self.conduct.lives
            if np.any((self.population.lived if lives is None else self.population.lived[lives]) > self.minute):
                raise AssertionError(f"the state at minute {self.minute} was asked for when persons had lived on")
            self._measured = readings.measures(self.population, self.plan.focus)
        return self._measured

    def value(self, name: str, row: int) -> Any:
        """One person's value of a column. Raises AttributeError for a name that is no column."""
        try:
            found = self.column(name)[row]
        except KeyError:
            raise AttributeError(f"a person has no column '{name}'") from None
        return found.item() if isinstance(found, np.generic) else found

    # --- what happens, in the order of ORDER

    def advance(
        self,
        minute: int,
        who: NDArray[np.int64] | None = None,
        episode: int = -1,
        seen: NDArray[np.void] = UNSEEN,
    ) -> Iterator[NDArray[np.void]]:
        """Take `who` (positions; everybody when left out) to a minute: the one place of living.

        Gives the log in parts, by person, while others live on; all have lived when the last part has been given, and
        `seen` (`MEASURE`) holds what is read of each and of an `episode`, unless it is empty.
        """
        for log in self.population.living_until(minute, who, episode=episode, seen=seen):
            self.conduct.feed(log)
            yield log

    def _assess(self, minute: int) -> None:
        self.conduct.assess(minute)
        self._await_pending(minute)

    def _treat(self, offer: Offer) -> None:
        minute = round(self.time * DAY)
        self.conduct.begin(offer, minute)
        self._await_pending(minute)

    def _deliver(self, event: PlannedEvent) -> None:
        who = self._reached(event)
        ids = self.enrolled.ids[who]
        normals = np.zeros(len(who))
        if event.amount.drawn:
            normals = streams.normals(self.seed, streams.EXPOSURE, ids, event.occasion, 1)
        amount = event.amount.amounts(self.enrolled.columns.of(who), normals)
        self._put(who, event.minute, event.entry_kind, event.index, amount)
        if event.entry_kind in (EXPERIENCE, REMINDER) and self.plan.scenes["episode"][event.index] == self.plan.focus:
            self.ever["exposed"][who[amount > 0.0]] = True  # a mere reminder exposes nobody
        if self.tables is not None:
            self.tables.exposures(event, ids, amount)

    def _reached(self, event: PlannedEvent) -> NDArray[np.int64]:
        """Positions of those whom an event reaches."""
        n = len(self.population)
        who = np.arange(n)
        if event.who is not None:
            who = np.flatnonzero(event.who.evaluate({name: self.column(name) for name in event.who.names}, n))
        if event.share < 1.0:
            u = streams.uniforms(self.seed, streams.EXPOSURE, self.enrolled.ids[who], event.occasion, 0)
            who = who[u < event.share]
        return who

    def _put(
        self,
        who: NDArray[np.int64],
        minute: NDArray[np.int64] | int,
        kind: int,
        index: NDArray[np.int64] | int,
        amount: NDArray[np.float64] | float,
    ) -> None:
        rows = awaited(who, minute, kind, index, amount)
        self._hand(rows if self.conduct.lives is None else rows[np.isin(rows["person"], self.conduct.lives)])

    def _hand(self, rows: NDArray[np.void]) -> None:
        self.population.hand(rows)
        self.scheduled += len(rows)

    def _talk(self, minute: int) -> None:
        """One round: of all episodes read what those bring back who may tell, then hand out what telling does."""
        talk = self.plan.talk
        if talk is None or self.enrolled.network is None:
            return
        ids, constants, ties = self.enrolled.ids, self.plan.parameters, self.enrolled.network.ties
        for topic, episode in enumerate(talk.about):
            may = social.candidates(self.seed, minute, talk.rate, ids, topic)
            seen = np.zeros(len(may), dtype=MEASURE)
            self._logs.extend(self.advance(minute, may, episode, seen))
            support = self.column("support")[may].astype(np.float64)
            read = recollection(self.seed, minute, episode, ids[may], seen, support)
            tell = social.disclosing(self.seed, minute, talk.rate, ids[may], read, constants, topic)
            tellers, read = may[tell], read[tell]
            listeners = social.partners(self.seed, minute, ids, ties, tellers, constants, topic)
            self._exchange(minute, topic, talk, tellers, listeners, read)

    def _exchange(
        self,
        minute: int,
        topic: int,
        talk: PlannedTalk,
        tellers: NDArray[np.int64],
        listeners: NDArray[np.int64],
        read: social.Recollection,
    ) -> None:
        support = self.column("support")[listeners].astype(np.float64)
        rows = social.exchange(minute, tellers, listeners, read, support, talk.told[topic], talk.support, talk.dose)
        self._hand(rows)
        met = listeners >= 0
        if talk.about[topic] == self.plan.focus:
            self.ever["exposed"][rows["person"][rows["kind"] == REMINDER]] = True
        if self.tables is not None:
            ids, contacts = self.enrolled.ids, rows[rows["kind"] == CONTACT]  # by person, one for each teller
            received = contacts["amount"][np.searchsorted(contacts["person"], tellers[met])]
            distress = read.distress[met].astype(np.float64)
            self.tables.talks(minute, talk.about[topic], ids[tellers[met]], ids[listeners[met]], distress, received)

    def _stop(self, minute: int) -> None:
        if self.minute in self.plan.measures:  # until now `who` and persons could read what it counted
            for counted in self.since.values():
                counted[:] = 0
        self.minute = minute
        tables = self.tables if minute in self.plan.measures else None
        kept = tables is not None and tables.keeps("measures")
        self._measured = self._live_all(minute, read=kept)  # of all: where measures are kept, `spared` spares nobody
        if tables is not None and kept:
            tables.measures(minute, self.enrolled.ids, self.measured, self.since)
        self._assess(minute)
        if minute in self.plan.measures:
            self._act(minute)
        self._remind(minute)
        if self.after_stop is not None:
            self.after_stop(self)

    def _live_all(self, minute: int, read: bool) -> NDArray[np.void] | None:
        """Advance everybody, and hand on what came to mind since the last stop by person and minute.

        Some persons at a time, so that no log of all of them is ever held. Returns their state at the end of it
        (`measured`), if it is to be `read` on the way.
        """
        earlier = self._in_order(np.concatenate([np.zeros(0, dtype=LOG), *self._logs]))  # of those looked at meanwhile
        self._logs = []
        lives = self.conduct.lives
        ids = self.enrolled.ids if lives is None else self.enrolled.ids[lives]
        seen = np.zeros(len(ids), dtype=MEASURE) if read else UNSEEN
        done = first = 0
        for parts in batched(self.advance(minute, lives, self.plan.focus, seen), max(AT_ONCE // BLOCK, 1)):
            done += len(parts) * BLOCK
            last = len(earlier) if done >= len(ids) else np.searchsorted(earlier["person"], ids[done])
            log = np.concatenate([earlier[first:last], *parts])
            if first < last:  # else it is in order as it comes
                log = self._in_order(log)
            first = last
            self._count(log)
            if self.tables is not None:
                self.tables.lived(log)
        return seen if read else None

    def _in_order(self, log: NDArray[np.void]) -> NDArray[np.void]:
        """A log by person, then minute; ties stay as they are."""
        span = int(log["minute"].max(initial=0)) + 1  # what runs over a stop lies beyond it
        place = self.enrolled.rows_of(log["person"]) * span + log["minute"]
        return log[np.argsort(place, kind="stable")]

    def _count(self, log: NDArray[np.void]) -> None:
        """Add what intruded to the counts of each person; the log is by person."""
        intruded = log["kind"] == INTRUSION
        rows = self.enrolled.rows_of(log["person"][intruded])
        if not len(rows):
            return
        some = slice(rows[0], rows[-1] + 1)
        number = np.bincount(rows - rows[0]).astype(np.int32)
        self.since["intrusions"][some] += number
        self.ever["intruded"][some] += number
        self.since["distress"][some] += np.bincount(rows - rows[0], weights=log["distress"][intruded])

    def _act(self, minute: int) -> None:
        """Ask the persons of a class that acts what they do."""
        if not self._acting:
            return
        for row, agent in self._made.items():
            for action in agent.act():
                after, kind, index, amount = entry_of(action, self._planned)
                who = np.array([row])
                self._put(who, minute + after, kind, index, amount)
                if kind == DOSE and self.tables is not None:
                    self.tables.doses(self.enrolled.ids[who], minute + after, index, amount)

    def _planned(self, name: str) -> tuple[int, int]:
        found = {event.name: (event.entry_kind, event.index) for event in self.plan.events}
        if name not in found:
            raise InputError(f"Happen: no event is named '{name}'{did_you_mean(name, found)}")
        return found[name]

    def _remind(self, minute: int) -> None:
        """Draw the reminders of the days up to the next stop: so many a day, in waking hours, person by person."""
        following = next((stop for stop in self.plan.stops if stop > minute), None)
        if following is None:
            return
        wake, waking = (
            60.0 * self.plan.parameters["wake"],
            60.0 * (self.plan.parameters["bed"] - self.plan.parameters["wake"]),
        )
        for number, reminders in enumerate(self.plan.reminders):
            met: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
            for day in range(-(-minute // DAY), -(-following // DAY)):
                for who, u in social.reminded(self.seed, self.enrolled.ids, day, number, reminders.per_week / 7.0):
                    when = day * DAY + (wake + waking * u).astype(np.int64)
                    within = (when >= max(reminders.first, minute)) & (when <= reminders.last)
                    met.append((who[within], when[within]))
            if met:
                who, when = (np.concatenate(part) for part in zip(*met, strict=True))
                self._put(who, when, REMINDER, reminders.index, EVERYDAY)

    # --- being interrupted

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """All that a run needs to go on from the last stop: arrays (not copies), and JSON types.

        Raises InputError for an attribute of an agent that is no JSON type.
        """
        p = self.population
        arrays = {name: getattr(p, name) for name in STATE}
        arrays |= {f"agenda_{name}": np.ascontiguousarray(p.agenda.rows()[name]) for name in AWAITED.names or ()}
        arrays |= {f"measured_{name}": np.ascontiguousarray(self.measured[name]) for name in MEASURE.names or ()}
        arrays |= {f"since_{name}": values for name, values in self.since.items()}
        arrays |= {f"ever_{name}": values for name, values in self.ever.items()}
        arrays |= {CONDUCT + name: values for name, values in self.conduct.arrays.items()}
        meta = {"minute": self.minute, "scheduled": self.scheduled, "carried_out": p.carried_out}
        chance = {"numpy": self.rng.bit_generator.state, "python": self.random.getstate()}  # persons may draw
        return arrays, meta | {"agents": attributes_of(self._person, self._made), "chance": chance}

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, in a model of the same plan that has not run."""
        p = self.population
        for name in STATE:
            getattr(p, name)[...] = arrays[name]
        rows = np.zeros(len(arrays["agenda_person"]), dtype=AWAITED)
        for name in AWAITED.names or ():
            rows[name] = arrays[f"agenda_{name}"]
        beside = len(rows)
        if self.conduct.lives is not None:
            rows = rows[np.isin(rows["person"], self.conduct.lives)]
        beside -= len(rows)
        p.agenda = Agenda.of(rows)
        self._measured = measured = np.zeros(len(p), dtype=MEASURE)
        for name in MEASURE.names or ():
            measured[name] = arrays[f"measured_{name}"]
        for title, columns in (("since", self.since), ("ever", self.ever)):
            for name, values in columns.items():
                values[...] = arrays[f"{title}_{name}"]
        self.conduct.restore({name: arrays[CONDUCT + name] for name in self.conduct.arrays})
        self.minute, self.scheduled, p.carried_out = meta["minute"], meta["scheduled"] - beside, meta["carried_out"]
        for row, attributes in meta["agents"]:
            self.person(row).__dict__.update(attributes)
        self.rng.bit_generator.state = meta["chance"]["numpy"]
        version, internal, gauss = meta["chance"]["python"]
        self.random.setstate((version, tuple(internal), gauss))
        self._event_list.clear()
        self._occasions, self._due, self._pending = [], 0, set()
        self._begun = True
        self.time = self.minute / DAY
        self._schedule(self.minute)
