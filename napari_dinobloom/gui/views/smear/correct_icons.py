"""The tools that correct cells as small line drawings in the colour of the text."""

from collections.abc import Callable

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

SIDE = 40
"""Drawn at twice the size in which they are shown."""


def correct_icon(name: str, colour: str) -> QIcon:
    """One of "add", "redraw", "nucleus", "split", "merge", "delete", "kind"."""
    pixmap = QPixmap(SIDE, SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colour), 3.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    _DRAWINGS[name](painter, pen)
    painter.end()
    return QIcon(pixmap)


def _cell(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(6, 6, 28, 28))


def _line(painter: QPainter, x1: float, y1: float, x2: float, y2: float) -> None:
    painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))


def _add(painter: QPainter, _: QPen) -> None:
    _cell(painter)
    _line(painter, 20, 13, 20, 27)
    _line(painter, 13, 20, 27, 20)


def _redraw(painter: QPainter, pen: QPen) -> None:
    pen.setDashPattern([1.6, 1.9])
    painter.setPen(pen)
    _cell(painter)


def _nucleus(painter: QPainter, pen: QPen) -> None:
    _cell(painter)
    painter.setBrush(pen.color())
    painter.drawEllipse(QRectF(14, 14, 11, 11))


def _split(painter: QPainter, _: QPen) -> None:
    _cell(painter)
    _line(painter, 28, 2, 12, 38)


def _merge(painter: QPainter, _: QPen) -> None:
    painter.drawArc(QRectF(2, 9, 22, 22), 45 * 16, 270 * 16)
    painter.drawArc(QRectF(16, 9, 22, 22), 225 * 16, 270 * 16)


def _delete(painter: QPainter, _: QPen) -> None:
    _cell(painter)
    _line(painter, 15, 15, 25, 25)
    _line(painter, 25, 15, 15, 25)


def _kind(painter: QPainter, pen: QPen) -> None:
    painter.drawEllipse(QRectF(3, 12, 18, 18))
    painter.setBrush(pen.color())
    painter.drawEllipse(QRectF(27, 8, 9, 9))
    painter.drawEllipse(QRectF(28, 26, 5, 5))


_DRAWINGS: dict[str, Callable[[QPainter, QPen], None]] = {
    "add": _add,
    "redraw": _redraw,
    "nucleus": _nucleus,
    "split": _split,
    "merge": _merge,
    "delete": _delete,
    "kind": _kind,
}
