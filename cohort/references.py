"""What the parts of a scenario say about each other: names that exist, shares that sum to 1, doses in range."""

from __future__ import annotations

from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from cohort.errors import did_you_mean
from cohort.expressions import Expression, Kind, parse
from cohort.genome import GENETIC_TRAITS, load_variants
from cohort.language import ByDistance, DrugDose, Experience, Media, Recall, Reminder, Scenario
from cohort.parameters import faults_of
from cohort.pharmacology import dose_fault
from cohort.protocol import Protocol
from cohort.resolution import resolve as resolve_protocol
from cohort.schedule import Fault, Schedule
from cohort.schedule import resolve as resolve_times
from cohort.state import TRAIT_COLUMNS
from cohort.toml_lines import KeyPath
from cohort.traits import OLDEST, YOUNGEST
from cohort.vocabulary import MEASURES, columns, parsed

MOST_ACE: Final = 10
SUM_WITHIN: Final = 1e-6


def check(scenario: Scenario, dropped: Collection[str] = ()) -> tuple[Schedule, Protocol, list[Fault]]:
    """Resolve times and protocol, and return them with every fault.

    Names in `dropped` exist, in tables that were unreadable.
    """
    schedule, faults = resolve_times(scenario, dropped)
    protocol, more = resolve_protocol(scenario, schedule, dropped)
    return (
        schedule,
        protocol,
        [
            *_population(scenario),
            *[
                (("parameters", name), f)
                for name, value in scenario.parameters.items()
                for f in faults_of({name: value})
            ],
            *_groups(scenario),
            *_events(scenario, dropped),
            *_scenes_named(scenario, dropped),
            *faults,
            *more,
        ],
    )


def ordered_groups(scenario: Scenario) -> dict[str, Expression]:
    """Groups parsed, each after those that it names. Raises InputError for an expression or CycleError for a circle."""
    parsed = {name: parse(text) for name, text in scenario.groups.items()}
    needs = {name: {n for n in e.names if n in parsed} for name, e in parsed.items()}
    return {name: parsed[name] for name in TopologicalSorter(needs).static_order()}


def _sums_to_one(path: KeyPath, shares: Collection[float]) -> list[Fault]:
    total = sum(shares)
    return [] if abs(total - 1.0) <= SUM_WITHIN else [(path, f"shares of {path[-1]} sum to {total:g}; permitted: 1")]


def _population(scenario: Scenario) -> list[Fault]:
    p, here = scenario.population, ("population",)
    out: list[Fault] = []
    if p.ancestry is not None:
        out += _sums_to_one((*here, "ancestry"), p.ancestry.values())
    if not YOUNGEST <= p.age[0] <= p.age[1] <= OLDEST:
        out.append(
            ((*here, "age"), f"age = {list(p.age)}; permitted: lowest and highest from {YOUNGEST:g} to {OLDEST:g}")
        )
    known = load_variants().names
    for k, name in enumerate(p.variants):
        if name not in known:
            close = did_you_mean(name, known)
            out.append(((*here, "variants", k), f"unknown variant '{name}'{close} (data/variants.csv lists all)"))
        elif name in p.variants[:k]:
            out.append(((*here, "variants", k), f"variant '{name}' is given twice"))
    for name in p.polygenic_scores:
        if name not in GENETIC_TRAITS:
            close, permitted = did_you_mean(name, GENETIC_TRAITS), ", ".join(GENETIC_TRAITS)
            out.append(((*here, "polygenic_scores", name), f"unknown trait '{name}'{close}; permitted: {permitted}"))
    if p.polygenic_scores and p.participants is not None:
        out.append(((*here, "polygenic_scores"), "scores are of drawn persons; give participants or scores"))
    for name in p.traits:
        if name not in TRAIT_COLUMNS:
            close = did_you_mean(name, TRAIT_COLUMNS)
            out.append(
                ((*here, "traits", name), f"unknown trait '{name}'{close}; permitted: {', '.join(TRAIT_COLUMNS)}")
            )
    if p.adversity is not None:
        counts = [str(k) for k in range(MOST_ACE + 1)]
        wrong = [name for name in p.adversity if name not in counts]
        out += [
            ((*here, "adversity", n), f"adversity has '{n}'; permitted: numbers from 0 to {MOST_ACE}") for n in wrong
        ]
        out += [] if wrong else _sums_to_one((*here, "adversity"), p.adversity.values())
    if p.households is not None:
        out += _sums_to_one((*here, "households", "sizes"), p.households.sizes)
    if p.network is not None and p.households is None:
        out.append(((*here, "network"), "a network needs [population.households]"))
    if isinstance(p.families, dict):
        out += _sums_to_one((*here, "families"), p.families.values())
    if p.participants is not None and p.families != "single":
        out.append(((*here, "families"), f"families = {p.families!r}: participants from a file are unrelated"))
    if p.participants is not None and not _is_file(p.participants):
        out.append(((*here, "participants"), f"participants = {p.participants!r}: no such file"))
    return out


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _groups(scenario: Scenario) -> list[Fault]:
    known = columns(scenario)
    groups: dict[str, Kind] = dict.fromkeys(scenario.groups, "truth")
    out: list[Fault] = []
    for name, text in scenario.groups.items():
        path = ("groups", name)
        if not name.isidentifier() or not name.isascii() or len(name) > 60:
            out.append(
                (path, f"group '{name[:60]}'; permitted: a name of letters, digits and _, as used in expressions")
            )
        elif name in known or name in MEASURES or name in ("and", "or", "not", "in", "true", "false"):
            out.append((path, f"group '{name}' has the name of a column; give it another"))
        out += parsed(path, text, groups | known)
    if not out:
        try:
            ordered_groups(scenario)
        except CycleError as fault:
            circle = [str(name) for name in fault.args[1][::-1]]
            out.append((("groups", circle[0]), f"groups go in a circle: {' -> '.join(circle)}"))
    return out


def _events(scenario: Scenario, dropped: Collection[str]) -> list[Fault]:
    known = columns(scenario) | dict.fromkeys(MEASURES, "number") | dict.fromkeys((*scenario.groups, *dropped), "truth")
    out: list[Fault] = []
    seen: set[str] = set()
    for k, event in enumerate(scenario.events):
        path = ("events", k)
        if event.name in seen:
            out.append(((*path, "name"), f"event '{event.name}' is there twice; give each its own name"))
        seen.add(event.name)
        if event.who is not None:
            out += parsed((*path, "who"), event.who, known)
        if isinstance(event, DrugDose) and (fault := dose_fault(event.drug, event.mg)):
            out.append(((*path, "drug" if fault.startswith("unknown") else "mg"), fault))
        far = isinstance(event, (Experience, Media)) and isinstance(event.dose, ByDistance)
        if far and scenario.population.place is None:
            out.append(((*path, "dose"), "a dose by distance needs [population.place]"))
    return out


def _scenes_named(scenario: Scenario, dropped: Collection[str]) -> list[Fault]:
    named: list[tuple[KeyPath, str]] = [
        (("events", k, "scene"), event.scene)
        for k, event in enumerate(scenario.events)
        if isinstance(event, (Experience, Reminder, Media, Recall))
    ]
    named += [
        (("surroundings", "reminders", k, "scene"), r.scene) for k, r in enumerate(scenario.surroundings.reminders)
    ]
    names = [r.name for r in scenario.surroundings.reminders]
    out: list[Fault] = [
        (("surroundings", "reminders", k, "name"), f"reminders '{n}' are there twice; give each their own name")
        for k, n in enumerate(names)
        if n in names[:k]
    ]
    if scenario.talk is not None:
        named += [(("talk", "about", k), name) for k, name in enumerate(scenario.talk.about)]
        if scenario.population.households is None:
            out.append((("talk",), "talk needs [population.households]"))
    if scenario.records.focus is not None:
        named.append((("records", "focus"), scenario.records.focus))
    out += [
        (path, f"unknown scene '{name}'{did_you_mean(name, scenario.scenes)}; permitted: {', '.join(scenario.scenes)}")
        for path, name in named
        if name not in scenario.scenes and name not in dropped
    ]
    return out
