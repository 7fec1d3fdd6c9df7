"""Who is held against whom: early adversity, sex, and thirds of the dose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

HIGH_ADVERSITY = (
    4  # kinds of adverse childhood experience; the cut of Felitti et al. 1998, 10.1016/S0749-3797(98)00017-8
)
LEAST = 10  # persons in a group that is compared


def groupings(persons: pd.DataFrame, exposure: pd.DataFrame) -> tuple[dict[str, pd.Series], list[str]]:
    """Groupings of the exposed persons, and why one is missing.

    `persons` (index id) may have columns ace and sex; `exposure` (index person) has dose. Each grouping is a
    categorical series by person, its first category the reference; persons without a value are left out. One needs
    two groups of at least `LEAST` persons.
    """
    those = persons.reindex(exposure.index)
    raw: dict[str, pd.Series | None] = {
        "adversity": _adversity(those["ace"]) if "ace" in those else None,
        "sex": _sex(those["sex"]) if "sex" in those else None,
        "dose": _thirds(exposure["dose"]),
    }
    found, why = {}, []
    for name, series in raw.items():
        sizes = None if series is None else series.value_counts()
        if sizes is None:
            why.append(f"Groups by {name} are not compared: it is not recorded.")
        elif len(sizes) < 2:
            why.append(f"Groups by {name} are not compared: it is the same for everybody, or for nearly everybody.")
        elif sizes.min() < LEAST:
            least = f"{sizes.idxmin()}: {sizes.min()}"
            why.append(f"Groups by {name} are not compared: one has fewer than {LEAST} persons ({least}).")
        else:
            found[name] = series.dropna() if series is not None else pd.Series(dtype=object)
    return found, why


def covariates(persons: pd.DataFrame, exposure: pd.DataFrame, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    """What a regression is told of each person that every grouping places: a column a grouping, index person.

    Adversity and sex are 1 for all but the reference group; the dose is in standard deviations from its mean.
    """
    columns = {}
    for name, series in groups.items():
        if name == "dose":
            dose = exposure["dose"].astype(np.float64)
            columns["dose (per SD)"] = (dose - dose.mean()) / dose.std()
        else:
            columns[f"{name}: {series.cat.categories[1]}"] = series.cat.codes.astype(np.float64)
    return pd.DataFrame(columns).dropna()


def _adversity(ace: pd.Series) -> pd.Series:
    low, high = f"ACE below {HIGH_ADVERSITY}", f"ACE {HIGH_ADVERSITY} or more"
    named = pd.Series(np.where(ace >= HIGH_ADVERSITY, high, low), index=ace.index, dtype=object).where(ace.notna())
    return _ordered(named, [low, high])


def _sex(sex: pd.Series) -> pd.Series:
    plain = sex.astype(object)
    there = sorted(plain.dropna().unique(), key=lambda name: (name != "male", str(name)))
    return _ordered(plain, there[:2])


def _thirds(dose: pd.Series) -> pd.Series:
    """Thirds by rank of value, so that equal doses stay together."""
    names = ["low dose", "middle dose", "high dose"]
    edges = np.quantile(dose, [1 / 3, 2 / 3])
    return _ordered(pd.Series(np.array(names, dtype=object)[np.searchsorted(edges, dose)], index=dose.index), names)


def _ordered(named: pd.Series, order: list[str]) -> pd.Series:
    found = named.astype(pd.CategoricalDtype(order))
    return found.cat.remove_unused_categories()
