"""How large the heavy checks are: each as continuous integration runs it, and at full size (`pytest -m slow`).

Seconds are of user CPU time on an AMD EPYC of two cores, the kernel being compiled, with 2.5 s for the start of pytest.
"""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Persons, days, and how often: what is repeated is said at each row."""

    persons: int
    days: int
    times: int = 1


# The run that is repeated, killed and cut short in most tests of runs: everything that may go astray is in it.
LIVED = Size(persons=60, days=20)  # .4 s by itself

# A run is killed (SIGKILL) at random moments, keyed by a seed, and resumed; times: kills.
KILLED = Size(*LIVED[:2], times=5)  # 13 s: five runs, each killed once and resumed
KILLED_OFTEN = Size(*LIVED[:2], times=40)  # slow; eight times as many
KILLED_FULL = Size(persons=10_000, days=365, times=5)  # 48 s, slow: one run, killed five times on its way

# The same tables with 1 and 2 workers, chunks of persons, hash seeds.
CHUNKS = (7, 25)  # of LIVED: several chunks, the last one cut short; 4 s
CHUNKS_FULL = (1_000, 10_000)
DETERMINISM_FULL = Size(persons=25_000, days=30)  # 50 s, slow: five runs

# Memory and time of large cohorts.
SMALL_COHORT = Size(persons=2_000, days=1)  # 3 s: bytes a person, counted, agents included
MILLION = Size(persons=1_000_000, days=30)  # 370 s, slow
LINEAR = Size(persons=10_000, days=30)  # the same and ten times as many, per person and day, against MILLION

# Shipped scenarios with letters, values, keys and lines damaged; times: scenarios.
DAMAGED = Size(0, 0, times=200)  # 3 s
DAMAGED_FULL = Size(0, 0, times=2_000)  # 12 s, slow

# Replicates beside each other, each compared with a single run of its seed.
REPLICATES = Size(persons=40, days=8, times=3)  # 7 s
