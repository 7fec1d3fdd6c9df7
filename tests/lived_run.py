"""A small run as a process of its own, which a test can kill or interrupt at its nth moment.

A moment is a call that touches the disk, moves persons on or puts something on their agendas. Everything is saved at
every stop::

    python tests/lived_run.py [--kill-at N | --interrupt-at N] OUT [--resume]     # persons of the class `Diarist`
    python tests/lived_run.py [--kill-at N | --interrupt-at N] run flood ...       # any command of `cohort`
    python tests/lived_run.py --chunk N run flood ...       # so many persons at a time

Prints the number of moments at the end, the last line.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sizes import LIVED

import cohort
import cohort.run
from cohort import cli, enrolment, model, population, readings, tables
from cohort.actions import Action, Contact, Happen
from cohort.person import Person
from cohort.population import Population
from cohort.scenario import Scenario, loads

ROOT = Path(cohort.__file__).parents[1]
PERSONS, DAYS, _ = LIVED
SETTINGS = ('records.measures="2 d"', f"study.persons={PERSONS}", f"study.days={DAYS}", "talk.rate=1.0")
# A happening at the very minute of a measure, and one that reads what was counted since the last.
MORE = """
extends = "flood"
[talk]
about = ["flood", "quarrel", "match", "market"]
from = "day 2"
every = "1 d"
[[events]]
name = "midnight"
kind = "media"
scene = "flood"
at = ["day 7", "day 16"]
[[events]]
name = "help"
kind = "contact"
who = "intrusions >= 2 or recall > 0.7"
at = ["day 7 06:00", "day 16", "day 17 12:00"]
"""


class Diarist(Person):
    """Keeps a diary, and does by it and by luck what changes its life."""

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model, row)
        self.diary: list[int] = []
        self._luck = 0.0

    def act(self) -> Iterable[Action]:
        self.diary.append(self.intrusions)
        self._luck += self.random.random() + self.rng.random()
        if len(self.diary) > 3 and self._luck > len(self.diary):
            yield Contact(0.5, after=60)
        if sum(self.diary) > 6:
            self.diary.clear()
            yield Happen("quarrel", self.random.random(), after=60)


def scenario() -> Scenario:
    return loads(MORE, "town", SETTINGS)


def run(out: Path, *, resume: bool = False, person: type[Person] = Diarist, **settings: Any) -> Path:
    return cohort.run.run(scenario(), out, resume=resume, person=person, **settings).out


# Every number of persons that are taken at a time.
AT_A_TIME = (
    (population, "BLOCK"), (population, "ROWS"), (readings, "BLOCK"), (enrolment, "CHUNK"), (model, "BLOCK"),
    (model, "AT_ONCE"), (tables, "AT_ONCE"),
)  # fmt: skip


def child(*arguments: object, hash_seed: int = 0, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, str(Path(__file__)), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds, check=False)


class Moments:
    """Counts moments, and sends a signal to this process at one of them."""

    def __init__(self, at: int, sent: signal.Signals) -> None:
        self.count, self.at, self.sent = 0, at, sent
        sys.addaudithook(self.disk)
        for name in ("living_until", "hand"):
            does = getattr(Population, name)

            def counted(*given: Any, does: Any = does, **named: Any) -> Any:
                self.one_more()
                return does(*given, **named)

            setattr(Population, name, counted)

    def one_more(self) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), self.sent)

    def disk(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] == "w"
        if writes or event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"):
            self.one_more()


def main(arguments: list[str]) -> int:
    cohort.run.CHECKPOINT = 0.0
    at, sent = 0, signal.SIGKILL
    if arguments[0] in ("--kill-at", "--interrupt-at"):
        at, sent = int(arguments[1]), signal.SIGINT if arguments[0] == "--interrupt-at" else sent
        arguments = arguments[2:]
    if arguments[0] == "--chunk":
        for module, name in AT_A_TIME:
            setattr(module, name, int(arguments[1]))
        arguments = arguments[2:]
    moments = Moments(at, sent)
    if arguments[0] == "run":
        code = cli.main(arguments)
        if code == 0:
            print(moments.count)
        return code
    run(Path(arguments[0]), resume="--resume" in arguments)
    print(moments.count)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs are born without
    sys.exit(main(sys.argv[1:]))
