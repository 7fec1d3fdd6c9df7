"""Scenarios from Python: ``cohort.Scenario.load("flood").run(persons=2000)`` gives the tables of a run."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from cohort import language, scenario
from cohort.person import Person
from cohort.run import run
from cohort.run_data import RunData


class Scenario:
    """A scenario that was read and checked; `told` is what it says (`cohort.language.Scenario`).

    Parameters
    ----------
    name : a shipped scenario, or the path of a file.
    settings : as ``--set`` takes them, such as ``"population.age=[20, 40]"``.
    """

    def __init__(self, name: str | Path, settings: Sequence[str] = ()) -> None:
        self._name, self._settings = name, tuple(settings)
        self.told: language.Scenario = scenario.load(name, self._settings)

    @classmethod
    def load(cls, name: str | Path, settings: Sequence[str] = ()) -> Scenario:
        """Read and check a scenario. Raises InputError with every fault in it."""
        return cls(name, settings)

    def run(
        self,
        *,
        persons: int | None = None,
        days: int | None = None,
        seed: int | None = None,
        out: str | Path | None = None,
        person: type[Person] = Person,
        threads: int | None = None,
    ) -> RunData:
        """Live it, and open the run.

        Its files lie in the new directory `out`, whole or not at all; without one, in a temporary directory that goes
        when the run that is returned goes. Persons are of the class `person`. Raises InputError for what a user can
        mend, MachineError for what the machine cannot do.
        """
        given = {"study.persons": persons, "study.days": days, "study.seed": seed}
        asked = [f"{key}={value}" for key, value in given.items() if value is not None]
        told = scenario.load(self._name, [*self._settings, *asked]) if asked else self.told
        if out is not None:
            return RunData(run(told, out, person=person, threads=threads).out)
        place = Path(tempfile.mkdtemp(prefix="cohort-"))
        try:
            found = RunData(run(told, place / (told.study.name or "run"), person=person, threads=threads).out)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        weakref.finalize(found, shutil.rmtree, place, ignore_errors=True)
        return found

    def __repr__(self) -> str:
        study = self.told.study
        return f"<Scenario {study.name}: {study.persons:,} persons, {study.days:,} days>"
