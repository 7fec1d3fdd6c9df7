"""How an interval is told."""

from __future__ import annotations


def between(low: float, high: float, digits: int = 3) -> str:
    """A 95% interval in words; says so where there is none."""
    return f"95% interval {low:.{digits}g} to {high:.{digits}g}" if low == low and high == high else "no interval"
