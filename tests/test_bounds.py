"""What the bounds of a day to come leave out would have brought nothing back: the same intrusions without them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from cohort.engram import kernel
from cohort.events import Scene, calendar, scene_table
from cohort.parameters import Parameters
from cohort.population import Population
from cohort.state import ELEMENTS, EVERYDAY, EXPERIENCE, INTRUSION, REMINDED, REMINDER
from cohort.traits import draw_traits, trait_array

DAYS, PERSONS = 12, 4


def intrusions(how: str) -> list[list[float]]:
    """Person, minute, memory, place and probability of what came to mind, lived by uncompiled code."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), how], env=environment, capture_output=True, text=True, check=True
    )
    found: list[list[float]] = json.loads(done.stdout)
    return found


def main(how: str) -> None:
    if how == "without":
        kernel.outlook = lambda one, world, minute: (-1, 1.0)
    elif how == "too low":
        ceiling = kernel.ceiling
        kernel.ceiling = lambda *given: 0.2 * ceiling(*given)
    scenes = scene_table(
        [
            Scene(0, dict.fromkeys(ELEMENTS, "flood"), arousal=1.0, threat=1.0, valence=-1.0, controllability=0.0),
            Scene(1, dict.fromkeys(ELEMENTS, "form"), arousal=0.3),
        ]
    )
    reminders = [(24.0 * day + hour, REMINDER, 0, EVERYDAY) for day in range(1, DAYS) for hour in (9.5, 13.25, 20.0)]
    population = Population(trait_array(draw_traits(PERSONS, 5, Parameters())), 5, scenes)
    with np.errstate(all="ignore"):
        entries = calendar([(10.0, EXPERIENCE, 0, 1.0), (11.5, EXPERIENCE, 1, 1.0), *reminders])
        log = population.live(entries, DAYS * 1440, 1)
    rows = log[log["kind"] == INTRUSION]
    json.dump([[float(row[name]) for name in ("person", "minute", "episode", "place", "probability")] for row in rows],
        sys.stdout)  # fmt: skip


def test_the_bounds_leave_out_no_intrusion() -> None:
    exact, bounded = intrusions("without"), intrusions("with")
    places = [place for _, _, _, place, _ in exact]
    assert places.count(REMINDED) > 10 < len(places) - places.count(REMINDED)  # there is something to be lost
    assert [row[:4] for row in bounded] == [row[:4] for row in exact]
    # Where an interval is cut differs, so the last digits do.
    np.testing.assert_allclose([row[4] for row in bounded], [row[4] for row in exact], rtol=1e-6)
    assert len(intrusions("too low")) < len(exact)  # so a bound that is too low is seen


if __name__ == "__main__":
    main(sys.argv[1])
