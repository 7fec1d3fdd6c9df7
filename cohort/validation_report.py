"""What a validation leaves behind: a table, a page with a figure for each finding, and the table of the README."""

from __future__ import annotations

import io
import math
import shutil
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from cohort import __version__
from cohort.errors import InputError
from cohort.provenance import NOTICE
from cohort.records import refuse_existing
from cohort.scorecard import Row, Tally, tally

BEGIN, END = "<!-- scorecard: written by cohort validate --readme -->", "<!-- end of scorecard -->"
_SIGNS = {"pass": "pass", "miss": "**miss**", "undecided": "undecided"}
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}td:first-child,td:nth-child(2),"
    "th:first-child,th:nth-child(2){text-align:left}svg{max-width:100%;height:auto}.miss{color:#a03000;font-weight:bold}"
)


def write(rows: Sequence[Row], out: Path) -> list[Path]:
    """Write ``scorecard.csv`` and ``report.html`` into the new directory `out`, whole or not at all."""
    refuse_existing(out)
    place = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        pd.DataFrame([row.told() for row in rows]).to_csv(place / "scorecard.csv", index=False)
        (place / "report.html").write_text(page(rows), "utf-8")
        place.chmod(0o755)
        place.rename(out)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return [out / "report.html", out / "scorecard.csv"]


def page(rows: Sequence[Row]) -> str:
    """The report as one page of HTML that needs nothing else."""
    by: dict[str, list[Row]] = {}
    for row in rows:
        by.setdefault(row.target.id, []).append(row)
    head = "<tr>" + "".join(f"<th>{name}</th>" for name in HEADS) + "</tr>"
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells(row)[:-2])}"
        f"<td class='{row.verdict}'>{row.verdict}</td><td>{escape(cells(row)[-1])}</td></tr>"
        for row in rows
    )
    figures = "".join(
        f"<h2>{escape(key)}: {escape(parts[0].target.phenomenon)}</h2>"
        f"<p>{escape(parts[0].target.experiment)}. {escape(parts[0].target.source)}</p>{_svg(parts)}"
        for key, parts in by.items()
    )
    said = "".join(f"<li>{escape(line)}</li>" for line in summary(rows))
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Scorecard</title><style>{_STYLE}</style>"
        f"<h1>Published findings and the model</h1><p>cohort {__version__}. {escape(NOTICE)}</p><ul>{said}</ul>"
        f"<table>{head}{body}</table>{figures}</html>\n"
    )


HEADS = (
    "finding",
    "phenomenon",
    "use",
    "published",
    "band",
    "simulated (95% interval)",
    "baseline",
    "verdict",
    "baseline's",
)


def cells(row: Row) -> tuple[str, ...]:
    """The cells of a row of the table, as text."""
    target, found = row.target, row.found
    half = 1.959963984540054 * found.se
    simulated = "not defined" if math.isnan(found.value) else f"{found.value:.3g}"
    if math.isfinite(half) and half > 0.0:
        simulated += f" ({found.value - half:.3g} to {found.value + half:.3g})"
    return (
        target.key,
        f"{target.phenomenon} ({target.unit})",
        target.use,
        _plain(target.value),
        band(target.low, target.high),
        simulated,
        _plain(row.baseline),
        row.verdict,
        row.baseline_verdict or "-",
    )


def band(low: float, high: float) -> str:
    """A band as text, open where one side is."""
    if math.isnan(low):
        return f"at most {high:.3g}"
    if math.isnan(high):
        return f"at least {low:.3g}"
    return f"{low:.3g} to {high:.3g}" if high > low else f"{low:.3g}"


def summary(rows: Sequence[Row]) -> list[str]:
    """What the table says at a glance."""
    scored = [row for row in rows if row.target.use in ("calibrate", "predict")]
    never = [row for row in rows if row.target.use == "never"]
    out = []
    if scored:
        out.append(f"findings reproduced: {_listed(tally(scored))}")
        for use in ("calibrate", "predict"):
            some = [row for row in scored if row.target.use == use]
            if some:
                out.append(f"parts with use = {use}: {sum(r.verdict == 'pass' for r in some)} of {len(some)} pass")
        told = [row for row in scored if row.baseline_verdict is not None and not row.treated]
        treated = [row for row in scored if row.treated]
        if told:
            better, worse = sum(bool(r.beats) for r in told), sum(r.baseline_verdict == "pass" for r in told)
            passed = sum(r.verdict == "pass" for r in told)
            out.append(
                f"of {len(told)} parts that the baseline can express: {passed} pass, the baseline's {worse}; "
                f"clearly closer than it: {better}"
            )
        if treated:
            passed, idle = (sum(told == "pass" for told in column) for column in _verdicts(treated))
            out.append(f"parts on drugs, tasks and therapy: {passed} of {len(treated)} pass; `no effect`: {idle}")
    if never:
        out.append(f"effects that did not replicate and stay small: {_listed(tally(never))}")
    return out


def _verdicts(rows: Sequence[Row]) -> tuple[list[str], list[str | None]]:
    return [row.verdict for row in rows], [row.baseline_verdict for row in rows]


def _listed(found: Tally) -> str:
    missed = f"; missed: {', '.join(found.missed)}" if found.missed else ""
    undecided = f"; undecided: {', '.join(found.undecided)}" if found.undecided else ""
    whole = len(found.passed) + len(found.missed) + len(found.undecided)
    return f"{len(found.passed)} of {whole}{missed}{undecided}"


def into_readme(rows: Sequence[Row], path: Path) -> None:
    """Put the table between its two marks in a Markdown file. Raises InputError when they are not there."""
    text = path.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"{path}: has no place for the scorecard; put the lines '{BEGIN}' and '{END}' where it goes")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    lines = [f"- {line}" for line in summary(rows)]
    lines += ["", f"| {' | '.join(HEADS)} |", "|" + "---|" * len(HEADS)]
    for row in rows:
        *plain, verdict, base = cells(row)
        lines.append(f"| {' | '.join((*plain, _SIGNS[verdict], base))} |")
    part = path.with_name(path.name + ".part")
    part.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + after, "utf-8")
    part.replace(path)


def _svg(parts: Sequence[Row]) -> str:
    import matplotlib

    from analysis.fidelity.scorecard_figure import draw

    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "cohort", "svg.fonttype": "none"}):
        draw(pd.DataFrame([row.told() for row in parts])).savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue().partition("<svg")[1] + text.getvalue().partition("<svg")[2]


def _plain(value: float | None) -> str:
    return "-" if value is None or math.isnan(value) else f"{value:.3g}"
