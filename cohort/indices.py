"""Global sensitivity of any model: the designs and indices of SALib, for a model whose runs have noise.

A design is a list of blocks: a trajectory of Morris, or a base row of Saltelli with all its recombinations. The model
is told the block of each point, so that it can use the same draws within one: SALib knows no noise, and what two
points of a block differ by must be the parameters alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEVELS = 4  # of the grid of Morris
STEP = LEVELS / (2.0 * (LEVELS - 1.0))  # of an elementary effect, as a share of the range
WIDE = 10.0  # a range from above 0 whose ends differ by this factor or more is walked in logarithms


@dataclass(frozen=True)
class Axis:
    """One parameter and its range."""

    name: str
    low: float
    high: float

    @property
    def logarithmic(self) -> bool:
        """Whether equal steps are equal factors."""
        return self.low > 0.0 and self.high >= WIDE * self.low

    def at(self, share: Floats) -> Floats:
        """Values at shares (0 to 1) of the range."""
        if self.logarithmic:
            return np.asarray(np.clip(self.low * (self.high / self.low) ** share, self.low, self.high))
        return np.asarray(np.clip(self.low + (self.high - self.low) * share, self.low, self.high))


@dataclass(frozen=True)
class Design:
    """Points to be run: `shares` (n, parameters) of the ranges, and the block (n,) of each."""

    axes: tuple[Axis, ...]
    shares: Floats
    block: NDArray[np.int64]

    def points(self) -> list[dict[str, float]]:
        """Values of the parameters by name, a row each."""
        columns = [axis.at(self.shares[:, k]).tolist() for k, axis in enumerate(self.axes)]
        names = [axis.name for axis in self.axes]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def __len__(self) -> int:
        return len(self.block)

    @property
    def problem(self) -> dict[str, Any]:
        """As SALib wants it, in shares of the ranges."""
        names = [axis.name for axis in self.axes]
        return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def trajectories(axes: Sequence[Axis], number: int, seed: int) -> Design:
    """Design of Morris 1991 (10.1080/00401706.1991.10484804): each trajectory moves every parameter once."""
    from SALib.sample import morris

    empty = Design(tuple(axes), np.zeros((0, len(axes))), np.zeros(0, np.int64))
    shares = morris.sample(empty.problem, number, num_levels=LEVELS, seed=seed)
    return Design(tuple(axes), shares, np.repeat(np.arange(number), len(axes) + 1))


def recombinations(axes: Sequence[Axis], number: int, seed: int) -> Design:
    """Saltelli's design (2010, 10.1016/j.cpc.2009.09.018) for first and total indices; `number` is a power of 2."""
    from SALib.sample import sobol

    empty = Design(tuple(axes), np.zeros((0, len(axes))), np.zeros(0, np.int64))
    shares = sobol.sample(empty.problem, number, calc_second_order=False, seed=seed)
    return Design(tuple(axes), shares, np.repeat(np.arange(number), len(axes) + 2))


def elementary(design: Design, answers: Floats, seed: int = 1) -> list[dict[str, float]]:
    """Of each parameter: mean absolute elementary effect ``mu_star`` with its 95% half-width, mean ``mu``, ``sigma``.

    `answers` (n,) of one outcome; an effect is per whole range. Trajectories with an undefined answer are left out.
    """
    from SALib.analyze import morris

    shares, values = _whole(design, answers, len(design.axes) + 1)
    if len(values) == 0:
        return [dict.fromkeys(("mu_star", "mu_star_conf", "mu", "sigma"), np.nan) for _ in design.axes]
    found = morris.analyze(design.problem, shares, values, num_levels=LEVELS, seed=seed)
    return _rows(found, ("mu_star", "mu_star_conf", "mu", "sigma"), len(design.axes))


def variances(design: Design, answers: Floats, seed: int = 1) -> list[dict[str, float]]:
    """Of each parameter: first-order and total index with 95% half-widths (``S1``, ``S1_conf``, ``ST``, ``ST_conf``).

    `answers` (n,) of one outcome; base rows with an undefined answer are left out. NaN where nothing varies.
    """
    from SALib.analyze import sobol

    names = ("S1", "S1_conf", "ST", "ST_conf")
    _, values = _whole(design, answers, len(design.axes) + 2)
    if len(values) == 0 or np.ptp(values) == 0.0:
        return [dict.fromkeys(names, np.nan) for _ in design.axes]
    found = sobol.analyze(design.problem, values, calc_second_order=False, seed=seed)
    return _rows(found, names, len(design.axes))


def inert_effect(spread: float) -> float:
    """What ``mu_star`` an inert parameter would show in one effect if each run had draws of its own.

    Mean of ``|a - b| / step`` for two answers with the standard deviation `spread` over seeds.
    """
    return float(2.0 * spread / np.sqrt(np.pi) / STEP)


def leaders(screened: Mapping[str, Sequence[float]], names: Sequence[str], number: int) -> list[str]:
    """The parameters that lead: by the greatest of their effects on any outcome, each against that outcome's largest.

    `screened` is ``mu_star`` by outcome, in the order of `names`. Those without any effect are left out.
    """
    rows = [np.nan_to_num(np.asarray(row, float)) for row in screened.values()]
    most = np.max([row / max(row.max(), np.finfo(float).tiny) for row in rows], axis=0)
    order = np.argsort(-most, kind="stable")
    return [names[k] for k in order[:number] if most[k] > 0.0]


def _whole(design: Design, answers: Floats, size: int) -> tuple[Floats, Floats]:
    """Points and answers of the blocks in which every answer is defined."""
    kept = np.repeat(np.isfinite(answers.reshape(-1, size)).all(axis=1), size)
    return design.shares[kept], answers[kept]


def _rows(found: Mapping[str, Any], names: Sequence[str], number: int) -> list[dict[str, float]]:
    return [{name: float(np.asarray(found[name], float)[k]) for name in names} for k in range(number)]
