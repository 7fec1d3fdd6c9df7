"""A section while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.section import Picture, Section, Table


@dataclass
class Draft:
    """Collects what parts of the chapter have to tell, in their order."""

    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)

    def section(self) -> Section:
        """The chapter as a report takes it."""
        return Section(
            "persistence", "How long the memory lasts", tuple(self.tables), tuple(self.pictures), tuple(self.findings),
            tuple(self.warnings), tuple(self.methods),
        )  # fmt: skip


def between(low: float, high: float, digits: int = 3) -> str:
    """A 95% interval in words; says so where there is none."""
    return f"95% interval {low:.{digits}g} to {high:.{digits}g}" if low == low and high == high else "no interval"
