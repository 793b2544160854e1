"""Predictions that follow each label, written into the roster; nothing is stored."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from psygnal import Signal

from napari_dinobloom.core import DinoBloomError
from napari_dinobloom.gui.presenters.desk import Desk
from napari_dinobloom.gui.presenters.live.into_roster import write_into
from napari_dinobloom.gui.presenters.live.learner import Learner
from napari_dinobloom.gui.presenters.live.status import LiveStatus, Stage
from napari_dinobloom.gui.presenters.live.thread import LiveWorker
from napari_dinobloom.gui.presenters.live.words import learned_in_words
from napari_dinobloom.gui.presenters.roster import Later, Roster
from napari_dinobloom.gui.presenters.study.run_presenter import in_words
from napari_dinobloom.study import Stored, Study
from napari_dinobloom.workflows.label_columns import LabelColumns
from napari_dinobloom.workflows.live_classifier import (
    LiveUpdate,
    NearestLabel,
    Voting,
    gather,
)
from napari_dinobloom.workflows.live_ground import slides_and_patients


class LivePredictions:
    """Keeps the roster's predictions those of the labels that stand.

    ::

        features, cells ──► build ──┐            ┌─► roster.set_predictions
        labels ──► gathered ────────┴─► worker ──┤
        k, metric, weighting ──► reconfigure ────┘   one job at a time

    Parameters
    ----------
    worker
        The thread that owns the classifier.
    later
        Gathers the many arrivals of features during a run.
    """

    changed = Signal()
    """Another `status`, other features to choose from, or another choice."""
    progressed = Signal(object)
    """`Progress` of the job that runs."""
    learned = Signal(object)
    """The `LiveUpdate` that was just written into the roster."""

    _is_live: bool
    _update: LiveUpdate | None
    _stage: Stage
    _text: str

    def __init__(
        self,
        desk: Desk,
        roster: Roster,
        worker: LiveWorker,
        *,
        later: Later,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._roster = desk, roster
        self._learner = Learner(
            worker,
            clock=clock,
            started=self.changed.emit,
            progressed=self.progressed.emit,
            learned=self._done,
            failed=self._failed,
        )
        self._build_soon = later(self._build_when_rested)
        self._describe_soon = later(self._describe)
        self._chosen: str | None = None
        self._known_classes: frozenset[str] = frozenset()
        self._study: Study | None = None
        self._reset()
        roster.reset.connect(self._rows_are_new)
        roster.classes_changed.connect(self._classes_are_new)
        desk.study_opened.connect(self._opened)
        desk.study_closing.connect(self._leave)
        if desk.study is not None:
            self._opened(desk.study)

    # -- what stands -------------------------------------------------------------

    @property
    def status(self) -> LiveStatus:
        """How it is, in words."""
        stage, text = self._stage, self._text
        return LiveStatus(stage, text, self._learner.is_busy)

    @property
    def has_caught_up(self) -> bool:
        """Whether every label that stands is learned, or somebody stopped that."""
        return self._learner.has_caught_up

    @property
    def is_predicting_first(self) -> bool:
        """Whether labels are being learned and nothing was predicted from them yet."""
        study = self._study
        if study is None or not self._learner.is_busy or self._update is not None:
            return False
        return len(study.labels.classes_in_use()) > 1

    @property
    def update(self) -> LiveUpdate | None:
        """What was learned last, or None."""
        return self._update

    @property
    def voting(self) -> Voting:
        """How neighbours vote."""
        return self._learner.voting

    @property
    def feature_names(self) -> list[str]:
        """Encoders to choose from."""
        return self._study.names_of("features") if self._study is not None else []

    @property
    def features(self) -> str | None:
        """The encoder in use: the chosen one, else the one that was computed last."""
        names = self.feature_names
        if self._chosen in names:
            return self._chosen
        return names[-1] if names else None

    # -- wishes ------------------------------------------------------------------

    def use_features(self, name: str) -> None:
        """Learn from the features of another encoder."""
        if name != self.features:
            self._chosen = name
            self._build_anew()

    def use_voting(self, voting: Voting) -> None:
        """Let neighbours vote otherwise."""
        if voting != self._learner.voting:
            self._learner.voting = voting
            self._revive()

    def stop(self) -> None:
        """Stop what is being learned; the predictions before stay."""
        if self._learner.stop():
            text = "Stopped. The predictions do not know the last labels."
            self._say("stopped", text)

    def learn_again(self) -> None:
        """Catch up after a stop or a failure."""
        self._revive()

    def explain(
        self, cell_id: int, m: int, answer: Callable[[list[NearestLabel]], None]
    ) -> Any:
        """Answer with the labelled cells nearest to one; returns the ticket."""
        if self._learner.classifier is None:
            answer([])
        return self._learner.ask(
            lambda c: c.explain(cell_id, m), answer, lambda _: answer([])
        )

    def labelled_rows(self, answer: Callable[[Any], None]) -> Any:
        """Answer with the labelled cells, as the score wants them."""
        return self._learner.ask(lambda c: c.labelled_rows(), answer, self._failed)

    def release(self) -> None:
        """Listen no more; drop what is under way."""
        self._roster.reset.disconnect(self._rows_are_new)
        self._roster.classes_changed.disconnect(self._classes_are_new)
        self._desk.study_opened.disconnect(self._opened)
        self._desk.study_closing.disconnect(self._leave)
        if self._study is not None:
            self._leave(self._study)

    # -- what the desk, the study and the roster say ------------------------------

    def _opened(self, study: Study) -> None:
        self._study = study
        study.events.labels_changed.connect(self._labels_are_new)
        study.events.features_changed.connect(self._features_are_new)
        study.events.slides_changed.connect(self._describe_soon)
        study.events.predictions_changed.connect(self._stored_are_new)
        self._build_anew()

    def _leave(self, study: Study) -> None:
        if study is not self._study:
            return
        study.events.labels_changed.disconnect(self._labels_are_new)
        study.events.features_changed.disconnect(self._features_are_new)
        study.events.slides_changed.disconnect(self._describe_soon)
        study.events.predictions_changed.disconnect(self._stored_are_new)
        self._study = None
        self._reset()
        self.changed.emit()

    def _stored_are_new(self, _: str) -> None:
        if not self._is_live:
            self._roster.show_stored()

    def _rows_are_new(self) -> None:
        # as the study opens, the roster is told first; then `_opened` builds
        if self._study is not None and self._roster.study is self._study:
            self._is_live = False
            self._build_anew()

    def _features_are_new(self, name: str) -> None:
        self.changed.emit()
        if name == self.features:
            self._build_soon()

    def _labels_are_new(self, cell_ids: np.ndarray) -> None:
        if self._study is None:
            return
        self._learner.note(LabelColumns.sure(self._study.labels, cell_ids))
        self._revive()

    def _classes_are_new(self) -> None:
        """Ask for all predictions where the roster has lost the code of some."""
        before, now = self._known_classes, frozenset(self._roster.class_names)
        self._known_classes = now
        if self._is_live and self._update is not None:
            if not set(self._update.class_names) <= before & now:
                self._learner.miss_all()
            self._go()

    def _describe(self) -> None:
        """Tell the classifier which slides and patients there are now."""
        study, classifier = self._study, self._learner.classifier
        if study is None or classifier is None:
            return
        known = slides_and_patients(study)

        def described(update: LiveUpdate) -> None:
            if classifier is self._learner.classifier and self._update is not None:
                self._take(update)

        self._learner.ask(lambda c: c.describe(*known), described, self._failed)

    # -- when to learn -----------------------------------------------------------

    def _build_when_rested(self) -> None:
        if self._study is None:
            return
        if self._learner.is_rested:
            self._build_anew()
        else:
            self._build_soon()

    def _build_anew(self) -> None:
        self._learner.drop()
        self._go()

    def _revive(self) -> None:
        if self._stage == "failed" and not self._learner.is_busy:
            self._learner.drop()
        self._go()

    def _go(self) -> None:
        """Start the next job if there is one to do and none runs."""
        study = self._study
        if study is None or self._learner.is_busy:
            return
        if self._learner.classifier is None:
            self._begin(study)
        else:
            self._learner.go()

    def _begin(self, study: Study) -> None:
        """Make a classifier that knows nothing yet, where there is ground for one."""
        self._learner.clear()
        self._update = None
        self._known_classes = frozenset(self._roster.class_names)
        name = self.features
        if not len(self._roster.cells):
            self._say(
                "empty", "No cells have been found yet. Find them on the page Study."
            )
        elif name is None:
            self._say(
                "empty",
                "The cells have not been described yet. Press “Find and describe "
                "cells” on the page Study.",
            )
        elif isinstance(study.results.get(("features", name)), Stored):
            self._read(study, name)
        else:
            try:
                ground = gather(study, name, self._roster.cells)
            except Exception as error:  # noqa: BLE001 - every failure reaches a person
                self._failed(error)
                return
            if self._stage == "empty":
                self._text = "Getting ready to learn from labels …"
            self._learner.begin(ground)

    def _read(self, study: Study, name: str) -> None:
        """Have features read that lie on disk: of a million cells that takes long."""

        def read(features: Any) -> None:
            study.keep_loaded(features)
            self._go()

        self._text = "Reading what is known about the cells …"
        self._learner.read(study.element_loader("features", name), read)

    def _done(self, update: LiveUpdate) -> None:
        self._take(update)
        self._go()

    def _take(self, update: LiveUpdate) -> None:
        self._update = update
        self._write(update)
        ready = update.state == "ready"
        self._say("ready" if ready else "missing", learned_in_words(update))
        self.learned.emit(update)

    def _write(self, update: LiveUpdate) -> None:
        """Stored predictions stay on show until live ones take their place."""
        if update.state == "ready":
            self._is_live = True
            write_into(self._roster, update)
            return
        if self._is_live:
            self._roster.clear_predictions()
        self._is_live = False

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, DinoBloomError):
            what, remedy = error.what, error.remedy
        else:
            what, remedy = in_words(error)
        self._say("failed", " ".join(part for part in (what, remedy) if part))

    def _say(self, stage: Stage, text: str) -> None:
        self._stage, self._text = stage, text
        self.changed.emit()

    def _reset(self) -> None:
        self._learner.drop()
        self._learner.clear()
        self._update, self._is_live = None, False
        self._stage, self._text = "empty", "Open a study first."
