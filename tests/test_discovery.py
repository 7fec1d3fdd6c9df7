"""Scenario discovery, regional sensitivity and the form of the EMA Workbench, on tables whose truth is planted."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.design import response
from analysis.design.discovery import prim, tree
from analysis.design.ema import save
from analysis.design.regional import regional

N = 4000


def inputs(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "dose": rng.uniform(10, 160, N),
            "hours": rng.uniform(1, 72, N),
            "ace": rng.integers(0, 11, N),
            "ne": rng.normal(1, 0.2, N),
            "arm": rng.choice(["pill", "talk", "both"], N),
        }
    )


def test_prim_finds_a_planted_box() -> None:
    told = inputs()
    inside = (told["dose"] < 50) & (told["ace"] >= 6) & (told["arm"] == "pill")
    rng = np.random.default_rng(2)
    cases = np.where(inside, rng.random(N) < 0.95, rng.random(N) < 0.02)
    box = prim(told, cases)[0]
    assert set(box.limits) == {"dose", "ace", "arm"}
    dose, ace = box.limits["dose"], box.limits["ace"]
    assert dose == (-np.inf, pytest.approx(50, abs=3))
    assert ace == (6.0, np.inf)
    assert box.limits["arm"] == frozenset({"pill"})
    assert box.density > 0.9
    truth = (cases & inside).sum() / cases.sum()
    assert box.coverage == pytest.approx(truth, abs=0.05)
    assert box.density == pytest.approx(cases[box.holds(told)].mean())
    assert sorted(str(box).split(" and ")) == sorted([f"dose <= {dose[1]:.4g}", "6 <= ace", "arm in pill"])


def test_prim_finds_two_boxes_one_after_the_other() -> None:
    told = inputs()
    one = (told["dose"] < 70) & (told["hours"] < 30)
    other = (told["dose"] > 130) & (told["hours"] > 50)
    found = prim(told, (one | other).to_numpy(bool))
    assert len(found) >= 2
    shares = [max((one & b.holds(told)).sum() / one.sum(), (other & b.holds(told)).sum() / other.sum()) for b in found]
    assert min(shares[:2]) > 0.85


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_prim_finds_nothing_where_nothing_is_planted(share: float) -> None:
    told = inputs()
    cases = np.random.default_rng(3).random(N) < share
    assert all(box.density < 1.5 * share for box in prim(told, cases))
    assert (tree(told, cases) == "") == (share in (0.0, 1.0))


def test_tree_splits_at_the_planted_border() -> None:
    told = inputs()
    text = tree(told, (told["hours"] > 40).to_numpy(bool))
    assert text.startswith("|--- hours <= 40.0") or text.startswith("|--- hours <= 39.9")


def test_regional_sensitivity_is_the_distance_of_kolmogorov_and_smirnov() -> None:
    told = inputs()
    cases = (told["ne"] + np.random.default_rng(4).normal(0, 0.1, N) > 1.1).to_numpy(bool)
    found = regional(told, cases).set_index("input")
    assert found.index[0] == "ne"
    assert found.loc["ne", "distance"] == pytest.approx(stats.ks_2samp(told["ne"][cases], told["ne"][~cases]).statistic)
    others = found.drop(index=["ne", "arm"])
    assert (others["distance"] < 1.3 * others["limit"]).all()
    # 1.36 sqrt((m + n) / mn) at 5%: Smirnov 1948, in every table.
    m, n = cases.sum(), (~cases).sum()
    assert found.loc["ne", "limit"] == pytest.approx(1.358 * np.sqrt((m + n) / (m * n)), rel=1e-3)
    assert regional(told, np.ones(N, bool)).empty


def test_a_surface_holds_the_means_of_its_cells() -> None:
    told = inputs()
    found = response.response(told, told["dose"] + (told["arm"] == "talk"), "dose", "arm")
    assert found["n"].sum() == N
    by = found.pivot(index="dose", columns="arm", values="mean")
    assert np.allclose(by["pill"], by.index, rtol=0.1)
    response.draw(found, "effect on distress (points)", "lower")


def test_the_archive_is_that_of_the_ema_workbench(tmp_path: Path) -> None:
    """Its form as ``ema_workbench.util.load_results`` of version 3.0 reads it; looked at in its source."""
    told = inputs()[["dose", "arm"]].head(5)
    values = np.arange(5.0)
    for name in ("a.tar.gz", "b.tar.gz"):
        save(told, {"distress": values}, tmp_path / name)
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "a.tar.gz", "r:gz") as archive:
        read = {entry.name: archive.extractfile(entry).read() for entry in archive}  # type: ignore[union-attr]
    metadata = json.loads(read["metadata.json"])
    assert metadata["experiments"] == {"dose": "float64", "arm": "category"}
    assert metadata["outcomes"] == [["ScalarOutcome", "distress", "distress.cls"]]
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(read["experiments.csv"])), told, check_dtype=False)
    assert np.array_equal(pd.read_csv(io.BytesIO(read["distress.cls"]), header=None)[0], values)
    with pytest.raises(ValueError, match=r"distress.*permitted: \(5,\)"):
        save(told, {"distress": np.zeros(4)}, tmp_path / "c.tar.gz")
