"""What to do when no study lies open."""

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_dinobloom.gui.views.style import SPACE, WIDE_SPACE, QuietLabel, Section

MOST_SHOWN = 5


class EmptyState(QWidget):
    """Says what comes next, and offers it."""

    pictures_wished = Signal()
    folder_wished = Signal()
    open_wished = Signal()
    recent_wished = Signal(object)
    samples_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.drop = QFrame()
        self.drop.setObjectName("drop")
        drop = QVBoxLayout(self.drop)
        drop.setContentsMargins(WIDE_SPACE, WIDE_SPACE * 2, WIDE_SPACE, WIDE_SPACE * 2)
        title = QuietLabel("Drop smear pictures or a folder here", "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more = QuietLabel(
            "Each becomes part of a study, which finds and remembers their cells. "
            "The pictures stay where they are."
        )
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        drop.addWidget(title)
        drop.addWidget(more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.drop)
        self._button(layout, "Add pictures…", "Choose files", self.pictures_wished)
        self._button(
            layout, "Add a folder…", "Every picture inside it", self.folder_wished
        )
        self._button(
            layout, "Open a study…", "A folder that ends in .study", self.open_wished
        )
        self._button(
            layout,
            "Try the built-in sample smears",
            "Drawn by the program; no patient, no download",
            self.samples_wished,
        )
        self._recent_title = Section("Recent studies")
        layout.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        layout.addLayout(self._recent)
        layout.addStretch(1)
        note = QLabel("For research only. Not a medical device.")
        note.setObjectName("quiet")
        layout.addWidget(note)
        self.set_recent([])

    def set_recent(self, folders: Sequence[Path]) -> None:
        """Offer these studies."""
        while self._recent.count():
            widget = self._recent.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._recent_title.setVisible(bool(folders))
        for folder in folders[:MOST_SHOWN]:
            button = QPushButton(folder.stem)
            button.setFlat(True)
            button.setStyleSheet("text-align: left;")
            button.setToolTip(str(folder))
            button.clicked.connect(
                lambda _=False, folder=folder: self.recent_wished.emit(folder)
            )
            self._recent.addWidget(button)

    def _button(self, layout: QVBoxLayout, text: str, tip: str, signal) -> None:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(signal)
        layout.addWidget(button)
