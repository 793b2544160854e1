"""Tasks off the Qt thread, their results committed on it, every failure told."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, Literal

from qtpy.QtCore import QObject, Qt, Signal

from napari_dinobloom.core import Partial, Progress, Task
from napari_dinobloom.study import Study

Step = Callable[[Study], Task[Study, Any] | None]
"""Makes the next task when its turn comes; None where nothing is left to do."""
Outcome = Literal["done", "cancelled", "failed"]

_PROGRESS_EVERY_S = 0.05


class TaskRunner(QObject):  # type: ignore[misc] # qtpy has no types
    """Runs steps one after another on one worker thread.

    ::

        idle ──run──► running ──last step──► idle   finished("done")
          ▲              │ cancel, or a failure
          └──────────────┘                          finished("cancelled" | "failed")

    A step is made, and everything is committed, on the thread that owns this object;
    only `Task.compute` runs on the worker. When a study is forgotten, what still
    arrives for it is dropped.
    """

    started = Signal(str)
    """Title of the task that now computes."""
    progressed = Signal(object)
    """A `Progress`, at most twenty a second."""
    failed = Signal(object)
    """The exception that ended the run. Sent before `finished`."""
    finished = Signal(str)
    """How the run ended: an `Outcome`."""

    _arrived = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dinobloom")
        self._steps: deque[Step] = deque()
        self._study: Study | None = None
        self._task: Task[Study, Any] | None = None
        self._stop = Event()
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on; a second one has to wait for its end."""
        return self._study is not None

    def run(self, study: Study, steps: Iterable[Step]) -> None:
        """Start on these steps; raise RuntimeError while another run goes on."""
        if self.is_busy:
            raise RuntimeError("another run goes on; cancel it or wait for its end")
        self._study, self._steps = study, deque(steps)
        self._next()

    def cancel(self) -> None:
        """Stop at the next yield; what was committed stays."""
        self._stop.set()
        self._steps.clear()

    def forget(self, study: Study) -> None:
        """Cancel a run on this study and drop whatever still arrives for it."""
        if self._study is study:
            self.cancel()
            self._finish("cancelled")

    def close(self) -> None:
        """Cancel, drop what is under way and wait until the worker has stopped."""
        if self._study is not None:
            self.forget(self._study)
        self._worker.shutdown(wait=True, cancel_futures=True)

    # -- on the thread that owns the study ---------------------------------------

    def _next(self) -> None:
        assert self._study is not None  # noqa: S101 - only called while a run goes on
        task = None
        try:
            while task is None:
                if not self._steps:
                    self._finish("done")
                    return
                task = self._steps.popleft()(self._study)
        except Exception as error:  # noqa: BLE001 - every failure reaches a person
            self._fail(error)
            return
        self._task, self._stop = task, Event()
        self.started.emit(task.title)
        self._worker.submit(self._compute, task, self._stop)

    def _receive(self, task: Task[Study, Any], what: str, value: Any) -> None:
        study = self._study
        if task is not self._task or study is None:
            return  # late: its study was closed, or its run has ended
        if what == "progress":
            self.progressed.emit(value)
        elif what == "failure":
            self._fail(value)
        elif what == "cancelled":
            self._finish("cancelled")
        else:
            self._commit(study, task, what, value)

    def _commit(
        self, study: Study, task: Task[Study, Any], what: str, result: Any
    ) -> None:
        try:
            if result is not None:
                task.commit(study, result)
        except Exception as error:  # noqa: BLE001 - every failure reaches a person
            self._fail(error)
            return
        if what == "result" and task is self._task:
            cancelled = self._stop.is_set()
            self._finish("cancelled") if cancelled else self._next()

    def _fail(self, error: BaseException) -> None:
        self.cancel()
        self.failed.emit(error)
        self._finish("failed")

    def _finish(self, outcome: Outcome) -> None:
        self._study = self._task = None
        self._steps.clear()
        self.finished.emit(outcome)

    # -- on the worker -----------------------------------------------------------

    def _compute(self, task: Task[Study, Any], stop: Event) -> None:
        try:
            what, value = self._drive(task, stop)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a library too
            what, value = "failure", error
        self._arrived.emit(task, what, value)

    def _drive(self, task: Task[Study, Any], stop: Event) -> tuple[str, Any]:
        """Run to the end or to a stop; close the generator in either case."""
        steps, last = task.compute(), 0.0
        try:
            while not stop.is_set():
                try:
                    step = next(steps)
                except StopIteration as end:
                    return "result", end.value
                if isinstance(step, Partial):
                    self._arrived.emit(task, "partial", step.result)
                elif isinstance(step, Progress) and self._is_due(step, last):
                    last = time.monotonic()
                    self._arrived.emit(task, "progress", step)
            return "cancelled", None
        finally:
            steps.close()

    @staticmethod
    def _is_due(step: Progress, last: float) -> bool:
        return step.done >= step.total or time.monotonic() - last > _PROGRESS_EVERY_S
