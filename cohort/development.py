"""Early life: adverse childhood experiences, and the set points they shift.

A person's number of experiences is a standard normal cut at the published shares, so that its distribution
stays the published one however strongly genes, home and adversity go together. Which kinds occur follows
their prevalence; each kind that occurs has an age of onset, uniform between its first and last, and a severity. At
each set point an experience counts by its severity and by how sensitive the set point is at that age; the sum
saturates. With ``u`` uniform on (0, 1), ``average`` the mean severity of the kind and ``weight`` that of the age of
onset at the set point::

    latent = r liability + sqrt(1 - r^2) (sqrt(s) home + sqrt(1 - s) own)
    home, own ~ N(0, 1)                               # the family's and the person's
    liability = (polygenic_rumination - polygenic_capacity - polygenic_control) / sqrt(3)
    r = gene_environment_correlation
    s = adversity_shared
    severity = u^(1 / average - 1)
    dose = sum(weight severity)                       # over the kinds that occurred
    log_set_point += shift (1 - exp(-dose / adversity_scale)) exp(k S - k^2 / 2)
    k = gene_environment_interaction
    shift = feedback_shift                            # of cortisol feedback
    shift = tone_shift                                # of noradrenergic tone
    shift = capacity_shift                            # of hippocampal capacity
    shift = control_shift                             # of prefrontal control
    shift = exposure_shift                            # of the exposure to stressors

with ``S`` the genetic sensitivity to stress, standard normal, and ``polygenic_rumination``, ``polygenic_capacity`` and
``polygenic_control`` the polygenic values of rumination, hippocampal capacity and prefrontal control. An experience
counts at its onset alone: how long it lasted is part of its severity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cohort import streams
from cohort.files import data_file, read_table
from cohort.genome import Kinship, place
from cohort.parameters import Parameters, declare, param

SET_POINTS = (
    "cortisol_feedback",
    "noradrenergic_tone",
    "hippocampal_capacity",
    "prefrontal_control",
    "stress_exposure",
)
AGES = 18  # years of childhood, 0 to 17

declare(
    "development",
    param(
        "gene_environment_correlation", 0.05, "1", -0.5, 0.5,
        "Dalvie et al. 2020, 10.1038/s41398-020-0706-0: a polygenic score explains .0025 of reported "
        "maltreatment, r = .05", "measured",
        "correlation of adversity with genetic liability (low capacity and control, high rumination)",
    ),
    param(
        "gene_environment_interaction", 0.05, "1", 0.0, 0.5,
        "Peyrot et al. 2018, 10.1016/j.biopsych.2017.09.009: score x trauma OR 1.05 (p = .66) on a main OR "
        "of 2.62, five-domain measure: ln 1.05 / ln 2.62; two-domain 1.00", "measured",
        "log change of the effect of adversity per SD of genetic stress sensitivity",
    ),
    param(
        "adversity_shared", 0.5, "1", 0.0, 0.95, "chosen: half of what befalls a child befalls the household",
        "assumed", "correlation of adversity between twins or siblings, beyond genes",
    ),
    param(
        "adversity_scale", 2.0, "1", 0.2, 10.0,
        "traumatic events in adult life after 1, 2 and 3-4 adversities: 1.28, 1.63 and 1.97 times as many, N = 15,717 "
        "(J Trauma Stress 2021, 10.1002/jts.22617); their logs at .47 of severity each fit a scale of 1.9",
        "calibrated", "dose of adversity at which the shift of a set point reaches 63% of its most",
    ),
    param("feedback_shift", -0.14, "1", -1.5, 0,
        "set so that tonic cortisol of the exposed is d = .21 higher: hair after adversity at any age, 28 studies, "
        "Khoury et al. 2019, 10.1016/j.psyneuen.2019.01.009; times log-SD .24 of tonic cortisol, over the .38 of the "
        "most that the mean exposed person reaches. The answer to social stress is blunted instead (g = -.39, Bunea et "
        "al. 2017, 10.1038/s41398-017-0032-3), which this form cannot show",
        "calibrated", "greatest log shift of cortisol feedback"),
    param("tone_shift", 0.03, "1", 0.0, 1.5,
        "Wesarg et al. 2022, 10.1016/j.neubiorev.2022.104920: childhood adversity and vagal activity at rest, r = "
        "-.015, so d = .03; times log-SD .3, over the .38 of the most that the mean exposed person reaches: .024. "
        "Vagal withdrawal stands for tone, of which itself there is no such synthesis", "measured",
        "greatest log shift of noradrenergic tone"),
    param("capacity_shift", -0.11, "1", -1, 0,
        "Calem et al. 2017, 10.1016/j.nicl.2017.02.016: hippocampal volume g = -.15, 1781 adults; times "
        "log-SD .3, over the .41 of the most that the mean exposed person reaches",
        "measured", "greatest log shift of capacity"),
    param("control_shift", -0.29, "1", -1, 0,
        "Rahapsari & Levita 2024, 10.1177/15248380241286812: inhibitory control g = -.32, 32 prospective "
        "studies; times log-SD .35, over the .38 of the most that the mean exposed person reaches",
        "measured", "greatest log shift of prefrontal control"),
    param(
        "exposure_shift", 1.25, "1", 0.0, 1.5,
        "set to the number of adult traumatic events after 1, 2 and 3-4 adversities against none, 1.28, 1.63 and 1.97 "
        "(J Trauma Stress 2021, 10.1002/jts.22617, adjusted, N = 15,717): 1.30, 1.60 and 1.99 over drawn childhoods; "
        "taken to hold for stressors of any kind",
        "calibrated", "greatest log shift of the rate of later stressors",
    ),
)  # fmt: skip

_SHIFTS = {
    "cortisol_feedback": "feedback_shift",
    "noradrenergic_tone": "tone_shift",
    "hippocampal_capacity": "capacity_shift",
    "prefrontal_control": "control_shift",
    "stress_exposure": "exposure_shift",
}


@dataclass(frozen=True)
class Childhoods:
    """The distributions of ``data/``: shares of counts (11,), prevalence, mean severity, first and last age
    of onset of each of the ten `kinds` (10,), and `weights` of ages by set point (AGES, len(SET_POINTS)),
    each of mean 1.
    """

    shares: NDArray[np.float64]
    kinds: tuple[str, ...]
    prevalence: NDArray[np.float64]
    severity: NDArray[np.float64]
    onset: NDArray[np.float64]
    weights: NDArray[np.float64]


@cache
def childhoods() -> Childhoods:
    """Read the package's distributions of adversity. Raises InputError, with row and column, for a damaged
    file."""
    counts = read_table(data_file("adversity_counts.csv"))
    kinds = read_table(data_file("adversity_kinds.csv"))
    periods = read_table(data_file("sensitive_periods.csv"))
    faults: list[str] = []
    shares = counts.numbers("share", 0.0, 1.0, faults, blank=False)
    if abs(shares.sum() - 1.0) > 1e-9:
        faults.append(f"column 'share' sums to {shares.sum():.6g}; permitted: 1")
    counts.refuse(faults)
    columns = [
        kinds.numbers(name, low, high, faults, blank=False)
        for name, low, high in (
            ("prevalence", 0.001, 1.0), ("severity", 0.01, 0.99),
            ("onset_first", 0, AGES - 1), ("onset_last", 0, AGES - 1),
        )
    ]  # fmt: skip
    kinds.refuse(faults)
    weights = np.column_stack([periods.numbers(s, 0.0, AGES, faults, blank=False) for s in SET_POINTS])
    faults += [
        f"column '{s}' has mean {m:.6g}; permitted: 1, so that timing moves no average"
        for s, m in zip(SET_POINTS, weights.mean(axis=0), strict=True)
        if abs(m - 1.0) > 1e-9
    ]
    periods.refuse(faults)
    prevalence, severity, first, last = columns
    onset = np.column_stack([first, last])
    return Childhoods(shares, tuple(kinds.columns["kind"]), prevalence, severity, onset, weights)


@dataclass(frozen=True)
class Adversity:
    """What happened to each child, by kind: `present`, `age` (whole years) and `severity` (0 to 1), each (n,
    10)."""

    present: NDArray[np.bool_]
    age: NDArray[np.int64]
    severity: NDArray[np.float64]

    @property
    def count(self) -> NDArray[np.int64]:
        """Number of kinds of adverse experience, shape (n,)."""
        return np.asarray(self.present.sum(axis=1), dtype=np.int64)


def draw_adversity(
    seed: int,
    kin: Kinship,
    liability: NDArray[np.float64],
    parameters: Parameters,
    count: NDArray[np.float64] | None = None,
    items: Mapping[str, NDArray[np.float64]] | None = None,
    shares: NDArray[np.float64] | None = None,
) -> Adversity:
    """Draw the adversity of each person; `liability` is standard normal, shape (n,).

    `count` (n,) replaces the drawn number and `items` (kind -> (n,) of 0 or 1) the drawn kinds, wherever they
    are not NaN; age and severity are drawn. `shares` (11,) replaces the surveyed distribution of the number.
    """
    known = childhoods()
    r, shared = parameters["gene_environment_correlation"], parameters["adversity_shared"]
    home = streams.normals(seed, streams.ADVERSITY, kin.family, 0, 0)
    own = streams.normals(seed, streams.ADVERSITY, kin.id, 0, 1)
    latent = r * liability + np.sqrt(1.0 - r * r) * (np.sqrt(shared) * home + np.sqrt(1.0 - shared) * own)
    inverse = NormalDist().inv_cdf
    cuts = [
        inverse(min(max(c, 1e-12), 1.0 - 1e-12)) for c in np.cumsum(known.shares if shares is None else shares)[:-1]
    ]
    number = np.searchsorted(cuts, latent).astype(np.float64)
    if count is not None:
        number = np.where(np.isnan(count), number, count)
    shape = (len(kin), len(known.kinds))
    waiting, age, severity = np.empty(shape), np.empty(shape, dtype=np.int64), np.empty(shape)
    for k, kind in enumerate(known.kinds):
        u = [streams.uniforms(seed, streams.ADVERSITY, kin.id, place(kind), i) for i in range(3)]
        waiting[:, k] = -np.log(u[0]) / known.prevalence[k]
        first, last = known.onset[k]
        age[:, k] = first + np.floor(u[1] * (last - first + 1.0))
        severity[:, k] = u[2] ** (1.0 / known.severity[k] - 1.0)  # a power of a uniform, with the declared mean
    # The kinds that come first in a race of exponentials: drawn without replacement, by prevalence.
    present = waiting.argsort(axis=1).argsort(axis=1) < number[:, None]
    for kind, given in (items or {}).items():
        k = known.kinds.index(kind)
        present[:, k] = np.where(np.isnan(given), present[:, k], given > 0.5)
    return Adversity(present, age, severity)


def doses(adversity: Adversity) -> NDArray[np.float64]:
    """Dose at each set point: severities weighted by the age's sensitivity, shape (n, len(SET_POINTS))."""
    weights = childhoods().weights
    suffered = adversity.present * adversity.severity
    return np.column_stack([(suffered * w[adversity.age]).sum(axis=1) for w in weights.T])


def set_point_shifts(
    dose: NDArray[np.float64], sensitivity: NDArray[np.float64], parameters: Parameters
) -> dict[str, NDArray[np.float64]]:
    """Log shift of each set point, each (n,), from `dose` (n, len(SET_POINTS)) and genetic stress sensitivity
    (n,)."""
    k = parameters["gene_environment_interaction"]
    response = np.exp(k * sensitivity - 0.5 * k * k)
    reached = 1.0 - np.exp(-dose / parameters["adversity_scale"])
    return {s: parameters[_SHIFTS[s]] * reached[:, j] * response for j, s in enumerate(SET_POINTS)}
