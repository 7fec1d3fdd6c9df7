"""The chapters of a report, made one after the other: one that fails becomes a warning on the page, not its end."""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.report.svg import Drawn, drawn
from analysis.section import Picture, Section, Table
from analysis.study import Study

# What an analysis may raise over its data. Faults of the machine, and of the files that tables come from, go through.
FAILURES = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
Watch = Callable[[int, int, str], None]  # chapters done, of how many, title of the next
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")  # of a file, on any system


@dataclass(frozen=True)
class Chapter:
    """One chapter to be made: the section's key and title, should it fail, and the function that makes it."""

    key: str
    title: str
    make: Callable[[], Section]


@dataclass(frozen=True)
class Made:
    """A section with its pictures drawn, by name."""

    section: Section
    drawings: Mapping[str, Drawn] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Report:
    """What was found in a study, chapter by chapter."""

    study: Study
    chapters: tuple[Made, ...]

    def __repr__(self) -> str:
        counted = f"{len(self.tables)} tables, {len(self.drawings)} figures, {len(self.warnings)} warnings"
        return f"<Report on {self.study.title or self.study.focus}: {len(self.chapters)} chapters, {counted}>"

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections in their order."""
        return tuple(made.section for made in self.chapters)

    @property
    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        return {table.name: table for section in self.sections for table in section.tables}

    @property
    def drawings(self) -> dict[str, Drawn]:
        """All figures by name."""
        return {name: one for made in self.chapters for name, one in made.drawings.items()}

    @property
    def warnings(self) -> list[str]:
        """All warnings, each with the section's key before it."""
        return [f"{section.key}: {line}" for section in self.sections for line in section.warnings]


def compose(study: Study, chapters: Sequence[Chapter], watch: Watch | None = None) -> Report:
    """Make the chapters in their order. A failed one is a section without content and with a warning that says why."""
    taken: set[str] = set()
    out = []
    for done, chapter in enumerate(chapters):
        if watch is not None:
            watch(done, len(chapters), chapter.title)
        out.append(made := _made(chapter, taken))
        taken.update(_names(made.section))
    if watch is not None:
        watch(len(chapters), len(chapters), "done")
    return Report(study, tuple(out))


def _made(chapter: Chapter, taken: set[str]) -> Made:
    try:
        with warnings.catch_warnings(record=True) as said:
            section = _usable(chapter.make())
            _check_names(section, taken)
            drawings = {one.name: drawn(one.figure, one.name, one.text) for one in section.pictures}
    except FAILURES as fault:
        return Made(Section(chapter.key, chapter.title, warnings=(_told(fault),)))
    lines = dict.fromkeys(f"{one.category.__name__}: {_first_line(one.message)}" for one in said)
    return Made(replace(section, warnings=(*section.warnings, *lines)), drawings)


def _usable(section: Section) -> Section:
    """The section without tables that have no row or column and figures that have no axes, each with a warning."""
    empty: list[Table | Picture] = [table for table in section.tables if table.frame.empty]
    empty += [picture for picture in section.pictures if not picture.figure.axes]
    if not empty:
        return section
    lines = tuple(f"{one.title}: nothing to show, so it is left out." for one in empty)
    return replace(
        section,
        tables=tuple(table for table in section.tables if not table.frame.empty),
        pictures=tuple(picture for picture in section.pictures if picture.figure.axes),
        warnings=(*section.warnings, *lines),
    )


def _check_names(section: Section, taken: set[str]) -> None:
    names = _names(section)
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"the name {name!r} of a table or figure makes no file name")
        if names.count(name) > 1 or name in taken:
            raise ValueError(f"the name {name!r} of a table or figure is there twice")


def _names(section: Section) -> list[str]:
    return [f"{one.name}.csv" for one in section.tables] + [f"{one.name}.svg" for one in section.pictures]


def _told(fault: Exception) -> str:
    """One line that says what failed and where."""
    last = traceback.extract_tb(fault.__traceback__)[-1]
    mine = [frame for frame in traceback.extract_tb(fault.__traceback__) if "analysis" in Path(frame.filename).parts]
    frame = mine[-1] if mine else last
    where = f"{Path(frame.filename).parent.name}/{Path(frame.filename).name}, line {frame.lineno}"
    return f"This section could not be made: {type(fault).__name__}: {_first_line(fault)} ({where})."


def _first_line(message: object) -> str:
    lines = str(message).strip().splitlines()
    return lines[0] if lines else "no reason given"
