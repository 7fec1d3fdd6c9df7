"""What a night without sleep costs: memories of the evening before are held back less well."""

from __future__ import annotations

from pathlib import Path

from cohort.findings.arms import readings
from cohort.findings.estimate import mean
from cohort.run import run
from cohort.run_data import RunData
from cohort.scenario import load

CUES = 200 / 7 / 16 * 4  # of a morning: 200 a week, spread over waking hours

MORNING = """
title = "Cues of a film, the morning after a night with or without sleep"

[study]
persons = 1500
days = 2

[population]
age = [18, 30]

[scenes.film]
content = { context = "laboratory", sensory = "wounds", narrative = "people hurt", affective = "disgust" }
duration = 10
arousal = 0.6
valence = -0.6
novelty = 0.5
threat = 0.45

[[events]]
name = "film"
kind = "experience"
scene = "film"
every = "15 min x 3 from day 0 20:00"

[surroundings]
cue_rate = 0

[[surroundings.reminders]]
name = "faces"
scene = "film"
per_week = 200
cue = 0.1
from = "day 1 08:00"
until = "day 1 12:00"

[[interventions]]
name = "awake"
kind = "sleep"
night = "deprived"
hours = 9
at = "day 0 22:00"

[[instruments]]
name = "came"
kind = "intrusion-diary"
at = ["day 1 07:59", "day 1 12:00"]

[trial]
at = "day 0 12:00"

[[arms]]
name = "asleep"

[[arms]]
name = "awake"
interventions = ["awake"]

[records]
measures = "1 d"
focus = "film"
intrusions = false
"""


def test_a_night_without_sleep_lets_half_as_many_memories_again_through(tmp_path: Path) -> None:
    """Harrington et al. 2021, 10.1177/2167702620951511: nearly half as many again, where rested people let a third
    through."""
    told = tmp_path / "morning.toml"
    told.write_text(MORNING, "utf-8")
    lived = RunData(run(load(told, []), tmp_path / "run", threads=1).out)
    asleep, awake = (mean(x) for x in readings(lived, "came", ("asleep", -1), ("awake", -1)))
    print(f"\nrested {asleep / CUES:.3f} of the cues, awake {awake / asleep:.2f} times as many")
    assert 0.25 < asleep / CUES < 0.4
    assert 1.35 < awake / asleep < 1.65
