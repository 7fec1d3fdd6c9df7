"""What expressions may read: columns of persons, groups, measures and scores, and who could know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cohort.errors import InputError
from cohort.expressions import Kind, parse
from cohort.genome import SCORE, load_variants
from cohort.language import Scenario
from cohort.schedule import Fault
from cohort.state import TRAIT_COLUMNS
from cohort.toml_lines import KeyPath

# Columns that `who` may read of the last measures; `avoidance` in an expression is the trait.
MEASURES: Final = ("intrusions", "distress", "load", "control", "live", "recall", "vividness", "accuracy",
                   "fragmentation", "charge")  # fmt: skip


def columns(scenario: Scenario) -> dict[str, Kind]:
    """Columns of the persons table that expressions may read, with the kind of their values."""
    population = scenario.population
    out: dict[str, Kind] = dict.fromkeys(
        ("id", "household", "family", "age", "ace", "adversity", *TRAIT_COLUMNS), "number"
    )
    out |= dict.fromkeys(("zygosity", "ancestry", "sex"), "text")
    if population.place is not None:
        out |= dict.fromkeys(("x", "y", "distance"), "number")
    if population.participants is not None:
        out["participant"] = "text"
        out |= dict.fromkeys(load_variants().names, "number")  # those that the file holds
    out |= dict.fromkeys((f"{SCORE}{trait}" for trait in population.polygenic_scores), "number")
    return out | dict.fromkeys(population.variants, "number")


def hidden(scenario: Scenario) -> frozenset[str]:
    """Names that no study could know: traits of the model, measures of the state, and groups that read them."""
    out = {*TRAIT_COLUMNS, *MEASURES, "adversity"} - {instrument.name for instrument in scenario.instruments}
    expressions = {}
    for name, text in scenario.groups.items():
        try:
            expressions[name] = parse(text)
        except InputError:
            continue  # has a fault of its own
    for _ in expressions:  # a group may name another
        out |= {name for name, expression in expressions.items() if not out.isdisjoint(expression.names)}
    return frozenset(out)


def parsed(path: KeyPath, text: str, known: Mapping[str, Kind]) -> list[Fault]:
    """Faults of an expression over these columns."""
    try:
        return [(path, fault) for fault in parse(text).faults(known)]
    except InputError as fault:
        return [(path, str(fault))]
