"""A trial whose truth is planted: frames of scores, allocation and sessions, and a run that holds them.

Every person has a reading before the arms part (day 0), which they share, and one under each arm (day 30).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.trials.outcome import Outcome
from cohort import codebook
from cohort.columns import Column, Layout
from cohort.provenance import Provenance
from cohort.records import record
from cohort.state import TRAIT_COLUMNS

BEFORE, AFTER = 0, 30 * 1440
SCALE = Outcome("symptoms", "pcl", AFTER, "lower", margin=5.0, unit="points")
CASE = Outcome("case", "pcl", AFTER, "lower", cutoff=33.0)


def rows(readings: Mapping[str | None, Sequence[float]], minute: int, instrument: str = "pcl") -> pd.DataFrame:
    """Rows of scores without error, by arm (None: shared); persons are numbered from 0."""
    parts = [
        pd.DataFrame(
            {"arm": arm, "person": np.arange(len(values)), "minute": minute, "instrument": instrument}
            | dict.fromkeys(("state", "score"), np.asarray(values, dtype=np.float32))
        )
        for arm, values in readings.items()
    ]
    return pd.concat([part.astype({"arm": object}) for part in parts], ignore_index=True)


def allocation(
    arms: Sequence[str | None], lost: Mapping[int, int] | None = None, eligible: Sequence[int] | None = None
) -> pd.DataFrame:
    n = len(arms)
    return pd.DataFrame(
        {
            "person": np.arange(n),
            "eligible": np.ones(n, dtype=int) if eligible is None else eligible,
            "arm": pd.Series(arms, dtype=object),
            "stratum": 0,
            "block": 0,
            "lost": pd.Series([(lost or {}).get(i) for i in range(n)], dtype="Int32"),
        }
    )


def sessions(n: int, attended: Mapping[str, Sequence[Sequence[int]]]) -> pd.DataFrame:
    """Each arm's sessions: for each person, whether it came to the first, second, ..."""
    told = [
        (arm, person, 1440 * (k + 1), "therapy", k + 1, came)
        for arm, everybody in attended.items()
        for person in range(n)
        for k, came in enumerate(everybody[person])
    ]
    return pd.DataFrame(told, columns=["arm", "person", "minute", "intervention", "session", "attended"])


# --- a run


def planted(n: int, seed: int, persons_seed: int = 0) -> dict[str, np.ndarray]:
    """True readings of n persons by arm: therapy helps the first two thirds by 10 points and harms the others by 6."""
    base = np.random.default_rng([persons_seed, 1]).normal(35.0, 10.0, n)
    luck = np.random.default_rng([seed, 2]).normal(0.0, 4.0, n)
    effect = np.where(np.arange(n) < 2 * n // 3, -10.0, 6.0)
    return {"before": base, "waiting": base + luck, "therapy": base + luck + effect}


def run(
    out: Path,
    *,
    n: int = 90,
    seed: int = 1,
    persons_seed: int = 0,
    arms: Sequence[str] = ("waiting", "therapy"),
    outcomes: Sequence[Mapping[str, Any]] | None = None,
    eligible: bool = True,
    missing: bool = False,
    constant: bool = False,
    mixed: float | None = None,
    costs: Mapping[str, float] | None = None,
    truth: Mapping[str, np.ndarray] | None = None,
    measured: Sequence[int] = (),
) -> Path:
    """Write a run that holds a trial: two fifths of the persons in each of two arms, the rest not randomized.

    With `mixed` everybody has that reading at the end in an observed world. Load is measured before the arms part, as
    1, and at the minutes `measured`, as the number of the arm, or `mixed` in the observed world.
    """
    truth = truth or planted(n, seed, persons_seed)
    if constant:
        truth = {name: np.full(n, 20.0) for name in truth}
    rng = np.random.default_rng([seed, 3])
    told = pd.concat(
        [rows({None: truth["before"]}, BEFORE), rows({arm: truth[arm] for arm in arms}, AFTER)], ignore_index=True
    )
    told["score"] = np.nan if missing else told["state"] + rng.normal(0.0, 2.0, len(told))
    places = {arm: k for k, arm in enumerate(arms)}
    allotted = rng.permutation(np.resize([*range(len(arms)), *range(len(arms)), -1], n)) if eligible else np.full(n, -1)
    facts = [SCALE, CASE] if outcomes is None else []
    study: dict[str, Any] = {
        "name": "toy", "persons": n, "days": 31, "arms": list(arms), "reference": arms[0],
        "outcomes": [vars(fact) for fact in facts] if outcomes is None else list(outcomes),
        **({"costs": dict(costs)} if costs else {}),
    }  # fmt: skip
    values: dict[str, dict[str, Any]] = {
        "persons": _persons(n, np.random.default_rng([persons_seed, 4])),
        "allocation": {
            "person": np.arange(n), "eligible": np.full(n, int(eligible)), "arm": allotted,
            "stratum": np.zeros(n, dtype=int), "block": np.zeros(n, dtype=int),
            "lost": np.ma.masked_array(np.full(n, 1440), np.arange(n) % 10 != 0),
        },
        "scores": {
            "arm": told["arm"].map(places).fillna(-1).to_numpy(int), "person": told["person"].to_numpy(),
            "minute": told["minute"].to_numpy(), "instrument": np.zeros(len(told), dtype=int),
            "state": told["state"].to_numpy(), "score": told["score"].to_numpy(),
        },
        "sessions": {
            "arm": np.full(n, len(arms) - 1), "person": np.arange(n), "minute": np.full(n, 1440),
            "intervention": np.zeros(n, dtype=int), "session": np.ones(n, dtype=int),
            "attended": (np.arange(n) % 3 != 0).astype(int),
        },
    }  # fmt: skip
    if measured:
        moments = [(-1, BEFORE, 1.0), *((k, minute, float(k)) for k in range(len(arms)) for minute in measured)]
        arm, minute, load = (np.repeat([moment[i] for moment in moments], n) for i in range(3))
        values["measures"] = {"arm": arm, "person": np.tile(np.arange(n), len(moments)), "minute": minute, "load": load}
    _write(out, seed, study, values, arms)
    if mixed is not None:
        lived = {"person": np.arange(n), "minute": np.full(n, AFTER), "instrument": np.zeros(n, dtype=int)}
        lived |= dict.fromkeys(("state", "score"), np.full(n, mixed))
        came = {name: column for name, column in values["sessions"].items() if name != "arm"}
        there: dict[str, Mapping[str, Any]] = {"scores": lived, "sessions": came}
        if measured:
            every = {"person": np.tile(np.arange(n), len(measured)), "minute": np.repeat(measured, n)}
            there["measures"] = every | {"load": np.full(n * len(measured), mixed)}
        _write(out / "observed", seed, study, there, arms)
    return out


def _write(
    out: Path, seed: int, study: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]], arms: Sequence[str]
) -> None:
    known = {**codebook.tables(), **_layouts(arms)}
    tables = {
        name: replace(known[name], columns=tuple(c for c in known[name].columns if c.name in columns or c.missing))
        for name, columns in values.items()
    }
    if "arm" not in values["scores"]:
        tables = {
            name: replace(
                layout,
                key=tuple(k for k in layout.key if k != "arm"),
                columns=tuple(c for c in layout.columns if c.name != "arm"),
            )
            for name, layout in tables.items()
        }
    recorder, _ = record(out, Provenance('title = "toy"\n', seed, {"k": 1.0}, study), tables)
    with recorder:
        for name, columns in values.items():
            recorder.write(name, columns)
        recorder.seal()


def _persons(n: int, who: np.random.Generator) -> dict[str, Any]:
    return {
        "id": np.arange(n), "household": np.arange(n), "family": np.arange(n), "zygosity": ["single"] * n,
        "ancestry": np.zeros(n, dtype=int), "sex": ["female"] * n, "age": 18 + who.random(n) * 47,
        "ace": np.zeros(n, dtype=int), "adversity": who.random(n),
        **{trait: who.lognormal(size=n) for trait in TRAIT_COLUMNS},
    }  # fmt: skip


def _layouts(arms: Sequence[str]) -> dict[str, Layout]:
    def name(called: str, names: Sequence[str], missing: bool = False) -> Column:
        return Column(called, "name", "", f"the {called}", missing=missing, names=tuple(names))

    def whole(called: str, missing: bool = False) -> Column:
        return Column(called, "int32", "1", f"the {called}", missing=missing)

    arm, person = name("arm", arms, missing=True), Column("person", "int64", "1", "the person")
    readings = (Column(called, "float32", "1", f"the {called}", missing=True) for called in ("state", "score"))
    return {
        "allocation": Layout(
            "allocation", "who was allotted what", ("person",),
            (person, whole("eligible"), arm, whole("stratum"), whole("block"), whole("lost", missing=True)),
        ),
        "scores": Layout(
            "scores", "readings", ("arm", "person", "minute", "instrument"),
            (arm, person, whole("minute"), name("instrument", ("pcl",)), *readings),
        ),
        "measures": Layout(
            "measures", "measures", ("arm", "person", "minute"),
            (arm, person, whole("minute"), Column("load", "float32", "1", "the load")),
        ),
        "sessions": Layout(
            "sessions", "sessions", ("arm", "person", "minute", "intervention"),
            (arm, person, whole("minute"), name("intervention", ("therapy",)), whole("session"), whole("attended")),
        ),
    }  # fmt: skip
