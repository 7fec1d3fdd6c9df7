"""What a calibration declares: which parameters are free, which findings they are fitted to, what is accepted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError

from cohort.complaints import complaints
from cohort.errors import InputError, did_you_mean, one_message
from cohort.files import data_file
from cohort.parameters import Parameter, faults_of, table
from cohort.strict import Table, Text, Word, key, number
from cohort.targets import Target, targets
from cohort.toml_lines import KeyPath, line_of, read_toml

MOST_FREE: Final = 12  # more than the findings of such a model can hold apart
SHIPPED: Final = ("default",)
_PERMITTED: Final = "the specification of a calibration in TOML"

Fault = tuple[KeyPath, str]


class Free(Table):
    """The range in which one parameter is fitted, within the range that it is declared with."""

    low: float = key(..., "lowest value")
    high: float = key(..., "highest value")
    log: bool = key(False, "searched on the scale of its logarithm")
    start: float | None = key(None, "value of the first trial (default: the parameter's own value)")


class Polish(Table):
    """How the best set of the search is improved by least squares, with the slopes of all findings at once."""

    steps: int = number(6, 0, 100, "most steps; each looks at one set for each free parameter, and at one more")
    step: float = number(0.04, 0.001, 0.5, "step for the slopes, as a share of a parameter's range")


class Fresh(Table):
    """How the best sets are looked at again: with other seeds, and more persons, so that luck is not chosen."""

    best: int = number(10, 1, 200, "so many of the best sets, accepted ones first")
    seeds: int = number(3, 1, 100, "number of seeds, those that follow the seed of the search")
    times: float = number(4.0, 0.1, 100.0, "times as many persons as in the search")


class Sensitivity(Table):
    """How the slopes of the findings over the parameters are taken, at the best set."""

    step: float = number(0.05, 0.001, 0.5, "step to either side, as a share of a parameter's range")
    seeds: int = number(3, 2, 100, "number of seeds; their spread is the noise of the slopes")
    times: float = number(1.0, 0.1, 100.0, "times as many persons as in the search")


class Specification(Table):
    """A calibration: what is free, what is fixed, what it is fitted to, and how long is searched."""

    title: Text = key("", "one line that says what it is")
    seed: int = number(1, 0, 2**31 - 1, "seed of every run of the search, and of the search itself")
    trials: int = number(300, 1, 100_000, "sets of values that are tried")
    startup: int = number(40, 1, 10_000, "trials spread evenly over the ranges, before the search learns from them")
    share: float = number(0.5, 0.001, 10.0, "of the persons of each finding's scenario")
    shares: dict[Word, Annotated[float, Field(ge=0.001, le=10.0)]] = key(
        {}, "another share for single findings, such as F1 = 0.05 where few persons tell enough"
    )
    accept: float = key(
        1.0, "a set is accepted when no finding is further than so many half-widths from the middle of its band",
        gt=0.0, le=1.0,
    )  # fmt: skip
    targets: Annotated[tuple[Word, ...], Field(strict=False)] = key(
        ..., "findings (A1), or parts of one (B1-control)", min_length=1, max_length=200
    )
    free: dict[Word, Free] = key(..., "range of each free parameter", min_length=1)
    fixed: dict[Word, float] = key({}, "values of parameters that are not fitted, other than the defaults")
    polish: Polish = Polish()
    fresh: Fresh = Fresh()
    sensitivity: Sensitivity = Sensitivity()

    @property
    def rows(self) -> tuple[Target, ...]:
        """The parts of findings that are fitted to, in the order in which they are named."""
        return tuple(row for name in self.targets for row in _named(name))

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings that these are parts of."""
        return tuple(dict.fromkeys(row.id for row in self.rows))

    def share_of(self, finding: str) -> float:
        """Of the persons of its scenario."""
        return self.shares.get(finding, self.share)


def load(name_or_path: str | Path) -> Specification:
    """Read a specification: a file, or the name of a shipped one.

    Raises InputError when it cannot be read, or with every fault in it: file, line, key and what is permitted.
    """
    path = data_file(f"calibration/{name_or_path}.toml") if str(name_or_path) in SHIPPED else Path(name_or_path)
    content, lines = read_toml(path, f"{_PERMITTED}, or {', '.join(SHIPPED)}")
    faults: list[Fault] = []
    try:
        Specification.model_validate(content)
    except ValidationError as error:
        faults += complaints(error, content, Specification)
    faults += _faults(content)
    if faults:
        placed = sorted({(line_of(lines, where), sentence) for where, sentence in faults})
        raise InputError(
            one_message(str(path), (f"line {line}: {sentence}" if line else sentence for line, sentence in placed))
        )
    return Specification.model_validate(content)


def _named(name: str) -> list[Target]:
    """Rows of a finding, or the one of a part of it."""
    return [row for row in targets() if name in (row.id, row.key)]


def _faults(content: Mapping[str, Any]) -> list[Fault]:
    """What values say that cannot be, beyond what each is by itself; what is of a wrong type is passed over."""
    free, fixed = content.get("free"), content.get("fixed")
    free = free if isinstance(free, dict) else {}
    fixed = fixed if isinstance(fixed, dict) else {}
    out: list[Fault] = []
    if len(free) > MOST_FREE:
        out.append((("free",), f"free holds {len(free)} parameters; permitted: at most {MOST_FREE}"))
    known = table()
    for name, told in free.items():
        out += _range_faults(name, told, known)
        if name in fixed:
            out.append((("fixed", name), f"'{name}' is free as well; leave it out of one of the two"))
    out += [(("fixed", name), fault) for name, value in fixed.items() for fault in faults_of({name: value})]
    trials, startup = content.get("trials", 300), content.get("startup", 40)
    if isinstance(trials, int) and isinstance(startup, int) and startup > trials:
        out.append((("startup",), f"startup = {startup} is more than trials = {trials}; permitted: at most as many"))
    named = content.get("targets")
    named = named if isinstance(named, list) else []
    shares = content.get("shares")
    ids = list(dict.fromkeys(row.id for name in named if isinstance(name, str) for row in _named(name)))
    for finding in shares if isinstance(shares, dict) else ():
        if finding not in ids:
            out.append((("shares", finding), f"'{finding}' is no finding of the targets; permitted: {', '.join(ids)}"))
    return out + _target_faults(named)


def _range_faults(name: str, told: Any, known: Mapping[str, Parameter]) -> list[Fault]:
    if name not in known:
        close = did_you_mean(name, known)
        return [(("free", name), f"unknown parameter '{name}'{close} (`cohort parameters` lists all)")]
    if not isinstance(told, dict):
        return []
    p = known[name]
    out: list[Fault] = []
    declared = f"{p.low:g} to {p.high:g}, the declared range of this parameter ({p.grade})"
    low, high = _number(told.get("low")), _number(told.get("high"))
    for bound, value in (("low", low), ("high", high)):
        if value < p.low or value > p.high:  # false for NaN: what is no number has its complaint
            out.append((("free", name, bound), f"free.{name}.{bound} = {value:g}; permitted: {declared}"))
    if low >= high:
        out.append((("free", name), f"free.{name}: low = {low:g} is not below high = {high:g}"))
    if not (low <= _number(told.get("start", low)) <= high) and low < high:
        out.append((("free", name, "start"), f"free.{name}.start = {told['start']}; permitted: {low:g} to {high:g}"))
    if told.get("log") is True and low <= 0.0:
        out.append((("free", name, "log"), f"free.{name}: log = true with low = {low:g}; permitted: low above 0"))
    return out


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


def _target_faults(named: list[Any]) -> list[Fault]:
    """Nothing may be fitted to a row that is kept for prediction: this is where it is refused."""
    out: list[Fault] = []
    seen: set[str] = set()
    for place, name in enumerate(named):
        if not isinstance(name, str):
            continue
        where: KeyPath = ("targets", place)
        rows = _named(name)
        if not rows:
            known = list(dict.fromkeys(word for row in targets() for word in (row.id, row.key)))
            permitted = ", ".join(row.key for row in targets() if row.use == "calibrate")
            out.append((where, f"no finding '{name[:60]}'{did_you_mean(name, known)}; permitted: {permitted}"))
        kept = [row for row in rows if row.use != "calibrate"]
        if kept:
            listed = ", ".join(f"{row.key} (use = {row.use})" for row in kept)
            rest = [row.key for row in rows if row.use == "calibrate"]
            remedy = f"name {', '.join(rest)} instead" if rest else "leave it out"
            out.append((where, f"'{name}': nothing may be fitted to {listed}, only to use = calibrate; {remedy}"))
        out += [(where, f"'{row.key}' is named twice") for row in rows if row.key in seen]
        seen.update(row.key for row in rows)
    return out
