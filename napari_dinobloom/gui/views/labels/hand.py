"""What the next key is about, and what can be said about it besides a class."""

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QImage, QPixmap, QResizeEvent
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_dinobloom.gui.views.labels.parts import ActionButton, key_title
from napari_dinobloom.gui.views.style import SPACE, QuietLabel

PORTRAIT_PX = 56
ACTIONS = (
    ("space", "Accept", "Accept what is predicted for the cells in hand"),
    ("u", "Unsure", "You looked and cannot tell; once more takes the mark off"),
    ("x", "Artefact", "Not a cell, or unusable"),
    ("delete", "Clear", "Take label and unsure mark away"),
)


class HandCard(QFrame):
    """Picture of a single cell, or how many; undo and redo."""

    undo_wished = Signal()
    redo_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.portrait = QLabel()
        self.portrait.setFixedSize(PORTRAIT_PX, PORTRAIT_PX)
        self.portrait.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = QLabel()
        self.title.setObjectName("title")
        self.title.setMinimumWidth(40)
        self.about = QuietLabel()
        self.undo = self._tool("↶", self.undo_wished)
        self.redo = self._tool("↷", self.redo_wished)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addStretch(1)
        text.addWidget(self.title)
        text.addWidget(self.about)
        text.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(SPACE)
        layout.addWidget(self.portrait)
        layout.addLayout(text, 1)
        layout.addWidget(self.undo)
        layout.addWidget(self.redo)
        self.setMinimumHeight(PORTRAIT_PX + 10)

    def show_hand(
        self, title: str, about: str, portrait: np.ndarray | None, single: bool
    ) -> None:
        """Say it; a single cell keeps room for its picture while that is read."""
        self.title.setText(title)
        self.about.setText(about)
        self.portrait.setVisible(single)
        self.portrait.setPixmap(_pixmap(portrait, self.devicePixelRatioF()))

    def show_history(self, undo: str, redo: str) -> None:
        """What undo and redo would do."""
        for button, verb, what, key in (
            (self.undo, "Take back", undo, "Ctrl+Z"),
            (self.redo, "Do again", redo, "Ctrl+Y"),
        ):
            button.setEnabled(bool(what))
            tip = f"{verb}: {what} ({key})" if what else f"Nothing to {verb.lower()}"
            button.setToolTip(tip)
            button.setAccessibleName(tip)

    def _tool(self, text: str, signal) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setEnabled(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(signal)
        return button


class ActionRow(QWidget):
    """Accept, unsure, artefact, clear: with the keys that do the same."""

    key_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, ActionButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        self._columns = 0
        for key, title, tip in ACTIONS:
            button = ActionButton(title, key)
            button.setToolTip(f"{tip} ({key_title(key)})")
            button.setAccessibleName(f"{title}, key {key_title(key)}")
            button.clicked.connect(lambda _=False, key=key: self.key_wished.emit(key))
            self.buttons[key] = button
        self._arrange(2)  # what fits everywhere, until the width is known

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All beside each other where there is room."""
        super().resizeEvent(event)
        widest = max(b.sizeHint().width() for b in self.buttons.values())
        needed = len(self.buttons) * (widest + self._grid.spacing())
        self._arrange(len(self.buttons) if event.size().width() >= needed else 2)

    def minimumSizeHint(self) -> QSize:
        """Narrow docks are fine; the buttons then stand in two lines."""
        return QSize(180, super().minimumSizeHint().height())

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for place, button in enumerate(self.buttons.values()):
            self._grid.addWidget(button, *divmod(place, columns))


def _pixmap(picture: np.ndarray | None, ratio: float) -> QPixmap:
    if picture is None:
        return QPixmap()
    pixels = np.ascontiguousarray(picture)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    side = round(PORTRAIT_PX * ratio)
    pixmap = QPixmap.fromImage(image).scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
