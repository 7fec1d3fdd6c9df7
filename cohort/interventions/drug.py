"""A course of a drug. It touches what the drug's targets do, by its concentration, and only that.

What is known of each drug stands in ``data/drugs.csv`` and its two companions. Two that are given for weeks:
sertraline (Brady et al. 2000, 10.1001/jama.283.14.1837; it acts through slow adaptation to transporter block) and
prazosin (Raskind et al. 2018, 10.1056/NEJMoa1507598: no better than placebo over 26 weeks).
"""

from __future__ import annotations

from typing import Literal, override

from cohort.actions import Dose
from cohort.interventions.intervention import DAY, Intervention, Session, Treatment
from cohort.strict import Word, key, number


class DrugCourse(Treatment):
    """Oral doses of one drug, so many a day at equal intervals, for so many days; one dose when neither is given."""

    kind: Literal["drug"]
    drug: Word = key(..., "a drug of data/drugs.csv")
    mg: float = key(..., "milligrams a dose, within the drug's permitted range", gt=0.0, le=20000.0)
    daily: int = number(1, 1, 12, "doses a day")
    days: int = number(1, 1, 366, "days on which it is taken")
    every: int = number(1, 1, 90, "days from one day on which it is taken to the next")

    @override
    def course(self) -> tuple[Session, ...]:
        dose = (Dose(self.drug, self.mg),)
        return tuple(
            Session(day * self.every * DAY + k * DAY // self.daily, dose)
            for day in range(self.days)
            for k in range(self.daily)
        )


class Drug(DrugCourse, Intervention):
    """A course of a drug, as a table of a scenario."""
