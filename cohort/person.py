"""A person as Mesa sees it: a thin view on one row of the arrays.

Any column of the person can be read as an attribute, so that Mesa's `AgentSet` selects, groups and aggregates by it::

    model.agents.select(lambda p: p.ace >= 4).agg("load", "mean")

A subclass may override `act`, which is asked after every measure, and return actions of `cohort.actions`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import mesa

from cohort.actions import Action
from cohort.errors import InputError

USUAL = frozenset(("model", "unique_id", "pos", "row"))  # attributes of every agent


class Person(mesa.Agent):  # type: ignore[misc]
    """One person of a `CohortModel`; `row` is its place in the arrays."""

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    def __getattr__(self, name: str) -> Any:
        """The person's value in a column: of the table of persons, a trait, a measure, or a field of the state.

        Raises AttributeError for a name that is no column.
        """
        if name.startswith("_") or "row" not in self.__dict__:
            raise AttributeError(name)
        return self.model.value(name, self.row)

    def act(self) -> Iterable[Action]:
        """What the person does of its own accord after a measure: nothing, unless a subclass says otherwise."""
        return ()

    def __repr__(self) -> str:
        return f"<Person {self.id}>"


def attributes_of(kind: type[Person], agents: Mapping[int, Person]) -> list[tuple[int, dict[str, Any]]]:
    """Row and attributes of every agent of a class that has some of its own.

    Raises InputError for an attribute that is no JSON type.
    """
    if kind is Person:
        return []
    own = ((row, {k: v for k, v in vars(agent).items() if k not in USUAL}) for row, agent in agents.items())
    out = [(row, attributes) for row, attributes in own if attributes]
    for row, attributes in out:
        for name, value in attributes.items():
            if not _is_plain(value):
                raise InputError(
                    f"{kind.__name__}: attribute {name} = {value!r} of person {row} cannot be kept in a checkpoint; "
                    "permitted: None, truth values, finite numbers of Python, text, lists, and dictionaries with text "
                    "as keys"
                )
    return out


def _is_plain(value: Any) -> bool:
    """Whether a value comes back from JSON as it went in."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str for key in value) and all(map(_is_plain, value.values()))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))
