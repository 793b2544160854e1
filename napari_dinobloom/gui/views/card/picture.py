"""The picture of one cell, with its outlines and a scale bar drawn over it."""

import math

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

CELL_COLOUR, NUCLEUS_COLOUR = "#ffd400", "#00e5ff"
LEAST_PX, MOST_PX = 96, 560
UNBOUNDED_PX = 16_777_215
BARS_UM = (1, 2, 5, 10, 20, 50)
_LARGEST_SHARE = 0.4
"""Of the picture's side, for the scale bar."""


def pixmap_of(rgb: np.ndarray) -> QPixmap:
    """A pixmap of (h, w, 3) uint8."""
    pixels = np.ascontiguousarray(rgb)
    height, width = pixels.shape[:2]
    kind = QImage.Format.Format_RGB888
    return QPixmap.fromImage(QImage(pixels.data, width, height, 3 * width, kind).copy())


def bar_um(window_um: float) -> int:
    """The longest round length that fits; 0 where the size is not known."""
    if not math.isfinite(window_um):
        return 0
    return max((b for b in BARS_UM if b <= _LARGEST_SHARE * window_um), default=0)


class CellPicture(QWidget):
    """A square that is as wide as its place, up to `MOST_PX`, or of a given side."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap: QPixmap | None = None
        self._problem = ""
        self._lines: list[tuple[str, list[QPolygonF]]] = []
        self._inside = (0.0, 0.0, 1.0, 1.0)
        self._window_um, self._note = math.nan, ""
        self._outlined, self._side = True, 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(LEAST_PX, LEAST_PX)
        self.setAccessibleName("Picture of the cell")

    def show_cell(self, cell, note: str) -> None:
        """Show the window of a description."""
        self._problem = cell.problem
        self._pixmap = None if cell.rgb is None else pixmap_of(cell.rgb)
        self._lines = [
            (CELL_COLOUR, [_polygon(line) for line in cell.outline]),
            (NUCLEUS_COLOUR, [_polygon(line) for line in cell.nucleus]),
        ]
        self._inside, self._window_um, self._note = cell.inside, cell.window_um, note
        tip = "Yellow: outline of the cell. Blue: outline of the nucleus."
        if self._inside != (0.0, 0.0, 1.0, 1.0):
            tip += "\nDarkened: beyond the edge of the picture."
        self.setToolTip(tip if cell.outline else "")
        self.update()

    def set_side(self, px: int) -> None:
        """Be this wide and high; 0: as wide as the place."""
        side = max(LEAST_PX, min(px, MOST_PX)) if px else 0
        if side == self._side:
            return
        self._side = side
        self.setMinimumSize(side or LEAST_PX, side or LEAST_PX)
        self.setMaximumSize(side or UNBOUNDED_PX, side or UNBOUNDED_PX)
        self.updateGeometry()

    def set_outlined(self, on: bool) -> None:
        """Draw the outlines, or leave them out."""
        self._outlined = on
        self.update()

    # -- Qt ------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        """It is a square."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as it is wide, within bounds."""
        return max(LEAST_PX, min(width, MOST_PX))

    def sizeHint(self) -> QSize:
        """What it takes at a usual width."""
        return QSize(380, 380)

    def paintEvent(self, _) -> None:
        """Draw picture, veil, outlines and scale bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self.width(), self.height())
        square = QRectF((self.width() - side) / 2, 0, side, side)
        if self._pixmap is None:
            self._write_problem(painter, square)
            return
        painter.drawPixmap(square, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setClipRect(square)
        self._veil(painter, square)
        if self._outlined:
            self._outline(painter, square)
        self._scale_bar(painter, square)

    def _write_problem(self, painter: QPainter, square: QRectF) -> None:
        painter.fillRect(square, QColor(128, 128, 128, 60))
        painter.setPen(self.palette().windowText().color())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(square.adjusted(12, 12, -12, -12), int(flags), self._problem)

    def _veil(self, painter: QPainter, square: QRectF) -> None:
        """Darken what lies beyond the picture's edge."""
        left, top, right, bottom = self._inside
        side, veil = square.width(), QColor(0, 0, 0, 150)
        x, y = square.left(), square.top()
        low, high = y + top * side, y + bottom * side
        painter.fillRect(QRectF(x, y, side, top * side), veil)
        painter.fillRect(QRectF(x, high, side, (1 - bottom) * side), veil)
        painter.fillRect(QRectF(x, low, left * side, high - low), veil)
        rest = (1 - right) * side
        painter.fillRect(QRectF(x + right * side, low, rest, high - low), veil)

    def _outline(self, painter: QPainter, square: QRectF) -> None:
        painter.save()
        painter.translate(square.topLeft())
        painter.scale(square.width(), square.width())
        # a dark line below a bright one stands out on pale and on dark ground
        for colour, width in ((QColor(0, 0, 0, 130), 3.0), (None, 1.4)):
            for own, polygons in self._lines:
                pen = QPen(colour or QColor(own), width)
                pen.setCosmetic(True)
                painter.setPen(pen)
                for polygon in polygons:
                    painter.drawPolyline(polygon)
        painter.restore()

    def _scale_bar(self, painter: QPainter, square: QRectF) -> None:
        length_um = bar_um(self._window_um)
        text = f"{length_um} µm" if length_um else ""
        text = ", ".join(part for part in (text, self._note) if part)
        if not text:
            return
        length = square.width() * length_um / self._window_um if length_um else 0.0
        metrics = painter.fontMetrics()
        if length_um and metrics.horizontalAdvance(text) + 32 > square.width():
            text = f"≈ {length_um} µm"
        width = max(length, metrics.horizontalAdvance(text)) + 16
        height = metrics.height() + (14 if length_um else 6)
        plate = QRectF(square.left() + 8, square.bottom() - height - 8, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 215))
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(QColor("black"))
        words = plate.adjusted(8, 2, -8, 0)
        painter.drawText(words, int(Qt.AlignmentFlag.AlignTop), text)
        if length_um:
            bar = QRectF(plate.left() + 8, plate.bottom() - 8, length, 4)
            painter.fillRect(bar, QColor("black"))


def _polygon(line: np.ndarray) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in line.tolist()])
