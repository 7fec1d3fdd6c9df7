"""A Dask scheduler and its workers, started for real on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
# A dead worker is let go of after seconds: tests do not wait for a network that may only be slow.
QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Give the scheduler's address and the workers' processes, of one thread each; `folder` is where they may write."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    paths = os.pathsep.join([str(HERE.parent), str(HERE)])
    environment = {**os.environ, **QUICK, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}

    def start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)  # fmt: skip

    running = [start("dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2])]
    try:
        for _ in range(workers):
            running.append(start("dask_worker", address, "--nthreads", "1", "--no-nanny"))
        yield address, running[1:]
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()
