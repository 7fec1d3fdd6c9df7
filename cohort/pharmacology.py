"""Drugs: from the dose to the free concentration, and from there to what is occupied, blocked or released.

One compartment with first-order absorption. Concentrations are free (unbound) plasma concentrations, nM; the
free concentration in the brain is taken to equal that in plasma, in both sexes. A dose enters as the free
concentration that it would give if it were absorbed at once, ``nanomolar_per_mg = F fu 10^6 / (V M)``, so gut
and plasma share a unit.

``data/drugs.csv``, a row a drug: molar mass M in g/mol of the form in which the dose is expressed; permitted
and typical single dose, mg; bioavailability F; volume V, L for 70 kg; half-life and absorption half-life, h
(the latter set to the published time of the peak); fraction unbound fu. ``data/drug_targets.csv``, a row a
drug and target: Ki or EC50, nM; efficacy, at receptors the activation when fully occupied (0 antagonist, 1
full agonist), elsewhere the effect at saturation. A row has the grade of its weakest figure; its source says
which that is.

At receptors drugs compete with the transmitter and with each other (Gaddum 1937). At transporters, release
sites, allosteric sites and ribosomes the effects of several drugs are added. The compiled functions take the
state `p` of one person (`state.PERSON`) and the records of `drug_table`; they give the same results, to
rounding, with compilation disabled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, expm1, inf, log
from numbers import Real
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from cohort.compiled import compiled
from cohort.errors import InputError, did_you_mean, one_message
from cohort.files import Table, data_file, read_table
from cohort.parameters import GRADES

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
ALPHA1, ALPHA2, BETA, D1, D2, HT_RECEPTOR, CB1, MUSCARINIC, MR, GR = range(10)  # D1 stands for D1 and D5
SERT, NET, DAT, RELEASE_DA, RELEASE_NE, RELEASE_HT, NMDA, GABA_A, TRANSLATION = range(10, 19)

PLACES: Final = 4  # drugs that one person can carry at a time
MOST_TARGETS: Final = 4  # targets of one drug
GONE: Final = 1e-6  # nM; every Ki is a thousand times larger or more, so nothing of a drug is felt below it

RECEPTOR_EFFICACY: Final = {"antagonist": (0.0, 0.0), "agonist": (1.0, 1.0), "partial": (0.0, 1.0)}
ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(TARGETS[: GR + 1], tuple(RECEPTOR_EFFICACY)),
    **dict.fromkeys(("sert", "net", "dat", "translation"), ("inhibitor",)),
    **dict.fromkeys(("release_da", "release_ne", "release_ht"), ("releaser", "precursor")),
    "nmda": ("partial", "agonist"),
    "gaba_a": ("allosteric",),
}

RECORD: Final = np.dtype(
    [
        ("ka", np.float64),  # absorption, 1/h
        ("ke", np.float64),  # elimination, 1/h
        ("nanomolar_per_mg", np.float64),
        ("target", np.int64, (MOST_TARGETS,)),  # -1 where there is none
        ("ki", np.float64, (MOST_TARGETS,)),  # nM
        ("efficacy", np.float64, (MOST_TARGETS,)),
    ]
)


# --- one person (compiled)


@compiled
def chain(amount_in: float, amount: float, k_in: float, k_out: float, dt: float) -> float:
    """Level x after `dt` in a chain of two stages: ``dx/dt = k_in a - k_out x`` while ``da/dt = -k_in a``.

    Bateman 1910. The difference of two exponentials is taken as ``expm1`` of the difference of the rates, so
    that equal and nearly equal rates lose no digits.
    """
    gap = abs(k_in - k_out)
    if gap * dt > 0.0:
        spread = -expm1(-gap * dt) / gap
    else:
        spread = dt
    fed: float = amount_in * k_in * exp(-min(k_in, k_out) * dt) * spread
    return amount * exp(-k_out * dt) + fed


@compiled
def give(p: Any, drugs: Any, index: int, mg: float) -> bool:
    """Add a dose of drug `index` to the gut; False, and nothing given, when other drugs hold every place."""
    place = -1
    for slot in range(PLACES):
        if p.drug[slot] == index + 1.0:
            place = slot
            break
        if p.drug[slot] == 0.0 and place < 0:
            place = slot
    if place < 0:
        return False
    p.drug[place] = index + 1.0
    p.gut[place] += mg * drugs[index].nanomolar_per_mg
    return True


@compiled
def advance_drugs(p: Any, drugs: Any, dt: float) -> None:
    """Advance gut and plasma by `dt` hours in closed form, and free each place whose drug is gone."""
    for slot in range(PLACES):
        if p.drug[slot] > 0.0:
            d = drugs[int(p.drug[slot]) - 1]
            p.plasma[slot] = chain(p.gut[slot], p.plasma[slot], d.ka, d.ke, dt)
            p.gut[slot] *= exp(-d.ka * dt)
            if p.gut[slot] + p.plasma[slot] < GONE:
                p.drug[slot] = 0.0
                p.gut[slot] = 0.0
                p.plasma[slot] = 0.0


@compiled
def concentration(p: Any, drugs: Any, slot: int, dt: float) -> float:
    """Free concentration `dt` hours ahead of the drug in one place, nM; the state is left as it is."""
    if p.drug[slot] == 0.0:
        return 0.0
    d = drugs[int(p.drug[slot]) - 1]
    level: float = chain(p.gut[slot], p.plasma[slot], d.ka, d.ke, dt)
    return level


@compiled
def receptor_load(p: Any, drugs: Any, target: int, dt: float) -> tuple[float, float]:
    """Sums over drugs of C/Ki and of efficacy C/Ki at a receptor, `dt` hours ahead: what `gaddum` takes."""
    block, drive = 0.0, 0.0
    for slot in range(PLACES):
        if p.drug[slot] > 0.0:
            d = drugs[int(p.drug[slot]) - 1]
            for t in range(MOST_TARGETS):
                if d.target[t] == target:
                    load = concentration(p, drugs, slot, dt) / d.ki[t]
                    block += load
                    drive += d.efficacy[t] * load
    return block, drive


@compiled
def effect(p: Any, drugs: Any, target: int, dt: float) -> float:
    """Sum over drugs of efficacy C/(C + Ki) at a target that is no receptor, `dt` hours ahead."""
    out = 0.0
    for slot in range(PLACES):
        if p.drug[slot] > 0.0:
            d = drugs[int(p.drug[slot]) - 1]
            for t in range(MOST_TARGETS):
                if d.target[t] == target:
                    level = concentration(p, drugs, slot, dt)
                    out += d.efficacy[t] * level / (level + d.ki[t])
    return out


@compiled
def gaddum(x: float, k: float, block: float, drive: float) -> float:
    """Activated share of a receptor, ``(x/k + drive) / (1 + x/k + block)``: Gaddum 1937, with agonist drugs.

    `x` and `k` are the transmitter's level and dissociation constant, in one unit; `block` and `drive` come
    from `receptor_load`.
    """
    own = x / k
    return (own + drive) / (1.0 + own + block)


# --- the table of drugs


@dataclass(frozen=True, slots=True)
class DrugTarget:
    """What a drug does at one target: Ki or EC50 in nM, efficacy, source and grade."""

    target: str
    action: str
    ki: float
    efficacy: float
    source: str
    grade: str


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug: doses in mg, volume in L for 70 kg, half-lives in h, molar mass in g/mol."""

    name: str
    drug_class: str
    molar_mass: float
    dose_low: float
    dose_typical: float
    dose_high: float
    bioavailability: float
    volume: float
    half_life: float
    absorption_half_life: float
    fraction_unbound: float
    source: str
    grade: str
    targets: tuple[DrugTarget, ...]

    @property
    def nanomolar_per_mg(self) -> float:
        """Free concentration per mg absorbed at once, nM/mg."""
        return self.bioavailability * self.fraction_unbound * 1e6 / (self.volume * self.molar_mass)


_BOUNDS: Final = {
    "molar_mass": (50.0, 2000.0),
    "dose_low": (1e-3, 2e4),
    "dose_typical": (1e-3, 2e4),
    "dose_high": (1e-3, 2e4),
    "bioavailability": (1e-3, 1.0),
    "volume": (1.0, 2e4),
    "half_life": (0.05, 500.0),
    "absorption_half_life": (0.02, 24.0),
    "fraction_unbound": (1e-4, 1.0),
}
_TARGET_BOUNDS: Final = {"ki": (1e-3, 1e8), "efficacy": (0.0, 10.0)}
_DRUG_COLUMNS: Final = ("name", "class", *_BOUNDS, "source", "grade")
_TARGET_COLUMNS: Final = ("drug", "target", "action", *_TARGET_BOUNDS, "source", "grade")


def load_drugs(folder: Path | None = None) -> dict[str, Drug]:
    """Read `drugs.csv` and `drug_targets.csv` of a folder (by default the package's data), as ordered there.

    Raises InputError for every fault of both files at once, with file, row, column and what is permitted.
    """
    return dict(_shipped()) if folder is None else _read(folder)


@cache
def _shipped() -> dict[str, Drug]:
    return _read(data_file("drugs.csv").parent)


def _read(folder: Path) -> dict[str, Drug]:
    drugs, links = (read_table(folder / name) for name in ("drugs.csv", "drug_targets.csv"))
    faults: list[str] = []
    for table, columns in ((drugs, _DRUG_COLUMNS), (links, _TARGET_COLUMNS)):
        wrong = [f"column '{c}' is missing" for c in columns if c not in table.columns]
        for c in table.columns:
            if c not in columns:
                wrong.append(f"column '{c}' is unknown{did_you_mean(c, columns)}; permitted: {', '.join(columns)}")
        faults += [f"{table.path.name}: {fault}" for fault in wrong]
    _refuse(drugs, faults)
    targets = _targets(links, drugs.columns["name"], faults)
    found = _drugs(drugs, targets, faults)
    _refuse(drugs, faults)
    return found


def _refuse(table: Table, faults: list[str]) -> None:
    if faults:
        raise InputError(one_message(str(table.path.parent), faults))


def _graded(table: Table, faults: list[str]) -> None:
    table.words("grade", GRADES, faults, blank=False)
    for i, source in enumerate(table.columns["source"]):
        if not source:
            faults.append(table.fault(i, "source", "is empty; every row says where its figures come from"))


def _targets(table: Table, names: list[str], faults: list[str]) -> dict[str, list[DrugTarget]]:
    column, wrong = table.columns, list[str]()
    numbers = {c: table.numbers(c, *b, wrong, blank=False) for c, b in _TARGET_BOUNDS.items()}
    table.words("target", TARGETS, wrong, blank=False)
    _graded(table, wrong)
    out: dict[str, list[DrugTarget]] = {}
    for i, (drug, target, action) in enumerate(zip(column["drug"], column["target"], column["action"], strict=True)):
        if drug not in names:
            wrong.append(table.fault(i, "drug", f"is no drug of drugs.csv{did_you_mean(drug, names)}"))
        held = out.setdefault(drug, [])
        if target in [t.target for t in held]:
            wrong.append(table.fault(i, "target", f"appears twice for '{drug}'; permitted: once"))
        if len(held) == MOST_TARGETS:
            wrong.append(table.fault(i, "drug", f"has too many targets; permitted: {MOST_TARGETS}"))
        efficacy = float(numbers["efficacy"][i])
        if target in ACTIONS and action not in ACTIONS[target]:
            wrong.append(table.fault(i, "action", f"is not permitted at {target}: one of {', '.join(ACTIONS[target])}"))
        else:
            low, high = RECEPTOR_EFFICACY.get(action, (0.0, 1.0 if target == "translation" else inf))
            if efficacy < low or efficacy > high:  # false for NaN, which has its own fault
                wrong.append(table.fault(i, "efficacy", f"is not permitted for {action}: {low:g} to {high:g}"))
        held.append(
            DrugTarget(target, action, float(numbers["ki"][i]), efficacy, column["source"][i], column["grade"][i])
        )
    faults += [f"{table.path.name}: {fault}" for fault in wrong]
    return out


def _drugs(table: Table, targets: dict[str, list[DrugTarget]], faults: list[str]) -> dict[str, Drug]:
    column, wrong = table.columns, list[str]()
    numbers = {c: table.numbers(c, *b, wrong, blank=False) for c, b in _BOUNDS.items()}
    _graded(table, wrong)
    out: dict[str, Drug] = {}
    for i, name in enumerate(column["name"]):
        if not name:
            wrong.append(table.fault(i, "name", "is empty; permitted: a name"))
        if name in out:
            wrong.append(table.fault(i, "name", "appears twice; permitted: once"))
        if name not in targets:
            wrong.append(table.fault(i, "name", "has no target; give at least one row in drug_targets.csv"))
        low, typical, high = (float(numbers[c][i]) for c in ("dose_low", "dose_typical", "dose_high"))
        if low > typical or typical > high:
            wrong.append(table.fault(i, "dose_typical", f"is not permitted: {low:g} to {high:g}, the permitted doses"))
        figures = {c: float(values[i]) for c, values in numbers.items()}
        out[name] = Drug(
            name=name,
            drug_class=column["class"][i],
            source=column["source"][i],
            grade=column["grade"][i],
            targets=tuple(targets.get(name, ())),
            **figures,
        )
    faults += [f"{table.path.name}: {fault}" for fault in wrong]
    return out


def drug_table(folder: Path | None = None) -> np.recarray:
    """The drugs as `RECORD` for compiled code, shape (number of drugs,), in the order of `load_drugs`."""
    drugs = load_drugs(folder).values()
    out = np.zeros(len(drugs), dtype=RECORD).view(np.recarray)
    out["target"] = -1
    for i, d in enumerate(drugs):
        out["ka"][i] = log(2.0) / d.absorption_half_life
        out["ke"][i] = log(2.0) / d.half_life
        out["nanomolar_per_mg"][i] = d.nanomolar_per_mg
        out["ki"][i] = 1.0
        for k, t in enumerate(d.targets):
            out["target"][i, k] = TARGETS.index(t.target)
            out["ki"][i, k] = t.ki
            out["efficacy"][i, k] = t.efficacy
    return out


def _unknown(name: str) -> str:
    known = _shipped()
    return f"unknown drug '{name}'{did_you_mean(name, known)}; permitted: {', '.join(known)}"


def drug_index(name: str) -> int:
    """Row of a drug in `drug_table`. Raises InputError for an unknown name."""
    known = list(_shipped())
    if name not in known:
        raise InputError(_unknown(name))
    return known.index(name)


def dose_fault(name: str, mg: object) -> str | None:
    """One sentence on what is wrong with a single dose (drug unknown, no number, out of range), or None."""
    known = _shipped()
    if name not in known:
        return _unknown(name)
    drug = known[name]
    permitted = f"permitted: a number from {drug.dose_low:g} to {drug.dose_high:g} mg"
    if isinstance(mg, bool) or not isinstance(mg, Real):
        return f"dose of {name}: {mg!r} is of the wrong type ({type(mg).__name__}); {permitted}"
    value = cast("float", mg)
    if not drug.dose_low <= value <= drug.dose_high:  # also true of NaN
        return f"dose of {name}: {value} mg is out of range; {permitted}"
    return None
