"""Drugs: kinetics against an integrator and textbook formulas, competition, plasma levels, bad files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from math import exp, isnan, log, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from scipy.integrate import solve_ivp

from cohort import pharmacology as ph
from cohort.drugs import ACTIONS, DEFINED_EFFICACY, MOST_TARGETS, load_drugs, parameter_name
from cohort.errors import InputError
from cohort.files import data_file
from cohort.parameters import Parameters, table
from cohort.pharmacology import BETA, receptor_load
from cohort.state import PERSON, world_dtype

DRUGS = load_drugs()
TABLE = ph.drug_table(Parameters())


def figure(name: str, what: str) -> float:
    return DRUGS[name].figures[what].value


def person() -> Any:
    return np.zeros(1, dtype=PERSON).view(np.recarray)[0]


def dosed(name: str, mg: float) -> Any:
    p = person()
    assert ph.give(p, TABLE, ph.drug_index(name), mg)
    return p


def total(name: str, mg: float, hours: float) -> float:
    """Total plasma concentration after a single dose, ng/mL."""
    free = ph.concentration(dosed(name, mg), TABLE, 0, hours)
    return free / figure(name, "fraction_unbound") * DRUGS[name].molar_mass / 1e3


def occupied(p: Any, target: int, hours: float) -> float:
    block, _ = ph.receptor_load(p, TABLE, target, hours)
    return block / (1.0 + block)


# --- kinetics

RATES = [(1.4, 0.15), (0.15, 1.4), (0.5, 0.5), (0.5, 0.5 + 1e-9), (0.5, 0.5 + 1e-4), (30.0, 0.001)]


@pytest.mark.parametrize(("k_in", "k_out"), RATES)
@pytest.mark.parametrize("dt", [0.0, 0.01, 1.0, 24.0])
def test_chain_against_an_integrator(k_in: float, k_out: float, dt: float) -> None:
    def right(_: float, y: Any) -> list[float]:
        return [-k_in * y[0], k_in * y[0] - k_out * y[1]]

    solved = solve_ivp(right, (0.0, dt), [3.0, 0.7], method="DOP853", rtol=1e-10, atol=1e-13)
    assert ph.chain(3.0, 0.7, k_in, k_out, dt) == pytest.approx(solved.y[1, -1], rel=1e-6)


def test_chain_keeps_its_digits_at_equal_rates() -> None:
    """At equal rates x = k t exp(-k t) (any pharmacokinetics textbook); the neighbourhood must be smooth."""
    exact = 0.5 * 2.0 * exp(-0.5 * 2.0)
    assert ph.chain(1.0, 0.0, 0.5, 0.5, 2.0) == pytest.approx(exact, rel=1e-15)
    for gap in (1e-17, 1e-13, 1e-10, -1e-10):
        slope = -gap * 2.0 / 2.0  # d ln x / d k_out = -t/2 at equal rates
        assert ph.chain(1.0, 0.0, 0.5, 0.5 + gap, 2.0) == pytest.approx(exact * (1.0 + slope), rel=1e-14)
    assert ph.chain(1.0, 0.0, 0.001, 5000.0, 1.0) == pytest.approx(2e-7 * exp(-0.001), rel=1e-6)


@pytest.mark.parametrize("name", DRUGS)
def test_peak_and_half_life_are_those_of_the_textbook(name: str) -> None:
    """tmax = ln(ka/ke)/(ka - ke), Cmax = C0 exp(-ke tmax): Rowland & Tozer, Clinical Pharmacokinetics."""
    d = DRUGS[name]
    p = dosed(name, d.dose_typical)
    half_life = figure(name, "half_life")
    ka, ke = log(2.0) / figure(name, "absorption_half_life"), log(2.0) / half_life
    tmax = log(ka / ke) / (ka - ke)
    absorbed = d.figures["bioavailability"].value if "bioavailability" in d.figures else 1.0
    start = d.dose_typical * 1e6 / d.molar_mass * absorbed * figure(name, "fraction_unbound") / figure(name, "volume")
    peak = ph.concentration(p, TABLE, 0, tmax)
    assert peak == pytest.approx(start * exp(-ke * tmax), rel=1e-12)
    assert peak >= max(ph.concentration(p, TABLE, 0, tmax * f) for f in (0.98, 1.02))
    late = 12.0 * half_life
    ratio = ph.concentration(p, TABLE, 0, late + half_life) / ph.concentration(p, TABLE, 0, late)
    assert ratio == pytest.approx(0.5, rel=0.01)


def test_advancing_in_two_steps_is_advancing_in_one() -> None:
    one, two = (dosed("propranolol", 80.0) for _ in range(2))
    for p in (one, two):
        ph.give(p, TABLE, ph.drug_index("sertraline"), 50.0)
    ahead = ph.concentration(one, TABLE, 0, 7.5)
    ph.advance_drugs(one, TABLE, 7.5)
    ph.advance_drugs(two, TABLE, 1.25)
    ph.advance_drugs(two, TABLE, 6.25)
    np.testing.assert_allclose(two.plasma, one.plasma, rtol=1e-13)
    np.testing.assert_allclose(two.gut, one.gut, rtol=1e-13)
    assert one.plasma[0] == ahead
    assert (one.plasma[2:] == 0.0).all()


def test_doses_add_up_and_places_are_freed() -> None:
    p = dosed("propranolol", 40.0)
    ph.advance_drugs(p, TABLE, 2.0)
    assert ph.give(p, TABLE, ph.drug_index("propranolol"), 40.0)
    assert list(p.drug) == [ph.drug_index("propranolol") + 1, 0, 0, 0]
    apart = ph.concentration(dosed("propranolol", 40.0), TABLE, 0, 5.0)
    apart += ph.concentration(dosed("propranolol", 40.0), TABLE, 0, 3.0)
    assert ph.concentration(p, TABLE, 0, 3.0) == pytest.approx(apart, rel=1e-13)
    for name in ("prazosin", "sertraline", "lorazepam"):
        assert ph.give(p, TABLE, ph.drug_index(name), 50.0)
    before = p.copy()
    assert not ph.give(p, TABLE, ph.drug_index("mdma"), 120.0)
    assert p == before
    ph.advance_drugs(p, TABLE, 480.0)  # everything but the sertraline (26 h) is gone
    assert list(p.drug) == [0, 0, ph.drug_index("sertraline") + 1, 0]
    assert list(p.gut[:2]) == list(p.plasma[:2]) == [0.0, 0.0]
    assert ph.give(p, TABLE, ph.drug_index("mdma"), 120.0)
    ph.advance_drugs(p, TABLE, 2000.0)
    assert not p.drug.any()
    assert not p.plasma.any()


# --- receptors and other targets


def test_an_antagonist_at_its_ki_shifts_the_curve_by_two() -> None:
    """Schild 1947: dose ratio = 1 + A/Ki, without loss of the maximum."""
    for x in (0.01, 1.0, 7.0, 1e6):
        assert ph.gaddum(2.0 * x, 3.0, 1.0, 0.0) == pytest.approx(ph.gaddum(x, 3.0, 0.0, 0.0), rel=1e-14)
    assert ph.gaddum(3.0, 3.0, 0.0, 0.0) == 0.5
    assert ph.gaddum(3.0, 3.0, 1.0, 0.0) == pytest.approx(1.0 / 3.0)
    assert ph.gaddum(0.0, 3.0, 9.0, 0.0) == 0.0


def test_agonists_full_and_partial() -> None:
    assert ph.gaddum(0.0, 1.0, 1e9, 1e9) == pytest.approx(1.0)
    assert ph.gaddum(5.0, 1.0, 1e9, 0.4e9) == pytest.approx(0.4)  # a partial agonist lowers what was higher
    assert ph.gaddum(0.1, 1.0, 1e9, 0.4e9) == pytest.approx(0.4)  # and raises what was lower
    assert ph.gaddum(2.0, 1.0, 3.0, 3.0) == pytest.approx(5.0 / 6.0)  # the same ligand twice: 5/(1 + 5)


def test_without_drugs_nothing_is_occupied() -> None:
    p = person()
    for target in range(len(ph.TARGETS)):
        assert ph.receptor_load(p, TABLE, target, 1.0) == (0.0, 0.0)
        assert ph.effect(p, TABLE, target, 1.0) == 0.0
    assert ph.concentration(p, TABLE, 0, 1.0) == 0.0


@pytest.mark.parametrize("name", DRUGS)
def test_each_drug_acts_on_its_own_targets_alone(name: str) -> None:
    p = dosed(name, DRUGS[name].dose_typical)
    c = ph.concentration(p, TABLE, 0, 1.5)
    drug = DRUGS[name]
    for k, target in enumerate(ph.TARGETS):
        block, drive = ph.receptor_load(p, TABLE, k, 1.5)
        felt = ph.effect(p, TABLE, k, 1.5)
        if target in drug.targets:
            ki = {"mr": 14.3, "gr": 143.0}[target] if name == "hydrocortisone" else figure(name, f"{target}_ki")
            defined = DEFINED_EFFICACY.get(drug.targets[target])
            efficacy = figure(name, f"{target}_efficacy") if defined is None else defined
            assert block == pytest.approx(c / ki, rel=1e-13)
            assert drive == pytest.approx(efficacy * c / ki, rel=1e-13)
            assert felt == pytest.approx(efficacy * c / (c + ki), rel=1e-13)
        else:
            assert (block, drive, felt) == (0.0, 0.0, 0.0)


def test_drugs_at_one_target_add_up() -> None:
    p = dosed("sertraline", 50.0)
    ph.give(p, TABLE, ph.drug_index("trazodone"), 100.0)
    single = [ph.effect(dosed(n, mg), TABLE, ph.SERT, 3.0) for n, mg in (("sertraline", 50), ("trazodone", 100))]
    assert ph.effect(p, TABLE, ph.SERT, 3.0) == pytest.approx(sum(single), rel=1e-13)


def test_targets_are_numbered_and_all_used() -> None:
    constants = [ph.HT_RECEPTOR if name == "ht" else getattr(ph, name.upper()) for name in ph.TARGETS]
    assert constants == list(range(len(ph.TARGETS)))
    assert {target for d in DRUGS.values() for target in d.targets} == set(ph.TARGETS) == set(ACTIONS)


# --- known levels and occupancies


@pytest.mark.parametrize(
    ("name", "mg", "hours", "low", "high"),
    [
        # A drug of high and variable first pass; usual peak after 80 mg of about 40-120 ng/mL.
        ("propranolol", 80.0, 2.0, 40.0, 120.0),
        # US label of lorazepam: about 20 ng/mL 2 h after 2 mg
        ("lorazepam", 2.0, 2.0, 17.0, 23.0),
        # Derendorf et al. 1991, J Clin Pharmacol 31:473: about 300 ng/mL
        ("hydrocortisone", 20.0, 1.2, 240.0, 420.0),
        # Sarkar 2002, 10.1016/S0301-2115(01)00522-X: 3.8 umol/L
        ("mifepristone", 200.0, 1.7, 1000.0, 2000.0),
        # The table was set to the last two, so they only guard it. Freye 2009, 10.1007/978-90-481-2448-0_25,
        # 131 ng/mL; Putcha et al. 1989, 10.1023/A:1015916423156, 0.53 (SE .11) ng/mL.
        ("mdma", 75.0, 2.2, 118.0, 145.0),
        ("scopolamine", 0.4, 0.6, 0.42, 0.64),
    ],
)
def test_plasma_levels(name: str, mg: float, hours: float, low: float, high: float) -> None:
    assert low < total(name, mg, hours) < high


def test_propranolol_blocks_for_hours_and_is_gone_after_two_days() -> None:
    p = dosed("propranolol", 40.0)
    assert occupied(p, ph.BETA, 2.0) > 0.7
    assert occupied(p, ph.BETA, 48.0) < 0.01


def test_methylphenidate_occupies_the_dopamine_transporter_as_seen_by_pet() -> None:
    """Volkow et al. 1998, 10.1176/ajp.155.10.1325: at 2 h 12, 40, 54, 72, 74% after 5, 10, 20, 40, 60 mg.

    The table holds their half-maximal dose alone; the rest of the curve is the test.
    """
    seen = {5.0: 0.12, 10.0: 0.40, 20.0: 0.54, 40.0: 0.72, 60.0: 0.74}
    for mg, share in seen.items():
        assert occupied(dosed("methylphenidate", mg), ph.DAT, 2.0) == pytest.approx(share, abs=0.1)


def test_sertraline_daily_occupies_most_of_the_serotonin_transporter() -> None:
    """Meyer et al. 2004, Am J Psychiatry 161:826: about 80% on a daily minimum therapeutic dose (50 mg)."""
    p = person()
    for _ in range(28):
        ph.give(p, TABLE, ph.drug_index("sertraline"), 50.0)
        ph.advance_drugs(p, TABLE, 24.0)
    assert occupied(p, ph.SERT, 0.0) == pytest.approx(0.8, abs=0.1)


def test_anisomycin_stops_translation_for_hours_not_days() -> None:
    p = dosed("anisomycin", 10500.0)
    assert ph.effect(p, TABLE, ph.TRANSLATION, 1.0) > 0.9
    assert ph.effect(p, TABLE, ph.TRANSLATION, 24.0) < 0.01


# --- listings and faults


def test_shipped_tables_are_sane() -> None:
    assert TABLE.ki.min() >= 1000.0 * ph.GONE
    assert TABLE.shape == (len(DRUGS),)
    for name, d in DRUGS.items():
        assert 1 <= len(d.targets) <= MOST_TARGETS
        assert ph.dose_fault(name, d.dose_typical) is None
        assert all(ph.dose_fault(name, mg) is None for mg in (d.dose_low, d.dose_high))


# --- figures as parameters


def test_every_figure_is_a_parameter_and_what_is_a_definition_is_none() -> None:
    known = table()
    listed = {name for name, p in known.items() if p.group == "pharmacology"}
    figures = {parameter_name(d.name, f): (d, f) for d in DRUGS.values() for f in d.figures}
    assert listed == {"free_cortisol", *figures}
    for name, (drug, f) in figures.items():
        assert known[name].value == drug.figures[f].value
        assert known[name].source == drug.figures[f].source
    assert {"propranolol_half_life", "propranolol_beta_ki", "d_cycloserine_nmda_efficacy"} <= listed
    assert not {"propranolol_beta_efficacy", "nabilone_cb1_efficacy", "hydrocortisone_mr_ki"} & listed


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("propranolol_half_life", 3.0, "ke", log(2.0) / 3.0),
        ("propranolol_absorption_half_life", 1.0, "ka", log(2.0)),
        ("propranolol_beta_ki", 5.0, "ki", 5.0),
    ],
)
def test_a_figure_that_is_set_reaches_the_table(name: str, value: float, field: str, expected: float) -> None:
    moved = ph.drug_table(Parameters({name: value}))
    assert np.ravel(moved[field][0])[0] == pytest.approx(expected, rel=1e-14)
    assert (moved[1:] == TABLE[1:]).all()
    at_once = moved.nanomolar_per_mg[0] == TABLE.nanomolar_per_mg[0]
    assert at_once  # neither of these moves the amount absorbed
    halved = ph.drug_table(Parameters({"propranolol_fraction_unbound": 0.05}))
    assert halved.nanomolar_per_mg[0] == pytest.approx(TABLE.nanomolar_per_mg[0] / 2.0, rel=1e-14)


def test_the_hormone_as_a_drug_binds_as_the_model_s_own() -> None:
    """Ki = K x free cortisol at rest: 14.3 and 143 nM at the defaults, and with K when K is set."""
    row = ph.drug_index("hydrocortisone")
    assert list(TABLE.target[row][:2]) == [ph.MR, ph.GR]
    assert list(TABLE.ki[row][:2]) == pytest.approx([14.3, 143.0])
    moved = ph.drug_table(Parameters({"k_mr": 2.0, "gr_ratio": 8.0, "free_cortisol": 12.0}))
    assert list(moved.ki[row][:2]) == pytest.approx([24.0, 192.0])
    assert (np.delete(moved, row) == np.delete(TABLE, row)).all()


# --- faults


def test_dose_faults() -> None:
    assert "did you mean 'propranolol'" in str(ph.dose_fault("propanolol", 40))
    for mg in (-40.0, nan, float("inf"), 5000, 0):
        message = str(ph.dose_fault("propranolol", mg))
        assert "out of range" in message
        assert "10 to 160 mg" in message
    for odd in ("40", True, None):
        assert "wrong type" in str(ph.dose_fault("propranolol", odd))
    with pytest.raises(InputError, match="did you mean 'sertraline'"):
        ph.drug_index("sertralin")


def copies(folder: Path) -> Path:
    for name in ("drugs.csv", "drug_targets.csv", "drug_figures.csv"):
        shutil.copy(data_file(name), folder / name)
    return folder


def edit(folder: Path, name: str, *changes: tuple[str, str]) -> None:
    text = (folder / name).read_text()
    for old, new in changes:
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    (folder / name).write_text(text)


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_drugs(folder)
    return str(caught.value)


def test_another_folder_can_be_read(tmp_path: Path) -> None:
    folder = copies(tmp_path)
    assert load_drugs(folder) == DRUGS
    edit(folder, "drug_figures.csv", ("propranolol,half_life,4.5,", "propranolol,half_life,5,"))
    assert load_drugs(folder)["propranolol"].figures["half_life"].value == 5.0


def test_every_fault_of_all_files_comes_in_one_message(tmp_path: Path) -> None:
    folder = copies(tmp_path)
    edit(folder, "drugs.csv", ("295.80,10,40,160", "295.80,10,4000,160"), ("362.46,5,20,100", "nan,5,2,100"),
         ("prazosin,", "prazosine,"))  # fmt: skip
    edit(folder, "drug_targets.csv", ("hydrocortisone,gr,hormone", "hydrocortisone,mr,hormone"),
         ("sertraline,sert,inhibitor", "sertraline,sert,antagonist"), ("lorazepam,gaba_a", "lorazepam,gaba_b"),
         ("propranolol,beta,antagonist", "propranolol,beta,hormone"))  # fmt: skip
    edit(folder, "drug_figures.csv",
         ("propranolol,bioavailability,0.25,0.125,0.5,measured", "propranolol,bioavailability,1.25,0.125,1.5,certain"),
         ("propranolol,volume,280,140", "propranolol,volume,280,300"), ("mdma,half_life,8.7", "mdma,half_life,much"),
         ("d-cycloserine,nmda_efficacy,0.5,0.25,1", "d-cycloserine,nmda_efficacy,0.5,0.25,2"),
         ("haloperidol,d2_ki", "haloperidol,d2_efficacy"), ("nabilone,fraction_unbound", "nabilone,half_life"),
         ("yohimbine,volume", "yohimbin,volume"))  # fmt: skip
    message = refusal(folder)
    for part in (
        "drugs.csv: row 2, column 'dose_typical': '4000' is not permitted: 10 to 160",
        "drugs.csv: row 3, column 'molar_mass': 'nan'",
        "drugs.csv: row 3, column 'dose_typical': '2' is not permitted: 5 to 100",
        "drugs.csv: row 4, column 'name': 'prazosine' has no target",
        "drug_targets.csv: row 4, column 'target': 'mr' appears twice for 'hydrocortisone'",
        "drug_targets.csv: row 5, column 'drug': 'prazosin' is no drug of drugs.csv; did you mean 'prazos",
        "drug_targets.csv: row 6, column 'action': 'antagonist' is not permitted at sert: one of inhibitor",
        "drug_targets.csv: row 2, column 'action': 'hormone' is not permitted at beta: one of antagonist",
        "column 'target': 'gaba_b' is not permitted",
        "row 2, column 'value': '1.25' is not permitted for bioavailability: a number from 0.001 to 1",
        "drug_figures.csv: row 2, column 'high': '1.5' is not permitted for bioavailability",
        "drug_figures.csv: row 2, column 'grade': 'certain'",
        "drug_figures.csv: row 3, column 'value': '280' is not permitted: 300 to 560, the range of this figure",
        "column 'value': 'much' is not permitted: a number",
        "column 'high': '2' is not permitted for nmda_efficacy: a number from 0 to 1",
        "column 'figure': 'd2_efficacy' is not permitted for 'haloperidol'; one of bioavailability, volume",
        "drug_figures.csv: 'haloperidol' lacks its d2_ki; give a row",
        "column 'figure': 'half_life' appears twice for 'nabilone'; permitted: once",
        "drug_figures.csv: 'nabilone' lacks its fraction_unbound; give a row",
        "column 'drug': 'yohimbin' is no drug of drugs.csv; did you mean 'yohimbine'",
    ):
        assert part in message


def test_columns_names_sources_and_counts_are_checked(tmp_path: Path) -> None:
    folder = copies(tmp_path)
    edit(folder, "drug_figures.csv", ("figure,value,low", "figure,valu,low"))
    message = refusal(folder)
    assert "drug_figures.csv: column 'value' is missing" in message
    assert "column 'valu' is unknown; did you mean 'value'?" in message
    copies(folder)
    rows = "".join(f"propranolol,{t},antagonist\n" for t in ("alpha1", "d1", "d2", "ht"))
    edit(folder, "drug_targets.csv", ("hydrocortisone,mr", rows + "hydrocortisone,mr"))
    edit(folder, "drugs.csv", ("hydrocortisone,", "propranolol,"), ("\nprazosin,", "\n,"), ("\nmdma", "\n3 mdma"))
    edit(folder, "drug_figures.csv", ("US label of propranolol: 4 L/kg", ""))
    message = refusal(folder)
    for part in (
        "has too many targets; permitted: 4",
        "is empty; every figure says where it comes from",
        "appears twice",
        "permitted: a name",
        "'3 mdma' is not permitted: letters, digits and hyphens",
    ):
        assert part in message
    (folder / "drugs.csv").unlink()
    assert "no such file" in refusal(folder)


# --- compiled and interpreted

SCENARIO = """
import json, sys
import numpy as np
from cohort import pharmacology as ph
from cohort.parameters import Parameters
from cohort.state import PERSON
table = ph.drug_table(Parameters())
p = np.zeros(1, dtype=PERSON).view(np.recarray)[0]
out = []
doses = [("propranolol", 40.0), ("mdma", 120.0), ("hydrocortisone", 20.0), ("sertraline", 50.0),
         ("nabilone", 2.0), ("mdma", 60.0)]
for hour, (name, mg) in enumerate(doses):
    out.append(float(ph.give(p, table, ph.drug_index(name), mg)))
    ph.advance_drugs(p, table, 0.7 + hour)
    for k in range(len(ph.TARGETS)):
        out += [*map(float, ph.receptor_load(p, table, k, 0.4)), float(ph.effect(p, table, k, 0.4))]
    out += [float(ph.gaddum(1.3, 2.0, *ph.receptor_load(p, table, ph.GR, 0.0)))]
ph.advance_drugs(p, table, 60.0)
print(json.dumps(out + p.drug.tolist() + p.gut.tolist() + p.plasma.tolist()))
"""


def test_compiled_and_interpreted_agree() -> None:
    both = []
    for off in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", SCENARIO],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        )
        both.append(json.loads(done.stdout))
    assert len(both[0]) > 300
    assert not any(isnan(x) for x in both[0])
    np.testing.assert_allclose(both[0], both[1], rtol=1e-12)


def test_the_records_work_inside_the_record_of_the_world() -> None:
    """The kernel holds the table in one record with everything else; the functions must take it there."""

    @njit
    def nested(p: Any, world: Any) -> tuple[float, float]:
        return receptor_load(p, world.drugs, BETA, 2.0)

    constants = np.dtype([("unused", np.float64)])
    dtype = world_dtype(constants, TABLE.dtype, len(TABLE), (2, 1))
    world = np.zeros(1, dtype=dtype).view(np.recarray)[0]
    world["drugs"] = TABLE
    p = dosed("propranolol", 40.0)
    assert nested(p, world) == ph.receptor_load(p, TABLE, ph.BETA, 2.0)
