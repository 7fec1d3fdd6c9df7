"""The signatures of mechanisms: how each is read in a run of its scenario, by its name.

``scenarios/signatures/NAME.toml`` is the experiment in the public language; ``data/ablation.toml`` says what the same
persons live through for comparison. The effect is one number over persons. Nothing here knows of a mechanism.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from cohort.findings.estimate import mean
from cohort.run_data import RunData
from cohort.signatures import lives, traces

Columns = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Measure:
    """How a signature is read: columns (persons,) from the run and the one it is compared with, and a statistic."""

    read: Callable[[RunData, RunData], Columns]
    statistic: Callable[..., float] = mean
    families: bool = False  # the last column is the family, whose persons are left out together


MEASURES = {
    "novelty-rescue": Measure(traces.rescued),
    "strong-rescue": Measure(traces.rescued),
    "spaced-study": Measure(traces.studied),
    "novelty-detail": Measure(traces.detail),
    "emotional-advantage": Measure(traces.advantage_grown),
    "cortisol-recall": Measure(traces.recall_lost),
    "sleep-keeps": Measure(traces.recall_lost),
    "one-whole": Measure(traces.wholeness),
    "extinction-kept": Measure(traces.extinction),
    "renewal": Measure(traces.renewed),
    "propranolol-reminder": Measure(traces.weakened),
    "reuptake-block": Measure(lives.fewer_late),
    "loaded": Measure(lives.more),
    "adversity": Measure(lives.more),
    "company": Measure(lives.load_taken),
    "reward-value": Measure(traces.value),
    "twins": Measure(lives.fear_of_twins, lives.heritability, families=True),
}
