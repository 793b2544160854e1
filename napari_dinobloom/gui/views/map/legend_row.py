"""One line of the legend: a swatch, a name, how many cells."""

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QWidget

from napari_dinobloom.gui.views.elided import cut_name

SWATCH_PX = 11
GAP = 7


class LegendRow(QStyledItemDelegate):
    """Paints a line; what is hidden is hollow and pale.

    Parameters
    ----------
    line_role, hidden_role
        Where the model keeps the line and whether it is hidden.
    """

    def __init__(self, line_role: int, hidden_role: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._line_role, self._hidden_role = line_role, hidden_role

    def sizeHint(self, option, index) -> QSize:
        """One line of text and a little air."""
        return QSize(100, option.fontMetrics.height() + 7)

    def paint(self, painter, option, index) -> None:
        """Draw swatch, name and count."""
        line, hidden = index.data(self._line_role), index.data(self._hidden_role)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = QColor(option.widget.palette().text().color())
        if option.state & QStyle.StateFlag.State_MouseOver:
            self._ground(painter, option.rect, text, 22)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(text, 1))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 3, 3)
        self._swatch(painter, option.rect, QColor(line.colour), hidden)
        text.setAlpha(110 if hidden else 255)
        painter.setPen(text)
        self._words(painter, option, line)
        painter.restore()

    def _ground(self, painter, rect, colour: QColor, alpha: int) -> None:
        tint = QColor(colour)
        tint.setAlpha(alpha)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(rect), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _swatch(self, painter, rect, colour: QColor, hidden: bool) -> None:
        middle = QPointF(rect.left() + GAP + SWATCH_PX / 2, rect.center().y() + 0.5)
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush if hidden else colour)
        painter.drawEllipse(middle, SWATCH_PX / 2, SWATCH_PX / 2)

    def _words(self, painter, option, line) -> None:
        metrics, rect = option.fontMetrics, option.rect
        count = f"{line.count:,}"
        wide = metrics.horizontalAdvance(count)
        left = rect.left() + 2 * GAP + SWATCH_PX
        right = rect.right() - GAP - wide
        name = cut_name(metrics, line.name, max(right - left - GAP, 10))
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            QRectF(left, rect.top(), right - left, rect.height()), middle, name
        )
        painter.drawText(
            QRectF(right, rect.top(), wide + 2, rect.height()), middle, count
        )
