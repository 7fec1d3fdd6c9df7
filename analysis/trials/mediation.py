"""Through which mechanism an arm works: the part of its effect that a mediator carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.trials.trial import LEVEL, Estimate

_DRAWS = 4000


@dataclass(frozen=True)
class Mediated:
    """Effects of treatment in the outcome's unit, each with estimate, low, high: through the mediator, else, in all."""

    indirect: Estimate
    direct: Estimate
    total: Estimate


def mediated(
    treated: NDArray[np.float64], mediator: NDArray[np.float64], outcome: NDArray[np.float64], seed: int = 0
) -> Mediated | None:
    """The product of coefficients in linear models without interaction (Baron & Kenny 1986), all (n,).

    10.1037/0022-3514.51.6.1173. The indirect effect has the Monte Carlo interval of MacKinnon, Lockwood & Williams
    2004, 10.1207/s15327906mbr3901_4; the others have Student's. Only treatment is randomized: the indirect effect is
    causal if nothing else moves both mediator and outcome. None when treatment or mediator does not vary, or treatment
    tells the mediator exactly, or there are fewer than 5 persons or the outcome does not vary.
    """
    from statsmodels.regression.linear_model import OLS

    if len(treated) < 5 or min(np.ptp(treated), np.ptp(mediator), np.ptp(outcome)) == 0.0:
        return None
    one = np.ones(len(treated))
    short, full = np.column_stack([one, treated]), np.column_stack([one, treated, mediator])
    if np.linalg.matrix_rank(full) < 3:
        return None
    first, second, whole = OLS(mediator, short).fit(), OLS(outcome, full).fit(), OLS(outcome, short).fit()
    rng = np.random.default_rng(seed)
    paths = rng.normal(first.params[1], first.bse[1], _DRAWS) * rng.normal(second.params[2], second.bse[2], _DRAWS)
    low, high = np.quantile(paths, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    direct, total = second.conf_int(1.0 - LEVEL)[1], whole.conf_int(1.0 - LEVEL)[1]
    return Mediated(
        indirect=(float(first.params[1] * second.params[2]), float(low), float(high)),
        direct=(float(second.params[1]), float(direct[0]), float(direct[1])),
        total=(float(whole.params[1]), float(total[0]), float(total[1])),
    )
