"""Instruments: diaries, tests of memory, scales and measurements, as a study would see its participants.

`KINDS` holds every kind by its name; `AnyInstrument` is the table of a scenario that may be any of them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cohort.instruments.approach import ApproachChoice
from cohort.instruments.background import AdversityQuestionnaire, PolygenicScore
from cohort.instruments.clinician import Clinician
from cohort.instruments.diary import IntrusionDiary
from cohort.instruments.fear import FearTest
from cohort.instruments.instrument import Draws, Instrument, Read, Seen
from cohort.instruments.physiology import Cortisol, HeartRate
from cohort.instruments.ratings import Confidence, Distress, Vividness
from cohort.instruments.recall import CuedRecall, FreeRecall, SourceMemory
from cohort.instruments.recognition import Recognition
from cohort.instruments.savings import Savings
from cohort.instruments.scales import IesR, Pcl5

__all__ = ["KINDS", "AnyInstrument", "Draws", "Instrument", "Read", "Seen"]

KINDS: dict[str, type[Instrument]] = {
    "intrusion-diary": IntrusionDiary,
    "free-recall": FreeRecall,
    "cued-recall": CuedRecall,
    "source-memory": SourceMemory,
    "recognition": Recognition,
    "savings": Savings,
    "vividness": Vividness,
    "confidence": Confidence,
    "distress": Distress,
    "fear-test": FearTest,
    "approach-choice": ApproachChoice,
    "ies-r": IesR,
    "pcl-5": Pcl5,
    "clinician": Clinician,
    "cortisol": Cortisol,
    "heart-rate": HeartRate,
    "polygenic-score": PolygenicScore,
    "adversity-questionnaire": AdversityQuestionnaire,
}
AnyInstrument = Annotated[
    IntrusionDiary
    | FreeRecall
    | CuedRecall
    | SourceMemory
    | Recognition
    | Savings
    | Vividness
    | Confidence
    | Distress
    | FearTest
    | ApproachChoice
    | IesR
    | Pcl5
    | Clinician
    | Cortisol
    | HeartRate
    | PolygenicScore
    | AdversityQuestionnaire,
    Field(discriminator="kind"),
]
