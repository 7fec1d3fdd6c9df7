"""The chapter on variation: why people who met the same event differ afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.section import Draft, Section
from analysis.study import Study
from analysis.variation import tell_interaction
from analysis.variation.known import know
from analysis.variation.tell_causes import tell_associations, tell_chance, tell_shares
from analysis.variation.tell_genes import tell_scores, tell_twins, tell_variants

_TITLE = "Why people differ"


def section(study: Study, limits: Mapping[str, float] | None = None, replicates: Sequence[Study] = ()) -> Section:
    """Associations, shares of the variance, traits under stress, twins, polygenic scores and named variants.

    `limits` are the largest effects that a named variant may have: ``variance`` (share explained) and ``odds`` (ratio
    an allele). `replicates` are the same persons at other seeds; with them chance is known exactly.
    """
    told = Draft()
    if study.exposure.empty:
        told.warnings.append(f"Nobody experienced {study.focus}; there is nothing to explain.")
    else:
        known = know(study)
        found = tell_associations(known, told)
        tell_shares(known, told)
        tell_chance(known, [know(other) for other in replicates], told)
        tell_interaction.tell(known, found, told)
        tell_twins(known, told)
        tell_scores(known, told)
        tell_variants(known, limits, told)
    return told.section("variation", _TITLE)
