"""The picture of the cell under the mouse, beside its dot."""

from collections.abc import Sequence

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

PICTURE_PX = 112
GAP = 16
MOST_WORDS_PX = 260


class CellPopup(QFrame):
    """Lies on the map, inside its borders; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("cellPopup")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._picture = QLabel()
        self._picture.setFixedSize(PICTURE_PX, PICTURE_PX)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._words)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def show_cell(
        self,
        place: tuple[float, float],
        picture: np.ndarray | None,
        lines: Sequence[str],
    ) -> None:
        """Show a cell beside a place of the map, in canvas pixels."""
        if picture is None:
            self._picture.setText("…")
        else:
            self._picture.setPixmap(pixmap_of(picture, PICTURE_PX))
        self._words.setText("\n".join(lines))
        self._words.setMinimumWidth(self._room_for(lines))
        self.adjustSize()
        self._put_beside(*place)
        self.show()
        self.raise_()

    def _room_for(self, lines: Sequence[str]) -> int:
        """Pixels in which no line breaks, within bounds."""
        measure = self._words.fontMetrics()
        widest = max((measure.horizontalAdvance(line) for line in lines), default=0)
        return min(max(widest + 4, PICTURE_PX), MOST_WORDS_PX)

    def _put_beside(self, x: float, y: float) -> None:
        """To the right of the dot, or left of it where there is no room."""
        room, size = self.parentWidget().size(), self.sizeHint()
        left = x + GAP
        if left + size.width() > room.width():
            left = x - GAP - size.width()
        top = y - size.height() / 2
        left = min(max(left, 2), max(room.width() - size.width() - 2, 0))
        top = min(max(top, 2), max(room.height() - size.height() - 2, 0))
        self.setGeometry(int(left), int(top), size.width(), size.height())


def pixmap_of(picture: np.ndarray, side: int) -> QPixmap:
    """An (h, w, 3) uint8 picture as Qt draws it."""
    rgb = np.ascontiguousarray(picture)
    height, width, _ = rgb.shape
    image = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.copy()).scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
