"""What an analysis hands to a report: its tables, pictures, findings, warnings and methods, each traceable."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Table:
    """A table as a journal would print it, and as a CSV holds it in full precision.

    `name` becomes the file's name; `call` is Python that makes the frame again: statements, the last an expression with
    its value, given the `study` (or `trial`) and the modules that it names; `note` stands below it and gives units, n,
    estimator and what is missing.
    """

    name: str
    title: str
    frame: pd.DataFrame
    call: str
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure, written as SVG and PNG under `name`; `text` is its caption: what it shows, n and what intervals are."""

    name: str
    title: str
    figure: Figure
    text: str


@dataclass(frozen=True)
class Section:
    """One chapter of a report.

    `findings` are sentences in plain language with effect size, unit and interval; `warnings` say where a model did not
    converge, an assumption broke or data are too few; `methods` name estimators and their sources. A section with
    nothing to tell has a warning that says why, and no empty table or picture.
    """

    key: str
    title: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    findings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


@dataclass
class Draft:
    """A section while it is being written: its parts add what they have to tell, in their order."""

    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)

    def section(self, key: str, title: str) -> Section:
        """What has been put together, as a report takes it."""
        return Section(
            key, title, tuple(self.tables), tuple(self.pictures), tuple(self.findings), tuple(self.warnings),
            tuple(self.methods),
        )  # fmt: skip
