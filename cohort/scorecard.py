"""The scorecard: what the model shows in the experiments of published findings, against what was published.

`validate` lives the experiments side by side and gives a row a part of a finding; `tally` counts findings. A baseline
that knows no mechanism is scored on the same rows (`analysis.fidelity.baseline`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analysis.fidelity.baseline import Baseline
from cohort.executor import Executor
from cohort.experiment import Measured, experiments, observe
from cohort.files import data_file
from cohort.findings.estimate import Estimate
from cohort.targets import Target, select, targets

Z95 = 1.959963984540054
QUICK = 1.0 / 8.0  # of the persons of the full scorecard
# Findings in which somebody is given a drug, a task, a session or a night: a baseline of time alone has nothing to say.
TREATED = ("B5", "B7", "B8", "E1", "E2", "E6", "E9", "F1", "F3", "F4", "R1", "N2", "N3", "N5", "N7", "N9")
TREATED_PARTS = ("B1-both", "B1-task", "B1-reminder")


@dataclass(frozen=True)
class Row:
    """One part of a finding, scored. `baseline` is None where the baseline has nothing to say.

    `beats`: whether the model's error relative to the band is smaller than the baseline's by more than two standard
    errors; None where there is no published value or no baseline. `rival` is a published model's value.
    """

    target: Target
    found: Estimate
    verdict: str
    baseline: float | None
    baseline_verdict: str | None
    beats: bool | None
    rival: float | None

    @property
    def treated(self) -> bool:
        """Whether the finding is of a drug, a task, a session or a night."""
        return self.target.id in TREATED or self.target.key in TREATED_PARTS

    def told(self) -> dict[str, object]:
        """As a script reads it: the keys of ``cohort validate --json``; null is what cannot be told."""
        target, found = self.target, self.found
        return {
            "id": target.id,
            "part": target.part,
            "use": target.use,
            "statistic": f"{target.phenomenon} ({target.unit})",
            "published": _number(target.value),
            "simulated": _number(found.value),
            "se": _number(found.se),
            "low": _number(target.low),
            "high": _number(target.high),
            "verdict": self.verdict,
            "persons": found.persons,
            "baseline": _number(self.baseline),
            "baseline_verdict": self.baseline_verdict,
            "beats_baseline": self.beats,
            "rival": _number(self.rival),
        }


def validate(
    findings: Sequence[str] = (),
    settings: Sequence[str] = (),
    *,
    quick: bool = False,
    seed: int | None = None,
    executor: Executor | None = None,
    watch: Callable[[float, float], None] | None = None,
) -> list[Row]:
    """Score these findings (all when none is named), in the order of their table.

    Parameters
    ----------
    settings : as ``--set`` takes them, laid over every scenario, such as ``parameters.early_decay=2``.
    quick : with an eighth of the persons; a row may then be undecided.
    seed : instead of the scenarios' own.
    executor : who lives the experiments (default: a process a processor); changes no result.
    watch : is told how much of the work (person-days) is done, of how much.

    Raises InputError for an unknown finding, scenario fault or setting; Interrupted by Ctrl-C.
    """
    wanted = select(findings)
    jobs = experiments(dict.fromkeys(t.id for t in wanted), settings, share=QUICK if quick else 1.0, seed=seed)
    found: Measured = {}
    whole, done = sum(job.size for job in jobs), 0.0
    jobs_alone = [(job,) for job in jobs]
    for k, measured in (executor or Executor()).answers(observe, jobs_alone, "validate: stopped; nothing is written"):
        found.update(measured)
        done += jobs[k].size
        if watch is not None:
            watch(done, whole)
    return [score(target, found[target.id, target.part], final=not quick) for target in wanted]


def score(target: Target, found: Estimate, *, final: bool = True) -> Row:
    """One estimate against its target, with what the baseline and the rival say of it."""
    at = baseline().predict(target.key)
    said = None if at is None else target.verdict(at, 0.0)
    beats = None
    if at is not None and not math.isnan(target.value) and math.isfinite(target.width) and target.width > 0.0:
        ours, theirs = abs(found.value - target.value), abs(at - target.value)
        beats = bool(ours + 2.0 * found.se < theirs)
    verdict = target.verdict(found.value, found.se, final)
    return Row(target, found, verdict, at, said, beats, rival().get(target.key))


@dataclass(frozen=True)
class Tally:
    """How many findings pass: a finding does when all its parts do."""

    passed: tuple[str, ...]
    missed: tuple[str, ...]
    undecided: tuple[str, ...]

    def __str__(self) -> str:
        whole = len(self.passed) + len(self.missed) + len(self.undecided)
        text = f"{len(self.passed)} of {whole}"
        return text + (f" ({len(self.undecided)} undecided)" if self.undecided else "")


def tally(rows: Sequence[Row], verdict: Callable[[Row], str | None] = lambda row: row.verdict) -> Tally:
    """Count findings by the verdicts of their parts; inputs do not count."""
    by: dict[str, list[str | None]] = {}
    for row in rows:
        if row.target.use != "input":
            by.setdefault(row.target.id, []).append(verdict(row))
    missed = tuple(key for key, told in by.items() if "miss" in told)
    undecided = tuple(key for key, told in by.items() if key not in missed and "undecided" in told)
    passed = tuple(key for key, told in by.items() if set(told) == {"pass"})
    return Tally(passed, missed, undecided)


def baseline() -> Baseline:
    """The baseline, fitted to the same calibrate rows (once)."""
    if not _fitted:
        published = {t.key: t.value for t in targets() if t.use == "calibrate"}
        _fitted.append(Baseline.fit(published, no_effect(targets())))
    return _fitted[0]


_fitted: list[Baseline] = []


def no_effect(rows: Sequence[Target]) -> dict[str, float]:
    """What `nothing happens` is in the unit of each row of drugs and therapy: a ratio of 1, a difference of 0."""
    found = {}
    for target in rows:
        if target.id in TREATED or target.key in TREATED_PARTS:
            ratio = target.unit in ("ratio", "odds ratio", "risk ratio", "IRR", "share of the original")
            found[target.key] = 1.0 if ratio else 0.0
    found["N7-not-significant"] = 0.95  # of replicates, at the usual level
    return found


def rival() -> dict[str, float]:
    """What a published model gives, by row."""
    text = data_file("targets/rival.csv").read_text("utf-8").splitlines()
    return {f"{row['id']}-{row['part']}": float(row["value"]) for row in csv.DictReader(text)}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
