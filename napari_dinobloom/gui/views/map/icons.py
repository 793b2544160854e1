"""The tools of the map as small line drawings in the colour of the text."""

from collections.abc import Callable

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap

SIDE = 40
"""Drawn at twice the size in which they are shown."""


def map_icon(name: str, colour: str) -> QIcon:
    """One of "lasso", "box", "pan", "fit", "draw", "more"."""
    pixmap = QPixmap(SIDE, SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(colour), 3.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    _DRAWINGS[name](painter, pen)
    painter.end()
    return QIcon(pixmap)


def _lasso(painter: QPainter, pen: QPen) -> None:
    path = QPainterPath(QPointF(14, 28))
    path.cubicTo(-2, 22, 4, 5, 20, 5)
    path.cubicTo(38, 5, 40, 22, 26, 27)
    path.cubicTo(20, 29, 13, 29, 11, 25)
    path.cubicTo(9, 20, 18, 21, 16, 28)
    path.cubicTo(15, 32, 13, 35, 10, 36)
    painter.drawPath(path)


def _box(painter: QPainter, pen: QPen) -> None:
    pen.setDashPattern([2.2, 1.8])
    painter.setPen(pen)
    painter.drawRect(QRectF(6, 8, 28, 24))


def _pan(painter: QPainter, pen: QPen) -> None:
    painter.drawLine(QPointF(20, 5), QPointF(20, 35))
    painter.drawLine(QPointF(5, 20), QPointF(35, 20))
    for x, y, dx, dy in ((20, 5, 4, 4), (20, 35, 4, -4)):
        painter.drawLine(QPointF(x, y), QPointF(x - dx, y + dy))
        painter.drawLine(QPointF(x, y), QPointF(x + dx, y + dy))
        painter.drawLine(QPointF(y, x), QPointF(y + dy, x - dx))
        painter.drawLine(QPointF(y, x), QPointF(y + dy, x + dx))


def _fit(painter: QPainter, pen: QPen) -> None:
    for x, y, dx, dy in (
        (6, 6, 9, 9),
        (34, 6, -9, 9),
        (6, 34, 9, -9),
        (34, 34, -9, -9),
    ):
        painter.drawLine(QPointF(x, y), QPointF(x + dx, y))
        painter.drawLine(QPointF(x, y), QPointF(x, y + dy))
    painter.setBrush(pen.color())
    painter.drawEllipse(QPointF(20, 20), 3, 3)


def _draw(painter: QPainter, pen: QPen) -> None:
    painter.setBrush(pen.color())
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y in ((9, 14), (14, 9), (16, 17), (29, 11), (33, 17), (13, 30), (26, 31)):
        painter.drawEllipse(QPointF(x, y), 2.8, 2.8)


def _more(painter: QPainter, pen: QPen) -> None:
    painter.setBrush(pen.color())
    painter.setPen(Qt.PenStyle.NoPen)
    for x in (9, 20, 31):
        painter.drawEllipse(QPointF(x, 20), 3.2, 3.2)


_DRAWINGS: dict[str, Callable[[QPainter, QPen], None]] = {
    "lasso": _lasso,
    "box": _box,
    "pan": _pan,
    "fit": _fit,
    "draw": _draw,
    "more": _more,
}
