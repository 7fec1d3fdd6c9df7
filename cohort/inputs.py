"""The scenario of a finished run, for living it again: the files that it read are looked for, and must be the same.

A run keeps the path as it was given, and a fingerprint of the content. A file is looked for where it was given, seen
from the working folder and from the folder of the run, and there by its name alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from cohort.errors import InputError
from cohort.provenance import digest
from cohort.run_data import RunData
from cohort.scenario import Scenario, loads


def as_given(path: Path) -> str:
    """How a run tells of a file: from the working folder where it lies below it, else as it was given."""
    if not path.is_absolute():
        return str(path)
    below = os.path.relpath(path, Path.cwd())
    return str(path) if below.startswith(os.pardir) else below


def scenario_of(run: RunData) -> Scenario:
    """The scenario of a run, with the participants where they lie now.

    Raises InputError when there is no file with the content of that time, and says which is wanted.
    """
    told = run.provenance
    found = [f"population.participants={os.path.join(os.curdir, _find(run, name))}" for name in told.inputs]
    return loads(told.scenario, f"{run.directory}: scenario", found)


def _find(run: RunData, name: str) -> Path:
    """Where the file `name` of a run lies, with the content that it had."""
    given = Path(run.provenance.given.get(name, name))
    wanted = run.provenance.inputs[name]
    tried = []
    for place in dict.fromkeys(Path(folder) / path for path in (given, name) for folder in ("", run.directory.parent)):
        try:
            there = digest(place.read_bytes())
        except OSError:
            tried.append(f"{place} is not there")
            continue
        if there == wanted:
            return place
        tried.append(f"{place} has changed since (its digest is {there})")
    raise InputError(
        f"{run.directory}: needs the file {name} with the digest {wanted}; {', '.join(tried)}; put back the file of "
        "the run, or go where it lies"
    )
