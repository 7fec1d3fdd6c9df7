"""How one scenario starts and what it brings, as a reader of the description meets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cohort.describe import MOST_ROWS
from cohort.language import SceneText
from cohort.odd.markdown import code, number, table


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(inner) for inner in value)
    return number(value) if isinstance(value, float) else str(value)


def start(told: dict[str, Any]) -> str:
    """Who takes part in a scenario, from `describe.description`."""
    study = told["study"]
    said = (
        f"### In the scenario `{study['name']}`\n\n{told['title'] or 'A study'}: "
        f"{study['persons']:,} simulated persons, {study['days']} days from {study['start']}, seed {study['seed']}."
    )
    drawn = table(
        ("population", "as given"),
        ((code(key), _plain(value)) for key, value in told["population"].items() if value not in ({}, [], None)),
    )
    groups = table(("group", "who"), ((code(name), code(who)) for name, who in told["groups"].items()))
    values = ", ".join(f"`{name}` = {number(value)}" for name, value in told["parameters"].items())
    moved = f"Parameters set by it: {values}." if values else ""
    return "\n\n".join(part for part in (said, drawn, groups, moved) if part)


def _scenes(scenes: Mapping[str, SceneText]) -> str:
    """What each scene holds, and its appraisal where it says something of its own."""
    rows = []
    for name, scene in scenes.items():
        said = scene.model_dump(exclude_defaults=True)
        content = "; ".join(f"{element}: {what}" for element, what in said.pop("content").items())
        rows.append(
            (name, content, "; ".join(f"{key} {_plain(value)}".replace("_", " ") for key, value in said.items()))
        )
    return table(("scene", "content", "appraisal, as far as it departs from the defaults"), rows)


def input_data(told: dict[str, Any], scenes: Mapping[str, SceneText]) -> str:
    """What a scenario brings: scenes, calendar, surroundings, talk, what is given, read and compared."""
    parts = [f"### In the scenario `{told['study']['name']}`", _scenes(scenes)]
    calendar = told["calendar"]
    rows = []
    for row in calendar[:MOST_ROWS]:
        who = row["who"] if row["share"] == 1.0 else f"{row['share']:.0%} of {row['who']}"
        what = f"{row['kind']} {row['what']}".replace("_", " ").strip()
        rows.append((row["at"], row["name"], what, row["amount"], who))
    parts.append(table(("at", "event", "what", "amount", "who"), rows))
    if len(calendar) > MOST_ROWS:
        parts.append(f"And {len(calendar) - MOST_ROWS} more.")
    around = told["surroundings"]
    parts.append(f"Everyday cues come at {number(around['cue_rate'])} times everybody's own rate.")
    parts.append(
        table(
            ("reminders", "of", "a week", "first", "last"),
            ((r["name"], r["scene"], number(r["per_week"]), r["first"], r["last"]) for r in around["reminders"]),
        )
    )
    if talk := told["talk"]:
        parts.append(
            f"Talk about {', '.join(talk['about'])}: {talk['rounds']} rounds from {talk['first']} to {talk['last']}, "
            f"rate {number(talk['rate'])}, support {number(talk['support'])}, dose {number(talk['dose'])}."
        )
    parts += _trial(told["trial"])
    records = told["records"]
    every = "Every intrusion is recorded, and measures" if records["intrusions"] else "Measures are recorded"
    parts.append(f"{every} every {records['measures']}; they speak of the memory of `{records['focus']}`.")
    return "\n\n".join(part for part in parts if part)


def _trial(trial: dict[str, Any]) -> list[str]:
    out = [
        table(
            ("intervention", "kind", "sessions", "begins", "for"),
            ((r["name"], code(r["kind"]), r["sessions"], r["begins"], r["who"]) for r in trial["interventions"]),
        ),
        table(
            ("instrument", "kind", "of", "assessments", "first", "last"),
            (
                (r["name"], code(r["kind"]), r["scene"], r["assessments"], r["first"] or "", r["last"] or "")
                for r in trial["instruments"]
            ),
        ),
    ]
    if "arms" in trial:
        out.append(f"Randomized ({trial['allocation']}) at {trial['randomized']}: {trial['who']}.")
        out.append(
            table(
                ("arm", "ratio", "given"),
                (
                    (
                        arm["name"] + (" (reference)" if arm["name"] == trial["reference"] else ""),
                        arm["ratio"],
                        "; ".join(arm["given"]) or "nothing",
                    )
                    for arm in trial["arms"]
                ),
            )
        )
        out.append(
            table(("outcome", "instrument", "at"), ((o["name"], o["instrument"], o["at"]) for o in trial["outcomes"]))
        )
    return out
