"""The legend of a number: a ramp of colour with its ends."""

from typing import Any

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter
from qtpy.QtWidgets import QWidget

from napari_dinobloom.core.counting import counted

BAR_PX = 14


class ScaleBar(QWidget):
    """Paints a `LegendScale`."""

    def __init__(self) -> None:
        super().__init__()
        self._scale: Any = None

    def set_scale(self, scale: Any) -> None:
        """Show this scale."""
        self._scale = scale
        low, high = ends_of(scale)
        self.setAccessibleName(f"Colours from {low} to {high}")
        self.setToolTip(
            f"Lowest {number(scale.least)}, highest {number(scale.greatest)} "
            f"{scale.unit}\nThe colours span the middle 96 % of the cells; beyond "
            "them a cell has the colour of the end."
        )
        self.update()

    def sizeHint(self) -> QSize:
        """A bar and two lines of text."""
        return QSize(180, BAR_PX + 3 * self.fontMetrics().height())

    def paintEvent(self, event) -> None:
        """Draw the ramp and its ends."""
        if self._scale is None:
            return
        painter = QPainter(self)
        wide, line = self.width(), self.fontMetrics().height()
        gradient = QLinearGradient(0, 0, wide, 0)
        colours = self._scale.colours
        for at in range(0, len(colours), 5):
            gradient.setColorAt(at / (len(colours) - 1), QColor(*colours[at].tolist()))
        painter.fillRect(QRectF(0, 4, wide, BAR_PX), gradient)
        painter.setPen(self.palette().text().color())
        low, high = ends_of(self._scale)
        below = QRectF(0, BAR_PX + 6, wide, line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        if self._scale.without:
            painter.drawText(
                below.translated(0, line + 2),
                Qt.AlignmentFlag.AlignLeft,
                f"{counted(self._scale.without, 'cell')} without a value: grey",
            )
        painter.end()


def ends_of(scale: Any) -> tuple[str, str]:
    """The two ends in words, the unit at the upper one."""
    high = f"{number(scale.high)} {scale.unit}".strip()
    return number(scale.low), high


def number(value: float) -> str:
    """Three figures that matter."""
    if value and (abs(value) >= 100_000 or abs(value) < 0.001):
        return f"{value:.2e}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
