"""Weekly counts whose classes are known, and studies that give an analysis little to work with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.study import DAY, WEEK, Frames, Study

WEEKS = 52
_TIME = np.arange(WEEKS)
FOUR = np.array(
    [np.full(WEEKS, 0.3), 0.1 + 10.0 * np.exp(-_TIME / 6.0), 0.3 + 7.0 * _TIME / WEEKS, np.full(WEEKS, 9.0)]
)  # intrusions a week: resilient, recovering, delayed, chronic
SHARES = np.array([0.45, 0.25, 0.12, 0.18])
ONE = 4.0 * np.exp(-_TIME / 30.0)[None, :]


def counts(
    rng: np.random.Generator, persons: int, shapes: NDArray[Any] = FOUR, shares: NDArray[Any] = SHARES
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Poisson counts (persons, weeks) around each person's own multiple of a class's mean, and the classes."""
    classes = rng.choice(len(shapes), persons, p=shares)
    own = np.exp(rng.normal(0.0, 0.25, persons))
    return rng.poisson(shapes[classes] * own[:, None]), classes


def study(weekly: NDArray[np.int64], **more: pd.DataFrame) -> Study:
    """A study in which everybody has the weekly counts after minute 0, with an age and a sex."""
    persons, weeks = weekly.shape
    person, week = np.nonzero(weekly)
    times = weekly[person, week]
    minute = np.repeat(week * WEEK * DAY, times) + np.concatenate([np.arange(n) for n in times] or [[]]).astype(int)
    came = pd.DataFrame({"person": np.repeat(person, times), "minute": minute, "episode": "event"})
    people = pd.DataFrame({"id": np.arange(persons), "age": 20 + np.arange(persons) % 50, "sex": "female"})
    happened = pd.DataFrame(
        {"person": np.arange(persons), "minute": 0, "dose": 1.0, "scene": "event", "kind": "experience"}
    )
    frames = {"persons": people, "intrusions": came, "exposures": happened, **more}
    return Study(Frames(frames), days=weeks * WEEK, focus="event")
