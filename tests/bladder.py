"""Recurrences of bladder tumours: 85 patients, months to up to four recurrences and to the end of follow-up.

The trial of Byar 1980 as Wei, Lin & Weissfeld 1989 (10.1080/01621459.1989.10478873) print it, and as R's package
survival holds it in `bladder2`.
"""

from __future__ import annotations

import pandas as pd

# Of each patient: treatment (1 placebo, 2 thiotepa), number of tumours, size of the largest (cm), months; + censored.
_PATIENTS = (
    "1 1 3 1+; 1 2 1 4+; 1 1 1 7+; 1 5 1 10+; 1 4 1 6,10+; 1 1 1 14+; 1 1 1 18+; 1 1 3 5,18+; 1 1 1 12,16,18+; "
    "1 3 3 23+; 1 1 3 10,15,23+; 1 1 1 3,16,23; 1 3 1 3,9,21,23+; 1 2 3 7,10,16,24; 1 1 1 3,15,25; 1 1 2 26+; "
    "1 8 1 1,26+; 1 1 4 2,26; 1 1 2 25,28+; 1 1 4 29+; 1 1 2 29+; 1 4 1 29+; 1 1 6 28,30; 1 1 5 2,17,22,30+; "
    "1 2 1 3,6,8,12; 1 1 3 12,15,24,31+; 1 1 2 32+; 1 2 1 34+; 1 2 1 36+; 1 3 1 29,36+; 1 1 2 37+; 1 4 1 9,17,22,24; "
    "1 5 1 16,19,23,29; 1 1 2 41+; 1 1 1 3,43+; 1 2 6 6,43+; 1 2 1 3,6,9,44+; 1 1 1 9,11,20,26; 1 1 1 18,48+; "
    "1 1 3 49+; 1 3 1 35,51+; 1 1 7 17,53+; 1 3 1 3,15,46,51; 1 1 1 59+; 1 3 2 2,15,24,30; 1 1 3 5,14,19,27; "
    "1 2 3 2,8,12,13; 2 1 3 1+; 2 1 1 1+; 2 8 1 5; 2 1 2 9+; 2 1 1 10+; 2 1 1 13+; 2 2 6 3,14+; 2 5 3 1,3,5,7; "
    "2 5 1 18+; 2 1 3 17,18+; 2 5 1 2,19+; 2 1 1 17,19,21+; 2 1 1 22+; 2 1 3 25+; 2 1 5 25+; 2 1 1 25+; "
    "2 1 1 6,12,13,26+; 2 1 1 6,27+; 2 2 1 2,29+; 2 8 3 26,35,36+; 2 1 1 38+; 2 1 1 22,23,27,32; 2 6 1 4,16,23,27; "
    "2 3 1 24,26,29,40; 2 3 2 41+; 2 1 1 41+; 2 1 1 1,27,43+; 2 1 1 44+; 2 6 1 2,20,23,27; 2 1 2 45+; 2 1 4 2,46+; "
    "2 1 4 46+; 2 3 3 49+; 2 1 1 50+; 2 4 1 4,24,47,50+; 2 3 4 54+; 2 2 1 38,54+; 2 1 3 59+"
)


def gap_rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gaps (person, order, begin, gap, event) and covariates (treatment, number, size) by person."""
    rows, known = [], []
    for person, text in enumerate(_PATIENTS.split(";"), start=1):
        treatment, number, size, months = text.split()
        known.append((person, float(treatment), float(number), float(size)))
        ends = [int(month) for month in months.rstrip("+").split(",")]
        for order, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True), start=1):
            rows.append((person, order, begin, end - begin, int(end != ends[-1] or not months.endswith("+"))))
    columns = ["person", "treatment", "number", "size"]
    covariates = pd.DataFrame(known, columns=columns).set_index("person")
    return pd.DataFrame(rows, columns=["person", "order", "begin", "gap", "event"]), covariates
