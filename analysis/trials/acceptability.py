"""Whether care is worth its cost, and how surely: the cost-effectiveness plane and the acceptability curve.

What a DALY averted costs is a ratio whose denominator may be 0, so its uncertainty is told by resampled points of the
plane, and by how often an arm has the greatest net benefit ``wtp averted - extra`` at a price that is paid for a DALY
(Fenwick et al. 2001, 10.1002/hec.635). Uncertain are who takes part (bootstrap over persons, the same under every arm)
and the disability weight, a beta distribution with the mean and the 95% interval that its source gives. Prices of
sessions, the duration between assessments and the model itself are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.trials.economics import DISABILITY_WEIGHT, YEAR
from analysis.trials.outcome import TrialError, check_arms

RESAMPLES: Final = 4000
# Salomon et al. 2015, 10.1016/S2214-109X(15)00069-8: moderate anxiety disorders, .133 (95% .091 to .186).
WEIGHT_LOW, WEIGHT_HIGH = 0.091, 0.186
PRICES: Final = (1_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0)  # US$ a DALY averted
_TAILS = (2.5, 97.5)
_AT_A_TIME = 4_000_000


@dataclass(frozen=True)
class Draws:
    """Resampled means a person against the reference, each of shape (resamples, arms) with a column an arm.

    `averted` in DALYs, `extra` in US$; the reference's columns are 0. `n` is the number of persons, and `mean` what was
    found of all: columns averted and extra, by arm.
    """

    averted: pd.DataFrame
    extra: pd.DataFrame
    mean: pd.DataFrame
    reference: str
    n: int


def resample(free: pd.DataFrame, spent: pd.DataFrame, reference: str, *, key: int = 1) -> Draws:
    """Resample persons and the disability weight, from the `accounts` of `analysis.trials.economics`.

    Raises TrialError without another arm, or with fewer than two persons.
    """
    check_arms([str(arm) for arm in free], reference)
    n = len(free)
    if n < 2:
        raise TrialError(f"{n} persons; their spread needs two or more")
    gained = free.sub(free[reference], axis=0).to_numpy(np.float64)
    extra = spent.sub(spent[reference], axis=0).to_numpy(np.float64)
    rng = np.random.default_rng([key, 4])
    table, step, parts = np.hstack([gained, extra]), max(_AT_A_TIME // n, 1), []
    for first in range(0, RESAMPLES, step):
        weights = rng.multinomial(n, np.full(n, 1.0 / n), size=min(step, RESAMPLES - first))
        parts.append(weights.astype(np.float64) @ table / n)
    drawn = np.vstack(parts)
    shape = disability_shape()
    days = drawn[:, : len(free.columns)] / YEAR
    averted = days * rng.beta(*shape, size=(RESAMPLES, 1))
    means = {"averted": gained.mean(axis=0) / YEAR * DISABILITY_WEIGHT, "extra": extra.mean(axis=0)}
    return Draws(
        pd.DataFrame(averted, columns=free.columns),
        pd.DataFrame(drawn[:, len(free.columns) :], columns=free.columns),
        pd.DataFrame(means, index=free.columns),
        reference,
        n,
    )


def disability_shape() -> tuple[float, float]:
    """Shape of the beta distribution of the disability weight, by its mean and the width of its interval."""
    spread = (WEIGHT_HIGH - WEIGHT_LOW) / (2.0 * float(stats.norm.ppf(0.975)))
    total = DISABILITY_WEIGHT * (1.0 - DISABILITY_WEIGHT) / spread**2 - 1.0
    return DISABILITY_WEIGHT * total, (1.0 - DISABILITY_WEIGHT) * total


def plane(draws: Draws) -> pd.DataFrame:
    """Each arm other than the reference on the plane, a row an arm.

    Returns arm, averted and extra with _low and _high (95% percentiles), per_daly (US$ a DALY averted; NaN unless more
    is averted) with per_daly_low and per_daly_high (NaN unless more is averted in 97.5% of the resamples: otherwise the
    ratio has no interval that means anything), and shares of resamples by quadrant: better_dearer, better_cheaper,
    worse_dearer, worse_cheaper (no difference counts as better, and as cheaper).
    """
    rows = []
    for arm in (str(name) for name in draws.averted if name != draws.reference):
        averted, extra = draws.averted[arm].to_numpy(), draws.extra[arm].to_numpy()
        gain, price = float(draws.mean["averted"][arm]), float(draws.mean["extra"][arm])
        row: dict[str, object] = {"arm": arm, "n": draws.n, "averted": gain}
        row["averted_low"], row["averted_high"] = _interval(averted)
        row |= {"extra": price}
        row["extra_low"], row["extra_high"] = _interval(extra)
        sure = float((averted > 0.0).mean()) >= 0.975
        row["per_daly"] = price / gain if gain > 0.0 else np.nan
        ratio = extra[averted > 0.0] / averted[averted > 0.0]
        row["per_daly_low"], row["per_daly_high"] = _interval(ratio) if sure else (np.nan, np.nan)
        better, cheaper = averted >= 0.0, extra <= 0.0
        for name, which in (("better", better), ("worse", ~better)):
            row[f"{name}_dearer"] = float((which & ~cheaper).mean())
            row[f"{name}_cheaper"] = float((which & cheaper).mean())
        rows.append(row)
    return pd.DataFrame(rows)


def ladder(draws: Draws) -> pd.DataFrame:
    """The arms from the cheapest on, and what each step costs: a row an arm, the reference too.

    Returns arm, extra, averted (against the reference), status (``on the frontier``; ``dominated``: another one averts
    as much for no more; ``extendedly dominated``: others mixed do) and icer: US$ a further DALY averted against
    the frontier's last arm before it (NaN for the first, and off the frontier). See Drummond et al. 2015, Methods for
    the Economic Evaluation of Health Care Programmes.
    """
    found = draws.mean.sort_values(["extra", "averted"], ascending=[True, False], kind="stable")
    arms = [str(arm) for arm in found.index]
    status, kept = dict.fromkeys(arms, "dominated"), list[str]()
    at = {str(arm): (float(row["averted"]), float(row["extra"])) for arm, row in found.iterrows()}
    for arm in arms:
        if not kept or at[arm][0] > at[kept[-1]][0]:
            kept.append(arm)
            status[arm] = "on the frontier"
    k = 1
    while k < len(kept) - 1:  # a step that costs more than the next one is left out, from the start anew
        if _step(at, kept[k - 1], kept[k]) > _step(at, kept[k], kept[k + 1]):
            status[kept.pop(k)] = "extendedly dominated"
            k = 1
        else:
            k += 1
    icer = {arm: _step(at, before, arm) for before, arm in pairwise(kept)}
    rows = [(arm, at[arm][1], at[arm][0], status[arm], icer.get(arm, np.nan)) for arm in arms]
    return pd.DataFrame(rows, columns=["arm", "extra", "averted", "status", "icer"])


def acceptability(draws: Draws, prices: Sequence[float] = PRICES) -> pd.DataFrame:
    """How often each arm is the best, a row a price of a DALY (US$) and arm.

    Returns price, arm, probability (share of resamples in which its net benefit is greatest; the shares of a price add
    up to 1, of equals the first counts), benefit (mean net benefit against the reference, US$ a person) with low, high.
    """
    rows = []
    for price in prices:
        net = price * draws.averted - draws.extra
        best = net.to_numpy().argmax(axis=1)
        for k, arm in enumerate(map(str, net)):
            mean = price * float(draws.mean["averted"][arm]) - float(draws.mean["extra"][arm])
            rows.append((price, arm, float((best == k).mean()), mean, *_interval(net[arm].to_numpy())))
    return pd.DataFrame(rows, columns=["price", "arm", "probability", "benefit", "low", "high"])


def _step(at: dict[str, tuple[float, float]], one: str, other: str) -> float:
    return (at[other][1] - at[one][1]) / (at[other][0] - at[one][0])


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, _TAILS)
    return float(low), float(high)
