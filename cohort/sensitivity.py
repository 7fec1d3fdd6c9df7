"""Global sensitivity of a scenario's key outcomes to the model's parameters: Morris to screen, Sobol on the leaders.

Every point of one block (a trajectory, or a base row with its recombinations) is lived with one seed, so two of them
differ by their parameters alone: a parameter that nothing reads, `INERT`, has an effect of exactly 0. What chance
itself does is measured beside it, by the same outcomes under other seeds and the scenario's own values.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from cohort import indices
from cohort.answers import Answers, name_of
from cohort.complaints import complaints
from cohort.errors import InputError, ParameterError, did_you_mean, one_message
from cohort.executor import Executor
from cohort.indices import Axis, Design
from cohort.language import Scenario
from cohort.outcomes import OUTCOMES, outcomes, tables_of
from cohort.parameters import OUTSIDE_KERNEL, table
from cohort.run import run
from cohort.run_data import RunData
from cohort.scenario import as_toml, load
from cohort.strict import Table, Text, key, number
from cohort.toml_lines import read_toml

INERT: Final = "(inert)"  # a parameter that nothing reads
LOG: Final = "answers.jsonl"
PLAN: Final = "plan.json"
SCREEN, DECOMPOSE, REPEAT = "morris", "sobol", "repeat"
REPEATS: Final = 16  # seeds under which the scenario's own values are lived, for the noise
EFFECTS = ("outcome", "parameter", "mu_star", "mu_star_conf", "mu", "sigma", "floor")
SHARES = ("outcome", "parameter", "S1", "S1_conf", "ST", "ST_conf", "floor")


class Spec(Table):
    """What is asked: a scenario, outcomes, parameters, and how much is spent."""

    scenario: Text = key(..., "a shipped scenario, or a file (relative to the working folder)")
    settings: tuple[Text, ...] = key((), "as --set takes them", strict=False)
    persons: int = number(200, 2, 1_000_000, "persons of a run")
    outcomes: tuple[Text, ...] = key((), "outcomes (default: all that a run of the scenario defines)", strict=False)
    parameters: tuple[Text, ...] = key(
        (), "names or globs, of drugs and instruments too (default: all others)", strict=False
    )
    trajectories: int = number(4, 2, 1000, "trajectories of the screening, of a run a parameter each")
    leaders: int = number(6, 1, 40, "parameters whose shares of the variance are worked out")
    samples: int = number(64, 8, 65536, "base rows for these shares, a power of 2")
    seed: int = number(1, 0, 2**63 - 1, "what chance decides by")


@dataclass(frozen=True)
class Found:
    """What came of it: a row an outcome and parameter, `EFFECTS` of the screening and `SHARES` of the leaders.

    ``floor`` is what an inert parameter would show by chance: in ``mu_star`` where runs did not share their draws; in
    the indices the share of the variance that other seeds make.
    """

    spec: Spec
    parameters: tuple[str, ...]
    outcomes: tuple[str, ...]
    screened: pd.DataFrame
    shares: pd.DataFrame


Model = Callable[[str, Mapping[str, float], int], Sequence[float]]  # stage, values by parameter, seed to outcomes
Watch = Callable[[str, int, int], None]  # stage, done, of how many


def read(name_or_path: str, changes: Mapping[str, Any]) -> Spec:
    """A spec from a file that has a key ``scenario``, or of the scenario named; `changes` are laid over it.

    Raises InputError with every fault.
    """
    content: dict[str, Any] = {"scenario": name_or_path}
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        told, _ = read_toml(path, "a scenario or a spec in TOML")
        if "scenario" in told:
            content = told
    content |= {name: value for name, value in changes.items() if value is not None}
    try:
        spec = Spec.model_validate(content)
    except ValidationError as error:
        raise InputError(one_message(name_or_path, [text for _, text in complaints(error, content)])) from None
    faults = []
    if spec.samples & (spec.samples - 1):
        faults.append(f"samples = {spec.samples}; permitted: a power of 2")
    for name in spec.outcomes:
        if name not in OUTCOMES:
            faults.append(f"no outcome '{name}'{did_you_mean(name, OUTCOMES)}; permitted: {', '.join(OUTCOMES)}")
    known = table()
    for pattern in spec.parameters:
        if not any(fnmatchcase(name, pattern) for name in known):
            faults.append(f"no parameter '{pattern}'{did_you_mean(pattern, known)} (`cohort parameters` lists all)")
    if faults:
        raise InputError(one_message(name_or_path, faults))
    return spec


def axes_of(spec: Spec, told: Scenario) -> list[Axis]:
    """The parameters to be moved within their declared ranges, and last the inert one. What a scenario sets stays."""
    wanted = [
        p
        for p in table().values()
        if p.name not in told.parameters
        and (any(fnmatchcase(p.name, g) for g in spec.parameters) if spec.parameters else p.group not in OUTSIDE_KERNEL)
    ]
    if not wanted:
        raise InputError("the scenario itself sets every parameter that is asked for; nothing is left to move")
    return [*(Axis(p.name, p.low, p.high) for p in wanted), Axis(INERT, 0.0, 1.0)]


class Analysis:
    """One analysis, with what is known of it so far in a directory, so that it can go on."""

    def __init__(self, spec: Spec, out: Path, *, resume: bool = False) -> None:
        told = load(spec.scenario, [*spec.settings, f"study.persons={spec.persons}", "records.intrusions=true"])
        self.spec, self.told, self.out = spec, told, out
        self.axes = axes_of(spec, told)
        self.outcomes = list(spec.outcomes) or list(OUTCOMES)
        ranges = [[axis.name, axis.low, axis.high] for axis in self.axes]
        plan = {"spec": spec.model_dump(mode="json"), "scenario": as_toml(told), "ranges": ranges}
        text = json.dumps(plan, indent=1, sort_keys=True)
        if not resume:
            if out.exists():
                raise InputError(f"{out}: already exists; give another --out, or --resume to go on")
            out.mkdir(parents=True)
            (out / PLAN).write_text(text, "utf-8")
        elif not (out / PLAN).is_file() or (out / PLAN).read_text("utf-8") != text:
            raise InputError(f"{out}: holds no analysis of this; --resume goes on with one that was asked for alike")
        self.answers = Answers(out / LOG)

    @property
    def runs(self) -> int:
        """How many runs it takes in all."""
        spec = self.spec
        lead = min(spec.leaders, len(self.axes) - 1)
        return REPEATS + spec.trajectories * (len(self.axes) + 1) + spec.samples * (lead + 3)

    @property
    def model(self) -> Model:
        """Lives the scenario at values under a seed; its outcomes. It knows no more than that: it goes to workers."""
        return partial(_at, self.told, self.outcomes)

    def go(self, model: Model | None = None, executor: Executor | None = None, watch: Watch | None = None) -> Found:
        """Run what is not yet known and work out the indices.

        `executor` does it (default: a process a processor). What is known when it raises Interrupted or MachineError is
        kept.
        """
        model, spec = model or self.model, self.spec
        self._executor, self._watch = executor or Executor(), watch
        chance = self._answers(REPEAT, model, [({}, spec.seed + k) for k in range(REPEATS)])
        defined = np.isfinite(chance).all(axis=0)
        lacking = [name for name, there in zip(self.outcomes, defined, strict=True) if not there]
        if (lacking and spec.outcomes) or not defined.any():
            raise InputError(f"{spec.scenario}: a run of it does not define {', '.join(lacking)}; leave that out")
        shown = [k for k in range(len(self.outcomes)) if defined[k]]
        spread = chance.std(axis=0, ddof=1)
        screen = indices.trajectories(self.axes, spec.trajectories, spec.seed % 2**32)
        effects = self._answers(SCREEN, model, _points(screen, spec.seed))
        tables, leading = [], {}
        for k in shown:
            rows = indices.elementary(screen, effects[:, k])
            tables += _table(self.outcomes[k], screen, rows, indices.inert_effect(float(spread[k])))
            leading[self.outcomes[k]] = [row["mu_star"] for row in rows]
        lead = indices.leaders(leading, [axis.name for axis in self.axes], spec.leaders)
        moved = [axis for axis in self.axes if axis.name in lead or axis.name == INERT]
        design = indices.recombinations(moved, spec.samples, spec.seed % 2**32)
        found = self._answers(DECOMPOSE, model, _points(design, spec.seed))
        shares = []
        for k in shown:
            whole = float(np.nanvar(found[:, k]))
            floor = min(float(spread[k]) ** 2 / whole, 1.0) if whole > 0.0 else np.nan
            shares += _table(self.outcomes[k], design, indices.variances(design, found[:, k]), floor)
        names = tuple(axis.name for axis in self.axes)
        told = Found(
            spec, names, tuple(self.outcomes[k] for k in shown), pd.DataFrame(tables, columns=list(EFFECTS)),
            pd.DataFrame(shares, columns=list(SHARES)),
        )  # fmt: skip
        told.screened.to_csv(self.out / "morris.csv", index=False)
        told.shares.to_csv(self.out / "sobol.csv", index=False)
        return told

    def _answers(self, stage: str, model: Model, points: Sequence[tuple[dict[str, float], int]]) -> NDArray[np.float64]:
        """Outcomes (n, outcomes) of the points of one stage; those not yet known are run and written down."""
        known = self.answers.known
        names = [name_of(stage, sorted(values.items()), seed) for values, seed in points]
        left = [k for k, name in enumerate(names) if name not in known]
        jobs = [(stage, points[k][0], points[k][1]) for k in left]
        stopped = f"sensitivity: stopped; --resume with the same --out {self.out} goes on"
        with self.answers:
            for done, (place, answer) in enumerate(self._executor.answers(model, jobs, stopped), 1):
                self.answers.add(names[left[place]], answer)
                if self._watch is not None:
                    self._watch(stage, len(points) - len(left) + done, len(points))
        return np.array([known[name] for name in names], np.float64)


def _at(told: Scenario, names: list[str], _: str, values: Mapping[str, float], seed: int) -> list[float]:
    return lived(told, {n: v for n, v in values.items() if n != INERT}, seed, names)


def lived(told: Scenario, values: Mapping[str, float], seed: int, names: list[str]) -> list[float]:
    """Outcomes of a scenario with these values of parameters, under a seed, in a directory of its own.

    All NaN for values that contradict each other (some constants of instruments do).
    """
    study = told.study.model_copy(update={"seed": seed})
    told = told.model_copy(update={"study": study, "parameters": {**told.parameters, **values}})
    place = Path(tempfile.mkdtemp(prefix="cohort-"))
    try:
        return outcomes(RunData(run(told, place / "run", threads=1, tables=tables_of(names)).out), names)
    except ParameterError:
        return [np.nan] * len(names)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _points(design: Design, seed: int) -> list[tuple[dict[str, float], int]]:
    """Values and seed of every point: one seed a block."""
    return [(values, seed + int(block)) for values, block in zip(design.points(), design.block, strict=True)]


def _table(outcome: str, design: Design, rows: list[dict[str, float]], floor: float) -> list[dict[str, Any]]:
    return [
        {"outcome": outcome, "parameter": axis.name, **row, "floor": floor}
        for axis, row in zip(design.axes, rows, strict=True)
    ]
