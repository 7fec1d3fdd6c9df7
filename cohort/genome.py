"""Genome: named variants, polygenic background, and who shares what: singles, twin pairs, siblings.

A trait's latent value is standard normal: a genetic share (its heritability), a share of the home that twins
and siblings have in common, and the rest. Named variants are drawn from four parental alleles in Hardy-
Weinberg proportions and transmitted; the polygenic background is the mean of the parents' breeding values
plus Mendelian sampling of half the variance (Falconer & Mackay 1996). So MZ twins share all genetic values,
DZ twins and siblings half on average. Mating is random, within an ancestry group; variants are unlinked.
With ``p`` the frequency of the counted allele in the person's ancestry group and ``dosage`` the number carried::

    polygenic = (mother + father) / 2 + sqrt(1/2) segregation
    environment = sqrt(c2) home + sqrt(1 - h2 - c2) rest
    mother, father, home ~ N(0, 1)                              # the family's
    segregation, rest ~ N(0, 1)                                 # the person's
    h2 = heritability_sensitivity                               # synthesis, affinity, efficacy, clearance of a system
    h2 = heritability_capacity                                  # hippocampal capacity, prefrontal control
    h2 = heritability_style                                     # rumination, avoidance
    h2 = heritability_circumstance                              # sleep, support, baseline load, cue rate
    c2 = shared_environment
    score = sum(effect (dosage - 2 p))                          # over the named variants of the trait
    v = sum(2 p (1 - p) effect^2)                               # share of variance that they explain

Candidate-gene effects did not replicate (Border et al. 2019, 10.1176/appi.ajp.2018.18070881): the named
variants are kept to a fraction of a per cent of the variance of any trait, and what they explain comes out of
the polygenic part, so that heritability stays as declared. A variant's effect is centred within each
ancestry: frequencies differ between groups, medians of traits do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cohort import streams
from cohort.errors import InputError, did_you_mean
from cohort.files import Table, data_file, read_table
from cohort.parameters import declare, param
from cohort.state import SYSTEMS, TRAIT_COLUMNS

ANCESTRIES = ("EUR", "AFR", "EAS", "SAS", "AMR")
STRESS_SENSITIVITY = "stress_sensitivity"  # liability that scales what adversity does; not a trait of the kernel
SET_BY_DEVELOPMENT = ("noradrenergic_tone", "cortisol_feedback", "stress_exposure")
GENETIC_TRAITS = (*(t for t in TRAIT_COLUMNS if t not in SET_BY_DEVELOPMENT), STRESS_SENSITIVITY)

SCORE = "polygenic_"  # and the trait: a column of scores

Families = Literal["single", "mz", "dz", "sib"]
FAMILIES: tuple[str, ...] = get_args(Families)
Zygosity = NDArray[np.object_]  # what each person is to the other of their pair, a word of `FAMILIES`, shape (n,)

_CAPACITY = ("hippocampal_capacity", "prefrontal_control")
_STYLE = ("rumination", "avoidance")
_CIRCUMSTANCE = ("sleep", "support", "baseline_load", "cue_rate")

declare(
    "genome",
    param(
        "heritability_sensitivity", 0.49, "1", 0.05, 0.7,
        "Polderman et al. 2015, 10.1038/ng.3285: .49, mean of 17,804 traits in twin studies; no twin study "
        "of these sensitivities themselves",
        "measured", "genetic share of the variance of a system's synthesis, affinity, efficacy, clearance",
    ),
    param(
        "heritability_capacity", 0.5, "1", 0.05, 0.7,
        "Plomin et al. 2013, PMC3652710: about .50 for general cognitive ability in meta-analyses of twins",
        "measured", "genetic share of the variance of hippocampal capacity and prefrontal control",
    ),
    param(
        "heritability_style", 0.39, "1", 0.05, 0.7,
        "Johnson et al. 2014, PMC4111768: rumination .37-.41, 663 adult twins", "measured",
        "genetic share of the variance of rumination and avoidance",
    ),
    param(
        "heritability_circumstance", 0.27, "1", 0.05, 0.7,
        "Kendler & Baker 2007, 10.1017/S0033291706009524: weighted mean .27 over measures of the "
        "environment",
        "measured", "genetic share of the variance of sleep, support, baseline load and cue rate",
    ),
    param(
        "shared_environment", 0.17, "1", 0.0, 0.3,
        "Polderman et al. 2015, 10.1038/ng.3285: .17, mean of all human traits",
        "measured", "share of a trait's variance that twins and siblings owe to a common home",
    ),
)  # fmt: skip


def place(name: str) -> int:
    """Place of a named draw in its stream: from the name alone, so that a new row moves no other."""
    return crc32(name.encode())


def heritability(trait: str, parameters: Mapping[str, float]) -> float:
    """Declared heritability of one trait (1 for the liability `STRESS_SENSITIVITY`, which is genetic by
    definition)."""
    if trait == STRESS_SENSITIVITY:
        return 1.0
    for names, group in ((_CAPACITY, "capacity"), (_STYLE, "style"), (_CIRCUMSTANCE, "circumstance")):
        if trait in names:
            return parameters[f"heritability_{group}"]
    return parameters["heritability_sensitivity"]


@dataclass(frozen=True)
class Kinship:
    """Who belongs to whom, each of shape (n,): `id`, `family` (id of its first member) and `zygote`.

    The zygote is the id that keys what was settled at conception: MZ twins have one between them.
    """

    id: NDArray[np.int64]
    family: NDArray[np.int64]
    zygote: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)


def zygosity(seed: int, ids: NDArray[np.int64], families: Families | Mapping[Families, float]) -> Zygosity:
    """What persons `ids` are to the other of their pair: one word for all, or drawn pair by pair with these shares.

    Persons 2k and 2k + 1 are a pair.
    """
    if isinstance(families, str):
        return np.full(len(ids), families, dtype=object)
    words = np.array(list(families), dtype=object)
    cuts = np.cumsum(list(families.values()))[:-1]
    u = streams.uniforms(seed, streams.TWIN, ids - ids % 2, place("zygosity"))
    return np.asarray(words[np.searchsorted(cuts, u, side="right")])


def kinship(ids: NDArray[np.int64], kind: Families | Zygosity = "single") -> Kinship:
    """Relations of persons `ids`, of whom 2k and 2k + 1 share a family unless they are single; `kind` is one word
    for all or a word for each. Raises InputError for an unknown word."""
    for word in {kind} if isinstance(kind, str) else set(kind):
        if word not in FAMILIES:
            raise InputError(f"families = {word!r}; permitted: {', '.join(FAMILIES)}")
    pair = ids - ids % 2
    family = np.where(kind == "single", ids, pair)
    return Kinship(ids, family, np.where(kind == "mz", pair, ids))


@dataclass(frozen=True)
class Variants:
    """Named variants: `names`, `traits` and `effects` (SD of the trait per counted allele) of shape (v,).

    `frequency` is that of the counted allele by ancestry, shape (len(ANCESTRIES), v). `alleles` are the counted and the
    other one, forward strand or by name.
    """

    names: tuple[str, ...]
    traits: tuple[str, ...]
    effects: NDArray[np.float64]
    frequency: NDArray[np.float64]
    alleles: tuple[tuple[str, str], ...]

    def variance(self, trait: str) -> NDArray[np.float64]:
        """Share of a trait's variance due to named variants, by ancestry: sum of 2 p (1 - p) effect²."""
        mine = [k for k, t in enumerate(self.traits) if t == trait]
        p = self.frequency[:, mine]
        return np.asarray((2.0 * p * (1.0 - p) * self.effects[mine] ** 2).sum(axis=1))

    def score(self, trait: str, dosages: NDArray[np.float64], ancestry: NDArray[np.int64]) -> NDArray[np.float64]:
        """Shift of a trait in SD, shape (n,), from `dosages` (n, v), centred within the person's ancestry."""
        out = np.zeros(len(dosages))
        for k, t in enumerate(self.traits):
            if t == trait:
                out += self.effects[k] * (dosages[:, k] - 2.0 * self.frequency[ancestry, k])
        return out

    def positions(self, names: tuple[str, ...]) -> list[int]:
        """Columns of the named variants. Raises InputError for an unknown name."""
        unknown = [f"'{n}'{did_you_mean(n, self.names)}" for n in names if n not in self.names]
        if unknown:
            raise InputError(f"unknown variants: {', '.join(unknown)}; permitted: {', '.join(self.names)}")
        return [self.names.index(n) for n in names]


_TEXT = ("variant", "gene", "allele", "other", "system", "trait", "frequency_basis", "source")
_COLUMNS = (*_TEXT, "effect", *ANCESTRIES)


def load_variants(path: str | Path | None = None) -> Variants:
    """Read a table of variants; without a path, the package's own.

    Raises InputError, listing every fault with its row and column: a column missing or unknown, a frequency
    outside 0 to 1, an effect beyond .2 SD, a system or trait not known or not matching, a variant named
    twice.
    """
    return _shipped() if path is None else _variants(read_table(path))


@cache
def _shipped() -> Variants:
    return _variants(read_table(data_file("variants.csv")))


def _variants(table: Table) -> Variants:
    faults = [f"column '{c}' is missing" for c in _COLUMNS if c not in table.columns]
    faults += [
        f"unknown column '{c}'{did_you_mean(c, _COLUMNS)}; permitted: {', '.join(_COLUMNS)}"
        for c in table.columns
        if c not in _COLUMNS
    ]
    table.refuse(faults)
    for column in _TEXT:
        blank = [i for i, cell in enumerate(table.columns[column]) if not cell]
        faults += [table.fault(i, column, "is not permitted: it must not be blank") for i in blank]
    table.words("frequency_basis", ("measured", "approximate", "assumed"), faults)
    effects = table.numbers("effect", -0.2, 0.2, faults, blank=False)
    frequency = np.array([table.numbers(a, 0.0, 1.0, faults, blank=False) for a in ANCESTRIES])
    systems = table.words("system", (*SYSTEMS, "memory"), faults)
    table.words("trait", GENETIC_TRAITS, faults)
    names, traits = table.columns["variant"], table.columns["trait"]
    for i, (name, trait) in enumerate(zip(names, traits, strict=True)):
        if name and names.index(name) < i:
            faults.append(table.fault(i, "variant", "is named twice"))
        prefix = trait.partition("_")[0]
        if trait in GENETIC_TRAITS and prefix in SYSTEMS and SYSTEMS.index(prefix) != systems[i] >= 0:
            faults.append(table.fault(i, "trait", f"is of another system than '{table.columns['system'][i]}'"))
    table.refuse(faults)
    counted = [cell.split()[0] for cell in table.columns["allele"]]  # what stands in parentheses is its usual name
    alleles = tuple(zip(counted, table.columns["other"], strict=True))
    return Variants(tuple(names), tuple(traits), effects, frequency, alleles)


def genotypes(seed: int, kin: Kinship, ancestry: NDArray[np.int64], variants: Variants) -> NDArray[np.int8]:
    """Counted alleles of each person, 0 to 2, shape (n, v). `ancestry` holds positions in `ANCESTRIES`.

    Siblings and twins must be of one ancestry: their parents' alleles are drawn at its frequencies.
    """
    out = np.zeros((len(kin), len(variants.names)), dtype=np.int8)
    for v, name in enumerate(variants.names):
        p, day = variants.frequency[ancestry, v], place(name)
        for parent in (0, 1):
            first = streams.uniforms(seed, streams.GENOTYPE, kin.family, day, 2 * parent) < p
            second = streams.uniforms(seed, streams.GENOTYPE, kin.family, day, 2 * parent + 1) < p
            passed = streams.uniforms(seed, streams.GENOTYPE, kin.zygote, day, 4 + parent) < 0.5
            out[:, v] += np.where(passed, first, second)
    return out


def breeding_value(seed: int, kin: Kinship, trait: str) -> NDArray[np.float64]:
    """Polygenic value of each person, standard normal, (n,): midparent and Mendelian sampling."""
    day = place(trait)
    mother = streams.normals(seed, streams.POLYGENIC, kin.family, day, 0)
    father = streams.normals(seed, streams.POLYGENIC, kin.family, day, 1)
    sampling = streams.normals(seed, streams.POLYGENIC, kin.zygote, day, 2)
    return np.asarray(0.5 * (mother + father) + np.sqrt(0.5) * sampling)


def polygenic_score(
    seed: int, kin: Kinship, trait: str, captured: float, parameters: Mapping[str, float]
) -> NDArray[np.float64]:
    """Score of a panel for one trait, standard normal, (n,): it has the share `captured` of the polygenic variance.

    What it errs by is in the genome as well, so that twins and siblings share it as they share the rest::

        score = sqrt(captured) polygenic + sqrt(1 - captured) other

    (`captured` is the squared accuracy of Daetwyler et al. 2008, 10.1371/journal.pone.0003395.)
    """
    value = breeding_value(seed, kin, trait)
    system = trait.partition("_")[0]
    if system in SYSTEMS:  # a part of the trait's genes are those of its system
        r = parameters["system_correlation"]
        parts = (1.0 - r) * heritability(trait, parameters), r * parameters["heritability_sensitivity"]
        value = np.sqrt(parts[0]) * value + np.sqrt(parts[1]) * breeding_value(seed, kin, system)
        value /= np.sqrt(sum(parts))
    other = breeding_value(seed, kin, f"{SCORE}{trait}")
    return np.asarray(np.sqrt(captured) * value + np.sqrt(1.0 - captured) * other)


def environment(seed: int, kin: Kinship, trait: str, shared: float, own: float) -> NDArray[np.float64]:
    """What a trait owes to neither genes nor adversity: variances `shared` and `own`, shape (n,)."""
    day = place(trait)
    home = streams.normals(seed, streams.TWIN, kin.family, day, 0)
    rest = streams.normals(seed, streams.TRAIT, kin.id, day, 0)
    return np.asarray(np.sqrt(shared) * home + np.sqrt(own) * rest)
