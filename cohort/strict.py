"""Strict tables: what every table of a scenario's language has in common, and the kinds of value they share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cohort.times import NAME

Name = Annotated[str, Field(pattern=rf"^{NAME}$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Signed = Annotated[float, Field(ge=-1.0, le=1.0)]
Pair = Annotated[tuple[Share, Share], Field(strict=False)]
Text = Annotated[str, Field(max_length=1000)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


def number(default: Any, low: float, high: float, meaning: str) -> Any:
    """A key that holds a number from `low` to `high`."""
    return Field(default, ge=low, le=high, description=meaning)


def key(default: Any, meaning: str, **bounds: Any) -> Any:
    """A key of any kind."""
    return Field(default, description=meaning, **bounds)


class Table(BaseModel):
    """Strict: no unknown key, no value of another type, no number that is not finite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)
