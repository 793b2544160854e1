"""What moves with the mouse, painted over the map so that the map is not drawn anew."""

from collections.abc import Mapping

import numpy as np
from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QPainter, QPen, QPolygonF
from qtpy.QtWidgets import QWidget

RING_PX, POINTED_PX = 9.0, 7.0


class MapOverlay(QWidget):
    """Outline of the lasso or box, a ring for the cell looked at and one pointed at."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._outline = np.empty((0, 2))
        self._current: tuple[float, float] | None = None
        self._pointed: tuple[float, float] | None = None
        self._line, self._halo, self._accent = "#ffffff", "#000000", "#4c9be8"

    def set_theme(self, theme: Mapping[str, str]) -> None:
        """Colours of lines: of text, with a halo of the ground."""
        self._line, self._halo = theme["text"], theme["background"]
        self._accent = theme["current"]
        self.update()

    def set_outline(self, places: np.ndarray) -> None:
        """Show the region being drawn, (n, 2) canvas pixels; none to end it."""
        self._outline = places
        self.update()

    def set_rings(
        self,
        current: tuple[float, float] | None,
        pointed: tuple[float, float] | None,
    ) -> None:
        """Where the cell looked at and the one pointed at lie, if they do."""
        if (current, pointed) != (self._current, self._pointed):
            self._current, self._pointed = current, pointed
            self.update()

    def paintEvent(self, event) -> None:
        """Draw rings and outline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._current is not None:
            self._ring(painter, self._current, RING_PX, 2.4)
        if self._pointed is not None:
            self._ring(painter, self._pointed, POINTED_PX, 1.4)
        if len(self._outline) > 1:
            self._region(painter)
        painter.end()

    def _ring(self, painter, place, radius: float, width: float) -> None:
        where = QPointF(*place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, wide in ((self._halo, width + 2.2), (self._line, width)):
            painter.setPen(QPen(QColor(colour), wide))
            painter.drawEllipse(where, radius, radius)

    def _region(self, painter) -> None:
        fill = QColor(self._accent)
        fill.setAlpha(38)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(self._halo), 3.0))
        polygon = QPolygonF([QPointF(x, y) for x, y in self._outline])
        painter.drawPolygon(polygon)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(QColor(self._line), 1.4)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPolygon(polygon)


def box_between(first: tuple[float, float], last: tuple[float, float]) -> np.ndarray:
    """(4, 2) corners of the upright box with these two opposite ones."""
    box = QRectF(QPointF(*first), QPointF(*last)).normalized()
    return np.array(
        [
            (box.left(), box.top()),
            (box.right(), box.top()),
            (box.right(), box.bottom()),
            (box.left(), box.bottom()),
        ]
    )
