"""A page printed to PDF by a browser that is on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from cohort.errors import InputError, MachineError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_PATIENCE = 120.0  # seconds


def find(option: str) -> str:
    """Path of a browser that prints without a screen. Raises InputError, for `option`, when there is none."""
    for name in BROWSERS:
        if (path := shutil.which(name)) is not None:
            return path
    raise InputError(
        f"{option}: needs Chromium or Chrome to print, and none of {', '.join(BROWSERS)} is on the PATH; install one,"
        " or open the page in a browser and print it there"
    )


def print_pdf(browser: str, page: Path, out: Path) -> None:
    """Print `page` into the file `out`. Raises MachineError when the browser does not."""
    with tempfile.TemporaryDirectory(prefix="cohort-") as profile:
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--no-pdf-header-footer", f"--user-data-dir={profile}",
            f"--print-to-pdf={out.resolve()}",
        ]  # fmt: skip
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # root has none, and the page is this program's own
        try:
            done = subprocess.run(
                [*command, page.resolve().as_uri()], capture_output=True, text=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise MachineError(
                f"{out}: {browser} printed nothing within {_PATIENCE:.0f} s; print the page by hand"
            ) from None
    if done.returncode != 0 or not out.exists():
        lines = done.stderr.strip().splitlines()
        reason = f" ({lines[-1]})" if lines else ""
        raise MachineError(f"{out}: {browser} could not print the page{reason}; print it by hand")
