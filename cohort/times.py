"""When something happens, as a scenario writes it.

A moment is ``day 10 14:30`` (day 0 is the first; without a clock time, its midnight) or ``+6 h after flood``, ``-30 min
before flood``: counted from the first time that an event of that name happens. A repetition is ``every 7 d x 6 from day
12 10:00``; without a number of times it goes on to ``until MOMENT`` (inclusive), or to the end of the study. Durations
are in ``min``, ``h`` or ``d``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from cohort.errors import InputError

DAY: Final = 1440  # minutes
MOST_DAYS: Final = 36500
UNITS: Final = {"min": 1.0, "h": 60.0, "d": float(DAY)}
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}"  # of an event, a scene or a reminder

_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_ON_DAY = re.compile(r"day ([0-9]{1,6})(?: ([0-9]{1,2}:[0-9]{2}))?")
_RELATIVE = re.compile(rf"([+-]?) ?{_NUMBER} (min|h|d) (after|before) ({NAME})")
_DURATION = re.compile(rf"{_NUMBER} (min|h|d)")
_EVERY = re.compile(rf"(?:every )?{_NUMBER} (min|h|d)(?: x ([0-9]{{1,9}}))?(?: from (.*?))?(?: until (.*))?")

MOMENTS: Final = '"day 3 14:30", "+6 h after EVENT" or "-30 min before EVENT" (min, h or d)'
REPETITIONS: Final = '"every 7 d x 6 from day 12 10:00" or "every 7 d from MOMENT until MOMENT"'
_MOST_LETTERS = 200


@dataclass(frozen=True)
class Moment:
    """So many minutes after the start of the study, or after (below 0: before) the first time of event `anchor`."""

    minutes: int
    anchor: str = ""


@dataclass(frozen=True)
class Repetition:
    """Every `interval` minutes from `first` (None: given elsewhere), `count` times or `until` a moment."""

    interval: int
    count: int | None = None
    first: Moment | None = None
    until: Moment | None = None

    def minutes(self, first: int, last: int) -> range:
        """Minutes of all repetitions from `first`; without a count, up to `last`, inclusive."""
        if self.count is not None:
            return range(first, first + self.count * self.interval, self.interval)
        return range(first, last + 1, self.interval)


def read_duration(text: str) -> int:
    """Minutes of a duration such as ``7 d``, at least 1. Raises InputError."""
    found = _DURATION.fullmatch(_plain(text))
    return _interval(found.group(1), found.group(2), text) if found else _refuse(text, '"90 min", "6 h" or "7 d"')


def read_delay(text: str) -> int:
    """Minutes of a duration as `read_duration`, or 0, as in ``0 h``. Raises InputError."""
    found = _DURATION.fullmatch(_plain(text))
    return 0 if found and float(found.group(1)) == 0.0 else read_duration(text)


def read_clock(text: str) -> int:
    """Minutes since midnight of a time of day such as ``19:00``. Raises InputError."""
    plain = _plain(text)
    if _is_clock(plain):
        hour, minute = plain.split(":")
        return int(hour) * 60 + int(minute)
    return _refuse(text, 'a time of day from "00:00" to "23:59"')


def read_moment(text: str) -> Moment:
    """Read one moment. Raises InputError."""
    plain = _plain(text)
    if found := _ON_DAY.fullmatch(plain):
        clock = found.group(2) or "00:00"
        if int(found.group(1)) <= MOST_DAYS and _is_clock(clock):
            return Moment(int(found.group(1)) * DAY + read_clock(clock))
    elif found := _RELATIVE.fullmatch(plain):
        sign, number, unit, side, anchor = found.groups()
        minutes = round(float(number) * UNITS[unit])
        fits = sign != {"after": "-", "before": "+"}[side]
        if fits and minutes <= MOST_DAYS * DAY:
            return Moment(minutes if side == "after" else -minutes, anchor)
    return _refuse(text, MOMENTS)


def read_repetition(text: str) -> Repetition:
    """Read a repetition, with or without the word ``every`` in front. Raises InputError."""
    found = _EVERY.fullmatch(_plain(text))
    if not found:
        return _refuse(text, REPETITIONS)
    number, unit, count, first, until = found.groups()
    if count is not None and (until is not None or not int(count)):
        return _refuse(text, f"a number of times from 1, or until, not both: {REPETITIONS}")
    return Repetition(
        _interval(number, unit, text),
        int(count) if count is not None else None,
        read_moment(first) if first is not None else None,
        read_moment(until) if until is not None else None,
    )


def read_time(text: str) -> Moment | Repetition:
    """Read a moment or, when it starts with ``every``, a repetition. Raises InputError."""
    return read_repetition(text) if _plain(text).startswith("every") else read_moment(text)


def written(minute: int) -> str:
    """A minute of the study as ``day 10 14:30``."""
    return f"day {minute // DAY} {minute % DAY // 60:02d}:{minute % 60:02d}"


def _plain(text: str) -> str:
    return " ".join(text.split()) if len(text) <= _MOST_LETTERS else ""


def _is_clock(text: str) -> bool:
    found = _CLOCK.fullmatch(text)
    return found is not None and int(found.group(1)) < 24 and int(found.group(2)) < 60


def _interval(number: str, unit: str, text: str) -> int:
    minutes = round(float(number) * UNITS[unit])
    return minutes if 1 <= minutes <= MOST_DAYS * DAY else _refuse(text, f"from 1 min to {MOST_DAYS} d")


def _refuse(text: str, permitted: str) -> NoReturn:
    shown = text if len(text) <= 60 else text[:57] + "..."
    raise InputError(f"{shown!r} is no time that is understood; permitted: {permitted}")
