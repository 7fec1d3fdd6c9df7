"""Which chapters a report has, in which order. Each imports its statistics when it is made: they take seconds."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from analysis.report.compose import Chapter
from analysis.section import Section
from analysis.study import Study

# Key, title and module of each question; the module's `section` answers it of a study.
QUESTIONS = (
    ("run", "What was run", "analysis.report.calendar"),
    ("population", "Population", "analysis.report.population"),
    ("persistence", "How long memories last", "analysis.persistence.section"),
    ("intrusions", "Intrusive recall", "analysis.intrusions.section"),
    ("courses", "Courses", "analysis.courses.section"),
    ("quality", "Vividness, accuracy, coherence", "analysis.quality.section"),
    ("variation", "Differences between persons", "analysis.variation.section"),
)


def chapters(study: Study, limits: Mapping[str, float] | None = None) -> list[Chapter]:
    """The chapters of any study; a trial has one more, of its own tables.

    `limits` are the largest effects that a named variant may have, see `analysis.variation.section.section`.
    """
    more = {"variation": {"limits": limits}}
    return [_chapter(key, title, module, study, more.get(key, {})) for key, title, module in QUESTIONS]


def _chapter(key: str, title: str, module: str, study: Study, more: Mapping[str, Any]) -> Chapter:
    def make() -> Section:
        section: Section = import_module(module).section(study, **more)
        return section

    return Chapter(key, title, make)
