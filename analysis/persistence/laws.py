"""Laws of forgetting: power, exponential, and two components. All parameters are above 0 and held as logarithms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LOGS = 40.0  # a parameter is kept between exp(-40) and exp(40), so that nothing overflows


@dataclass(frozen=True)
class Law:
    """A curve of recall by day, ``curve(day, parameters)``.

    `start` gives declared starting values from the first day, the first and the last recall, and the last day.
    """

    name: str
    formula: str
    parameters: tuple[str, ...]
    curve: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
    start: Callable[[float, float, float, float], tuple[float, ...]]

    def at(self, day: NDArray[np.float64], logs: NDArray[Any]) -> NDArray[Any]:
        """The curve, from the logarithms of the parameters; they may be complex (see `slopes`)."""
        kept = np.clip(logs.real, -_LOGS, _LOGS) + 1j * logs.imag if np.iscomplexobj(logs) else logs.clip(-_LOGS, _LOGS)
        return self.curve(day, np.exp(kept))

    def slopes(self, day: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Derivatives (days, parameters) by the logarithms, by a complex step: exact to rounding."""
        step = 1e-20
        return self.at(day[:, None], logs[:, None] + 1j * step * np.eye(len(logs))).imag / step


def _rate(first_day: float, first: float, last: float, last_day: float) -> float:
    """Rate per day of an exponential through the first and the last point, at least 1e-4."""
    return max(np.log(first / last) / max(last_day - first_day, 1e-9), 1e-4)


def _exponent(first_day: float, first: float, last: float, last_day: float) -> float:
    """Exponent of a power through the first and the last point, at least .01."""
    return max(np.log(first / last) / max(np.log(last_day / first_day), 1e-9), 0.01)


POWER = Law(
    "power", "a t^-b", ("a", "b"),
    lambda t, p: p[0] * np.exp(-p[1] * np.log(t)),
    lambda t0, y0, y1, t1: (y0 * t0 ** _exponent(t0, y0, y1, t1), _exponent(t0, y0, y1, t1)),
)  # fmt: skip
EXPONENTIAL = Law(
    "exponential", "a exp(-b t)", ("a", "b"),
    lambda t, p: p[0] * np.exp(-p[1] * t),
    lambda t0, y0, y1, t1: (y0, _rate(t0, y0, y1, t1)),
)  # fmt: skip
POWER_FLOOR = Law(
    "power with asymptote", "c + a t^-b", ("a", "b", "c"),
    lambda t, p: p[2] + p[0] * np.exp(-p[1] * np.log(t)),
    lambda t0, y0, y1, t1: (y0 * t0 ** _exponent(t0, y0, y1, t1), _exponent(t0, y0, y1, t1), y1 / 2),
)  # fmt: skip
TWO_EXPONENTIALS = Law(
    "two exponentials", "a exp(-b t) + c exp(-d t)", ("a", "b", "c", "d"),
    lambda t, p: p[0] * np.exp(-p[1] * t) + p[2] * np.exp(-p[3] * t),
    lambda t0, y0, y1, t1: (y0 / 2, 5.0 * _rate(t0, y0, y1, t1), y0 / 2, _rate(t0, y0, y1, t1) / 2),
)  # fmt: skip
LAWS = (POWER, EXPONENTIAL, POWER_FLOOR, TWO_EXPONENTIALS)
