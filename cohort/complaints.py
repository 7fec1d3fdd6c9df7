"""What is wrong with the values of a file, in the words of its language: path and sentence of each fault.

The language is that of scenarios, unless another class is named as the root.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cohort.errors import did_you_mean
from cohort.language import KINDS, ByDistance, Lognormal, Scenario
from cohort.schedule import Fault
from cohort.toml_lines import KeyPath

_WANTED = {
    "float_type": "a number", "int_type": "a whole number", "string_type": "text", "bool_type": "true or false",
    "date_type": "a date such as 2026-03-02", "tuple_type": "a list", "dict_type": "a table", "model_type": "a table",
    "model_attributes_type": "a table", "finite_number": "a finite number",
}  # fmt: skip
_SHOWN = 60


def complaints(error: ValidationError, data: Mapping[str, Any], root: type[BaseModel] = Scenario) -> list[Fault]:
    """Every fault that validation of `data` as a `root` found, one sentence each."""
    out: list[Fault] = []
    for found in error.errors(include_url=False, include_context=True):
        path = _path(found["loc"], data)
        fault = (path, _sentence(found, path, data, root))
        if found["type"] == "union_tag_invalid":
            fault = ((*path, "kind"), fault[1])
        if fault[1] and fault not in out:
            out.append(fault)
    return out


def _path(loc: tuple[str | int, ...], data: Any) -> KeyPath:
    """Path in the text: without the tags of unions that pydantic adds."""
    out: list[str | int] = []
    value = data
    for k, part in enumerate(loc):
        if k == 2 and part in KINDS.get(str(loc[0]), ()):  # the kind, also where a key has the same name
            continue
        if _holds(value, part):
            value = value[part]
        elif k < len(loc) - 1 or part == "[key]" or not isinstance(value, (dict, list)):
            continue
        out.append(part)
    return tuple(out)


def _holds(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list) and isinstance(part, int) and part < len(value)


def _sentence(found: Any, path: KeyPath, data: Mapping[str, Any], root: type[BaseModel]) -> str:
    kind, value = found["type"], found["input"]
    name = _name(path)
    table = table_at(path[:-1], data, root)
    if kind == "extra_forbidden":
        known = [f.alias or n for n, f in table.model_fields.items()] if table else []
        return f"unknown key '{_short(path[-1])}'{did_you_mean(str(path[-1]), known)}; permitted: {', '.join(known)}"
    if kind == "missing":
        if isinstance(path[-1], int):
            return f"{_name(path[:-1])} needs {path[-1] + 1} or more values"
        return f"{_name(path[:-1]) or f'the {root.__name__.lower()}'}: '{path[-1]}' is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = value.get("kind") if isinstance(value, dict) else None
        known = _tags(table, path)
        close = did_you_mean(given, known) if isinstance(given, str) else ""
        return (
            f"{name}: kind = {_shown(given) if given is not None else 'nothing'}{close}; permitted: {', '.join(known)}"
        )
    if kind == "too_short" and value:
        return ""  # a list is called too short when its items have faults of their own
    if found["loc"][-1:] == ("[key]",):
        wanted = found.get("ctx", {}).get("expected") or "letters, digits, _ and -, at most 60"
        return f"unknown name '{_short(path[-1])}'; permitted: {wanted}"
    if kind == "literal_error":
        names = found["ctx"]["expected"]
        close = (
            did_you_mean(value, [w.strip("'") for w in names.replace(" or ", ", ").split(", ")])
            if isinstance(value, str)
            else ""
        )
        return f"{name} = {_shown(value)}{close}; permitted: {names}"
    if kind == "string_pattern_mismatch":
        return f"{name} = {_shown(value)}; permitted: letters, digits, _ and -, at most 60, the first no sign"
    wanted = _WANTED.get(kind, "")
    bounds = _bounds(table, path)
    return f"{name} = {_shown(value)}; permitted: {' '.join(filter(None, (wanted, bounds))) or found['msg'].lower()}"


def _tags(table: type[BaseModel] | None, path: KeyPath) -> list[str]:
    """Kinds that may stand at `path`: of a list of tables, or as a key of a table within one."""
    field = _field(table, path[-1]) if table else None
    return list(KINDS[str(path[0])]) if field is None else _kinds(field.annotation)


def table_at(path: KeyPath, data: Any, root: type[BaseModel] = Scenario) -> type[BaseModel] | None:
    """The class that describes the table at `path` of `data`, a `root`, or None."""
    table = root
    value: Any = data
    k = 0
    while k < len(path):
        field = _field(table, path[k])
        if field is None or not isinstance(value, dict):
            return None
        value, k = value.get(path[k]), k + 1
        tables = _tables(field.annotation)
        if not tables:
            return None
        if (isinstance(value, list) or get_origin(field.annotation) is dict) and k < len(path):
            value = value[path[k]] if _holds(value, path[k]) else None
            k += 1
        if len(tables) > 1:
            kind = value.get("kind") if isinstance(value, dict) else None
            kinds = {tag: one for one in tables for tag in _kinds(one)}
            chosen = kinds.get(kind) if isinstance(kind, str) else None
            if not kinds:
                chosen = ByDistance if isinstance(value, dict) and "by" in value else Lognormal
            if chosen is None:
                return None
            table = chosen
        else:
            (table,) = tables
    return table


def _field(table: type[BaseModel], key: str | int) -> FieldInfo | None:
    return next((f for name, f in table.model_fields.items() if key == (f.alias or name)), None)


def _tables(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {table for part in get_args(annotation) for table in _tables(part)}


def _kinds(annotation: Any) -> list[str]:
    """Kinds that classes stand for, in their order; none where they are told apart otherwise."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get("kind")
        return list(get_args(field.annotation)) if field is not None else []
    return [kind for part in get_args(annotation) for kind in _kinds(part)]


def _bounds(table: type[BaseModel] | None, path: KeyPath) -> str:
    """What the range of a value is, from its declaration."""
    field = _field(table, path[-1]) if table and path else None
    if field is None:
        return ""
    held = [*field.metadata, *(m for part in get_args(field.annotation) for m in _metadata(part))]
    low = next((f"{_plain(m.ge)}" for m in held if isinstance(m, Ge)), "")
    low = low or next((f"above {_plain(m.gt)}" for m in held if isinstance(m, Gt)), "")
    high = next((_plain(m.le) for m in held if isinstance(m, Le)), "")
    high = high or next((f"below {_plain(m.lt)}" for m in held if isinstance(m, Lt)), "")
    if low and high:
        return f"from {low} to {high}"
    sizes = [f"at least {m.min_length}" for m in field.metadata if isinstance(m, MinLen) and m.min_length]
    sizes += [f"at most {m.max_length}" for m in field.metadata if isinstance(m, MaxLen)]
    return f"{' and '.join(sizes)} long" if sizes else ""


def _metadata(annotation: Any) -> list[Any]:
    return [m for m in getattr(annotation, "__metadata__", ()) for m in (getattr(m, "metadata", None) or [m])]


def _plain(number: Any) -> str:
    return f"{number:.12g}" if isinstance(number, float) else str(number)


def _name(path: KeyPath) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{_short(p)}" for p in path).lstrip(".")


def _short(text: object) -> str:
    plain = str(text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 3] + "..."


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    return _short(repr(value)) if not isinstance(value, bool) else str(value).lower()
