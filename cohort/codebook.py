"""The codebook: every table that a run writes, each column with dtype, unit, permitted range and meaning.

A missing value is null. `tables` resolves the columns and names that depend on the scenario. A number outside its
range is refused when it is written, so the ranges given here hold in every file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.columns import Column, Layout
from cohort.errors import InputError, one_message
from cohort.genome import ANCESTRIES, FAMILIES
from cohort.state import INTRUSION, PLACES, RECALL, REMINDER, TRAIT_COLUMNS
from cohort.traits import OLDEST, SEXES, YOUNGEST

EVENT_KINDS = ("experience", "reminder", "media", "recall", "dose", "task", "stress", "sleep_loss", "contact", "talk")
RECALL_KINDS = ("reminder", "recall", "talk")
MOST_PERSONS = 2**40 - 1
MOST_ACE = 10
NOTHING = "null when nothing was recalled"
NO_TRACE = "null when the person holds no trace of it"

_PROJECTIONS = {
    "elements": "hippocampal elements (mean of eight parts)",
    "binding": "hippocampal binding between the elements",
    "affect": "hippocampus to amygdala",
    "extinction": "vmPFC onto amygdala",
    "reward": "towards the accumbens",
}


def _person(name: str = "person", meaning: str = "the person's id") -> Column:
    return Column(name, "int64", "1", meaning, 0, MOST_PERSONS)


def _minute() -> Column:
    return Column("minute", "int32", "min", "minute since the study began", 0, 2**31 - 1)


def _share(name: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, "float32", "1", meaning, 0.0, 1.0, missing)


def _amount(name: str, unit: str, meaning: str, *, missing: bool = False) -> Column:
    return Column(name, "float32", unit, meaning, 0.0, missing=missing)


def _place(name: str, meaning: str) -> Column:
    return Column(name, "float32", "km", f"{meaning}; null in a study without places", missing=True)


def _count(name: str, meaning: str, high: float = 2**31 - 1) -> Column:
    return Column(name, "int32", "1", meaning, 0, high)


def _name(name: str, meaning: str, names: Sequence[str], *, missing: bool = False) -> Column:
    return Column(name, "name", "", meaning, missing=missing, names=tuple(names))


def _persons(groups: Sequence[str], variants: Sequence[str], scores: Sequence[str]) -> tuple[Column, ...]:
    return (
        _person("id", "the person's id, which keys every draw; `person` in the other tables"),
        Column("participant", "text", "", "id in the file of real participants; null when drawn", missing=True),
        Column("household", "int64", "1", "household; a person alone is a household of one", 0, MOST_PERSONS),
        _place("x", "east of the centre"),
        _place("y", "north of the centre"),
        Column("distance", "float32", "km", "from the centre; null in a study without places", 0.0, missing=True),
        Column("family", "int64", "1", "family: twins and siblings share it", 0, MOST_PERSONS),
        _name("zygosity", "what the members of the family are to each other", FAMILIES),
        _name("ancestry", "ancestry group, which sets allele frequencies", ANCESTRIES),
        _name("sex", "sex", SEXES),
        Column("age", "float32", "y", "age at the start", YOUNGEST, OLDEST),
        _count("ace", "kinds of adverse childhood experience", MOST_ACE),
        _amount("adversity", "1", "dose of early adversity, mean over the set points"),
        *(Column(group, "bool", "", f"in the exposure group '{group}'") for group in groups),
        *(
            Column(trait, "float32", "median person", f"trait: {trait.replace('_', ' ')}", 0.0)
            for trait in TRAIT_COLUMNS
        ),
        *(Column(v, "float32", "alleles", f"counted alleles of {v}", 0.0, 2.0) for v in variants),
        *(Column(s, "float32", "SD", f"polygenic score of {s.partition('_')[2].replace('_', ' ')}") for s in scores),
    )


def _memories(episodes: Sequence[str]) -> tuple[Column, ...]:
    return (
        _person(),
        _name("episode", "what is remembered", episodes),
        Column("encoded", "int32", "min", "minute of encoding, below 0 before the study", -(2**31), 2**31 - 1),
        *(
            _share(f"{projection}_{phase}", f"{phase} phase of the strength: {meaning}")
            for projection, meaning in _PROJECTIONS.items()
            for phase in ("early", "late")
        ),
        _share("cortex", "cortical strength of the elements"),
        _share("cortex_binding", "cortical binding"),
        _share("charge", "felt distress that the memory carries"),
        _share("arousal", "arousal at encoding"),
        _share("fidelity_central", "agreement of the central content with the event as it was"),
        _share("fidelity_peripheral", "agreement of the peripheral content with the event as it was"),
        _share("labile", "share of the trace that is labile"),
        _share("recall", "probability of voluntary recall under the full cue"),
        _share("vividness", "felt vividness when recalled under the full cue"),
        _share("accuracy", "agreement of what comes back under the full cue with the event as it was"),
        _share("fragmentation", "1 - (largest set of elements that hang together) / 4, under the full cue"),
    )


def _measures() -> tuple[Column, ...]:
    return (
        _person(),
        _minute(),
        _count("day", "whole days since the study began"),
        _count("intrusions", "intrusions since the last measure"),
        _amount("distress", "1", "distress of these intrusions, summed"),
        _amount("load", "1", "allostatic load, fast and slow"),
        _share("avoidance", "share of cue encounters that the person evades"),
        _amount("control", "1", "prefrontal control at the moment"),
        _count("live", "memories that are held"),
        _share("recall", f"focus episode: probability of recall under the full cue; {NO_TRACE}", missing=True),
        _share("vividness", f"focus episode: vividness under the full cue; {NO_TRACE}", missing=True),
        _share("accuracy", f"focus episode: accuracy under the full cue; {NO_TRACE}", missing=True),
        _share("fragmentation", f"focus episode: fragmentation under the full cue; {NO_TRACE}", missing=True),
        _share("charge", f"focus episode: felt distress that it carries; {NO_TRACE}", missing=True),
    )


def _cued() -> Iterator[Column]:
    """What an intrusion came upon: an everyday cue, which shares features with the memory by chance, or a reminder."""
    yield _count(
        "cue",
        "which of the day's cues, from 0, or reminders, from 32,768; met or not, they are the same in every arm",
        2**16 - 1,
    )
    yield _share("cue_match", "share of the memory's sensory features that the cue shows")
    yield _name("place", "where it was met: familiar surroundings, elsewhere, or a reminder of the scenario", PLACES)


def _felt(episodes: Sequence[str], missing: bool) -> Iterator[Column]:
    when = f"; {NOTHING}" if missing else ""
    yield _name("episode", f"the memory that came{when}", episodes, missing=missing)
    yield _share("probability", "probability with which the model let it come")
    for name, meaning in (
        ("vividness", "felt vividness"),
        ("accuracy", "agreement of what came with the event as it was"),
        ("confidence", "felt confidence"),
        ("fragmentation", "1 - (largest set of elements that hang together) / 4"),
        ("distress", "felt distress"),
    ):
        yield _share(name, f"{meaning}{when}", missing=missing)


def _arm(names: Sequence[str]) -> Column:
    return _name("arm", "arm under which everybody lives; null before the arms part, which holds for all", names,
                 missing=True)  # fmt: skip


def _study(arms: Sequence[str], interventions: Sequence[str], instruments: Sequence[str]) -> Iterator[Layout]:
    """Tables of what a study does: each only where there is something to write."""
    if arms:
        yield Layout(
            "allocation",
            "who was randomized, a row a person",
            ("person",),
            (
                _person(),
                Column("eligible", "bool", "", "may take part"),
                _name("arm", "arm allotted; null when not randomized", arms, missing=True),
                Column("stratum", "int32", "1", "stratum; null when not randomized", 0, 2**20, missing=True),
                Column("block", "int32", "1", "block; null when there are none", 0, 2**31 - 1, missing=True),
                Column("lost", "int32", "min", "first assessment missed for good; null when none was", 0, 2**31 - 1,
                       missing=True),
            ),
        )  # fmt: skip
    if instruments:
        yield Layout(
            "scores",
            "what instruments read, a row a person, instrument and assessment",
            ("person", "minute", "instrument"),
            (
                _person(),
                _minute(),
                _name("instrument", "the instrument", instruments),
                Column("state", "float32", "scale", "what would be read without error; null where it is undefined",
                       missing=True),
                Column("score", "float32", "scale", "what was read; null where it is missing or undefined",
                       missing=True),
            ),
        )  # fmt: skip
    if interventions:
        yield Layout(
            "sessions",
            "every session that was due",
            ("person", "minute", "intervention", "session"),
            (
                _person(),
                _minute(),
                _name("intervention", "the intervention", interventions),
                _count("session", "number of the session, from 1"),
                Column("attended", "bool", "", "whether it took place"),
            ),
        )


ONCE = ("persons", "allocation")  # tables that are the same under every arm


def observed_name(table: str) -> str:
    """Name of a table of the trial as it is seen, where that is a world of its own."""
    return f"observed/{table}"


def with_arms(layouts: Mapping[str, Layout], arms: Sequence[str], *, observed: bool) -> dict[str, Layout]:
    """Tables of a trial: those that depend on it say the arm; and, `observed`, those of the trial as it is seen."""
    if not arms:
        return dict(layouts)
    out = {}
    for name, layout in layouts.items():
        again = name not in ONCE
        out[name] = (
            Layout(name, layout.meaning, ("arm", *layout.key), (_arm(arms), *layout.columns)) if again else layout
        )
        if again and observed:
            out[observed_name(name)] = layout
    return out


def tables(
    *,
    episodes: Sequence[str] = (),
    events: Sequence[str] = (),
    scenes: Sequence[str] = (),
    drugs: Sequence[str] = (),
    groups: Sequence[str] = (),
    variants: Sequence[str] = (),
    scores: Sequence[str] = (),
    arms: Sequence[str] = (),
    interventions: Sequence[str] = (),
    instruments: Sequence[str] = (),
) -> dict[str, Layout]:
    """The tables of one study by name.

    `episodes`, `events`, `scenes` and `drugs` are the names that a column of that name may hold; integer values
    written to it are positions in them. `groups` are the exposure groups, a flag each; `variants` the named variants
    and `scores` the polygenic scores asked for. Raises InputError when one of them takes the name of another column.
    """
    fixed = [column.name for column in _persons((), (), ())]
    asked = [*groups, *variants, *scores]
    faults = [
        f"'{name}' is the name of another column of the table persons; choose another name"
        for k, name in enumerate(asked)
        if name in fixed or name in asked[:k]
    ]
    if faults:
        raise InputError(one_message("exposure groups and variants", faults))
    event = _name("event", "the scenario's event; null for talk", events, missing=True)
    layouts = (
        Layout("persons", "who took part, a row a person", ("id",), _persons(groups, variants, scores)),
        Layout(
            "exposures",
            "what reached whom, a row a person and event",
            ("person", "minute", "event", "kind", "scene"),
            (
                _person(),
                _minute(),
                event,
                _name("kind", "kind of the event", EVENT_KINDS),
                _name("scene", "what was experienced; null for an event without a scene", scenes, missing=True),
                _amount("dose", "1", "dose of the exposure; 1 is the scene as described"),
            ),
        ),
        Layout(
            "memories",
            "memories held at the end, a row a person and memory",
            ("person", "episode", "encoded"),
            _memories(episodes),
        ),
        Layout("measures", "the course, a row a person and moment of assessment", ("person", "minute"), _measures()),
        Layout(
            "intrusions",
            "every intrusion",
            ("person", "minute", "episode"),
            (_person(), _minute(), *_felt(episodes, missing=False), *_cued()),
        ),
        Layout(
            "recalls",
            "every reminder met, voluntary attempt and disclosure, with what came back",
            ("person", "minute", "kind", "episode"),
            (
                _person(),
                _minute(),
                _name("kind", "what led to it", RECALL_KINDS),
                _name("asked", "what it was about", episodes),
                *_felt(episodes, missing=True),
            ),
        ),
        Layout(
            "doses",
            "every dose taken",
            ("person", "minute", "drug"),
            (_person(), _minute(), _name("drug", "the drug", drugs), _amount("mg", "mg", "oral dose")),
        ),
        Layout(
            "talks",
            "every disclosure, a row a listener",
            ("teller", "listener", "minute", "episode"),
            (
                _person("teller", "id of the person who tells"),
                _person("listener", "id of the person who listens"),
                _minute(),
                _name("episode", "what is told", episodes),
                _share("distress", f"the teller's distress; {NOTHING}", missing=True),
                _share("support", "support that the teller receives"),
            ),
        ),
    )
    study = _study(arms, interventions, instruments)
    return {layout.name: layout for layout in (*layouts, *study)}


def intrusion_rows(log: NDArray[np.void]) -> dict[str, NDArray[Any]]:
    """Columns of the table intrusions from a log (`state.LOG`): its rows of kind `INTRUSION`."""
    mine = log[log["kind"] == INTRUSION]
    return {name: mine[name] for name in mine.dtype.names or () if name not in ("kind", "asked")}


def recall_rows(log: NDArray[np.void], kinds: Mapping[int, str] | None = None) -> dict[str, NDArray[Any]]:
    """Columns of the table recalls from a log (`state.LOG`).

    `kinds` names the log's kinds that are recalls (by default reminders and voluntary recalls), each one of
    `RECALL_KINDS`. Where nothing was recalled, what would have been felt is missing.
    """
    named = {REMINDER: "reminder", RECALL: "recall"} if kinds is None else kinds
    mine = log[np.isin(log["kind"], list(named))]
    places = np.full(max(named, default=0) + 1, -1)
    for kind, name in named.items():
        places[kind] = RECALL_KINDS.index(name)
    nothing = mine["episode"] < 0
    felt = ("vividness", "accuracy", "confidence", "fragmentation", "distress")
    return {
        **{name: mine[name] for name in ("person", "minute", "asked", "episode", "probability")},
        "kind": places[mine["kind"]],
        **{name: np.where(nothing, np.nan, mine[name]) for name in felt},
    }
