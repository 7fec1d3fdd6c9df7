"""The chapter on what memories are like: where vivid and accurate, central and peripheral, told and intruding part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.quality import confidence_figure, forest_figure, network_figure, reading, time_figure
from analysis.quality.dissociation import (
    central_peripheral,
    confidence,
    over_time,
    relations,
    retained,
    sides,
    told_and_intruding,
    vivid_or_coherent,
)
from analysis.quality.network import BLOCK, nodes, together
from analysis.section import Draft, Picture, Section, Table
from analysis.study import Study

_TITLE = "What memories are like"
_FEWEST = 20  # exposed persons
_MODULE, _READING = "analysis.quality.dissociation", "analysis.quality.reading"
_SIDES = f"sides = {_MODULE}.sides({_READING}.asked(study), {_READING}.came(study), study.exposure); "


def section(study: Study) -> Section:
    """Dissociations within and between persons, confidence by arousal, and the network of linked memories."""
    told = Draft()
    exposure = study.exposure
    if len(exposure) < _FEWEST:
        told.warnings.append(f"{len(exposure)} persons experienced {study.focus}; sides of a memory need {_FEWEST}")
    else:
        came = _known(lambda: reading.came(study), reading.CAME, told)
        asked = _known(lambda: reading.asked(study), reading.ASKED, told)
        central = _central(study, told)
        intruding = _times(study, asked, came, told)
        relation = _persons(asked, came, exposure, told)
        gaps = forest_figure.differences(central, intruding)
        rows = forest_figure.correlations(relation)
        if len(gaps) or len(rows):
            text = (
                "Left: differences within persons in standard deviations. Right: correlations over the exposed "
                "persons, Spearman's unless said. Bars: 95% intervals."
            )
            told.pictures.append(Picture("dissociations", "Dissociations", forest_figure.draw(gaps, rows), text))
    _confidence(study, told)
    _network(study, told)
    return told.section("quality", _TITLE)


def _known(of: Callable[[], pd.DataFrame], columns: Sequence[str], told: Draft) -> pd.DataFrame:
    """What `of` reads, empty where a table of real participants lacks columns; a warning says so."""
    try:
        return of()
    except KeyError as fault:
        told.warnings.append(str(fault.args[0]))
        return pd.DataFrame(columns=list(columns))


def _plain(study: Study, table: str, columns: list[str], told: Draft) -> pd.DataFrame:
    return _known(lambda: reading.read(study, table, columns), columns, told)


def _central(study: Study, told: Draft) -> pd.DataFrame:
    held = _known(lambda: reading.held(study), reading.HELD, told)
    if not len(held):
        told.warnings.append("no memories were recorded: nothing to say of central and peripheral content")
        return pd.DataFrame(columns=["episode", "d", "d_low", "d_high"])
    found = central_peripheral(held)
    note = (
        "Agreement with the event as it was, at the end, 0 to 1; of the focus episode among the exposed, of the others "
        "among all who hold it. Mean difference with 95% t-interval; d in units of the root mean variance, "
        "delta-method interval. d is not defined where no memory was ever altered."
    )
    told.tables.append(
        Table(
            "central_peripheral",
            "Central and peripheral fidelity",
            found,
            f"{_MODULE}.central_peripheral({_READING}.held(study))",
            note,
        )
    )
    mine = found[found["episode"] == study.focus]
    if mine["d"].notna().any():
        row = mine.iloc[0]
        told.findings.append(
            f"At the end, {_which(row['low'], row['high'], 'central', 'peripheral', 'neither')} content of "
            f"{study.focus} is closer to the event: central − peripheral {row['mean']:.3f} of 1 "
            f"{_span(row, 'low', 'high')}, d = {row['d']:.2f} {_span(row, 'd_low', 'd_high', 2)} (n = "
            f"{row['persons']:.0f})."
        )
    else:
        told.warnings.append(f"no memory of {study.focus} was altered: central and peripheral fidelity do not differ")
    told.methods.append(
        "Differences within persons: t-intervals (scipy), and in units of the root mean variance (Bonett 2008, "
        "10.1037/1082-989X.13.2.99) with delta-method intervals that do not take the values to be normal."
    )
    return found


def _times(study: Study, asked: pd.DataFrame, came: pd.DataFrame, told: Draft) -> pd.DataFrame:
    """Over the assessments: what is left, what intrudes against what is told, coherence with intrusions."""
    nothing = pd.DataFrame(columns=["quality", "d", "d_low", "d_high"])
    if asked["vividness"].notna().sum() < _FEWEST:
        told.warnings.append(
            "hardly anybody was assessed with a trace of the focus episode: its sides are not compared"
        )
        return nothing
    left = retained(asked)
    days = sorted(int(day) for day in asked["day"].unique())
    relation = over_time(asked, study.daily, days)
    if len(left) > 1:
        note = (
            "Means under the full cue, and what is left of them since the first assessment; 95% delta-method interval."
        )
        told.tables.append(Table("vividness_accuracy_time", "Vividness and accuracy over time", left,
                                 f"{_MODULE}.retained({_READING}.asked(study))", note))  # fmt: skip
        last = left.iloc[-1]
        told.findings.append(
            f"From day {left['day'].iloc[0]:.0f} to day {last['day']:.0f}, {last['vividness_left']:.0%} of vividness "
            f"and {last['accuracy_left']:.0%} of accuracy are left: the former {last['ratio']:.2f} times the latter "
            f"{_span(last, 'low', 'high', 2)} (n = {last['persons']:.0f})."
        )
    else:
        told.warnings.append("one assessment, or nobody held a trace at all of them: nothing to say of forgetting")
    if relation["r"].notna().any():
        note = "Spearman's correlation over the exposed; 95% interval by Fisher's z. Intrusions since the last one."
        call = (
            f"asked = {_READING}.asked(study); "
            f"{_MODULE}.over_time(asked, study.daily, sorted(asked['day'].astype(int).unique()))"
        )
        told.tables.append(
            Table("coherence_intrusions_time", "Coherence and intrusions over time", relation, call, note)
        )
    if len(left) > 1 and relation["r"].notna().any():
        text = (
            f"Left: mean vividness and accuracy of {study.focus} under the full cue, in % of the first assessment. "
            "Middle: their ratio. Right: Spearman's correlation of coherence with the number of intrusions since the "
            f"assessment before. Bands: 95%. Exposed persons, n = {asked['person'].nunique():,}."
        )
        told.pictures.append(
            Picture("sides_over_time", "Sides of the memory over time", time_figure.draw(left, relation), text)
        )
    if not len(came):
        why = "never intruded" if study.recorded("intrusions") else "has no intrusions on record"
        told.warnings.append(f"{study.focus} {why}: they are not held against what is told")
        return nothing
    intruding = told_and_intruding(asked, came)
    if not intruding["persons"].any():
        told.warnings.append("nothing intruded between two assessments: it is not held against what is told")
        return nothing
    note = (
        "Means over persons of what intruded between two assessments, and of the same under the full cue at the two. "
        "Mean difference with 95% t-interval; d in units of the root mean variance."
    )
    told.tables.append(
        Table(
            "told_intruding",
            "Intruding and asked for",
            intruding,
            f"{_MODULE}.told_and_intruding({_READING}.asked(study), {_READING}.came(study))",
            note,
        )
    )
    told.findings += [
        f"{row['quality'].capitalize()} of what intrudes is "
        f"{_which(row['low'], row['high'], 'higher', 'lower', 'not other')} than of what comes when asked for: "
        f"{row['mean']:+.3f} {_span(row, 'low', 'high')}, d = {row['d']:.2f} {_span(row, 'd_low', 'd_high', 2)} (n = "
        f"{row['persons']:.0f})."
        for row in intruding[intruding["d"].notna()].to_dict("records")
    ]
    return intruding


def _persons(asked: pd.DataFrame, came: pd.DataFrame, exposure: pd.DataFrame, told: Draft) -> pd.DataFrame:
    side = sides(asked, came, exposure)
    found = relations(side)
    if found["r"].isna().all():
        told.warnings.append("voluntary memory, or intrusions, do not differ between persons: no correlations")
        return found
    note = (
        "Over the exposed. Coherence: 1 - fragmentation; it, vividness and accuracy under the full cue, means over the "
        "assessments since exposure. Intrusions: their number; intruding: their mean vividness. Spearman's (partial, "
        "where something is given) and Pearson's correlation; 95% interval by Fisher's z."
    )
    told.tables.append(
        Table(
            "sides_correlations", "Sides of the memory over persons", found, f"{_SIDES}{_MODULE}.relations(sides)", note
        )
    )
    for row in found[(found["first"] == "coherence") & (found["second"] == "intrusions")].to_dict("records"):
        if np.isnan(row["r"]):
            continue
        held = f", with the {row['given']} held constant" if row["given"] else ""
        told.findings.append(
            "Persons whose voluntary memory is more coherent have "
            f"{_which(row['low'], row['high'], 'more', 'fewer', 'neither more nor fewer')} intrusions{held}: "
            f"Spearman's r = {row['r']:.2f} {_span(row, 'low', 'high', 2)} (n = {row['persons']})."
        )
    if found.loc[found["given"] == "dose", "r"].isna().all():
        told.warnings.append("the dose does not differ between the exposed: it is not held constant")
    rivals = vivid_or_coherent(side)
    if len(rivals):
        row = rivals.to_dict("records")[0]
        told.tables.append(
            Table(
                "vivid_or_coherent", "Vividness against coherence", rivals,
                f"{_SIDES}{_MODULE}.vivid_or_coherent(sides)",
                "Spearman's correlation of the number of intrusions with each, and their difference with a 95% "
                "interval; t: Williams's test.",
            )
        )  # fmt: skip
        told.findings.append(
            f"The number of intrusions goes with vividness (r = {row['vividness']:.2f}) "
            f"{_which(row['low'], row['high'], 'more', 'less', 'no more')} than with coherence (r = "
            f"{row['coherence']:.2f}): difference {row['difference']:.2f} {_span(row, 'low', 'high', 2)}, Williams's "
            f"t({row['df']:.0f}) = {row['t']:.1f}."
        )
    pearson = found[found["kind"] == "Pearson"].iloc[0]
    if not np.isnan(pearson["r"]):
        told.findings.append(
            f"Vividness and accuracy under the full cue, means since exposure, correlate at {pearson['r']:.2f} "
            f"{_span(pearson, 'low', 'high', 2)} over persons."
        )
    told.methods.append(
        "Correlations: Spearman's with Fisher's z and the variance of Bonett & Wright 2000 (10.1007/BF02294183), "
        "partial ones of ranks; dependent correlations by the interval of Zou 2007 (10.1037/1082-989X.12.4.399) and "
        "the test of Williams (Steiger 1980, 10.1037/0033-2909.87.2.245). Those two take variables to be normal; ranks "
        "are used."
    )
    return found


def _confidence(study: Study, told: Draft) -> None:
    came = _plain(study, "intrusions", ["person", "episode", "confidence", "accuracy"], told)
    held = _plain(study, "memories", ["person", "episode", "arousal"], told)
    if not (len(came) and len(held)):
        told.warnings.append("no intrusions, or no memories, were recorded: nothing to say of confidence")
        return
    found = confidence(came, held)
    known = found[found["slope"].notna()]
    if not len(known):
        told.warnings.append("too few memories intruded to speak of confidence and accuracy")
        return
    note = (
        "Memories that intruded, means of each over its intrusions. over: confidence less accuracy; slope: accuracy "
        "gained with a unit of confidence; 95% intervals clustered by person. In the simulation, confidence is made of "
        "vividness and accuracy."
    )
    call = f"{_MODULE}.confidence(study.tables.table('intrusions'), study.tables.table('memories'))"
    told.tables.append(Table("confidence_accuracy", "Confidence and accuracy by arousal", found, call, note))
    text = "Of memories that intruded, by arousal at encoding. Bars: 95% intervals, clustered by person."
    told.pictures.append(Picture("confidence_accuracy", "Confidence and accuracy", confidence_figure.draw(known), text))
    said = "; ".join(
        f"{row['arousal']}: {row['over']:.3f} {_span(row, 'over_low', 'over_high')}" for row in known.to_dict("records")
    )
    told.findings.append(f"Confidence exceeds accuracy, by arousal at encoding, by {said} (both 0 to 1).")
    told.methods.append("Confidence on accuracy: least squares with errors clustered by person (statsmodels).")


def _network(study: Study, told: Draft) -> None:
    came = _plain(study, "intrusions", ["person", "minute", "episode"], told)
    memories = _plain(study, "memories", ["person", "episode", "charge"], told)
    if not (len(came) and len(memories)):
        told.warnings.append("no intrusions, or no memories, were recorded: nothing to say of links between memories")
        return
    held = nodes(memories, came, len(study.persons))
    pairs = together(came, study.days)
    if not len(pairs):
        told.warnings.append("no two episodes intruded often enough to look for links between memories")
        return
    note = (
        f"Person-days with both, against what the days of each would give by chance in each person and each {BLOCK} "
        "days; 95% delta-method interval over persons."
    )
    told.tables.append(
        Table(
            "linked_memories",
            "Memories that come together",
            pairs,
            "analysis.quality.network.together(study.tables.table('intrusions'), study.days)",
            note,
        )
    )
    strong = network_figure.linked(pairs)
    text = (
        f"Points: episodes, with the share of all {len(study.persons):,} persons who hold a memory of it (area); "
        "colour: mean felt distress. Lines: pairs that intrude on the same day more often than chance in the same "
        f"person and the same {BLOCK} days (95% interval, Bonferroni over all pairs, above 1). Points are the nearer "
        "the more often a pair comes together."
    )
    told.pictures.append(Picture("linked_memories", "Linked memories", network_figure.draw(held, pairs), text))
    told.findings.append(_links(pairs, strong))
    told.methods.append(
        f"Links of memories: same-day intrusions of pairs, observed over expected within persons and {BLOCK}-day "
        "blocks; places by Kamada & Kawai (networkx)."
    )


def _links(pairs: pd.DataFrame, strong: pd.DataFrame) -> str:
    if not len(strong):
        return f"Of {len(pairs)} pairs of episodes, none comes on the same day more often than chance."
    row = strong.iloc[0]
    return (
        f"Of {len(pairs)} pairs of episodes, {len(strong)} come on the same day more often than chance, most of all "
        f"{row['first']} and {row['second']}, {row['ratio']:.2f} times {_span(row, 'low', 'high', 2)}."
    )


def _which(low: float, high: float, above: str, below: str, neither: str) -> str:
    """The word for an interval above 0, below it, or on both sides."""
    return above if low > 0.0 else below if high < 0.0 else neither


def _span(row: Any, low: str, high: str, digits: int = 3) -> str:
    """The interval of a row, in brackets."""
    return f"[{row[low]:.{digits}f}, {row[high]:.{digits}f}]"
