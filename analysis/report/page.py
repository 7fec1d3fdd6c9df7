"""The page: one HTML file that needs nothing else, and links to the files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from analysis.report.compose import Report
from analysis.report.printed import ABSENT, printed

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "scikit-learn", "matplotlib", "seaborn")
_NOT_PLAIN = ("notice", "versions", "events", "inputs")  # facts that have a place of their own


def page(report: Report) -> str:
    """The report as HTML."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    folder = files("analysis.report")
    template = environment.from_string((folder / "page.html.jinja").read_text("utf-8"))
    facts = report.study.facts or {}
    return template.render(
        title=report.study.title or "Report",
        notice=facts.get("notice", ""),
        style=Markup((folder / "page.css").read_text("utf-8")),
        facts=_facts(report),
        chapters=report.chapters,
        warned=[section for section in report.sections if section.warnings],
        printed=printed,
        absent=ABSENT,
        markup=Markup,
        methods=[section for section in report.sections if section.methods],
        libraries=libraries(),
    )  # fmt: skip


def libraries() -> dict[str, str]:
    """Versions of the libraries that the estimates come from; those that are not installed are left out."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _facts(report: Report) -> list[tuple[str, str]]:
    """What was run, a label and a text each."""
    study = report.study
    facts: Mapping[str, Any] = study.facts or {}
    out = [(key, _listed(facts[key])) for key in facts if key not in _NOT_PLAIN and facts[key] not in (None, "", [])]
    out += [] if study.seed is None else [("seed", str(study.seed))]
    persons = study.tables.rows.get("persons", 0)
    out += [("persons", f"{persons:,}"), ("days", f"{study.days:,}"), ("focus", study.focus)]
    out += [(name, _listed(facts[name])) for name in ("inputs", "versions") if facts.get(name)]
    return out


def _listed(told: Any) -> str:
    if isinstance(told, Mapping):
        return ", ".join(f"{key} {value}" for key, value in told.items() if value is not None)
    return ", ".join(map(str, told)) if isinstance(told, (list, tuple)) else str(told)
