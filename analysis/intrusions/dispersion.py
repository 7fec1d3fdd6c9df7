"""Whether counts are spread more than chance alone spreads them, and which distribution they follow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.intrusions.counts import Counts
from analysis.intrusions.fitting import NORMAL, Vector

EXACT = 11  # the first bins of a rootogram hold one count each: 0 to 10
MOST_MEANS = (
    5000  # of a rootogram; of more persons, so many at even distances in the order of their means stand for all
)
GROWTH = 1.35  # of the bins above, each that much wider than the one before


def spread(totals: Vector, poisson_mean: Vector) -> pd.Series:
    """How far counts (n,) are from the Poisson distribution with these means (n,), themselves fitted to the counts.

    Returns persons, mean, variance, index (variance over mean; 1 for a Poisson), alpha with alpha_low and alpha_high
    (95%; Cameron & Trivedi 1990, 10.1016/0304-4076(90)90014-K: ``((y - m)**2 - y) / m`` regressed on ``m`` without a
    constant, errors HC3) and dean (Dean's score statistic P_B, standard normal when nothing but chance spreads them:
    Dean 1992, 10.1080/01621459.1992.10475225). NaN where nobody has a count.
    """
    import statsmodels.api as sm

    mean, variance = float(totals.mean()), float(totals.var(ddof=1))
    found = {"persons": len(totals), "mean": mean, "variance": variance}
    if mean == 0.0:
        return pd.Series({**found, "index": np.nan, "alpha": np.nan, "alpha_low": np.nan, "alpha_high": np.nan,
                          "dean": np.nan})  # fmt: skip
    excess = (totals - poisson_mean) ** 2 - totals
    fit = sm.OLS(excess / poisson_mean, poisson_mean).fit(cov_type="HC3", use_t=False)
    alpha, error = float(fit.params[0]), float(fit.bse[0])
    dean = float(excess.sum() / np.sqrt(2.0 * (poisson_mean**2).sum()))
    limits = {"alpha": alpha, "alpha_low": alpha - NORMAL * error, "alpha_high": alpha + NORMAL * error}
    return pd.Series({**found, "index": variance / mean, **limits, "dean": dean})


def rootogram(totals: Vector, mean: Vector, alpha: float = 0.0) -> pd.DataFrame:
    """Frequencies of counts (n,) beside those expected under a fitted model, for a hanging rootogram.

    Kleiber & Zeileis 2016, 10.1080/00031305.2016.1173590. The model is negative binomial with these means (n,) and
    alpha, or Poisson where alpha is 0. Returns a row a bin: low, high (least and largest count in it), observed,
    expected (persons), bottom (``sqrt(expected) - sqrt(observed)``: where a bar that hangs from the expected root
    ends). Counts to 10 have a bin each; wider bins follow, and the last has no upper end (`high` is the largest count).
    """
    from scipy import stats

    most = int(totals.max()) if len(totals) else 0
    edges = list(range(min(most + 1, EXACT) + 1))
    width = 1.0
    while edges[-1] <= most:
        width *= GROWTH
        edges.append(edges[-1] + int(np.ceil(width)))
    if len(mean) > MOST_MEANS:
        mean = np.sort(mean)[np.linspace(0, len(mean) - 1, MOST_MEANS).round().astype(np.int64)]
    weight = len(totals) / max(len(mean), 1)
    below = np.array(edges[1:-1]) - 1  # the last bin takes all that is left
    if alpha > 0.0:
        size = 1.0 / alpha
        cumulated = [weight * float(stats.nbinom.cdf(k, size, size / (size + mean)).sum()) for k in below]
    else:
        cumulated = [weight * float(stats.poisson.cdf(k, mean).sum()) for k in below]
    expected = np.diff([0.0, *cumulated, float(len(totals))])
    observed = np.histogram(totals, [*edges[:-1], np.inf])[0]
    bins = pd.DataFrame({"low": edges[:-1], "high": [*below, most], "observed": observed, "expected": expected})
    return bins.assign(bottom=np.sqrt(expected.clip(min=0.0)) - np.sqrt(observed))


def told(totals: Vector, fit: Counts) -> pd.DataFrame:
    """`spread` of the totals (n,) as a row, with the alpha of their regression `fit`: nb_alpha, nb_alpha_low, _high."""
    row = spread(totals, fit.mean).to_frame().T
    return row.assign(nb_alpha=fit.alpha[0], nb_alpha_low=fit.alpha[1], nb_alpha_high=fit.alpha[2])


def rootograms(totals: Vector, fit: Counts) -> pd.DataFrame:
    """`rootogram` of the totals (n,) under a Poisson and, where `fit` has an alpha, under its negative binomial.

    Both with the means of `fit`. The last column, `model`, says which.
    """
    bins = [rootogram(totals, fit.mean).assign(model="Poisson")]
    if fit.alpha[0] > 0.0:
        bins.append(rootogram(totals, fit.mean, fit.alpha[0]).assign(model="negative binomial"))
    return pd.concat(bins, ignore_index=True)
