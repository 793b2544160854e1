"""Predictions that follow the labels: what they rest on, how good they are."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.live.score import LiveScoreView
from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow

METRICS = (("euclidean", "Euclidean"), ("cosine", "Cosine (direction only)"))
WEIGHTS = (("uniform", "Each counts the same"), ("distance", "Nearer ones count more"))
PATIENCE_MS = 300
"""What is learned faster shows no progress: the bar would only flicker."""
_KEEP = (
    "Stores what is predicted now in the study, for the report, for export and for\n"
    "other programs. It can be undone. Predictions are never labels."
)


class LivePanel(QWidget):
    """Implements `LiveView`."""

    features_wished = Signal(str)
    voting_wished = Signal(int, str, str)
    stop_wished = Signal()
    again_wished = Signal()
    keep_wished = Signal()
    left_out_wished = Signal(str)
    watched = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.status = QuietLabel(name="")
        self.bar = QProgressBar()
        self.stop_button = QPushButton("Stop")
        self.again_button = QPushButton("Learn again")
        self.keep_button = QPushButton("Keep these predictions")
        self.settings_button = QToolButton()
        self.features, self.metric, self.weights = QComboBox(), QComboBox(), QComboBox()
        self.neighbours = QSpinBox()
        self.score = LiveScoreView()
        self.message = MessageLine()
        self._patience = QTimer(self)
        self._stage = ""
        self._prepare()
        self._lay_out()
        self._show_settings(False)

    def _prepare(self) -> None:
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)
        self.bar.setAccessibleName("Learning")
        self.stop_button.setToolTip("Stop learning; the predictions before stay")
        self.again_button.setToolTip("Learn every label that stands")
        self.stop_button.clicked.connect(self.stop_wished)
        self.again_button.clicked.connect(self.again_wished)
        self.keep_button.clicked.connect(self.keep_wished)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self.settings_button.setText("How it decides")
        self.settings_button.setCheckable(True)
        self.settings_button.setToolTip(
            "Each cell takes the class that most of the labelled cells nearest to it\n"
            "have. Here you choose how near is measured and how many are asked."
        )
        self.settings_button.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        self.settings_button.toggled.connect(self._show_settings)
        self.neighbours.setRange(1, 200)
        self.neighbours.setKeyboardTracking(False)
        self._describe_choices()
        self.features.activated.connect(
            lambda _: self.features_wished.emit(self.features.currentText())
        )
        self.neighbours.valueChanged.connect(self._vote)
        for box, choices in ((self.metric, METRICS), (self.weights, WEIGHTS)):
            for value, title in choices:
                box.addItem(title, value)
            box.activated.connect(self._vote)
        self.score.left_out_wished.connect(self.left_out_wished)
        self._patience.timeout.connect(lambda: self._progress.show())

    def _describe_choices(self) -> None:
        tips: tuple[tuple[QWidget, str, str], ...] = (
            (self.features, "Learn from", "Which description of the cells is compared"),
            (
                self.neighbours,
                "Neighbours asked",
                "How many of the nearest labelled cells vote (k)",
            ),
            (self.metric, "Nearness", "How it is measured how alike two cells are"),
            (
                self.weights,
                "Votes",
                "Whether the nearest labelled cell counts more than the others",
            ),
        )
        for box, name, tip in tips:
            narrow(box)
            box.setToolTip(tip)
            box.setAccessibleName(name)

    def _lay_out(self) -> None:
        self._progress = QWidget()
        progress = QHBoxLayout(self._progress)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.stop_button)
        self._progress.hide()
        buttons = QHBoxLayout()
        buttons.addWidget(self.keep_button)
        buttons.addWidget(self.again_button)
        buttons.addStretch(1)
        self._settings = QWidget()
        form = QFormLayout(self._settings)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for box in (self.features, self.neighbours, self.metric, self.weights):
            form.addRow(box.accessibleName(), box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("Predictions"))
        layout.addWidget(self.status)
        layout.addWidget(self._progress)
        layout.addLayout(buttons)
        layout.addWidget(self.settings_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._settings)
        layout.addWidget(self.message)
        layout.addWidget(self.score)
        layout.addStretch(1)

    # -- LiveView ----------------------------------------------------------------

    def set_choices(
        self, features: Sequence[str], chosen: str, k: int, metric: str, weights: str
    ) -> None:
        """Fill in what can be chosen and what is."""
        if [self.features.itemText(i) for i in range(self.features.count())] != list(
            features
        ):
            self.features.clear()
            self.features.addItems(list(features))
        self.features.setCurrentText(chosen)
        self.features.setEnabled(len(features) > 1)
        if not self.neighbours.hasFocus() or self.neighbours.value() != k:
            self.neighbours.blockSignals(True)
            self.neighbours.setValue(k)
            self.neighbours.blockSignals(False)
        self.metric.setCurrentIndex(self.metric.findData(metric))
        self.weights.setCurrentIndex(self.weights.findData(weights))

    def show_status(self, stage: str, text: str, is_learning: bool) -> None:
        """How the classifier is."""
        if stage != self._stage:
            self.message.clear()
        self._stage = stage
        failed = stage == "failed" and not is_learning
        if failed:
            self.message.show_problem(text, "")
        self.status.setText("Nothing is predicted." if failed else text)
        self.again_button.setVisible(stage in ("stopped", "failed") and not is_learning)
        self.keep_button.setVisible(stage == "ready")
        self.settings_button.setVisible(stage != "empty")
        self._settings.setVisible(stage != "empty" and self.settings_button.isChecked())
        self.score.setVisible(stage not in ("empty", "failed"))
        if not is_learning:
            self._patience.stop()
            self._progress.hide()
        elif not self._patience.isActive() and self._progress.isHidden():
            self.bar.setRange(0, 0)
            self._patience.start()

    def show_progress(self, done: int, total: int) -> None:
        """How far the learning is; a total of 0 where nobody can tell."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)

    def set_keeping(self, can: bool, why_not: str) -> None:
        """Whether predictions can be kept now."""
        self.keep_button.setEnabled(can)
        self.keep_button.setToolTip(why_not or _KEEP)

    def show_score(
        self,
        headline: str,
        rests_on: str,
        rows: Sequence[tuple[str, ...]],
        by: str,
        is_judging: bool,
    ) -> None:
        """What the score is and rests on; no headline where there is none."""
        self.score.show_score(headline, rests_on, rows, by, is_judging)

    def show_problem(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.message.show_problem(what, remedy)

    # -- wishes ------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:
        """Somebody looks at it."""
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: Any) -> None:
        """Nobody does."""
        super().hideEvent(event)
        self.watched.emit(False)

    def _vote(self, *_: object) -> None:
        self.voting_wished.emit(
            self.neighbours.value(),
            self.metric.currentData(),
            self.weights.currentData(),
        )

    def _show_settings(self, shown: bool) -> None:
        self._settings.setVisible(shown)
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.settings_button.setArrowType(arrow)
