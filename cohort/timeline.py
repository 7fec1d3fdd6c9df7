"""A timeline of one person, read from TOML: scenes, and when each happens, is recalled or is treated.

Strict: an unknown key, a wrong type or a value out of range is refused, all faults in one message with their lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cohort.errors import InputError, did_you_mean, one_message
from cohort.events import Scene, calendar, cue_of, mask
from cohort.pharmacology import dose_fault, drug_index
from cohort.state import CONTACT, DOSE, EXPERIENCE, RECALL, REMINDER, SLEEP_LOSS, STRESS, TASK
from cohort.toml_lines import KeyPath, line_of, read_toml

MOST_DAYS = 1000

# What each kind of entry takes beside `at`, `kind` and `label`: name -> (default, low, high); None: must be given.
_CUED: dict[str, tuple[float | None, float, float]] = {"cue": (1.0, 0.0, 1.0)}
_AMOUNTS: dict[str, dict[str, tuple[float | None, float, float]]] = {
    "experience": {},
    "reminder": {**_CUED, "safe": (1.0, 0.0, 1.0), "duration": (5.0, 0.0, 480.0)},
    "recall": _CUED,
    "dose": {"mg": (None, 0.0, float("inf"))},
    "task": {"amount": (1.0, 0.0, 1.0)},
    "stress": {"size": (1.0, 0.0, 10.0)},
    "sleep_loss": {"hours": (None, 0.0, 12.0)},
    "contact": {"amount": (1.0, 0.0, 1.0)},
}
_WORDS: dict[str, tuple[str, ...]] = {
    "experience": ("scene",),
    "reminder": ("scene", "context"),
    "recall": ("scene", "goal"),
    "dose": ("drug",),
}
_OPTIONAL = ("context", "goal")
_KINDS = dict(zip(_AMOUNTS, (EXPERIENCE, REMINDER, RECALL, DOSE, TASK, STRESS, SLEEP_LOSS, CONTACT), strict=True))
_SCENE_NUMBERS = ("arousal", "valence", "reward_error", "novelty", "threat", "controllability", "social",
                  "self_relevance", "duration", "safe")  # fmt: skip
_DAY = re.compile(r"day (\d+) (\d{1,2}):(\d{2})")
_AFTER = re.compile(r"\+(\d+(?:\.\d+)?) (min|h|d) after ([\w-]+)")
_MINUTES = {"min": 1.0, "h": 60.0, "d": 1440.0}
_TIMES = 'permitted: "day 3 14:30" or "+90 min after SCENE" (min, h or d)'


@dataclass(frozen=True)
class Entry:
    """One thing that happens: at which minute, of which kind, and how a reader would call it."""

    minute: int
    kind: str
    label: str
    scene: str


@dataclass(frozen=True)
class Timeline:
    """A resolved timeline: `rows` of `state.SCENE` and `calendar` of `state.ENTRY` are what the kernel takes."""

    title: str
    days: int
    scenes: Mapping[str, int]  # name -> episode
    entries: tuple[Entry, ...]
    rows: NDArray[np.void]
    calendar: NDArray[np.void]


def read_timeline(path: str | Path) -> Timeline:
    """Read a timeline. Raises InputError for an unreadable file or with every fault in it."""
    path = Path(path)
    content, lines = read_toml(path, "a timeline in TOML")
    return _Reader(path, content, lines).timeline()


class _Reader:
    """Collects every fault of one file, each with its line."""

    def __init__(self, path: Path, content: dict[str, Any], lines: Mapping[KeyPath, int]) -> None:
        self.path, self.content, self.lines = path, content, lines
        self.faults: list[str] = []

    def fault(self, line: int, complaint: str) -> None:
        self.faults.append(f"line {line}: {complaint}" if line else complaint)

    def line(self, *path: str | int) -> int:
        return line_of(self.lines, path)

    def unknown(self, found: Mapping[str, Any], known: tuple[str, ...], line: Any) -> None:
        for key in found:
            if key not in known:
                self.fault(line(key), f"unknown key '{key}'{did_you_mean(key, known)}; permitted: {', '.join(known)}")

    def number(self, value: object, low: float, high: float, line: int, name: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            self.fault(line, f"{name} = {value!r}; permitted: a number from {low:g} to {high:g}")
            return low
        return float(value)

    def timeline(self) -> Timeline:
        top = self.content
        self.unknown(top, ("title", "days", "scenes", "entries"), self.line)
        title = top.get("title", self.path.stem)
        if not isinstance(title, str):
            self.fault(self.line("title"), f"title = {title!r}; permitted: text")
            title = ""
        days = self.number(top.get("days", 15), 1, MOST_DAYS, self.line("days"), "days")
        if days != int(days):
            self.fault(self.line("days"), f"days = {days}; permitted: a whole number")
        scenes = self.scenes(top.get("scenes", {}))
        entries = top.get("entries", [])
        if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
            self.fault(self.line("entries"), "a timeline needs at least one [[entries]] table")
            entries = []
        episodes = {name: i for i, name in enumerate(scenes)}
        rows = [scene.record() for scene in scenes.values()]
        listed: list[tuple[Entry, tuple[float, int, int, float]]] = []
        first: dict[str, int] = {}
        for place, entry in enumerate(entries):
            made = self.entry(entry, place, episodes, first, rows, int(days))
            if made is not None:
                listed.append(made)
        if self.faults:
            raise InputError(one_message(str(self.path), self.faults))
        listed.sort(key=lambda pair: pair[0].minute)
        return Timeline(
            title, int(days), episodes, tuple(e for e, _ in listed), np.concatenate(rows),
            calendar([row for _, row in listed]),
        )  # fmt: skip

    def scenes(self, found: object) -> dict[str, Scene]:
        out: dict[str, Scene] = {}
        if not isinstance(found, dict) or not found:
            self.fault(self.line("scenes"), "a timeline needs at least one [scenes.NAME] table")
            return out
        known = ("content", "salience", "goal", "items", *_SCENE_NUMBERS)
        for name, given in found.items():
            if not isinstance(given, dict):
                self.fault(self.line("scenes"), f"scenes.{name} must be a table")
                continue
            self.unknown(given, known, lambda key, name=name: self.line("scenes", name, key))
            content = given.get("content", {})
            if not isinstance(content, dict) or not content or not all(isinstance(v, str) for v in content.values()):
                self.fault(
                    self.line("scenes", name, "content"), f"{name}: content names what each element holds, as text"
                )
                continue
            salience = given.get("salience", {})
            pairs_fine = isinstance(salience, dict) and all(
                isinstance(v, list) and len(v) == 2 and all(type(s) in (int, float) for s in v)
                for v in salience.values()
            )
            if not pairs_fine:
                self.fault(
                    self.line("scenes", name, "salience"),
                    f"{name}: salience of an element is two numbers from 0 to 1",
                )
                salience = {}
            wrong = [k for k in (*_SCENE_NUMBERS, "items") if k in given and type(given[k]) not in (int, float)]
            for key in wrong:
                self.fault(self.line("scenes", name, key), f"{name}: {key} = {given[key]!r}; permitted: a number")
            kept = {k: v for k, v in given.items() if k in {f.name for f in fields(Scene)} and k not in wrong}
            kept |= {"content": content, "salience": {k: (v[0], v[1]) for k, v in salience.items()}}
            try:
                out[name] = Scene(episode=len(out), **kept)
            except (InputError, TypeError, ValueError) as fault:
                self.fault(self.line("scenes", name), f"{name}: {fault}")
        return out

    def entry(
        self,
        given: Mapping[str, Any],
        place: int,
        episodes: Mapping[str, int],
        first: dict[str, int],
        rows: list[NDArray[np.void]],
        days: int,
    ) -> tuple[Entry, tuple[float, int, int, float]] | None:
        """Read one entry; a reminder and a recall add a row with their cue. None when it cannot be used."""

        def line(key: str) -> int:
            return self.line("entries", place, key)

        before = len(self.faults)
        kind = given.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            close = did_you_mean(kind, _KINDS) if isinstance(kind, str) else ""
            self.fault(line("kind"), f"kind = {kind!r}{close}; permitted: {', '.join(_KINDS)}")
            return None
        words = _WORDS.get(kind, ())
        self.unknown(given, ("at", "kind", "label", *words, *_AMOUNTS[kind]), line)
        for key in ("label", *words):
            if key in given and not isinstance(given[key], str):
                self.fault(line(key), f"{key} = {given[key]!r}; permitted: text")
            elif key in words and key not in given and key not in _OPTIONAL:
                self.fault(line("kind"), f"a {kind} needs '{key}'")
        amounts: dict[str, float] = {}
        for key, (default, low, high) in _AMOUNTS[kind].items():
            if key not in given and default is None:
                self.fault(line("kind"), f"a {kind} needs '{key}'")
            elif kind != "dose":
                amounts[key] = self.number(given.get(key, default), low, high, line(key), key)
        scene = given.get("scene", "")
        if "scene" in words and isinstance(scene, str) and "scene" in given and scene not in episodes:
            self.fault(line("scene"), f"unknown scene '{scene}'{did_you_mean(scene, episodes)}")
        if kind == "dose" and isinstance(given.get("drug"), str) and "mg" in given:
            wrong = dose_fault(given["drug"], given["mg"])
            if wrong:
                self.fault(line("mg"), wrong)
        minute = self.minute(given.get("at"), first, line("at"), days)
        if len(self.faults) > before:
            return None
        if kind == "experience":
            first.setdefault(scene, minute)
        index, amount, label = self.resolved(kind, given, amounts, episodes, rows)
        return (
            Entry(minute, kind, given.get("label", label), scene),
            (minute / 60.0, _KINDS[kind], index, amount),
        )

    def resolved(
        self,
        kind: str,
        given: Mapping[str, Any],
        amounts: Mapping[str, float],
        episodes: Mapping[str, int],
        rows: list[NDArray[np.void]],
    ) -> tuple[int, float, str]:
        """Index, amount and plain label of an entry for the kernel."""
        if kind == "experience":
            return episodes[given["scene"]], 1.0, given["scene"]
        if kind in ("reminder", "recall"):
            row = rows[episodes[given["scene"]]]
            appraisal = {k: v for k, v in amounts.items() if k != "cue"}
            cue = cue_of(row, amounts["cue"], **appraisal)
            if "context" in given:
                cue["features"][0, 0] = mask(f"context:{given['context']}")
            if "goal" in given:
                cue["goal"] = mask(f"narrative:{given['goal']}")
            rows.append(cue)
            return len(rows) - 1, float(kind == "recall"), f"{kind} of {given['scene']}"
        if kind == "dose":
            return drug_index(given["drug"]), float(given["mg"]), f"{given['drug']} {given['mg']:g} mg"
        return 0, next(iter(amounts.values())), kind.replace("_", " ")

    def minute(self, at: object, first: Mapping[str, int], line: int, days: int) -> int:
        """Minute of the study that `at` names; scenes must have happened above to be counted from."""
        minute = -1
        if isinstance(at, str) and (found := _DAY.fullmatch(at.strip())):
            day, hour, rest = (int(g) for g in found.groups())
            if hour < 24 and rest < 60:
                minute = day * 1440 + hour * 60 + rest
        elif isinstance(at, str) and (found := _AFTER.fullmatch(at.strip())):
            scene = found.group(3)
            if scene not in first:
                self.fault(line, f"at = {at!r}: '{scene}' has not happened above{did_you_mean(scene, first)}")
                return 0
            minute = first[scene] + round(float(found.group(1)) * _MINUTES[found.group(2)])
        if minute < 0:
            self.fault(line, f"at = {at!r}; {_TIMES}")
        elif minute >= days * 1440:
            self.fault(line, f"at = {at!r} is after the end; permitted: within the {days} days of the timeline")
        return minute
