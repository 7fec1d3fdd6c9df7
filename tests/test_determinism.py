"""Same seed, same bytes: whatever the threads, the order of persons, the blocks and the hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import cohort.population
from cohort.events import Scene, calendar, scene_table
from cohort.parameters import Parameters
from cohort.pharmacology import drug_index
from cohort.population import Population
from cohort.state import DOSE, ELEMENTS, EXPERIENCE, RECALL, REMINDER, SLEEP_LOSS, STRESS, TASK
from cohort.traits import draw_traits, trait_array

N = 600  # three blocks
ENTRIES = [
    (10.0, EXPERIENCE, 0, 1.0), (11.5, EXPERIENCE, 1, 1.0), (40.0, DOSE, drug_index("propranolol"), 80.0),
    (41.0, REMINDER, 0, 0.0), (50.0, TASK, 0, 1.0), (60.0, STRESS, 0, 1.0), (61.0, SLEEP_LOSS, 0, 4.0),
    (90.0, RECALL, 1, 1.0),
]  # fmt: skip


def lived(order: NDArray[np.int64], threads: int = 1, days: int = 12) -> tuple[dict[str, NDArray[np.generic]], bytes]:
    """Persons in an order, with their state sorted by id again; and the log as bytes."""
    scenes = scene_table(
        [
            Scene(0, dict.fromkeys(ELEMENTS, "flood"), arousal=0.9, threat=0.9, valence=-0.9, controllability=0.1),
            Scene(1, dict.fromkeys(ELEMENTS, "form"), arousal=0.2),
        ]
    )
    traits = trait_array(draw_traits(N, 3, Parameters()))
    population = Population(traits[order], 3, scenes, ids=order)
    log = population.live(calendar(ENTRIES), days * 1440, threads)
    back = np.argsort(order)
    state = {k: getattr(population, k)[back] for k in ("persons", "memories", "units", "features")}
    ordered = np.ascontiguousarray(log[np.lexsort((log["minute"], log["person"]))])
    assert len(log) > N  # something happened
    return state, ordered.tobytes()


@pytest.fixture(scope="module")
def once() -> tuple[dict[str, NDArray[np.generic]], bytes]:
    return lived(np.arange(N))


def same(a: tuple[dict[str, NDArray[np.generic]], bytes], b: tuple[dict[str, NDArray[np.generic]], bytes]) -> bool:
    return a[1] == b[1] and all(a[0][k].tobytes() == b[0][k].tobytes() for k in a[0])


def test_two_threads(once: tuple[dict[str, NDArray[np.generic]], bytes]) -> None:
    assert same(lived(np.arange(N), 2), once)


def test_shuffled_persons(once: tuple[dict[str, NDArray[np.generic]], bytes]) -> None:
    assert same(lived(np.random.default_rng(5).permutation(N), 2), once)


@pytest.mark.parametrize(("block", "rows"), [(7, 4), (1000, 1)])
def test_blocks_and_length_of_the_log(
    once: tuple[dict[str, NDArray[np.generic]], bytes], monkeypatch: pytest.MonkeyPatch, block: int, rows: int
) -> None:
    monkeypatch.setattr(cohort.population, "BLOCK", block)
    monkeypatch.setattr(cohort.population, "ROWS", rows)
    assert same(lived(np.arange(N)), once)


def test_another_process_and_hash_seed(once: tuple[dict[str, NDArray[np.generic]], bytes]) -> None:
    code = "import test_determinism as t, numpy as n; print(t.blake2b(t.lived(n.arange(t.N))[1]).hexdigest())"
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join((str(here), str(here.parent)))}
    told = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == blake2b(once[1]).hexdigest()


def test_another_seed_differs(once: tuple[dict[str, NDArray[np.generic]], bytes]) -> None:
    shorter = lived(np.arange(N), days=11)
    assert not same(shorter, once)
