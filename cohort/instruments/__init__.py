"""Instruments: diaries, tests of memory, scales and measurements, as a study would see its participants.

`KINDS` holds every kind by its name; `AnyInstrument` is the table of a scenario that may be any of them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cohort.instruments.diary import IntrusionDiary
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.instruments.scales import IesR, Pcl5

__all__ = ["KINDS", "AnyInstrument", "Draws", "Instrument", "Read", "Seen"]

KINDS: dict[str, type[Instrument]] = {
    "intrusion-diary": IntrusionDiary,
    "pcl-5": Pcl5,
    "ies-r": IesR,
}
AnyInstrument = Annotated[IntrusionDiary | Pcl5 | IesR, Field(discriminator="kind")]
