"""What a sweep shows of one outcome: what it depends on, where the intervention fails, and for whom it does harm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.design import response
from analysis.design.discovery import Box, prim, tree
from analysis.design.ema import save as save_ema
from analysis.design.regional import regional
from analysis.trials.outcome import Outcome
from cohort import indices
from cohort.design.lived import EFFECT
from cohort.design.sampling import shares
from cohort.design.specification import JOINT, OWN, Specification
from cohort.design.table import EFFECTS, effects, experiments, outcomes_of, persons, plan_of
from cohort.errors import InputError, did_you_mean
from cohort.outcomes import OUTCOMES
from cohort.pictures import save
from cohort.plan import plan
from cohort.scenario import loads

FEW = 0.05  # a smaller share of points that fail is too few to seek boxes of
QUARTER = 0.25
MOST_ROWS = 60_000  # of persons and points, drawn from all, in which boxes of persons are sought
ARCHIVE = "experiments.tar.gz"


@dataclass(frozen=True)
class Understood:
    """What was found: frames by name (indices, regional, boxes, surface), a tree as text, and a sentence on it."""

    outcome: str
    points: int
    failures: int
    sentence: str
    frames: dict[str, pd.DataFrame]
    tree: str
    figure: Figure | None
    table: pd.DataFrame
    inputs: tuple[str, ...]

    def write(self, place: Path) -> list[Path]:
        """Write tables as CSV, the tree, the figure, and the table in the form of the EMA Workbench; their paths."""
        place.mkdir(parents=True, exist_ok=True)
        out = []
        for name, frame in self.frames.items():
            if len(frame):
                out.append(place / f"{name}.csv")
                frame.to_csv(out[-1], index=False)
        if self.tree:
            out.append(place / "tree.txt")
            out[-1].write_text(self.tree, "utf-8")
        if self.figure is not None:
            out.append(place / "surface.png")
            save(self.figure, out[-1])
        whole = self.table[self.table["failure"].isna()]
        told = [name for name in whole.columns if name not in (*OWN, *self.inputs)]
        out.append(place / ARCHIVE)
        inputs = whole[[*self.inputs, "policy", "world", "replicate"]]
        inputs = inputs.rename(columns={"world": "scenario"}).assign(model="cohort")
        save_ema(inputs, {name: whole[name].to_numpy(np.float64) for name in told}, out[-1])
        return out


def understand(source: Path, outcome: str | None = None) -> Understood:
    """What the sweep in `source` shows of an outcome (default: the first of the design).

    A point fails when it does not help on average; where that is rare, the quarter of points that helps least stands
    for these. Raises InputError when there is no sweep, or no such outcome in it.
    """
    spec, told = plan_of(source)
    base = str(told["scenario"])
    names = outcomes_of(spec, base)
    name = outcome or names[0]
    if name not in names:
        raise InputError(f"{source}: no outcome '{name}'{did_you_mean(name, names)}; permitted: {', '.join(names)}")
    table = experiments(source)
    inputs = list(spec.axes)
    sign = _sign(base, name)
    failures = int(table["failure"].notna().sum())
    means = table.groupby("point").agg({**dict.fromkeys(inputs, "first"), name: "mean", name + EFFECT: "mean"})
    lived = means.dropna()
    if lived.empty:
        raise InputError(f"{source}: '{name}' is not defined at any point; {failures} of {len(table)} rows failed")
    gain = sign * lived[name + EFFECT]
    fails, what = _failing(gain)
    found = prim(lived[inputs], fails)
    near = regional(lived[inputs], fails)
    surface, figure = _surface(spec, lived, near, name, sign)
    boxes = _rows("points", found)
    if (source / EFFECTS).is_dir():
        boxes = pd.concat([boxes, _rows("persons", _harmed(source, spec, base, name, table))], ignore_index=True)
    frames = {"indices": indices_of(spec, means[name + EFFECT].to_numpy(np.float64)), "regional": near,
              "boxes": boxes, "surface": surface}  # fmt: skip
    best = lived.iloc[int(gain.to_numpy().argmax())]
    sentence = (
        f"{name}: the effect lies between {lived[name + EFFECT].min():.3g} and {lived[name + EFFECT].max():.3g} over "
        f"{len(lived):,} points; best at {', '.join(f'{k} = {_shown(best[k])}' for k in spec.levers)}. Points that "
        f"fail are {what}: {int(fails.sum()):,}. {_said(found)}"
    )
    return Understood(name, len(means), failures, sentence, frames, tree(lived[inputs], fails), figure, table,
                      tuple(inputs))  # fmt: skip


def indices_of(spec: Specification, answers: np.ndarray) -> pd.DataFrame:
    """Sobol's indices of a saltelli sample, elementary effects of a morris one; no rows for any other.

    `answers` (points,) are of one outcome, in the order of the points; NaN where a point failed.
    """
    if spec.sampling.method not in JOINT:
        return pd.DataFrame()
    axes = tuple(indices.Axis(name, 0.0, 1.0) for name in spec.axes)
    places = shares(len(axes), spec.sampling)
    block = np.repeat(np.arange(spec.sampling.n), len(places) // spec.sampling.n)
    design = indices.Design(axes, places, block)
    rows = (indices.variances if spec.sampling.method == "saltelli" else indices.elementary)(design, answers)
    return pd.DataFrame([{"input": name, **row} for name, row in zip(spec.axes, rows, strict=True)])


def _sign(base: str, name: str) -> int:
    """1 where more of an outcome is better, -1 where less is."""
    if name in OUTCOMES:
        return 1 if name in ("none", "recall", "resilient") else -1
    resolved = plan(loads(base, "design")).protocol
    instrument = next(one.instrument for one in resolved.outcomes if one.name == name)
    return 1 if resolved.instruments[instrument].told.better == "higher" else -1


def _failing(gain: pd.Series) -> tuple[np.ndarray, str]:
    fails = (gain <= 0.0).to_numpy(bool)
    if fails.mean() >= FEW:
        return fails, "those that do not help on average"
    return (gain <= gain.quantile(QUARTER)).to_numpy(bool), "the quarter that helps least, as next to all help"


def _surface(
    spec: Specification, lived: pd.DataFrame, near: pd.DataFrame, name: str, sign: int
) -> tuple[pd.DataFrame, Figure | None]:
    """Over the two levers that matter most."""
    leading = [one for one in near["input"] if one in spec.levers][:2]
    if len(leading) < 2:
        return pd.DataFrame(), None
    found = response.response(lived, lived[name + EFFECT], *leading)
    return found, response.draw(found, f"effect on {name}", "higher" if sign > 0 else "lower")


def _harmed(source: Path, spec: Specification, base: str, name: str, table: pd.DataFrame) -> list[Box]:
    """Boxes of persons and points in which persons are harmed: worse off by more than the outcome's margin."""
    kept = effects(source)
    if name not in kept:
        return []
    kept = kept[["point", "person", name]].dropna()
    if len(kept) > MOST_ROWS:
        kept = kept.sample(MOST_ROWS, random_state=1)
    resolved = plan(loads(base, "design"))
    told = next(one for one in resolved.protocol.outcomes if one.name == name)
    instrument = resolved.protocol.instruments[told.instrument].told
    margin = 0.0 if told.case else instrument.margin(resolved.parameters)
    outcome = Outcome(name, told.instrument, told.minute, instrument.better, margin)
    where = table.drop_duplicates("point").set_index("point")[["world", *spec.axes]]
    joined = kept.join(where, on="point").merge(persons(source), left_on=["world", "person"], right_on=["world", "id"])
    loss = -outcome.sign * joined[name].to_numpy(np.float64)
    columns = joined.drop(columns=["point", "person", "id", "world", name]).dropna(axis="columns")
    inputs = columns.apply(lambda one: one if pd.api.types.is_numeric_dtype(one) else one.astype(str))
    return prim(inputs, (loss > 0.0) & (loss >= margin))


def _rows(of: str, boxes: list[Box]) -> pd.DataFrame:
    columns = ["of", "box", "coverage", "density", "mass", "base"]
    return pd.DataFrame([(of, str(b), b.coverage, b.density, b.mass, b.base) for b in boxes], columns=columns)


def _said(boxes: list[Box]) -> str:
    if not boxes:
        return "They gather nowhere."
    b = boxes[0]
    return f"They gather where {b}: {b.density:.0%} of the points there, and {b.coverage:.0%} of all that fail."


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
