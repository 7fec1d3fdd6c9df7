"""The submodels: what each module says of itself, its equations and its parameters, each parameter in one place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from math import inf
from typing import Final, get_args

from cohort import actions, instruments, interventions
from cohort.drugs import load_drugs
from cohort.files import data_file, read_table
from cohort.genome import ANCESTRIES
from cohort.interventions import Intervention
from cohort.odd.keys import key_rows
from cohort.odd.markdown import code, headed, number, table, text
from cohort.parameters import Parameter

# A new submodel takes its place here; instruments and interventions come from their registries.
MODULES: Final = (
    "cohort.genome",
    "cohort.development",
    "cohort.traits",
    "cohort.network",
    "cohort.pharmacology",
    "cohort.neuromodulators",
    "cohort.receptors",
    "cohort.appraisal",
    "cohort.engram.ensemble",
    "cohort.engram.encoding",
    "cohort.engram.synthesis",
    "cohort.engram.capture",
    "cohort.engram.consolidation",
    "cohort.engram.sharing",
    "cohort.engram.retrieval",
    "cohort.engram.intrusion",
    "cohort.engram.reconsolidation",
    "cohort.engram.extinction",
    "cohort.engram.slow",
    "cohort.onset",
    "cohort.social",
    "cohort.instruments.error",
    "cohort.instruments.symptoms",
)
HEADINGS: Final = ("parameter", "value", "unit", "range", "grade", "meaning", "source")


def modules() -> tuple[str, ...]:
    """Names of the modules of all submodels but the interventions, in the order of the description."""
    return (*MODULES, *dict.fromkeys(kind.__module__ for kind in instruments.KINDS.values()))


def docstring(module: str) -> str:
    """What a module says of itself. Raises ValueError, a programming fault, when it says nothing."""
    said = import_module(module).__doc__
    if not said:
        raise ValueError(f"module {module} says nothing of itself; give it a docstring with its equations")
    return said


def by_module(parameters: Sequence[Parameter]) -> dict[str, list[Parameter]]:
    """The parameters of each submodel. Raises ValueError, a programming fault, for one that has no place."""
    out: dict[str, list[Parameter]] = {module: [] for module in modules()}
    group = {module.rpartition(".")[2]: module for module in out}
    lost = [p.name for p in parameters if p.group not in group]
    if lost:
        raise ValueError(f"parameters {lost} are of no submodel; name their module in cohort.odd.submodels")
    for p in parameters:
        out[group[p.group]].append(p)
    return out


def parameter_table(parameters: Iterable[Parameter]) -> str:
    """A row a parameter, with its evidence."""
    return table(
        HEADINGS,
        (
            (
                code(p.name), number(p.value), p.unit, f"{number(p.low)} to {number(p.high)}", p.grade, p.meaning,
                p.source,
            )
            for p in parameters
        ),
    )  # fmt: skip


def described(parameters: Sequence[Parameter], first: int) -> str:
    """All submodels under headings numbered from 7.`first`."""
    placed = by_module(parameters)
    parts = []
    for place, module in enumerate(placed, first):
        heading, said = headed(docstring(module))
        parts += [f"### 7.{place} {heading}", f"Module `{module}`.", said, _beside(module)]
        parts.append(parameter_table(placed[module]))
    parts.append(_interventions(first + len(placed)))
    return "\n\n".join(part for part in parts if part)


def _beside(module: str) -> str:
    """What belongs to a submodel beside its equations: tables of data, kinds of instrument."""
    if module in _DATA:
        return _DATA[module]()
    kinds = [(name, kind) for name, kind in instruments.KINDS.items() if kind.__module__ == module]
    parts = []
    for name, kind in kinds:
        scale = f"{number(kind.low)} and up" if kind.high == inf else f"{number(kind.low)} to {number(kind.high)}"
        parts.append(f"**`{name}`** ({scale}, {kind.unit}; {kind.better} is better).")
        parts += [text(kind.__doc__ or ""), _own_keys(kind, instruments.Instrument)]
    return "\n\n".join(part for part in parts if part)


def _own_keys(kind: type[Intervention] | type[instruments.Instrument], base: type) -> str:
    return table(("key", "default", "permitted", "meaning"), key_rows(kind, but=(*base.model_fields, "kind")))  # type: ignore[attr-defined]


def _interventions(place: int) -> str:
    heading, said = headed(interventions.__doc__ or "")
    _, what = headed(docstring("cohort.interventions.intervention"))
    parts = [f"### 7.{place} Interventions", "Package `cohort.interventions`.", f"{heading}. {said}", what]
    parts.append(
        table(
            ("action", "what it is"),
            ((code(a.__name__), text(a.__doc__ or "")) for a in get_args(actions.Action.__value__)),
        )
    )
    parts.append("Every intervention has these keys, and those of its kind:")
    parts.append(table(("key", "default", "permitted", "meaning"), key_rows(Intervention, but=())))
    for name, kind in interventions.KINDS.items():
        said = text(sys.modules[kind.__module__].__doc__ or "")
        parts += [f"**`{name}`**. {said}", _own_keys(kind, Intervention)]
    return "\n\n".join(part for part in parts if part)


def _variants() -> str:
    rows = read_table(data_file("variants.csv")).columns
    columns = ("variant", "gene", "allele", "trait", "effect", *ANCESTRIES, "frequency_basis", "source")
    shown = table([c.replace("_", " ") for c in columns], zip(*(rows[c] for c in columns), strict=True))
    return (
        "Named variants: the counted allele, its effect in SD of the trait per allele, and its frequency by ancestry "
        f"group ({', '.join(ANCESTRIES)}).\n\n{shown}"
    )


def _adversity() -> str:
    parts = []
    for name, said in (
        ("adversity_counts.csv", "Share of persons by number of kinds of adverse experience:"),
        ("adversity_kinds.csv", "The kinds: relative prevalence, mean severity, first and last year of onset:"),
        ("sensitive_periods.csv", "Weight of an experience at each set point, by age of onset:"),
    ):
        columns: Mapping[str, list[str]] = read_table(data_file(name)).columns
        rows = zip(*columns.values(), strict=True)
        parts += [said, table([c.replace("_", " ") for c in columns], rows)]
    return "\n\n".join(parts)


def _drugs() -> str:
    rows = (
        (
            code(drug.name), drug.drug_class, number(drug.molar_mass),
            f"{number(drug.dose_low)} to {number(drug.dose_high)}, {number(drug.dose_typical)}",
            ", ".join(f"{target} {action}" for target, action in drug.targets.items()),
        )
        for drug in load_drugs().values()
    )  # fmt: skip
    headings = ("drug", "class", "molar mass, g/mol", "dose by mouth, mg: range, typical", "targets and actions")
    return f"The drugs:\n\n{table(headings, rows)}"


_DATA: Final[dict[str, Callable[[], str]]] = {
    "cohort.genome": _variants,
    "cohort.development": _adversity,
    "cohort.pharmacology": _drugs,
}
