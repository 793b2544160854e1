"""Choices, Run, progress, Cancel."""

from collections.abc import Callable, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.card.fold import Fold
from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.study.failure_list import FailureList
from napari_dinobloom.gui.views.study.how_panel import HowPanel
from napari_dinobloom.gui.views.style import SPACE, QuietLabel, Section, narrow

KINDS = (
    ("wbc", "White cells"),
    ("rbc", "Red cells"),
    ("platelet", "Platelets"),
    ("other", "Other"),
)

AGAIN_TIP = (
    "Search pictures that were searched before, too. Cells that are still there keep\n"
    "their numbers and labels, and outlines drawn by hand stay. Undo takes it back."
)

IMPORTED_TIP = (
    "Off: pictures keep the cells that were imported from another program. On: they\n"
    "are searched, and what is found takes their place. Undo takes it back."
)

DELETED_TIP = (
    "Off: cells that were deleted by hand stay away. On: they are found again where\n"
    "they look like cells. Undo takes it back."
)


class RunPanel(QWidget):
    """Implements `RunView`.

    Parameters
    ----------
    make_options
        Builds what ``run_wished`` carries from segmenter, its parameters, encoder and
        kinds.
    """

    run_wished = Signal(object)
    cancel_wished = Signal()
    segmenter_chosen = Signal(str)

    def __init__(self, make_options: Callable[..., object]) -> None:
        super().__init__()
        self._make = make_options
        self._kept: dict[QCheckBox, int] = {}
        self.segmenter, self.encoder = QComboBox(), QComboBox()
        self._about = QuietLabel()
        self.how = HowPanel()
        self.how_fold = Fold("How cells are found", self.how)
        self.how_fold.set_open(False)
        self.kinds = {name: QCheckBox(title) for name, title in KINDS}
        self.again = QCheckBox("Search pictures again")
        self.again.setToolTip(AGAIN_TIP)
        self.imported_too = QCheckBox("Imported cells too")
        self.imported_too.setToolTip(IMPORTED_TIP)
        self.imported_too.hide()
        self.deleted_too = QCheckBox("Deleted cells too")
        self.deleted_too.setToolTip(DELETED_TIP)
        self.deleted_too.hide()
        self.run_button = QPushButton("Find and describe cells")
        self.run_button.setObjectName("primary")
        self.cancel_button = QPushButton("Cancel")
        self.bar = QProgressBar()
        self.status = QuietLabel()
        self.failures = FailureList()
        self.message = MessageLine()
        self._prepare()
        self._lay_out()

    def _prepare(self) -> None:
        narrow(self.segmenter)
        narrow(self.encoder)
        self.encoder.currentIndexChanged.connect(self._tell_about)
        self.segmenter.currentIndexChanged.connect(
            lambda _: self.segmenter_chosen.emit(self.segmenter.currentData() or "")
        )
        for box in self.kinds.values():
            box.setChecked(True)
            box.setToolTip(
                "Which cells are described and placed on the map.\n"
                "All cells are searched for in any case."
            )
        self.again.toggled.connect(lambda _: self._offer_kept())
        self.run_button.clicked.connect(self._run)
        self.cancel_button.clicked.connect(self.cancel_wished)
        self.cancel_button.setToolTip("Stop; what was found so far is kept")
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(10)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.addRow("Find with", self.segmenter)
        form.addRow("Describe with", self.encoder)
        boxes = QGridLayout()
        boxes.setSpacing(SPACE)
        for index, box in enumerate(self.kinds.values()):
            boxes.addWidget(box, index // 2, index % 2)
        self._progress = QWidget()
        progress = QHBoxLayout(self._progress)
        progress.setContentsMargins(0, 0, 0, 0)
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Section("Cells"))
        layout.addLayout(form)
        layout.addWidget(self._about)
        layout.addWidget(self.how_fold)
        layout.addWidget(QLabel("Which cells to describe"))
        layout.addLayout(boxes)
        layout.addWidget(self.again)
        layout.addWidget(self.imported_too)
        layout.addWidget(self.deleted_too)
        layout.addWidget(self.run_button)
        layout.addWidget(self._progress)
        layout.addWidget(self.status)
        layout.addWidget(self.message)
        layout.addWidget(self.failures)

    # -- RunView -----------------------------------------------------------------

    def offer(self, segmenters: Sequence[Any], encoders: Sequence[Any]) -> None:
        """Fill the choices; what cannot be used says why and cannot be chosen."""
        for box, choices in ((self.segmenter, segmenters), (self.encoder, encoders)):
            chosen = box.currentData()
            box.clear()
            for choice in choices:
                title = choice.title
                box.addItem(
                    f"{title} – {choice.obstacle}" if choice.obstacle else title,
                    choice.name,
                )
                index = box.count() - 1
                about = "\n".join(t for t in (choice.description, choice.obstacle) if t)
                box.setItemData(index, about, Qt.ItemDataRole.ToolTipRole)
                box.model().item(index).setEnabled(not choice.obstacle)
            box.setCurrentIndex(max(box.findData(chosen), 0))
        self._tell_about()

    def set_ready(self, ready: bool, why_not: str) -> None:
        """Whether Run can be pressed."""
        self.run_button.setEnabled(ready)
        self.run_button.setToolTip(
            why_not
            or "Finds cells in pictures that were not searched yet, measures the new\n"
            "ones and lays them out. What is there already is not done again."
        )

    def show_running(self, title: str) -> None:
        """A task has begun."""
        self.message.clear()
        self._progress.show()
        self.cancel_button.setEnabled(True)
        self.bar.setRange(0, 0)
        self.status.setText(f"{title} …")
        self._title = title
        self.status.show()

    def show_progress(self, done: int, total: int, message: str) -> None:
        """How far it is."""
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        counted = f"{done:,} of {total:,}" if total else ""
        parts = [f"{self._title} {counted}".strip(), message]
        self.status.setText(" · ".join(part for part in parts if part))

    def show_stopping(self) -> None:
        """Cancel was pressed."""
        self.cancel_button.setEnabled(False)
        self.status.setText("Stopping after the step under way …")

    def show_idle(self, message: str) -> None:
        """Nothing runs."""
        self._progress.hide()
        self.status.setText(message)
        self.status.setVisible(bool(message))

    def show_failures(self, failures: Sequence[Any]) -> None:
        """What could not be done."""
        self.failures.set_rows(failures)

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self.message.show_problem(what, remedy)

    def show_kept(self, imported: int, deleted: int) -> None:
        """How many pictures have imported cells; how many cells were deleted."""
        self._kept = {self.imported_too: imported, self.deleted_too: deleted}
        self._offer_kept()

    def _offer_kept(self) -> None:
        """Ask about what a new search is going to pass by."""
        for box, n in self._kept.items():
            asked = self.again.isChecked() and n > 0
            box.setVisible(asked)
            if not asked:
                box.setChecked(False)

    # -- wishes ------------------------------------------------------------------

    def _run(self) -> None:
        kinds = [name for name, box in self.kinds.items() if box.isChecked()]
        self.run_wished.emit(
            self._make(
                segmenter=self.segmenter.currentData(),
                segmenter_parameters=self.how.for_a_run(),
                encoder=self.encoder.currentData(),
                kinds=(*kinds, "cell"),
                again=self.again.isChecked(),
                imported_too=self.imported_too.isChecked(),
                deleted_too=self.deleted_too.isChecked(),
            )
        )
        self.again.setChecked(False)  # wished for once, not for every run from now on

    def _tell_about(self) -> None:
        role = Qt.ItemDataRole.ToolTipRole
        about = self.encoder.itemData(self.encoder.currentIndex(), role) or ""
        self._about.setText(about)
        self._about.setVisible(bool(about))
