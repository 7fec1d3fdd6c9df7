"""The cohort: Mesa schedules what persons share, arrays carry their state, and the order of everything stands here.

Mesa's clock counts days. Shared events, rounds of talk and stops are on its queue; whom an event reaches, and to what
dose, is worked out when its time comes and put on the agendas of these persons. Nobody is advanced until somebody must
be looked at: tellers for what they tell, and everybody at a stop. What stops a person is a matter of the scenario
alone, so results do not depend on threads, blocks, or on being interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import mesa
import numpy as np
from mesa.time import Priority
from numpy.typing import NDArray

from cohort import readings, social, streams
from cohort.actions import entry_of
from cohort.agenda import AWAITED, Agenda
from cohort.enrolment import Enrolled
from cohort.errors import InputError, did_you_mean
from cohort.person import Person
from cohort.plan import Plan, PlannedEvent, Round
from cohort.population import Population
from cohort.readings import MEASURE
from cohort.state import CONTACT, DOSE, INTRUSION, LOG, TRAIT_COLUMNS
from cohort.tables import Tables

DAY = 1440
STATE = ("persons", "memories", "units", "features", "lived")  # arrays of a population that change
AGENTS_ON_DEMAND = 1_000_000  # from so many persons on, agents are made when asked for

# The order of what falls on one minute, with what it does: read by Mesa as priorities, and by a reader.
ORDER: tuple[tuple[str, Priority, str], ...] = (
    ("event", Priority.HIGH, "is put on the agendas of those whom it reaches, each with its own dose"),
    ("talk", Priority.DEFAULT, "reads what all tellers bring back, then writes what it does to tellers and listeners"),
    ("stop", Priority.LOW, "everybody lives up to this minute; logs and measures are written; persons act"),
)
_PRIORITY = {name: priority for name, priority, _ in ORDER}


class Occasion:
    """Something on Mesa's queue. The model holds it, as Mesa keeps callbacks weakly."""

    def __init__(self, do: Callable[[Any], None], what: Any) -> None:
        self.do, self.what = do, what

    def happen(self) -> None:
        """Do it."""
        self.do(self.what)


class CohortModel(mesa.Model):  # type: ignore[misc]
    """A cohort that lives through a plan.

    Parameters
    ----------
    plan : what happens, resolved.
    enrolled : who takes part.
    tables : where records go; None when nothing is kept.
    person : class of the agents; one that overrides `act` is asked after every measure.
    threads : by default one a processor; the result does not depend on it.
    """

    def __init__(
        self,
        plan: Plan,
        enrolled: Enrolled,
        tables: Tables | None = None,
        person: type[Person] = Person,
        threads: int | None = None,
    ) -> None:
        super().__init__(rng=plan.seed)
        self.plan, self.enrolled, self.tables, self.threads = plan, enrolled, tables, threads
        self.population = Population(
            enrolled.traits, plan.seed, plan.scenes, ids=enrolled.ids, overrides=plan.overrides
        )
        n = len(self.population)
        self.measured = np.zeros(n, dtype=MEASURE)
        self.counts = {"intrusions": np.zeros(n, dtype=np.int32), "distress": np.zeros(n)}  # since the last measure
        self.totals = {"intrusions": np.zeros(n, dtype=np.int32), "exposed": np.zeros(n, dtype=bool)}
        self.scheduled = 0  # entries put on agendas
        self.minute = 0  # of the last stop
        self.after_stop: Callable[[CohortModel], None] | None = None
        self._person = person
        self._acting = person.act is not Person.act
        self._logs: list[NDArray[np.void]] = []
        self._occasions: list[Occasion] = []
        if n < AGENTS_ON_DEMAND or self._acting:
            person.create_agents(self, n, list(range(n)))
        if tables is not None:
            tables.persons(enrolled)
        self._schedule(-1)

    # --- Mesa's side

    def _schedule(self, after: int) -> None:
        """Put all that comes later than minute `after` on the queue."""
        happenings: list[tuple[str, int, Callable[[Any], None], Any]] = [
            *(("event", event.minute, self._deliver, event) for event in self.plan.events),
            *(("talk", talk.minute, self._talk, talk) for talk in self.plan.talks),
            *(("stop", minute, self._stop, minute) for minute in self.plan.stops),
        ]
        for name, minute, do, what in happenings:
            if minute > after:
                occasion = Occasion(do, what)
                self._occasions.append(occasion)
                self.schedule_event(occasion.happen, at=minute / DAY, priority=_PRIORITY[name])

    def run(self) -> None:
        """Live to the end of the plan. Raises AssertionError if anything scheduled was not delivered."""
        self.run_until(float(self.plan.days))
        waiting = len(self.population.agenda)
        if self.population.carried_out + waiting != self.scheduled:
            raise AssertionError(
                f"{self.scheduled} entries were scheduled, {self.population.carried_out} carried out, {waiting} wait"
            )
        if self.tables is not None:
            self.tables.memories(self.population)

    def person(self, row: int) -> Person:
        """The agent of one row, made now if agents are made on demand."""
        if len(self.agents):
            return self.agents[row]
        return self._person(self, row)

    # --- columns

    def column(self, name: str) -> NDArray[Any]:
        """A column of all persons by name: of the table of persons, a trait, a measure or a field of the state.

        Raises KeyError for any other name.
        """
        if name in self.enrolled.frame.columns:
            return np.asarray(self.enrolled.frame[name].to_numpy())
        if name in TRAIT_COLUMNS:
            return self.population.traits[:, TRAIT_COLUMNS.index(name)]
        if name in (self.measured.dtype.names or ()):
            return self.measured[name]
        if name in self.totals:
            return self.totals[name]
        return self.population.column(name)

    def value(self, name: str, row: int) -> Any:
        """One person's value of a column. Raises AttributeError for a name that is no column."""
        try:
            found = self.column(name)[row]
        except KeyError:
            raise AttributeError(f"a person has no column '{name}'") from None
        return found.item() if isinstance(found, np.generic) else found

    # --- what happens, in the order of ORDER

    def _deliver(self, event: PlannedEvent) -> None:
        who = self._reached(event)
        ids = self.enrolled.ids[who]
        day, place = divmod(event.occasion, 1 << 15)
        normals = streams.normals(self.plan.seed, streams.EXPOSURE, ids, day, place) if event.amount.drawn else who
        amount = event.amount.amounts(Rows(self.enrolled, who), normals.astype(np.float64))
        self._put(who, event.minute, event.entry_kind, event.index, amount)
        if self.tables is not None:
            self.tables.exposures(event, ids, amount)
        if event.entry_kind in (EXPERIENCE, REMINDER) and self.plan.episode_of(event.index) == self.plan.focus:
            self.totals["exposed"][who] = True

    def _reached(self, event: PlannedEvent) -> NDArray[np.int64]:
        n = len(self.population)
        who = np.arange(n) if event.who is None else np.flatnonzero(event.who.evaluate(self.columns, n))
        if event.share < 1.0:
            day, place = divmod(event.occasion, 1 << 15)
            u = streams.uniforms(self.plan.seed, streams.EXPOSURE, self.enrolled.ids[who], day, place + (1 << 15))
            who = who[u < event.share]
        return who.astype(np.int64)

    def _put(
        self,
        who: NDArray[np.int64],
        minute: NDArray[np.int64] | int,
        kind: int,
        index: NDArray[np.int64] | int,
        amount: NDArray[np.float64] | float,
    ) -> None:
        self.population.deliver(who, minute, kind, index, amount)
        self.scheduled += len(who)

    def _talk(self, talk: Round) -> None:
        """One round: draw who may tell, read what all of them bring back, then write what it does."""
        network = self.enrolled.network
        if network is None:
            return
        seed, ids, constants = self.plan.seed, self.enrolled.ids, self.plan.parameters
        may = social.candidates(seed, talk.minute, talk.rate, ids, talk.topic)
        self._logs.append(self.population.live_until(talk.minute, may, self.threads))
        read = self._recollection(talk, may)
        tell = social.disclosing(seed, talk.minute, talk.rate, ids[may], read, constants, talk.topic)
        tellers, read = may[tell], read[tell]
        listeners = social.partners(seed, talk.minute, ids, network.ties, tellers, constants, talk.topic)
        support = self.column("support").astype(np.float64)[listeners]
        rows = social.exchange(
            talk.minute, tellers, listeners, read, support, talk.first_row, talk.support, talk.dose
        )  # fmt: skip
        self.population.hand(rows)
        self.scheduled += len(rows)
        if self.tables is not None:
            met = listeners >= 0
            received = rows["amount"][rows["kind"] == CONTACT]
            self.tables.talks(talk, ids[tellers[met]], ids[listeners[met]], read.distress[met], received)

    def _recollection(self, talk: Round, who: NDArray[np.int64]) -> social.Recollection:
        """What the episode of a talk brings back to persons, as copies."""
        slots = readings.traces(self.population, who, talk.episode)
        read = slots[np.arange(len(who)), slots["live"].argmax(axis=1)]
        u = streams.uniforms(self.plan.seed, streams.RECALL, self.enrolled.ids[who], talk.minute, talk.episode)
        return social.Recollection(
            recalled=(read["live"] > 0) & (u < read["recall"]),
            accuracy=read["accuracy"].astype(np.float64),
            fragmentation=read["fragmentation"].astype(np.float64),
            distress=read["distress"].astype(np.float64),
            days=(talk.minute - read["encoded"]) / DAY,
            avoidance=self.population.column("avoidance")[who].astype(np.float64),
            support=self.column("support")[who].astype(np.float64),
        )

    def _stop(self, minute: int) -> None:
        self._logs.append(self.population.live_until(minute, None, self.threads))
        log = np.concatenate([np.zeros(0, dtype=LOG), *self._logs])
        log = log[np.lexsort((log["minute"], log["person"]))]
        self._logs = []
        self._count(log)
        self.minute = minute
        if self.tables is not None:
            self.tables.lived(log)
        if minute in self.plan.measures:
            self.measured = readings.measures(self.population, self.plan.focus_episode)
            if self.tables is not None:
                self.tables.measures(minute, self.enrolled.ids, self.measured, self.counts)
            self._act(minute)
            self.counts["intrusions"][:] = 0
            self.counts["distress"][:] = 0.0
        self._remind(minute)
        if self.after_stop is not None:
            self.after_stop(self)

    def _count(self, log: NDArray[np.void]) -> None:
        """Add what intruded to the counts of each person."""
        mine = log[log["kind"] == INTRUSION]
        rows = self.enrolled.rows_of(mine["person"])
        number = np.bincount(rows, minlength=len(self.population)).astype(np.int32)
        self.counts["intrusions"] += number
        self.totals["intrusions"] += number
        self.counts["distress"] += np.bincount(rows, weights=mine["distress"], minlength=len(self.population))

    def _act(self, minute: int) -> None:
        """Ask the persons of a class that acts what they do."""
        if not self._acting:
            return
        for agent in self.agents:
            for action in agent.act():
                after, kind, index, amount = entry_of(action, self._planned)
                who = np.array([agent.row])
                self._put(who, minute + after, kind, index, amount)
                if kind == DOSE and self.tables is not None:
                    self.tables.doses(self.enrolled.ids[who], minute + after, index, amount)

    def _planned(self, name: str) -> tuple[int, int]:
        found = {event.name: (event.entry, event.index) for event in self.plan.events}
        if name not in found:
            raise InputError(f"Happen: no event is named '{name}'{did_you_mean(name, found)}")
        return found[name]

    def _remind(self, minute: int) -> None:
        """Draw the reminders of the days until the next stop: so many a day, in waking hours, person by person."""
        later = [stop for stop in self.plan.stops if stop > minute]
        if not later or not self.plan.reminders:
            return
        for day in range(-(-minute // DAY), -(-later[0] // DAY)):
            for number, reminder in enumerate(self.plan.reminders):
                for who, when in reminder.on(day, number, self.plan, self.enrolled.ids):
                    self._put(who, when, reminder.entry, reminder.index, 0.0)

    # --- being interrupted

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """All that a run needs to go on from the last stop: arrays (not copies), and JSON types.

        Raises InputError for an attribute of an agent that is no JSON type.
        """
        p = self.population
        arrays = {name: getattr(p, name) for name in STATE}
        arrays |= {f"agenda_{name}": np.ascontiguousarray(p.agenda.rows()[name]) for name in AWAITED.names or ()}
        arrays |= {f"measured_{name}": np.ascontiguousarray(self.measured[name]) for name in MEASURE.names or ()}
        arrays |= {f"total_{name}": values for name, values in self.totals.items()}
        meta = {"minute": self.minute, "scheduled": self.scheduled, "carried_out": p.carried_out}
        return arrays, meta | {"agents": self._attributes()}

    def _attributes(self) -> list[dict[str, Any]]:
        if self._person is Person:
            return []
        usual = {"model", "unique_id", "pos", "row"}
        out = [{k: v for k, v in vars(agent).items() if k not in usual and k[0] != "_"} for agent in self.agents]
        try:
            json.dumps(out, allow_nan=False)
        except (TypeError, ValueError) as fault:
            raise InputError(
                f"{self._person.__name__}: an attribute cannot be kept in a checkpoint ({fault}); permitted: numbers, "
                "text, lists and dictionaries of these"
            ) from None
        return out

    def restore(self, arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, in a model of the same plan that has not run."""
        p = self.population
        for name in STATE:
            getattr(p, name)[...] = arrays[name]
        rows = np.zeros(len(arrays["agenda_person"]), dtype=AWAITED)
        for name in AWAITED.names or ():
            rows[name] = arrays[f"agenda_{name}"]
        p.agenda = Agenda.of(rows)
        for name in MEASURE.names or ():
            self.measured[name] = arrays[f"measured_{name}"]
        for name, values in self.totals.items():
            values[...] = arrays[f"total_{name}"]
        self.minute, self.scheduled, p.carried_out = meta["minute"], meta["scheduled"], meta["carried_out"]
        for agent, attributes in zip(self.agents, meta["agents"], strict=False):
            vars(agent).update(attributes)
        self._event_list.clear()
        self._occasions = []
        self.time = self.minute / DAY
        self._schedule(self.minute)
