"""Scenarios read: a name or a file to a checked `Scenario`, with inheritance, overrides and every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from cohort.complaints import complaints
from cohort.errors import InputError, did_you_mean, one_message
from cohort.files import MOST_FAULTS, scenario_file
from cohort.language import Places, Scenario
from cohort.references import check
from cohort.schedule import Fault
from cohort.toml_lines import KeyPath, line_of, parse_toml, read_toml

__all__ = ["Scenario", "as_toml", "json_schema", "load", "loads", "shipped"]

MOST_GENERATIONS: Final = 8  # scenarios that extend each other
OTHER_LANGUAGES: Final = ("life",)  # in the same folder, but the timeline of one person
LISTED: Final = tuple((name,) for name in ("events", "scenes", "groups", "interventions", "instruments", "arms"))
SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
_PERMITTED = "a scenario in TOML"
_PARAMETERS = "a file in TOML with a table [parameters]"


def shipped() -> list[tuple[str, str]]:
    """Name and title of every scenario of the package, by name."""
    folder = scenario_file("life.toml").parent
    out = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in OTHER_LANGUAGES:
            out.append((path.stem, str(read_toml(path, _PERMITTED)[0].get("title", ""))))
    return out


def load(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Read a shipped scenario or a file, and check it.

    Parameters
    ----------
    name_or_path : name of a shipped scenario, or a path (one that has a suffix or a separator, or exists).
    overrides : settings of the form ``study.persons=5000`` or ``events.flood.at="day 2 10:00"``: the path of a key (in
        a list of tables, by name or position) and a value as in TOML; what is no TOML is taken as text.

    Raises
    ------
    InputError
        When the file cannot be read, or with every fault in it: file, line, key and what is permitted.
    """
    path = _find(name_or_path)
    content, lines = read_toml(path, _PERMITTED)
    return _made(_layer(path, str(path), content, lines), str(path), path.stem, overrides)


def loads(text: str, source: str = "scenario", overrides: Sequence[str] = ()) -> Scenario:
    """Read and check a scenario given as text, called `source` in messages; its paths count from the working folder."""
    content, lines = parse_toml(text, source)
    return _made(_layer(None, source, content, lines), source, source, overrides)


def as_toml(scenario: Scenario) -> str:
    """The scenario as resolved, with every value that holds for it; `loads` of it gives an equal scenario."""
    import tomli_w

    return tomli_w.dumps(scenario.model_dump(by_alias=True, exclude_none=True))


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the language, for editors; it knows the keys that the loader takes away, too."""
    schema = Scenario.model_json_schema(by_alias=True)
    extends = {
        "title": "Extends", "type": "string",
        "description": "a shipped scenario, or a path: tables merge, and lists of tables with names merge by name",
    }  # fmt: skip
    parameters_from = {
        "title": "Parameters from", "type": "string",
        "description": "a file with a table [parameters], such as a calibration writes; the scenario's own come first",
    }  # fmt: skip
    schema["properties"] = {"extends": extends, "parameters_from": parameters_from, **schema["properties"]}
    schema["title"] = "cohort scenario"
    required = schema.pop("required", [])  # given by what is extended, else by the file itself
    schema["anyOf"] = [{"required": ["extends"]}, {"required": required}]
    return {"$schema": SCHEMA, **schema}


# --- layers: a file, what it extends, and what is set on the command line


class _Layer:
    """Content as it accumulates, and where each key came from."""

    def __init__(self, content: dict[str, Any], where: dict[KeyPath, str]) -> None:
        self.content, self.where = content, where

    def over(self, base: _Layer) -> _Layer:
        """This layer laid over another: tables merge, lists of tables that all have a name merge by name."""
        out = _Layer({}, {})
        out.content = out._merge((), base, (), base.content, self, (), self.content)
        return out

    def _merge(self, path: KeyPath, base: _Layer, under: KeyPath, old: Any, top: _Layer, at: KeyPath, new: Any) -> Any:
        self._say(path, top, at)
        if isinstance(old, dict) and isinstance(new, dict):
            merged = {}
            for key in [*old, *(k for k in new if k not in old)]:
                here = (*path, key)
                if key not in new:
                    merged[key] = self._take(here, base, (*under, key), old[key])
                elif key not in old:
                    merged[key] = self._take(here, top, (*at, key), new[key])
                else:
                    merged[key] = self._merge(here, base, (*under, key), old[key], top, (*at, key), new[key])
            return merged
        if _named(old) and _named(new):
            places = {table["name"]: k for k, table in enumerate(new)}
            known = [table["name"] for table in old]
            out: list[Any] = []
            for k, table in enumerate(old):
                here, n = (*path, k), places.get(table["name"])
                if n is None:
                    out.append(self._take(here, base, (*under, k), table))
                else:
                    out.append(self._merge(here, base, (*under, k), table, top, (*at, n), new[n]))
            for n, table in enumerate(new):
                if table["name"] not in known:
                    out.append(self._take((*path, len(out)), top, (*at, n), table))
            return out
        return self._take(path, top, at, new)

    def _say(self, path: KeyPath, source: _Layer, at: KeyPath) -> None:
        if at in source.where:
            self.where[path] = source.where[at]

    def _take(self, path: KeyPath, source: _Layer, at: KeyPath, value: Any) -> Any:
        """Copy a value and the places of everything in it."""
        self._say(path, source, at)
        if isinstance(value, dict):
            return {key: self._take((*path, key), source, (*at, key), inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._take((*path, k), source, (*at, k), inner) for k, inner in enumerate(value)]
        return value


def _named(value: Any) -> bool:
    """Whether it is a list of tables, each with a name of its own."""
    if not isinstance(value, list) or not value:
        return False
    names = [table.get("name") if isinstance(table, dict) else None for table in value]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    try:
        if path.suffix or len(path.parts) > 1 or path.is_file():
            return path
        if (found := _shipped_file(str(path))) is not None:
            return found
    except (OSError, ValueError):
        raise InputError(f"{str(name_or_path)[:80]!r} is no name of a file or scenario; give {_PERMITTED}") from None
    names = [name for name, _ in shipped()]
    close = did_you_mean(str(path), names)
    raise InputError(f"no scenario '{str(path)[:80]}'{close}; permitted: a path, or {', '.join(names)}")


def _shipped_file(name: str) -> Path | None:
    return scenario_file(f"{name}.toml") if name in (n for n, _ in shipped()) else None


def of_finding(finding: str) -> Path:
    """The scenario of a published finding (data/targets). Raises InputError when it is not in the package."""
    return scenario_file(f"targets/{finding}.toml")


def _layer(
    path: Path | None, source: str, content: dict[str, Any], lines: Mapping[KeyPath, int], generation: int = 1
) -> _Layer:
    """A file's own layer over those that it extends."""
    inner = generation > 1
    where = {key: f"{source}, line {line}" if inner else f"line {line}" for key, line in lines.items()}
    content = dict(content)
    parent = content.pop("extends", None)
    folder = path.parent if path is not None else Path()
    layer = _with_parameters(_Layer(content, where), folder, source)
    _normalize(layer, folder, source)
    if parent is None:
        return layer
    stated = f"{source}: line {line_of(lines, ('extends',))}: extends = {str(parent)[:80]!r}"
    if not isinstance(parent, str):
        raise InputError(f"{stated}; permitted: a shipped scenario or a path")
    if generation == MOST_GENERATIONS:
        raise InputError(f"{stated}: the {generation}th that extends another; permitted: fewer, and no circle")
    try:
        named = Path(parent).suffix or len(Path(parent).parts) > 1
        found = folder / parent if named else _find(parent)
        read, its_lines = read_toml(found, _PERMITTED)
    except (InputError, ValueError) as fault:
        raise InputError(f"{stated}: {fault}") from None
    return layer.over(_layer(found, str(found), read, its_lines, generation + 1))


def _with_parameters(layer: _Layer, folder: Path, source: str) -> _Layer:
    """The layer over the parameters of the file that its `parameters_from` names, a path from `folder` on."""
    if "parameters_from" not in layer.content:
        return layer
    given = layer.content.pop("parameters_from")
    place = layer.where.get(("parameters_from",), "")
    stated = f"{source}: {place}: parameters_from = {str(given)[:80]!r}"
    if not isinstance(given, str):
        raise InputError(f"{stated}; permitted: a path")
    try:
        read, lines = read_toml(folder / given, _PARAMETERS)
    except (InputError, ValueError) as fault:
        raise InputError(f"{stated}: {fault}") from None
    if set(read) != {"parameters"} or not isinstance(read["parameters"], dict):
        raise InputError(f"{stated}: {folder / given}: permitted: {_PARAMETERS}, and nothing else")
    return layer.over(_Layer(read, {key: f"{folder / given}, line {line}" for key, line in lines.items()}))


def _normalize(layer: _Layer, folder: Path, source: str) -> None:
    """Take `population.persons` as `study.persons`, and the path of participants from the folder of the file."""
    population = layer.content.get("population")
    if not isinstance(population, dict):
        return
    population = layer.content["population"] = dict(population)
    if "persons" in population:
        study = layer.content.setdefault("study", {})
        if not isinstance(study, dict) or "persons" in study:
            place = layer.where.get(("population", "persons"), "")
            raise InputError(f"{source}: {place}: population.persons beside study.persons; give one of them")
        layer.content["study"] = {**study, "persons": population.pop("persons")}
        layer.where[("study", "persons")] = layer.where.pop(("population", "persons"), "")
    given = population.get("participants")
    if isinstance(given, str) and "\0" not in given:
        population["participants"] = str(folder / given)


def _settings(overrides: Sequence[str], content: dict[str, Any]) -> _Layer:
    """What is set on the command line, as a layer; faults of form are refused."""
    out = _Layer({}, {})
    faults = []
    for setting in overrides:
        key, equals, text = (part.strip() for part in setting.partition("="))
        names = key.split(".")
        if not (equals and text) or not all(names):
            faults.append(f"'{setting[:80]}' is not of the form a.b=VALUE")
            continue
        try:
            target, below = out.content, content
            path: KeyPath = ()
            for name in names[:-1]:
                target, below, path = _step(target, below, path, name)
            last = names[-1]
            target[last] = _value(text)
            out.where[(*path, last)] = f"--set {key}"
        except InputError as fault:
            faults.append(f"--set {key}: {fault}")
    if faults:
        raise InputError(one_message("settings", faults))
    return out


def _step(target: Any, below: Any, path: KeyPath, name: str) -> tuple[Any, Any, KeyPath]:
    """One step down a path of a setting, into the layer (made as needed) and what lies below it."""
    inner = below.get(name) if isinstance(below, dict) else None
    if isinstance(target, list):  # a list of tables: by name or position
        tables = below if isinstance(below, list) else []
        names = [table["name"] for table in tables]
        chosen = names[int(name)] if name.isdecimal() and name.isascii() and int(name[:6]) < len(names) else name
        if chosen not in names:
            raise InputError(f"there is no '{name}'{did_you_mean(name, names)}; permitted: {', '.join(names)}")
        for k, table in enumerate(target):
            if table["name"] == chosen:
                return table, tables[names.index(chosen)], (*path, k)
        target.append({"name": chosen})
        return target[-1], tables[names.index(chosen)], (*path, len(target) - 1)
    held = target.setdefault(name, [] if _named(inner) else {})
    if not isinstance(held, (dict, list)):
        raise InputError(f"'{name}' is set to a value and has no keys")
    return held, inner, (*path, name)


def _value(text: str) -> Any:
    """A value as in TOML, a number without a digit before or behind its point, or the text itself."""
    if "\n" in text or "\r" in text:
        return text
    try:
        return parse_toml(f"v = {text}", "value")[0]["v"]
    except (InputError, tomllib.TOMLDecodeError):
        return float(text) if re.fullmatch(r"[+-]?([0-9]+\.|\.[0-9]+)", text) else text


# --- from layers to a scenario


def _made(layer: _Layer, source: str, name: str, overrides: Sequence[str]) -> Scenario:
    if overrides:
        settings = _with_parameters(_settings(overrides, layer.content), Path(), "settings")
        _normalize(settings, Path(), "--set")
        before = _days(layer.content)
        layer = settings.over(layer)
        if before is not None and (after := _days(layer.content)) is not None and after < before:
            layer.content["study"].setdefault("shortened", True)
    study = layer.content.setdefault("study", {})
    if isinstance(study, dict):
        layer.content["study"] = {"name": name[:100], **study}
    scenario, faults = _validated(layer, source)
    if faults or scenario is None:
        places = scenario.places if scenario is not None else Places(source, layer.where)
        raise InputError(_message(source, faults, places))
    return scenario


def _days(content: Mapping[str, Any]) -> int | None:
    study = content.get("study")
    days = study.get("days") if isinstance(study, dict) else None
    return days if isinstance(days, int) else None


def _message(source: str, faults: Sequence[str], places: Places) -> str:
    shown = list(faults[:MOST_FAULTS])
    if len(faults) > MOST_FAULTS:
        return f"{source}: {len(faults)} faults\n" + "\n".join(
            f"  - {f}" for f in [*shown, f"and {len(faults) - MOST_FAULTS} more"]
        )
    return one_message(source, shown)


def _validated(layer: _Layer, source: str) -> tuple[Scenario | None, list[str]]:
    """The scenario, and every fault: those of single values, then, with these left out, those between the parts."""
    places = Places(source, layer.where)
    faults: list[str] = []
    dropped: set[str] = set()
    content: Any = layer.content
    scenario: Scenario | None = None
    for rest in range(3):
        try:
            scenario = Scenario.model_validate(content)
        except ValidationError as error:
            found = complaints(error, content)
            if rest == 0:
                faults = [_placed(places, fault) for fault in found]
            content, places = _without(content, places, [path for path, _ in found], dropped, whole=rest > 0)
            continue
        scenario._places = places
        faults += [_placed(places, fault) for fault in check(scenario, dropped)[-1]]
        break
    return scenario, sorted(faults, key=_line)


def _line(fault: str) -> int:
    found = re.match(r"line ([0-9]+):", fault)
    return int(found.group(1)) if found else 0


def _placed(places: Places, fault: Fault) -> str:
    place = places.of(fault[0])
    return f"{place}: {fault[1]}" if place else fault[1]


def _without(
    content: Any, places: Places, paths: Sequence[KeyPath], dropped: set[str], whole: bool
) -> tuple[Any, Places]:
    """The content without what is faulty: the keys, or (`whole`) the tables around them, whose names are noted."""
    gone = set()
    for path in paths:
        listed = path[:1] in LISTED and len(path) > 1
        listed_deeper = path[:2] == ("surroundings", "reminders") and len(path) > 2
        if whole:
            cut = path[:2] if listed else path[:3] if listed_deeper else path[:1]
        else:
            cut = path
        gone.add(cut)
        if listed and (whole or len(path) <= 3):
            table = content[path[0]][path[1]] if path[0] not in ("scenes", "groups") else None
            name = table.get("name") if isinstance(table, dict) else path[1]
            if isinstance(name, str):
                dropped.add(name)
    kept = _Layer({}, {})
    source = _Layer(content, places.where)
    kept.content = _pruned(kept, (), source, (), content, gone)
    return kept.content, Places(places.source, kept.where)


def _pruned(out: _Layer, path: KeyPath, source: _Layer, at: KeyPath, value: Any, gone: set[KeyPath]) -> Any:
    out._say(path, source, at)
    if isinstance(value, dict):
        return {
            key: _pruned(out, (*path, key), source, (*at, key), inner, gone)
            for key, inner in value.items()
            if (*at, key) not in gone
        }
    if isinstance(value, list):
        kept = [k for k in range(len(value)) if (*at, k) not in gone]
        return [_pruned(out, (*path, n), source, (*at, k), value[k], gone) for n, k in enumerate(kept)]
    return value
