"""The points of a design: values of its levers (policies) in each set of its uncertainties (worlds)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort import indices
from cohort.design.specification import JOINT, Axis, Sampling, Specification

Values = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One point: its number, that of its policy and its world, and the values of both by name."""

    number: int
    policy: int
    world: int
    levers: Values
    uncertainties: Values


def points(spec: Specification) -> list[Point]:
    """All points of a design, world by world. Policies are crossed with worlds, but for samples that are joint."""
    sampling = spec.sampling
    if sampling.method in JOINT:
        rows = _sample(spec.axes, sampling)
        worlds: dict[str, int] = {}
        out = []
        for k, row in enumerate(rows):
            uncertain = {name: row[name] for name in spec.uncertainties}
            world = worlds.setdefault(repr(uncertain), len(worlds))
            out.append(Point(k, k, world, {name: row[name] for name in spec.levers}, uncertain))
        return out
    policies = _sample(spec.levers, sampling)
    circumstances: list[Values] = [{}]
    if spec.uncertainties:
        circumstances = _values(
            spec.uncertainties, _hypercube(len(spec.uncertainties), sampling.worlds, sampling.seed + 1)
        )
    return [
        Point(w * len(policies) + p, p, w, policy, world)
        for w, world in enumerate(circumstances)
        for p, policy in enumerate(policies)
    ]


def _sample(axes: Mapping[str, Axis], sampling: Sampling) -> list[Values]:
    if sampling.method == "grid":
        listed = [_grid(axis, sampling.steps) for axis in axes.values()]
        return [dict(zip(axes, row, strict=True)) for row in product(*listed)]
    return _values(axes, shares(len(axes), sampling))


def shares(axes: int, sampling: Sampling) -> NDArray[np.float64]:
    """Places (n, axes) in the unit cube, of any method but the grid."""
    from scipy.stats import qmc

    unit = [indices.Axis(str(k), 0.0, 1.0) for k in range(axes)]
    match sampling.method:
        case "saltelli":
            return indices.recombinations(unit, sampling.n, sampling.seed).shares
        case "morris":
            return indices.trajectories(unit, sampling.n, sampling.seed).shares
        case "sobol":
            return np.asarray(qmc.Sobol(axes, rng=np.random.default_rng(sampling.seed)).random(sampling.n))
    return _hypercube(axes, sampling.n, sampling.seed)


def _hypercube(axes: int, number: int, seed: int) -> NDArray[np.float64]:
    from scipy.stats import qmc

    return np.asarray(qmc.LatinHypercube(axes, rng=np.random.default_rng(seed)).random(number))


def _grid(axis: Axis, steps: int) -> list[Any]:
    if axis.values is not None:
        return list(axis.values)
    found = [axis.at(k / (steps - 1)) for k in range(steps)]
    return list(dict.fromkeys(found))


def _values(axes: Mapping[str, Axis], found: NDArray[np.float64]) -> list[Values]:
    return [{name: axis.at(float(x)) for (name, axis), x in zip(axes.items(), row, strict=True)} for row in found]
