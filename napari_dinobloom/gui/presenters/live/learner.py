"""The classifier on its thread: one job at a time, and what waits for the next one."""

from collections.abc import Callable, Generator
from typing import Any

from napari_dinobloom.core import Progress
from napari_dinobloom.gui.presenters.live.thread import LiveWorker
from napari_dinobloom.workflows.label_columns import LabelColumns
from napari_dinobloom.workflows.live_classifier import (
    LiveClassifier,
    LiveGround,
    LiveUpdate,
    Voting,
)

_REST = 4
"""After a rebuild that took a second, features that arrive wait so many seconds."""
Job = Callable[[], Generator[Progress, None, LiveUpdate]]


class Learner:
    """Owns a classifier; while a job runs, labels are gathered and sent as one.

    ::

        nothing ──begin──► job runs ──► learned ──go──► job runs …
           ▲                  │  └─────► failed
           └──────drop────────┴──stop──► waits, knowing what it missed

    Parameters
    ----------
    started, progressed, learned, failed
        Called when a job begins, comes on, ends, or breaks off by an error.
    """

    def __init__(
        self,
        worker: LiveWorker,
        *,
        clock: Callable[[], float],
        started: Callable[[], None],
        progressed: Callable[[Progress], None],
        learned: Callable[[LiveUpdate], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._worker, self._clock = worker, clock
        self._started, self._progressed = started, progressed
        self._learned, self._failed = learned, failed
        self._not_before = self._began = 0.0
        self._ticket: Any = None
        self.voting = Voting()
        """How neighbours are to vote from the next job on."""
        self.classifier: LiveClassifier | None = None
        self.clear()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs."""
        return self._ticket is not None

    @property
    def is_rested(self) -> bool:
        """Whether everything may be learned anew already."""
        return not self.is_busy and self._clock() >= self._not_before

    @property
    def has_caught_up(self) -> bool:
        """Whether no label waits."""
        return not self.is_busy and not self._pending

    # -- what waits ----------------------------------------------------------------

    def note(self, labels: LabelColumns) -> None:
        """These labels are to be learned, or unlearned."""
        self._pending.append(labels)

    def miss_all(self) -> None:
        """The next job has to tell every prediction, not only those that differ."""
        self._has_missed = True

    def clear(self) -> None:
        """Nothing waits: whoever begins anew knows every label that stands."""
        self._pending: list[LabelColumns] = []
        self._sent: list[LabelColumns] = []
        self._has_missed = False

    # -- jobs ----------------------------------------------------------------------

    def begin(self, ground: LiveGround) -> None:
        """Make a classifier that knows nothing yet, and let it learn."""
        self.classifier = LiveClassifier(ground, self.voting)
        self._start(self.classifier.start_steps)

    def read(self, load: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Have something read that a classifier needs."""

        def is_read(answer: Any) -> None:
            self._ticket = None
            done(answer)

        self._ticket = self._worker.submit(load, is_read, self._fail)
        self._started()

    def go(self) -> None:
        """Start the next job of the classifier if there is one to do and none runs."""
        classifier = self.classifier
        if self.is_busy or classifier is None:
            return
        if classifier.voting != self.voting:
            voting = self.voting
            self._start(lambda: classifier.reconfigure_steps(voting))
        elif self._pending or self._has_missed:
            self._sent, self._pending = self._pending, []
            whole, self._has_missed = self._has_missed, False
            self._start(_changing(classifier, self._sent, whole))

    def ask(
        self,
        question: Callable[[LiveClassifier], Any],
        answer: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Any:
        """Ask the classifier between two jobs; the ticket, None where there is none."""
        classifier = self.classifier
        if classifier is None:
            return None
        return self._worker.submit(lambda: question(classifier), answer, failed)

    def stop(self) -> bool:
        """Stop the job; what it had to learn waits again. False if none ran."""
        if not self.is_busy:
            return False
        self._cancel()
        self._pending = self._sent + self._pending  # it may not have begun
        self._has_missed = True
        return True

    def drop(self) -> None:
        """Stop the job and forget the classifier."""
        self._cancel()
        self.classifier = None

    def _cancel(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def _start(self, job: Job) -> None:
        self._began = self._clock()
        self._ticket = self._worker.stream(
            job, self._progressed, self._done, self._fail
        )
        self._started()

    def _done(self, update: LiveUpdate) -> None:
        self._ticket, self._sent = None, []
        self._not_before = self._clock() + _REST * (self._clock() - self._began)
        self._learned(update)

    def _fail(self, error: BaseException) -> None:
        self._ticket = None
        self._failed(error)


def _changing(
    classifier: LiveClassifier, changes: list[LabelColumns], whole: bool
) -> Job:
    def job() -> Generator[Progress, None, LiveUpdate]:
        update = yield from classifier.change_steps(changes)
        return classifier.everything() if whole else update

    return job
