"""What happens in a cohort, turned into rows of a run's tables as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort import readings
from cohort.codebook import EVENT_KINDS, intrusion_rows, recall_rows, tables
from cohort.columns import Layout
from cohort.drugs import load_drugs
from cohort.enrolment import Enrolled
from cohort.genome import ANCESTRIES, FAMILIES
from cohort.plan import Plan, PlannedEvent
from cohort.population import Population
from cohort.readings import TRACE
from cohort.records import Recorder
from cohort.state import DOSE, EXPERIENCE, RECALL, REMINDER, SLOTS, TRAIT_COLUMNS
from cohort.traits import SEXES

SCENIC = (EXPERIENCE, REMINDER, RECALL)  # kinds of entry that name a row of scenes
AT_ONCE = 20_000  # persons whose memories are read at a time
_WORDS = {"zygosity": FAMILIES, "ancestry": ANCESTRIES, "sex": SEXES}


def layouts(plan: Plan, variants: Sequence[str]) -> dict[str, Layout]:
    """The tables that a run of this plan writes; `variants` stand in the table of persons."""
    return tables(
        episodes=list(plan.episodes),
        events=[event.name for event in plan.scenario.events],
        scenes=list(plan.episodes),
        drugs=list(load_drugs()),
        groups=list(plan.groups),
        variants=variants,
    )


class Tables:
    """Hands rows to a recorder."""

    def __init__(self, recorder: Recorder, plan: Plan) -> None:
        self._recorder = recorder
        self._plan = plan
        self._events = [event.name for event in plan.scenario.events]
        self._intrusions = plan.scenario.records.intrusions

    def persons(self, enrolled: Enrolled) -> None:
        """Who takes part."""
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
        self._recorder.write(
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
        self._recorder.write("doses", columns | {"mg": np.broadcast_to(np.asarray(mg, dtype=np.float64), n)})

    def talks(
        self, minute: int, episode: int, tellers: NDArray[np.int64], listeners: NDArray[np.int64],
        distress: NDArray[np.floating[Any]], support: NDArray[np.floating[Any]],
    ) -> None:  # fmt: skip
        """Who told whom, by id."""
        n = len(tellers)
        self._recorder.write(
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
        if self._intrusions:
            self._recorder.write("intrusions", intrusion_rows(log))
        self._recorder.write("recalls", recall_rows(log))

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
        self._recorder.write("measures", {"person": ids, **now, **counts, **state, **focus})

    def memories(self, population: Population) -> None:
        """All memories that are held."""
        for low in range(0, len(population), AT_ONCE):
            who = np.arange(low, min(low + AT_ONCE, len(population)), dtype=np.int64)
            read = readings.traces(population, who).reshape(-1)
            place = np.flatnonzero(read["live"])
            found = read[place]
            wanted = [name for name in TRACE.names or () if name != "live"]
            columns = {name: np.ascontiguousarray(found[name]) for name in wanted}
            columns.pop("distress")
            self._recorder.write("memories", {"person": population.ids[who[place // SLOTS]], **columns})
