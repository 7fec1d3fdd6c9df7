"""Moments and repetitions: known answers, and what is refused."""

from __future__ import annotations

import pytest

from cohort.errors import InputError
from cohort.times import (
    DAY,
    Moment,
    Repetition,
    read_clock,
    read_duration,
    read_moment,
    read_repetition,
    read_time,
    written,
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("day 10 14:30", Moment(10 * DAY + 870)),
        ("day 0 00:00", Moment(0)),
        ("day 120", Moment(120 * DAY)),
        ("  day  3   9:05 ", Moment(3 * DAY + 545)),
        ("+6 h after flood", Moment(360, "flood")),
        ("6 h after flood", Moment(360, "flood")),
        ("+1.5 d after list-20min", Moment(2160, "list-20min")),
        ("-30 min before flood", Moment(-30, "flood")),
        ("30 min before flood", Moment(-30, "flood")),
    ],
)
def test_a_moment_is_read(text: str, moment: Moment) -> None:
    assert read_moment(text) == moment
    assert read_time(text) == moment


@pytest.mark.parametrize(
    ("text", "repetition"),
    [
        ("every 7 d x 6 from day 12 10:00", Repetition(7 * DAY, 6, Moment(12 * DAY + 600))),
        ("7 d x 6", Repetition(7 * DAY, 6)),
        ("every 90 min from +1 d after flood until day 9", Repetition(90, None, Moment(DAY, "flood"), Moment(9 * DAY))),
        ("1 d", Repetition(DAY)),
        ("1 d until +3 d after it", Repetition(DAY, until=Moment(3 * DAY, "it"))),
    ],
)
def test_a_repetition_is_read(text: str, repetition: Repetition) -> None:
    assert read_repetition(text) == repetition


def test_minutes_of_a_repetition() -> None:
    assert list(read_repetition("7 d x 3").minutes(600, 0)) == [600, 600 + 7 * DAY, 600 + 14 * DAY]
    assert list(read_repetition("1 d").minutes(10, 10 + 2 * DAY)) == [10, 10 + DAY, 10 + 2 * DAY]
    assert list(read_repetition("1 d").minutes(10, 9)) == []


def test_durations_clock_times_and_how_a_minute_is_written() -> None:
    assert [read_duration(t) for t in ("7 d", "6 h", "90 min", "0.5 h")] == [7 * DAY, 360, 90, 30]
    assert read_clock("19:05") == 1145
    assert written(read_moment("day 10 04:09").minutes) == "day 10 04:09"


@pytest.mark.parametrize(
    "text",
    ["", "day", "day -1 10:00", "day 3 24:00", "day 3 10:60", "day 36501", "+6 h after", "-6 h after flood",
     "+6 h before flood", "6 hours after flood", "+6h after flood", "now", "day ٣ 10:00", "+1e3 h after flood",
     "day 3 10:00" + " " * 300 + "x", "9999999999 d after flood", "99999999 d after flood", "every 1 d"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="permitted"):
        read_moment(text)


@pytest.mark.parametrize(
    "text", ["", "7", "0 d", "7 d x 0", "7 d x -1", "7 d x 2 until day 9", "0.1 min", "d x 3", "7 d from noon"]
)
def test_what_is_no_repetition_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="permitted"):
        read_repetition(text)


def test_the_whole_text_stands_in_the_message() -> None:
    with pytest.raises(InputError, match=r"'day 3 25:00' is no time"):
        read_moment("day 3 25:00")
