"""Who takes part: persons drawn, or read from a file, with their traits, households, places, contacts and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cohort import genome
from cohort.blocks import over_blocks
from cohort.genome import ANCESTRIES, load_variants
from cohort.network import Network, draw_network
from cohort.participants import read_participants
from cohort.plan import Plan
from cohort.state import TRAIT_COLUMNS
from cohort.traits import SEXES, draw_traits

CHUNK = 10_000  # persons drawn at a time, so that the table of traits in full precision stays small
_WORDS = {"zygosity": ("single", "mz", "dz", "sib"), "ancestry": ANCESTRIES, "sex": SEXES}


class Columns(Mapping[str, NDArray[Any]]):
    """Columns of persons by name, traits included: of everybody, or of some by position."""

    def __init__(
        self, frame: pd.DataFrame, traits: NDArray[np.float32], who: NDArray[np.int64] | slice = slice(None)
    ) -> None:
        self._frame, self._traits, self._who = frame, traits, who

    def of(self, who: NDArray[np.int64]) -> Columns:
        """The columns of some persons."""
        return Columns(self._frame, self._traits, who)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in TRAIT_COLUMNS:
            return np.asarray(self._traits[self._who, TRAIT_COLUMNS.index(name)])
        return np.asarray(self._frame[name])[self._who]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._frame.columns, *TRAIT_COLUMNS))

    def __len__(self) -> int:
        return len(self._frame.columns) + len(TRAIT_COLUMNS)


@dataclass(frozen=True)
class Enrolled:
    """The persons: `frame` (n rows: who they are), `traits` (n, columns of the kernel), and who knows whom."""

    frame: pd.DataFrame
    traits: NDArray[np.float32]
    network: Network | None
    variants: tuple[str, ...]  # named variants among the columns of `frame`

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Ids, which key the draws, shape (n,)."""
        return self.frame["id"].to_numpy(dtype=np.int64)

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Positions of persons by id."""
        return ids - self.ids[0]  # ids follow each other

    @cached_property
    def columns(self) -> Columns:
        """Who they are and their traits, by name."""
        return Columns(self.frame, self.traits)


def enrol(plan: Plan) -> Enrolled:
    """Draw or read the persons of a plan.

    Raises InputError for a file of participants that cannot be used.
    """
    frame, traits = _drawn(plan) if plan.scenario.population.participants is None else _read(plan)
    network = _network(plan, frame)
    told = plan.scenario.population
    for name, factor in told.traits.items():
        traits[:, TRAIT_COLUMNS.index(name)] *= np.float32(factor)
    traits[:, TRAIT_COLUMNS.index("cue_rate")] *= np.float32(plan.scenario.surroundings.cue_rate)
    frame["household"] = frame["id"] if network is None else network.household
    if told.place is not None and network is not None:
        frame["x"], frame["y"] = network.place[:, 0], network.place[:, 1]
        frame["distance"] = network.distance.astype(np.float32)
    if told.polygenic_scores:
        kin = genome.kinship(frame["id"].to_numpy(np.int64), frame["zygosity"].to_numpy(object))
        for trait, captured in told.polygenic_scores.items():
            score = genome.polygenic_score(plan.persons_seed, kin, trait, captured, plan.parameters)
            frame[f"{genome.SCORE}{trait}"] = score.astype(np.float32)
    enrolled = Enrolled(frame, traits, network if told.households is not None else None, _variants_of(frame))
    for name, expression in plan.groups.items():
        frame[name] = expression.evaluate(enrolled.columns, len(frame))
    return enrolled


def _drawn(plan: Plan) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    told, n = plan.scenario.population, plan.scenario.study.persons
    traits = np.empty((n, len(TRAIT_COLUMNS)), dtype=np.float32)

    def draw(first: int) -> pd.DataFrame:
        part = draw_traits(
            min(CHUNK, n - first),
            plan.persons_seed,
            plan.parameters,
            ancestry=None if told.ancestry is None else {str(k): v for k, v in told.ancestry.items()},
            female=told.female,
            age=told.age,
            families=told.families,
            first_id=first,
            variants=told.variants,
            adversity=told.adversity,
        )
        return _apart(part, traits, first)

    return pd.concat(over_blocks(draw, n, CHUNK, None), ignore_index=True), traits


def _read(plan: Plan) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    path = plan.scenario.population.participants
    assert path is not None
    told = plan.scenario.population
    whole = read_participants(
        path,
        plan.persons_seed,
        plan.parameters,
        wanted={*told.variants, *plan.named},
        ancestry=None if told.ancestry is None else {str(k): v for k, v in told.ancestry.items()},
        female=told.female,
        age=told.age,
        adversity=told.adversity,
    )
    traits = np.empty((len(whole), len(TRAIT_COLUMNS)), dtype=np.float32)
    return _apart(whole, traits, 0), traits


def _apart(part: pd.DataFrame, traits: NDArray[np.float32], first: int) -> pd.DataFrame:
    """Move the traits of a table into the array, and keep the rest in small types."""
    traits[first : first + len(part)] = part.loc[:, list(TRAIT_COLUMNS)].to_numpy(dtype=np.float32)
    rest = part.drop(columns=list(TRAIT_COLUMNS))
    for name, words in _WORDS.items():
        rest[name] = pd.Categorical(rest[name], categories=list(words))
    small = {"age": np.float32, "adversity": np.float32, "ace": np.int8}
    return rest.astype({name: kind for name, kind in small.items() if name in rest})


def _variants_of(frame: pd.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in load_variants().names if name in frame)


def _network(plan: Plan, frame: pd.DataFrame) -> Network | None:
    told = plan.scenario.population
    if told.households is None and told.place is None:
        return None
    contacts = told.network if told.households is not None else None
    return draw_network(
        plan.persons_seed,
        frame["id"].to_numpy(dtype=np.int64),
        sizes=(1.0,) if told.households is None else told.households.sizes,
        contacts=0.0 if contacts is None else contacts.contacts,
        rewiring=0.0 if contacts is None else contacts.rewiring,
        radius=1.0 if told.place is None else told.place.radius,
        family=frame["family"].to_numpy(dtype=np.int64),
    )
