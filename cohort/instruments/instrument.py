"""What an instrument is: a table of a scenario that turns what can be seen of persons into a reading with its error.

A kind is one short class with a `read`. It sees copies of what was read, never a person, and draws its error by keys of
its own: so a reading changes nothing, and one instrument more changes no other's readings.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cohort import streams
from cohort.errors import ParameterError
from cohort.strict import Name, Table, Text, key, number
from cohort.times import MOMENTS, REPETITIONS

LASTING = 1 << 15  # from this index on a draw belongs to the person, not to the occasion
MISSING = LASTING - 1  # index of the draw that decides whether a score is missing


class Read(NamedTuple):
    """One reading of n persons, each of shape (n,), NaN where it is undefined.

    `state` is what would be read without error of measurement, still between floor and ceiling; `score` is what is
    written down.
    """

    state: NDArray[np.float64]
    score: NDArray[np.float64]


class Seen(Mapping[str, NDArray[Any]]):
    """What instruments may look at, by name, each an array of shape (n,); `parameters` holds the declared constants.

    It holds the fields of `readout.PROBE` for the instrument's scene; since the instrument's last assessment (the
    start of the study when there was none) the number of that scene's `intrusions`, their summed
    `intrusion_distress`, and the `days`; `treated`, 1 for who is in another arm than the reference; and columns of the
    persons table, such as `sex`, `age`, `ace`, `ancestry`, `zygosity`.
    """

    def __init__(self, parameters: Mapping[str, float], columns: Mapping[str, NDArray[Any]]) -> None:
        self.parameters = parameters
        self._columns = columns

    @classmethod
    def of(cls, probe: NDArray[np.void], parameters: Mapping[str, float], **columns: NDArray[Any]) -> Seen:
        """The fields of a probe (n,), as float64, and `columns` beside them."""
        fields = {name: np.asarray(probe[name], dtype=np.float64) for name in probe.dtype.names or ()}
        return cls(parameters, {**fields, **columns})

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def held(self) -> NDArray[np.bool_]:
        """Who holds a trace of the scene."""
        return self["held"] > 0

    def where_held(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values`, NaN for who holds no trace of the scene."""
        return np.where(self.held, values, np.nan)


@dataclass(frozen=True)
class Draws:
    """Chance for one reading of one instrument: keyed by the run's seed, its name, the person and the minute.

    An `index` from 0 to `MISSING` - 1 tells several draws of a reading apart.
    """

    seed: int
    name: str
    persons: NDArray[np.int64]  # ids
    minute: int
    persons_seed: int | None = None  # what drew the persons, where that is another seed

    @cached_property
    def _seed(self) -> int:
        """A seed for this instrument alone, so that no other shares a draw with it."""
        digest = blake2b(f"{self.seed} {self.name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little")

    def uniforms(self, index: int = 0) -> NDArray[np.float64]:
        """Uniforms in (0, 1) of this occasion, shape (n,)."""
        return streams.uniforms(self._seed, streams.INSTRUMENT, self.persons, self.minute, index)

    def normals(self, index: int = 0) -> NDArray[np.float64]:
        """Standard normals of this occasion, shape (n,)."""
        return streams.normals(self._seed, streams.INSTRUMENT, self.persons, self.minute, index)

    def successes(self, trials: int, chance: NDArray[np.float64], first: int = 0) -> NDArray[np.float64]:
        """How many of `trials` succeed, each with its own draw (indices from `first` on), shape (n,)."""
        out = np.zeros(len(self.persons))
        for trial in range(trials):
            out += self.uniforms(first + trial) < chance
        return out

    def lasting_normals(self, whose: NDArray[np.int64] | None = None, index: int = 0) -> NDArray[np.float64]:
        """Standard normals that are the same on every occasion; of ids `whose`, by default the persons'."""
        ids = self.persons if whose is None else whose
        return streams.normals(self._seed, streams.INSTRUMENT, ids, 0, LASTING + index)

    def lasting_uniforms(self, index: int = 0) -> NDArray[np.float64]:
        """Uniforms that are the same on every occasion, shape (n,)."""
        return streams.uniforms(self._seed, streams.INSTRUMENT, self.persons, 0, LASTING + index)


class Instrument(Table):
    """An instrument of a study: what it reads of whom, and when. Each kind adds its own keys and says what it reads."""

    low: ClassVar[float]  # floor and ceiling of state and score
    high: ClassVar[float]
    unit: ClassVar[str]
    better: ClassVar[Literal["lower", "higher"]]
    margin_parameter: ClassVar[str | None] = None  # holds the smallest difference that matters
    cutoff_parameter: ClassVar[str | None] = None  # holds the score from which on a person is a case

    name: Name = key(..., "name of the instrument")
    scene: Name | None = key(None, "scene whose memory it reads (default: the focus of the records)")
    at: Text | Annotated[tuple[Text, ...], Field(strict=False, min_length=1, max_length=1000)] | None = key(
        None, f"when: {MOMENTS}, a list of these, or {REPETITIONS}"
    )
    every: Text | None = key(None, 'repetition: "7 d x 6", from the moment `at` or with its own `from`')
    missing: float = number(0.0, 0.0, 1.0, "share of readings that are missing by chance")

    @abstractmethod
    def read(self, seen: Seen, draws: Draws) -> Read:
        """Read n persons; nobody is missing yet."""

    def measure(self, seen: Seen, draws: Draws) -> Read:
        """Read n persons; scores are NaN where they are missing by chance."""
        state, score = self.read(seen, draws)
        if self.missing > 0.0:
            score = np.where(draws.uniforms(MISSING) < self.missing, np.nan, score)
        return Read(state, score)

    def check(self, parameters: Mapping[str, float]) -> None:
        """Read nobody, so that ParameterError for constants that contradict each other comes before a study runs."""
        from cohort.engram.readout import PROBE

        nobody = np.zeros(0)
        beside = dict.fromkeys(("intrusions", "intrusion_distress", "days", "treated", "ace"), nobody)
        texts = dict.fromkeys(("zygosity", "ancestry"), nobody.astype(object))
        seen = Seen.of(np.zeros(0, dtype=PROBE), parameters, **beside, **texts)
        try:
            self.read(seen, Draws(0, self.name, np.zeros(0, dtype=np.int64), 0))
        except ParameterError as fault:
            raise ParameterError(f"instrument '{self.name}': {fault}") from None

    def margin(self, parameters: Mapping[str, float]) -> float:
        """Smallest difference that matters, in units of the score; 0 where none is declared."""
        return 0.0 if self.margin_parameter is None else parameters[self.margin_parameter]

    def cutoff(self, parameters: Mapping[str, float]) -> float | None:
        """Score from which on a person counts as a case; None for an instrument without a diagnosis."""
        return None if self.cutoff_parameter is None else parameters[self.cutoff_parameter]
