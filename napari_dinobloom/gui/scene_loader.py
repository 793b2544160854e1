"""Pictures are read off the Qt thread, beside whatever else is being computed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qtpy.QtCore import QObject, Qt, Signal


class SceneLoader(QObject):  # type: ignore[misc] # qtpy has no types
    """One reading thread; of several wishes only the last is answered.

    It is not the task runner's: paging through fields must not wait for an embedding.
    """

    _arrived = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dinobloom-reader")
        self._wish = 0
        self._done: Callable[[Any], None] | None = None
        self._failed: Callable[[Exception], None] | None = None
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._done is not None

    def load(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Run the job; answer on the thread that owns this object."""
        self._wish += 1
        self._done, self._failed = done, failed
        self._worker.submit(self._read, self._wish, job)

    def forget(self) -> None:
        """Drop what is under way."""
        self._wish += 1
        self._done = self._failed = None

    def close(self) -> None:
        """Drop what is under way and wait until the thread has stopped."""
        self.forget()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _read(self, wish: int, job: Callable[[], Any]) -> None:
        if wish != self._wish:
            return  # another was wished for meanwhile
        try:
            result, error = job(), None
        except Exception as problem:  # noqa: BLE001 - shown beside the canvas
            result, error = None, problem
        self._arrived.emit(wish, result, error)

    def _receive(self, wish: int, result: Any, error: Exception | None) -> None:
        if wish != self._wish or self._done is None or self._failed is None:
            return
        done, failed = self._done, self._failed
        self._done = self._failed = None
        failed(error) if error is not None else done(result)
