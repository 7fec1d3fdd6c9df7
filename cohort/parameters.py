"""Every constant of the model, declared once: value, unit, range, source and grade of evidence.

A module of the model declares its constants beside the equations that use them::

    declare("consolidation", param("early_decay", 1.91, "h", 1.0, 4.0, "Li et al. 2016, ...", "model", "..."))

`Parameters` holds one resolved set of values; `Parameters.record` is the record that compiled code reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib import import_module
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from cohort.errors import ParameterError, did_you_mean, one_message

if TYPE_CHECKING:
    import numpy as np

Grade = Literal["measured", "animal", "model", "calibrated", "assumed"]
GRADES: tuple[str, ...] = get_args(Grade)

DECLARING_MODULES = (
    "cohort.genome",
    "cohort.development",
    "cohort.traits",
    "cohort.pharmacology",
    "cohort.neuromodulators",
    "cohort.receptors",
    "cohort.appraisal",
    "cohort.engram.ensemble",
    "cohort.engram.encoding",
    "cohort.engram.synthesis",
    "cohort.engram.capture",
    "cohort.engram.consolidation",
    "cohort.engram.retrieval",
    "cohort.engram.intrusion",
    "cohort.engram.reconsolidation",
    "cohort.engram.extinction",
    "cohort.engram.slow",
    "cohort.social",
    "cohort.instruments.symptoms",
    "cohort.instruments.diary",
    "cohort.instruments.scales",
    "cohort.instruments.clinician",
    "cohort.instruments.savings",
    "cohort.instruments.ratings",
    "cohort.instruments.fear",
    "cohort.instruments.approach",
    "cohort.instruments.physiology",
    "cohort.instruments.background",
)

TABLED = "pharmacology"  # the group whose values reach compiled code as a table of its own, `pharmacology.drug_table`
# Groups that no equation of the kernel reads.
OUTSIDE_KERNEL = frozenset(
    {TABLED, *(module.rpartition(".")[2] for module in DECLARING_MODULES if ".instruments." in module)}
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared constant. `low` and `high` bound what a user or a calibration may set (inclusive)."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    grade: Grade
    meaning: str
    group: str = ""


def param(
    name: str, value: float, unit: str, low: float, high: float, source: str, grade: Grade, meaning: str
) -> Parameter:
    """Describe one constant; `declare` registers it."""
    return Parameter(name, float(value), unit, float(low), float(high), source, grade, meaning)


_registry: dict[str, Parameter] = {}


def declare(group: str, *parameters: Parameter) -> None:
    """Register the constants of one module under `group`.

    Raises ValueError (a programming fault) for a name declared twice, a value outside its own range, an
    unknown grade, or a constant without unit, source or meaning.
    """
    if len({p.name for p in parameters}) < len(parameters):
        raise ValueError(f"{group} declares a parameter twice: {sorted(p.name for p in parameters)}")
    for p in parameters:
        if p.name in _registry and _registry[p.name].group != group:
            raise ValueError(f"parameter {p.name!r} is declared in both {_registry[p.name].group} and {group}")
        if not (math.isfinite(p.value) and p.low <= p.value <= p.high and p.low < p.high):
            raise ValueError(f"parameter {p.name!r}: {p.value} is not within {p.low} to {p.high}")
        if p.grade not in GRADES or not (p.unit and p.source and p.meaning):
            raise ValueError(f"parameter {p.name!r} needs a unit, a source, a meaning and one of {GRADES}")
        _registry[p.name] = Parameter(**{**asdict(p), "group": group})


def table() -> dict[str, Parameter]:
    """Return every declared parameter by name, in the order of declaration."""
    for module in DECLARING_MODULES:
        import_module(module)
    return dict(_registry)


def _fault(name: str, value: object, known: Mapping[str, Parameter]) -> str | None:
    if name not in known:
        return f"unknown parameter '{name}'{did_you_mean(name, known)} (`cohort parameters` lists all)"
    p = known[name]
    unit = "" if p.unit == "1" else f" {p.unit}"
    permitted = f"permitted: a number from {p.low:.12g} to {p.high:.12g}{unit}"
    if isinstance(value, bool) or not isinstance(value, Real):
        return f"{name} = {value!r} is of the wrong type ({type(value).__name__}); {permitted}"
    if not p.low <= cast("float", value) <= p.high:  # also true of NaN
        return f"{name} = {value} is out of range; {permitted}"
    return None


def faults_of(given: Mapping[str, object]) -> list[str]:
    """Return one sentence for each entry that is unknown, of the wrong type, out of range or NaN."""
    known = table()
    return [fault for name, value in given.items() if (fault := _fault(name, value, known))]


class Parameters(Mapping[str, float]):
    """One resolved set of values: the declared defaults with `overrides` on top.

    Raises ParameterError with every fault in one message.
    """

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        given = dict(overrides or {})
        faults = faults_of(given)
        if faults:
            raise ParameterError(one_message("parameters", faults))
        self._values = {name: float(given.get(name, p.value)) for name, p in table().items()}

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        known = table()
        moved = {n: v for n, v in self._values.items() if v != known[n].value}
        return f"Parameters({moved})"

    @cached_property
    def record(self) -> np.recarray:
        """The values as a record array of shape (1,), one float64 field a parameter but those of
        `OUTSIDE_KERNEL`.

        A hundred fields that no equation reads would only lengthen each compilation.
        """
        import numpy as np

        names = [name for name, p in table().items() if p.group not in OUTSIDE_KERNEL]
        out = np.zeros(1, dtype=[(name, np.float64) for name in names]).view(np.recarray)
        for name in names:
            out[name] = self._values[name]
        return out
