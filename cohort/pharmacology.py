"""Drugs: from the dose to the free concentration, and from there to what is occupied, blocked or released.

One compartment with first-order absorption. Concentrations are free (unbound) plasma concentrations, nM; the
free concentration in the brain is taken to equal that in plasma, in both sexes. A dose enters as the free
concentration that it would give if it were absorbed at once, so gut and plasma share a unit. What is known of each
drug stands in the tables of `cohort.drugs`; each figure there is a parameter, ``<drug>_<figure>``. With ``mg`` the
dose, ``molar_mass`` in g/mol, ``C`` the free concentration and ``Ki`` the constant at a target::

    gut += mg bioavailability fraction_unbound 10^6 / (volume molar_mass)   # no bioavailability: volume is V/F
    dgut/dt = -ka gut
    dC/dt = ka gut - ke C
    ka = ln(2) / absorption_half_life
    ke = ln(2) / half_life
    block = sum(C / Ki)                                                       # over the drugs at a receptor
    agonism = sum(efficacy C / Ki)                                            # 0 antagonist, 1 agonist or hormone
    theta = (x / K + agonism) / (1 + x / K + block)                           # activated share, Gaddum 1937
    effect = sum(efficacy C / (C + Ki))                                       # at every other target
    Ki = free_cortisol k_mr                                                   # of the hormone itself at MR
    Ki = free_cortisol k_mr gr_ratio                                          # and at GR

``x`` is the transmitter's level and ``K`` its dissociation constant, see `receptors`; without a partial agonist
theta is ``x / (x + K (1 + A/Ki))``. At receptors drugs compete with the transmitter and with each other (Gaddum 1937).
At transporters, release sites, allosteric sites and ribosomes the effects of several drugs are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, expm1, log
from numbers import Real
from typing import Any, Final, cast

import numpy as np

from cohort.compiled import compiled, inlined
from cohort.drugs import DEFINED_EFFICACY, MOST_TARGETS, TARGETS, Drug, described, load_drugs, parameter_name
from cohort.errors import InputError, did_you_mean
from cohort.parameters import Parameter, declare, param

ALPHA1, ALPHA2, BETA, D1, D2, HT_RECEPTOR, CB1, MUSCARINIC, MR, GR = range(10)  # D1 stands for D1 and D5
SERT, NET, DAT, RELEASE_DA, RELEASE_NE, RELEASE_HT, NMDA, GABA_A, TRANSLATION = range(10, 19)

PLACES: Final = 4  # drugs that one person can carry at a time
GONE: Final = 1e-6  # nM; every Ki is a thousand times larger or more, so nothing of a drug is felt below it


def _figures() -> list[Parameter]:
    """Every figure on every drug as a parameter; the value stands in the table alone."""
    out = []
    for drug in load_drugs().values():
        for name, f in drug.figures.items():
            unit, meaning = described(name)
            full = parameter_name(drug.name, name)
            out.append(param(full, f.value, unit, f.low, f.high, f.source, f.grade, f"{drug.name}: {meaning}"))
    return out


declare(
    "pharmacology",
    param("free_cortisol", 10.0, "nM", 5.0, 33.0,
        "Clin Chim Acta 1980, 10.1016/0009-8981(80)90351-4: unbound cortisol 1.2 ug/dl (33 nM) at 8-10 h and .4 ug/dl "
        "(11 nM) at 16 h, 24 normal adults; the afternoon rounded", "measured",
        "free cortisol at the median person's rest, which gives the affinity of the hormone as a drug"),
    *_figures(),
)  # fmt: skip

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


# --- one person (compiled): `p` is the state of one person (`state.PERSON`), `drugs` the records of `drug_table`


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


@inlined
def carries_drugs(p: Any) -> bool:
    """Whether any drug is on board."""
    return p.drug[0] + p.drug[1] + p.drug[2] + p.drug[3] > 0.0


@compiled
def acts_on(p: Any, drugs: Any, target: int) -> bool:
    """Whether any drug on board acts on a target."""
    for slot in range(PLACES):
        if p.drug[slot] > 0.0:
            d = drugs[int(p.drug[slot]) - 1]
            for t in range(MOST_TARGETS):
                if d.target[t] == target:
                    return True
    return False


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


def _nanomolar_per_mg(drug: Drug, figures: Mapping[str, float]) -> float:
    """Free concentration per mg absorbed at once, nM/mg; without a bioavailability the volume is V/F."""
    share = figures.get("bioavailability", 1.0) * figures["fraction_unbound"]
    return share * 1e6 / (figures["volume"] * drug.molar_mass)


def _ki(target: str, action: str, figures: Mapping[str, float], parameters: Mapping[str, float]) -> float:
    """Ki or EC50 in nM. The hormone itself binds as tightly as the model's own hormone at the same receptor."""
    if action != "hormone":
        return figures[f"{target}_ki"]
    own = parameters["free_cortisol"] * parameters["k_mr"]
    return own if target == "mr" else own * parameters["gr_ratio"]


def drug_table(parameters: Mapping[str, float]) -> np.recarray:
    """The drugs as `RECORD` for compiled code, shape (number of drugs,), in the order of `load_drugs`."""
    drugs = load_drugs().values()
    out = np.zeros(len(drugs), dtype=RECORD).view(np.recarray)
    out["target"] = -1
    out["ki"] = 1.0
    for i, d in enumerate(drugs):
        figures = {name: parameters[parameter_name(d.name, name)] for name in d.figures}
        out["ka"][i] = log(2.0) / figures["absorption_half_life"]
        out["ke"][i] = log(2.0) / figures["half_life"]
        out["nanomolar_per_mg"][i] = _nanomolar_per_mg(d, figures)
        for k, (target, action) in enumerate(d.targets.items()):
            out["target"][i, k] = TARGETS.index(target)
            out["ki"][i, k] = _ki(target, action, figures, parameters)
            efficacy = DEFINED_EFFICACY.get(action)
            out["efficacy"][i, k] = figures[f"{target}_efficacy"] if efficacy is None else efficacy
    return out


def _unknown(name: str) -> str:
    known = load_drugs()
    return f"unknown drug '{name}'{did_you_mean(name, known)}; permitted: {', '.join(known)}"


def drug_index(name: str) -> int:
    """Row of a drug in `drug_table`. Raises InputError for an unknown name."""
    known = list(load_drugs())
    if name not in known:
        raise InputError(_unknown(name))
    return known.index(name)


def dose_fault(name: str, mg: object) -> str | None:
    """One sentence on what is wrong with a single dose (drug unknown, no number, out of range), or None."""
    known = load_drugs()
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
