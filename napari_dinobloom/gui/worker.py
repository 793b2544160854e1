"""Small jobs off the Qt thread: thumbnails, neighbours, the live classifier."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from qtpy.QtCore import QObject, Qt, Signal

from napari_dinobloom.core import Progress


class Ticket:
    """A job that was handed in; cancel it and nobody hears of it again."""

    def __init__(self) -> None:
        self._stop = Event()

    @property
    def is_cancelled(self) -> bool:
        """Whether the answer is no longer wanted."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stop at the next yield, or drop the answer."""
        self._stop.set()


class Worker(QObject):  # type: ignore[misc] # qtpy has no types
    """One thread that does jobs in the order in which they come; every one is answered.

    Answers come on the thread that owns this object. It is not the task runner: nothing
    it does is stored in the study, and it goes on while a run does.

    Parameters
    ----------
    name
        Of the thread.
    """

    _arrived = Signal(object, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"dinobloom-{name}")
        self._open = 0
        self._is_closed = False
        self._tickets: set[Ticket] = set()
        self._arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._open > 0

    def submit(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Ticket:
        """Run a job and answer with what it returns or raises."""

        def steps() -> Generator[Progress, None, Any]:
            yield from ()
            return job()

        return self.stream(steps, lambda _: None, done, failed)

    def stream(
        self,
        job: Callable[[], Generator[Progress, None, Any]],
        progressed: Callable[[Progress], None],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Ticket:
        """Run a job that tells how far it is and can be cancelled at each yield."""
        ticket = Ticket()
        if self._is_closed:
            ticket.cancel()
            return ticket
        self._open += 1
        self._tickets.add(ticket)
        self._pool.submit(self._work, ticket, job, progressed, done, failed)
        return ticket

    def forget(self) -> None:
        """Drop everything that is under way or waits."""
        for ticket in self._tickets:
            ticket.cancel()

    def close(self) -> None:
        """Drop everything and wait until the thread has stopped."""
        self._is_closed = True
        self.forget()
        self._pool.shutdown(wait=True, cancel_futures=True)

    # -- on the thread -----------------------------------------------------------

    def _work(
        self,
        ticket: Ticket,
        job: Callable[[], Generator[Progress, None, Any]],
        progressed: Callable[[Progress], None],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        answer: tuple[Callable[[Any], None], Any] | None = None
        try:
            steps = job()
            try:
                while not ticket.is_cancelled:
                    try:
                        step = next(steps)
                    except StopIteration as end:
                        answer = done, end.value
                        break
                    self._arrived.emit(ticket, (progressed, step))
            finally:
                steps.close()
        except Exception as error:  # noqa: BLE001 - every failure reaches a person
            answer = failed, error
        self._arrived.emit(ticket, (None, answer))

    # -- on the owner's thread ---------------------------------------------------

    def _receive(self, ticket: Ticket, message: tuple[Any, Any]) -> None:
        call, value = message
        if call is not None:
            if not ticket.is_cancelled:
                call(value)
            return
        self._open -= 1
        self._tickets.discard(ticket)
        if value is not None and not ticket.is_cancelled:
            answer, result = value
            answer(result)
