"""Persons: ancestry, sex, age, adversity and the 35 traits the kernel reads.

A trait is log-normal with median 1 (in a balanced cohort at the reference age and without adversity). With ``woman``
1 or 0, ``family_age`` drawn uniformly for the family, ``polygenic_system`` the polygenic value of the system, and the
other genetic values of `genome`::

    log_trait = spread latent + by_sex + by_age + log_set_point
    latent = sqrt(1 - r) U + score + sqrt(r) F               # a trait of a system
    latent = U + score                                       # any other: F and r are 0
    F = sqrt(h2) polygenic_system + environment              # what the traits of one system have in common
    U = sqrt(h2 - v / (1 - r)) polygenic + environment       # the trait's own part
    r = system_correlation
    spread = spread_sensitivity                              # the systems' traits
    spread = spread_control                                  # prefrontal control, cue rate
    spread = spread_other                                    # the rest
    by_sex = sex_noradrenergic (woman - 1/2)                 # of ne_efficacy
    by_sex = sex_rumination (woman - 1/2)                    # of rumination
    by_age = age_capacity (age - 40) / 10                    # of hippocampal capacity
    by_age = age_control (age - 40) / 10                     # of prefrontal control
    age = family_age + sibling_gap (2 u - 1)                 # of a sibling, folded back at the limits of the cohort

U is the trait's own part and F what the traits of one system have in common, each with the declared shares of
genes, home and the rest. `noradrenergic_tone`, `cortisol_feedback` and `stress_exposure` are set by
development alone: 1 without adversity. Every draw is keyed by the person (for twins and siblings also by the
family), so a person's row does not depend on who else is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohort import development, genome, streams
from cohort.errors import InputError, did_you_mean, one_message
from cohort.genome import ANCESTRIES, STRESS_SENSITIVITY, Families, Kinship, Variants
from cohort.parameters import Parameters, declare, param
from cohort.state import SYSTEMS, TRAIT_COLUMNS

TRAITS: Final = TRAIT_COLUMNS
SEXES: Final = ("female", "male")
YOUNGEST, OLDEST = 18.0, 100.0  # years; the model is of adults
AGE_REFERENCE = 40.0  # years; where the effects of age are counted from
MOST_PERSONS = 1 << 40  # as many as the streams can tell apart

_SPREAD = "log-SD .2-.3 for sensitivities and .3-.45 for control and cue rate gave the spread of intrusion diaries"
_SEX = "chosen: shifts of about .2 in both gave an odds ratio of about 2 for PTSD in women"

declare(
    "traits",
    param("spread_sensitivity", 0.24, "1", 0.0, 0.6,
        "Farde et al. 1995, 10.1002/syn.890200303: D2 receptor density 28 +- 6.9 pmol/ml (SD, n = 20), "
        "log-SD .24, taken for all systems and all their traits; that of affinity was .21, but persons did not differ "
        "in it beyond error", "measured", "log-SD of the systems' traits"),
    param("spread_control", 0.35, "1", 0.0, 0.8, _SPREAD, "assumed", "log-SD of control and cue rate"),
    param(
        "spread_other", 0.3, "1", 0.0, 0.8, "chosen: between the two spreads above", "assumed",
        "log-SD of hippocampal capacity, rumination, avoidance, sleep, support and baseline load",
    ),
    param(
        "system_correlation", 0.2, "1", 0.0, 0.8,
        "chosen: a system's traits are regulated together, loosely; 5-HT1A receptor and transporter did not "
        "correlate in 40 adults, Strupp-Levitsky et al. 2016, 10.1016/j.pscychresns.2016.08.002",
        "assumed", "correlation between the latent values of two traits of one system",
    ),
    param("sex_noradrenergic", 0.2, "1", -0.5, 0.5, _SEX, "assumed", "log ne_efficacy, women over men"),
    param("sex_rumination", 0.07, "1", -0.5, 0.5,
        "Johnson & Whisman 2013, 10.1016/j.paid.2013.03.019: d = .24 (SE .02, N = 14,321); times log-SD .3",
        "measured", "log rumination, women over men"),
    param("age_capacity", -0.04, "1/decade", -0.3, 0,
        "hippocampal volume a year: -.85% at 24-83 years, Fraser et al. 2015, NeuroImage 112:364 (n = "
        "3422); -.18% at 47 and -.30% at 63 years, Fraser et al. 2021, Neurobiol Aging 97:97; between them",
        "measured", "change of log hippocampal capacity"),
    param("age_control", -0.035, "1/decade", -0.3, 0,
        "Storsve et al. 2014, 10.1523/JNEUROSCI.0391-14.2014: cortical thickness -.35% a year (volume "
        "-.51%), n = 207, 23-87 years", "measured", "change of log control"),
    param(
        "sibling_gap", 4.7, "year", 0.0, 15.0,
        "Copen et al. 2015, Natl Vital Stat Rep 64(3): median 25-32 months from birth to next conception, "
        "3.1 years between births; times 3/2, as the mean gap is 2/3 of this", "measured",
        "greatest departure of a sibling's age from the family's",
    ),
)  # fmt: skip


def draw_traits(
    n: int,
    seed: int,
    parameters: Parameters,
    *,
    ancestry: Mapping[str, float] | None = None,
    female: float = 0.5,
    age: tuple[float, float] = (18.0, 65.0),
    families: Families | Mapping[Families, float] = "single",
    first_id: int = 0,
    variants: Sequence[str] = (),
    adversity: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Draw persons `first_id` to ``first_id + n - 1``; the same person gets the same row in any chunk.

    Parameters
    ----------
    ancestry : share of each of `ANCESTRIES`, summing to 1; equal shares when left out.
    female : share of women.
    age : lowest and highest age in years; uniform between them.
    families : ``single``, or consecutive pairs 2k, 2k + 1 as ``mz`` or ``dz`` twins or as ``sib``lings; or the share of
        pairs of each kind, summing to 1.
    variants : named variants whose counted alleles are added as columns.
    adversity : share of persons with "0", "1", ... "10" kinds of adverse experience, summing to 1; as surveyed when
        left out.

    Returns
    -------
    One row a person: id, family, zygosity, ancestry, sex, age (years), ace (count), adversity (severity
    weighted by sensitive period), `TRAITS`, then `variants`.

    Raises
    ------
    InputError
        With every fault of the arguments.
    """
    shares = dict.fromkeys(ANCESTRIES, 1.0 / len(ANCESTRIES)) if ancestry is None else dict(ancestry)
    _check_arguments(n, shares, female, age, first_id)
    ids = np.arange(first_id, first_id + n, dtype=np.int64)
    zygosity = genome.zygosity(seed, ids, families)
    kin = genome.kinship(ids, zygosity)
    known = genome.load_variants()
    columns = known.positions(tuple(variants))
    group = draw_ancestry(seed, kin, shares)
    woman = streams.uniforms(seed, streams.SEX, kin.zygote) < female
    years = _ages(seed, kin, age, zygosity == "sib", parameters["sibling_gap"])
    counts = count_shares(adversity)
    frame, dosages = complete(kin, seed, parameters, known, group, woman, years, adversity_shares=counts)
    frame["zygosity"] = zygosity
    for name, v in zip(variants, columns, strict=True):
        frame[name] = dosages[:, v].astype(np.int8)
    return frame


def count_shares(adversity: Mapping[str, float] | None) -> NDArray[np.float64] | None:
    """Shares of persons with "0", "1", ... "10" kinds of adverse experience as an array (11,); None as surveyed."""
    return None if adversity is None else np.array([adversity.get(str(k), 0.0) for k in range(11)])


def draw_ancestry(seed: int, kin: Kinship, shares: Mapping[str, float]) -> NDArray[np.int64]:
    """Position in `ANCESTRIES` of each person, one for a family, shape (n,)."""
    cuts = np.cumsum([shares.get(name, 0.0) for name in ANCESTRIES])[:-1]
    return np.searchsorted(cuts, streams.uniforms(seed, streams.ANCESTRY, kin.family), side="right")


def complete(
    kin: Kinship,
    seed: int,
    parameters: Parameters,
    variants: Variants,
    ancestry: NDArray[np.int64],
    woman: NDArray[np.bool_],
    age: NDArray[np.float64],
    *,
    dosages: Mapping[str, NDArray[np.float64]] | None = None,
    ace: NDArray[np.float64] | None = None,
    items: Mapping[str, NDArray[np.float64]] | None = None,
    traits: Mapping[str, NDArray[np.float64]] | None = None,
    adversity_shares: NDArray[np.float64] | None = None,
) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Draw all that is not given; returns the table and the dosages (n, v).

    `dosages` by variant, `ace` (number), `items` by kind of adversity and `traits` by name are arrays of
    shape (n,), NaN where not known. A given trait is kept, and the traits of its system are drawn conditional
    on it. `adversity_shares` (11,) replaces the surveyed distribution of the number of adverse experiences.
    """
    genes = genome.genotypes(seed, kin, ancestry, variants).astype(np.float64)
    for name, given in (dosages or {}).items():
        v = variants.names.index(name)
        genes[:, v] = np.where(np.isnan(given), genes[:, v], given)
    polygenic = {t: genome.breeding_value(seed, kin, t) for t in genome.GENETIC_TRAITS}
    liability = (
        polygenic["rumination"] - polygenic["hippocampal_capacity"] - polygenic["prefrontal_control"]
    ) / np.sqrt(3.0)
    adversity = development.draw_adversity(seed, kin, liability, parameters, ace, items, adversity_shares)
    dose = development.doses(adversity)
    named = variants.variance(STRESS_SENSITIVITY)[ancestry]
    sensitivity = np.sqrt(1.0 - named) * polygenic[STRESS_SENSITIVITY]
    sensitivity += variants.score(STRESS_SENSITIVITY, genes, ancestry)
    logs = development.set_point_shifts(dose, sensitivity, parameters)

    r, c2 = parameters["system_correlation"], parameters["shared_environment"]
    common: dict[str, NDArray[np.float64]] = {}
    for system in SYSTEMS:
        h2 = parameters["heritability_sensitivity"]
        common[system] = np.sqrt(h2) * genome.breeding_value(seed, kin, system)
        common[system] += genome.environment(seed, kin, system, c2, 1.0 - h2 - c2)
    for trait in TRAITS:
        if trait not in polygenic:
            continue
        factor = common.get(trait.partition("_")[0])
        own = 1.0 if factor is None else 1.0 - r
        h2 = genome.heritability(trait, parameters)
        # What the named variants explain comes out of the polygenic part: heritability stays as declared.
        left = np.maximum(h2 - variants.variance(trait)[ancestry] / own, 0.0)
        z = np.sqrt(left) * polygenic[trait] + genome.environment(seed, kin, trait, c2, 1.0 - h2 - c2)
        z = np.sqrt(own) * z + variants.score(trait, genes, ancestry)
        if factor is not None:
            z += np.sqrt(r) * factor
        logs[trait] = logs.get(trait, 0.0) + _spread(trait, parameters) * z
    contrast = np.where(woman, 0.5, -0.5)
    logs["ne_efficacy"] += parameters["sex_noradrenergic"] * contrast
    logs["rumination"] += parameters["sex_rumination"] * contrast
    decades = (age - AGE_REFERENCE) / 10.0
    logs["hippocampal_capacity"] += parameters["age_capacity"] * decades
    logs["prefrontal_control"] += parameters["age_control"] * decades
    _condition(logs, traits or {}, r)

    frame = pd.DataFrame(
        {
            "id": kin.id,
            "family": kin.family,
            "zygosity": "single",
            "ancestry": np.array(ANCESTRIES, dtype=object)[ancestry],
            "sex": np.where(woman, *np.array(SEXES, dtype=object)),
            "age": age,
            "ace": adversity.count,
            "adversity": dose.mean(axis=1),
            **{t: np.exp(logs[t]) for t in TRAITS},
        }
    )
    for trait, given in (traits or {}).items():
        frame[trait] = np.where(np.isnan(given), frame[trait], given)
    return frame, genes


def _condition(logs: dict[str, NDArray[np.float64]], given: Mapping[str, NDArray[np.float64]], r: float) -> None:
    """Move the drawn traits of a system to where they are expected given the known ones (exact)."""
    for system in SYSTEMS:
        mine = [t for t in given if t.partition("_")[0] == system]
        if not mine:
            continue
        surprise = np.column_stack([np.log(given[t]) - logs[t] for t in mine])
        known = (~np.isnan(surprise)).sum(axis=1)
        shift = r * np.nansum(surprise, axis=1) / (1.0 + (np.maximum(known, 1) - 1.0) * r)
        for trait in TRAITS:
            if trait.partition("_")[0] == system:
                logs[trait] = logs[trait] + shift


def _spread(trait: str, parameters: Parameters) -> float:
    if trait.partition("_")[0] in SYSTEMS:
        return parameters["spread_sensitivity"]
    return parameters["spread_control" if trait in ("prefrontal_control", "cue_rate") else "spread_other"]


def _ages(
    seed: int, kin: Kinship, age: tuple[float, float], siblings: NDArray[np.bool_], gap: float
) -> NDArray[np.float64]:
    low, width = age[0], age[1] - age[0]
    years = width * streams.uniforms(seed, streams.AGE, kin.family)
    if siblings.any() and width > 0.0:
        apart = years + gap * (2.0 * streams.uniforms(seed, streams.AGE, kin.id, 0, 1) - 1.0)
        apart %= 2.0 * width  # folded back at both ends, which keeps the distribution uniform
        years = np.where(siblings, np.minimum(apart, 2.0 * width - apart), years)
    return low + years


def _check_arguments(
    n: int, shares: Mapping[str, float], female: float, age: tuple[float, float], first_id: int
) -> None:
    faults = [
        f"ancestry '{name}' is not known{did_you_mean(name, ANCESTRIES)}; permitted: {', '.join(ANCESTRIES)}"
        for name in shares
        if name not in ANCESTRIES
    ]
    faults += [
        f"share of ancestry '{name}' is {share}; permitted: a number from 0 to 1"
        for name, share in shares.items()
        if not 0.0 <= share <= 1.0
    ]
    if not faults and abs(sum(shares.values()) - 1.0) > 1e-6:
        faults.append(f"shares of ancestry sum to {sum(shares.values()):g}; permitted: 1")
    if not 0.0 <= female <= 1.0:
        faults.append(f"female = {female}; permitted: a share from 0 to 1")
    if not YOUNGEST <= age[0] <= age[1] <= OLDEST:
        faults.append(f"age = {age}; permitted: lowest and highest age from {YOUNGEST:g} to {OLDEST:g} years")
    if not (n >= 1 and first_id >= 0 and first_id + n <= MOST_PERSONS):
        faults.append(f"n = {n} from id {first_id}; permitted: at least 1 person, ids from 0 to 2**40 - 1")
    if faults:
        raise InputError(one_message("persons", faults))


def trait_array(frame: pd.DataFrame) -> NDArray[np.float32]:
    """The kernel's columns in the order of `TRAITS`: float32, shape (n, len(TRAITS))."""
    return np.ascontiguousarray(frame.loc[:, list(TRAITS)].to_numpy(dtype=np.float32))
