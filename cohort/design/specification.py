"""What a design file declares: what may be chosen (levers), what is not known (uncertainties), what is looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from cohort.complaints import complaints
from cohort.errors import InputError, did_you_mean, one_message
from cohort.files import data_file
from cohort.language import Scenario
from cohort.outcomes import OUTCOMES
from cohort.parameters import table
from cohort.scenario import load as load_scenario
from cohort.strict import Name, Table, Text, Word, key, number
from cohort.toml_lines import KeyPath, line_of, read_toml

GIVE: Final = "give"  # the key of a lever over which interventions are given
CARE: Final = ("treated", "sessions", "cost")  # of every point: share of persons, sessions and US$ a person
OWN: Final = ("point", "policy", "world", "replicate", "seed", "failure")  # columns that are no axis
SHIPPED: Final = ("early-exposure", "propranolol-prevention")
JOINT: Final = ("saltelli", "morris")  # samples in which uncertainties move together with the levers
MOST_POINTS: Final = 1_000_000
_UNCERTAIN: Final = ("parameters", "surroundings", "scenes", "events", "population", "talk")
_PERMITTED: Final = "a design in TOML"

Value = bool | int | float | str
Fault = tuple[KeyPath, str]
Together = Annotated[tuple[Name, ...], Field(strict=False)]
Many = Annotated[tuple[Value | Together, ...], Field(strict=False, min_length=1, max_length=1000)]
Names = Annotated[tuple[Name, ...], Field(strict=False, max_length=20)]


class Axis(Table):
    """What one key of the scenario may be: values, or a range."""

    values: Many | None = key(None, "these values")
    low: float | None = key(None, "lowest value of a range")
    high: float | None = key(None, "highest value of a range")
    whole: bool = key(False, "whole numbers only")
    log: bool = key(False, "equal steps are equal factors")
    form: Text | None = key(None, 'text around the value, which stands in place of {}: "+{} h after flood"')
    key: Text = key(
        ..., "the key that is set, such as interventions.pill.mg or parameters.early_decay"
    )  # last: it hides the function

    def at(self, share: float) -> Value | tuple[str, ...]:
        """The value at a share (0 to 1) of the axis."""
        if self.values is not None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        assert self.low is not None
        assert self.high is not None
        if self.whole:
            return min(math.floor(self.low + share * (self.high - self.low + 1.0)), int(self.high))
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return float(self.low + share * (self.high - self.low))

    def said(self, value: Any) -> Any:
        """The value as the scenario says it."""
        return value if self.form is None else self.form.replace("{}", _plain(value))


class Sampling(Table):
    """How points are spread over the axes."""

    method: Literal["grid", "latin-hypercube", "sobol", "saltelli", "morris"] = key("latin-hypercube", "which way")
    n: int = number(128, 1, MOST_POINTS, "points; base rows of saltelli, trajectories of morris; not read by a grid")
    steps: int = number(5, 2, 1000, "values that a grid takes of a range")
    worlds: int = number(1, 1, 10_000, "sets of the uncertainties, each with every point (saltelli, morris: not read)")
    seed: int = number(1, 0, 2**31 - 1, "seed of the sample")


class Specification(Table):
    """A design: a scenario, what is varied in it, and what is looked at."""

    title: Text = key("", "one line that says what it is")
    scenario: Text = key(..., "a shipped scenario, or a file (a path from the design's folder)")
    settings: Annotated[tuple[Text, ...], Field(strict=False)] = key((), "keys of the scenario, as --set takes them")
    persons: int | None = key(None, "persons of each population (default: the scenario's)", ge=2, le=1_000_000)
    seed: int = number(1, 0, 2**63 - 1_000_000, "seed of the persons and of the first replicate")
    replicates: int = number(1, 1, 10_000, "lives of the same persons, each with a seed of its own")
    give: Names = key(..., "interventions that a point gives")
    control: Names = key((), "interventions that the control gives, and every point beside its own")
    outcomes: Annotated[tuple[Word, ...], Field(strict=False)] = key(
        (), "outcomes of the scenario, or of cohort.outcomes (default: all of the scenario's)"
    )
    each_person: bool = key(False, "keep the effect on each person as well, and who the persons are")
    sampling: Sampling = Sampling()
    levers: dict[Name, Axis] = key(..., "what may be chosen", min_length=1, max_length=50)
    uncertainties: dict[Name, Axis] = key({}, "what is not known", max_length=200)

    @property
    def axes(self) -> dict[str, Axis]:
        """Levers and uncertainties by name."""
        return {**self.levers, **self.uncertainties}

    def base(self) -> Scenario:
        """The scenario as all points have it. Raises InputError for a fault in it."""
        persons = [] if self.persons is None else [f"study.persons={self.persons}"]
        return load_scenario(self.scenario, [*self.settings, *persons])


def load(name_or_path: str | Path) -> Specification:
    """Read a design: a file, or the name of a shipped one.

    Raises InputError when it cannot be read, or with every fault in it: file, line, key and what is permitted.
    """
    shipped = str(name_or_path) in SHIPPED
    path = data_file(f"designs/{name_or_path}.toml") if shipped else Path(name_or_path)
    content, lines = read_toml(path, f"{_PERMITTED}, or {', '.join(SHIPPED)}")
    faults: list[Fault] = []
    spec = None
    try:
        spec = Specification.model_validate(content)
        if not shipped and Path(spec.scenario).suffix:
            spec = spec.model_copy(update={"scenario": str(path.parent / spec.scenario)})
        faults = _faults(spec)
    except ValidationError as error:
        faults = complaints(error, content, Specification)
    if faults or spec is None:
        placed = sorted({(line_of(lines, where), sentence) for where, sentence in faults})
        raise InputError(
            one_message(str(path), (f"line {line}: {sentence}" if line else sentence for line, sentence in placed))
        )
    return spec


def _faults(spec: Specification) -> list[Fault]:
    """What values say that cannot be, beyond what each is by itself."""
    out: list[Fault] = []
    for group, axes in (("levers", spec.levers), ("uncertainties", spec.uncertainties)):
        for name, axis in axes.items():
            out += [((group, name, *where), f"{group}.{name}: {text}") for where, text in _axis_faults(spec, axis)]
    for name in set(spec.levers) & set(spec.uncertainties):
        out.append((("uncertainties", name), f"'{name}' is a lever as well; give it another name"))
    out += [((group, name), f"'{name}' is a column of the table; give it another name")
            for group, axes in (("levers", spec.levers), ("uncertainties", spec.uncertainties))
            for name in axes if name in (*OWN, *CARE)]  # fmt: skip
    if spec.sampling.method in ("sobol", "saltelli") and spec.sampling.n & (spec.sampling.n - 1):
        out.append((("sampling", "n"), f"n = {spec.sampling.n}; permitted with {spec.sampling.method}: a power of 2"))
    for name, axis in spec.levers.items():
        first, _, rest = axis.key.partition(".")
        of = rest.partition(".")[0]
        if axis.key == GIVE:
            given = [value for value in axis.values or () if isinstance(value, tuple)]
            strange = {one for value in given for one in value} - set(spec.give)
            if axis.values is None or len(given) < len(axis.values) or strange:
                out.append((("levers", name), f"levers.{name}: key = 'give' takes values that are lists of names, "
                            f"each of give = {list(spec.give)}"))  # fmt: skip
        elif first != "interventions" or of not in spec.give:
            permitted = ", ".join(f"interventions.{one}." for one in spec.give)
            out.append((("levers", name, "key"), f"levers.{name}: key = '{axis.key}'; permitted: give, or a key that "
                        f"begins with {permitted}"))  # fmt: skip
    return out or _against_scenario(spec)


def _axis_faults(spec: Specification, axis: Axis) -> list[Fault]:
    ranged = axis.low is not None and axis.high is not None
    parameter = table().get(axis.key.removeprefix("parameters.")) if axis.key.startswith("parameters.") else None
    out: list[Fault] = []
    if (axis.values is None) == (axis.low is None and axis.high is None) or (axis.values is None and not ranged):
        out.append(((), "give either values, or low and high"))
    elif axis.values is None and axis.low is not None and axis.high is not None:
        if axis.low >= axis.high:
            out.append((("low",), f"low = {axis.low:g} is not below high = {axis.high:g}"))
        if axis.log and axis.low <= 0.0:
            out.append((("log",), f"log = true with low = {axis.low:g}; permitted: low above 0"))
        if axis.whole and (axis.log or axis.low % 1 or axis.high % 1):
            out.append((("whole",), "whole = true takes whole numbers as low and high, and no log"))
    if axis.values is not None and len({type(v) is str or type(v) is tuple for v in axis.values}) > 1:
        out.append((("values",), "values are numbers or texts, not both"))
    if axis.form is not None and axis.form.count("{}") != 1:
        out.append((("form",), f"form = '{axis.form}'; permitted: a text with one {{}}"))
    if axis in spec.uncertainties.values():
        first = axis.key.partition(".")[0]
        if first not in _UNCERTAIN:
            out.append((("key",), f"key = '{axis.key}'; permitted: a key of {', '.join(_UNCERTAIN)}"))
        if first == "parameters" and parameter is None:
            close = did_you_mean(axis.key, [f"parameters.{one}" for one in table()])
            out.append((("key",), f"unknown parameter '{axis.key}'{close} (`cohort parameters` lists all)"))
    if parameter is not None:
        for bound, value in [("low", axis.low), ("high", axis.high), *(("values", v) for v in axis.values or ())]:
            if isinstance(value, (int, float)) and not parameter.low <= value <= parameter.high:
                declared = f"{parameter.low:g} to {parameter.high:g}, the declared range"
                out.append(((bound,), f"{bound} = {value:g}; permitted: {declared}"))
    return out


def _against_scenario(spec: Specification) -> list[Fault]:
    """Names that the scenario does not have."""
    try:
        told = spec.base()
    except InputError as fault:
        return [(("scenario",), f"scenario: {fault}")]
    known = [one.name for one in told.interventions]
    out: list[Fault] = [
        ((where, k), f"{where}: there is no intervention '{name}'{did_you_mean(name, known)}; permitted: "
         f"{', '.join(known) or 'none'}")
        for where, names in (("give", spec.give), ("control", spec.control))
        for k, name in enumerate(names) if name not in known
    ]  # fmt: skip
    outcomes = [*(one.name for one in told.outcomes), *OUTCOMES]
    permitted = ", ".join(outcomes)
    out += [
        (("outcomes", k), f"there is no outcome '{name}'{did_you_mean(name, outcomes)}; permitted: {permitted}")
        for k, name in enumerate(spec.outcomes) if name not in outcomes
    ]  # fmt: skip
    if not spec.outcomes and not told.outcomes:
        out.append((("scenario",), "the scenario has no [[outcomes]]; name outcomes in the design"))
    return out


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def labelled(value: Value | tuple[str, ...]) -> Value:
    """A value as the table holds it: names that are given together are joined by +."""
    return "+".join(value) or "nothing" if isinstance(value, tuple) else value


def columns_of(axes: Mapping[str, Axis]) -> dict[str, type]:
    """Type (float, int or str) of each axis in the table."""
    out: dict[str, type] = {}
    for name, axis in axes.items():
        held = [labelled(value) for value in axis.values] if axis.values is not None else []
        if any(isinstance(value, str) for value in held):
            out[name] = str
        else:
            out[name] = int if (axis.whole if not held else all(type(v) is int for v in held)) else float
    return out
