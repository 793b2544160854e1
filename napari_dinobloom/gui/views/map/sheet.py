"""Paints a map with title and legend into a picture file."""

from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QBuffer, QIODevice, QPointF, QRectF, Qt
from qtpy.QtGui import QColor, QFont, QImage, QLinearGradient, QPainter

from napari_dinobloom.gui.views.map.scale import ends_of

FACTOR = 2
LEGEND_PX, LINE_PX, TITLE_PX, MARGIN_PX = 230, 20, 34, 14
WHITE, DARK = ("#ffffff", "#1a1a1a"), ("#262930", "#f0f1f2")


def png_bytes(rgba: np.ndarray) -> bytes:
    """An (h, w, 4) uint8 picture as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _image(rgba).save(buffer, "PNG")
    return bytes(buffer.data())


def save_sheet(rgba: np.ndarray, sheet: Any, path: Path, white: bool) -> None:
    """Write a `MapSheet` whose map was drawn as ``rgba``, `FACTOR` times as large.

    Raises
    ------
    OSError
        If the file could not be written.
    """
    ground, text = WHITE if white else DARK
    needed = (len(sheet.lines) + 3) * LINE_PX + 2 * MARGIN_PX
    width, height = sheet.width + LEGEND_PX, TITLE_PX + max(sheet.height, needed)
    page = QImage(width * FACTOR, height * FACTOR, QImage.Format.Format_RGB32)
    page.fill(QColor(ground))
    painter = QPainter(page)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(FACTOR, FACTOR)
    painter.drawImage(QRectF(0, TITLE_PX, sheet.width, sheet.height), _image(rgba))
    font = QFont("Helvetica")
    font.setPixelSize(15)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(text))
    painter.drawText(QPointF(MARGIN_PX, 23), sheet.title)
    painter.translate(sheet.width + MARGIN_PX, TITLE_PX + MARGIN_PX)
    font.setPixelSize(12)
    painter.setFont(font)
    painter.drawText(QPointF(0, 11), sheet.legend.title)
    font.setBold(False)
    painter.setFont(font)
    _legend(painter, sheet, QColor(text))
    painter.end()
    if not page.save(str(path), "PNG"):
        raise OSError(f"{path} could not be written")


def _legend(painter, sheet: Any, text: QColor) -> None:
    scale, wide = sheet.legend.scale, LEGEND_PX - 2 * MARGIN_PX
    if scale is not None:
        gradient = QLinearGradient(0, 0, wide, 0)
        for at in range(0, 256, 5):
            gradient.setColorAt(at / 255, QColor(*scale.colours[at].tolist()))
        painter.fillRect(QRectF(0, 20, wide, 14), gradient)
        low, high = ends_of(scale)
        below = QRectF(0, 38, wide, LINE_PX)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
    for row, line in enumerate(sheet.lines, 1):
        y = row * LINE_PX + 10
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(line.colour))
        painter.drawEllipse(QPointF(6, y - 4), 5, 5)
        painter.setPen(text)
        words = painter.fontMetrics().elidedText(
            f"{line.name} ({line.count:,})", Qt.TextElideMode.ElideMiddle, wide - 18
        )
        painter.drawText(QPointF(18, y), words)
    if sheet.left_out:
        y = (len(sheet.lines) + 1) * LINE_PX + 10
        painter.drawText(QPointF(18, y), f"and {sheet.left_out:,} more")


def _image(rgba: np.ndarray) -> QImage:
    pixels = np.ascontiguousarray(rgba)
    height, width, _ = pixels.shape
    pixels[..., 3] = 255
    made = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return made.copy()
