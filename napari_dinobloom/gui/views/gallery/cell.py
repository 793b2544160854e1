"""One cell of the gallery, painted: picture, frame, badges, marks."""

from typing import NamedTuple

from qtpy.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QPolygonF

from napari_dinobloom.gui.views.elided import cut_name
from napari_dinobloom.gui.views.gallery.grid import PAD
from napari_dinobloom.gui.views.gallery.look import (
    CHIP_FROM_PX,
    SCALE_FROM_PX,
    VOTE_FROM_PX,
    GalleryLook,
)
from napari_dinobloom.gui.views.style import readable_on

CORNERS = ((64, 6), (96, 7), (300, 9))
"""Radius of the mark in the corner of pictures below so many pixels."""
SHADE = QColor(24, 24, 24, 215)
UNSURE, AGREES, DISAGREES = QColor("#f0e442"), QColor("#ffffff"), QColor("#ff9f1c")
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


class CellState(NamedTuple):
    """What the gallery itself knows of a cell."""

    in_hand: bool
    is_current: bool
    is_pointed: bool
    problem: str
    um_across: float


class CellPainter:
    """Paints cells of one size in one theme; the fonts are made once.

    Parameters
    ----------
    picture_px
        Side of a picture.
    marks_synthetic
        Whether each synthetic cell says so: from the size where there is room for a
        word in letters, below it as one.
    """

    def __init__(
        self,
        look: GalleryLook,
        picture_px: int,
        font: QFont,
        *,
        marks_synthetic: bool = True,
    ) -> None:
        self._marks_synthetic = marks_synthetic
        self._look, self._side = look, picture_px
        self._font = QFont(font)
        self._font.setPixelSize(_letter_px(picture_px))
        self._bold = QFont(self._font)
        self._bold.setBold(picture_px >= 140)
        self._metrics = QFontMetrics(self._bold)
        self._elided: dict[tuple[str, int], str] = {}
        self._frame = 3 if picture_px < 96 else 4 if picture_px < 300 else 5

    def paint(
        self,
        painter: QPainter,
        tile: QRect,
        face,
        pixmap: QPixmap | None,
        state: CellState,
    ) -> None:
        """Draw a cell into its tile; a face of None is a cell that is gone."""
        picture = tile.adjusted(PAD, PAD, -PAD, -PAD)
        self._mark(painter, tile, state)
        if state.problem:
            self._crossed(painter, picture)
        elif pixmap is None:
            painter.fillRect(picture, self._look.blank)
        else:
            painter.drawPixmap(picture.topLeft(), pixmap)
        if face is None:
            return
        self._paint_frame(painter, picture, face)
        if self._side >= CHIP_FROM_PX:
            self._chips(painter, picture, face)
        self._corner(painter, picture, face)
        if face.synthetic and self._marks_synthetic:
            word = "synthetic" if self._side >= CHIP_FROM_PX else "S"
            self._chip(painter, picture, word, SHADE, top=True)
        if self._side >= SCALE_FROM_PX and state.um_across > 0 and pixmap is not None:
            self._scale_bar(painter, picture, state.um_across)

    # -- marks round the picture -------------------------------------------------

    def _mark(self, painter: QPainter, tile: QRect, state: CellState) -> None:
        """In hand: a wide ring. Looked at: the accent colour. Pointed at: a line."""
        look = self._look
        if state.is_current:
            painter.fillRect(tile, look.focus)
        if state.in_hand:
            ring = tile.adjusted(2, 2, -2, -2) if state.is_current else tile
            painter.fillRect(ring.adjusted(1, 1, -1, -1), look.mark)
            painter.fillRect(
                tile.adjusted(PAD - 1, PAD - 1, 1 - PAD, 1 - PAD), look.counter
            )
        if state.is_pointed and not state.in_hand:
            painter.setPen(QPen(look.quiet, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(tile.adjusted(2, 2, -3, -3))

    def _crossed(self, painter: QPainter, picture: QRect) -> None:
        painter.fillRect(picture, self._look.blank)
        painter.setPen(QPen(self._look.quiet, 2))
        painter.drawLine(picture.topLeft(), picture.bottomRight())
        painter.drawLine(picture.topRight(), picture.bottomLeft())

    # -- label and prediction ----------------------------------------------------

    def _paint_frame(self, painter: QPainter, picture: QRect, face) -> None:
        """Thick and whole: a label. Thin and dashed: only a prediction."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = self._frame
        if face.label:
            self._outline(painter, picture, QColor(face.label_colour), width)
        elif face.predicted:
            thin = max(2, width - 2)
            self._line(painter, picture, QColor(0, 0, 0, 110), thin)
            pen = QPen(QColor(face.predicted_colour), thin)
            pen.setDashPattern([3, 2])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawRect(QRectF(picture).adjusted(*_inset(thin)))

    def _outline(
        self, painter: QPainter, picture: QRect, colour: QColor, width: int
    ) -> None:
        self._line(painter, picture, colour, width)
        inner = picture.adjusted(width, width, -width, -width)
        self._line(painter, inner, QColor(0, 0, 0, 130), 1)

    def _line(self, painter: QPainter, rect: QRect, colour: QColor, width: int) -> None:
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(QRectF(rect).adjusted(*_inset(width)))

    def _chips(self, painter: QPainter, picture: QRect, face) -> None:
        """Label at the left, prediction at the right, above each other where narrow."""
        room = picture.width() - 2 * self._frame - 4
        guess = self._guess(face, room)
        label = face.label or ("unsure" if face.unsure else "")
        wide = bool(label and guess) and self._width(label) + self._width(guess) > room
        if label:
            colour = QColor(face.label_colour) if face.label else UNSURE
            self._chip(painter, picture, label, colour, line=int(wide))
        if guess:
            edge = QColor(face.predicted_colour)
            self._chip(painter, picture, guess, SHADE, right=True, edge=edge)

    def _guess(self, face, room: int) -> str:
        """Prediction and the vote for it; the name is cut short, never the number.

        A name that the label says already is left out.
        """
        if not face.predicted:
            return ""
        vote = face.vote.briefly if self._side >= VOTE_FROM_PX else ""
        if face.agrees:
            return vote
        taken = self._width(f" {vote}") if vote else 10
        return f"{self._fit(face.predicted, room - taken)} {vote}".strip()

    def _chip(
        self,
        painter: QPainter,
        picture: QRect,
        text: str,
        colour: QColor,
        *,
        right: bool = False,
        top: bool = False,
        line: int = 0,
        edge: QColor | None = None,
    ) -> None:
        inset = self._frame + 2
        room = picture.width() - 2 * inset
        width = min(self._width(text), room)
        height = self._metrics.height() + 2
        x = picture.right() + 1 - inset - width if right else picture.left() + inset
        y = picture.bottom() + 1 - inset - height - line * (height + 2)
        box = QRect(x, picture.top() + inset if top else y, width, height)
        painter.setPen(QPen(edge or QColor(0, 0, 0, 160), 2 if edge else 1))
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 4, 4)
        dark = colour.alpha() < 255
        painter.setPen(QColor("#ffffff" if dark else readable_on(colour.name())))
        painter.setFont(self._bold)
        shown = self._fit(text, width - 8)
        painter.drawText(box, CENTRE, shown)

    def _corner(self, painter: QPainter, picture: QRect, face) -> None:
        """A mark at the upper right: agrees, disagrees, unsure."""
        if not (face.unsure or face.agrees or face.disagrees):
            return
        r = next((r for below, r in CORNERS if self._side < below), 12)
        inset = self._frame + 2
        x, y = picture.right() - inset - r, picture.top() + inset + r
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.5))
        painter.setBrush(
            UNSURE if face.unsure else DISAGREES if face.disagrees else AGREES
        )
        if face.disagrees and not face.unsure:
            points = [
                QPointF(x, y - r),
                QPointF(x + r, y + r - 1),
                QPointF(x - r, y + r - 1),
            ]
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.drawEllipse(QPoint(x, y), r, r)
        if face.unsure or face.disagrees:
            font = QFont(self._bold)
            font.setPixelSize(int(1.5 * r))
            painter.setFont(font)
            painter.setPen(QColor("#000000"))
            drop = 0 if face.unsure else r // 4
            box = QRect(x - r, y - r + drop, 2 * r, 2 * r)
            painter.drawText(box, CENTRE, "?" if face.unsure else "!")
            return
        painter.setPen(QPen(QColor("#00693e"), max(2, r // 4)))
        corners = [(-0.45, 0.05), (-0.1, 0.4), (0.5, -0.4)]
        painter.drawPolyline(
            QPolygonF([QPointF(x + a * r, y + b * r) for a, b in corners])
        )

    def _scale_bar(self, painter: QPainter, picture: QRect, um_across: float) -> None:
        um = 10 if um_across > 20 else 5 if um_across > 10 else 2
        length = round(picture.width() * um / um_across)
        inset = self._frame + 8
        bar = QRect(picture.left() + inset, picture.top() + inset + 14, length, 4)
        painter.setPen(QPen(QColor("#ffffff"), 1))
        painter.setBrush(QColor("#000000"))
        painter.drawRect(bar.adjusted(-1, -1, 0, 0))
        painter.setFont(self._bold)
        text = QRect(bar.left(), bar.top() - 17, max(length, 50), 15)
        painter.setPen(QColor("#ffffff"))
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            painter.drawText(text.translated(dx, dy), LEFT, f"{um} µm")
        painter.setPen(QColor("#000000"))
        painter.drawText(text, LEFT, f"{um} µm")

    def _width(self, text: str) -> int:
        return self._metrics.horizontalAdvance(text) + 10 if text else 0

    def _fit(self, text: str, width: int) -> str:
        key = (text, width)
        if key not in self._elided:
            self._elided[key] = cut_name(self._metrics, text, width)
        return self._elided[key]


def _letter_px(picture_px: int) -> int:
    """Height of letters: small ones hide less of a small cell."""
    steps = ((120, 10), (200, 11), (300, 12))
    return next((px for below, px in steps if picture_px < below), 14)


def _inset(width: int) -> tuple[float, float, float, float]:
    """Moves a rectangle so that a line of that width lies inside it."""
    return width / 2, width / 2, -width / 2, -width / 2
