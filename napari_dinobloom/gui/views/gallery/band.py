"""The rectangle that is drawn with the mouse to take cells in hand."""

import numpy as np
from qtpy.QtCore import QPoint, QRect, Qt, QTimer
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QApplication

SCROLL_MS = 30


class Band:
    """Keeps where the mouse went down; the cells inside are taken when it goes up.

    While it is drawn nobody else hears of it: map and slide need not follow every
    move of the mouse.
    """

    def __init__(self, view) -> None:
        self._view = view
        self._start: tuple[int, int] | None = None
        self._at = QPoint()
        self._is_drawn = False
        self._how = "replace"
        self._inside = np.empty(0, np.int64)
        self._timer = QTimer(view)
        self._timer.setInterval(SCROLL_MS)
        self._timer.timeout.connect(self._scroll)

    def begin(self, position: QPoint, held) -> None:
        """The mouse went down."""
        self.drop()
        self._start, self._at = self._view.place_of(position), position
        shift = held & Qt.KeyboardModifier.ShiftModifier
        ctrl = held & Qt.KeyboardModifier.ControlModifier
        self._how = "add" if shift or ctrl else "replace"

    def drag(self, position: QPoint) -> None:
        """The mouse moved with the button down."""
        if self._start is None:
            return
        way = (position - self._at).manhattanLength()
        if not self._is_drawn and way < QApplication.startDragDistance():
            return
        self._is_drawn, self._at = True, position
        outside = not 0 <= position.y() < self._view.viewport().height()
        self._timer.start() if outside else self._timer.stop()
        self.moved()

    def moved(self) -> None:
        """Mouse or cells moved: look again what is inside."""
        if not self._is_drawn or self._start is None:
            return
        x, y = self._view.place_of(self._at)
        left, right = sorted((self._start[0], x))
        top, bottom = sorted((self._start[1], y))
        self._inside = self._view.grid.inside(left, top, right, bottom)
        self._view.viewport().update()

    def end(self) -> tuple[np.ndarray, str] | None:
        """Indices of what was inside and how they combine; None for a mere click."""
        taken = (self._inside, self._how) if self._is_drawn else None
        self.drop()
        return taken

    def drop(self) -> None:
        """Draw no longer."""
        self._start, self._is_drawn = None, False
        self._inside = np.empty(0, np.int64)
        self._timer.stop()
        self._view.viewport().update()

    def holds(self, index: int) -> bool | None:
        """Whether a cell will be in hand for the band's sake; None: it decides not."""
        if not self._is_drawn:
            return None
        at = int(np.searchsorted(self._inside, index))
        inside = at < len(self._inside) and self._inside[at] == index
        return True if inside else (None if self._how == "add" else False)

    def paint(self, painter: QPainter, look) -> None:
        """Draw the rectangle."""
        if not self._is_drawn or self._start is None:
            return
        start = QPoint(self._start[0], self._start[1] - self._view.top)
        box = QRect(start, self._at).normalized()
        fill = QColor(look.accent)
        fill.setAlpha(50)
        painter.setPen(QPen(look.accent, 1))
        painter.setBrush(fill)
        painter.drawRect(box)

    def _scroll(self) -> None:
        """Beyond the edge: further with every beat, the faster the further out."""
        height = self._view.viewport().height()
        y = self._at.y()
        beyond = y if y < 0 else y - height + 1
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + int(np.clip(beyond, -120, 120)))
