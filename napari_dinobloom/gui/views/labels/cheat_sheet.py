"""All keys on one sheet, beside the work and not in its way."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import (
    QApplication,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.escape import field_has_keyboard
from napari_dinobloom.gui.views.labels.parts import Chip, KeyCap
from napari_dinobloom.gui.views.style import SPACE, WIDE_SPACE, QuietLabel, Section

GROUPS = (
    (
        "The cells in hand",
        (
            (("space", "enter"), "accept the prediction"),
            (("u",), "unsure; again: sure"),
            (("x",), "artefact: no cell, or unusable"),
            (("backspace", "delete"), "clear label and mark"),
            (("ctrl+z", "ctrl+y"), "take back, do again"),
            (("esc",), "put all cells away"),
        ),
    ),
    (
        "Going on",
        (
            (("n", "p"), "next cell, cell before"),
            ((",", "."), "field before, next field (smear)"),
            (("shift+space",), "enlarge the cell, and back (gallery)"),
            (("f",), "show all cells (map)"),
            (("?",), "this sheet; Esc closes it too"),
        ),
    ),
)
MOST_ROWS = 20


class CheatSheet(QDialog):
    """Not modal: keys go on labelling while it is open; Escape closes it.

    Wherever the keyboard is: not every desktop gives it to a window of this kind, and
    Escape would put the cells away that somebody looks up a key for.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("Keys")
        self.setModal(False)
        self._classes = QWidget()
        self._grid = QGridLayout(self._classes)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE)
        self._grid.setVerticalSpacing(3)
        self._lay_out()

    def show_classes(self, classes: Sequence[Any]) -> None:
        """List the classes (name, colour, key)."""
        while self._grid.count():
            widget = self._grid.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        rows = _rows_for(len(classes))
        for number, shown in enumerate(classes):
            row, column = number % rows, 4 * (number // rows)
            if shown.key:
                self._grid.addWidget(KeyCap(shown.key), row, column)
            self._grid.addWidget(Chip(shown.colour), row, column + 1)
            self._grid.addWidget(QLabel(shown.name), row, column + 2)
            self._grid.setColumnMinimumWidth(column + 3, WIDE_SPACE)
        self._none.setVisible(not classes)

    def toggle(self) -> None:
        """Show it, or put it away."""
        if self.isVisible():
            self.close()
            return
        self.show()
        self.raise_()

    def showEvent(self, event: QShowEvent) -> None:
        """Listen for Escape in all windows."""
        QApplication.instance().installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Listen no more."""
        QApplication.instance().removeEventFilter(self)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Escape, unless a field, a menu or a question needs it first."""
        kind = event.type()
        if kind != QEvent.Type.KeyPress and kind != QEvent.Type.ShortcutOverride:
            return False
        if event.key() != Qt.Key.Key_Escape or _is_needed_elsewhere():
            return False
        event.accept()
        if kind == QEvent.Type.KeyPress:
            self.close()
        return True

    def _lay_out(self) -> None:
        self._none = QuietLabel("No classes yet: choose a scheme on the page Label.")
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(SPACE)
        left.addWidget(Section("Label the cells in hand"))
        left.addWidget(self._classes)
        left.addWidget(self._none)
        left.addStretch(1)
        right.addLayout(_groups())
        right.addStretch(1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(WIDE_SPACE, SPACE, WIDE_SPACE, WIDE_SPACE)
        columns.setSpacing(3 * WIDE_SPACE)
        columns.addLayout(left)
        columns.addLayout(right)
        columns.setSizeConstraint(QHBoxLayout.SizeConstraint.SetFixedSize)


def _is_needed_elsewhere() -> bool:
    """Whether Escape leaves a field, or closes a menu or a question."""
    app = QApplication
    return field_has_keyboard() or bool(
        app.activePopupWidget() or app.activeModalWidget()
    )


def _rows_for(n: int) -> int:
    """How long the columns are: two, or more where two would leave the screen."""
    return max(1, min(n, 10), min(-(-n // 2), MOST_ROWS))


def _groups() -> QGridLayout:
    """Keys and what they mean, group under group."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE)
    grid.setVerticalSpacing(3)
    for title, lines in GROUPS:
        if grid.count():
            grid.setRowMinimumHeight(grid.rowCount(), SPACE)
        grid.addWidget(Section(title), grid.rowCount(), 0, 1, 2)
        for keys, meaning in lines:
            caps, row = QHBoxLayout(), grid.rowCount()
            caps.setSpacing(3)
            for key in keys:
                caps.addWidget(KeyCap(key))
            caps.addStretch(1)
            grid.addLayout(caps, row, 0)
            grid.addWidget(QLabel(meaning), row, 1)
    return grid
