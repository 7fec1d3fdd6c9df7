"""Error of measurement: how far a score strays from what the state would read.

For a scale with a floor and a ceiling the score follows a beta distribution about the state ``p``, so that it is right
on average everywhere and its variance falls to nothing at both ends, as ``p (1 - p)`` (Lord 1965, 10.1007/BF02289490).
A published ``retest`` correlation in a sample of standard deviation ``sd`` in the middle of the scale, as a share of
it, sets its size: the variance of the error, averaged over such a sample, is ``(1 - retest) sd^2``::

    score ~ Beta(n p, n (1 - p))
    n = (1/4 - retest sd^2) / ((1 - retest) sd^2) - 1
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cohort.errors import ParameterError


def precision(retest: float, spread: float) -> float:
    """Sum of the two parameters of the beta distribution; `spread` in shares of the scale.

    Over states of mean 1/2 and variance ``r spread**2``, ``p (1 - p)`` is on average ``1/4 - r spread**2``. Raises
    ParameterError when r is not below 1, or the spread is more than the scale has room for.
    """
    room = 0.25 - retest * spread * spread
    error = (1.0 - retest) * spread * spread
    if not 0.0 < error < room:
        raise ParameterError(
            f"a retest correlation of {retest:g} and a spread of {spread:.3g} of the scale do not go together"
        )
    return room / error - 1.0


def about(share: NDArray[np.float64], concentration: float, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores about states, both as shares of the scale (n,): quantile of the beta distribution at the uniforms `u`.

    At one `u` a higher state never gives a lower score. States of exactly 0 and 1 are read without error; NaN stays.
    """
    from scipy.special import betaincinv

    inside = (share > 0.0) & (share < 1.0)
    out = share.copy()
    p = share[inside]
    out[inside] = betaincinv(concentration * p, concentration * (1.0 - p), u[inside])
    return out


def binomial(trials: NDArray[np.float64], chance: float, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many of `trials` (n,) succeed: quantile of the binomial distribution at the uniforms `u`.

    At one `u` more trials never give fewer successes.
    """
    out = np.zeros(len(trials))
    whole, group = np.unique(np.maximum(trials, 0.0), return_inverse=True)
    order = np.argsort(group, kind="stable")
    after = np.cumsum(np.bincount(group, minlength=len(whole)))
    for k, n in enumerate(whole.tolist()):
        mine = order[after[k - 1] if k else 0 : after[k]]
        out[mine] = np.searchsorted(_cumulative(int(n), chance), u[mine])
    return out


@lru_cache(maxsize=1024)
def _cumulative(trials: int, chance: float) -> NDArray[np.float64]:
    """Probability of at most 0, 1, ... ``trials - 1`` successes; whoever is above all of them has `trials`."""
    from scipy.special import bdtr

    return np.maximum.accumulate(bdtr(np.arange(float(trials)), np.int64(trials), chance))
