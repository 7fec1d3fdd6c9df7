"""What a sweep takes for a point of its design, here and on a cluster. See README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from a_cluster import cluster  # noqa: E402

from cohort.cli import main as cohort  # noqa: E402

PERSONS, DAYS = 2_000, 90
DESIGN = """
scenario = "propranolol-prevention"
settings = ["study.days={days}"]
persons = {persons}
give = ["propranolol"]
[sampling]
method = "latin-hypercube"
n = {points}
[levers.mg]
key = "interventions.propranolol.mg"
low = 10
high = 160
[levers.hours]
key = "interventions.propranolol.at"
form = "+{{}} h after accident"
low = 1
high = 72
log = true
"""


def swept(design: Path, out: Path, *who: str) -> tuple[float, float]:
    """Wall seconds of a sweep from its command on, and CPU seconds of it and of the processes that it ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    command = "import sys; from cohort.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", command, "sweep", str(design), "--out", str(out), "--json", *who]
    if os.spawnve(os.P_WAIT, sys.executable, words, {**os.environ, "PYTHONPATH": str(ROOT)}):
        raise SystemExit(1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, used


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=1000, help="points of the design (default: 1000)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        warm, whole = place / "warm.toml", place / "whole.toml"
        warm.write_text(DESIGN.format(days=5, persons=50, points=2), "utf-8")
        whole.write_text(DESIGN.format(days=DAYS, persons=PERSONS, points=given.points), "utf-8")
        cohort(["sweep", str(warm), "--out", str(place / "warm"), "--json"])
        wall, used = swept(whole, place / "here", "--workers", "2")
        with cluster(2, place) as (address, _):
            swept(warm, place / "warm-cluster", "--cluster", address)
            away, _ = swept(whole, place / "cluster", "--cluster", address)
    name = f"{given.points:,} points, {PERSONS:,} persons, {DAYS} days"
    figures = {
        f"{name}: minutes, 2 workers": wall / 60.0,
        "CPU seconds a point": used / given.points,
        "throughput of two workers of a cluster, as a share": wall / away,
    }
    if given.json:
        print(json.dumps(figures, indent=2))
        return
    for what, value in figures.items():
        print(f"{what:60} {value:10.3g}")


if __name__ == "__main__":
    main()
