"""Python loops on all cores: one process each, results as they come."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from types import ModuleType
from typing import Self, TypeVar

from napari_dinobloom.core import BadInputError

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")

_FEW = 4
"""So few jobs are done before a process pool has started."""


def each_job(
    function: Callable[[JobT], ResultT],
    jobs: Sequence[JobT],
    workers: int | None = None,
) -> Iterator[tuple[JobT, ResultT | BadInputError]]:
    """Every job with its result, in the order in which they finish.

    A job that raises BadInputError gives that error as its result; any other error
    ends the iteration. Closing the iterator cancels what has not begun.

    Parameters
    ----------
    function
        Importable by name: it is sent to other processes.
    workers
        Processes; by default one per core, and none for a handful of jobs.
    """
    few = workers is None and len(jobs) <= _FEW
    with Crew(1 if few else min(workers or os.cpu_count() or 1, len(jobs))) as crew:
        yield from crew.each(function, jobs)


class Crew:
    """Processes that do one kind of jobs after the other; begun with the first job.

    Parameters
    ----------
    n
        Processes; with one or none the jobs are done here.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is being done; what has not begun is left out."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def each(
        self, function: Callable[[JobT], ResultT], jobs: Sequence[JobT]
    ) -> Iterator[tuple[JobT, ResultT | BadInputError]]:
        """As `each_job`."""
        if self._n <= 1:
            for job in jobs:
                yield job, _attempt(function, job)
            return
        if self._pool is None and jobs:
            how = get_context("spawn")
            self._pool = ProcessPoolExecutor(self._n, how, initializer=_prepare_worker)
        pool, waiting = self._pool, iter(jobs)
        running: dict[Future[ResultT | BadInputError], JobT] = {}
        try:
            while pool is not None:
                # Two in line per worker: busy cores, and memory for a few results only.
                with _clean_start():
                    for job in islice(waiting, 2 * self._n - len(running)):
                        running[pool.submit(_attempt, function, job)] = job
                if not running:
                    return
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()


def _attempt(function: Callable[[JobT], ResultT], job: JobT) -> ResultT | BadInputError:
    try:
        return function(job)
    except BadInputError as error:
        return error


@contextmanager
def _clean_start() -> Iterator[None]:
    """Processes begun in here ignore Ctrl-C at once and do not run the main script.

    A spawned process imports its parent's main script. Many people start napari from
    one without a guard, and each process would open a window of its own.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    on_main_thread = threading.current_thread() is threading.main_thread()
    # Only the main thread may say so; elsewhere nobody types Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if on_main_thread else None
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if on_main_thread:
            signal.signal(signal.SIGINT, before)


def _prepare_worker() -> None:
    # Ctrl-C goes to the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    threadpool_limits(1)
