"""Chapters whose content is known, for the tests of a report."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.report.compose import Chapter
from analysis.section import Picture, Section, Table
from analysis.study import Frames, Study


def figure(points: int = 20) -> Figure:
    drawn = Figure(figsize=(6.5, 2.5), layout="constrained")
    left, right = drawn.subplots(1, 2)
    at = np.linspace(0.0, 1.0, points)
    left.plot(at, at**2, marker="o", clip_on=True)
    right.scatter(at, 1.0 - at)
    for axes in (left, right):
        axes.set(xlabel="days", ylabel="share")
    return drawn


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["sex", "ace <4>", "age"], "irr": [1.23456, 0.98765, np.nan], "low": [1.1, 0.7, np.nan],
            "high": [1.4, 1.3, np.nan], "p": [1e-9, 0.0456, np.nan], "n": [1200, 1200, 3],
            **{f"{name}_estimate": [0.1, 0.2, 0.3] for name in ("unadjusted", "adjusted", "standardized", "weighted")},
        }
    )  # fmt: skip


def section(key: str = "toy", pictures: int = 1, points: int = 20) -> Section:
    return Section(
        key,
        f"A toy: {key}",
        tables=(Table(f"{key}-table", "Rates & ratios", frame(), "rates(study.weekly())", "IRR, 95% interval."),),
        pictures=tuple(
            Picture(f"{key}-figure-{k}", f"Figure {k}", figure(points), 'What it "shows" <n = 20>')
            for k in range(pictures)
        ),
        findings=("Intrusions fell by 23% (95% interval 10% to 40%).",),
        warnings=("The model did not converge at first.",),
        methods=("A method (Author 2001, 10.1000/x).",),
    )


def chapter(make: Callable[[], Section], key: str = "toy") -> Chapter:
    return Chapter(key, f"A toy: {key}", make)


def study(n: int = 40) -> Study:
    rng = np.random.default_rng(1)
    persons = pd.DataFrame(
        {
            "id": np.arange(n), "sex": np.where(np.arange(n) % 2 == 0, "female", "male"), "age": 20.0 + np.arange(n),
            "ace": rng.integers(0, 6, n), "near": np.arange(n) % 4 == 0,
        }
    )  # fmt: skip
    there = np.arange(0, n, 4)
    exposures = pd.DataFrame(
        {"person": there, "minute": 1440, "event": "fire", "kind": "experience", "scene": "fire", "dose": 0.5}
    )
    facts = {"notice": "Not for a patient.", "hash": "abc", "versions": {"cohort": "1", "numba": None}}
    return Study(Frames({"persons": persons, "exposures": exposures}), 30, "fire", "A fire <here>", 7, facts)
