"""The tables and files that a calibration leaves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from cohort import __version__
from cohort.calibration.misfit import Seen, residuals
from cohort.calibration.sensitivity import Floats, Slopes
from cohort.calibration.specification import Specification


@dataclass(frozen=True)
class Candidate:
    """A set of values that was seen through, or given up, in the search (`by` "search") or the polish."""

    number: int
    by: str
    values: dict[str, float]
    seen: Seen
    loss: float
    given_up: bool
    accepted: bool


@dataclass(frozen=True)
class Fitted:
    """What came of a calibration: every candidate, the best ones seen afresh (best first), slopes at the best."""

    spec: Specification
    tried: tuple[Candidate, ...]
    fresh: tuple[Candidate, ...]
    slopes: Slopes
    over_accepted: Floats
    seconds: float

    @property
    def best(self) -> Candidate:
        """The set with the smallest loss afresh among those that are accepted afresh, or of all if none is."""
        return self.fresh[0]

    def told(self) -> dict[str, Any]:
        """The result as JSON types."""
        spec, best = self.spec, self.best
        seen = residuals(best.seen, spec.rows)
        rows = [
            {
                "key": row.key,
                "use": row.use,
                "published": _plain(row.value),
                "low": row.low,
                "high": row.high,
                "simulated": _plain(best.seen[row.key][0]),
                "se": _plain(best.seen[row.key][1]),
                "residual": seen[row.key],
                "verdict": row.verdict(*best.seen[row.key]),
            }
            for row in spec.rows
        ]
        return {
            "title": spec.title,
            "version": __version__,
            "specification": spec.model_dump(mode="json"),
            "trials": sum(one.by == "search" for one in self.tried),
            "given_up": sum(one.given_up for one in self.tried),
            "polished": sum(one.by == "polish" for one in self.tried),
            "accepted": sum(one.accepted for one in self.tried),
            "fresh": len(self.fresh),
            "accepted_fresh": sum(one.accepted for one in self.fresh),
            "best": {"number": best.number, "by": best.by, "accepted": best.accepted, "loss": best.loss},
            "parameters": best.values,
            "targets": rows,
            "rank": self.slopes.rank,
            "free": len(spec.free),
            "singular_values": [float(one) for one in self.slopes.singular],
            "tolerance": self.slopes.tolerance,
            "seconds": round(self.seconds, 1),
        }

    def write(self, folder: Path) -> None:
        """Write every file into a folder that is there."""
        _candidates(self.spec, self.tried).to_csv(folder / "trials.csv", index=False)
        _candidates(self.spec, [one for one in self.tried if one.accepted]).to_csv(folder / "accepted.csv", index=False)
        _candidates(self.spec, self.fresh).to_csv(folder / "fresh.csv", index=False)
        self.sensitivity().to_csv(folder / "sensitivity.csv", index=False)
        self.correlations().to_csv(folder / "correlations.csv", index=False)
        text = json.dumps(self.told(), indent=2, allow_nan=False) + "\n"
        (folder / "result.json").write_text(text, "utf-8")
        (folder / "parameters.toml").write_text(self.parameters(), "utf-8")

    def sensitivity(self) -> pd.DataFrame:
        """Slope of each part's residual (half-widths) over the range of each parameter, with its error over seeds."""
        keys, names = [row.key for row in self.spec.rows], list(self.spec.free)
        return pd.DataFrame(
            [
                (key, name, float(self.slopes.value[k, j]), float(self.slopes.se[k, j]))
                for k, key in enumerate(keys)
                for j, name in enumerate(names)
            ],
            columns=["target", "parameter", "slope", "se"],
        )

    def correlations(self) -> pd.DataFrame:
        """Correlation of each pair of parameters: over the accepted sets, and as the slopes at the best set have it."""
        names, by_slopes = list(self.spec.free), self.slopes.correlations
        return pd.DataFrame(
            [
                (one, other, float(self.over_accepted[k, j]), float(by_slopes[k, j]))
                for k, one in enumerate(names)
                for j, other in enumerate(names)
                if k < j
            ],
            columns=["parameter", "other", "accepted", "slopes"],
        )

    def parameters(self) -> str:
        """The best set as a file for `parameters_from` of a scenario."""
        state = "every finding within its band" if self.best.accepted else "NOT every finding within its band"
        head = [
            f"Fitted by `cohort calibrate` (cohort {__version__}): {' '.join(self.spec.title.split())}",
            f"Seen afresh: {state}; sum of squared residuals {self.best.loss:.3g} over {len(self.spec.rows)} parts of "
            f"findings: {', '.join(row.key for row in self.spec.rows)}",
        ]
        table = {"parameters": {**self.spec.fixed, **self.best.values}}
        return "".join(f"# {line}\n" for line in head) + "\n" + tomli_w.dumps(table)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _candidates(spec: Specification, candidates: Sequence[Candidate]) -> pd.DataFrame:
    """A row each: state, loss, values, then estimate, standard error and residual of each part; blank if not seen."""
    columns = ["number", "by", "given_up", "accepted", "loss", *spec.free]
    columns += [f"{row.key}{what}" for row in spec.rows for what in ("", ":se", ":residual")]
    listed = []
    for one in candidates:
        cells: dict[str, Any] = {key: getattr(one, key) for key in columns[:5]} | one.values
        for key, found in residuals(one.seen, spec.rows).items():
            value, se = one.seen[key]
            cells |= {key: value, f"{key}:se": se, f"{key}:residual": found}
        listed.append(cells)
    return pd.DataFrame(listed, columns=columns)
