"""Long work as a generator that knows neither a study nor a window.

::

    Task.from_study(study, …)   owner's thread   gather a frozen request
    task.compute()              any thread       yield Progress and Partial; return
    task.commit(study, result)  owner's thread   one edit, one event

Every yield is a place where the work can be cancelled: the generator is closed, its
``finally`` blocks run. A Partial is a piece of the result that is complete in itself
(one picture's cells, one batch of features): whoever runs the task commits it at once,
so that it is seen and safe while the rest is still being computed.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

StudyT = TypeVar("StudyT", contravariant=True)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task has come; each one is also a place where it can be cancelled."""

    done: int
    total: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Partial(Generic[ResultT]):
    """A piece of the result that stands on its own and is to be committed at once."""

    result: ResultT


class Task(Protocol[StudyT, ResultT]):
    """One verb: computes anywhere, commits on the thread that owns the study."""

    @property
    def title(self) -> str:
        """What a progress bar says: "Finding cells"."""
        ...

    def compute(
        self,
    ) -> Generator[Progress | Partial[ResultT], None, ResultT | None]:
        """Yield progress and finished pieces; return what is left to commit."""
        ...

    def commit(self, study: StudyT, result: ResultT) -> None:
        """Store a piece or the whole result in the study."""
        ...


def run(
    task: Task[StudyT, ResultT],
    study: StudyT,
    on_progress: Callable[[Progress], None] | None = None,
) -> ResultT | None:
    """Run a task here and now, committing each piece as it comes.

    An exception, KeyboardInterrupt included, closes the generator and goes on to the
    caller; what was committed before stays.
    """
    steps = task.compute()
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as stop:
                result: ResultT | None = stop.value
                if result is not None:
                    task.commit(study, result)
                return result
            if isinstance(step, Partial):
                task.commit(study, step.result)
            elif on_progress is not None:
                on_progress(step)
    finally:
        steps.close()
