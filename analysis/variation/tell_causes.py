"""What goes with the outcomes, and how much of the differences between people it explains."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.section import Draft, Picture, Table
from analysis.variation import decomposition_figure, forest_figure
from analysis.variation.associations import associations
from analysis.variation.chance import intraclass
from analysis.variation.decomposition import GROUPS, REST, TOTAL
from analysis.variation.known import CALL, Known, bracketed
from analysis.variation.outcomes import LABELS
from analysis.variation.predictors import TRAITS
from analysis.variation.shares import shares

_DISCOVERY = 0.05


def tell_associations(known: Known, told: Draft) -> pd.DataFrame:
    """Every cause alone; returns the frame of `associations`."""
    found = associations(known.outcomes, known.causes, known.family)
    constant = sorted(str(c) for c in known.causes if known.causes[c].nunique() < 2)
    if constant:
        told.warnings.append(
            f"The same in all {len(known.causes):,} exposed, so without a slope: {', '.join(constant)}."
        )
    for outcome, label in LABELS.items():
        if found.loc[found["outcome"] == outcome, "slope"].isna().all():
            told.warnings.append(f"No slope on {label}: {_why(known.outcomes[outcome])}.")
    if found["slope"].isna().all():
        return found
    told.tables.append(
        Table(
            "associations", "Traits, early life and exposure against outcomes", found,
            f"{CALL}analysis.variation.associations.associations(known.outcomes, known.causes, known.family)",
            "Rates are log1p. Slope: standard deviations of the outcome for one of the cause, each cause alone, with "
            "95% interval. p_bh and p_holm control the discovery rate and the family-wise error over the causes of one "
            "outcome.",
        )
    )  # fmt: skip
    count = len(forest_figure.shown(found))
    told.pictures.append(
        Picture(
            "associations", "What goes with the outcomes", forest_figure.draw(found, known.block, LABELS),
            f"Standardized slopes with 95% intervals of {count} of {found['predictor'].nunique()} causes, those with "
            "the largest slope on any outcome. Filled: false discovery rate under 5%. Each cause is taken alone, so "
            "that causes which go together (distance and dose) share what they show.",
        )
    )  # fmt: skip
    for outcome, label in LABELS.items():
        _finding(found[(found["outcome"] == outcome) & found["slope"].notna()], label, known, told)
    told.methods.append(
        "Associations: standardized slopes with standard errors from the influence function of the correlation, summed "
        "within families, on Fisher's scale; multiplicity after Benjamini & Hochberg 1995 "
        "(10.1111/j.2517-6161.1995.tb02031.x) and Holm. In a simulation p-values fall with the number of persons: read "
        "sizes first; the largest of many is exaggerated by having been chosen."
    )
    return found


def _finding(rows: pd.DataFrame, label: str, known: Known, told: Draft) -> None:
    if rows.empty:
        return
    ordered = rows.assign(size=rows["slope"].abs()).sort_values("size", ascending=False, kind="stable")
    stand = int((rows["p_bh"] < _DISCOVERY).sum())
    traits = ordered[ordered["predictor"].map(known.block) == TRAITS]
    first = ordered.iloc[0]
    said = [_slope(first)]
    if len(traits) and traits.iloc[0]["predictor"] != first["predictor"]:
        said.append(f"of the traits, {_slope(traits.iloc[0])}")
    told.findings.append(
        f"What goes most with {label}: {'; '.join(said)} (SD per SD, 95% interval; n = {int(first['n']):,}). "
        f"{stand} of {len(rows)} slopes stand at a false discovery rate of 5%."
    )


def _slope(row: pd.Series) -> str:
    name = str(row["predictor"]).replace("_", " ")
    return f"{name}, {bracketed(row['slope'], row['low'], row['high'], '+.2f')}"


def _why(outcome: pd.Series) -> str:
    there = int(outcome.notna().sum())
    if there == 0:
        return "it was not recorded, or no whole week was"
    return "it is the same in everybody" if outcome.nunique() < 2 else f"{there} persons are too few"


def tell_shares(known: Known, told: Draft) -> None:
    """Shares of the variance by kind of cause."""
    frame, why = shares(known)
    for label, fault in why.items():
        told.warnings.append(f"No shares of the variance of {label}: {fault}.")
    frames = {str(label): found for label, found in frame.groupby("outcome", sort=False)}
    for label, found in frames.items():
        share = found.set_index("block")
        named = share.drop(index=[TOTAL, REST]).sort_values("share", ascending=False)
        parts = [f"{block} {_percent(row)}" for block, row in named.iterrows() if row["high"] > 0.0]
        rest = _percent(found[found["block"] == REST].iloc[0])
        told.findings.append(
            f"Of the differences in {label}, {', '.join(parts)} are explained; {rest} are chance "
            f"and what is not recorded (shares of the variance, 95% interval; n = {int(found['n'].iloc[0]):,})."
        )
    if not frames:
        return
    told.tables.append(
        Table(
            "variance_shares", "Shares of the variance by kind of cause", frame,
            f"{CALL}analysis.variation.shares.shares(known)[0]",
            "Adjusted R² of a linear model. Share: average over all orders of the kinds; sequential: in the order of "
            "the rows. The rest is chance together with all that is no sum of the recorded causes.",
        )
    )  # fmt: skip
    told.pictures.append(
        Picture(
            "variance-shares", "Where the differences between people come from", decomposition_figure.draw(frames),
            "Share of the variance that each kind of cause explains, averaged over all orders in which the kinds may "
            "come in, with 95% intervals. A share may fall below 0 by chance.",
        )
    )  # fmt: skip
    told.methods.append(
        "Shares of the variance: LMG, which is Shapley's value (Grömping 2006, 10.18637/jss.v017.i01), of adjusted R², "
        f"of a linear model without interactions; jackknife over {GROUPS} groups of families (Efron & Stein 1981, "
        "10.1214/aos/1176345462). Treatment counts as received, which may depend on symptoms."
    )


def tell_chance(known: Known, others: Sequence[Known], told: Draft) -> None:
    """What chance makes of the same persons, from their lives at other seeds."""
    if not others:
        return
    parts = []
    for outcome, label in LABELS.items():
        try:
            found = intraclass([known.outcomes[outcome], *(other.outcomes[outcome] for other in others)])
        except ValueError as fault:
            told.warnings.append(f"No exact share of chance in {label}: {fault}.")
            continue
        parts.append(found.assign(outcome=label))
        told.findings.append(
            f"Lived again at {len(others) + 1} seeds, the same persons differ from themselves: chance makes "
            f"{_percent(found.iloc[1])} of the variance of {label}."
        )
    if parts:
        told.tables.append(
            Table(
                "chance", "The person and chance", pd.concat(parts, ignore_index=True),
                "analysis.variation.chance.intraclass([known.outcomes[outcome] for known in seeds])",
                "One-way intraclass correlation over seeds, 95% interval from the F distribution.",
            )
        )  # fmt: skip
        told.methods.append("Chance: ICC(1,1) over seeds (Shrout & Fleiss 1979, 10.1037/0033-2909.86.2.420).")


def _percent(row: pd.Series) -> str:
    value, low, high = (round(100.0 * float(row[name])) + 0.0 for name in ("share", "low", "high"))  # + 0.0: no "-0"
    return bracketed(value, low, high, ".0f").replace(" [", "% [", 1)
