"""Text that never widens what it lies in: cut with an …, whole in its tooltip."""

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QFontMetrics, QPainter, QPaintEvent
from qtpy.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyle, QStyleOption

LEAST_PX, LEAST_BUTTON_PX = 60, 80


def cut_name(metrics: QFontMetrics, name: str, px: float) -> str:
    """As much of a class's name as there is room for, without its middle.

    Names of one series begin alike and end alike: "polychromatic normoblast" and
    "orthochromatic normoblast" are told apart by both ends, not by one.
    """
    # widths come rounded: what needs 61.4 pixels says that it needs 61
    room = max(int(px) + 1, 0)
    return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)


class ElidedLabel(QLabel):
    """Shows as much of its text as there is room for, and … after it.

    Where its words may wrap, it shows all of it.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def set_text(self, text: str) -> None:
        """Show another text; all of it is read aloud."""
        self.setText(text)
        self.setAccessibleName(text)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(LEAST_PX, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        if self.wordWrap():
            super().paintEvent(event)
            return
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, room.width()
        )
        self.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_Widget, option, painter, self
        )
        self.style().drawItemText(
            painter,
            room,
            int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter),
            self.palette(),
            self.isEnabled(),
            text,
            self.foregroundRole(),
        )
        painter.end()


class ElidedButton(QPushButton):
    """A button that may be narrower than its text, which is then cut.

    Parameters
    ----------
    frame_px
        What the button needs beside its text: edges, and the arrow of a menu.
    """

    def __init__(self, text: str = "", frame_px: int = 36) -> None:
        super().__init__(text)
        self._whole, self._frame_px = text, frame_px
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def whole_text(self) -> str:
        """What it says where there is room."""
        return self._whole

    def set_text(self, text: str) -> None:
        """Say something else; all of it is read aloud."""
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._cut()

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        self.ensurePolished()  # in the letters it will be written in
        wide = self.fontMetrics().horizontalAdvance(self._whole) + self._frame_px
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        least = min(LEAST_BUTTON_PX, self.sizeHint().width())
        return QSize(least, super().minimumSizeHint().height())

    def resizeEvent(self, event) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        room = self.width() - self._frame_px
        self.setText(cut_name(self.fontMetrics(), self._whole, room))
