"""The keys of a table of the scenario language, as rows for a reader: name, default, what is permitted, meaning."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cohort.odd.markdown import code, number

MOST_WORDS: Final = 12  # of those that may stand; of more, the first two are shown


def key_rows(kind: type[BaseModel], but: Collection[str] = ()) -> Iterator[tuple[str, str, str, str]]:
    """A row for each key of a table but those named, in the order of the language."""
    for name, field in kind.model_fields.items():
        if name not in but:
            yield code(field.alias or name), _default(field), _permitted(field), field.description or ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, BaseModel):
        return "as below"
    if isinstance(value, tuple):
        return ", ".join(number(part) for part in value)
    if isinstance(value, float):
        return number(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _permitted(field: FieldInfo) -> str:
    """Bounds, or the words that may stand; empty where the meaning must say it."""
    bounds = {name: getattr(m, name) for m in field.metadata for name in ("ge", "gt", "le") if hasattr(m, name)}
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le")
    if low is not None and high is not None:
        above = "above " if "gt" in bounds else ""
        return f"{above}{_bound(low)} to {_bound(high)}"
    words = _words(field.annotation)
    return ", ".join(words) if len(words) <= MOST_WORDS else f"{words[0]}, {words[1]} and so on"


def _bound(value: Any) -> str:
    return number(value) if isinstance(value, (int, float)) else str(value)


def _words(annotation: Any) -> list[str]:
    if annotation is bool:
        return ["true", "false"]
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    inner = [a for a in get_args(annotation) if a is not NoneType]
    return _words(inner[0]) if len(inner) == 1 and NoneType in get_args(annotation) else []
