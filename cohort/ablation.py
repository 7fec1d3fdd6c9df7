"""Ablation: each mechanism removed in turn, and what is left of each signature.

What is removed how, and what must follow, is declared in ``data/ablation.toml``; the experiments are
``scenarios/signatures/*.toml``. The same persons with the same draws live intact and ablated, so the ratio of the two
effects is of pairs; its standard error is a jackknife over persons.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cohort.errors import InputError, did_you_mean
from cohort.executor import Executor
from cohort.files import data_file, scenario_file
from cohort.findings.estimate import Estimate, estimate
from cohort.run import run
from cohort.run_data import RunData
from cohort.scenario import load
from cohort.signatures import MEASURES, Columns
from cohort.toml_lines import read_toml

ABOLISHED = 1.0 / 3.0  # of the effect may be left, interval included
SPARED = 0.1  # a signature that has nothing to do with the mechanism may change by this share, interval included
NORMAL = 1.959964  # standard errors to each end of a 95% interval
QUICK = 0.4  # share of the persons
FEWEST = 100  # persons in any run

OWN, UNRELATED, OTHER = "own", "unrelated", ""
COLUMNS = (
    "mechanism", "signature", "role", "intact", "intact_se", "ablated", "remaining", "low", "high", "persons",
    "verdict",
)  # fmt: skip


@dataclass(frozen=True)
class Signature:
    """An experiment, and the settings under which the same persons live for comparison."""

    name: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mechanism:
    """A mechanism: how it is removed, the signature that falls with it, and those that must not."""

    name: str
    how: str
    settings: tuple[str, ...]
    own: str
    unrelated: tuple[str, ...]

    def role(self, signature: str) -> str:
        """What is expected of a signature."""
        return OWN if signature == self.own else UNRELATED if signature in self.unrelated else OTHER


@cache
def declared() -> tuple[dict[str, Mechanism], dict[str, Signature]]:
    """Mechanisms and signatures by name, in the order of the file."""
    content, _ = read_toml(data_file("ablation.toml"), "the declaration of the ablations")
    signatures = {row["name"]: Signature(row["name"], tuple(row.get("without", ()))) for row in content["signatures"]}
    mechanisms = {
        row["name"]: Mechanism(
            row["name"], row["how"], tuple(row["settings"]), row["own"], tuple(row["unrelated"])
        )
        for row in content["mechanisms"]
    }  # fmt: skip
    for one in mechanisms.values():
        for name in (one.own, *one.unrelated):
            if name not in signatures:
                raise ValueError(f"{one.name}: there is no signature '{name}'")
    return mechanisms, signatures


def chosen(kind: str, wanted: Sequence[str], known: Iterable[str]) -> list[str]:
    """The names wanted (all when none is), in the declared order. Raises InputError for an unknown one."""
    names = list(known)
    for name in wanted:
        if name not in names:
            raise InputError(f"no {kind} '{name}'{did_you_mean(name, names)}; permitted: {', '.join(names)}")
    return [name for name in names if not wanted or name in wanted]


def matrix(
    only: Sequence[str] = (),
    signatures: Sequence[str] = (),
    *,
    quick: bool = False,
    share: float | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Live every signature intact and without each mechanism; a row a pair, with `COLUMNS`.

    Parameters
    ----------
    only, signatures : names of mechanisms and signatures (all by default).
    quick : only the cells of which something is expected, with a share `QUICK` of the persons.
    share : of the persons that the scenarios ask for, instead.
    seed : instead of the scenarios' own, for other persons and other chance.
    executor : who lives them (default: a process a processor); changes no result.
    watch : told how many lives of how many are done.

    `remaining` is the ablated effect over the intact one, `low` to `high` its 95% interval; `verdict` is ``holds`` or
    ``fails`` where something is expected, ``no effect`` where the intact effect itself covers 0, else empty. Raises
    InputError for an unknown name.
    """
    mechanisms, known = declared()
    removed = [mechanisms[name] for name in chosen("mechanism", only, mechanisms)]
    named = chosen("signature", signatures, known)
    pairs = [(one, name) for one in removed for name in named if one.role(name) or not quick]
    lived = list(dict.fromkeys(name for _, name in pairs))
    fresh = () if seed is None else (f"study.seed={seed}",)
    part = share if share is not None else QUICK if quick else 1.0
    jobs = [(known[name], fresh, part) for name in lived] + [
        (known[name], (*one.settings, *fresh), part) for one, name in pairs
    ]
    found: dict[int, Columns] = {}
    for place, columns in (executor or Executor()).answers(observe, jobs, "ablate: stopped; nothing was kept"):
        found[place] = columns
        if watch is not None:
            watch(len(found), len(jobs))
    intact = {name: found[k] for k, name in enumerate(lived)}
    rows = [
        _row(one, name, intact[name], found[len(lived) + k]) for k, (one, name) in enumerate(pairs)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def observe(signature: Signature, settings: Sequence[str], share: float) -> Columns:
    """Live a signature's experiment under settings, and its comparison; the columns that its statistic takes."""
    place = Path(tempfile.mkdtemp(prefix="cohort-"))
    try:
        with_it = _lived(signature.name, settings, share, place / "with")
        compared = _lived(signature.name, (*signature.without, *settings), share, place / "without") if (
            signature.without
        ) else with_it  # fmt: skip
        return MEASURES[signature.name].read(with_it, compared)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _lived(name: str, settings: Sequence[str], share: float, place: Path) -> RunData:
    told = load(scenario_file(f"signatures/{name}.toml"), settings)
    persons = max(FEWEST, round(told.study.persons * share / 2.0) * 2)  # pairs stay pairs
    told = told.model_copy(update={"study": told.study.model_copy(update={"persons": persons})})
    return RunData(run(told, place, threads=1).out)


def effect(signature: str, columns: Columns) -> Estimate:
    """Effect of a signature from its columns."""
    measure = MEASURES[signature]
    return estimate(measure.statistic, *columns, unit=columns[-1] if measure.families else None)


def remaining(signature: str, intact: Columns, ablated: Columns) -> Estimate:
    """Ablated over intact effect, the same persons in both."""
    measure = MEASURES[signature]
    n = len(intact)

    def left(*columns: object) -> float:
        whole = measure.statistic(*columns[:n])
        return measure.statistic(*columns[n:]) / whole if whole else np.nan  # nothing is no share of nothing

    return estimate(left, *intact, *ablated, unit=intact[-1] if measure.families else None)


def _row(mechanism: Mechanism, signature: str, intact: Columns, ablated: Columns) -> tuple[object, ...]:
    whole, without = effect(signature, intact), effect(signature, ablated)
    left = remaining(signature, intact, ablated)
    low, high = left.value - NORMAL * left.se, left.value + NORMAL * left.se
    role = mechanism.role(signature)
    verdict = ""
    if role:
        there = whole.value - NORMAL * whole.se > 0.0
        bound = max(abs(low), abs(high)) < ABOLISHED if role == OWN else max(abs(low - 1.0), abs(high - 1.0)) < SPARED
        verdict = "no effect" if not there else "holds" if bound else "fails"
    return (
        mechanism.name, signature, role, whole.value, whole.se, without.value, left.value, low, high, whole.persons,
        verdict,
    )  # fmt: skip


def bites(found: pd.DataFrame) -> dict[str, bool]:
    """Of each mechanism whose own signature is in the matrix: whether all that is expected holds."""
    told = found[found["role"] != OTHER].groupby("mechanism", sort=False)
    return {str(name): bool((rows["verdict"] == "holds").all()) for name, rows in told if OWN in set(rows["role"])}


def shown(found: pd.DataFrame) -> list[str]:
    """The signatures of a matrix in the order in which they are declared."""
    there = set(found["signature"])
    return [name for name in declared()[1] if name in there]
