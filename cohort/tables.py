"""What happens in a cohort, turned into rows of a run's tables as it happens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort import readings
from cohort.codebook import EVENT_KINDS, intrusion_rows, observed_name, recall_rows, tables, with_arms
from cohort.columns import Layout
from cohort.drugs import load_drugs
from cohort.engram.readout import TRACE
from cohort.enrolment import Enrolled
from cohort.genome import ANCESTRIES, FAMILIES, SCORE
from cohort.plan import Plan, PlannedEvent
from cohort.population import Population
from cohort.records import Recorder
from cohort.state import DOSE, EXPERIENCE, RECALL, REMINDER, SLOTS, TRAIT_COLUMNS
from cohort.traits import SEXES
from cohort.worlds import Branch

SCENIC = (EXPERIENCE, REMINDER, RECALL)  # kinds of entry that name a row of scenes
AT_ONCE = 20_000  # persons whose memories are read at a time
_WORDS = {"zygosity": FAMILIES, "ancestry": ANCESTRIES, "sex": SEXES}


def layouts(
    plan: Plan, variants: Sequence[str], *, observed: bool = False, wanted: Collection[str] | None = None
) -> dict[str, Layout]:
    """The tables that a run of this plan writes, or those of them that are `wanted`.

    `variants` stand in the table of persons. With `observed`, those of the trial as it is seen are there as well.
    """
    arms = [arm.name for arm in plan.protocol.arms] if plan.protocol.randomized is not None else []
    every = _layouts(plan, variants, arms)
    kept = {name: layout for name, layout in every.items() if wanted is None or name in wanted}
    return with_arms(kept, arms, observed=observed)


def _layouts(plan: Plan, variants: Sequence[str], arms: Sequence[str]) -> dict[str, Layout]:
    return tables(
        episodes=list(plan.episodes),
        events=[event.name for event in plan.scenario.events],
        scenes=list(plan.episodes),
        drugs=list(load_drugs()),
        groups=list(plan.groups),
        variants=variants,
        scores=[f"{SCORE}{trait}" for trait in plan.scenario.population.polygenic_scores],
        arms=arms,
        interventions=list(plan.protocol.interventions),
        instruments=list(plan.protocol.instruments),
    )


class Tables:
    """Hands rows to a recorder, of the tables that it keeps, for every world that lives through what happens."""

    def __init__(self, recorder: Recorder, plan: Plan, branch: Branch) -> None:
        self._recorder = recorder
        self._plan = plan
        arms = [world.arm for world in branch.worlds if world.arm is not None]
        trial = plan.protocol.randomized is not None
        self._arms: list[int | None] = [*arms] if trial else [None]
        if len(arms) == len(plan.protocol.arms):
            self._arms = [None]  # what all of them share
        self._trial, self._observed = trial, any(world.arm is None for world in branch.worlds)
        self._events = [event.name for event in plan.scenario.events]
        self._intrusions = plan.scenario.records.intrusions

    def keeps(self, table: str) -> bool:
        """Whether rows of a table are kept."""
        return table in self._recorder.rows

    def _write(self, table: str, columns: dict[str, Any]) -> None:
        """Rows of a table that depends on the world."""
        if not self.keeps(table):
            return
        if not self._trial:
            self._recorder.write(table, columns)
            return
        n = len(next(iter(columns.values())))
        for arm in self._arms:
            self._recorder.write(table, {"arm": np.full(n, -1 if arm is None else arm), **columns})
        if self._observed:
            self._recorder.write(observed_name(table), columns)

    def allocation(
        self, ids: NDArray[np.int64], eligible: NDArray[np.bool_], arm: NDArray[np.int16], stratum: NDArray[np.int64],
        block: NDArray[np.int32], lost: NDArray[np.int32],
    ) -> None:  # fmt: skip
        """Who was randomized to which arm (-1 and below 0: missing)."""
        if not self.keeps("allocation"):
            return
        columns: dict[str, Any] = {"person": ids, "eligible": eligible, "arm": arm}
        for name, values in (("stratum", stratum), ("block", block), ("lost", lost)):
            columns[name] = np.ma.masked_array(values, mask=values < 0)
        self._recorder.write("allocation", columns)

    def scores(
        self, ids: NDArray[np.int64], minute: int, instrument: int, state: NDArray[np.float64],
        score: NDArray[np.float64],
    ) -> None:  # fmt: skip
        """Readings of one instrument, by its position, NaN where undefined or missing."""
        n = len(ids)
        columns = {"person": ids, "minute": np.full(n, minute), "instrument": np.full(n, instrument)}
        self._write("scores", columns | {"state": state, "score": score})

    def sessions(
        self, ids: NDArray[np.int64], minute: int, intervention: int, session: int, attended: NDArray[np.bool_]
    ) -> None:
        """One session of an intervention, by its position, that was due."""
        n = len(ids)
        columns = {"person": ids, "minute": np.full(n, minute), "intervention": np.full(n, intervention)}
        self._write("sessions", columns | {"session": np.full(n, session), "attended": attended})

    def persons(self, enrolled: Enrolled) -> None:
        """Who takes part."""
        if not self.keeps("persons"):
            return
        frame = enrolled.frame
        n = len(frame)
        columns: dict[str, Any] = {}
        for name in frame.columns:
            columns[name] = frame[name].cat.codes.to_numpy() if name in _WORDS else frame[name].to_numpy()
        columns.setdefault("participant", [None] * n)
        for name in ("x", "y", "distance"):
            columns.setdefault(name, np.full(n, np.nan, dtype=np.float32))
        columns |= {name: enrolled.traits[:, k] for k, name in enumerate(TRAIT_COLUMNS)}
        self._recorder.write("persons", columns)

    def exposures(self, event: PlannedEvent, ids: NDArray[np.int64], dose: NDArray[np.float64]) -> None:
        """Whom an event reached, and to what dose; a drug's doses go to their own table as well."""
        n = len(ids)
        scene = self._plan.scenes["episode"][event.index] if event.entry_kind in SCENIC else -1
        self._write(
            "exposures",
            {
                "person": ids,
                "minute": np.full(n, event.minute),
                "event": np.full(n, self._events.index(event.name)),
                "kind": np.full(n, EVENT_KINDS.index(event.kind)),
                "scene": np.full(n, scene),
                "dose": dose,
            },
        )
        if event.entry_kind == DOSE:
            self.doses(ids, event.minute, event.index, dose)

    def doses(self, ids: NDArray[np.int64], minute: int, drug: int, mg: NDArray[np.float64] | float) -> None:
        """Doses of one drug, by its position among the drugs."""
        n = len(ids)
        columns = {"person": ids, "minute": np.full(n, minute), "drug": np.full(n, drug)}
        self._write("doses", columns | {"mg": np.broadcast_to(np.asarray(mg, dtype=np.float64), n)})

    def talks(
        self, minute: int, episode: int, tellers: NDArray[np.int64], listeners: NDArray[np.int64],
        distress: NDArray[np.floating[Any]], support: NDArray[np.floating[Any]],
    ) -> None:  # fmt: skip
        """Who told whom, by id."""
        n = len(tellers)
        self._write(
            "talks",
            {
                "teller": tellers,
                "listener": listeners,
                "minute": np.full(n, minute),
                "episode": np.full(n, episode),
                "distress": distress,
                "support": support,
            },
        )

    def lived(self, log: NDArray[np.void]) -> None:
        """What came to mind, from a log (`state.LOG`)."""
        if self._intrusions and self.keeps("intrusions"):
            self._write("intrusions", intrusion_rows(log))
        if self.keeps("recalls"):
            self._write("recalls", recall_rows(log))

    def measures(
        self, minute: int, ids: NDArray[np.int64], read: NDArray[np.void], counts: dict[str, NDArray[Any]]
    ) -> None:
        """The state of everybody at a measure, and what has been counted since the last one."""
        n = len(ids)
        held = read["held"] > 0
        focus = {
            name: np.where(held, read[name], np.float32(np.nan))
            for name in ("recall", "vividness", "accuracy", "fragmentation", "charge")
        }
        now = {"minute": np.full(n, minute), "day": np.full(n, minute // 1440)}
        state = {name: read[name] for name in ("load", "avoidance", "control", "live")}
        self._write("measures", {"person": ids, **now, **counts, **state, **focus})

    def memories(self, population: Population) -> None:
        """All memories that are held."""
        if not self.keeps("memories"):
            return
        for low in range(0, len(population), AT_ONCE):
            who = np.arange(low, min(low + AT_ONCE, len(population)), dtype=np.int64)
            read = readings.traces(population, who).reshape(-1)
            place = np.flatnonzero(read["live"])
            found = read[place]
            wanted = [name for name in TRACE.names or () if name != "live"]
            columns = {name: np.ascontiguousarray(found[name]) for name in wanted}
            columns.pop("distress")
            self._write("memories", {"person": population.ids[who[place // SLOTS]], **columns})
