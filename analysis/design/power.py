"""How large a trial has to be: trials drawn from a pool of persons who lived under both arms, and analysed as usual.

A trial draws n persons from the pool with replacement, allots half of them to either arm anew, loses some, and is
analysed; power is the share of trials whose 95% interval leaves out 0. It is the power to see what is true of this
pool: with few persons in it, their mean effect is itself a draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.outcome import Outcome, TrialError
from analysis.trials.trial import LEVEL

Method = Literal["welch", "ancova", "risk difference", "interaction"]
Batch = NDArray[np.float64]  # a row a trial, a column a person; NaN where nothing was seen

TARGETS = (0.8, 0.9)
_FIRST = 16  # persons of the smallest trial
_ENOUGH = 0.97  # power at which larger trials are not drawn any more
_AT_A_TIME = 1_000_000  # persons of all trials held in memory at once


@dataclass(frozen=True)
class Pool:
    """Persons under both arms of a comparison, each of shape (n,).

    `treated` and `control` are the scores of `outcome` (1 and 0 by a cut-off; NaN missing), `baseline` the score before
    (all NaN where there is none), `effect` what the arm truly does to each, and `subgroup` who is in the subgroup that
    the trial asks about, or None. Raises TrialError for fewer than two persons.
    """

    outcome: Outcome
    treated: NDArray[np.float64]
    control: NDArray[np.float64]
    baseline: NDArray[np.float64]
    effect: NDArray[np.float64]
    subgroup: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if len(self.treated) < 2:
            raise TrialError(f"outcome '{self.outcome.name}': {len(self.treated)} persons; a pool needs two or more")

    @property
    def methods(self) -> tuple[Method, ...]:
        """Analyses that a trial of this outcome would report."""
        main: tuple[Method, ...] = ("welch",) if self.outcome.cutoff is None else ("risk difference",)
        if self.outcome.cutoff is None and np.isfinite(self.baseline).any():
            main = (*main, "ancova")
        return main if self.subgroup is None else (*main, "interaction")

    @property
    def truth(self) -> float:
        """True difference of the effect, subgroup minus the rest; NaN without both."""
        if self.subgroup is None or self.subgroup.all() or not self.subgroup.any():
            return np.nan
        return float(np.nanmean(self.effect[self.subgroup]) - np.nanmean(self.effect[~self.subgroup]))


def merged(pools: Sequence[Pool]) -> Pool:
    """Pools of one comparison, of lives under several seeds, as one. Raises TrialError when they differ in outcome."""
    first = pools[0]
    if any(pool.outcome != first.outcome or (pool.subgroup is None) != (first.subgroup is None) for pool in pools):
        raise TrialError("pools of other outcomes or without the subgroup cannot be merged")

    def both(name: str) -> Any:
        return np.concatenate([getattr(pool, name) for pool in pools])

    inside = None if first.subgroup is None else both("subgroup")
    return Pool(first.outcome, both("treated"), both("control"), both("baseline"), both("effect"), inside)


def curve(
    pool: Pool, method: Method, *, attrition: float = 0.0, trials: int = 1000, most: int = 4000, key: int = 1
) -> pd.DataFrame:
    """Power by the number of persons randomized, to both arms together; from 16 on, each twice the last, to `most`.

    Larger trials are left out once the power is beyond .97. Returns n, trials, power, low, high (Wilson 1927,
    10.1080/01621459.1927.10502953), analysed (persons, mean), estimate (mean), and for an interaction right (share of
    trials in which the subgroup that seems to be helped more is the one that is), right_low, right_high. `attrition`
    is the share of persons lost, whoever they are. Raises TrialError for an attrition beyond 0 to 1 or no room for n.
    """
    if not 0.0 <= attrition < 1.0:
        raise TrialError(f"attrition = {attrition:g}; permitted: 0 to below 1")
    if most < _FIRST:
        raise TrialError(f"{most} persons at most; the smallest trial has {_FIRST}")
    rows = []
    for n in sizes(most):
        found = drawn(pool, method, n, attrition=attrition, trials=trials, key=key)
        hit = int(((found["low"] > 0.0) | (found["high"] < 0.0)).sum())
        low, high = _wilson(hit, trials)
        row = {"n": n, "trials": trials, "power": hit / trials, "low": low, "high": high}
        row |= {"analysed": float(found["analysed"].mean()), "estimate": float(found["estimate"].mean())}
        if method == "interaction":
            picked = int((np.sign(found["estimate"]) == np.sign(pool.truth)).sum())
            row["right"], (row["right_low"], row["right_high"]) = picked / trials, _wilson(picked, trials)
        rows.append(row)
        if low > _ENOUGH:
            break
    return pd.DataFrame(rows)


def sizes(most: int) -> list[int]:
    """Even numbers of persons, each about the square root of two times the last, up to `most`."""
    steps = np.arange(0.0, np.log2(most / _FIRST) + 1e-9, 0.5)
    return sorted({min(2 * round(_FIRST * 2.0**step / 2.0), most) for step in steps} | {most})


def smallest(found: pd.DataFrame, target: float) -> tuple[float, float, float]:
    """Fewest persons for the `target` power, from a `curve`: estimate, low and high, by its intervals.

    Between two sizes the probit of the power is linear in the root of n, as it is for a normal mean. NaN: not reached.
    """
    return tuple(_crossed(found["n"], found[column], target) for column in ("power", "high", "low"))  # type: ignore[return-value]


def _crossed(n: pd.Series, power: pd.Series, target: float) -> float:
    rising = np.maximum.accumulate(power.to_numpy(np.float64))
    at = int(np.searchsorted(rising, target))
    if at == len(rising):
        return np.nan
    if at == 0:
        return float(n.iloc[0])
    root, probit = np.sqrt(n.to_numpy(np.float64)), stats.norm.ppf(np.clip(rising, 1e-4, 1.0 - 1e-4))
    share = (stats.norm.ppf(target) - probit[at - 1]) / (probit[at] - probit[at - 1])
    return float(2.0 * np.ceil((root[at - 1] + share * (root[at] - root[at - 1])) ** 2 / 2.0))


def drawn(
    pool: Pool, method: Method, n: int, *, attrition: float = 0.0, trials: int = 1000, key: int = 1
) -> pd.DataFrame:
    """Trials of `n` persons, a row each: estimate, low, high (95%; NaN where they cannot be told) and analysed."""
    rng = np.random.default_rng([key, n])
    step = max(_AT_A_TIME // n, 1)
    parts = []
    for first in range(0, trials, step):
        shape = (min(step, trials - first), n)
        who = rng.integers(len(pool.treated), size=shape)
        arm = np.zeros(n, dtype=bool)
        arm[: n // 2] = True
        value = np.where(arm, pool.treated[who], pool.control[who])
        value[rng.random(shape) < attrition] = np.nan
        parts.append(_analysed(pool, method, who, arm, value))
    return pd.concat(parts, ignore_index=True)


def _analysed(pool: Pool, method: Method, who: NDArray[np.int64], arm: NDArray[np.bool_], value: Batch) -> pd.DataFrame:
    if method == "welch":
        return welches(value[:, arm], value[:, ~arm])
    if method == "risk difference":
        return risk_differences(value[:, arm], value[:, ~arm])
    given = np.broadcast_to(arm.astype(np.float64), value.shape)
    before = pool.baseline[who]
    adjusting = [] if np.isnan(pool.baseline).all() else [before]
    if method == "ancova":
        return least_squares(value, [given, *adjusting], 1)
    if pool.subgroup is None:
        raise TrialError(f"outcome '{pool.outcome.name}': an interaction needs a subgroup")
    inside = pool.subgroup[who].astype(np.float64)
    return least_squares(value, [given * inside, given, inside, *adjusting], 1)


def welches(treated: Batch, control: Batch) -> pd.DataFrame:
    """`analysis.trials.trial.welch` of many trials."""
    counts, means, squares = [], [], []
    for group in (treated, control):
        seen = ~np.isnan(group)
        count = seen.sum(axis=1)
        mean = np.where(seen, group, 0.0).sum(axis=1) / np.maximum(count, 1)
        apart = np.where(seen, group - mean[:, None], 0.0)
        counts.append(count)
        means.append(mean)
        squares.append((apart**2).sum(axis=1) / np.maximum(count - 1, 1) / np.maximum(count, 1))
    total = squares[0] + squares[1]
    told = (np.minimum(*counts) >= 2) & (total > 0.0)
    parts = sum(square**2 / np.maximum(count - 1, 1) for square, count in zip(squares, counts, strict=True))
    freedom = np.where(told, total**2 / np.where(told, parts, 1.0), 1.0)
    half = np.where(told, stats.t.ppf((1.0 + LEVEL) / 2.0, freedom) * np.sqrt(total), np.nan)
    return _frame(means[0] - means[1], half, counts[0] + counts[1])


def risk_differences(treated: Batch, control: Batch) -> pd.DataFrame:
    """`analysis.trials.trial.risk_difference` of many trials."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    counts = [np.maximum((~np.isnan(group)).sum(axis=1), 1) for group in (treated, control)]
    cases = [np.nansum(group, axis=1) for group in (treated, control)]
    interval = {"method": "newcomb", "compare": "diff", "alpha": 1.0 - LEVEL}
    low, high = confint_proportions_2indep(cases[0], counts[0], cases[1], counts[1], **interval)
    estimate = cases[0] / counts[0] - cases[1] / counts[1]
    return pd.DataFrame({"estimate": estimate, "low": low, "high": high, "analysed": counts[0] + counts[1]})


def least_squares(value: Batch, columns: Sequence[Batch], wanted: int) -> pd.DataFrame:
    """A coefficient of many least-squares fits with HC3 errors, as `analysis.trials.trial.adjusted` has it.

    `columns` are those of the design after a first one of ones; `wanted` is the coefficient's place in it. A person
    with a NaN anywhere is left out. NaN where nothing varies, the design is singular or one person decides alone.
    """
    design = np.stack([np.ones_like(value), *columns], axis=-1)
    seen = ~(np.isnan(value) | np.isnan(design).any(axis=-1))
    design = np.where(seen[..., None], design, 0.0)
    kept = np.where(seen, value, 0.0)
    n = seen.sum(axis=1)
    shift = design.sum(axis=1, keepdims=True) / np.maximum(n, 1)[:, None, None]
    shift[..., 0] = 0.0
    design = np.where(seen[..., None], design - shift, 0.0)  # centred, which moves no slope
    gram = np.einsum("sni,snj->sij", design, design)
    k = gram.shape[-1]
    scale = np.sqrt(np.maximum(np.einsum("sii->si", gram), 0.0))
    varies = np.where(seen, value, -np.inf).max(axis=1) > np.where(seen, value, np.inf).min(axis=1)
    ok = (scale > 0.0).all(axis=1) & (n > k) & varies
    relative = gram / np.where(ok[:, None, None], scale[:, :, None] * scale[:, None, :], 1.0)
    ok &= np.linalg.eigvalsh(np.where(ok[:, None, None], relative, np.eye(k)))[:, 0] > 1e-10
    inverse = np.linalg.inv(np.where(ok[:, None, None], gram, np.eye(k)))
    spread = design @ inverse
    beta = np.einsum("sni,sn->si", spread, kept)
    left = kept - np.einsum("sni,si->sn", design, beta)
    free = 1.0 - (spread * design).sum(axis=-1)
    ok &= free.min(axis=1) > 1e-9
    weight = np.where(seen, (left / np.where(free > 1e-9, free, 1.0)) ** 2, 0.0)
    error = np.sqrt(np.einsum("sn,sn->s", spread[..., wanted] ** 2, weight))
    half = stats.t.ppf((1.0 + LEVEL) / 2.0, np.maximum(n - k, 1)) * error
    return _frame(np.where(ok, beta[:, wanted], np.nan), np.where(ok & (error > 0.0), half, np.nan), n)


def _frame(estimate: NDArray[np.float64], half: NDArray[np.float64], n: NDArray[np.int64]) -> pd.DataFrame:
    return pd.DataFrame({"estimate": estimate, "low": estimate - half, "high": estimate + half, "analysed": n})


def _wilson(hits: int, trials: int) -> tuple[float, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(hits, trials, alpha=1.0 - LEVEL, method="wilson")
    return float(low), float(high)
