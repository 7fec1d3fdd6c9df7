"""What a reader sees of a policy: the tree, what regimes and measurements are worth, files.

Keys of the JSON: `source`, `outcome`, `unit`, `better`, `arms` (the reference first), `persons`, `lives`, `seeds`,
`left_out` (lives in which the outcome is undefined), `depth`; `measurements` (measurement, kind, error); `tree`
(`analysis.design.tree.as_mapping`, learned from all persons); of each regime, `status_quo`, `one_size` (with `arm`),
`policy`, `flexible` and `oracle`: value, gain over the status quo, over_one_size, each with _low and _high (95%), and
shares (of lives that get each arm); `recovered` (the policy's share of the oracle's gain over one size: estimate, low,
high); by regime, `regret` (against the oracle: estimate, low, high), `harmed`, `helped` (shares of persons) and `nnt`;
`stability` (by arm); `value_of_measurement` (`analysis.design.measurement.value_of_measurement`); `under_uncertainty`
(`analysis.design.uncertain.under_uncertainty`; empty for one parameter set); `findings` (sentences); `files`. Null is
what cannot be told.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from analysis.design import tree as trees
from analysis.design.lives import Lives
from analysis.design.measurement import value_of_measurement
from analysis.design.policy import Appraisal, appraise, said
from analysis.design.uncertain import under_uncertainty
from analysis.trials.outcome import TrialError
from cohort import supply
from cohort.errors import InputError
from cohort.executor import Executor
from cohort.measurements import Material, material
from cohort.pictures import save
from cohort.provenance import NOTICE
from cohort.records import refuse_existing
from cohort.run_data import RunData

SEEDS = 20  # unless asked otherwise
STATED = "stated"  # the parameter set of the scenario itself
_FIRM = 0.8  # stability of individual effects below which the oracle says little
_USED = 0.05  # share of lives that get an arm by the oracle from which on its effects are looked at
_NARROWEST = 120
_REGIMES = {
    "status_quo": "status quo", "one_size": "one size for all", "policy": "the tree", "flexible": "gradient boosting",
    "oracle": "oracle",
}  # fmt: skip
_RULES = ("one_size", "stated", "others", "own", "oracle")


def personalise(
    sources: Sequence[str],
    outcome: str | None,
    seeds: int | None,
    depth: int,
    traits: Mapping[str, float],
    settings: Sequence[str],
    under: Sequence[str],
    out: Path | None,
    resume: bool,
    executor: Executor,
    as_json: bool,
) -> None:
    """Learn who should get what, and show what it is worth."""
    stored = {source: supply.stored(source) for source in sources}
    if all(stored.values()):
        _refuse_for_stored({"--seeds": seeds, "--set or --persons": settings, "--under": under, "--resume": resume})
        runs = stored
        if out is not None:
            refuse_existing(out)
    elif len(sources) > 1:
        nowhere = next(source for source, found in stored.items() if not found)
        raise InputError(f"personalise: '{nowhere}' is no directory; several sources are directories of replicates")
    else:
        out = out or Path(f"{Path(sources[0]).stem}-personal")
        runs = _lived(sources[0], seeds or SEEDS, settings, under, out, resume, executor, as_json)
    sets = {name: material(found, outcome, traits) for name, found in runs.items()}
    stated = next(iter(sets.values()))
    try:
        found = appraise(stated.lives, depth)
        worth = value_of_measurement(stated.lives, depth, stated.sets)
        several = {name: one.lives for name, one in sets.items()}
        uncertain = under_uncertainty(several, depth) if len(sets) > 1 else pd.DataFrame()
    except (TrialError, ValueError) as fault:
        raise InputError(f"{sources[0]}: {fault}") from None
    findings = [*said(found, stated.lives), *_caveats(found, stated), *_lost(uncertain, stated.lives)]
    told = {"source": list(sources), **as_json_types(found, worth, uncertain, stated, depth), "findings": findings}
    told["files"] = [] if out is None else _write(out, found, worth, uncertain, stated.lives, told)
    if as_json:
        json.dump(told, sys.stdout, indent=2, allow_nan=False)
        sys.stdout.write("\n")
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(_NARROWEST, console.width))
    _show(found, worth, uncertain, stated.lives, console)
    for line in findings:
        console.print(line, highlight=False, soft_wrap=True)
    if out is not None:
        console.print(f"\nFigure and tables: {out}", highlight=False, soft_wrap=True)
    console.print(f"[dim]{NOTICE}[/dim]", highlight=False)


def as_json_types(
    found: Appraisal, worth: pd.DataFrame, uncertain: pd.DataFrame, material: Material, depth: int
) -> dict[str, Any]:
    """The result as JSON types; the module says which keys there are."""
    lives, rows = material.lives, found.regimes
    told: dict[str, Any] = {
        "outcome": lives.outcome.name, "unit": lives.outcome.unit, "better": lives.outcome.better,
        "arms": list(lives.arms), "persons": len(lives.persons), "lives": len(lives.person),
        "seeds": len(set(lives.seed.tolist())), "left_out": material.left_out, "depth": depth,
        "measurements": _records(material.about), "tree": trees.as_mapping(found.tree, lives.arms),
    }  # fmt: skip
    by = {str(row["regime"]): row for row in _records(rows.rename_axis("regime").reset_index())}
    for regime, row in by.items():
        wanted = ("value", "gain", "over_one_size")
        values = {f"{what}{side}": row[f"{what}{side}"] for what in wanted for side in ("", "_low", "_high")}
        told[regime] = values | {"shares": found.shares.loc[regime].to_dict()}
    told["one_size"]["arm"] = found.common
    names = ("estimate", "low", "high")
    told["recovered"] = dict(zip(names, map(_plain, found.recovered), strict=True))
    told["regret"] = {
        regime: {name: row[key] for name, key in zip(names, ("regret", "regret_low", "regret_high"), strict=True)}
        for regime, row in by.items()
        if regime != "oracle"
    }
    for what in ("harmed", "helped", "nnt"):
        told[what] = {regime: row[what] for regime, row in by.items()}
    told["stability"] = {str(arm): _plain(value) for arm, value in found.stability.items()}
    return told | {"value_of_measurement": _records(worth), "under_uncertainty": _records(uncertain)}


def _plain(value: Any) -> Any:
    """A number as JSON has it: None for NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict(orient="records")]


def _refuse_for_stored(given: Mapping[str, Any]) -> None:
    if wrong := [name for name, value in given.items() if value]:
        raise InputError(f"personalise: {', '.join(wrong)} is for a scenario; a directory of runs has been lived")


def _lived(
    name: str,
    seeds: int,
    settings: Sequence[str],
    under: Sequence[str],
    out: Path,
    resume: bool,
    executor: Executor,
    quiet: bool,
) -> dict[str, list[RunData]]:
    """Runs by parameter set, the stated one first: the scenario as it is, and with the settings of each of `under`."""
    if not resume:
        refuse_existing(out)
    sets = {STATED: [*settings]}
    for text in under:
        sets[text] = [*settings, *(part.strip() for part in text.split(","))]
    scenarios = {label: supply.scenario_of_trial(name, changed) for label, changed in sets.items()}
    how: Any = {"resume": resume, "executor": executor, "quiet": quiet}
    return {
        label: supply.lived(scenario, seeds, out / "runs" / f"set-{k}", **how)
        for k, (label, scenario) in enumerate(scenarios.items())
    }


def _caveats(found: Appraisal, material: Material) -> list[str]:
    told = []
    if material.left_out:
        left = f"{material.left_out:,} of {material.eligible:,} lives are left out"
        told.append(f"{left}: the outcome is undefined there.")
    used = found.shares.loc["oracle"] >= _USED
    weak = found.stability[(found.stability < _FIRM).to_numpy(bool) & used.to_numpy(bool)[1:]]
    if len(weak):
        worst = str(weak.idxmin())
        told.append(
            f"Only {weak.min():.0%} of the variance of persons' effects of {worst} over these seeds is theirs, the rest"
            " luck: the oracle is too modest, and harmed and helped count luck. More seeds would tell more."
        )
    return told


def _lost(uncertain: pd.DataFrame, lives: Lives) -> list[str]:
    if uncertain.empty:
        return []
    first, *others = uncertain.to_dict(orient="records")
    unit = "" if lives.outcome.unit in ("", "1") or lives.outcome.cutoff is not None else f" {lives.outcome.unit}"
    return [
        f"Under {row['set']} the policy learned under {first['set']} gains {row['stated']:.3g}{unit} a person over the"
        f" status quo; {row['lost']:.3g} (95% {row['low']:.3g} to {row['high']:.3g}) less than one learned there."
        for row in others
    ]


def _write(
    out: Path, found: Appraisal, worth: pd.DataFrame, uncertain: pd.DataFrame, lives: Lives, told: Mapping[str, Any]
) -> list[str]:
    """Write figure, tables and the JSON into `out`, and say which files."""
    from analysis.design.policy_figure import draw

    out.mkdir(exist_ok=True)
    figure = draw(found, worth, lives, f"{lives.outcome.name}: who should get what")
    names = [f"policy.{suffix}" for suffix in ("svg", "png")]
    for name in names:
        save(figure, out / name)
    tables = {"regimes": found.regimes.rename_axis("regime").reset_index(), "measurements": worth}
    if len(uncertain):
        tables["under-uncertainty"] = uncertain
    for name, frame in tables.items():
        frame.to_csv(out / f"{name}.csv", index=False)
        names.append(f"{name}.csv")
    files = [str(out / name) for name in (*names, "policy.json")]
    (out / "policy.json").write_text(json.dumps({**told, "files": files}, indent=2, allow_nan=False) + "\n", "utf-8")
    return files


def _show(found: Appraisal, worth: pd.DataFrame, uncertain: pd.DataFrame, lives: Lives, console: Console) -> None:
    outcome = lives.outcome
    unit = f"at or above {outcome.cutoff:g}" if outcome.cutoff is not None else outcome.unit
    counts = f"{len(lives.persons):,} persons, {len(lives.person):,} lives under every arm"
    console.print(f"[bold]{outcome.name}[/bold] ({unit}; {outcome.better} is better): {counts}\n", highlight=False)
    for line in trees.told(found.tree, lives.arms):
        console.print(f"  {line}", highlight=False, markup=False)
    heads = ("", "mean outcome", "gain over the status quo", "regret", "harmed", "helped", "NNT")
    shown = Table(*heads, box=None)
    for row in found.regimes.rename_axis("regime").reset_index().to_dict(orient="records"):
        cells = [_with_interval(row, what) for what in ("value", "gain", "regret")]
        nnt = "none" if math.isnan(row["nnt"]) else f"{row['nnt']:.1f}"
        label = f"{found.common} for all" if row["regime"] == "one_size" else _REGIMES[row["regime"]]
        shown.add_row(label, *cells, f"{row['harmed']:.1%}", f"{row['helped']:.1%}", nnt)
    console.print("\nOn persons from whom nothing was learned, with 95% intervals:", highlight=False)
    console.print(shown, highlight=False)
    shown = Table("measurement", "what", "gain", box=None)
    for row in worth.to_dict(orient="records"):
        shown.add_row(row["measurement"], row["what"], f"{row['gain']:.3g} ({row['low']:.3g} to {row['high']:.3g})")
    about = f"alone and together, over {found.common} for all; without: what is lost when it is left out"
    console.print(f"\nWhat measurements buy ({about}; 0 (0 to 0): no tree came of it):", highlight=False)
    console.print(shown, highlight=False)
    if len(uncertain):
        shown = Table("parameter set", *(rule.replace("_", " ") for rule in _RULES), box=None)
        for row in uncertain.to_dict(orient="records"):
            shown.add_row(row["set"], *(f"{row[rule]:.3g}" for rule in _RULES))
        about = "Gain over the status quo of policies learned under the stated, all other, its own parameters"
        console.print(f"\n{about}:", highlight=False)
        console.print(shown, highlight=False)
    console.print()


def _with_interval(row: Mapping[Any, Any], what: str) -> str:
    return f"{row[what]:.3g} ({row[f'{what}_low']:.3g} to {row[f'{what}_high']:.3g})"
