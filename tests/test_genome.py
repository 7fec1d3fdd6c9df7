"""Genotypes in Hardy-Weinberg proportions, inheritance in families, and the table of variants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from cohort import genome
from cohort.errors import InputError
from cohort.files import data_file
from cohort.genome import (
    ANCESTRIES,
    GENETIC_TRAITS,
    breeding_value,
    genotypes,
    heritability,
    kinship,
    load_variants,
    polygenic_score,
)
from cohort.parameters import Parameters
from cohort.traits import draw_traits

N = 20_000
VARIANTS = load_variants()


@pytest.mark.parametrize("group", range(len(ANCESTRIES)), ids=ANCESTRIES)
def test_genotypes_are_in_hardy_weinberg_proportions(group: int) -> None:
    kin = kinship(np.arange(N))
    drawn = genotypes(11, kin, np.full(N, group), VARIANTS)
    p = VARIANTS.frequency[group]
    expected = N * np.array([(1 - p) ** 2, 2 * p * (1 - p), p**2])
    observed = np.array([(drawn == k).sum(axis=0) for k in range(3)])
    statistic = ((observed - expected) ** 2 / expected).sum(axis=0)
    # Known proportions, three cells: chi-square with 2 degrees of freedom; 5 groups x 16 variants are tested.
    assert statistic.max() < chi2.isf(0.01 / 80, 2)
    # The goodness-of-fit must be able to fail: the frequencies of the next group do not fit.
    other = VARIANTS.frequency[(group + 1) % len(ANCESTRIES)]
    wrong = N * np.array([(1 - other) ** 2, 2 * other * (1 - other), other**2])
    assert ((observed - wrong) ** 2 / wrong).sum(axis=0).max() > 100


def test_a_polygenic_score_captures_what_it_says_and_runs_in_families() -> None:
    """The squared correlation with the polygenic value is the share captured; twins differ in it as in other genes."""
    kin, parameters = kinship(np.arange(N), "dz"), Parameters()
    score = polygenic_score(5, kin, "rumination", 0.3, parameters)
    polygenic = breeding_value(5, kin, "rumination")
    assert np.corrcoef(score, polygenic)[0, 1] ** 2 == pytest.approx(0.3, abs=0.02)
    assert score.std() == pytest.approx(1.0, abs=0.02)
    assert np.corrcoef(score[::2], score[1::2])[0, 1] == pytest.approx(0.5, abs=0.03)
    twins = polygenic_score(5, kinship(np.arange(N), "mz"), "rumination", 0.3, parameters)
    np.testing.assert_array_equal(twins[::2], twins[1::2])


@pytest.mark.parametrize("trait", ["rumination", "ne_efficacy"])  # of which the second has genes of its system as well
def test_a_perfect_score_tells_of_the_trait_what_is_heritable(trait: str) -> None:
    parameters = Parameters()
    traits = draw_traits(N, 5, parameters)
    score = polygenic_score(5, kinship(np.arange(N)), trait, 1.0, parameters)
    residual = np.log(traits[trait]) - np.log(traits[trait]).groupby(traits["sex"]).transform("mean")
    told = np.corrcoef(score, residual)[0, 1] ** 2
    assert told == pytest.approx(heritability(trait, parameters), abs=0.03)
    assert np.corrcoef(polygenic_score(5, kinship(np.arange(N)), "avoidance", 1.0, parameters), residual)[0, 1] < 0.03


@pytest.mark.parametrize(("families", "related"), [("single", 0.0), ("mz", 1.0), ("dz", 0.5), ("sib", 0.5)])
def test_relatives_share_genes_as_relatives_do(families: genome.Families, related: float) -> None:
    """Coefficients of relationship: MZ 1, DZ and full siblings 1/2 (Falconer & Mackay 1996, ch. 9)."""
    kin = kinship(np.arange(N), families)
    polygenic = breeding_value(5, kin, "rumination")
    assert np.corrcoef(polygenic[::2], polygenic[1::2])[0, 1] == pytest.approx(related, abs=0.03)
    assert polygenic.std() == pytest.approx(1.0, abs=0.02)
    drawn = genotypes(5, kin, np.zeros(N, dtype=int), VARIANTS)
    for v in range(drawn.shape[1]):
        assert np.corrcoef(drawn[::2, v], drawn[1::2, v])[0, 1] == pytest.approx(related, abs=0.04)


def test_variants_are_unlinked() -> None:
    drawn = genotypes(2, kinship(np.arange(N)), np.zeros(N, dtype=int), VARIANTS)
    between = np.corrcoef(drawn.T) - np.eye(drawn.shape[1])
    assert np.abs(between).max() < 0.03


def test_named_variants_explain_at_most_one_per_cent_of_any_trait() -> None:
    shares = np.array([VARIANTS.variance(t) for t in GENETIC_TRAITS])
    assert shares.max() <= 0.01
    assert shares.max() > 0.0005
    kin = kinship(np.arange(N))
    ancestry = np.arange(N) % len(ANCESTRIES)
    drawn = genotypes(3, kin, ancestry, VARIANTS).astype(float)
    for trait in GENETIC_TRAITS:
        score = VARIANTS.score(trait, drawn, ancestry)
        assert score.var() == pytest.approx(VARIANTS.variance(trait).mean(), rel=0.08, abs=1e-12)
        assert abs(score.mean()) < 0.002


def test_draws_depend_on_the_person_and_the_name_alone() -> None:
    everyone = kinship(np.arange(1000), "sib")
    some = kinship(np.array([901, 4, 77, 900]), "sib")
    ancestry = np.zeros(1000, dtype=int)
    assert np.array_equal(
        genotypes(1, everyone, ancestry, VARIANTS)[some.id], genotypes(1, some, ancestry[:4], VARIANTS)
    )
    assert np.array_equal(breeding_value(1, everyone, "sleep")[some.id], breeding_value(1, some, "sleep"))
    v = VARIANTS
    one = genome.Variants(v.names[3:4], v.traits[3:4], v.effects[3:4], v.frequency[:, 3:4], v.alleles[3:4])
    assert np.array_equal(genotypes(1, everyone, ancestry, VARIANTS)[:, 3:4], genotypes(1, everyone, ancestry, one))
    assert not np.array_equal(breeding_value(1, everyone, "sleep"), breeding_value(2, everyone, "sleep"))


def test_unknown_family_and_unknown_variant_are_refused() -> None:
    with pytest.raises(InputError, match="permitted: single, mz, dz, sib"):
        kinship(np.arange(4), "twins")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'rs468'; did you mean 'rs4680'"):
        VARIANTS.positions(("rs468",))


def _altered(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = data_file("variants.csv").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "variants.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_ones_own_is_read(tmp_path: Path) -> None:
    altered = load_variants(_altered(tmp_path, ("da_clearance,-0.05,0.50", "da_clearance,-0.05,0.75")))
    assert altered.frequency[0, 0] == 0.75
    assert VARIANTS.frequency[0, 0] == 0.5


def test_every_fault_of_a_table_is_named_with_row_and_column(tmp_path: Path) -> None:
    path = _altered(
        tmp_path,
        ("da_clearance,-0.05,0.50", "da_clearance,-0.05,1.50"),
        ("da_efficacy,-0.04", "da_efficacy,often"),
        ("ne,ne_synthesis", "nee,ne_synthesis"),
        ("ne,ne_efficacy", "ne,ne_efficcacy"),
        ("rs1042713,ADRB2", "rs4680,ADRB2"),
        ("ht,ht_clearance", "da,ht_clearance"),
        ("rs4570625,TPH2", ",TPH2"),
        ("rs6311,HTR2A,T (-1438),C,ht,ht_efficacy,0.03,0.44", "rs6311,HTR2A,T (-1438),C,ht,ht_efficacy,0.03,"),
    )
    with pytest.raises(InputError) as caught:
        load_variants(path)
    message = str(caught.value)
    for fault in (
        "row 2, column 'EUR': '1.50' is not permitted: a number from 0 to 1",
        "row 3, column 'effect': 'often'",
        "row 4, column 'system': 'nee'",
        "row 5, column 'trait': 'ne_efficcacy'",
        "row 6, column 'variant': 'rs4680' is named twice",
        "row 7, column 'trait': 'ht_clearance' is of another system than 'da'",
        "row 8, column 'variant': '' is not permitted: it must not be blank",
        "row 9, column 'EUR': ''",
    ):
        assert fault in message
    assert message.startswith(f"{path}: 8 faults")
    with pytest.raises(InputError, match="unknown column 'efect'; did you mean 'effect'"):
        load_variants(_altered(tmp_path, (",effect,", ",efect,")))
