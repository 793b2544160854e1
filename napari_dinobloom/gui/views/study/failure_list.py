"""What could not be done, to which file, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QStringListModel, Qt, QUrl
from qtpy.QtGui import QDesktopServices, QGuiApplication
from qtpy.QtWidgets import (
    QHBoxLayout,
    QListView,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)


class FailureList(QWidget):
    """Folded to one line until somebody wants to know."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Any] = []
        self._head = QToolButton()
        self._head.setCheckable(True)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setArrowType(Qt.ArrowType.RightArrow)
        self._head.toggled.connect(self._unfold)
        self._model = QStringListModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setUniformItemSizes(True)
        self._list.setAccessibleName("What could not be done")
        copy = QPushButton("Copy list")
        copy.setToolTip("All of them as text, for a message to your IT")
        copy.clicked.connect(self.copy)
        folder = QPushButton("Open folder")
        folder.setToolTip("The folder in which the chosen file lies")
        folder.clicked.connect(self.open_folder)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._list)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addWidget(folder)
        buttons.addStretch(1)
        body.addLayout(buttons)
        self._body.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._head)
        layout.addWidget(self._body)
        self.hide()

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show these failures."""
        self._rows = list(rows)
        self._model.setStringList([line_of(row) for row in self._rows])
        lines = min(max(len(rows), 2), 6) + 1  # one for the scroll bar
        self._list.setFixedHeight(lines * self._list.fontMetrics().height() + 8)
        noun = "problem" if len(rows) == 1 else "problems"
        self._head.setText(f"{len(rows)} {noun}: some files could not be used")
        self.setVisible(bool(rows))

    def copy(self) -> None:
        """Put all of them on the clipboard as text."""
        lines = [f"{r.step}\t{r.subject}\t{r.reason}" for r in self._rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def open_folder(self) -> None:
        """Show where the chosen file lies, or the first one."""
        if self._rows:
            row = max(self._list.currentIndex().row(), 0)
            folder = Path(self._rows[row].subject).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _unfold(self, open_: bool) -> None:
        arrows = Qt.ArrowType
        self._head.setArrowType(arrows.DownArrow if open_ else arrows.RightArrow)
        self._body.setVisible(open_)


def line_of(row: Any) -> str:
    """One failure in one line, the file's name first."""
    reason = " ".join(row.reason.removeprefix(row.subject).split())
    return f"{Path(row.subject).name} · {row.step}: {reason}"
