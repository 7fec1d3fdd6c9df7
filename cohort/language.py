"""The language of scenarios: every table and key, with its default and what is permitted.

These classes are the reference: the published JSON Schema and the messages about faults are made from them. They check
each value by itself; `references` checks what values say about each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, PrivateAttr, Tag

from cohort import instruments, interventions
from cohort.designs import MOST_ARMS, Arm, Outcome, Trial
from cohort.genome import Families
from cohort.instruments import AnyInstrument
from cohort.interventions import AnyIntervention
from cohort.strict import Name, Pair, Share, Signed, Table, Text, Word, key, number
from cohort.times import MOMENTS, MOST_DAYS, REPETITIONS
from cohort.toml_lines import KeyPath

MOST_PERSONS = 1 << 31
MOST_EVENTS = 1000  # tables of events in a file; after repetition see `schedule.MOST_OCCASIONS`

Ancestry = Literal["EUR", "AFR", "EAS", "SAS", "AMR"]
Element = Literal["context", "sensory", "narrative", "affective"]


class Study(Table):
    """How many persons, for how long, and what chance decides by."""

    name: Text = key("", "name of the study (default: the file's name)")
    seed: int = number(1, 0, 2**63 - 1, "what chance decides by")
    persons_seed: int | None = number(
        None, 0, 2**63 - 1, "draws the persons (default: seed); kept, other seeds give the same persons other lives"
    )
    persons: int = number(1000, 1, MOST_PERSONS, "number of persons; with a file of participants, its rows count")
    days: int = number(30, 1, MOST_DAYS, "length of the study, days")
    start: date = key(date(2026, 3, 2), "date of day 0", ge=date(1800, 1, 1), le=date(3000, 1, 1))
    shortened: bool = key(
        False, "leave out what lies after the end, instead of refusing it (set when --set or --days shortens a study)"
    )


class Households(Table):
    """Who lives together; without this table everybody lives alone and has no contacts."""

    sizes: tuple[Share, ...] = key(
        (0.28, 0.35, 0.16, 0.21),
        "share of households of 1, 2, 3, ... persons; they sum to 1",
        min_length=1, max_length=20, strict=False,
    )  # fmt: skip


class Network(Table):
    """Contacts beyond the household: a small world."""

    contacts: float = number(8.0, 0.0, 100.0, "mean number of contacts outside the household")
    rewiring: float = number(0.1, 0.0, 1.0, "share of contacts with anybody instead of a neighbour")


class Place(Table):
    """Where households lie: uniformly in a disc; gives the column `distance` (km from the centre)."""

    radius: float = number(5.0, 0.01, 1000.0, "radius of the disc, km")


def _families_kind(given: Any) -> str:
    return "shares" if isinstance(given, Mapping) else "word"


class Population(Table):
    """Who takes part: drawn, or read from a file."""

    ancestry: dict[Ancestry, Share] | None = key(None, "share of each ancestry group; they sum to 1 (default: equal)")
    female: float = number(0.5, 0.0, 1.0, "share of women")
    age: Annotated[tuple[float, float], Field(strict=False)] = key(
        (18.0, 65.0), "lowest and highest age, years, 18 to 100; uniform between them"
    )
    families: Annotated[
        Annotated[Families, Tag("word")] | Annotated[dict[Families, Share], Tag("shares")],
        Discriminator(_families_kind),
    ] = key("single", "unrelated persons, or pairs: twins (mz, dz) or siblings (sib); or shares of pairs, summing to 1")
    participants: Text | None = key(
        None, "file of real participants (CSV, Parquet, PLINK .raw); relative to the scenario's folder"
    )
    variants: tuple[str, ...] = key(
        (), "named variants kept as columns (see data/variants.csv)", strict=False, max_length=100
    )
    polygenic_scores: dict[str, Annotated[float, Field(gt=0.0, le=1.0)]] = key(
        {},
        "polygenic scores kept as columns (polygenic_rumination): share captured of the polygenic variance of a trait",
    )
    adversity: dict[str, Share] | None = key(
        None, 'share of persons with "0", "1", ... "10" kinds of adverse childhood experience; they sum to 1'
    )
    traits: dict[str, Annotated[float, Field(ge=0.05, le=20.0)]] = key(
        {}, "factor on a drawn trait, such as rumination = 1.2"
    )
    households: Households | None = key(None, "who lives together")
    network: Network | None = key(None, "contacts outside the household (needs households)")
    place: Place | None = key(None, "where households lie")


class Reminders(Table):
    """Reminders that chance brings, to each person at moments of their own."""

    name: Name = key(..., "name of this row")
    scene: Name = key(..., "what they are reminders of")
    per_week: float = number(..., 0.0, 200.0, "mean number a week and person, less what avoidance keeps away")
    cue: float = number(0.3, 0.0, 1.0, "share of the scene's features that is met")
    safe: float = number(1.0, 0.0, 1.0, "in safety (1) or not (0)")
    duration: float = number(5.0, 0.0, 480.0, "minutes")
    from_: Text | None = Field(None, alias="from", description=f"first moment (default: the start): {MOMENTS}")
    until: Text | None = key(None, "last moment (default: the end)")


class Surroundings(Table):
    """Everyday life: how often something may remind, and of what."""

    cue_rate: float = number(1.0, 0.0, 10.0, "factor on everybody's rate of everyday cues")
    reminders: tuple[Reminders, ...] = key((), "reminders that chance brings", strict=False, max_length=100)


class SceneText(Table):
    """What an episode contains, and how it is appraised."""

    content: dict[Element, Word] = key(
        ..., "what each element holds; equal names share features, within an element", min_length=1
    )
    salience: dict[Element, Pair] = key({}, "presence of an element's central and peripheral part (default: 1, 1)")
    goal: Annotated[str, Field(max_length=100)] = key("", "what the person looks for at recall")
    items: int = number(1, 1, 1000, "number of items, for a list")
    arousal: Share = key(0.0, "how arousing it is")
    valence: Signed = key(0.0, "unpleasant (-1) to pleasant (1)")
    reward_error: Signed = key(0.0, "reward prediction error")
    novelty: Share = key(0.2, "how new it is")
    threat: Share = key(0.0, "how threatening it is")
    controllability: Share = key(1.0, "how much the person can do about it")
    social: Share = key(0.0, "how far others are part of it")
    self_relevance: Share = key(0.0, "how much it concerns the person")
    safe: Share = key(1.0, "1 when nothing bad follows")
    duration: float = number(10.0, 0.0, 2880.0, "minutes")


class Lognormal(Table):
    """A dose that chance decides, person by person."""

    distribution: Literal["lognormal"] = key(..., "the distribution")
    median: float = number(1.0, 0.0, 10.0, "median dose")
    spread: float = number(0.4, 0.0, 3.0, "standard deviation of the logarithm")


class ByDistance(Table):
    """A dose that falls with the distance from the centre: ``most * exp(-distance / scale)``."""

    by: Literal["distance"] = key(..., "the column it depends on")
    scale: float = number(..., 0.01, 1000.0, "distance at which it has fallen to 37%, km")
    most: float = number(1.0, 0.0, 10.0, "dose at the centre")


def _dose_kind(value: Any) -> str:
    if isinstance(value, ByDistance) or (isinstance(value, dict) and "by" in value):
        return "by distance"
    return "distribution" if isinstance(value, (dict, Lognormal)) else "number"


Dose = Annotated[
    Annotated[Annotated[float, Field(ge=0.0, le=10.0)], Tag("number")]
    | Annotated[Lognormal, Tag("distribution")]
    | Annotated[ByDistance, Tag("by distance")],
    Discriminator(_dose_kind),
]


class _Event(Table):
    """What every event has: a name, when it happens and whom it reaches."""

    name: Name = key(..., "name of the event; times of others may count from it")
    at: Text | Annotated[tuple[Text, ...], Field(strict=False, min_length=1, max_length=1000)] | None = key(
        None, f"when: {MOMENTS}, a list of these, or {REPETITIONS}"
    )
    every: Text | None = key(None, 'repetition: "7 d x 6", from the moment `at` or with its own `from`')
    who: Text | None = key(None, "a group, or an expression over columns and groups (default: everybody)")
    share: float = number(1.0, 0.0, 1.0, "share of these, drawn for each event and time")


class _Cued(_Event):
    """An event that meets memories of a scene."""

    scene: Name = key(..., "which scene")
    cue: float = number(1.0, 0.0, 1.0, "share of the scene's features that is met")
    safe: float = number(1.0, 0.0, 1.0, "in safety (1) or not (0)")
    duration: float = number(5.0, 0.0, 480.0, "minutes")
    context: Word | None = key(None, "context it happens in, when it is not the scene's own")


class Experience(_Event):
    """The scene happens."""

    kind: Literal["experience"]
    scene: Name = key(..., "which scene")
    dose: Dose = key(1.0, "1: the scene as described; appraisal and salience are multiplied by it")


class Reminder(_Cued):
    """Those who have a trace of the scene are reminded of it."""

    kind: Literal["reminder"]


class Media(_Cued):
    """A reminder for those who have a trace of the scene, a mediated experience for those who have none."""

    kind: Literal["media"]
    dose: Dose = key(0.2, "dose for those who have no trace")


class Recall(_Cued):
    """An attempt at voluntary recall."""

    kind: Literal["recall"]
    goal: Word | None = key(None, "what is looked for, as narrative content")
    leaves_mark: bool = key(True, "whether what is recalled changes by it; false: the memory is only read")


class DrugDose(_Event):
    """An oral dose of a drug."""

    kind: Literal["dose"]
    drug: Word = key(..., "a drug of data/drugs.csv")
    mg: float = key(..., "milligrams, within the drug's permitted range", gt=0.0, le=20000.0)


class Task(_Event):
    """A visuospatial task."""

    kind: Literal["task"]
    amount: float = number(1.0, 0.0, 1.0, "how demanding it is")


class Stress(_Event):
    """A stressor that leaves no memory of its own."""

    kind: Literal["stress"]
    size: float = number(1.0, 0.0, 10.0, "size; 1 is an everyday stressor")


class SleepLoss(_Event):
    """The next night is shorter."""

    kind: Literal["sleep_loss"]
    hours: float = number(..., 0.0, 12.0, "hours")


class Contact(_Event):
    """Support is received: it lowers the fast part of load."""

    kind: Literal["contact"]
    amount: float = number(1.0, 0.0, 1.0, "how supportive it is")


Event = Annotated[
    Experience | Reminder | Media | Recall | DrugDose | Task | Stress | SleepLoss | Contact, Field(discriminator="kind")
]
EVENTS: dict[str, type[_Event]] = {
    "experience": Experience, "reminder": Reminder, "media": Media, "recall": Recall, "dose": DrugDose, "task": Task,
    "stress": Stress, "sleep_loss": SleepLoss, "contact": Contact,
}  # fmt: skip


# Lists of tables of several kinds, each kind with a class of its own.
KINDS: dict[str, Mapping[str, type[Table]]] = {
    "events": EVENTS, "interventions": interventions.KINDS, "instruments": instruments.KINDS,
}  # fmt: skip


class Talk(Table):
    """Disclosure among housemates and contacts (needs households)."""

    about: tuple[Name, ...] = key(..., "scenes that are told", min_length=1, max_length=24, strict=False)
    every: Text = key("1 d", "how often there is a round, whole days")
    from_: Text | None = Field(None, alias="from", description="first moment (default: the start)")
    until: Text | None = key(None, "last moment (default: the end)")
    at: Text = key("19:00", "time of day")
    rate: float = number(0.1, 0.0, 1.0, "chance that a person who has the memory tells it, a round")
    support: float = number(0.5, 0.0, 1.0, "support that telling brings")
    dose: float = number(0.15, 0.0, 10.0, "dose that a listener takes on who has no trace")


class Records(Table):
    """What is written as the run goes."""

    measures: Text = key("7 d", "interval of the measures")
    intrusions: bool = key(True, "whether every intrusion is recorded")
    focus: Name | None = key(None, "scene whose memory the measures speak of (default: the first)")


class Places:
    """Where each key of a scenario stands. It is no part of what a scenario says: all are equal."""

    def __init__(self, source: str = "", where: dict[KeyPath, str] | None = None) -> None:
        self.source, self.where = source, where or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places)

    __hash__ = None  # type: ignore[assignment]

    def of(self, path: KeyPath) -> str:
        """Place of a key, such as ``line 12``, or of the closest table around it; empty when unknown."""
        return next((self.where[path[:k]] for k in range(len(path), 0, -1) if path[:k] in self.where), "")


class Scenario(Table):
    """A study: who takes part, what happens to whom and when, and what is recorded."""

    title: Annotated[str, Field(max_length=300)] = key("", "one line that says what it is")
    study: Study = Study()
    population: Population = Population()
    surroundings: Surroundings = Surroundings()
    parameters: dict[str, float] = key({}, "values of parameters other than the defaults (see `cohort parameters`)")
    groups: dict[str, Text] = key(
        {}, "named expressions over columns of the persons table, such as exposure groups", max_length=100
    )
    scenes: dict[Name, SceneText] = key(..., "what can happen, by name", min_length=1, max_length=1000)
    events: tuple[Event, ...] = key(
        ..., "what happens, when and to whom", min_length=1, max_length=MOST_EVENTS, strict=False
    )
    talk: Talk | None = key(None, "who tells whom")
    interventions: tuple[AnyIntervention, ...] = key((), "what may be given", max_length=100, strict=False)
    instruments: tuple[AnyInstrument, ...] = key((), "what a study sees, and when", max_length=100, strict=False)
    trial: Trial | None = key(None, "who is randomized, and how")
    arms: tuple[Arm, ...] = key((), "what each arm is given", max_length=MOST_ARMS, strict=False)
    outcomes: tuple[Outcome, ...] = key(
        (), "what is compared (default: every instrument at its last assessment)", max_length=100, strict=False
    )
    records: Records = Records()

    _places: Places = PrivateAttr(default_factory=Places)

    @property
    def places(self) -> Places:
        """Where each key stands in the text."""
        return self._places
