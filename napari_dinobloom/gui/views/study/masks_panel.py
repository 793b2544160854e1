"""Masks from elsewhere: for which picture, and what their names mean."""

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.message import MessageLine
from napari_dinobloom.gui.views.style import SPACE, QuietLabel

TABLES = "Tables (*.csv *.tsv *.txt *.xlsx)"
MOST_LINES = 12


class MasksPanel(QWidget):
    """Implements `MasksView`: a question, then what became of it."""

    import_wished = Signal(object, bool, bool, object)
    offered = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._files: tuple[Path, ...] = ()
        self._kinds: Path | None = None
        self.message = MessageLine()
        self.question = QFrame()
        self.question.setObjectName("card")
        self._what = QuietLabel(name="title")
        self.by_name = QRadioButton("Find the pictures by their names")
        self.by_name.setToolTip(
            "field-1.png belongs to field-1.geojson, field-1.tif, field-1_masks.png …"
        )
        self.for_shown = QRadioButton("For the picture on the canvas")
        self.labels = QCheckBox("Class names become labels")
        self.labels.setToolTip(
            "“Lymphocyte” becomes the label of its cell; “WBC” says only the kind."
        )
        self._table = QuietLabel()
        self._lay_out()
        self.question.hide()
        self.hide()

    def ask_about(self, files: Sequence[Path], shown: str) -> None:
        """Show the question for these files."""
        self.message.clear()
        self._files = tuple(files)
        name = files[0].name if len(files) == 1 else f"{len(files):,} files"
        self._what.setText(f"Take cells from {name}")
        self.for_shown.setToolTip(f"They belong to {shown}, whatever they are called.")
        self.for_shown.setVisible(bool(shown) and len(files) == 1)
        self.by_name.setChecked(True)
        self.labels.setChecked(False)
        self._set_kinds(None)
        self.question.show()
        self.show()
        self.take_button.setFocus()

    def show_report(self, lines: Sequence[str]) -> None:
        """Say what was taken for what."""
        more = len(lines) - MOST_LINES
        shown = [*lines[: MOST_LINES - 1], f"And {more + 1} more.", *lines[-1:]]
        self._say("\n".join(shown if more > 1 else lines), "")

    def show_error(self, what: str, remedy: str) -> None:
        """Say what went wrong and what to do."""
        self._say(what, remedy)

    def _say(self, what: str, remedy: str) -> None:
        self.question.hide()
        self.message.show_problem(what, remedy)
        self.show()

    def _lay_out(self) -> None:
        about = QuietLabel(
            "They take the place of the cells of their pictures. Undo takes them back."
        )
        table = QPushButton("Table of kinds…")
        table.setToolTip(
            "Optional: a table (.csv) with the columns name and kind, for class names\n"
            "that say no kind by themselves: Tumor,wbc"
        )
        table.clicked.connect(self._choose_table)
        self.take_button = QPushButton("Take them")
        self.take_button.setObjectName("primary")
        self.take_button.clicked.connect(self._take)
        cancel = QPushButton("Cancel")
        cancel.clicked.connect(self.hide)
        inner = QVBoxLayout(self.question)
        inner.setSpacing(SPACE)
        for part in (self._what, about, self.by_name, self.for_shown, self.labels):
            inner.addWidget(part)
        tables = QHBoxLayout()
        tables.addWidget(table, 0, Qt.AlignmentFlag.AlignTop)
        tables.addWidget(self._table, 1)
        inner.addLayout(tables)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.take_button)
        inner.addLayout(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.question)
        layout.addWidget(self.message)

    def _choose_table(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Table of kinds", "", TABLES)
        if name:
            self._set_kinds(Path(name))

    def _set_kinds(self, path: Path | None) -> None:
        self._kinds = path
        self._table.setText(path.name if path else "None (optional)")

    def _take(self) -> None:
        self.question.hide()
        self.import_wished.emit(
            self._files,
            self.for_shown.isVisibleTo(self) and self.for_shown.isChecked(),
            self.labels.isChecked(),
            self._kinds,
        )
