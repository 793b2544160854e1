"""What the panel beside the labels shows and wishes: predictions and their score."""

from collections.abc import Sequence
from typing import Any, Protocol

from napari_dinobloom.core import DinoBloomError, Progress
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.live.presenter import LivePredictions
from napari_dinobloom.gui.presenters.live.scores import (
    LiveScores,
    rows_of_classes,
    score_in_words,
)
from napari_dinobloom.gui.presenters.study.run_presenter import Runner, in_words
from napari_dinobloom.workflows import ClassifyCells
from napari_dinobloom.workflows.live_classifier import Voting


class LiveView(Protocol):
    """What the presenter asks of the panel."""

    features_wished: Any
    """Signal(str): name of an encoder."""
    voting_wished: Any
    """Signal(int k, str metric, str weights)."""
    stop_wished: Any
    """Signal()."""
    again_wished: Any
    """Signal()."""
    keep_wished: Any
    """Signal()."""
    left_out_wished: Any
    """Signal(str): "slide" or "patient"."""
    watched: Any
    """Signal(bool): whether the panel is on show."""

    def set_choices(
        self, features: Sequence[str], chosen: str, k: int, metric: str, weights: str
    ) -> None:
        """Fill in what can be chosen and what is."""
        ...

    def show_status(self, stage: str, text: str, is_learning: bool) -> None:
        """How the classifier is."""
        ...

    def show_progress(self, done: int, total: int) -> None:
        """How far the learning is; a total of 0 where nobody can tell."""
        ...

    def set_keeping(self, can: bool, why_not: str) -> None:
        """Whether predictions can be kept now."""
        ...

    def show_score(
        self,
        headline: str,
        rests_on: str,
        rows: Sequence[tuple[str, ...]],
        by: str,
        is_judging: bool,
    ) -> None:
        """What the score is and rests on; no headline where there is none."""
        ...

    def show_problem(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        ...


class LivePanelPresenter:
    """Connects one panel with the session's live predictions and their score."""

    def __init__(
        self,
        desk: Desk,
        live: LivePredictions,
        scores: LiveScores,
        runner: Runner,
        view: LiveView,
    ) -> None:
        self._desk, self._live, self._scores = desk, live, scores
        self._runner, self._view = runner, view
        self._is_watched = self._is_keeping = False
        self._on_run = lambda *_: self._ready()
        view.features_wished.connect(live.use_features)
        view.voting_wished.connect(self._vote)
        view.stop_wished.connect(live.stop)
        view.again_wished.connect(live.learn_again)
        view.keep_wished.connect(self.keep)
        view.left_out_wished.connect(scores.leave_out)
        view.watched.connect(self._watched)
        live.changed.connect(self._refresh)
        live.progressed.connect(self._progressed)
        scores.changed.connect(self._judged)
        runner.started.connect(self._on_run)
        runner.failed.connect(self._failed)
        runner.finished.connect(self._finished)
        self._refresh()
        self._judged()

    def release(self) -> None:
        """Listen no more; the view is going away."""
        self._live.changed.disconnect(self._refresh)
        self._live.progressed.disconnect(self._progressed)
        self._scores.changed.disconnect(self._judged)
        self._runner.started.disconnect(self._on_run)
        self._runner.failed.disconnect(self._failed)
        self._runner.finished.disconnect(self._finished)
        self._watched(False)

    def keep(self) -> None:
        """Store what is predicted now, as a step that can be undone."""
        study, voting = self._desk.study, self._live.voting
        if study is None or self._runner.is_busy:
            return
        features = self._live.features
        self._is_keeping = True
        self._runner.run(
            study,
            [
                lambda study: ClassifyCells.from_study(
                    study,
                    features=features,
                    k=voting.k,
                    metric=voting.metric,
                    weights=voting.weights,
                )
            ],
        )

    def _failed(self, error: BaseException) -> None:
        """Say here what went wrong here; other runs tell it where they were begun."""
        if not self._is_keeping:
            return
        if isinstance(error, DinoBloomError):
            self._view.show_problem(error.what, error.remedy)
        else:
            self._view.show_problem(*in_words(error))

    def _finished(self, _: str) -> None:
        self._is_keeping = False
        self._ready()

    def _vote(self, k: int, metric: Any, weights: Any) -> None:
        self._live.use_voting(Voting(k, metric, weights))

    def _watched(self, watching: bool) -> None:
        if watching != self._is_watched:
            self._is_watched = watching
            self._scores.watch(watching)

    def _refresh(self) -> None:
        live, status = self._live, self._live.status
        voting = live.voting
        self._view.set_choices(
            live.feature_names,
            live.features or "",
            voting.k,
            voting.metric,
            voting.weights,
        )
        self._view.show_status(status.stage, status.text, status.is_learning)
        self._ready()

    def _ready(self) -> None:
        study, status = self._desk.study, self._live.status
        if study is None or status.stage != "ready" or status.is_learning:
            self._view.set_keeping(False, "There are no predictions to keep yet.")
        elif study.read_only_reason:
            self._view.set_keeping(False, f"Read only: {study.read_only_reason}")
        elif self._runner.is_busy:
            self._view.set_keeping(False, "A run goes on.")
        else:
            self._view.set_keeping(True, "")

    def _progressed(self, progress: Progress) -> None:
        self._view.show_progress(progress.done, progress.total)

    def _judged(self) -> None:
        scores = self._scores
        headline, rests_on, rows = "", scores.problem, []
        if scores.score is not None:
            headline, rests_on = score_in_words(scores.score)
            rows = rows_of_classes(scores.score)
        self._view.show_score(headline, rests_on, rows, scores.by, scores.is_judging)
