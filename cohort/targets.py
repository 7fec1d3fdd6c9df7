"""The published findings that the model is held against: one row a part of a finding (data/targets)."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from cohort.errors import InputError, did_you_mean
from cohort.files import data_file

Use = Literal["input", "calibrate", "predict", "never"]
USES: tuple[str, ...] = get_args(Use)
TABLES = ("targets/open.csv", "targets/never.csv")

# One-sided: how many standard errors a bound lies from its estimate (95%).
ONE_SIDED = 1.6448536269514722


@dataclass(frozen=True)
class Target:
    """One part of a published finding. NaN where nothing is said: `value` of a limit, `low` or `high` of an open band.

    `use`: ``input`` (checks what was drawn; not scored), ``calibrate`` (free parameters may be fitted to it),
    ``predict`` (nothing may), ``never`` (an effect that did not replicate and must stay within `low` to `high`).
    `evidence`: R read in the source, M remembered with high, medium or low confidence, D derived.
    """

    id: str
    part: str
    phenomenon: str
    unit: str
    value: float
    low: float
    high: float
    source: str
    experiment: str
    use: Use
    evidence: str
    min_persons: int

    @property
    def key(self) -> str:
        """Finding and part as one word, such as B1-control."""
        return f"{self.id}-{self.part}"

    @property
    def width(self) -> float:
        """Width of the band; infinite where it is open on one side."""
        return self.high - self.low if not math.isnan(self.low + self.high) else math.inf

    def verdict(self, value: float, se: float, final: bool = True) -> str:
        """``pass``, ``miss`` or, of a run that is not `final` and too small to tell, ``undecided``.

        Passes: an estimate within the band, with a standard error of at most a quarter of its width; a limit
        (``never``), when the one-sided 95% bound is inside it.
        """
        if not (math.isfinite(value) and math.isfinite(se)):
            return "miss" if final else "undecided"
        inside = not (value < self.low or value > self.high)
        if self.use == "never":
            sure = not (value - ONE_SIDED * se < self.low or value + ONE_SIDED * se > self.high)
        else:
            sure = se <= self.width / 4.0
        if inside and sure:
            return "pass"
        return "undecided" if not final and not sure else "miss"


@cache
def targets() -> tuple[Target, ...]:
    """Every target, in the order of its table."""
    return tuple(_target(row) for name in TABLES for row in csv.DictReader(_lines(name)))


def select(ids: Sequence[str] = (), uses: Iterable[str] = USES) -> list[Target]:
    """Targets of these findings (all when none is named) and uses. Raises InputError for an unknown finding."""
    known = list(dict.fromkeys(target.id for target in targets()))
    for wrong in ids:
        if wrong not in known:
            raise InputError(f"no finding '{wrong}'{did_you_mean(wrong, known)}; permitted: {', '.join(known)}")
    return [t for t in targets() if (not ids or t.id in ids) and t.use in set(uses)]


def _lines(name: str) -> list[str]:
    return data_file(name).read_text("utf-8").splitlines()


def _target(row: dict[str, str]) -> Target:
    def number(key: str) -> float:
        return float(row.get(key) or "nan")

    # Twins are asked for in pairs a zygosity; each person of a pair counts.
    persons = int(row["min_persons"].split()[0])
    words = {key: row[key] for key in ("id", "part", "phenomenon", "unit", "source", "experiment", "evidence")}
    use = row["use"]
    if use not in USES:
        raise ValueError(f"{row['id']}: use '{use}'; permitted: {', '.join(USES)}")
    numbers = {key: number(key) for key in ("value", "low", "high")}
    return Target(**words, **numbers, use=use, min_persons=persons)  # type: ignore[arg-type]
