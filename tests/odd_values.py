"""What the equations of the docstrings give, against what the code gives for one person with values drawn at random.

Run by `test_odd_equations` in an interpreter without compilation, since each function is called by itself. Prints a
line for every value that was compared: submodel, name, value of the equation, value of the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from odd_equations import Values
from people_seen import seen

from cohort import appraisal, development, receptors, social
from cohort import neuromodulators as nm
from cohort import pharmacology as ph
from cohort.drugs import load_drugs, parameter_name
from cohort.engram import (
    capture,
    consolidation,
    encoding,
    extinction,
    intrusion,
    reconsolidation,
    retrieval,
    slow,
    synthesis,
)
from cohort.engram.ensemble import similarity
from cohort.instruments.symptoms import clusters
from cohort.parameters import Parameters
from cohort.population import make_world
from cohort.state import (
    ACH,
    AFFECT,
    BINDING,
    CONTEXT,
    CORT,
    DA,
    ECB,
    EXTINCTION,
    HT,
    MEMORY,
    NARRATIVE,
    NE,
    PERSON,
    REWARD,
    SAFE_CONTEXT,
    SCENE,
    SENSORY,
    SYSTEMS,
    TRAIT_FIELDS,
    UNITS,
    WINNERS,
)
from cohort.working_copy import Workspace

C = Parameters()
WORLD = make_world(C, 1)[0]
MINUTE = 840  # two in the afternoon of day 0
RECEPTORS = {
    "alpha1": ph.ALPHA1, "alpha2": ph.ALPHA2, "beta": ph.BETA, "d1": ph.D1, "ht": ph.HT_RECEPTOR,
    "muscarinic": ph.MUSCARINIC, "cb1": ph.CB1, "mr": ph.MR, "gr": ph.GR,
}  # fmt: skip
Check = tuple[str, str, Any, Any]
_kept: list[Workspace] = []  # a record is a view


def person(rng: np.random.Generator) -> Any:
    """One person with one trace, everything at random within what may be."""
    _kept.append(Workspace())
    one = _kept[-1].work[0]
    for name in TRAIT_FIELDS.names or ():
        one.traits[name] = np.exp(rng.normal(0.0, 0.2, np.shape(one.traits[name])))
    for name in ("load_fast", "load_slow", "toll", "avoidance", "depletion", "drive", "adaptation", "sleep_lost",
                 "beta_held", "beta_added"):  # fmt: skip
        one.p[name] = rng.uniform(0.05, 0.5)
    one.p.phasic[:] = rng.uniform(0.0, 3.0, 6)
    m = one.memories[0]
    m.live, m.encoded, m.active = 1.0, -3000.0, -3000.0
    m.h[:] = rng.uniform(0.05, 0.6, len(m.h))
    m.z[:] = rng.uniform(0.02, 0.3, len(m.z))
    for name in ("cortex", "cortex_b", "labile", "recall_prp", "charge", "arousal"):
        m[name] = rng.uniform(0.1, 0.6)
    m.fidelity[:] = rng.uniform(0.5, 1.0, 2)
    for group in range(5):
        one.features[0, group] = rng.integers(1, 2**63, dtype=np.uint64)
    for region in range(4):
        one.units[0, region] = rng.choice(256, 16, replace=False)
    for name in ("arousal", "novelty", "threat", "controllability", "social", "self_relevance", "valence",
                 "reward_error"):  # fmt: skip
        one.scene[name] = rng.uniform(0.1, 0.9)
    one.scene.salience[:] = rng.uniform(0.2, 1.0, 8)
    return one


def names(one: Any) -> dict[str, Any]:
    """Values of the symbols that are given from outside to most equations, as the code reads them."""
    m = one.memories[0]
    out: dict[str, Any] = dict(C)
    out |= {n: one.traits[n] for n in (TRAIT_FIELDS.names or ())[4:]}
    out |= {f"{s}_{n}": one.traits[n][k] for n in (TRAIT_FIELDS.names or ())[:4] for k, s in enumerate(SYSTEMS)}
    out |= {n: m[n] for n in MEMORY.names or () if np.shape(m[n]) == ()}
    out |= {n: float(one.scene[n]) for n in SCENE.names or () if np.shape(one.scene[n]) == () and n != "goal"}
    out |= {n: one.p[n] for n in PERSON.names or () if np.shape(one.p[n]) == ()}
    out |= {f"theta_{n}": receptors.occupancy(one, WORLD, target, MINUTE, 0.0) for n, target in RECEPTORS.items()}
    a = retrieval.effective
    out["theta_felt"] = receptors.felt_arousal(one, WORLD, MINUTE)
    out |= {
        "effect": lambda target: 0.0, "L": m.labile, "c": m.cortex, "c_B": m.cortex_b,
        **dict.fromkeys(("translation", "nmda", "sert", "gaba_a"), 0),
        "a_B": a(m.h[BINDING], m.z[BINDING]), "a_A": retrieval.affective_strength(one, 0),
        "a_X": a(m.h[EXTINCTION], m.z[EXTINCTION]), "a_N": a(m.h[REWARD], m.z[REWARD]),
        "a_E": retrieval.elements_mean(one, 0), "a_S": intrusion.sensory_strength(one, WORLD, 0),
        "U_ne": receptors.u_noradrenaline(one, WORLD, MINUTE, 0.0),
        "U_cort": receptors.u_cortisol(one, WORLD, MINUTE, 0.0),
        "load": nm.load_of(one, WORLD), "control": slow.control(one, WORLD, MINUTE),
    }  # fmt: skip
    return out


def masks(one: Any) -> dict[str, Any]:
    """The features that similarities are about, and the similarity itself."""
    own = one.features[0]
    return {
        "sim": similarity, "safe_context": own[SAFE_CONTEXT], "event_context": own[CONTEXT],
        "sensory": own[SENSORY], "narrative": own[NARRATIVE], "context": own[0] ^ (own[1] & own[2]),
    }  # fmt: skip


def modulators(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Tonic levels, drives, release, occupancy, the inverted U."""
    alone = {k: v for k, v in n.items() if k not in ("load", "U_ne", "U_cort", "drive")} | {"hour": MINUTE / 60.0}
    v = Values("cohort.neuromodulators", alone)
    yield "load", v["load"], nm.load_of(one, WORLD)
    yield "tonic_ne", v["tonic_ne"], nm.tonic(one, WORLD, NE, MINUTE, 0.0)
    yield "tonic_cort", v["tonic_cort"], nm.tonic(one, WORLD, CORT, MINUTE, 0.0)
    night = Values("cohort.neuromodulators", alone | {"hour": 3.0})
    yield "asleep", float(night["asleep"]), 1.0
    yield "tonic_ach", night["tonic_ach"], nm.tonic(one, WORLD, ACH, 180, 0.0)
    yield "tonic_ne *=", night.after("tonic_ne"), nm.tonic(one, WORLD, NE, 180, 0.0)
    v = Values("cohort.appraisal", alone)
    drives = {s: v[f"drive_{s}"] for s in SYSTEMS}
    drives["da"], drives["cort"] = v.after("drive_da"), v.after("drive_cort")
    for k, (system, raw) in enumerate(drives.items()):
        code = appraisal.drive(WORLD.c, k, one.scene)
        most = next(line.right for line in v.lines if line.left == "drive")
        yield f"drive {system}", Values("cohort.appraisal", alone | {"drive": raw}).of(most), code
        before, one.p.phasic[k], one.p.cortisol_pool = one.p.phasic[k], 0.0, 0.0
        appraisal.release(one, WORLD, k, code)
        bolus = one.p.cortisol_pool if k == CORT else one.p.phasic[k]
        one.p.phasic[k], one.p.cortisol_pool = before, 0.0
        given = {"drive": code, "synthesis": one.traits.synthesis[k], "span": v["span"][k]}
        yield f"release {system}", Values("cohort.appraisal", given)["release"], bolus
    v = Values("cohort.receptors", alone)
    yield "U_ne", v["U_ne"], receptors.u_noradrenaline(one, WORLD, MINUTE, 0.0)
    yield "U_cort", v["U_cort"], receptors.u_cortisol(one, WORLD, MINUTE, 0.0)
    for k, tau in enumerate(night["tau"]):
        yield f"clearance {k}", one.traits.clearance[k] / tau, nm.clearance_rate(one, WORLD, k)
    constants = [line.right for line in v.lines if line.left == "K"]
    sites = (("alpha2", "alpha1", "beta"), ("d1", "ht", "muscarinic", "cb1"), ("mr", "gr"))
    systems = ((NE,) * 3, (DA, HT, ACH, ECB), (CORT,) * 2)
    for right, names, of in zip(constants, sites, systems, strict=True):
        for K, receptor, system in zip(v.of(right), names, of, strict=True):  # noqa: N806
            x = one.traits.affinity[system] * nm.level(one, WORLD, system, MINUTE, 0.0)
            theta = Values("cohort.pharmacology", alone | {"x": x, "K": K, "agonism": 0.0, "block": 0.0})["theta"]
            if receptor == "beta":
                theta = Values("cohort.receptors", alone | {"x": x})["theta_beta"]
            yield f"theta_{receptor}", theta, n[f"theta_{receptor}"]
    added, held, hours = float(one.p.beta_added), float(one.p.beta_held), 1e-3
    ph.give(one.p, WORLD.drugs, ph.drug_index("propranolol"), 40.0)
    ph.advance_drugs(one.p, WORLD.drugs, 2.0)
    block, agonism = ph.receptor_load(one.p, WORLD.drugs, ph.BETA, 0.0)
    v = Values("cohort.receptors", alone | {"block": block, "agonism": agonism})
    slope = v.of(next(line.right for line in v.lines if line.left == "dbeta_held/dt"))
    receptors.hold(one.p, WORLD.drugs, hours)
    yield "beta_held", slope * hours / 24.0, float(one.p.beta_held) - held
    state = {"beta_held": float(one.p.beta_held), "beta_added": added}
    told = Values("cohort.receptors", alone | state).of(next(x.right for x in v.lines if x.left == "beta_added"))
    receptors.settle_receptors(one.p, WORLD.c)
    yield "beta_added", told, float(one.p.beta_added)
    one.p.beta_added, one.p.beta_held, one.p.drug[:], one.p.gut[:], one.p.plasma[:] = added, held, 0.0, 0.0, 0.0


def drugs(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Rates and doses of every drug; what two of them do at a receptor."""
    table = ph.drug_table(C)
    for k, drug in enumerate(load_drugs().values()):
        figures = {name: C[parameter_name(drug.name, name)] for name in drug.figures}
        given = {"bioavailability": 1.0, **figures, "molar_mass": drug.molar_mass, "mg": 10.0, "gut": 0.0}
        v = Values("cohort.pharmacology", given)
        yield f"ka {drug.name}", v["ka"], table["ka"][k]
        yield f"ke {drug.name}", v["ke"], table["ke"][k]
        yield f"gut {drug.name}", v.after("gut"), 10.0 * table["nanomolar_per_mg"][k]
    ki = [Values("cohort.pharmacology", n, Ki=k)["Ki"] for k in (0, 1)]
    hormone = table["ki"][list(load_drugs()).index("hydrocortisone")]
    yield "Ki at MR and GR", ki, hormone[:2]
    given = {
        "C": np.array([3.0, 8.0]),
        "Ki": np.array([2.0, 5.0]),
        "efficacy": np.array([0.0, 0.4]),
        "x": 2.0,
        "K": 1.5,
    }
    v = Values("cohort.pharmacology", given)
    yield "theta", v["theta"], ph.gaddum(2.0, 1.5, 3.0 / 2.0 + 8.0 / 5.0, 0.4 * 8.0 / 5.0)


def encoded(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Gains of every strength, and the charge."""
    gains = np.zeros(12)
    encoding.encoding_gains(one, WORLD, one.scene, MINUTE, gains)
    salience = one.scene.salience
    for part in range(8):
        v = Values("cohort.engram.encoding", n | {"salience": salience[part]}, gain_E=part % 2)
        yield f"gain_E {part}", v["gain_E"], gains[part]
    v = Values("cohort.engram.encoding", n | {"salience": salience, "salience_affective": salience[6]})
    for name, place in (("gain_B", BINDING), ("gain_A", AFFECT), ("gain_N", REWARD)):
        yield name, v[name], gains[place]
    other = person(np.random.default_rng(8))
    other.memories[0].episode = one.scene.episode
    m, before = other.memories[0], float(other.memories[0].charge)
    h = float(m.h[BINDING])
    felt = {"charge": before, **{k: n[k] for k in ("threat", "arousal", "valence")}}
    other.scene = one.scene
    encoding.encode(other, WORLD, other.scene, MINUTE)
    charge = next(line for line in v.lines if line.left == "charge").right
    yield "charge", Values("cohort.engram.encoding", felt).of(charge), m.charge
    encoding.encoding_gains(other, WORLD, other.scene, MINUTE, gains)
    yield "h", Values("cohort.engram.encoding", {"h": h, "gain": gains[BINDING]}).after("h"), m.h[BINDING]


def captured(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Ceilings and rates of capture; threshold and drive of synthesis."""
    for k, place in enumerate((BINDING, AFFECT, AFFECT + 1, AFFECT + 2)):
        v = Values("cohort.engram.capture", n)
        right = [line.right for line in v.lines if line.left == "ceiling, speed"][k]
        yield f"ceiling, speed {k}", v.of(right), capture.late_share(WORLD.c, place)
    for region in range(4):
        low, high = synthesis.strengths_of(region)
        h = one.memories[0].h[low : high + 1]
        v = Values("cohort.engram.synthesis", {k: x for k, x in n.items() if k != "drive"} | {"h": h})
        yield f"d {region}", v["d"], synthesis.region_drive(one, region)
        share = v["da_share"][region]
        v["da_share"] = share
        yield f"threshold {region}", v["threshold"], -synthesis.excess(one, WORLD, region, 0.0, MINUTE, 0.0)


def consolidated(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Rates of fading, and one night of replay."""
    rates = consolidation.rates(C)
    given = n | {"winners": WINNERS, "units": UNITS, "arousal": one.memories[0].arousal}
    for part in range(8):
        v = Values("cohort.engram.consolidation", given, rate_E=part % 2)
        v["life"] = v["life"][part // 2]
        yield f"rate_E {part}", v["rate_E"], rates[part]
    v = Values("cohort.engram.consolidation", given)
    yield "rate_B", v["rate_B"], rates[BINDING]
    yield "rate_A", v["rate_A"], rates[AFFECT : AFFECT + 3]
    yield "rate_X", v["rate_X"], rates[EXTINCTION]
    yield "rate_N", v["rate_N"], rates[REWARD]
    theta = receptors.occupancy(one, WORLD, ph.MUSCARINIC, MINUTE, 3.0)
    v = Values("cohort.engram.consolidation", given | {"slept": 6.0, "theta_muscarinic": theta})
    expected = v.after("c"), v.after("c_B")
    consolidation.replay(one, WORLD, MINUTE, 6.0)
    yield "c, c_B", expected, (one.memories[0].cortex, one.memories[0].cortex_b)
    one.memories[0].cortex, one.memories[0].cortex_b = n["c"], n["c_B"]


def recalled(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Completion, the threshold, and what is felt."""
    given, m = n | masks(one), one.memories[0]
    for part in range(8):
        own = retrieval.effective(m.h[part], m.z[part])
        v = Values("cohort.engram.retrieval", given | {"a": own}, E=1 if part // 2 == SENSORY else part % 2)
        yield f"E {part}", v["E"], retrieval.element(one, WORLD, 0, part)
    v = Values("cohort.engram.retrieval", given)
    spread = retrieval.tone(one, WORLD, MINUTE)
    yield "tone", v["tone"], spread
    yield "beta", v["beta"], retrieval.coupling(one, WORLD, 0, spread)
    cue = one.features[0] & np.uint64(0x0F0F0F0F0F0F0F0F)
    y = retrieval.complete(one, WORLD, 0, cue, MINUTE)
    for g in range(4):
        drive = retrieval.cue_drive(one, WORLD, 0, cue[g], g)
        others = np.array([y[k] for k in range(4) if k != g])
        right = next(line.right for line in v.lines if line.left == "y_g")
        yield f"y {g}", Values("cohort.engram.retrieval", given | {"I_g": drive, "y_others": others}).of(right), y[g]
    v = Values("cohort.engram.retrieval", given | {"y": 0.25})
    yield "reach", v["reach"], retrieval.reach(one, WORLD, 0.25, MINUTE)
    gain = retrieval.answering(one, WORLD, MINUTE)
    yield "answer", v["answer"], gain
    distress = retrieval.distress_of(one, 0, given["context"], gain)
    yield "distress", v["distress"], distress
    of_body = retrieval.answer_gain(one, WORLD, n["theta_beta"])
    yield "fear", v["fear"], retrieval.distress_of(one, 0, given["context"], of_body)
    v = Values("cohort.engram.retrieval", given | {"y_sensory": 0.4})
    yield "vividness", v["vividness"], retrieval.vividness(one, WORLD, 0, 0.4, distress)


def intruding(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What is met, and what a memory weighs at an encounter."""
    given = n | masks(one)
    gain = retrieval.answering(one, WORLD, MINUTE)
    given["distress"] = retrieval.distress_of(one, 0, given["context"], gain)
    given["cue"] = np.uint64(0x123456789ABCDEF0)
    given["avoidance"] = one.p.avoidance
    v = Values("cohort.engram.intrusion", given)
    met = v["accepted"]
    taken = [float(intrusion.accepted(one, WORLD, met + step)) for step in (-1e-9, 1e-9)]
    yield "accepted", [1.0, 0.0], taken
    yield "coherence", v["coherence"], intrusion.coherence(one, 0)
    urge = intrusion.urge(one, WORLD, 0, given["cue"], given["context"], gain)
    yield "u_m", v["u_m"], urge / C["hazard_slope"]
    yield "r_m", v["r_m"], intrusion.remaining(one, WORLD, 0)
    intrusion.draw_candidates(one, WORLD, 3, 0)
    shown = one.cue[2]
    chance = intrusion.intruder(one, WORLD, MINUTE, 3, 2, 1.0 - 1e-12, shown, given["context"], gain)[1]
    v = Values("cohort.engram.intrusion", given | {"cue": shown})
    v["r_k"], v["u_k"] = v["r_m"], v["u_m"]
    yield "p_m", v["p_m"], chance


def reopened(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The error, the share that opens, the update; extinction."""
    m, context = one.memories[0], masks(one)["context"]
    given = n | masks(one) | {"safe": 0.3, "reappraisal": 0.5, "duration": 7.0, "age": (MINUTE - m.encoded) / 60.0}
    v = Values("cohort.engram.reconsolidation", given)
    error = reconsolidation.prediction_error(WORLD.c, v["expected"], 0.3, 7.0)
    held = retrieval.held_back(one, 0, context)
    yield "expected", v["expected"], n["a_A"] * m.charge * (1.0 - held)
    yield "error", v["error"], error
    for safe, duration, a in ((1.0, 2.0, n["a_A"]), (0.9, 30.0, n["a_A"]), (1.0, 30.0, 1e-4)):
        # less harm than expected, as well as more, and hardly any of either
        less = Values("cohort.engram.reconsolidation", given | {"safe": safe, "duration": duration, "a_A": a})
        code = reconsolidation.prediction_error(WORLD.c, less["expected"], safe, duration)
        yield f"error, safe {safe}, a_A {a}", less["error"], code
    yield "opened", v["opened"], reconsolidation.open_share(one, WORLD, 0, 0.5, MINUTE)
    eased = v["eased"]
    felt = Values("cohort.engram.reconsolidation", given).after("felt")
    yield "felt", felt, reconsolidation.felt(one, WORLD, 0, held, 0.3, eased, MINUTE)
    opened = v["opened"]
    labile = v.after("L")
    now = {"L": labile, "felt": felt, "fidelity": m.fidelity[1]}
    again = Values("cohort.engram.reconsolidation", given | now)
    charge = again.after("charge")
    fidelity = again.after("fidelity")
    reconsolidation.update(one, WORLD, 0, opened, held, 0.3, eased, context, MINUTE)
    yield "L", labile, m.labile
    yield "charge", charge, m.charge
    yield "fidelity", fidelity, m.fidelity[1]
    ceiling, _ = capture.late_share(WORLD.c, AFFECT + 1)
    m.z[AFFECT + 1] = 0.3 * ceiling
    told = {"L": m.labile, "distress": 0.4, "ceiling": ceiling, "z_A": float(m.z[AFFECT + 1])}
    kept = Values("cohort.engram.reconsolidation", given | told).after("z_A")
    reconsolidation.restore(one, WORLD, 0, 0.4)
    yield "z_A", kept, m.z[AFFECT + 1]
    h, z = float(m.h[2]), float(m.z[2])
    v = Values("cohort.engram.reconsolidation", given | {"amount": 0.7, "h_E": h, "z_E": z, "L": m.labile})
    expected = h * v.of([line.right for line in v.lines if line.left == "h_E"][1]), v.after("z_E")
    dimmed = Values("cohort.engram.reconsolidation", given | {"amount": 0.7, "L": m.labile, "charge": m.charge})
    reconsolidation.occupy(one, WORLD, 0, 0.7, MINUTE)
    yield "task", expected, (m.h[2], m.z[2])
    yield "charge under a task", dimmed.after("charge", 1), m.charge
    v = Values("cohort.engram.extinction", n | {"error": 0.3, "h_X": float(m.h[EXTINCTION])})
    expected = v.after("h_X")
    extinction.extinguish(one, WORLD, 0, 0.3, context, MINUTE)
    yield "h_X", expected, m.h[EXTINCTION]
    v = Values("cohort.engram.extinction", n | {"size": 0.6, "z_X": float(m.z[EXTINCTION])})
    expected = v.after("z_X")
    extinction.reinstate(one, WORLD, 0.6)
    yield "z_X", expected, m.z[EXTINCTION]


def slowly(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Control, burdens, sleep and the night."""
    module, p = "cohort.engram.slow", one.p
    given = n | {
        "t_avoidance": one.traits.avoidance,
        "avoidance": p.avoidance,
        "size": 1.3,
        "amount": 0.6,
        "distress": 0.4,
    }
    left = next(line.right for line in Values(module, {}).lines if line.left == "left(share)")
    given["left"] = lambda share: Values(module, n | {"share": share}).of(left)
    v = Values(module, given)
    yield "control", Values(module, {k: x for k, x in n.items() if k != "control"})["control"], n["control"]
    yield "left", v["left"](C["support_buffer"]), slow.buffered(one, WORLD)
    yield "slept", v["slept"], slow.slept(one, WORLD)
    told = [v.after("load_fast"), v.after("depletion"), v.after("avoidance")]
    slow.burden(one, WORLD, 0.4)
    yield "burden", told, [p.load_fast, p.depletion, p.avoidance]
    for k, (name, act) in enumerate(
        (
            ("load_fast", lambda: slow.stress(one, WORLD, 1.3)),
            ("load_fast", lambda: slow.comfort(one, WORLD, 0.6)),
            ("drive", lambda: slow.practise(one, 0.6)),
            ("toll", lambda: slow.strain(one, WORLD, one.scene)),
        )
    ):
        now = Values(module, given | {name: float(p[name])})
        told_ = now.after(name, (1, 2, 0, 0)[k])
        act()
        yield f"{name} {k}", told_, p[name]
    state = {name: float(p[name]) for name in ("depletion", "load_fast", "toll", "adaptation")}
    now = Values(module, given | state | {"slept": 5.0, "blocked": 0.0})
    now["depletion"] = now.after("depletion", 1)
    spent, load = now.after("depletion", 2), now.after("load_fast", 3)
    adapted = now.of(next(line.right for line in now.lines if line.left == "adaptation"))
    one.traits.stress_exposure = 0.0  # no stressor by chance
    slow.overnight(one, WORLD, 0, 5.0)
    yield "night", [spent, load, adapted], [p.depletion, p.load_fast, p.adaptation]


def others(one: Any, n: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Early life, talk and symptoms."""
    shifts = development.set_point_shifts(np.full((1, 5), 1.7), np.array([0.6]), C)
    for place, found in enumerate(shifts.values()):
        v = Values("cohort.development", n | {"dose": 1.7, "S": 0.6, "log_set_point": 0.0}, shift=place)
        yield f"set point {place}", v.after("log_set_point"), found[0]
    read = social.Recollection(*(np.array([x]) for x in (True, 0.7, 0.2, 0.4, 9.0, 0.3, 1.2)))
    v = Values("cohort.social", n | {"rate": 0.2, "distress": 0.4, "days": 9.0, "avoidance": 0.3, "support": 1.2})
    yield "chance", v["chance"], social.disclosure_chance(read, 0.2, C)[0]
    people = seen(1, load=0.4, avoidance=0.3, distress=0.2, tone=1.5, sleep=5.0)
    severe = next(line.right for line in Values("cohort.instruments.symptoms", {}).lines if "half)" in line.left)
    given = n | {
        "severity": lambda x, half: Values("cohort.instruments.symptoms", {"x": x, "half": half}).of(severe),
        "per_day": 3.0 / 7.0, "upset": 0.1, "distress": 0.2, "avoidance": 0.3, "load": 0.4, "tone": 1.5, "slept": 5.0,
    }  # fmt: skip
    v = Values("cohort.instruments.symptoms", given)
    yield "clusters", [v[x] for x in ("intrusive", "avoiding", "mood", "aroused")], np.ravel(clusters(people))


def main() -> None:
    """Print every comparison."""
    parts = (
        modulators, drugs, encoded, captured, consolidated, recalled, intruding, reopened, slowly, others,
    )  # fmt: skip
    for seed in (1, 2):
        for compare in parts:
            one = person(np.random.default_rng(seed))
            for name, told, code in compare(one, names(one)):
                same = np.allclose(np.asarray(told, dtype=float), np.asarray(code, dtype=float), rtol=1e-6, atol=1e-9)
                print("same" if same else "OTHER", compare.__name__, name, told, code, sep="\t")


if __name__ == "__main__":
    main()
