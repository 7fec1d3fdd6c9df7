"""The table of drugs: what is known of each, figure by figure, with range, source and grade.

``data/drugs.csv``, a row a drug: class, molar mass of the form in which the dose is expressed (g/mol), permitted and
typical single dose (mg). ``data/drug_targets.csv``, a row a drug and target: the action there.
``data/drug_figures.csv``, a row a drug and figure; each of these is a parameter of the model (`parameter_name`):

- ``volume``, L for 70 kg; ``bioavailability``, without which the volume is the apparent one, V/F, and F stands at 1;
  ``half_life`` and ``absorption_half_life``, h; ``fraction_unbound``;
- ``<target>_ki``: Ki, or EC50 where the drug releases, nM; the hormone itself binds as the model's own and has none;
- ``<target>_efficacy``, where the action leaves it free: the activation of a partial agonist when all is occupied,
  elsewhere the effect at saturation. That of the other actions is their definition (`DEFINED_EFFICACY`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from cohort.errors import InputError, did_you_mean, one_message
from cohort.files import Table, data_file, read_table
from cohort.parameters import GRADES, Grade

TARGETS: Final = (
    "alpha1",
    "alpha2",
    "beta",
    "d1",
    "d2",
    "ht",
    "cb1",
    "muscarinic",
    "mr",
    "gr",
    "sert",
    "net",
    "dat",
    "release_da",
    "release_ne",
    "release_ht",
    "nmda",
    "gaba_a",
    "translation",
)
MOST_TARGETS: Final = 4  # targets of one drug

DEFINED_EFFICACY: Final = {"antagonist": 0.0, "agonist": 1.0, "hormone": 1.0, "allosteric": 1.0}
_RECEPTOR: Final = ("antagonist", "agonist", "partial")
ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(TARGETS[: TARGETS.index("mr")], _RECEPTOR),
    **dict.fromkeys(("mr", "gr"), (*_RECEPTOR, "hormone")),
    **dict.fromkeys(("sert", "net", "dat", "translation"), ("inhibitor",)),
    **dict.fromkeys(("release_da", "release_ne", "release_ht"), ("releaser", "precursor")),
    "nmda": ("partial", "agonist"),
    "gaba_a": ("allosteric",),
}

# What a figure is: unit, least and largest value that makes sense, and its meaning.
KINETIC: Final = {
    "bioavailability": ("share", 1e-3, 1.0, "share of an oral dose that reaches the circulation"),
    "volume": ("L", 1.0, 2e4, "volume of distribution for 70 kg"),
    "half_life": ("h", 0.05, 500.0, "half-life of elimination"),
    "absorption_half_life": ("h", 0.02, 24.0, "half-life of absorption"),
    "fraction_unbound": ("share", 1e-4, 1.0, "share in plasma that is free"),
}
_AT_TARGET: Final = {
    "ki": ("nM", 1e-3, 1e8, "free concentration at half occupancy or effect"),
    "efficacy": ("1", 0.0, 10.0, "effect when all is occupied"),
}
_MASS: Final = {
    "molar_mass": (50.0, 2000.0),
    "dose_low": (1e-3, 2e4),
    "dose_typical": (1e-3, 2e4),
    "dose_high": (1e-3, 2e4),
}
_COLUMNS: Final = {
    "drugs.csv": ("name", "class", *_MASS),
    "drug_targets.csv": ("drug", "target", "action"),
    "drug_figures.csv": ("drug", "figure", "value", "low", "high", "grade", "source"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number on a drug, with the range that may be set."""

    value: float
    low: float
    high: float
    grade: Grade
    source: str


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug: doses in mg, molar mass in g/mol, its action by target, its figures by name."""

    name: str
    drug_class: str
    molar_mass: float
    dose_low: float
    dose_typical: float
    dose_high: float
    targets: dict[str, str]
    figures: dict[str, Figure]


def parameter_name(drug: str, figure: str) -> str:
    """Name of the parameter that holds a figure: ``d-cycloserine``, ``nmda_ki`` is ``d_cycloserine_nmda_ki``."""
    return f"{drug.replace('-', '_')}_{figure}"


def described(figure: str) -> tuple[str, str]:
    """Unit and meaning of a figure by its name."""
    if figure in KINETIC:
        unit, _, _, meaning = KINETIC[figure]
        return unit, meaning
    target, _, kind = figure.rpartition("_")
    unit, _, _, meaning = _AT_TARGET[kind]
    return unit, f"{meaning} at {target}"


def load_drugs(folder: Path | None = None) -> dict[str, Drug]:
    """Read the three files of a folder (by default the package's data), as ordered in `drugs.csv`.

    Raises InputError for every fault of all files at once, with file, row, column and what is permitted.
    """
    return dict(_shipped()) if folder is None else _read(folder)


@cache
def _shipped() -> dict[str, Drug]:
    return _read(data_file("drugs.csv").parent)


def _read(folder: Path) -> dict[str, Drug]:
    tables = {name: read_table(folder / name) for name in _COLUMNS}
    faults: list[str] = []
    for name, columns in _COLUMNS.items():
        given = tables[name].columns
        faults += [f"{name}: column '{c}' is missing" for c in columns if c not in given]
        permitted = f"permitted: {', '.join(columns)}"
        unknown = [c for c in given if c not in columns]
        faults += [f"{name}: column '{c}' is unknown{did_you_mean(c, columns)}; {permitted}" for c in unknown]
    _refuse(folder, faults)
    drugs, targets, figures = tables.values()
    names = drugs.columns["name"]
    actions = _targets(targets, names, faults)
    known = _figures(figures, names, actions, faults)
    found = _drugs(drugs, actions, known, faults)
    _refuse(folder, faults)
    return found


def _refuse(folder: Path, faults: list[str]) -> None:
    if faults:
        raise InputError(one_message(str(folder), faults))


def _targets(table: Table, names: list[str], faults: list[str]) -> dict[str, dict[str, str]]:
    """Action by drug and target."""
    wrong: list[str] = []
    table.words("target", TARGETS, wrong, blank=False)
    out: dict[str, dict[str, str]] = {}
    rows = zip(*(table.columns[c] for c in _COLUMNS["drug_targets.csv"]), strict=True)
    for i, (drug, target, action) in enumerate(rows):
        if drug not in names:
            wrong.append(table.fault(i, "drug", f"is no drug of drugs.csv{did_you_mean(drug, names)}"))
        held = out.setdefault(drug, {})
        if target in held:
            wrong.append(table.fault(i, "target", f"appears twice for '{drug}'; permitted: once"))
        elif len(held) == MOST_TARGETS:
            wrong.append(table.fault(i, "drug", f"has too many targets; permitted: {MOST_TARGETS}"))
        if target in ACTIONS and action not in ACTIONS[target]:
            wrong.append(table.fault(i, "action", f"is not permitted at {target}: one of {', '.join(ACTIONS[target])}"))
        held[target] = action
    faults += [f"{table.path.name}: {fault}" for fault in wrong]
    return out


def _wanted(actions: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Figures of a drug with these actions, and the bounds of each."""
    out = {figure: (low, high) for figure, (_, low, high, _) in KINETIC.items()}
    for target, action in actions.items():
        if action != "hormone":
            out[f"{target}_ki"] = _AT_TARGET["ki"][1:3]
        if action not in DEFINED_EFFICACY:
            most = 1.0 if action == "partial" or target == "translation" else _AT_TARGET["efficacy"][2]
            out[f"{target}_efficacy"] = (_AT_TARGET["efficacy"][1], most)
    return out


def _figures(
    table: Table, names: list[str], actions: dict[str, dict[str, str]], faults: list[str]
) -> dict[str, dict[str, Figure]]:
    """Figures by drug and name."""
    wrong: list[str] = []
    column = table.columns
    numbers = {c: table.numbers(c, 0.0, 1e8, wrong, blank=False) for c in ("value", "low", "high")}
    table.words("grade", GRADES, wrong, blank=False)
    out: dict[str, dict[str, Figure]] = {}
    for i, (drug, figure) in enumerate(zip(column["drug"], column["figure"], strict=True)):
        if drug not in names:
            wrong.append(table.fault(i, "drug", f"is no drug of drugs.csv{did_you_mean(drug, names)}"))
            continue
        held, wanted = out.setdefault(drug, {}), _wanted(actions.get(drug, {}))
        if figure not in wanted:
            choice = f"{did_you_mean(figure, wanted)}; one of {', '.join(wanted)}"
            wrong.append(table.fault(i, "figure", f"is not permitted for '{drug}'{choice}"))
            continue
        if figure in held:
            wrong.append(table.fault(i, "figure", f"appears twice for '{drug}'; permitted: once"))
        if not column["source"][i]:
            wrong.append(table.fault(i, "source", "is empty; every figure says where it comes from"))
        value, low, high = (float(numbers[c][i]) for c in ("value", "low", "high"))
        least, most = wanted[figure]
        for name, number in (("value", value), ("low", low), ("high", high)):
            if number < least or number > most:  # false for NaN, which has its own fault
                wrong.append(
                    table.fault(i, name, f"is not permitted for {figure}: a number from {least:g} to {most:g}")
                )
        if value < low or value > high or low >= high:
            wrong.append(table.fault(i, "value", f"is not permitted: {low:g} to {high:g}, the range of this figure"))
        held[figure] = Figure(value, low, high, cast("Grade", column["grade"][i]), column["source"][i])
    for drug in dict.fromkeys(names):
        lacking = [f for f in _wanted(actions.get(drug, {})) if f not in out.get(drug, {}) and f != "bioavailability"]
        wrong += [f"'{drug}' lacks its {figure}; give a row" for figure in lacking if drug]
    faults += [f"{table.path.name}: {fault}" for fault in wrong]
    return out


def _drugs(
    table: Table, actions: dict[str, dict[str, str]], figures: dict[str, dict[str, Figure]], faults: list[str]
) -> dict[str, Drug]:
    wrong: list[str] = []
    numbers = {c: table.numbers(c, *b, wrong, blank=False) for c, b in _MASS.items()}
    out: dict[str, Drug] = {}
    for i, name in enumerate(table.columns["name"]):
        if not name:
            wrong.append(table.fault(i, "name", "is empty; permitted: a name"))
        elif not parameter_name(name, "x").isidentifier():
            wrong.append(table.fault(i, "name", "is not permitted: letters, digits and hyphens, first a letter"))
        if name in out:
            wrong.append(table.fault(i, "name", "appears twice; permitted: once"))
        if name not in actions:
            wrong.append(table.fault(i, "name", "has no target; give at least one row in drug_targets.csv"))
        mass, low, typical, high = (float(values[i]) for values in numbers.values())
        if low > typical or typical > high:
            wrong.append(table.fault(i, "dose_typical", f"is not permitted: {low:g} to {high:g}, the permitted doses"))
        kind = table.columns["class"][i]
        out[name] = Drug(name, kind, mass, low, typical, high, actions.get(name, {}), figures.get(name, {}))
    faults += [f"{table.path.name}: {fault}" for fault in wrong]
    return out
