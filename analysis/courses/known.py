"""What the chapter on courses works with, read from a study once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.courses.agreement import Agreement, agreement
from analysis.courses.classes import Classes, Growth, growth, latent_classes, mean_courses
from analysis.courses.rules import rates, window
from analysis.courses.stability import Stability, stability
from analysis.study import DAY, Study

RATE = "rate = analysis.courses.known.rate(study); "
CALL = "known = analysis.courses.known.know(study); "


@dataclass(frozen=True)
class Known:
    """Of the exposed persons: `weekly` counts (persons, weeks), their `growth`, latent `classes`, the classes'
    `stability`, and their `agreement` with the rule, None where the study is too short for it.
    """

    weekly: NDArray[np.int64]
    growth: Growth
    classes: Classes
    stability: Stability
    agreement: Agreement | None

    @property
    def names(self) -> tuple[str, ...]:
        """The course of each class by the rule; "" where there is none."""
        return self.agreement.names if self.agreement else ("",) * self.classes.number


def rate(study: Study) -> pd.DataFrame | None:
    """`rules.rates` of the exposed persons; None where the study is too short for the rule."""
    since = study.began // DAY
    if not window(since, study.days):
        return None
    return rates(study.daily, study.exposure.index.to_numpy(), since, study.days)


def know(study: Study) -> Known:
    """Find the classes of a study's weekly counts. Raises ValueError where there are too few persons or weeks."""
    weekly = study.weekly()
    grown = growth(weekly)
    found = latent_classes(grown)
    by_rule = rate(study)
    agreed = None if by_rule is None else agreement(by_rule, found.membership, found.number)
    return Known(weekly, grown, found, stability(grown, found), agreed)


def class_table(known: Known) -> pd.DataFrame:
    """A row a class: class, course, persons, share, certainty (mean probability of belonging to it), intrusions a week
    over the whole course and its first and last quarter (mean, low, high), jaccard, jaccard_low, jaccard_high.
    """
    found, weekly = known.classes, known.weekly
    quarter = max(weekly.shape[1] // 4, 1)
    spans: dict[str, NDArray[Any]] = {
        "whole": weekly, "first quarter": weekly[:, :quarter], "last quarter": weekly[:, -quarter:]
    }  # fmt: skip
    table = pd.DataFrame({"class": np.arange(1, found.number + 1), "course": known.names})
    sizes = np.bincount(found.membership, minlength=found.number)
    table["persons"], table["share"] = sizes, sizes / len(weekly)
    table["certainty"] = [
        float(found.probabilities[found.membership == k, k].mean()) if sizes[k] else np.nan for k in range(found.number)
    ]
    for name, counts in spans.items():
        means = mean_courses(counts.mean(axis=1, keepdims=True), found.membership, found.number).set_index("class")
        for column in ("mean", "low", "high"):
            table[f"{name}, {column}"] = means[column].reindex(table["class"]).to_numpy()
    again = known.stability.classes.rename(columns={"low": "jaccard_low", "high": "jaccard_high"})
    return table.merge(again, on="class")


def class_agreement(known: Known) -> pd.DataFrame:
    """How well the classes agree, with the rule and with themselves: measure, value, low, high.

    Cohen's kappa and the adjusted Rand index with the rule, where there is one (95% intervals), and the mean adjusted
    Rand index of the classes of bootstrap samples with these (2.5 and 97.5 percentiles).
    """
    rows = []
    if known.agreement is not None:
        rows.append(("Cohen's kappa, with the rule", *known.agreement.kappa))
        rows.append(("adjusted Rand index, with the rule", *known.agreement.rand))
    rand = known.stability.rand
    low, high = np.quantile(rand, [0.025, 0.975])
    rows.append(("adjusted Rand index, of bootstrap samples", float(rand.mean()), float(low), float(high)))
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high"])


def rule_table(found: Agreement) -> pd.DataFrame:
    """Persons by class (rows, each with the rule's course of its mean rates) and by course (columns)."""
    frame = found.table.reset_index()
    frame.insert(1, "course of the class", found.names)
    return frame
