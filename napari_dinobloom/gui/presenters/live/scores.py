"""How good the live classifier is, judged again after labels have changed."""

from typing import Any

from psygnal import Signal

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.core.counting import counted
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.live.thread import LiveWorker
from napari_dinobloom.gui.presenters.roster import Later
from napari_dinobloom.gui.presenters.study.run_presenter import in_words
from napari_dinobloom.workflows.live_classifier import LabelledRows, LiveUpdate
from napari_dinobloom.workflows.score_labels import (
    LabelScore,
    LeftOut,
    groups_known,
    score_labels,
)


class LiveScores:
    """Judges on a worker of its own while somebody watches; new labels interrupt it.

    Parameters
    ----------
    worker
        A thread other than the classifier's, which must never wait for a score.
    later
        Lets a few labels gather.
    """

    changed = Signal()
    """Another `score`, `problem` or way of leaving out."""

    def __init__(
        self, live: LivePredictions, worker: LiveWorker, *, later: Later
    ) -> None:
        self._live, self._worker = live, worker
        self._soon = later(self._judge)
        self._ticket: Any = None
        self._asked: Any = None
        self._watchers = 0
        self._is_due = False
        self._by: LeftOut | None = None
        self.score: LabelScore | None = None
        self.problem = ""
        live.learned.connect(self._learned)
        live.changed.connect(self._live_changed)

    @property
    def by(self) -> LeftOut:
        """What is left out as a whole."""
        return self._by or (self.score.by if self.score else "slide")

    @property
    def is_judging(self) -> bool:
        """Whether a newer score is on its way."""
        return self._ticket is not None or self._is_due

    def leave_out(self, by: LeftOut) -> None:
        """Leave out slides or patients from now on."""
        self._by = by
        self._want()

    def watch(self, watching: bool) -> None:
        """Somebody looks at the score, or no longer; nobody, nothing is judged."""
        self._watchers = max(0, self._watchers + (1 if watching else -1))
        if self._is_due and self._watchers:
            self._soon()

    def release(self) -> None:
        """Listen no more; drop what is under way."""
        self._live.learned.disconnect(self._learned)
        self._live.changed.disconnect(self._live_changed)
        self._drop()

    def _learned(self, update: LiveUpdate) -> None:
        if update.state == "ready":
            self._want()
        else:
            self._tell(None, "Label cells of at least two classes on two slides.")

    def _live_changed(self) -> None:
        if self._live.status.stage == "empty" and (self.score or self.problem):
            self._tell(None, "")

    def _want(self) -> None:
        self._drop()
        self._is_due = True
        self.changed.emit()
        if self._watchers:
            self._soon()

    def _judge(self) -> None:
        if not self._is_due or not self._watchers:
            return
        self._drop()
        self._is_due = False
        self._asked = self._ticket = self._live.labelled_rows(self._score)
        if self._ticket is None:
            self._tell(None, "")

    def _score(self, labelled: LabelledRows) -> None:
        if self._ticket is not self._asked or self._is_due:
            return  # newer labels have come meanwhile
        by = self._by or groups_known(labelled)
        self._ticket = self._worker.stream(
            lambda: score_labels(labelled, by),
            lambda _: None,
            lambda score: self._tell(score, ""),
            self._failed,
        )

    def _failed(self, error: Exception) -> None:
        if isinstance(error, DinoBloomError):
            self._tell(None, f"{error.what} {error.remedy}".strip())
        else:
            self._tell(None, " ".join(in_words(error)))

    def _tell(self, score: LabelScore | None, problem: str) -> None:
        self._drop()
        self._is_due = False
        self.score, self.problem = score, problem
        self.changed.emit()

    def _drop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None


def score_in_words(score: LabelScore) -> tuple[str, str]:
    """The score itself, and what it rests on, as sentences for a person."""
    scores = score.scores
    headline = (
        f"Balanced accuracy {scores.balanced_accuracy:.0%} · "
        f"macro-F1 {scores.macro_f1:.2f}"
    )
    groups = counted(score.n_groups, score.by)
    rests = [f"{counted(score.n_labels, 'label')} of {groups}."]
    rests.append(
        f"Each {score.by} is predicted from the others, so a cell’s own label never "
        "counts."
    )
    if score.rests_on_few:
        rests.append("It rests on few labels: a few more may change it much.")
    name, recall = score.worst
    size = score.sizes()[name]
    rests.append(f"Recognised least: {name}, {recall:.0%} of {size:,}.")
    return headline, " ".join([*rests, *score.notes])


def rows_of_classes(score: LabelScore) -> list[tuple[str, str, str, str, str]]:
    """Per class: name, recognised, labels, mostly taken for, and the interval."""
    names, confusion = list(score.scores.recall), score.scores.confusion
    rows = []
    for code, name in enumerate(names):
        recall, low, high = score.scores.recall[name]
        wrong = confusion[code].copy()
        size = int(wrong.sum())
        wrong[code] = 0
        other = int(wrong.argmax())
        taken = f"{names[other]} ({int(wrong[other])})" if wrong[other] else "–"
        between = f"Between {low:.0%} and {high:.0%} with 95 % confidence"
        said = f"{recall:.0%}" if size else "–"
        rows.append((name, said, f"{size:,}", taken, between))
    return rows
