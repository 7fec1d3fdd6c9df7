"""Who took part: the first table of a paper, by exposure or by arm, with the balance of the groups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.section import Section, Table
from analysis.study import Study

MOST_GROUPS = 8  # that stand side by side
BALANCED = 0.1  # standardized mean difference from which on it is told
# What is told of persons where the column is there: column, characteristic, unit.
NUMBERS = (
    ("age", "age", "years"), ("ace", "adverse childhood experiences", "number of kinds"),
    ("baseline_load", "load before the study", "1 = median"), ("support", "social support", "1 = median"),
    ("rumination", "rumination", "1 = median"), ("avoidance", "avoidance", "1 = median"),
    ("sleep", "sleep", "1 = median"), ("noradrenergic_tone", "noradrenergic tone", "1 = median"),
    ("hippocampal_capacity", "hippocampal capacity", "1 = median"),
    ("prefrontal_control", "prefrontal control", "1 = median"), ("stress_exposure", "chronic stress", "1 = median"),
)  # fmt: skip
_ACE = (("none", 0, 0), ("1", 1, 1), ("2 or 3", 2, 3), ("4 or more", 4, np.inf))


def standardized_difference(mean: Sequence[float], spread: Sequence[float]) -> float:
    """Difference of two means over the root of the mean of their variances; of a share p, the variance is p (1 - p).

    Austin 2009, 10.1080/03610910902859574. `spread` holds the two standard deviations. NaN where neither group varies.
    """
    pooled = float(np.sqrt((spread[0] ** 2 + spread[1] ** 2) / 2.0))
    return (float(mean[0]) - float(mean[1])) / pooled if pooled > 0.0 else float("nan")


_AT = "analysis.report.population"  # of the call that made the table


def table_one(
    persons: pd.DataFrame, groups: pd.Series | None = None, exposure: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Characteristics of the persons, all and by group.

    Parameters
    ----------
    persons : a row each, indexed by id; of sex, age, ace and the columns of `NUMBERS` those that are there, and groups
        of the study as columns of truth values.
    groups : group of each person, by id; None for one column only.
    exposure : dose of those exposed, by id.

    Returns characteristic, and of all and of each group: mean or count, ``_sd`` beside a mean, ``_percent`` (of the
    persons in whom it is known) beside a count; `smd`, with two groups or more, is the standardized mean difference,
    between more than two groups the largest of any two. NaN where it is not defined.
    """
    columns = {"all": np.ones(len(persons), dtype=bool)}
    if groups is not None:
        of = groups.reindex(persons.index)
        columns |= {str(name): (of == name).to_numpy(bool) for name in pd.unique(of.dropna())}
    rows = [_count("persons", np.ones(len(persons), dtype=bool), columns, share=False)]
    for name in ("sex", "ancestry"):
        if name in persons:
            told = persons[name].astype(object)
            levels = sorted(map(str, told.dropna().unique()))
            shown = levels[:1] if len(levels) == 2 else levels
            rows += [_share(f"{name}: {level}", told.astype(str) == level, told.notna(), columns) for level in shown]
    for name, label, unit in NUMBERS:
        if name in persons:
            rows += _number(f"{label}, {unit}", persons[name].to_numpy(np.float64, na_value=np.nan), columns)
        if name == "ace" and name in persons:
            ace = persons[name].astype(float)
            between = {kinds: (ace >= low) & (ace <= high) for kinds, low, high in _ACE}
            rows += [
                _share(f"adverse experiences: {kinds}", held, ace.notna(), columns) for kinds, held in between.items()
            ]
    for name in truths(persons):
        rows.append(_share(f"group: {name}", persons[name].astype(bool), persons[name].notna(), columns))
    if exposure is not None:
        dose = exposure["dose"].reindex(persons.index)
        rows.append(_share("exposed to the focus event", dose.notna(), pd.Series(True, persons.index), columns))
        rows += _number("its dose, 1 = as described", dose.to_numpy(np.float64), columns, missing=False)
    found = pd.DataFrame(rows)
    return found if len(columns) > 2 else found.drop(columns="smd")


def truths(persons: pd.DataFrame) -> list[str]:
    """Names of the columns of truth values: the study's own groups."""
    return [str(name) for name in persons if pd.api.types.is_bool_dtype(persons[name])]


def grouping(study: Study) -> tuple[pd.Series | None, str]:
    """By what the persons of a study are told apart, and in words: arms, exposure, or groups that exclude each other.

    None where there is nothing that does, or too many groups to stand side by side.
    """
    persons, exposed = study.persons, study.exposure.index
    if study.has("allocation"):
        told = study.tables.table("allocation", ["person", "arm"]).set_index("person")["arm"].reindex(persons.index)
        found, words = told.astype(object).where(told.notna(), "not randomized"), "by arm"
    elif 0 < len(exposed) < len(persons):
        there = persons.index.isin(exposed)
        found, words = pd.Series(np.where(there, "exposed", "not exposed"), persons.index, dtype=object), "by exposure"
    elif (names := truths(persons)) and persons[names].sum(axis=1).max() == 1:
        member = persons[names].to_numpy(bool)
        label = np.where(member.any(axis=1), np.array(names, dtype=object)[member.argmax(axis=1)], "none")
        found, words = pd.Series(label, persons.index, dtype=object), "by group"
    else:
        return None, ""
    # In the order of their size within the same kind, so that the table does not depend on who comes first.
    order = [str(name) for name in found.value_counts().index]
    if not 1 < len(order) <= MOST_GROUPS:
        return None, ""
    return pd.Series(pd.Categorical(found, categories=_ordered(order)), persons.index), words


def section(study: Study) -> Section:
    """Table 1 of a study, who was exposed, and where its groups differ."""
    persons, exposure = study.persons, study.exposure
    if persons.empty:
        return Section("population", "Population", warnings=("There are no persons.",))
    groups, words = grouping(study)
    told = exposure if study.has("exposures") else None
    frame = table_one(persons, groups, told)
    given = ("None" if groups is None else f"{_AT}.grouping(study)[0]", "None" if told is None else "study.exposure")
    table = Table(
        "population", f"Persons, all{' and ' + words if words else ''}", frame,
        f"{_AT}.table_one(study.persons, {given[0]}, {given[1]})",
        "Mean (SD) or number (% of those known)."
        + (" smd: standardized mean difference, of more than two groups the largest between any two." if words else ""),
    )  # fmt: skip
    findings, warned = [_who(persons)], []
    if told is not None:
        share = len(exposure) / len(persons)
        findings.append(
            f"The focus event ({study.focus}) happened to {len(exposure):,} of {len(persons):,} persons ({share:.1%})."
        )
        if exposure.empty:
            warned.append(
                f"The focus event ({study.focus}) happened to nobody: of what follows on it, there is nothing to tell."
            )
    if groups is not None:
        findings += _imbalance(frame, words)
    if len(persons) < 30:
        warned.append(f"There are {len(persons)} persons only: shares and means are uncertain.")
    methods = (
        "Standardized mean difference: difference of means or shares over the root of the mean of the two variances "
        "(Austin 2009, 10.1080/03610910902859574).",
    )
    told_how = () if groups is None else methods
    return Section("population", "Population", (table,), (), tuple(findings), tuple(warned), told_how)


def _who(persons: pd.DataFrame) -> str:
    line = f"{len(persons):,} persons took part"
    if "sex" in persons:
        line += f", {(persons['sex'].astype(str) == 'female').mean():.0%} of them female"
    if "age" in persons:
        age = persons["age"].astype(float)
        line += f", {age.mean():.1f} years old on average"
    return line + "."


def _imbalance(frame: pd.DataFrame, words: str) -> list[str]:
    apart = frame[(frame["smd"].abs() > BALANCED).to_numpy(bool)]
    if apart.empty:
        return [f"No characteristic differs {words} by more than {BALANCED:g} standard deviations."]
    listed = ", ".join(
        f"{name} ({smd:+.2f})".replace("-", "−") if isinstance(name, str) else ""
        for name, smd in zip(apart["characteristic"], apart["smd"], strict=True)
    )
    return [f"Standardized mean differences {words} above {BALANCED:g}: {listed}."]


def _ordered(names: Sequence[str]) -> list[str]:
    last = [name for name in ("none", "not exposed", "not randomized") if name in names]
    return [*sorted(name for name in names if name not in last), *last]


def _count(
    label: str, held: NDArray[np.bool_], columns: dict[str, NDArray[np.bool_]], share: bool
) -> dict[str, object]:
    row: dict[str, object] = {"characteristic": label}
    for name, inside in columns.items():
        row[name] = float((held & inside).sum())
        row[f"{name}_sd"] = np.nan
        row[f"{name}_percent"] = 100.0 * (held & inside).sum() / len(held) if share or name != "all" else np.nan
    return row | {"smd": np.nan}


def _share(label: str, held: pd.Series, known: pd.Series, columns: dict[str, NDArray[np.bool_]]) -> dict[str, object]:
    """How many it holds of, and the share of those in whom it is known."""
    row: dict[str, object] = {"characteristic": label}
    shares = []
    for name, inside in columns.items():
        of = known.to_numpy(bool) & inside
        count = float((held.to_numpy(bool) & of).sum())
        part = count / of.sum() if of.any() else np.nan
        row |= {name: count, f"{name}_sd": np.nan, f"{name}_percent": 100.0 * part}
        if name != "all":
            shares.append((part, float(np.sqrt(part * (1.0 - part)))))
    return row | {"smd": _largest(shares)}


def _number(
    label: str, values: NDArray[np.float64], columns: dict[str, NDArray[np.bool_]], *, missing: bool = True
) -> list[dict[str, object]]:
    """Mean and standard deviation of those known, and how many are missing, if any."""
    row: dict[str, object] = {"characteristic": label}
    known = ~np.isnan(values)
    moments = []
    for name, inside in columns.items():
        told = values[known & inside]
        mean = float(told.mean()) if len(told) else np.nan
        spread = float(told.std(ddof=1)) if len(told) > 1 else np.nan
        row |= {name: mean, f"{name}_sd": spread, f"{name}_percent": np.nan}
        if name != "all":
            moments.append((mean, spread))
    out = [row | {"smd": _largest(moments)}]
    if missing and not known.all():
        out.append(_count(f"{label.partition(',')[0]}: missing", ~known, columns, share=True))
    return out


def _largest(groups: Sequence[tuple[float, float]]) -> float:
    """The standardized difference of largest size between any two groups in which it is defined."""
    pairs = [standardized_difference(*zip(one, other, strict=True)) for one, other in combinations(groups, 2)]
    known = [pair for pair in pairs if not np.isnan(pair)]
    return max(known, key=abs) if known else float("nan")
