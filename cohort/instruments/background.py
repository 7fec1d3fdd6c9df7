"""Where a person comes from: a polygenic score, and a questionnaire about childhood.

With ``h2`` the heritability of the trait and ``polygenic`` its value (`genome`)::

    score = sqrt(share) polygenic + sqrt(1 - share) N(0, 1)
    share = min(polygenic_european / h2, 1)                    # in persons of European ancestry
    share = min(polygenic_other / h2, 1)                       # in others
    reported = adversity_noticed                               # chance of each kind of adversity that was suffered
    reported = adversity_imagined                              # and of each other
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, override

import numpy as np

from cohort.genome import GENETIC_TRAITS, breeding_value, heritability, kinship
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.parameters import declare, param
from cohort.strict import key

MOST_ADVERSE = 10  # kinds that are asked about
MOST_Z = 10.0  # standard deviations

_NIEVERGELT = "Nievergelt et al. 2024, 10.1038/s41588-024-01707-9"

declare(
    "background",
    param("polygenic_european", 0.066, "1", 0.0, 0.5,
        f"{_NIEVERGELT}: 6.6% of the variance of liability to PTSD in held-out European samples", "measured",
        "share of a trait's variance that its polygenic score explains in persons of European ancestry"),
    param("polygenic_other", 0.009, "1", 0.0, 0.5,
        f"{_NIEVERGELT}: .9% in held-out African American samples; taken for every other ancestry", "measured",
        "share of a trait's variance that its polygenic score explains in persons of other ancestry"),
    param("adversity_noticed", 0.8, "share", 0.2, 1.0,
        "set with adversity_imagined to a retest kappa of about .6 a kind: .46 to .86, Dube et al. 2004, "
        "10.1016/j.chiabu.2003.08.009", "calibrated",
        "share of the kinds of adversity suffered that are reported in a questionnaire"),
    param("adversity_imagined", 0.03, "share", 0.0, 0.3,
        "set with adversity_noticed to a retest kappa of about .6 a kind: .46 to .86, Dube et al. 2004, "
        "10.1016/j.chiabu.2003.08.009", "calibrated",
        "share of the kinds of adversity not suffered that are reported in a questionnaire"),
)  # fmt: skip


if TYPE_CHECKING:
    Heritable = str
else:
    Heritable = Literal[GENETIC_TRAITS]


class PolygenicScore(Instrument):
    """Polygenic score of a trait, standard normal; the same at every reading, and for both of identical twins.

    The state is the polygenic value itself, standard normal. The score correlates with it so that it explains the
    published share of the trait's variance, by ancestry: at most as much as the genes do. A trait that was given in
    the file of participants leaves the polygenic value as drawn.
    """

    low = -MOST_Z
    high = MOST_Z
    unit = "SD"
    better = "lower"

    kind: Literal["polygenic-score"]
    trait: Heritable = key("rumination", "heritable trait that it predicts")

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        kin = kinship(draws.persons, seen["zygosity"])
        seed = draws.seed if draws.persons_seed is None else draws.persons_seed
        value = breeding_value(seed, kin, self.trait)
        explained = np.where(seen["ancestry"] == "EUR", c["polygenic_european"], c["polygenic_other"])
        share = np.minimum(explained / heritability(self.trait, c), 1.0)
        noise = draws.lasting_normals(whose=kin.zygote)
        score = np.sqrt(share) * value + np.sqrt(1.0 - share) * noise
        return Read(np.clip(value, self.low, self.high), np.clip(score, self.low, self.high))


class AdversityQuestionnaire(Instrument):
    """Number of kinds of adverse childhood experience that a person reports, of ten.

    Each kind that was suffered is reported with one chance, each other with another, anew at every reading. The state
    is the true number.
    """

    low = 0.0
    high = float(MOST_ADVERSE)
    unit = "kinds"
    better = "lower"

    kind: Literal["adversity-questionnaire"]

    @override
    def read(self, seen: Seen, draws: Draws) -> Read:
        c = seen.parameters
        true = np.clip(np.asarray(seen["ace"], dtype=np.float64), 0.0, MOST_ADVERSE)
        reported = np.zeros(len(true))
        for item in range(MOST_ADVERSE):
            chance = np.where(item < true, c["adversity_noticed"], c["adversity_imagined"])
            reported += draws.uniforms(item) < chance
        return Read(true, reported)
