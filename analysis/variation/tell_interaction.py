"""Whether a trait matters more under stress, on both scales."""

from __future__ import annotations

import pandas as pd

from analysis.section import Draft, Picture, Table
from analysis.variation import interaction_figure
from analysis.variation.interaction import LEAST, chosen, interactions
from analysis.variation.known import CALL, Known, bracketed

_CHOSEN = (
    f"{CALL}found = analysis.variation.associations.associations(known.outcomes, known.causes, known.family); "
    "traits, stresses = analysis.variation.interaction.chosen(found, known.block, known.causes); "
)
_DISCOVERY = 0.05


def tell(known: Known, found: pd.DataFrame, told: Draft) -> None:
    """The traits that go most with intrusions, each with early adversity and with the event's dose.

    `found` as from `analysis.variation.associations.associations`.
    """
    traits, stresses = chosen(found, known.block, known.causes)
    if not traits or not stresses or len(known.causes) < LEAST:
        told.warnings.append(
            f"No interaction of traits with stress: it takes {LEAST} persons whose intrusions, traits and stress "
            "differ."
        )
        return
    table = interactions(known.rate, known.weeks, known.causes[traits], known.causes[stresses], known.family)
    told.tables.append(
        Table(
            "interactions", "Traits under stress", table,
            f"{_CHOSEN}analysis.variation.interaction.interactions(known.rate, known.weeks, known.causes[traits], "
            "known.causes[stresses], known.family)",
            f"The {len(traits)} traits with the largest slopes on intrusions. Both variables in standard deviations. "
            "Additive: intrusions a week for one of both beyond the sum of what each gives; ratio: of rate ratios, 1 "
            "where effects multiply; RERI: 0 where relative risks add up. 95% intervals.",
        )
    )  # fmt: skip
    shown = known.causes[traits[0]]
    drawn = interaction_figure.drawable(known.rate, shown, known.causes[stresses])
    if drawn:
        told.pictures.append(_picture(known, shown, drawn))
        told.tables.append(
            Table(
                "interaction_cells", "A trait under stress: means by bands of both",
                interaction_figure.banded(known.rate, shown, known.causes[drawn]),
                f"{_CHOSEN}from analysis.variation import interaction_figure as figure; shown = "
                "known.causes[traits[0]]; figure.banded(known.rate, shown, known.causes[figure.drawable(known.rate, "
                "shown, known.causes[stresses])])",
                f"Intrusions a week, 95% intervals of the mean. Lines: the trait in few bands; surface: in more. None "
                f"below {interaction_figure.LEAST} persons.",
            )
        )  # fmt: skip
    else:
        told.warnings.append("No figure of a trait under stress: too few persons in each combination.")
    failed = table[table["ratio"].isna()]
    if len(failed):
        pairs = ", ".join(f"{row.trait} with {row.stress}" for row in failed.itertuples())
        told.warnings.append(f"The log-linear model did not converge: {pairs}.")
    _findings(table, told)
    told.methods.append(
        "Interaction: on the additive scale a linear model of the weekly rate with HC3 errors (MacKinnon & White 1985, "
        "10.1016/0304-4076(85)90158-7), and the relative excess risk due to interaction with the delta method (Hosmer "
        "& Lemeshow 1992, 10.1097/00001648-199209000-00012); on the multiplicative scale Poisson estimating equations "
        "with a log link and robust errors. Errors are clustered where persons share a family. "
        "The clearest of several is exaggerated by having been chosen."
    )


def _picture(known: Known, shown: pd.Series, drawn: list[str]) -> Picture:
    return Picture(
        "interaction",
        "A trait under stress",
        interaction_figure.draw(known.rate, shown, known.causes[drawn]),
        f"Mean intrusions a week over {known.weeks} weeks by {str(shown.name).replace('_', ' ')} (the trait that goes "
        "most with them) and stress, in bands of about equal size. Above: 95% intervals of the mean. "
        f"Cells of fewer than {interaction_figure.LEAST} persons are left empty.",
    )


def _findings(table: pd.DataFrame, told: Draft) -> None:
    for stress, rows in table.groupby("stress", sort=False):
        ordered = rows.dropna(subset=["p_additive"]).sort_values("p_additive", kind="stable")
        if ordered.empty:
            continue
        row, name = ordered.iloc[0], interaction_figure.called(str(stress))
        add, times = (int((rows[f"p_bh_{scale}"] < _DISCOVERY).sum()) for scale in ("additive", "ratio"))
        ratio = (
            f"; on the multiplicative scale the ratio is {bracketed(row['ratio'], row['ratio_low'], row['ratio_high'])}"
            if pd.notna(row["ratio"])
            else ""
        )
        sum_of = bracketed(row["additive"], row["additive_low"], row["additive_high"], "+.2f")
        told.findings.append(
            f"A trait under stress, {name}: {add} of {len(rows)} traits interact on the additive scale and {times} on "
            f"the multiplicative (false discovery rate 5%). Clearest is {str(row['trait']).replace('_', ' ')}: a "
            f"standard deviation more of both gives {sum_of} intrusions a week beyond the sum{ratio}."
        )
