"""A calibration from its beginning to its files: search, polish, a fresh look, sensitivity."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from cohort import __version__
from cohort.calibration import sensitivity
from cohort.calibration.looks import Looks
from cohort.calibration.misfit import Job, Live, Look, Misfit, accepted, loss, pool, residuals
from cohort.calibration.polish import polish
from cohort.calibration.report import Candidate, Fitted
from cohort.calibration.search import Tried, search
from cohort.calibration.specification import Specification
from cohort.errors import InputError
from cohort.parameters import Parameters
from cohort.provenance import digest
from cohort.records import hold, partial_directory, refuse_existing

# What may be another when a calibration goes on: how long is searched, and what is done with what was found.
_FREE_TO_CHANGE: Final = {"title", "trials", "polish", "fresh", "sensitivity"}

Watch = Callable[[str, int, int, list[Tried]], None]  # what is being done, done, of how many, trials so far


class InterruptedFit(KeyboardInterrupt):
    """A calibration was interrupted; what it had found lies beside `out`."""

    def __init__(self, out: Path) -> None:
        super().__init__(f"interrupted; go on with the same command and --resume --out {out}")


def fit(
    spec: Specification,
    out: Path,
    *,
    resume: bool = False,
    workers: int = 1,
    look: Look | None = None,
    watch: Watch | None = None,
) -> Fitted:
    """Calibrate, and write what came of it to the new directory `out`, whole or not at all.

    With `resume`, goes on with one that was cut short. `look` sees the findings under a set of values (default: by
    their experiments). With one worker the same specification gives the same trials, interrupted or not. Raises
    InputError for what a user can mend.
    """
    began = time.monotonic()
    if look is None:
        look = Live(spec)
        look.experiments({}, spec.seed, 1.0)  # a fault of a scenario shows before anything is written
    try:
        with _place(out, spec, resume) as folder, pool(workers) as processes:
            tried: list[Tried] = []

            def found(one: Tried) -> None:
                tried.append(one)
                say("search", len(tried), spec.trials)

            def say(what: str, done: int, of: int) -> None:
                if watch is not None:
                    watch(what, done, of, tried)

            say("search", 0, spec.trials)
            trials = search(spec, folder / "journal.log", look, processes, workers, found)
            looks = Looks(folder / "looks.jsonl", spec.rows, look, processes, workers)
            start = min((one for one in trials if not one.given_up), key=lambda one: one.loss)
            better = polish(spec, start.values, looks, lambda done, of: say("polish", done, of))
            candidates = [_from_trial(one) for one in trials] + _from_polish(spec, better)
            fresh = _fresh(spec, candidates, looks, lambda done, of: say("fresh look", done, of))
            best = fresh[0].values
            jobs = sensitivity.jobs(spec, best)
            slopes = sensitivity.slopes(spec, best, looks(jobs, lambda done, of: say("sensitivity", done, of)))
            over = sensitivity.correlations([one.values for one in candidates if one.accepted], list(spec.free))
            done = Fitted(spec, tuple(candidates), tuple(fresh), slopes, over, time.monotonic() - began)
            done.write(folder)
    except KeyboardInterrupt:
        raise InterruptedFit(out) from None
    return done


def _from_trial(one: Tried) -> Candidate:
    return Candidate(one.number, "search", one.values, one.seen, one.loss, one.given_up, one.accepted)


def _from_polish(spec: Specification, found: list[tuple[dict[str, float], Misfit]]) -> list[Candidate]:
    """Sets of the polish, each once."""
    out: dict[str, Candidate] = {}
    for values, one in found:
        key = json.dumps(values)
        if key not in out:
            seen = residuals(one.seen, spec.rows)
            fits = accepted(seen, spec.accept)
            out[key] = Candidate(len(out), "polish", values, one.seen, loss(seen), False, fits)
    return list(out.values())


def _fresh(
    spec: Specification, candidates: list[Candidate], looks: Looks, watch: Callable[[int, int], None]
) -> list[Candidate]:
    """The best sets under seeds that the search has not had, the best of them first."""
    whole = sorted((one for one in candidates if not one.given_up), key=lambda one: (not one.accepted, one.loss))
    chosen = whole[: spec.fresh.best]
    seeds = range(spec.seed + 1, spec.seed + 1 + spec.fresh.seeds)
    seen = looks([Job(one.values, seed, spec.fresh.times) for one in chosen for seed in seeds], watch)
    out = []
    for place, one in enumerate(chosen):
        of_seeds = seen[place * len(seeds) : (place + 1) * len(seeds)]
        together = {}
        for row in spec.rows:
            both = np.array([found.seen[row.key] for found in of_seeds])
            together[row.key] = (float(both[:, 0].mean()), float(np.sqrt((both[:, 1] ** 2).sum()) / len(seeds)))
        found = residuals(together, spec.rows)
        fits = accepted(found, spec.accept)
        out.append(Candidate(one.number, one.by, one.values, together, loss(found), False, fits))
    return sorted(out, key=lambda one: (not one.accepted, one.loss))


@contextmanager
def _place(out: Path, spec: Specification, resume: bool) -> Iterator[Path]:
    """The folder that becomes `out` when this is left without a fault; else it is kept, to go on from."""
    refuse_existing(out, resume=resume)
    partial = partial_directory(out)
    partial.mkdir(exist_ok=True)
    lock = hold(partial, out)
    folder = partial / "calibration"
    stated = folder / "specification.json"
    try:
        if stated.exists():
            if not resume:
                raise InputError(
                    f"{out}: an unfinished calibration lies in {partial}; go on with --resume, or remove it first"
                )
            if _told(spec, _FREE_TO_CHANGE) != _cut(json.loads(stated.read_text("utf-8"))):
                raise InputError(
                    f"{partial}: the unfinished calibration is another one (specification, version or defaults of "
                    "parameters); repeat it, or remove it"
                )
        folder.mkdir(exist_ok=True)
        stated.write_text(json.dumps(_told(spec, set()), indent=2) + "\n", "utf-8")
        yield folder
        refuse_existing(out, resume=True)
        os.rename(folder, out)
        shutil.rmtree(partial, ignore_errors=True)
    finally:
        os.close(lock)


def _told(spec: Specification, without: set[str]) -> dict[str, Any]:
    """What decides the looks: the specification, the version, and the values of all parameters."""
    defaults = digest(json.dumps(dict(Parameters())).encode())
    return {
        "specification": spec.model_dump(mode="json", exclude=without),
        "version": __version__,
        "defaults": defaults,
    }


def _cut(told: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in told["specification"].items() if key not in _FREE_TO_CHANGE}
    return {**told, "specification": kept}
