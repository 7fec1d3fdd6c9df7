"""Where work that falls into many independent pieces is done: processes of this machine, or a cluster.

One interface for everything that sweeps: joblib's processes here, or with the address of a Dask scheduler the workers
of that cluster. Pieces that are lost with their worker are given out again.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from typing import Any, Final

from joblib import Parallel, delayed
from joblib.externals.loky.backend import resource_tracker as joblib_tracker
from joblib.externals.loky.process_executor import TerminatedWorkerError

from cohort.errors import InputError, Interrupted, MachineError

ALONE: Final = 1  # so many workers do the work in this process
TRIES: Final = 3  # a piece whose worker is lost so often is given up
PATIENCE: Final = 60  # seconds that a cluster may take until its first worker is there
# Of joblib's tracker, a process of its own that complains of what workers left behind when a run is interrupted.
_QUIET: Final = "ignore:resource_tracker:UserWarning"
_KERNEL = threading.Lock()  # a worker of a cluster may have threads, and the kernel runs on one at a time

Work = Callable[..., Any]
Job = tuple[Any, ...]


@dataclass(frozen=True)
class Executor:
    """Who does the work.

    Parameters
    ----------
    workers : processes on this machine (None: one a processor; 1: this process itself). Not read with a cluster.
    cluster : address of a Dask scheduler, such as ``tcp://node1:8786``; None: this machine.

    No answer depends on either.
    """

    workers: int | None = None
    cluster: str | None = None

    def answers(self, work: Work, jobs: Sequence[Job], stopped: str) -> Iterator[tuple[int, Any]]:
        """Do `work` with the arguments of each job.

        Yields the position of a job and its answer, in no particular order. `work` must be importable by name, its
        arguments and answers small: what is large a worker writes. It may be done twice for a job whose worker is lost,
        so that it must not matter. Raises Interrupted, with `stopped` as its message, when the user stops it; what a
        piece of work raises; MachineError when workers are lost over and over; InputError for a cluster that is not
        there.
        """
        try:
            if self.cluster is not None:
                yield from _opened(self._on_cluster(self.cluster, work, jobs, stopped))
            elif self.workers == ALONE or len(jobs) <= 1:
                for place, job in enumerate(jobs):
                    yield place, work(*job)
            else:
                yield from _opened(self._here(work, jobs, stopped))
        except KeyboardInterrupt:
            raise Interrupted(stopped) from None

    def _here(self, work: Work, jobs: Sequence[Job], stopped: str) -> Generator[_Outcome]:
        _quieten()
        left, lost = dict(enumerate(jobs)), 0
        while left:
            with deaf():
                found = Parallel(n_jobs=self.workers or -1, return_as="generator_unordered")(
                    delayed(_done)(work, place, job) for place, job in tuple(left.items())
                )
            try:
                for one in found:
                    lost = 0
                    del left[one[0]]
                    yield one
            except TerminatedWorkerError:
                lost += 1
                if lost == TRIES:
                    raise _given_up(stopped) from None
            finally:
                with warnings.catch_warnings():  # joblib tells of pieces for which nobody waits any more
                    warnings.simplefilter("ignore", UserWarning)
                    found.close()

    def _on_cluster(self, address: str, work: Work, jobs: Sequence[Job], stopped: str) -> Generator[_Outcome]:
        # Not by joblib's own backend for Dask, which waits for ever for a piece that was lost too often.
        client, futures = _client(address), []
        from distributed import CancelledError, KilledWorker, as_completed

        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            places = range(len(jobs))
            futures = client.map(_done, [work] * len(jobs), places, jobs, pure=False, retries=TRIES)
            for _, one in as_completed(futures, with_results=True, loop=client.loop):  # type: ignore[no-untyped-call]
                yield one
        except KilledWorker:
            raise _given_up(stopped) from None
        except TimeoutError:
            raise MachineError(f"--cluster {address}: no worker came within {PATIENCE} s; {stopped}") from None
        except (CancelledError, OSError):
            raise MachineError(f"--cluster {address}: the scheduler went away; {stopped}") from None
        finally:
            if client.status == "running":
                client.cancel(futures)
            client.close(timeout=5)


@contextmanager
def deaf() -> Iterator[None]:
    """Processes that start within never hear of Ctrl-C, which a terminal sends to all: the first one ends them.

    One that hears it while a library loads would say so in a traceback of its own. What arrives here meanwhile is
    heard afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):  # not on Windows
        yield
        return
    for tracker in (resource_tracker, joblib_tracker):  # they let signals through when they start
        tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_Outcome = tuple[int, Any, BaseException | None]  # position, answer, what was raised instead of it


def _done(work: Work, place: int, job: Job) -> _Outcome:
    """One piece of work. What it raises is handed back, so that what joblib raises is a worker's loss alone."""
    try:
        with _KERNEL:
            return place, work(*job), None
    except Exception as error:
        return place, None, error


def _opened(found: Generator[_Outcome]) -> Iterator[tuple[int, Any]]:
    with closing(found):
        for place, answer, error in found:
            if error is not None:
                raise error
            yield place, answer


def _given_up(stopped: str) -> MachineError:
    return MachineError(f"workers end before they answer (out of memory?), {TRIES} times in a row; {stopped}")


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError(f"--cluster {address}: needs the library distributed; pip install 'cohort[cluster]'") from None
    try:
        return Client(address, set_as_default=False, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
    gc.collect()  # ends the client that failed here and now: its end while the next one starts is a deadlock
    raise InputError(
        f"--cluster {address}: no scheduler answers ({reason}); start one (dask scheduler) or mend the address"
    )


def _quieten() -> None:
    filters = os.environ.get("PYTHONWARNINGS", "")
    if _QUIET not in filters:
        os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (filters, _QUIET)))
