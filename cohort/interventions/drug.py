"""A course of a drug. It touches what the drug's targets do, by its concentration, and only that."""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Dose
from cohort.interventions.intervention import Intervention, Session
from cohort.strict import Word, key, number

DAY = 1440


class Drug(Intervention):
    """Oral doses of one drug, so many a day at equal intervals, for so many days; one dose when neither is given."""

    kind: Literal["drug"]
    drug: Word = key(..., "a drug of data/drugs.csv")
    mg: float = key(..., "milligrams a dose, within the drug's permitted range", gt=0.0, le=20000.0)
    daily: int = number(1, 1, 12, "doses a day")
    days: int = number(1, 1, 366, "days of the course")

    @override
    def course(self) -> tuple[Session, ...]:
        return tuple(Session(k * DAY // self.daily, (Dose(self.drug, self.mg),)) for k in range(self.days * self.daily))
