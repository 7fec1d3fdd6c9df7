"""The table of persons: spreads, heritability, twins, and that a row depends on its person alone."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import cohort.genome
import cohort.traits
from cohort.errors import InputError
from cohort.parameters import Parameters, table
from cohort.state import TRAIT_COLUMNS
from cohort.traits import TRAITS, draw_traits, trait_array

DEFAULT = Parameters()
# Without adversity, sex and age effects a trait is its latent value alone.
PLAIN = {
    "feedback_shift": 0, "tone_shift": 0, "capacity_shift": 0, "control_shift": 0, "exposure_shift": 0,
    "sex_noradrenergic": 0, "sex_rumination": 0, "age_capacity": 0, "age_control": 0,
}  # fmt: skip


def test_columns_and_kernel_array() -> None:
    frame = draw_traits(50, 3, DEFAULT, variants=("rs4680",))
    assert TRAITS == TRAIT_COLUMNS
    assert len(TRAITS) == 35
    person = ["id", "family", "zygosity", "ancestry", "sex", "age", "ace", "adversity"]
    assert list(frame.columns) == [*person, *TRAITS, "rs4680"]
    array = trait_array(frame)
    assert array.dtype == np.float32
    assert array.shape == (50, 35)
    assert np.array_equal(array[:, TRAITS.index("sleep")], frame["sleep"].to_numpy(np.float32))
    assert np.isfinite(array).all()
    assert (array > 0).all()
    assert set(frame["rs4680"]) <= {0, 1, 2}


def test_traits_are_log_normal_with_median_one_and_the_declared_spread() -> None:
    frame = draw_traits(20_000, 1, Parameters(PLAIN))
    for trait in TRAITS[:32]:
        logs = np.log(frame[trait].to_numpy())
        if trait in ("prefrontal_control", "cue_rate"):
            spread = DEFAULT["spread_control"]
        else:
            spread = DEFAULT["spread_sensitivity" if trait in TRAITS[:24] else "spread_other"]
        assert logs.std() == pytest.approx(spread, rel=0.025)
        assert logs.mean() == pytest.approx(0.0, abs=0.04 * spread)
        assert abs(((logs / logs.std()) ** 3).mean()) < 0.08  # symmetric
    assert (frame[list(TRAITS[32:])] == 1.0).all(axis=None)


def test_traits_of_a_system_go_together_and_others_do_not() -> None:
    logs = np.log(draw_traits(20_000, 1, Parameters(PLAIN))[list(TRAITS[:32])])
    r = logs.corr().to_numpy()
    same = np.array([[a.partition("_")[0] == b.partition("_")[0] for b in TRAITS[:24]] for a in TRAITS[:24]])
    systems = r[:24, :24][same & ~np.eye(24, dtype=bool)]
    assert systems == pytest.approx(np.full(systems.shape, DEFAULT["system_correlation"]), abs=0.035)
    assert np.abs(r[:24, :24][~same]).max() < 0.035
    assert np.abs(r[24:, 24:] - np.eye(8)).max() < 0.035


@pytest.mark.parametrize(("families", "related"), [("mz", 1.0), ("dz", 0.5), ("sib", 0.5), ("single", 0.0)])
def test_twin_correlations(families: cohort.genome.Families, related: float) -> None:
    """ACE model: r(MZ) = h² + c², r(DZ) = h²/2 + c² (Neale & Cardon 1992)."""
    frame = draw_traits(30_000, 7, Parameters(PLAIN), families=families)
    assert (frame["family"].value_counts() == (1 if families == "single" else 2)).all()
    shared = 0.0 if families == "single" else DEFAULT["shared_environment"]
    for trait in ("da_synthesis", "ne_efficacy", "hippocampal_capacity", "rumination", "support"):
        logs = np.log(frame[trait].to_numpy())
        h2 = cohort.genome.heritability(trait, DEFAULT)
        r = np.corrcoef(logs[::2], logs[1::2])[0, 1]
        assert r == pytest.approx(related * h2 + shared, abs=0.03)  # 4 standard errors


def test_twins_and_siblings_share_what_they_should() -> None:
    mz = draw_traits(2000, 1, DEFAULT, families="mz", variants=("rs6265",))
    first, second = mz[::2].reset_index(), mz[1::2].reset_index()
    for column in ("family", "ancestry", "sex", "age", "rs6265"):
        assert (first[column] == second[column]).all()
    assert (first["sleep"] != second["sleep"]).all()
    dz = draw_traits(2000, 1, DEFAULT, families="dz")
    assert (dz["sex"].to_numpy()[::2] != dz["sex"].to_numpy()[1::2]).mean() == pytest.approx(0.5, abs=0.06)
    assert (dz["age"].to_numpy()[::2] == dz["age"].to_numpy()[1::2]).all()
    sib = draw_traits(2000, 1, DEFAULT, families="sib")
    gap = np.abs(np.diff(sib["age"].to_numpy().reshape(-1, 2), axis=1))
    assert 1.0 < gap.mean() < gap.max() <= 2.0 * DEFAULT["sibling_gap"]
    assert sib["age"].between(18, 65).all()


def test_pairs_of_several_kinds_are_drawn_together() -> None:
    """ACE model within each kind: r(MZ) = h² + c², r(DZ) = h²/2 + c², unrelated 0."""
    mixed = draw_traits(60_000, 7, Parameters(PLAIN), families={"mz": 0.4, "dz": 0.4, "single": 0.2})
    kind = mixed["zygosity"].to_numpy()[::2]
    assert (kind == mixed["zygosity"].to_numpy()[1::2]).all()
    assert {k: (kind == k).mean() for k in ("mz", "dz", "single")} == pytest.approx(
        {"mz": 0.4, "dz": 0.4, "single": 0.2}, abs=0.01
    )
    h2, c2 = DEFAULT["heritability_sensitivity"], DEFAULT["shared_environment"]
    logs = np.log(mixed["ne_efficacy"].to_numpy()).reshape(-1, 2)
    for word, expected in (("mz", h2 + c2), ("dz", h2 / 2 + c2), ("single", 0.0)):
        assert np.corrcoef(logs[kind == word].T)[0, 1] == pytest.approx(expected, abs=0.04)
    family = mixed["family"].to_numpy().reshape(-1, 2)
    assert np.array_equal(family[:, 0] == family[:, 1], kind != "single")
    # A pair is what it would be if all were of its kind.
    all_mz = draw_traits(60_000, 7, Parameters(PLAIN), families="mz")
    twins = np.repeat(kind == "mz", 2)
    pd.testing.assert_frame_equal(mixed[twins], all_mz[twins])


@pytest.mark.parametrize("families", ["single", "mz", "dz", "sib", {"mz": 0.3, "sib": 0.4, "single": 0.3}])
def test_a_person_is_the_same_in_any_chunk(
    families: cohort.genome.Families | dict[cohort.genome.Families, float],
) -> None:
    whole = draw_traits(60, 9, DEFAULT, families=families)
    parts = [draw_traits(n, 9, DEFAULT, families=families, first_id=i) for i, n in ((0, 17), (17, 3), (20, 40))]
    pd.testing.assert_frame_equal(whole, pd.concat(parts, ignore_index=True))
    other = draw_traits(60, 10, DEFAULT, families=families)
    assert (whole["da_synthesis"] != other["da_synthesis"]).all()


def test_arguments_shape_the_cohort() -> None:
    frame = draw_traits(5000, 1, DEFAULT, ancestry={"AFR": 0.25, "SAS": 0.75}, female=0.2, age=(30, 40))
    assert frame["ancestry"].value_counts(normalize=True).to_dict() == pytest.approx(
        {"SAS": 0.75, "AFR": 0.25}, abs=0.02
    )
    assert (frame["sex"] == "female").mean() == pytest.approx(0.2, abs=0.02)
    assert frame["age"].between(30, 40).all()
    assert frame["age"].mean() == pytest.approx(35, abs=0.2)


def test_sex_and_age_shift_the_declared_traits_only() -> None:
    frame = draw_traits(20_000, 1, DEFAULT)
    logs = np.log(frame[list(TRAITS)])
    gap = logs[frame["sex"] == "female"].mean() - logs[frame["sex"] == "male"].mean()
    for trait in TRAITS:
        by_sex = {"ne_efficacy": "sex_noradrenergic", "rumination": "sex_rumination"}
        expected = DEFAULT[by_sex[trait]] if trait in by_sex else 0.0
        assert gap[trait] == pytest.approx(expected, abs=0.022)
    decades = (frame["age"] - frame["age"].mean()) / 10.0
    slope = logs.apply(lambda column: (column * decades).mean() / (decades**2).mean())
    for trait in TRAITS:
        by_age = {"hippocampal_capacity": "age_capacity", "prefrontal_control": "age_control"}
        expected = DEFAULT[by_age[trait]] if trait in by_age else 0.0
        assert slope[trait] == pytest.approx(expected, abs=0.009)


def test_more_adversity_lower_feedback_capacity_control_and_higher_tone() -> None:
    frame = draw_traits(20_000, 1, DEFAULT)
    unharmed = frame[frame["ace"] == 0]
    assert (unharmed[["noradrenergic_tone", "cortisol_feedback", "stress_exposure"]] == 1.0).all(axis=None)
    band = pd.cut(frame["ace"], [-1, 0, 1, 3, 10])
    medians = frame.groupby(band, observed=True)[
        [
            "cortisol_feedback",
            "hippocampal_capacity",
            "prefrontal_control",
            "noradrenergic_tone",
            "stress_exposure",
        ]
    ].median()
    assert (medians.iloc[:, :3].diff().dropna() < 0).all(axis=None)
    assert (medians.iloc[:, 3:].diff().dropna() > 0).all(axis=None)


def test_genes_and_environment_correlate_when_told_to() -> None:
    def correlation(r: float) -> float:
        p = Parameters({"gene_environment_correlation": r, "control_shift": 0.0})
        frame = draw_traits(20_000, 1, p)
        return float(np.corrcoef(frame["ace"], np.log(frame["prefrontal_control"]))[0, 1])

    assert abs(correlation(0.0)) < 0.025
    assert correlation(0.5) < -0.1  # those at risk are exposed more, although nothing was done to them


def test_every_parameter_moves_the_table() -> None:
    base = draw_traits(60, 2, DEFAULT, families="sib")
    for p in table().values():
        if p.group not in ("genome", "development", "traits"):
            continue
        moved = Parameters({p.name: p.high if p.value != p.high else p.low})
        assert not draw_traits(60, 2, moved, families="sib").equals(base), p.name


def test_faults_of_arguments_are_all_named() -> None:
    with pytest.raises(InputError) as caught:
        draw_traits(0, 1, DEFAULT, ancestry={"EURO": 1.0, "AFR": -0.5}, female=1.5, age=(12, 30))
    message = str(caught.value)
    for part in (
        "5 faults",
        "'EURO' is not known; did you mean 'EUR'",
        "'AFR' is -0.5",
        "female = 1.5",
        "age = (12, 30)",
        "n = 0",
    ):
        assert part in message
    with pytest.raises(InputError, match=r"sum to 0\.9; permitted: 1"):
        draw_traits(5, 1, DEFAULT, ancestry={"EUR": 0.9})
    with pytest.raises(InputError, match="did you mean 'rs6265'"):
        draw_traits(5, 1, DEFAULT, variants=("rs6256",))


def test_many_persons_take_seconds() -> None:
    draw_traits(10, 1, DEFAULT)  # compiles
    begin = time.perf_counter()
    draw_traits(20_000, 1, DEFAULT)
    assert time.perf_counter() - begin < 5.0  # .4 s on two cores
